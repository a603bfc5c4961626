"""A stored HTTP response taken apart again: its head as received, and the payload it carried."""

import re
import zlib

from attrs import field, frozen

from archive.errors import WarcFault
from archive.warc.framing import Headers, Response, loose_fields

_HEAD_END = re.compile(rb"\n\r?\n")
_BLANK = re.compile(rb"[\r\n]*+(?=HTTP/)")
_MOST_INTERIM = 256 * 1024
"""Bytes of interim responses after which a crawl gives up waiting for another one."""

_CODINGS = {"gzip": 31, "x-gzip": 31, "deflate": 15}
"""Content codings that can be undone, with zlib's window bits for each."""

_RAW_DEFLATE = -15
_PIECE = 16_384
"""At most a thousand times as much comes of one piece, since deflate shrinks no better."""


@frozen(kw_only=True)
class Message:
    """An HTTP response taken apart."""

    status: int | None
    """None when the first line names no status."""

    headers: Headers
    """As received: order, case and repetitions are kept; folded lines are joined."""

    body_at: int
    """Offset of the body's first byte."""

    is_ended: bool
    """Whether the head is whole: a blank line ends it, and it is no interim one."""

    payload: bytes = field(repr=False)
    """The body with its transfer coding undone and its content coding kept: what WARC-Payload-Digest is taken over. Of a
    body that breaks off what had come; bytes behind the end of the message do not count (RFC 9112, section 6.3)."""

    is_bare: bool
    """Whether nothing stands behind the body: neither trailers nor what belongs to no message."""

    @property
    def is_chunked(self) -> bool:
        """Whether the body has the chunked transfer coding (RFC 9112, section 7.1)."""
        codings = b",".join(value for name, value in self.headers if name.lower() == b"transfer-encoding")
        return codings.rpartition(b",")[2].strip().lower() == b"chunked"

    def header(self, name: str) -> str | None:
        """The first value sent under that name, whatever its case; None when it was not sent."""
        wanted = name.lower().encode()
        for key, value in self.headers:
            if key.lower() == wanted:
                return _text(value)
        return None


def parse(block: bytes) -> Message:
    """Take the final response apart; interim ones (100, 103) before it are passed over.

    What llhttp refuses is read as far as it goes: its body is all that stands behind the first blank line.
    """
    start = end = 0
    while end <= _MOST_INTERIM and (begins := _BLANK.match(block, end)):
        found = _HEAD_END.search(block, begins.end())
        response = Response.read(block[begins.end() : found.end()]) if found else None
        if found is None or response is None:
            break
        start, end = end, found.end()
        if not response.is_interim:
            body = response.body(block, end)
            return Message(
                status=response.status,
                headers=response.headers,
                body_at=end,
                is_ended=True,
                payload=body.payload,
                is_bare=body.is_bare,
            )
    return _loose(block, start if end == len(block) else end)


def content(payload: bytes, coding: str | None, max_bytes: int) -> bytes:
    """The payload with its content coding undone; one that breaks off gives what can be had.

    Raises WarcFault when the coding is unknown or untrue, or when more than `max_bytes` would come of it.
    """
    for name in reversed([part.strip().lower() for part in (coding or "").split(",")]):
        if name and name != "identity":
            payload = _decoded(payload, name, max_bytes)
    return payload


def _loose(block: bytes, start: int) -> Message:
    """What llhttp cannot read, such as the answer of an HTTP/2 server as other tools write it down."""
    found = _HEAD_END.search(block, start)
    body_at = found.end() if found else len(block)
    head = block[start:body_at]
    status = _status(head.partition(b"\n")[0])
    headers = loose_fields(head)
    length = next((value for name, value in headers if name.lower() == b"content-length"), b"")
    end = body_at + int(length) if re.fullmatch(rb"[0-9]{1,18}", length) else len(block)
    return Message(
        status=status,
        headers=headers,
        body_at=body_at,
        is_ended=found is not None and not 100 <= (status or 0) < 200,
        payload=block[body_at:end],
        is_bare=end == len(block),
    )


def _status(line: bytes) -> int | None:
    words = line.split(None, 2)
    return int(words[1]) if len(words) > 1 and re.fullmatch(rb"[0-9]{3}", words[1]) else None


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _decoded(coded: bytes, name: str, max_bytes: int) -> bytes:
    if name not in _CODINGS:
        raise WarcFault(f"the content coding {name!r} cannot be undone here; take the payload and decode it elsewhere")
    if not coded:
        return b""
    try:
        return _inflated(coded, _CODINGS[name], max_bytes)
    except zlib.error:
        if name != "deflate":
            raise _untrue(name) from None
    try:
        # Many servers send "deflate" without the zlib wrapping that RFC 9110 asks for.
        return _inflated(coded, _RAW_DEFLATE, max_bytes)
    except zlib.error:
        raise _untrue(name) from None


def _inflated(coded: bytes, window: int, max_bytes: int) -> bytes:
    """What can be inflated, in pieces so that a bomb is noticed in time; raises zlib.error when that is nothing."""
    inflater, plain, view = zlib.decompressobj(window), bytearray(), memoryview(coded)
    for start in range(0, len(coded), _PIECE):
        try:
            plain += inflater.decompress(view[start : start + _PIECE])
        except zlib.error:
            if not plain:
                raise
            break
        if len(plain) > max_bytes:
            raise WarcFault(f"the payload unpacks to more than {max_bytes} bytes; ask for more if you trust it")
        if inflater.eof:
            break
    return bytes(plain)


def _untrue(name: str) -> WarcFault:
    return WarcFault(f"the server named the content coding {name!r}, but the payload is not in it; take it as it is")
