"""Runs one crawl from a portal to its end, in this process, and says how it went."""

import logging
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

from attrs import field, frozen
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.utils.project import get_project_settings

from archive import crawls
from archive.completeness import Completeness
from archive.errors import ArchiveError, FetchFailed
from archive.store import Archive
from kyson_crawler import hours
from kyson_crawler.capture import Recovered
from kyson_crawler.guards import KEEP_FREE
from kyson_crawler.network.addresses import ConnectTo
from kyson_crawler.portal import Portal
from kyson_crawler.progress import Figures
from kyson_crawler.spiders.portal import PortalSpider
from kyson_crawler.watch.look import look

logger = logging.getLogger(__name__)


@frozen(kw_only=True)
class Outcome:
    """What came of a crawl."""

    crawl_id: int
    portal: str
    status: str
    """`finished`, `stopped` or `failed`, as the archive has it; of one that failed only CrawlFailed has the outcome."""

    reason: str | None
    figures: Figures
    section: str | None = None
    """The section that it kept to; None for the whole portal."""

    refused: Mapping[str, int] = field(factory=dict)
    """How many addresses were not asked for, by reason."""

    completeness: Completeness | None = None
    """What the crawl may have missed; None when that could not be told."""

    @property
    def is_as_asked(self) -> bool:
        """Whether it came to the end that it was given: nothing more was to be asked for, or a budget was used up."""
        return self.status == "finished" or (self.status == "stopped" and (self.reason or "").endswith(crawls.SPENT))


class CrawlFailed(FetchFailed):
    """A crawl that came to its end, and to nothing; `outcome` is what the archive has of it."""

    def __init__(self, message: str, outcome: Outcome) -> None:
        super().__init__(message)
        self.outcome = outcome


def run(
    portal: Portal,
    archive: Path,
    *,
    connect_to: tuple[ConnectTo, ...] = (),
    delay: float | None = None,
    max_pages: int | None = None,
    max_minutes: float | None = None,
    keep_free: int = KEEP_FREE,
    fresh: bool = False,
    full: bool = False,
    section: str | None = None,
    watch: Callable[[Figures], None] | None = None,
    recovered: Callable[[Recovered], None] | None = None,
) -> Outcome:
    """Crawl a portal into an archive and return when it is done; a crawl that was cut short is gone on with, unless `fresh`.

    delay: seconds between two requests to one host, None for the portal's own pace. keep_free: bytes of the disk that stay
    free: the crawl halts while there are less. full: everything is asked for again, whatever is known of it. section: as in
    `Portal.section`, what it keeps to; None for the whole portal. `watch` is called twice a second,
    `recovered` once, with what an earlier crawl that was cut short left behind.
    It holds the hosts of the portal's pages meanwhile; raises ArchiveBusy while another crawl into the archive holds one.
    Raises UsageError when a crawl beyond this machine has nobody to contact, CrawlFailed when it came to nothing, and
    ArchiveError when the archive does not take what it is given, as on a full disk.
    """
    settings = get_project_settings()
    settings.setmodule("kyson_crawler.settings", priority="project")
    settings.set("LOG_INSTALL_ROOT_HANDLER", value=False, priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    _quieten_scrapy()
    crawler = process.create_crawler(PortalSpider)
    latest = [Figures()]

    def keep(figures: Figures) -> None:
        latest[0] = figures
        if watch is not None:
            watch(figures)

    task = process.crawl(
        crawler,
        portal=portal,
        archive=archive,
        connect_to=connect_to,
        delay=delay,
        max_pages=max_pages,
        max_minutes=max_minutes,
        keep_free=keep_free,
        fresh=fresh,
        full=full,
        section=section,
        watch=keep,
        recovered=recovered,
    )
    process.start()
    if error := task.exception():
        raise error
    spider = cast("PortalSpider | None", crawler.spider)
    if spider is None:
        raise FetchFailed(f"the crawl of {portal.slug} broke off before it began; run it with -v to see why")
    if spider.ended is None:
        raise FetchFailed(f"the crawl of {portal.slug} was broken off; the next one goes on where it was")
    _look(portal, archive, spider.recorder.crawl_id)
    if (failure := spider.recorder.rows.failure) is not None:
        raise ArchiveError(
            f"the crawl of {portal.slug} broke off: {failure}; what was kept before is sound"
        ) from failure
    status, reason = spider.ended
    outcome = Outcome(
        crawl_id=spider.recorder.crawl_id,
        portal=portal.slug,
        status=status,
        reason=reason,
        figures=latest[0],
        section=section,
        refused=dict(spider.frontier.refused),
        completeness=spider.completeness,
    )
    if status == "failed":
        advice = "check the address and the network, then try again"
        if latest[0].pages:
            advice = "all pages are kept; see with `kyson extract` what the reader makes of one"
        raise CrawlFailed(f"the crawl of {portal.slug} failed: {reason}; {advice}", outcome)
    return outcome


def _look(portal: Portal, folder: Path, crawl_id: int) -> None:
    """Write down what the crawl has seen of the portal's dying; what cannot be told now the next crawl tells.

    Not of the bundled sample, which nobody publishes in.
    """
    if portal.slug == "sample":
        return
    try:
        with Archive.open(folder, write=True) as archive:
            look(archive, crawl_id, portal, hours.now())
    except (ArchiveError, OSError, sqlite3.Error) as error:
        logger.warning("whether %s is dying could not be told: %s", portal.slug, error)


def _quieten_scrapy() -> None:
    """Let Scrapy log what the program's own level lets through; it sets its loggers to DEBUG when a process is made.

    Its complaints about single addresses that do not answer are left out below INFO: the archive keeps the reason.
    """
    level = logging.getLogger().getEffectiveLevel()
    logging.getLogger("scrapy").setLevel(level if level < logging.INFO else max(level, logging.ERROR))
    if level > logging.INFO:
        logging.getLogger("scrapy.downloadermiddlewares.retry").setLevel(logging.CRITICAL)
