"""Alarms that reached nobody, and runs of whose end nobody was told: what the diary says of either."""

import json
import sqlite3
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import field, frozen

from archive import crawls, runs
from archive.runs import Run
from archive.schema import moment, stamp

LATELY = timedelta(days=3)
"""For how long an alarm is worth telling; what is older is seen in the reports."""

_OF_RUNS = {"failed", "few", "coverage"}
_TRIAL = "test"
_SEEN = "told of"


@frozen(kw_only=True)
class Untold:
    """An alarm that reached nobody when it was raised."""

    kind: str
    portal: str
    text: str
    time: datetime
    """When it was first raised; aware, UTC."""

    failed: Mapping[str, str] = field(factory=dict)
    """Why each way did not work by which it should have been told; empty where none was named."""

    facts: Mapping[str, Any] = field(factory=dict)

    @property
    def is_of_run(self) -> bool:
        """Whether it was raised once, after a run; all others are raised again for as long as nobody heard of them."""
        return self.kind in _OF_RUNS


def note(connection: sqlite3.Connection, alarm: Untold, now: datetime, *, worked: tuple[str, ...]) -> None:
    """Write down by which ways an alarm was told; once for all where it still reached nobody.

    Expects to run within a transaction of the caller.
    """
    if not worked and any(_key(other) == _key(alarm) and other.text == alarm.text for other in alarms(connection, now)):
        return
    detail = {"kind": alarm.kind, "text": alarm.text, "ways": worked, "failed": alarm.failed, **alarm.facts}
    outcome = "told" if worked else "untold"
    crawls.note(connection, now=now, kind="alarm", about=alarm.portal, outcome=outcome, detail=detail)


def alarms(connection: sqlite3.Connection, now: datetime) -> tuple[Untold, ...]:
    """The alarms of the last days that reached nobody until now, oldest first; no trials."""
    found: dict[tuple[str, ...], Untold] = {}
    rows = connection.execute(
        "SELECT at, object, outcome, detail FROM event WHERE kind = 'alarm' AND at > ? ORDER BY id",
        (stamp(now - LATELY),),
    )
    for at, portal, outcome, detail in rows:
        alarm = _untold(portal, moment(at), **json.loads(detail))
        if outcome == "told":
            found.pop(_key(alarm), None)
        elif alarm.kind != _TRIAL:
            found.setdefault(_key(alarm), alarm)
    return tuple(found.values())


def ended(connection: sqlite3.Connection, now: datetime) -> tuple[Run, ...]:
    """The runs that ended in the last days, and whose processes were gone before they told of it, oldest first."""
    since = stamp(now - LATELY)
    rows = connection.execute("SELECT object FROM event WHERE kind = 'run' AND outcome = ? AND at > ?", (_SEEN, since))
    seen = {about for (about,) in rows}
    return tuple(run for run in runs.ended(connection, now - LATELY) if f"run {run.id}" not in seen)


def see(connection: sqlite3.Connection, run: Run, now: datetime) -> None:
    """Write down that people were told what there is to tell of the end of a run."""
    detail = {"schedule": run.schedule, "portal": run.portal}
    crawls.note(connection, now=now, kind="run", about=f"run {run.id}", outcome=_SEEN, detail=detail)


def _key(alarm: Untold) -> tuple[str, ...]:
    """What has two be of one thing: the text of those that are raised again and again changes with the days."""
    return (alarm.portal, alarm.kind, *([alarm.text] if alarm.is_of_run else []))


def _untold(
    portal: str,
    time: datetime,
    *,
    kind: str,
    text: str,
    ways: object,
    failed: Mapping[str, str] | None = None,
    **facts: Any,
) -> Untold:
    del ways
    return Untold(kind=kind, portal=portal, text=text, time=time, failed=failed or {}, facts=facts)
