"""What the last look at each host of a portal found: whether its name leads anywhere, and how long its certificate holds."""

import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from attrs import frozen

from archive.schema import moment, stamp, storable
from archive.signs import portal_id

_PAUSE, _PAUSE_AFTER_FAULT = timedelta(hours=6), timedelta(hours=1)
_SOON = timedelta(days=14)
_SOON_OF_ALL = 1 / 3
"""Of certificates that are given for days, the share of their time in which they ought to have been renewed."""


@frozen(kw_only=True)
class Host:
    """One host as it was last found."""

    name: str
    """With the port where it is not the usual one."""

    checked: datetime
    """Aware, UTC, as all times here."""

    fault: str | None = None
    """Why it could not be reached, or proves nothing; None when all was well."""

    begins: datetime | None = None
    """Of its certificate; None, as the next, where it showed none."""

    ends: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        """Whether it is to be looked at again; a clock that was set back makes it so."""
        pause = _PAUSE_AFTER_FAULT if self.fault else _PAUSE
        return not self.checked <= now < self.checked + pause

    def days_left(self, now: datetime) -> int | None:
        """For how many whole days its certificate holds, below 0 when it has ended; None where it showed none."""
        return None if self.ends is None else (self.ends - now).days

    def ends_soon(self, now: datetime) -> bool:
        """Whether its certificate has few days left, as of one that nobody renews."""
        if self.ends is None or self.begins is None:
            return False
        return self.ends - now < min(_SOON, (self.ends - self.begins) * _SOON_OF_ALL)

    def to_json(self) -> dict[str, Any]:
        """The host as JSON."""
        return {
            "host": self.name,
            "checked": _iso(self.checked),
            "fault": self.fault,
            "certificate_begins": _iso(self.begins) if self.begins else None,
            "certificate_ends": _iso(self.ends) if self.ends else None,
        }


def keep(connection: sqlite3.Connection, slug: str, found: Iterable[Host]) -> None:
    """Write down what was found, within a transaction of the caller."""
    portal = portal_id(connection, slug)
    for host in found:
        connection.execute(
            "INSERT OR REPLACE INTO host (portal_id, name, checked, fault, begins, ends) VALUES (?, ?, ?, ?, ?, ?)",
            (
                portal,
                storable(host.name),
                stamp(host.checked),
                host.fault and storable(host.fault),
                stamp(host.begins) if host.begins else None,
                stamp(host.ends) if host.ends else None,
            ),
        )


def of(connection: sqlite3.Connection, slug: str) -> tuple[Host, ...]:
    """The hosts of a portal by name; empty before they were looked at."""
    rows = connection.execute(
        "SELECT name, checked, fault, begins, ends FROM host WHERE portal_id = ? ORDER BY name",
        (portal_id(connection, slug),),
    )
    return tuple(
        Host(
            name=name,
            checked=moment(checked),
            fault=fault,
            begins=moment(begins) if begins else None,
            ends=moment(ends) if ends else None,
        )
        for name, checked, fault, begins, ends in rows
    )


def _iso(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"
