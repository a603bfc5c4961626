"""Captures that are to be read again, and what follows when another reading of them is kept.

Every function that writes expects to run within a transaction of the caller.
"""

import json
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from attrs import frozen

from archive import intake
from archive.schema import moment, storable

_FACTS = "c.id, c.crawl_id, c.kind, u.url, c.time, c.digest, w.name, c.offset, c.length, a.ref, a.key, n.reading_id, r.digest"
_PAGES = """
    FROM crawl k
    JOIN portal p ON p.id = k.portal_id
    JOIN capture c ON c.crawl_id = k.id
    JOIN url u ON u.id = c.url_id
    JOIN warc w ON w.id = c.warc_id
    LEFT JOIN (SELECT capture_id, max(reading_id) AS reading_id FROM reading_capture GROUP BY capture_id) n
        ON n.capture_id = c.id
    LEFT JOIN reading r ON r.id = n.reading_id
    LEFT JOIN article a ON a.id = r.article_id
    WHERE p.slug = ?"""

_UNREAD = "n.reading_id IS NULL AND c.status = 200 AND (c.kind = 'page' OR (c.kind = 'other' AND c.mime LIKE '%xml%' AND c.mime NOT LIKE 'image/%'))"
_READ = "n.reading_id IS NOT NULL"
_MOST_REDIRECTS = 20


@frozen(kw_only=True)
class Captured:
    """A page, or a feed, as it was captured, with what was read of it."""

    id: int
    crawl_id: int
    kind: str
    """`page`, or `other` for what may be a feed."""

    url: str
    time: datetime
    """Aware, UTC."""

    payload: str
    """Digest of its bytes, as in `Capture.digest`: pages that share it say the same."""

    warc: str
    offset: int
    length: int
    ref: str | None
    """The article that was read from it; None when none was."""

    key: str | None
    reading_id: int | None
    """The newest reading of it."""

    digest: str | None
    """`intake.reading_digest` of that."""


@frozen(kw_only=True)
class Described:
    """A portal as its last crawl knew it."""

    slug: str
    name: str
    toml: str | None


def portals(connection: sqlite3.Connection) -> tuple[Described, ...]:
    """Every portal that was ever crawled, by slug."""
    rows = connection.execute("SELECT slug, name, toml FROM portal ORDER BY slug")
    return tuple(Described(slug=slug, name=name, toml=toml) for slug, name, toml in rows)


def count(connection: sqlite3.Connection, slug: str) -> int:
    """How many captures of a portal there are to read."""
    (number,) = connection.execute(
        f"SELECT count(*) {_PAGES} AND ({_READ} OR {_UNREAD})",
        (slug,),
    ).fetchone()
    return int(number)


def unread(connection: sqlite3.Connection, slug: str) -> Iterator[Captured]:
    """The pages of a portal of which no article is kept (lists, as a rule), and its feeds, in the order of their capture.

    Nothing may be written over the same connection before all have been taken.
    """
    rows = connection.execute(f"SELECT {_FACTS} {_PAGES} AND {_UNREAD} ORDER BY c.id", (slug,))
    return map(_captured, rows)


def read(connection: sqlite3.Connection, slug: str) -> Iterator[Captured]:
    """The captures of a portal from which an article was read, those of one article together; else as `unread`."""
    rows = connection.execute(f"SELECT {_FACTS} {_PAGES} AND {_READ} ORDER BY a.id, c.time, c.id", (slug,))
    return map(_captured, rows)


def is_read(connection: sqlite3.Connection, crawl_id: int, slug: str, key: str | None) -> bool:
    """Whether a crawl has a capture from which the article with that key was read."""
    row = connection.execute(
        "SELECT 1 FROM portal p JOIN article a ON a.portal_id = p.id JOIN reading r ON r.article_id = a.id "
        "JOIN reading_capture rc ON rc.reading_id = r.id JOIN capture c ON c.id = rc.capture_id "
        "WHERE p.slug = ? AND a.key = ? AND c.crawl_id = ? LIMIT 1",
        (slug, storable(key or ""), crawl_id),
    ).fetchone()
    return row is not None


def is_made(connection: sqlite3.Connection, warcs: list[str]) -> bool:
    """Whether captures of one of these WARCs are in the archive."""
    row = connection.execute(
        "SELECT 1 FROM json_each(?) j JOIN warc w ON w.name = j.value LIMIT 1", (json.dumps(warcs),)
    ).fetchone()
    return row is not None


def is_kept(connection: sqlite3.Connection, record_id: str) -> bool:
    """Whether there is a capture of the record with that id."""
    return connection.execute("SELECT 1 FROM capture WHERE record_id = ?", (record_id,)).fetchone() is not None


def versions(connection: sqlite3.Connection, slug: str) -> int:
    """How many versions the articles of a portal have in all."""
    (number,) = connection.execute(
        "SELECT count(*) FROM portal p JOIN article a ON a.portal_id = p.id JOIN version v ON v.article_id = a.id "
        "WHERE p.slug = ?",
        (slug,),
    ).fetchone()
    return int(number)


def settle_waiting(connection: sqlite3.Connection, crawl_id: int, reason: str) -> None:
    """Let the pages of a crawl have the bytes they wait for, where the crawl captured them; else they do without.

    reason: why an address is missing that the crawl never captured. One that asks only for what is due did without those
    whose bytes were kept.
    """
    (asks,) = connection.execute(
        "SELECT json_extract(settings, '$.again') FROM crawl WHERE id = ?", (crawl_id,)
    ).fetchone()
    waiting = connection.execute(
        # in this order, since few addresses wait and a crawl has many pages
        "SELECT DISTINCT u.url FROM embed e CROSS JOIN capture p ON p.id = e.page_id JOIN url u ON u.id = e.url_id "
        "WHERE e.status = 'waiting' AND p.crawl_id = ? ORDER BY u.id",
        (crawl_id,),
    ).fetchall()
    for (url,) in waiting:
        answer = _answer(connection, crawl_id, url)
        if answer is None and asks == "due" and (held := intake.held_bytes(connection, url)):
            intake.settle(connection, crawl_id, url, held, None)
        elif answer is None:
            intake.settle(connection, crawl_id, url, None, reason)
        else:
            capture_id, fault = answer
            intake.settle(connection, crawl_id, url, capture_id, fault)


def _answer(connection: sqlite3.Connection, crawl_id: int, url: str) -> tuple[int, str | None] | None:
    """The capture that a crawl has of an address, or of where it redirects to, and why it is of no use, if it is not."""
    for _ in range(_MOST_REDIRECTS):
        row = connection.execute(
            "SELECT c.id, c.status, c.mime, c.bytes, r.url FROM url u JOIN capture c ON c.url_id = u.id "
            "LEFT JOIN url r ON r.id = c.redirect_to WHERE u.url = ? AND c.crawl_id = ? "
            "ORDER BY c.kind IN ('image', 'attachment') DESC, c.id DESC LIMIT 1",
            (url, crawl_id),
        ).fetchone()
        if row is None:
            return None
        capture_id, status, mime, size, target = row
        if target is None:
            return capture_id, intake.embed_fault(status, mime, size)
        url = target
    return None


def _captured(row: tuple[Any, ...]) -> Captured:
    number, crawl_id, kind, url, time, payload, warc, offset, length, ref, key, reading_id, digest = row
    return Captured(
        id=number,
        crawl_id=crawl_id,
        kind=kind,
        url=url,
        time=moment(time),
        payload=payload,
        warc=warc,
        offset=offset,
        length=length,
        ref=ref,
        key=key,
        reading_id=reading_id,
        digest=digest,
    )
