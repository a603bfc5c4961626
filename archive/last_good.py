"""The last good crawl of a portal, and what it lacked: all that can be had of one that is gone."""

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import frozen

from archive import completeness
from archive.completeness import Completeness
from archive.schema import moment

_GOOD = (
    "SELECT k.id, k.started, k.finished, coalesce(json_extract(k.settings, '$.again'), '') = 'all' FROM crawl k "
    "JOIN portal p ON p.id = k.portal_id WHERE p.slug = ? AND k.status = 'finished' AND k.articles > 0 ORDER BY k.id DESC LIMIT 1"
)
_HELD = "SELECT count(*) FROM article a JOIN portal p ON p.id = a.portal_id WHERE p.slug = ?"
_WAITING = "SELECT count(*) FROM frontier WHERE crawl_id = ? AND state IN ('pending', 'leased')"
_MISSING = (
    "SELECT e.reason, count(DISTINCT e.url_id) FROM article a JOIN portal p ON p.id = a.portal_id "
    "JOIN version v ON v.article_id = a.id AND v.n = (SELECT max(n) FROM version WHERE article_id = a.id) "
    "JOIN embed e ON e.page_id = v.capture_id "
    "WHERE p.slug = ? AND e.status = 'missing' AND e.capture_id IS NULL GROUP BY 1 ORDER BY 2 DESC, 1"
)


@frozen(kw_only=True)
class LastGood:
    """The last crawl that came to its end with articles."""

    crawl: int
    started: datetime
    """Aware, UTC, as the next."""

    finished: datetime
    is_full: bool
    """Whether it asked for everything again."""

    articles: int
    """Articles that are held of the portal in all."""

    missing: Mapping[str, int]
    """Images and files of their latest versions that never came, by why."""

    waiting: int
    """Addresses that it had not asked for."""

    completeness: Completeness | None
    """What it may have missed; None when it made no estimate."""

    def to_json(self) -> dict[str, Any]:
        """The crawl as JSON."""
        return {
            "crawl": self.crawl,
            "started": _iso(self.started),
            "finished": _iso(self.finished),
            "full": self.is_full,
            "articles": self.articles,
            "missing": [{"reason": reason, "count": count} for reason, count in self.missing.items()],
            "waiting": self.waiting,
            "completeness": self.completeness.to_json() if self.completeness else None,
        }


def of(connection: sqlite3.Connection, portal: str) -> LastGood | None:
    """The last good crawl of a portal; None when there was none."""
    row = connection.execute(_GOOD, (portal,)).fetchone()
    if row is None:
        return None
    crawl, started, finished, is_full = row
    (articles,) = connection.execute(_HELD, (portal,)).fetchone()
    (waiting,) = connection.execute(_WAITING, (crawl,)).fetchone()
    return LastGood(
        crawl=crawl,
        started=moment(started),
        finished=moment(finished),
        is_full=bool(is_full),
        articles=articles,
        missing=dict(connection.execute(_MISSING, (portal,)).fetchall()),
        waiting=waiting,
        completeness=completeness.of(connection, crawl),
    )


def _iso(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")
