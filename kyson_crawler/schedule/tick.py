"""One tick: what is due becomes a run, and what waits is started where it may be.

It may come as often as one likes, from several places at once, and be killed at any point. Each run that goes on has the
lock of its schedule as its lease: a tick takes it and hands it on to the process that crawls, with which it ends. So a run
whose lease is free has no process, and the next tick sees to it.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from attrs import define, field, frozen

from archive import locks, runs, schedules, signs
from archive.errors import PortalFault, UnknownPortal
from archive.runs import Run
from archive.schedules import Schedule
from archive.signs import Sign
from archive.store import Archive
from archive.vietnam import clock
from kyson_crawler import portal as portals
from kyson_crawler.schedule import AT_ONCE, calendar
from kyson_crawler.schedule.blackout import Blackout

LOST = "its process was gone before it had ended"

Starter = Callable[[Run, BinaryIO], None]
"""Starts the process of a run; the file is its lease, which the process has to hold open to its end. May raise OSError."""


@define
class _Room:
    """Which crawls go on, and whether there is room for another one."""

    folder: Path
    at_once: int
    going: dict[int, Run] = field(factory=dict)
    """By the numbers of their schedules."""

    hosts: dict[str, str] = field(factory=dict)
    """The hosts that are crawled, each with the portal it is crawled for."""

    _known: dict[str, tuple[str, ...]] = field(factory=dict)

    def take(self, run: Run) -> None:
        """Count a run among those that go on; the TOML of its portal may have been broken since it began."""
        self.going[run.schedule] = run
        with suppress(UnknownPortal, PortalFault):
            self.hosts.update(dict.fromkeys(self._hosts(run), run.portal))

    def why_not(self, run: Run) -> str | None:
        """Why there is none for this run. Raises UnknownPortal or PortalFault when it can never begin."""
        hosts = self._hosts(run)
        if other := self.going.get(run.schedule):
            return f"run {other.id} of this schedule goes on"
        if taken := next((taken for taken in self.hosts if any(locks.overlap(taken, host) for host in hosts)), None):
            return f"{taken} is being crawled for {self.hosts[taken]}"
        if not locks.is_free(self.folder, run.portal):
            return f"{run.portal} is being crawled, or read again, by another process"
        if busy := next((host for host in hosts if not locks.is_host_free(self.folder, host)), None):
            return f"{busy} is being crawled by another process"
        if len(self.going) >= self.at_once:
            return f"{self.at_once} crawls go on, and no more may at once"
        return None

    def _hosts(self, run: Run) -> tuple[str, ...]:
        if run.portal not in self._known:
            self._known[run.portal] = portals.find(run.portal, self.folder).scope.page_hosts
        return self._known[run.portal]


@frozen(kw_only=True)
class Ticked:
    """What one tick did."""

    started: tuple[Run, ...] = ()
    failed: tuple[Run, ...] = ()
    """Runs that were given up."""


def tick(archive: Archive, now: datetime, start: Starter, *, at_once: int = AT_ONCE) -> Ticked:
    """See to everything that is due, and let everybody see that a tick came to its end.

    Raises ArchiveBusy when another process goes on writing the archive.
    """
    done = _see_to(archive, now, start, at_once) if _has_work(archive, now) else Ticked()
    schedules.beat(archive.folder, now)
    return done


def _see_to(archive: Archive, now: datetime, start: Starter, at_once: int) -> Ticked:
    with ExitStack() as leases:
        with archive.together():
            seen = {run.id for run in runs.unended(archive.connection)}
            _settle(archive, now)
            _claim(archive, now)
            _hasten(archive, now)
            seen |= {run.id for run in runs.unended(archive.connection)}
            begun = [(run, leases.enter_context(lease)) for run, lease in _begin(archive, now, at_once)]
        for run, lease in begun:
            _start(archive, run, lease, start, now)
        after = [runs.get(archive.connection, number) for number in sorted(seen)]
    failed = tuple(run for run in after if run.state == "failed")
    gone_on = {run.id for run in after if run.state == "running"}
    return Ticked(started=tuple(run for run, _ in begun if run.id in gone_on), failed=failed)


def waiting(archive: Archive, now: datetime) -> Iterator[tuple[str, datetime]]:
    """What a tick would make a run for, by portal and moment; nothing is changed."""
    for schedule in schedules.every(archive.connection):
        if schedule.due is not None and schedule.due <= now:
            yield schedule.portal, calendar.read(schedule.calendar).before(now) or schedule.due
    for run in runs.unended(archive.connection):
        if run.state == "waiting":
            yield run.portal, run.due


def _has_work(archive: Archive, now: datetime) -> bool:
    """Whether anything is to be written, which needs a turn at the database; most ticks have nothing to do."""
    return (
        any(
            _is_lost(archive, run) if run.state == "running" else not run.rests(now)
            for run in runs.unended(archive.connection)
        )
        or any(
            schedules.is_due(schedule, calendar.read(schedule.calendar), now)
            for schedule in schedules.every(archive.connection)
        )
        or any(_hurrying(archive))
    )


def _is_lost(archive: Archive, run: Run) -> bool:
    """Whether a run that is to go on has no process."""
    return run.state == "running" and locks.is_free(archive.folder, str(run.schedule), "schedules")


def _settle(archive: Archive, now: datetime) -> None:
    """End, or have tried again, the runs whose processes are gone."""
    for run in runs.unended(archive.connection):
        if _is_lost(archive, run):
            crawl = runs.crawl_since(archive.connection, run)
            if crawl is None:
                runs.fail(archive.connection, run, now, LOST)
            else:
                runs.finish(archive.connection, run, now, crawl=crawl, reason=None)


def _claim(archive: Archive, now: datetime) -> None:
    """Make runs of what is due."""
    for schedule in schedules.every(archive.connection):
        moments = calendar.read(schedule.calendar)
        if schedules.is_due(schedule, moments, now):
            schedules.claim(archive.connection, schedule, moments, now)


def _hasten(archive: Archive, now: datetime) -> None:
    """Have all of a dying portal asked for again, before anything else is; once for each sign of it."""
    for schedule, hurrying in _hurrying(archive):
        kinds = ", ".join(sorted({sign.kind for sign in hurrying}))
        run = runs.hasten(
            archive.connection, schedule.id, now, f"{schedule.portal} is dying ({kinds}): all of it is saved"
        )
        signs.answer(archive.connection, hurrying, run)


def _hurrying(archive: Archive) -> Iterator[tuple[Schedule, tuple[Sign, ...]]]:
    """The signs that nobody has hurried for yet, each portal's with the schedule it is crawled by."""
    for portal, hurrying in signs.unhurried(archive.connection).items():
        planned = (schedule for schedule in schedules.every(archive.connection) if schedule.portal == portal)
        active = [schedule for schedule in planned if schedule.state == "active"]
        if active:  # rather by the calendar of the whole portal than by that of a section
            yield min(active, key=lambda schedule: schedule.section is not None), hurrying


