"""What a crawl learns of the traps of a portal: which addresses lead to nothing that it has not seen.

The rules ask for evidence from this crawl: an address is a version of another only where that other one is known, and a
list has come to its end only where its pages have shown so. All that is remembered is bounded.
"""

from collections.abc import Callable, Iterable
from datetime import date
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit

from attrs import define, field

from kyson_crawler import views
from kyson_crawler.endless import Turns, turn
from kyson_crawler.hashes import Hashes
from kyson_crawler.latest import Latest, Versions

_MOST_ADDRESSES = 100_000
_MOST_KEPT = 300_000
_MOST_SHOWN = 20_000
# How many choices in a row may show nothing new before only those are asked for that choose something for the first time.
_PATIENCE = 4

IsKnown = Callable[[str], bool]
"""Whether an address is asked for already."""


class Traps:
    """What one crawl has learned."""

    def __init__(self, today: date) -> None:
        """`today` tells what the far future is."""
        self._turns = Turns(today)
        self._paths = Latest(_Path, _MOST_KEPT)
        self._vietnamese = Versions(_MOST_ADDRESSES)
        self._ordered = Versions(_MOST_ADDRESSES)

    def why_not(self, url: str, is_known: IsKnown) -> str | None:
        """Why an address leads to nothing new, in words, or None; asked once more when its turn has come, since more is known then."""
        own = views.plain(url)
        return (
            self._of_language(url, is_known)
            or self._of_order(url, is_known)
            or _of_pile(url, is_known)
            or self._turns.why_not(own)
            or self._of_choice(own)
        )

    def admit(self, url: str) -> None:
        """Take note of an address that is to be asked for."""
        if views.languages(url) == ["vi"]:
            self._vietnamese.add(_bare(views.in_any_language(url)), url)
        if (plain := views.in_any_order(url)) != url:
            self._ordered.add(plain, url)

    def is_doubtful(self, url: str) -> bool:
        """Whether an address is better asked for after the plain ones: it may be a version of one, or shows what they show in part."""
        found = turn(url)
        is_version = (
            views.piled_once(url) is not None or views.in_any_order(url) != url or set(views.languages(url)) - {"vi"}
        )
        return bool(is_version or _choice(url) or (found and found.kind != "page"))

    def see(self, url: str, links: Iterable[str], prose: frozenset[int], *, is_article: bool) -> None:
        """Take note of a page that came, of all it links to and of its text, as `Ways` has both.

        is_article: whether an article was read from it that is none of those read before.
        """
        url = views.plain(url)
        if is_article:
            self._turns.see_article(url)
            return
        own = [plain for link in links if (plain := _own(link))]
        self._turns.see(url, own, prose)
        place = _place(url)
        shown = {hash(link) for link in own if _place(link) != place}
        offered = {pair for link in own if _place(link) == place for pair in _choice(link)}
        with self._paths.changing(place) as path:
            path.take(_choice(url), shown | offered | prose)

    def _of_language(self, url: str, is_known: IsKnown) -> str | None:
        """The same page stands elsewhere; home pages are asked for in every language, for the sake of what is only there."""
        asked = views.languages(url) if views.plain(url) != url else []
        if views.is_home(url) and len(asked) < 2:
            return None
        others = [other for other in views.in_fewer_languages(url) if other != url]
        is_plain_known = any(is_known(spelt) for other in others for spelt in (other, _other_spelling(other)))
        if not (is_plain_known or self._vietnamese.has_other(_bare(views.in_any_language(url)), url)):
            return None
        return "a known page in another language" if set(asked) - {"vi"} else "a second address of a known page"

    def _of_order(self, url: str, is_known: IsKnown) -> str | None:
        plain = views.in_any_order(url)
        is_another = plain != url and (is_known(plain) or self._ordered.has_other(plain, url))
        return "a known page in another order or look" if is_another else None

    def _of_choice(self, url: str) -> str | None:
        chosen, found = _choice(url), turn(url)
        path = self._paths.get(_place(url)) if chosen and not (found and found.kind == "page") else None
        if path is None or path.barren < _PATIENCE or not path.chosen.has_all(chosen):
            return None
        return "one more combination of choices that showed nothing new"


@define
class _Path:
    """What the addresses of one path have shown, whatever they choose."""

    shown: Hashes = field(factory=Hashes)
    chosen: Hashes = field(factory=Hashes)
    """Every choice, a name with its value, that was made once."""

    barren: int = 0
    """How many pages in a row showed nothing new."""

    def __len__(self) -> int:
        return 1 + len(self.shown) + len(self.chosen)

    def take(self, chosen: frozenset[int], shown: set[int]) -> None:
        """Take note of a page; the plain list and its pages choose nothing."""
        if chosen:
            self.barren = self.barren + 1 if self.shown.has_all(shown) else 0
        if len(self.shown) < _MOST_SHOWN:
            self.shown.add(*shown)
            self.chosen.add(*chosen)


def _of_pile(url: str, is_known: IsKnown) -> str | None:
    """Relative links that put their folders behind themselves lead to the same article under ever longer paths."""
    plain = views.piled_once(url)
    return (
        "a known address with its folders twice" if plain and views.names_article(plain) and is_known(plain) else None
    )


def _choice(url: str) -> frozenset[int]:
    """What an address chooses, where it chooses several things at once: a date is one, and the page of a list is none."""
    if "&" not in url:
        return frozenset()
    found = turn(url)
    pairs = set(map(hash, parse_qsl(urlsplit(found.of if found else url).query)))
    if pairs and found and found.kind != "page":
        pairs.add(found.number)
    return frozenset(pairs) if len(pairs) > 1 else frozenset()


def _place(url: str) -> str:
    return url.partition("?")[0].partition("#")[0]


def _bare(url: str) -> str:
    return url.removesuffix("/")


def _other_spelling(url: str) -> str:
    return url.removesuffix("/") if url.endswith("/") else f"{url}/"


@lru_cache(maxsize=4_096)
def _own(url: str) -> str | None:
    """The address of a page of its own that a link leads to; None for a view, a form, and what is no address."""
    try:
        return None if views.why_not(url) else views.plain(url)
    except ValueError:
        return None
