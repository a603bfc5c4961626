"""Where on a page a text, an image or a file stands: the way back from an article to its evidence."""

from collections.abc import Iterable
from typing import cast

from attrs import frozen
from lxml.etree import _Element as Element

from kyson_crawler.normalise import absolute
from kyson_crawler.normalise.attachments import in_viewer
from kyson_crawler.normalise.images import image_source
from kyson_crawler.normalise.text import clean
from kyson_crawler.normalise.videos import PLAYERS, video_source
from kyson_crawler.pages import Document
from kyson_crawler.pages.document import text
from kyson_crawler.pages.lines import Line, lines

_LONGEST = 500


@frozen(kw_only=True)
class Place:
    """One element of a page."""

    xpath: str
    """From the root of the page as lxml mends it; a browser that adds or closes elements may count otherwise."""

    element: str
    """How it is called: tag, id and classes, as in `div#main.ArticleHeader`."""

    quote: str
    """What is written there, or the address that stands in it."""


class Places:
    """A page that can be asked where something stands."""

    def __init__(self, document: Document, body: Element | None) -> None:
        """`body`: the element that the body was read from, a copy of it, or None when it is not known."""
        self.document = document
        self.lines: list[Line] = lines(document.root)
        self._order = {element: number for number, element in enumerate(document.elements)}
        self._keys: dict[Element, str] = {}
        self._body = body if body in self._order else None

    def place(self, element: Element | None, quote: str | None = None) -> Place | None:
        """The place that an element is; with a quote when what counts is not its text."""
        if element is None or element not in self._order:
            return None
        written = text(element) if quote is None else clean(quote)
        path = self.document.root.getroottree().getpath(element)
        return Place(xpath=path, element=_called(element), quote=written[:_LONGEST])

    def order(self, element: Element | None) -> int:
        """How many elements begin before one; those of no page come last."""
        return len(self._order) if element is None else self._order.get(element, len(self._order))

    def in_body(self, element: Element) -> bool:
        """Whether an element stands in what the body was read from."""
        return self._body is not None and (element is self._body or self._body in element.iterancestors())

    def begins(self) -> int:
        """Where the body begins; the end of the page when that is not known."""
        return self.order(self._body)

    def find(self, words: str | None, *, after: int = -1, last: bool = False) -> Element | None:
        """The smallest element that says these words: in the body if it can be, else the first on the page.

        after: only elements behind that many others, unless there is none. last: the last such line instead of the first.
        """
        wanted = _key(words or "")
        if not wanted:
            return None
        exact = [line.element for line in self.lines if _key(line.text) == wanted]
        if not exact:
            return self._smallest(wanted)
        inside = [element for element in exact if self.in_body(element)] or exact
        later = [element for element in inside if self.order(element) > after] or inside
        return later[-1 if last else 0]

    def image(self, src: str, number: int = 0) -> Element | None:
        """The image with that address; of several the one of that number, counted from 0."""
        found = [
            image
            for image in self.document.tagged("img")
            if (source := image_source(image)) and self._same_address(source, src)
        ]
        return found[min(number, len(found) - 1)] if found else None

    def video(self, src: str) -> Element | None:
        """The first player that shows the video with that address."""
        for player in self.document.tagged(*PLAYERS):
            if (source := video_source(player)) and self._same_address(source, src):
                return player
        return None

    def link(self, href: str) -> Element | None:
        """The link, or frame, that leads to an address."""
        for element in self.document.tagged("a", "iframe", "embed", "object"):
            address = element.get("href") or element.get("src") or element.get("data")
            if address and self._same_address(address, href):
                return element
        return None

    def metas(self, *names: str) -> Iterable[Element]:
        """The meta elements of these names that say something."""
        for element in self.document.tagged("meta"):
            name = element.get("property") or element.get("name") or element.get("itemprop")
            if name and name.lower() in names and clean(element.get("content") or ""):
                yield element

    def holding(self, path: str, raw: str) -> Element | None:
        """The first of the elements on an XPath that has `raw` in its text or in one of its attributes."""
        for element in cast("list[Element]", self.document.root.xpath(path)):
            written = ["".join(map(str, element.itertext())), *(str(value) for value in element.attrib.values())]
            if any(raw in value or raw in clean(value) for value in written):
                return element
        return None

    def _smallest(self, wanted: str) -> Element | None:
        """The deepest element, below the body or else the whole page, whose text contains what is wanted."""
        starts = (start for start in (self._body, self.document.root) if start is not None)
        found = next((start for start in starts if wanted in self._key_of(start)), None)
        while found is not None:
            inner = next((child for child in found if wanted in self._key_of(child)), None)
            if inner is None:
                return found
            found = inner
        return None

    def _key_of(self, element: Element) -> str:
        if element not in self._keys:
            self._keys[element] = _key(text(element))
        return self._keys[element]

    def _same_address(self, written: str, address: str) -> bool:
        """Whether an address as written in the page is that of the article, which is absolute and escaped."""
        base = self.document.base_url
        return address in {absolute(written, base), absolute(in_viewer(written), base)}


def _key(words: str) -> str:
    """A text without its spaces, in which lines broken otherwise are the same."""
    return "".join(words.split())


def _called(element: Element) -> str:
    identity = f"#{element.get('id')}" if element.get("id") else ""
    return str(element.tag) + identity + "".join(f".{name}" for name in (element.get("class") or "").split())
