"""Exports: the archive, or a selection of it, in formats that other programs read. One module a format.

To add a format: write its module, name it here, and test that it reads back as it was.
"""

from pathlib import Path
from typing import Protocol

from archive.export import csv_table, jsonl
from archive.query import Selection
from archive.store import Archive


class Write(Protocol):
    """Writes a selection to a target, `-` for standard output, and gives the number of articles."""

    def __call__(self, archive: Archive, selection: Selection, target: Path, replace: bool = False) -> int:
        """`replace` an existing file or not. Raises UsageError when the target cannot be, ArchiveError on a full disk."""


FORMATS: dict[str, Write] = {"csv": csv_table.write, "jsonl": jsonl.write}
