"""Revisits: what is written in place of a payload that an earlier record holds (WARC 1.1, section 6.7)."""

from attrs import frozen

from archive.warc import packing
from archive.warc.message import Message
from archive.warc.reading import Record

IDENTICAL = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"

WORTHWHILE = 1_000
"""Payloads below so many bytes are written again: to name another record takes 200 packed bytes, a page of this size takes
400, and a record that stands alone is worth the rest."""


@frozen(kw_only=True)
class Revisit:
    """That a response brought a payload which another record holds."""

    original: Record
    profile: str

    @property
    def fields(self) -> tuple[tuple[str, str | None], ...]:
        """What a revisit record says of it; the last two are Heritrix's, and lead to it without any index."""
        return (
            ("WARC-Profile", self.profile),
            ("WARC-Refers-To", self.original.record_id),
            ("WARC-Refers-To-Target-URI", self.original.url),
            ("WARC-Refers-To-Date", packing.date(self.original.time)),
            ("WARC-Refers-To-Filename", self.original.warc),
            ("WARC-Refers-To-File-Offset", str(self.original.offset)),
        )


def identical(original: Record, response: Message) -> Revisit | None:
    """A revisit of a record that was read back; None unless it stands in for every byte of this response's body.

    The bytes themselves are compared, since whoever wants to can make two files with one SHA-1. How the body is framed
    must be the same too: a replay joins the new head and the old body. And nothing may stand behind its end, as
    trailers and junk do, for that would be lost.
    """
    held = original.http
    if original.type != "response" or original.truncated or held is None or held.payload != response.payload:
        return None
    if held.is_chunked != response.is_chunked or not response.is_bare:
        return None
    return Revisit(original=original, profile=IDENTICAL)
