"""ASP.NET WebForms of no other known system: Khánh Hòa, the maritime offices and many more (facts/portals.md, section 6)."""

import re
from typing import ClassVar
from urllib.parse import urlsplit

from kyson_crawler.pages.base import id_before
from kyson_crawler.pages.document import Document
from kyson_crawler.pages.paths import path_key, query, without
from kyson_crawler.pages.slotted import Frame, SlottedPage

_IDS = ("nid", "newsid", "articleid", "itemid", "idnews", "id_tin", "idtin", "tinid", "id")
_LISTS = frozenset({"page", "cat", "catid", "cateid", "categoryid", "tabid", "mid"})
_NO_CONTENT = re.compile(
    r"/(?:login|logon|dang-?nhap|register|dang-?ky|search|tim-?kiem|rss|lien-?he)(?:\.aspx|/|$)", re.IGNORECASE
)


class WebFormsPage(SlottedPage):
    """A page of an ASP.NET WebForms site."""

    cms = "webforms"
    frames: ClassVar[tuple[Frame, ...]] = (
        Frame(
            title=("title-article",),
            date=("#datearticle", "datearticle"),
            body=("chitietbaiviet", "detail-content"),
        ),
    )

    @classmethod
    def key(cls, url: str) -> str | None:
        """Path and id of the query, else the path; none for the pages and categories of a list."""
        asked, path = query(url), path_key(url)
        number = next((asked[name] for name in _IDS if asked.get(name, "").isdigit()), None)
        if number:
            return f"{path}/{number}".lower() if path else number
        return None if path is None or asked.keys() & _LISTS else id_before(url, r"(?:\.aspx|\.html?)?") or path.lower()

    @classmethod
    def canonical(cls, url: str) -> str:
        """Without the print view."""
        return without(url, "print", "printmode", "isprint")

    @classmethod
    def why_not(cls, url: str) -> str | None:
        """Log-in, registration, search."""
        if _NO_CONTENT.search(urlsplit(url).path):
            return "a form, not content"
        return "a log-in redirect" if "returnurl" in query(url) else None

    @classmethod
    def recognises(cls, document: Document) -> bool:
        """By the state that every form of ASP.NET carries."""
        return document.first("#__VIEWSTATE", "#aspnetForm") is not None
