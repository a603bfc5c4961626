"""The reader that knows no CMS: it finds an article by the structure of its page alone.

The body is the smallest box that holds nearly all of the page's prose; headline and date are what stands above it.
Page classes of known systems inherit from it, so that a skin with renamed classes is still read.
"""

import re
from copy import deepcopy
from functools import cached_property
from urllib.parse import urlsplit

from attrs import frozen
from lxml import etree
from lxml.html import HtmlElement

from kyson_crawler.normalise import dates
from kyson_crawler.normalise.body import image_source
from kyson_crawler.normalise.text import clean
from kyson_crawler.pages.base import Page
from kyson_crawler.pages.document import Document

_BOXES = frozenset("body div td table tbody tr article section main form center dd dl blockquote fieldset".split())
_BREAKS = _BOXES | frozenset(
    "p li ul ol h1 h2 h3 h4 h5 h6 br dt figcaption figure header footer nav aside th pre hr".split()
)
_NOT_TEXT = frozenset("script style noscript template select option textarea button head svg iframe object".split())
_FURNITURE = frozenset({"header", "footer", "nav", "aside"})
_RELATED = re.compile(
    r"^(?:các\s+)?(?:tin|bài|bài\s+viết|thông\s+tin|văn\s+bản)\s+(?:tức\s+)?(?:khác|liên\s+quan|đã\s+đưa|mới\s+hơn|cũ\s+hơn|cùng\s+(?:chuyên\s+mục|loại)|mới\s+nhất|tiếp\s+theo)\b",
    re.IGNORECASE,
)
_PROSE = 80
_SHARE = 0.75
_LOOK_BACK = 14


@frozen(kw_only=True)
class _Line:
    """One line of text as a reader sees it, with the element it stands in."""

    element: HtmlElement
    text: str
    linked: int
    """How many of its letters stand in links."""

    @property
    def is_prose(self) -> bool:
        return len(self.text) >= _PROSE and self.linked < len(self.text) * 0.3

    @property
    def is_link(self) -> bool:
        return self.linked >= len(self.text) * 0.9


class GenericPage(Page):
    """A page of no known system."""

    cms = "generic"

    @classmethod
    def key(cls, url: str) -> str | None:
        """The address itself, without scheme, since nothing shorter is known to be stable."""
        parts = urlsplit(url)
        path = parts.path.strip("/")
        return "/".join(filter(None, [path, parts.query])) or None

    @classmethod
    def recognises(cls, document: Document) -> bool:
        """Any page."""
        return True

    def body(self) -> HtmlElement | None:
        """A copy of the box that holds the prose, without headline, date and related lists that stand in it."""
        if self._box is None or self._is_list():
            return None
        dropped = [line.element for line in (self._headline, self._date_line) if line is not None]
        return _without(self._box, dropped, self._related)

    def title(self) -> str:
        """The line above the body that is its headline."""
        return self._headline.text if self._headline else ""

    def published_raw(self) -> str | None:
        """The line near the headline that says little more than a date."""
        if self._date_line is None:
            return None
        return re.split(r"\s*[-–|]?\s*(?:Lượt xem|Số lượt|Đã xem|Xem:)", self._date_line.text, maxsplit=1)[0]

    @cached_property
    def _lines(self) -> list[_Line]:
        return _Reader().read(self.document.root)

    @cached_property
    def _box(self) -> HtmlElement | None:
        """The smallest box with most of the prose; None on a page without prose."""
        weights: dict[HtmlElement, int] = {}
        prose = [line for line in self._lines if line.is_prose]
        for line in prose:
            for element in (line.element, *line.element.iterancestors()):
                weights[element] = weights.get(element, 0) + len(line.text)
        box = next(self.document.root.iter("body"), None)
        if box is None or not prose:
            return None
        while True:
            inner = max(
                (child for child in box if child.tag in _BOXES), key=lambda child: weights.get(child, 0), default=None
            )
            if inner is None or weights.get(inner, 0) < weights.get(box, 0) * _SHARE:
                return box
            box = inner

    @cached_property
    def _above(self) -> list[_Line]:
        """The lines right above the first prose of the body, nearest first, and those at its head."""
        inside = set(self._box.iter()) if self._box is not None else set()
        first = next((i for i, line in enumerate(self._lines) if line.element in inside and line.is_prose), None)
        if first is None:
            return []
        return [line for line in reversed(self._lines[:first]) if not line.is_link][:_LOOK_BACK]

    @cached_property
    def _date_line(self) -> _Line | None:
        near = next((line for line in self._above if dates.is_date_line(line.text)), None)
        return near or next(
            (
                line
                for line in self._lines
                if "date" in (line.element.get("class") or "").lower() and dates.parse(line.text)
            ),
            None,
        )

    @cached_property
    def _headline(self) -> _Line | None:
        """The headline: the line that metadata name, else a heading, else what stands nearest above the date."""
        candidates = [line for line in self._above if 8 <= len(line.text) <= 350 and not dates.is_date_line(line.text)]
        named = {clean(name).casefold() for name in (self.document.meta("og:title"), self.document.title) if name}
        for name in tuple(named):
            named.update(clean(part).casefold() for part in re.split(r"\s+[-–|:»]+\s+", name))
        headings = [line for line in candidates if self._heading_level(line)]
        if hit := next((line for line in candidates if line.text.casefold() in named), None):
            return hit
        if headings:
            return min(headings, key=lambda line: self._heading_level(line) or 9)
        if self._date_line in self._above:
            around = self._above[self._above.index(self._date_line) + 1 :]
            if hit := next((line for line in around if line in candidates), None):
                return hit
        return candidates[0] if candidates else None

    @staticmethod
    def _heading_level(line: _Line) -> int | None:
        for element in (line.element, *line.element.iterancestors()):
            if re.fullmatch(r"h[1-4]", str(element.tag)):
                return int(element.tag[1])
            if element.tag in _BOXES:
                return None
        return None

    @cached_property
    def _related(self) -> HtmlElement | None:
        """The heading of a list of other articles behind the body's prose."""
        if self._box is None:
            return None
        inside = set(self._box.iter())
        return next(
            (
                line.element
                for line in self._lines
                if line.element in inside and len(line.text) < 60 and _RELATED.match(line.text)
            ),
            None,
        )

    def _is_list(self) -> bool:
        """Whether the page shows many articles shortly rather than one at length."""
        if self.document.url and urlsplit(self.document.url).path in {"", "/"}:
            return True
        inside = set(self._box.iter()) if self._box is not None else set()
        lines = [line for line in self._lines if line.element in inside]
        if self._related is not None:
            cut = next(i for i, line in enumerate(lines) if line.element is self._related)
            lines = lines[:cut]
        teasers = sum(1 for line in lines if line.is_link and len(line.text) >= 25)
        prose = sum(1 for line in lines if line.is_prose)
        return teasers >= 5 and teasers >= prose


