"""Ticks for as long as the process lives, where neither systemd nor cron is at hand, such as in a container."""

import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from types import FrameType

from archive.errors import ArchiveBusy
from archive.store import Archive
from kyson_crawler.schedule.process import Processes
from kyson_crawler.schedule.tick import Ticked, tick
from kyson_crawler.schedule.watching import watch_planned

_PATIENCE = 60.0
"""Seconds that a crawl has to finish what is under way when the loop ends."""


def loop(
    folder: Path, *, minutes: float, at_once: int, told: Callable[[Ticked], None], busy: Callable[[ArchiveBusy], None]
) -> None:
    """Tick every so many minutes until SIGTERM or SIGINT; the crawls that were begun are stopped then, to be gone on with.

    `told` hears of each tick, `busy` of those that found no turn at the archive.
    """
    processes, ended = Processes(folder), Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        while not ended.is_set():
            processes.reap()
            try:
                with Archive.open(folder, write=True) as archive:
                    told(tick(archive, datetime.now(UTC), processes.start, at_once=at_once))
                watch_planned(folder, datetime.now(UTC))
            except ArchiveBusy as error:
                busy(error)
            ended.wait(minutes * 60)
    finally:
        processes.end(_PATIENCE)
        for number, handler in before.items():
            signal.signal(number, handler)
