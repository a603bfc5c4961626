"""The live spider: from a portal's seeds to its articles, images and files, each asked for once."""

import logging
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.robotstxt import ProtegoRobotParser
from scrapy.utils.sitemap import Sitemap
from twisted.python.failure import Failure

from archive.errors import NotAnArticle, UnreadablePage, UsageError
from kyson_crawler import pages, sample
from kyson_crawler.addresses import ConnectTo, literal
from kyson_crawler.capture import Recorder
from kyson_crawler.config import operator
from kyson_crawler.frontier import Frontier
from kyson_crawler.pages import CMS, Document, Link, Page
from kyson_crawler.pipelines import ReadItem
from kyson_crawler.portal import Portal, find
from kyson_crawler.progress import Figures

logger = logging.getLogger(__name__)

_SITEMAP_DEPTH = 3
_EMBED_PRIORITY = -10


class PortalSpider(Spider):
    """Crawls one portal: `scrapy crawl portal -a portal=sample`."""

    name = "portal"

    def __init__(
        self,
        portal: str | Portal = "",
        *,
        archive: Path,
        connect_to: tuple[ConnectTo, ...] = (),
        max_pages: str | int | None = None,
        recorder: Recorder | None = None,
        watch: Callable[[Figures], None] | None = None,
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
        self.private_hosts = frozenset(
            host for seed in self.portal.seeds if literal(host := urlsplit(seed).hostname or "")
        )
        self.watch = watch
        cms = self.portal.eras[-1].cms if self.portal.eras else None
        self._cms = cms
        self.frontier = Frontier(
            self.portal, addresses=pages.of(cms) if cms else None, max_pages=int(max_pages) if max_pages else None
        )
        self.ended: tuple[str, str | None] | None = None
        self._server: sample.SampleServer | None = None
        if self.portal.slug == "sample" and not connect_to:
            self._serve_sample()
        self.recorder = recorder or Recorder(archive, self.portal, operator=operator(archive), settings={})
        self._read: set[str] = set()
        self._lists: set[tuple[str, frozenset[str]]] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> "PortalSpider":
        """As Scrapy makes spiders; the archive's folder is the setting KYSON_ARCHIVE unless given."""
        kwargs.setdefault("archive", Path(crawler.settings["KYSON_ARCHIVE"]))
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.finish, signal=signals.spider_closed)
        crawler.signals.connect(spider.read_robots, signal=signals.robots_parsed)
        return spider

    # -- requests ------------------------------------------------------------------------------------------------

    async def start(self) -> AsyncIterator[Request]:
        """The seeds and the sitemap at its usual place."""
        for seed in self.portal.seeds:
            if request := self.page_request(seed):
                yield request
            yield self._sitemap_request(urljoin(seed, "/sitemap.xml"))

    def page_request(self, url: str) -> Request | None:
        """A request for a page, or None when the frontier refuses it."""
        admitted = self.frontier.admit(url)
        if admitted is None:
            return None
        return Request(admitted, callback=self.parse, errback=self.page_failed, meta={"kind": "page"})

    def embed_request(self, url: str, kind: str) -> Request:
        """A request for an image or file; one spelling of its address is one embed, so nothing else filters it."""
        meta = {"kind": kind, "embed": url}
        return Request(
            url,
            callback=self.parse_embed,
            errback=self.embed_failed,
            meta=meta,
            priority=_EMBED_PRIORITY,
            dont_filter=True,
        )

    def _sitemap_request(self, url: str, depth: int = 1) -> Request:
        meta = {"kind": "sitemap", "sitemap_depth": depth}
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
        self._count("pages")
        yield from self._article(page, response)
        yield from self._follow(page.links(), response.url)

    def parse_sitemap(self, response: Response) -> Iterator[Request]:
        """A sitemap or an index of sitemaps; anything else is left alone."""
        if response.status != 200:
            return
        try:
            sitemap = Sitemap(response.body)
        except Exception as error:  # noqa: BLE001  lxml raises many kinds for what is no XML
            logger.info("no sitemap (%s): %s", error, response.url)
            return
        depth = response.meta["sitemap_depth"]
        for entry in sitemap:
            address = response.urljoin(entry["loc"])
            if sitemap.type == "sitemapindex" and depth < _SITEMAP_DEPTH:
                if self.frontier.admit(address):
                    yield self._sitemap_request(address, depth + 1)
            elif sitemap.type == "urlset" and (request := self.page_request(address)):
                yield request

    def parse_embed(self, response: Response) -> None:
        """An image or file came, or an error in its place."""
        kind, url = response.meta["kind"], response.meta["embed"]
        mime = (response.headers.get("Content-Type") or b"").lower()
        reason = None
        if response.status != 200:
            reason = f"HTTP {response.status}"
        elif mime.startswith(b"text/html"):
            reason = f"the server sent a page instead of the {kind}"
        elif not response.body:
            reason = "the server sent nothing"
        self._settle(url, kind, capture_id=response.meta["capture_id"], reason=reason)

    def page_failed(self, failure: Failure) -> Iterator[Request]:
        """A page did not come."""
        request: Request = failure.request  # type: ignore[attr-defined]
        yield from self._page_is_bad(request, failure.getErrorMessage())

    def embed_failed(self, failure: Failure) -> None:
        """An image or file did not come; the article keeps it with the reason."""
        request: Request = failure.request  # type: ignore[attr-defined]
        self._settle(request.meta["embed"], request.meta["kind"], capture_id=None, reason=failure.getErrorMessage())

    def read_robots(self, robotparser: ProtegoRobotParser, request: Request) -> None:
        """Sitemaps that the robots.txt of one of the portal's own hosts names."""
        if self.portal.scope.why(request.url) is None:
            for address in robotparser.rp.sitemaps:
                if self.frontier.admit(address):
                    self.crawler.engine.crawl(self._sitemap_request(address))

    # -- steps ---------------------------------------------------------------------------------------------------

    def _page(self, response: Response) -> Page:
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
        mime = content_type.partition(";")[0].strip().lower()
        if mime and "html" not in mime and mime != "text/plain":
            raise UnreadablePage(f"not a page but {mime}")
        document = Document(response.body, response.url, content_type)
        page = pages.page(document, self._cms)
        if self.frontier.addresses is None and type(page) is not CMS["generic"]:
            self._cms = page.cms
            self.frontier.addresses = type(page)
        return page

    def _article(self, page: Page, response: Response) -> Iterator[ReadItem | Request]:
        """The article on a page, unless another of its addresses was read before."""
        try:
            item = page.item()
        except NotAnArticle:
            if self.frontier.key(response.url):
                yield from self._page_is_bad(response.request, "no article stands there", count=False)
            return
        key = item.key or response.url
        if key not in self._read:
            self._read.add(key)
            yield ReadItem(capture_id=response.meta["capture_id"], item=item)

    def _follow(self, links: tuple[Link, ...], url: str) -> Iterator[Request]:
        """Requests for what a page links to; a list that repeats an earlier one leads nowhere new."""
        keys = frozenset(key for link in links if (key := self.frontier.key(link.url)))
        shown = (urlsplit(url).path, keys)
        if self.frontier.key(url) is None and keys and urlsplit(url).query:
            if shown in self._lists:
                return
            self._lists.add(shown)
        for link in links:
            if request := self.page_request(link.url):
                yield request

    def _page_is_bad(self, request: Request | None, reason: str, *, count: bool = True) -> Iterator[Request]:
        """A page failed: say so, and try another address of the same article."""
        assert request is not None
        if count and request.meta.get("kind") != "sitemap":
            self._count("errors")
            logger.info("%s: %s", reason, request.url)
            self.crawler.stats.set_value("kyson/last_error", f"{reason}: {request.url}")
        if other := self.frontier.another(request.url):
            yield Request(other, callback=self.parse, errback=self.page_failed, meta={"kind": "page"}, dont_filter=True)

    def _settle(self, url: str, kind: str, *, capture_id: int | None, reason: str | None) -> None:
        self.recorder.archive.settle_embed(self.recorder.crawl_id, url, capture_id=capture_id, reason=reason)
        self._count(f"{kind}s/{'missing' if reason else 'ok'}")

    def _count(self, name: str) -> None:
        self.crawler.stats.inc_value(f"kyson/{name}")

    # -- the end -------------------------------------------------------------------------------------------------

    def finish(self, reason: str) -> None:
        """End the crawl in the archive, whatever ended it."""
        figures = Figures.of(self.crawler.stats.get_stats())
        status = "finished" if reason == "finished" else "stopped"
        note = None if reason == "finished" else reason
        if not figures.pages:
            status, note = "failed", str(self.crawler.stats.get_value("kyson/last_error", "nothing was captured"))
        self.ended = status, note
        try:
            self.recorder.finish(status=status, reason=note, counts=figures.counts())
        finally:
            if self._server is not None:
                self._server.stop()

    def _serve_sample(self) -> None:
        """The bundled portal lives nowhere else, so whoever crawls it by name gets it served."""
        self._server = sample.SampleServer()
        self._server.start()
        self.connect_to = (ConnectTo.parse(self._server.connect_to),)
