"""Which font a page sets an element in, as far as its own markup says: `style`, `font face`, and its style elements.

Of style sheets only what names fonts is read, and of selectors only those of type, class and id: what Word and the
editors of the time write. How they outweigh each other is as in CSS (Cascading Style Sheets Level 2, section 6.4).
"""

import re
from collections.abc import Iterator
from itertools import islice

from attrs import field, frozen
from lxml.etree import _Element as Element

from kyson_crawler.normalise import legacy

_FAMILY = re.compile(r"font-family\s*:\s*([^;,]+)|font\s*:[^;]*?['\"]?(\.Vn[^;,'\"]*|VNI-[^;,'\"]*)", re.IGNORECASE)
_LEGACY = re.compile(r"\.vn|vni[- ]", re.IGNORECASE)
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_SELECTOR = re.compile(r"(?P<tag>[a-z][a-z0-9:]*+|\*)?+(?P<rest>(?:[.#][\w-]++)*+)", re.IGNORECASE)
_NAME = re.compile(r"[.#][\w-]+")
_LONGEST_STYLE = 500
_LONGEST_SHEET = 200_000
_MOST_SELECTORS = 300
_MOST_CLASSES = 20


@frozen(kw_only=True)
class _Selector:
    """The elements that a rule is for, and the font that it gives them."""

    tag: str
    names: frozenset[str]
    """Classes behind a dot and ids behind a `#`, all of which an element must have."""

    font: str
    weight: tuple[int, int, int, int]
    """What it outweighs: by its ids, its classes, its type, and its place in the sheet."""


@frozen(eq=False)
class Fonts:
    """The fonts that the style elements of a page name, where some of them are legacy fonts; else none."""

    _selectors: dict[str, list[_Selector]] = field(factory=dict)
    """By one of the names, or else the tag, that an element must have."""

    @classmethod
    def of(cls, root: Element) -> "Fonts":
        """What the style elements of a page say of fonts; of many only the first."""
        sheet = "\n".join(element.text or "" for element in root.iter("style"))[:_LONGEST_SHEET]
        found: dict[str, list[_Selector]] = {}
        if _LEGACY.search(sheet):
            for selector in islice(_selectors(sheet), _MOST_SELECTORS):
                rarest = min(selector.names, key=lambda name: len(found.get(name, ())), default=selector.tag)
                found.setdefault(rarest, []).append(selector)
        return cls(found)

    def font(self, element: Element, inherited: str) -> str:
        """The legacy font that an element is set in; empty for any other font."""
        own = named(element.get("style")) or self._in_sheet(element) or element.get("face", "").partition(",")[0]
        if not own:
            return inherited
        return own.strip(" '\"") if legacy.of_font(own) else ""

    def _in_sheet(self, element: Element) -> str | None:
        if not self._selectors:
            return None
        tag = str(element.tag)
        names = {f".{name}" for name in (element.get("class") or "").split()[:_MOST_CLASSES]}
        if identity := element.get("id"):
            names.add(f"#{identity}")
        fitting = [
            selector
            for key in (*names, tag, "*")
            for selector in self._selectors.get(key, ())
            if selector.tag in {tag, "*"} and selector.names <= names
        ]
        return max(fitting, key=lambda selector: selector.weight).font if fitting else None


def named(style: str | None) -> str | None:
    """The first font that declarations name; None when they name none.

    >>> named("margin: 0; font-family: '.VnTime', serif"), named("font: bold 14px .VnTimeH"), named("color: red")
    ("'.VnTime'", '.VnTimeH', None)
    """
    begun = (style or "")[:_LONGEST_STYLE]
    found = _FAMILY.search(begun) if "font" in begun.lower() else None
    return (found[1] or found[2]).partition("!")[0].strip() if found else None


def _selectors(sheet: str) -> Iterator[_Selector]:
    """What a sheet sets in which font, in its order; rules within `@media` count as others do."""
    for order, rule in enumerate(_COMMENT.sub(" ", sheet).split("}")):
        before, _, declarations = rule.rpartition("{")
        if not (font := named(declarations)):
            continue
        for written in before.rpartition("{")[2].rpartition(";")[2].split(","):
            found = _SELECTOR.fullmatch(written.strip())
            if found and found[0]:
                names = frozenset(_NAME.findall(found["rest"]))
                ids = sum(name.startswith("#") for name in names)
                tag = (found["tag"] or "*").lower()
                weight = (ids, len(names) - ids, int(tag != "*"), order)
                yield _Selector(tag=tag, names=names, font=font, weight=weight)
