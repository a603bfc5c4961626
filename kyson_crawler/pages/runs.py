"""Runs of siblings of one kind that each lead to one place, as the entries of a list do: found by structure alone."""

from collections import Counter
from itertools import takewhile

from lxml.etree import _Element as Element

from kyson_crawler.normalise.attachments import is_file
from kyson_crawler.pages.document import Document, text

_LONG = 25
_MOST_PLACES = 2
_MOST_LINKS = 40
_MOST_COLUMNS = 4
_LONGEST = 400


def runs(document: Document) -> list[list[Element]]:
    """The runs on a page in its order; menus are runs as well, and so are the cells of a row."""
    places = _places(document)
    siblings: dict[tuple[Element, str], list[Element]] = {}
    for element in document.elements:
        parent = element.getparent()
        if parent is not None and element in places and len(places[element]) <= _MOST_PLACES:
            siblings.setdefault((parent, str(element.tag)), []).append(element)
    return [items[:_LONGEST] for items in _with_columns_joined(siblings) if len(items) > 1 and _are_alike(items)]


def _places(document: Document) -> dict[Element, frozenset[str]]:
    """For each element with a link in it the places that its long links lead to, up to three.

    An element with very many links is no entry, whatever they are.
    """
    found: dict[Element, frozenset[str]] = {}
    links: Counter[Element] = Counter()
    here = (document.url or "").partition("#")[0]
    for element in reversed(document.elements):
        if element.tag == "a" and (href := element.get("href")):
            url = document.resolve(href)
            if url and url != here:
                is_long = not is_file(url) and len(text(element)) >= _LONG
                found[element] = found.get(element, frozenset()) | ({url} if is_long else frozenset())
                links[element] += 1
        parent = element.getparent()
        if element in found and parent is not None:
            links[parent] += links[element]
            known = found.get(parent, frozenset())
            found[parent] = known if len(known) > _MOST_PLACES else known | found[element]
    return {element: places for element, places in found.items() if links[element] <= _MOST_LINKS}


def _with_columns_joined(siblings: dict[tuple[Element, str], list[Element]]) -> list[list[Element]]:
    """Runs in which a list that stands in columns is one: there rows of a few lie side by side and look the same."""
    rows: dict[object, list[list[Element]]] = {}
    for (parent, tag), items in siblings.items():
        alike = (parent.getparent(), parent.tag, parent.get("class"), tag)
        rows.setdefault(alike, []).append(items)
    joined: list[list[Element]] = []
    for found in rows.values():
        widths = {len(items) for items in found[:-1]}
        if len(widths) == 1 and len(found[-1]) <= max(widths) <= _MOST_COLUMNS:
            joined.append([item for items in found for item in items])
        else:
            joined.extend(found)
    return joined


def _are_alike(items: list[Element]) -> bool:
    """Whether the links of most items stand at the same place in them."""
    ways: Counter[tuple[str, ...]] = Counter()
    for item in items[:_LONGEST]:
        link = max(item.iter("a"), key=lambda link: len(text(link)))
        around = takewhile(lambda element, item=item: element is not item, (link, *link.iterancestors()))  # type: ignore[misc]
        ways[tuple(str(element.tag) for element in around)] += 1
    return ways.most_common(1)[0][1] * 2 > len(items[:_LONGEST])
