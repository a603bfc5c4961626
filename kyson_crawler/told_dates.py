"""Dates that lists and feeds give for articles: carried to the article, with their origin."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from attrs import evolve

from archive.listed import listed
from archive.store import Archive
from kyson_crawler.items import ArticleItem, DateItem
from kyson_crawler.pages import Page
from kyson_crawler.pages.lists import ListEntry

_SOURCES = ("list", "feed")


class ToldDates:
    """What the lists and feeds of one portal say of its articles, in this crawl and in those before."""

    def __init__(self, archive: Archive, portal: str) -> None:
        self._archive = archive
        self._portal = portal
        self._dates: dict[tuple[str, str, str], str] = {}

    def learn(self, entries: Iterable[ListEntry], addresses: type[Page], source: str) -> None:
        """Take note of the dates in a `list` or a `feed`; the first one met for an article counts.

        addresses: the page class that tells the portal's articles by their address.
        """
        for entry in entries:
            if entry.date and entry.date_raw and (name := _name(addresses, entry.url)):
                self._dates.setdefault((source, *name), entry.date_raw)

    def added(self, item: ArticleItem, addresses: type[Page]) -> ArticleItem:
        """An article with the dates of its list and its feed, where they are known."""
        name = _name(addresses, item.url)
        if name is None or item.key is None:
            return item
        told = {
            source: self._dates.get((source, *name)) or listed(self._archive.connection, self._portal, item.key, source)
            for source in _SOURCES
        }
        dates = (DateItem(source=source, raw=raw) for source, raw in told.items() if raw)
        return evolve(item, other_dates=(*dates, *item.other_dates))


def _name(addresses: type[Page], url: str | None) -> tuple[str, str] | None:
    """What tells an article from all others whose lists are read: its host and its key there."""
    try:
        address = addresses.canonical(url) if url else ""
        key = addresses.key(address)
        return (urlsplit(address).netloc, key) if key else None
    except ValueError:
        return None
