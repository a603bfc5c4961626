"""Feeds (RSS 0.9 to 2.0, Atom): what a portal tells machines of its newest articles."""

from collections.abc import Iterator
from itertools import islice
from urllib.parse import urljoin, urlsplit

from lxml import etree

from archive.errors import UnreadablePage
from kyson_crawler.credentials import without_credentials
from kyson_crawler.normalise import dates
from kyson_crawler.normalise.text import clean
from kyson_crawler.pages.document import Document
from kyson_crawler.pages.lists import ListEntry

_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/rdf+xml"})
_ENTRIES = frozenset({"item", "entry"})
_DATES = ("pubdate", "published", "issued", "date", "created")
_MOST_FEEDS = 50
_MOST_ENTRIES = 1_000
_LONGEST_DATE = 100


def named(document: Document) -> tuple[str, ...]:
    """The addresses of the feeds that a page names in its head, in its order; at most fifty."""
    links = (
        link.get("href") or ""
        for link in document.tagged("link")
        if (link.get("type") or "").strip().lower() in _TYPES and "alternate" in (link.get("rel") or "").lower().split()
    )
    addresses = filter(None, map(document.resolve, links))
    return tuple(islice(dict.fromkeys(addresses), _MOST_FEEDS))


def entries(body: bytes, url: str) -> tuple[ListEntry, ...]:
    """What a feed says of each article, in its order: address, title and when it was published; at most a thousand.

    The date of the last change is none of these. Raises UnreadablePage for what is no feed.
    """
    # No entity is resolved and nothing is fetched: a feed comes from the same strangers as everything else.
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(body.strip(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadablePage(f"no feed can be read there: {error}") from None
    if root is None or _name(root) not in {"rss", "rdf", "feed"}:
        raise UnreadablePage("no feed stands there, but something else")
    found = (element for element in root.iter() if _name(element) in _ENTRIES)
    return tuple(filter(None, (_entry(element, url) for element in islice(found, _MOST_ENTRIES))))


def _entry(element: etree._Element, url: str) -> ListEntry | None:
    """One entry; None when it does not say which page it is about."""
    parts = {name: part for part in element if (name := _name(part))}
    address = next(_addresses(element, url), None)
    if address is None:
        return None
    raw = next((shown for name in _DATES if name in parts and (shown := _text(parts[name]))), None)
    raw = raw if raw and len(raw) <= _LONGEST_DATE else None
    title = _text(parts["title"]) if "title" in parts else ""
    return ListEntry(url=address, title=title, date_raw=raw, date=dates.parse(raw) if raw else None)


def _addresses(element: etree._Element, url: str) -> Iterator[str]:
    """Where an entry leads to: Atom says it in an attribute, RSS in the text, some only in the guid."""
    for name in ("link", "guid"):
        for part in element:
            if (
                _name(part) == name
                and part.get("rel", "alternate") == "alternate"
                and part.get("isPermaLink") != "false"
            ):
                written = without_credentials((part.get("href") or _text(part)).strip())
                try:
                    resolved = urljoin(url, written) if written else ""
                    if urlsplit(resolved).scheme in {"http", "https"} and urlsplit(resolved).hostname:
                        yield resolved
                except ValueError:  # no address at all
                    continue


def _name(element: etree._Element) -> str:
    """The name of an element without its namespace; empty for a comment or a processing instruction."""
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def _text(element: etree._Element) -> str:
    return clean("".join(map(str, element.itertext())))
