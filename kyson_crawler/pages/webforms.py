"""ASP.NET WebForms of no other known system: Khánh Hòa, the maritime offices and many more (facts/portals.md, section 6)."""

import re
from typing import ClassVar
from urllib.parse import urlsplit

from kyson_crawler.pages.document import Document
from kyson_crawler.pages.paths import id_in_query, path_key, query, without
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
        """Path and the id in the query, else all of it; none for the pages and categories of a list."""
        path = urlsplit(url).path.strip("/")
        if number := id_in_query(url, _IDS):
            return f"{path}/{number}".lower().lstrip("/")
        if query(url).keys() & _LISTS:
            return None
        whole = path_key(url)
        return whole.lower() if whole else None

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
