"""Pages with hardly more than a headline: the file they announce, pictures, what a document is, or a date and nothing under it."""

from collections.abc import Iterator
from itertools import dropwhile, islice, pairwise, takewhile

from lxml.etree import _Element as Element

from kyson_crawler.normalise import dates
from kyson_crawler.normalise.attachments import is_file
from kyson_crawler.normalise.images import image_source
from kyson_crawler.pages.below import TOOL, is_related
from kyson_crawler.pages.cutting import with_ancestors
from kyson_crawler.pages.lines import Line
from kyson_crawler.pages.lists import LABELS
from kyson_crawler.pages.pictures import is_picture

LOOK_AHEAD = 8
"""How many lines behind a headline or a body its files may stand."""

_MOST_FILES = 4
_TEASER = 25
_MOST_AROUND = 3
_MOST_LABELS = 24


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


def shown_in(title: Line, below: list[Line]) -> Element | None:
    """The box around a headline and what it heads, when that is pictures under a date or the description of a document.

    below: all lines behind the headline. None when neither stands there.
    """
    own = list(takewhile(lambda line: not (is_related(line) or line.is_imprint), below))
    if labels := _labels(own[:_MOST_LABELS]):
        return next(_around(title, labels[-1]), None)
    if not own or not dates.is_date_line(own[0].text):
        return None
    others = {line.element for line in below[len(own) :]} | {line.element for line in own if _leads_on(line)}
    for outer in islice(_around(title, own[0]), _MOST_AROUND):
        behind = dropwhile(lambda element: element is not title.element, outer.iter())
        if any(map(_is_shown, takewhile(lambda element: element not in others, behind))):
            return outer
    return None


def _is_shown(element: Element) -> bool:
    source = image_source(element) if element.tag == "img" else None
    return source is not None and is_picture(element, source)


def _around(one: Line, other: Line) -> Iterator[Element]:
    """The boxes around two lines from the inside out, the page itself left out."""
    around = set(with_ancestors(other.element))
    return (outer for outer in with_ancestors(one.element) if outer in around and outer.tag not in {"body", "html"})


def _leads_on(line: Line) -> bool:
    return line.is_link and len(line.text) >= _TEASER


def _labels(below: list[Line]) -> list[Line]:
    """The lines that name the parts of one document, with a value behind each; none in a table of several documents."""
    found = [(line, name) for line in below if (name := _label(line.text))]
    names = [name for _, name in found]
    places = {line: place for place, line in enumerate(below)}
    alone = [line for line, _ in found if ":" not in line.text.rstrip(": ")]
    is_header = any(places[later] == places[first] + 1 for first, later in pairwise(alone))
    is_one = len(set(names)) == len(names) >= 2 and "number" in names
    return [line for line, _ in found] if is_one and not is_header else []


def _label(shown: str) -> str | None:
    """Which part of a document a text names, be it with its value or without."""
    label = shown.partition(":")[0].strip()
    return next((name for name, pattern in LABELS.items() if pattern.fullmatch(label)), None)
