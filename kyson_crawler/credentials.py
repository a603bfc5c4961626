"""User names and passwords in addresses, which are never shown, sent or stored."""

import re

_OVERLOOKED = re.compile(r"[\t\n\r]+")
"""What browsers take out of an address, wherever it stands (URL standard, section 4.4)."""

_OF_THE_WEB = re.compile(r"[\0-\x20\s]*(?:(https?|wss?|ftp):|(?=[/\\]{2}))(?:[/\\]*[^/?#\\]*@)+", re.IGNORECASE)
"""Browsers take for the beginning of a host any number of slashes, in either direction, after these schemes."""

_OTHERS = re.compile(r"[\0-\x20\s]*(?!(?i:https?|wss?|ftp):)([A-Za-z][A-Za-z0-9+.-]*)://[^/?#]*@")


def without_credentials(url: str) -> str:
    """An address, or a reference that begins with a host, as it can be shown and stored.

    A reference has to come as it was written: joined to its page's address it would not be known for one any more.

    >>> without_credentials("http://admin:secret@kyson.nghean.gov.vn/a@b")
    'http://kyson.nghean.gov.vn/a@b'
    >>> without_credentials("/\\\\admin:secret@kyson.nghean.gov.vn")
    '//kyson.nghean.gov.vn'
    """
    if "@" not in url:
        return url
    seen = _OVERLOOKED.sub("", url)
    found = _OF_THE_WEB.match(seen) or _OTHERS.match(seen)
    if found is None:
        return url
    return f"{found[1]}://{seen[found.end() :]}" if found[1] else f"//{seen[found.end() :]}"
