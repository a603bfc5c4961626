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
_LEFT_OUT = _NOT_TEXT | {"footer", "nav", "aside"}
_HEADINGS = {f"h{level}": level for level in range(1, 5)}
# What stands at the foot of every official portal by law (Decree 42/2022): who answers for it, licence, address.
_IMPRINT = re.compile(
    r"^\W*(?:cơ\s+quan\s+(?:chủ\s+quản|quản\s+lý|thường\s+trực)|(?:người\s+)?chịu\s+trách\s+nhiệm|trưởng\s+ban\s+biên\s+tập|giấy\s+phép"
    r"|(?:cổng|trang)\s+thông\s+tin\s+điện\s+tử|bản\s+quyền|copyright|trụ\s+sở|địa\s+chỉ|điện\s+thoại|(?:ghi|đề\s+nghị\s+ghi)\s+rõ\s+nguồn|thiết\s+kế\s+bởi)\b",
    re.IGNORECASE,
)
_CONTACT = re.compile(r"\b(?:e-?mail|fax)\s*:", re.IGNORECASE)
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
        return bool(_IMPRINT.match(self.text) or (":" in self.text and _CONTACT.search(self.text)))

    @property
    def is_link(self) -> bool:
        """Whether it is a link and hardly anything else."""
        return self.linked >= len(self.text) * 0.9

    @property
    def heading(self) -> int | None:
        """The level of the heading it stands in, 1 to 4; None outside of one."""
        element: HtmlElement | None = self.element
        while element is not None and element.tag not in BOXES:
            if element.tag in _HEADINGS:
                return _HEADINGS[element.tag]
            element = element.getparent()
        return None


def lines(root: HtmlElement) -> list[Line]:
    """The lines of everything inside `root` in reading order; furniture that names itself is left out."""
    return _Reader().read(root)


class _Reader:
    """Walks a page once; iterative, so that no depth of nesting can break it."""

    def __init__(self) -> None:
        self._lines: list[Line] = []
        self._parts: list[str] = []
        self._linked: list[str] = []
        self._links = 0
        self._boxes: list[HtmlElement] = []

    def read(self, root: HtmlElement) -> list[Line]:
        """The lines of everything inside `root`."""
        self._boxes.append(root)
        skipped: HtmlElement | None = None
        walk = etree.iterwalk(root, events=("start", "end"))
        for event, element in walk:
            tag = element.tag
            if tag in _BREAKS or tag in _LEFT_OUT or tag == "a":
                if event == "start":
                    if _is_furniture(element):
                        self._end_line()
                        walk.skip_subtree()
                        skipped = element
                        continue
                    self._enter(element, tag)
                elif element is not skipped:
                    self._leave(tag)
            if event == "start":
                self._add(element.text)
            elif element is not root:
                self._add(element.tail)
        self._end_line()
        return self._lines

    def _enter(self, element: HtmlElement, tag: str) -> None:
        if tag == "a":
            self._links += 1
            return
        self._end_line()
        if tag != "br":
            self._boxes.append(element)

    def _leave(self, tag: str) -> None:
        if tag == "a":
            self._links -= 1
            return
        self._end_line()
        if tag != "br":
            self._boxes.pop()

    def _add(self, text: str | None) -> None:
        if text:
            self._parts.append(text)
            if self._links:
                self._linked.append(text)

    def _end_line(self) -> None:
        if not self._parts:
            return
        text = clean("".join(self._parts))
        if text:
            linked = sum(len(clean(part)) for part in self._linked)
            self._lines.append(Line(element=self._boxes[-1], text=text, linked=linked))
        self._parts.clear()
        self._linked.clear()


def _is_furniture(element: HtmlElement) -> bool:
    """Whether an element says of itself that it is no text of the page: scripts, menus, the bar of the Wayback Machine."""
    tag = element.tag
    if tag == "header":  # of the page, or of its article
        return next(element.iter("h1"), None) is None
    return tag in _LEFT_OUT or (tag == "div" and element.get("id", "").startswith("wm-ipp"))
