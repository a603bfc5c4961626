"""What went over the wire, as facts to be kept: of requests that were answered, and of those that were not."""

from datetime import datetime

from attrs import field, frozen

from kyson_crawler.network.addresses import Lookup


@frozen(kw_only=True)
class Tls:
    """How a connection was encrypted, by whom, and whether that could be trusted."""

    version: str
    """As OpenSSL names it: `TLSv1.3`."""

    cipher: str
    """As IANA's registry of cipher suites names it: `TLS_AES_256_GCM_SHA384`."""

    certificate_sha256: str
    """Hex SHA-256 of the server's certificate in DER; empty when it showed none."""

    certificate: bytes = field(default=b"", repr=False)
    """The certificate itself in DER; empty when it showed none."""

    fault: str | None = None
    """Why the connection would have been refused, mostly in OpenSSL's words, and was accepted because the portal's TOML says
    `insecure_tls`; None when the certificate verified over a protocol of today."""

    @property
    def protocol(self) -> str:
        """The version as `WARC-Protocol` names it: `tls/1.3`, `ssl/3`."""
        family, _, number = self.version.lower().partition("v")
        return f"{family}/{number if '.' in number or family == 'ssl' else f'{number}.0'}"


@frozen(kw_only=True)
class Timings:
    """How long the parts of an exchange took, in seconds; None for what did not happen."""

    lookup: float | None = None
    """None, as the next two, when a connection was used again."""

    connect: float | None = None
    """Until the server accepted, those places counted that did not; of a proxy, its tunnel included."""

    tls: float | None = None
    """The handshake that stood; None over plain http too."""

    first_byte: float | None = None
    """From sending the request to the first byte that came back."""

    total: float | None = None
    """From sending the request to the last byte, or to when it was given up."""


@frozen(kw_only=True)
class Exchange:
    """One request and its response, as they were on the wire."""

    url: str
    """The address as asked for, without credentials and fragment: neither is ever sent."""

    started: datetime
    """When the request was sent; aware, UTC."""

    request: bytes
    """As sent, but for a `Proxy-Authorization`, which is nobody's business; a proxy is asked for the whole address."""

    response: bytes
    """From the status line to the last byte, interim responses, chunk sizes and trailers included."""

    payload: bytes
    """The body after transfer decoding; its content coding (gzip) is untouched."""

    status: int
    reason: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    """Of the final response, as received: order and case are kept."""

    address: str | None
    """The IP address of the server that answered; None when a proxy asked it, which alone knows."""

    port: int | None
    """None as `address`."""

    http_version: str
    """Of the response: `1.1`."""

    truncated: str | None
    """None when whole; else `length` when cut at a size limit, `time` at the time limit, `disconnect` when the
    server broke off in the body, `unspecified` when the rest could not be read as HTTP."""

    tls: Tls | None
    """None over plain http."""

    proxy: str | None = None
    """Address of the proxy it went through, without credentials; None when none was used."""

    lookup: Lookup | None = None
    """The name's addresses; None when none was looked up: a connection was used again, or the proxy looks names up."""

    timings: Timings = Timings()

    @property
    def method(self) -> str:
        """How it was asked for: `GET`, `POST`."""
        return self.request.partition(b" ")[0].decode("ascii", "replace")

    @property
    def protocols(self) -> tuple[str, ...]:
        """The values of `WARC-Protocol`, a field to be repeated: `http/1.1`, and `tls/1.3` where encrypted."""
        return (f"http/{self.http_version}", *([self.tls.protocol] if self.tls else []))


@frozen(kw_only=True)
class Attempt:
    """A request that brought no response, and whatever came in its place; in `request.meta["attempt"]`."""

    url: str
    """As in `Exchange.url`."""

    started: datetime
    """When it was sent, or taken up when it never was; aware, UTC."""

    request: bytes
    """As in `Exchange.request`; empty when nothing was sent."""

    response: bytes
    """Every byte that came, which is no HTTP response or not all of its headers; empty when nothing came."""

    fault: str
    """Why there is no response, in a sentence without the address."""

    truncated: str | None = None
    """Why no more came of what came, in the words of `Exchange.truncated`: `unspecified` where it was not HTTP, and so
    nothing more was read; None when it was whole, as the word of a proxy that refuses, or nothing was asked."""

    address: str | None = None
    """Of the server that was asked; None when there was none, or a proxy asked it."""

    port: int | None = None
    tls: Tls | None = None
    proxy: str | None = None
    lookup: Lookup | None = None
    timings: Timings = Timings()
