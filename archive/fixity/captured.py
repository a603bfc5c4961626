"""Whether a record is that of the capture, or of the text of one, which the database says lies at its place."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from attrs import frozen

from archive.errors import WarcFault
from archive.fixity.database import CaptureRow, TextRow
from archive.schema import stamp
from archive.warc import packing
from archive.warc.digests import sha1
from archive.warc.reading import Record, records, referred

_USER = re.compile(r"\A([A-Za-z][A-Za-z0-9+.-]*://)[^/?#]*@")


@frozen(kw_only=True)
class Payload:
    """What a capture of a record is to say of its payload."""

    digest: str
    sha256: str
    bytes: int
    truncated: str | None

    @classmethod
    def of(cls, record: Record) -> "Payload":
        """That of a record which holds its payload itself."""
        sha256 = hashlib.sha256(record.payload).hexdigest()
        return cls(digest=sha1(record.payload), sha256=sha256, bytes=len(record.payload), truncated=record.truncated)


class Originals:
    """The records that revisits refer to: each is read once, and only what came of it is remembered."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._payloads: dict[tuple[str | None, ...], Payload | str] = {}

    def payload(self, record: Record) -> Payload | str:
        """What there is to say of a record's payload, that of a revisit wherever it lies; else why it cannot be had."""
        if record.type != "revisit":
            return Payload.of(record)
        place = tuple(
            record.header(f"WARC-{name}")
            for name in ("Refers-To-Filename", "Refers-To-File-Offset", "Refers-To", "Payload-Digest")
        ) + tuple(record.header(f"WARC-Refers-To-{name}") or record.url for name in ("Target-URI", "Date"))
        if place not in self._payloads:
            try:
                self._payloads[place] = Payload.of(referred(self._folder, record))
            except WarcFault as fault:
                self._payloads[place] = str(fault)
        return self._payloads[place]


def is_captured(answer: Record, said: Record) -> bool:
    """Whether a metadata record says of the answer before it that it came whole enough for a capture, as ours do."""
    names = _names(said)
    return _is_about(answer, said) and b"kind" in names and b"fault" not in names


def _is_about(answer: Record, said: Record) -> bool:
    return said.type == "metadata" and said.header("WARC-Concurrent-To") == answer.record_id


def _names(said: Record) -> set[bytes]:
    """The names of the fields in a metadata record."""
    return {line.partition(b":")[0].strip().lower() for line in said.payload.splitlines()}


def first_capture(path: Path) -> datetime | None:
    """When the first capture of a WARC was made; None when there is none, or none that can be read."""
    answer: Record | None = None
    with suppress(WarcFault):
        for record in records(path):
            if record.type in {"response", "revisit"}:
                if answer:
                    break
                answer = record
            elif answer and _is_about(answer, record):
                if b"fault" not in _names(record):
                    break
                answer = None
    return answer.time if answer else None


def is_derived(made: Record, said: Record) -> bool:
    """Whether a metadata record says of the conversion before it what made it, as ours do."""
    if said.type != "metadata" or said.header("WARC-Refers-To") != made.record_id:
        return False
    return any(line.startswith(b"software: kyson-crawler") for line in said.payload.splitlines())


def difference(record: Record, length: int, payload: Payload | str, row: CaptureRow | TextRow | None) -> str | None:
    """In what a record is not that of the capture or text which the database says lies there."""
    if row is None:
        return None
    if record.record_id != row.record_id:
        return f"another record stands there than {row.record_id}"
    if length != row.length:
        return f"the record is {length} bytes long, the database says {row.length}"
    if isinstance(row, TextRow):
        stated = _stated_of_text(record, row)
    elif isinstance(payload, Payload) and payload.digest != row.digest:
        return "the record's payload is not the one captured"
    else:
        stated = _stated(record, payload, row)
    for what, is_so, said in stated:
        if is_so != said:
            return f"the database has another {what} than the record: {said!r}, not {is_so!r}"
    return None


def _stated_of_text(record: Record, row: TextRow) -> Iterator[tuple[str, object, object]]:
    """What both say of the text of a file, the record first."""
    yield "type", record.type, "conversion"
    yield "address", _address(record.url or ""), _address(row.url)
    yield "original", record.header("WARC-Refers-To"), row.refers_to
    yield "time", stamp(record.time), row.made
    yield "text (by its SHA-256)", hashlib.sha256(record.payload).hexdigest(), row.sha256


def _address(url: str) -> str:
    """An address as records have it, without the user names that rows never have."""
    return packing.uri(_USER.sub(r"\1", url))


def _stated(record: Record, payload: Payload | str, capture: CaptureRow) -> Iterator[tuple[str, object, object]]:
    """What both say of a capture, the record first."""
    yield "address", _address(record.url or ""), _address(capture.url)
    yield "time", stamp(record.time), capture.time
    if capture.original is not None:
        yield "original", record.header("WARC-Refers-To"), capture.original
    yield "word of what still stands", record.still_stands, bool(capture.not_modified)
    # After "304 Not Modified" these are those of the response that was not modified.
    if not record.still_stands:
        if capture.is_redirected:
            yield "redirect", record.http_header("Location") is not None, True
        sent = [value for name, value in record.http_headers if name.lower() == b"content-type"]
        mime = sent[-1].decode("latin-1").partition(";")[0].strip().lower() if sent else ""
        yield "status", record.http_status, capture.status
        yield "media type", mime or None, capture.mime
    if isinstance(payload, Payload):
        yield "SHA-256", payload.sha256, capture.sha256
        yield "size", payload.bytes, capture.bytes
        yield "truncation", payload.truncated, capture.truncated
