"""Writing: each exchange becomes a response and a request record, each record one gzip member."""

import hashlib
import logging
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote
from uuid import UUID, uuid4

from attrs import frozen
from isal import isal_zlib

from archive.errors import UsageError
from archive.warc import cdxj, message
from archive.warc.files import GrowingWarc
from archive.warc.reading import sha1

logger = logging.getLogger(__name__)

_LEVEL = 2
_GZIP = 31
_PREFIX = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_URI = "".join(map(chr, range(0x21, 0x7F)))


@frozen(kw_only=True)
class Position:
    """Where the record of a capture lies, and what was digested on the way."""

    warc: str
    """Name the file bears once it is closed, without folder."""

    offset: int
    """Where the record's gzip member begins."""

    length: int
    """How long that member is."""

    record_id: str
    """WARC-Record-ID, `<urn:uuid:…>`."""

    digest: str
    """`sha1:` and base32 over the payload, as in WARC-Payload-Digest."""

    sha256: str
    """Hex, over the same payload."""

    payload_bytes: int


class WarcWriter:
    """Appends records to a series of WARC files in one folder.

    A file begins with its first record, before which stands a warcinfo record that holds `info`. It bears the suffix
    `.open` until it is closed or has passed `max_bytes`; when its writer dies `repair` mends it. Raises WarcFault when
    the disk will not take a record, of which then nothing is kept.
    """

    def __init__(
        self,
        folder: Path,
        prefix: str,
        *,
        info: Mapping[str, str],
        max_bytes: int = 1_000_000_000,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        new_id: Callable[[], UUID] = uuid4,
    ) -> None:
        if not _PREFIX.fullmatch(prefix):
            raise UsageError(
                f"{prefix!r} cannot begin a file name; use small letters, digits, dots, dashes, underlines"
            )
        self._folder = folder
        self._prefix = prefix
        self._info = info
        self._max_bytes = max_bytes
        self._now = now
        self._new_id = new_id
        self._serials = count()
        self._file: GrowingWarc | None = None
        self._warcinfo_id = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def write_exchange(
        self,
        *,
        url: str,
        time: datetime,
        request: bytes | None,
        response: bytes,
        payload: bytes,
        address: str | None,
        truncated: str | None = None,
        protocol: str | None = None,
        extra: Mapping[str, str] = {},
    ) -> Position:
        """Write a response and its request, byte for byte; the position is the response's.

        Payload, media type and status are what the response itself says, since that is all a later reader has; a
        `payload` that differs is logged. `truncated` is in the words of WARC-Truncated, `protocol` in those of
        WARC-Protocol (`http/1.1`); `extra` are further named fields of the response record.
        """
        file = self._open()
        parsed = message.parse(response)
        stored = message.payload(response, parsed)
        if stored != payload:
            logger.warning("a reader of the WARC will find another payload than the crawler had: %s", url)
        uri, response_id, request_id, digest = _uri(url), self._urn(), self._urn(), sha1(stored)
        common = {
            "WARC-Date": _date(time),
            "WARC-Target-URI": uri,
            "WARC-IP-Address": address,
            "WARC-Protocol": protocol,
            "WARC-Warcinfo-ID": self._warcinfo_id,
        }
        packed = _member(
            {
                "WARC-Type": "response",
                "WARC-Record-ID": response_id,
                **common,
                "WARC-Concurrent-To": request_id if request is not None else None,
                "WARC-Block-Digest": sha1(response),
                "WARC-Payload-Digest": digest,
                "WARC-Truncated": truncated,
                **extra,
                "Content-Type": "application/http;msgtype=response",
            },
            response,
        )
        length = len(packed)
        if request is not None:
            packed += _member(
                {
                    "WARC-Type": "request",
                    "WARC-Record-ID": request_id,
                    **common,
                    "WARC-Concurrent-To": response_id,
                    "WARC-Block-Digest": sha1(request),
                    "Content-Type": "application/http;msgtype=request",
                },
                request,
            )
        offset = file.append(packed, records=1 if request is None else 2)
        position = _position(file, offset, length, response_id, digest, stored)
        file.index(_index_line(position, uri, time, mime=parsed.header("Content-Type"), status=parsed.status))
        return position

    def write_resource(self, *, url: str, time: datetime, mime: str, payload: bytes) -> Position:
        """Write a file that came over no wire, such as the portal description a crawl used.

        It is a `resource` record, which is for a file taken as it is from where it lay (WARC 1.1, section 6.4);
        `metadata` would be for words about another record. Its block is its payload, so one digest serves both.
        """
        file = self._open()
        uri, record_id, digest = _uri(url), self._urn(), sha1(payload)
        fields = {
            "WARC-Type": "resource",
            "WARC-Record-ID": record_id,
            "WARC-Date": _date(time),
            "WARC-Target-URI": uri,
            "WARC-Warcinfo-ID": self._warcinfo_id,
            "WARC-Block-Digest": digest,
            "Content-Type": mime,
        }
        packed = _member(fields, payload)
        position = _position(file, file.append(packed, records=1), len(packed), record_id, digest, payload)
        if cdxj.is_indexed("resource", _value(mime)):
            file.index(_index_line(position, uri, time, mime=_value(mime), status=None))
        return position

    def sync(self) -> None:
        """Wait until the disk has every record written so far."""
        if self._file:
            self._file.sync()

    def close(self) -> None:
        """Save the current file and give it its final name; a later record begins another file."""
        if self._file:
            file, self._file = self._file, None
            file.close(self._now())

    def _open(self) -> GrowingWarc:
        """The file to write to, begun with its warcinfo record where there is none."""
        if self._file and self._file.bytes >= self._max_bytes:
            self.close()
        if self._file is None:
            self._file = self._begin()
        return self._file

    def _begin(self) -> GrowingWarc:
        now = self._now()
        names = (f"{self._prefix}-{now.astimezone(UTC):%Y%m%d%H%M%S}-{n:05d}.warc.gz" for n in self._serials)
        file = next(file for name in names if (file := GrowingWarc.create(self._folder, name)))
        warcinfo_id = self._urn()
        info = {
            "software": _software(),
            "format": "WARC File Format 1.1",
            "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
            **self._info,
        }
        block = _lines(info)
        fields = {
            "WARC-Type": "warcinfo",
            "WARC-Record-ID": warcinfo_id,
            "WARC-Date": _date(now),
            "WARC-Filename": file.name,
            "WARC-Block-Digest": sha1(block),
            "Content-Type": "application/warc-fields",
        }
        try:
            file.append(_member(fields, block), records=1)
        except BaseException:
            file.abandon()
            raise
        self._warcinfo_id = warcinfo_id
        return file

    def _urn(self) -> str:
        return f"<urn:uuid:{self._new_id()}>"


