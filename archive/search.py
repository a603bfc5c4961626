"""Search as historians type it: marks count where they are typed, and what only loosely fits is shown after a border.

A search goes through up to three tiers, each of which holds all that the one before it found: *exact* (every mark
typed or not typed counts), *mixed* (typed marks count, bare syllables stand for any), *folded* (no mark counts).
"""

import json
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from attrs import frozen

from archive import query
from archive.errors import UsageError
from archive.fold import canon, fold
from archive.index import Texts, texts
from archive.query import CONDITION, FIELDS, WORD, Selection, Term
from archive.records import Kept
from archive.store import Archive

__all__ = ["FACETS", "Count", "Found", "Hit", "Line", "Result", "Selection", "Snippet", "facet", "hits", "search"]

FACETS = ("portal", "section", "year")

_RANKED = 5000
"""Up to so many hits are ranked by bm25, which costs microseconds for each; beyond, the newest come first."""

_AT_ONCE = 50
"""So many articles are read from the disk at a time."""

_SNIPPET = 220
_BEFORE = 50
"""Characters of a snippet, and how many of them stand before its first match."""

_CONSIDERED = 200
"""A snippet is chosen among the first matches of a text, which might have a hundred thousand."""

_FOUND = f"""
    FROM article_fts CROSS JOIN search_doc d ON d.skey = article_fts.rowid
    WHERE article_fts MATCH :words AND article_fts.rowid BETWEEN :first AND :last AND {CONDITION}"""
_ALL = f"FROM search_doc d WHERE {CONDITION}"


@frozen(kw_only=True)
class Snippet:
    """A piece of an article around what was looked for."""

    within: str
    """`title`, `body` or `caption`."""

    text: str
    """As kept, but for an ellipsis where it was cut."""

    matches: tuple[tuple[int, int], ...]
    """Where in `text` the matches begin and end."""

    def to_json(self) -> dict[str, Any]:
        """The snippet as it stands in the JSON of a hit."""
        return {"in": self.within, "text": self.text, "matches": [list(match) for match in self.matches]}


@frozen(kw_only=True)
class Line:
    """One match with what stands left and right of it: a key word in context."""

    within: str
    left: str
    match: str
    right: str


@frozen(kw_only=True)
class Hit:
    """One article that was found."""

    kept: Kept
    tier: str | None
    """The first tier that found it; None when no words were asked for."""

    texts: Texts
    matches: tuple[tuple[str, int, int], ...]
    """Each match: field, and offsets of begin and end in that field of `texts`."""

    @property
    def snippet(self) -> Snippet:
        """The piece of its body, captions or title that shows most of what was looked for."""
        for name in ("body", "caption", "title"):
            if spans := [(start, end) for field, start, end in self.matches if field == name]:
                return _snippet(name, getattr(self.texts, name), spans)
        return _snippet("body", self.texts.body, [])

    def lines(self, width: int = 40) -> Iterator[Line]:
        """Every match in its context of `width` characters on either side."""
        for name, matches in groupby(self.matches, key=itemgetter(0)):
            text = getattr(self.texts, name).replace("\n", " ")
            for _, start, end in matches:
                yield Line(
                    within=name,
                    left=text[max(0, start - width) : start],
                    match=text[start:end],
                    right=text[end : end + width],
                )

    def to_json(self) -> dict[str, Any]:
        """The article as the promised JSON object, with `snippet` and `tier`."""
        return self.kept.to_json() | {"snippet": self.snippet.to_json(), "tier": self.tier}


@frozen(kw_only=True)
class Count:
    """How many articles stand behind a name."""

    name: str | None
    """Of a tier, a portal, a section, a year; None for articles that have none."""

    articles: int


@frozen(kw_only=True)
class Found:
    """An article that was found, but not read yet."""

    id: int
    """Of its row."""

    ref: str
    tier: str | None
    """As in `Hit`."""


@frozen(kw_only=True)
class Variants:
    """What the other spellings of syllables with i or y brought in."""

    spellings: tuple[tuple[str, str], ...]
    """Each syllable as typed, and as it was looked for too."""

    articles: int
    """How many articles were found by these alone."""


@frozen(kw_only=True)
class Result:
    """What a search found."""

    found: tuple[Found, ...]
    """As many as were asked for, tier by tier; within a tier in the order asked for. `hits` reads them."""

    tiers: tuple[Count, ...]
    """For each tier the articles that it adds to the ones before, shown or not; empty when no words were asked for."""

    total: int
    """All articles found, in any tier."""

    searched: int
    """How many articles were looked through: those of the selection, whatever its words."""

    variants: Variants | None
    """None when no syllable has another spelling, or none was wanted."""


