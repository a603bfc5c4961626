"""What the owner of a portal may be shown of the crawls of it: how much was asked for, how fast, when, and by whom.

Only from the captures, so that it can be checked against the WARCs, and beside them what the crawl may have missed; no address
of a page but of lists, no title, nothing that was read.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from attrs import define, field, frozen

from archive import completeness
from archive.completeness import Completeness
from archive.errors import UsageError
from archive.schema import moment
from archive.vietnam import VIETNAM

_AHEAD = int(VIETNAM.utcoffset(None).total_seconds()) // 3600
"""Hours that Vietnam's clock is ahead of UTC, all the year round."""


@frozen(kw_only=True)
class Robots:
    """A robots.txt as it was answered, by which a crawl went."""

    url: str
    time: datetime
    """Aware, UTC."""

    status: int
    bytes: int
    sha256: str

    def to_json(self) -> dict[str, Any]:
        """As it stands in the JSON of a visit."""
        return {
            "url": self.url,
            "time": f"{self.time:%Y-%m-%dT%H:%M:%SZ}",
            "status": self.status,
            "bytes": self.bytes,
            "sha256": self.sha256,
        }


@frozen(kw_only=True)
class Visit:
    """One crawl, as the server met it."""

    portal: str
    crawl: int
    status: str
    reason: str | None
    user_agent: str
    contact: str | None
    """Whom the owner can reach; None when nobody was named, which only a crawl of this machine may do."""

    delay: str | None
    """Seconds for which a host was left alone, as the crawl was told; None for crawls that did not keep it."""

    first: datetime | None
    """Of the first request that was answered; aware, UTC. None, as `last`, when nothing was."""

    last: datetime | None
    requests: int
    """Those that were answered."""

    bytes: int
    """Of all contents, as they came."""

    most_a_minute: int
    hosts: Mapping[str, int]
    """Requests to each host, most first."""

    errors: Mapping[str, int]
    """Answers that were errors, by status, and those that were not whole, by what cut them."""

    hours: Mapping[int, int]
    """Requests in each hour of the day, Vietnam's time; hours without any are left out."""

    robots: tuple[Robots, ...]
    completeness: Completeness | None
    """What it may have missed; None for crawls that did not keep it."""

    @property
    def a_minute(self) -> float:
        """Requests a minute from first to last, of a shorter crawl as if it had taken one."""
        if self.first is None or self.last is None:
            return 0.0
        return self.requests / max((self.last - self.first).total_seconds() / 60, 1.0)

    def to_json(self) -> dict[str, Any]:
        """The visit as a line of `kyson report --owner --json`."""
        return {
            "portal": self.portal,
            "crawl": self.crawl,
            "status": self.status,
            "reason": self.reason,
            "user_agent": self.user_agent,
            "contact": self.contact,
            "delay": self.delay,
            "first": f"{self.first:%Y-%m-%dT%H:%M:%SZ}" if self.first else None,
            "last": f"{self.last:%Y-%m-%dT%H:%M:%SZ}" if self.last else None,
            "requests": self.requests,
            "bytes": self.bytes,
            "a_minute": round(self.a_minute, 1),
            "most_a_minute": self.most_a_minute,
            "hosts": [{"host": host, "requests": count} for host, count in self.hosts.items()],
            "errors": [{"error": error, "requests": count} for error, count in self.errors.items()],
            "hours": [{"hour": hour, "requests": count} for hour, count in self.hours.items()],
            "robots": [robots.to_json() for robots in self.robots],
            "completeness": self.completeness.to_json() if self.completeness else None,
        }


@define
class _Counts:
    """What the captures of one crawl add up to."""

    first: str | None = None
    last: str | None = None
    requests: int = 0
    bytes: int = 0
    minutes: Counter[str] = field(factory=Counter)
    hosts: Counter[str] = field(factory=Counter)
    errors: Counter[str] = field(factory=Counter)
    hours: Counter[int] = field(factory=Counter)
    robots: list[Robots] = field(factory=list)

    def add(self, url: str, time: str, status: int, size: int, sha256: str, truncated: str | None, kind: str) -> None:
        self.first, self.last = self.first or time, time
        self.requests += 1
        self.bytes += size
        self.minutes[time[:16]] += 1
        self.hours[(int(time[11:13]) + _AHEAD) % 24] += 1
        self.hosts[urlsplit(url).netloc] += 1
        if status >= 400:
            self.errors[f"HTTP {status}"] += 1
        if truncated:
            self.errors[f"cut ({truncated})"] += 1
        if kind == "robots":
            self.robots.append(Robots(url=url, time=moment(time), status=status, bytes=size, sha256=sha256))


def visits(connection: sqlite3.Connection, slug: str) -> Iterator[Visit]:
    """Every crawl of a portal, oldest first. Raises UsageError when the archive knows no such portal."""
    if connection.execute("SELECT 1 FROM portal WHERE slug = ?", (slug,)).fetchone() is None:
        raise UsageError(f"nothing of the portal {slug!r} is in this archive; `kyson status` shows which are")
    crawls = connection.execute(
        "SELECT c.id, c.status, c.reason, c.software, c.operator, c.settings FROM crawl c "
        "JOIN portal p ON p.id = c.portal_id WHERE p.slug = ? ORDER BY c.id",
        (slug,),
    ).fetchall()
    for crawl_id, status, reason, software, operator, settings in crawls:
        counts = _counted(connection, crawl_id)
        told = json.loads(settings)
        yield Visit(
            portal=slug,
            crawl=crawl_id,
            status=status,
            reason=reason,
            user_agent=told.get("user-agent") or software or "",
            contact=operator,
            delay=told.get("delay"),
            first=moment(counts.first) if counts.first else None,
            last=moment(counts.last) if counts.last else None,
            requests=counts.requests,
            bytes=counts.bytes,
            most_a_minute=max(counts.minutes.values(), default=0),
            hosts=dict(counts.hosts.most_common()),
            errors=dict(sorted(counts.errors.items())),
            hours=dict(sorted(counts.hours.items())),
            robots=tuple(counts.robots),
            completeness=completeness.of(connection, crawl_id),
        )


def _counted(connection: sqlite3.Connection, crawl_id: int) -> _Counts:
    counts = _Counts()
    for row in connection.execute(
        "SELECT u.url, c.time, iif(c.not_modified, 304, c.status), iif(c.not_modified, 0, c.bytes), c.sha256, c.truncated, c.kind FROM capture c "
        "JOIN url u ON u.id = c.url_id WHERE c.crawl_id = ? ORDER BY c.time, c.id",
        (crawl_id,),
    ):
        counts.add(*row)
    return counts
