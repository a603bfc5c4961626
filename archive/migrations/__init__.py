"""The numbered migrations that make and change the tables of `archive.db`, a module each.

A migration is never edited once it has been released: a change is a new module, and a new line at the end of `ALL`.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from archive.migrations import (
    m0001_tables,
    m0002_evidence_of_dates,
    m0003_what_a_portal_is_like,
    m0004_revisits,
    m0005_frontier,
    m0006_recrawl,
    m0007_schedules,
    m0008_texts_of_files,
    m0009_watch,
    m0010_sections,
)

if TYPE_CHECKING:
    from sqlite_utils import Database

ALL: "dict[str, Callable[[Database], None]]" = {
    "0001_tables": m0001_tables.migrate,
    "0002_evidence_of_dates": m0002_evidence_of_dates.migrate,
    "0003_what_a_portal_is_like": m0003_what_a_portal_is_like.migrate,
    "0004_revisits": m0004_revisits.migrate,
    "0005_frontier": m0005_frontier.migrate,
    "0006_recrawl": m0006_recrawl.migrate,
    "0007_schedules": m0007_schedules.migrate,
    "0008_texts_of_files": m0008_texts_of_files.migrate,
    "0009_watch": m0009_watch.migrate,
    "0010_sections": m0010_sections.migrate,
}
"""All of them by name, oldest first; the number of those that were applied is the version of a database."""
