"""Writing: each exchange becomes a response or revisit, a request and a metadata record, each one gzip member."""

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

from attrs import evolve, frozen

from archive.errors import UsageError
from archive.warc import cdxj, message, packing, revisit
from archive.warc.digests import sha1
from archive.warc.event import Event
from archive.warc.files import GrowingWarc
from archive.warc.message import Message
from archive.warc.reading import FIELDS, Record
from archive.warc.revisit import Revisit

logger = logging.getLogger(__name__)

MAX_BYTES = 1_000_000_000
"""The size after which a WARC is closed unless another is asked for; a gigabyte is what the standard recommends (Annex C)."""

_PRINTABLE = "".join(chr(code) for code in range(0x20, 0x7F) if code != ord("%"))
_PREFIX = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")


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
    revisit_of: str | None
    """WARC-Record-ID of the record that holds the payload; None when it is this one."""


class WarcWriter:
    """Appends records to a series of WARC files in one folder.

    A file begins with its first record, before which stands a warcinfo record that holds `info`. It bears the suffix
    `.open` until it is closed or has passed `max_bytes`; when its writer dies `repair` mends it. `holder` reads, for the
    digest of a payload, an earlier record that holds it; None when there is none. Raises WarcFault when the disk will not
    take a record, of which then nothing is kept.
    """

    def __init__(
        self,
        folder: Path,
        prefix: str,
        *,
        info: Mapping[str, str],
        holder: Callable[[str], Record | None] = lambda _: None,
        max_bytes: int = MAX_BYTES,
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
        self._holder = holder
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
        payload: bytes | None,
        address: str | None,
        truncated: str | None = None,
        protocols: tuple[str, ...] = (),
        extra: Mapping[str, str] = {},
        about: Mapping[str, str] = {},
        validated: Record | None = None,
    ) -> Position:
        """Write a response, its request and what there is to say `about` both; the position is the response's.

        All is written byte for byte, but a payload of some size that `holder` finds in an earlier record becomes a
        revisit. What is no HTTP is written all the same: neither `response` nor its Content-Type promises it (WARC 1.1,
        section 6.3.2). Payload, media type and status are what the response itself says, since that is all a later reader
        has; a `payload` that differs is logged, None when nobody has read it. `truncated` is in the words of
        WARC-Truncated, `protocols` in those of WARC-Protocol (`http/1.1`, `tls/1.3`); `extra` are further named fields of
        the response record, `about` the fields of its metadata record. `validated` is the record whose ETag or date of
        change the request named: it holds the payload after "304 Not Modified". Then the revisit has no block, or replay
        would show an empty page in place of what still stands (WARC 1.1, section 6.7.3 leaves it open), and the answer
        stands in the metadata record, its bytes beyond printable ASCII percent-encoded.
        """
        file = self._open()
        head = message.parse(response)
        stored = head.payload
        if payload == stored:  # a large one must not lie in memory twice
            head, stored = evolve(head, payload=payload), payload
        elif payload is not None:
            logger.warning("a reader of the WARC will find another payload than the crawler had: %s", url)
        digest = sha1(stored)
        visit = None if truncated else self._visit(head, digest, validated)
        block = response[: head.body_at] if visit else response
        if visit and visit.profile == revisit.NOT_MODIFIED:
            stored, digest = visit.original.payload, sha1(visit.original.payload)
            block, about = b"", {**about, "http-response": quote(response, safe=_PRINTABLE)}
        event = self._event(url, time, address, protocols)
        main = (
            ("WARC-Payload-Digest", digest),
            ("WARC-Truncated", "length" if block and len(block) < len(response) else truncated),
            *(visit.fields if visit else ()),
            *extra.items(),
        )
        records = event.records("revisit" if visit else "response", block, main, request, about)
        position = _position(
            file,
            file.append(b"".join(records), len(records)),
            len(records[0]),
            event.response_id,
            digest,
            stored,
            visit.original.record_id if visit else None,
        )
        mime = cdxj.REVISIT if visit else head.header("Content-Type")
        status = head.status if block else None
        file.index(_index_line(position, event.uri, time, mime=mime, status=status))
        return position

    def write_attempt(
        self,
        *,
        url: str,
        time: datetime,
        request: bytes | None,
        address: str | None,
        protocols: tuple[str, ...] = (),
        about: Mapping[str, str],
    ) -> None:
        """Write a request to which not a single byte came back, if it was sent at all, and what there is to say about it."""
        file = self._open()
        records = self._event(url, time, address, protocols).records("response", None, (), request, about)
        file.append(b"".join(records), len(records))

    def write_resource(self, *, url: str, time: datetime, mime: str, payload: bytes) -> Position:
        """Write a file that came over no wire, such as the portal description a crawl used.

        It is a `resource` record, which is for a file taken as it is from where it lay (WARC 1.1, section 6.4);
        `metadata` would be for words about another record. Its block is its payload, so one digest serves both.
        """
        file = self._open()
        uri, record_id, digest = packing.uri(url), self._urn(), sha1(payload)
        fields = (
            ("WARC-Type", "resource"),
            ("WARC-Record-ID", record_id),
            ("WARC-Date", packing.date(time)),
            ("WARC-Target-URI", uri),
            ("WARC-Warcinfo-ID", self._warcinfo_id),
            ("WARC-Block-Digest", digest),
            ("Content-Type", mime),
        )
        packed = packing.member(fields, payload)
        position = _position(file, file.append(packed, records=1), len(packed), record_id, digest, payload, None)
        mime = packing.value(mime)
        if cdxj.is_indexed("resource", mime):
            file.index(_index_line(position, uri, time, mime=mime, status=None))
        return position

    def write_conversion(
        self, *, url: str, time: datetime, refers_to: str, mime: str, payload: bytes, about: Mapping[str, str]
    ) -> Position:
        """Write what was made of the payload of an earlier record (WARC 1.1, section 6.8), and what there is to say `about` it.

        `url` is that of the earlier record, and `refers_to` its WARC-Record-ID; `time` is when it was made. No index has it:
        replay shows what a server sent.
        """
        file = self._open()
        uri, date, record_id, digest = packing.uri(url), packing.date(time), self._urn(), sha1(payload)
        fields = (
            ("WARC-Type", "conversion"),
            ("WARC-Record-ID", record_id),
            ("WARC-Date", date),
            ("WARC-Target-URI", uri),
            ("WARC-Refers-To", refers_to),
            ("WARC-Warcinfo-ID", self._warcinfo_id),
            ("WARC-Block-Digest", digest),
            ("Content-Type", mime),
        )
        packed = packing.member(fields, payload)
        offset = file.append(packed + self._said(uri, date, record_id, about), records=2)
        return _position(file, offset, len(packed), record_id, digest, payload, None)

    def write_about(self, *, url: str, time: datetime, refers_to: str, about: Mapping[str, str]) -> str:
        """Write what there is to say of an earlier record, whose address and id are given; gives the name of the file."""
        file = self._open()
        file.append(self._said(packing.uri(url), packing.date(time), refers_to, about), records=1)
        return file.name

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
        block = packing.lines(info.items())
        fields = (
            ("WARC-Type", "warcinfo"),
            ("WARC-Record-ID", warcinfo_id),
            ("WARC-Date", packing.date(now)),
            ("WARC-Filename", file.name),
            ("WARC-Block-Digest", sha1(block)),
            ("Content-Type", FIELDS),
        )
        try:
            file.append(packing.member(fields, block), records=1)
        except BaseException:
            file.abandon()
            raise
        self._warcinfo_id = warcinfo_id
        return file

    def _visit(self, response: Message, digest: str, validated: Record | None) -> Revisit | None:
        """The revisit that may stand for a whole response: by what the server says, or by what it sent."""
        if response.status == 304 and validated is not None:
            return Revisit(original=validated, profile=revisit.NOT_MODIFIED)
        if len(response.payload) < revisit.WORTHWHILE or (original := self._holder(digest)) is None:
            return None
        return revisit.identical(original, response)

    def _event(self, url: str, time: datetime, address: str | None, protocols: tuple[str, ...]) -> Event:
        return Event(
            uri=packing.uri(url),
            date=packing.date(time),
            address=address,
            protocols=protocols,
            warcinfo_id=self._warcinfo_id,
            response_id=self._urn(),
            request_id=self._urn(),
            metadata_id=self._urn(),
        )

    def _said(self, uri: str, date: str, refers_to: str, about: Mapping[str, str]) -> bytes:
        """A metadata record about one that was written before (WARC 1.1, section 6.6)."""
        block = packing.lines(about.items())
        fields = (
            ("WARC-Type", "metadata"),
            ("WARC-Record-ID", self._urn()),
            ("WARC-Date", date),
            ("WARC-Target-URI", uri),
            ("WARC-Refers-To", refers_to),
            ("WARC-Warcinfo-ID", self._warcinfo_id),
            ("WARC-Block-Digest", sha1(block)),
            ("Content-Type", FIELDS),
        )
        return packing.member(fields, block)

    def _urn(self) -> str:
        return f"<urn:uuid:{self._new_id()}>"


def _position(
    file: GrowingWarc, offset: int, length: int, record_id: str, digest: str, payload: bytes, revisit_of: str | None
) -> Position:
    return Position(
        warc=file.name,
        offset=offset,
        length=length,
        record_id=record_id,
        digest=digest,
        sha256=hashlib.sha256(payload).hexdigest(),
        payload_bytes=len(payload),
        revisit_of=revisit_of,
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


@cache
def _software() -> str:
    try:
        return f"kyson-crawler/{version('kyson-crawler')}"
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "kyson-crawler"
