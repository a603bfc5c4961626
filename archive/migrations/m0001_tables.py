"""The tables as first released."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

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

_APPEND_ONLY = ("reading", "image", "attachment")


def migrate(db: "Database") -> None:
    """Change the tables so."""
    for statement in _TABLES:
        db.conn.execute(statement)
    for table in _APPEND_ONLY:
        for change in ("UPDATE", "DELETE"):
            db.conn.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT raise(ABORT, '{table} is append-only'); END"
            )
