"""Dates that lists and feeds give for articles: carried to the article, with their origin."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from sys import intern
from typing import TypeAlias
from urllib.parse import urlsplit

from archive.listed import listed
from archive.records import Article
from archive.store import Archive
from kyson_crawler.items import DateItem
from kyson_crawler.pages import Page
from kyson_crawler.pages.lists import ListEntry

SOURCES = ("list", "feed")
"""Who else than its own page tells when an article was published."""

Name: TypeAlias = tuple[str, str]
"""What tells an article from all others whose lists are read: its host and its key there."""


class ToldDates:
    """What the lists and feeds of one portal say of its articles, in this crawl and in those before."""

    def __init__(self, archive: Archive, portal: str) -> None:
        self._archive = archive
        self._portal = portal
        # By the hashes of the names: of a hundred thousand articles the names themselves would fill memory.
        self._dates: dict[str, dict[int, str]] = {source: {} for source in SOURCES}
        self._lacking: dict[str, dict[int, str]] = {source: {} for source in SOURCES}

    def learn(self, told: Iterable[tuple[Name, str]], source: str) -> None:
        """Take note of the dates in a `list` or a `feed`; the first one met for an article counts."""
        for name, raw in told:
            self._dates[source].setdefault(hash(name), intern(str(raw)))  # most articles share their day with others

    def of(self, name: Name | None, key: str | None, record_id: str) -> tuple[DateItem, ...]:
        """What is told so far of an article that was read from a capture."""
        if name is None or key is None:
            return ()
        connection, number = self._archive.connection, hash(name)
        found = []
        for source in SOURCES:
            if raw := self._dates[source].get(number) or listed(connection, self._portal, key, source):
                found.append(DateItem(source=source, raw=raw))
            else:
                self._lacking[source][number] = record_id
        return tuple(found)

    def late(self) -> Mapping[str, tuple[DateItem, ...]]:
        """What was told of articles only after they had been read, by the captures of these."""
        found: defaultdict[str, tuple[DateItem, ...]] = defaultdict(tuple)
        for source in SOURCES:
            for number, record_id in self._lacking[source].items():
                if raw := self._dates[source].get(number):
                    found[record_id] += (DateItem(source=source, raw=raw),)
        return dict(found)


def told(entries: Iterable[ListEntry], addresses: type[Page]) -> tuple[tuple[Name, str], ...]:
    """The dates in a list or feed by the names of its articles; `addresses` tells articles by their address."""
    return tuple(
        (name, entry.date_raw)
        for entry in entries
        if entry.date and entry.date_raw and (name := name_of(addresses, entry.url))
    )


def told_before(article: Article) -> Mapping[str, str]:
    """What was told of an article when it was read, by source."""
    found = {other.source: other.raw for other in article.published_evidence if other.source in SOURCES}
    if article.published_source in SOURCES:
        found[article.published_source] = article.published_raw or ""
    return found


def name_of(addresses: type[Page], url: str | None) -> Name | None:
    """The name of the article at an address; None when that tells none."""
    try:
        address = addresses.canonical(url) if url else ""
        key = addresses.key(address)
        return (urlsplit(address).netloc, key) if key else None
    except ValueError:
        return None
