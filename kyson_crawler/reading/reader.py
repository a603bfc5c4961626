"""Reads the pages of a crawl, which goes on fetching meanwhile.

To read a page takes longer than to fetch it. The first pages of a crawl are read in its own process, for most crawls of a
day come to no more; then a second one is started that does nothing but read. What it gives back is what a page shows by
itself (`seen.Seen`): all that depends on other pages is decided in the process of the crawl, in the order of the answers.
"""

import asyncio
import logging
import sys

from kyson_crawler.portal import Portal
from kyson_crawler.reading import seen
from kyson_crawler.reading.furniture import Attention
from kyson_crawler.reading.reading_process import ProcessEnded, ReadingProcess
from kyson_crawler.reading.seen import Answer, Seen

logger = logging.getLogger(__name__)

READ_HERE = 100
"""How many pages are read in the process of the crawl: to start another one takes as long."""

LARGEST = 200_000
"""Bytes of a page that is read apart. Nothing else comes while a larger one is read here, so that they never pile up."""

ENDED = "the process that read it ended without a word, twice: it may need more memory than there is"


class Reader:
    """Reads for one crawl. Close it with the crawl."""

    def __init__(self, portal: Portal, *, here: int = READ_HERE) -> None:
        """`here` is how many pages are read in this process."""
        self._portal = portal
        self._here = here
        self._process: ReadingProcess | None = None
        self._running: set[ReadingProcess] = set()
        self._is_closed = False
        self._starting = asyncio.Lock()
        self._alone = asyncio.Lock()
        self._has_worked = False
        """Whether any page was read apart."""

    def is_apart(self, answer: Answer) -> bool:
        """Whether an answer is read in another process, if it is the next one."""
        return self._here <= 0 and len(answer.body) <= LARGEST

    async def read(self, answer: Answer, attention: Attention) -> Seen:
        """What an answer shows, and where it leads; those that are read apart are read in the order in which they came.

        Raises what reading raises, which is an error of ours, and CancelledError when the crawl ends before. When the process
        ends over a page, as one does that the system takes its memory from, that is the fault of the page it was alone with.
        Where none can be started, which happens to scripts that crawl as soon as they are imported, all is read here.
        """
        if not self.is_apart(answer):
            self._here -= 1
            return self._read_here(answer, attention)
        try:
            async with self._starting:
                process = self._process = self._process or await self._start()
        except OSError as error:
            logger.warning("no process can be started to read pages (%s): they are read by the crawl itself", error)
            self._here = sys.maxsize
            return self._read_here(answer, attention)
        try:
            return await self._ask(process, answer, attention)
        except ProcessEnded:
            if self._process is process:
                logger.warning("the process that reads pages ended without a word")
                self._process = None
                self._end(process)
        if not self._has_worked:
            self._here = sys.maxsize
            return self._read_here(answer, attention)
        async with self._alone:
            return await self._read_alone(answer, attention)

    def close(self) -> None:
        """End the process, if there is one; what it was at is lost."""
        self._is_closed = True
        for process in tuple(self._running):
            self._end(process)

    async def _start(self) -> ReadingProcess:
        self._go_on()
        process = await ReadingProcess.start(self._portal)
        self._running.add(process)
        try:
            self._go_on()
        except asyncio.CancelledError:
            self._end(process)
            raise
        return process

    def _go_on(self) -> None:
        """Raise CancelledError when the crawl has ended meanwhile."""
        if self._is_closed:
            raise asyncio.CancelledError

    def _end(self, process: ReadingProcess) -> None:
        self._running.discard(process)
        process.close()

    async def _ask(self, process: ReadingProcess, answer: Answer, attention: Attention) -> Seen:
        try:
            found = await process.read(answer, attention)
        except ProcessEnded:
            self._go_on()
            raise
        self._has_worked = True
        return found

    def _read_here(self, answer: Answer, attention: Attention) -> Seen:
        return seen.read(answer, self._portal, attention, ways=True)

    async def _read_alone(self, answer: Answer, attention: Attention) -> Seen:
        """Read one of the answers that a process ended with, in a process of its own."""
        process = await self._start()
        try:
            return await self._ask(process, answer, attention)
        except ProcessEnded:
            return Seen(fault=ENDED)
        finally:
            self._end(process)
