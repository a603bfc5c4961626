"""The runs that calendars ask for: waiting → running → finished or failed; skipped when nobody wants them any more.

Every function that writes expects to run within a transaction of the caller. Moments that were missed are joined into one
run. No clock is relied on: one that was set back by a little lets nothing run twice, one that was set back by much lets
nothing wait until it has caught up.
"""

import json
import sqlite3
from datetime import datetime, timedelta
from typing import Any

from attrs import frozen

from archive import crawls
from archive.errors import UsageError
from archive.schema import moment, stamp

RETRIES = 3
"""How often a run is tried again unless its schedule says otherwise."""

_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=10), timedelta(hours=6)
_FEW = 3
_RUN = (
    "run.id, schedule_id, portal, first, run.due, joined, run.state, changed, reason, tries, again, started, crawl_id, "
    "run.is_full, priority, retries FROM run JOIN schedule ON schedule.id = schedule_id"
)


@frozen(kw_only=True)
class Run:
    """One crawl that a schedule asks for."""

    id: int
    schedule: int
    portal: str
    first: datetime
    """The first moment it is for; aware, UTC, as all times here."""

    due: datetime
    """The last moment it is for."""

    joined: int
    """For how many moments it is, since those that were missed are joined."""

    state: str
    """`waiting`, `running`, `finished`, `failed`, or `skipped` when its schedule was paused or removed, or another run goes on."""

    changed: datetime
    """When that came about."""

    reason: str | None
    """Why it waits, failed or was skipped; of a finished one, what is to be said of it."""

    tries: int
    """How often it failed."""

    again: datetime | None
    """When it may be tried again; None when it need not wait for that."""

    started: datetime | None
    """When it was last started; None when it never was."""

    crawl: int | None
    """The crawl it came to; None before its end, and when it came to none."""

    is_full: bool
    """Whether everything is asked for again, and it goes before all others, since its portal is dying."""

    priority: int
    retries: int

    def rests(self, now: datetime) -> bool:
        """Whether it is not to be tried again yet; a clock that was set back puts an end to that."""
        return self.again is not None and self.changed <= now < self.again

    def to_json(self) -> dict[str, Any]:
        """The run as it stands in the JSON of `kyson schedule list`."""
        return {
            "run": self.id,
            "first": _iso(self.first),
            "due": _iso(self.due),
            "joined": self.joined,
            "state": self.state,
            "changed": _iso(self.changed),
            "reason": self.reason,
            "tries": self.tries,
            "again": _iso(self.again),
            "started": _iso(self.started),
            "crawl": self.crawl,
            "full": self.is_full,
        }


def of(connection: sqlite3.Connection, schedule_id: int, *states: str, most: int = -1) -> tuple[Run, ...]:
    """The runs of a schedule, newest first; all of them unless states are named."""
    rows = connection.execute(
        f"SELECT {_RUN} WHERE schedule_id = ? AND (? OR run.state IN (SELECT value FROM json_each(?))) "  # noqa: S608  a constant
        "ORDER BY run.id DESC LIMIT ?",
        (schedule_id, not states, json.dumps(states), most),
    )
    return tuple(_run(*row) for row in rows)


def last_of(connection: sqlite3.Connection, portal: str) -> Run | None:
    """The last run of a portal that was started or given up; None when there was none."""
    row = connection.execute(
        f"SELECT {_RUN} WHERE portal = ? AND run.state IN ('running', 'finished', 'failed') "
        "ORDER BY changed DESC, run.id DESC LIMIT 1",
        (portal,),
    ).fetchone()
    return None if row is None else _run(*row)


def unended(connection: sqlite3.Connection) -> tuple[Run, ...]:
    """The runs that wait or go on, in the order in which they are to begin: those of dying portals, then by priority and what was due first."""
    rows = connection.execute(
        f"SELECT {_RUN} WHERE run.state IN ('waiting', 'running') ORDER BY run.is_full DESC, priority DESC, first, run.id"
    )
    return tuple(_run(*row) for row in rows)


