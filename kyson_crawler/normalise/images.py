"""Which `img` elements of a page are pictures, and where those lie."""

import re
from collections.abc import Iterator

from lxml.etree import _Element as Element

_TINY = 24
# What an image may be: one of the web or one within the page; no script, no one-pixel GIF, no drawing, no part of a mail.
_PICTURE = re.compile(r"https?:|data:image/(?!gif|svg)|(?![a-z][a-z0-9+.\-]*:)", re.IGNORECASE)
# As browsers do: white space and controls around an address do not count, nor do tabs and line breaks within it.
_AROUND = "".join(map(chr, range(0x21)))
_WITHIN = str.maketrans(dict.fromkeys("\t\n\r"))
# What designers call the graphics that are no pictures: spacers, icons, and the buttons of payment and share services.
_CONTROL = re.compile(
    r"(?:^|[/_-])(?:btn|button|icons?|emojis?|smile(?:y|ys|ies)|spacer|blank|pixel|transparent)(?=[/_.-])|(?:^|/)share(?=[_.-][^/]*$)",
    re.IGNORECASE,
)
# What stands in the place of a picture until a script has loaded it.
_STAND_IN = re.compile(
    r"(?:^|[/_-])(?:pre)?(?:load(?:ing|er)|lazy\w*|placeholder|grey|gray|no-?ima?ge?|default|1x1)(?=[/_.-])|\.(?:gif|svg)(?:[?#]|$)",
    re.IGNORECASE,
)
# Arrows, symbols and pictographs, with what joins and colours them (Unicode, Emoji_Presentation and its neighbours).
_EMOJI = re.compile("[\u2190-\u2bff\u200d\ufe0f\U0001f000-\U0001faff\U000e0020-\U000e007f]{1,16}")
_SIZE = re.compile(r"(\d{1,6}(?:\.\d{1,6})?)[wx](?:,+|$)")
_LONGEST_SET = 8_000
LAZY_SOURCES = ("src", "data-src", "data-original", "data-lazy-src")
"""Where an address stands, in the markup's own place first, then in those of scripts that load late."""

SETS = ("srcset", "data-srcset", "data-lazy-srcset")
"""Where several addresses stand, for as many sizes."""

_SOURCES = (*LAZY_SOURCES, *SETS)
_LATE = frozenset(_SOURCES) - {"src"}


def image_source(element: Element) -> str | None:
    """The address of an image as written; None for spacers, icons, buttons, emoji and images without one."""
    if any(_pixels(element.get(side)) <= _TINY for side in ("width", "height")):
        return None
    # An image loaded late is the exception, and asking for each of its attributes takes as long as all the rest.
    addresses = (written(element, "src"),) if _LATE.isdisjoint(element.keys()) else _addresses(element)
    found = next((address for address in addresses if address and _PICTURE.match(address)), None)
    return None if found is None or _CONTROL.search(found) or emoji(element) else found


def emoji(element: Element) -> str | None:
    """The emoji that an image stands for, as systems put images in their place; None for other images."""
    said = (element.get("alt") or "").strip()
    return said if not said.isascii() and _EMOJI.fullmatch(said) else None


def _addresses(element: Element) -> Iterator[str]:
    """The addresses of an image, the likeliest first."""
    own, *late = (written(element, name) for name in LAZY_SOURCES)
    if not (_STAND_IN.search(own) or _CONTROL.search(own)):
        yield own
    yield from late
    yield from (_largest(written(element, name)) or "" for name in SETS)
    yield own


def _largest(candidates: str) -> str | None:
    """The address of the widest or densest of several candidates for an image (HTML Living Standard, 4.8.4.2.1)."""
    if len(candidates) > _LONGEST_SET:
        return None
    largest, size = None, 0.0
    address = ""
    for word in (*candidates.split(), "1x"):  # which is the size of one that gives none
        told = _SIZE.match(word)
        if address and (given := float(told[1]) if told else 1.0) > size:
            largest, size = address, given
        address = (word[told.end() :] if told else word).strip(",")
    return largest


def written(element: Element, name: str) -> str:
    """The address in an attribute, as browsers take it; empty when there is none."""
    return as_browsers_take_it(element.get(name) or "")


def as_browsers_take_it(address: str) -> str:
    """An address without what may stand around it and within it."""
    return address.strip(_AROUND).translate(_WITHIN)


def is_missing(element: Element) -> bool:
    """Whether an image has no address at all, as where the CMS lost the file; a spacer or an icon has one."""
    return not any((element.get(name) or "").strip(_AROUND) for name in _SOURCES)


def _pixels(value: str | None) -> float:
    """An image's width or height in pixels; infinite when it is not given in pixels."""
    digits = re.match(r"\s*(\d+(?:\.\d+)?)\s*(?:px)?\s*$", value or "")
    return float(digits[1]) if digits else float("inf")
