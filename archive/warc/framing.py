"""Where the head and the body of an HTTP response end: llhttp decides, by the rules of the crawler that took it.

So what a crawl took for a response is what every later reader of its WARC finds.
"""

import re
from collections.abc import Callable

from attrs import field, frozen
from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

Headers = tuple[tuple[bytes, bytes], ...]

TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A method, or the name of a field (RFC 9110, section 5.6.2)."""

_LENGTH = re.compile(rb"[0-9]{1,15}")
_FOLD = re.compile(rb"\n[ \t]+")
_TAIL = 64
_PIECE = 65_536
"""Of a long body llhttp gives out a copy, so it gets a part at a time."""

MOST_BESIDE = 4 * _PIECE
"""Bytes in a row of trailers, or of a chunk's extensions, after which no more is read, as by the crawler: folded ones take
llhttp a time that grows with the square of their length."""

_LAST_CHUNK = re.compile(rb"\n0+\r\n\r\n\Z")


@frozen(kw_only=True)
class Body:
    """The body of a response."""

    payload: bytes = field(repr=False)
    """With its transfer coding undone; of one that breaks off what had come."""

    is_bare: bool
    """Whether nothing stands behind it: neither trailers nor what belongs to no message."""


class Response:
    """One response on its way through llhttp: first its head, then whatever follows."""

    def __init__(self, head: bytes) -> None:
        self.status = 0
        self.headers: Headers = ()
        self._fields: list[tuple[bytes, bytes]] = []
        self._in_head = 0
        self._size = 0
        self._end: int | None = None
        self._is_overrun = False
        self._is_coded = False
        # Not a list of pieces, and no method of ours: a body may come in chunks of a byte each.
        self._decoded = bytearray() if b"transfer-encoding" in head.lower() else None
        self.on_body: Callable[[bytes], None] = self._count if self._decoded is None else self._decoded.extend
        self._parser = parser(self)

    @classmethod
    def read(cls, head: bytes) -> "Response | None":
        """A response from its head, which ends with a blank line; None when that is not HTTP even after tidying."""
        found = cls(head)
        if found._take_head(head):
            return found
        found = cls(head)
        if found._take_head(tidied(head)):
            found.headers = loose_fields(head)
            return found
        return None

    @property
    def is_interim(self) -> bool:
        """Whether another response follows this one (RFC 9110, section 15.2); nobody asked for a 101."""
        return 100 <= self.status < 200 and self.status != 101

    def body(self, block: bytes, start: int) -> Body:
        """The body that begins at an offset of a block and goes no further than its end."""
        view, at, is_sound = memoryview(block), start, True
        grown, got = start, 0
        while at < len(block) and is_sound and self._end is None and at - grown < MOST_BESIDE:
            is_sound = self._feed(view[at : at + _PIECE])
            at += _PIECE
            if self._got > got:
                grown, got = at, self._got
        del self._parser  # it and this object hold each other, and the body with them
        size = self._got if self._end is None else self._end
        is_all = start + size == len(block)
        if self._decoded is None or not self._is_coded:
            return Body(payload=block[start : start + size], is_bare=is_all)
        is_clean = is_sound and at >= len(block) and not self._is_overrun and len(self._fields) == self._in_head
        ends_there = self._end is not None and _LAST_CHUNK.search(block, max(len(block) - _TAIL, 0)) is not None
        return Body(payload=bytes(memoryview(self._decoded)[:size]), is_bare=is_all or (is_clean and ends_there))

    @property
    def _got(self) -> int:
        """How many bytes of the body have come."""
        return self._size if self._decoded is None else len(self._decoded)

    def _take_head(self, head: bytes) -> bool:
        """Read the head; False when it is refused, or says no status."""
        return self._feed(head) and self.status > 0

    def _feed(self, data: bytes | memoryview) -> bool:
        """Take the next bytes; False when they are refused."""
        return (
            is_taken(self._parser, data) or self.status == 101
        )  # after which llhttp stops, which is no fault of the message

    def _count(self, data: bytes) -> None:
        self._size += len(data)

    # What follows is called by httptools, also for a second message after the first, which is none of ours.

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header field, or a trailer field."""
        self._fields.append((name, value))

    def on_headers_complete(self) -> None:
        """Learn what the status line and headers say."""
        if self.status:
            return
        self.status = self._parser.get_status_code()
        self.headers = tuple(self._fields)
        self._in_head = len(self._fields)
        self._is_coded = any(name.lower() == b"transfer-encoding" for name, _ in self.headers)

    def on_message_begin(self) -> None:
        """Notice a second message."""
        self._is_overrun = self._end is not None

    def on_message_complete(self) -> None:
        """Notice the end."""
        if self._end is None:
            self._end = self._got


def parser(listener: object) -> HttpResponseParser:
    """llhttp as lenient as the servers of portals need it; `listener` is called as httptools does."""
    made = HttpResponseParser(listener)
    # Not lenient_optional_crlf_after_chunk: a wrong chunk size must be noticed, or a broken body passes as whole.
    made.set_dangerous_leniencies(
        lenient_headers=True,
        lenient_chunked_length=True,
        lenient_transfer_encoding=True,
        lenient_version=True,
        lenient_optional_lf_after_cr=True,
        lenient_optional_cr_before_lf=True,
        lenient_spaces_after_chunk_size=True,
    )
    return made


def is_taken(llhttp: HttpResponseParser, data: bytes | memoryview) -> bool:
    """Hand the next bytes to llhttp; False when it refuses them."""
    try:
        llhttp.feed_data(data)
    except HttpParserUpgrade:
        return True
    except HttpParserError:
        return False
    return True


def loose_fields(head: bytes) -> Headers:
    """Whatever in a head has a colon, read as header fields; folded lines are joined."""
    pairs = (line.partition(b":") for line in _FOLD.sub(b" ", _lines_ended(head)).split(b"\n")[1:])
    return tuple((name.strip(), value.strip()) for name, colon, value in pairs if colon)


def tidied(head: bytes) -> bytes:
    """The head without what llhttp refuses and browsers overlook: odd names, second lengths, folds, spaces."""
    status_line = _lines_ended(head).partition(b"\n")[0]
    lines = [b" ".join(status_line.split(maxsplit=2))]
    length = None
    for name, value in loose_fields(head):
        if name.lower() == b"content-length":
            length = length or _LENGTH.fullmatch(value.partition(b",")[0].strip())
        elif TOKEN.fullmatch(name):
            lines.append(b"%s: %s" % (name, value))
    if length:
        lines.append(b"Content-Length: " + length[0])
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _lines_ended(head: bytes) -> bytes:
    """The head with each of its lines ended by a newline alone, however many carriage returns stood before it."""
    return b"\n".join(line.rstrip(b"\r") for line in head.split(b"\n"))
