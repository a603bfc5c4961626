"""Texts derived from captured files: of which files they are still to be made, and how each is kept.

The text stands in the WARC as a conversion record, and that there is none as a metadata record about the file; both say
what made them. So an archive that is made again from its WARCs need not derive anything.
Every function that writes expects to run within a transaction of the caller.
"""

import sqlite3
from datetime import datetime

from attrs import frozen

from archive import intake
from archive.derived import Derived
from archive.schema import stamp, storable
from archive.warc import WarcWriter

MIME = "text/plain;charset=utf-8"
SOFTWARE, NO_TEXT = "software", "no-text"
"""The fields of the metadata record that says what was derived."""

# By what its server or its address calls it, where they call it anything: the bytes have the last word.
_MAY_BE_PDF = """c.kind = 'attachment' AND c.status = 200 AND c.bytes > 0 AND coalesce(c.mime, '') <> 'text/html' AND (
    c.mime IS NULL OR c.mime LIKE 'application/%pdf' OR c.mime LIKE '%octet%stream' OR c.mime LIKE '%download%'
    OR lower(u.url) LIKE '%.pdf')"""


@frozen(kw_only=True)
class File:
    """A captured file, by the capture whose record holds its bytes."""

    capture_id: int
    url: str
    digest: str
    """Of its payload, as in `Capture.digest`."""

    warc: str
    offset: int
    length: int
    record_id: str
    is_whole: bool
    """Whether all of it came."""


@frozen(kw_only=True)
class Place:
    """Where a conversion record lies."""

    warc: str
    offset: int
    length: int
    record_id: str


def underived(connection: sqlite3.Connection, slug: str) -> list[File]:
    """The files of a portal that may be PDFs, and of which nothing was derived yet, in the order in which they came."""
    rows = connection.execute(
        "SELECT c.digest FROM portal p JOIN crawl k ON k.portal_id = p.id JOIN capture c ON c.crawl_id = k.id "  # noqa: S608  a constant
        f"JOIN url u ON u.id = c.url_id WHERE p.slug = ? AND {_MAY_BE_PDF} "
        "AND NOT EXISTS (SELECT 1 FROM file_text t WHERE t.digest = c.digest) GROUP BY c.digest ORDER BY min(c.id)",
        (slug,),
    ).fetchall()
    return [found for (digest,) in rows if (found := _holder(connection, digest))]


def of_capture(connection: sqlite3.Connection, record_id: str) -> File | None:
    """The file in a capture, by the id of its record; None when it is no PDF, or something was derived of its bytes before."""
    row = connection.execute(
        f"SELECT c.digest FROM capture c JOIN url u ON u.id = c.url_id WHERE c.record_id = ? AND {_MAY_BE_PDF} "  # noqa: S608  a constant
        "AND NOT EXISTS (SELECT 1 FROM file_text t WHERE t.digest = c.digest)",
        (record_id,),
    ).fetchone()
    return _holder(connection, row[0]) if row else None


def captured(connection: sqlite3.Connection, record_id: str) -> tuple[int, str] | None:
    """The id of the capture whose record has that id, and the digest of its payload; None when it is not kept."""
    row = connection.execute("SELECT id, digest FROM capture WHERE record_id = ?", (record_id,)).fetchone()
    return (row[0], row[1]) if row else None


def keep(
    connection: sqlite3.Connection,
    file: File,
    made: Derived,
    *,
    time: datetime,
    writer: WarcWriter,
    crawl_id: int | None,
) -> bool:
    """Write to the WARC what was derived of a file, then its row; whether nobody had done so before.

    crawl_id: the crawl that writes the WARC; None when none does.
    """
    if is_kept(connection, file.digest):
        return False
    about = {SOFTWARE: made.software}
    if made.text is None:
        about[NO_TEXT] = made.reason or ""
        warc = writer.write_about(url=file.url, time=time, refers_to=file.record_id, about=about)
        place = None
    else:
        at = writer.write_conversion(
            url=file.url, time=time, refers_to=file.record_id, mime=MIME, payload=made.text.encode(), about=about
        )
        warc = at.warc
        place = Place(warc=warc, offset=at.offset, length=at.length, record_id=at.record_id)
    intake.id_of_warc(connection, crawl_id, warc, time)
    return put(connection, file.capture_id, file.digest, made, time=time, place=place)


def put(
    connection: sqlite3.Connection, capture_id: int, digest: str, made: Derived, *, time: datetime, place: Place | None
) -> bool:
    """Keep the row of what stands in a WARC already; whether there was none of these bytes before."""
    if is_kept(connection, digest):
        return False
    connection.execute(
        "INSERT INTO file_text (capture_id, digest, text, reason, software, made, warc_id, offset, length, record_id) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            capture_id,
            digest,
            made.text,
            made.reason,
            storable(made.software),
            stamp(time),
            intake.id_of_warc(connection, None, place.warc, time) if place else None,
            *((place.offset, place.length, place.record_id) if place else (None, None, None)),
        ),
    )
    return True


def is_kept(connection: sqlite3.Connection, digest: str) -> bool:
    """Whether something was derived of the bytes with that digest, or tried."""
    return connection.execute("SELECT 1 FROM file_text WHERE digest = ?", (digest,)).fetchone() is not None


def _holder(connection: sqlite3.Connection, digest: str) -> File | None:
    """The first capture that holds a payload itself, a whole one if there is any."""
    row = connection.execute(
        "SELECT c.id, u.url, w.name, c.offset, c.length, c.record_id, c.truncated FROM capture c "
        "JOIN url u ON u.id = c.url_id JOIN warc w ON w.id = c.warc_id WHERE c.digest = ? AND c.revisit_of IS NULL "
        "ORDER BY c.truncated IS NOT NULL, c.id LIMIT 1",
        (digest,),
    ).fetchone()
    if row is None:
        return None
    number, url, warc, offset, length, record_id, truncated = row
    return File(
        capture_id=number,
        url=url,
        digest=digest,
        warc=warc,
        offset=offset,
        length=length,
        record_id=record_id,
        is_whole=truncated is None,
    )
