"""Schedules as people read them on a terminal, and as programs read them line by line."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archive import schedules
from archive.holdings import Holding
from archive.runs import Run
from archive.schedules import Schedule
from archive.sign_words import said
from archive.terminal import printable, table
from archive.vietnam import NOTE, clock
from kyson_crawler.schedule.blackout import Blackout
from kyson_crawler.schedule.tick import Ticked


def added(schedule: Schedule) -> str:
    """What `kyson schedule add` has made."""
    return f"schedule {schedule.id}: {_what(schedule)}, {upcoming(schedule)}"


def unwatched(schedule: Schedule) -> str | None:
    """That nobody hears when the runs of a schedule bring unusually few new articles, and why; None when somebody does."""
    if schedule.section or schedule.max_pages:
        of = "of a section" if schedule.section else "bound to a number of pages"
        return (
            f"no alarm tells of unusually few new articles in its runs, which are {of}: "
            f"a calendar for the whole of {printable(schedule.portal)} has them counted"
        )
    if schedule.max_minutes:
        return (
            f"no alarm tells of unusually few new articles in a run that is cut off after {schedule.max_minutes:g} min"
        )
    return None


def upcoming(schedule: Schedule) -> str:
    """When a schedule next has something crawled, and why that is later than its calendar says."""
    begins = _begins(schedule)
    told = f"next {clock(begins) if begins else 'never'}"
    return f"{told}, since {clock(schedule.due)} is left out" if schedule.due and begins != schedule.due else told


def listed(found: Iterable[tuple[Schedule, Sequence[Run]]], folder: Path, now: datetime) -> str:
    """All schedules as a table, each with its last runs beneath it."""
    head = ("", "portal", "calendar", "next")
    rows = [
        (str(schedule.id), printable(schedule.portal), printable(_calendar(schedule)), _next(schedule))
        for schedule, _ in found
    ]
    lines = table([head, *rows]).split("\n")
    parts = [lines[0]]
    for shown, (schedule, runs) in zip(lines[1:], found, strict=True):
        parts += [shown, *(f"    {printable(_run(run))}" for run in runs)]
        why = why_not(schedule, runs, folder, now)
        if why and why not in {run.reason for run in runs}:
            parts.append(f"    {printable(why)}")
    return "\n".join([*parts, NOTE])


def listed_json(schedule: Schedule, runs: Sequence[Run], folder: Path, now: datetime) -> dict[str, Any]:
    """A schedule as one line of `kyson schedule list --json`."""
    begins = _begins(schedule)
    return schedule.to_json() | {
        "begins": f"{begins.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if begins else None,
        "why": why_not(schedule, runs, folder, now),
        "runs": [run.to_json() for run in runs],
    }


def why_not(schedule: Schedule, runs: Sequence[Run], folder: Path, now: datetime) -> str | None:
    """Why nothing is crawled for a schedule though something is due; None when all is as it should be."""
    if schedule.state == "paused":
        return f"it is paused: `kyson schedule resume {schedule.id}` lets it go on"
    waits = any(run.state == "waiting" for run in runs)
    if not waits and (schedule.due is None or schedule.due > now):
        return None
    last = schedules.last_tick(folder)
    if last is None:
        return "no tick ever came: `kyson schedule install` has the system tick"
    if abs(now - last) > schedules.LATE:
        return f"no tick came since {clock(last)}: see to the timer that `kyson schedule install` set up"
    return next((run.reason for run in runs if run.state == "waiting" and run.reason), "it waits for the next tick")


def watched(holding: Holding, now: datetime) -> str:
    """How a portal is, by its hosts and its signs."""
    rows = [f"{holding.portal}: {holding.fate}"]
    for host in holding.hosts:
        days = host.days_left(now)
        certificate = "" if days is None else f"certificate ends in {days:,} days, "
        rows.append(f"  {host.name}: {host.fault or 'found'}, {certificate}looked at {clock(host.checked)}")
    rows += [
        f"  {said(sign)}; since {clock(sign.first)}{'' if sign.is_firm else ', not sure yet'}" for sign in holding.signs
    ]
    return "\n".join(map(printable, rows))


def watched_json(holding: Holding) -> dict[str, Any]:
    """The same as one line of `kyson schedule watch --json`, in the names of `kyson status`."""
    whole = holding.to_json()
    return {name: whole[name] for name in ("portal", "name", "fate", "signs", "hosts")}


def ticked(done: Ticked) -> str:
    """What one tick did; empty when that was nothing."""
    started = [
        f"started run {run.id}: {printable(run.portal)}, due {clock(run.due)}{_joined(run)}" for run in done.started
    ]
    failed = [f"gave up run {run.id}: {printable(f'{run.portal}, {run.reason}')}" for run in done.failed]
    return "\n".join([*started, *failed])


def _what(schedule: Schedule) -> str:
    return printable(f"{schedule.portal} {_calendar(schedule)}")


def _calendar(schedule: Schedule) -> str:
    bounds = [
        *([f"section {schedule.section}"] if schedule.section else []),
        *(f"not {words}" for words in schedule.blackout),
        *([f"{schedule.max_pages:,} pages"] if schedule.max_pages else []),
        *([f"{schedule.max_minutes:g} min"] if schedule.max_minutes else []),
        *(["full"] if schedule.is_full else []),
        *([f"priority {schedule.priority}"] if schedule.priority else []),
    ]
    return schedule.calendar + (f" ({', '.join(bounds)})" if bounds else "")


def _next(schedule: Schedule) -> str:
    if schedule.due is None:
        return schedule.state
    begins = _begins(schedule)
    return clock(begins) if begins else "never"


def _begins(schedule: Schedule) -> datetime | None:
    """The first moment at which what is next due may begin; None when nothing is due, or ever may."""
    return schedule.due and Blackout.read(schedule.blackout).opens(schedule.due)


def _run(run: Run) -> str:
    told = f"run {run.id} for {clock(run.due)}{_joined(run)}{', full' if run.is_full else ''} {run.state}"
    if run.state != "waiting":
        told += f" {clock(run.changed)}"
    if run.crawl is not None:
        told += f", crawl {run.crawl}"
    if run.tries and run.state == "waiting" and run.again:
        told += f", again {clock(run.again)} after {run.tries} in vain"
    return told + (f": {run.reason}" if run.reason else "")


def _joined(run: Run) -> str:
    return f" ({run.joined:,} joined, since {clock(run.first)})" if run.joined > 1 else ""
