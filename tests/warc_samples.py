"""Exchanges and damage for the tests of what is kept in WARCs."""

import gzip
import random
import zlib
from datetime import UTC, datetime
from uuid import UUID

from archive.warc import WarcWriter, record_at

NOON = datetime(2022, 6, 2, 5, 0, 0, 123456, tzinfo=UTC)
PAGE = "<html><body><h1>Lễ hội xã Mường Lống</h1></body></html>".encode()
REQUEST = b"GET / HTTP/1.1\r\nHost: kyson.example\r\n\r\n"


def response(body=PAGE, *fields, status="200 OK"):
    lines = [f"HTTP/1.1 {status}", "Content-Type: text/html; charset=utf-8", *fields]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def chunked(body, size=7):
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def numbered_ids():
    """Record ids that are the same in every run."""
    numbers = iter(range(1, 1_000_000))
    return lambda: UUID(int=next(numbers))


def writer(folder, prefix="ky-son", **options):
    options = {"info": {"software": "test"}, "now": lambda: NOON, "new_id": numbered_ids()} | options
    return WarcWriter(folder, prefix, **options)


def exchange(number=0, **changes):
    """The arguments of write_exchange for a small page of its own."""
    body = PAGE + b"<p>%d</p>" % number
    plain = {
        "url": f"http://kyson.example/tin-tuc/{number}",
        "time": NOON,
        "request": REQUEST,
        "response": response(body, f"Content-Length: {len(body)}"),
        "payload": body,
        "address": "127.0.0.1",
    }
    return plain | changes


def varied():
    """Exchanges of many kinds, none of them chunked."""
    packed, raw = gzip.compress(PAGE, mtime=0), zlib.compress(PAGE)
    return [
        exchange(1),
        exchange(2, response=response(packed, "Content-Encoding: gzip"), payload=packed),
        exchange(3, response=response(raw, "Content-Encoding: deflate"), payload=raw),
        exchange(4, response=response(b"", "Content-Length: 0", status="404 Not Found"), payload=b""),
        exchange(5, response=b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n", payload=b""),
        exchange(6, response=response(PAGE, "Content-Length: 900"), payload=PAGE, truncated="disconnect"),
        exchange(7, request=b"POST / HTTP/1.1\r\nHost: kyson.example\r\nContent-Length: 3\r\n\r\na=1"),
        exchange(
            8, response=b"HTTP/1.0 200\r\nContent-type:Image/JPEG;q=1\r\n\r\n\xff\xd8\xff", payload=b"\xff\xd8\xff"
        ),
        exchange(9, request=None),
        exchange(10, url="http://kyson.example/Lễ hội?b=2&a=1#x", protocols=("http/1.1",)),
        exchange(11, url="http://www.kyson.example:8081/a/../b", extra={"WARC-Cipher-Suite": "TLS_AES_128_GCM_SHA256"}),
    ]


def long_page(number=0, **changes):
    """The arguments of write_exchange for a page long enough for a revisit, the same for every number."""
    body = PAGE + random.Random(1).randbytes(2_000).hex().encode()
    return exchange(number, response=response(body, f"Content-Length: {len(body)}"), payload=body) | changes


class Recaller:
    """A writer that remembers where it wrote each payload, as an archive does."""

    def __init__(self, folder, **options):
        self._folder, self._places = folder, {}
        self._writer = writer(folder, holder=self._holder, **options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._writer.close()

    def write_resource(self, **facts):
        return self._writer.write_resource(**facts)

    def write_exchange(self, **facts):
        position = self._writer.write_exchange(**facts)
        if position.revisit_of is None and facts.get("truncated") is None:
            self._places[position.digest] = (position.warc, position.offset, position.length)
        return position

    def _holder(self, digest):
        return record_at(self._folder, *self._places[digest]) if digest in self._places else None


def write(folder, exchanges, **options):
    with writer(folder, **options) as warc:
        return [warc.write_exchange(**each) for each in exchanges]
