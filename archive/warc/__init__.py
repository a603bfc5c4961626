"""WARC files (ISO 28500), the evidence: written as bytes came over the wire, mended after a crash, read back."""

from archive.warc.reading import Record, follow, read, record_at, records, referred
from archive.warc.repair import Repair, repair
from archive.warc.writer import MAX_BYTES, Position, WarcWriter

__all__ = [
    "MAX_BYTES",
    "Position",
    "Record",
    "Repair",
    "WarcWriter",
    "follow",
    "read",
    "record_at",
    "records",
    "referred",
    "repair",
]
