"""What every page object shares: it reads one page into an ArticleItem, and says where its links lead."""

import re
from typing import ClassVar
from urllib.parse import urlsplit

from lxml.etree import _Element as Element

from archive.errors import NotAnArticle, NothingThere
from kyson_crawler.items import ArticleItem, AttachmentItem, ImageItem
from kyson_crawler.pages import lists, nothing
from kyson_crawler.pages.document import Document, text
from kyson_crawler.pages.hidden_dates import hidden_dates
from kyson_crawler.pages.lists import ListEntry
from kyson_crawler.pages.pager import NextPage, next_page
from kyson_crawler.pages.visits import lasting

_LOG_IN = re.compile(
    r"\W*(?:(?:trang\s+)?đăng\s+nhập(?:\s+(?:hệ\s+thống|tài\s+khoản|quản\s+trị|thành\s+viên))?|log\s?in|sign\s+in)\W*",
    re.IGNORECASE,
)
_LITTLE = 250
_BREADCRUMBS = ("temp-breadcrumbs", "breadcrumb", "breadcrumbs", "path")


class Page:
    """A page of some CMS: subclasses say only what differs. Verbatim strings and HTML come out, nothing is cleaned."""

    cms: ClassVar[str] = ""
    entry_names: ClassVar[tuple[str, ...]] = ()
    """The classes that the CMS gives to one entry of a list, or to the `ul` around all."""

    def __init__(self, document: Document, *, is_known: bool = False) -> None:
        """Read `document`; `is_known` says that its portal is known to run the CMS, so that its addresses can be relied on."""
        self.document = document
        self.is_known = is_known
        self._entries: tuple[ListEntry, ...] | None = None

    # -- addresses, told without fetching ------------------------------------------------------------------------

    @classmethod
    def key(cls, url: str) -> str | None:
        """The CMS's own id of the article at an address; None when the address is of no article."""
        raise NotImplementedError

    @classmethod
    def canonical(cls, url: str) -> str:
        """The address of the article itself for one of its print, save or paged views; others come back unchanged."""
        return url

    @classmethod
    def why_not(cls, url: str) -> str | None:
        """Why an address of this CMS holds nothing worth fetching (log-in, search, mail forms), or None."""
        return None

    @classmethod
    def recognises(cls, document: Document) -> bool:
        """Whether a page shows the marks of this CMS."""
        raise NotImplementedError

    # -- the page ------------------------------------------------------------------------------------------------

    def body(self) -> Element | None:
        """The element that holds the article's body, or None when the page is no article."""
        raise NotImplementedError

    def title(self) -> str:
        """The headline as shown."""
        raise NotImplementedError

    def published_raw(self) -> str | None:
        """The date as shown."""
        return None

    def lead(self) -> Element | None:
        """The slot of the lead."""
        return None

    def lead_images(self) -> tuple[ImageItem, ...]:
        """Pictures in slots of their own above the body."""
        return ()

    def byline_raw(self) -> str | None:
        """A byline in a slot of its own."""
        return None

    def source_raw(self) -> str | None:
        """A source line in a slot of its own."""
        return None

    def attachments(self) -> tuple[AttachmentItem, ...]:
        """Files offered outside the body."""
        return ()

    def section(self) -> str | None:
        """The last name on the trail of breadcrumbs, the home page and the article itself left out."""
        trail = self.document.first(*_BREADCRUMBS)
        if trail is None:
            return None
        names = [name for name in (text(link) for link in trail.iter("a")) if name]
        names = [
            name
            for name in names
            if name.casefold() not in {"trang chủ", "trang nhất", "home"} and name != self.title()
        ]
        return names[-1] if names else None

    def slots(self) -> dict[str, Element | None]:
        """The elements that the parts of the article were read from, as far as they are known, for whoever asks why.

        By the name of the field, and `body`; a field may stand in an element with other text.
        """
        return {"body": self.body(), "lead": self.lead()}

    def item(self) -> ArticleItem:
        """The article as the page shows it. Raises NotAnArticle when none stands here."""
        body = self.body()
        where = self.document.url or "this page"
        if body is None or not self.title():
            raise NotAnArticle(
                f"no article was found on {where}: it may be a list or a form; open it in a browser to see"
            )
        if self._is_log_in(body):
            raise NotAnArticle(f"{where} asks for a password where an article may stand: only those who log in see it")
        url = self._address()
        found = ArticleItem(
            url=url,
            base_url=self.document.base_url,
            key=self.key(url) if url else None,
            title=self.title(),
            published_raw=self.published_raw(),
            other_dates=hidden_dates(self.document),
            lead=self.lead(),
            lead_images=self.lead_images(),
            body=body,
            byline_raw=self.byline_raw(),
            source_raw=self.source_raw(),
            section=self.section(),
            attachments=self.attachments(),
            partial=self.document.partial,
            cms=self.cms,
        )
        if reason := nothing.article(found):
            raise NothingThere(f"nothing stands on {where}: {reason}; try another capture", reason)
        return found

    def _is_log_in(self, body: Element) -> bool:
        """Whether the page asks for a password in place of an article; a box for it beside one is on many."""
        if _LOG_IN.fullmatch(self.title()):
            return _asks_password(self.document.root)
        return _asks_password(body) and len(text(body)) <= _LITTLE

    def _address(self) -> str | None:
        """The article's address: the one the page names for itself when it is of the same article, else its own."""
        if not self.document.url:
            return None
        own = self.canonical(lasting(self.document.url))
        resolved = self.named()
        same_host = resolved and urlsplit(resolved).netloc == urlsplit(own).netloc
        same_article = resolved and same_host and self.key(resolved) == self.key(own)
        return self.canonical(lasting(resolved)) if resolved and same_article else own

    def named(self) -> str | None:
        """The address that the page gives as its own, for whatever it was asked for at; None when it gives none."""
        links = (link.get("href") for link in self.document.tagged("link") if link.get("rel") == "canonical")
        given = next(links, None) or self.document.meta("og:url")
        return self.document.resolve(given) if given else None

    def entries(self) -> tuple[ListEntry, ...]:
        """The entries of the list on the page; on an article those of the list beside it."""
        if self._entries is None:
            self._entries = lists.entries(self.document, self.entry_names)
        return self._entries

    def next_page(self) -> NextPage | None:
        """The page of the list after this one."""
        return next_page(self.document)

    def links(self) -> tuple[str, ...]:
        """Every address a crawl may follow from here, each once, in the order of the page."""
        elements = self.document.tagged("a", "area", "frame", "iframe")
        written = dict.fromkeys(href for element in elements if (href := element.get("href") or element.get("src")))
        return tuple(dict.fromkeys(url for href in written if (url := self.document.resolve(href))))


def _asks_password(element: Element) -> bool:
    return any((field.get("type") or "").lower() == "password" for field in element.iter("input"))


def id_before(url: str, ending: str = "") -> str | None:
    """The number at the end of a slug, as in `/tin-tuc/le-hoi-529174`; None without one.

    >>> id_before("http://kyson.nghean.gov.vn/tin-tuc/le-hoi-529174?pageindex=0")
    '529174'
    """
    found = re.search(rf"-(\d+){ending}$", urlsplit(url).path)
    return found[1] if found else None