def ended(connection: sqlite3.Connection, since: datetime) -> tuple[Run, ...]:
    """The runs that came to what they were for, or were given up, since then; oldest first."""
    rows = connection.execute(
        f"SELECT {_RUN} WHERE run.state IN ('finished', 'failed') AND changed > ? ORDER BY run.id", (stamp(since),)
    )
    return tuple(_run(*row) for row in rows)


def get(connection: sqlite3.Connection, number: int) -> Run:
    """A run by its number. Raises UsageError when there is none."""
    row = connection.execute(f"SELECT {_RUN} WHERE run.id = ?", (number,)).fetchone()
    if row is None:
        raise UsageError(f"there is no run {number} in this archive")
    return _run(*row)


def ask(
    connection: sqlite3.Connection, schedule_id: int, now: datetime, *, first: datetime, due: datetime, joined: int
) -> None:
    """Make a run for moments of a schedule, joined with the one that waits, if any does.

    A moment that one of the last few runs was for comes again only by a clock that was set back a little, and gets none.
    Of a run that joined many, only the last moment counts, since a clock that was far ahead joins all that is to come.
    """
    had = connection.execute(
        "SELECT 1 FROM (SELECT first, due, joined FROM run WHERE schedule_id = ? ORDER BY id DESC LIMIT ?) "
        "WHERE due = ? OR (joined <= ? AND ? BETWEEN first AND due)",
        (schedule_id, _FEW, stamp(due), _FEW, stamp(due)),
    )
    if had.fetchone() is None:
        connection.execute(
            "INSERT INTO run (schedule_id, first, due, joined, state, changed) VALUES (?, ?, ?, ?, 'waiting', ?) "
            "ON CONFLICT (schedule_id) WHERE state = 'waiting' DO UPDATE SET "
            "first = min(first, excluded.first), due = excluded.due, joined = joined + excluded.joined",
            (schedule_id, stamp(first), stamp(due), joined, stamp(now)),
        )


def hasten(connection: sqlite3.Connection, schedule_id: int, now: datetime, reason: str) -> int:
    """The number of a run that asks for everything again and goes before all others: the one that waits, else a new one."""
    row = connection.execute(
        "SELECT id FROM run WHERE schedule_id = ? AND state = 'running' AND is_full", (schedule_id,)
    ).fetchone()
    if row is not None:
        return int(row[0])
    ((number,),) = connection.execute(
        "INSERT INTO run (schedule_id, first, due, joined, state, changed, reason, is_full) VALUES (?, ?, ?, 1, 'waiting', ?, ?, 1) "
        "ON CONFLICT (schedule_id) WHERE state = 'waiting' DO UPDATE SET is_full = 1, again = NULL RETURNING id",
        (schedule_id, stamp(now), stamp(now), stamp(now), reason),
    ).fetchall()
    run = get(connection, number)
    detail = {"schedule": schedule_id, "portal": run.portal, "due": _iso(run.due), "reason": reason}
    crawls.note(connection, now=now, kind="run", about=f"run {number}", outcome="hastened", detail=detail)
    return int(number)


def start(connection: sqlite3.Connection, run: Run, now: datetime) -> None:
    """Let a run go on from here."""
    connection.execute("UPDATE run SET started = ?, again = NULL WHERE id = ?", (stamp(now), run.id))
    become(connection, run, "running", now, None)


def say(connection: sqlite3.Connection, run: Run, reason: str) -> None:
    """Write down why a run waits."""
    if run.reason != reason:
        connection.execute("UPDATE run SET reason = ? WHERE id = ?", (reason, run.id))


def finish(connection: sqlite3.Connection, run: Run, now: datetime, *, crawl: int | None, reason: str | None) -> None:
    """End a run that came to what it was for."""
    connection.execute("UPDATE run SET crawl_id = ? WHERE id = ?", (crawl, run.id))
    become(connection, run, "finished", now, reason)


