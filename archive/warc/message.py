"""A stored HTTP response taken apart again: its head as received, and the payload it carried."""

import re
import zlib

from attrs import frozen

from archive.errors import WarcFault

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_CODINGS = {"gzip": 31, "x-gzip": 31, "deflate": 15}
"""Content codings that can be undone, with zlib's window bits for each."""

_RAW_DEFLATE = -15
_PIECE = 16_384
"""At most a thousand times as much comes of one piece, since deflate shrinks no better."""


@frozen(kw_only=True)
class Message:
    """The head of an HTTP response, and where its body begins."""

    status: int | None
    """None when the first line names no status."""

    headers: tuple[tuple[bytes, bytes], ...]
    """As received: order, case and repetitions are kept; folded lines are joined."""

    body_at: int
    """Offset of the body's first byte."""

    is_ended: bool
    """Whether the head is whole: a blank line ends it."""

    @property
    def is_chunked(self) -> bool:
        """Whether the body has the chunked transfer coding (RFC 9112, section 7.1)."""
        return (self.header("Transfer-Encoding") or "").lower().endswith("chunked")

    def header(self, name: str) -> str | None:
        """The first value sent under that name, whatever its case; None when it was not sent."""
        wanted = name.lower().encode()
        for key, value in self.headers:
            if key.lower() == wanted:
                return _text(value)
        return None


def parse(block: bytes) -> Message:
    """Read the head of the final response; interim ones (100, 103) before it are passed over."""
    message = _head(block, 0)
    while message.status is not None and 100 <= message.status < 200 and message.status != 101:
        if message.body_at >= len(block):
            break
        message = _head(block, message.body_at)
    return message


def payload(block: bytes, message: Message) -> bytes:
    """The body with its transfer coding undone and its content coding kept: what WARC-Payload-Digest is taken over.

    A body that breaks off gives what had come; bytes behind the end of the message do not count (RFC 9112, 6.3).
    """
    if message.status in {204, 304}:
        return b""
    if message.is_chunked:
        return _unchunked(block, message.body_at)[0]
    length = message.header("Content-Length") or ""
    end = message.body_at + int(length) if re.fullmatch(r"[0-9]{1,18}", length) else len(block)
    return block[message.body_at : end]


def is_bare(block: bytes, message: Message, payload: bytes) -> bool:
    """Whether nothing stands behind the body: neither trailers nor what belongs to no message."""
    if message.is_chunked:
        return re.fullmatch(rb"0+\r\n\r\n", block[_unchunked(block, message.body_at)[1] :]) is not None
    return len(block) - message.body_at == len(payload)


def content(payload: bytes, coding: str | None, max_bytes: int) -> bytes:
    """The payload with its content coding undone; one that breaks off gives what can be had.

    Raises WarcFault when the coding is unknown or untrue, or when more than `max_bytes` would come of it.
    """
    for name in reversed([part.strip().lower() for part in (coding or "").split(",")]):
        if name and name != "identity":
            payload = _decoded(payload, name, max_bytes)
    return payload


def _head(block: bytes, start: int) -> Message:
    found = _HEAD_END.search(block, start)
    head, body_at = (block[start : found.start()], found.end()) if found else (block[start:], len(block))
    first, *lines = head.split(b"\n")
    return Message(status=_status(first), headers=_headers(lines), body_at=body_at, is_ended=found is not None)


def _status(line: bytes) -> int | None:
    words = line.split(None, 2)
    return int(words[1]) if len(words) > 1 and re.fullmatch(rb"[0-9]{3}", words[1]) else None


def _headers(lines: list[bytes]) -> tuple[tuple[bytes, bytes], ...]:
    headers: list[tuple[bytes, bytes]] = []
    for line in lines:
        if line[:1] in {b" ", b"\t"} and headers:
            name, value = headers[-1]
            headers[-1] = (name, value + b" " + line.strip())
        elif b":" in line:
            name, _, value = line.partition(b":")
            headers.append((name.strip(), value.strip()))
    return tuple(headers)


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _unchunked(block: bytes, start: int) -> tuple[bytes, int]:
    """The chunks put together, up to the last one or to where the chunking breaks off, and where that is."""
    view = memoryview(block)
    # Not a list of pieces: chunks of a byte each would take two hundred times their size.
    whole = bytearray()
    while (line_end := block.find(b"\n", start)) >= 0:
        size = block[start:line_end].partition(b";")[0].strip()
        if not re.fullmatch(rb"[0-9a-fA-F]{1,16}", size) or not (length := int(size, 16)):
            break
        whole += view[line_end + 1 : line_end + 1 + length]
        start = line_end + 1 + length
        start += 2 if block[start : start + 2] == b"\r\n" else 1
    return bytes(whole), start


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
