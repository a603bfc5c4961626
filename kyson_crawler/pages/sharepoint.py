"""SharePoint 2010 and 2013 portals, the "Tân Dân" skin among them (facts/portals.md, section 4)."""

import re
from typing import ClassVar
from urllib.parse import urlsplit

from kyson_crawler.pages.document import Document
from kyson_crawler.pages.paths import id_in_query, path_key, query, without
from kyson_crawler.pages.slotted import Frame, SlottedPage

_NO_CONTENT = re.compile(
    r"/(?:_layouts|_login|_catalogs|_vti_\w+|_forms)/|/(?:login|dang-nhap|tim-kiem|search|rss)(?:\.aspx)?/?$",
    re.IGNORECASE,
)
_IDS = ("nid", "newsid", "itemid", "articleid", "id")


class SharePointPage(SlottedPage):
    """A page of a SharePoint portal."""

    cms = "sharepoint"
    frames: ClassVar[tuple[Frame, ...]] = (
        Frame(
            title=("tandan-p-article-news-title",),
            lead=("tandan-p-article-news-summary",),
            date=("tandan-span-date-publish",),
            body=("tandan-p-article-main", "ms-rtestate-field"),
            section=("channel-news-title",),
        ),
        Frame(box=("noiDung",), title=("title",), lead=("moTaNgan",)),
        Frame(title=("title-gt",), body=("fix_img",), date=("Time",), section=("FolderTitle",)),
        Frame(
            box=("box-news",),
            title=("<h1>",),
            body=("box-content-news-detail",),
            date=("title_date",),
            section=("actived",),
        ),
        Frame(
            box=("#div-trang-chi-tiet-tin-tuc",),
            title=("div-trang-chi-tiet-tin-tuc-title",),
            body=("div-trang-chi-tiet-tin-tuc-content",),
            section=("div-trang-chi-tiet-tin-tuc-category",),
        ),
    )

    @classmethod
    def key(cls, url: str) -> str | None:
        """The id in the query of a page that shows all articles, else the path: IIS does not tell case."""
        if number := id_in_query(url, _IDS):
            return f"{urlsplit(url).path.strip('/')}/{number}".lower()
        path = path_key(url)
        return path.lower() if path else None

    @classmethod
    def canonical(cls, url: str) -> str:
        """Without the way back, dialogue and mobile views."""
        return without(url, "source", "isdlg", "mobile", "contenttypeid")

    @classmethod
    def why_not(cls, url: str) -> str | None:
        """Application pages, log-in and search."""
        if _NO_CONTENT.search(urlsplit(url).path):
            return "a form, not content"
        return "a log-in redirect" if query(url).keys() & {"returnurl", "loginreturnurl"} else None

    @classmethod
    def recognises(cls, document: Document) -> bool:
        """By its generator, the boxes of its web parts, or the addresses of its own styles and scripts."""
        if (document.meta("generator", "GENERATOR") or "").startswith("Microsoft SharePoint"):
            return True
        return (
            document.first("ms-WPBody", "ms-webpart-zone", "s4-wpcell-plain", "tandan-p-article-news-title") is not None
        )
