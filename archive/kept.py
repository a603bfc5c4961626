"""Rows back into records: the readings, articles and versions of an archive, many at a time."""

import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from archive import due
from archive.errors import UnknownRef
from archive.records import Article, Attachment, Block, Capture, DateEvidence, Embed, Image, Kept, Missing, Version
from archive.schema import moment, storable

_AT = re.compile(r"(.+)@(\d{14})", re.DOTALL)

# Many portals call hundreds of articles "Thông báo": their addresses are looked at, a few of them are read.
_MOST_TITLED = 200

_CAPTURE = (
    "c.time, c.method, c.status, c.mime, c.digest, c.sha256, c.bytes, c.offset, c.length, c.record_id, c.truncated, "
    "c.not_modified, c.etag, c.last_modified, cu.url, w.name, ru.url, o.record_id"
)
_OF_CAPTURE = (
    "JOIN url cu ON cu.id = c.url_id JOIN warc w ON w.id = c.warc_id LEFT JOIN url ru ON ru.id = c.redirect_to "
    "LEFT JOIN capture o ON o.id = c.revisit_of"
)
_KEPT = f"""
    SELECT v.id, v.n, v.since, v.until, v.content_digest, v.reading_id, v.capture_id, v.captures,
        (SELECT max(n) FROM version WHERE article_id = v.article_id), {_CAPTURE}
    FROM version v JOIN article a ON a.id = v.article_id JOIN capture c ON c.id = v.capture_id {_OF_CAPTURE}
    WHERE v.id IN (SELECT value FROM json_each(?))"""  # noqa: S608  constants

_READING = """
    SELECT r.id, p.slug, a.key, u.url, r.title, r.lead, r.byline, r.source, r.published, r.published_raw,
        r.published_source, r.published_evidence, r.section, r.language, r.blocks, r.extractor
    FROM reading r
    JOIN article a ON a.id = r.article_id
    JOIN portal p ON p.id = a.portal_id
    LEFT JOIN url u ON u.id = a.url_id
    WHERE r.id IN (SELECT value FROM json_each(?))"""


def load(connection: sqlite3.Connection, version_ids: Sequence[int]) -> list[Kept]:
    """Versions of articles with all that belongs to them, in the order of `version_ids`."""
    rows = {row[0]: row for row in connection.execute(_KEPT, (json.dumps(version_ids),))}
    articles = readings(connection, [row[5] for row in rows.values()])
    embeds = _embeds(connection, [row[6] for row in rows.values()])
    return [_kept(rows[number], articles, embeds) for number in version_ids]


def readings(connection: sqlite3.Connection, reading_ids: Iterable[int]) -> dict[int, Article]:
    """What was read, by the id of the reading."""
    wanted = json.dumps(list(reading_ids))
    images: dict[int, list[Image]] = defaultdict(list)
    for number, *facts in connection.execute(
        "SELECT i.reading_id, u.url, i.caption, i.credit, i.alt, i.caption_source FROM image i "
        "JOIN url u ON u.id = i.url_id WHERE i.reading_id IN (SELECT value FROM json_each(?)) "
        "ORDER BY i.reading_id, i.position",
        (wanted,),
    ):
        src, caption, credit, alt, caption_source = facts
        images[number].append(Image(src=src, caption=caption, credit=credit, alt=alt, caption_source=caption_source))
    attachments: dict[int, list[Attachment]] = defaultdict(list)
    for number, href, label in connection.execute(
        "SELECT t.reading_id, u.url, t.label FROM attachment t JOIN url u ON u.id = t.url_id "
        "WHERE t.reading_id IN (SELECT value FROM json_each(?)) ORDER BY t.reading_id, t.position",
        (wanted,),
    ):
        attachments[number].append(Attachment(href=href, label=label))
    return {
        row[0]: _article(row, tuple(images[row[0]]), tuple(attachments[row[0]]))
        for row in connection.execute(_READING, (wanted,))
    }


