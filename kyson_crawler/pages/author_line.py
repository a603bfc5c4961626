"""Which line beside a text names its author: behind a label, or in an element whose name says that authors stand there."""

import re
from collections.abc import Iterable
from itertools import islice

from kyson_crawler.normalise import byline
from kyson_crawler.pages.cutting import with_ancestors
from kyson_crawler.pages.lines import Line

_LONGEST = 120
# "02/06/2022 - Tác giả: Thu Hà" is a line of two parts.
_PARTS = re.compile(r"\s+[-–—|•·]\s+")
# Who typed an article in is named above it as well, and is seldom who wrote it.
_POSTED = re.compile(r"(?:người\s+đăng|đăng\s+bởi|biên\s+tập)", re.IGNORECASE)
_SLOT = re.compile(r"(?:^|[\s_-])(?:author|byline|tac-?gia)(?:$|[\s_-])", re.IGNORECASE)


def author_in(lines: Iterable[Line]) -> str | None:
    """The author that the first of some lines names that names one, as printed; None when nobody is named.

    A bare name counts only in a slot for it: between a headline and its text stand names of sections as well.
    """
    short = (line for line in lines if len(line.text) <= _LONGEST)
    return next((named for line in short if (named := _named(line))), None)


def _named(line: Line) -> str | None:
    """The part of a line that names an author."""
    parts = _PARTS.split(line.text)
    labelled = next((part for part in parts if byline.is_labelled(part) and not _POSTED.match(part)), None)
    return labelled or (line.text if _is_slot(line) and byline.is_vietnamese_name(line.text) else None)


def _is_slot(line: Line) -> bool:
    """Whether the element of a line, or the one around it, is called one for authors."""
    around = islice(with_ancestors(line.element), 2)
    return any(_SLOT.search(f"{element.get('class') or ''} {element.get('itemprop') or ''}") for element in around)
