"""Which line above a body is its headline: one that the address or the metadata name, else what stands as headlines do."""

import re
from collections.abc import Collection

from kyson_crawler.normalise import dates
from kyson_crawler.normalise.text import clean
from kyson_crawler.pages.lines import Line

LONGEST = 350
"""The letters of the longest headline."""

SITE = re.compile(r"^(?:cổng|trang|website|báo)\s+(?:thông\s+tin|tin|điện\s+tử|chủ)\b", re.IGNORECASE)
"""How the name of a whole portal begins."""

_SHORTEST = 8


def wanted(given: Collection[str]) -> set[str]:
    """The names that an article may have by what its page gives others as its name, case-folded: whole or in parts."""
    names = [clean(name) for name in given]
    names += [clean(part) for name in names for part in re.split(r"\s+[-–|:»]+\s+", name)]
    return {name.casefold() for name in names if len(name) >= _SHORTEST and not SITE.match(name)}


def headline(above: list[Line], *, named: Collection[Line], date: Line | None) -> Line | None:
    """The headline among the lines above a body, nearest first; None when nothing there is one.

    named: the lines that the address or the metadata name; a heading comes next, then what stands nearest above the date.
    """
    candidates = [
        line
        for line in above
        if _SHORTEST <= len(line.text) <= LONGEST and not (dates.is_date_line(line.text) or line.is_imprint)
    ]
    if found := [line for line in candidates if line in named]:
        return min(found, key=lambda line: line.heading or 9)
    if headings := [line for line in candidates if line.heading]:
        return min(headings, key=lambda line: line.heading or 9)
    if date in above:
        around = above[above.index(date) + 1 :]
        if hit := next((line for line in around if line in candidates), None):
            return hit
    return candidates[0] if candidates else None
