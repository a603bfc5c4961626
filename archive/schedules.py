"""When portals are to be crawled. What a calendar means is the caller's matter; what comes of it are runs (`archive.runs`).

Every function that writes expects to run within a transaction of the caller, and leaves an event that says who did it.
"""

import json
import os
import pwd
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from attrs import frozen

from archive import crawls, runs
from archive.errors import UsageError
from archive.schema import moment, stamp

HEARTBEAT = "heartbeat"
"""The file in an archive that is as old as the last tick that came to its end, whether anything was due or not."""

LATE = timedelta(hours=1)
"""After so long without a tick something is wrong with what ticks."""

_MOST_COUNTED = 10_000
_COLUMNS = "id, portal, section, calendar, blackout, priority, max_pages, max_minutes, is_full, retries, state, due"


class Moments(Protocol):
    """What a schedule's calendar can tell; all times are aware."""

    def after(self, moment: datetime) -> datetime:
        """The first of its moments later than this one."""

    def before(self, moment: datetime) -> datetime | None:
        """The last of its moments until this one."""


@frozen(kw_only=True)
class Schedule:
    """When a portal is to be crawled, and how much at a time."""

    id: int
    portal: str
    section: str | None
    """What of it, by the name in its file or by an address; None for all."""

    calendar: str
    """As somebody wrote it, such as `daily 02:00`."""

    blackout: tuple[str, ...]
    """Times in which it is not to be crawled, as somebody wrote them."""

    priority: int
    """Of several that could begin the greatest does."""

    max_pages: int | None
    max_minutes: float | None
    is_full: bool
    """Whether everything is asked for again, whatever is known of it."""

    retries: int
    """How often a run that failed is tried again."""

    state: str
    """`active`, `paused` or `removed`."""

    due: datetime | None
    """The next moment of its calendar; aware, UTC. None unless it is active."""

    def to_json(self) -> dict[str, Any]:
        """The schedule as it stands in the JSON of `kyson schedule list`."""
        return {
            "schedule": self.id,
            "portal": self.portal,
            "section": self.section,
            "calendar": self.calendar,
            "blackout": list(self.blackout),
            "priority": self.priority,
            "max_pages": self.max_pages,
            "max_minutes": self.max_minutes,
            "full": self.is_full,
            "retries": self.retries,
            "state": self.state,
            "next": _iso(self.due),
        }


def add(
    connection: sqlite3.Connection,
    *,
    now: datetime,
    portal: str,
    calendar: str,
    due: datetime,
    section: str | None = None,
    blackout: tuple[str, ...] = (),
    priority: int = 0,
    max_pages: int | None = None,
    max_minutes: float | None = None,
    is_full: bool = False,
    retries: int = runs.RETRIES,
) -> Schedule:
    """A new schedule, whose first run is `due`."""
    left_out = json.dumps(blackout, ensure_ascii=False)
    facts = (portal, section, calendar, left_out, priority, max_pages, max_minutes, is_full, retries)
    rows = connection.execute(
        "INSERT INTO schedule (portal, section, calendar, blackout, priority, max_pages, max_minutes, is_full, retries, state, due) "  # noqa: S608  a constant
        f"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'active', ?) RETURNING {_COLUMNS}",
        (*facts, stamp(due)),
    ).fetchall()
    made = _schedule(*rows[0])
    _audit(connection, now, made, "added", made.to_json())
    return made


def every(connection: sqlite3.Connection) -> tuple[Schedule, ...]:
    """All schedules that were not removed, in the order in which they were made."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM schedule WHERE state <> 'removed' ORDER BY id")  # noqa: S608  a constant
    return tuple(_schedule(*row) for row in rows)


def get(connection: sqlite3.Connection, number: int) -> Schedule:
    """The schedule of a run, which may have been removed meanwhile."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM schedule WHERE id = ?", (number,)).fetchone()  # noqa: S608  a constant
    return _schedule(*row)


def next_of(connection: sqlite3.Connection, portal: str) -> datetime | None:
    """When a portal is next due; None when no schedule asks for it."""
    (due,) = connection.execute("SELECT min(due) FROM schedule WHERE portal = ?", (portal,)).fetchone()
    return moment(due) if due else None


