"""Signs that a portal is dying: what was seen, where the evidence is, when it was first and last seen.

How they are recognised is the caller's matter; here is kept what was seen, and told what becomes of a portal by it. Every
function that writes expects to run within a transaction of the caller.
"""

import sqlite3
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import frozen

from archive.schema import moment, stamp, storable

_LONGEST = 500
_FRESH = timedelta(days=7)
"""So long before a sign everything may have been asked for without being asked for once more."""


@frozen(kw_only=True)
class Kind:
    """What a kind of sign says of a portal."""

    firm: timedelta = timedelta()
    """For how long it has to be seen before anybody hears of it."""

    gone: timedelta | None = None
    """For how long it has to be seen before the portal is gone by it; None for a sign of a portal that is still there."""

    hastens: bool = False
    """Whether there is something left that a full crawl could save."""


KINDS: Mapping[str, Kind] = {
    "dns": Kind(firm=timedelta(hours=1), gone=timedelta(days=1)),
    "unreachable": Kind(firm=timedelta(days=2), gone=timedelta(days=7)),
    "unanswered": Kind(firm=timedelta(days=2), gone=timedelta(days=7)),
    "parked": Kind(gone=timedelta(days=1)),
    "absent": Kind(gone=timedelta(days=2), hastens=True),
    "moved": Kind(gone=timedelta(days=1), hastens=True),
    "closing": Kind(hastens=True),
    "frozen": Kind(hastens=True),
    "certificate": Kind(hastens=True),
    "untrusted": Kind(firm=timedelta(hours=1)),
}
"""All of them: the name is not known any more; the host takes no connection; no page answers a crawl; the home page is that of a
parked domain, is not there, or leads to another portal; a notice of closing; the newest article is unusually old; the
certificate ends soon, or proves nothing."""


@frozen(kw_only=True)
class Seen:
    """Something that was seen, as whoever recognised it tells it."""

    kind: str
    """One of `KINDS`."""

    about: str
    """The host or address."""

    text: str
    """What was seen there, as it stood: an address, a sentence, what the resolver said."""

    capture: int | None = None
    """The id of the capture that shows it; None for what no capture can show."""


@frozen(kw_only=True)
class Sign:
    """A sign as it is kept."""

    id: int
    portal: str
    kind: str
    about: str
    seen: str
    first: datetime
    """Aware, UTC, as all times here."""

    last: datetime
    times: int
    ended: datetime | None
    """Since when it is seen no more; None while it is."""

    told: datetime | None
    """When people heard of it; None before."""

    told_gone: datetime | None
    """When people heard that the portal is gone by it; None before."""

    run: int | None
    """The full crawl that was asked for because of it; None when none was."""

    url: str | None
    """With the next two the capture that shows it; None where none does."""

    warc: str | None
    offset: int | None

    @property
    def is_firm(self) -> bool:
        """Whether it was seen for long enough to be more than a mischance."""
        return self._lasts(KINDS[self.kind].firm)

    @property
    def is_end(self) -> bool:
        """Whether a portal of which nothing came meanwhile is gone by it."""
        gone = KINDS[self.kind].gone
        return gone is not None and self._lasts(gone)

    def to_json(self) -> dict[str, Any]:
        """The sign as JSON."""
        return {
            "kind": self.kind,
            "about": self.about,
            "seen": self.seen,
            "first": _iso(self.first),
            "last": _iso(self.last),
            "times": self.times,
            "ended": _iso(self.ended) if self.ended else None,
            "run": self.run,
            "capture": {"url": self.url, "warc": self.warc, "offset": self.offset} if self.warc else None,
        }

    def _lasts(self, time: timedelta) -> bool:
        return not time or (self.times > 1 and self.last - self.first >= time)


def keep(
    connection: sqlite3.Connection,
    slug: str,
    seen: Iterable[Seen],
    now: datetime,
    *,
    judged: Collection[str],
    about: Collection[str] | None = None,
) -> None:
    """Write down what was seen of a portal.

    Signs of the kinds that were `judged` and were not seen again have ended: all of them, or those `about` some hosts.
    """
    portal = portal_id(connection, slug)
    current = set()
    for sign in seen:
        where, text = storable(sign.about)[:_LONGEST], storable(sign.text)[:_LONGEST]
        connection.execute(
            "INSERT INTO sign (portal_id, kind, about, seen, capture_id, first, last) VALUES (?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (portal_id, kind, about) WHERE ended IS NULL DO UPDATE SET seen = excluded.seen, "
            "last = excluded.last, times = times + 1, capture_id = coalesce(excluded.capture_id, capture_id)",
            (portal, sign.kind, where, text, sign.capture, stamp(now), stamp(now)),
        )
        current.add((sign.kind, where))
    for number, kind, where in connection.execute(
        "SELECT id, kind, about FROM sign WHERE portal_id = ? AND ended IS NULL", (portal,)
    ).fetchall():
        if kind in judged and (about is None or where in about) and (kind, where) not in current:
            connection.execute("UPDATE sign SET ended = ? WHERE id = ?", (stamp(now), number))


