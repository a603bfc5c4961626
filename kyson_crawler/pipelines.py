"""Normalise → Check → Store: what a spider read becomes an article of the archive. Thin, one call each."""

from functools import partial
from typing import cast

from attrs import evolve, frozen
from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from archive.frontier import VIEW, Visit
from archive.records import Article
from kyson_crawler import answers, normalise
from kyson_crawler.capture import Archiving
from kyson_crawler.furniture import shown
from kyson_crawler.items import ArticleItem
from kyson_crawler.pages import Document
from kyson_crawler.provenance import Found
from kyson_crawler.told_dates import Name

_HOPS = {"image": "E", "attachment": "L"}


@frozen(kw_only=True)
class ReadItem:
    """An item with the visit it was read on."""

    visit: Visit
    item: ArticleItem
    document: Document
    """The page, so that what repeats over the portal's pages can be told from the article."""

    name: Name | None
    """What the lists and feeds of the portal know the article by; None when its address tells nothing."""

    named: str | None
    """The address that the page gives as its own; None when it gives none."""

    found: Found
    """The page, as the place where what it embeds was found."""


@frozen(kw_only=True)
class ReadArticle:
    """A normalised article with the visit it was read on."""

    visit: Visit
    article: Article
    found: Found
    """As in `ReadItem`."""


class Normalise:
    """Verbatim item to normalised article, as the course of the crawl lets it be kept."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Normalise":
        """As Scrapy makes its components."""
        return cls(crawler)

    def process_item(self, item: ReadItem) -> ReadArticle:
        """Raise DropItem with the reason when it is an article read before, under another of its addresses."""
        spider = cast("Archiving", self._crawler.spider)
        article = normalise.article(item.item, portal=spider.portal.slug)
        view_of = spider.course.view_of(article, item.document.url, item.named)
        if view_of:
            item.visit.note = f"{VIEW}: {view_of}"
            spider.frontier.refuse(item.visit.note)
            raise DropItem(f"a view of {view_of}: {item.document.url}")
        assert item.visit.capture is not None
        kept = spider.course.kept(article, partial(shown, item.document), item.name, item.visit.capture.record_id)
        return ReadArticle(visit=item.visit, article=kept, found=item.found)


class Check:
    """Refuses what cannot be an article; its capture is kept all the same, and the crawl says how many there were."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Check":
        """As Scrapy makes its components."""
        return cls(crawler)

    def process_item(self, item: ReadArticle) -> ReadArticle:
        """Raise DropItem with the reason when there is nothing to read."""
        fault = answers.fault(item.article)
        if fault is None:
            return item
        assert self._crawler.stats is not None
        self._crawler.stats.inc_value("kyson/unread")
        item.visit.fault = f"no article: {fault}"
        raise DropItem(f"{item.visit.fault}: {item.article.url}")


class Store:
    """Gives the article to the visit it was read on, with what it embeds; both are kept together, once the visit ends."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Store":
        """As Scrapy makes its components."""
        return cls(crawler)

    def process_item(self, item: ReadArticle) -> ReadArticle:
        """What the article embeds waits to be asked for, unless it is refused, or kept already."""
        spider, stats, visit = cast("Archiving", self._crawler.spider), self._crawler.stats, item.visit
        assert stats is not None
        wanted = answers.embeds(item.article)
        visit.article = item.article
        visit.refused = {url: reason for url in wanted if (reason := spider.frontier.why_not(url, embed=True))}
        visit.held = frozenset(url for url in wanted if url not in visit.refused and spider.recorder.is_held(url))
        for url, kind in wanted.items():
            if url in visit.refused:
                stats.inc_value(f"kyson/{kind}s/missing")
            elif url not in visit.held:
                found = evolve(item.found, hops=item.found.hops + _HOPS[kind])
                visit.found.append(spider.frontier.embed(url, kind, found))
        return item
