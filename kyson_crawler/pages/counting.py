"""The number that a script asks for a list by, and what to ask for next: a page, or what stands behind the entries passed over."""

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeAlias
from urllib.parse import unquote, urlsplit, urlunsplit

from attrs import evolve, frozen

from kyson_crawler.pages.forms import Submission
from kyson_crawler.pages.literals import Unresolved, in_json
from kyson_crawler.pages.paths import names_page

_PASSED_OVER = re.compile(r"(?:skip|offset|start)(?:[-_]?(?:count|index|row|record|at))?|limitstart", re.IGNORECASE)
_AT_A_TIME = re.compile(
    r"(?:(?:page|max|row|fetch)[-_]?)?(?:size|limit|take|length|top|rows|count|results?(?:[-_]?count)?)|per[-_]?page",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d{1,6}")
# ASP.NET and jQuery write an entry within another one as `loc[trang]`, some forms as `loc.trang`.
_WITHIN = re.compile(r"[\[.]")


@frozen(kw_only=True)
class _Number:
    """A number in what is sent."""

    name: str
    value: int
    put: Callable[[int], None]
    """Writes another one in its place."""

    @property
    def is_page(self) -> bool:
        """Whether it tells which page is asked for."""
        return names_page(self.name, str(self.value))


_Change: TypeAlias = Callable[[list[_Number]], bool]
"""Writes another number in the place of the one that tells what is asked for, where there is one; whether there is."""


def following_address(url: str, shown: int) -> str | None:
    """The address of the next page of a list that is asked for by a number in the query; None for any other.

    shown: how many entries this one shows.

    >>> following_address("http://a.example/api/tin?cat=9&page=9", 5), following_address("http://a.example/api/tin", 5)
    ('http://a.example/api/tin?cat=9&page=10', None)
    >>> following_address("http://a.example/api/tin?skip=20&take=10", 5)
    'http://a.example/api/tin?skip=30&take=10'
    """
    parts = urlsplit(url)
    query = _form(parts.query, partial(_count_up, shown=shown))
    return None if query is None else urlunsplit(parts._replace(query=query))


def following(sent: Submission, shown: int) -> Submission | None:
    """What is sent for the next page of a list, of which this one shows so many entries; None when no number tells which.

    The number of a page goes up by one, that of entries to pass over by how many are asked for at a time, or else were shown.
    """
    body = _body(sent.body, partial(_count_up, shown=shown))
    return None if body is None else evolve(sent, body=body)


def uncounted(url: str, body: bytes = b"") -> tuple[str, bytes]:
    """What all pages of a list are asked for by: address and body, nought in the place of the number that tells which.

    >>> uncounted("http://a.example/api/tin?cat=9&page=9"), uncounted("http://a.example/api/tin", b"trang=2")
    (('http://a.example/api/tin?cat=9&page=0', b''), ('http://a.example/api/tin', b'trang=0'))
    """
    parts = urlsplit(url)
    query = _form(parts.query, _to_nought)
    sent = _body(body, _to_nought)
    return url if query is None else urlunsplit(parts._replace(query=query)), body if sent is None else sent


def _body(body: bytes, change: _Change) -> bytes | None:
    """What is sent with another number in it; None when there is none."""
    text = body.decode("utf-8", "replace")
    try:
        changed = _json(text, change) if text[:1] in {"{", "["} else _form(text, change)
        return None if changed is None else changed.encode()
    except UnicodeEncodeError:  # JSON can name half a letter, which no encoding has
        return None


def _form(text: str, change: _Change) -> str | None:
    pairs = text.split("&")
    return "&".join(pairs) if change(list(_in_pairs(pairs))) else None


def _json(text: str, change: _Change) -> str | None:
    try:
        told = json.loads(text)
        return in_json(told) if change(list(_in_json(told))) else None
    except (ValueError, RecursionError, Unresolved):
        return None


def _count_up(numbers: list[_Number], shown: int) -> bool:
    """Write the next number in place of the one that tells what is asked for; whether there is any."""
    number = _counted(numbers)
    if number is None:
        return False
    at_a_time = (other.value for other in numbers if other.value and _AT_A_TIME.fullmatch(other.name))
    step = 1 if number.is_page else next(at_a_time, shown)
    number.put(number.value + step)
    return step > 0


def _to_nought(numbers: list[_Number]) -> bool:
    number = _counted(numbers)
    if number is not None:
        number.put(0)
    return number is not None


def _counted(numbers: list[_Number]) -> _Number | None:
    """The number that tells what is asked for; that of a page rather than that of entries to pass over."""
    passed_over = (number for number in numbers if _PASSED_OVER.fullmatch(number.name))
    return next((number for number in numbers if number.is_page), next(passed_over, None))


def _in_pairs(pairs: list[str]) -> Iterator[_Number]:
    """The numbers in a form or a query."""
    for place, pair in enumerate(pairs):
        name, _, value = pair.partition("=")
        if _DIGITS.fullmatch(value):
            put = partial(_put_in_pair, pairs, place, name)
            yield _Number(name=_WITHIN.split(unquote(name))[-1].rstrip("]"), value=int(value), put=put)


def _put_in_pair(pairs: list[str], place: int, name: str, number: int) -> None:
    pairs[place] = f"{name}={number}"


def _in_json(told: object) -> Iterator[_Number]:
    """The numbers in objects of JSON, those that are written as texts included."""
    waiting = [told]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            waiting += reversed(list(found.values()))
            for name, value in found.items():
                if not isinstance(value, bool) and _DIGITS.fullmatch(str(value)):
                    yield _Number(name=name, value=int(value), put=partial(_put_in_json, found, name))
        elif isinstance(found, list):
            waiting += reversed(found)


def _put_in_json(holder: dict[str, object], name: str, number: int) -> None:
    holder[name] = str(number) if isinstance(holder[name], str) else number
