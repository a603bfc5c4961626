"""What is asked for: the bytes of a request, whom they are for, and the proxy they go through."""

import re
from base64 import b64encode
from urllib.parse import unquote

from attrs import field, frozen
from scrapy import Request
from scrapy.exceptions import NotSupported

from archive.warc.framing import TOKEN
from kyson_crawler.credentials import without_credentials
from kyson_crawler.network.addresses import bare_host
from kyson_crawler.scope import DEFAULT_PORTS

_URL = re.compile(r"(https?)://(?:[^/?#\\]*@)?([^/?#\\@]+)((?:[/?][^#]*)?)(?:#.*)?", re.IGNORECASE | re.DOTALL)
_SITE = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::([0-9]{0,5}))?")
_VISIBLE = re.compile(r"[!-~]+")
_PROXY = re.compile(
    r"(?:http://)?(?:(?P<login>[^/?#]*)@)?(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?/?",
    re.IGNORECASE,
)
_OWN_HEADERS = frozenset({b"host", b"content-length", b"transfer-encoding", b"proxy-authorization"})


@frozen(kw_only=True)
class Proxy:
    """An HTTP proxy that a request is to go through."""

    url: str
    """Without credentials: `http://127.0.0.1:3128`."""

    host: str
    port: int
    authorization: bytes = field(default=b"", repr=False)
    """What to send as `Proxy-Authorization`; empty for nothing. It is never stored."""

    @classmethod
    def of(cls, request: Request) -> "Proxy | None":
        """The proxy that Scrapy's HttpProxyMiddleware, or whoever made the request, chose; None for none.

        Raises NotSupported for a proxy that is none of http.
        """
        given = str(request.meta.get("proxy") or "")
        if not given:
            return None
        found = _PROXY.fullmatch(given)
        if found is None or not 0 < (port := int(found["port"] or 80)) < 65536:
            raise NotSupported(
                f"not a proxy this crawler can use, write it as http://127.0.0.1:3128: {without_credentials(given)!r}"
            )
        login = b64encode(unquote(found["login"]).encode()) if found["login"] else b""
        authorization = request.headers.get(b"Proxy-Authorization") or (login and b"Basic " + login)
        if any(mark in authorization for mark in b"\r\n\0"):
            raise NotSupported(
                f"the Proxy-Authorization header would break the request apart: {without_credentials(request.url)}"
            )
        return cls(
            url=f"http://{found['host']}:{port}",
            host=bare_host(found["host"]),
            port=port,
            authorization=authorization,
        )

    def opening(self, authority: str) -> bytes:
        """The request for a tunnel (RFC 9110, section 9.3.6)."""
        place = authority.encode()
        return self.authorized(b"CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n" % (place, place))

    def authorized(self, wire: bytes) -> bytes:
        """A request as the proxy gets it, with what it is to be told about us alone."""
        if not self.authorization:
            return wire
        head, blank, body = wire.partition(b"\r\n\r\n")
        return b"%s\r\nProxy-Authorization: %s%s%s" % (head, self.authorization, blank, body)


@frozen(kw_only=True)
class Asked:
    """A request as it goes on the wire, and whom it is for."""

    url: str
    """As asked for, without credentials and fragment."""

    scheme: str
    host: str
    """Lower case, an IPv6 address without brackets."""

    port: int
    authority: str
    """Host and port as they stand in addresses: brackets kept, the scheme's own port left out."""

    method: str
    wire: bytes

    @classmethod
    def of(cls, request: Request) -> "Asked":
        """Compose the bytes of a request; raises NotSupported for one that cannot be sent safely."""
        found = _URL.fullmatch(request.url)
        site = _SITE.fullmatch(found[2]) if found else None
        if found is None or site is None or not _VISIBLE.fullmatch(found[2] + found[3]):
            raise NotSupported(f"not an http address that can be asked for: {without_credentials(request.url)!r}")
        scheme, host, target = found[1].lower(), site[1], found[3]
        port = int(site[2] or DEFAULT_PORTS[scheme])
        if not 0 < port < 65536:
            raise NotSupported(f"there is no port {port}: {without_credentials(request.url)!r}")
        authority = host if port == DEFAULT_PORTS[scheme] else f"{host}:{port}"
        return cls(
            url=f"{found[1]}://{found[2]}{target}",
            scheme=scheme,
            host=bare_host(host),
            port=port,
            authority=authority,
            method=request.method,
            wire=_compose(request, target if target.startswith("/") else f"/{target}", authority),
        )

    @property
    def site(self) -> tuple[str, str, int]:
        """Who is to answer."""
        return self.scheme, self.host, self.port

    @property
    def repeatable(self) -> bool:
        """Whether asking twice does no more than asking once."""
        return self.method in {"GET", "HEAD", "OPTIONS"}

    @property
    def wire_for_proxy(self) -> bytes:
        """The same for a proxy, which is asked for the whole address (RFC 9112, section 3.2.2)."""
        method, _, rest = self.wire.partition(b" ")
        return b"%s %s://%s%s" % (method, self.scheme.encode(), self.authority.encode(), rest)


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
    if not TOKEN.fullmatch(request.method.encode()) or any(mark in line for line in lines for mark in b"\r\n\0"):
        url = without_credentials(request.url)
        raise NotSupported(f"the request's method or one of its headers would break the request apart: {url}")
    return b"\r\n".join(lines) + b"\r\n\r\n" + request.body
