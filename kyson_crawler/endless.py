"""Lists and calendars that turn their pages without end: when what comes next shows only what was shown before."""

import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from attrs import define, field, frozen

from kyson_crawler.hashes import Hashes
from kyson_crawler.latest import Latest
from kyson_crawler.pages.paths import page_number, without_page

FIRST_YEAR = 1945
"""No portal shows a day before the state whose offices they are of."""

_AHEAD = timedelta(days=62)
_MOST_KEPT = 300_000
_MOST_SHOWN = 20_000
# How many pages in a row may show nothing new before it is the end. A page without entries stands in the middle of a list
# when all of it was taken back; a quiet half-year in the middle of an archive is usual, a quiet fortnight more so.
_PATIENCE = {"page": 2, "month": 6, "day": 14}

# Nearly all addresses name neither: to ask that first is quick.
_MAYBE = re.compile(r"\?|\d/?$")
# WordPress without names for its articles: http://a.example/?p=123
_ARTICLE_ON_HOME = re.compile(r"^https?://[^/]+/?(?:index\.php)?\?p=\d+$", re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20|21|22)\d\d")
# 2021-05-03, 2021/5, 2021; 20210503, 202105
_DATE = re.compile(
    r"(?P<year>(?:19|20|21|22)\d\d)(?:(?P<mark>[-_./])(?P<month>0?[1-9]|1[0-2])(?:(?P=mark)(?P<day>0?[1-9]|[12]\d|3[01]))?)?"
)
_DATE_OF_DIGITS = re.compile(r"(?P<year>(?:19|20|21|22)\d\d)(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])?")
_DAY_FIRST = re.compile(
    r"(?:(?P<day>0?[1-9]|[12]\d|3[01])[-_./])?(?P<month>0?[1-9]|1[0-2])[-_./](?P<year>(?:19|20|21|22)\d\d)"
)
_ON_PATH = re.compile(
    r"(?P<before>/(?:[^/]+/)*?)(?P<year>(?:19|20|21|22)\d\d)(?:[-/](?P<month>0?[1-9]|1[0-2])(?:[-/](?P<day>0?[1-9]|[12]\d|3[01]))?)?/?"
)
_NAMES = {
    "year": re.compile(r"(?:\w+_)?(?:year|yr|nam)", re.IGNORECASE),
    "month": re.compile(r"(?:\w+_)?(?:month|mon|thang)", re.IGNORECASE),
    "day": re.compile(r"(?:\w+_)?(?:day|ngay)", re.IGNORECASE),
    "date": re.compile(r"(?:\w+[-_])?(?:date|ngay|day|month|ym|tuan|week|archive|m|d|tungay|denngay|from|to)", re.IGNORECASE),
}  # fmt: skip


@frozen(kw_only=True)
class Turn:
    """An address as one of the pages of a list or of a calendar."""

    of: str
    """The list without its page, the calendar without its date."""

    kind: str
    """`page`, `month` or `day`."""

    number: int
    """Which page; of a calendar the first day shown, as a proleptic Gregorian ordinal."""

    until: int
    """The same, or the last day shown."""


def turn(url: str) -> Turn | None:
    """Which page of what an address asks for; None when it names neither page nor date."""
    if not _MAYBE.search(url):
        return None
    if (number := page_number(url)) is not None and not _ARTICLE_ON_HOME.search(url):
        return Turn(of=_bare(without_page(url)), kind="page", number=number, until=number)
    return _dated(url)


@lru_cache(maxsize=4_096)
def list_of(url: str) -> str:
    """What an address is a page of: itself when it names neither page nor date."""
    found = turn(url)
    return found.of if found else _bare(url)


@define
class _Shown:
    """What the pages of one list have shown."""

    links: Hashes = field(factory=Hashes)
    """What they lead to and what they say."""

    pages: Hashes = field(factory=Hashes)
    """Every page, by all of that together."""

    first: int | None = None
    """The first page that showed anything new, and the last one."""

    last: int | None = None
    before: int = 0
    """How many in a row showed nothing new before the first, and behind the last."""

    behind: int = 0
    holds_articles: bool = False
    """Whether what looks like the number of a page is that of an article."""

    def __len__(self) -> int:
        return 1 + len(self.links) + len(self.pages)

    def take(self, found: Turn | None, links: frozenset[int]) -> None:
        """Take note of a page with what it shows."""
        whole = hash(links)
        is_repeated, is_barren = whole in self.pages, self.links.has_all(links)
        if len(self.links) < _MOST_SHOWN:
            self.links.add(*links)
        if len(self.pages) < _MOST_SHOWN:
            self.pages.add(whole)
        if found is None:
            return
        if not (is_barren or is_repeated):
            self.reach(found.number)
        elif found.kind == "page":
            # The first page has an address with its number and one without.
            self._miss(found.number, 0 if found.number <= 1 else _PATIENCE["page"] if is_repeated else 1)
        else:
            self._miss(found.number, 1)

    def reach(self, number: int) -> None:
        """Something new stands on this page."""
        self.first = number if self.first is None else min(self.first, number)
        self.last = number if self.last is None else max(self.last, number)
        self.before = self.behind = 0

    def _miss(self, number: int, weight: int) -> None:
        if self.last is None or number > self.last:
            self.behind += weight
        if self.first is None or number < self.first:
            self.before += weight

    def is_beyond(self, found: Turn) -> bool:
        """Whether a page lies where nothing new stands any more."""
        patience = _PATIENCE[found.kind]
        is_behind = self.behind >= patience and (self.last is None or found.number > self.last)
        is_before = self.before >= patience and (self.first is None or found.number < self.first)
        return is_behind or is_before


