"""What one crawl came to, told to the archivist: how much, what is new, what is gone, what failed, and where the evidence is."""

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import frozen

from archive import completeness, coverage, due, last_good, signs
from archive.completeness import Completeness
from archive.coverage import Coverage
from archive.errors import UsageError
from archive.last_good import LastGood
from archive.schema import moment
from archive.signs import Sign

_NEW = (
    "SELECT count(*) FROM article a JOIN crawl k ON k.portal_id = a.portal_id "
    "WHERE k.id = :crawl AND a.first_seen BETWEEN :first AND :last"
)
_CHANGED = (
    "SELECT count(DISTINCT v.article_id) FROM version v JOIN article a ON a.id = v.article_id "
    "JOIN crawl k ON k.portal_id = a.portal_id WHERE k.id = :crawl AND v.n > 1 AND v.since BETWEEN :first AND :last"
)
_ABSENT = (
    "SELECT count(DISTINCT s.article_id) FROM absence s JOIN capture c ON c.id = s.capture_id WHERE c.crawl_id = :crawl"
)
# on enough days with the last capture of this crawl, and on too few before its first
_GONE = (
    "SELECT count(*) FROM (SELECT count(DISTINCT CASE WHEN c.time < :first THEN date(c.time, '+7 hours') END) AS before, "
    "count(DISTINCT date(c.time, '+7 hours')) AS days FROM absence s JOIN capture c ON c.id = s.capture_id "
    "JOIN article a ON a.id = s.article_id WHERE a.gone IS NOT NULL AND c.time BETWEEN a.last_seen AND :last "
    "AND a.portal_id = (SELECT portal_id FROM crawl WHERE id = :crawl) GROUP BY a.id) "
    "WHERE before < :days AND days >= :days"
)
_ERRORS = (
    "SELECT coalesce(f.reason, 'HTTP ' || c.status), count(*) FROM frontier f LEFT JOIN capture c ON c.id = f.capture_id "
    "WHERE f.crawl_id = :crawl AND f.kind = 'page' AND f.tries > 0 AND f.reason IS NOT NULL AND coalesce(c.status, 0) <> 200 "
    "AND f.state IN ('done', 'refused') GROUP BY 1 ORDER BY 2 DESC, 1"
)
_MISSING = (
    "SELECT e.reason, count(DISTINCT e.url_id) FROM embed e JOIN capture c ON c.id = e.page_id "
    "WHERE c.crawl_id = :crawl AND e.status = 'missing' GROUP BY 1 ORDER BY 2 DESC, 1"
)
_WAITING = "SELECT count(*) FROM frontier WHERE crawl_id = :crawl AND state IN ('pending', 'leased')"


@frozen(kw_only=True)
class Warc:
    """A file of the evidence."""

    name: str
    bytes: int | None
    """None, as the others, while it is not closed."""

    records: int | None
    sha256: str | None


