"""What a crawl carries from page to page: which articles it has read, what lists and feeds tell of them, what repeats on all pages.

The crawl of a living portal and the reading of its captures from WARCs go the same way through here, in the order of the
captures, so that they come to the same articles.
"""

from functools import partial

from archive.furniture import Shown
from archive.records import Article
from archive.store import Archive
from archive.versions import content_digest
from kyson_crawler import views
from kyson_crawler.hashes import Hashes
from kyson_crawler.latest import Latest
from kyson_crawler.normalise.published import with_told
from kyson_crawler.reading.furniture import Attention, Learner
from kyson_crawler.reading.seen import Seen
from kyson_crawler.reading.told_dates import Name, ToldDates

# Of those that were met before, the archive itself knows the addresses.
_MOST_REMEMBERED = 5_000
# Portals publish one text again under another id, but not day by day the same with the same date: then it is one page for all addresses.
_MOST_ALIKE = 4


class Course:
    """One crawl's way through the pages of a portal."""

    def __init__(self, archive: Archive, portal: str) -> None:
        """`portal` is its slug. What earlier crawls learned of it is known from the start."""
        self.dates = ToldDates(archive, portal)
        self._archive = archive
        self._portal = portal
        self._furniture = archive.furniture(portal)
        self._learner = Learner(self._furniture)
        self._read = Hashes()
        self._alike: Latest[list[views.Shown]] = Latest(list, _MOST_REMEMBERED)

    def is_first(self, key: str) -> bool:
        """Whether an article is met for the first time: another of its addresses shows nothing new."""
        number = hash(key)
        if number in self._read:
            return False
        self._read.add(number)
        return True

    def view_of(self, seen: Seen, url: str | None) -> str | None:
        """The address of an article read before that the one seen is only a view of; None for an article of its own.

        It has the same text and date, and its address is another one of the same, or so one of the two pages says; a text
        that was published twice is two articles. url: where it was read.
        """
        if url is None or seen.article is None:
            return None
        shown = views.Shown(url=url, named=seen.named)
        with self._alike.changing(f"{hash((seen.content, seen.article.published))}") as alike:
            first = next((other for other in alike if views.are_one(shown, other)), None)
            if first is None and len(alike) >= _MOST_ALIKE:
                first = alike[0]
            first = first or self._kept_first(seen.article, shown, seen.content)
            if first is None:
                alike.append(shown)
            return first.url if first else None

    def _kept_first(self, article: Article, shown: views.Shown, content: str | None) -> views.Shown | None:
        """The same of an article that an earlier crawl kept, where this one is not kept itself."""
        if self._archive.held(self._portal, key=article.key, url=shown.url) is not None:
            return None

        def may_be_one(url: str) -> bool:
            return views.are_one(shown, views.Shown(url=url, named=None))

        for other in self._archive.titled(self._portal, article.title, may_be_one):
            if other.url and other.published == article.published and content_digest(other, {}) == content:
                return views.Shown(url=other.url, named=None)
        return None

    @property
    def attention(self) -> Attention:
        """Which of the pages to come `kept` will ask for all that they show."""
        return self._learner.attention

    def kept(self, article: Article, page: Shown | None, name: Name | None, record_id: str) -> Article:
        """The article as it is to be kept: with the dates of lists and feeds, without the furniture of its portal.

        page: what else the page shows, where `attention` asked for that; name: what lists and feeds know the article by.
        """
        if page is not None and self._learner.attention.is_due(article):
            self._learner.see(article.key or "", page, article)
            article = self._furniture.without(article, self._furniture.own(page))
        return with_told(article, self.dates.of(name, article.key, record_id))

    def look_back(self, crawl_id: int) -> None:
        """At the end of the crawl, mend what its first articles lack: what was told and learned later."""
        for record_id, dates in self.dates.late().items():
            if (capture_id := self._archive.capture_of(record_id)) is not None:
                self._archive.read_again(capture_id, partial(with_told, dates=dates))
        self._archive.keep_furniture(crawl_id, self._learner.furniture(), self._learner.spared())
