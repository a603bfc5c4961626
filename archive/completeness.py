"""How much of a portal a crawl may have missed, with the reasons for it: never more precise than what was seen allows.

It is estimated from the frontier of the crawl, from the numbers in addresses, and from what lists print of themselves, and
kept in the archive's diary.
"""

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

from attrs import frozen

KIND = "completeness"
"""The kind of the event in the diary."""

_LEAST_NUMBERED = 20
_TIGHT = 0.5
"""The share of the numbers in a range that has to be known before the others say anything."""

_NUMBER = re.compile(r"(?:^|\D)(\d{1,12})(?:\.[a-z]{2,5})?$")
_NOT_THERE = (
    "(f.reason LIKE 'HTTP 404%' OR f.reason LIKE 'HTTP 410%' OR f.reason LIKE 'nothing stands there%' "
    "OR f.reason LIKE 'no article stands there%' OR f.reason LIKE 'another address of an article%')"
)
_NAMED = f"""
    SELECT count(DISTINCT f.key) FROM frontier f WHERE f.crawl_id = :crawl AND f.kind = 'page' AND f.key IS NOT NULL
    AND f.state IN ('done', 'refused') AND f.reason IS NOT NULL AND NOT {_NOT_THERE}
    AND f.key NOT IN (SELECT key FROM article WHERE portal_id = :portal)"""  # noqa: S608  constants
_UNNAMED = f"""
    SELECT count(*) FROM frontier f LEFT JOIN capture c ON c.id = f.capture_id WHERE f.crawl_id = :crawl
    AND f.kind = 'page' AND f.key IS NULL AND f.state IN ('done', 'refused') AND f.tries > 0 AND f.reason IS NOT NULL
    AND coalesce(c.status, 0) <> 200 AND NOT {_NOT_THERE}"""  # noqa: S608  constants
_WAITING = "SELECT count(*) FROM frontier WHERE crawl_id = :crawl AND kind = 'page' AND state IN ('pending', 'leased')"
_SITEMAPS = """
    SELECT count(*), coalesce(sum(f.reason LIKE 'kept already%' OR EXISTS (
        SELECT 1 FROM reading_capture rc WHERE rc.capture_id = f.capture_id)), 0)
    FROM frontier f WHERE f.crawl_id = :crawl AND f.kind = 'page' AND f.hops LIKE '%M'"""


@frozen(kw_only=True)
class Reason:
    """One thing that was seen, and how many articles may be missing by it."""

    text: str
    least: int = 0
    """How many are missing if it is to be believed."""

    most: int | None = 0
    """How many may be, at most; None when nobody can say."""


@frozen(kw_only=True)
class Completeness:
    """What one crawl came to, and what it may have missed."""

    articles: int
    """Articles of the portal in the archive when it ended."""

    least: int
    """How many more there are, at least, as far as anything tells."""

    most: int | None
    """How many more there may be, at most, as far as anything tells; None when nobody can say."""

    reasons: tuple[str, ...]

    @property
    def verdict(self) -> str:
        """The estimate in words."""
        if self.most is None:
            return f"at least {self.least:,} more" if self.least else "nobody can say how many more there are"
        if not self.most:
            return "nothing seen tells of any more"
        return f"at most {self.most:,} more" if not self.least else f"{self.least:,} to {self.most:,} more"

    def to_json(self) -> dict[str, Any]:
        """The estimate as JSON."""
        return {"articles": self.articles, "least": self.least, "most": self.most, "reasons": list(self.reasons)}


def estimate(connection: sqlite3.Connection, crawl_id: int, listed: Iterable[Reason]) -> Completeness:
    """What a crawl has missed, as far as anything tells; `listed` is what its lists said of themselves."""
    (portal,) = connection.execute("SELECT portal_id FROM crawl WHERE id = ?", (crawl_id,)).fetchone()
    keys = [key for (key,) in connection.execute("SELECT key FROM article WHERE portal_id = ?", (portal,))]
    reasons = [*_asked(connection, {"crawl": crawl_id, "portal": portal}), *listed, *_numbers(keys)]
    bounds = [reason.most for reason in reasons]
    least = max((reason.least for reason in reasons), default=0)
    return Completeness(
        articles=len(keys),
        least=least,
        most=None if None in bounds else max(least, sum(bound or 0 for bound in bounds)),
        reasons=tuple(reason.text for reason in reasons),
    )


def of(connection: sqlite3.Connection, crawl_id: int) -> Completeness | None:
    """The estimate of a crawl as it stands in the diary; None for one that made none."""
    row = connection.execute(
        "SELECT detail FROM event WHERE kind = ? AND object = ? ORDER BY id DESC LIMIT 1", (KIND, f"crawl {crawl_id}")
    ).fetchone()
    if row is None:
        return None
    told = json.loads(row[0])
    return Completeness(
        articles=told["articles"], least=told["least"], most=told["most"], reasons=tuple(told["reasons"])
    )


def _asked(connection: sqlite3.Connection, asked: dict[str, int]) -> Iterator[Reason]:
    """What the frontier of a crawl tells."""
    (waiting,) = connection.execute(_WAITING, asked).fetchone()
    if waiting:
        yield Reason(text=f"{_count(waiting, 'address', 'addresses')} of pages not asked for yet", most=None)
    (named,) = connection.execute(_NAMED, asked).fetchone()
    if named:
        text = f"{_count(named, 'address', 'addresses')} of articles that could not be read or not be asked for"
        yield Reason(text=text, least=named, most=named)
    (unnamed,) = connection.execute(_UNNAMED, asked).fetchone()
    if unnamed:
        text = f"{_count(unnamed, 'page', 'pages')} that did not come: articles, or lists of them, or neither"
        yield Reason(text=text, most=None)
    total, kept = connection.execute(_SITEMAPS, asked).fetchone()
    if total:
        yield Reason(
            text=f"sitemaps were the first to name {_count(total, 'address', 'addresses')}, of which {kept:,} are kept as articles"
        )


def _numbers(keys: Iterable[str]) -> Iterator[Reason]:
    """What the numbers in addresses tell: where nearly all between the least and the greatest are known, what lacks."""
    numbers = {int(found[1]) for key in keys if (found := _NUMBER.search(key))}
    if len(numbers) < _LEAST_NUMBERED:
        return
    first, last = min(numbers), max(numbers)
    gaps = last - first + 1 - len(numbers)
    told = f"the numbers in the addresses of articles run from {first} to {last}"
    if not gaps:
        yield Reason(text=f"{told}, without a gap")
    elif len(numbers) >= _TIGHT * (last - first + 1):
        text = f"{told}, and {gaps:,} between them are of none that is known; drafts, what was deleted and what is no article have numbers too"
        yield Reason(text=text, most=gaps)
    else:
        share = len(numbers) / (last - first + 1)
        yield Reason(text=f"{told}, of which {share:.1%} are known: others use them too, so that the gaps say nothing")


def _count(number: int, one: str, more: str) -> str:
    return f"{number:,} {one if number == 1 else more}"
