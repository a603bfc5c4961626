"""Hands the exact bytes of every exchange to the WARC, and its row to the archive, before anything reads them."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol, cast

from attrs import frozen
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Headers, Response

from archive import crawls, locks
from archive.derived import Derived
from archive.errors import ArchiveBusy, WarcFault
from archive.frontier import Resumed, Visit
from archive.records import Capture
from archive.store import Archive, refuse_bereft
from archive.texts import File
from archive.warc import MAX_BYTES, Record, Repair, WarcWriter, record_at, referred, repair
from kyson_crawler import __version__, manners, provenance
from kyson_crawler.config import Operator
from kyson_crawler.frontier import Frontier
from kyson_crawler.network.addresses import Lookup
from kyson_crawler.network.exchange import Attempt, Exchange
from kyson_crawler.politeness import Unasked
from kyson_crawler.portal import Portal
from kyson_crawler.provenance import Found, NameServices
from kyson_crawler.reading import answers
from kyson_crawler.reading.course import Course
from kyson_crawler.rows import Rows

logger = logging.getLogger(__name__)


@frozen(kw_only=True)
class Recovered:
    """What an earlier crawl that was cut short left behind, and what was done about it."""

    repairs: tuple[Repair, ...]
    killed: tuple[int, ...]
    """Crawls that were still marked as running."""

    resumed: Resumed | None = None
    """The crawl that is gone on with."""


class Recorder:
    """One crawl's hold on an archive: its WARC, its rows, its end."""

    def __init__(
        self,
        folder: Path,
        portal: Portal,
        *,
        operator: Operator,
        settings: Mapping[str, str],
        warc_bytes: int = MAX_BYTES,
        fresh: bool = False,
    ) -> None:
        """Open (or begin) the archive in `folder`, mend what a killed crawl left, and begin a crawl of `portal`.

        A crawl that left something in its frontier is gone on with, unless a `fresh` one is to begin. Until it ends it holds
        the portal and the hosts of its pages.
        A WARC that has passed `warc_bytes` is closed, and another begun. Raises NotAnArchive, NewerSchema or ArchiveBusy before anything but
        locks is written; a first crawl that is refused leaves no archive behind.
        """
        refuse_bereft(folder)  # before a lock is made there
        self._hosts = ExitStack()
        with ExitStack() as on_failure:
            on_failure.enter_context(self._hosts)
            self._hosts.enter_context(_holding_hosts(folder, portal))
            self.archive = on_failure.enter_context(Archive.open(folder, write=True, create=True))
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
                fresh=fresh,
            )
            on_failure.pop_all()
        self.resumed = self.archive.resumed
        self.is_full = settings.get("again") == "all" or (self.resumed is not None and self.resumed.is_full)
        """Whether everything is asked for again, whatever is known of it."""
        self.recovered = Recovered(repairs=repairs, killed=self.archive.killed_crawls, resumed=self.resumed)
        self.rows = Rows(self.archive, self.crawl_id)
        self._folder = folder / "warc"
        self._writer = WarcWriter(
            self._folder,
            portal.slug,
            info=_warcinfo(portal, operator, settings, self.crawl_id),
            holder=self._holder,
            max_bytes=warc_bytes,
        )
        self._names = NameServices()
        # a crawl that is gone on with is one crawl, which begins where its portal is described
        self._toml = "" if self.resumed and self.resumed.captures and self.resumed.toml == portal.toml else portal.toml
        self._slug = portal.slug
        self._is_ended = False

    def record(self, exchange: Exchange, kind: str, found: Found) -> None:
        """Write an exchange that is nobody's lease to the WARC, then its row."""
        self.rows.keep(Visit(kind=kind, capture=self.write(exchange, kind, found)))

    def is_held(self, url: str) -> bool:
        """Whether an image or file need not be asked for again, since its bytes are kept."""
        return not self.is_full and self.rows.frontier.is_held(url)

    def is_captured(self, url: str) -> bool:
        """Whether what pages take to be shown need not be asked for again, since it came when it was asked for last."""
        return not self.is_full and self.rows.frontier.is_captured(url)

    def last_good(self, url: str) -> Capture | None:
        """What an address answered last, when a server can be asked whether that still stands; None when it cannot."""
        return None if self.is_full else self.archive.last_good(self.crawl_id, url)

    def original(self, capture: Capture) -> Record | None:
        """The record that holds the payload of a capture; None when it cannot be read any more."""
        try:
            record = record_at(self._folder, capture.warc, capture.offset, capture.length)
            return referred(self._folder, record) if record.type == "revisit" else record
        except WarcFault as fault:
            logger.warning("%s at %d cannot be referred to: %s; run kyson verify", capture.warc, capture.offset, fault)
            return None

    def write(self, exchange: Exchange, kind: str, found: Found, validated: Record | None = None) -> Capture:
        """Write an exchange to the WARC; its row is still to be kept.

        validated: the record of which the server says that it still stands.
        """
        self._prepare(exchange)
        position = self._writer.write_exchange(
            url=exchange.url,
            time=exchange.started,
            request=exchange.request,
            response=exchange.response,
            payload=exchange.payload,
            address=exchange.address,
            truncated=exchange.truncated,
            protocols=exchange.protocols,
            extra={"WARC-Cipher-Suite": exchange.tls.cipher} if exchange.tls else {},
            about=provenance.about(exchange, found, kind),
            validated=validated,
        )
        # Of what still stands the facts are those of the answer that brought it.
        sent = exchange.headers if validated is None else validated.http_headers
        headers = {name.lower(): value for name, value in sent}
        location = headers.get(b"location") if 300 <= exchange.status < 400 else None
        return Capture(
            url=exchange.url,
            time=exchange.started,
            status=exchange.status if validated is None else 200,
            mime=answers.media_type(headers.get(b"content-type", b"").decode("latin-1")),
            digest=position.digest,
            sha256=position.sha256,
            bytes=position.payload_bytes,
            warc=position.warc,
            offset=position.offset,
            length=position.length,
            record_id=position.record_id,
            redirect_to=answers.target(exchange.url, location) if location else None,
            truncated=exchange.truncated,
            revisit_of=position.revisit_of,
            not_modified=validated is not None,
            etag=answers.validator(headers.get(b"etag")),
            last_modified=answers.validator(headers.get(b"last-modified")),
            method=exchange.method,
        )

    def record_attempt(self, attempt: Attempt, kind: str, found: Found) -> None:
        """Write a request that brought no response to the WARC; it is no capture, so it has no row."""
        self._prepare(attempt)
        facts = provenance.about(attempt, found, kind)
        protocols = (attempt.tls.protocol,) if attempt.tls else ()
        if attempt.response:
            self._writer.write_exchange(
                url=attempt.url,
                time=attempt.started,
                request=attempt.request,
                response=attempt.response,
                payload=None,
                address=attempt.address,
                truncated=attempt.truncated,
                protocols=protocols,
                extra={"WARC-Cipher-Suite": attempt.tls.cipher} if attempt.tls else {},
                about=facts,
            )
        else:
            self._writer.write_attempt(
                url=attempt.url,
                time=attempt.started,
                request=attempt.request or None,
                address=attempt.address,
                protocols=protocols,
                about=facts,
            )

    def keep_text(self, file: File, made: Derived) -> None:
        """Write what was derived of a file to the WARC, then its row; when the crawl has ended, the next one derives it."""
        if not self._is_ended:
            self.rows.keep_text(file, made, self._writer)

    def known_articles(self) -> int:
        """How many articles of the portal the archive holds, from this crawl and all before."""
        return next((held.articles for held in self.archive.status() if held.portal == self._slug), 0)

    def look_back(self, course: Course, *, unread: int) -> str | None:
        """Let the first articles have what was learned later; what all have lost since earlier crawls, None when nothing."""
        course.look_back(self.crawl_id)
        return self.archive.take_coverage(self.crawl_id, unread=unread).complaint

    def finish(self, *, status: str, reason: str | None, counts: Mapping[str, int]) -> None:
        """Close the WARC, settle what is left over, and end the crawl."""
        with self.ending():
            self.end(status=status, reason=reason, counts=counts)

    @contextmanager
    def ending(self) -> Iterator[None]:
        """Close the WARC, then let all that is written within be one transaction, and the last one."""
        self._is_ended = True
        try:
            self.rows.commit()
            self._writer.close()
            with self.archive.together():
                yield
        finally:
            self.archive.close()
            self._hosts.close()

    def end(self, *, status: str, reason: str | None, counts: Mapping[str, int]) -> None:
        """End the crawl, while it is `ending`; `counts` are those of this process."""
        is_whole = self.rows.failure is None
        self.archive.finish_crawl(self.crawl_id, status=status, reason=reason, is_whole=is_whole, **self.whole(counts))

    def whole(self, counts: Mapping[str, int]) -> dict[str, int]:
        """The figures of this process with those of the crawl before it was gone on with."""
        before = self.resumed.counts if self.resumed else {}
        return {name: number + before.get(name, 0) for name, number in counts.items()}

    def _prepare(self, went: Exchange | Attempt) -> None:
        """What is to stand before a record: the portal's TOML as it was used, once, and where its host's name led to."""
        if self._toml:
            self._writer.write_resource(
                url=f"urn:kyson:portal:{self._slug}",
                time=went.started,
                mime="application/toml",
                payload=self._toml.encode(),
            )
            self._toml = ""
        if went.lookup is not None and self._names.is_news(went.lookup):
            self._keep_lookup(went.lookup)

    def _keep_lookup(self, lookup: Lookup) -> None:
        """A `resource`, since the standard says of it alone what it holds for the scheme dns (WARC 1.1, section 6.4.4)."""
        self._writer.write_resource(
            url=f"dns:{lookup.host}", time=lookup.time, mime="text/dns", payload=provenance.dns(lookup)
        )

    def _holder(self, digest: str) -> Record | None:
        """An earlier record with that payload, of this crawl or any before, if it can still be read."""
        place = self.archive.place_of_payload(self.crawl_id, digest)
        if place is None:
            return None
        try:
            return record_at(self._folder, *place)
        except WarcFault as fault:
            logger.warning("%s at %d cannot be referred to: %s; run kyson verify", place[0], place[1], fault)
            return None


