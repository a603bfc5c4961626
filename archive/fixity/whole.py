"""A whole archive: its WARCs and its database, and a note of the check in its diary."""

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path

from archive.errors import ArchiveBusy, ArchiveError, NotAnArchive, UsageError
from archive.fixity.database import check_database
from archive.fixity.finding import Finding
from archive.fixity.warcs import check_warcs
from archive.store import DATABASE, Archive, lacking


def check(folder: Path, *, quick: bool = False) -> Iterator[Finding]:
    """Check the archive in `folder`; `quick` leaves out its records, and with them the captures.

    An event says how it went, where the archive can be written. Raises UsageError, such as NotAnArchive where there is
    no database at all; a damaged one is a finding.
    """
    warcs = folder / "warc"
    if not (folder / DATABASE).is_file():
        raise lacking(folder)
    try:
        archive, writable = _open(folder)
    except (ArchiveError, sqlite3.DatabaseError) as error:
        if isinstance(error, UsageError) and not isinstance(error, NotAnArchive):
            raise
        yield Finding(object=DATABASE, fault=str(error))
        yield from check_warcs(warcs, quick=quick)
        return
    faulty: list[str] = []
    with archive:
        for finding in chain(check_warcs(warcs, archive.connection, quick=quick), check_database(archive.connection)):
            faulty.append(finding.object)
            yield finding
        if writable:
            with suppress(ArchiveBusy, sqlite3.DatabaseError):  # a damaged database was named, a busy one is no fault
                archive.note_fixity(faulty, quick=quick)


def _open(folder: Path) -> tuple[Archive, bool]:
    """The archive and whether it can be written: on a medium for reading, or beside a writer, it cannot."""
    try:
        archive = Archive.open(folder, write=True)
    except sqlite3.OperationalError:
        return Archive.open(folder), False
    try:
        archive.connection.execute("BEGIN IMMEDIATE")
        archive.connection.execute("ROLLBACK")
    except sqlite3.OperationalError:
        archive.close()
        return Archive.open(folder), False
    except BaseException:
        archive.close()
        raise
    return archive, True
