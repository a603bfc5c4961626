"""The CDXJ index of a WARC: a line for each record that replay can show, as cdxj-indexer would write it."""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime

from attrs import frozen

from archive.surt import surt
from archive.warc.digests import sha1
from archive.warc.reading import FIELDS, Record

SUFFIX = ".cdxj"

REVISIT = "warc/revisit"
"""The media type that all indexes give to a revisit."""


def is_indexed(kind: str, mime: str | None) -> bool:
    """Whether a record of that type and Content-Type has a line: named fields and conversions are not for replay."""
    return kind in {"response", "revisit"} or (kind == "resource" and mime != FIELDS)


def line(
    *, url: str, time: datetime, mime: str | None, status: int | None, digest: str, length: int, offset: int, warc: str
) -> str:
    """The line, with its newline, of a response, revisit or resource.

    It says what stands in the record (the server's media type in the server's own letters), so that an index made
    anew from the WARC is the same. After interim responses (103) it names the final status, where cdxj-indexer takes
    the first, and it knows the status behind a blank line that a server sent before its answer, where that knows none.
    """
    fields = {"url": url}
    if mime is not None:
        fields["mime"] = re.split(r"[;\s]", mime, maxsplit=1)[0]
    if status is not None:
        fields["status"] = str(status)
    fields |= {"digest": digest, "length": str(length), "offset": str(offset), "filename": warc}
    return f"{surt(url)} {time.astimezone(UTC):%Y%m%d%H%M%S} {json.dumps(fields)}\n"


def of(record: Record, length: int) -> str | None:
    """The line of a record that was read back, `length` being its gzip member's; None for one that is not indexed."""
    if record.url is None or not is_indexed(record.type, record.header("Content-Type")):
        return None
    return line(
        url=record.url,
        time=record.time,
        mime=_mime(record),
        status=record.http_status,
        digest=record.header("WARC-Payload-Digest") or sha1(record.payload),
        length=length,
        offset=record.offset,
        warc=record.warc,
    )


def _mime(record: Record) -> str | None:
    if record.type == "revisit":
        return REVISIT
    return record.http_header("Content-Type") if record.type == "response" else record.header("Content-Type")


@frozen(kw_only=True)
class Place:
    """Where a line of an index says that a record lies, and whose it is."""

    offset: int
    length: int
    url: str
    mime: str | None
    digest: str | None


def place(line: str) -> Place | None:
    """Read a line; None when it is no line of an index."""
    try:
        fields = json.loads(line.split(" ", 2)[2])
        found = Place(
            offset=int(fields["offset"]),
            length=int(fields["length"]),
            url=str(fields["url"]),
            mime=fields.get("mime"),
            digest=fields.get("digest"),
        )
    except (AttributeError, LookupError, TypeError, ValueError, OverflowError, RecursionError):
        return None
    return found if found.offset >= 0 and found.length >= 0 else None


def ordered(lines: Iterable[str]) -> str:
    """The whole index: sorted, each line once."""
    return "".join(sorted(set(lines)))
