"""How a capture, an article read from it, and the bytes it embeds come to be rows, and versions follow from them.

Every function expects to run within a transaction of the caller.
"""

import json
import sqlite3
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from archive import due, index, kept, versions
from archive.errors import UsageError
from archive.records import Article, Capture
from archive.schema import moment, stamp, storable
from archive.versions import Run, Sighting

Put = Callable[[sqlite3.Connection, int, int, int, Article | None], None]
"""As `index.put`."""

_MOST_REDIRECTS = 20
_KEPT_APART = ("ref", "url", "portal", "extractor", "partial", "mentions")


class Outcome(StrEnum):
    """What putting an article came to."""

    NEW = "new"
    EDITED = "edited"
    """Its content differs from that of its captures before and after."""

    UNCHANGED = "unchanged"


def put_capture(
    connection: sqlite3.Connection,
    crawl_id: int,
    capture: Capture,
    kind: str,
    *,
    known_warc: int | None = None,
    known_url: int | None = None,
) -> int:
    """The id of a new row for a capture; whoever knows the ids of its WARC and address saves looking them up."""
    row = connection.execute(
        "INSERT INTO capture (crawl_id, url_id, time, method, status, mime, digest, sha256, bytes, warc_id, offset, "
        "length, record_id, redirect_to, truncated, kind, not_modified, etag, last_modified, revisit_of) VALUES (?, ?, ?, "
        "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT id FROM capture WHERE record_id = ?)) RETURNING id",
        (
            crawl_id,
            known_url or id_of_url(connection, capture.url),
            stamp(capture.time),
            capture.method,
            capture.status,
            capture.mime,
            capture.digest,
            capture.sha256,
            capture.bytes,
            known_warc or id_of_warc(connection, crawl_id, capture.warc, capture.time),
            capture.offset,
            capture.length,
            capture.record_id,
            id_of_url(connection, capture.redirect_to) if capture.redirect_to else None,
            capture.truncated,
            kind,
            capture.not_modified,
            _text(capture.etag),
            _text(capture.last_modified),
            capture.revisit_of,
        ),
    ).fetchall()
    return int(row[0][0])


def id_of_warc(connection: sqlite3.Connection, crawl_id: int | None, name: str, time: datetime) -> int:
    """The id of the row of a WARC, which is made where there is none yet: of a crawl, or None, with its first record of that time."""
    connection.execute(
        "INSERT OR IGNORE INTO warc (name, crawl_id, created) VALUES (?, ?, ?)", (name, crawl_id, stamp(time))
    )
    (number,) = connection.execute("SELECT id FROM warc WHERE name = ?", (name,)).fetchone()
    return int(number)


def id_of_url(connection: sqlite3.Connection, url: str) -> int:
    """The id of the row of an address, which is made where there is none yet."""
    text = storable(url)
    row = connection.execute("SELECT id FROM url WHERE url = ?", (text,)).fetchone()
    row = row or connection.execute("INSERT INTO url (url) VALUES (?) RETURNING id", (text,)).fetchall()[0]
    return int(row[0])


def put_article(
    connection: sqlite3.Connection,
    crawl_id: int,
    page_id: int,
    article: Article,
    refused: Mapping[str, str],
    held: Collection[str] = (),
    put: Put = index.put,
) -> Outcome:
    """Keep what was read from the capture `page_id`; see `Archive.put_article`.

    held: addresses that it embeds and that are not asked for again, since their bytes are kept. put: lets searches find it.
    """
    article_id, is_new = _article(connection, crawl_id, page_id, article)
    before = len(kept.versions(connection, article_id))
    reading_id = _reading(connection, article_id, article)
    _link(connection, crawl_id, page_id, article, reading_id, refused, held)
    follow(connection, article_id, {reading_id: article}, put)
    if is_new:
        return Outcome.NEW
    return Outcome.EDITED if len(kept.versions(connection, article_id)) > before else Outcome.UNCHANGED


def read_again(
    connection: sqlite3.Connection, page_id: int, article: Article, refused: Mapping[str, str] | None = None
) -> int:
    """Let another reading stand for a capture; gives the id of the article, whose versions are still to `follow`.

    The newest reading of a capture counts. Where the new one is known from an earlier capture it is no newer, so the
    capture lets go of those that are, which themselves stay.
    """
    (crawl_id,) = connection.execute("SELECT crawl_id FROM capture WHERE id = ?", (page_id,)).fetchone()
    article_id, _ = _article(connection, crawl_id, page_id, article)
    reading_id = _reading(connection, article_id, article)
    connection.execute("DELETE FROM reading_capture WHERE capture_id = ? AND reading_id > ?", (page_id, reading_id))
    _link(connection, crawl_id, page_id, article, reading_id, refused or {})
    return article_id


