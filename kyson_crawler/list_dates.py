"""Dates that only lists print: carried from the list to the article, with their origin."""

from urllib.parse import urlsplit

from attrs import evolve

from archive.listed import listed
from archive.store import Archive
from kyson_crawler.items import ArticleItem, DateItem
from kyson_crawler.pages import Page


class ListDates:
    """What the lists of one portal print for its articles, in this crawl and in those before."""

    def __init__(self, archive: Archive, portal: str) -> None:
        self._archive = archive
        self._portal = portal
        self._dates: dict[tuple[str, str], str] = {}

    def learn(self, page: Page) -> None:
        """Take note of the dates on a list; the first one met for an article counts."""
        for entry in page.entries():
            if entry.date and entry.date_raw and (name := _name(page, entry.url)):
                self._dates.setdefault(name, entry.date_raw)

    def added(self, item: ArticleItem, page: Page) -> ArticleItem:
        """The article of a page with the date of its list, where one is known."""
        name = _name(page, item.url)
        if name is None or item.key is None:
            return item
        raw = self._dates.get(name) or listed(self._archive.connection, self._portal, item.key)
        if raw is None:
            return item
        return evolve(item, other_dates=(DateItem(source="list", raw=raw), *item.other_dates))


def _name(page: Page, url: str | None) -> tuple[str, str] | None:
    """What tells an article from all others whose lists are read: its host and its key there."""
    try:
        address = page.canonical(url) if url else ""
        key = page.key(address)
        return (urlsplit(address).netloc, key) if key else None
    except ValueError:
        return None
