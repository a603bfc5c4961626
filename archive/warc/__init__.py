"""WARC files (ISO 28500), the evidence: written as bytes came over the wire, mended after a crash, read back."""

from archive.warc.reading import Record, read, records
from archive.warc.repair import Repair, repair
from archive.warc.writer import Position, WarcWriter

__all__ = ["Position", "Record", "Repair", "WarcWriter", "read", "records", "repair"]
