"""Which section of its portal a schedule asks for, by its name in the portal's file or by an address; NULL for all of it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def migrate(db: "Database") -> None:
    """Change the tables so."""
    db.conn.execute("ALTER TABLE schedule ADD COLUMN section TEXT")
