"""Whether there is room on the archive's disk for what is to come."""

import shutil
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

from attrs import frozen

from archive.schema import stamp

_LITTLE = 1_000_000_000
"""Bytes; twice of what a crawl leaves free at the least."""

_LATELY = timedelta(days=30)


@frozen(kw_only=True)
class Room:
    """What is free, and what was needed lately."""

    folder: Path
    free: int
    """Bytes."""

    grown: int
    """Bytes of the WARCs that were begun in the last thirty days."""

    @property
    def is_little(self) -> bool:
        """Whether it may be full within a month."""
        return self.free < max(_LITTLE, self.grown)

    def __str__(self) -> str:
        told = f"only {self.free / 1e6:,.0f} MB are free on the disk of {self.folder}"
        return told + (f", where {self.grown / 1e6:,.0f} MB came in thirty days" if self.grown > self.free else "")


def room(connection: sqlite3.Connection, folder: Path, now: datetime) -> Room:
    """The room on the disk of an archive's folder."""
    (grown,) = connection.execute(
        "SELECT coalesce(sum(bytes), 0) FROM warc WHERE created > ?", (stamp(now - _LATELY),)
    ).fetchone()
    return Room(folder=folder, free=shutil.disk_usage(folder).free, grown=grown)
