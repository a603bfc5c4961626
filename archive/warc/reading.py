"""Reading records back: one by its place, or all of a file in order."""

import contextlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from attrs import evolve, field, frozen

from archive.errors import WarcFault
from archive.warc import message
from archive.warc.digests import is_digest
from archive.warc.framing import Headers
from archive.warc.members import member_at
from archive.warc.message import Message

OPEN = ".open"
"""The suffix of a WARC that is still being written."""

FIELDS = "application/warc-fields"
"""The media type of records that are lists of named fields."""

_SEGMENT = "WARC-Segment-Number"
_CONTENT_LIMIT = 256_000_000


@frozen(kw_only=True)
class Record:
    """One record of a WARC, read back."""

    warc: str
    """Name of the file it was read from, as asked for."""

    offset: int
    """Where its gzip member begins."""

    headers: tuple[tuple[str, str], ...]
    """The record's own named fields, in their order."""

    type: str
    """`response`, `request`, `resource`, `warcinfo`, `revisit`, …"""

    url: str | None
    """WARC-Target-URI; None where the record is about no address."""

    time: datetime
    """WARC-Date; aware, UTC."""

    record_id: str
    """`<urn:uuid:…>`."""

    block: bytes = field(repr=False)
    """Everything behind the record's fields; for a response the bytes on the wire."""

    http: Message | None
    """The response in the block; None for anything but a response over HTTP, or a revisit of one."""

    payload: bytes = field(repr=False)
    """For a response its body after transfer decoding, before content decoding; else the block. That of a revisit lies
    in another record: it is empty until `follow` has fetched it."""

    truncated: str | None
    """Why the block is not whole, in the words of WARC-Truncated; None when it is."""

    def header(self, name: str) -> str | None:
        """The first of the record's own fields with that name, whatever its case; None when it has none, or an empty one."""
        return _value(self.headers, name) or None

    @property
    def http_status(self) -> int | None:
        """None for anything but a response over HTTP, or a revisit of one."""
        return self.http.status if self.http else None

    @property
    def still_stands(self) -> bool:
        """Whether it says no more than that what another record holds was not modified."""
        return self.type == "revisit" and (self.header("WARC-Profile") or "").endswith("/server-not-modified")

    @property
    def http_headers(self) -> Headers:
        """The response's header fields, as received; empty for anything but a response over HTTP, or a revisit of one."""
        return self.http.headers if self.http else ()

    def http_header(self, name: str) -> str | None:
        """The first header field of the response with that name, whatever its case; None when it has none."""
        return self.http.header(name) if self.http else None

    def content(self, max_bytes: int = _CONTENT_LIMIT) -> bytes:
        """The payload with gzip or deflate content coding undone.

        Raises WarcFault for other codings, for a payload that is not in the coding its server named, and when more
        than `max_bytes` would come of it.
        """
        try:
            return message.content(self.payload, self.http_header("Content-Encoding"), max_bytes)
        except WarcFault as fault:
            raise WarcFault(f"{self.warc} at {self.offset}: {fault}", self.warc, self.offset) from None


def read(folder: Path, warc: str, offset: int, length: int | None = None) -> Record:
    """Read the one record that begins at an offset of a WARC, closed or still being written, and check its digests.

    A revisit comes with the payload it refers to. `length` is that of the gzip member, None when unknown. Raises
    WarcFault when the file is missing, no record begins there, it breaks off, or its bytes are not those that were
    written.
    """
    try:
        return follow(folder, record_at(folder, warc, offset, length))
    except WarcFault as fault:
        text = f"{warc!r} at {offset}: {fault}; run kyson verify, and bring the file back from a copy"
        raise WarcFault(text, warc, offset) from fault


def record_at(folder: Path, warc: str, offset: int, length: int | None) -> Record:
    """As `read`, but the message of its WarcFault says only what is wrong, for callers that say themselves where."""
    try:
        with _find(folder, warc).open("rb") as stream:
            member = member_at(stream, offset)
    except OSError as error:
        raise WarcFault(f"the file cannot be read: {error.strerror}", warc, offset) from error
    if member.fault:
        raise WarcFault(member.fault, warc, offset)
    if length is not None and member.length != length:
        raise WarcFault(f"the record there is {member.length} bytes long, not {length}", warc, offset)
    return parse(member.data, warc, offset)


