"""What a page holds but shows nobody: boxes that its styles hide, and data that only machines are to read."""

import re
from collections.abc import Iterator
from itertools import chain, takewhile
from typing import cast

from lxml import etree
from lxml.etree import _Element as Element

from kyson_crawler.normalise.style import style_of
from kyson_crawler.pages.document import Document

# What the common frameworks call the style that hides an element from everybody, or from all who see.
_NAMES = ("hidden", "hide", "d-none", "sr-only", "visually-hidden", "screen-reader-text")
# Values that nobody writes for people: an instant as ISO 8601 has it, an address.
_FOR_MACHINES = re.compile(r"\s*(?:\d{4}-\d\d-\d\dT\d\d:\d\d\S*|https?://\S+|/\S+\.\w{3,4})\s*", re.IGNORECASE)
_SHOWN = frozenset({"a", "article", "body", "h1", "h2", "h3", "img", "link", "meta", "section", "time"})
_LONGEST = 200
_LEAST_VALUES = 2
_INSTANT = re.compile(r"\s*\d{4}-\d\d-\d\dT\d\d:\d\d\S*\s*")
# Properties that tell of an article what other things it has to do with, not what it says.
_OF_THINGS = frozenset(
    "author creator editor publisher image logo url mainentityofpage datepublished datemodified".split()
)
_SHARE = 0.5
# By way of the attribute, so that none but the elements wanted become objects of Python.
_may_be_hidden = etree.XPath(
    "descendant::*/@hidden/.. | descendant::*/@style[contains(., 'none') or contains(., 'NONE') or contains(., 'hidden')]/..",
    smart_strings=False,
)
_with_property = etree.XPath("descendant::*/@itemprop/..", smart_strings=False)


def hidden(document: Document) -> frozenset[Element]:
    """The elements of a page that no reader sees.

    One that holds half of the page's paragraphs is not believed: a script will show it.
    """
    styled = cast("list[Element]", _may_be_hidden(document.root))
    found = {element for element in styled if style_of(element).hidden}
    found.update(chain.from_iterable(document.names.get(name, ()) for name in _NAMES))
    paragraphs = len(document.tagged("p")) if found else 0
    most = paragraphs * _SHARE
    doubted = {element for element in found if len(element) and sum(1 for _ in element.iter("p")) > most}
    return frozenset(chain(found - doubted, _microdata(document.root)))


def _microdata(root: Element) -> Iterator[Element]:
    """Runs of properties in a row among which are several values for machines; their styles hide them from people.

    A single instant is hidden as well, with what stands beside it but for the words of the article.
    """
    named = cast("list[Element]", _with_property(root))
    values = dict.fromkeys(element for element in named if _FOR_MACHINES.fullmatch(_own(element)))
    seen: set[Element] = set()
    for value in values:
        if value in seen:
            continue
        before = list(takewhile(_may_be_data, value.itersiblings(preceding=True)))
        behind = list(takewhile(_may_be_data, value.itersiblings()))
        run = [*before, value, *behind]
        seen.update(run)
        if sum(element in values for element in run) >= _LEAST_VALUES:
            yield from run
        elif _INSTANT.fullmatch(_own(value)):
            yield from (element for element in run if element.get("itemprop", "").lower() in _OF_THINGS)


def _may_be_data(element: Element) -> bool:
    """Whether an element is a property of few letters, as data for machines are, and no part of an article's looks."""
    return (
        element.get("itemprop") is not None
        and element.tag not in _SHOWN
        and next(element.iter("p", "img"), None) is None
        and sum(map(len, element.itertext())) <= _LONGEST
    )


def _own(element: Element) -> str:
    return (element.text or "") if element.tag not in _SHOWN and not len(element) else ""
