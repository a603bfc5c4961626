"""What one captured answer shows, told from itself alone, so that any process can read it, in any order."""

from attrs import frozen

from archive.errors import ArchiveError, NotAnArticle, NothingThere, UnreadablePage
from archive.furniture import Shown
from archive.records import Article
from archive.warc import Record
from kyson_crawler import answers, normalise
from kyson_crawler.furniture import Attention, shown
from kyson_crawler.pages import feeds
from kyson_crawler.pages.lists import ListEntry
from kyson_crawler.portal import Portal
from kyson_crawler.told_dates import Name, name_of, told

_FEED_MARKS = (b"<rss", b"<feed", b"rdf:rdf")
_HEAD = 1_000


@frozen(kw_only=True)
class Seen:
    """What an answer shows; it is small and made of plain facts, cheap to hand to another process."""

    fault: str | None = None
    """Why there is nothing to read: no page, an empty one, a coding that cannot be undone; None for a page or a feed."""

    cms: str | None = None
    """The page class that read it; None for what is no page."""

    nothing: str | None = None
    """How the page says of itself that nothing stands there; None when it does not."""

    named: str | None = None
    """The address that the page of an article gives as its own."""

    article: Article | None = None
    """Normalised, with all that its own page says; None when no article stands there."""

    page: Shown | None = None
    """What else the page of an article shows; None when nobody is to ask for it."""

    name: Name | None = None
    """What lists and feeds know the article by."""

    listed: tuple[tuple[Name, str], ...] = ()
    """The dates that a list prints."""

    feeds: tuple[str, ...] = ()
    """The feeds that a page names."""

    feed: tuple[ListEntry, ...] = ()
    """The entries of what is a feed itself."""


def look(record: Record, portal: Portal, attention: Attention) -> Seen:
    """Read the answer in a record as a page of a portal, or as a feed. Raises nothing: one page stops no reading.

    attention: of which pages more is wanted than their articles.
    """
    try:
        return _look(record, portal, attention)
    except Exception as error:  # noqa: BLE001  an error of our own is told with its page, and the next one is read
        return Seen(fault=f"the reader failed over it: {type(error).__name__}: {error}")


def _look(record: Record, portal: Portal, attention: Attention) -> Seen:
    url = record.url or ""
    try:
        body = record.content()
        if entries := _feed(body, url):
            return Seen(feed=entries)
        page = answers.page(body, url, content_type(record), portal.cms_at(record.time.date()))
    except ArchiveError as error:
        return Seen(fault=str(error))
    try:
        item = answers.item(page, portal)
    except NothingThere as error:
        return Seen(cms=page.cms, nothing=error.reason)
    except NotAnArticle:
        return Seen(cms=page.cms, listed=told(page.entries(), type(page)), feeds=feeds.named(page.document))
    article = normalise.article(item, portal=portal.slug)
    return Seen(
        cms=page.cms,
        named=page.named(),
        article=article,
        page=shown(page.document) if attention.is_due(article) else None,
        name=name_of(type(page), item.url),
        feeds=feeds.named(page.document),
    )


def _feed(body: bytes, url: str) -> tuple[ListEntry, ...]:
    """The entries of a feed; empty for anything else."""
    head = body[:_HEAD].lower()
    if not any(mark in head for mark in _FEED_MARKS):
        return ()
    try:
        return feeds.entries(body, url)
    except UnreadablePage:
        return ()


def content_type(record: Record) -> str:
    """The Content-Type as Scrapy takes it."""
    return (sent(record, b"content-type") or b"").decode("latin-1")


def sent(record: Record, name: bytes) -> bytes | None:
    """A header field of the response as Scrapy takes it, which is the last of several; None when there is none."""
    return next((value for key, value in reversed(record.http_headers) if key.lower() == name), None)
