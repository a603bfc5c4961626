"""Hands the exact bytes of every exchange to the WARC, and its row to the archive, before anything reads them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, cast

from attrs import frozen
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from archive.records import Capture
from archive.store import Archive
from archive.warc import Repair, WarcWriter, repair
from kyson_crawler import __version__, answers
from kyson_crawler.config import Operator
from kyson_crawler.course import Course
from kyson_crawler.frontier import Frontier
from kyson_crawler.portal import Portal
from kyson_crawler.transport import Exchange


@frozen(kw_only=True)
class Recovered:
    """What an earlier crawl that was cut short left behind, and what was done about it."""

    repairs: tuple[Repair, ...]
    killed: tuple[int, ...]
    """Crawls that were still marked as running."""


class Recorder:
    """One crawl's hold on an archive: its WARC, its rows, its end."""

    def __init__(self, folder: Path, portal: Portal, *, operator: Operator, settings: Mapping[str, str]) -> None:
        """Open (or begin) the archive in `folder`, mend what a killed crawl left, and begin a crawl of `portal`.

        Raises NotAnArchive, NewerSchema or ArchiveBusy before anything is written.
        """
        self.archive = Archive.open(folder, write=True, create=True)
        try:
            repairs = repair(folder / "warc")
            self.crawl_id = self.archive.begin_crawl(
                slug=portal.slug,
                name=portal.name,
                province=portal.province,
                district=portal.district,
                cms=portal.eras[-1].cms if portal.eras else None,
                toml=portal.toml,
                software=f"kyson-crawler/{__version__}",
                operator=operator.contact or operator.name,
                settings=settings,
            )
        except BaseException:
            self.archive.close()
            raise
        self.recovered = Recovered(repairs=repairs, killed=self.archive.killed_crawls)
        self._writer = WarcWriter(folder / "warc", portal.slug, info=_warcinfo(portal, operator, settings))
        self._toml = portal.toml
        self._slug = portal.slug

    def record(self, exchange: Exchange, kind: str) -> int:
        """Write an exchange to the WARC, then its row; gives the row's id."""
        if self._toml:
            self._keep_portal(exchange)
        headers = {name.lower(): value for name, value in exchange.headers}
        position = self._writer.write_exchange(
            url=exchange.url,
            time=exchange.started,
            request=exchange.request,
            response=exchange.response,
            payload=exchange.payload,
            address=exchange.address,
            truncated=exchange.truncated,
            protocol=f"http/{exchange.http_version}",
            extra={"WARC-Cipher-Suite": exchange.tls.cipher} if exchange.tls else {},
        )
        location = headers.get(b"location") if 300 <= exchange.status < 400 else None
        capture = Capture(
            url=exchange.url,
            time=exchange.started,
            status=exchange.status,
            mime=answers.media_type(headers.get(b"content-type", b"").decode("latin-1")),
            digest=position.digest,
            sha256=position.sha256,
            bytes=position.payload_bytes,
            warc=position.warc,
            offset=position.offset,
            length=position.length,
            record_id=position.record_id,
            redirect_to=answers.target(exchange.url, location.decode("utf-8", "replace")) if location else None,
            truncated=exchange.truncated,
        )
        return self.archive.put_capture(self.crawl_id, capture, kind)

    def known_articles(self) -> int:
        """How many articles of the portal the archive holds, from this crawl and all before."""
        return next((held.articles for held in self.archive.status() if held.portal == self._slug), 0)

    def look_back(self, course: Course, *, unread: int) -> str | None:
        """Let the first articles have what was learned later; what all have lost since earlier crawls, None when nothing."""
        course.look_back(self.crawl_id)
        return self.archive.take_coverage(self.crawl_id, unread=unread).complaint

    def finish(self, *, status: str, reason: str | None, counts: Mapping[str, int]) -> None:
        """Close the WARC, settle what is left over, and end the crawl."""
        try:
            self._writer.close()
            self.archive.finish_crawl(self.crawl_id, status=status, reason=reason, **counts)
        finally:
            self.archive.close()

    def _keep_portal(self, exchange: Exchange) -> None:
        """The portal's TOML as it was used, once at the head of the crawl's WARC."""
        self._writer.write_resource(
            url=f"urn:kyson:portal:{self._slug}",
            time=exchange.started,
            mime="application/toml",
            payload=self._toml.encode(),
        )
        self._toml = ""


class Archiving(Protocol):
    """What our components expect of a spider: which portal, what is asked for, and where it is kept."""

    portal: Portal
    frontier: Frontier
    recorder: Recorder
    course: Course

    def embed_request(self, url: str, kind: str) -> Request:
        """A request for an image or file of an article."""


class CaptureMiddleware:
    """Records every response nearest to the network: pages, images, redirects, robots.txt, errors."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "CaptureMiddleware":
        """As Scrapy makes its components."""
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Response:
        """Keep the exchange; the capture's id travels on in the request's meta."""
        exchange: Exchange = request.meta.pop("exchange")
        recorder = cast("Archiving", self._crawler.spider).recorder
        request.meta["capture_id"] = recorder.record(exchange, _kind(request))
        stats = self._crawler.stats
        assert stats is not None
        stats.inc_value("kyson/requests")
        stats.inc_value("kyson/bytes", len(exchange.response))
        return response


def _kind(request: Request) -> str:
    """What was asked for: robots.txt comes from Scrapy's own middleware, the rest says so itself."""
    if "kind" in request.meta:
        return str(request.meta["kind"])
    return "robots" if request.url.endswith("/robots.txt") else "other"


def _warcinfo(portal: Portal, operator: Operator, settings: Mapping[str, str]) -> dict[str, str]:
    """The fields of the warcinfo record: who, with what, by which rules (WARC 1.1, section 6.2)."""
    named = {
        "software": f"kyson-crawler/{__version__}",
        "operator": operator.name or "",
        "description": f"Crawl of the portal {portal.slug}: {portal.name}",
        "robots": settings["robots"],
    }
    contact = {"http-header-from": operator.contact or ""}
    options = {"kyson-settings": " ".join(f"{name}={value}" for name, value in settings.items())}
    return {name: value for name, value in (named | contact | options).items() if value}
