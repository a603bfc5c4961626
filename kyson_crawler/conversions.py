"""Derives the texts of files while a crawl goes on: one at a time, in the order in which they came.

What an earlier crawl did not come to is derived first; what this one does not come to, when it is stopped, the next one
finds. A crawl that came to its end waits for the rest of them.
"""

import asyncio
import logging
from typing import cast

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider

from archive import texts
from archive.errors import WarcFault
from archive.frontier import Visit
from archive.texts import File
from kyson_crawler.capture import Archiving
from kyson_crawler.derive import derive
from kyson_crawler.normalise import pdf_text

logger = logging.getLogger(__name__)


class Conversions:
    """Scrapy extension that sees to the texts of a crawl's files."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._files: asyncio.Queue[File] = asyncio.Queue()
        self._left = 0
        self._has_told = False
        self._working: asyncio.Task[None] | None = None
        crawler.signals.connect(self.opened, signal=signals.spider_opened)
        crawler.signals.connect(self.idle, signal=signals.spider_idle)
        crawler.signals.connect(self.closed, signal=signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Conversions":
        """As Scrapy makes its components."""
        return cls(crawler)

    def opened(self) -> None:
        """Begin with what earlier crawls left, and look at every file that comes."""
        spider = cast("Archiving", self._crawler.spider)
        for file in texts.underived(spider.recorder.archive.connection, spider.portal.slug):
            self._offer(file)
        spider.recorder.rows.kept = self._kept
        self._working = asyncio.create_task(self._work())

    def idle(self) -> None:
        """Keep the crawl open while something is left to derive."""
        if self._left and self._working is not None and not self._working.done():
            raise DontCloseSpider

    async def closed(self) -> None:
        """Derive nothing more."""
        if self._working is not None:
            self._working.cancel()
            await asyncio.wait([self._working])

    def _kept(self, visit: Visit) -> None:
        if visit.kind == "attachment" and visit.capture is not None and visit.fault is None:
            recorder = cast("Archiving", self._crawler.spider).recorder
            if file := texts.of_capture(recorder.archive.connection, visit.capture.record_id):
                self._offer(file)

    def _offer(self, file: File) -> None:
        if pdf_text.is_there():
            self._left += 1
            self._files.put_nowait(file)
        elif not self._has_told:
            self._has_told = True
            logger.warning("%s; then the next crawl derives what this one leaves out", pdf_text.MISSING)

    async def _work(self) -> None:
        """Derive one text after the other, as they come."""
        while True:
            await self._derive(await self._files.get())
            self._left -= 1
            if not self._left:
                self._look_for_an_end()

    async def _derive(self, file: File) -> None:
        """Derive the text of a file, unless that of another with the same bytes was."""
        recorder = cast("Archiving", self._crawler.spider).recorder
        if texts.is_kept(recorder.archive.connection, file.digest):
            return
        try:
            made = await derive(recorder.archive.folder / "warc", file)
        except (WarcFault, OSError) as fault:
            logger.warning("no text is derived of %s: %s", file.url, fault)
        else:
            recorder.keep_text(file, made)

    def _look_for_an_end(self) -> None:
        """Let the engine see at once that it has nothing to wait for any more; by itself it looks every five seconds."""
        engine = self._crawler.engine
        if engine is not None and (slot := engine._slot) is not None:  # noqa: SLF001  it has no other way to be told
            slot.nextcall.schedule()
