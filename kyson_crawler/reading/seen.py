"""What one answer of a server shows, told from itself alone, so that any process can read it, in any order."""

from collections.abc import Iterable
from hashlib import blake2b

from attrs import frozen

from archive.errors import ArchiveError, NotAnArticle, NothingThere, UnreadablePage
from archive.furniture import Shown
from archive.records import Article
from archive.versions import content_digest
from archive.warc import Record
from kyson_crawler import normalise
from kyson_crawler.pages import Page, calls, feeds, requisites, scripted
from kyson_crawler.pages.forms import Submission, submission
from kyson_crawler.pages.lists import ListEntry
from kyson_crawler.pages.pager import NextPage
from kyson_crawler.pages.totals import Total, total
from kyson_crawler.portal import Portal
from kyson_crawler.reading import answers
from kyson_crawler.reading.furniture import Attention, shown
from kyson_crawler.reading.told_dates import Name, name_of, told

_FEED_MARKS = (b"<rss", b"<feed", b"rdf:rdf")
_HEAD = 1_000
_PROSE = 40
_DIGITS = b"0123456789"


@frozen(kw_only=True)
class Answer:
    """What a server sent, as far as reading it takes."""

    url: str
    """Which was asked for."""

    body: bytes
    """Without its codings."""

    content_type: str
    """As it was sent; empty for none."""

    cms: str | None
    """What the portal ran then; None when that is not known."""

    @classmethod
    def of(cls, record: Record, portal: Portal) -> "Answer":
        """The answer in a record. Raises WarcFault when its codings cannot be undone."""
        return cls(
            url=record.url or "",
            body=record.content(),
            content_type=content_type(record),
            cms=portal.cms_at(record.time.date()),
        )


@frozen(kw_only=True)
class Ways:
    """Where a page leads."""

    links: tuple[str, ...]
    """All addresses it links to, each once, in its order."""

    prose: frozenset[int]
    """Its longer pieces of text, a number each: they tell it from other pages, while counters and dates do not."""

    requisites: tuple[str, ...] = ()
    """The style sheets, scripts and icons that it takes to be shown, and what its styles take."""

    pictures: tuple[str, ...] = ()
    """The images that it shows, those of its article left out."""

    entries: tuple[ListEntry, ...] = ()
    """Of the list on it; none where an article stands."""

    fetched: tuple[str, ...] = ()
    """The lists that its scripts fetch."""

    posted: tuple[Submission, ...] = ()
    """What its scripts send for lists that are asked for by POST."""

    following: NextPage | None = None
    """The next page of its list."""

    sent: Submission | None = None
    """What its form sends to turn to that page, where no link leads there."""

    total: Total | None = None
    """How much its list holds by its own word."""


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

    content: str | None = None
    """The digest of the article's content, without the bytes of what it embeds; None without an article."""

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

    ways: Ways | None = None
    """Where the page leads; None when nobody asked, and where nothing stands."""


def look(record: Record, portal: Portal, attention: Attention) -> Seen:
    """Read the answer in a record as a page of a portal, or as a feed. Raises nothing: one page stops no reading.

    attention: of which pages more is wanted than their articles.
    """
    try:
        answer = Answer.of(record, portal)
        entries = _feed(answer)
        return Seen(feed=entries) if entries else read(answer, portal, attention)
    except ArchiveError as error:
        return Seen(fault=str(error))
    except Exception as error:  # noqa: BLE001  an error of our own is told with its page, and the next one is read
        return Seen(fault=f"the reader failed over it: {type(error).__name__}: {error}")


def read(answer: Answer, portal: Portal, attention: Attention, *, ways: bool = False) -> Seen:
    """Read an answer as a page of a portal, and with `ways` tell where it leads. What is no page is told by the fault."""
    try:
        page = answers.page(answer.body, answer.url, answer.content_type, answer.cms)
    except UnreadablePage as error:
        return Seen(fault=str(error))
    try:
        item = answers.item(page, portal)
    except NothingThere as error:
        return Seen(cms=page.cms, nothing=error.reason)
    except NotAnArticle:
        return Seen(
            cms=page.cms,
            listed=told(page.entries(), type(page)),
            feeds=feeds.named(page.document),
            ways=_ways_of_list(page) if ways else None,
        )
    article = normalise.article(item, portal=portal.slug)
    return Seen(
        cms=page.cms,
        named=page.named(),
        article=article,
        content=content_digest(article, {}),
        page=shown(page.document) if attention.is_due(article) else None,
        name=name_of(type(page), item.url),
        feeds=feeds.named(page.document),
        ways=_ways(page, article) if ways else None,
    )


def _ways(page: Page, article: Article) -> Ways:
    return Ways(
        links=page.links(),
        prose=prose(map(str, page.document.root.itertext())),
        requisites=requisites.named(page.document),
        pictures=requisites.pictures(page.document, [image.src for image in article.images]),
    )


def _ways_of_list(page: Page) -> Ways:
    following = page.next_page()
    posted = calls.posted(page.document)
    by_post = {sent.url for sent in posted}  # and in no other way, though their addresses stand in the script
    by_form = following is not None and following.url is None
    return Ways(
        links=page.links(),
        prose=prose(map(str, page.document.root.itertext())),
        requisites=requisites.named(page.document),
        pictures=requisites.pictures(page.document),
        entries=page.entries(),
        fetched=tuple(url for url in scripted.named(page.document) if url not in by_post),
        posted=posted,
        following=following,
        sent=submission(page.document, following.fields) if following and by_form else None,
        total=total(page.document),
    )


def prose(pieces: Iterable[str]) -> frozenset[int]:
    """What `Ways.prose` holds of a text in pieces; the numbers are the same in every process, unlike those of `hash`."""
    stripped = (piece.strip() for piece in pieces)
    return frozenset(_number(piece) for piece in stripped if len(piece) >= _PROSE)


def _number(text: str) -> int:
    """Sixty-four bits, as `hash` gives them, of a text without its digits, which in UTF-8 are bytes of their own."""
    letters = text.encode("utf-8", "surrogatepass").translate(None, _DIGITS)
    return int.from_bytes(blake2b(letters, digest_size=8).digest(), signed=True)


def _feed(answer: Answer) -> tuple[ListEntry, ...]:
    """The entries of a feed; empty for anything else."""
    head = answer.body[:_HEAD].lower()
    if not any(mark in head for mark in _FEED_MARKS):
        return ()
    try:
        return feeds.entries(answer.body, answer.url)
    except UnreadablePage:
        return ()


def content_type(record: Record) -> str:
    """The Content-Type as Scrapy takes it."""
    return (sent(record, b"content-type") or b"").decode("latin-1")


def sent(record: Record, name: bytes) -> bytes | None:
    """A header field of the response as Scrapy takes it, which is the last of several; None when there is none."""
    return next((value for key, value in reversed(record.http_headers) if key.lower() == name), None)
