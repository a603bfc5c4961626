"""Ticks for as long as the process lives, where neither systemd nor cron is at hand, such as in a container."""

import signal
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from types import FrameType

from archive.errors import ArchiveError
from archive.store import Archive
from kyson_crawler.schedule.process import Processes
from kyson_crawler.schedule.tick import Ticked, tick
from kyson_crawler.schedule.watching import watch_planned

_PATIENCE = 60.0
"""Seconds that a crawl has to finish what is under way when the loop ends."""


def loop(
    folder: Path, *, minutes: float, at_once: int, told: Callable[[Ticked], None], fault: Callable[[str], None]
) -> None:
    """Tick every so many minutes until SIGTERM or SIGINT; the crawls that were begun are stopped then, to be gone on with.

    `told` hears of each tick, `fault` why one could not do all that it should: once, until that changes. No fault ends it.
    """
    processes, ended, last = Processes(folder), Event(), None

    def end(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        while not ended.is_set():
            processes.reap()
            try:
                with Archive.open(folder, write=True) as archive:
                    done = tick(archive, datetime.now(UTC), processes.start, at_once=at_once)
                told(done)
                watch_planned(folder, datetime.now(UTC))
                now = None
            except (ArchiveError, OSError, sqlite3.Error) as error:
                now = str(error)
            if now is not None and now != last:
                with suppress(OSError):  # such as nobody who reads any more
                    fault(now)
            last = now
            ended.wait(minutes * 60)
    finally:
        processes.end(_PATIENCE)
        for number, handler in before.items():
            signal.signal(number, handler)
