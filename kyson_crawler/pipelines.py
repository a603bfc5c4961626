"""Normalise → Check → Store: what a spider read becomes an article of the archive. Thin, one call each."""

from typing import cast

from attrs import evolve, frozen
from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from archive.furniture import Shown
from archive.records import Article
from kyson_crawler import normalise
from kyson_crawler.capture import Archiving
from kyson_crawler.items import ArticleItem
from kyson_crawler.provenance import Found

_HOPS = {"image": "E", "attachment": "L"}


@frozen(kw_only=True)
class ReadItem:
    """An item with the capture it was read from."""

    capture_id: int
    item: ArticleItem
    page: Shown
    """What else the page shows, so that what repeats over the portal's pages can be told from the article."""

    found: Found
    """The page, as the place where what it embeds was found."""


@frozen(kw_only=True)
class ReadArticle:
    """A normalised article with the capture it was read from."""

    capture_id: int
    article: Article
    found: Found
    """As in `ReadItem`."""


class Normalise:
    """Verbatim item to normalised article, without what is known to be furniture of its portal."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Normalise":
        """As Scrapy makes its components."""
        return cls(crawler)

    def process_item(self, item: ReadItem) -> ReadArticle:
        """One call."""
        spider = cast("Archiving", self._crawler.spider)
        article = normalise.article(item.item, portal=spider.portal.slug)
        spider.learner.see(article.key or "", item.page, article)
        own = spider.furniture.own(item.page)
        return ReadArticle(capture_id=item.capture_id, article=spider.furniture.without(article, own), found=item.found)


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
        article = item.article
        fault = None
        if not article.key:
            fault = "the address has no key"
        elif not (article.blocks or article.lead or article.images or article.attachments):
            fault = "nothing stands under its title"
        if fault is None:
            return item
        assert self._crawler.stats is not None
        self._crawler.stats.inc_value("kyson/unread")
        raise DropItem(f"no article: {fault}: {article.url}")


class Store:
    """Puts an article into the archive and asks for its images and files."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Store":
        """As Scrapy makes its components."""
        return cls(crawler)

    def process_item(self, item: ReadArticle) -> ReadArticle:
        """One transaction; then requests of the same crawl for what the article embeds."""
        spider, engine, stats = cast("Archiving", self._crawler.spider), self._crawler.engine, self._crawler.stats
        assert engine is not None
        assert stats is not None
        wanted = _embeds(item.article)
        refused = {url: reason for url in wanted if (reason := spider.frontier.why_not(url, embed=True))}
        outcome = spider.recorder.archive.put_article(
            spider.recorder.crawl_id, item.capture_id, item.article, refused=refused
        )
        stats.inc_value(f"kyson/articles/{outcome}")
        for url, kind in wanted.items():
            if url in refused:
                stats.inc_value(f"kyson/{kind}s/missing")
            elif spider.frontier.admit_embed(url):
                found = evolve(item.found, hops=item.found.hops + _HOPS[kind])
                engine.crawl(spider.embed_request(url, kind, found))
        return item


def _embeds(article: Article) -> dict[str, str]:
    """Address and kind of everything an article embeds."""
    files = {attachment.href: "attachment" for attachment in article.attachments}
    return files | {image.src: "image" for image in article.images}