def beat(folder: Path, now: datetime) -> None:
    """Let everybody see that a tick came to its end."""
    path = folder / HEARTBEAT
    path.touch()
    os.utime(path, (now.timestamp(), now.timestamp()))


def last_tick(folder: Path) -> datetime | None:
    """When a tick last came to an archive; aware, UTC. None when none ever did."""
    try:
        return datetime.fromtimestamp((folder / HEARTBEAT).stat().st_mtime, UTC)
    except OSError:
        return None


def of(connection: sqlite3.Connection, name: str) -> tuple[Schedule, ...]:
    """The schedule of that number, or all of the portal of that name. Raises UsageError when there is none."""
    found = tuple(schedule for schedule in every(connection) if name in {str(schedule.id), schedule.portal})
    if not found:
        raise UsageError(
            f"there is no schedule {name!r}: name its number or its portal, as `kyson schedule list` shows them"
        )
    return found


def pause(connection: sqlite3.Connection, schedule: Schedule, now: datetime, *, state: str = "paused") -> None:
    """Let a schedule ask for nothing more, for the time being or for ever (`removed`); a run that goes on comes to its end."""
    connection.execute("UPDATE schedule SET state = ?, due = NULL WHERE id = ?", (state, schedule.id))
    reason = f"its schedule was {state} by {person()}"
    for run in runs.of(connection, schedule.id, "waiting"):
        runs.become(connection, run, "skipped", now, reason)
    _audit(connection, now, schedule, state, {})


def resume(connection: sqlite3.Connection, schedule: Schedule, now: datetime, due: datetime) -> None:
    """Let a schedule ask for runs again, the first of which is `due`."""
    connection.execute("UPDATE schedule SET state = 'active', due = ? WHERE id = ?", (stamp(due), schedule.id))
    _audit(connection, now, schedule, "resumed", {"next": _iso(due)})


def person() -> str:
    """Who gives this order, by the name the system knows; with that behind sudo, where it tells."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = f"user {os.getuid()}"
    behind = os.environ.get("SUDO_USER")
    return f"{name} (sudo by {behind})" if behind and os.getuid() == 0 else name


def is_due(schedule: Schedule, calendar: Moments, now: datetime) -> bool:
    """Whether `claim` has to do with it: a moment has come, or the clock was set back behind one that was to be next."""
    return schedule.due is not None and (schedule.due <= now or schedule.due > calendar.after(now))


def claim(connection: sqlite3.Connection, schedule: Schedule, calendar: Moments, now: datetime) -> None:
    """Make one run of all moments of a schedule that have come, joined with the one that waits, if any does."""
    if schedule.due is not None and schedule.due <= now:
        last = max(calendar.before(now) or schedule.due, schedule.due)
        joined = _count(calendar, schedule.due, last)
        runs.ask(connection, schedule.id, now, first=schedule.due, due=last, joined=joined)
    connection.execute("UPDATE schedule SET due = ? WHERE id = ?", (stamp(calendar.after(now)), schedule.id))


def _audit(
    connection: sqlite3.Connection, now: datetime, schedule: Schedule, outcome: str, detail: Mapping[str, object]
) -> None:
    facts = {"by": person(), "portal": schedule.portal, **detail}
    crawls.note(connection, now=now, kind="schedule", about=f"schedule {schedule.id}", outcome=outcome, detail=facts)


def _count(calendar: Moments, first: datetime, last: datetime) -> int:
    """How many moments of a calendar lie between two of them, both counted."""
    count = 1
    while first < last and count < _MOST_COUNTED:
        first, count = calendar.after(first), count + 1
    return count


def _schedule(number: int, portal: str, section: str | None, calendar: str, blackout: str, *facts: Any) -> Schedule:
    priority, max_pages, max_minutes, is_full, retries, state, due = facts
    return Schedule(
        id=number,
        portal=portal,
        section=section,
        calendar=calendar,
        blackout=tuple(json.loads(blackout)),
        priority=priority,
        max_pages=max_pages,
        max_minutes=max_minutes,
        is_full=bool(is_full),
        retries=retries,
        state=state,
        due=moment(due) if due else None,
    )


def _iso(time: datetime | None) -> str | None:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}" if time else None
