"""Damage that leaves every record as it was: bits of a gzip member that no reader looks at, found by packing again."""

from pathlib import Path

from archive.warc import packing
from archive.warc.members import members, salvaged_url


def unlike(path: Path) -> list[tuple[int, str | None]]:
    """Offset and address of each whole record of a WARC that does not lie there as our writer packs it.

    Nothing comes of it when half of them do not: then another program wrote the file, or another release of the library
    that packs.
    """
    whole, odd = 0, []
    with path.open("rb") as stream:
        for member in members(path):
            if member.fault is None:
                whole += 1
                stream.seek(member.offset)
                if stream.read(member.length) != _packed(member.data):
                    odd.append((member.offset, salvaged_url(member.data)))
    return odd if len(odd) * 2 < whole else []


def _packed(record: bytes) -> bytes:
    block_at = record.find(b"\r\n\r\n") + 4
    return packing.packed(record[:block_at], record[block_at:-4])
