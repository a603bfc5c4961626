"""What a crawl is to ask for, has asked for, and refuses to ask for: a row for every address it met, with the reason.

pending → leased → done, or refused. What came of a lease is one `Visit`, kept all at once: so a lease that is done has
its captures, its article and everything it led to, and one that is not leaves no trace but its record in the WARC.
Every function that writes expects to run within a transaction of the caller.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from attrs import Factory, define, field, frozen

from archive import due, index, intake
from archive.due import Held
from archive.errors import ArchiveError
from archive.intake import Outcome
from archive.records import Article, Capture
from archive.schema import stamp, storable, transaction

SEEN = "seen before"
"""Why an address is left out that the crawl knows."""

ANOTHER = "another address of an article already asked for"
"""Why an address is refused that is asked for all the same when the one before it fails."""

VIEW = "a view of an article read before"
"""What is noted of a page that was asked for and shows nothing but another one's article."""

_REMEMBERED = 200
_IN_A_CIRCLE = "it is redirected in a circle"
_LEASED = (
    "id, url_id, kind, method, body, host, hops, decision, key, tries, redirects, priority, "
    "(SELECT url FROM url WHERE id = url_id), (SELECT url FROM url WHERE id = via), "
    "(SELECT url FROM url WHERE id = embed_id)"
)


@frozen(kw_only=True)
class Wanted:
    """An address that a crawl met."""

    url: str
    """As it is asked for."""

    identity: bytes
    """Sixteen bytes that tell this request from all others of the crawl."""

    kind: str
    """`page`, `image`, `attachment`, `sitemap`, or `other` for a feed, and for what pages take to be shown."""

    host: str
    """With its port, where that is an unusual one; empty for one that is refused on sight."""

    priority: int
    """The greatest is asked for first."""

    via: str | None = None
    """Where it was found; None for a seed, and for what is asked for unseen."""

    hops: str = ""
    """The way from a seed, a letter a hop."""

    decision: str | None = None
    """Why it is asked for all the same, where that takes a reason."""

    key: str | None = None
    """Of the article it is an address of; None where the address does not tell."""

    method: str = "GET"
    body: bytes | None = None
    """What a form sends; once it is done the record of the request in the WARC alone has it."""

    embed: str | None = None
    """The address that articles embed it by, for images and files, or that pages take to be shown; None for all else."""

    redirects: int = 0
    """How many led here."""

    refused: str | None = None
    """Why it is not asked for; None when it is."""


@frozen(kw_only=True)
class Lease:
    """An address that this process is asking for."""

    id: int
    url_id: int
    url: str
    kind: str
    host: str
    priority: int
    tries: int
    """How often it was asked for before."""

    via: str | None
    hops: str
    decision: str | None
    key: str | None
    method: str
    body: bytes | None
    embed: str | None
    redirects: int


@define(kw_only=True)
class Visit:
    """What came of a lease, gathered until it is kept; without a lease, of something nobody had to wait for."""

    lease: Lease | None = None
    kind: str = "other"
    capture: Capture | None = None
    """Its record is in the WARC already."""

    fault: str | None = None
    """Why nothing came of it."""

    note: str | None = None
    """What else is to be said of it."""

    try_another: bool = False
    """Whether the next address of the same article is to be asked for in its place."""

    is_refused: bool = False
    """Whether it was not asked for at all, because of the fault."""

    is_put_back: bool = False
    """Whether it was not asked for because of the crawl alone, and waits as if it had never been leased."""

    again: bool = False
    """Whether it is to be asked for once more."""

    attempted: datetime | None = None
    """When it was tried in vain, without any answer."""

    article: Article | None = None
    """What was read of it."""

    refused: Mapping[str, str] = Factory(dict)
    """Addresses that the article embeds and nobody will ask for, with the reason."""

    found: list[Wanted] = Factory(list)
    """Where it leads; a redirect leads to one address."""

    held: frozenset[str] = frozenset()
    """Addresses that the article embeds and nobody asks for again, since their bytes are kept."""

    absent: str | None = None
    """Why nothing stands at the address of an article, as far as the answer tells."""

    key: str | None = None
    """Of the article that nothing stands of, as far as its address tells by now; the lease was made when less was known."""

    is_redirect: bool = False
    outcome: Outcome | None = None
    """What keeping the article came to; None before, and without one."""

    left_out: list[str] = Factory(list)
    """Why some of those found are not asked for, which only shows when they are kept: `SEEN` or `ANOTHER`."""


