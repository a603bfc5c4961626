"""The reading of one HTTP/1 response that keeps every byte; what the bytes mean, llhttp decides."""

import re

from httptools import HttpResponseParser

from archive.warc import framing

HEAD_LIMIT = framing.MOST_BESIDE
"""Bytes of status lines and headers, interim responses included, after which a response is given up; of trailers too,
since llhttp takes ever longer for each folded line of one field."""

_PIECE = 64 * 1024

_BLANK_LINE = re.compile(rb"\n\r?\n")


class ResponseReader:
    """Reads one response from the bytes of a connection as they arrive, without ever raising on what they are.

    Feed it until `done`. Then either `fault` says why there is no response, or `message` is the response, with
    `truncated` when its body is not whole.
    """

    def __init__(self, *, method: str, maxsize: int) -> None:
        """`maxsize` counts bytes on the wire; 0 is no limit."""
        self._bodiless = method in {"HEAD", "CONNECT"}
        self._maxsize = maxsize
        self._received: bytearray | bytes = bytearray()
        self._head = bytearray()
        self._heads_size = 0
        self._body_at = 0
        self._aside = 0
        self.done = False
        self.message: Message | None = None
        """The final response; None until its headers are complete."""

        self.fault: str | None = None
        """Why there is no response; None while there may be one."""

        self.truncated: str | None = None
        """As in `Exchange.truncated`, and of what came in place of a response as in `Attempt.truncated`."""

        self.keep_alive = False
        """Whether the connection may carry another request: the response was whole and nothing came after it."""

    @property
    def silent(self) -> bool:
        """Whether not a single byte has come."""
        return not self._received

    @property
    def response(self) -> bytes:
        """Everything received, as it came."""
        if self.done:  # a large response must not lie in memory twice
            self._received = bytes(self._received)
        return bytes(self._received)

    @property
    def payload(self) -> bytes:
        """The body after transfer decoding; empty while there is no message."""
        message = self.message
        if message is None:
            return b""
        if message.decoded is not None:
            message.decoded = bytes(message.decoded)
            return message.decoded
        return self.response[self._body_at : self._body_at + message.size]

    def feed(self, data: bytes) -> None:
        """Take the next bytes; what exceeds the size limit is dropped and ends the response.

        They are taken piece by piece, since a loop that was busy hands over megabytes at once, and limits come too late then.
        """
        for start in range(0, len(data), _PIECE):
            if self.truncated == "length":
                return
            self._take(data[start : start + _PIECE])

    def _take(self, data: bytes) -> None:
        kept = data[: self._maxsize - len(self._received)] if self._maxsize else data
        self._received += kept
        rest = kept
        while rest and self.message is None and not self.done:
            rest = self._read_head(rest)
            self._body_at = len(self._received) - len(rest)
        if self.done:
            self.keep_alive = self.keep_alive and not rest
        elif rest:
            self._read_body(rest)
        if len(kept) < len(data):
            self.cut("length", f"its headers do not end within the size limit of {self._maxsize} bytes")

    def eof(self, *, broken: bool = False) -> None:
        """Take note that the server closed the connection, or that it broke, which ends no body properly."""
        self.keep_alive = False
        if self.message is not None and self.message.until_close and not broken:
            self._finish()
        elif self.silent:
            self.cut("disconnect", "the server closed the connection without an answer")
        else:
            self.cut("disconnect", f"the server broke off within the headers, after {len(self._received)} bytes")

    def cut(self, reason: str, fault: str) -> None:
        """End here: truncated for this reason, or with this fault when not even the headers are complete."""
        if self.done:
            return
        self.truncated = reason
        if self.message is None:
            self.fault = fault
        self._finish()

    def _read_head(self, data: bytes) -> bytes:
        """Collect a head, and read it once it is complete; gives back the bytes after it."""
        fresh = data if self._head else data.lstrip(b"\r\n")
        self._heads_size += len(data)
        searched = max(0, len(self._head) - 2)
        self._head += fresh
        end = _BLANK_LINE.search(self._head, searched)
        rest = bytes(self._head[end.end() :]) if end else b""
        self._heads_size -= len(rest)
        if not b"HTTP/".startswith(bytes(self._head[:5])):
            self.cut("unspecified", f"the answer is not HTTP, it begins with {bytes(self._head[:40])!r}")
        elif self._heads_size > HEAD_LIMIT:
            self.cut("length", f"its headers do not end within {HEAD_LIMIT} bytes")
        elif end:
            self._take_head(bytes(self._head[: end.end()]))
            self._head.clear()
        return rest

    def _take_head(self, head: bytes) -> None:
        message = Message.read(head)
        if message is None:
            self.cut("unspecified", f"its headers cannot be read as HTTP: {head[:80]!r}")
        elif not message.interim:
            self.message = message
            if message.complete or self._bodiless:
                self._finish()

    def _read_body(self, data: bytes) -> None:
        """Take bytes of the body, or what stands beside it: trailers, and the extensions of a chunk's size."""
        message = self.message
        assert message is not None
        before = message.size
        refused = not message.feed(data)
        self._aside = self._aside + len(data) if message.size == before else 0
        if message.complete:
            self._finish()
            self.keep_alive = self.keep_alive and not refused and not message.overrun
        elif refused:
            self.cut("unspecified", "")
        elif self._aside > HEAD_LIMIT:
            self.cut("length", "")

    def _finish(self) -> None:
        self.done = True
        if self.message is not None:
            self.keep_alive = self.message.keep_alive and self.truncated is None
            self.message.close()


