"""Lists that the script of a page fetches as JSON: where they are, as far as the page says it, and where their entries lead.

No script is run. What is asked for by POST is told in `calls`; of the rest what counts is an address in full, in a `data-`
attribute or as the letters of an inline script, that is of the page's own host and looks like one that answers in JSON and
changes nothing.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import count, islice
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from attrs import frozen

from archive.errors import UnreadablePage
from kyson_crawler.credentials import without_credentials
from kyson_crawler.pages.document import Document
from kyson_crawler.pages.harmless import may_change
from kyson_crawler.pages.literals import LONGEST
from kyson_crawler.pages.remembered import remembered

_MOST_LISTS = 20
_MOST_VALUES = 20_000
_MOST_ADDRESSES = 1_000

_LITERAL = re.compile(r"""(?P<quote>["'`])(?P<url>(?:https?:)?/[^"'`\s<>\\{}$]{1,500})(?P=quote)""")
# An address that a script goes on to write (`'/api/tin?page=' + n`) is none.
_GOES_ON = re.compile(r"\s*\+")
_ANSWERS_JSON = re.compile(r"/(?:\w+-)?api/|/wp-json/|\.(?:json|ashx)(?:$|[?/])|[/=_-]json(?:$|[/?&_-])", re.IGNORECASE)
_LEADS = re.compile(r"(?:\w*(?:url|link|href|permalink|duong_?dan)|path|loc)", re.IGNORECASE)


class _Entry(NamedTuple):
    """A place in the outermost list that something stands in."""

    of: int
    at: int


def named(document: Document) -> tuple[str, ...]:
    """The addresses of such lists, in the order of the page; at most twenty."""
    host = urlsplit(document.url or "").netloc
    found = (url for written in _written(document) if (url := document.resolve(written)))
    lists = (url for url in found if urlsplit(url).netloc == host and _ANSWERS_JSON.search(url) and not may_change(url))
    return tuple(islice(dict.fromkeys(lists), _MOST_LISTS))


@frozen(kw_only=True)
class Shown:
    """What one page of such a list shows."""

    addresses: tuple[str, ...]
    """Where it leads, in its order, made absolute by its own address; at most a thousand."""

    entries: int
    """How many entries it has that lead anywhere, each to an article, an image, a category and the like."""


def shown(body: bytes, url: str) -> Shown:
    """What stands in the JSON of such a list.

    Its entries are those of its longest list, whatever lists these hold in turn. What stands behind the JSON is passed over.
    Raises UnreadablePage for what is no JSON.
    """
    try:
        told, _ = json.JSONDecoder().raw_decode(body.decode("utf-8-sig", "replace").strip())
    except (ValueError, RecursionError) as error:
        raise UnreadablePage(f"no list in JSON can be read there: {error}") from None
    leads = [
        (led, entry)
        for name, value, entry in islice(_values(told), _MOST_VALUES)
        if _LEADS.fullmatch(name) and (led := _absolute(value, url))
    ]
    in_lists = Counter(entry.of for entry in {entry for _, entry in leads if entry})
    return Shown(
        addresses=tuple(islice(dict.fromkeys(led for led, _ in leads), _MOST_ADDRESSES)),
        entries=max(in_lists.values(), default=1 if leads else 0),
    )


def _written(document: Document) -> Iterator[str]:
    """What may be the address of a list, as the page has it."""
    for held in document.inline:
        if not held.is_script:
            yield held.text
        elif len(held.text) <= LONGEST:
            yield from _literals_in(held.text)


def _literals(script: str) -> Iterator[str]:
    """The addresses that stand in a script in full."""
    return (found["url"] for found in _LITERAL.finditer(script) if not _GOES_ON.match(script, found.end()))


_literals_in = remembered(_literals, most=20)


def _values(told: object) -> Iterator[tuple[str, str, _Entry | None]]:
    """Every text in JSON with the name it stands under and the entry it is of, in its order; a list of one thing has no entries."""
    waiting: list[tuple[str, object, _Entry | None]] = [("", told, None)]
    lists = count()
    while waiting:
        name, value, entry = waiting.pop()
        if isinstance(value, str):
            yield name, value, entry
        elif isinstance(value, dict):
            waiting += [(inner, item, entry) for inner, item in reversed(value.items())]
        elif isinstance(value, list):
            of = next(lists) if entry is None and len(value) > 1 else None
            places = range(len(value) - 1, -1, -1)
            waiting += [(name, value[at], entry if of is None else _Entry(of, at)) for at in places]


def _absolute(written: str, url: str) -> str | None:
    try:
        resolved = urljoin(url, without_credentials(written.strip()))
        parts = urlsplit(resolved)
    except ValueError:  # no address at all
        return None
    return resolved if parts.scheme in {"http", "https"} and parts.hostname else None
