"""Which of a portal's WARCs was verified the longest ago, so that nobody has to trust what nobody has read since."""

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from attrs import frozen

from archive.schema import moment, stamp

_ENDING = ".warc.gz"


@frozen(kw_only=True)
class Unverified:
    """The file that has waited the longest."""

    warc: str
    since: datetime
    """When it was last found to be as it was written; when it was closed, where it never was verified. Aware, UTC."""

    is_never: bool
    """Whether it never was verified."""

    def to_json(self) -> dict[str, Any]:
        """The file as JSON."""
        since = self.since.isoformat().replace("+00:00", "Z")
        return {"warc": self.warc, "since": since, "never": self.is_never}


def oldest(connection: sqlite3.Connection, portal: str) -> Unverified | None:
    """The file of a portal that has waited the longest to be verified; None where no file is closed."""
    row = connection.execute(
        "SELECT w.name, coalesce(w.verified, w.closed), w.verified IS NULL FROM warc w JOIN crawl k ON k.id = w.crawl_id "
        "JOIN portal p ON p.id = k.portal_id WHERE p.slug = ? AND w.closed IS NOT NULL ORDER BY 2, w.id LIMIT 1",
        (portal,),
    ).fetchone()
    return None if row is None else Unverified(warc=row[0], since=moment(row[1]), is_never=bool(row[2]))


def verified(connection: sqlite3.Connection, faulty: Iterable[str], now: datetime) -> None:
    """Write down, within a transaction of the caller, that all closed files were verified but those with a fault.

    faulty: the names of what had one, a WARC or what lies beside it.
    """
    names = {name.partition(_ENDING)[0] + _ENDING for name in faulty if _ENDING in name}
    rows = connection.execute("SELECT id, name FROM warc WHERE closed IS NOT NULL").fetchall()
    connection.executemany(
        "UPDATE warc SET verified = ? WHERE id = ?",
        [(stamp(now), number) for number, name in rows if name not in names],
    )
