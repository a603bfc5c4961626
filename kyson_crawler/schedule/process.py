"""The process of a run: started by a tick, it crawls, writes down what came of it, and holds the run's lease to its end."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from attrs import define, field

from archive import locks, runs, schedules
from archive.errors import ArchiveBusy, ArchiveError, ForbiddenAddress, UntrustedServer, UsageError
from archive.runs import Run
from archive.schedules import Schedule
from archive.store import Archive
from kyson_crawler import portal as portals
from kyson_crawler.schedule.blackout import Blackout

LOGS = "logs"
"""The folder in an archive with a file for each portal, in which its runs say what they have to say."""

_WHEN_BUSY = timedelta(minutes=5)
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


def perform(folder: Path, number: int) -> bool:
    """Crawl for a run that a tick has started, and write down what came of it; whether it came to what it was for.

    Raises UsageError when no tick has started it.
    """
    with Archive.open(folder) as archive:
        run = runs.get(archive.connection, number)
        schedule = schedules.get(archive.connection, run.schedule)
    if run.state != "running" or locks.is_free(folder, str(schedule.id), "schedules"):
        raise UsageError(f"run {number} is not under way: `kyson schedule tick` starts what is due")
    try:
        return _crawl(folder, run, schedule)
    except ArchiveBusy as busy:
        with _writing(folder) as (archive, now):
            if not runs.put_back(archive.connection, run, now, str(busy), _WHEN_BUSY):
                runs.fail(archive.connection, run, now, str(busy))
    except ArchiveError as error:
        with _writing(folder) as (archive, now):
            runs.fail(archive.connection, run, now, str(error), hopeless=isinstance(error, _HOPELESS))
        raise
    return False


def _crawl(folder: Path, run: Run, schedule: Schedule) -> bool:
    from kyson_crawler import crawl  # noqa: PLC0415  Scrapy, which starting a process does without

    blackout, began = Blackout.read(schedule.blackout), time.monotonic()
    until_blackout = _minutes_until(blackout.begins(datetime.now(UTC)))
    minutes = min(schedule.max_minutes or float("inf"), until_blackout)
    outcome = crawl.run(
        portals.find(run.portal, folder),
        folder,
        max_pages=schedule.max_pages,
        max_minutes=minutes if minutes < float("inf") else None,
    )
    in_time = time.monotonic() - began < minutes * 60
    reason = outcome.reason or "it was stopped"
    with _writing(folder) as (archive, now):
        if outcome.status == "stopped" and in_time:
            runs.fail(archive.connection, run, now, reason, crawl=outcome.crawl_id)
            return False
        if outcome.status == "stopped" and minutes == until_blackout:
            pause = (blackout.ends(now) or now) - now
            if runs.put_back(archive.connection, run, now, "it goes on after the hours that are left out", pause):
                return True
        runs.finish(archive.connection, run, now, crawl=outcome.crawl_id, reason=outcome.reason)
    return True


@contextmanager
def _writing(folder: Path) -> Iterator[tuple[Archive, datetime]]:
    with Archive.open(folder, write=True) as archive, archive.together():
        yield archive, datetime.now(UTC)


def _minutes_until(moment: datetime | None) -> float:
    return float("inf") if moment is None else max((moment - datetime.now(UTC)).total_seconds() / 60, 0.1)
