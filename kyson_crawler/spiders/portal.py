"""The live spider: from a portal's seeds to its articles, images and files, each asked for once."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from archive.completeness import Completeness
from archive.errors import ArchiveError, NothingThere, UnreadablePage, UsageError, WarcFault
from archive.frontier import Lease, Visit
from archive.intake import embed_fault
from archive.records import Capture
from archive.warc import MAX_BYTES, follow, record_at
from kyson_crawler import manners, pages, sample
from kyson_crawler.capture import Recorder, Recovered
from kyson_crawler.config import operator
from kyson_crawler.credentials import without_credentials
from kyson_crawler.frontier import Frontier
from kyson_crawler.guards import KEEP_FREE
from kyson_crawler.leads import Leads
from kyson_crawler.network.addresses import ConnectTo, private_hosts_of
from kyson_crawler.obedience import Forbidden
from kyson_crawler.pages.forms import Manner
from kyson_crawler.pipelines import ReadArticle, ReadItem
from kyson_crawler.politeness import Unasked
from kyson_crawler.portal import Portal, find
from kyson_crawler.progress import Figures
from kyson_crawler.provenance import Found, hop
from kyson_crawler.reading import answers
from kyson_crawler.reading.course import Course
from kyson_crawler.reading.reader import Reader
from kyson_crawler.reading.seen import Answer, Seen, read
from kyson_crawler.redirects import Nowhere
from kyson_crawler.requisites import Requisites
from kyson_crawler.robots import Rules
from kyson_crawler.scheduler import Leases
from kyson_crawler.section import Section
from kyson_crawler.verdict import Ended
from kyson_crawler.walks import Walks

if TYPE_CHECKING:
    from twisted.python.failure import Failure

logger = logging.getLogger(__name__)

_ALWAYS_SEEN = 10
"""How many of the newest articles are looked at in every crawl: from them it shows when a portal has a new design."""

_EMBEDS = {"image": "images", "attachment": "attachments", "other": "requisites"}
"""What each kind of embed is counted as."""


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
        fresh: str | bool = False,
        full: str | bool = False,
        section: str | None = None,
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
        kept_to = self.portal.section(section) if section else None
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
        choices = manners.told(
            self.portal,
            self.operator,
            connect_to,
            self.delay,
            budget,
            robots=robots,
            is_full=_is_yes(full),
            section=kept_to.name if kept_to else None,
        )
        self.recorder = Recorder(
            archive,
            self.portal,
            operator=self.operator,
            settings=choices,
            warc_bytes=warc_bytes,
            fresh=_is_yes(fresh),
        )
        (recovered or _log_recovered)(self.recorder.recovered)
        if kept_to is not None:
            kept_to = reduce(Section.redirected, self.recorder.rows.frontier.led_to(), kept_to)
        self.frontier = Frontier(
            self.portal,
            addresses=pages.of(self._cms) if self._cms else None,
            held=self.recorder.rows.frontier.held,
            is_whole=self.recorder.rows.frontier.was_whole(),
            is_full=self.recorder.is_full,
            is_met=self.recorder.rows.frontier.is_met,
            was_view=self.recorder.rows.frontier.was_view,
            section=kept_to,
        )
        self.walks = Walks(self.frontier)
        self.leases = Leases(self.recorder.rows, per_host=self.portal.concurrency, max_pages=budget)
        self.course = Course(self.recorder.archive, self.portal.slug)
        requisites = Requisites(self.frontier, self.recorder.is_captured, are_wanted=self.portal.requisites)
        self.leads = Leads(self.frontier, self.walks, self.course, requisites, self.recorder.rows.frontier.is_met)
        self.reader = Reader(self.portal)
        self.ended: tuple[str, str | None] | None = None
        """How the crawl ended and why, as the archive has it; None before, and when it could not be kept."""
        self.completeness: Completeness | None = None
        """What the crawl may have missed, in the end."""
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
        for signal in (signals.item_scraped, signals.item_dropped, signals.item_error):
            crawler.signals.connect(spider.item_ended, signal=signal)
        crawler.signals.connect(spider.read_robots, signal=signals.robots_parsed)
        spider.recorder.rows.failed = spider.give_up
        return spider

    # -- requests ------------------------------------------------------------------------------------------------

    async def start(self) -> AsyncIterator[Request]:
        """The seeds and the sitemap at its usual place, after what was captured before has been looked at again.

        A crawl of one section begins at its lists, and leaves the rest alone.
        """
        if self.recorder.resumed:
            for kind, capture in self.recorder.archive.pages(self.recorder.crawl_id):
                self._recall(kind, capture)
            self.frontier.refused.clear()
        for seed in self.frontier.begins:
            if wanted := self.frontier.page(seed, Found()):
                yield Request(wanted.url, meta={"wanted": wanted})
            if self.frontier.section is not None:
                continue
            sitemap = self.frontier.sitemap(urljoin(seed, "/sitemap.xml"), Found(hops="I"))
            yield Request(sitemap.url, meta={"wanted": sitemap})
        is_whole = self.frontier.section is None
        for place, held in enumerate(self.recorder.rows.frontier.all_held() if is_whole else ()):
            is_due = self.recorder.is_full or place < _ALWAYS_SEEN or held.due <= datetime.now(UTC)
            if is_due and (wanted := self.frontier.again(held)):
                yield Request(wanted.url, meta={"wanted": wanted})

    def request_for(self, lease: Lease) -> Request:
        """The request for a lease; it ends in `arrived` or `failed`, or leads on to another request."""
        found = Found(via=lease.via, hops=lease.hops, decision=lease.decision)
        meta = {
            "kind": lease.kind,
            "found": found,
            "visit": Visit(lease=lease, kind=lease.kind),
            "redirect_times": lease.redirects,
            "retry_times": lease.tries,
        }
        if lease.embed:
            meta["embed"] = lease.embed
        headers = {"Referer": lease.via} if lease.via and lease.kind == "page" and _may_tell(lease) else {}
        if lease.method == "GET" and not lease.tries and (known := self.recorder.last_good(lease.url)):
            meta["known"] = known
            headers |= _conditions(known)
        if lease.body is not None:
            headers |= Manner.of(lease.decision).headers
        return Request(
            lease.url,
            method=lease.method,
            body=lease.body or b"",
            headers=headers,
            callback=self.arrived,
            errback=self.came_to_nothing,
            meta=meta,
            dont_filter=True,
        )

    # -- responses -----------------------------------------------------------------------------------------------

    async def arrived(self, response: Response) -> AsyncIterator[ReadItem]:
        """What was asked for came, or an error in its place; with an article the visit ends behind the pipelines."""
        visit: Visit = response.meta["visit"]
        try:
            item = await self._taken(response, visit)
        except Exception as error:
            visit.fault = f"reading it failed: {error}"
            self.keep(visit)
            raise
        if item is None:
            self.keep(visit)
        else:
            yield item

    def came_to_nothing(self, failure: "Failure") -> None:
        """What was asked for did not come."""
        request: Request = failure.request  # type: ignore[attr-defined]
        visit: Visit = request.meta["visit"]
        visit.fault = _reason(failure, request)
        visit.is_put_back = isinstance(failure.value, Unasked)
        visit.is_refused = isinstance(failure.value, IgnoreRequest) and not visit.is_put_back and visit.capture is None
        if isinstance(failure.value, Nowhere):
            visit.absent = visit.fault
        if isinstance(failure.value, Forbidden | Unasked) and "embed" not in request.meta:
            self.frontier.refuse("robots.txt" if isinstance(failure.value, Forbidden) else visit.fault)
        self._missed(visit, request.url)
        self.keep(visit)

    def item_ended(self, item: ReadItem | ReadArticle, failure: "Failure | None" = None) -> None:
        """An item came to the end of the pipelines, or fell out of them."""
        if failure is not None:
            item.visit.fault = f"reading it failed: {failure.getErrorMessage()}"
        self.keep(item.visit)

    def keep(self, visit: Visit) -> None:
        """Write down what came of a lease."""
        if visit.absent and visit.lease is not None:
            visit.key = self.frontier.key(visit.lease.url)
        self.leases.keep(visit)
        self.frontier.refused.update(visit.left_out)
        if visit.outcome is not None:
            self._count(f"articles/{visit.outcome}")

    def read_robots(self, robotparser: Rules, request: Request) -> None:
        """Sitemaps that the robots.txt of one of the portal's own hosts names."""
        if self.portal.scope.why(request.url) is None and self.frontier.section is None:
            found = Found(via=without_credentials(request.url), hops="PM")
            for address in robotparser.sitemaps:
                if self.frontier.why_not(address) is None:
                    self.leases.want(self.frontier.sitemap(address, found))

    # -- steps ---------------------------------------------------------------------------------------------------

    async def _taken(self, response: Response, visit: Visit) -> ReadItem | None:
        """What a response leads to goes to its visit; the item on it, if it holds one."""
        if "embed" in response.meta:
            visit.fault = embed_fault(response.status, answers.media_type(_content_type(response)), len(response.body))
            self._count(f"{_EMBEDS[visit.kind]}/{'missing' if visit.fault else 'ok'}")
            if visit.kind == "other" and visit.fault is None:
                visit.found += self.leads.of_requisite(response)
            return None
        if response.status != 200:
            visit.fault = f"HTTP {response.status}"
            visit.again = (
                response.status == 304 and "known" in response.meta
            )  # what it says still stands cannot be read
            visit.absent = visit.fault if response.status in answers.ABSENT else None
            self._missed(visit, response.url)
            return None
        try:
            item = await self._read(response, visit)
        except NothingThere as error:
            visit.fault = visit.absent = f"{answers.NOTHING}: {error.reason}"
            self.frontier.refuse(visit.fault)
            self._missed(visit, response.url)
            return None
        except UnreadablePage as error:
            visit.fault = str(error)
            logger.info("%s: %s", error, response.url)
            return None
        if visit.kind == "page":
            self._count("pages")
        return item

    async def _read(self, response: Response, visit: Visit) -> ReadItem | None:
        if visit.kind != "page":
            self._read_list(response, visit)
            return None
        answer = self._answer(response)
        if self.reader.is_apart(answer):
            self.leases.came(visit)
        seen = await self.reader.read(answer, self.course.attention)
        return self._follow(seen, response, visit)

    def _read_list(self, response: Response, visit: Visit) -> None:
        """Follow what is no page, but lists some."""
        lead = self.leads.of_sitemap if visit.kind == "sitemap" else self.leads.of_list
        visit.found += lead(response)

    def _answer(self, response: Response) -> Answer:
        return Answer(url=response.url, body=response.body, content_type=_content_type(response), cms=self._cms)

    def _follow(self, seen: Seen, response: Response, visit: Visit) -> ReadItem | None:
        """Take note of where a page leads; the article on it, if it holds one that was not read before.

        Raises UnreadablePage for what is no page, NothingThere for one that says so of itself.
        """
        if seen.fault is not None:
            raise UnreadablePage(seen.fault)
        assert seen.cms is not None
        if self.frontier.addresses is None and seen.cms != "generic":
            self.frontier.addresses = pages.of(seen.cms)
        if seen.nothing is not None:
            raise NothingThere(f"nothing stands on {response.url}: {seen.nothing}", seen.nothing)
        item = self._item(seen, response, visit)
        visit.found += self.leads.of_page(seen, response, visit, is_new=item is not None)
        return item

    def _item(self, seen: Seen, response: Response, visit: Visit) -> ReadItem | None:
        """The article on a page, unless another of its addresses was read before; lists give the dates they print."""
        if seen.article is None:
            self.course.dates.learn(seen.listed, "list")
            if self.frontier.key(response.url):
                self._count("unread")
                logger.info("no article stands at the address of one: %s", response.url)
                visit.fault = "no article stands there"
                visit.try_another = True
            return None
        if visit.capture is not None and visit.capture.method != "GET":
            visit.note = "what a form answers stands at no address of its own"
            return None
        if not self.course.is_first(seen.article.key or response.url):
            visit.note = "another address of an article read before"
            return None
        return ReadItem(visit=visit, url=response.url, seen=seen, found=hop(response, ""))

    def _missed(self, visit: Visit, url: str) -> None:
        """Something did not come: say so, and try another address of the same article, unless it waits for the next crawl."""
        if visit.lease is not None and visit.lease.embed and not visit.is_put_back:
            self._count(f"{_EMBEDS[visit.kind]}/missing")
        if visit.kind == "page":
            visit.try_another = not visit.is_put_back
            if visit.absent and visit.lease is not None:
                self.walks.miss(visit.lease.url)
            if not (visit.is_refused or visit.is_put_back):
                self._count("errors")
            logger.info("%s: %s", visit.fault, url)
            if not visit.is_put_back:
                self.crawler.stats.set_value("kyson/last_error", f"{visit.fault}: {url}")

    def _count(self, name: str) -> None:
        self.crawler.stats.inc_value(f"kyson/{name}")

    def _recall(self, kind: str, capture: Capture) -> None:
        """Learn from a page or feed what this crawl learned from it before it was cut short; nothing is kept of it."""
        folder = self.recorder.archive.folder / "warc"
        try:
            record = follow(folder, record_at(folder, capture.warc, capture.offset, capture.length))
            told_type = (record.http_header("Content-Type") or "").encode("latin-1", "replace")
            answer = Response(
                capture.url,
                headers={"Content-Type": told_type},
                body=record.content(),
                request=Request(capture.url, method=capture.method),
            )
            visit = Visit(kind=kind, capture=capture)
            if kind != "page":
                self._read_list(answer, visit)
                return
            item = self._follow(
                read(self._answer(answer), self.portal, self.course.attention, ways=True), answer, visit
            )
        except (NothingThere, UnreadablePage, WarcFault) as error:
            logger.info("%s: %s", error, capture.url)
            return
        article = item.seen.article if item else None
        if item is None or article is None or self.course.view_of(item.seen, item.url):
            return
        kept = self.course.kept(article, item.seen.page, item.seen.name, capture.record_id)
        if answers.fault(kept):
            self._count("unread")

    def broke(self, failure: "Failure", response: Response | None) -> None:
        """Our own code failed over a page: that is an error of the crawl, and never silent."""
        self._count("errors")
        where = response.url if response is not None else "an item"
        self.crawler.stats.set_value("kyson/last_error", f"reading {where} failed: {failure.getErrorMessage()}")

    # -- the end -------------------------------------------------------------------------------------------------

    def give_up(self) -> None:
        """Nothing can be kept any more, so nothing more is asked for."""
        assert self.crawler.engine is not None
        self._giving_up = asyncio.get_running_loop().create_task(
            self.crawler.engine.close_spider_async(reason="failed")
        )

    def finish(self, reason: str) -> None:
        """End the crawl in the archive, whatever ended it."""
        figures = Figures.of(self.crawler.stats.get_stats())
        self.recorder.rows.failed = lambda: None  # nothing is left to give up
        self.ended = "failed", str(self.recorder.rows.failure or "what it came to could not be told: run it with -v")
        try:
            with self.recorder.ending():
                self.ended = self._at_its_end().verdict(reason, figures)
                if self.ended[0] != "failed" and self.frontier.section is None:
                    told = self.walks.told()
                    self.completeness = self.recorder.archive.take_completeness(self.recorder.crawl_id, told)
                self.recorder.end(status=self.ended[0], reason=self.ended[1], counts=figures.counts())
        except (sqlite3.Error, OSError, ArchiveError) as error:
            self.recorder.rows.fail(error)
        finally:
            self.reader.close()
            if self._server is not None:
                self._server.stop()

    def _at_its_end(self) -> Ended:
        return Ended(
            portal=self.portal,
            recorder=self.recorder,
            frontier=self.frontier,
            course=self.course,
            crawler=self.crawler,
        )

    def _serve_sample(self) -> None:
        """The bundled portal lives nowhere else, so whoever crawls it by name gets it served."""
        self._server = sample.SampleServer()
        self._server.start()
        self.connect_to = (ConnectTo.parse(self._server.connect_to),)