def _member(fields: Mapping[str, str | None], block: bytes) -> bytes:
    """A whole record as one gzip member; fields that are None are left out."""
    stated = {name: value for name, value in fields.items() if value is not None}
    packer = isal_zlib.compressobj(level=_LEVEL, wbits=_GZIP)
    head = b"WARC/1.1\r\n" + _lines(stated | {"Content-Length": str(len(block))}) + b"\r\n"
    return b"".join((packer.compress(head), packer.compress(block), packer.compress(b"\r\n\r\n"), packer.flush()))


def _lines(fields: Mapping[str, str]) -> bytes:
    return "".join(f"{_value(name)}: {_value(value)}\r\n" for name, value in fields.items()).encode()


def _value(text: str) -> str:
    """A name or value as it may stand in a named field: nothing can break out of its line."""
    return _CONTROLS.sub(" ", text).strip()


def _position(file: GrowingWarc, offset: int, length: int, record_id: str, digest: str, payload: bytes) -> Position:
    return Position(
        warc=file.name,
        offset=offset,
        length=length,
        record_id=record_id,
        digest=digest,
        sha256=hashlib.sha256(payload).hexdigest(),
        payload_bytes=len(payload),
    )


def _index_line(position: Position, uri: str, time: datetime, *, mime: str | None, status: int | None) -> str:
    return cdxj.line(
        url=uri,
        time=time,
        mime=mime,
        status=status,
        digest=position.digest,
        length=position.length,
        offset=position.offset,
        warc=position.warc,
    )


def _uri(url: str) -> str:
    """The address with everything percent-encoded that has no place in one: controls, spaces, letters beyond ASCII."""
    return quote(url.encode("utf-8", "surrogatepass"), safe=_URI)


def _date(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


@cache
def _software() -> str:
    try:
        return f"kyson-crawler/{version('kyson-crawler')}"
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "kyson-crawler"
