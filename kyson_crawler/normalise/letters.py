"""The letters of a whole page made right before anything reads it: legacy fonts, and UTF-8 that was read as Latin-1.

Both are told by what stands around them, so a page is mended as a tree, block by block, and never word by word: in a
portal's Unicode frame stands an article pasted from Word in .VnTime. It has to come before any cleaning, which takes out
the soft hyphen that is ư in TCVN3, and the no-break space that is the last byte of à.
"""

import re
from collections.abc import Callable, Iterator
from itertools import groupby, islice

from attrs import field, frozen
from lxml import etree
from lxml.etree import _Element as Element

from kyson_crawler.normalise import legacy
from kyson_crawler.normalise.fonts import Fonts
from kyson_crawler.normalise.legacy import misspelt

_FORBIDDEN = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ud800-\\udfff\\ufffe\\uffff]")

_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code del dfn em font i ins kbd label mark o:p q s samp small span strike strong sub sup "
    "tt u var wbr".split()
)
_NO_TEXT = frozenset("script style".split())
_WORDED = ("alt", "title", "content")
# Hardly a line of TCVN3 or VNI is without đ or ư; nearly all Vietnamese letters of UTF-8 begin with the bytes E1 BA or E1 BB.
_LEGACY_LETTERS = ("®", "\u00ad", "µ", "§", "ñ", "ö", "Ñ", "Ö")
_FEWEST = 2
_READ_TWICE = re.compile("á[º»]")
_TWICE = re.compile("[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u2122]|Ã ")
_LONGEST_MENDED = 200_000
_MOST_MENDED = 2_000


@frozen
class _Place:
    """Where a stretch of text is kept in the tree: an element's `text`, its `tail`, or an attribute."""

    element: Element
    slot: str

    def read(self) -> str:
        """The text as it stands."""
        if self.slot in {"text", "tail"}:
            return getattr(self.element, self.slot) or ""
        return self.element.get(self.slot) or ""

    def write(self, text: str) -> None:
        """Put other text there, without the characters that no tree may hold (XML 1.0, section 2.2)."""
        text = _FORBIDDEN.sub("", text)
        if self.slot in {"text", "tail"}:
            setattr(self.element, self.slot, text)
        else:
            self.element.set(self.slot, text)


@frozen(eq=False)
class _Block:
    """The text of one block of a page that is set in one font."""

    font: str
    """As the markup names it, when it is a legacy font; else empty."""

    places: list[_Place] = field(factory=list)

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(place.read() for place in self.places)

    def convert(self, convert: Callable[[str], str]) -> None:
        """Put each stretch of it through a conversion."""
        for place in self.places:
            place.write(convert(place.read()))


def mend(root: Element) -> None:
    """Turn what a page has in legacy fonts or in UTF-8 read twice into Unicode, in place; other text is left alone."""
    # In a third of the time that XPath's string() takes.
    whole = etree.tostring(root, method="text", encoding="unicode", with_tail=False)
    if sum(whole.count(letter) for letter in _LEGACY_LETTERS if letter in whole) >= _FEWEST:
        _mend_fonts(list(_blocks(root)))
    if _READ_TWICE.search(whole):
        _mend_read_twice(_blocks(root))


def _mend_fonts(blocks: list[_Block]) -> None:
    """Convert what is in legacy fonts: those named first, then what shows by its syllables that it is in one."""
    for font, group in groupby(sorted(blocks, key=lambda block: block.font), lambda block: block.font):
        together = list(group)
        unsure = [block.text for block in together if not _is_unicode(block.text)]
        believed = bool(font) and len(unsure) == len(together)
        wrong = [text for text in unsure if believed or misspelt(text)]
        convert = legacy.decoder({font} if believed else set(), "\n".join(wrong))
        if convert:
            _convert_some(together, legacy.of_font(font) or convert, named=bool(font))


def _convert_some(blocks: list[_Block], convert: Callable[[str], str], *, named: bool) -> None:
    """Convert those blocks that become better Vietnamese by it; what reads as well either way goes with its neighbours."""
    follows = named
    for block in blocks:
        text = block.text
        if _is_unicode(text):
            follows = False
        elif named or not text.isascii():
            gain = misspelt(text) - misspelt(convert(text))
            follows = gain > 0 or (gain == 0 and follows)
            if follows:
                block.convert(convert)


def _is_unicode(text: str) -> bool:
    """Whether text has letters that it could not have in a legacy font."""
    return legacy.UNICODE_VIETNAMESE.search(text) is not None


def _mend_read_twice(blocks: Iterator[_Block]) -> None:
    """Decode once more what was UTF-8 taken for Windows-1252, where that makes fewer words that are none.

    What reads as well either way, such as a name that ends in à, goes with the text of that kind before it.
    """
    from ftfy import TextFixerConfig, fix_encoding  # noqa: PLC0415 (0.1 s that hardly any page needs)

    only_encoding = TextFixerConfig(replace_lossy_sequences=False, fix_c1_controls=False, explain=False)
    twice = (block for block in blocks if len(block.text) <= _LONGEST_MENDED and _TWICE.search(block.text))
    follows = False
    for block in islice(twice, _MOST_MENDED):
        mended = [fix_encoding(place.read(), only_encoding) for place in block.places]
        gain = misspelt(block.text) - misspelt("".join(mended))
        follows = gain > 0 or (gain == 0 and follows and not _is_unicode(block.text))
        if follows:
            for place, text in zip(block.places, mended, strict=True):
                place.write(text)


def _blocks(root: Element) -> Iterator[_Block]:
    """The text of a page as its blocks, in the order of the page; attributes that hold words are blocks of their own."""
    sheet = Fonts.of(root)
    fonts: dict[Element, str] = {}
    boxes: dict[Element, Element] = {}
    open_blocks: dict[tuple[Element, str], _Block] = {}

    def add(element: Element, place: _Place) -> None:
        if place.read().strip():
            key = (boxes[element], fonts[element])
            open_blocks.setdefault(key, _Block(fonts[element])).places.append(place)

    for element in root.iter():
        parent = element.getparent() if element is not root else None
        if isinstance(element.tag, str):
            inherited = fonts[parent] if parent is not None else ""
            fonts[element] = sheet.font(element, inherited)
            boxes[element] = boxes[parent] if parent is not None and element.tag in _INLINE else element
            if element.tag not in _NO_TEXT:
                add(element, _Place(element, "text"))
            for name in _WORDED:
                if element.get(name):
                    place = _Place(element, name)
                    open_blocks[(element, name)] = _Block(fonts[element], [place])
        if parent is not None and element.tail:
            add(parent, _Place(element, "tail"))
    yield from open_blocks.values()
