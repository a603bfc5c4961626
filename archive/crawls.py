"""The life of a crawl in the archive: begun, ended, or found dead.

Every function that writes expects to run within a transaction of the caller.
"""

import json
import os
import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from archive import intake
from archive.errors import ArchiveBusy
from archive.schema import moment, stamp
from archive.vietnam import clock

CUT_SHORT = "cut short"
"""The outcome of a crawl that could not write down all it had fetched; so could none that was killed."""

BY_HAND = "stopped by hand"
"""Why a crawl was stopped that a signal asked to stop."""

SPENT = "is used up"
"""How the reason ends why a crawl was stopped that had asked for as much, or for as long, as it was to."""

KILLED = "the crawl was killed before it was fetched"
ENDED = "the crawl ended before it was fetched"
GIVEN_UP = (KILLED, ENDED)
"""Why pages do without what they embed when their crawl has ended."""


def begin(
    connection: sqlite3.Connection,
    *,
    now: datetime,
    slug: str,
    name: str,
    province: str | None,
    district: str | None,
    cms: str | None,
    toml: str | None,
    software: str,
    operator: str | None,
    settings: Mapping[str, str],
    again: int | None = None,
) -> int:
    """The id of a new crawl by this process, or of the one that goes on `again`; its portal becomes what it is called now."""
    portal = connection.execute(
        "INSERT INTO portal (slug, name, province, district, cms, toml) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (slug) DO UPDATE SET name = excluded.name, province = excluded.province, "
        "district = excluded.district, cms = excluded.cms, toml = excluded.toml RETURNING id",
        (slug, name, province, district, cms, toml),
    ).fetchall()
    how = (software, operator, json.dumps(dict(settings), ensure_ascii=False, sort_keys=True), os.getpid())
    if again is not None:
        connection.execute(
            "UPDATE crawl SET status = 'running', finished = NULL, reason = NULL, software = ?, operator = ?, "
            "settings = ?, pid = ? WHERE id = ?",
            (*how, again),
        )
        return again
    crawl = connection.execute(
        "INSERT INTO crawl (portal_id, started, status, software, operator, settings, pid) "
        "VALUES (?, ?, 'running', ?, ?, ?, ?) RETURNING id",
        (portal[0][0], stamp(now), *how),
    ).fetchall()
    return int(crawl[0][0])


def finish(
    connection: sqlite3.Connection,
    crawl_id: int,
    *,
    now: datetime,
    status: str,
    reason: str | None,
    counts: Mapping[str, int],
    is_whole: bool = True,
) -> None:
    """End a crawl: nothing waits any more, its figures are written down, and an event says so.

    is_whole: whether all that its WARCs hold could be written down.
    """
    intake.settle_leftovers(connection, crawl_id, KILLED if status == "killed" else ENDED)
    figures = {name: counts.get(name, 0) for name in ("pages", "articles", "images", "errors", "requests", "bytes")}
    connection.execute(
        "UPDATE crawl SET finished = ?, status = ?, reason = ?, pid = NULL, pages = ?, articles = ?, images = ?, "
        "errors = ?, requests = ?, bytes = ? WHERE id = ?",
        (stamp(now), status, reason, *figures.values(), crawl_id),
    )
    note(
        connection,
        now=now,
        kind="crawl",
        about=f"crawl {crawl_id}",
        outcome=status if is_whole else CUT_SHORT,
        detail=figures,
    )


def alive(connection: sqlite3.Connection, is_dead: Callable[[str], bool]) -> tuple[str, ...]:
    """The slugs of the portals that are being crawled; `is_dead` as in `settle_killed`."""
    rows = connection.execute(
        "SELECT DISTINCT p.slug FROM crawl c JOIN portal p ON p.id = c.portal_id WHERE c.status = 'running'"
    )
    return tuple(slug for (slug,) in rows if not is_dead(slug))


def settle_killed(connection: sqlite3.Connection, now: datetime, is_dead: Callable[[str], bool]) -> tuple[int, ...]:
    """End every crawl that died without having said so; gives their ids.

    `is_dead` tells of the slug of a portal whether whatever crawled it is gone.
    """
    running = connection.execute(
        "SELECT c.id, p.slug FROM crawl c JOIN portal p ON p.id = c.portal_id WHERE c.status = 'running'"
    ).fetchall()
    killed = tuple(crawl_id for crawl_id, slug in running if is_dead(slug))
    for crawl_id in killed:
        reason = "its process was gone without a word"
        counts = _counted(connection, crawl_id)
        finish(connection, crawl_id, now=now, status="killed", reason=reason, counts=counts)
    return killed