def follow(folder: Path, record: Record) -> Record:
    """A revisit as if its payload had been sent again; any other record as it is.

    After "304 Not Modified" status and head are those of the response that was not modified, as in any cache (RFC 9111,
    section 4.3.4). Raises WarcFault when that payload cannot be had, whose message says only what is wrong.
    """
    if record.type != "revisit":
        return record
    original = referred(folder, record)
    seen = original if record.http_status in {None, 304} else record
    return evolve(record, payload=original.payload, http=seen.http, truncated=original.truncated)


def referred(folder: Path, revisit: Record) -> Record:
    """The record that a revisit refers to, read and compared; raises WarcFault, whose message says only what is wrong.

    Ours name its file and offset. Those of others name its address and date (WARC 1.1, section 6.7), or its id alone:
    then the indexes beside the WARCs are asked for what was captured there, and had that payload.
    """
    warc, offset = revisit.header("WARC-Refers-To-Filename"), revisit.header("WARC-Refers-To-File-Offset") or ""
    if warc is None and not offset:
        return _looked_up(folder, revisit)
    if warc is None or not re.fullmatch("[0-9]{1,18}", offset):
        raise WarcFault("it is a revisit that does not say where its payload lies", revisit.warc, revisit.offset)
    try:
        original = record_at(folder, warc, int(offset), None)
    except WarcFault as fault:
        raise WarcFault(f"its payload lies in {warc!r} at {offset}: {fault}", warc, int(offset)) from fault
    if original.record_id != revisit.header("WARC-Refers-To") or not _has_payload_of(original, revisit):
        raise WarcFault(f"its payload is not the one in {warc!r} at {offset}", warc, int(offset))
    return original


def _looked_up(folder: Path, revisit: Record) -> Record:
    """The record of which a revisit does not say where it lies."""
    from archive.warc.originals import candidates  # noqa: PLC0415 -- it reads indexes, which are made of records

    date, record_id = revisit.header("WARC-Refers-To-Date"), revisit.header("WARC-Refers-To")
    url = revisit.header("WARC-Refers-To-Target-URI") or revisit.url or ""
    time = _time(date, revisit.warc, revisit.offset) if date else None
    # Without a date the payload tells which of the captures of an address it was.
    digest = None if time else revisit.header("WARC-Payload-Digest")
    if url and (time or digest):
        for warc, offset in candidates(folder, url, time, digest):
            with contextlib.suppress(WarcFault):
                original = record_at(folder, warc, offset, None)
                if record_id in {None, original.record_id} and _has_payload_of(original, revisit):
                    return original
    raise WarcFault("no record that holds its payload is in these WARCs", revisit.warc, revisit.offset)


def _has_payload_of(original: Record, revisit: Record) -> bool:
    stated = revisit.header("WARC-Payload-Digest")
    return stated is None or is_digest(stated, *_payloads(original))


def records(path: Path) -> Iterator[Record]:
    """Read all records of a WARC in their order, at the speed of the disk; it may be anybody's, compressed or not.

    Lengths and block digests are checked, payload digests are not: many tools take them before transfer decoding.
    Revisits come without payload (see `follow`).
    Raises WarcFault where the file cannot be read on, when it ends in the middle of a record too.
    """
    from fastwarc.warc import ArchiveIterator  # noqa: PLC0415 -- `kyson show` reads one record and needs none of it

    offset = 0
    try:
        with path.open("rb") as stream:
            for found in ArchiveIterator(stream, parse_http=False):
                offset, headers = found.stream_pos, tuple(found.headers.to_tuples())
                block = found.reader.read()
                # Of a record that breaks off fastwarc gives what there is, and says nothing.
                _check_block(headers, block, path.name, offset)
                yield _record(headers, block, path.name.removesuffix(OPEN), offset)
            last = member_at(stream, offset) if path.suffix == ".gz" else None
            if last and (last.fault or offset + last.length != path.stat().st_size):
                raise WarcFault(last.fault or "behind the record there are bytes of no record")
    except (OSError, WarcFault) as error:
        text = f"{path} cannot be read on at {offset}: {error}; run kyson verify, and bring the file back from a copy"
        raise WarcFault(text, path.name, offset) from error


