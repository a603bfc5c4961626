"""The live spider: from a portal's seeds to its articles, images and files, each asked for once."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import starmap
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.utils.sitemap import Sitemap

from archive.errors import NotAnArticle, NothingThere, UnreadablePage, UsageError
from archive.intake import embed_fault
from archive.warc import MAX_BYTES
from kyson_crawler import answers, manners, pages, politeness, sample
from kyson_crawler.addresses import ConnectTo, private_hosts_of
from kyson_crawler.afterwards import DOUBTFUL
from kyson_crawler.capture import NotKept, Recorder, Recovered, keeping
from kyson_crawler.config import operator
from kyson_crawler.course import Course
from kyson_crawler.credentials import without_credentials
from kyson_crawler.diagnosis import Answer, why_nothing
from kyson_crawler.frontier import Frontier, NoLonger
from kyson_crawler.guards import KEEP_FREE
from kyson_crawler.items import ArticleItem
from kyson_crawler.obedience import Forbidden
from kyson_crawler.pages import Page, feeds
from kyson_crawler.pipelines import ReadItem
from kyson_crawler.politeness import Unasked
from kyson_crawler.portal import Portal, find
from kyson_crawler.progress import Figures
from kyson_crawler.provenance import Found, hop
from kyson_crawler.robots import Rules
from kyson_crawler.told_dates import name_of, told

if TYPE_CHECKING:
    from twisted.python.failure import Failure

logger = logging.getLogger(__name__)

_SITEMAP_DEPTH = 3
# An article and its pictures come together, so that a crawl cut short has whole articles.
_EMBED_PRIORITY = 10
# The dates in a feed are wanted before the articles they are of.
_FEED_PRIORITY = 20


class PortalSpider(Spider):
    """Crawls one portal: `scrapy crawl portal -a portal=sample`."""

    name = "portal"

    def __init__(
        self,
        portal: str | Portal = "",
        *,
        archive: Path,
        connect_to: tuple[ConnectTo, ...] = (),
        delay: str | float | None = None,
        max_pages: str | int | None = None,
        max_minutes: str | float | None = None,
        keep_free: str | int = KEEP_FREE,
        robots: bool = True,
        warc_bytes: int = MAX_BYTES,
        watch: Callable[[Figures], None] | None = None,
        recovered: Callable[[Recovered], None] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not portal:
            raise UsageError(
                "no portal was named: scrapy crawl portal -a portal=sample (`kyson portal list` shows all)"
            )
        self.portal = portal if isinstance(portal, Portal) else find(portal, archive)
        self.connect_to = connect_to
        self.insecure_tls = self.portal.insecure_tls
        self.private_hosts = private_hosts_of(self.portal.seeds)
        self.watch = watch
        self.waiting: str | None = None
        """Why nothing is asked for at the moment; None while the crawl goes on."""
        self.max_minutes = float(max_minutes) if max_minutes else None
        self.keep_free = int(keep_free)
        self.operator = operator(archive)
        self.loopback_only = not self.operator.contact
        self.delay = float(delay) if delay is not None else None
        budget = int(max_pages) if max_pages else None
        manners.require_contact(self.portal, connect_to, self.operator, archive)
        for era in self.portal.eras:
            pages.of(era.cms)
        self._cms = self.portal.cms_at(datetime.now(UTC).date())
        self.frontier = Frontier(self.portal, addresses=pages.of(self._cms) if self._cms else None, max_pages=budget)
        choices = manners.told(self.portal, self.operator, connect_to, self.delay, budget, robots=robots)
        self.recorder = Recorder(archive, self.portal, operator=self.operator, settings=choices, warc_bytes=warc_bytes)
        (recovered or _log_recovered)(self.recorder.recovered)
        self.course = Course(self.recorder.archive, self.portal.slug)
        self.ended: tuple[str, str | None] | None = None
        """How the crawl ended and why, as the archive has it; None before, and when it could not be kept."""
        self.broken: Exception | None = None
        """What kept the archive from taking something; None when it took everything."""
        self._is_ending = False
        self._server: sample.SampleServer | None = None
        if self.portal.slug == "sample" and not connect_to:
            self._serve_sample()

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> "PortalSpider":
        """As Scrapy makes spiders; the archive's folder is the setting KYSON_ARCHIVE unless given."""
        kwargs.setdefault("archive", Path(crawler.settings["KYSON_ARCHIVE"]))
        kwargs.setdefault("robots", crawler.settings.getbool("ROBOTSTXT_OBEY"))
        kwargs.setdefault("warc_bytes", crawler.settings.getint("KYSON_WARC_BYTES"))
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.settings.setdict(manners.settings(spider.portal, spider.operator, spider.delay), priority="spider")
        crawler.signals.connect(spider.finish, signal=signals.spider_closed)
        crawler.signals.connect(spider.broke, signal=signals.spider_error)
        crawler.signals.connect(spider.broke, signal=signals.item_error)
        crawler.signals.connect(spider.read_robots, signal=signals.robots_parsed)
        return spider

    # -- requests ------------------------------------------------------------------------------------------------

    async def start(self) -> AsyncIterator[Request]:
        """The seeds and the sitemap at its usual place."""
        for seed in self.portal.seeds:
            if request := self.page_request(seed, Found()):
                yield request
            yield self._sitemap_request(urljoin(seed, "/sitemap.xml"), Found(hops="I"))

    def page_request(self, url: str, found: Found) -> Request | None:
        """A request for a page, or None when the frontier refuses it."""
        admitted = self.frontier.admit(url)
        if admitted is None:
            return None
        meta = {"kind": "page", "found": found}
        priority = DOUBTFUL if self.frontier.traps.is_doubtful(admitted) else 0
        return Request(admitted, callback=self.parse, errback=self.page_failed, meta=meta, priority=priority)

    def embed_request(self, url: str, kind: str, found: Found) -> Request:
        """A request for an image or file; one spelling of its address is one embed, so nothing else filters it."""
        meta = {"kind": kind, "embed": url, "found": found}
        return Request(
            url,
            callback=self.parse_embed,
            errback=self.embed_failed,
            meta=meta,
            priority=_EMBED_PRIORITY,
            dont_filter=True,
        )

    def _sitemap_request(self, url: str, found: Found, depth: int = 1) -> Request:
        meta = {"kind": "sitemap", "sitemap_depth": depth, "found": found}
        return Request(url, callback=self.parse_sitemap, errback=self.page_failed, meta=meta)

    # -- responses -----------------------------------------------------------------------------------------------

    def parse(self, response: Response) -> Iterator[ReadItem | Request]:
        """A page: its article, if it holds one, and its links."""
        if response.status != 200:
            yield from self._page_is_bad(response.request, f"HTTP {response.status}")
            return
        try:
            page = self._page(response)
        except UnreadablePage as error:
            logger.info("%s: %s", error, response.url)
            return
        try:
            item = answers.item(page, self.portal)
        except NothingThere as error:
            self.frontier.refuse(f"nothing stands there: {error.reason}")
            yield from self._page_is_bad(response.request, f"nothing stands there: {error.reason}")
            return
        except NotAnArticle:
            item = None
        self._count("pages")
        yield from self._feeds(page, response)
        is_article = item is not None and self.course.is_first(item.key or response.url)
        if item is None:
            yield from self._no_article(page, response)
        elif is_article:
            yield self._read(page, item, response)
        yield from self._follow(page, response, is_article=is_article)

    def parse_sitemap(self, response: Response) -> Iterator[Request]:
        """A sitemap or an index of sitemaps; anything else is left alone."""
        if response.status != 200:
            return
        try:
            sitemap = Sitemap(response.body)
        except Exception as error:  # noqa: BLE001  lxml raises many kinds for what is no XML
            logger.info("no sitemap (%s): %s", error, response.url)
            return
        depth, found = response.meta["sitemap_depth"], hop(response, "M")
        for entry in sitemap:
            address = response.urljoin(without_credentials(entry["loc"]))
            if sitemap.type == "sitemapindex" and depth < _SITEMAP_DEPTH:
                if self.frontier.admit(address):
                    yield self._sitemap_request(address, found, depth + 1)
            elif sitemap.type == "urlset" and (request := self.page_request(address, found)):
                yield request

    def parse_feed(self, response: Response) -> Iterator[Request]:
        """A feed: its dates, and the articles it leads to; anything else is left alone."""
        if response.status != 200:
            return
        try:
            found = feeds.entries(response.body, response.url)
        except UnreadablePage as error:
            logger.info("%s: %s", error, response.url)
            return
        self.course.dates.learn(told(found, self.frontier.addresses or pages.of("generic")), "feed")
        for entry in found:
            if entry.url and (request := self.page_request(entry.url, hop(response, "L"))):
                yield request

    def parse_embed(self, response: Response) -> None:
        """An image or file came, or an error in its place."""
        kind, url = response.meta["kind"], response.meta["embed"]
        reason = embed_fault(response.status, answers.media_type(_content_type(response)), len(response.body))
        self._settle(url, kind, capture_id=response.meta["capture_id"], reason=reason)

    def page_failed(self, failure: "Failure") -> Iterator[Request]:
        """A page did not come, or was not asked for at all, which is no error."""
        request: Request = failure.request  # type: ignore[attr-defined]
        if isinstance(failure.value, NoLonger):
            return
        reason = _reason(failure, request)
        if refused := isinstance(failure.value, Forbidden | Unasked):
            self.frontier.refused["robots.txt" if isinstance(failure.value, Forbidden) else reason] += 1
            logger.info("%s: %s", reason, request.url)
            self.crawler.stats.set_value("kyson/last_error", f"{reason}: {request.url}")
        yield from self._page_is_bad(request, reason, count=not refused)

    def embed_failed(self, failure: "Failure") -> None:
        """An image or file did not come; the article keeps it with the reason."""
        request: Request = failure.request  # type: ignore[attr-defined]
        self._settle(request.meta["embed"], request.meta["kind"], capture_id=None, reason=_reason(failure, request))

    def read_robots(self, robotparser: Rules, request: Request) -> None:
        """Sitemaps that the robots.txt of one of the portal's own hosts names."""
        if self.portal.scope.why(request.url) is None:
            for address in robotparser.sitemaps:
                if self.frontier.admit(address):
                    found = Found(via=without_credentials(request.url), hops="PM")
                    self.crawler.engine.crawl(self._sitemap_request(address, found))

    # -- steps ---------------------------------------------------------------------------------------------------

    def _page(self, response: Response) -> Page:
        page = answers.page(response.body, response.url, _content_type(response), self._cms)
        if self.frontier.addresses is None and page.cms != "generic":
            self.frontier.addresses = type(page)
        return page

    def _no_article(self, page: Page, response: Response) -> Iterator[Request]:
        """A list gives the dates it prints; where an article should stand another of its addresses is tried."""
        self.course.dates.learn(told(page.entries(), type(page)), "list")
        if self.frontier.key(response.url):
            self._count("unread")
            logger.info("no article stands at the address of one: %s", response.url)
            yield from self._page_is_bad(response.request, "no article stands there", count=False)

    def _read(self, page: Page, item: ArticleItem, response: Response) -> ReadItem:
        return ReadItem(
            capture_id=response.meta["capture_id"],
            item=item,
            document=page.document,
            name=name_of(type(page), item.url),
            named=page.named(),
            found=hop(response, ""),
        )

    def _feeds(self, page: Page, response: Response) -> Iterator[Request]:
        """Requests for the feeds that a page names."""
        for address in feeds.named(page.document):
            if self.frontier.admit_feed(address):
                meta = {"kind": "other", "found": hop(response, "L")}
                yield Request(
                    address,
                    callback=self.parse_feed,
                    errback=self.page_failed,
                    meta=meta,
                    priority=_FEED_PRIORITY,
                    dont_filter=True,
                )

    def _follow(self, page: Page, response: Response, *, is_article: bool) -> Iterator[Request]:
        """Requests for what a page links to; a list that repeats itself leads nowhere new, which its page tells first."""
        links, found = page.links(), hop(response, "L")
        text = map(str, page.document.root.itertext())
        self.frontier.traps.see(response.url, [link.url for link in links], text, is_article=is_article)
        for link in links:
            if request := self.page_request(link.url, found):
                yield request

    def _page_is_bad(self, request: Request | None, reason: str, *, count: bool = True) -> Iterator[Request]:
        """A page failed: say so, and try another address of the same article."""
        assert request is not None
        if count and request.meta.get("kind") == "page":
            self._count("errors")
            logger.info("%s: %s", reason, request.url)
            self.crawler.stats.set_value("kyson/last_error", f"{reason}: {request.url}")
        if other := self.frontier.another(request.url):
            failed = without_credentials(request.url)
            found = Found(hops=Found.of(request).hops, decision=f"another address of the article: {failed} failed")
            meta = {"kind": "page", "found": found}
            yield Request(other, callback=self.parse, errback=self.page_failed, meta=meta, dont_filter=True)

    def _settle(self, url: str, kind: str, *, capture_id: int | None, reason: str | None) -> None:
        with suppress(NotKept), keeping(self):
            self.recorder.archive.settle_embed(self.recorder.crawl_id, url, capture_id=capture_id, reason=reason)
            self._count(f"{kind}s/{'missing' if reason else 'ok'}")

    def _count(self, name: str) -> None:
        self.crawler.stats.inc_value(f"kyson/{name}")

    def broke(self, failure: "Failure", response: Response | None) -> None:
        """Our own code failed over a page: that is an error of the crawl, and never silent."""
        self._count("errors")
        where = response.url if response is not None else "an item"
        self.crawler.stats.set_value("kyson/last_error", f"reading {where} failed: {failure.getErrorMessage()}")

    # -- the end -------------------------------------------------------------------------------------------------

    def break_off(self, error: Exception) -> None:
        """End the crawl, since the archive does not take what it is given; the first such error is the reason."""
        if self.broken is None and not self._is_ending:
            self._ending = asyncio.ensure_future(
                self.crawler.engine.close_spider_async(reason=f"it could not be kept: {error}")
            )
        self.broken = self.broken or error

    def finish(self, reason: str) -> None:
        """End the crawl in the archive, whatever ended it; `ended` says so once that is kept."""
        self._is_ending = True
        try:
            with suppress(NotKept), keeping(self):
                figures = Figures.of(self.crawler.stats.get_stats())
                # As after a kill there may be records without rows, which a check of the archive then expects.
                status, note = ("killed", reason) if self.broken else self._judged(reason, figures)
                self.recorder.finish(status=status, reason=note, counts=figures.counts())
                self.ended = status, note
        finally:
            if self._server is not None:
                self._server.stop()

    def _judged(self, reason: str, figures: Figures) -> tuple[str, str | None]:
        """How the crawl is to be said to have ended, and why."""
        status = "finished" if reason == "finished" else "stopped"
        pace = politeness.of(self.crawler)
        complaints = "; ".join(pace.complaints) or None
        note = {"finished": complaints, "shutdown": "stopped by hand"}.get(reason, reason)
        if status == "finished" and any(self.portal.scope.why(f"http://{host}/") is None for host in pace.given_up):
            status = "stopped"
        known = self.recorder.known_articles()
        if not figures.articles and known and (status == "finished" or not figures.pages):
            status, note = "failed", f"not one article was read, where {known:,} are known: {self._why_nothing()}"
        elif not figures.pages:
            status, note = "failed", self._last_error()
        elif status == "finished" and (complaint := self.recorder.look_back(self.course, unread=figures.unread)):
            status, note = "failed", complaint
        return status, note

    def _why_nothing(self) -> str:
        answers = self.recorder.archive.page_answers(self.recorder.crawl_id)
        forbidden = self.crawler.stats.get_value("robotstxt/forbidden", 0)
        nothing = self.frontier.refused["nothing stands there"]
        if (not answers and not forbidden) or nothing * 2 > len(answers):
            return self._last_error()
        return why_nothing(starmap(Answer, answers), forbidden=forbidden, scope=self.portal.scope)

    def _last_error(self) -> str:
        return str(self.crawler.stats.get_value("kyson/last_error", self._nothing()))

    def _nothing(self) -> str:
        """Why nothing was captured when no request failed."""
        refused = [f"{seed}: {reason}" for seed in self.portal.seeds if (reason := self.frontier.why_not(seed))]
        return "; ".join(refused) or "nothing was captured"

    def _serve_sample(self) -> None:
        """The bundled portal lives nowhere else, so whoever crawls it by name gets it served."""
        self._server = sample.SampleServer()
        self._server.start()
        self.connect_to = (ConnectTo.parse(self._server.connect_to),)


def _content_type(response: Response) -> str:
    """The Content-Type as the server sent it; empty when it sent none."""
    return (response.headers.get("Content-Type") or b"").decode("latin-1")


def _reason(failure: "Failure", request: Request) -> str:
    """Why a request failed, without the address, which whoever shows it knows."""
    return failure.getErrorMessage().strip().removesuffix(f": {request.url}")


def _log_recovered(found: Recovered) -> None:
    """What an earlier crawl left behind goes into the log where nobody else asked for it."""
    for crawl_id in found.killed:
        logger.warning("crawl %d had been cut short and is marked as killed", crawl_id)
    for mended in found.repairs:
        logger.warning(
            "closed %s with %d whole records, %d bytes set aside", mended.warc, mended.records, mended.cut_bytes
        )