def of_capture(connection: sqlite3.Connection, capture_id: int) -> Article | None:
    """What was read from a capture, by the newest reading of it; None when no article was."""
    (reading_id,) = connection.execute(
        "SELECT max(reading_id) FROM reading_capture WHERE capture_id = ?", (capture_id,)
    ).fetchone()
    return readings(connection, [reading_id])[reading_id] if reading_id else None


def titled(connection: sqlite3.Connection, slug: str, title: str, is_wanted: Callable[[str], bool]) -> list[Article]:
    """Articles of a portal by their title, as they were read; see `Archive.titled`."""
    rows = connection.execute(
        "SELECT r.id, u.url FROM reading r JOIN article a ON a.id = r.article_id JOIN portal p ON p.id = a.portal_id "
        "JOIN url u ON u.id = a.url_id WHERE r.title = ? AND p.slug = ? ORDER BY r.id DESC LIMIT ?",
        (storable(title), slug, _MOST_TITLED),
    )
    return list(readings(connection, [number for number, url in rows if is_wanted(url)]).values())


def capture_of(connection: sqlite3.Connection, record_id: str) -> int | None:
    """The id of the capture whose record has that id; None when there is none."""
    row = connection.execute("SELECT id FROM capture WHERE record_id = ?", (record_id,)).fetchone()
    return row[0] if row else None


def pages(connection: sqlite3.Connection, crawl_id: int) -> Iterator[tuple[str, Capture]]:
    """The pages and feeds that a crawl captured; see `Archive.pages`."""
    rows = connection.execute(
        f"SELECT c.kind, {_CAPTURE} FROM capture c {_OF_CAPTURE} WHERE c.crawl_id = ? AND c.status = 200 "  # noqa: S608  constants
        "AND (c.kind = 'page' OR (c.kind = 'other' AND NOT EXISTS (SELECT 1 FROM frontier f WHERE f.url_id = c.url_id "
        "AND f.crawl_id = c.crawl_id AND f.embed_id IS NOT NULL))) ORDER BY c.id",
        (crawl_id,),
    )
    return ((kind, _capture(*row)) for kind, *row in rows)


def current(connection: sqlite3.Connection, article_ids: Sequence[int]) -> list[int]:
    """The ids of the latest versions of articles, in the order of `article_ids`."""
    rows = connection.execute(
        "SELECT j.value, (SELECT id FROM version WHERE article_id = j.value ORDER BY n DESC LIMIT 1) "
        "FROM json_each(?) j",
        (json.dumps(article_ids),),
    )
    latest = dict(rows)
    return [latest[number] for number in article_ids]


def versions(connection: sqlite3.Connection, article_id: int) -> tuple[Version, ...]:
    """All versions of an article, oldest first."""
    rows = connection.execute(
        "SELECT n, since, until, content_digest, captures FROM version WHERE article_id = ? ORDER BY n", (article_id,)
    )
    return tuple(_version(*row) for row in rows)


def place_of_payload(connection: sqlite3.Connection, crawl_id: int, digest: str) -> tuple[str, int, int] | None:
    """Where a payload lies for a crawl to refer to; see `Archive.place_of_payload`."""
    row: tuple[str, int, int] | None = connection.execute(
        "SELECT w.name, c.offset, c.length FROM capture c JOIN warc w ON w.id = c.warc_id "
        "WHERE c.digest = ? AND c.revisit_of IS NULL AND c.truncated IS NULL "
        "AND (w.closed IS NOT NULL OR c.crawl_id = ?) ORDER BY c.id DESC LIMIT 1",
        (digest, crawl_id),
    ).fetchone()
    return row


