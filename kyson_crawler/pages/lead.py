"""How a lead is told: by the name of its slot, or by standing alone in a box beside the one with all the text."""

import re
from itertools import islice, takewhile

from lxml.etree import _Element as Element

from kyson_crawler.normalise import dates
from kyson_crawler.normalise.body import pieces
from kyson_crawler.pages.below import TOOL
from kyson_crawler.pages.cutting import alone, text_of, with_ancestors
from kyson_crawler.pages.lines import BOXES, Line

SHORTEST = 60
_SHORTEST_BOLD = 40
_LEAST_BESIDE = 2
_LOOK_INSIDE = 50
_SLOT = re.compile(r"sapo|summary|abstract|hometext|excerpt|description|\blead\b", re.IGNORECASE)


def may_be_lead(line: Line) -> bool:
    """Whether a line is running text: no date, no tool of the page, no caption in a figure."""
    in_figure = any(element.tag == "figure" for element in with_ancestors(line.element))
    return line.is_plain and not (dates.is_date_line(line.text) or TOOL.match(line.text) or in_figure)


def _is_bold(element: Element) -> bool:
    found = pieces(element)
    return bool(found) and all(piece.bold for piece in found)


def named_slot(line: Line, box: Element) -> Element | None:
    """The element around a line, or just inside of it, whose class says that it holds a lead, and which holds no more."""
    around = takewhile(
        lambda element: element is not box and text_of(element) == line.text, with_ancestors(line.element)
    )
    for element in (*around, *islice(line.element.iterdescendants(), _LOOK_INSIDE)):
        if _SLOT.search(str(element.get("class") or "")) and text_of(element) == line.text:
            return element
    return None


def box_beside(first: Line, others: list[Line], *, box: Element, headline: Element) -> Element | None:
    """The box that holds all the text but the first line, when that stands in a box of its own beside it; None otherwise.

    So editors' systems print a lead. That it is none but a first paragraph is doubted no more when the headline stands in the
    same box, or when it is all bold and the text is not.
    """
    if len(others) < _LEAST_BESIDE or len(first.text) < _SHORTEST_BOLD or alone(first) is None:
        return None
    around = takewhile(lambda element: element is not box, with_ancestors(first.element))
    within = {element for line in others for element in with_ancestors(line.element)}
    own = list(takewhile(lambda element: element not in within, around))
    beside = next((rest for rest in own[-1].itersiblings(*BOXES) if rest in within), None) if own else None
    if beside is None or not set(beside.iter()).issuperset(line.element for line in others):
        return None
    is_under = len(first.text) >= SHORTEST and own[-1].getparent() in set(with_ancestors(headline))
    return beside if is_under or _is_bold(first.element) > _is_bold(others[0].element) else None


def widest(texts: list[Line], lines: list[Line]) -> Element:
    """The largest element around the first of some lines that holds nothing but them."""
    others: set[Element] = set()
    wanted = set(texts)
    for line in lines:
        if line not in wanted:
            others.update(takewhile(lambda element: element not in others, with_ancestors(line.element)))
    around = list(takewhile(lambda element: element not in others, with_ancestors(texts[0].element)))
    return around[-1] if around else texts[0].element