def fail(
    connection: sqlite3.Connection,
    run: Run,
    now: datetime,
    reason: str,
    *,
    crawl: int | None = None,
    hopeless: bool = False,
) -> None:
    """Have a run that failed tried again after a pause, longer each time; it has failed for good when it was tried often.

    So it has when it is `hopeless`, and when its schedule asks for no more or has another run already.
    """
    connection.execute("UPDATE run SET tries = tries + 1, crawl_id = ? WHERE id = ?", (crawl, run.id))
    if hopeless or run.tries >= run.retries or not put_back(connection, run, now, reason, pause_after(run.tries + 1)):
        become(connection, run, "failed", now, reason)


def put_back(connection: sqlite3.Connection, run: Run, now: datetime, reason: str, pause: timedelta) -> bool:
    """Let a run wait again; False when its schedule asks for no more or has another run that waits.

    That one then asks for everything where this one did, since its portal is still dying.
    """
    (alone,) = connection.execute(
        "SELECT state = 'active' AND NOT EXISTS (SELECT 1 FROM run WHERE schedule_id = schedule.id AND state = 'waiting') "
        "FROM schedule WHERE id = ?",
        (run.schedule,),
    ).fetchone()
    if alone:
        connection.execute("UPDATE run SET again = ? WHERE id = ?", (stamp(now + pause), run.id))
        become(connection, run, "waiting", now, reason)
    elif run.is_full:
        connection.execute(
            "UPDATE run SET is_full = 1, again = NULL WHERE schedule_id = ? AND state = 'waiting'", (run.schedule,)
        )
    return bool(alone)


def pause_after(tries: int) -> timedelta:
    """How long to wait after so many tries in vain: three times as long each time, a quarter of a day at most."""
    return min(_FIRST_PAUSE * 3.0 ** (tries - 1), _LONGEST_PAUSE)


def crawl_since(connection: sqlite3.Connection, run: Run) -> int | None:
    """The crawl of its portal that came to its end since the run was started; None when none did.

    It is asked of events, whose order no clock decides.
    """
    row = connection.execute(
        "SELECT c.id FROM event e JOIN crawl c ON e.object = 'crawl ' || c.id JOIN portal p ON p.id = c.portal_id "
        "WHERE e.kind = 'crawl' AND e.outcome = 'finished' AND p.slug = ? "
        "AND e.id > (SELECT max(id) FROM event WHERE kind = 'run' AND object = ? AND outcome = 'running') "
        "ORDER BY e.id DESC LIMIT 1",
        (run.portal, f"run {run.id}"),
    ).fetchone()
    return None if row is None else int(row[0])


def become(connection: sqlite3.Connection, run: Run, state: str, now: datetime, reason: str | None) -> None:
    """Have a run in another state, and an event that says so."""
    connection.execute(
        "UPDATE run SET state = ?, changed = ?, reason = ? WHERE id = ?", (state, stamp(now), reason, run.id)
    )
    detail = {"schedule": run.schedule, "portal": run.portal, "due": _iso(run.due), "reason": reason}
    crawls.note(connection, now=now, kind="run", about=f"run {run.id}", outcome=state, detail=detail)


def _run(number: int, schedule: int, portal: str, first: str, due: str, joined: int, state: str, *facts: Any) -> Run:
    changed, reason, tries, again, started, crawl, is_full, priority, retries = facts
    return Run(
        id=number,
        schedule=schedule,
        portal=portal,
        first=moment(first),
        due=moment(due),
        joined=joined,
        state=state,
        changed=moment(changed),
        reason=reason,
        tries=tries,
        again=_moment(again),
        started=_moment(started),
        crawl=crawl,
        is_full=bool(is_full),
        priority=priority,
        retries=retries,
    )


def _moment(text: str | None) -> datetime | None:
    return moment(text) if text else None


def _iso(time: datetime | None) -> str | None:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}" if time else None