def missing(connection: sqlite3.Connection, article_id: int) -> Missing | None:
    """What is known of an article's absence; None when it was there the last time."""
    rows = connection.execute(
        "SELECT c.time, s.reason, a.last_seen, a.gone FROM absence s JOIN capture c ON c.id = s.capture_id "
        "JOIN article a ON a.id = s.article_id WHERE s.article_id = ? AND c.time > a.last_seen ORDER BY c.time",
        (article_id,),
    ).fetchall()
    if not rows:
        return None
    times = [moment(time) for time, *_ in rows]
    _, reason, last_seen, gone = rows[-1]
    return Missing(
        last_seen=moment(last_seen),
        since=times[0],
        days=len({due.day(time) for time in times}),
        reason=reason,
        is_gone=gone is not None,
    )


def last_good(connection: sqlite3.Connection, crawl_id: int, url: str) -> Capture | None:
    """The latest whole answer of an address that a crawl may refer to; see `Archive.last_good`."""
    row = connection.execute(
        f"SELECT {_CAPTURE} FROM capture c {_OF_CAPTURE} WHERE cu.url = ? AND c.status = 200 "  # noqa: S608  constants
        "AND c.method = 'GET' AND (w.closed IS NOT NULL OR c.crawl_id = ?) ORDER BY c.time DESC, c.id DESC LIMIT 1",
        (storable(url), crawl_id),
    ).fetchone()
    found = _capture(*row) if row else None
    return found if found and not found.truncated and (found.etag or found.last_modified) else None


def find(connection: sqlite3.Connection, ref: str, number: int | None = None) -> tuple[int, int]:
    """The ids of the article and of the version that a reference means; see `Archive.article`. Raises UnknownRef."""
    article_id = _article_id(connection, ref)
    at = None
    if article_id is None and (parts := _AT.fullmatch(ref)):
        article_id, at = _article_id(connection, parts[1]), parts[2]
    if article_id is None:
        raise UnknownRef(f"the archive holds no article {ref!r}; `kyson search` shows references")
    if at is not None:
        return article_id, _version_at(connection, article_id, ref, at)
    row = connection.execute(
        "SELECT id FROM version WHERE article_id = ? AND n = coalesce(?, n) ORDER BY n DESC LIMIT 1",
        (article_id, number),
    ).fetchone()
    if row is None:
        count = len(versions(connection, article_id))
        raise UnknownRef(f"{ref} has no version {number}; it has {count}, numbered from 1")
    return article_id, row[0]


def _article_id(connection: sqlite3.Connection, ref: str) -> int | None:
    """The article of a reference `portal/key`, or of any address under which it was captured."""
    text = storable(ref)
    row = connection.execute("SELECT id FROM article WHERE ref = ?", (text,)).fetchone()
    row = (
        row
        or connection.execute(
            "SELECT a.id FROM url u JOIN article a ON a.url_id = u.id WHERE u.url = ? LIMIT 1", (text,)
        ).fetchone()
    )
    row = (
        row
        or connection.execute(
            "SELECT r.article_id FROM url u JOIN capture c ON c.url_id = u.id "
            "JOIN reading_capture rc ON rc.capture_id = c.id JOIN reading r ON r.id = rc.reading_id "
            "WHERE u.url = ? ORDER BY c.time DESC LIMIT 1",
            (text,),
        ).fetchone()
    )
    return row[0] if row else None


def _version_at(connection: sqlite3.Connection, article_id: int, ref: str, at: str) -> int:
    """The version that holds the capture made in a second, given as fourteen digits, UTC."""
    second = f"{at[:4]}-{at[4:6]}-{at[6:8]}T{at[8:10]}:{at[10:12]}:{at[12:]}"
    captured = connection.execute(
        "SELECT max(c.time) FROM reading r JOIN reading_capture rc ON rc.reading_id = r.id "
        "JOIN capture c ON c.id = rc.capture_id WHERE r.article_id = ? AND substr(c.time, 1, 19) = ?",
        (article_id, second),
    ).fetchone()[0]
    row = connection.execute(
        "SELECT id FROM version WHERE article_id = ? AND ? BETWEEN since AND until", (article_id, captured)
    ).fetchone()
    if row is None:
        raise UnknownRef(f"{ref!r}: the article was not captured at that second; `kyson show` tells when it was")
    return int(row[0])


