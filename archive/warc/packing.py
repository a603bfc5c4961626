"""A record as bytes: named fields, a block, one gzip member."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import quote

from isal import isal_zlib

_LEVEL = 2
_GZIP = 31
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_URI = "".join(map(chr, range(0x21, 0x7F)))

Fields = Iterable[tuple[str, str | None]]
"""Named fields in their order; those that are None are left out."""


def member(fields: Fields, block: bytes) -> bytes:
    """A whole record as one gzip member."""
    head = b"WARC/1.1\r\n" + lines((*fields, ("Content-Length", str(len(block))))) + b"\r\n"
    return packed(head, block)


def packed(head: bytes, block: bytes) -> bytes:
    """The gzip member of a record, of which head and block are given; the same bytes give the same member."""
    packer = isal_zlib.compressobj(level=_LEVEL, wbits=_GZIP)
    return b"".join((packer.compress(head), packer.compress(block), packer.compress(b"\r\n\r\n"), packer.flush()))


def lines(fields: Fields) -> bytes:
    """Named fields as they stand in a record's head, and in a block of application/warc-fields."""
    return "".join(f"{value(name)}: {value(text)}\r\n" for name, text in fields if text is not None).encode()


def value(text: str) -> str:
    """A name or value as it may stand in a named field: nothing can break out of its line."""
    return (text if text.isprintable() else _CONTROLS.sub(" ", text)).strip()


def uri(url: str) -> str:
    """The address with everything percent-encoded that has no place in one: controls, spaces, letters beyond ASCII."""
    return quote(url.encode("utf-8", "surrogatepass"), safe=_URI)


def date(time: datetime) -> str:
    """A time as WARC-Date states it: UTC, to the microsecond."""
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
