"""One capture event (WARC 1.1, section 5.7): what was asked for, what came, and what is said about both."""

from collections.abc import Mapping

from attrs import frozen

from archive.warc import packing
from archive.warc.digests import sha1
from archive.warc.reading import FIELDS


@frozen(kw_only=True)
class Event:
    """What the records of a capture event have in common, and how they name each other."""

    uri: str
    date: str
    address: str | None
    protocols: tuple[str, ...]
    warcinfo_id: str
    response_id: str
    request_id: str
    metadata_id: str

    def records(
        self,
        kind: str,
        response: bytes | None,
        facts: packing.Fields,
        request: bytes | None,
        about: Mapping[str, str],
    ) -> list[bytes]:
        """Its records, each a gzip member: what came, with further `facts`, first; what there is none of is left out."""
        asked = self.request_id if request is not None else None
        came = self.response_id if response is not None else None
        found = []
        if response is not None:
            mime = "application/http;msgtype=response"
            found.append(self._member(kind, self.response_id, asked, response, mime, facts))
        if request is not None:
            found.append(self._member("request", self.request_id, came, request, "application/http;msgtype=request"))
        if about:
            found.append(
                self._member("metadata", self.metadata_id, came or asked, packing.lines(about.items()), FIELDS)
            )
        return found

    def _member(
        self, kind: str, record_id: str, concurrent: str | None, block: bytes, mime: str, facts: packing.Fields = ()
    ) -> bytes:
        fields = (
            ("WARC-Type", kind),
            ("WARC-Record-ID", record_id),
            ("WARC-Date", self.date),
            ("WARC-Target-URI", self.uri),
            ("WARC-IP-Address", self.address),
            *(("WARC-Protocol", protocol) for protocol in self.protocols),
            ("WARC-Warcinfo-ID", self.warcinfo_id),
            ("WARC-Concurrent-To", concurrent),
            ("WARC-Block-Digest", sha1(block)),
            *facts,
            ("Content-Type", mime),
        )
        return packing.member(fields, block)
