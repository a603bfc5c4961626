"""The database: whether it is sound in itself, and what it says of the WARCs."""

import hashlib
import logging
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from attrs import fields, frozen

from archive import intake, kept, versions
from archive.crawls import CUT_SHORT
from archive.fixity.finding import Finding
from archive.records import Article
from archive.schema import stamp
from archive.store import DATABASE
from archive.trouble import REMEDY

logger = logging.getLogger(__name__)

_READINGS_AT_ONCE = 500
_NOT_DIGESTED_ONCE = {"ref", "url", "portal", "extractor", "partial", "mentions", "published_evidence"}


def check_database(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Check the database in itself.

    FTS5 checks its index only on a connection that may write and while nobody else does; otherwise a warning is logged.
    """
    for check in (_integrity, _foreign_keys, _names, _readings, _full_text):
        try:
            yield from check(connection)
        except sqlite3.DatabaseError as error:
            yield Finding(object=DATABASE, fault=f"the database cannot be read ({error}): {REMEDY}")


@frozen(kw_only=True)
class WarcRow:
    """What the database says of a WARC."""

    id: int | None = None
    bytes: int | None = None
    sha256: str | None = None
    captures: int
    """How many captures lie in it."""

    crawl: str | None = None
    """The status of the crawl that it is of."""

    is_cut_short: bool = False
    """Whether the process that wrote it could not write down all that it holds; the crawl may have gone on with another."""


@frozen(kw_only=True)
class CaptureRow:
    """What the database says of the record of a capture."""

    offset: int
    length: int
    digest: str
    record_id: str
    url: str
    time: str
    """As the column holds it."""

    status: int
    mime: str | None
    sha256: str
    bytes: int
    truncated: str | None
    is_redirected: bool
    not_modified: bool
    original: str | None
    """The record that it is a revisit of; None where none is known."""


@frozen(kw_only=True)
class TextRow:
    """What the database says of the conversion record of a file's text."""

    offset: int
    length: int
    record_id: str
    url: str
    """Of the file."""

    refers_to: str
    """The record of the capture that holds the file."""

    made: str
    """As the column holds it."""

    sha256: str
    """Hex, over the text as it is kept."""


class Said:
    """What the database says of the WARCs; when it fails, `fault` tells why, and it says nothing any more."""

    def __init__(self, connection: sqlite3.Connection | None) -> None:
        self.fault = ""
        self._connection = connection

    def warcs(self) -> dict[str, WarcRow]:
        """Every WARC it knows, by name; a name is never a path."""
        rows = self._ask(
            "SELECT w.name, w.id, w.bytes, w.sha256, (SELECT count(*) FROM capture WHERE warc_id = w.id), k.status, "
            "EXISTS (SELECT 1 FROM event e WHERE e.kind = 'crawl' AND e.object = 'crawl ' || k.id AND e.outcome IN "
            "('killed', ?) AND e.at >= coalesce(w.created, e.at)) FROM warc w LEFT JOIN crawl k ON k.id = w.crawl_id",
            CUT_SHORT,
        )
        return {
            name: WarcRow(id=number, bytes=size, sha256=sha256, captures=captures, crawl=crawl, is_cut_short=bool(cut))
            for name, number, size, sha256, captures, crawl, cut in rows
            if _is_name(name)
        }

    def captures(self, warc: WarcRow) -> dict[int, CaptureRow]:
        """The captures that lie in a WARC, by offset."""
        rows = self._ask(
            "SELECT offset, length, digest, record_id, url.url, time, status, mime, sha256, bytes, truncated, "
            "redirect_to IS NOT NULL, not_modified, (SELECT o.record_id FROM capture o WHERE o.id = c.revisit_of) "
            "FROM capture c JOIN url ON url.id = url_id WHERE warc_id = ?",
            warc.id,
        )
        names = [field.name for field in fields(CaptureRow)]
        found = (CaptureRow(**dict(zip(names, row, strict=True))) for row in rows)
        return {row.offset: row for row in found}

    def texts(self, warc: WarcRow) -> dict[int, TextRow]:
        """The texts of files whose records lie in a WARC, by offset; each is digested, so that they are not all in memory."""
        rows = self._ask(
            "SELECT t.id, t.offset, t.length, t.record_id, u.url, c.record_id, t.made FROM file_text t "
            "JOIN capture c ON c.id = t.capture_id JOIN url u ON u.id = c.url_id WHERE t.warc_id = ?",
            warc.id,
        )
        names = [field.name for field in fields(TextRow)]
        return {
            offset: TextRow(**dict(zip(names, (offset, *facts, self._sha256(number)), strict=True)))
            for number, offset, *facts in rows
        }

    def is_beside_a_death(self, begun: datetime) -> bool:
        """Whether a crawl went on when a WARC was begun that goes on still, or was cut short: it may have left that unnamed."""
        return bool(
            self._ask(
                "SELECT 1 FROM crawl k WHERE k.started <= ? AND (k.status = 'running' OR EXISTS (SELECT 1 FROM event e "
                "WHERE e.kind = 'crawl' AND e.object = 'crawl ' || k.id AND e.outcome IN ('killed', ?) AND e.at >= ?))",
                stamp(begun),
                CUT_SHORT,
                stamp(begun),
            )
        )

    def has_text(self, record_id: str | None) -> bool:
        """Whether the text is kept of the file in the capture whose record has that id."""
        return bool(
            self._ask(
                "SELECT 1 FROM capture c JOIN file_text t ON t.digest = c.digest "
                "WHERE c.record_id = ? AND t.text IS NOT NULL",
                record_id,
            )
        )

    def _sha256(self, number: int) -> str:
        ((text,),) = self._ask("SELECT text FROM file_text WHERE id = ?", number) or [("",)]
        return hashlib.sha256(text.encode()).hexdigest()

    def _ask(self, sql: str, *values: int | str | None) -> list[tuple[Any, ...]]:
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


def _names(connection: sqlite3.Connection) -> Iterator[Finding]:
    """A WARC's name is never a path, or its captures would seem to lie in another file."""
    for (name,) in connection.execute("SELECT name FROM warc"):
        if not _is_name(name):
            yield Finding(object="warc", fault=f"a row names {name!r}, which is no name of a file")


def _readings(connection: sqlite3.Connection) -> Iterator[Finding]:
    """What was read, against the digest that was taken of it then."""
    digests = connection.execute("SELECT id, digest FROM reading ORDER BY id").fetchall()
    for start in range(0, len(digests), _READINGS_AT_ONCE):
        some = digests[start : start + _READINGS_AT_ONCE]
        try:
            found = kept.readings(connection, [number for number, _ in some])
        except (ValueError, TypeError, LookupError) as error:
            first, last = some[0][0], some[-1][0]
            yield Finding(object="reading", fault=f"what is kept of rows {first} to {last} cannot be read: {error}")
            continue
        for number, digest in some:
            if number not in found or not _is_said(found[number], digest):
                yield Finding(object="reading", fault=f"row {number} does not say what was read: its digest is another")


def _is_said(article: Article, digest: str) -> bool:
    """Whether a digest is that of a reading; before there were columns for evidence, it was taken without."""
    if intake.reading_digest(article) == digest:
        return True
    whole = {name: value for name, value in article.to_json().items() if name not in _NOT_DIGESTED_ONCE}
    return not article.published_evidence and versions.digest_of(whole) == digest


def _is_name(name: str) -> bool:
    return name == Path(name).name


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
