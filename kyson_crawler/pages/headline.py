"""Which line above a body is its headline: one that the address or the metadata name, else what stands as headlines do."""

import re
from collections.abc import Callable, Collection, Iterator

from lxml.etree import _Element as Element

from kyson_crawler.normalise import dates
from kyson_crawler.normalise.text import clean
from kyson_crawler.pages.below import COUNTER, TOOL, signed
from kyson_crawler.pages.cutting import with_ancestors
from kyson_crawler.pages.lines import Line

LONGEST = 350
"""The letters of the longest headline."""

SITE = re.compile(r"^(?:cổng|trang|website|báo)\s+(?:thông\s+tin|tin|điện\s+tử|chủ)\b", re.IGNORECASE)
"""How the name of a whole portal begins."""

LONGER_THAN_MENUS = 25
"""Letters that headlines have, and the names of sections hardly ever."""

_SHORTEST = 8
_LEAD = 60
_SENTENCE_ENDS = re.compile(r"[.…:;!?][\"”’')\]]*$")
_NUMBERED = re.compile(r"^\W*(?:\d{1,2}|[IVX]{1,4}|[a-hA-H])\s*[.)/]\s")
_COUNTED = re.compile(r"\W*[^\d:]{2,25}:\s*[\d.,]+\W*")
# An office and the name of its place, and nothing that either did: "UBND xã Na Ngoi".
_OFFICE = re.compile(
    r"(?:(?i:(?:ubnd|[uủ][yỷ]\s+ban\s+nhân\s+dân|hđnd|hội\s+đồng\s+nhân\s+dân|đảng\s+[uủ][yỷ]|huyện\s+[uủ][yỷ])\W+)*"
    r"(?i:xã|phường|thị\s+trấn|thị\s+xã|huyện|quận|thành\s+phố|tỉnh)\s+(?:[^\W\d_a-z]\w*[\s-]*){1,4})\W*(?:[-–,]\W*.{0,40})?"
)


def wanted(given: Collection[str]) -> set[str]:
    """The names that an article may have by what its page gives others as its name, case-folded: whole or in parts."""
    names = [clean(name) for name in given]
    names += [clean(part) for name in names for part in re.split(r"\s+[-–|:»]+\s+", name)]
    return {name.casefold() for name in names if len(name) >= _SHORTEST and not SITE.match(name)}


def is_titled(line: Line) -> bool:
    """Whether a line as long as a paragraph stands as a headline does: in a heading, or without the end of a sentence."""
    return len(line.text) <= LONGEST and (line.heading is not None or not _SENTENCE_ENDS.search(line.text))


def is_own_name(line: Line) -> bool:
    """Whether a heading may be of an article: not the name of a portal or of its office, and longer than that of a section."""
    return len(line.text) >= LONGER_THAN_MENUS and not (SITE.match(line.text) or _OFFICE.fullmatch(line.text))


def named_headline(above: list[Line], named: Collection[Line]) -> Line | None:
    """The headline among the lines above a body when the address or the metadata name it."""
    return min((line for line in _candidates(above) if line in named), key=_level, default=None)


def headline(
    above: list[Line], *, box: Element, date: Line | None, sections: Callable[[], Collection[str]]
) -> Line | None:
    """The headline among the lines above a body, nearest first, that nothing names; None when nothing there is one.

    What stands in one column with the body and its date comes before what stands beside it, and of that a heading before
    other lines. sections: tells the names, case-folded, by which the page's menus lead to other pages.
    """
    if not (candidates := _candidates(above)):
        return None
    around = {element: place for place, element in enumerate(with_ancestors(box))}
    places = {line: _place(line, around) for line in above}
    column = places.get(date, 0) if date else 0
    menus = sections()
    own = [line for line in candidates if line.text.casefold() not in menus and not _heads_links(line, around, column)]
    for lines in ([line for line in own if not _is_text(line)], own):
        if first := next((line for line in lines if line.heading == 1), None):
            return first
        for group in _from_inside_out(lines, places, column):
            if hit := _best(group, above, date):
                return hit
    return None


def _candidates(above: list[Line]) -> list[Line]:
    return [line for line in above if _SHORTEST <= len(line.text) <= LONGEST and not _is_of_page(line)]


def _is_of_page(line: Line) -> bool:
    """Whether a line is of the page rather than of an article: its date, its tools, who signed it or answers for it."""
    shown = line.text
    if dates.is_date_line(shown) or line.is_imprint or any(words.match(shown) for words in (TOOL, COUNTER)):
        return True
    return bool(_COUNTED.fullmatch(shown)) or (line.heading is None and any(signed([line])))


def _is_text(line: Line) -> bool:
    """Whether a line rather belongs to what an article says or to what names its portal than that it is a headline."""
    is_lead = line.heading != 1 and len(line.text) >= _LEAD and bool(_SENTENCE_ENDS.search(line.text))
    return is_lead or bool(_NUMBERED.match(line.text) or SITE.match(line.text) or _OFFICE.fullmatch(line.text))


def _place(line: Line, around: dict[Element, int]) -> int:
    """How far out the box is that holds a line together with the body; 0 for the body's own."""
    return next((around[element] for element in with_ancestors(line.element) if element in around), len(around))


def _heads_links(line: Line, around: dict[Element, int], column: int) -> bool:
    """Whether a short line stands in a box beside the body with links of its own, as the name of a menu does."""
    if len(line.text) >= LONGER_THAN_MENUS or line.heading == 1 or _place(line, around) <= column:
        return False
    branch = line.element
    for outer in line.element.iterancestors():
        if outer in around:
            break
        branch = outer
    return branch not in around and next(branch.iter("a"), None) is not None


def _from_inside_out(lines: list[Line], places: dict[Line, int], column: int) -> Iterator[list[Line]]:
    """The lines in one column with the body, then those further out, each box by itself."""
    yield [line for line in lines if places[line] <= column]
    for place in sorted({places[line] for line in lines if places[line] > column}):
        yield [line for line in lines if places[line] == place]


def _best(group: list[Line], above: list[Line], date: Line | None) -> Line | None:
    """Of lines in one column the heading next to the date, the highest heading, the line nearest above the date, the nearest."""
    mark = above.index(date) if date in above else len(above)
    headings = [line for line in group if line.heading]
    beside = next((line for line in headings if above[mark + 1 : mark + 2] == [line]), None)
    if beside or headings:
        return beside or min(headings, key=_level)
    over = next((line for line in group if above.index(line) > mark), None)
    between = [line for line in group if above.index(line) < mark]
    long = next((line for line in between if len(line.text) >= LONGER_THAN_MENUS), None)
    if over and (len(over.text) >= LONGER_THAN_MENUS or long is None):
        return over
    return long or next(iter(between), None)


def _level(line: Line) -> int:
    return line.heading or 9
