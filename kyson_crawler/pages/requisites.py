"""What a page takes to be shown as its readers saw it: style sheets, scripts, icons, pictures, and what a style sheet takes itself.

No script is run and no style is worked out: what counts is an address in the markup, in a style or in a style sheet.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import cast
from urllib.parse import urlsplit

from lxml import etree
from lxml.etree import _Element as Element

from kyson_crawler.normalise import absolute
from kyson_crawler.normalise.images import LAZY_SOURCES, SETS, as_browsers_take_it
from kyson_crawler.pages.document import Document
from kyson_crawler.pages.remembered import remembered

_TAKEN = frozenset(
    "stylesheet icon apple-touch-icon apple-touch-icon-precomposed mask-icon manifest modulepreload".split()
)
_SOURCES, _SETS = frozenset(LAZY_SOURCES), frozenset(SETS)
_PRELOADED = frozenset({"style", "script", "font", "image"})
_STYLED = etree.XPath("//@style[contains(., '(')] | //@background", smart_strings=False)
# The tokens of a style sheet among which an address may stand, as CSS Syntax Module Level 3 (section 4) parts them: none
# of these patterns reads a letter more than twice, whatever stands there.
_TOKEN = re.compile(
    r"""
      /\*(?s:.*?)(?:\*/|\Z)
    | url\(\s*+(?:"(?P<double>(?:[^"\\\n]++|(?s:\\.))*+)"|'(?P<single>(?:[^'\\\n]++|(?s:\\.))*+)'|(?P<bare>[^\s"'()]*+))\s*+\)
    | @import\s*+(?:"(?P<import_double>[^"\n]*+)"|'(?P<import_single>[^'\n]*+)')
    | "(?:[^"\\\n]++|(?s:\\.))*+"? | '(?:[^'\\\n]++|(?s:\\.))*+'?
    """,
    re.IGNORECASE | re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(?:([0-9a-f]{1,6})\s?|(.))", re.IGNORECASE | re.DOTALL)
_CANDIDATE = re.compile(r"([^\s,]\S*+)(?:(?<!,)\s[^,]*+)?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_OF_THE_WEB = re.compile(r"https?://[^/?#]", re.IGNORECASE)

_LONGEST_ADDRESS = 2_000
_LONGEST_SET = 8_000
_LONGEST_SHEET = 1_000_000
"""Bytes of a style sheet that are looked through."""

_MOST_OF_A_PAGE = 200
_MOST_OF_A_SHEET = 500
_MOST_OF_AN_IMAGE = 6
_MOST_SOURCES = 6
_MOST_STYLES = 1_000
_MOST_REFERENCES = 5_000


def named(document: Document) -> tuple[str, ...]:
    """The style sheets, scripts and icons of a page and what its styles take, in its order; at most two hundred."""
    return _addresses(document, _named(document))


def pictures(document: Document, own: Iterable[str] = ()) -> tuple[str, ...]:
    """The images that a page shows, in its order; at most two hundred.

    own: those of its article, which are left out in all their sizes.
    """
    return _addresses(document, _pictures(document, frozenset(own)))


def of_sheet(body: bytes, url: str) -> tuple[str, ...]:
    """What a style sheet takes: others that it imports, fonts, backgrounds; of its first megabyte, at most five hundred."""
    text = body[:_LONGEST_SHEET].decode("utf-8-sig", "replace")
    found = _absolute(islice(_taken(text), _MOST_REFERENCES), url)
    return tuple(islice(dict.fromkeys(found), _MOST_OF_A_SHEET))


def _named(document: Document) -> Iterator[str]:
    for element in document.tagged("link", "script", "style", "video", "input"):
        match element.tag:
            case "link" if _is_taken(element):
                yield element.get("href", "")
            case "script" | "input":
                yield element.get("src", "")
            case "style":
                yield from _taken_within((element.text or "")[:_LONGEST_SHEET])
            case "video":
                yield element.get("poster", "")
    for value in cast("list[str]", _STYLED(document.root))[:_MOST_STYLES]:
        yield from _taken(value) if "(" in value else (value,)


def _is_taken(link: Element) -> bool:
    kinds = (link.get("rel") or "").lower().split()
    if "preload" in kinds:
        return (link.get("as") or "").lower() in _PRELOADED
    return not _TAKEN.isdisjoint(kinds)


def _pictures(document: Document, own: frozenset[str]) -> Iterator[str]:
    for image in document.tagged("img"):
        around = image.getparent()
        sources = islice(around, _MOST_SOURCES) if around is not None and around.tag == "picture" else ()
        found = tuple(islice(_candidates(image, *sources), _MOST_OF_AN_IMAGE))
        if own.isdisjoint(_absolute(found, document.base_url or "")):
            yield from found


def _candidates(*images: Element) -> Iterator[str]:
    """The addresses of an image and of the other sources of the picture that it stands in."""
    for image in images:
        for name, value in image.items():
            if name in _SETS:
                for candidate in _CANDIDATE.finditer(str(value)[:_LONGEST_SET]):
                    yield candidate[1].rstrip(",")
            elif name in _SOURCES:
                yield str(value)


def _taken(style: str) -> Iterator[str]:
    """The references in a style or a style sheet, in its order."""
    for token in _TOKEN.finditer(style):
        if token.lastgroup and (reference := token[token.lastgroup]):
            yield _ESCAPE.sub(_unescaped, reference) if "\\" in reference else reference


_taken_within = remembered(lambda sheet: islice(_taken(sheet), _MOST_REFERENCES), most=50)


def _unescaped(escape: re.Match[str]) -> str:
    if escape[2]:
        return "" if escape[2] == "\n" else escape[2]
    code = int(escape[1], 16)
    return chr(code) if 0 < code < 0xD800 or 0xDFFF < code <= 0x10FFFF else "\ufffd"


def _addresses(document: Document, references: Iterator[str]) -> tuple[str, ...]:
    found = _absolute(islice(references, _MOST_REFERENCES), document.base_url or "")
    return tuple(islice(dict.fromkeys(found), _MOST_OF_A_PAGE))


def _absolute(references: Iterable[str], base: str) -> Iterator[str]:
    """The addresses that references lead to, spelled as those of the images of articles; none for those within the document."""
    folder = base.partition("?")[0].rpartition("/")[0] + "/" if urlsplit(base).path else base
    for reference in references:
        place = base if reference.startswith("?") else folder
        if len(reference) <= _LONGEST_ADDRESS and (address := _joined(reference, place)):
            yield address


@lru_cache(maxsize=5_000)
def _joined(reference: str, base: str) -> str | None:
    """Most pages of a portal name the same few from the same few places, so that they are worked out once."""
    reference = as_browsers_take_it(reference)
    if not reference or reference.startswith("#") or _CONTROL.search(reference):
        return None
    address = absolute(reference, base).partition("#")[0]
    return address if _OF_THE_WEB.match(address) else None