class _Reader:
    """Cuts a page into lines in reading order, furniture that names itself left out."""

    def __init__(self) -> None:
        self.lines: list[_Line] = []
        self._parts: list[str] = []
        self._linked = 0
        self._links = 0
        self._boxes: list[HtmlElement] = []

    def read(self, root: HtmlElement) -> list[_Line]:
        """The lines of everything inside `root`."""
        self._boxes.append(root)
        walk = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
        for event, element in walk:
            if event == "start":
                if element.tag in _NOT_TEXT or element.tag in _FURNITURE:
                    walk.skip_subtree()
                else:
                    self._enter(element)
            else:
                if event == "end" and element.tag not in _NOT_TEXT:
                    self._leave(element)
                self._add(element.tail)
        self._end_line()
        return self.lines

    def _enter(self, element: HtmlElement) -> None:
        if element.tag in _BREAKS:
            self._end_line()
            if element.tag != "br":
                self._boxes.append(element)
        self._links += element.tag == "a"
        self._add(element.text)

    def _leave(self, element: HtmlElement) -> None:
        if element.tag in _BREAKS:
            self._end_line()
            if element.tag != "br" and element.tag not in _FURNITURE:
                self._boxes.pop()
        self._links -= element.tag == "a"

    def _add(self, text: str | None) -> None:
        if text:
            self._parts.append(text)
            self._linked += len(clean(text)) if self._links else 0

    def _end_line(self) -> None:
        text = clean("".join(self._parts))
        if text:
            self.lines.append(_Line(element=self._boxes[-1], text=text, linked=self._linked))
        self._parts.clear()
        self._linked = 0


def _without(box: HtmlElement, dropped: list[HtmlElement], cut: HtmlElement | None) -> HtmlElement:
    """A copy of `box` without some elements, and without everything from `cut` on."""
    for element in dropped:
        if element is not box:
            element.set("data-kyson", "drop")
    if cut is not None:
        cut.set("data-kyson", "cut")
    copy = deepcopy(box)
    for element in (*dropped, *([cut] if cut is not None else [])):
        element.attrib.pop("data-kyson", None)
    for element in copy.xpath(".//*[@data-kyson='drop']"):
        if not any(image_source(image) for image in element.iter("img")):
            element.drop_tree()
    for element in copy.xpath(".//*[@data-kyson='cut']"):
        node = element
        while node is not None and node is not copy:
            for sibling in list(node.itersiblings()):
                node.getparent().remove(sibling)
            node = node.getparent()
        element.drop_tree()
    return copy
