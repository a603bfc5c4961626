"""Which share of a crawl's articles had each field, against what that portal's crawls used to find, of the same section.

A portal that changes its design breaks its reader without a sound: every page still answers, and nothing on it is found.
The functions that write run within a transaction of the caller.
"""

import sqlite3
from collections.abc import Mapping
from statistics import median
from typing import Any

from attrs import field, frozen

from archive import repeats, stamps
from archive.repeats import Repeat
from archive.stamps import Stamp

FIELDS = ("title", "text", "published", "lead", "byline", "source", "section", "images", "captions", "attachments")
"""What is counted: `text` is running text, `published` a date that the page shows, `captions` those of articles with images.

A title or lead that more articles of the crawl share than `archive.repeats` allows is none.
"""

_USUAL = 0.5
_FALL = 0.5
_LEAST_EXPECTED = 8
_REMEMBERED = 5

_COUNT = """
    WITH newest AS (
        SELECT max(rc.reading_id) AS id FROM capture c
        JOIN reading_capture rc ON rc.capture_id = c.id JOIN reading r ON r.id = rc.reading_id
        WHERE c.crawl_id = :crawl GROUP BY r.article_id
    ),
    few AS (SELECT max(:most, :share * count(*)) AS articles FROM newest),
    titles AS (
        SELECT r.title FROM newest n JOIN reading r ON r.id = n.id GROUP BY r.title
        HAVING count(*) <= (SELECT articles FROM few)
    ),
    leads AS (
        SELECT r.lead FROM newest n JOIN reading r ON r.id = n.id WHERE r.lead IS NOT NULL GROUP BY r.lead
        HAVING count(*) <= (SELECT articles FROM few)
    )
    SELECT count(*), sum(r.title <> '' AND r.title IN titles), sum(r.body <> ''), sum(r.published IS NOT NULL AND r.published_source = 'page'),
        sum(r.lead IS NOT NULL AND r.lead IN leads), sum(r.byline IS NOT NULL), sum(r.source IS NOT NULL), sum(r.section IS NOT NULL),
        sum(EXISTS (SELECT 1 FROM image i WHERE i.reading_id = r.id)),
        sum(EXISTS (SELECT 1 FROM image i WHERE i.reading_id = r.id AND i.caption IS NOT NULL)),
        sum(EXISTS (SELECT 1 FROM attachment t WHERE t.reading_id = r.id))
    FROM newest n JOIN reading r ON r.id = n.id"""

_PAST = """
    SELECT v.field, v.found, v.total FROM coverage v WHERE v.crawl_id IN (
        SELECT DISTINCT k.id FROM crawl k JOIN coverage o ON o.crawl_id = k.id
        WHERE (k.portal_id, json_extract(k.settings, '$.section')) IS
            (SELECT portal_id, json_extract(settings, '$.section') FROM crawl WHERE id = :crawl) AND k.id < :crawl
        ORDER BY k.id DESC LIMIT :limit
    ) AND v.total > 0"""


@frozen(kw_only=True)
class Share:
    """How many articles had one field."""

    found: int
    total: int
    """Of how many."""

    usual: float | None = None
    """The median share in this portal's last crawls; None when there was none."""

    @property
    def share(self) -> float:
        """Between 0 and 1; 0 where nothing could have it."""
        return self.found / self.total if self.total else 0.0

    @property
    def has_fallen(self) -> bool:
        """Whether a field that most articles had is under half of what it was, and not by the chance of few articles."""
        if self.usual is None or self.usual < _USUAL or self.usual * self.total < _LEAST_EXPECTED:
            return False
        return self.share < self.usual * _FALL


@frozen(kw_only=True)
class Coverage:
    """What one crawl found of each field."""

    shares: Mapping[str, Share] = field(factory=dict)
    """By the names in `FIELDS`."""

    stamps: tuple[Stamp, ...] = ()
    """Dates that so many articles of the portal share that they are hardly dates of publication."""

    repeats: tuple[Repeat, ...] = ()
    """Titles and leads that so many articles of the portal share that they are hardly theirs."""

    @property
    def fallen(self) -> tuple[str, ...]:
        """The fields that are missing where they used to stand."""
        return tuple(name for name, share in self.shares.items() if share.has_fallen)

    @property
    def complaint(self) -> str | None:
        """What has fallen, with its figures, in words; None when nothing has."""
        parts = [
            f"{name} on {share.found:,} of {share.total:,} articles ({share.share:.0%}), where {share.usual:.0%} had it"
            for name, share in self.shares.items()
            if share.has_fallen
        ]
        return f"the reader finds {'; '.join(parts)}: the portal seems to have a new design" if parts else None

    def to_json(self) -> dict[str, Any]:
        """The coverage as it stands in the JSON of `kyson status`."""
        return {
            "fields": {
                name: {
                    "found": share.found,
                    "total": share.total,
                    "share": round(share.share, 3),
                    "usual": None if share.usual is None else round(share.usual, 3),
                }
                for name, share in self.shares.items()
            },
            "fallen": list(self.fallen),
            "stamped": [{"published": stamp.published, "articles": stamp.articles} for stamp in self.stamps],
            "repeated": [
                {"field": repeat.field, "text": repeat.text, "articles": repeat.articles} for repeat in self.repeats
            ],
        }


def take(connection: sqlite3.Connection, crawl_id: int, *, unread: int = 0) -> Coverage:
    """Count what a crawl found, and write it down.

    unread: pages at addresses of articles on which no article could be read; no field was found on them.
    """
    asked = {"crawl": crawl_id, "most": repeats.MOST, "share": repeats.MOST_OF_ALL}
    read, *found = (number or 0 for number in connection.execute(_COUNT, asked).fetchone())
    counted = dict(zip(FIELDS, found, strict=True))
    total = read + unread
    connection.executemany(
        "INSERT INTO coverage (crawl_id, field, found, total) VALUES (?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET found = excluded.found, total = excluded.total",
        [
            (crawl_id, name, number, counted["images"] if name == "captions" else total)
            for name, number in counted.items()
        ],
    )
    return load(connection, crawl_id)


def load(connection: sqlite3.Connection, crawl_id: int) -> Coverage:
    """What was written down of a crawl, beside what was usual before it; without shares when nothing was.

    Crawls that failed over their coverage count as well: what is missing five times over is what the portal has become.
    """
    past: dict[str, list[float]] = {}
    for name, found, total in connection.execute(_PAST, {"crawl": crawl_id, "limit": _REMEMBERED}):
        past.setdefault(name, []).append(found / total)
    rows = connection.execute("SELECT field, found, total FROM coverage WHERE crawl_id = ?", (crawl_id,)).fetchall()
    counted = {name: (found, total) for name, found, total in rows}
    slug = connection.execute(
        "SELECT p.slug FROM crawl k JOIN portal p ON p.id = k.portal_id WHERE k.id = ?", (crawl_id,)
    ).fetchone()
    return Coverage(
        shares={
            name: Share(
                found=counted[name][0],
                total=counted[name][1],
                usual=median(past[name]) if name in past else None,
            )
            for name in FIELDS
            if name in counted
        },
        stamps=stamps.stamps(connection, slug[0]) if slug and counted else (),
        repeats=repeats.repeats(connection, slug[0]) if slug and counted else (),
    )