class Message:
    """One response as llhttp reads it."""

    def __init__(self) -> None:
        self.status = 0
        self.reason = b""
        self.http_version = ""
        self.headers: tuple[tuple[bytes, bytes], ...] = ()
        """As received, without trailers."""

        self.until_close = False
        """Whether only the end of the connection ends the body."""

        self.complete = False
        self.keep_alive = False
        self.overrun = False
        """Whether something else began after the end of the body."""

        self.size = 0
        """Bytes of the body so far."""

        self.decoded: bytearray | bytes | None = None
        """The body so far where it is not on the wire as it is; None where it is one piece of what was received."""

        self._fields: list[tuple[bytes, bytes]] = []
        self._parser: HttpResponseParser | None = framing.parser(self)

    @classmethod
    def read(cls, head: bytes) -> "Message | None":
        """A message from its head, which ends with a blank line; None when it is not HTTP even after tidying."""
        message = cls()
        if message.feed(head) and message.status:
            return message
        message = cls()
        if message.feed(framing.tidied(head)) and message.status:
            message.headers = framing.loose_fields(head)
            return message
        return None

    @property
    def interim(self) -> bool:
        """Whether another response follows this one (RFC 9110, section 15.2); nobody asked for a 101."""
        return 100 <= self.status < 200 and self.status != 101

    def feed(self, data: bytes) -> bool:
        """Take the next bytes; False when they are refused."""
        assert self._parser is not None
        # llhttp stops after any 101, which is no fault of the message.
        return framing.is_taken(self._parser, data) or self.status == 101

    def close(self) -> None:
        """Let the parser go; it and the message hold each other."""
        self._parser = None

    # What follows is called by httptools, also for a second message after the first, which is none of ours.

    def on_status(self, reason: bytes) -> None:
        """Take a piece of the reason phrase."""
        if not self.status:
            self.reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header field, or a trailer field."""
        if not self.status:
            self._fields.append((name, value))

    def on_headers_complete(self) -> None:
        """Learn what the status line and headers say."""
        if self.status or self._parser is None:
            return
        self.status = self._parser.get_status_code()
        self.http_version = self._parser.get_http_version()
        self.keep_alive = self._parser.should_keep_alive() and self.status != 101
        self.headers = tuple(self._fields)
        self.until_close = _until_close(self.headers)
        if any(name.lower() == b"transfer-encoding" for name, _ in self.headers):
            # Not a list of pieces: chunks of two bytes each would take twenty times their size.
            self.decoded = bytearray()

    def on_body(self, data: bytes) -> None:
        """Take a piece of the body."""
        if self.complete:
            return
        self.size += len(data)
        if self.decoded is not None:
            self.decoded += data

    def on_message_begin(self) -> None:
        """Notice a second message."""
        self.overrun = self.complete

    def on_message_complete(self) -> None:
        """Notice the end."""
        self.complete = True


def _until_close(headers: tuple[tuple[bytes, bytes], ...]) -> bool:
    """Whether the body has no length of its own (RFC 9112, section 6.3)."""
    codings = b",".join(value for name, value in headers if name.lower() == b"transfer-encoding")
    if codings:
        return codings.rpartition(b",")[2].strip().lower() != b"chunked"
    return all(name.lower() != b"content-length" for name, _ in headers)
