"""Learns what repeats over the pages of a portal: its banners, menus, counters and imprint, without rules for the site."""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import islice
from zlib import crc32

from attrs import frozen
from w3lib.url import safe_url_string

from archive.furniture import Furniture, Shown, read, shape
from archive.records import Article
from kyson_crawler.normalise import body
from kyson_crawler.normalise.pieces import CAPTIONED
from kyson_crawler.pages.document import Document

_FEWEST_PAGES = 6
_SHARE = 0.8
_EVERYWHERE = 0.98
_FIRST = 8
_ALL_OF = 32
_ONE_IN = 16
# Of the share that makes furniture: what stays so far below it on the first pages is not worth a look at any other.
_NEARLY = 3 / 4
_REMEMBERED = 5_000
_LONGEST = 1_000
_MOST_A_PAGE = 3_000


@frozen(kw_only=True)
class Attention:
    """Which pages are worth the work of looking at all that they show."""

    candidates: frozenset[str] | None = None
    """What may be furniture; None looks at every page."""

    is_learning: bool = True
    """Whether a sample of all pages is wanted too."""

    def is_due(self, article: Article) -> bool:
        """Whether the page of an article is to be looked at: where some of it stands in the article, and in the sample."""
        if self.candidates is None or not self.candidates.isdisjoint(read(article)):
            return True
        return self.is_learning and _is_sampled(article.key or "")


class Learner:
    """Sees the pages of different articles one after the other, and remembers little of them.

    Furniture stands on four pages in five, so it stands on one of the first eight: only what those show is counted.
    """

    def __init__(self, known: Furniture | None = None) -> None:
        """`known` is what was learned before."""
        self._known = known or Furniture()
        self._pages = 0
        self._candidates: frozenset[str] | None = None
        self._on: Counter[str] = Counter()
        self._outside: Counter[str] = Counter()
        self._times: dict[str, Counter[int]] = {}
        self._repeats: dict[str, dict[str, int]] = {}

    @property
    def attention(self) -> Attention:
        """Which pages to look at from now on: all of the first thirty-two, then those that may tell something new."""
        return Attention(candidates=self._candidates)

    def see(self, key: str, page: Shown, article: Article) -> None:
        """Look at one more page, and at what of it was read as the article `key`. Give each article once.

        Only the first pages and the sample are counted: those looked at for what stands in their articles are no fair one.
        """
        if self._pages < _ALL_OF or _is_sampled(key):
            self._count(page, article)
        if len(self._repeats) < _REMEMBERED:
            self._repeats[key] = {what: times for what, times in page.items() if times > 1 and what in self._on}

    def _count(self, page: Shown, article: Article) -> None:
        self._pages += 1
        own = read(article)
        for what, times in page.items():
            if self._pages > _FIRST and what not in self._on:
                continue
            self._on[what] += 1
            self._outside[what] += times > own[what]
            self._times.setdefault(what, Counter())[times] += 1
        if self._pages == _ALL_OF:
            nearly = {what for what in self._on if self._is_on(what, _NEARLY)}
            self._candidates = frozenset(nearly | self._known.usual.keys())

    def furniture(self) -> Furniture:
        """What stands on at least four in five of the pages, and mostly outside of articles; nothing while they are few.

        What was never seen outside of an article may be what the articles of a portal have in common, such as the motto
        above announcements: that is believed to be furniture only when it stands on all pages.
        """
        if self._pages < _FEWEST_PAGES:
            return Furniture()
        # What was not looked for from then on could be the own line of an article whose page was not looked at.
        may_be = self._on if self._candidates is None else self._on.keys() & self._candidates
        return Furniture(
            usual={what: self._times[what].most_common(1)[0][0] for what in may_be if self._is_on(what, 1)}
        )

    def spared(self) -> Mapping[str, frozenset[str]]:
        """By the keys of the articles seen, what each shows more often than is usual, so that one of it is its own."""
        known = self.furniture()
        return {key: known.own(repeats) for key, repeats in self._repeats.items()}

    def _is_on(self, what: str, part: float) -> bool:
        """Whether something stands on that part of the pages that furniture stands on."""
        pages = self._on[what]
        is_apart = self._outside[what] * 2 >= pages
        return pages >= self._pages * (_SHARE if is_apart else _EVERYWHERE) * part


def _is_sampled(key: str) -> bool:
    """Whether the page of an article is in the sample that stands for all."""
    return crc32(key.encode("utf-8", "replace")) % _ONE_IN == 0


def learn(pages: Iterable[tuple[Document, Article]]) -> Furniture:
    """The furniture of a portal, from pages of different articles with what was read from them."""
    learner = Learner()
    for number, (document, article) in enumerate(pages):
        learner.see(str(number), shown(document), article)
    return learner.furniture()


def shown(document: Document) -> Shown:
    """The lines of a page that have letters, cut as those of articles are, and the addresses of its images and videos; how often each."""
    found: Counter[str] = Counter()
    for piece in islice(body.pieces(document.root), _MOST_A_PAGE):
        address = document.resolve(piece.src) if piece.kind in CAPTIONED else None
        if address:
            found[str(safe_url_string(address))] += 1
        elif 0 < len(piece.text) <= _LONGEST and any(letter.isalpha() for letter in piece.text):
            found[shape(piece.text)] += 1
    return found
