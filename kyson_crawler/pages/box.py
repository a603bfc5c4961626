"""The smallest box that holds nearly all of a page's running text."""

from collections import Counter
from typing import cast

from lxml.etree import _Element as Element

from kyson_crawler.pages.lines import BOXES, Line

_SHARE = 0.75
_LEAD_LINES = 2


def smallest_box(body: Element, prose: list[Line]) -> Element | None:
    """The smallest box inside `body` with most of the prose; None without prose.

    Tags that are never closed nest each paragraph in the one before: paragraphs must not be left behind one by one. Text
    that stands loose in a box belongs to what its inner boxes hold.
    """
    loose = {line.element for line in prose}
    box = body
    weights: Counter[Element] = Counter()
    direct: Counter[Element] = Counter()
    for line in prose:
        weights[line.element] += len(line.text)
        direct[line.element] += 1
    for element in reversed(list(box.iterdescendants())):  # the inner ones first
        if weight := weights.get(element):
            outside = cast("Element", element.getparent())
            weights[outside] += weight
            if element.tag not in BOXES:
                direct[outside] += direct[element]
    if not weights[box]:
        return None
    whole, left = weights[box], 0
    outer = box
    while True:
        inner = max((child for child in box if child.tag in BOXES), key=lambda child: weights[child], default=None)
        if inner is None or weights[inner] < whole * _SHARE or box in loose:
            return box
        outer = box if not left else outer
        left += direct[box]
        if left > _LEAD_LINES:
            return outer
        box = inner
