"""The process of a run: started by a tick, it crawls, writes down what came of it, and holds the run's lease to its end."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from attrs import define, evolve, field

from archive import locks, runs, schedules
from archive.crawls import BY_HAND
from archive.errors import ArchiveBusy, ArchiveError, ForbiddenAddress, UntrustedServer, UsageError
from archive.runs import Run
from archive.schedules import Schedule
from archive.store import Archive
from kyson_crawler import hours
from kyson_crawler import portal as portals
from kyson_crawler.schedule import alerts, reports
from kyson_crawler.schedule.blackout import Blackout

if TYPE_CHECKING:
    from kyson_crawler.crawl import Outcome

LOGS = "logs"
"""The folder in an archive with a file for each portal, in which its runs say what they have to say."""

_WHEN_BUSY, _WHEN_STOPPED = timedelta(minutes=5), timedelta(minutes=5)

_HOPELESS = (UsageError, ForbiddenAddress, UntrustedServer)


@define
class Processes:
    """Starts processes of their own, which live on when this one ends."""

    archive: Path
    _started: list[subprocess.Popen[bytes]] = field(factory=list)

    def start(self, run: Run, lease: BinaryIO) -> None:
        """Start the process of a run; it gets the lease by inheritance. Raises OSError when there can be none."""
        log = self.archive / LOGS / f"{run.portal}.log"
        log.parent.mkdir(exist_ok=True)
        with log.open("ab") as stream:
            process = subprocess.Popen(  # noqa: S603  this very program
                [sys.executable, "-m", "kyson_crawler.schedule", str(self.archive.absolute()), str(run.id)],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
                pass_fds=[lease.fileno()],
            )
        self._started.append(process)

    def reap(self) -> None:
        """Take note of those that have ended, as a parent has to."""
        self._started = [process for process in self._started if process.poll() is None]

    def end(self, patience: float) -> None:
        """Have all stop their crawls, which are gone on with later, and wait for that; patience: seconds for each."""
        for process in self._started:
            process.terminate()
        for process in self._started:
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._started.clear()


def perform(folder: Path, number: int, now: Callable[[], datetime] = hours.now) -> bool:
    """Crawl for a run that a tick has started, and write down what came of it; whether it came to what it was for.

    Raises UsageError when no tick has started it.
    """
    with Archive.open(folder) as archive:
        run = runs.get(archive.connection, number)
        schedule = schedules.get(archive.connection, run.schedule)
    if run.state != "running" or locks.is_free(folder, str(schedule.id), "schedules"):
        raise UsageError(f"run {number} is not under way: `kyson schedule tick` starts what is due")
    try:
        return _perform(folder, run, schedule, now)
    finally:
        try:
            reports.write(folder, run.portal)
        finally:
            alerts.after_all(folder, [run], now())


def _perform(folder: Path, run: Run, schedule: Schedule, now: Callable[[], datetime]) -> bool:
    blackout, began = Blackout.read(schedule.blackout), time.monotonic()
    if run.is_full:  # of a portal that is dying all is saved, whatever its calendar has to spare
        schedule = evolve(schedule, section=None, max_pages=None, max_minutes=None, is_full=True)
    given = _minutes(schedule, blackout, now())
    try:
        outcome = _crawl(folder, run, schedule, given)
    except ArchiveBusy as busy:
        with _writing(folder) as archive:
            _wait(archive, run, now(), str(busy), now() + _WHEN_BUSY)
        return False
    except ArchiveError as error:
        with _writing(folder) as archive:
            runs.fail(archive.connection, run, now(), str(error), hopeless=isinstance(error, _HOPELESS))
        raise
    is_stopped, in_time = outcome.status == "stopped", time.monotonic() - began < given * 60
    with _writing(folder) as archive:
        if is_stopped and outcome.reason == BY_HAND:
            _wait(archive, run, now(), "it was stopped, and goes on where it was", now() + _WHEN_STOPPED)
        elif is_stopped and in_time:
            runs.fail(archive.connection, run, now(), outcome.reason or "it was stopped", crawl=outcome.crawl_id)
        elif is_stopped and given != schedule.max_minutes:
            _wait(archive, run, now(), "it goes on after the hours that are left out", blackout.ends(now()) or now())
        else:
            runs.finish(archive.connection, run, now(), crawl=outcome.crawl_id, reason=outcome.reason)
    return not (is_stopped and in_time)


def _crawl(folder: Path, run: Run, schedule: Schedule, minutes: float) -> "Outcome":
    from kyson_crawler import crawl  # noqa: PLC0415  Scrapy, which starting a process does without

    return crawl.run(
        portals.find(run.portal, folder),
        folder,
        max_pages=schedule.max_pages,
        max_minutes=minutes if minutes < float("inf") else None,
        full=schedule.is_full,
        section=schedule.section,
    )


def _minutes(schedule: Schedule, blackout: Blackout, now: datetime) -> float:
    """The minutes that a run has: those of its schedule, and none that are left out."""
    begins = blackout.begins(now)
    left = float("inf") if begins is None else max((begins - now).total_seconds() / 60, 0.1)
    return min(schedule.max_minutes or float("inf"), left)


def _wait(archive: Archive, run: Run, now: datetime, reason: str, until: datetime) -> None:
    """Let a run wait that did not fail; where another one of its schedule waits already, that goes on with its crawl."""
    if not runs.put_back(archive.connection, run, now, reason, until - now):
        runs.become(archive.connection, run, "skipped", now, reason)


@contextmanager
def _writing(folder: Path) -> Iterator[Archive]:
    with Archive.open(folder, write=True) as archive, archive.together():
        yield archive
