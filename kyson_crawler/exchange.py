"""One request and its response, as they are on the wire: the record of both, and the making of a request's bytes."""

import re
from datetime import datetime

from attrs import frozen
from scrapy import Request
from scrapy.exceptions import NotSupported

from kyson_crawler.addresses import bare_host

_URL = re.compile(r"(https?)://(?:[^/?#\\]*@)?([^/?#\\@]+)((?:[/?][^#]*)?)(?:#.*)?", re.IGNORECASE | re.DOTALL)
_SITE = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::([0-9]{0,5}))?")
_VISIBLE = re.compile(r"[!-~]+")
_CREDENTIALS = re.compile(r"\A([A-Za-z]+://)[^/?#\\]*@")
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_OWN_HEADERS = frozenset({b"host", b"content-length", b"transfer-encoding", b"proxy-authorization"})


@frozen(kw_only=True)
class Tls:
    """How a connection was encrypted, and by whom."""

    version: str
    cipher: str
    certificate_sha256: str
    """Hex SHA-256 of the server's certificate in DER; empty when it showed none."""


@frozen(kw_only=True)
class Exchange:
    """One request and its response, as they were on the wire."""

    url: str
    """The address as asked for, without credentials and fragment: neither is ever sent."""

    started: datetime
    """When the request was sent; aware, UTC."""

    request: bytes
    response: bytes
    """From the status line to the last byte, interim responses, chunk sizes and trailers included."""

    payload: bytes
    """The body after transfer decoding; its content coding (gzip) is untouched."""

    status: int
    reason: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    """Of the final response, as received: order and case are kept."""

    address: str
    """The IP address of the server that answered."""

    port: int
    http_version: str
    """Of the response: `1.1`."""

    truncated: str | None
    """None when whole; else `length` when cut at the size limit, `time` at the time limit, `disconnect` when the
    server broke off in the body, `unspecified` when the rest could not be read as HTTP."""

    tls: Tls | None
    """None over plain http."""


@frozen(kw_only=True)
class Asked:
    """A request as it goes on the wire, and whom it is for."""

    url: str
    """As in `Exchange.url`."""

    scheme: str
    host: str
    """Lower case, an IPv6 address without brackets."""

    port: int
    method: str
    wire: bytes

    @classmethod
    def of(cls, request: Request) -> "Asked":
        """Compose the bytes of a request; raises NotSupported for one that cannot be sent safely."""
        found = _URL.fullmatch(request.url)
        site = _SITE.fullmatch(found[2]) if found else None
        if found is None or site is None or not _VISIBLE.fullmatch(found[2] + found[3]):
            raise NotSupported(f"not an http address that can be asked for: {request.url!r}")
        scheme, host, target = found[1].lower(), site[1], found[3]
        port = int(site[2] or _DEFAULT_PORTS[scheme])
        if not 0 < port < 65536:
            raise NotSupported(f"there is no port {port}: {request.url!r}")
        authority = host if port == _DEFAULT_PORTS[scheme] else f"{host}:{port}"
        return cls(
            url=f"{found[1]}://{found[2]}{target}",
            scheme=scheme,
            host=bare_host(host),
            port=port,
            method=request.method,
            wire=_compose(request, target if target.startswith("/") else f"/{target}", authority),
        )

    @property
    def site(self) -> tuple[str, str, int]:
        """What requests must share to share a connection."""
        return self.scheme, self.host, self.port

    @property
    def repeatable(self) -> bool:
        """Whether asking twice does no more than asking once."""
        return self.method in {"GET", "HEAD", "OPTIONS"}


def without_credentials(url: str) -> str:
    """An address that can be shown and stored.

    >>> without_credentials("http://admin:secret@kyson.nghean.gov.vn/a@b")
    'http://kyson.nghean.gov.vn/a@b'
    """
    return _CREDENTIALS.sub(r"\1", url)


def _compose(request: Request, target: str, authority: str) -> bytes:
    """The request as bytes: Host first, then the request's own headers in their order."""
    lines = [
        b"%s %s HTTP/1.1" % (request.method.encode(), target.encode()),
        b"Host: %s" % (request.headers.get(b"Host") or authority.encode()),
    ]
    for name, values in request.headers.items():
        if name.lower() not in _OWN_HEADERS:
            lines.extend(b"%s: %s" % (name, value) for value in values)
    if request.body or request.method in {"POST", "PUT", "PATCH"}:
        lines.append(b"Content-Length: %d" % len(request.body))
    if not _TOKEN.fullmatch(request.method.encode()) or any(mark in line for line in lines for mark in b"\r\n\0"):
        raise NotSupported(f"the request's method or one of its headers would break the request apart: {request.url}")
    return b"\r\n".join(lines) + b"\r\n\r\n" + request.body
