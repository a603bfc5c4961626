"""The gzip members of a file, one a record: whole ones, and the damaged stretches between them."""

import contextlib
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from attrs import field, frozen
from isal import isal_zlib

RECORD_LIMIT = 256_000_000
"""Bytes of a record above which it is not read, however little it takes packed; no crawl of ours writes such."""

_PIECE = 65_536
_MAGIC = b"WARC/"
_MEMBER = re.compile(rb"\x1f\x8b\x08[\x00-\x1f]")
"""How a gzip member begins: magic, the one method there is, and flags of which five have a meaning (RFC 1952)."""

_HEAD = 1_024
_SALVAGED = 262_144


@frozen(kw_only=True)
class Member:
    """One gzip member of a WARC file, or a stretch of bytes where none can be read."""

    offset: int
    length: int
    data: bytes = field(repr=False)
    """What it unpacks to; for a damaged member as much as could be had."""

    fault: str | None
    """What is wrong with it; None for a whole member."""


def members(path: Path, start: int = 0, end: int | None = None, *, quickly: bool = False) -> Iterator[Member]:
    """All gzip members of a file, with the damaged stretches between them: together they are the whole file.

    start, end: of a part of it only, from the beginning of a member to that of another one. quickly: as in `member_at`.
    """
    size = path.stat().st_size if end is None else end
    with path.open("rb") as stream:
        offset = start
        while offset < size:
            found = member_at(stream, offset, quickly=quickly)
            if not found.length:
                behind = _next_member(stream, offset + 1, size)
                stream.seek(offset)
                data = _salvaged(stream, behind - offset)
                found = Member(offset=offset, length=behind - offset, data=data, fault=found.fault)
            yield found
            offset += found.length


def salvaged_url(data: bytes) -> str | None:
    """WARC-Target-URI of what could be unpacked of a damaged record; None when that is not enough."""
    found = re.search(rb"\r\nWARC-Target-URI: ?([^\r\n]+)\r\n", data, re.IGNORECASE)
    return found.group(1).decode("utf-8", "replace") if found else None


def member_at(stream: BinaryIO, offset: int, *, quickly: bool = False) -> Member:
    """Unpack the member that begins at an offset; its CRC and length are checked.

    A damaged member has no length, since nobody knows where it ends; one that is too large has. quickly: with the library
    that the writer packs with, in half the time, which overlooks reserved flags in the member's own head; else with zlib, so
    that one library checks the other.
    """
    inflater, pieces, length, size = (isal_zlib if quickly else zlib).decompressobj(31), list[bytes](), 0, 0
    fault = "no gzip member begins there"
    stream.seek(offset)
    while not inflater.eof and (piece := stream.read(_PIECE)):
        try:
            plain = inflater.decompress(piece)
        except (zlib.error, isal_zlib.error) as error:  # type: ignore[misc]
            fault = fault if length == 0 and "header" in str(error) else f"the gzip member is damaged ({error})"
            return Member(offset=offset, length=0, data=b"", fault=fault)
        size += len(plain)
        if size <= RECORD_LIMIT:
            pieces.append(plain)
        else:
            del pieces[1:]
        length += len(piece) - len(inflater.unused_data)
        fault = "the gzip member breaks off before its end"
    if not inflater.eof:
        return Member(offset=offset, length=0, data=b"", fault=fault)
    if size > RECORD_LIMIT:
        fault = f"the record unpacks to {size:,} bytes, and more than {RECORD_LIMIT:,} are not read"
        return Member(offset=offset, length=length, data=b"".join(pieces)[:_SALVAGED], fault=fault)
    return Member(offset=offset, length=length, data=b"".join(pieces), fault=None)


def _next_member(stream: BinaryIO, start: int, size: int) -> int:
    """Where the next gzip member that holds a WARC record begins; the end of the file when there is none."""
    while start < size:
        stream.seek(start)
        piece = stream.read(_PIECE + _HEAD)
        for found in _MEMBER.finditer(piece, 0, _PIECE + 3):
            if _begins_record(piece[found.start() : found.start() + _HEAD]):
                return min(start + found.start(), size)
        start += _PIECE
    return size


def _begins_record(packed: bytes) -> bool:
    """Whether these bytes unpack to the beginning of a record; no more of them is unpacked than that takes."""
    try:
        return zlib.decompressobj(31).decompress(packed, len(_MAGIC)) == _MAGIC
    except zlib.error:
        return False


def _salvaged(stream: BinaryIO, length: int) -> bytes:
    """What can be unpacked of a damaged member up to its address; in small bites, since one with a fault gives nothing."""
    packed, inflater, found = stream.read(min(length, _SALVAGED)), zlib.decompressobj(31), bytearray()
    with contextlib.suppress(zlib.error):
        for start in range(0, len(packed), 16):
            found += inflater.decompress(packed[start : start + 16], _SALVAGED)
            if len(found) > _SALVAGED:
                break
    return bytes(found)
