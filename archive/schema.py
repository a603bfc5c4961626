"""The tables of `archive.db`, made and changed by numbered migrations.

A migration is never edited once it has been released: a change is a new function at the end, which raises
`SCHEMA_VERSION` by one. What the columns of an article mean is said in `archive/records.py`, whose names they bear.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from archive import trouble, turns
from archive.errors import ArchiveBusy, NewerSchema, NotAnArchive, UsageError

if TYPE_CHECKING:
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

APPLICATION_ID = 0x4B79536E
"""Marks an SQLite file as one of ours: `KySn`."""

SCHEMA_VERSION = 8
"""How many migrations there are; kept in the file as `user_version`."""

_TABLES = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
    """CREATE TABLE portal (
        id INTEGER PRIMARY KEY,
        slug TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        province TEXT,
        district TEXT,
        cms TEXT,
        toml TEXT
    ) STRICT""",
    """CREATE TABLE crawl (
        id INTEGER PRIMARY KEY,
        portal_id INTEGER NOT NULL REFERENCES portal(id),
        started TEXT NOT NULL,
        finished TEXT,
        status TEXT NOT NULL CHECK (status IN ('running', 'finished', 'failed', 'stopped', 'killed')),
        reason TEXT,
        software TEXT,
        operator TEXT,
        settings TEXT NOT NULL CHECK (json_valid(settings)),
        pid INTEGER,
        pages INTEGER NOT NULL DEFAULT 0,
        articles INTEGER NOT NULL DEFAULT 0,
        images INTEGER NOT NULL DEFAULT 0,
        errors INTEGER NOT NULL DEFAULT 0,
        requests INTEGER NOT NULL DEFAULT 0,
        bytes INTEGER NOT NULL DEFAULT 0
    ) STRICT""",
    "CREATE INDEX crawl_portal ON crawl (portal_id)",
    """CREATE TABLE warc (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        crawl_id INTEGER REFERENCES crawl(id),
        created TEXT,
        closed TEXT,
        bytes INTEGER,
        records INTEGER,
        sha256 TEXT CHECK (length(sha256) = 64)
    ) STRICT""",
    "CREATE INDEX warc_crawl ON warc (crawl_id)",
    "CREATE TABLE url (id INTEGER PRIMARY KEY, url TEXT NOT NULL UNIQUE) STRICT",
    """CREATE TABLE capture (
        id INTEGER PRIMARY KEY,
        crawl_id INTEGER NOT NULL REFERENCES crawl(id),
        url_id INTEGER NOT NULL REFERENCES url(id),
        time TEXT NOT NULL CHECK (time GLOB '????-??-??T??:??:??.??????Z'),
        method TEXT NOT NULL,
        status INTEGER NOT NULL,
        mime TEXT,
        digest TEXT NOT NULL CHECK (digest GLOB 'sha1:*'),
        sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
        bytes INTEGER NOT NULL,
        warc_id INTEGER NOT NULL REFERENCES warc(id),
        offset INTEGER NOT NULL,
        length INTEGER NOT NULL,
        record_id TEXT NOT NULL UNIQUE,
        redirect_to INTEGER REFERENCES url(id),
        truncated TEXT,
        kind TEXT NOT NULL CHECK (kind IN ('page', 'image', 'attachment', 'robots', 'sitemap', 'other'))
    ) STRICT""",
    "CREATE INDEX capture_url ON capture (url_id, time)",
    "CREATE INDEX capture_digest ON capture (digest)",
    "CREATE INDEX capture_warc ON capture (warc_id, offset)",
    "CREATE INDEX capture_crawl ON capture (crawl_id)",
    """CREATE TABLE article (
        id INTEGER PRIMARY KEY,
        ref TEXT NOT NULL UNIQUE,
        portal_id INTEGER NOT NULL REFERENCES portal(id),
        key TEXT NOT NULL,
        url_id INTEGER REFERENCES url(id),
        first_seen TEXT NOT NULL,
        last_seen TEXT NOT NULL,
        UNIQUE (portal_id, key)
    ) STRICT""",
    "CREATE INDEX article_url ON article (url_id)",
    """CREATE TABLE reading (
        id INTEGER PRIMARY KEY,
        article_id INTEGER NOT NULL REFERENCES article(id),
        extractor TEXT NOT NULL,
        digest TEXT NOT NULL CHECK (digest GLOB 'sha256:*'),
        title TEXT NOT NULL,
        lead TEXT,
        byline TEXT,
        source TEXT,
        published TEXT,
        published_raw TEXT,
        published_source TEXT,
        section TEXT,
        language TEXT,
        blocks TEXT NOT NULL CHECK (json_valid(blocks)),
        body TEXT NOT NULL,
        UNIQUE (article_id, extractor, digest)
    ) STRICT""",
    """CREATE TABLE image (
        reading_id INTEGER NOT NULL REFERENCES reading(id),
        position INTEGER NOT NULL,
        url_id INTEGER NOT NULL REFERENCES url(id),
        caption TEXT,
        credit TEXT,
        alt TEXT,
        caption_source TEXT,
        PRIMARY KEY (reading_id, position)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX image_url ON image (url_id)",
    """CREATE TABLE attachment (
        reading_id INTEGER NOT NULL REFERENCES reading(id),
        position INTEGER NOT NULL,
        url_id INTEGER NOT NULL REFERENCES url(id),
        label TEXT,
        PRIMARY KEY (reading_id, position)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX attachment_url ON attachment (url_id)",
    """CREATE TABLE reading_capture (
        capture_id INTEGER NOT NULL REFERENCES capture(id),
        reading_id INTEGER NOT NULL REFERENCES reading(id),
        content_digest TEXT NOT NULL CHECK (content_digest GLOB 'sha256:*'),
        PRIMARY KEY (capture_id, reading_id)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX reading_capture_reading ON reading_capture (reading_id)",
    # capture_id: where the bytes lie; for a missing one those of the last good capture of that address, if ever
    """CREATE TABLE embed (
        page_id INTEGER NOT NULL REFERENCES capture(id),
        url_id INTEGER NOT NULL REFERENCES url(id),
        status TEXT NOT NULL CHECK (status IN ('waiting', 'ok', 'missing')),
        reason TEXT,
        capture_id INTEGER REFERENCES capture(id),
        PRIMARY KEY (page_id, url_id),
        CHECK (status <> 'ok' OR capture_id IS NOT NULL),
        CHECK (status <> 'missing' OR reason IS NOT NULL)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX embed_waiting ON embed (url_id) WHERE status = 'waiting'",
    "CREATE INDEX embed_settled ON embed (url_id, page_id) WHERE status <> 'waiting'",
    "CREATE INDEX embed_capture ON embed (capture_id) WHERE capture_id IS NOT NULL",
    """CREATE TABLE version (
        id INTEGER PRIMARY KEY,
        article_id INTEGER NOT NULL REFERENCES article(id),
        n INTEGER NOT NULL,
        since TEXT NOT NULL,
        until TEXT NOT NULL,
        content_digest TEXT NOT NULL CHECK (content_digest GLOB 'sha256:*'),
        reading_id INTEGER NOT NULL REFERENCES reading(id),
        capture_id INTEGER NOT NULL REFERENCES capture(id),
        captures INTEGER NOT NULL,
        UNIQUE (article_id, n)
    ) STRICT""",
    "CREATE INDEX version_capture ON version (capture_id)",
    "CREATE INDEX version_reading ON version (reading_id)",
    """CREATE TABLE search_doc (
        skey INTEGER PRIMARY KEY,
        article_id INTEGER NOT NULL UNIQUE REFERENCES article(id),
        reading_id INTEGER NOT NULL REFERENCES reading(id),
        portal_id INTEGER NOT NULL REFERENCES portal(id),
        section TEXT,
        published TEXT,
        has_image INTEGER NOT NULL CHECK (has_image IN (0, 1))
    ) STRICT""",
    "CREATE INDEX search_doc_section ON search_doc (section)",
    # t title, b body, c captions; x in exact spelling, f folded
    """CREATE VIRTUAL TABLE article_fts USING fts5 (
        tx, bx, cx, tf, bf, cf, content='', tokenize='unicode61 remove_diacritics 0'
    )""",
    """CREATE TABLE event (
        id INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        kind TEXT NOT NULL,
        object TEXT NOT NULL,
        outcome TEXT NOT NULL,
        detail TEXT NOT NULL CHECK (json_valid(detail))
    ) STRICT""",
    """CREATE VIEW v_article AS
        SELECT a.ref, r.title, r.lead, r.byline, r.source, r.published, r.section, p.slug AS portal, u.url,
            v.n AS versions, a.first_seen, a.last_seen, r.body
        FROM article a
        JOIN portal p ON p.id = a.portal_id
        JOIN version v ON v.article_id = a.id AND v.n = (SELECT max(n) FROM version WHERE article_id = a.id)
        JOIN reading r ON r.id = v.reading_id
        LEFT JOIN url u ON u.id = a.url_id""",
)

_PATIENCE = 10.0
"""Seconds to wait for another process that is writing."""

_LOOK_AGAIN = 0.001

_APPEND_ONLY = ("reading", "image", "attachment")


def create(path: Path) -> None:
    """Make a new database at `path` in one stroke: another process never sees half of it, nor is its file replaced."""
    new = path.with_name(f"{path.name}.new-{os.getpid()}")
    try:
        with closing(connect(new)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            migrate(connection)
        try:
            os.link(new, path)
        except FileExistsError:
            pass  # another process was first, and its archive is as good as ours
        except OSError:  # file systems of memory sticks know no links
            if not path.exists():
                new.rename(path)
    finally:
        new.unlink(missing_ok=True)


def connect(path: Path, *, write: bool = True) -> sqlite3.Connection:
    """A connection in which nothing is in a transaction until BEGIN is said; waits a while for another writer."""
    uri = path.absolute().as_uri()
    if not write:
        uri += "?mode=ro" + ("&immutable=1" if _cannot_change(path) else "")
    connection = sqlite3.connect(uri, uri=True, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        if write:
            connection.execute("PRAGMA synchronous = NORMAL")
            # what is written lies all over the indexes, which neither the cache nor the WAL of SQLite's choice can hold
            connection.execute("PRAGMA cache_size = -16000")
            connection.execute("PRAGMA wal_autocheckpoint = 4000")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def check(connection: sqlite3.Connection, path: Path) -> int:
    """The schema version of a database that is ours.

    Raises NotAnArchive for a file of another kind, NewerSchema when this kyson is too old for it.
    """
    try:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    except sqlite3.OperationalError as error:
        raise trouble.of_database(path, error) from error
    except sqlite3.DatabaseError as error:
        message = f"{path} cannot be read as an archive ({error}); name another folder with --archive"
        raise NotAnArchive(message) from error
    if application != APPLICATION_ID:
        raise NotAnArchive(f"{path} is a database, but not an archive of kyson; name another folder with --archive")
    if version > SCHEMA_VERSION:
        raise NewerSchema(
            f"{path} was written by a newer kyson (schema {version}, this one knows {SCHEMA_VERSION}); upgrade kyson"
        )
    return int(version)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All that is written within, or nothing of it; raises ArchiveBusy when another process goes on writing.

    Within another one it is a part of that, which can fail by itself.
    """
    with _part(connection) if connection.in_transaction else _outermost(connection):
        yield


@contextmanager
def _part(connection: sqlite3.Connection) -> Iterator[None]:
    """A part of a transaction: when it fails, what the others wrote stays."""
    connection.execute("SAVEPOINT part")
    try:
        yield
    except BaseException:
        if connection.in_transaction:  # SQLite itself undoes all when the disk is full
            connection.execute("ROLLBACK TO part")
            connection.execute("RELEASE part")
        raise
    connection.execute("RELEASE part")


@contextmanager
def _outermost(connection: sqlite3.Connection) -> Iterator[None]:
    """A transaction that is no part of another."""
    begin(connection)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def begin(connection: sqlite3.Connection) -> None:
    """Begin to write, as soon as nobody else does; raises ArchiveBusy when that takes longer than `busy_timeout`."""
    (patience,) = connection.execute("PRAGMA busy_timeout").fetchone()
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        if not _began(connection):
            _wait_for_turn(connection, time.monotonic() + patience / 1000)
    finally:
        connection.execute(f"PRAGMA busy_timeout = {patience}")


def _wait_for_turn(connection: sqlite3.Connection, until: float) -> None:
    """Begin to write in the first gap, which the writer makes for us when it sees us wait."""
    (_, _, path), *_ = connection.execute("PRAGMA database_list").fetchall()
    with turns.waiting(Path(path).parent):
        while not _began(connection):
            if time.monotonic() > until:
                raise ArchiveBusy("another process is writing this archive; try again when it has finished")
            time.sleep(_LOOK_AGAIN)


def _began(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            return False
        raise
    return True


def stamp(time: datetime) -> str:
    """A time as columns hold it: UTC, always with microseconds, so that the order of texts is the order of times."""
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """The time in a column, aware, UTC."""
    return datetime.fromisoformat(text)


def storable(text: str) -> str:
    """Text that SQLite takes: a lone surrogate, which no file of ours can hold, becomes a question mark."""
    return text.encode("utf-8", "replace").decode()


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a database of ours, or an empty one, to the schema of today; all of it or nothing."""
    from sqlite_utils import Database  # noqa: PLC0415  a tenth of a second, which readers need not pay

    try:
        with transaction(connection):
            _migrations().apply(Database(connection, recursive_triggers=False, execute_plugins=False))
    except sqlite3.OperationalError as error:
        if "readonly" in str(error):
            raise UsageError(
                "the archive was written by an older kyson and its folder cannot be written, so that it cannot be "
                "brought up to date here; do so once where it can be written"
            ) from error
        raise


def _cannot_change(path: Path) -> bool:
    """Whether the file lies on a read-only medium and is whole: only there SQLite must not look for a writer."""
    return not os.access(path.parent, os.W_OK) and not path.with_name(f"{path.name}-wal").exists()


def _migrations() -> "Migrations":
    """All migrations, oldest first."""
    from sqlite_utils.migrations import Migrations  # noqa: PLC0415  see `migrate`

    migrations = Migrations("kyson")
    migrations(name="0001_tables")(_tables)
    migrations(name="0002_evidence_of_dates")(_evidence_of_dates)
    migrations(name="0003_what_a_portal_is_like")(_what_a_portal_is_like)
    migrations(name="0004_revisits")(_revisits)
    migrations(name="0005_frontier")(_frontier)
    migrations(name="0006_recrawl")(_recrawl)
    migrations(name="0007_schedules")(_schedules)
    migrations(name="0008_texts_of_files")(_texts_of_files)
    return migrations


def _tables(db: "Database") -> None:
    """Migration 1: the tables as first released."""
    for statement in _TABLES:
        db.conn.execute(statement)
    for table in _APPEND_ONLY:
        for change in ("UPDATE", "DELETE"):
            db.conn.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT raise(ABORT, '{table} is append-only'); END"
            )
    db.conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.conn.execute("PRAGMA user_version = 1")


def _evidence_of_dates(db: "Database") -> None:
    """Migration 2: what besides the shown date says when an article was published, as a JSON list."""
    db.conn.execute(
        "ALTER TABLE reading ADD COLUMN published_evidence TEXT NOT NULL DEFAULT '[]' "
        "CHECK (json_valid(published_evidence))"
    )
    db.conn.execute("PRAGMA user_version = 2")


def _what_a_portal_is_like(db: "Database") -> None:
    """Migration 3: how many articles of a crawl had each field, and what stands on a portal's pages but in no article."""
    db.conn.execute(
        """CREATE TABLE coverage (
            crawl_id INTEGER NOT NULL REFERENCES crawl(id),
            field TEXT NOT NULL,
            found INTEGER NOT NULL,
            total INTEGER NOT NULL,
            PRIMARY KEY (crawl_id, field)
        ) STRICT, WITHOUT ROWID"""
    )
    db.conn.execute(
        """CREATE TABLE furniture (
            portal_id INTEGER NOT NULL REFERENCES portal(id),
            what TEXT NOT NULL,
            usual INTEGER NOT NULL,
            crawl_id INTEGER NOT NULL REFERENCES crawl(id),
            PRIMARY KEY (portal_id, what)
        ) STRICT, WITHOUT ROWID"""
    )
    db.conn.execute("PRAGMA user_version = 3")


def _revisits(db: "Database") -> None:
    """Migration 4: captures whose payload lies in the record of another one, and the way to those that hold their own."""
    db.conn.execute("ALTER TABLE capture ADD COLUMN revisit_of INTEGER REFERENCES capture(id)")
    db.conn.execute("DROP INDEX capture_digest")
    db.conn.execute("CREATE INDEX capture_payload ON capture (digest) WHERE revisit_of IS NULL")
    db.conn.execute("CREATE INDEX capture_revisit ON capture (revisit_of) WHERE revisit_of IS NOT NULL")
    db.conn.execute("PRAGMA user_version = 4")


def _frontier(db: "Database") -> None:
    """Migration 5: what a crawl is to ask for, has asked for, and refuses to ask for; and what came of tries in vain.

    identity: what tells a request from all others of its crawl. priority: greater is earlier. key: of the article that
    the address is of. embed_id: the address that pages embed it by. capture_id: the last one that came of it.
    """
    db.conn.execute(
        """CREATE TABLE frontier (
            id INTEGER PRIMARY KEY,
            crawl_id INTEGER NOT NULL REFERENCES crawl(id),
            url_id INTEGER NOT NULL REFERENCES url(id),
            identity BLOB NOT NULL CHECK (length(identity) = 16),
            kind TEXT NOT NULL CHECK (kind IN ('page', 'image', 'attachment', 'sitemap', 'other')),
            method TEXT NOT NULL,
            body BLOB,
            host TEXT NOT NULL,
            priority INTEGER NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('pending', 'leased', 'done', 'refused')),
            reason TEXT,
            changed TEXT NOT NULL,
            tries INTEGER NOT NULL DEFAULT 0,
            redirects INTEGER NOT NULL DEFAULT 0,
            via INTEGER REFERENCES url(id),
            hops TEXT NOT NULL,
            decision TEXT,
            key TEXT,
            embed_id INTEGER REFERENCES url(id),
            capture_id INTEGER REFERENCES capture(id),
            UNIQUE (identity, crawl_id),
            CHECK (state <> 'refused' OR reason IS NOT NULL)
        ) STRICT"""
    )
    db.conn.execute(
        "CREATE INDEX frontier_pending ON frontier (crawl_id, host, priority DESC, id) WHERE state = 'pending'"
    )
    db.conn.execute("CREATE INDEX frontier_leased ON frontier (crawl_id) WHERE state = 'leased'")
    db.conn.execute("CREATE INDEX frontier_key ON frontier (crawl_id, key) WHERE key IS NOT NULL")
    db.conn.execute("CREATE INDEX frontier_url ON frontier (url_id)")
    db.conn.execute(
        """CREATE TABLE attempt (
            id INTEGER PRIMARY KEY,
            frontier_id INTEGER NOT NULL REFERENCES frontier(id),
            time TEXT NOT NULL,
            fault TEXT NOT NULL
        ) STRICT"""
    )
    db.conn.execute("CREATE INDEX attempt_frontier ON attempt (frontier_id)")
    db.conn.execute("PRAGMA user_version = 5")


def _recrawl(db: "Database") -> None:
    """Migration 6: what a server is asked by whether a page has changed, what it said, and that an article is not there.

    etag, last_modified: as the server sent them. not_modified: it said that what an earlier capture holds still stands;
    then status, media type, digests and size are those of that one. gone: when the evidence for that began.
    """
    db.conn.execute("ALTER TABLE capture ADD COLUMN etag TEXT")
    db.conn.execute("ALTER TABLE capture ADD COLUMN last_modified TEXT")
    db.conn.execute(
        "ALTER TABLE capture ADD COLUMN not_modified INTEGER NOT NULL DEFAULT 0 CHECK (not_modified IN (0, 1))"
    )
    db.conn.execute("ALTER TABLE article ADD COLUMN gone TEXT")
    db.conn.execute(
        """CREATE TABLE absence (
            article_id INTEGER NOT NULL REFERENCES article(id),
            capture_id INTEGER NOT NULL REFERENCES capture(id),
            reason TEXT NOT NULL,
            PRIMARY KEY (article_id, capture_id)
        ) STRICT, WITHOUT ROWID"""
    )
    db.conn.execute("CREATE INDEX absence_capture ON absence (capture_id)")
    db.conn.execute("CREATE INDEX reading_title ON reading (title)")
    db.conn.execute("PRAGMA user_version = 6")


def _schedules(db: "Database") -> None:
    """Migration 7: when portals are to be crawled, and the runs that came of it.

    schedule.due: the next moment of its calendar; only active ones have one. run.first, run.due: the first and the last
    moment it is for, `joined` how many there are. tries: those that failed. again: not to be tried before, unless the clock
    is behind `changed`, when the state came about.
    """
    db.conn.execute(
        """CREATE TABLE schedule (
            id INTEGER PRIMARY KEY,
            portal TEXT NOT NULL,
            calendar TEXT NOT NULL,
            blackout TEXT NOT NULL CHECK (json_valid(blackout)),
            priority INTEGER NOT NULL,
            max_pages INTEGER,
            max_minutes REAL,
            is_full INTEGER NOT NULL CHECK (is_full IN (0, 1)),
            retries INTEGER NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('active', 'paused', 'removed')),
            due TEXT,
            CHECK ((state = 'active') = (due IS NOT NULL))
        ) STRICT"""
    )
    db.conn.execute(
        """CREATE TABLE run (
            id INTEGER PRIMARY KEY,
            schedule_id INTEGER NOT NULL REFERENCES schedule(id),
            first TEXT NOT NULL,
            due TEXT NOT NULL,
            joined INTEGER NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'finished', 'failed', 'skipped')),
            changed TEXT NOT NULL,
            reason TEXT,
            tries INTEGER NOT NULL DEFAULT 0,
            again TEXT,
            started TEXT,
            crawl_id INTEGER REFERENCES crawl(id)
        ) STRICT"""
    )
    db.conn.execute("CREATE INDEX run_schedule ON run (schedule_id)")
    for state in ("waiting", "running"):
        db.conn.execute(f"CREATE UNIQUE INDEX run_{state} ON run (schedule_id) WHERE state = '{state}'")
    db.conn.execute("PRAGMA user_version = 7")


def _texts_of_files(db: "Database") -> None:
    """Migration 8: the text of each file that was captured, once for all captures of the same bytes, or why it has none.

    capture_id: the one whose record holds those bytes. digest: of them. made: when. The place is that of the conversion
    record, which a file without a text does not have.
    """
    db.conn.execute(
        """CREATE TABLE file_text (
            id INTEGER PRIMARY KEY,
            capture_id INTEGER NOT NULL REFERENCES capture(id),
            digest TEXT NOT NULL UNIQUE CHECK (digest GLOB 'sha1:*'),
            text TEXT,
            reason TEXT,
            software TEXT NOT NULL,
            made TEXT NOT NULL,
            warc_id INTEGER REFERENCES warc(id),
            offset INTEGER,
            length INTEGER,
            record_id TEXT UNIQUE,
            CHECK ((text IS NULL) = (reason IS NOT NULL)),
            CHECK ((text IS NULL) = (record_id IS NULL)),
            CHECK ((warc_id IS NULL) = (record_id IS NULL)),
            CHECK ((offset IS NULL) = (record_id IS NULL)),
            CHECK ((length IS NULL) = (record_id IS NULL))
        ) STRICT"""
    )
    db.conn.execute("CREATE INDEX file_text_capture ON file_text (capture_id)")
    db.conn.execute("CREATE INDEX file_text_warc ON file_text (warc_id) WHERE warc_id IS NOT NULL")
    db.conn.execute("CREATE INDEX capture_attachment ON capture (crawl_id) WHERE kind = 'attachment'")
    db.conn.execute("PRAGMA user_version = 8")