class Turns:
    """All lists and calendars of one crawl, of which the ones met last are remembered."""

    def __init__(self, today: date) -> None:
        self._today = today
        self._lists = Latest(_Shown, _MOST_KEPT)

    def why_not(self, url: str) -> str | None:
        """Why an address shows nothing new, or None."""
        found = turn(url)
        if found is None:
            return None
        if found.kind != "page":
            if found.number > (self._today + _AHEAD).toordinal():
                return "a calendar's page of the far future"
            if found.until < date(FIRST_YEAR, 1, 1).toordinal():
                return "a calendar's page of the far past"
        shown = self._lists.get(found.of)
        if shown is None or shown.holds_articles or not shown.is_beyond(found):
            return None
        return (
            "beyond the end of a list" if found.kind == "page" else "beyond the days of which a calendar shows anything"
        )

    def see(self, url: str, links: Iterable[str], said: frozenset[int]) -> None:
        """Take note of what a page that is no article links to, and says; a calendar says another month in any case."""
        found = turn(url)
        lists = dict.fromkeys([_bare(url), *([found.of] if found else [])])
        for of in lists:
            others = frozenset(hash(link) for link in links if list_of(link) != of)
            is_date = found is not None and found.of == of and found.kind != "page"
            with self._lists.changing(of) as shown:
                shown.take(found if found and found.of == of else None, others if is_date else others | said)

    def see_article(self, url: str) -> None:
        """Take note that an article stands where a page of a list could."""
        if (found := turn(url)) is not None:
            with self._lists.changing(found.of) as shown:
                shown.holds_articles |= found.kind == "page"
                shown.reach(found.number)


def _bare(url: str) -> str:
    return url.partition("#")[0].removesuffix("?").rstrip("/")


def _dated(url: str) -> Turn | None:
    """The calendar's page at an address that ends with a date or has one in its query."""
    parts = urlsplit(url)
    asked: dict[str, str] = {}
    rest = []
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if read := _read(name, value):
            asked = read | asked
        else:
            rest.append(f"{name}={value}")
    path = parts.path
    if "year" not in asked and (on_path := _ON_PATH.fullmatch(parts.path)):
        asked |= {name: on_path[name] for name in ("year", "month", "day") if on_path[name]}
        path = on_path["before"]
        rest = [parts.query] if parts.query else []
    if "year" not in asked:
        return None
    return _turn(_bare(urlunsplit(parts._replace(path=path, query="&".join(rest), fragment=""))), asked)


def _read(name: str, value: str) -> dict[str, str]:
    """What a parameter says of a date, by the part of it; empty when it says nothing."""
    if _NAMES["year"].fullmatch(name) and _YEAR.fullmatch(value):
        return {"year": value}
    for part, most in (("month", 12), ("day", 31)):
        if _NAMES[part].fullmatch(name) and re.fullmatch(r"\d{1,2}", value) and 1 <= int(value) <= most:
            return {part: value}
    if _NAMES["date"].fullmatch(name) and (
        found := _DATE.fullmatch(value[:10]) or _DATE_OF_DIGITS.fullmatch(value) or _DAY_FIRST.fullmatch(value)
    ):
        return {part: read for part, read in found.groupdict().items() if read and part != "mark"}
    return {}


def _turn(of: str, asked: dict[str, str]) -> Turn | None:
    year, month, day = int(asked["year"]), int(asked.get("month", 0)), int(asked.get("day", 0))
    try:
        first = date(year, month or 1, day or 1)
    except ValueError:
        return None
    last = first if day else date(year, month or 12, monthrange(year, month or 12)[1])
    return Turn(of=of, kind="day" if day else "month", number=first.toordinal(), until=last.toordinal())
