"""What a historian asks for: words as typed, and which articles they are looked for in.

Any text is a question: nothing that is typed raises, and nothing typed ever becomes syntax of SQL or of FTS5.
"""

import json
import re
import sqlite3
from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from itertools import groupby, pairwise, product

from attrs import field, frozen

from archive.errors import UnknownPortal, UsageError
from archive.fold import canon, clean, fold, other_spelling

FIELDS = ("title", "body", "caption")
TIERS = ("exact", "mixed", "folded")
SORTS = ("rank", "date")

DAY = 16384
"""How many search keys a day has: the key of an article is its day, counted from 1970, times this, plus a number."""

UNDATED = -(2**40)
"""Search keys of articles without a date begin here, before any date."""

WORD = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f])*")
"""A syllable or number, as FTS5's unicode61 cuts them."""

_PAIRED = 8
_VARIED = 3
"""Of a phrase so many syllables are looked for in their other spelling too: each doubles the phrases."""

_NAMED = 30
"""So many sections are named to somebody who asks for one that is not there, those with most articles first."""

_QUOTES = re.compile('["“”„‟«»＂]')
_DASH = " ?[-‐‑‒–—−/] ?"
# 13 - CT/TU, 05 / 2014 - NQ - CP: numbers, then groups of letters; counted, or long input would take a long time
_DOCUMENT_NUMBER = re.compile(rf"(?<!\d)\d{{1,6}}(?:{_DASH}\d{{1,6}}){{0,2}}(?:{_DASH}[^\W\d_]{{1,8}}){{2,5}}(?!\w)")
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?![\d-])")
_COLUMNS = {"title": "t", "body": "b", "caption": "c"}


@frozen(kw_only=True)
class Selection:
    """Which articles are asked for, and in which order; raises UsageError when it cannot be meant as it stands."""

    query: str = ""
    """Words, all of which must occur; quoted ones next to each other. Empty for every article."""

    exact: bool = False
    """Marks and their absence count: `dang` is not Đảng."""

    folded: bool = False
    """Marks do not count, not even typed ones: `đảng` finds đang."""

    variants: bool = True
    """Whether a syllable stands for its other spelling with i or y too: `lý` finds lí, `quí` finds quý."""

    within: tuple[str, ...] = FIELDS
    """Where the words are looked for: `title`, `body` (with lead, tables, byline, names of attachments), `caption`."""

    since: str | None = None
    """First day: 2014, 2014-06 or 2014-06-02. Articles without a date are left out once a day is named."""

    until: str | None = None
    """Last day, the whole year or month included."""

    portal: str | None = None
    """Slug of the only portal asked for."""

    section: str | None = None
    """Name of the only section asked for; case and marks do not count."""

    sort: str = field(default="rank")
    """`rank`, the best matches first, or `date`, the newest first."""

    limit: int | None = None
    """How many articles at most."""

    def __attrs_post_init__(self) -> None:
        if self.exact and self.folded:
            raise UsageError("a search is exact or folded, not both; leave out one of them")
        if not self.within or set(self.within) - set(FIELDS):
            raise UsageError(f"words are looked for in {', '.join(FIELDS)}; not in {', '.join(self.within)!r}")
        if self.sort not in SORTS:
            raise UsageError(f"articles are sorted by {' or '.join(SORTS)}, not by {self.sort!r}")
        _keys(self.since, self.until)


@frozen(kw_only=True)
class Term:
    """Syllables that must stand next to each other: a quoted phrase, a word, a document number."""

    syllables: tuple[str, ...]
    """In `canon` spelling."""

    others: tuple[str | None, ...]
    """The other spelling of each syllable, in which it is looked for too; None where it is not."""

    def needs_mark(self, at: int, tier: str) -> bool:
        """Whether the syllable must be matched with its marks, or without any, in this tier."""
        syllable = self.syllables[at]
        return tier == "exact" or (tier == "mixed" and fold(syllable) != syllable)

    def spellings(self, at: int) -> tuple[str, ...]:
        """How a syllable may be spelled, first as typed."""
        other = self.others[at]
        return (self.syllables[at],) if other is None else (self.syllables[at], other)


def terms(query: str, *, variants: bool = True) -> tuple[Term, ...]:
    """A query as the terms that must all occur; none when it has no letter and no digit.

    >>> [term.syllables for term in terms('"Hội nghị" HUYỆN 13 – CT/TU')]
    [('hội', 'nghị'), ('huyện',), ('13', 'ct', 'tu')]
    """
    text = _DOCUMENT_NUMBER.sub(lambda number: re.sub(r"\s", "", number[0]), clean(query))
    found: dict[Term, None] = {}
    for position, part in enumerate(_QUOTES.split(text)):
        for word in [part] if position % 2 else part.split():
            if syllables := tuple(WORD.findall(canon(word))):
                found[_term(syllables, variants)] = None
    return tuple(found)


def asked(selection: Selection) -> tuple[Term, ...]:
    """The terms of a selection."""
    return terms(selection.query, variants=selection.variants)


def match(wanted: tuple[Term, ...], tier: str, within: tuple[str, ...]) -> str:
    """The FTS5 expression that finds articles in which all terms occur."""
    return " AND ".join(_match_term(term, tier, within) for term in wanted)


def match_for_rank(wanted: tuple[Term, ...], tier: str, within: tuple[str, ...]) -> str:
    """Finds what `match` finds, but counts terms that stand next to each other as typed once more.

    Words of Vietnamese are written as several syllables, and few people quote them: hội nghị means the word. The first
    few pairs suffice.
    """
    varied = any(other for term in wanted for other in term.others)
    pairs = [_term(first.syllables + second.syllables, varied) for first, second in pairwise(wanted[:_PAIRED])]
    if not pairs:
        return match(wanted, tier, within)
    together = " OR ".join(f"({_match_term(term, tier, within)})" for term in (wanted[0], *pairs))
    return f"{match(wanted, tier, within)} AND ({together})"