def busy(connection: sqlite3.Connection, slug: str) -> ArchiveBusy:
    """What to tell whoever would crawl a portal, or read it again, while somebody else does."""
    row = connection.execute(
        "SELECT c.id, c.started, c.pid FROM crawl c JOIN portal p ON p.id = c.portal_id "
        "WHERE p.slug = ? AND c.status = 'running' ORDER BY c.id DESC LIMIT 1",
        (slug,),
    ).fetchone()
    if row is None:
        return ArchiveBusy(f"{slug} is being read again in this archive: wait until that has ended, or stop it")
    since = f"{clock(moment(row[1]))}, Vietnam's time (crawl {row[0]}, process {row[2]})"
    return ArchiveBusy(f"{slug} is being crawled into this archive since {since}: wait until it has ended, or stop it")


def close_warcs(connection: sqlite3.Connection, folder: Path) -> None:
    """Write down what the manifests say of WARCs that have been closed since."""
    from archive.warc.files import MANIFEST, Manifest  # noqa: PLC0415  needs gzip libraries that readers do without

    for (name,) in connection.execute("SELECT name FROM warc WHERE closed IS NULL").fetchall():
        path = folder / (name + MANIFEST)
        if path.exists():
            manifest = Manifest.load(path)
            connection.execute(
                "UPDATE warc SET closed = ?, bytes = ?, records = ?, sha256 = ? WHERE name = ?",
                (manifest.closed, manifest.bytes, manifest.records, manifest.sha256, name),
            )


def note(
    connection: sqlite3.Connection,
    *,
    now: datetime,
    kind: str,
    about: str,
    outcome: str,
    detail: Mapping[str, object],
) -> None:
    """One line in the archive's diary."""
    connection.execute(
        "INSERT INTO event (at, kind, object, outcome, detail) VALUES (?, ?, ?, ?, ?)",
        (stamp(now), kind, about, outcome, json.dumps(dict(detail), ensure_ascii=False)),
    )


def page_answers(connection: sqlite3.Connection, crawl_id: int) -> list[tuple[str, int, str | None]]:
    """How the pages of a crawl were answered: address, status, and where a redirect leads."""
    rows = connection.execute(
        "SELECT u.url, c.status, r.url FROM capture c JOIN url u ON u.id = c.url_id LEFT JOIN url r ON r.id = c.redirect_to "
        "WHERE c.crawl_id = ? AND c.kind = 'page' ORDER BY c.id",
        (crawl_id,),
    )
    return rows.fetchall()


def _counted(connection: sqlite3.Connection, crawl_id: int) -> dict[str, int]:
    """The figures of a crawl that could not tell them, counted from what it captured."""
    row = connection.execute(
        "SELECT count(*), coalesce(sum(bytes), 0), "
        "coalesce(sum(kind = 'page' AND (coalesce(mime, 'text/plain') = 'text/plain' OR mime LIKE '%html%')), 0), "
        "coalesce(sum(kind = 'image' AND bytes > 0 AND coalesce(mime, '') <> 'text/html'), 0) "
        "FROM (SELECT bytes, mime, CASE status WHEN 200 THEN kind END AS kind FROM capture WHERE crawl_id = ?)",
        (crawl_id,),
    ).fetchone()
    errors = connection.execute(
        "SELECT count(*) FROM frontier f LEFT JOIN capture c ON c.id = f.capture_id WHERE f.crawl_id = ? AND f.kind = 'page' "
        "AND f.tries > 0 AND f.state IN ('done', 'refused') AND f.reason IS NOT NULL AND coalesce(c.status, 0) <> 200",
        (crawl_id,),
    ).fetchone()
    articles = connection.execute(
        "SELECT count(DISTINCT r.article_id) FROM capture c JOIN reading_capture rc ON rc.capture_id = c.id "
        "JOIN reading r ON r.id = rc.reading_id WHERE c.crawl_id = ?",
        (crawl_id,),
    ).fetchone()
    names = ("requests", "bytes", "pages", "images", "errors", "articles")
    return dict(zip(names, (*row, *errors, *articles), strict=True))
