"""A process beside that of the crawl which does nothing but read pages, asked over a socket by the loop of events.

No thread stands between the two, each of which would take its turns of the interpreter from the crawl.
"""

import asyncio
import pickle
import socket
import struct
import traceback
from collections import deque
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from typing import cast

from kyson_crawler import child
from kyson_crawler.portal import Portal
from kyson_crawler.reading import seen
from kyson_crawler.reading.furniture import Attention
from kyson_crawler.reading.seen import Answer, Seen

_SIZE = struct.Struct("!Q")


class ProcessEnded(Exception):
    """The process that was to read a page is gone, or never came up."""


class ReadingFailed(Exception):
    """Reading a page raised what it should not, an error of ours, with its traceback as a note."""


class ReadingProcess(asyncio.Protocol):
    """Reads the pages of one portal in the order in which they are handed over."""

    def __init__(self, process: BaseProcess) -> None:
        """Begin with `start`; `process` is the one that reads."""
        self._process = process
        self._transport: asyncio.WriteTransport | None = None
        self._waiting: deque[asyncio.Future[Seen]] = deque()
        self._came = bytearray()
        self._attention: Attention | None = None

    @classmethod
    async def start(cls, portal: Portal) -> "ReadingProcess":
        """A new process, which ends with this one, and leaves Ctrl-C to it. Raises OSError when the system gives none."""
        ours, its = socket.socketpair()
        # Not forked: a copy would hold the locks of whatever this process is at.
        process = get_context("spawn").Process(target=_serve, args=(its, portal), daemon=True)
        try:
            with its:
                process.start()
            _, reading = await asyncio.get_running_loop().create_connection(lambda: cls(process), sock=ours)
        except BaseException:
            ours.close()
            if process.is_alive():
                process.kill()
            raise
        return reading

    async def read(self, answer: Answer, attention: Attention) -> Seen:
        """What an answer shows, and where it leads. Raises ProcessEnded and ReadingFailed."""
        if self._transport is None or self._transport.is_closing():
            raise ProcessEnded
        changed = None if attention == self._attention else attention
        asked = pickle.dumps((answer, changed), pickle.HIGHEST_PROTOCOL)
        # Only what was handed over waits: answers come in the order of what was asked.
        found: asyncio.Future[Seen] = asyncio.get_running_loop().create_future()
        self._waiting.append(found)
        self._attention = attention
        self._transport.write(asked)
        return await found

    def close(self) -> None:
        """End the process; what it was at is lost."""
        self._give_up()
        if self._transport is not None:
            self._transport.abort()
        self._process.kill()
        self._process.join()

    # -- what comes over the socket ------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The process can be asked."""
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        """Some bytes of what it answers."""
        self._came += data
        while len(self._came) >= _SIZE.size:
            (size,) = _SIZE.unpack_from(self._came)
            end = _SIZE.size + size
            if len(self._came) < end:
                return
            found = pickle.loads(self._came[_SIZE.size : end])  # noqa: S301  our own process made it
            del self._came[:end]
            self._answered(found)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self._give_up()

    def _give_up(self) -> None:
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_exception(ProcessEnded())
        self._waiting.clear()

    def _answered(self, found: Seen | ReadingFailed) -> None:
        waiting = self._waiting.popleft()
        if waiting.done():  # nobody waits for it any more
            return
        if isinstance(found, ReadingFailed):
            waiting.set_exception(found)
        else:
            waiting.set_result(found)


def _serve(asked: socket.socket, portal: Portal) -> None:
    """Read whatever is handed over, until the process that does so is gone."""
    child.begin()
    attention = Attention()
    with asked, asked.makefile("rb") as questions, suppress(EOFError, pickle.UnpicklingError, OSError):
        while True:
            answer, changed = pickle.load(questions)  # noqa: S301  the process of the crawl made it
            attention = changed or attention
            found = pickle.dumps(_read(answer, portal, attention), pickle.HIGHEST_PROTOCOL)
            asked.sendall(_SIZE.pack(len(found)) + found)


def _read(answer: Answer, portal: Portal, attention: Attention) -> Seen | ReadingFailed:
    """What an answer shows, or what kept us from telling."""
    try:
        return seen.read(answer, portal, attention, ways=True)
    except Exception as error:  # noqa: BLE001  whatever it is, it is told where the page is known
        failed = ReadingFailed(f"{type(error).__name__}: {error}")
        failed.add_note(traceback.format_exc())
        return failed