def _begin(archive: Archive, now: datetime, at_once: int) -> Iterator[tuple[Run, BinaryIO]]:
    """Let go on what waits and may, each with its lease; what may not is told why."""
    room = _Room(archive.folder, at_once)
    unended = runs.unended(archive.connection)
    waiting = [run for run in unended if run.state == "waiting" and not run.rests(now)]
    for run in unended if waiting else ():
        if run.state == "running":
            room.take(run)
    for run in waiting:
        try:
            reason = room.why_not(run) or _left_out(archive, run, now)
        except (UnknownPortal, PortalFault) as error:
            runs.fail(archive.connection, run, now, str(error), hopeless=True)
            continue
        lease = None if reason else locks.take(archive.folder, str(run.schedule), "schedules")
        if lease is None:
            runs.say(archive.connection, run, reason or "the process of its last run is about to end")
            continue
        runs.start(archive.connection, run, now)
        room.take(run)
        yield run, lease


def _start(archive: Archive, run: Run, lease: BinaryIO, start: Starter, now: datetime) -> None:
    try:
        start(run, lease)
    except OSError as error:
        with archive.together():
            runs.fail(archive.connection, run, now, f"its process could not be started: {error}")


def _left_out(archive: Archive, run: Run, now: datetime) -> str | None:
    """Why its schedule leaves this moment out."""
    blackout = Blackout.read(schedules.get(archive.connection, run.schedule).blackout)
    if not blackout.holds(now):
        return None
    ends = blackout.ends(now)
    return (
        f"its schedule leaves these hours out, until {clock(ends)}" if ends else "its schedule leaves these hours out"
    )
