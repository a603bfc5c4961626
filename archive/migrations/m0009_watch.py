"""What tells that a portal is dying, what the last look at each of its hosts found, and when each WARC was last verified.

sign.about: the host or address it is told of. seen: what was seen there. capture_id: the last one that shows it. first,
last, times: when it was seen, and how often. ended: since when it is seen no more. told, told_gone: when people heard of
it, and that the portal is gone by it. run_id: the full crawl that was asked for because of it. host.begins, host.ends:
of its certificate. run.is_full: whether everything is asked for again, and it goes before all others. warc.verified: when
it was last found to be as it was written.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def migrate(db: "Database") -> None:
    """Change the tables so."""
    db.conn.execute(
        """CREATE TABLE sign (
            id INTEGER PRIMARY KEY,
            portal_id INTEGER NOT NULL REFERENCES portal(id),
            kind TEXT NOT NULL,
            about TEXT NOT NULL,
            seen TEXT NOT NULL,
            capture_id INTEGER REFERENCES capture(id),
            first TEXT NOT NULL,
            last TEXT NOT NULL,
            times INTEGER NOT NULL DEFAULT 1,
            ended TEXT,
            told TEXT,
            told_gone TEXT,
            run_id INTEGER REFERENCES run(id)
        ) STRICT"""
    )
    db.conn.execute("CREATE UNIQUE INDEX sign_current ON sign (portal_id, kind, about) WHERE ended IS NULL")
    db.conn.execute("CREATE INDEX sign_portal ON sign (portal_id)")
    db.conn.execute(
        """CREATE TABLE host (
            portal_id INTEGER NOT NULL REFERENCES portal(id),
            name TEXT NOT NULL,
            checked TEXT NOT NULL,
            fault TEXT,
            begins TEXT,
            ends TEXT,
            PRIMARY KEY (portal_id, name)
        ) STRICT, WITHOUT ROWID"""
    )
    db.conn.execute("ALTER TABLE run ADD COLUMN is_full INTEGER NOT NULL DEFAULT 0 CHECK (is_full IN (0, 1))")
    db.conn.execute("ALTER TABLE warc ADD COLUMN verified TEXT")
