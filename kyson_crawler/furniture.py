"""Learns what repeats over the pages of a portal: its banners, menus, counters and imprint, without rules for the site."""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import islice

from w3lib.url import safe_url_string

from archive.furniture import Furniture, Shown, read, shape
from archive.records import Article
from kyson_crawler.normalise import body
from kyson_crawler.pages.document import Document

_FEWEST_PAGES = 6
_SHARE = 0.8
_EVERYWHERE = 0.98
_FIRST = 8
_REMEMBERED = 5_000
_LONGEST = 1_000
_MOST_A_PAGE = 3_000


class Learner:
    """Sees the pages of different articles one after the other, and remembers little of them.

    Furniture stands on four pages in five, so it stands on one of the first eight: only what those show is counted.
    """

    def __init__(self) -> None:
        self._pages = 0
        self._on: Counter[str] = Counter()
        self._outside: Counter[str] = Counter()
        self._times: dict[str, Counter[int]] = {}
        self._repeats: dict[str, dict[str, int]] = {}

    def see(self, key: str, page: Shown, article: Article) -> None:
        """Count one more page, and what of it was read as the article `key`. Give each article once."""
        self._pages += 1
        own = read(article)
        for what, times in page.items():
            if self._pages > _FIRST and what not in self._on:
                continue
            self._on[what] += 1
            self._outside[what] += times > own[what]
            self._times.setdefault(what, Counter())[times] += 1
        if len(self._repeats) < _REMEMBERED:
            self._repeats[key] = {what: times for what, times in page.items() if times > 1 and what in self._on}

    def furniture(self) -> Furniture:
        """What stands on at least four in five of the pages, and mostly outside of articles; nothing while they are few.

        What was never seen outside of an article may be what the articles of a portal have in common, such as the motto
        above announcements: that is believed to be furniture only when it stands on all pages.
        """
        if self._pages < _FEWEST_PAGES:
            return Furniture()
        return Furniture(
            usual={what: self._times[what].most_common(1)[0][0] for what in self._on if self._is_furniture(what)}
        )

    def spared(self) -> Mapping[str, frozenset[str]]:
        """By the keys of the articles seen, what each shows more often than is usual, so that one of it is its own."""
        known = self.furniture()
        return {key: known.own(repeats) for key, repeats in self._repeats.items()}

    def _is_furniture(self, what: str) -> bool:
        pages = self._on[what]
        is_apart = self._outside[what] * 2 >= pages
        return pages >= self._pages * (_SHARE if is_apart else _EVERYWHERE)


def learn(pages: Iterable[tuple[Document, Article]]) -> Furniture:
    """The furniture of a portal, from pages of different articles with what was read from them."""
    learner = Learner()
    for number, (document, article) in enumerate(pages):
        learner.see(str(number), shown(document), article)
    return learner.furniture()


def shown(document: Document) -> Shown:
    """The lines of a page that have letters, cut as those of articles are, and the addresses of its images; how often each."""
    found: Counter[str] = Counter()
    for piece in islice(body.pieces(document.root), _MOST_A_PAGE):
        address = document.resolve(piece.src) if piece.kind == "image" else None
        if address:
            found[str(safe_url_string(address))] += 1
        elif 0 < len(piece.text) <= _LONGEST and any(letter.isalpha() for letter in piece.text):
            found[shape(piece.text)] += 1
    return found