def of(connection: sqlite3.Connection, slug: str, *, ended: bool = False) -> tuple[Sign, ...]:
    """The signs of a portal that are seen still, oldest first; with those that ended, if asked."""
    rows = connection.execute(
        "SELECT s.id, p.slug, s.kind, s.about, s.seen, s.first, s.last, s.times, s.ended, s.told, s.told_gone, s.run_id, "
        "u.url, w.name, c.offset FROM sign s JOIN portal p ON p.id = s.portal_id LEFT JOIN capture c ON c.id = s.capture_id "
        "LEFT JOIN url u ON u.id = c.url_id LEFT JOIN warc w ON w.id = c.warc_id "
        "WHERE p.slug = ? AND (? OR s.ended IS NULL) ORDER BY s.id",
        (slug, ended),
    )
    return tuple(_sign(*row) for row in rows)


def fate(connection: sqlite3.Connection, slug: str) -> str:
    """What becomes of a portal: `well`, `dying`, or `gone` when a sign of that lasts and no crawl read anything meanwhile."""
    current = [sign for sign in of(connection, slug) if sign.is_firm]
    if any(sign.is_end and not _read_since(connection, slug, sign.first) for sign in current):
        return "gone"
    return "dying" if current else "well"


def portals(connection: sqlite3.Connection) -> tuple[str, ...]:
    """The portals of which any sign is seen."""
    rows = connection.execute(
        "SELECT DISTINCT p.slug FROM sign s JOIN portal p ON p.id = s.portal_id WHERE s.ended IS NULL ORDER BY 1"
    )
    return tuple(slug for (slug,) in rows)


def unhurried(connection: sqlite3.Connection) -> dict[str, tuple[Sign, ...]]:
    """By portal the signs for which a full crawl is yet to be asked for; none is where everything has just been."""
    found: dict[str, tuple[Sign, ...]] = {}
    for slug in portals(connection):
        hurrying = (sign for sign in of(connection, slug) if sign.run is None and KINDS[sign.kind].hastens)
        if needing := tuple(sign for sign in hurrying if not _was_saved(connection, slug, sign.first - _FRESH)):
            found[slug] = needing
    return found


def answer(connection: sqlite3.Connection, hurrying: Iterable[Sign], run: int) -> None:
    """Write down which run is the full crawl that signs asked for."""
    for sign in hurrying:
        connection.execute("UPDATE sign SET run_id = ? WHERE id = ?", (run, sign.id))


def tell(connection: sqlite3.Connection, told: Iterable[Sign], now: datetime, *, gone: bool) -> None:
    """Write down that people heard of signs, and whether that was that the portal is gone."""
    for sign in told:
        connection.execute(
            "UPDATE sign SET told = coalesce(told, ?), told_gone = iif(?, ?, told_gone) WHERE id = ?",
            (stamp(now), gone, stamp(now), sign.id),
        )


def portal_id(connection: sqlite3.Connection, slug: str) -> int | None:
    """The row of a portal; None when none was crawled by that name."""
    row = connection.execute("SELECT id FROM portal WHERE slug = ?", (slug,)).fetchone()
    return None if row is None else int(row[0])


def _was_saved(connection: sqlite3.Connection, slug: str, since: datetime) -> bool:
    """Whether a crawl that began later asked for everything, as the first one does, and came to its end."""
    return (
        connection.execute(
            "SELECT 1 FROM crawl k JOIN portal p ON p.id = k.portal_id WHERE p.slug = ? AND k.started > ? AND k.status = 'finished' "
            "AND k.articles > 0 AND json_extract(k.settings, '$.\"max-pages\"') IS NULL AND (json_extract(k.settings, '$.again') = 'all' "
            "OR NOT EXISTS (SELECT 1 FROM crawl e WHERE e.portal_id = k.portal_id AND e.id < k.id AND e.status = 'finished'))",
            (slug, stamp(since)),
        ).fetchone()
        is not None
    )


def _read_since(connection: sqlite3.Connection, slug: str, since: datetime) -> bool:
    """Whether a crawl that began later came to its end with articles."""
    return (
        connection.execute(
            "SELECT 1 FROM crawl k JOIN portal p ON p.id = k.portal_id "
            "WHERE p.slug = ? AND k.started > ? AND k.status = 'finished' AND k.articles > 0",
            (slug, stamp(since)),
        ).fetchone()
        is not None
    )


def _sign(number: int, portal: str, kind: str, about: str, seen: str, first: str, last: str, *facts: Any) -> Sign:
    times, ended, told, told_gone, run, url, warc, offset = facts
    return Sign(
        id=number,
        portal=portal,
        kind=kind,
        about=about,
        seen=seen,
        first=moment(first),
        last=moment(last),
        times=times,
        ended=_moment(ended),
        told=_moment(told),
        told_gone=_moment(told_gone),
        run=run,
        url=url,
        warc=warc,
        offset=offset,
    )


def _moment(text: str | None) -> datetime | None:
    return moment(text) if text else None


def _iso(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"
