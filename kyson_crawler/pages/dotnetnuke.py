"""DotNetNuke: police of Hà Nội, universities (facts/portals.md, section 5)."""

import re
from typing import ClassVar
from urllib.parse import urlsplit

from kyson_crawler.pages.base import id_before
from kyson_crawler.pages.document import Document
from kyson_crawler.pages.paths import id_in_query, path_key, query, without
from kyson_crawler.pages.slotted import Frame, SlottedPage

# Old addresses write their parameters as folders: /tabid/119/ArticleId/57/language/vi-VN/Default.aspx.
_ON_PATH = re.compile(r"/(?:articleid|newsid|itemid|id|entryid)/(\d+)(?=/|$)", re.IGNORECASE)
_SHORTEST_ID = 5  # shorter ones end names of years: ke-hoach-nam-2017
_IDS = ("articleid", "newsid", "itemid", "entryid", "id")
_NO_CONTENT = re.compile(
    r"/(?:ctl/\w+|login|register|search-results|terms|privacy|user-profile|dang-nhap|tim-kiem)(?:/|\.aspx|$)",
    re.IGNORECASE,
)


class DotNetNukePage(SlottedPage):
    """A page of DotNetNuke."""

    cms = "dotnetnuke"
    frames: ClassVar[tuple[Frame, ...]] = (
        Frame(
            box=("news-details",),
            title=("<h1>", "<h3>"),
            date=("post-date",),
            body=("post-content",),
        ),
        Frame(
            title=("edn_articleTitle",), lead=("edn_articleSummary",), date=("edn_metaDetails",), body=("edn_article",)
        ),
    )

    @classmethod
    def key(cls, url: str) -> str | None:
        """The id in the query, on the path, or behind the slug; else the path: IIS does not tell case."""
        if on_path := _ON_PATH.search(urlsplit(url).path):
            return on_path[1]
        behind = id_before(url, r"(?:\.aspx)?")
        if behind and len(behind) >= _SHORTEST_ID:
            return behind
        path = path_key(url)
        return id_in_query(url, _IDS) or (path.lower() if path else None)

    @classmethod
    def canonical(cls, url: str) -> str:
        """Without the print view and the skin that were asked for."""
        return without(url, "dnnprintmode", "skinsrc", "containersrc", "mid", "popup", "returnurl")

    @classmethod
    def why_not(cls, url: str) -> str | None:
        """Log-in, registration, search and terms."""
        if _NO_CONTENT.search(urlsplit(url).path) or "ctl" in query(url):
            return "a form, not content"
        return "a log-in redirect" if "returnurl" in query(url) else None

    @classmethod
    def recognises(cls, document: Document) -> bool:
        """By its panes and modules, or its generator."""
        if (document.meta("generator", "GENERATOR") or "").startswith("DotNetNuke"):
            return True
        return document.first("DnnModule", "#dnn_ContentPane") is not None
