"""Damage that leaves every record as it was: bits of a gzip member that no reader looks at, found by packing again."""

from collections.abc import Iterator
from pathlib import Path

from archive.warc import packing
from archive.warc.reading import Member, members


def unlike(path: Path) -> Iterator[Member]:
    """The whole members of a WARC that are not what our writer makes of their records.

    Nothing comes of it when half of them are not: then another program wrote the file, or another release of the
    library that packs.
    """
    whole, odd = 0, []
    with path.open("rb") as stream:
        for member in members(path):
            if member.fault:
                continue
            whole += 1
            stream.seek(member.offset)
            if stream.read(member.length) != _packed(member.data):
                odd.append(member)
    if len(odd) * 2 < whole:
        yield from odd


def _packed(record: bytes) -> bytes:
    block_at = record.find(b"\r\n\r\n") + 4
    return packing.packed(record[:block_at], record[block_at:-4])
