"""Parts of a page, cut out of it: copies of a box without what is not wanted of it."""

from collections.abc import Iterator
from copy import deepcopy
from itertools import takewhile
from typing import cast

from lxml import etree
from lxml.etree import _Element as Element

from kyson_crawler.normalise.text import clean
from kyson_crawler.normalise.videos import holds_media
from kyson_crawler.pages.lines import Line

_texts = etree.XPath("descendant-or-self::*[not(self::script or self::style)]/text()", smart_strings=False)


def part(
    box: Element,
    *,
    without: list[Element],
    unseen: frozenset[Element] = frozenset(),
    start: Element | None,
    end: Element | None,
) -> Element:
    """A copy of `box` without some elements, without what stands before `start`, and without `end` and all behind it.

    The elements `without` stay when pictures or videos stand in them, the `unseen` ones go with all they hold.
    """
    copy = deepcopy(box)
    twins: dict[Element | None, Element] = dict(zip(box.iter(), copy.iter(), strict=True))
    first, last = twins.get(start), twins.get(end)
    dropped = [twin for element in without if (twin := twins.get(element)) is not None and twin is not copy]
    if first is not None and first is not copy:
        clear(copy, first, preceding=True)
    if last is not None and last is not copy:
        clear(copy, last, preceding=False)
        dropped.append(last)
    for twin in (twins[element] for element in unseen if element in twins and element is not box):
        if twin.getparent() is not None:  # it may be gone with what stood before or behind the article
            drop(twin)
    for element in (element for element in dropped if element.getparent() is not None):
        if element is last or not holds_media(element):
            drop(element)
    return copy


def drop(element: Element) -> None:
    """Take an element with all it holds out of its tree; the text behind it stays."""
    parent, before = cast("Element", element.getparent()), element.getprevious()
    if element.tail and before is not None:
        before.tail = (before.tail or "") + element.tail
    elif element.tail:
        parent.text = (parent.text or "") + element.tail
    element.tail = None
    parent.remove(element)


def clear(root: Element, mark: Element, *, preceding: bool) -> None:
    """Remove everything in `root` that stands before `mark`, or everything behind it."""
    for node in takewhile(lambda element: element is not root, with_ancestors(mark)):
        parent = cast("Element", node.getparent())
        if preceding:
            parent.text = None
        else:
            node.tail = None
        for sibling in list(node.itersiblings(preceding=preceding)):
            parent.remove(sibling)


def alone(line: Line | None) -> Element | None:
    """The element of a line, when nothing else stands in it."""
    return line.element if line is not None and text_of(line.element) == line.text else None


def text_of(element: Element) -> str:
    """The text inside an element as it is written, cleaned, without scripts and styles."""
    if next(element.iter("script", "style"), None) is None:
        return clean("".join(cast("Iterator[str]", element.itertext())))
    return clean("".join(cast("list[str]", _texts(element))))


def with_ancestors(element: Element) -> Iterator[Element]:
    """An element, then all around it from the inside out."""
    yield element
    yield from element.iterancestors()
