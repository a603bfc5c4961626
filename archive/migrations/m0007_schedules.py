"""When portals are to be crawled, and the runs that came of it.

schedule.due: the next moment of its calendar; only active ones have one. run.first, run.due: the first and the last
moment it is for, `joined` how many there are. tries: those that failed. again: not to be tried before, unless the clock
is behind `changed`, when the state came about.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def migrate(db: "Database") -> None:
    """Change the tables so."""
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