def parse(data: bytes, warc: str, offset: int, *, is_ours: bool = True) -> Record:
    """Take an unpacked record apart and check it against its own length and digests.

    The payload digest of a record that is not ours is left alone: many tools take it before transfer decoding. Raises
    WarcFault, whose message says only what is wrong.
    """
    headers, block_at = _fields(data)
    if not headers:
        raise WarcFault("no WARC record stands there", warc, offset)
    block = data[block_at:-4]
    if not data.endswith(b"\r\n\r\n"):
        raise WarcFault("the record is not as long as it says", warc, offset)
    _check_block(headers, block, warc, offset)
    record = _record(headers, block, warc, offset)
    if is_ours and record.type != "revisit":
        _check_digest(headers, "WARC-Payload-Digest", warc, offset, *_payloads(record))
    return record


def _fields(data: bytes) -> tuple[tuple[tuple[str, str], ...], int]:
    """The named fields at the head of an unpacked record and where its block begins; no fields when it is no record."""
    end = data.find(b"\r\n\r\n")
    first, *lines = data[: max(end, 0)].split(b"\r\n")
    if not re.fullmatch(rb"WARC/(1\.[01]|0\.1[78])", first):
        return (), 0
    pairs = (line.decode("utf-8", "replace").partition(":") for line in lines)
    return tuple((name.strip(), value.strip()) for name, _, value in pairs), end + 4


def _record(headers: tuple[tuple[str, str], ...], block: bytes, warc: str, offset: int) -> Record:
    kind = _value(headers, "WARC-Type")
    is_http = kind in {"response", "revisit"} and _value(headers, "Content-Type").lower().startswith("application/http")
    response = message.parse(block) if is_http and block else None
    return Record(
        warc=warc,
        offset=offset,
        headers=headers,
        type=kind,
        # wget 1.19 put angle brackets round it.
        url=_value(headers, "WARC-Target-URI").removeprefix("<").removesuffix(">") or None,
        time=_time(_value(headers, "WARC-Date"), warc, offset),
        record_id=_value(headers, "WARC-Record-ID"),
        block=block,
        http=response,
        payload=_payload(kind, block, response),
        # Of a record in segments this is one: the others are not put to it.
        truncated=_value(headers, "WARC-Truncated") or ("unspecified" if _value(headers, _SEGMENT) else None),
    )


def _payload(kind: str, block: bytes, response: Message | None) -> bytes:
    if kind == "revisit":
        return b""
    return response.payload if response else block


def _check_block(headers: tuple[tuple[str, str], ...], block: bytes, warc: str, offset: int) -> None:
    if _value(headers, "Content-Length") != str(len(block)):
        raise WarcFault("the record is not as long as it says", warc, offset)
    _check_digest(headers, "WARC-Block-Digest", warc, offset, block)


def _check_digest(headers: tuple[tuple[str, str], ...], name: str, warc: str, offset: int, *data: bytes) -> None:
    """Compare bytes with the digest stated for them, which may be that of any of `data`."""
    stated = _value(headers, name)
    if stated and not is_digest(stated, *data):
        raise WarcFault(f"{name} does not match: the bytes are not those that were written", warc, offset)


def _payloads(record: Record) -> list[bytes]:
    """What a payload digest may have been taken over: many tools take it before transfer decoding."""
    if record.http is None or not record.http.is_chunked:
        return [record.payload]
    return [record.payload, record.block[record.http.body_at :]]


def _value(headers: tuple[tuple[str, str], ...], name: str) -> str:
    return next((value for key, value in headers if key.lower() == name.lower()), "")


def _time(text: str, warc: str, offset: int) -> datetime:
    try:
        time = datetime.fromisoformat(text)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # the first and last hours of all years there are, in other time zones
        raise WarcFault(f"the record's WARC-Date is no date: {text!r}", warc, offset) from None


def _find(folder: Path, warc: str) -> Path:
    """The file of that name in the folder; a name is never a path."""
    if warc != Path(warc).name:
        raise WarcFault("that is no name of a file, but a path", warc)
    for path in (folder / warc, folder / (warc + OPEN)):
        if path.exists():
            return path
    raise WarcFault(f"there is no such file in {folder}", warc)
