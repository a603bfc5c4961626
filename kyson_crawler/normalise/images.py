"""Which `img` elements of a page are pictures, and where those lie."""

import re

from lxml.etree import _Element as Element

_TINY = 24
# What an image may be: one of the web or one within the page; no script, no one-pixel GIF, no drawing, no part of a mail.
_PICTURE = re.compile(r"https?:|data:image/(?!gif|svg)|(?![a-z][a-z0-9+.\-]*:)", re.IGNORECASE)
# As browsers do: white space and controls around an address do not count, nor do tabs and line breaks within it.
_AROUND = "".join(map(chr, range(0x21)))
_WITHIN = str.maketrans(dict.fromkeys("\t\n\r"))
# What designers call the graphics that are no pictures: spacers, icons, and the buttons of payment and share services.
_CONTROL = re.compile(r"(?:^|[/_-])(?:btn|button|icons?|spacer|blank|pixel|transparent)(?=[/_.-])", re.IGNORECASE)
LAZY_SOURCES = ("src", "data-src", "data-original", "data-lazy-src")
"""Where an address stands, in the markup's own place first, then in those of scripts that load late."""

_SOURCES = (*LAZY_SOURCES, "srcset", "data-srcset")


def image_source(element: Element) -> str | None:
    """The address of an image as written; None for spacers, icons, buttons and images without one."""
    if any(_pixels(element.get(side)) <= _TINY for side in ("width", "height")):
        return None
    for name in LAZY_SOURCES:
        source = written(element, name)
        if source and _PICTURE.match(source):
            return None if _CONTROL.search(source) else source
    return None


def written(element: Element, name: str) -> str:
    """The address in an attribute, as browsers take it; empty when there is none."""
    return (element.get(name) or "").strip(_AROUND).translate(_WITHIN)


def is_missing(element: Element) -> bool:
    """Whether an image has no address at all, as where the CMS lost the file; a spacer or an icon has one."""
    return not any((element.get(name) or "").strip(_AROUND) for name in _SOURCES)


def _pixels(value: str | None) -> float:
    """An image's width or height in pixels; infinite when it is not given in pixels."""
    digits = re.match(r"\s*(\d+(?:\.\d+)?)\s*(?:px)?\s*$", value or "")
    return float(digits[1]) if digits else float("inf")