class Archiving(Protocol):
    """What our components expect of a spider: which portal, what is asked for, and where it is kept."""

    portal: Portal
    frontier: Frontier
    recorder: Recorder
    course: Course


class CaptureMiddleware:
    """Records every response nearest to the network: pages, images, redirects, robots.txt, errors."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "CaptureMiddleware":
        """As Scrapy makes its components."""
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Response:
        """Keep the exchange: of a lease the capture travels on, until it is known what came of it.

        Raises Unasked when the disk takes nothing more; then the crawl ends, and another one asks for it again.
        """
        exchange: Exchange = request.meta.pop("exchange")
        recorder = cast("Archiving", self._crawler.spider).recorder
        visit: Visit | None = request.meta.get("visit")
        try:
            if visit is None:
                recorder.record(exchange, _kind(request), Found.of(request))
            else:
                held = (
                    recorder.original(known)
                    if exchange.status == 304 and (known := request.meta.get("known"))
                    else None
                )
                visit.capture = recorder.write(exchange, _kind(request), Found.of(request), held)
                response = response if held is None else _as_held(response, held)
        except (WarcFault, OSError) as error:
            recorder.rows.fail(error)
            raise Unasked(f"nothing can be kept any more: {error}") from error
        stats = self._crawler.stats
        assert stats is not None
        stats.inc_value("kyson/requests")
        stats.inc_value("kyson/bytes", len(exchange.response))
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Keep what came of a request that failed, if it was ever taken up."""
        attempt: Attempt | None = request.meta.pop("attempt", None)
        if attempt is not None:
            recorder = cast("Archiving", self._crawler.spider).recorder
            visit: Visit | None = request.meta.get("visit")
            if visit is not None:
                visit.attempted, visit.fault = attempt.started, attempt.fault
            try:
                recorder.record_attempt(attempt, _kind(request), Found.of(request))
            except (WarcFault, OSError) as error:
                recorder.rows.fail(error)


