"""VNPT vnportal: Nghệ An's districts, Kỳ Sơn among them, and several other provinces (facts/portals.md, section 1).

Its class names are known from one witness only, so a page that lacks them is left to the generic reader.
"""

import re
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit, urlunsplit

from lxml.etree import _Element as Element

from kyson_crawler.pages.base import id_before
from kyson_crawler.pages.document import Document
from kyson_crawler.pages.slotted import Frame, SlottedPage

_NOT_CONTENT = re.compile(
    r"/(?:login|dang-nhap|tim-kiem|search|rss|sitemap|lien-he|hoi-dap/gui)(?:[/.?]|$)", re.IGNORECASE
)


class VnportalPage(SlottedPage):
    """A page of vnportal."""

    cms = "vnportal"
    entry_names: ClassVar[tuple[str, ...]] = ("ArticleList",)
    frames: ClassVar[tuple[Frame, ...]] = (
        Frame(
            title=("ArticleHeader",),
            lead=("ArticleSummary",),
            date=("PostDate",),
            body=("ArticleContent",),
            files=("ArticleAttachment", "AttachFile", "DocumentAttachment", "FileAttach"),
        ),
    )

    @classmethod
    def key(cls, url: str) -> str | None:
        """The ArticleId: five digits or more at the end of the slug; it is numbered across the whole tenant."""
        number = id_before(url)
        return number if number and len(number) >= 5 else None

    @classmethod
    def canonical(cls, url: str) -> str:
        """Without `?pageindex=0` and the print view; a list keeps its page, but for the first."""
        parts = urlsplit(url)
        if cls.key(url) is None and parts.query.lower() != "pageindex=0":
            return url
        return urlunsplit(parts._replace(query="", fragment=""))

    @classmethod
    def why_not(cls, url: str) -> str | None:
        """Log-in, search and feedback pages."""
        parts = urlsplit(url)
        if _NOT_CONTENT.search(parts.path):
            return "a form, not content"
        return "a log-in redirect" if "returnurl" in parse_qs(parts.query.lower()) else None

    @classmethod
    def recognises(cls, document: Document) -> bool:
        """By the article's two slots, or by a list in the CMS's own box."""
        return document.first("ArticleContent", "ArticleHeader", "ArticleInMenu", "ArticleList") is not None

    def body(self) -> Element | None:
        """The slot of the body, else what the structure shows; on portals of the CMS no address without an ArticleId is of an article.

        Elsewhere the same class names say nothing of the address.
        """
        is_other = self.is_known and self.document.url is not None and self.key(self.document.url) is None
        return None if is_other else super().body()
