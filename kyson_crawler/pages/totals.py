"""How much a list holds, where it says so: "Trang 1/37", "Tổng số: 368 bài", "Hiển thị 1 - 10 trong tổng số 368 tin"."""

import re

from attrs import frozen

from kyson_crawler.pages.document import Document, text

_OF_LISTS = r"(?:tin\s+bài|tin|bài\s+viết|bài|văn\s+bản|bản\s+ghi|mục|kết\s+quả)\b"
_PAGES = re.compile(
    r"\btrang(?:\s+số)?\s*:?\s*(?P<page>\d{1,5})\s*(?:/|trên|của|trong)\s*(?:tổng\s+(?:số\s+)?)?(?P<pages>\d{1,5})\b(?!\s*/)",
    re.IGNORECASE,
)
_ENTRIES = re.compile(
    rf"\b(?:(?:có\s+)?tổng\s+(?:số|cộng)(?:\s+có)?\s*:?|trong(?:\s+số)?|/)\s*(?P<entries>\d{{1,3}}(?:[.,]\d{{3}})+|\d{{1,6}})\s*{_OF_LISTS}",
    re.IGNORECASE,
)


@frozen(kw_only=True)
class Total:
    """What a list says of itself."""

    pages: int | None = None
    entries: int | None = None


def total(document: Document) -> Total | None:
    """How much the list on a page holds by its own word; None when it does not say."""
    shown = text(document.root)
    pages = next((found for found in _PAGES.finditer(shown) if int(found["page"]) <= int(found["pages"])), None)
    entries = _ENTRIES.search(shown)
    if pages is None and entries is None:
        return None
    return Total(
        pages=int(pages["pages"]) if pages else None,
        entries=int(re.sub(r"\D", "", entries["entries"])) if entries else None,
    )