def search(archive: Archive, selection: Selection) -> Result:
    """Find articles, in their latest versions; any query has an answer, if an empty one."""
    with archive.snapshot():
        parameters = query.parameters(archive.connection, selection)
        searched = _number(archive, f"SELECT count(*) {_ALL}", parameters)
        wanted = query.asked(selection)
        if not wanted:
            return _without_words(archive, selection, parameters, searched)
        found: dict[int, str | None] = {}
        counts: list[Count] = []
        total = 0
        for tier in query.tiers(selection):
            number = _matching(archive, wanted, tier, selection, parameters)
            counts.append(Count(name=tier, articles=number - total))
            if number > total and (selection.limit is None or len(found) < selection.limit):
                for article_id in _page(archive, selection, wanted, tier, parameters, number):
                    found.setdefault(article_id, tier)
            total = number
        return Result(
            found=_named(archive, list(found.items())[: selection.limit]),
            tiers=tuple(counts),
            total=total,
            searched=searched,
            variants=_variants(archive, selection, wanted, parameters, total),
        )


def hits(archive: Archive, selection: Selection, result: Result) -> Iterator[Hit]:
    """Read what a search found, a few articles at a time, so that the first are there before the last are read."""
    wanted = query.asked(selection)
    for start in range(0, len(result.found), _AT_ONCE):
        page = result.found[start : start + _AT_ONCE]
        for found, kept in zip(page, archive.current([found.id for found in page]), strict=True):
            yield _hit(kept, wanted, found.tier, selection.within)


def facet(archive: Archive, selection: Selection, name: str) -> tuple[Count, ...]:
    """How the articles of a selection spread over its portals, sections or years.

    Counted are the articles in which typed marks count, as in exports; when there are none, those of the folded tier.
    """
    if name not in FACETS:
        raise UsageError(f"articles are counted by {', '.join(FACETS)}, not by {name!r}")
    parameters = query.parameters(archive.connection, selection)
    wanted = query.asked(selection)
    if selection.query.strip() and not wanted:
        return ()
    source = _FOUND if wanted else _ALL
    words = query.match(wanted, query.tier_of_all(selection), selection.within)
    if wanted and not selection.exact and not _number(archive, f"SELECT 1 {_FOUND}", parameters | {"words": words}):
        words = query.match(wanted, "folded", selection.within)
    parameters["words"] = words
    if name == "year":
        return _years(archive, source, parameters)
    column = "(SELECT slug FROM portal WHERE id = d.portal_id)" if name == "portal" else "d.section"
    rows = archive.connection.execute(
        f"SELECT {column}, count(*) {source} GROUP BY 1 ORDER BY count(*) DESC, 1",
        parameters,
    )
    return tuple(Count(name=value, articles=number) for value, number in rows)


def _without_words(
    archive: Archive, selection: Selection, parameters: dict[str, str | int | None], searched: int
) -> Result:
    """All articles of a selection, the newest first; none when something was typed that holds no letter or digit."""
    if selection.query.strip():
        return Result(found=(), tiers=(), total=0, searched=searched, variants=None)
    rows = archive.connection.execute(
        f"SELECT d.article_id {_ALL} ORDER BY d.skey DESC LIMIT :limit",
        parameters | {"limit": -1 if selection.limit is None else selection.limit},
    )
    found = _named(archive, [(article_id, None) for (article_id,) in rows])
    return Result(found=found, tiers=(), total=searched, searched=searched, variants=None)


def _named(archive: Archive, found: list[tuple[int, str | None]]) -> tuple[Found, ...]:
    """Articles by the ids of their rows, each with the tier that found it, under their references."""
    ids = json.dumps([article_id for article_id, _ in found])
    refs = dict(
        archive.connection.execute(
            "SELECT id, ref FROM article WHERE id IN (SELECT value FROM json_each(?))", (ids,)
        ).fetchall()
    )
    return tuple(Found(id=article_id, ref=refs[article_id], tier=tier) for article_id, tier in found)


def _matching(
    archive: Archive,
    wanted: tuple[Term, ...],
    tier: str,
    selection: Selection,
    parameters: dict[str, str | int | None],
) -> int:
    """How many articles of a selection a tier finds, those of stricter tiers included."""
    words = query.match(wanted, tier, selection.within)
    return _number(archive, f"SELECT count(*) {_FOUND}", parameters | {"words": words})


def _variants(
    archive: Archive,
    selection: Selection,
    wanted: tuple[Term, ...],
    parameters: dict[str, str | int | None],
    total: int,
) -> Variants | None:
    """What other spellings brought in: all that was found but for what is found without them."""
    spellings = {
        (syllable, other): None
        for term in wanted
        for syllable, other in zip(term.syllables, term.others, strict=True)
        if other
    }
    if not spellings:
        return None
    as_typed = query.terms(selection.query, variants=False)
    tier = query.tiers(selection)[-1]
    without = _matching(archive, as_typed, tier, selection, parameters)
    return Variants(spellings=tuple(spellings), articles=total - without)