def reading_digest(article: Article) -> str:
    """`sha256:` and hex over all that was read, whoever read it: two readings that share it say the same."""
    return _digest_of(article.to_json())


def _digest_of(whole: Mapping[str, Any]) -> str:
    return versions.digest_of({name: value for name, value in whole.items() if name not in _KEPT_APART})


def settle(
    connection: sqlite3.Connection,
    crawl_id: int,
    url: str,
    capture_id: int | None,
    reason: str | None,
    known: Mapping[int, Article] = {},
) -> None:
    """Tell every page of a crawl that waits for `url` what became of it; see `Archive.settle_embed`.

    known: articles that need not be looked up, by the id of their reading.
    """
    url_id = id_of_url(connection, url)
    waiting = connection.execute(
        "SELECT e.page_id FROM embed e JOIN capture p ON p.id = e.page_id "
        "WHERE e.url_id = ? AND e.status = 'waiting' AND p.crawl_id = ?",
        (url_id, crawl_id),
    ).fetchall()
    if capture_id is None or reason is not None:
        _settle_missing(connection, url_id, waiting, reason or "it was not captured")
    else:
        # pages that once had to do without these bytes have them now: a failure that passes makes no version
        waiting += connection.execute(
            "SELECT page_id FROM embed WHERE url_id = ? AND status = 'missing' AND capture_id IS NULL", (url_id,)
        ).fetchall()
        connection.execute(
            "UPDATE embed SET capture_id = ? WHERE url_id = ? AND status = 'missing' AND capture_id IS NULL",
            (capture_id, url_id),
        )
        connection.executemany(
            "UPDATE embed SET status = 'ok', reason = NULL, capture_id = ? "
            "WHERE url_id = ? AND page_id = ? AND status = 'waiting'",
            [(capture_id, url_id, page_id) for (page_id,) in waiting],
        )
    _review(connection, [page_id for (page_id,) in waiting], known)


def embed_fault(status: int, mime: str | None, size: int) -> str | None:
    """Why the answer for an image or file is not its bytes, or None; `size` is that of its payload."""
    if status != 200:
        return f"HTTP {status}"
    if mime == "text/html":
        return "the server sent a page instead"
    return None if size else "the server sent nothing"


def settle_leftovers(connection: sqlite3.Connection, crawl_id: int, reason: str) -> None:
    """Whatever a crawl's pages still wait for is missing, for one reason."""
    waiting = connection.execute(
        "SELECT e.page_id, e.url_id FROM embed e JOIN capture p ON p.id = e.page_id "
        "WHERE e.status = 'waiting' AND p.crawl_id = ?",
        (crawl_id,),
    ).fetchall()
    for page_id, url_id in waiting:
        _settle_missing(connection, url_id, [(page_id,)], reason)
    _review(connection, sorted({page_id for page_id, _ in waiting}))


def follow(
    connection: sqlite3.Connection, article_id: int, known: Mapping[int, Article] = {}, put: Put = index.put
) -> None:
    """Let versions, first and last sight, and search follow from what was captured and read of an article.

    known: articles that need not be looked up, by the id of their reading. put: lets searches find it.
    """
    runs = versions.runs(_sightings(connection, article_id))
    connection.executemany(
        "INSERT INTO version (article_id, n, since, until, content_digest, reading_id, capture_id, captures) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (article_id, n) DO UPDATE SET since = excluded.since, "
        "until = excluded.until, content_digest = excluded.content_digest, reading_id = excluded.reading_id, "
        "capture_id = excluded.capture_id, captures = excluded.captures",
        [_version_row(article_id, n, run) for n, run in enumerate(runs, 1)],
    )
    connection.execute("DELETE FROM version WHERE article_id = ? AND n > ?", (article_id, len(runs)))
    connection.execute(
        "UPDATE article SET first_seen = ?, last_seen = ? WHERE id = ?",
        (stamp(runs[0].since), stamp(runs[-1].until), article_id),
    )
    due.judge(connection, article_id)
    reading_id = runs[-1].reading_id
    portal_id = connection.execute("SELECT portal_id FROM article WHERE id = ?", (article_id,)).fetchone()[0]
    put(connection, article_id, portal_id, reading_id, known.get(reading_id))