@frozen(kw_only=True)
class Resumed:
    """A crawl that is gone on with."""

    crawl_id: int
    status: str
    """How it had ended."""

    waiting: int
    """How many addresses wait to be asked for."""

    captures: int
    """How many it had made."""

    toml: str | None = None
    """Its portal as it was described then."""

    counts: Mapping[str, int] = field(factory=dict)
    """Its figures so far, as in its row."""

    is_full: bool = False
    """Whether it was to ask for everything again."""


class Frontier:
    """The frontier of one crawl, for the process that crawls."""

    def __init__(self, connection: sqlite3.Connection, crawl_id: int, now: Callable[[], datetime]) -> None:
        self._connection = connection
        self._crawl_id = crawl_id
        self._now = now
        self._portal_id, self._slug = connection.execute(
            "SELECT p.id, p.slug FROM crawl c JOIN portal p ON p.id = c.portal_id WHERE c.id = ?", (crawl_id,)
        ).fetchone()
        self._warc = ("", 0)
        self._via = ("", 0)
        self._to_index: dict[int, tuple[int, int, Article | None]] = {}
        self._known: dict[int, Article] = {}

    def hosts(self) -> list[str]:
        """The hosts that something waits for."""
        rows = self._connection.execute(
            "SELECT DISTINCT host FROM frontier WHERE crawl_id = ? AND state = 'pending'", (self._crawl_id,)
        )
        return [host for (host,) in rows]

    def waiting(self) -> int:
        """How many addresses are still to be asked for, those that are being asked for included."""
        return _waiting(self._connection, self._crawl_id)

    def held(self, key: str | None, url: str) -> Held | None:
        """The article of the portal that the archive holds by that key, or at that address; None when it holds none."""
        return due.held(self._connection, self._portal_id, key=key, url=url)

    def all_held(self) -> Iterator[Held]:
        """Every article of the portal that the archive holds, those that were published last before the others."""
        return due.of_portal(self._connection, self._portal_id)

    def is_held(self, url: str) -> bool:
        """Whether the bytes of an image or file are kept that came when it was asked for last."""
        return intake.held_bytes(self._connection, url) is not None

    def is_captured(self, url: str) -> bool:
        """Whether an address, or where it leads, answered with something when it was asked for last, whatever for."""
        return intake.is_captured(self._connection, url)

    def was_view(self, url: str) -> bool:
        """Whether an earlier crawl found an address to be only a view of an article."""
        row = self._connection.execute(
            "SELECT 1 FROM url u JOIN frontier f ON f.url_id = u.id WHERE u.url = ? AND f.crawl_id < ? "
            "AND f.reason LIKE ? LIMIT 1",
            (storable(url), self._crawl_id, f"{VIEW}:%"),
        ).fetchone()
        return row is not None

    def was_whole(self) -> bool:
        """Whether the last crawl of all that this one crawls, and each one since, came to its end and left nothing to be asked for.

        That is one of the same section or of the whole portal. Crawls of other sections count, as far as they came after it: one
        that broke off may have taken what a list shows first, and not what stands behind that. Their order is that of their last
        captures, since one may be gone on with after others, and no clock is to be relied on.
        """
        rows = self._connection.execute(
            "SELECT c.id, c.status, c.section IS NULL OR c.section IS own.section FROM "
            "(SELECT id, status, portal_id, json_extract(settings, '$.section') AS section FROM crawl) c, "
            "(SELECT json_extract(settings, '$.section') AS section FROM crawl WHERE id = :own) own "
            "WHERE c.portal_id = :portal AND c.id <> :own "
            "ORDER BY (SELECT max(id) FROM capture WHERE crawl_id = c.id) DESC, c.id DESC",
            {"portal": self._portal_id, "own": self._crawl_id},
        )
        for crawl_id, status, is_of_all in rows:
            if status != "finished" or _waiting(self._connection, crawl_id):
                return False
            if is_of_all:
                return True
        return False

    def led_to(self) -> tuple[str, ...]:
        """Where the addresses that the crawl began with have been redirected to."""
        rows = self._connection.execute(
            "SELECT u.url FROM frontier f JOIN url u ON u.id = f.url_id "
            "WHERE f.crawl_id = ? AND f.redirects > 0 AND ltrim(f.hops, 'R') = '' ORDER BY f.id",
            (self._crawl_id,),
        )
        return tuple(url for (url,) in rows)

    def is_met(self, identity: bytes) -> bool:
        """Whether an address waits, was asked for, or is left out for another one of its article: not refused on sight."""
        return bool(self._host(identity))

    def lease(self, host: str, *, above: int, below: int) -> Lease | None:
        """What is to be asked for next of a host, with a priority `above` and `below`, or above and once more; None when nothing waits."""
        rows = self._connection.execute(
            "UPDATE frontier SET state = 'leased', changed = ? WHERE id = (SELECT id FROM frontier "  # noqa: S608  constants
            "WHERE crawl_id = ? AND host = ? AND state = 'pending' AND priority > ? AND (priority < ? OR tries > 0) "
            "ORDER BY priority DESC, id LIMIT 1) "
            f"RETURNING {_LEASED}",
            (stamp(self._now()), self._crawl_id, host, above, below),
        ).fetchall()
        if not rows:
            return None
        number, url_id, kind, method, body, host, hops, decision, key, tries, redirects, priority, *addresses = rows[0]
        url, via, embed = addresses
        return Lease(
            id=number,
            url_id=url_id,
            url=url,
            kind=kind,
            host=host,
            priority=priority,
            tries=tries,
            via=via,
            hops=hops,
            decision=decision,
            key=key,
            method=method,
            body=body,
            embed=embed,
            redirects=redirects,
        )

    def keep(self, visit: Visit) -> None:
        """Write down what came of a lease, which is done then: all of it, or nothing.

        What cannot be kept of its article is its fault, and changes nothing else. Searches find the article after `index`.
        """
        to_index = dict(self._to_index)
        try:
            with transaction(self._connection):
                self._keep(visit)
        except BaseException:
            self._warc = self._via = ("", 0)  # their rows may be undone
            self._to_index = to_index
            raise

    def index(self) -> None:
        """Let searches find the articles that were kept since the last time; before a commit, for all of them at once.

        The index writes down what it gathered whenever a part of a transaction ends, and again and again merges that.
        """
        for article_id, (portal_id, reading_id, article) in self._to_index.items():
            index.put(self._connection, article_id, portal_id, reading_id, article)
            if article is not None:
                self._know(reading_id, article)
        self._to_index.clear()

    def _keep(self, visit: Visit) -> None:
        capture_id = self._capture(visit) if visit.capture else None
        if visit.article is not None and capture_id is not None:
            self._keep_article(visit, capture_id)
        if visit.absent and capture_id is not None and visit.lease is not None and visit.lease.method == "GET":
            due.miss(
                self._connection,
                self._portal_id,
                key=visit.key or visit.lease.key,
                url=visit.lease.url,
                capture_id=capture_id,
                reason=visit.absent,
            )
        visit.left_out = [reason for wanted in visit.found if (reason := self.add(wanted))]
        if visit.lease is not None:
            if visit.is_redirect and visit.lease.embed and visit.left_out:
                visit.fault = _IN_A_CIRCLE
            self._end(visit, visit.lease, capture_id)

    def add(self, wanted: Wanted) -> str | None:
        """Let an address wait, or stand there as refused; why it is not asked for, where that was not known before.

        One that was refused on sight waits when it is judged otherwise later.
        """
        connection = self._connection
        host = self._host(wanted.identity)
        if host is not None and (wanted.refused or host):
            return None if wanted.refused or self._claim(wanted) else SEEN
        if host is not None:
            connection.execute(
                "DELETE FROM frontier WHERE identity = ? AND crawl_id = ?", (wanted.identity, self._crawl_id)
            )
        another = not wanted.refused and not wanted.redirects and wanted.key and self._is_claimed(wanted.key)
        refused = ANOTHER if another else wanted.refused
        connection.execute(
            "INSERT INTO frontier (crawl_id, url_id, identity, kind, method, body, host, priority, state, reason, "
            "changed, redirects, via, hops, decision, key, embed_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                self._crawl_id,
                intake.id_of_url(connection, wanted.url),
                wanted.identity,
                wanted.kind,
                wanted.method,
                wanted.body,
                storable(wanted.host),
                wanted.priority,
                "refused" if refused else "pending",
                refused and storable(refused),
                stamp(self._now()),
                wanted.redirects,
                self._via_id(wanted.via) if wanted.via else None,
                wanted.hops,
                wanted.decision and storable(wanted.decision),
                wanted.key and storable(wanted.key),
                intake.id_of_url(connection, wanted.embed) if wanted.embed else None,
            ),
        )
        return ANOTHER if another else None

    def another(self, key: str, decision: str) -> bool:
        """Let the next address of an article wait, in place of one that failed; whether there is any."""
        changed = self._connection.execute(
            "UPDATE frontier SET state = 'pending', reason = NULL, decision = ?, changed = ? WHERE id = (SELECT min(id) "
            "FROM frontier WHERE crawl_id = ? AND key = ? AND state = 'refused' AND reason = ?)",
            (storable(decision), stamp(self._now()), self._crawl_id, storable(key), ANOTHER),
        )
        return changed.rowcount > 0

    def _host(self, identity: bytes) -> str | None:
        """The host that an address was to be asked for of; empty when it was refused on sight, None when it was never met."""
        row = self._connection.execute(
            "SELECT host FROM frontier WHERE identity = ? AND crawl_id = ?", (identity, self._crawl_id)
        ).fetchone()
        return row[0] if row else None

    def _claim(self, wanted: Wanted) -> bool:
        """Let what waits because pages take it to be shown, or came as that, be asked for as what an article embeds; whether it does."""
        if not wanted.embed or wanted.kind == "other":
            return False
        changed = self._connection.execute(
            "UPDATE frontier SET kind = ?, priority = ?, state = iif(state = 'leased', state, 'pending'), reason = NULL, "
            "changed = ?, tries = 0, via = ?, hops = ? WHERE identity = ? AND crawl_id = ? AND kind = 'other'",
            (
                wanted.kind,
                wanted.priority,
                stamp(self._now()),
                self._via_id(wanted.via) if wanted.via else None,
                wanted.hops,
                wanted.identity,
                self._crawl_id,
            ),
        )
        return changed.rowcount > 0

    def _is_embedded(self, lease: Lease) -> bool:
        """Whether an article may wait for it, as it may since it was leased."""
        if lease.kind != "other":
            return lease.embed is not None
        (kind,) = self._connection.execute("SELECT kind FROM frontier WHERE id = ?", (lease.id,)).fetchone()
        return bool(kind != "other")

    def _via_id(self, url: str) -> int:
        """The id of where addresses were found, which most that come together share."""
        if self._via[0] != url:
            self._via = url, intake.id_of_url(self._connection, url)
        return self._via[1]

    def _is_claimed(self, key: str) -> bool:
        row = self._connection.execute(
            "SELECT 1 FROM frontier WHERE crawl_id = ? AND key = ?", (self._crawl_id, storable(key))
        ).fetchone()
        return row is not None

    def _capture(self, visit: Visit) -> int:
        """The id of the row of a capture; the WARC's row is looked up once."""
        assert visit.capture is not None
        name, warc_id = self._warc
        if name != visit.capture.warc:
            warc_id = intake.id_of_warc(self._connection, self._crawl_id, visit.capture.warc, visit.capture.time)
        url_id = visit.lease.url_id if visit.lease and visit.lease.url == visit.capture.url else None
        capture_id = intake.put_capture(
            self._connection, self._crawl_id, visit.capture, visit.kind, known_warc=warc_id, known_url=url_id
        )
        self._warc = visit.capture.warc, warc_id
        return capture_id

    def _keep_article(self, visit: Visit, capture_id: int) -> None:
        assert visit.article is not None
        to_index: dict[int, tuple[int, int, Article | None]] = {}
        try:
            with transaction(self._connection):
                visit.outcome = intake.put_article(
                    self._connection,
                    self._crawl_id,
                    capture_id,
                    visit.article,
                    visit.refused,
                    visit.held,
                    put=lambda _, article_id, *rest: to_index.__setitem__(article_id, rest),
                )
            self._to_index |= to_index
        except (ArchiveError, sqlite3.DataError, sqlite3.IntegrityError, sqlite3.InterfaceError) as error:
            visit.fault = f"its article could not be kept: {error}"

    def _know(self, reading_id: int, article: Article) -> None:
        """Remember an article for a while: what it embeds mostly comes soon after it."""
        self._known[reading_id] = article
        if len(self._known) > _REMEMBERED:
            del self._known[next(iter(self._known))]

    def _end(self, visit: Visit, lease: Lease, capture_id: int | None) -> None:
        now, reason = stamp(self._now()), visit.fault or visit.note
        waits = visit.again or visit.is_put_back
        state = "pending" if waits else "refused" if visit.is_refused else "done"
        is_tried = not (visit.is_refused or visit.is_put_back)
        self._connection.execute(
            "UPDATE frontier SET state = ?, reason = ?, changed = ?, tries = tries + ?, priority = priority - ?, "
            "body = iif(?, body, NULL), capture_id = coalesce(?, capture_id) WHERE id = ?",
            (state, reason and storable(reason), now, is_tried, visit.again, waits, capture_id, lease.id),
        )
        if visit.attempted is not None:
            self._connection.execute(
                "INSERT INTO attempt (frontier_id, time, fault) VALUES (?, ?, ?)",
                (lease.id, stamp(visit.attempted), storable(visit.fault or "")),
            )
        if lease.embed and not waits and not (visit.is_redirect and visit.fault is None) and self._is_embedded(lease):
            intake.settle(self._connection, self._crawl_id, lease.embed, capture_id, visit.fault, self._known)
        if visit.try_another and lease.key:
            self.another(lease.key, f"another address of the article: {lease.url} failed")


