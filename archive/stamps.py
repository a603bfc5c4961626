"""Dates of publication that are none: one stamp on dozens of articles is when a site was built or moved."""

import sqlite3
from collections import defaultdict
from statistics import median

from attrs import frozen

_MOST_AT_ONE_MINUTE = 11
_MOST_ON_ONE_DAY = 23
_TIMES_THE_USUAL_DAY = 10


@frozen(kw_only=True)
class Stamp:
    """A date that unusually many articles of one portal share."""

    portal: str
    published: str
    """As in `Article.published`, to the second or to the day."""

    articles: int
    """How many articles bear it in their latest version."""


def stamps(connection: sqlite3.Connection, portal: str | None = None) -> tuple[Stamp, ...]:
    """The suspicious dates of a portal, or of all, the commonest first.

    Twelve articles at one time of day are no coincidence. A day without a time needs twenty-four, and ten times what is
    usual on that portal's days: busy portals publish much on any day.
    """
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for slug, published, articles in connection.execute(
        "SELECT p.slug, r.published, count(*) FROM article a JOIN portal p ON p.id = a.portal_id "
        "JOIN version v ON v.article_id = a.id AND v.n = (SELECT max(n) FROM version WHERE article_id = a.id) "
        "JOIN reading r ON r.id = v.reading_id "
        "WHERE length(r.published) >= 10 AND p.slug = coalesce(?, p.slug) GROUP BY p.slug, r.published",
        (portal,),
    ):
        counts[slug][published] = articles
    found = [
        Stamp(portal=slug, published=published, articles=articles)
        for slug, dates in counts.items()
        for published, articles in dates.items()
        if articles > (_MOST_AT_ONE_MINUTE if "T" in published else _most_on_a_day(dates))
    ]
    return tuple(sorted(found, key=lambda stamp: (-stamp.articles, stamp.portal, stamp.published)))


def _most_on_a_day(dates: dict[str, int]) -> float:
    """How many articles may share a day on a portal before the day is a stamp."""
    days: dict[str, int] = defaultdict(int)
    for published, articles in dates.items():
        days[published[:10]] += articles
    return max(_MOST_ON_ONE_DAY, _TIMES_THE_USUAL_DAY * median(days.values()))
