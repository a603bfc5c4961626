"""Liferay 6 and 7: departments of Hà Nội, Bắc Ninh, Bắc Giang (facts/portals.md, section 3)."""

import re
from typing import ClassVar
from urllib.parse import unquote, urlsplit, urlunsplit

from kyson_crawler.pages.document import Document
from kyson_crawler.pages.paths import path_key, query
from kyson_crawler.pages.slotted import Frame, SlottedPage

_ARTICLE_ID = re.compile(
    r"/-/view_content/(?:content/)?(\d+)|/-/asset_publisher/[^/]+/content/(?:id/)?(\d+)(?:[/.]|$)|/-/(\d{4,})-"
)
_SLUG = re.compile(r"/-/(?:asset_publisher/[^/]+/content/)?([^/]+)$")
# The links that switch the language append themselves to the address they stand on, without end.
_LANGUAGES = re.compile(r"(?<=\.html)(?:/(?:vi|en))+/?$|(?:/(?:vi|en)){2,}/?$")
_NO_CONTENT = re.compile(
    r"/c/(?:portal|search|document_library)/|/-/(?:login|rss)\b|/(?:login|dang-nhap|tim-kiem|search)/?$", re.IGNORECASE
)
_PORTLETS = frozenset(
    {"58", "3", "com_liferay_login_web_portlet_LoginPortlet", "com_liferay_portal_search_web_portlet_SearchPortlet"}
)


class LiferayPage(SlottedPage):
    """A page of Liferay."""

    cms = "liferay"
    entry_names: ClassVar[tuple[str, ...]] = ("asset-abstract",)
    frames: ClassVar[tuple[Frame, ...]] = (
        Frame(
            title=("asset-full-content-title",),
            lead=("sapo",),
            date=("assetPublishDate",),
            body=("journal-content-article",),
        ),
        Frame(
            box=("asset-full-content",),
            title=("title-news", "header-title", "asset-title", "component-title"),
            lead=("sapo", "asset-summary"),
            date=("assetPublishDate", "metadata-publish-date", "publish-date", "date-news"),
            body=("journal-content-article", "asset-content"),
        ),
        Frame(
            title=("title-news",),
            date=("date-news", "publish-date", "metadata-publish-date"),
            body=("journal-content-article",),
        ),
    )

    @classmethod
    def key(cls, url: str) -> str | None:
        """The id of the content, else the name behind `/-/`, else the path of a page; none for a view of one portlet."""
        address = cls.canonical(url)
        path = unquote(urlsplit(address).path)
        if found := _ARTICLE_ID.search(path):
            return next(number for number in found.groups() if number)
        if named := _SLUG.search(path):
            return named[1].removesuffix(".html")
        return None if "p_p_id" in query(address) else path_key(address)

    @classmethod
    def canonical(cls, url: str) -> str:
        """Without the languages appended to it; the first page of a list is the page itself, as is an article's view."""
        parts = urlsplit(url)
        parts = parts._replace(path=_LANGUAGES.sub("", parts.path), fragment="")
        asked = query(url)
        first = any(name.endswith("_cur") and value == "1" for name, value in asked.items())
        only_views = "/-/" in parts.path and asked.get("p_p_lifecycle", "0") == "0"
        return urlunsplit(parts._replace(query="") if first or only_views else parts)

    @classmethod
    def why_not(cls, url: str) -> str | None:
        """Loops of languages, views in pop-ups, actions, log-in and search."""
        parts, asked = urlsplit(url), query(url)
        if len(re.findall(r"/(?:vi|en)(?=/|$)", parts.path)) > 1:
            return "a loop of languages"
        if asked.get("p_p_state") in {"pop_up", "exclusive"}:
            return "a view in a pop-up"
        if asked.get("p_p_lifecycle") in {"1", "2"}:
            return "an action, not content"
        if asked.get("p_p_id") in _PORTLETS or _NO_CONTENT.search(parts.path):
            return "a form, not content"
        return (
            "a log-in redirect" if any(name.endswith("redirect") for name in asked) and "login" in url.lower() else None
        )

    @classmethod
    def recognises(cls, document: Document) -> bool:
        """By the classes of its document element, or the boxes of its portlets."""
        html = str(document.root.get("class") or "").split()
        if "aui" in html and {"ltr", "rtl"} & set(html):
            return True
        return document.first("portlet-boundary", "journal-content-article", "portlet-dropzone") is not None
