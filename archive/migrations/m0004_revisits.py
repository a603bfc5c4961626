"""Captures whose payload lies in the record of another one, and the way to those that hold their own."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def migrate(db: "Database") -> None:
    """Change the tables so."""
    db.conn.execute("ALTER TABLE capture ADD COLUMN revisit_of INTEGER REFERENCES capture(id)")
    db.conn.execute("DROP INDEX capture_digest")
    db.conn.execute("CREATE INDEX capture_payload ON capture (digest) WHERE revisit_of IS NULL")
    db.conn.execute("CREATE INDEX capture_revisit ON capture (revisit_of) WHERE revisit_of IS NOT NULL")
