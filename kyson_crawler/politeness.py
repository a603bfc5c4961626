"""When a host may be asked: so many requests at a time, so far apart. We are guests on small servers."""

import asyncio
import random
import time

from attrs import define, field
from scrapy import Request
from scrapy.crawler import Crawler


@define(kw_only=True, eq=False)
class Host:
    """One host, as a crawl knows it."""

    name: str
    delay: float
    """Seconds from the beginning of one request to that of the next, at least."""

    jitter: float
    """By how much of the delay it is made longer by chance."""

    places: asyncio.Semaphore
    """As many as there may be requests at a time."""

    active: set[Request] = field(factory=set)
    """What is being asked of it, or waits for its turn."""

    _next: float = 0.0

    @property
    def is_paced(self) -> bool:
        """Whether there is a time to wait for at all."""
        return self.delay > 0

    async def wait_for_turn(self) -> None:
        """Return when the next request may begin."""
        now = time.monotonic()
        begins = max(now, self._next)
        self._next = begins + self.delay * random.uniform(1, 1 + self.jitter)  # noqa: S311
        if begins > now:
            await asyncio.sleep(begins - now)


class Politeness:
    """The pace of one crawl, host by host."""

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        self.hosts: dict[str, Host] = {}
        self._delay = settings.getfloat("DOWNLOAD_DELAY")
        self._jitter = settings.getfloat("DOWNLOAD_DELAY_JITTER")
        self._at_once = settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")

    def host(self, name: str) -> Host:
        """The host of that name."""
        host = self.hosts.get(name)
        if host is None:
            places = asyncio.Semaphore(self._at_once)
            host = self.hosts[name] = Host(name=name, delay=self._delay, jitter=self._jitter, places=places)
        return host

    def let_go(self) -> None:
        """Let nothing wait any more."""
