"""Whether a portal has fallen silent: its newest article is older than the portal ever paused for."""

import sqlite3
from collections.abc import Collection
from datetime import date, datetime, timedelta
from itertools import pairwise

from attrs import frozen

from archive.vietnam import VIETNAM

_LATELY = timedelta(days=3 * 365)
"""How far back pauses count: of what is older than that the dates are often wrong, and the portal was another."""

_LEAST_DAYS = 20
_TIMES, _LEAST = 2, timedelta(days=30)


@frozen(kw_only=True)
class Silence:
    """A silence that is unusual."""

    newest: date
    """The day of the newest article."""

    looked: date
    """The day on which nothing newer was found."""

    longest: timedelta
    """The longest pause between two days with articles in the three years before."""

    capture: int
    """The id of a capture of the newest article."""

    def __str__(self) -> str:
        return f"{self.newest} ({(self.looked - self.newest).days} d > {self.longest.days} d)"


def of(connection: sqlite3.Connection, slug: str, looked: datetime) -> Silence | None:
    """The silence of a portal that was crawled at an aware moment; None when it is not longer than twice what is usual."""
    today = looked.astimezone(VIETNAM).date()
    rows = connection.execute(
        "SELECT substr(d.published, 1, 10), max(v.capture_id) FROM search_doc d JOIN portal p ON p.id = d.portal_id "
        "JOIN version v ON v.article_id = d.article_id "
        "WHERE p.slug = ? AND d.published GLOB '????-??-??*' AND substr(d.published, 1, 10) <= ? GROUP BY 1",
        (slug, str(today)),
    )
    days = {date.fromisoformat(day): capture for day, capture in rows}
    longest = longest_pause(days, today)
    if longest is None:
        return None
    newest = max(days)
    return Silence(newest=newest, looked=today, longest=longest, capture=days[newest])


def longest_pause(days: Collection[date], today: date) -> timedelta | None:
    """The longest pause between days of publication, when the time since the last of them is unusual beside it; else None."""
    if not days:
        return None
    newest = max(days)
    lately = sorted(day for day in days if day > newest - _LATELY)
    if len(lately) < _LEAST_DAYS:
        return None
    longest = max(later - earlier for earlier, later in pairwise(lately))
    return longest if today - newest > max(_TIMES * longest, _LEAST) else None
