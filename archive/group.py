"""Writes of a busy process that share a transaction, since each transaction by itself costs more than most writes."""

import sqlite3
import time
from pathlib import Path

from archive import turns
from archive.schema import begin

_LET_IN = 0.004
_A_WHILE = 0.02


class Group:
    """The transaction that a process writes in, until it is committed; others see all of it then, or nothing.

    Nothing counts as kept before `commit` has returned. When that fails, nothing of the group is kept.
    """

    def __init__(self, connection: sqlite3.Connection, archive: Path) -> None:
        """`archive` is its folder."""
        self._connection = connection
        self._archive = archive
        self._opened = self._looked = 0.0

    def open(self) -> None:
        """Begin to write, unless that has begun; raises ArchiveBusy when another process goes on writing."""
        if not self._connection.in_transaction:
            begin(self._connection)
            self._opened = time.monotonic()

    def commit(self) -> None:
        """Keep what was written since; gives way to others who wait to write."""
        if not self._connection.in_transaction:
            return
        try:
            self._connection.execute("COMMIT")
        except BaseException:
            self.undo()
            raise
        if turns.is_wanted(self._archive):
            time.sleep(_LET_IN)

    def is_wanted(self) -> bool:
        """Whether another process waits to write, after this one did for a while; looked for once in each while."""
        now = time.monotonic()
        if now - max(self._opened, self._looked) <= _A_WHILE:
            return False
        self._looked = now
        return turns.is_wanted(self._archive)

    def undo(self) -> None:
        """Keep nothing of what was written since the last commit."""
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
