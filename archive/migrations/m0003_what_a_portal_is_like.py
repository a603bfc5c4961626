"""How many articles of a crawl had each field, and what stands on a portal's pages but in no article."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def migrate(db: "Database") -> None:
    """Change the tables so."""
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
