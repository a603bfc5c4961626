"""Where the payload of a revisit may lie, found in the indexes beside the WARCs when the revisit names no file."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from archive.surt import surt
from archive.warc import cdxj


def candidates(folder: Path, url: str, time: datetime | None, digest: str | None) -> Iterator[tuple[str, int]]:
    """Name and offset of the records of an address that are no revisits themselves.

    time: when it was captured, None for any time; digest: what the index has to say of its payload, None for anything.
    """
    key = f"{surt(url)} " + (f"{time.astimezone(UTC):%Y%m%d%H%M%S} " if time else "")
    for path in sorted(folder.glob("*.warc.gz" + cdxj.SUFFIX)):
        with path.open("rb") as stream:
            for line in _lines(stream, key.encode()):
                place = cdxj.place(line)
                if place and place.mime != cdxj.REVISIT and (digest is None or place.digest == digest):
                    yield path.name.removesuffix(cdxj.SUFFIX), place.offset


def _lines(stream: BinaryIO, key: bytes) -> Iterator[str]:
    """The lines of a sorted file that begin with a key, found in as many steps as its size has bits."""
    low, high = 0, stream.seek(0, 2)
    while low < high:
        middle = (low + high) // 2
        stream.seek(middle)
        if middle:
            stream.readline()
        line = stream.readline()
        if line and line < key:
            low = middle + 1
        else:
            high = middle
    stream.seek(low)
    if low:
        stream.readline()
    for line in stream:
        if not line.startswith(key):
            return
        yield line.decode("utf-8", "replace")
