"""What a portal's home page shows in place of the portal: a parked domain, or a page that only leads elsewhere."""

import re
from urllib.parse import urljoin, urlsplit

from archive.fold import fold
from kyson_crawler import views
from kyson_crawler.pages import Document, nothing
from kyson_crawler.pages.document import text
from kyson_crawler.scope import Scope

_SOON = 15
"""Seconds after which a page that leads on at last does."""

_REFRESH = re.compile(r"\s*(\d{1,4})(?:\.\d*)?\s*[;,]\s*(?:url\s*=\s*)?['\"]?([^'\">\s]+)", re.IGNORECASE)
_SCRIPTED = re.compile(
    r"\blocation(?:\.href)?\s*=\s*['\"]([^'\"\s]+)['\"]|\blocation\.(?:replace|assign)\(\s*['\"]([^'\"\s]+)['\"]"
)
_HARDLY_ANY = 300
"""Characters of a page that has nothing to read."""

_MOST_SCRIPT = 20_000
_PARKING = re.compile(
    r"(?:^|\.)(?:sedoparking|parkingcrew|bodis|above|parklogic|dan|afternic|hugedomains|undeveloped|domainmarket|skenzo|cashparking|uniregistry"
    r"|park\.pavietnam|parking\.matbao|parking\.inet)\.(?:com|net|vn)$",
    re.IGNORECASE,
)
_BETTING = re.compile(
    r"\b(?:casino|nha cai|ca cuoc|xo so online|no hu|ban ca doi thuong|keo nha cai|soi keo|game bai|jackpot)\b"
)


def parked(document: Document) -> str | None:
    """What a home page says in place of the portal, or None: that the domain is for sale, that nothing stands there, bets."""
    if reason := nothing.headline(document):
        return reason
    sources = (
        element.get("src") or element.get("href") or ""
        for element in document.root.iter("script", "iframe", "frame", "link")
    )
    for source in sources:
        if (host := _host(urljoin(document.url or "", source))) and _PARKING.search(host):
            return f"it is filled by {host}"
    if len(set(_BETTING.findall(fold(document.title)))) > 1:
        return f"it says “{document.title[:80]}”"
    return None


def leads_away(document: Document, scope: Scope) -> str | None:
    """Where a page leads its readers without their doing, when that is out of scope, or None."""
    for found in document.root.iter("meta"):
        if (found.get("http-equiv") or "").strip().lower() == "refresh":
            refresh = _REFRESH.match(found.get("content") or "")
            if refresh and int(refresh[1]) <= _SOON and (target := is_away(document.url or "", refresh[2], scope)):
                return target
    if len(text(document.root)) > _HARDLY_ANY:
        return None
    for script in document.root.iter("script"):
        for one, other in _SCRIPTED.findall((script.text or "")[:_MOST_SCRIPT]):
            if target := is_away(document.url or "", one or other, scope):
                return target
    return None


def is_away(url: str, target: str, scope: Scope) -> str | None:
    """The address that a page leads to, when it is another host's out of scope, and no log-in; else None."""
    try:
        there = urljoin(url, target)
        host = _host(there)
    except ValueError:
        return None
    if host is None or host == _host(url) or scope.why(there) is None or views.why_not(there):
        return None
    return there


def _host(url: str) -> str | None:
    parts = urlsplit(url)
    return parts.hostname.removeprefix("www.") if parts.scheme in {"http", "https"} and parts.hostname else None