def _content_type(response: Response) -> str:
    """The Content-Type as the server sent it; empty when it sent none."""
    return (response.headers.get("Content-Type") or b"").decode("latin-1")


def _is_yes(given: str | bool) -> bool:
    """Whether an argument says yes, as it is given in Python or behind `scrapy crawl portal -a`."""
    return given in {True, "1", "true", "yes"}


def _conditions(known: Capture) -> dict[str, str]:
    """The headers that ask a server for nothing that is known from an earlier capture (RFC 9110, section 13.1)."""
    given = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {name: value for name, value in given.items() if value}


def _may_tell(lease: Lease) -> bool:
    """Whether a server may be told where an address was found: not what was encrypted, over a line that is not."""
    return not (lease.via or "").startswith("https:") or lease.url.startswith("https:")


def _reason(failure: "Failure", request: Request) -> str:
    """Why a request failed, without the address, which whoever shows it knows."""
    return failure.getErrorMessage().strip().removesuffix(f": {request.url}")


def _log_recovered(found: Recovered) -> None:
    """What an earlier crawl left behind goes into the log where nobody else asked for it."""
    for crawl_id in found.killed:
        logger.warning("crawl %d had been cut short and is marked as killed", crawl_id)
    if found.resumed is not None:
        logger.warning("goes on with crawl %d: %d addresses wait", found.resumed.crawl_id, found.resumed.waiting)
    for mended in found.repairs:
        logger.warning(
            "closed %s with %d whole records, %d bytes set aside", mended.warc, mended.records, mended.cut_bytes
        )
