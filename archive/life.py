"""The whole life of an address: where it was found, what was decided, each try, each capture, and what was read of it."""

import json
import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from attrs import asdict, frozen

from archive.schema import moment, storable


@frozen(kw_only=True)
class Attempt:
    """A request that brought no answer."""

    time: datetime
    fault: str


@frozen(kw_only=True)
class Decision:
    """What one crawl decided about an address, and what came of it."""

    crawl: int
    portal: str
    url: str
    """As it was asked for."""

    kind: str
    method: str
    state: str
    """`pending`, `leased`, `done` or `refused`."""

    reason: str | None
    """Why it was refused, or why nothing came of it."""

    since: datetime
    """When that came about."""

    via: str | None
    """Where it was found; None for a seed, and for what is asked for unseen."""

    hops: str
    decision: str | None
    """Why it was asked for all the same."""

    key: str | None
    """The key of its article, where the address tells."""

    embed: str | None
    """The address that articles embed it by, or that pages or their style sheets take it by to be shown."""

    tries: int
    attempts: tuple[Attempt, ...]

    @property
    def is_requisite(self) -> bool:
        """Whether it was met as a style sheet, script, icon or picture that pages take to be shown."""
        return self.kind == "other" and self.embed is not None


@frozen(kw_only=True)
class Seen:
    """One capture of an address."""

    crawl: int
    portal: str
    url: str
    time: datetime
    method: str
    status: int
    kind: str
    mime: str | None
    bytes: int
    digest: str
    """Of the payload, as in WARC-Payload-Digest."""

    warc: str
    offset: int
    length: int
    redirect_to: str | None
    truncated: str | None
    revisit_of: str | None
    """WARC and offset of the record that holds its payload, where that is another."""

    not_modified: bool
    """Whether the server said no more than that the other one still stands; then the facts above are those of that."""

    ref: str | None
    """The article that was read from it."""

    title: str | None
    version: int | None
    """The ordinal of the version of it that this capture shows."""


@frozen(kw_only=True)
class Life:
    """All that an archive knows of an address."""

    decisions: tuple[Decision, ...] = ()
    captures: tuple[Seen, ...] = ()
    embedded_in: tuple[str, ...] = ()
    """The articles that show or offer it, by their references."""

    redirected_from: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether it was ever met."""
        return bool(self.decisions or self.captures or self.embedded_in or self.redirected_from)

    @property
    def is_embed(self) -> bool:
        """Whether it was only ever met as something that pages embed."""
        return bool(self.decisions) and all(decision.embed for decision in self.decisions)

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON."""
        told: dict[str, Any] = json.loads(json.dumps(asdict(self), default=_told))
        return told


_DECISIONS = """
    SELECT f.id, f.crawl_id, p.slug, u.url, f.kind, f.method, f.state, f.reason, f.changed, v.url, f.hops, f.decision, f.key,
        e.url, f.tries
    FROM frontier f JOIN crawl k ON k.id = f.crawl_id JOIN portal p ON p.id = k.portal_id JOIN url u ON u.id = f.url_id
    LEFT JOIN url v ON v.id = f.via LEFT JOIN url e ON e.id = f.embed_id
    WHERE f.id IN (SELECT value FROM json_each(?)) ORDER BY f.crawl_id, f.id"""
_CAPTURES = """
    SELECT c.crawl_id, p.slug, u.url, c.time, c.method, c.status, c.kind, c.mime, c.bytes, c.digest, w.name, c.offset,
        c.length, t.url, c.truncated,
        (SELECT ow.name || ' at ' || o.offset FROM capture o JOIN warc ow ON ow.id = o.warc_id WHERE o.id = c.revisit_of),
        c.not_modified, a.ref, r.title,
        (SELECT n FROM version WHERE article_id = a.id AND c.time BETWEEN since AND until ORDER BY n LIMIT 1)
    FROM capture c JOIN crawl k ON k.id = c.crawl_id JOIN portal p ON p.id = k.portal_id JOIN url u ON u.id = c.url_id
    JOIN warc w ON w.id = c.warc_id LEFT JOIN url t ON t.id = c.redirect_to
    LEFT JOIN reading r ON r.id = (SELECT max(reading_id) FROM reading_capture WHERE capture_id = c.id)
    LEFT JOIN article a ON a.id = r.article_id
    WHERE c.url_id IN (SELECT value FROM json_each(:urls)) OR c.id IN (SELECT value FROM json_each(:captures))
    ORDER BY c.time, c.id"""
