"""Walking through lists: those whose pages a form turns, and those that shift while they are crawled.

An article that is taken down lets all behind it move up over the borders of pages, past whoever turns them. So the beginning
of each list of several pages is looked at once more when all else is done. Where it has changed the list is walked again, page
by page: as far as it shows anything new where articles were published and no more, else to its end. Whatever then turns up new
asks for one more look.
"""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from attrs import define, evolve, field, frozen

from archive.completeness import Reason
from archive.frontier import Visit, Wanted
from kyson_crawler import views
from kyson_crawler.endless import list_of, turn
from kyson_crawler.frontier import Frontier, Listed
from kyson_crawler.hashes import Hashes
from kyson_crawler.latest import Latest
from kyson_crawler.pages.totals import Total
from kyson_crawler.provenance import Found
from kyson_crawler.reading.seen import Ways

MOST_TURNS = 2_000
"""How many pages of one list its form is asked to turn."""

MOST_WALKS = 5
"""How often one list is walked, whatever it goes on to show."""

_MOST_KEPT = 300_000
_MOST_SHOWN = 20_000
_MOST_GONE = 20_000
_MOST_TOLD = 10
# How many pages in a row may show nothing new before a form is not asked to turn on: the first one may be shown twice.
_PATIENCE = 2

_LOOK, _NEWS, _ALL = "to see whether the list has shifted", "as far as it shows anything new", "to its end"
_TOLD = re.compile(rf"a list walked once more, (?P<aim>{_LOOK}|{_NEWS}|{_ALL}) \(walk (?P<number>\d+)\)")


@frozen(kw_only=True)
class Walk:
    """Which of several walks through a list a page is asked for on, and how far that goes."""

    number: int = 1
    aim: str = _ALL

    @classmethod
    def of(cls, decision: str | None) -> "Walk":
        """The walk that the row of a lease tells of; the first one when it tells of none."""
        told = _TOLD.fullmatch(decision or "")
        return cls(number=int(told["number"]), aim=told["aim"]) if told else cls()

    @property
    def decision(self) -> str | None:
        """Why a page is asked for that was asked for before; None on the first walk."""
        return f"a list walked once more, {self.aim} (walk {self.number})" if self.number > 1 else None


@define
class _List:
    """What one list has shown."""

    begin: tuple[int, str] | None = None
    """The number of its first page, -1 where the address has none, and the address."""

    first: tuple[str, ...] = ()
    """The articles on its first page when that was read last."""

    shown: Hashes = field(factory=Hashes)
    """All that its pages lead to on this walk."""

    listed: Hashes = field(factory=Hashes)
    """The articles on all its pages."""

    most_on_a_page: int = 0
    total: Total | None = None
    """How much it holds by its own word, when that was read last."""

    is_quiet: bool = False
    """Whether it is not read to its end."""

    reached: int = -1
    """The number of the page furthest back that was read on this walk."""

    is_in_order: bool = True
    """Whether the pages of this walk were read from the first one on: then what is published lets nothing slip past it."""

    turns: int = 0
    """How many pages its form was asked to turn to on this walk."""

    barren: int = 0
    """How many pages in a row that its form turned to showed nothing new."""

    def __len__(self) -> int:
        return 1 + len(self.first) + len(self.shown) + len(self.listed)

    @property
    def is_barren(self) -> bool:
        """Whether its form need not be asked to turn on."""
        return self.barren >= _PATIENCE or self.turns >= MOST_TURNS

    def is_begun_at(self, url: str) -> bool:
        """Whether no page before this one has been read."""
        return self.begin is None or _number(url) <= self.begin[0]

    def since_then(self, listed: Listed, walk: Walk, gone: set[int]) -> Walk | None:
        """How the list is to be walked now that its first page was read again; None when a look shows that nothing has changed."""
        if walk.aim != _LOOK:
            return walk
        torn = any(address in self.shown for address in gone)
        is_whole = torn or not self.is_in_order or _vanished(self.first, listed.articles)
        if listed.articles == self.first and not torn:
            return None
        self.reached, self.is_in_order = -1, True
        self.shown, self.turns, self.barren = Hashes(), 0, 0
        return evolve(walk, aim=_ALL if is_whole else _NEWS)

    def take(self, url: str, ways: Ways, listed: Listed, *, is_begin: bool, is_turned: bool) -> None:
        """Take note of one of its pages."""
        links = {hash(_plain(link)) for link in ways.links}
        self.barren = self.barren + 1 if is_turned and self.shown.has_all(links) else 0
        articles = list(map(hash, listed.articles))
        if len(self.shown) < _MOST_SHOWN:
            self.shown.add(*links, *articles)
        if len(self.listed) < _MOST_SHOWN:
            self.listed.add(*articles)
        self.most_on_a_page = max(self.most_on_a_page, len(listed.articles))
        self.total = ways.total or self.total
        self.is_quiet = listed.is_quiet
        self.is_in_order &= is_turned or _number(url) >= self.reached
        self.reached = max(self.reached, _number(url))
        if is_begin:
            self.begin, self.first = (_number(url), url), listed.articles


