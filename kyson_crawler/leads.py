"""Where the answers of a crawl lead: what its pages, lists, feeds, sitemaps and style sheets let it ask for next."""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from scrapy.http import Response
from scrapy.utils.sitemap import Sitemap

from archive.errors import UnreadablePage
from archive.frontier import Visit, Wanted
from kyson_crawler import pages
from kyson_crawler.credentials import without_credentials
from kyson_crawler.frontier import Frontier
from kyson_crawler.hashes import Hashes
from kyson_crawler.pages import feeds, requisites, scripted
from kyson_crawler.pages.counting import following, following_address, uncounted
from kyson_crawler.pages.forms import Manner, Submission
from kyson_crawler.provenance import Found, hop
from kyson_crawler.reading import answers
from kyson_crawler.reading.course import Course
from kyson_crawler.reading.seen import Seen
from kyson_crawler.reading.told_dates import told
from kyson_crawler.requisites import Requisites
from kyson_crawler.walks import Walks

_SITEMAP_DEPTH = 3
_SHEET_DEPTH = 2
_MOST_SHOWN = 300_000


class Leads:
    """What one crawl makes of the ways that its answers show; what they say of articles it learns by the way."""

    def __init__(
        self,
        frontier: Frontier,
        walks: Walks,
        course: Course,
        requisites: Requisites,
        is_met: Callable[[bytes], bool],
    ) -> None:
        """`is_met` tells whether the crawl has taken up an identity."""
        self._frontier = frontier
        self._walks = walks
        self._course = course
        self._requisites = requisites
        self._is_met = is_met
        self._shown = Hashes()
        """What each list in JSON has shown."""

    def of_sitemap(self, response: Response) -> Iterator[Wanted]:
        """What a sitemap or an index of sitemaps lists. Raises UnreadablePage for anything else."""
        try:
            sitemap = Sitemap(response.body)
        except Exception as error:
            raise UnreadablePage(f"no sitemap ({error})") from error  # lxml raises many kinds for what is no XML
        found = hop(response, "M")
        for entry in sitemap:
            address = response.urljoin(without_credentials(entry["loc"]))
            if sitemap.type == "urlset":
                yield from self._wanted(address, found)
            elif (
                sitemap.type == "sitemapindex"
                and _depth(found) <= _SITEMAP_DEPTH
                and not self._frontier.why_not(address)
            ):
                yield self._frontier.sitemap(address, found)

    def of_list(self, response: Response) -> Iterator[Wanted]:
        """What a list that is no page leads to: a feed, or one in JSON. Raises UnreadablePage for anything else."""
        is_json = response.body.lstrip()[:1] in {b"{", b"["}  # which some send as text/html
        return self._of_data(response) if is_json else self._of_feed(response)

    def of_page(self, seen: Seen, response: Response, visit: Visit, *, is_new: bool) -> Iterator[Wanted]:
        """What a page leads to; a list that repeats itself leads nowhere new, which its page tells first.

        is_new: whether an article was read from it that is none of those read before.
        """
        found, ways = hop(response, "L"), seen.ways
        assert ways is not None
        for address in seen.feeds:
            if wanted := self._frontier.feed(address, found):
                yield wanted
        if seen.article is None:
            listed = self._frontier.see_list(response.url, ways.entries)
            yield from self._walks.see(ways, response.url, listed, visit, found)
            yield from filter(None, (self._frontier.data(address, found) for address in ways.fetched))
            yield from filter(None, (self._frontier.data(sent.url, found, sent) for sent in ways.posted))
        self._frontier.traps.see(response.url, ways.links, ways.prose, is_article=is_new)
        for link in ways.links:
            yield from self._wanted(link, found)
        yield from self._requisites.of_page(ways, hop(response, "E"))

    def of_requisite(self, response: Response) -> Iterator[Wanted]:
        """What a style sheet of a page takes, and one that it imports, but no further; nothing for all else."""
        found = hop(response, "E")
        if _is_sheet(response) and found.hops.count("E") <= _SHEET_DEPTH + 1:
            yield from self._requisites.named(requisites.of_sheet(response.body, response.url), found)

    def _of_data(self, response: Response) -> Iterator[Wanted]:
        """What a list in JSON leads to, and its next page, where that is asked for by number and the list goes on behind this one."""
        found = hop(response, "L")
        shown = scripted.shown(response.body, response.url)
        wanted = [entry for url in shown.addresses for entry in self._wanted(url, found)]
        yield from wanted
        is_new = any(not entry.refused and not self._is_met(entry.identity) for entry in wanted)
        if self._shows_more(response, shown.addresses) or is_new or self._is_known_beginning(response, shown.addresses):
            yield from self._next_data(response, found, shown.entries)

    def _shows_more(self, response: Response, addresses: tuple[str, ...]) -> bool:
        """Whether a list that is read to its end shows a page that it has not shown before; False of one that need not be."""
        if self._frontier.stops or len(self._shown) >= _MOST_SHOWN:
            return False
        assert response.request is not None
        shown_by = uncounted(response.url, response.request.body)
        before = len(self._shown)
        self._shown.add(*(hash((shown_by, url)) for url in addresses if not self._frontier.why_not(url)))
        return len(self._shown) > before

    def _is_known_beginning(self, response: Response, addresses: tuple[str, ...]) -> bool:
        """Whether the first page of a list shows what the crawl has met: that may stand on the page whose script fetches it."""
        if not _is_first(response, self._frontier):
            return False
        return any(self._frontier.is_known(url) for url in addresses if not self._frontier.why_not(url))

    def _next_data(self, response: Response, found: Found, shown: int) -> Iterator[Wanted]:
        """The page of a list in JSON behind one that shows so many entries, asked for as that one was."""
        request = response.request
        assert request is not None
        if request.method == "POST":
            manner = Manner.of(Found.of(request).decision)
            sent = following(Submission(url=response.url, body=request.body, manner=manner), shown)
            more = self._frontier.data(sent.url, found, sent) if sent else None
        else:
            url = following_address(response.url, shown)
            more = self._frontier.data(url, found) if url else None
        if more:
            yield more

    def _of_feed(self, response: Response) -> Iterator[Wanted]:
        """The articles a feed leads to; the dates of one that pages name as such are learned."""
        entries = feeds.entries(response.body, response.url)
        assert response.request is not None
        if response.request.method == "GET" and self._frontier.is_feed(response.url):
            self._course.dates.learn(told(entries, self._frontier.addresses or pages.of("generic")), "feed")
        for entry in entries:
            if entry.url:
                yield from self._wanted(entry.url, hop(response, "L"))

    def _wanted(self, url: str, found: Found) -> Iterator[Wanted]:
        if wanted := self._frontier.page(url, found):
            yield wanted


def _is_first(response: Response, frontier: Frontier) -> bool:
    """Whether a list in JSON was found on a page, and not behind another one."""
    assert response.request is not None
    found = Found.of(response.request)
    return found.via is not None and not frontier.is_data(found)


def _is_sheet(response: Response) -> bool:
    mime = answers.media_type((response.headers.get("Content-Type") or b"").decode("latin-1"))
    return mime == "text/css" or (mime in {None, "text/plain"} and urlsplit(response.url).path.endswith(".css"))


def _depth(found: Found) -> int:
    """How many indexes deep a sitemap lies, its own list included; robots.txt is no index."""
    return found.hops.removeprefix("P").count("M")
