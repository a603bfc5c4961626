"""The database: whether it is sound in itself, and what it says of the WARCs."""

import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attrs import frozen

from archive.fixity.finding import Finding
from archive.store import DATABASE

logger = logging.getLogger(__name__)


def check_database(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Check the database in itself.

    FTS5 checks its index only on a connection that may write and while nobody else does; otherwise a warning is logged.
    """
    for check in (_integrity, _foreign_keys, _full_text):
        try:
            yield from check(connection)
        except sqlite3.DatabaseError as error:
            yield Finding(object=DATABASE, fault=f"the database cannot be read: {error}")


@frozen(kw_only=True)
class WarcRow:
    """What the database says of a WARC."""

    id: int | None = None
    bytes: int | None = None
    sha256: str | None = None
    captures: int
    """How many captures lie in it."""


@frozen(kw_only=True)
class CaptureRow:
    """What the database says of the record of a capture."""

    offset: int
    length: int
    digest: str
    record_id: str
    url: str


class Said:
    """What the database says of the WARCs; when it fails, `fault` tells why, and it says nothing any more."""

    def __init__(self, connection: sqlite3.Connection | None) -> None:
        self.fault = ""
        self._connection = connection

    def warcs(self) -> dict[str, WarcRow]:
        """Every WARC it knows, by name; a name is never a path."""
        rows = self._ask(
            "SELECT name, id, bytes, sha256, (SELECT count(*) FROM capture WHERE warc_id = warc.id) FROM warc"
        )
        return {
            Path(name).name: WarcRow(id=number, bytes=size, sha256=sha256, captures=captures)
            for name, number, size, sha256, captures in rows
        }

    def captures(self, warc: WarcRow) -> dict[int, CaptureRow]:
        """The captures that lie in a WARC, by offset."""
        rows = self._ask(
            "SELECT offset, length, digest, record_id, url.url FROM capture JOIN url ON url.id = url_id "
            "WHERE warc_id = ?",
            warc.id,
        )
        return {
            offset: CaptureRow(offset=offset, length=length, digest=digest, record_id=record_id, url=url)
            for offset, length, digest, record_id, url in rows
        }

    def _ask(self, sql: str, *values: int | None) -> list[tuple[Any, ...]]:
        if self._connection is None:
            return []
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            self.fault, self._connection = f"its captures cannot be read: {error}", None
            return []


def _integrity(connection: sqlite3.Connection) -> Iterator[Finding]:
    for (result,) in connection.execute("PRAGMA integrity_check"):
        if result != "ok":
            yield Finding(object=DATABASE, fault=f"the database is damaged: {result}")


def _foreign_keys(connection: sqlite3.Connection) -> Iterator[Finding]:
    for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        yield Finding(object=table, fault=f"row {row} refers to a row of {parent} that is not there")


def _full_text(connection: sqlite3.Connection) -> Iterator[Finding]:
    """FTS5's own check of its index, which it takes as a row to insert."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'article_fts'").fetchone():
        return
    outer = connection.in_transaction
    try:
        connection.execute("INSERT INTO article_fts(article_fts) VALUES ('integrity-check')")
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_CORRUPT:
            yield Finding(object="article_fts", fault=f"the full-text index is damaged: {error}; kyson rebuild search")
        else:
            logger.warning("the full-text index was not checked: %s", error)
    finally:
        if connection.in_transaction and not outer:
            connection.rollback()
