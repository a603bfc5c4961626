"""The rows of a crawl while it goes on: written together, committed a tenth of a second later, and no more after a failure."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TypeVar

from archive import texts, trouble
from archive.derived import Derived
from archive.errors import ArchiveError
from archive.frontier import Lease, Visit, Wanted
from archive.group import Group
from archive.store import DATABASE, Archive
from archive.texts import File
from archive.warc import WarcWriter

_COMMIT_AFTER = 0.1
_COMMIT_AT = 200

Written = TypeVar("Written")


class Rows:
    """What one crawl writes into the archive as it goes on. What is in a WARC stays there, whatever becomes of its row."""

    def __init__(self, archive: Archive, crawl_id: int) -> None:
        self.frontier = archive.frontier(crawl_id)
        self.failure: ArchiveError | None = None
        """Why nothing can be kept any more."""
        self.failed: Callable[[], None] = lambda: None
        """Called when that comes about."""
        self.kept: Callable[[Visit], None] = lambda _: None
        """Called with each visit that was written down."""
        self._crawl_id = crawl_id
        self._connection = archive.connection
        self._database = archive.folder / DATABASE
        self._group = Group(archive.connection, archive.folder)
        self._writes = 0
        self._due: asyncio.TimerHandle | None = None

    def lease(self, host: str, *, above: int, below: int) -> Lease | None:
        """What is to be asked for next of a host; None when nothing waits, or nothing can be kept any more."""
        return self._write(lambda: self.frontier.lease(host, above=above, below=below))

    def want(self, wanted: Wanted) -> bool:
        """Let an address wait, unless it is known or refused; whether it will be asked for."""
        visit = Visit(found=[wanted])
        self.keep(visit)
        return self.failure is None and not visit.left_out and wanted.refused is None

    def keep(self, visit: Visit) -> None:
        """Write down what came of a lease, all at once."""

        def write() -> None:
            self.frontier.keep(visit)
            self.kept(visit)

        self._write(write)

    def keep_text(self, file: File, made: Derived, writer: WarcWriter) -> None:
        """Write down what was derived of a file, first in the WARC."""
        now = datetime.now(UTC)
        self._write(lambda: texts.keep(self._connection, file, made, time=now, writer=writer, crawl_id=self._crawl_id))

    def commit(self) -> None:
        """Let everybody see what was written; after a failure it was not, and the crawl has to end."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        self._writes = 0
        try:
            self.frontier.index()
            self._group.commit()
        except (sqlite3.Error, ArchiveError) as error:
            self.fail(error)

    def fail(self, error: Exception) -> None:
        """Keep nothing more, not even what was not committed, since disk or database refuse."""
        if self.failure is not None:
            return
        self.failure = (
            trouble.of_database(self._database, error) if isinstance(error, sqlite3.Error) else _as_ours(error)
        )
        with suppress(sqlite3.Error):  # closed at the end of the crawl, which undoes it as well
            self._group.undo()
        self.failed()

    def _write(self, write: Callable[[], Written]) -> Written | None:
        """Write together with what is written in the same tenth of a second; None when nothing can be written."""
        if self.failure is not None:
            return None
        try:
            self._group.open()
            written = write()
        except (sqlite3.Error, ArchiveError) as error:
            self.fail(error)
            return None
        self._writes += 1
        if self._writes >= _COMMIT_AT or self._group.is_wanted() or not self._commit_later():
            self.commit()
        return written

    def _commit_later(self) -> bool:
        """Whether a commit will come by itself, which takes a loop of events."""
        if self._due is None:
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:
                return False
            self._due = loop.call_later(_COMMIT_AFTER, self.commit)
        return True


def _as_ours(error: Exception) -> ArchiveError:
    if isinstance(error, ArchiveError):
        return error
    return trouble.of_files(error) if isinstance(error, OSError) else ArchiveError(str(error))