def _article(connection: sqlite3.Connection, crawl_id: int, page_id: int, article: Article) -> tuple[int, bool]:
    """The id of the article's row, and whether it is new; its canonical address is the one seen last."""
    portal_id, slug = connection.execute(
        "SELECT p.id, p.slug FROM crawl c JOIN portal p ON p.id = c.portal_id WHERE c.id = ?", (crawl_id,)
    ).fetchone()
    if not article.key or article.portal not in {None, slug}:
        raise UsageError(
            f"an article of the portal {article.portal!r} with the key {article.key!r} cannot be kept by a crawl of "
            f"{slug}: {article.url}"
        )
    time = connection.execute("SELECT time FROM capture WHERE id = ?", (page_id,)).fetchone()[0]
    key = storable(article.key)
    url_id = id_of_url(connection, article.url) if article.url else None
    known = connection.execute(
        "SELECT id, last_seen FROM article WHERE portal_id = ? AND key = ?", (portal_id, key)
    ).fetchone()
    if known is None:
        row = connection.execute(
            "INSERT INTO article (ref, portal_id, key, url_id, first_seen, last_seen) VALUES (?, ?, ?, ?, ?, ?) "
            "RETURNING id",
            (f"{slug}/{key}", portal_id, key, url_id, time, time),
        ).fetchall()
        return int(row[0][0]), True
    article_id, last_seen = known
    if time >= last_seen:
        connection.execute("UPDATE article SET url_id = coalesce(?, url_id) WHERE id = ?", (url_id, article_id))
    return int(article_id), False


def _reading(connection: sqlite3.Connection, article_id: int, article: Article) -> int:
    """The id of the reading, which is the same as long as every word and address read is the same."""
    whole = article.to_json()
    digest = _digest_of(whole)
    known = connection.execute(
        "SELECT id FROM reading WHERE article_id = ? AND extractor = ? AND digest = ?",
        (article_id, article.extractor, digest),
    ).fetchone()
    if known:
        return int(known[0])
    facts = (
        article.extractor,
        digest,
        article.title,
        article.lead,
        article.byline,
        article.source,
        article.published,
        article.published_raw,
        article.published_source,
        article.section,
        article.language,
        json.dumps(whole["blocks"], ensure_ascii=False),
        "\n\n".join(article.paragraphs),
        json.dumps(whole["published_evidence"], ensure_ascii=False),
    )
    row = connection.execute(
        "INSERT INTO reading (article_id, extractor, digest, title, lead, byline, source, published, published_raw, "
        "published_source, section, language, blocks, body, published_evidence) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (article_id, *map(_text, facts)),
    ).fetchall()
    reading_id = int(row[0][0])
    connection.executemany(
        "INSERT INTO image (reading_id, position, url_id, caption, credit, alt, caption_source) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                reading_id,
                position,
                id_of_url(connection, image.src),
                *map(_text, (image.caption, image.credit, image.alt, image.caption_source)),
            )
            for position, image in enumerate(article.images)
        ],
    )
    connection.executemany(
        "INSERT INTO attachment (reading_id, position, url_id, label) VALUES (?, ?, ?, ?)",
        [
            (reading_id, position, id_of_url(connection, attachment.href), _text(attachment.label))
            for position, attachment in enumerate(article.attachments)
        ],
    )
    return reading_id


def _link(
    connection: sqlite3.Connection,
    crawl_id: int,
    page_id: int,
    article: Article,
    reading_id: int,
    refused: Mapping[str, str],
    held: Collection[str] = (),
) -> None:
    """Say what a capture shows: which reading, with which bytes behind the addresses in it."""
    _embeds(connection, crawl_id, page_id, article, refused, held)
    connection.execute(
        "INSERT INTO reading_capture (capture_id, reading_id, content_digest) VALUES (?, ?, ?) "
        "ON CONFLICT DO UPDATE SET content_digest = excluded.content_digest",
        (page_id, reading_id, _content_digest(connection, page_id, article)),
    )


def _embeds(
    connection: sqlite3.Connection,
    crawl_id: int,
    page_id: int,
    article: Article,
    refused: Mapping[str, str],
    held: Collection[str],
) -> None:
    """A row for each address the article embeds: refused, settled in this crawl already, or waiting."""
    addresses = [image.src for image in article.images] + [attachment.href for attachment in article.attachments]
    for address in dict.fromkeys(addresses):
        url_id = id_of_url(connection, address)
        fate = connection.execute(
            "SELECT e.status, e.reason, e.capture_id FROM embed e JOIN capture p ON p.id = e.page_id "
            "WHERE e.url_id = ? AND e.status <> 'waiting' AND p.crawl_id = ? "
            "AND e.page_id >= (SELECT min(id) FROM capture WHERE crawl_id = ?) ORDER BY e.page_id DESC LIMIT 1",
            (url_id, crawl_id, crawl_id),
        ).fetchone()
        if address in refused:
            fate = ("missing", storable(refused[address]), _bytes_kept(connection, url_id))
        elif fate is None and address in held and (came := held_bytes(connection, address)):
            fate = ("ok", None, came)
        elif fate is None:
            fate = ("waiting", None, _bytes_kept(connection, url_id))
        connection.execute(
            "INSERT OR IGNORE INTO embed (page_id, url_id, status, reason, capture_id) VALUES (?, ?, ?, ?, ?)",
            (page_id, url_id, *fate),
        )