def unfinished(connection: sqlite3.Connection, slug: str, section: str | None = None) -> Resumed | None:
    """The last crawl of a portal, or of one section alone, where something still waits to be asked for, or it was killed on its first or last steps."""
    row = connection.execute(
        "SELECT c.id, c.status, p.toml, c.pages, c.articles, c.images, c.errors, c.requests, c.bytes, "
        "coalesce(json_extract(c.settings, '$.again') = 'all', 0) FROM crawl c "
        "JOIN portal p ON p.id = c.portal_id WHERE p.slug = ? AND c.status <> 'running' "
        "AND json_extract(c.settings, '$.section') IS ? ORDER BY c.id DESC LIMIT 1",
        (slug, section),
    ).fetchone()
    if row is None:
        return None
    crawl_id, status, toml, *counts, is_full = row
    waiting = _waiting(connection, crawl_id)
    (captures,) = connection.execute("SELECT count(*) FROM capture WHERE crawl_id = ?", (crawl_id,)).fetchone()
    if not waiting and not (status == "killed" and (not captures or _is_used(connection, crawl_id))):
        return None
    names = ("pages", "articles", "images", "errors", "requests", "bytes")
    return Resumed(
        crawl_id=crawl_id,
        status=status,
        waiting=waiting,
        captures=captures,
        toml=toml,
        counts=dict(zip(names, counts, strict=True)),
        is_full=bool(is_full),
    )


