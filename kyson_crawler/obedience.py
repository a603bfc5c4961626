"""Asks each host for its robots.txt before anything else, and obeys it (RFC 9309)."""

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from attrs import frozen
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadTimeoutError, IgnoreRequest, NotConfigured, NotSupported
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.httpobj import urlparse_cached

from archive.errors import FetchFailed
from kyson_crawler import politeness
from kyson_crawler.politeness import Unasked
from kyson_crawler.robots import Rules

if TYPE_CHECKING:
    from collections.abc import Coroutine

logger = logging.getLogger(__name__)

_DAY = 86_400.0
_MOST_REDIRECTS = 5
_LONGEST_DELAY = 60.0
"""Seconds; who asks for more between two requests would never be crawled to the end."""

_Site = tuple[str, str]


class Forbidden(IgnoreRequest):
    """A request that a host's robots.txt does not allow, or its want; the message is the reason."""


@frozen(kw_only=True)
class _Verdict:
    """What a host's robots.txt, or its want, means for a time."""

    rules: Rules | None
    """None when nothing may be asked."""

    until: float
    """Of the monotonic clock."""

    reason: str = ""
    """Why nothing may be asked."""


class ObedienceMiddleware:
    """Lets nothing pass that a robots.txt forbids, nor anything for a host of which none can be had.

    A file that is not there (4xx) forbids nothing. Where the server fails (5xx), is too slow, or nothing comes at all, nothing
    is asked: the crawl of that host waits and tries again (KYSON_ROBOTS_PAUSES), gives up with the reason, and tries anew when
    the host is wanted ten minutes later. What was read holds for a day, and longer only while no newer one can be had.
    """

    def __init__(self, crawler: Crawler) -> None:
        if not crawler.settings.getbool("ROBOTSTXT_OBEY"):
            raise NotConfigured
        self._crawler = crawler
        self._pauses = [float(pause) for pause in crawler.settings.getlist("KYSON_ROBOTS_PAUSES")]
        self._again = crawler.settings.getfloat("KYSON_ROBOTS_AGAIN")
        self._verdicts: dict[_Site, _Verdict] = {}
        self._asking: dict[_Site, asyncio.Task[_Verdict]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "ObedienceMiddleware":
        """As Scrapy makes its components."""
        return cls(crawler)

    def process_request(self, request: Request) -> "Coroutine[None, None, None] | None":
        """Raise Forbidden with the reason, at once where the rules of the host are known."""
        if request.meta.get("dont_obey_robotstxt"):
            return None
        parts = urlparse_cached(request)
        site = parts.scheme, parts.netloc
        verdict = self._verdicts.get(site)
        if verdict is None or verdict.until < time.monotonic():
            return self._judge(site, request)
        self._check(verdict, request)
        return None

    async def _judge(self, site: _Site, request: Request) -> None:
        """Have the rules of a host read, by the first request that wants them for all that do."""
        if site not in self._asking:
            self._asking[site] = asyncio.ensure_future(self._read(site, request))
            self._asking[site].add_done_callback(lambda _: self._asking.pop(site))
        self._check(await asyncio.shield(self._asking[site]), request)

    def _check(self, verdict: _Verdict, request: Request) -> None:
        """Raise Forbidden with the reason when a request is not to be made; what a rule forbids is counted."""
        reason = verdict.rules.why_not(request.url) if verdict.rules else verdict.reason
        if reason and verdict.rules:
            assert self._crawler.stats is not None
            self._crawler.stats.inc_value("robotstxt/forbidden")
        if reason:
            raise Forbidden(reason)

    async def _read(self, site: _Site, request: Request) -> _Verdict:
        verdict = await self._fetch(site, request)
        if verdict.rules is None and (old := self._verdicts.get(site)) and old.rules:
            verdict = _Verdict(rules=old.rules, until=verdict.until)
        self._verdicts[site] = verdict
        host = politeness.of(self._crawler).host(request)
        if verdict.rules is None:
            politeness.of(self._crawler).complain(verdict.reason)
        elif asked := verdict.rules.delay:
            kept = min(asked, _LONGEST_DELAY)
            logger.log(
                logging.INFO if kept == asked else logging.WARNING,
                "robots.txt of %s asks for %g seconds between requests; kept are %g",
                site[1],
                asked,
                max(kept, host.delay),
            )
            host.delay = max(kept, host.delay)
        return verdict

    async def _fetch(self, site: _Site, request: Request) -> _Verdict:
        """The verdict on a host, after as many attempts as it takes and is worth."""
        fault = ""
        for pause in (*self._pauses, None):
            is_slow = True
            try:
                response = await self._ask(site)
            except Unasked:
                raise
            except (IgnoreRequest, NotSupported, FetchFailed):
                # Redirected too far or away, or not to be contacted at all, which the request itself is then told.
                return _Verdict(rules=Rules(""), until=time.monotonic() + _DAY)
            except Exception as error:  # noqa: BLE001  whatever kept it from coming
                fault, is_slow = str(error).partition(": http")[0], isinstance(error, DownloadTimeoutError)
            else:
                if response.status < 500 and response.status != 429:
                    return await self._parsed(response, request)
                fault = f"HTTP {response.status}"
            if pause is not None and is_slow:
                logger.warning(
                    "%s does not give its robots.txt (%s), so nothing is asked of it; it is asked again in %g seconds",
                    site[1],
                    fault,
                    pause,
                )
                await politeness.of(self._crawler).sleep(pause)
        reason = f"the robots.txt of {site[1]} cannot be had ({fault}), and without it nothing may be asked"
        logger.warning("%s", reason)
        return _Verdict(rules=None, until=time.monotonic() + self._again, reason=reason)

    async def _ask(self, site: _Site) -> Response:
        assert self._crawler.engine is not None
        meta = {"kind": "robots", "dont_obey_robotstxt": True, "dont_retry": True, "redirect_ttl": _MOST_REDIRECTS}
        request = Request(f"{site[0]}://{site[1]}/robots.txt", meta=meta, priority=1000, callback=NO_CALLBACK)
        return await self._crawler.engine.download_async(request)

    async def _parsed(self, response: Response, request: Request) -> _Verdict:
        """The rules that came, of which everybody is told; none where there is no such file."""
        body = response.body if response.status == 200 else b""
        rules = Rules.read(body, cut="dataloss" in response.flags)
        await self._crawler.signals.send_catch_log_async(signals.robots_parsed, robotparser=rules, request=request)
        return _Verdict(rules=rules, until=time.monotonic() + _DAY)