@frozen(kw_only=True)
class Account:
    """What one crawl came to."""

    crawl: int
    portal: str
    name: str
    status: str
    reason: str | None
    started: datetime
    """Aware, UTC."""

    finished: datetime | None
    """None while it runs, and when it was cut short until the next crawl settles what it left."""

    operator: str | None
    requests: int
    bytes: int
    pages: int
    articles: int
    new: int
    """Articles that no crawl had met before."""

    changed: int
    """Articles that showed another content than the last time."""

    absent: int
    """Articles at whose addresses nothing stood."""

    gone: int
    """Those of them that are gone, as nobody could say before this crawl."""

    images: int
    missing: Mapping[str, int]
    """Images and files that did not come, by why."""

    errors: Mapping[str, int]
    """Pages that did not come, by why."""

    waiting: int
    """Addresses that wait for the next crawl."""

    completeness: Completeness | None
    """What it may have missed; None for one that made no estimate, as of a section or cut short."""

    coverage: Coverage
    fate: str
    """What becomes of the portal, as of now: `well`, `dying` or `gone`."""

    signs: tuple[Sign, ...]
    """The signs of its dying that are seen now."""

    last_good: LastGood | None
    """The last crawl of the portal that came to its end with articles; None when there was none."""

    warcs: tuple[Warc, ...]

    @property
    def seconds(self) -> float | None:
        """How long it took, from its first beginning to its last end; None before that."""
        return None if self.finished is None else (self.finished - self.started).total_seconds()

    def to_json(self) -> dict[str, Any]:
        """The account as JSON."""
        return {
            "crawl": self.crawl,
            "portal": self.portal,
            "name": self.name,
            "status": self.status,
            "reason": self.reason,
            "started": _iso(self.started),
            "finished": _iso(self.finished) if self.finished else None,
            "seconds": self.seconds,
            "operator": self.operator,
            "requests": self.requests,
            "bytes": self.bytes,
            "pages": self.pages,
            "articles": self.articles,
            "new": self.new,
            "changed": self.changed,
            "absent": self.absent,
            "gone": self.gone,
            "images": self.images,
            "missing": [{"reason": reason, "count": count} for reason, count in self.missing.items()],
            "errors": [{"reason": reason, "count": count} for reason, count in self.errors.items()],
            "waiting": self.waiting,
            "completeness": self.completeness.to_json() if self.completeness else None,
            "coverage": self.coverage.to_json(),
            "fate": self.fate,
            "signs": [sign.to_json() for sign in self.signs],
            "last_good": self.last_good.to_json() if self.last_good else None,
            "warcs": [
                {"name": warc.name, "bytes": warc.bytes, "records": warc.records, "sha256": warc.sha256}
                for warc in self.warcs
            ],
        }


def of(connection: sqlite3.Connection, crawl_id: int | None = None) -> Account:
    """The account of a crawl, or of the last one. Raises UsageError when there is none."""
    row = connection.execute(
        "SELECT k.id, p.slug, p.name, k.status, k.reason, k.started, k.finished, k.operator, k.requests, k.bytes, k.pages, "
        "k.articles, k.images FROM crawl k JOIN portal p ON p.id = k.portal_id "
        "WHERE k.id = coalesce(?, (SELECT max(id) FROM crawl))",
        (crawl_id,),
    ).fetchone()
    if row is None:
        which = "crawl" if crawl_id is None else f"crawl {crawl_id}"
        raise UsageError(f"there is no {which} in this archive; `kyson status --json` names the last ones")
    number, slug, name, status, reason, started, finished, operator, requests, size, pages, articles, images = row
    first, last = connection.execute(
        "SELECT min(time), max(time) FROM capture WHERE crawl_id = ?", (number,)
    ).fetchone()
    asked = {"crawl": number, "first": first, "last": last, "days": due.GONE_AFTER}
    return Account(
        crawl=number,
        portal=slug,
        name=name,
        status=status,
        reason=reason,
        started=moment(started),
        finished=moment(finished) if finished else None,
        operator=operator,
        requests=requests,
        bytes=size,
        pages=pages,
        articles=articles,
        new=_one(connection, _NEW, asked),
        changed=_one(connection, _CHANGED, asked),
        absent=_one(connection, _ABSENT, asked),
        gone=_one(connection, _GONE, asked),
        images=images,
        missing=dict(connection.execute(_MISSING, asked).fetchall()),
        errors=dict(connection.execute(_ERRORS, asked).fetchall()),
        waiting=_one(connection, _WAITING, asked),
        completeness=completeness.of(connection, number),
        coverage=coverage.load(connection, number),
        fate=signs.fate(connection, slug),
        signs=signs.of(connection, slug),
        last_good=last_good.of(connection, slug),
        warcs=tuple(
            Warc(name=name, bytes=size, records=records, sha256=sha256)
            for name, size, records, sha256 in connection.execute(
                "SELECT name, bytes, records, sha256 FROM warc WHERE crawl_id = :crawl ORDER BY id", asked
            )
        ),
    )


def last_of(connection: sqlite3.Connection, portal: str) -> Account | None:
    """The account of the last crawl of a portal; None when there was none."""
    (number,) = connection.execute(
        "SELECT max(k.id) FROM crawl k JOIN portal p ON p.id = k.portal_id WHERE p.slug = ?", (portal,)
    ).fetchone()
    return None if number is None else of(connection, number)


def _one(connection: sqlite3.Connection, sql: str, asked: Mapping[str, object]) -> int:
    (number,) = connection.execute(sql, asked).fetchone()
    return int(number)


def _iso(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")
