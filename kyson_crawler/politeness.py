"""When a host may be asked: so many requests at a time, so far apart. We are guests on small servers.

The pace is one for each host, and for each address where several hosts share one, over all processes of this machine; see
`turns`. Only what runs on this machine itself, and is given no pause, is asked without a look at anybody else.
"""

import asyncio
import logging
import random
import re
import statistics
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cached_property

from attrs import define, field
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.utils.httpobj import urlparse_cached
from scrapy.utils.misc import load_object

from archive.crawls import SPENT
from archive.vietnam import clock
from kyson_crawler.hours import Hours, now
from kyson_crawler.network.addresses import Destination, destination, literal, look_up
from kyson_crawler.scope import DEFAULT_PORTS
from kyson_crawler.turns import Turn, Turns, common_folder

logger = logging.getLogger(__name__)

_SLICE = 0.5
"""Seconds after which whoever waits looks whether the crawl has ended."""

_LATENCIES = 50
_SLOW, _SLOW_AT_ALL = 3.0, 0.5
"""An answer is slow that takes so many times the median of those before it, and so many seconds."""

_RISE, _FALL, _SLOWEST = 1.5, 0.95, 8.0

_PORT = re.compile(r":\d*$")


class Unasked(IgnoreRequest):
    """A request that was not made, for a reason that lies with the crawl and not with what was asked for."""


@define(kw_only=True, eq=False)
class Host:
    """One host, as a crawl knows it."""

    name: str
    goal: Destination
    """Where its name or a rule of the crawl leads, before anything is looked up."""

    at_once: int
    delay: float
    """Seconds for which it is left alone after each answer, at least."""

    jitter: float
    """By how much of the delay that is made longer by chance."""

    places: asyncio.Semaphore
    """As many as there may be requests at a time, of this process."""

    servers: frozenset[str] = frozenset()
    """It and its addresses, as their gates are named; empty until it is first asked."""

    refusals: int = 0
    """How often in a row it has refused an answer for now."""

    has_rested: bool = False
    given_up: str = ""
    """Why it is not asked any more in this crawl; empty while it is."""

    slowness: float = 1.0
    """By what the delay is multiplied, since its answers take longer than they used to."""

    _latencies: deque[float] = field(factory=lambda: deque(maxlen=_LATENCIES))

    @property
    def is_free(self) -> bool:
        """Whether it may be asked at once, whoever else does."""
        return self.delay == 0 and self.goal.is_here and not self.has_rested

    @property
    def gate(self) -> str:
        """What its own gate is named for; behind each port of this machine may be another server, or a tunnel to one."""
        return f"host {self.name} {self.goal.port}" if self.goal.is_here else f"host {_PORT.sub('', self.name)}"

    def pause(self) -> float:
        """Seconds of quiet before the next request."""
        return self.delay * self.slowness * random.uniform(1, 1 + self.jitter)  # noqa: S311

    def answered(self, latency: float) -> None:
        """Take note of an answer that took `latency` seconds to begin: the slower, the longer the pauses from here on."""
        self.refusals = 0
        if not self.delay:
            return
        if len(self._latencies) >= _LATENCIES // 5:
            is_slow = latency > max(_SLOW * statistics.median(self._latencies), _SLOW_AT_ALL)
            self.slowness = min(self.slowness * _RISE, _SLOWEST) if is_slow else max(self.slowness * _FALL, 1.0)
        self._latencies.append(latency)


