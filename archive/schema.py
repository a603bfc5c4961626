"""The database file `archive.db`: made, opened, checked, brought up to date, and written in transactions.

Its tables are those of `archive/migrations`. What the columns of an article mean is said in `archive/records.py`, whose
names they bear.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from archive import migrations, trouble, turns
from archive.errors import ArchiveBusy, NewerSchema, NotAnArchive, UsageError
from archive.stroke import sync_folder

if TYPE_CHECKING:
    from sqlite_utils import Database

APPLICATION_ID = 0x4B79536E
"""Marks an SQLite file as one of ours: `KySn`."""

SCHEMA_VERSION = len(migrations.ALL)
"""How many migrations there are; kept in the file as `user_version`."""

_PATIENCE = 10.0
"""Seconds to wait for another process that is writing."""

_LOOK_AGAIN = 0.001


def create(path: Path) -> None:
    """Make a new database at `path` in one stroke: another process never sees half of it, nor is its file replaced."""
    new = path.with_name(f"{path.name}.new-{os.getpid()}")
    try:
        with closing(connect(new)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            migrate(connection)
        try:
            os.link(new, path)
        except FileExistsError:
            pass  # another process was first, and its archive is as good as ours
        except OSError:  # file systems of memory sticks know no links
            if not path.exists():
                new.rename(path)
        sync_folder(path.parent)  # no WARC survives a power cut that takes its database
    finally:
        new.unlink(missing_ok=True)


def connect(path: Path, *, write: bool = True) -> sqlite3.Connection:
    """A connection in which nothing is in a transaction until BEGIN is said; waits a while for another writer."""
    uri = path.absolute().as_uri()
    if not write:
        uri += "?mode=ro" + ("&immutable=1" if _cannot_change(path) else "")
    connection = sqlite3.connect(uri, uri=True, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        if write:
            connection.execute("PRAGMA synchronous = NORMAL")
            # what is written lies all over the indexes, which neither the cache nor the WAL of SQLite's choice can hold
            connection.execute("PRAGMA cache_size = -16000")
            connection.execute("PRAGMA wal_autocheckpoint = 4000")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def check(connection: sqlite3.Connection, path: Path) -> int:
    """The schema version of a database that is ours.

    Raises NotAnArchive for a file of another kind, NewerSchema when this kyson is too old for it.
    """
    try:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    except sqlite3.OperationalError as error:
        raise trouble.of_database(path, error) from error
    except sqlite3.DatabaseError as error:
        message = (
            f"{path} cannot be read as an archive ({error}): {trouble.REMEDY}; or name another folder with --archive"
        )
        raise NotAnArchive(message) from error
    if application != APPLICATION_ID:
        raise NotAnArchive(f"{path} is a database, but not an archive of kyson; name another folder with --archive")
    if version > SCHEMA_VERSION:
        raise NewerSchema(
            f"{path} was written by a newer kyson (schema {version}, this one knows {SCHEMA_VERSION}); upgrade kyson"
        )
    return int(version)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All that is written within, or nothing of it; raises ArchiveBusy when another process goes on writing.

    Within another one it is a part of that, which can fail by itself.
    """
    with _part(connection) if connection.in_transaction else _outermost(connection):
        yield


@contextmanager
def _part(connection: sqlite3.Connection) -> Iterator[None]:
    """A part of a transaction: when it fails, what the others wrote stays."""
    connection.execute("SAVEPOINT part")
    try:
        yield
    except BaseException:
        if connection.in_transaction:  # SQLite itself undoes all when the disk is full
            connection.execute("ROLLBACK TO part")
            connection.execute("RELEASE part")
        raise
    connection.execute("RELEASE part")


@contextmanager
def _outermost(connection: sqlite3.Connection) -> Iterator[None]:
    """A transaction that is no part of another."""
    begin(connection)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def begin(connection: sqlite3.Connection) -> None:
    """Begin to write, as soon as nobody else does; raises ArchiveBusy when that takes longer than `busy_timeout`."""
    (patience,) = connection.execute("PRAGMA busy_timeout").fetchone()
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        if not _began(connection):
            _wait_for_turn(connection, time.monotonic() + patience / 1000)
    finally:
        connection.execute(f"PRAGMA busy_timeout = {patience}")


def _wait_for_turn(connection: sqlite3.Connection, until: float) -> None:
    """Begin to write in the first gap, which the writer makes for us when it sees us wait."""
    (_, _, path), *_ = connection.execute("PRAGMA database_list").fetchall()
    with turns.waiting(Path(path).parent):
        while not _began(connection):
            if time.monotonic() > until:
                raise ArchiveBusy("another process is writing this archive; try again when it has finished")
            time.sleep(_LOOK_AGAIN)


def _began(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            return False
        raise
    return True


def stamp(time: datetime) -> str:
    """A time as columns hold it: UTC, always with microseconds, so that the order of texts is the order of times."""
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """The time in a column, aware, UTC."""
    return datetime.fromisoformat(text)


def storable(text: str) -> str:
    """Text that SQLite takes: a lone surrogate, which no file of ours can hold, becomes a question mark."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a database of ours, or an empty one, to the schema of today; all of it or nothing."""
    from sqlite_utils import Database  # noqa: PLC0415  a tenth of a second, which readers need not pay
    from sqlite_utils.migrations import Migrations  # noqa: PLC0415

    known = Migrations("kyson")
    for version, (name, change) in enumerate(migrations.ALL.items(), start=1):
        known(name=name)(_step(change, version))
    try:
        with transaction(connection):
            known.apply(Database(connection, recursive_triggers=False, execute_plugins=False))
    except sqlite3.OperationalError as error:
        if "readonly" in str(error):
            raise UsageError(
                "the archive was written by an older kyson and its folder cannot be written, so that it cannot be "
                "brought up to date here; do so once where it can be written"
            ) from error
        raise


def _step(change: "Callable[[Database], None]", version: int) -> "Callable[[Database], None]":
    """A migration that also says in the file that it was applied."""

    def step(db: "Database") -> None:
        change(db)
        db.conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.conn.execute(f"PRAGMA user_version = {version}")

    return step


def _cannot_change(path: Path) -> bool:
    """Whether the file lies on a read-only medium and is whole: only there SQLite must not look for a writer."""
    return not os.access(path.parent, os.W_OK) and not path.with_name(f"{path.name}-wal").exists()
