"""The date that a portal's lists or feeds gave for an article, as earlier crawls met it."""

import json
import sqlite3

from archive.schema import storable


def listed(connection: sqlite3.Connection, portal: str, key: str, source: str) -> str | None:
    """The date as a `list` or a `feed` gave it, from the newest reading that has one; None when none was ever met.

    A crawl may come to an article before it comes to its list: what is known of the date is not forgotten then.
    """
    row = connection.execute(
        "SELECT r.published_source, r.published_raw, r.published_evidence FROM reading r "
        "JOIN article a ON a.id = r.article_id JOIN portal p ON p.id = a.portal_id "
        "WHERE p.slug = :portal AND a.key = :key AND (r.published_source = :source OR EXISTS "
        "(SELECT 1 FROM json_each(r.published_evidence) WHERE json_extract(value, '$.source') = :source)) "
        "ORDER BY r.id DESC LIMIT 1",
        {"portal": portal, "key": storable(key), "source": source},
    ).fetchone()
    if row is None:
        return None
    chosen, raw, evidence = row
    if chosen == source:
        return str(raw)
    return next(str(other["raw"]) for other in json.loads(evidence) if other["source"] == source)
