"""What besides the shown date says when an article was published, as a JSON list."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def migrate(db: "Database") -> None:
    """Change the tables so."""
    db.conn.execute(
        "ALTER TABLE reading ADD COLUMN published_evidence TEXT NOT NULL DEFAULT '[]' "
        "CHECK (json_valid(published_evidence))"
    )