def tiers(selection: Selection) -> tuple[str, ...]:
    """The tiers in which a search looks, strictest first; those that could find nothing more are left out."""
    if selection.exact:
        return ("exact",)
    if selection.folded:
        return ("folded",)
    syllables = [syllable for term in asked(selection) for syllable in term.syllables]
    marked = {fold(syllable) != syllable for syllable in syllables if not syllable.isdigit()}
    if not marked:
        return ("exact",)
    return TIERS if len(marked) == 2 else ("exact", "folded")


def tier_of_all(selection: Selection) -> str:
    """The one tier that stands for the whole selection in exports, counts and facets: marks count where typed."""
    return "exact" if selection.exact else "folded" if selection.folded else "mixed"


CONDITION = (
    "d.skey BETWEEN :first AND :last AND (:portal IS NULL OR d.portal_id = :portal) "
    "AND (:sections IS NULL OR d.section IN (SELECT value FROM json_each(:sections)))"
)
"""What everything but the words asks of a row of `search_doc d`; its parameters come from `parameters`."""


def parameters(connection: sqlite3.Connection, selection: Selection) -> dict[str, str | int | None]:
    """The values for `CONDITION`. Raises UnknownPortal."""
    first, last = _keys(selection.since, selection.until)
    return {
        "first": first,
        "last": last,
        "portal": _portal(connection, selection.portal) if selection.portal else None,
        "sections": json.dumps(_sections(connection, selection.section)) if selection.section else None,
    }


def day_key(published: str | None) -> int | None:
    """The first search key of the day of an ISO date, of which the month or the day may be missing; None without one."""
    found = _DATE.match(published or "")
    if not found:
        return None
    year, month, day = (int(part or 1) for part in found.groups())
    try:
        return _first_key(date(year, month, day))
    except ValueError:
        return None


def _term(syllables: tuple[str, ...], variants: bool) -> Term:
    others = [other_spelling(syllable) if variants else None for syllable in syllables]
    varied = [at for at, other in enumerate(others) if other][:_VARIED]
    return Term(syllables=syllables, others=tuple(other if at in varied else None for at, other in enumerate(others)))


def _match_term(term: Term, tier: str, within: tuple[str, ...]) -> str:
    """One term; in the mixed tier its folded phrase, and beside it each run of syllables that was typed with marks."""
    runs = [
        (counts, [term.spellings(at) for at in group])
        for counts, group in groupby(range(len(term.syllables)), key=lambda at: term.needs_mark(at, tier))
    ]
    exact = [_phrase(run, "x", within) for counts, run in runs if counts]
    if len(exact) == len(runs):
        return exact[0]
    folded = [tuple(map(fold, term.spellings(at))) for at in range(len(term.syllables))]
    return " AND ".join([_phrase(folded, "f", within), *dict.fromkeys(exact)])


def _phrase(syllables: Sequence[tuple[str, ...]], form: str, within: tuple[str, ...]) -> str:
    """A phrase, each syllable in any of its spellings, in some columns of exact or folded form.

    Syllables are letters and digits only, so that quoting is all they need.
    """
    columns = " ".join(_COLUMNS[name] + form for name in FIELDS if name in within)
    phrases = " OR ".join(f'"{" ".join(chosen)}"' for chosen in product(*syllables))
    return f"{{{columns}}} : ({phrases})"


def _keys(since: str | None, until: str | None) -> tuple[int, int]:
    """The first and last search key of a span of days; of all keys, those without a day too, when none is named."""
    if not since and not until:
        return UNDATED, -UNDATED
    first = _day(since, last=False) if since else date.min
    end = _day(until, last=True) if until else date.max
    if end < first:
        raise UsageError(f"the first day, {since}, comes after the last, {until}: exchange them")
    return _first_key(first), _first_key(end) + DAY - 1


def _first_key(day: date) -> int:
    return (day - date(1970, 1, 1)).days * DAY


def _day(text: str, *, last: bool) -> date:
    """The first or last day of a year, a month or a day."""
    try:
        found = _DATE.fullmatch(text)
        if not found:
            raise ValueError
        year, month, day = (int(part) if part else None for part in found.groups())
        assert year is not None
        month = month or (12 if last else 1)
        return date(year, month, day or (monthrange(year, month)[1] if last else 1))
    except ValueError as error:
        raise UsageError(f"{text!r} is no day of the calendar: write 2014, 2014-06 or 2014-06-02") from error


def _portal(connection: sqlite3.Connection, slug: str) -> int:
    row = connection.execute("SELECT id FROM portal WHERE slug = ?", (clean(slug),)).fetchone()
    if row is None:
        known = ", ".join(name for (name,) in connection.execute("SELECT slug FROM portal ORDER BY slug"))
        raise UnknownPortal(f"the archive holds no portal {slug!r}; it holds {known or 'none yet'}")
    return int(row[0])


def _sections(connection: sqlite3.Connection, name: str) -> list[str]:
    """The sections that are called so, whatever their case and marks."""
    wanted = fold(clean(name))
    kept = [
        section
        for (section,) in connection.execute(
            "SELECT section FROM search_doc WHERE section IS NOT NULL GROUP BY section ORDER BY count(*) DESC, section"
        )
    ]
    found = [section for section in kept if fold(clean(section)) == wanted]
    if not found:
        known = ", ".join(map(clean, kept[:_NAMED])) + (", …" if len(kept) > _NAMED else "")
        raise UsageError(f"no article stands in a section {name!r}; there are {known or 'none yet'}")
    return found
