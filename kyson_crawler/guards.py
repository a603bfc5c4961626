"""What halts or ends a crawl before its work is done: a disk that runs full, and the time it was given.

A full disk is waited out: nothing new is asked for until there is room again, and what is under way still finds its place.
Ctrl-C needs no guard: once it lets what is under way finish, twice it stops at once, and Scrapy sees to both.
"""

import asyncio
import logging
import shutil
import time
from typing import Protocol, cast

from scrapy import signals
from scrapy.crawler import Crawler

from archive.crawls import SPENT
from kyson_crawler.capture import Recorder

logger = logging.getLogger(__name__)

KEEP_FREE = 500_000_000
"""Bytes of the archive's disk that a crawl leaves free unless told otherwise."""

_EVERY = 1.0
_ROOM = 20_000_000
"""Bytes that there must be besides what is kept free before a halted crawl goes on, lest it halts every second."""


class Guarded(Protocol):
    """What the guards expect of a spider."""

    recorder: Recorder
    keep_free: int
    max_minutes: float | None
    waiting: str | None


class Guards:
    """Scrapy extension that looks after disk and time, each second."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._began = time.monotonic()
        self._looking: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None
        crawler.signals.connect(self.opened, signal=signals.spider_opened)
        crawler.signals.connect(self.closed, signal=signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Guards":
        """As Scrapy makes its components."""
        return cls(crawler)

    def opened(self) -> None:
        """Look once before anything is asked for, then again and again."""
        self._look_at_disk()
        self._looking = asyncio.create_task(self._keep_looking())

    def closed(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()

    async def _keep_looking(self) -> None:
        while self._ending is None:
            await asyncio.sleep(_EVERY)
            self._look_at_disk()
            self._look_at_clock()

    def _look_at_disk(self) -> None:
        """Halt the crawl when less is free than is to stay so, and let it go on when there is room again."""
        spider, engine = cast("Guarded", self._crawler.spider), self._crawler.engine
        assert engine is not None
        folder = spider.recorder.archive.folder
        free = shutil.disk_usage(folder).free
        if not engine.paused and free < spider.keep_free:
            engine.pause()
            spider.waiting = (
                f"only {free / 1e6:,.0f} MB are free on the disk of {folder}, and {spider.keep_free / 1e6:,.0f} MB are to "
                "stay free: make room, and it goes on by itself"
            )
            logger.warning("the crawl halts: %s", spider.waiting)
        elif engine.paused and spider.waiting and free >= spider.keep_free + _ROOM:
            engine.unpause()
            spider.waiting = None
            logger.warning("the crawl goes on: %s MB are free", f"{free / 1e6:,.0f}")

    def _look_at_clock(self) -> None:
        """End the crawl when its time is up; what is under way is finished."""
        minutes, engine = cast("Guarded", self._crawler.spider).max_minutes, self._crawler.engine
        if minutes is not None and time.monotonic() - self._began >= minutes * 60:
            assert engine is not None
            reason = f"the time budget of {minutes:g} minutes {SPENT}"
            self._ending = asyncio.create_task(engine.close_spider_async(reason=reason))
