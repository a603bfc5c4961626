"""Lists that the script of a page asks for by POST: what it sends for them, as far as that is written in it.

Known are the calls of jQuery, axios and Angular, `fetch` and XMLHttpRequest. Taken are those that go to the page's own host,
that tell by a number which page of a list they ask for, and that hold no word of changing anything.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from urllib.parse import urlsplit

from attrs import Factory, evolve, frozen

from kyson_crawler.pages.counting import following
from kyson_crawler.pages.document import Document
from kyson_crawler.pages.forms import FORM, JSON, Manner, Submission
from kyson_crawler.pages.harmless import may_change
from kyson_crawler.pages.literals import LONGEST, Form, Script, Unresolved, as_text, in_form, in_json
from kyson_crawler.pages.remembered import remembered

_MOST_LISTS = 20
_MOST_CALLS = 200
"""Calls of one page that are looked at, told in full or not."""

_LARGEST = 4_000
_JQUERY = frozenset({"$", "jQuery"})
_IN_JSON = frozenset({"axios", "$axios", "$http"})
_XHR = frozenset({"open", "setRequestHeader", "send"})
_PLAIN = "text/plain"
_SAYS_POST = re.compile(r"""\.post\b|["'`]post["'`]""", re.IGNORECASE)
_CONTENT_TYPE = re.compile(rf"(?:{FORM}|{JSON}|{_PLAIN})(?:; ?charset=[\w-]{{1,20}})?", re.IGNORECASE)
# What encodeURIComponent leaves as it is.
_UNQUOTED = "!~*'()"


@frozen(kw_only=True)
class _Call:
    """A request as a script writes it; Unresolved is what cannot be told."""

    method: object = "POST"
    url: object
    data: object = None
    headers: dict[str, object] = Factory(dict)
    """By their names in lower case."""


def posted(document: Document) -> tuple[Submission, ...]:
    """What the scripts of a page send for such lists, in the order of the page; at most twenty."""
    calls = islice((sent for text in _texts(document) for sent in _sent_by(text)), _MOST_CALLS)
    found: dict[Submission, None] = {}
    for sent in _lists(calls, document):
        found[sent] = None
        if len(found) == _MOST_LISTS:
            break
    return tuple(found)


def _texts(document: Document) -> Iterator[str]:
    """The scripts of a page and its `data-` attributes, as far as they say POST and are not too long altogether, in its order."""
    left = LONGEST
    for held in document.inline:
        if len(held.text) <= left and _SAYS_POST.search(held.text):
            left -= len(held.text)
            yield held.text


def _sent(text: str) -> Iterator[Submission | None]:
    """As `_calls`, of a script as a page has it."""
    return islice(_calls(Script(text)), _MOST_CALLS)


_sent_by = remembered(_sent, most=20)


def _lists(calls: Iterable[Submission | None], document: Document) -> Iterator[Submission]:
    """What asks for lists of the page's own host."""
    host = urlsplit(document.url or "").netloc
    for sent in filter(None, calls):
        url = document.resolve(sent.url)
        if url and urlsplit(url).netloc == host and following(sent, 1) and not may_change(url, sent.body):
            yield evolve(sent, url=url)


def _calls(script: Script) -> Iterator[Submission | None]:
    """What is sent by each call; None by one of which that cannot be told."""
    opened: dict[str, _Call] = {}
    if script.is_at(0, "{"):  # an attribute that holds what jQuery is to be called with
        yield _by_jquery(_configured(script.options(0)))
    for place in script.walk():
        name = script.tokens[place]
        if script.is_at(place + 1, "("):
            yield from _of_function(name, script, script.arguments(place + 1))
        elif script.is_at(place + 1, ".") and script.is_at(place + 3, "("):
            method, arguments = script.tokens[place + 2], script.arguments(place + 3)
            if name in _JQUERY:
                yield from _of_jquery(method, script, arguments)
            elif name in _IN_JSON and method == "post" and arguments:
                yield _by_axios(_positional(script, arguments))
            elif method in _XHR:
                yield from _of_xhr(opened, name, method, [script.told(at) for at in arguments[:2]])


def _of_function(name: str, script: Script, arguments: list[int]) -> Iterator[Submission | None]:
    if name == "fetch" and len(arguments) == 2:
        options = script.options(arguments[1])
        yield _by_browser(_configured(options | {"url": script.told(arguments[0]), "data": options.get("body")}))
    elif name in _IN_JSON and len(arguments) == 1:
        yield _by_axios(_configured(script.options(arguments[0])))


def _of_jquery(method: str, script: Script, arguments: list[int]) -> Iterator[Submission | None]:
    if method not in {"post", "ajax"} or not arguments:
        return
    if script.is_at(arguments[0], "{") or (method == "ajax" and len(arguments) == 1):
        options = script.options(arguments[0])
    elif method == "ajax":
        options = {"url": script.told(arguments[0])} | script.options(arguments[1])
    else:
        yield _by_jquery(_positional(script, arguments[:2]))
        return
    yield _by_jquery(_configured(({"type": "POST"} if method == "post" else {}) | options))


def _of_xhr(opened: dict[str, _Call], name: str, method: str, given: list[object]) -> Iterator[Submission | None]:
    """XMLHttpRequest takes several calls: `opened` is what has been said to each so far."""
    if method == "open" and len(given) == 2:
        opened[name] = _Call(method=given[0], url=given[1])
    elif name in opened and method == "setRequestHeader" and len(given) == 2:
        opened[name].headers[str(given[0]).lower()] = given[1]
    elif name in opened and method == "send" and given:
        yield _by_browser(evolve(opened.pop(name), data=given[0]))


def _positional(script: Script, arguments: list[int]) -> _Call:
    """A call with address, data and what else there is to be said, in this order."""
    options = script.options(arguments[2]) if len(arguments) > 2 else {}
    return _configured(
        options
        | {"url": script.told(arguments[0]), "data": script.told(arguments[1]) if arguments[1:] else None}
        | {"method": "POST"}
    )


def _configured(options: dict[str, object]) -> _Call:
    """A call with all that is to be said in one object."""
    given = options.get("headers")
    headers = {name.lower(): value for name, value in given.items()} if isinstance(given, dict) else {}
    if "contentType" in options:
        headers["content-type"] = options["contentType"]
    data = Unresolved if options.get("processData") is False else options.get("data")
    return _Call(method=options.get("method", options.get("type")), url=options.get("url"), data=data, headers=headers)


def _by_jquery(call: _Call) -> Submission | None:
    """jQuery makes a form of an object, whatever it calls it, and says that a script asks."""
    with suppress(Unresolved):
        data = call.data
        body = in_form(_fields("", data), _UNQUOTED) if isinstance(data, dict | list) else data
        headers = call.headers | {"x-requested-with": "XMLHttpRequest"}
        return _submission(call, body, f"{FORM}; charset=UTF-8", headers)
    return None


def _by_axios(call: _Call) -> Submission | None:
    """axios and Angular send an object as JSON."""
    with suppress(Unresolved):
        is_object = isinstance(call.data, dict | list)
        body = in_json(call.data) if is_object else call.data
        return _submission(call, body, JSON if is_object else FORM, call.headers)
    return None


def _by_browser(call: _Call) -> Submission | None:
    """Browsers by themselves send texts alone, as what they are."""
    with suppress(Unresolved):
        kind = f"{FORM};charset=UTF-8" if isinstance(call.data, Form) else f"{_PLAIN};charset=UTF-8"
        return _submission(call, call.data, kind, call.headers)
    return None


def _submission(call: _Call, body: object, kind: str, headers: dict[str, object]) -> Submission:
    """Raises Unresolved for what is no POST, has no body, or is not told in full."""
    content_type = headers.get("content-type", kind)
    told = (call.method, call.url, body, content_type)
    method, url, text, kind = (given if isinstance(given, str) else "" for given in told)
    if method.upper() != "POST" or not url or not 0 < len(text) <= _LARGEST or not _CONTENT_TYPE.fullmatch(kind):
        raise Unresolved
    manner = Manner(content_type=kind, is_ajax=headers.get("x-requested-with") == "XMLHttpRequest")
    return Submission(url=url, body=text.encode("utf-8", "replace"), manner=manner)


def _fields(name: str, value: object) -> Iterator[tuple[str, str]]:
    """The fields that jQuery makes of a value: `loc[trang]` of one within another, `ma[]` of each in a list."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _fields(f"{name}[{key}]" if name else key, inner)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _fields(f"{name}[{place if isinstance(inner, dict | list) else ''}]", inner)
    else:
        yield name, "" if value is None else as_text(value)
