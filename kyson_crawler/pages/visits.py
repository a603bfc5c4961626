"""What in an address is of one visit and not of the page: session ids, and marks of who led there."""

import re
from urllib.parse import unquote, urlsplit, urlunsplit

# Most addresses have neither; to ask that first costs a microsecond.
_MAYBE = re.compile(r"[?;]|/\([A-Z]|/%28[A-Z]", re.IGNORECASE)
# ASP.NET without cookies: /(S(24-letters))/, and with it what it knows of the browser: /(X(1)S(24-letters))/.
_ASP_NET = re.compile(r"/(?:\(|%28)(?:[AXSF](?:\(|%28)[\w-]+(?:\)|%29)){1,4}(?:\)|%29)(?=/|$)", re.IGNORECASE)
_ON_PATH = re.compile(r";(?:jsessionid|phpsessid|sessionid|sid)=[^/;?]*", re.IGNORECASE)
_SESSION = re.compile(r"phpsessid|jsessionid|aspsessionid\w*|cfid|cftoken|zenid|oscsid|nv\d?_sess\w*", re.IGNORECASE)
# Names that may mean something else as well (`sid` is a section's number in places) count by what they hold.
_SESSION_OR_OTHER = re.compile(r"s|sid|ssid|session|sess|sessid|session_?id|sessionkey|token|csrf\w*", re.IGNORECASE)
_DRAWN = re.compile(r"(?=.*\d)(?=.*[a-z])(?:[0-9a-f]{16,}|[\w-]{22,})", re.IGNORECASE)
_LED_BY = re.compile(r"utm_\w+|fbclid|gclid|zarsrc|mc_[ce]id|_ga|spm", re.IGNORECASE)


def lasting(url: str) -> str:
    """An address without what is of one visit; what is left keeps its spelling and its order.

    Raises ValueError for what is no address.

    >>> lasting("http://a.example/tin;jsessionid=0A1B?id=7&PHPSESSID=4f5ed0c1&utm_source=zalo")
    'http://a.example/tin?id=7'
    >>> lasting("http://a.example/(S(kq2vzn45lhkz0d55a2pgyt45))/Tin.aspx?sid=12")
    'http://a.example/Tin.aspx?sid=12'
    """
    if not _MAYBE.search(url):
        return url
    parts = urlsplit(url)
    path = _ON_PATH.sub("", _ASP_NET.sub("", parts.path))
    kept = [pair for pair in parts.query.split("&") if not _is_of_visit(pair)]
    query = parts.query if len(kept) == parts.query.count("&") + 1 else "&".join(kept)
    if (path, query) == (parts.path, parts.query):
        return url
    return urlunsplit(parts._replace(path=path or "/", query=query))


def _is_of_visit(pair: str) -> bool:
    name, _, value = pair.partition("=")
    name = unquote(name)
    if _SESSION.fullmatch(name) or _LED_BY.fullmatch(name):
        return True
    return bool(_SESSION_OR_OTHER.fullmatch(name) and _DRAWN.fullmatch(value))