def release(connection: sqlite3.Connection, crawl_id: int, given_up: Iterable[str]) -> None:
    """Let what a dead process was asking for wait again, and so the pages that were told to do without it.

    What was being asked for each time a process died is asked for last: it may be what they died of. given_up: for what
    reasons pages were told so.
    """
    connection.execute(
        "UPDATE frontier SET state = 'pending', tries = tries + 1, priority = priority - (tries >= 2) "
        "WHERE crawl_id = ? AND state = 'leased'",
        (crawl_id,),
    )
    for reason in given_up:
        connection.execute(
            "UPDATE embed SET status = 'waiting', reason = NULL WHERE status = 'missing' AND reason = ? "
            "AND page_id IN (SELECT id FROM capture WHERE crawl_id = ?) "
            "AND url_id IN (SELECT embed_id FROM frontier WHERE crawl_id = ? AND state = 'pending')",
            (reason, crawl_id, crawl_id),
        )


def _waiting(connection: sqlite3.Connection, crawl_id: int) -> int:
    (number,) = connection.execute(
        "SELECT (SELECT count(*) FROM frontier WHERE crawl_id = ? AND state = 'pending') + "
        "(SELECT count(*) FROM frontier WHERE crawl_id = ? AND state = 'leased')",
        (crawl_id, crawl_id),
    ).fetchone()
    return int(number)


def _is_used(connection: sqlite3.Connection, crawl_id: int) -> bool:
    """Whether a crawl has a frontier; those of older kysons have none."""
    row = connection.execute(
        "SELECT 1 FROM capture c JOIN frontier f ON f.url_id = c.url_id AND f.crawl_id = c.crawl_id "
        "WHERE c.crawl_id = ? LIMIT 1",
        (crawl_id,),
    ).fetchone()
    return row is not None
