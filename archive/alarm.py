"""When the new articles of a portal are too few to be chance, and when its fields have fallen."""

import sqlite3
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import datetime
from math import exp, log1p, sqrt
from statistics import median

from attrs import frozen

from archive import coverage
from archive.schema import moment

_REMEMBERED = 12
_LEAST_REMEMBERED = 6
_FEW = 0.4
_SCATTERS, _CHANCES = 2.5, 2.4
_TO_NORMAL = 1.4826
"""What makes of a median deviation a standard one, for what is scattered normally."""

_NEW_USUAL = 8
"""After so many alarms in a row they count as well, so that what goes on becomes usual."""


def too_few(counts: Sequence[int]) -> tuple[bool, ...]:
    """Of each count, oldest first, whether it is unusually few after those before it.

    It is under two fifths of their median, further below it than these scatter, and than chance would have it. Those that were
    too few themselves are no measure, unless that goes on: then they become what is usual.
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
    few = middle * min(_FEW, exp(-_SCATTERS * scatter))
    return count < few and count < middle - _CHANCES * sqrt(middle)