class Walks:
    """All lists of one crawl, of which those met last are remembered."""

    def __init__(self, frontier: Frontier) -> None:
        self._frontier = frontier
        self._lists = Latest(_List, _MOST_KEPT)
        self._gone: set[int] = set()

    def told(self) -> Iterator[Reason]:
        """What the lists that were read whole say of how much they hold, beside what they showed."""
        told = [
            _compared(of, known, known.total) for of, known in self._lists.all() if known.total and not known.is_quiet
        ]
        short = sorted((reason for reason in told if reason.least), key=lambda reason: -reason.least)
        if len(told) > len(short):
            yield Reason(text=f"{len(told) - len(short):,} lists say how much they hold, and showed no less")
        yield from short[:_MOST_TOLD]
        if rest := short[_MOST_TOLD:]:
            least, most = sum(reason.least for reason in rest), sum(reason.most or 0 for reason in rest)
            yield Reason(text=f"{len(rest):,} other lists showed less than they say they hold", least=least, most=most)

    def miss(self, url: str) -> None:
        """Take note that nothing stands at an address any more: the list that shows it may have closed the gap."""
        if len(self._gone) < _MOST_GONE:
            self._gone.add(hash(url))

    def see(self, ways: Ways, url: str, listed: Listed, visit: Visit, found: Found) -> list[Wanted]:
        """What a page of a list asks for besides what it links to: the page its form turns to, a look, a walk."""
        if not listed.articles:
            return []
        walk = Walk.of(visit.lease.decision if visit.lease else None)
        is_turned = visit.capture is not None and visit.capture.method == "POST"
        with self._lists.changing(list_of(url)) as known:
            is_begin = not is_turned and known.is_begun_at(url)
            now = known.since_then(listed, walk, self._gone) if is_begin else walk
            known.take(url, ways, listed, is_begin=is_begin, is_turned=is_turned)
            if now is None:
                return []
            is_worth_a_look = not listed.is_quiet and (listed.has_new if now.number > 1 else not is_begin)
            look = self._look(known, now, found) if is_worth_a_look else []
            return look + self._on(known, ways, url, listed, now, found)

    def _look(self, known: "_List", walk: Walk, found: Found) -> list[Wanted]:
        """A look at the beginning of a list, since something may have slipped past this walk."""
        if walk.number >= MOST_WALKS or known.begin is None:
            return []
        look = Walk(number=walk.number + 1, aim=_LOOK).decision
        return [self._frontier.turned(known.begin[1], evolve(found, decision=look), look or "", last=True)]

    def _on(self, known: "_List", ways: Ways, url: str, listed: Listed, walk: Walk, found: Found) -> list[Wanted]:
        """The next page of a list, unless a link leads to it that is followed anyhow."""
        is_done = listed.is_quiet or (walk.aim == _NEWS and not listed.has_new)
        following = None if is_done else ways.following
        if following is None:
            return []
        found = evolve(found, decision=walk.decision)
        if following.url is not None:
            is_again = walk.number > 1 and list_of(following.url) == list_of(url)
            return [self._frontier.turned(following.url, found, f"walk {walk.number}")] if is_again else []
        sent = ways.sent
        if sent is None or urlsplit(sent.url).netloc != urlsplit(url).netloc or known.is_barren:
            return []
        known.turns += 1
        # The state that ASP.NET keeps in its forms is another on every page: what the page shows tells it from the others.
        told = "\0".join([f"walk {walk.number}", *map("=".join, following.fields), *listed.articles])
        return [self._frontier.turned(sent.url, found, told, sent)]


def _compared(of: str, known: _List, total: Total) -> Reason:
    """What a list says of how much it holds, beside the articles that its pages showed."""
    shown = len(known.listed)
    if total.entries is not None:
        lacks = max(0, total.entries - shown)
        text = f"{of} says that it holds {total.entries:,} entries, and showed {shown:,} articles"
        return Reason(text=text, least=lacks, most=lacks)
    pages = total.pages or 1
    least, most = (pages - 1) * known.most_on_a_page + 1, pages * known.most_on_a_page
    text = f"{of} says that it has {pages:,} pages, so {least:,} to {most:,} entries, and showed {shown:,} articles"
    return Reason(text=text, least=max(0, least - shown), most=most - shown if shown < least else 0)


def _number(url: str) -> int:
    found = turn(url)
    return found.number if found and found.kind == "page" else -1


def _vanished(before: Sequence[str], now: Sequence[str]) -> bool:
    """Whether the beginning of a list lacks, or may lack, what no newer entry has pushed off its end."""
    stayed = [address for address in now if address in before]
    return not stayed or stayed != list(before[: len(stayed)]) or now[len(now) - len(stayed) :] != tuple(stayed)


def _plain(url: str) -> str:
    try:
        return views.plain(url)
    except ValueError:
        return url
