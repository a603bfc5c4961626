"""A page as the lines of text that a reader sees, each with the element it stands in."""

import re

from attrs import frozen
from lxml import etree
from lxml.etree import _Element as Element

from kyson_crawler.normalise.text import clean

BOXES = frozenset("body div td table tbody tr article section main form center dd dl blockquote fieldset".split())
_BREAKS = BOXES | frozenset(
    "p li ul ol h1 h2 h3 h4 h5 h6 br dt figcaption figure header footer nav aside th pre hr".split()
)
_NOT_TEXT = frozenset("script style noscript template select option textarea button head svg iframe object".split())
_LEFT_OUT = _NOT_TEXT | {"footer", "nav", "aside"}
_MAY_BE_LEFT_OUT = _LEFT_OUT | {"header", "div"}
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

    element: Element
    text: str
    linked: int
    """How many of its letters stand in links."""

    heading: int | None
    """The level of the heading it stands in, 1 to 4; None outside of one."""

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


def lines(root: Element, *, without: frozenset[Element] = frozenset()) -> list[Line]:
    """The lines of everything inside `root` but some elements, in reading order; furniture that names itself is left out."""
    return _Reader().read(root, without)


class _Reader:
    """Walks a page once; iterative, so that no depth of nesting can break it."""

    def __init__(self) -> None:
        self._lines: list[Line] = []
        self._parts: list[str] = []
        self._linked: list[str] = []
        self._links = 0
        self._boxes: list[tuple[Element, int | None]] = []

    def read(self, root: Element, without: frozenset[Element]) -> list[Line]:  # noqa: C901  every call saved counts: this is the hottest loop
        """The lines of everything inside `root` but some elements."""
        self._boxes.append((root, None))
        skipped: Element | None = None
        walk = etree.iterwalk(root, events=("start", "end"))
        for event, element in walk:
            tag = element.tag
            if event == "start":
                if (tag in _MAY_BE_LEFT_OUT and _is_furniture(element)) or (without and element in without):
                    if tag in _BREAKS or tag in _MAY_BE_LEFT_OUT:
                        self._end_line()
                    walk.skip_subtree()
                    skipped = element
                    continue
                if tag in _BREAKS:
                    if self._parts:
                        self._end_line()
                    self._open(element, tag)
                elif tag == "a":
                    self._links += 1
                text = element.text
            else:
                if element is not skipped:
                    if tag in _BREAKS:
                        if self._parts:
                            self._end_line()
                        self._boxes.pop()
                    elif tag == "a":
                        self._links -= 1
                text = element.tail if element is not root else None
            if text and (self._parts or not text.isspace()):
                self._parts.append(text)
                if self._links:
                    self._linked.append(text)
        self._end_line()
        return self._lines

    def _open(self, element: Element, tag: str) -> None:
        """Enter a box, a paragraph or a heading; text that follows within a line break stands in what is around it."""
        box, level = self._boxes[-1]
        if tag in BOXES:
            self._boxes.append((element, None))
        else:
            self._boxes.append((box if tag == "br" else element, _HEADINGS.get(tag, level)))

    def _end_line(self) -> None:
        text = clean("".join(self._parts))
        if text:
            box, level = self._boxes[-1]
            is_one = len(self._parts) == 1  # as in menus
            linked = len(text) * len(self._linked) if is_one else sum(len(clean(part)) for part in self._linked)
            self._lines.append(Line(element=box, text=text, linked=linked, heading=level))
        self._parts.clear()
        self._linked.clear()


def _is_furniture(element: Element) -> bool:
    """Whether an element says of itself that it is no text of the page: scripts, menus, the bar of the Wayback Machine."""
    tag = element.tag
    if tag == "header":  # of the page, or of its article
        return next(element.iter("h1", "time"), None) is None and next(element.iterancestors("article"), None) is None
    return tag in _LEFT_OUT or (tag == "div" and element.get("id", "").startswith("wm-ipp"))
