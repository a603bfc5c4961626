"""Which of the things that pages take to be shown one crawl asks for: each once, none that is kept, and so many at most.

Nearly all that a page names the pages before it named as well, so that it costs a look into a set.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from archive.frontier import Wanted
from kyson_crawler.frontier import Frontier
from kyson_crawler.provenance import Found
from kyson_crawler.reading.seen import Ways

_MOST, _MOST_PICTURES = 2_000, 1_000
"""What one crawl asks for: of the pictures those of the first pages, which lists show first of all."""

_MOST_ALIKE = 100
"""Addresses that differ in their query alone, as counters do and what is made anew for each page."""

_MOST_MET = 100_000


class Requisites:
    """What one crawl has met of them."""

    def __init__(self, frontier: Frontier, is_held: Callable[[str], bool], *, are_wanted: bool = True) -> None:
        """`is_held` tells what need not be asked for, since its bytes are kept."""
        self._frontier = frontier
        self._is_held = is_held
        self._are_wanted = are_wanted
        self._met: set[str] = set()
        self._alike: Counter[str] = Counter()
        self._named = self._pictures = 0

    def of_page(self, ways: Ways, found: Found) -> Iterator[Wanted]:
        """What a page takes that none before it did."""
        yield from self.named(ways.requisites, found)
        if self._are_wanted and self._pictures < _MOST_PICTURES:
            for address in filter(self._is_news, ways.pictures):
                self._pictures += 1
                yield self._frontier.requisite(address, found)

    def named(self, addresses: Iterable[str], found: Found) -> Iterator[Wanted]:
        """What a page or a style sheet names that nothing before it did, its pictures left aside."""
        if self._are_wanted and self._named < _MOST:
            for address in filter(self._is_news, addresses):
                self._named += 1
                yield self._frontier.requisite(address, found)

    def _is_news(self, address: str) -> bool:
        if address in self._met or len(self._met) >= _MOST_MET:
            return False
        self._met.add(address)
        path, query, _ = address.partition("?")
        if query:
            self._alike[path] += 1
        return self._alike[path] <= _MOST_ALIKE and not self._is_held(address)
