"""What a crawl may fetch: hosts, and paths on them."""

import re
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from attrs import frozen

from archive.errors import UsageError

HOST = re.compile(r"(?:\*|(?:\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?", re.IGNORECASE)
"""A pattern for hosts, as portals name them: a name, `*.` before one, an address, `*` for any; with a port or without."""

DEFAULT_PORTS = {"http": 80, "https": 443}


@frozen(kw_only=True)
class Scope:
    """What a crawl of a portal may fetch."""

    page_hosts: tuple[str, ...]
    """Hosts whose pages are followed; `*.x` means any host below x; without a port only the usual ones match."""

    embed_hosts: tuple[str, ...]
    """Hosts from which images and files of articles are taken; `*` means any."""

    exclude: tuple[str, ...] = ()
    """Paths that are not followed, with `*` for anything."""

    include: tuple[str, ...] = ()
    """Paths that are followed although they look like a view, a form or a trap, with `*` for anything."""

    largest_file: int = 24
    """Megabytes that are taken of an image or file; one that is larger is cut there, and its capture says so."""

    def why(self, url: str, *, embed: bool = False) -> str | None:
        """Why `url` is not fetched, in words, or None when it may be. Embeds are images and files of an article."""
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            return "no valid address"
        if parts.scheme not in DEFAULT_PORTS:
            return f"not a web address ({parts.scheme or 'no scheme'})"
        port = port or DEFAULT_PORTS[parts.scheme]
        wanted = self.embed_hosts if embed else self.page_hosts
        if not any(_host_matches(pattern.lower(), host, port) for pattern in wanted):
            return f"out of scope: the host {host} is not among the portal's {'embed' if embed else 'page'} hosts"
        for pattern in () if embed else self.exclude:
            if fnmatchcase(parts.path, pattern):
                return f"out of scope: the portal excludes {pattern}"
        return None

    def includes(self, url: str) -> bool:
        """Whether the portal's file says that an address is to be followed whatever it looks like."""
        return any(fnmatchcase(urlsplit(url).path, pattern) for pattern in self.include)


def netloc(url: str) -> str:
    """Host of an address, with the port where it is not the scheme's own; raises UsageError when that is no web address."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UsageError(f"{url!r} is no web address ({error}): write it as https://kyson.nghean.gov.vn/") from error
    if parts.username is not None or parts.password is not None:
        raise UsageError(f"the address of {parts.hostname} holds a user name or password: leave them out")
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or not HOST.fullmatch(_bracketed(parts.hostname)):
        raise UsageError(f"{url!r} is no web address: write it as https://kyson.nghean.gov.vn/")
    host = _bracketed(parts.hostname)
    return f"{host}:{port}" if port and port != DEFAULT_PORTS[parts.scheme] else host


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _host_matches(pattern: str, host: str, port: int) -> bool:
    name, _, wanted_port = pattern.rpartition(":") if re.search(r":\d+$", pattern) else (pattern, "", "")
    if port != int(wanted_port) if wanted_port else name != "*" and port not in DEFAULT_PORTS.values():
        return False
    if name == "*":
        return True
    return host.endswith(name[1:]) if name.startswith("*.") else _bracketed(host) == name
