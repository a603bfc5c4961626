"""Which `img` elements of a page are pictures, and where those lie."""

import re

from lxml.html import HtmlElement

_TINY = 24
# One-pixel place-holders, and addresses of other kinds than pictures have: javascript:, cid: of mails, file: of Word.
_NO_PICTURE = re.compile(r"data:image/gif|(?!https?:|data:image/)[a-z][a-z0-9+.\-]*:", re.IGNORECASE)
# What designers call the graphics that are no pictures: spacers, icons, and the buttons of payment and share services.
_CONTROL = re.compile(r"(?:^|[/_-])(?:btn|button|icons?|spacer|blank|pixel|transparent)(?=[/_.-])", re.IGNORECASE)
_LAZY_SOURCES = ("src", "data-src", "data-original", "data-lazy-src")


def image_source(element: HtmlElement) -> str | None:
    """The address of an image as written; None for spacers, icons, buttons and images without one."""
    if any(_pixels(element.get(side)) <= _TINY for side in ("width", "height")):
        return None
    for name in _LAZY_SOURCES:
        source = (element.get(name) or "").strip()
        if source and not _NO_PICTURE.match(source):
            return None if _CONTROL.search(source) else source
    return None


def _pixels(value: str | None) -> float:
    """An image's width or height in pixels; infinite when it is not given in pixels."""
    digits = re.match(r"\s*(\d+(?:\.\d+)?)\s*(?:px)?\s*$", value or "")
    return float(digits[1]) if digits else float("inf")
