"""Pages with hardly more than a headline: the file they announce, or a date with nothing under it."""

from itertools import takewhile

from lxml.etree import _Element as Element

from kyson_crawler.normalise import dates
from kyson_crawler.normalise.attachments import is_file
from kyson_crawler.pages.below import TOOL
from kyson_crawler.pages.cutting import with_ancestors
from kyson_crawler.pages.lines import Line

LOOK_AHEAD = 8
"""How many lines behind a headline or a body its files may stand."""

_MOST_FILES = 4
_TEASER = 25


def is_bare(below: list[Line]) -> bool:
    """Whether nothing but its date stands under a headline: behind that come tools and menus, and no other articles."""
    own = list(takewhile(lambda line: not line.is_imprint, below))
    others = (
        TOOL.match(line.text) or (line.linked * 2 >= len(line.text) and len(line.text) < _TEASER) for line in own[1:]
    )
    return bool(own) and dates.is_date_line(own[0].text) and all(others)


def announced(below: list[Line]) -> list[Line]:
    """The lines from a headline down to the file that it announces; none when there is no such file, or many."""
    if not below:
        return []
    offering: set[Element] = set()
    for link in below[0].element.getroottree().iter("a"):
        if is_file(link.get("href") or ""):
            offering.update(takewhile(lambda element: element not in offering, with_ancestors(link)))
    files = [number for number, line in enumerate(below) if line.element in offering]
    return below[: files[-1] + 1] if files and files[0] < LOOK_AHEAD and len(files) <= _MOST_FILES else []
