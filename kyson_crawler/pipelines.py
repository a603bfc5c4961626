"""Normalise → Check → Store: what a spider read becomes an article of the archive. Thin, one call each."""

from collections.abc import Iterable
from typing import cast

from attrs import evolve, frozen
from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from archive.frontier import VIEW, Visit, Wanted
from archive.records import Article
from kyson_crawler.capture import Archiving
from kyson_crawler.normalise import absolute
from kyson_crawler.normalise.attachments import has_ending
from kyson_crawler.provenance import Found
from kyson_crawler.reading import answers
from kyson_crawler.reading.seen import Seen

_HOPS = {"image": "E", "attachment": "L"}


@frozen(kw_only=True)
class ReadItem:
    """What was read of the page of an article, with the visit it was read on."""

    visit: Visit
    url: str
    """Where it was read."""

    seen: Seen
    """With an article, as its page alone tells it."""

    found: Found
    """The page, as the place where what it embeds was found."""


@frozen(kw_only=True)
class ReadArticle:
    """The article as it is to be kept, with the visit it was read on."""

    visit: Visit
    article: Article
    found: Found
    """As in `ReadItem`."""


class Normalise:
    """What one page tells of an article becomes what the portal tells of it: without its furniture, with the dates of its lists."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Normalise":
        """As Scrapy makes its components."""
        return cls(crawler)

    def process_item(self, item: ReadItem) -> ReadArticle:
        """Raise DropItem with the reason when it is an article read before, under another of its addresses."""
        spider = cast("Archiving", self._crawler.spider)
        seen = item.seen
        assert seen.article is not None
        view_of = spider.course.view_of(seen, item.url)
        if view_of:
            item.visit.note = f"{VIEW}: {view_of}"
            spider.frontier.refuse(item.visit.note)
            raise DropItem(f"a view of {view_of}: {item.url}")
        assert item.visit.capture is not None
        kept = spider.course.kept(seen.article, seen.page, seen.name, item.visit.capture.record_id)
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
        visit.found = _without(visit.found, wanted.keys() - visit.refused.keys())
        for url, kind in wanted.items():
            if url in visit.refused:
                stats.inc_value(f"kyson/{kind}s/missing")
            elif url not in visit.held:
                found = evolve(item.found, hops=item.found.hops + _HOPS[kind])
                visit.found.append(spider.frontier.embed(url, kind, found))
        return item


def _without(found: list[Wanted], embedded: Iterable[str]) -> list[Wanted]:
    """What a page leads to without the files that its article offers, which are asked for as that and once.

    A page may stand at an address that does not end as the name of a file does; then it is asked for as both.
    """
    files = {url for url in embedded if has_ending(url)}
    if not files:
        return found
    return [each for each in found if each.kind != "page" or each.refused or absolute(each.url, None) not in files]
