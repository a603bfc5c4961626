"""What a server is asked by whether a page has changed, what it said, and that an article is not there.

etag, last_modified: as the server sent them. not_modified: it said that what an earlier capture holds still stands;
then status, media type, digests and size are those of that one. gone: when the evidence for that began.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def migrate(db: "Database") -> None:
    """Change the tables so."""
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