@contextmanager
def _holding_hosts(folder: Path, portal: Portal) -> Iterator[None]:
    """One crawl a host, also where several portals share one."""
    with ExitStack() as held:
        try:
            held.enter_context(locks.hosts(folder, portal.scope.page_hosts))
        except ArchiveBusy:
            if locks.is_free(folder, portal.slug):
                raise
            with Archive.open(folder) as archive:
                raise crawls.busy(archive.connection, portal.slug) from None
        yield


def _as_held(response: Response, held: Record) -> Response:
    """What a server said still stands, as if it had been sent again (RFC 9111, section 4.3.4)."""
    headers = Headers()
    for name, value in held.http_headers:
        headers.appendlist(name, value)
    return response.replace(status=200, headers=headers, body=held.payload)


def _kind(request: Request) -> str:
    """What was asked for: robots.txt comes from Scrapy's own middleware, the rest says so itself."""
    if "kind" in request.meta:
        return str(request.meta["kind"])
    return "robots" if request.url.endswith("/robots.txt") else "other"


def _warcinfo(portal: Portal, operator: Operator, settings: Mapping[str, str], crawl_id: int) -> dict[str, str]:
    """The fields of the warcinfo record: who, with what, by which rules (WARC 1.1, section 6.2).

    Neither hostname nor ip: which machine it was says nothing of a portal, and much of whoever crawls.
    """
    who = " ".join(filter(None, (operator.name, f"<{operator.contact}>" if operator.contact else None)))
    told = {
        "software": f"kyson-crawler/{__version__}",
        "operator": who,
        "isPartOf": portal.slug,
        "description": f"Crawl {crawl_id} of the portal {portal.slug}: {portal.name}",
        "robots": settings["robots"],
        "http-header-user-agent": manners.user_agent(operator),
        "http-header-from": manners.sender(operator) or "",
        "kyson-settings": " ".join(f"{name}={value}" for name, value in settings.items()),
    }
    return {name: value for name, value in told.items() if value}
