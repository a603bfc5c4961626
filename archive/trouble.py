"""What the errors of the disk and of SQLite mean to people: what is wrong, where, and what to try."""

import sqlite3
from pathlib import Path

from archive.errors import ArchiveBusy, ArchiveError, UsageError

REMEDY = "bring it back from a copy, or make the archive again from its WARCs with `kyson reread --into NEW`"
"""What to try when a database is lost, since all that it says stands in the WARCs."""


def of_database(path: Path, error: sqlite3.Error) -> ArchiveError:
    """The error to raise instead of one of SQLite's about the database at `path`."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return ArchiveBusy(f"another process is writing {path}; try again when it has finished")
    if code == sqlite3.SQLITE_CANTOPEN and path.with_name(f"{path.name}-wal").exists():
        return UsageError(
            f"{path} cannot be opened where its folder cannot be written: {path.name}-wal holds changes that must be "
            "taken in first; use the archive once where it can be written, such as a copy of the whole folder"
        )
    if code in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY}:
        return UsageError(f"{path} cannot be used so ({error}): see who may read and write it and its folder")
    if code in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}:
        return ArchiveError(f"{path} could not be read or written ({error}): see to the disk, then try again")
    return ArchiveError(f"{path} is damaged ({error}): run `kyson verify`, {REMEDY}")


def of_files(error: OSError) -> ArchiveError:
    """The error to raise instead of one of the operating system's; without a file it is about standard output."""
    where = error.filename or "standard output"
    return ArchiveError(f"{where} could not be read or written ({error.strerror}): see to the disk and who may use it")
