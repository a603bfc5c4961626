"""When the new articles of a portal are too few to be chance, and when its fields have fallen."""

import sqlite3
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from math import exp, log1p, sqrt
from statistics import median

from attrs import frozen

from archive import coverage
from archive.schema import moment
from archive.vietnam import VIETNAM

_REMEMBERED = 12
_LEAST_REMEMBERED = 6
_FEW = 0.4
_SCATTERS, _CHANCES = 2.5, 2.4
_TO_NORMAL = 1.4826
"""What makes of a median deviation a standard one, for what is scattered normally."""

_NO_WONDER = 4
"""Of what is usual one in so many may be as few; more, and it is no wonder."""

_NEW_USUAL = 8
"""After so many alarms in a row they count as well, so that what goes on becomes usual."""

_BEFORE = timedelta(hours=12)
"""How long before a crawl the middle of the day lies whose news it brings: at two in the night that is yesterday."""

_SATURDAY = 5


def too_few(counts: Sequence[int]) -> tuple[bool, ...]:
    """Of each count, oldest first, whether it is unusually few after those before it.

    It is under two fifths of their median, further below it than these scatter, and than chance would have it, and hardly any of
    them were as few. Those that were too few themselves are no measure, unless that goes on: then they become what is usual.
    """
    usual: list[int] = []
    alarms: list[int] = []
    found = []
    for count in counts:
        is_few = _is_few(count, usual[-_REMEMBERED:])
        found.append(is_few)
        alarms = [*alarms, count] if is_few else []
        if len(alarms) >= _NEW_USUAL:
            usual, alarms = [*usual, *alarms], []
        elif not is_few:
            usual.append(count)
    return tuple(found)


@frozen(kw_only=True)
class Few:
    """A crawl that brought unusually few new articles after those of the same kind of day."""

    count: int
    before: tuple[int, ...]
    """What those brought, oldest first."""

    is_weekend: bool
    """Whether it is measured by Saturdays and Sundays; else by working days."""


def few(connection: sqlite3.Connection, portal: str, crawl: int) -> Few | None:
    """What a crawl of a portal brought, if that is unusually few for such a day; None when it is not, or is not counted.

    Most portals publish nothing at weekends, so that crawls which bring the news of a working day are compared with their like, and
    those of a Saturday or Sunday with theirs; while there are too few of that kind, nothing is unusual.
    """
    counts = new_articles(connection, portal)
    if crawl not in counts:
        return None
    is_weekend = _weekends(connection, portal)
    alike = {
        other: count
        for other, count in counts.items()
        if other <= crawl and is_weekend[other] == is_weekend[crawl]
    }  # fmt: skip
    *before, count = alike.values()
    if not too_few((*before, count))[-1]:
        return None
    return Few(count=count, before=tuple(before), is_weekend=is_weekend[crawl])


def new_articles(connection: sqlite3.Connection, portal: str) -> dict[int, int]:
    """How many new articles each crawl of a portal has brought that came to its end, oldest first.

    Not the first one, to which all articles were new, nor those that were bound to a number of pages or to a section.
    """
    spans = connection.execute(  # both bounds in one subquery, which looks at each capture once
        "SELECT k.id, (SELECT min(time) || ' ' || max(time) FROM capture WHERE crawl_id = k.id) "
        "FROM crawl k JOIN portal p ON p.id = k.portal_id WHERE p.slug = ? AND k.status = 'finished' "
        "AND json_extract(k.settings, '$.\"max-pages\"') IS NULL AND json_extract(k.settings, '$.section') IS NULL ORDER BY k.id",
        (portal,),
    ).fetchall()
    rows = connection.execute(
        "SELECT first_seen FROM article a JOIN portal p ON p.id = a.portal_id WHERE p.slug = ?", (portal,)
    )
    seen = sorted(first_seen for (first_seen,) in rows)
    return {crawl: _within(seen, span) for crawl, span in spans[1:]}


@frozen(kw_only=True)
class Fallen:
    """Fields that a crawl found on far fewer articles than was usual."""

    crawl: int
    started: datetime
    """Aware, UTC."""

    fields: tuple[str, ...]
    text: str
    """What has fallen, with its figures."""


def fallen_anew(connection: sqlite3.Connection, portal: str) -> Fallen | None:
    """What fell in the last crawl of a portal that counted its fields; None when nothing did that had not before."""
    rows = connection.execute(
        "SELECT k.id, k.started FROM crawl k JOIN portal p ON p.id = k.portal_id WHERE p.slug = ? "
        "AND EXISTS (SELECT 1 FROM coverage WHERE crawl_id = k.id) ORDER BY k.id DESC LIMIT 2",
        (portal,),
    ).fetchall()
    if not rows:
        return None
    (crawl, started), *earlier = rows
    last = coverage.load(connection, crawl)
    known = {name for before, _ in earlier for name in coverage.load(connection, before).fallen}
    if last.complaint is None or set(last.fallen) <= known:
        return None
    return Fallen(crawl=crawl, started=moment(started), fields=last.fallen, text=last.complaint)


def _weekends(connection: sqlite3.Connection, portal: str) -> dict[int, bool]:
    """Of each crawl of a portal, whether the day whose news it brings is a Saturday or Sunday in Vietnam."""
    rows = connection.execute(
        "SELECT k.id, k.started FROM crawl k JOIN portal p ON p.id = k.portal_id WHERE p.slug = ?", (portal,)
    )
    return {crawl: (moment(started).astimezone(VIETNAM) - _BEFORE).weekday() >= _SATURDAY for crawl, started in rows}


def _within(seen: Sequence[str], span: str | None) -> int:
    """How many of the times, in their order, lie in a span; None for one without any time."""
    first, last = span.split() if span else ("", "")
    return bisect_right(seen, last) - bisect_left(seen, first)


def _is_few(count: int, usual: Sequence[int]) -> bool:
    if len(usual) < _LEAST_REMEMBERED:
        return False
    middle = median(usual)
    of_size = [log1p(other) for other in usual]
    scatter = _TO_NORMAL * median(abs(other - median(of_size)) for other in of_size)
    little = middle * min(_FEW, exp(-_SCATTERS * scatter))
    as_few = sum(other <= count for other in usual)
    return count < little and count < middle - _CHANCES * sqrt(middle) and as_few * _NO_WONDER <= len(usual)
