"""When a host may be asked: so many requests at a time, so far apart. We are guests on small servers.

The pace is one for each host, and for each address where several hosts share one, over all processes of this machine; see
`turns`. Only what runs on this machine itself, and is given no pause, is asked without a look at anybody else.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property

from attrs import define, field
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.utils.httpobj import urlparse_cached

from kyson_crawler.addresses import Destination, destination, literal, look_up
from kyson_crawler.turns import Turns, common_folder

_SLICE = 0.5
"""Seconds after which whoever waits looks whether the crawl has ended."""

_USUAL_PORTS = {"http": 80, "https": 443}


class Unasked(IgnoreRequest):
    """A request that was not made, for a reason that lies with the crawl and not with what was asked for."""


@define(kw_only=True, eq=False)
class Host:
    """One host, as a crawl knows it."""

    goal: Destination
    """Where its name or a rule of the crawl leads, before anything is looked up."""

    at_once: int
    delay: float
    """Seconds for which it is left alone after each answer, at least."""

    jitter: float
    """By how much of the delay that is made longer by chance."""

    places: asyncio.Semaphore
    """As many as there may be requests at a time, of this process."""

    active: set[Request] = field(factory=set)
    """What is being asked of it, or waits for its turn."""

    servers: frozenset[str] = frozenset()
    """It and its addresses, as their gates are named; empty until it is first asked."""

    @property
    def is_free(self) -> bool:
        """Whether it may be asked at once, whoever else does."""
        return self.delay == 0 and self.goal.is_here

    def pause(self) -> float:
        """Seconds of quiet before the next request."""
        return self.delay * random.uniform(1, 1 + self.jitter)  # noqa: S311


class Politeness:
    """The pace of one crawl, host by host."""

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        self.hosts: dict[str, Host] = {}
        self._crawler = crawler
        self._delay = settings.getfloat("DOWNLOAD_DELAY")
        self._jitter = settings.getfloat("DOWNLOAD_DELAY_JITTER")
        self._at_once = settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")
        self._over = False
        self.complaints: list[str] = []
        """Why hosts were left alone, in sentences for the end of the crawl."""

    def host(self, request: Request) -> Host:
        """The host that a request is for."""
        name = host_of(request)
        host = self.hosts.get(name)
        if host is None:
            places = asyncio.Semaphore(self._at_once)
            host = self.hosts[name] = Host(
                goal=self._goal(request), at_once=self._at_once, delay=self._delay, jitter=self._jitter, places=places
            )
        return host

    @asynccontextmanager
    async def turn(self, host: Host, request: Request) -> AsyncIterator[None]:
        """Hold one of a host's turns, as soon as there is one. Raises Unasked when the crawl ends before."""
        if not host.servers:
            host.servers = await self._servers(host, request)
        turn = await self._turns.take(host.servers, at_once=host.at_once, pause=host.pause())
        try:
            yield
        finally:
            turn.end()

    def complain(self, reason: str) -> None:
        """Keep why a host was left alone, once, where it is one of the portal's own."""
        if reason not in self.complaints:
            self.complaints.append(reason)

    def let_go(self) -> None:
        """Have nothing wait any more: what was not asked yet is not asked."""
        self._over = True

    @cached_property
    def _turns(self) -> Turns:
        """Made late: a crawl of this machine alone needs no folder."""
        return Turns(folder=common_folder(), sleep=self.sleep)

    async def sleep(self, seconds: float) -> None:
        """Wait; raises Unasked when the crawl ends meanwhile."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self._over or not (self._crawler.engine and self._crawler.engine.running):
                raise Unasked("the crawl ended before it was asked for")
            await asyncio.sleep(min(left, _SLICE))

    def _goal(self, request: Request) -> Destination:
        parts = urlparse_cached(request)
        try:
            port = parts.port or _USUAL_PORTS.get(parts.scheme, 0)
        except ValueError:  # the transport says so
            port = 0
        return destination(parts.hostname or "", port, rules=getattr(self._crawler.spider, "connect_to", ()))

    async def _servers(self, host: Host, request: Request) -> frozenset[str]:
        """Whose gates a request has to pass.

        Behind each port of this machine may be another server, or a tunnel to one. A name is not looked up where the
        transport would not do so either: for a proxy, and in a crawl that is held to this machine.
        """
        goal, name = host.goal, urlparse_cached(request).hostname or ""
        if goal.is_here:
            return frozenset({f"host {name} {goal.port}", f"address {literal(goal.host)} {goal.port}"})
        if request.meta.get("proxy") or getattr(self._crawler.spider, "loopback_only", False):
            return frozenset({f"host {name}"})
        found = await look_up(goal.host, goal.port)
        return frozenset({f"host {name}", *(f"address {address}" for address in found.addresses)})


def host_of(request: Request) -> str:
    """What tells the hosts of a crawl apart: the name, with the port where the address has one."""
    return urlparse_cached(request).netloc.rpartition("@")[2].lower()