def _kept(row: tuple[Any, ...], articles: dict[int, Article], embeds: dict[int, dict[str, Embed]]) -> Kept:
    _, n, since, until, digest, reading_id, capture_id, captures, count, *captured = row
    return Kept(
        article=articles[reading_id],
        version=_version(n, since, until, digest, captures),
        versions=count,
        capture=_capture(*captured),
        embeds=embeds.get(capture_id, {}),
    )


def _version(n: int, since: str, until: str, content_digest: str, captures: int) -> Version:
    return Version(n=n, since=moment(since), until=moment(until), content_digest=content_digest, captures=captures)


def _capture(
    time: str,
    method: str,
    status: int,
    mime: str | None,
    digest: str,
    sha256: str,
    size: int,
    offset: int,
    length: int,
    record_id: str,
    truncated: str | None,
    not_modified: int,
    etag: str | None,
    last_modified: str | None,
    url: str,
    warc: str,
    redirect_to: str | None,
    revisit_of: str | None,
) -> Capture:
    return Capture(
        url=url,
        time=moment(time),
        status=status,
        method=method,
        mime=mime,
        digest=digest,
        sha256=sha256,
        bytes=size,
        warc=warc,
        offset=offset,
        length=length,
        record_id=record_id,
        redirect_to=redirect_to,
        truncated=truncated,
        revisit_of=revisit_of,
        not_modified=bool(not_modified),
        etag=etag,
        last_modified=last_modified,
    )


def _article(row: tuple[Any, ...], images: tuple[Image, ...], attachments: tuple[Attachment, ...]) -> Article:
    _, portal, key, url, title, lead, byline, source, published, raw, found, evidence, *facts = row
    section, language, blocks, extractor = facts
    return Article(
        portal=portal,
        key=key,
        url=url,
        title=title,
        lead=lead,
        byline=byline,
        source=source,
        published=published,
        published_raw=raw,
        published_source=found,
        published_evidence=tuple(DateEvidence(**other) for other in json.loads(evidence)),
        section=section,
        language=language,
        blocks=tuple(_block(block) for block in json.loads(blocks)),
        images=images,
        attachments=attachments,
        extractor=extractor,
    )


def _block(facts: dict[str, Any]) -> Block:
    return Block(
        kind=facts["kind"],
        text=facts["text"],
        level=facts.get("level"),
        items=tuple(facts.get("items", ())),
        rows=tuple(tuple(row) for row in facts.get("rows", ())),
        image=facts.get("image"),
        src=facts.get("src"),
        caption=facts.get("caption"),
        credit=facts.get("credit"),
    )


def _embeds(connection: sqlite3.Connection, page_ids: Iterable[int]) -> dict[int, dict[str, Embed]]:
    """What became of the images and attachments of captured pages, by page and address.

    One that failed to come again, but whose bytes an earlier capture holds, is `ok` with the failure as its reason.
    """
    found: dict[int, dict[str, Embed]] = defaultdict(dict)
    for page_id, url, status, reason, digest, warc, offset, text, text_reason in connection.execute(
        "SELECT e.page_id, u.url, e.status, e.reason, c.digest, w.name, c.offset, t.text, t.reason FROM embed e "
        "JOIN url u ON u.id = e.url_id LEFT JOIN capture c ON c.id = e.capture_id LEFT JOIN warc w ON w.id = c.warc_id "
        "LEFT JOIN file_text t ON t.digest = c.digest "
        "WHERE e.page_id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(page_ids)),),
    ):
        stands_in = status == "missing" and digest
        found[page_id][url] = Embed(
            url=url,
            status="ok" if stands_in else status,
            reason=f"{reason}; the bytes are those of another capture" if stands_in else reason,
            digest=digest,
            warc=warc,
            offset=offset,
            text=text,
            text_reason=text_reason,
        )
    return found
