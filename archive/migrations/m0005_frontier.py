"""What a crawl is to ask for, has asked for, and refuses to ask for; and what came of tries in vain.

identity: what tells a request from all others of its crawl. priority: greater is earlier. key: of the article that
the address is of. embed_id: the address that pages embed it by. capture_id: the last one that came of it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def migrate(db: "Database") -> None:
    """Change the tables so."""
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
