"""Titles and leads that are none: one text on dozens of articles is read from what stands around all of them."""

import sqlite3

from attrs import frozen

MOST = 11
"""How many articles may share a text whatever there are."""

MOST_OF_ALL = 0.1
"""Which share of all may: notices of every week are called the same."""


@frozen(kw_only=True)
class Repeat:
    """A title or lead that unusually many articles of one portal share."""

    field: str
    """`title` or `lead`."""

    text: str
    articles: int
    """How many articles have it in their latest version."""


def repeats(connection: sqlite3.Connection, portal: str) -> tuple[Repeat, ...]:
    """The suspicious titles and leads of a portal, the commonest first."""
    rows = connection.execute(
        "WITH latest AS (SELECT r.title, r.lead FROM article a JOIN portal p ON p.id = a.portal_id "
        "JOIN version v ON v.article_id = a.id AND v.n = (SELECT max(n) FROM version WHERE article_id = a.id) "
        "JOIN reading r ON r.id = v.reading_id WHERE p.slug = :portal), "
        "told AS (SELECT 'title' AS field, title AS text FROM latest UNION ALL SELECT 'lead', lead FROM latest) "
        "SELECT field, text, count(*) AS articles FROM told WHERE text <> '' GROUP BY field, text "
        "HAVING articles > max(:most, :share * (SELECT count(*) FROM latest)) ORDER BY articles DESC, field, text",
        {"portal": portal, "most": MOST, "share": MOST_OF_ALL},
    )
    return tuple(Repeat(field=field, text=text, articles=articles) for field, text, articles in rows)
