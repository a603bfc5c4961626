"""Runs one crawl from a portal to its end, in this process, and says how it went."""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from attrs import field, frozen
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings
from scrapy.utils.project import get_project_settings

from archive.errors import FetchFailed, UsageError
from kyson_crawler import __version__
from kyson_crawler.addresses import ConnectTo, literal
from kyson_crawler.capture import Recorder, Recovered
from kyson_crawler.config import Operator, operator
from kyson_crawler.portal import Portal
from kyson_crawler.progress import Figures
from kyson_crawler.spiders.portal import PortalSpider

logger = logging.getLogger(__name__)


@frozen(kw_only=True)
class Outcome:
    """What came of a crawl."""

    crawl_id: int
    portal: str
    status: str
    """`finished`, `stopped` or `failed`, as the archive has it."""

    reason: str | None
    figures: Figures
    refused: Mapping[str, int] = field(factory=dict)
    """How many addresses were not asked for, by reason."""


def run(
    portal: Portal,
    archive: Path,
    *,
    connect_to: tuple[ConnectTo, ...] = (),
    delay: float | None = None,
    max_pages: int | None = None,
    watch: Callable[[Figures], None] | None = None,
    recovered: Callable[[Recovered], None] | None = None,
) -> Outcome:
    """Crawl a portal into an archive and return when it is done.

    delay: seconds between two requests to one host, None for the portal's own pace. `watch` is called twice a second,
    `recovered` once, with what an earlier crawl that was cut short left behind.
    Raises UsageError when a crawl beyond this machine has nobody to contact, FetchFailed when no page answered.
    """
    who = operator(archive)
    _require_contact(portal, connect_to, who, archive)
    settings = _settings(portal, delay, who)
    recorder = Recorder(archive, portal, operator=who, settings=_told(portal, connect_to, delay, max_pages))
    if recovered is not None:
        recovered(recorder.recovered)
    process = AsyncCrawlerProcess(settings)
    _quieten_scrapy()
    crawler = process.create_crawler(PortalSpider)
    latest = [Figures()]

    def keep(figures: Figures) -> None:
        latest[0] = figures
        if watch is not None:
            watch(figures)

    process.crawl(
        crawler,
        portal=portal,
        archive=archive,
        connect_to=connect_to,
        max_pages=max_pages,
        recorder=recorder,
        watch=keep,
    )
    process.start()
    spider = crawler.spider
    if not isinstance(spider, PortalSpider) or spider.ended is None:
        raise FetchFailed(f"the crawl of {portal.slug} broke off before it began; run it with -v to see why")
    status, reason = spider.ended
    outcome = Outcome(
        crawl_id=recorder.crawl_id,
        portal=portal.slug,
        status=status,
        reason=reason,
        figures=latest[0],
        refused=dict(spider.frontier.refused),
    )
    if status == "failed":
        raise FetchFailed(
            f"no page of {portal.slug} could be read: {reason}; check the address and the network, then try again"
        )
    return outcome


def _settings(portal: Portal, delay: float | None, who: Operator) -> Settings:
    """The project's settings with the portal's pace and the operator's name in the user agent."""
    settings = get_project_settings()
    settings.setmodule("kyson_crawler.settings", priority="project")
    pace = portal.delay if delay is None else delay
    agent = f"kyson-crawler/{__version__}"
    settings.setdict(
        {
            "DOWNLOAD_DELAY": pace,
            "DOWNLOAD_DELAY_JITTER": 0.3 if pace else 0.0,
            "CONCURRENT_REQUESTS_PER_DOMAIN": portal.concurrency,
            "USER_AGENT": f"{agent} (+{who.contact})" if who.contact else agent,
            "LOG_INSTALL_ROOT_HANDLER": False,
        },
        priority="cmdline",
    )
    return settings


def _quieten_scrapy() -> None:
    """Let Scrapy log what the program's own level lets through; it sets its loggers to DEBUG when a process is made.

    Its complaints about single addresses that do not answer are left out below INFO: the archive keeps the reason.
    """
    level = logging.getLogger().getEffectiveLevel()
    logging.getLogger("scrapy").setLevel(level if level < logging.INFO else max(level, logging.ERROR))
    if level > logging.INFO:
        for name in ("retry", "robotstxt"):
            logging.getLogger(f"scrapy.downloadermiddlewares.{name}").setLevel(logging.CRITICAL)


def _told(
    portal: Portal, connect_to: tuple[ConnectTo, ...], delay: float | None, max_pages: int | None
) -> dict[str, str]:
    """The choices of this crawl as its row and its warcinfo keep them."""
    given = {
        "delay": str(portal.delay if delay is None else delay),
        "concurrency": str(portal.concurrency),
        "connect-to": " ".join(f"{rule.host}:{rule.port}:{rule.address}:{rule.to_port}" for rule in connect_to),
        "max-pages": str(max_pages or ""),
        "certificates": "not verified" if portal.insecure_tls else "",
    }
    return {name: value for name, value in given.items() if value}


def _require_contact(portal: Portal, connect_to: tuple[ConnectTo, ...], who: Operator, archive: Path) -> None:
    """Whoever is crawled must be able to reach a person; only this machine needs no introduction."""
    if who.contact or all(_stays_here(host, connect_to) for host in portal.scope.page_hosts):
        return
    raise UsageError(
        f"nobody to contact is named: write an e-mail address or page into {archive / 'kyson.toml'} as\n"
        f'  [operator]\n  name = "Your name or institution"\n  contact = "you@example.org"\nthen crawl {portal.slug} again'
    )


def _stays_here(host: str, connect_to: tuple[ConnectTo, ...]) -> bool:
    """Whether requests to a host end on this machine, as those to a reserved name (RFC 2606) can only do."""
    name = urlsplit(f"//{host}").hostname or ""
    if name.endswith(".example"):
        return True
    ends = [name, *(rule.address for rule in connect_to if rule.host in {"", name})]
    return any((address := literal(end)) and address.is_loopback for end in ends)
