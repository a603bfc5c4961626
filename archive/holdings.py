"""What the archive holds, counted portal by portal."""

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from archive import coverage, hosts, locks, runs, schedules, signs, unverified
from archive.coverage import Coverage
from archive.hosts import Host
from archive.runs import Run
from archive.schema import moment, stamp
from archive.signs import Sign
from archive.unverified import Unverified

_LATELY = timedelta(days=30)


@frozen(kw_only=True)
class Crawl:
    """One run of the crawler over a portal."""

    id: int
    started: datetime
    """Aware, UTC."""

    finished: datetime | None
    """None while it runs, and when it was cut short until the next crawl settles what it left."""

    status: str
    """`running`, `finished`, `failed`, `stopped`, or `killed` when it was cut short."""

    reason: str | None
    pages: int
    articles: int
    images: int
    errors: int
    coverage: Coverage
    """Which fields its articles had; without shares for a crawl that did not come to its end."""

    def to_json(self) -> dict[str, Any]:
        """The crawl as it stands in the JSON of `kyson status`."""
        return {
            "id": self.id,
            "started": _iso(self.started),
            "finished": _iso(self.finished) if self.finished else None,
            "status": self.status,
            "reason": self.reason,
            "pages": self.pages,
            "articles": self.articles,
            "images": self.images,
            "errors": self.errors,
            "coverage": self.coverage.to_json(),
        }


@frozen(kw_only=True)
class Holding:
    """What is held of one portal."""

    portal: str
    """Its slug."""

    name: str
    articles: int
    versions: int
    images: int
    """Images of the current versions whose bytes are kept, each address once."""

    images_missing: int
    """Images of the current versions without any bytes."""

    captures: int
    crawls: int
    last_crawl: Crawl | None
    bytes: int
    """Size of its WARC files on disk."""

    new_articles: int = 0
    """Articles first seen within the last thirty days."""

    next_run: datetime | None = None
    """When it is next due by its calendars; aware, UTC. None when it is not to be crawled."""

    last_run: Run | None = None
    """The last run of its calendars that has ended, or goes on; None when there was none."""

    fate: str = "well"
    """`well`, `dying`, or `gone`, by its signs."""

    signs: tuple[Sign, ...] = ()
    """The signs of its dying that are seen now."""

    hosts: tuple[Host, ...] = ()
    """Its hosts as they were last looked at."""

    unverified: Unverified | None = None
    """The file that has waited the longest to be verified; None where none is closed."""

    def to_json(self) -> dict[str, Any]:
        """The holding as one line of `kyson status --json`."""
        return {
            "portal": self.portal,
            "name": self.name,
            "articles": self.articles,
            "versions": self.versions,
            "images": self.images,
            "images_missing": self.images_missing,
            "captures": self.captures,
            "crawls": self.crawls,
            "last_crawl": self.last_crawl.to_json() if self.last_crawl else None,
            "bytes": self.bytes,
            "new_articles": self.new_articles,
            "next_run": _iso(self.next_run) if self.next_run else None,
            "last_run": self.last_run.to_json() if self.last_run else None,
            "fate": self.fate,
            "signs": [sign.to_json() for sign in self.signs],
            "hosts": [host.to_json() for host in self.hosts],
            "unverified": self.unverified.to_json() if self.unverified else None,
        }


def count(connection: sqlite3.Connection, folder: Path, now: datetime) -> tuple[Holding, ...]:
    """The holdings of every portal, by slug; `folder` is that of the archive."""
    images = _images(connection)
    sizes = _sizes(connection, folder / "warc")
    lately = dict(
        connection.execute(
            "SELECT portal_id, count(*) FROM article WHERE first_seen > ? GROUP BY 1", (stamp(now - _LATELY),)
        ).fetchall()
    )
    rows = connection.execute(
        "SELECT p.id, p.slug, p.name, (SELECT count(*) FROM article WHERE portal_id = p.id), "
        "(SELECT count(*) FROM version v JOIN article a ON a.id = v.article_id WHERE a.portal_id = p.id), "
        "(SELECT count(*) FROM capture c JOIN crawl k ON k.id = c.crawl_id WHERE k.portal_id = p.id), "
        "(SELECT count(*) FROM crawl WHERE portal_id = p.id) FROM portal p ORDER BY p.slug"
    ).fetchall()
    return tuple(
        Holding(
            portal=slug,
            name=name,
            articles=articles,
            versions=versions,
            images=images.get((portal_id, True), 0),
            images_missing=images.get((portal_id, False), 0),
            captures=captures,
            crawls=crawls,
            last_crawl=_last_crawl(connection, portal_id, folder, slug),
            bytes=sizes.get(portal_id, 0),
            new_articles=lately.get(portal_id, 0),
            next_run=schedules.next_of(connection, slug),
            last_run=runs.last_of(connection, slug),
            fate=signs.fate(connection, slug),
            signs=signs.of(connection, slug),
            hosts=hosts.of(connection, slug),
            unverified=unverified.oldest(connection, slug),
        )
        for portal_id, slug, name, articles, versions, captures, crawls in rows
    )


def _images(connection: sqlite3.Connection) -> dict[tuple[int, bool], int]:
    """How many addresses of images have bytes, and how many have none, by portal."""
    rows = connection.execute(
        "SELECT portal_id, kept, count(*) FROM ("
        "SELECT a.portal_id, i.url_id, max(e.capture_id IS NOT NULL) AS kept FROM article a "
        "JOIN version v ON v.article_id = a.id AND v.n = (SELECT max(n) FROM version WHERE article_id = a.id) "
        "JOIN image i ON i.reading_id = v.reading_id "
        "LEFT JOIN embed e ON e.page_id = v.capture_id AND e.url_id = i.url_id "
        "GROUP BY a.portal_id, i.url_id) GROUP BY portal_id, kept"
    )
    return {(portal_id, bool(kept)): number for portal_id, kept, number in rows}


def _sizes(connection: sqlite3.Connection, warcs: Path) -> dict[int, int]:
    """Bytes on disk by portal; a WARC still being written counts as far as it has come."""
    sizes: dict[int, int] = {}
    for portal_id, name in connection.execute(
        "SELECT k.portal_id, w.name FROM warc w JOIN crawl k ON k.id = w.crawl_id"
    ):
        for path in (warcs / name, warcs / f"{name}.open"):
            if path.exists():
                sizes[portal_id] = sizes.get(portal_id, 0) + path.stat().st_size
    return sizes


def _last_crawl(connection: sqlite3.Connection, portal_id: int, folder: Path, slug: str) -> Crawl | None:
    """The crawl begun last; one that is marked as running while nobody holds the portal was cut short."""
    crawl = _newest_crawl(connection, portal_id)
    if crawl is None or crawl.status != "running" or not locks.is_free(folder, slug):
        return crawl
    still = _newest_crawl(connection, portal_id)  # it may have ended between the two looks
    return evolve(crawl, status="killed") if still == crawl else still


def _newest_crawl(connection: sqlite3.Connection, portal_id: int) -> Crawl | None:
    row = connection.execute(
        "SELECT id, started, finished, status, reason, pages, articles, images, errors FROM crawl "
        "WHERE portal_id = ? ORDER BY id DESC LIMIT 1",
        (portal_id,),
    ).fetchone()
    if row is None:
        return None
    number, started, finished, status, reason, pages, articles, images, errors = row
    return Crawl(
        id=number,
        started=moment(started),
        finished=moment(finished) if finished else None,
        status=status,
        reason=reason,
        pages=pages,
        articles=articles,
        images=images,
        errors=errors,
        coverage=coverage.load(connection, number),
    )


def _iso(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")