def held_bytes(connection: sqlite3.Connection, url: str) -> int | None:
    """The capture with the bytes of an image or file, when they came the last time it was asked for; else None."""
    row = connection.execute(
        "SELECT e.status, e.capture_id FROM embed e JOIN url u ON u.id = e.url_id WHERE u.url = ? AND e.status <> 'waiting' "
        "ORDER BY e.page_id DESC LIMIT 1",
        (storable(url),),
    ).fetchone()
    return row[1] if row and row[0] == "ok" else None


def is_captured(connection: sqlite3.Connection, url: str) -> bool:
    """Whether an address, or where it leads, answered with the bytes of something when it was asked for last, whatever for."""
    for _ in range(_MOST_REDIRECTS):
        row = connection.execute(
            "SELECT c.status, c.mime, c.bytes, r.url FROM url u JOIN capture c ON c.url_id = u.id "
            "LEFT JOIN url r ON r.id = c.redirect_to WHERE u.url = ? ORDER BY c.time DESC, c.id DESC LIMIT 1",
            (storable(url),),
        ).fetchone()
        if row is None:
            return False
        status, mime, size, target = row
        if target is None:
            return embed_fault(status, mime, size) is None
        url = target
    return False


def _bytes_kept(connection: sqlite3.Connection, url_id: int) -> int | None:
    """The capture that holds the last bytes that ever came for an address."""
    row = connection.execute(
        "SELECT capture_id FROM embed WHERE url_id = ? AND status <> 'waiting' ORDER BY page_id DESC LIMIT 1", (url_id,)
    ).fetchone()
    return row[0] if row else None


def _settle_missing(connection: sqlite3.Connection, url_id: int, pages: list[tuple[int]], reason: str) -> None:
    """Pages do without an address, but for the bytes that came for it at another time."""
    stand_in = _bytes_kept(connection, url_id)
    connection.executemany(
        "UPDATE embed SET status = 'missing', reason = ?, capture_id = coalesce(capture_id, ?) "
        "WHERE url_id = ? AND page_id = ?",
        [(storable(reason), stand_in, url_id, page_id) for (page_id,) in pages],
    )


def _review(connection: sqlite3.Connection, page_ids: list[int], known: Mapping[int, Article] = {}) -> None:
    """Work out again the content of pages that wait for nothing any more, and the versions that follow."""
    changed: dict[int, None] = {}
    for page_id in page_ids:
        if connection.execute(
            "SELECT 1 FROM embed WHERE page_id = ? AND status = 'waiting' LIMIT 1", (page_id,)
        ).fetchone():
            continue
        for reading_id, article_id, digest in connection.execute(
            "SELECT rc.reading_id, r.article_id, rc.content_digest FROM reading_capture rc "
            "JOIN reading r ON r.id = rc.reading_id WHERE rc.capture_id = ?",
            (page_id,),
        ).fetchall():
            article = known.get(reading_id) or kept.readings(connection, [reading_id])[reading_id]
            if (now := _content_digest(connection, page_id, article)) != digest:
                connection.execute(
                    "UPDATE reading_capture SET content_digest = ? WHERE capture_id = ? AND reading_id = ?",
                    (now, page_id, reading_id),
                )
                changed[article_id] = None
    for article_id in changed:
        follow(connection, article_id)


def _content_digest(connection: sqlite3.Connection, page_id: int, article: Article) -> str:
    """The content of an article with the bytes known for a capture of its page."""
    digests = connection.execute(
        "SELECT u.url, c.digest FROM embed e JOIN url u ON u.id = e.url_id JOIN capture c ON c.id = e.capture_id "
        "WHERE e.page_id = ?",
        (page_id,),
    )
    return versions.content_digest(article, dict(digests))


def _sightings(connection: sqlite3.Connection, article_id: int) -> list[Sighting]:
    """Every capture of an article with the newest reading of it."""
    rows = connection.execute(
        # the other columns are those of the row that has the maximum: SQLite promises so
        "SELECT rc.capture_id, max(rc.reading_id), c.time, rc.content_digest FROM reading r "
        "JOIN reading_capture rc ON rc.reading_id = r.id JOIN capture c ON c.id = rc.capture_id "
        "WHERE r.article_id = ? GROUP BY rc.capture_id",
        (article_id,),
    )
    return [
        Sighting(capture_id=capture_id, reading_id=reading_id, time=moment(time), content_digest=digest)
        for capture_id, reading_id, time, digest in rows
    ]


def _version_row(article_id: int, n: int, run: Run) -> tuple[int | str, ...]:
    since, until = stamp(run.since), stamp(run.until)
    return article_id, n, since, until, run.content_digest, run.reading_id, run.capture_id, run.captures


def _text(value: str | None) -> str | None:
    return None if value is None else storable(value)