_EMBEDDED = """
    SELECT DISTINCT a.ref FROM embed e JOIN reading_capture rc ON rc.capture_id = e.page_id
    JOIN reading r ON r.id = rc.reading_id JOIN article a ON a.id = r.article_id
    WHERE e.url_id IN (SELECT value FROM json_each(?)) ORDER BY 1"""
_REDIRECTED = """
    SELECT DISTINCT u.url FROM frontier f JOIN url u ON u.id = f.via
    WHERE f.redirects > 0 AND f.url_id IN (SELECT value FROM json_each(?)) ORDER BY 1"""


def of(connection: sqlite3.Connection, addresses: Iterable[str], identities: Iterable[bytes]) -> Life:
    """The life of an address; `addresses` are its spellings, `identities` what it is called in frontiers."""
    urls = {
        number
        for address in addresses
        for (number,) in connection.execute("SELECT id FROM url WHERE url = ?", (storable(address),))
    }
    rows = [
        row
        for identity in identities
        for row in connection.execute("SELECT id, url_id, capture_id FROM frontier WHERE identity = ?", (identity,))
    ]
    urls |= {url_id for _, url_id, _ in rows}
    known = json.dumps(sorted(urls))
    rows += connection.execute(
        "SELECT id, url_id, capture_id FROM frontier WHERE url_id IN (SELECT value FROM json_each(?))", (known,)
    ).fetchall()
    captures = json.dumps(sorted({capture_id for _, _, capture_id in rows if capture_id}))
    decided = connection.execute(_DECISIONS, (json.dumps(sorted({number for number, _, _ in rows})),)).fetchall()
    return Life(
        decisions=tuple(_decision(connection, *row) for row in decided),
        captures=tuple(_seen(*row) for row in connection.execute(_CAPTURES, {"urls": known, "captures": captures})),
        embedded_in=tuple(ref for (ref,) in connection.execute(_EMBEDDED, (known,))),
        redirected_from=tuple(url for (url,) in connection.execute(_REDIRECTED, (known,))),
    )


def _decision(connection: sqlite3.Connection, number: int, crawl: int, portal: str, url: str, *facts: Any) -> Decision:
    kind, method, state, reason, since, via, hops, decision, key, embed, tries = facts
    attempts = connection.execute("SELECT time, fault FROM attempt WHERE frontier_id = ? ORDER BY id", (number,))
    return Decision(
        crawl=crawl,
        portal=portal,
        url=url,
        kind=kind,
        method=method,
        state=state,
        reason=reason,
        since=moment(since),
        via=via,
        hops=hops,
        decision=decision,
        key=key,
        embed=embed,
        tries=tries,
        attempts=tuple(Attempt(time=moment(time), fault=fault) for time, fault in attempts),
    )


def _seen(crawl: int, portal: str, url: str, time: str, *facts: Any) -> Seen:
    (
        method,
        status,
        kind,
        mime,
        size,
        digest,
        warc,
        offset,
        length,
        redirect_to,
        truncated,
        revisit_of,
        not_modified,
        *read,
    ) = facts
    ref, title, version = read
    return Seen(
        crawl=crawl,
        portal=portal,
        url=url,
        time=moment(time),
        method=method,
        status=status,
        kind=kind,
        mime=mime,
        bytes=size,
        digest=digest,
        warc=warc,
        offset=offset,
        length=length,
        redirect_to=redirect_to,
        truncated=truncated,
        revisit_of=revisit_of,
        not_modified=bool(not_modified),
        ref=ref,
        title=title,
        version=version,
    )


def _told(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    raise TypeError(f"{value!r} has no place in JSON")
