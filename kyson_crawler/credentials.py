"""User names and passwords in addresses, which are never shown, sent or stored."""

import re

_CREDENTIALS = re.compile(r"\A\s*((?:[A-Za-z][A-Za-z0-9+.-]*:)?//)[^/?#\\]*@")


def without_credentials(url: str) -> str:
    """An address, or a reference that begins with a host, as it can be shown and stored.

    >>> without_credentials("http://admin:secret@kyson.nghean.gov.vn/a@b")
    'http://kyson.nghean.gov.vn/a@b'
    """
    return _CREDENTIALS.sub(r"\1", url)
