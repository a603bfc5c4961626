"""What stands in a script as it is written: its tokens, its literals, and the names that it sets to such.

No script is run. A name has the value that it is set to first within the function that it belongs to; a parameter the one
that the first call of its function gives. Whatever takes more than that is `Unresolved`. Time and memory grow with the length
of a script and no faster, whatever is in it.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from urllib.parse import urlencode

from attrs import define, field

LONGEST = 200_000
"""Letters of the longest script that is read."""

_MOST_MADE = 5 * LONGEST
"""Letters of all texts that one script puts together from others; each name that is set to such a text keeps its own."""

_DEEPEST = 8
_MOST_ENTRIES = 200
_LONGEST_TEXT = 4_000
_LARGEST = 10**15
_MOST_SCOPES = 30

# Each alternative takes in what it has looked at, closed or not: so no letter is looked at twice.
_TOKEN = re.compile(
    r"""(?P<space>(?:[\s\ufeff]++|//[^\n]*+|/\*[\s\S]*?(?:\*/|\Z))++)
    |(?P<text>'(?:[^'\\\n]++|\\[\s\S])*+'?|"(?:[^"\\\n]++|\\[\s\S])*+"?|`(?:[^`\\]++|\\[\s\S])*+`?)
    |(?P<number>\d[\w.]*)
    |(?P<name>[\w$]+)
    |(?P<mark>[\s\S])""",
    re.VERBOSE,
)
_PATTERN = re.compile(r"/(?:[^/\\\[\n]++|\\.|\[(?:[^\]\\\n]++|\\.)*+\]?)++/?\w*+")
_NO_PATTERN_BEHIND = frozenset({"name", "number", "text"})
_BEFORE_PATTERN = frozenset({"return", "typeof", "case", "in", "of"})
_ESCAPE = re.compile(
    r"\\(?:u\{(?P<long>[0-9a-fA-F]{1,6})\}|[ux](?P<code>(?<=u)[0-9a-fA-F]{4}|(?<=x)[0-9a-fA-F]{2})|(?P<one>[\s\S]))"
)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}
_NUMBER = re.compile(r"(?P<hex>0[xX][0-9a-fA-F]{1,12})|0|[1-9]\d{0,14}(?P<fraction>\.\d{1,15})?")
_WORDS = {"true": True, "false": False, "null": None}
_DECLARES = frozenset({"var", "let", "const"})
_BEFORE_DECLARED = _DECLARES | {","}
_CLOSED_BY = {"(": ")", "[": "]", "{": "}"}
_ENDS = frozenset({",", ")", "]", "}", ";"})


class Unresolved(Exception):
    """What a script would make of something cannot be told from how it is written."""


class Form(str):
    """A text that a script has made with URLSearchParams, which browsers send as a form."""

    __slots__ = ()


@define
class _Scope:
    """A function, or the whole script: where a name means the same."""

    start: int
    end: int
    names: dict[str, object] = field(factory=dict)
    """What they are set to; Unresolved where that cannot be told."""

    parameters: tuple[str, ...] = ()


class Script:
    """The tokens of a script, and what is written at each."""

    def __init__(self, text: str) -> None:
        """A text that is longer than `LONGEST` is read as far as that."""
        self.tokens: list[str] = []
        self._kinds: list[str] = []
        self._begins_line: set[int] = set()
        self._left = _MOST_MADE
        self._read(text[:LONGEST])
        self._closed_at: dict[int, int] = {}
        """Where each bracket is closed that is."""
        self._opened_at: dict[int, int] = {}
        self._match()
        self._whole = _Scope(-1, len(self.tokens))
        self._scopes: dict[int, _Scope] = {}
        self._functions: dict[str, _Scope] = {}
        self._within: list[_Scope] = [self._whole]
        self._learn()

    def walk(self) -> Iterator[int]:
        """The place of every token; what is asked of the script meanwhile is asked for that place."""
        self._within = [self._whole]
        for place in range(len(self.tokens)):
            while self._within[-1].end < place:
                self._within.pop()
            if (scope := self._scopes.get(place)) and len(self._within) < _MOST_SCOPES:
                self._within.append(scope)
            yield place

    def is_at(self, place: int, *written: str) -> bool:
        """Whether these tokens stand there."""
        return self.tokens[place : place + len(written)] == list(written)

    def value(self, place: int, depth: int = 0) -> object:
        """What is written at a place, up to the end of the argument, entry or statement. Raises Unresolved."""
        found, behind = self._sum(place, depth)
        if not self._is_end(behind):
            raise Unresolved
        return found

    def told(self, place: int) -> object:
        """The same, but Unresolved itself for what cannot be told."""
        try:
            return self.value(place)
        except Unresolved:
            return Unresolved

    def options(self, place: int) -> dict[str, object]:
        """What a call is told by an object that also holds what is to be done then, each entry as `told`; empty for no object."""
        if not self.is_at(place, "{"):
            found = self.told(place)
            return found if isinstance(found, dict) else {}
        options: dict[str, object] = {}
        for at in self.arguments(place):
            name = self._name(at)
            if name == "headers" and self.is_at(at + 2, "{"):
                options[name] = {
                    key: self.told(inner + 2) for inner in self.arguments(at + 2) if (key := self._name(inner))
                }
            elif name is not None:
                options[name] = self.told(at + 2)
            elif self._is(at, "name"):
                options[self.tokens[at]] = self.told(at)
        return options

    def arguments(self, opening: int) -> list[int]:
        """Where the arguments of a call begin, by its bracket, and the entries of an object or a list by theirs."""
        closing = self._closed_at.get(opening)
        if closing is None:
            return []
        found: list[int] = []
        place = opening + 1
        while place < closing and len(found) < _MOST_ENTRIES:
            found.append(place)
            while place < closing and self.tokens[place] != ",":
                place = self._closed_at.get(place, place) + 1
            place += 1
        return found

    # -- tokens --------------------------------------------------------------------------------------------------

    def _read(self, text: str) -> None:
        place = 0
        while found := _TOKEN.match(text, place):
            kind, written, place = str(found.lastgroup), found[0], found.end()
            if kind == "space":
                if "\n" in written:
                    self._begins_line.add(len(self.tokens))
                continue
            if written == "/" and self._may_begin_pattern() and (pattern := _PATTERN.match(text, found.start())):
                kind, written, place = "pattern", pattern[0], pattern.end()
            self.tokens.append(written)
            self._kinds.append(kind)

    def _may_begin_pattern(self) -> bool:
        """Whether a slash after the tokens so far begins a pattern; else it divides."""
        if not self.tokens or self.tokens[-1] in _BEFORE_PATTERN:
            return True
        return self._kinds[-1] not in _NO_PATTERN_BEHIND and self.tokens[-1] not in {")", "]"}

    def _match(self) -> None:
        """Brackets that do not fit are none."""
        waiting: list[int] = []
        for place, written in enumerate(self.tokens):
            if written in _CLOSED_BY:
                waiting.append(place)
            elif written in {")", "]", "}"} and waiting and _CLOSED_BY[self.tokens[waiting[-1]]] == written:
                opening = waiting.pop()
                self._closed_at[opening], self._opened_at[place] = place, opening

    def _is(self, place: int, *kinds: str) -> bool:
        return 0 <= place < len(self.tokens) and self._kinds[place] in kinds

    def _is_end(self, place: int) -> bool:
        return (
            place >= len(self.tokens)
            or self.tokens[place] in _ENDS
            or (place in self._begins_line and not self._is(place, "mark", "pattern"))
        )

    # -- values --------------------------------------------------------------------------------------------------

    def _sum(self, place: int, depth: int) -> tuple[object, int]:
        """A value, or several that are put together by `+`, and the place behind."""
        found, behind = self._term(place, depth)
        place = behind
        while self.is_at(place, "+") and not self.is_at(place + 1, "+") and not self.is_at(place + 1, "="):
            other, place = self._term(place + 1, depth)
            found = _together(found, other)
        return found if place == behind else self._made(found), place

    def _term(self, place: int, depth: int) -> tuple[object, int]:
        """A single value, or the text of one."""
        found, place = self._single(place, depth)
        if self.is_at(place, ".", "toString", "(", ")"):
            return self._made(str(as_text(found))), place + 4
        return found, place

    def _made(self, value: object) -> object:
        """What was put together, once it is counted. Raises Unresolved for a text that is too long, and when all that may be is made."""
        if isinstance(value, str):
            self._left -= len(value)
            if self._left < 0 or len(value) > _LONGEST_TEXT:
                raise Unresolved
        return value

    def _single(self, place: int, depth: int) -> tuple[object, int]:
        if place >= len(self.tokens) or depth > _DEEPEST:
            raise Unresolved
        written = self.tokens[place]
        if self._is(place, "text"):
            return _plain(written), place + 1
        if written == "-" and self._is(place + 1, "number"):
            return -_number(self.tokens[place + 1]), place + 2
        if self._is(place, "number"):
            return _number(written), place + 1
        if written in {"{", "[", "("} and place in self._closed_at:
            return self._bracketed(place, depth + 1), self._closed_at[place] + 1
        if self.is_at(place, "JSON", ".", "stringify", "("):
            return self._made(in_json(self._argument(place + 3, depth))), self._closed_at[place + 3] + 1
        if self.is_at(place, "new", "URLSearchParams", "("):
            return self._made(_as_form(self._argument(place + 2, depth))), self._closed_at[place + 2] + 1
        if self._is(place, "name"):
            return self._named(written), place + 1
        raise Unresolved

    def _argument(self, opening: int, depth: int) -> object:
        """The one argument of a call."""
        places = self.arguments(opening)
        if len(places) != 1:
            raise Unresolved
        return self.value(places[0], depth + 1)

    def _bracketed(self, opening: int, depth: int) -> object:
        if self.tokens[opening] == "(":
            return self._argument(opening, depth)
        places = self.arguments(opening)
        if self.tokens[opening] == "[":
            return _bounded([self.value(place, depth) for place in places])
        return _bounded(dict(self._entry(place, depth) for place in places))

    def _entry(self, place: int, depth: int) -> tuple[str, object]:
        """An entry of an object; its name may be that of its value."""
        name = self._name(place)
        if name is not None:
            return name, self.value(place + 2, depth)
        if self._is(place, "name") and self._is_end(place + 1):
            return self.tokens[place], self._named(self.tokens[place])
        raise Unresolved

    def _name(self, place: int) -> str | None:
        """The name of the entry of an object at a place, which has a value behind a colon; None for any other."""
        if not self._is(place, "name", "text", "number") or not self.is_at(place + 1, ":"):
            return None
        if not self._is(place, "text"):
            return self.tokens[place]
        with suppress(Unresolved):
            return _plain(self.tokens[place])
        return None

    def _named(self, name: str) -> object:
        if name in _WORDS:
            return _WORDS[name]
        found = next((scope.names[name] for scope in reversed(self._within) if name in scope.names), Unresolved)
        if found is Unresolved:
            raise Unresolved
        return found

    # -- names ---------------------------------------------------------------------------------------------------

    def _learn(self) -> None:
        """What names are set to. Functions may be called before they are written, and by one another."""
        for scope, name in self._all_functions():
            self._scopes[scope.start] = scope
            if name:
                self._functions[name] = scope
        self._declared = set(self._all_declared())
        for place in self.walk():
            self._see_setting(place)
        for _ in range(2):
            for place in self.walk():
                self._see_call(place)

    def _all_functions(self) -> Iterator[tuple[_Scope, str | None]]:
        """Every function, and the name that it is given; one that is an expression goes on as far as its brackets."""
        open_until = [len(self.tokens)]
        for place, written in enumerate(self.tokens):
            if place in self._closed_at:
                open_until.append(self._closed_at[place])
            elif place == open_until[-1]:
                open_until.pop()
            if written == "function":
                opening = next((at for at in range(place + 1, place + 4) if self.is_at(at, "(")), None)
                body = self._closed_at.get(opening, -2) + 1 if opening else -1
                if opening and self.is_at(body, "{") and body in self._closed_at:
                    own = self.tokens[opening - 1] if self._is(opening - 1, "name") and opening - 1 > place else None
                    yield self._function(opening, self._closed_at[body]), own or self._given_name(place)
            elif written == "=" and self.is_at(place + 1, ">"):
                opening = self._opened_at.get(place - 1, place - 1)
                end = self._closed_at.get(place + 2, open_until[-1]) if self.is_at(place + 2, "{") else open_until[-1]
                yield self._function(opening, end), self._given_name(opening)

    def _all_declared(self) -> Iterator[int]:
        """The names behind `var`, `let` and `const`, each of several."""
        declares = [False]
        for place, written in enumerate(self.tokens):
            if place in self._closed_at:
                declares.append(False)
            elif place in self._opened_at:
                declares.pop()
            elif written in _DECLARES or written == ";":
                declares[-1] = written != ";"
            elif declares[-1] and self.tokens[place - 1] in _BEFORE_DECLARED:
                yield place

    def _given_name(self, place: int) -> str | None:
        """The name that the function at a place is set to."""
        place -= self.is_at(place - 1, "async")
        is_set = self._is(place - 2, "name") and self.tokens[place - 1] in {"=", ":"}
        return self.tokens[place - 2] if is_set else None

    def _function(self, opening: int, end: int) -> _Scope:
        places = self.arguments(opening) if opening in self._closed_at else [opening]
        names: dict[str, object] = {}
        for place in places:
            names[self.tokens[place]] = self.told(place + 2) if self.is_at(place + 1, "=") else Unresolved
        return _Scope(opening, end, names, tuple(names))

    def _see_setting(self, place: int) -> None:
        """Take note of what a name is set to, the first time."""
        if not self._is(place, "name") or not self.is_at(place + 1, "=") or self.is_at(place - 1, "."):
            return
        if self.is_at(place + 2, "=") or self.is_at(place + 2, ">"):
            return
        name = self.tokens[place]
        is_own = place in self._declared
        known = self._within[-1:] if is_own else self._within
        if not any(name in scope.names for scope in known):
            known[-1 if is_own else 0].names[name] = self.told(place + 2)

    def _see_call(self, place: int) -> None:
        """Take note of what a function is called with, as far as that can be told and its parameters are not known yet."""
        called = self._functions.get(self.tokens[place])
        if called is None or not self.is_at(place + 1, "(") or self.is_at(place - 1, "function"):
            return
        for name, given in zip(called.parameters, self.arguments(place + 1), strict=False):
            if called.names[name] is Unresolved:
                called.names[name] = self.told(given)


def in_json(value: object) -> str:
    """A value as JSON.stringify writes it. Raises Unresolved for one that is too long."""
    return _short(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def in_form(entries: Iterable[tuple[str, str]], unquoted: str = "*") -> str:
    """Names and values as a form has them; `unquoted` is what stands there as it is besides letters, digits and `-._`."""
    written = urlencode(list(entries), safe=unquoted, errors="replace")
    return written if "~" in unquoted else written.replace("~", "%7E")  # which Python never quotes


def as_text(value: object) -> str:
    """A number, a text or a word as a script makes a text of it. Raises Unresolved for anything else."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool | int | float):
        return json.dumps(value)
    raise Unresolved


def _together(one: object, other: object) -> object:
    """What `+` makes of two values."""
    if isinstance(one, str) or isinstance(other, str):
        return _short(as_text(one) + as_text(other))
    if type(one) is int and type(other) is int and abs(one + other) < _LARGEST:
        return one + other
    raise Unresolved


def _as_form(value: object) -> Form:
    if isinstance(value, dict):
        return Form(in_form([(name, as_text(given)) for name, given in value.items()]))
    return Form(as_text(value).removeprefix("?"))


def _plain(written: str) -> str:
    """What a text in quotes says."""
    if len(written) < 2 or written[-1] != written[0] or (written[0] == "`" and "${" in written):
        raise Unresolved
    plain = _ESCAPE.sub(_unescaped, _short(written[1:-1])) if "\\" in written else _short(written[1:-1])
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _unescaped(found: re.Match[str]) -> str:
    code = found["long"] or found["code"]
    if code is None:
        return _ESCAPED.get(found["one"], found["one"])
    if int(code, 16) > sys.maxunicode:
        raise Unresolved
    return chr(int(code, 16))


def _number(written: str) -> int | float:
    found = _NUMBER.fullmatch(written)
    if found is None:
        raise Unresolved
    if found["hex"]:
        return int(written, 16)
    value = float(written)
    return int(value) if value.is_integer() else value


def _short(text: str) -> str:
    if len(text) > _LONGEST_TEXT:
        raise Unresolved
    return text


def _bounded(value: object) -> object:
    """An object or a list with no more entries and letters than are told, those within it included: names may stand for objects."""
    waiting, left, letters = [value], _MOST_ENTRIES, _LONGEST_TEXT
    while waiting:
        found = waiting.pop()
        left -= 1
        if isinstance(found, dict):
            letters -= sum(map(len, found))
            waiting += found.values()
        elif isinstance(found, list):
            waiting += found
        elif isinstance(found, str):
            letters -= len(found)
        if left < 0 or letters < 0:
            raise Unresolved
    return value
