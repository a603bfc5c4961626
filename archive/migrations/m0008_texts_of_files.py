"""The text of each file that was captured, once for all captures of the same bytes, or why it has none.

capture_id: the one whose record holds those bytes. digest: of them. made: when. The place is that of the conversion
record, which a file without a text does not have.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def migrate(db: "Database") -> None:
    """Change the tables so."""
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