def _page(
    archive: Archive,
    selection: Selection,
    wanted: tuple[Term, ...],
    tier: str,
    parameters: dict[str, str | int | None],
    found: int,
) -> list[int]:
    """The ids of the first articles of a tier: as many as are wanted in all, for earlier tiers showed some of them."""
    limit = -1 if selection.limit is None else selection.limit

    def ids(words: str, order: str) -> list[int]:
        rows = archive.connection.execute(
            f"SELECT d.article_id {_FOUND} ORDER BY {order} LIMIT :limit", parameters | {"words": words, "limit": limit}
        )
        return [article_id for (article_id,) in rows]

    newest = "article_fts.rowid DESC"
    words = query.match(wanted, tier, selection.within)
    if selection.sort == "date":
        return ids(words, newest)
    if found <= _RANKED:
        ranked = query.match_for_rank(wanted, tier, selection.within)
        return ids(ranked, f"bm25(article_fts, 8.0, 1.0, 4.0, 2.0, 0.25, 1.0), {newest}")
    prominent = tuple(name for name in selection.within if name != "body")
    first = ids(query.match(wanted, tier, prominent), newest) if prominent else []
    return list(dict.fromkeys(first + ids(words, newest)))[: selection.limit]


def _years(archive: Archive, source: str, parameters: dict[str, str | int | None]) -> tuple[Count, ...]:
    """Articles by year, oldest first; the undated at the end. Each year is a range of search keys, and so is quick."""
    first, last = archive.connection.execute(
        "SELECT min(published), max(published) FROM search_doc WHERE skey > ?", (query.UNDATED // 2,)
    ).fetchone()
    counts = []
    for year in range(int(first[:4]), int(last[:4]) + 1) if first else ():
        begin, end = query.day_key(f"{year:04}-01-01"), query.day_key(f"{year:04}-12-31")
        assert begin is not None
        assert end is not None
        span: dict[str, str | int | None] = {
            "first": max(begin, _int(parameters["first"])),
            "last": min(end + query.DAY - 1, _int(parameters["last"])),
        }
        counts.append(Count(name=str(year), articles=_number(archive, f"SELECT count(*) {source}", parameters | span)))
    if _int(parameters["first"]) == query.UNDATED:
        undated = parameters | {"last": query.UNDATED // 2}
        counts.append(Count(name=None, articles=_number(archive, f"SELECT count(*) {source}", undated)))
    return tuple(count for count in counts if count.articles)


def _hit(kept: Kept, wanted: tuple[Term, ...], tier: str | None, within: tuple[str, ...]) -> Hit:
    found = texts(kept.article)
    matches = (
        []
        if tier is None
        else [
            (name, start, end)
            for name in FIELDS
            if name in within
            for start, end in _spans(getattr(found, name), wanted, tier)
        ]
    )
    return Hit(kept=kept, tier=tier, texts=found, matches=tuple(matches))


def _spans(text: str, wanted: tuple[Term, ...], tier: str) -> list[tuple[int, int]]:
    """Where terms stand in a clean text; neighbours with nothing but spaces between are one match."""
    marked, bare = canon(text), fold(text)
    words = [word.span() for word in WORD.finditer(marked)]
    exact, folded = [marked[start:end] for start, end in words], [bare[start:end] for start, end in words]
    spans = []
    for term in wanted:
        forms = [
            (exact, term.spellings(at)) if term.needs_mark(at, tier) else (folded, tuple(map(fold, term.spellings(at))))
            for at in range(len(term.syllables))
        ]
        spans += [
            (words[first][0], words[first + len(forms) - 1][1])
            for first in range(len(words) - len(forms) + 1)
            if all(words_there[first + at] in allowed for at, (words_there, allowed) in enumerate(forms))
        ]
    spans.sort()
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and (start <= merged[-1][1] or text[merged[-1][1] : start] == " "):
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _snippet(name: str, text: str, spans: list[tuple[int, int]]) -> Snippet:
    """The window of a text in which most of it is matches, cut between words."""

    def matched(start: int) -> int:
        return sum(min(e, start + _SNIPPET) - s for s, e in spans if start <= s < start + _SNIPPET)

    spans = spans[:_CONSIDERED]
    starts = [max(0, start - _BEFORE) for start, _ in spans] or [0]
    start = max(starts, key=matched)
    end = min(len(text), start + _SNIPPET)
    if start:
        start = text.find(" ", start, start + _BEFORE) + 1 or start
    if end < len(text):
        end = max(text.rfind(" ", start, end), start) if " " in text[start:end] else end
    left, right = "… " if start else "", " …" if end < len(text) else ""
    shift = len(left) - start
    return Snippet(
        within=name,
        text=left + text[start:end].replace("\n", " ") + right,
        matches=tuple((s + shift, min(e, end) + shift) for s, e in spans if start <= s < end),
    )


def _number(archive: Archive, sql: str, parameters: dict[str, str | int | None]) -> int:
    row = archive.connection.execute(sql, parameters).fetchone()
    return int(row[0]) if row else 0


def _int(value: str | int | None) -> int:
    assert isinstance(value, int)
    return value
