"""Drupal: the city of Long Xuyên and the district of An Phú, An Giang (facts/portals.md, section 6.1)."""

import re
from typing import ClassVar
from urllib.parse import urlsplit, urlunsplit

from kyson_crawler.pages.document import Document
from kyson_crawler.pages.paths import path_key
from kyson_crawler.pages.slotted import Frame, SlottedPage

_PRINT = re.compile(r"^/(?:print(?:pdf|mail)?)(?=/)|/print(?:able)?(?:/\w+)?$")
_NO_CONTENT = re.compile(r"/(?:user|admin|search|comment|filter|contact|batch|flag)(?:/|$)|/(?:feed|rss\.xml)$")


class DrupalPage(SlottedPage):
    """A page of Drupal."""

    cms = "drupal"
    entry_names: ClassVar[tuple[str, ...]] = ("node--view-mode-teaser", "views-row")
    frames: ClassVar[tuple[Frame, ...]] = (
        Frame(
            box=("article-detail", "node-detail", "node--view-mode-full", "node--type-article"),
            title=("post-title", "page-title", "node__title", "<h1>"),
            date=("post-created", "node__submitted", "submitted"),
            body=("node__content", "field--name-body"),
            section=("category-background", "field--name-field-category"),
        ),
    )

    @classmethod
    def key(cls, url: str) -> str | None:
        """`node/57`, else the path: an alias is as stable as the title it was made of."""
        path = path_key(cls.canonical(url))
        number = re.search(r"(?:^|/)(node/\d+)$", path or "")
        return number[1] if number else path

    @classmethod
    def canonical(cls, url: str) -> str:
        """The article's own address for its print views."""
        parts = urlsplit(url)
        return urlunsplit(parts._replace(path=_PRINT.sub("", parts.path))) if _PRINT.search(parts.path) else url

    @classmethod
    def why_not(cls, url: str) -> str | None:
        """Accounts, search, answers to comments, feeds."""
        if _NO_CONTENT.search(urlsplit(url).path):
            return "a form, not content"
        return "a log-in redirect" if "destination=" in urlsplit(url).query else None

    @classmethod
    def recognises(cls, document: Document) -> bool:
        """By its generator, or where its styles and scripts lie."""
        if (document.meta("generator", "Generator") or "").startswith("Drupal"):
            return True
        files = (file.get("href") or file.get("src") or "" for file in document.tagged("link", "script"))
        return any(
            "/sites/default/files/css" in file or "/sites/default/files/js" in file or "/core/misc/" in file
            for file in files
        )