class Politeness:
    """The pace of one crawl, host by host."""

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        self.hosts: dict[str, Host] = {}
        self._crawler = crawler
        self._delay = settings.getfloat("DOWNLOAD_DELAY")
        self._jitter = settings.getfloat("DOWNLOAD_DELAY_JITTER")
        self._at_once = settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")
        self._hours: Hours = settings.get("KYSON_HOURS") or Hours()
        self._now: Callable[[], datetime] = load_object(settings.get("KYSON_CLOCK", now))
        self._budget = settings.getint("KYSON_REQUESTS_PER_RUN")
        self._asked = 0
        self._waits_until: datetime | None = None
        self._told: str | None = None
        self._ending: asyncio.Task[None] | None = None
        self.complaints: list[str] = []
        """Why hosts were left alone, in sentences for the end of the crawl."""

    def host(self, request: Request) -> Host:
        """The host that a request is for."""
        name = host_of(request)
        host = self.hosts.get(name)
        if host is None:
            places = asyncio.Semaphore(self._at_once)
            host = self.hosts[name] = Host(
                name=name,
                goal=self._goal(request),
                at_once=self._at_once,
                delay=self._delay,
                jitter=self._jitter,
                places=places,
            )
        return host

    @property
    def is_unbound(self) -> bool:
        """Whether neither hours nor a budget have to be looked at."""
        return not (self._budget or self._hours.spans)

    @asynccontextmanager
    async def turn(self, host: Host, request: Request) -> AsyncIterator[None]:
        """Hold one of a host's turns, as soon as there is one within the portal's hours.

        Raises Unasked when the host is given up, the budget is used up, or the crawl ends before.
        """
        turn = await self._take(host, request)
        try:
            self._count(host)
            yield
        finally:
            turn.end()

    @property
    def given_up(self) -> tuple[str, ...]:
        """The hosts that are not asked any more."""
        return tuple(host.name for host in self.hosts.values() if host.given_up)

    def let_rest(self, host: Host, seconds: float) -> None:
        """Have no process of this machine ask a host for a time; what it refused is asked again after that."""
        host.has_rested = True
        self._turns.let_rest(host.gate, seconds)

    def give_up(self, host: Host, reason: str) -> None:
        """Ask a host for nothing more in this crawl."""
        host.given_up = reason
        self.complain(reason)

    def complain(self, reason: str) -> None:
        """Keep why a host was left alone, once, for the end of the crawl."""
        if reason not in self.complaints:
            self.complaints.append(reason)

    @cached_property
    def _turns(self) -> Turns:
        """Made late: a crawl of this machine alone needs no folder."""
        return Turns(folder=common_folder(), sleep=self.sleep)

    async def sleep(self, seconds: float) -> None:
        """Wait; raises Unasked when the crawl ends meanwhile."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self._is_ending():
                raise Unasked("the crawl ended before it was asked for")
            await asyncio.sleep(min(left, _SLICE))

    def _is_ending(self) -> bool:
        """Whether the crawl only waits for what is under way; the engine has no public word for that."""
        engine = self._crawler.engine
        slot = engine._slot if engine else None  # noqa: SLF001
        return engine is None or not engine.running or slot is None or slot.closing is not None

    async def _take(self, host: Host, request: Request) -> Turn:
        if not host.servers:
            host.servers = await self._servers(host, request)
        while True:
            await self._wait_for_hours()
            if host.given_up:
                raise Unasked(host.given_up)
            turn = await self._turns.take(host.servers, at_once=host.at_once, pause=host.pause())
            if self._hours.opens(self._now()) is None:
                return turn
            turn.end()

    async def _wait_for_hours(self) -> None:
        """Wait until the portal may be asked, and say so once; the clock is looked at again and again, for it may be set."""
        while opens := self._hours.opens(self._now()):
            if self._waits_until != opens:
                self._waits_until = opens
                self._say(f"these are not the portal's hours: it goes on at {clock(opens)}, Vietnam's time")
            await self.sleep(_SLICE)
        if self._waits_until:
            self._waits_until = None
            self._say(None)

    def _say(self, waiting: str | None) -> None:
        """Tell why the crawl waits, also to whoever watches, unless it waits for something else too; None when it goes on."""
        spider = self._crawler.spider
        if waiting:
            logger.warning("the crawl halts: %s", waiting)
        else:
            logger.warning("the crawl goes on")
        if getattr(spider, "waiting", None) in {None, self._told}:
            spider.waiting = waiting  # type: ignore[union-attr]
        self._told = waiting

    def _count(self, host: Host) -> None:
        """One more request; raises Unasked when there may be none, and ends the crawl when the budget is used up."""
        if host.given_up:
            raise Unasked(host.given_up)
        if self._budget and self._asked >= self._budget:
            reason = f"the budget of {self._budget:,} requests a run {SPENT}"
            if self._ending is None:
                assert self._crawler.engine is not None
                self._ending = asyncio.ensure_future(self._crawler.engine.close_spider_async(reason=reason))
            raise Unasked(reason)
        self._asked += 1

    def _goal(self, request: Request) -> Destination:
        parts = urlparse_cached(request)
        try:
            port = parts.port or DEFAULT_PORTS.get(parts.scheme, 0)
        except ValueError:  # the transport says so
            port = 0
        return destination(parts.hostname or "", port, rules=getattr(self._crawler.spider, "connect_to", ()))

    async def _servers(self, host: Host, request: Request) -> frozenset[str]:
        """Whose gates a request has to pass.

        A name is not looked up where the transport would not do so either: for a proxy, and in a crawl that is held to
        this machine.
        """
        goal = host.goal
        if goal.is_here:
            return frozenset({host.gate, f"address {literal(goal.host)} {goal.port}"})
        if request.meta.get("proxy") or getattr(self._crawler.spider, "loopback_only", False):
            return frozenset({host.gate})
        found = await look_up(goal.host, goal.port)
        return frozenset({host.gate, *(f"address {address}" for address in found.addresses)})


def of(crawler: Crawler) -> Politeness:
    """The pace of a crawl that is under way, which its downloader keeps."""
    assert crawler.engine is not None
    politeness: Politeness = crawler.engine.downloader.politeness  # type: ignore[attr-defined]
    return politeness


def host_of(request: Request) -> str:
    """What tells the hosts of a crawl apart: the name, with the port where the address has one."""
    return urlparse_cached(request).netloc.rpartition("@")[2].lower()
