"""A page as the lines of text that a reader sees, each with the element it stands in."""

import re

from attrs import frozen
from lxml import etree
from lxml.html import HtmlElement

from kyson_crawler.normalise.text import clean

BOXES = frozenset("body div td table tbody tr article section main form center dd dl blockquote fieldset".split())
_BREAKS = BOXES | frozenset(
    "p li ul ol h1 h2 h3 h4 h5 h6 br dt figcaption figure header footer nav aside th pre hr".split()
)
_NOT_TEXT = frozenset("script style noscript template select option textarea button head svg iframe object".split())
_FURNITURE = frozenset({"footer", "nav", "aside"})
# What stands at the foot of every official portal by law (Decree 42/2022): who answers for it, licence, address.
_IMPRINT = re.compile(
    r"^\W*(?:cơ\s+quan\s+(?:chủ\s+quản|quản\s+lý|thường\s+trực)|(?:người\s+)?chịu\s+trách\s+nhiệm|trưởng\s+ban\s+biên\s+tập|giấy\s+phép"
    r"|(?:cổng|trang)\s+thông\s+tin\s+điện\s+tử|bản\s+quyền|copyright|trụ\s+sở|địa\s+chỉ|điện\s+thoại|(?:ghi|đề\s+nghị\s+ghi)\s+rõ\s+nguồn|thiết\s+kế\s+bởi)\b"
    r"|.*\b(?:e-?mail|fax)\s*:",
    re.IGNORECASE,
)
_PROSE = 80


@frozen(kw_only=True, eq=False)
class Line:
    """One line of text, with the element it stands in."""

    element: HtmlElement
    text: str
    linked: int
    """How many of its letters stand in links."""

    @property
    def is_prose(self) -> bool:
        """Whether it is long enough for running text, and neither a link nor the portal's imprint."""
        return len(self.text) >= _PROSE and self.is_plain

    @property
    def is_plain(self) -> bool:
        """Whether it is neither a link nor the portal's imprint."""
        return self.linked < len(self.text) * 0.3 and not self.is_imprint

    @property
    def is_imprint(self) -> bool:
        """Whether it says who answers for the portal."""
        return bool(_IMPRINT.match(self.text))

    @property
    def is_link(self) -> bool:
        """Whether it is a link and hardly anything else."""
        return self.linked >= len(self.text) * 0.9

    @property
    def heading(self) -> int | None:
        """The level of the heading it stands in, 1 to 4; None outside of one."""
        for element in (self.element, *self.element.iterancestors()):
            if re.fullmatch(r"h[1-4]", str(element.tag)):
                return int(element.tag[1])
            if element.tag in BOXES:
                return None
        return None


def lines(root: HtmlElement) -> list[Line]:
    """The lines of everything inside `root` in reading order; furniture that names itself is left out."""
    return _Reader().read(root)


class _Reader:
    """Walks a page once; iterative, so that no depth of nesting can break it."""

    def __init__(self) -> None:
        self._lines: list[Line] = []
        self._parts: list[str] = []
        self._linked = 0
        self._links = 0
        self._boxes: list[HtmlElement] = []

    def read(self, root: HtmlElement) -> list[Line]:
        """The lines of everything inside `root`."""
        self._boxes.append(root)
        skipped: HtmlElement | None = None
        walk = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
        for event, element in walk:
            if event == "start" and _is_furniture(element):
                self._end_line()
                walk.skip_subtree()
                skipped = element
            elif event == "start":
                self._enter(element)
            else:
                if event == "end" and element is not skipped:
                    self._leave(element)
                if element is not root:
                    self._add(element.tail)
        self._end_line()
        return self._lines

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
            if element.tag != "br":
                self._boxes.pop()
        self._links -= element.tag == "a"

    def _add(self, text: str | None) -> None:
        if text:
            self._parts.append(text)
            self._linked += len(clean(text)) if self._links else 0

    def _end_line(self) -> None:
        text = clean("".join(self._parts))
        if text:
            self._lines.append(Line(element=self._boxes[-1], text=text, linked=self._linked))
        self._parts.clear()
        self._linked = 0


def _is_furniture(element: HtmlElement) -> bool:
    """Whether an element says of itself that it is no text of the page: scripts, menus, the bar of the Wayback Machine."""
    if element.tag == "header":  # of the page, or of its article
        return next(element.iter("h1"), None) is None
    return element.tag in _NOT_TEXT or element.tag in _FURNITURE or (element.get("id") or "").startswith("wm-ipp")
