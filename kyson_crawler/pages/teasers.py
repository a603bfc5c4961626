"""Texts that say in short what other pages say at length: the entries of a list, be it the page's own or one beside an article."""

from collections import Counter
from collections.abc import Callable

from lxml.etree import _Element as Element

from kyson_crawler.normalise import dates
from kyson_crawler.pages.cutting import with_ancestors
from kyson_crawler.pages.lines import Line

_SHORTEST_NAME = 25
_MOST_BETWEEN = 6
_LEAST_ENTRIES = 2
_MOST_PROSE = 2


def teased(shown: list[Line], leads_away: Callable[[Line], bool]) -> dict[Line, Line]:
    """The running texts of a page that stand under a name which leads to another page, each with that name.

    Between the two stand dates and counters at most. leads_away: whether a line is a link to another page.
    """
    found: dict[Line, Line] = {}
    name, between = None, 0
    for line in shown:
        if line.is_link and (line.heading is not None or len(line.text) >= _SHORTEST_NAME):
            name, between = (line if leads_away(line) else None), 0
        elif line.is_prose:
            if name is not None:
                found[line] = name
            name = None
        elif (len(line.text) < _SHORTEST_NAME or dates.is_date_line(line.text)) and between < _MOST_BETWEEN:
            between += 1
        else:
            name = None
    return found


def in_lists(found: dict[Line, Line], shown: list[Line]) -> set[Line]:
    """Those of some teased texts that stand in lists: in box beside box of one kind, or in a box that holds nothing else.

    An article that leads to others between its paragraphs holds more than these.
    """
    if len(found) < _LEAST_ENTRIES:
        return set()
    entries = {line: _common(line, name) for line, name in found.items()}
    prose = Counter(outer for line in shown if line.is_prose for outer in with_ancestors(line.element))
    per_entry = Counter(entries.values())
    single = [entry for entry in per_entry if prose[entry] <= _MOST_PROSE]
    siblings = Counter((entry.getparent(), entry.tag) for entry in single)
    return {
        line
        for line, entry in entries.items()
        if (entry in single and siblings[entry.getparent(), entry.tag] >= _LEAST_ENTRIES)
        or (per_entry[entry] >= _LEAST_ENTRIES and per_entry[entry] == prose[entry])
    }


def _common(line: Line, name: Line) -> Element:
    """The smallest element around both a text and its name."""
    around = set(with_ancestors(name.element))
    return next(outer for outer in with_ancestors(line.element) if outer in around)
