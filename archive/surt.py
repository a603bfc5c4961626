"""The sort key of an address in a CDX index: the host is turned round, so that one authority's pages stand together.

It follows the Internet Archive's rules, since our index must sort as everybody else's does. It is a key only: addresses
that differ in letter case, session id or `www.` share one, so never fetch it and never take it for the address.
"""

import contextlib
import re
import socket
from functools import lru_cache
from urllib.parse import quote_from_bytes, unquote_to_bytes

from attrs import frozen

_ADDRESS = re.compile(rb"(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?")
_SCHEME = re.compile(rb"[a-zA-Z][a-zA-Z0-9+.-]*:")
_NESTED_SCHEMES = re.compile(rb"^(https?://)+")
_WWW = re.compile(rb"^www\d*\.")
_NUMERIC_HOST = re.compile(rb"[1-9]\d*(\.\d+){0,3}|0[0-7]*(\.[0-7]+){0,3}")
_PATH_SESSIONS = (
    re.compile(rb"^(.*/)\((?:[a-z]\([0-9a-z]{24}\))+\)/([^?]+\.aspx.*)$", re.IGNORECASE),
    re.compile(rb"^(.*/)\([0-9a-z]{24}\)/([^?]+\.aspx.*)$", re.IGNORECASE),
)
_QUERY_SESSIONS = tuple(
    re.compile(rb"^(.*)(?:" + session + rb")(?:&(.*))?$", re.IGNORECASE)
    for session in (
        rb"jsessionid=[0-9a-z]{32}",
        rb"phpsessid=[0-9a-z]{32}",
        rb"sid=[0-9a-z]{32}",
        rb"aspsessionid[a-z]{8}=[a-z]{24}",
        rb"cfid=[^&]+&cftoken=[^&]+",
    )
)
_DEFAULT_PORTS = {b"http": 80, b"https": 443}
_LONGEST = 16_000
"""Beyond this many characters an address is nobody's page, and taking it apart could take minutes."""

_KEPT = "!\"$&'()*+,-./:;<=>?@[\\]^_`{|}~"
"""What stays unescaped in a key: all printable ASCII but `#` and `%`."""


def surt(url: str) -> str:
    """The sort key of an address; one that cannot be taken apart, or is absurdly long, is its own key.

    >>> surt("http://www.kyson.nghean.gov.vn/Tin-Tuc/?b=2&a=1")
    'vn,gov,nghean,kyson)/tin-tuc?a=1&b=2'
    """
    if len(url) > _LONGEST:
        return url
    try:
        return _key(url.encode())
    except ValueError:  # a port that is no number, a surrogate: nothing a key could be made of
        return url


def _key(url: bytes) -> str:
    parts = _take_apart(url)
    host = _host(parts.host) if parts.host else None
    path = _path(parts.path, hierarchical=bool(host))
    query = _query(parts.query)
    key = b",".join(reversed(host.split(b"."))) if host else parts.scheme + b":"
    if host:
        key += b":%d)" % parts.port if parts.port is not None else b")"
    key += path or (b"/" if query else b"")
    return (key + b"?" + query if query else key).decode("ascii")


@frozen(kw_only=True)
class _Parts:
    scheme: bytes
    host: bytes
    port: int | None
    path: bytes
    query: bytes


def _take_apart(url: bytes) -> _Parts:
    """Scheme, host, port, path and query; credentials and fragment are no part of a key."""
    url = re.sub(rb"[\n\r\t]", b"", url.strip())
    if not url:
        raise ValueError("an empty address has no key")
    if not _SCHEME.match(url):
        url = b"http://" + url
    url = _NESTED_SCHEMES.sub(lambda match: match.group(1), url)
    match = _ADDRESS.match(url)
    assert match
    scheme, authority, path, query = (group or b"" for group in match.groups())
    host, port = _host_and_port(authority.rstrip(b":"))
    if scheme.startswith(b"http") and not host and path:
        # "http:////www.example.com/x" is met in the wild: the host has slipped into the path.
        host, _, path = path.lstrip(b"/").partition(b"/")
        path = b"/" + path
    if port == _DEFAULT_PORTS.get(scheme.lower(), 0):
        port = None
    return _Parts(scheme=scheme, host=host, port=port, path=path, query=query)


def _host_and_port(authority: bytes) -> tuple[bytes, int | None]:
    place = authority.rpartition(b"@")[2]
    if b"[" in place:
        host, _, rest = place.partition(b"[")[2].partition(b"]")
        digits = rest.partition(b":")[2]
    else:
        host, _, digits = place.partition(b":")
    if digits and not (digits.isdigit() and int(digits) <= 65535):
        raise ValueError("the port is no port")
    return host, int(digits) if digits and int(digits) else None


@lru_cache(maxsize=1_024)  # most addresses of a crawl are of few hosts
def _host(raw: bytes) -> bytes:
    host = _unescape(raw)
    if not host.isascii():
        with contextlib.suppress(UnicodeError):
            host = host.decode("utf-8", "ignore").encode("idna")
    host = host.replace(b"..", b".").strip(b".")
    return _WWW.sub(b"", _numeric(host) or _escape(host).lower())


def _numeric(host: bytes) -> bytes | None:
    """An IPv4 address, however spelled (decimal, octal, shortened), in four decimal parts; None for a name."""
    if host.isdigit():
        return socket.inet_ntoa((int(host) & 0xFFFFFFFF).to_bytes(4, "big")).encode()
    if not _NUMERIC_HOST.fullmatch(host):
        return None
    try:
        return socket.inet_ntoa(socket.inet_aton(host.decode())).encode()
    except OSError:
        return None


def _path(raw: bytes, *, hierarchical: bool) -> bytes:
    path = _unescape(raw)
    if hierarchical:
        path = _without_dots(path)
    path = _without_sessions(_escape(path).lower(), _PATH_SESSIONS)
    return path[:-1] if path.endswith(b"/") and len(path) > 1 else path


def _without_dots(path: bytes) -> bytes:
    kept: list[bytes] = []
    for part in path.split(b"/")[1:]:
        if part == b".." and kept:
            kept.pop()
        elif part != b".":
            kept.append(part)
    return b"/" + b"/".join([part for part in kept[:-1] if part] + kept[-1:])


def _query(raw: bytes) -> bytes:
    query = _without_sessions(_escape(_unescape(raw)), _QUERY_SESSIONS).lower()
    if len(query) <= 1:
        return query
    arguments = sorted(argument.split(b"=", 1) for argument in query.split(b"&"))
    return b"&".join(b"=".join(argument) for argument in arguments)


def _without_sessions(text: bytes, patterns: tuple[re.Pattern[bytes], ...]) -> bytes:
    for pattern in patterns:
        if match := pattern.match(text):
            text = match.group(1) + (match.group(2) or b"")
    return text


def _unescape(text: bytes) -> bytes:
    """Percent-decoded until nothing changes: `%2525` is `%`."""
    while (decoded := unquote_to_bytes(text)) != text:
        text = decoded
    return text


def _escape(text: bytes) -> bytes:
    return quote_from_bytes(text, safe=_KEPT).encode("ascii")
