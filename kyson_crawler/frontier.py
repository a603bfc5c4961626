"""What a crawl asks for: every address is judged here before a request is built, and each refusal has a reason.

The rows are in the archive (`archive.frontier`); here is decided what becomes one, and how early it is asked for.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from urllib.parse import urlsplit

from attrs import evolve, frozen
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from w3lib.url import canonicalize_url

from archive.due import Held
from archive.frontier import SEEN, Lease, Wanted
from kyson_crawler import views
from kyson_crawler.credentials import without_credentials
from kyson_crawler.endless import list_of, turn
from kyson_crawler.pages import Page
from kyson_crawler.pages.counting import uncounted
from kyson_crawler.pages.forms import Submission
from kyson_crawler.pages.harmless import may_change
from kyson_crawler.pages.lists import ListEntry
from kyson_crawler.pages.visits import lasting
from kyson_crawler.portal import Portal
from kyson_crawler.provenance import Found, shortened
from kyson_crawler.reading import answers
from kyson_crawler.section import Section
from kyson_crawler.traps import Traps

SEED, FEED, SITEMAP, PAGE, KNOWN_ARTICLE, EMBED, DOUBTFUL, LAST, REQUISITE = 60, 50, 40, 30, 20, 10, 0, -1_000, -2_000
"""How early something is asked for. A seed tells which CMS it is, before a sitemap names what that may refuse. The dates in a
feed are wanted before the articles they are of, lists and new articles before those that are kept already, and what articles
say before what they show: images mostly lie on another host, which is asked at the same time. What may be a version of
another page waits until nothing else is on its way, which tells whether it is new at all; the first page of a list is looked
at once more when all else is done. What pages take to be shown comes after that, and keeps no article waiting."""

KEPT = "kept already"
"""Why an article is not asked for that is not due yet."""

_MOST_FEEDS = 50
_MOST_DATA = 2_000
_REMEMBERED = 20_000


@frozen(kw_only=True)
class Listed:
    """What one page of a list shows."""

    articles: tuple[str, ...]
    """The own addresses of what may be articles, in their order."""

    has_new: bool
    """Whether any of them is neither kept nor asked for."""

    is_quiet: bool
    """Whether nothing new stands further back in the list."""


class Frontier:
    """Decides for one crawl which addresses are asked for, each article under one of its addresses."""

    def __init__(
        self,
        portal: Portal,
        *,
        addresses: type[Page] | None,
        held: Callable[[str | None, str], Held | None] = lambda _key, _url: None,
        is_whole: bool = False,
        is_full: bool = True,
        is_met: Callable[[bytes], bool] = lambda _: False,
        was_view: Callable[[str], bool] = lambda _: False,
        section: Section | None = None,
    ) -> None:
        """`addresses` tells articles by their address; None until the portal's CMS is recognised.

        held: the article that the archive holds by a key or at an address. is_whole: whether the crawl before met all there
        was, so that lists need to be read only as far as they show anything new. is_full: whether everything is asked for
        again. is_met: whether the crawl has taken up an identity. was_view: whether an earlier crawl found an address to be
        a view of another one. section: what the crawl keeps to; None for the whole portal.
        """
        self.refused: Counter[str] = Counter()
        """How many addresses were refused, by reason."""
        self.traps = Traps(datetime.now(UTC).date())
        self._portal = portal
        self._addresses = addresses
        self._held = held
        self._is_full = is_full
        self.stops = is_whole and not is_full
        """Whether lists are read only as far as they show anything new."""
        self._quiet: dict[str, int] = {}
        """Lists that show nothing new, with the page from which on."""
        self._looked_at: set[str] = set()
        """The articles that are asked for again before any list names them."""
        self._now = datetime.now(UTC)
        self.section = section
        """What the crawl keeps to; None for the whole portal."""
        self.begins = section.begins if section else portal.seeds
        """Where it begins."""
        self._of_section: set[bytes] = set()
        """What the lists of the section show."""
        self._unlisted: set[str] = set()
        """Pages of the section on which no list was made out: then all that they lead to may be what they show."""
        self._is_met = is_met
        self._was_view = was_view
        self._met: dict[str, str] = {}
        self._feeds: set[bytes] = set()
        self._data: set[bytes] = set()
        self._services: set[str] = set()
        """The addresses at which the lists stand that scripts fetch, whichever of their pages was asked for: a crawl that goes on
        after it was cut short recalls the first ones alone."""

    @property
    def is_barren(self) -> bool:
        """Whether the lists of the section that it keeps to showed nothing, not even what is kept already."""
        return self.section is not None and not (self._of_section or self.refused[KEPT])

    @property
    def addresses(self) -> type[Page] | None:
        """What tells articles by their address."""
        return self._addresses

    @addresses.setter
    def addresses(self, addresses: type[Page]) -> None:
        self._addresses = addresses
        self._met.clear()

    def page(self, url: str, found: Found) -> Wanted | None:
        """What to ask for in place of `url` (its article's own address), refused or not; None when it was met a moment ago."""
        if reason := self._met.get(url):
            self.refused[reason] += 1
            return None
        wanted = self._judged(without_credentials(url), found)
        if wanted.refused:
            self.refuse(wanted.refused)
        elif (reason := self._why_outside(wanted, found) or self.why_nothing_new(wanted.url)) and not self.is_known(
            wanted.url
        ):
            self.refuse(reason)
            return _refused(wanted.url, found, reason)  # and not remembered: with the next page more is known
        else:
            self.traps.admit(wanted.url)
            self._remember(wanted.url, SEEN)
        self._remember(url, wanted.refused or SEEN)
        return wanted

    def sitemap(self, url: str, found: Found) -> Wanted:
        """A sitemap, which need not be a page of the portal that shows anything."""
        return _wanted(url, found, "sitemap", SITEMAP, identity("page", url))

    def feed(self, url: str, found: Found) -> Wanted | None:
        """A feed that a page names; its address may be one that shows no page. None when it is not asked for."""
        if self.section is not None and not self.section.holds(url):
            return None
        return self._beside(url, found, self._feeds, _MOST_FEEDS)

    def is_feed(self, url: str) -> bool:
        """Whether an address is one of the feeds that pages name, or where one is redirected to."""
        return identity("feed", url) in self._feeds

    def data(self, url: str, found: Found, sent: Submission | None = None) -> Wanted | None:
        """A list that the script of a page fetches, by `sent` where it is one that is asked for by POST. None when it is not asked for."""
        if not (self._is_within(found.via or "") or self.is_data(found)):
            return None
        wanted = self._beside(url, found, self._data, _MOST_DATA, sent)
        if wanted is not None:
            self._services.add(_service(url))
        return wanted

    def is_data(self, found: Found) -> bool:
        """Whether something was found in what the script of a list fetched."""
        return bool(found.via and self._services) and _service(found.via or "") in self._services

    def _beside(
        self, url: str, found: Found, taken: set[bytes], most: int, sent: Submission | None = None
    ) -> Wanted | None:
        """What shows no page and leads to some, unless it is `taken` already, or `most` of its kind are."""
        if self._portal.scope.why(url) or len(taken) >= most:
            return None
        method, body = ("GET", None) if sent is None else ("POST", sent.body)
        known = identity("feed", url, method=method, body=body)
        if known in taken:
            return None
        taken.add(known)
        if sent is not None:
            found = evolve(found, decision=sent.manner.decision)
        return _wanted(url, found, "other", FEED, known, method=method, body=body)

    def embed(self, url: str, kind: str, found: Found) -> Wanted:
        """An image or file; scope has been checked by whoever names it, and one spelling of its address is one embed."""
        return _wanted(url, found, kind, EMBED, identity("embed", url, embed=url), embed=url)

    def requisite(self, url: str, found: Found) -> Wanted:
        """What a page takes to be shown, refused or not: it is an embed that no article waits for."""
        reason = self.why_not(url, embed=True)
        return _wanted(url, found, "other", REQUISITE, identity("embed", url, embed=url), embed=url, refused=reason)

    def turned(
        self, url: str, found: Found, told: str, sent: Submission | None = None, *, last: bool = False
    ) -> Wanted:
        """A page of a list that is asked for by its form, or once more: `told` tells it from the others at its address.

        sent: what its form sends. last: whether it waits for all else. Refused or not, as any page.
        """
        method, body = ("GET", None) if sent is None else ("POST", sent.body)
        try:
            url = without_credentials(url if sent else lasting(url))
            known = identity("turn", url, method=method, body=told.encode("utf-8", "surrogatepass"))
        except ValueError:
            return _refused(url, found, "no valid address")
        if reason := self.why_not(url):
            self.refuse(reason)
            return _refused(url, found, reason)
        return _wanted(url, found, "page", LAST if last else PAGE, known, method=method, body=body)

    def redirected(self, lease: Lease, request: Request) -> Wanted:
        """Where a lease is redirected to; the scope of that is judged when it is asked for. Raises ValueError for no address."""
        found = Found(via=without_credentials(lease.url), hops=lease.hops + "R", decision=lease.decision)
        url = without_credentials(request.url)
        if self.section is not None and not lease.hops.strip("R"):
            self.section = self.section.redirected(url)
        name = "embed" if lease.embed else "feed" if lease.kind == "other" else "page"
        body = request.body or None
        known = identity(name, url, method=request.method, body=body, embed=lease.embed)
        if name == "feed" and self.is_feed(lease.url):
            self._feeds.add(known)
        return _wanted(
            url,
            found,
            lease.kind,
            lease.priority,
            known,
            key=lease.key or (self.key(url) if name == "page" else None),
            method=request.method,
            body=body,
            embed=lease.embed,
            redirects=lease.redirects + 1,
        )

    def why_not(self, url: str, *, embed: bool = False) -> str | None:
        """Why an address is not asked for by scope, by its CMS or by what it looks like, or None."""
        if embed:
            return self._portal.scope.why(url, embed=True)
        reason = answers.why_not(self._addresses, self._portal, url)
        return reason or (None if self._is_wanted(url) else views.why_not(url))

    def why_nothing_new(self, url: str) -> str | None:
        """Why an address of the portal leads to nothing new, by what the crawl has learned so far, or None."""
        if self._is_wanted(url):
            return None
        return self._why_no_further(url) or self.traps.why_not(url, self.is_known)

    def see_list(self, url: str, entries: Sequence[ListEntry]) -> Listed:
        """Take note of the articles that a list shows: behind a page whose last one is kept, and where none is new, stands nothing new.

        Nobody relies on that after a crawl that did not come to its end, nor where the oldest stand first.
        """
        articles = [(entry, key, own) for entry in entries if entry.url for key, own in self._named(entry.url)]
        has_new = any(self._held(key, own) is None and not self.is_known(own) for _, key, own in articles)
        if self.stops and articles and not has_new:
            (first, *_), (last, key, own) = articles[0], articles[-1]
            is_oldest_first = first.date and last.date and first.date < last.date
            if self._held(key, own) is not None and not is_oldest_first:
                found = turn(url)
                self._quiet.setdefault(list_of(url), found.number if found else -1)
        addresses = tuple(own for _, _, own in articles)
        if self.section is not None and self._is_within(url):
            self._of_section.update(identity("page", own) for own in addresses)
            if not addresses:
                self._unlisted.add(url)
        return Listed(articles=addresses, has_new=has_new, is_quiet=list_of(url) in self._quiet)

    def again(self, held: Held) -> Wanted | None:
        """An article that is kept, to see whether it is still there and the same; None when it is not asked for."""
        if held.url is None:
            return None
        self._looked_at.add(held.key)
        if self._met.get(held.url) == KEPT:  # by a list that was read before it was known to be asked for
            del self._met[held.url]
        return self.page(held.url, Found(hops="I", decision="kept, and to be looked at again"))

    def is_known(self, url: str) -> bool:
        """Whether an address is asked for already, or is another one of an article that is."""
        return self._met.get(url) == SEEN or self._is_met(identity("page", url))

    def refuse(self, reason: str) -> None:
        """Count what was not asked for, or what came and was nothing, by the reason up to its first colon."""
        self.refused[_short(reason)] += 1

    def key(self, url: str) -> str | None:
        """The article an address is of, when the CMS says so in the address; the generic reader's keys say nothing."""
        return answers.key(self._addresses, self._portal, url)

    def _judged(self, url: str, found: Found) -> Wanted:
        try:
            url = lasting(url)
            url = self._addresses.canonical(url) if self._addresses is not None else url
            known = identity("page", url)
        except ValueError:  # as scope.why would say, which never sees the address as it came
            return _refused(url, found, "no valid address")
        if reason := self.why_not(url):
            return _refused(url, found, reason)
        key = self.key(url)
        held = self._held(key, url)
        is_due = held is None or held.due <= self._now or held.key in self._looked_at
        if held and not (is_due or self._is_full or not found.hops or self._is_wanted(url)):
            return _refused(url, found, f"{KEPT}: not due again before {held.due:%Y-%m-%d}")
        return _wanted(url, found, "page", self._priority(url, found, is_held=held is not None), known, key=key)

    def _why_outside(self, wanted: Wanted, found: Found) -> str | None:
        """Why an address is none that a crawl of one section asks for, or None: neither one of its lists, nor shown by one."""
        if self.section is None or not found.hops or self._is_within(wanted.url):
            return None
        if self.is_data(found):
            self._of_section.add(wanted.identity)
        if wanted.identity in self._of_section or found.via in self._unlisted:
            return None
        return f"outside the section: {self.section.name}"

    def _is_within(self, url: str) -> bool:
        """Whether an address is that of a list of the section, or lies below one; of the whole portal all do."""
        if self.section is None or self.section.holds(url):
            return True
        return list_of(url) in map(list_of, self.section.begins)

    def _priority(self, url: str, found: Found, *, is_held: bool) -> int:
        if not found.hops:
            return SEED
        if self.traps.is_doubtful(url) or self._was_view(url):
            return DOUBTFUL
        return KNOWN_ARTICLE if is_held else PAGE

    def _named(self, url: str) -> Iterator[tuple[str | None, str]]:
        """The key and the own address of the article at an address, where it may be one."""
        try:
            own = lasting(without_credentials(url))
            own = self._addresses.canonical(own) if self._addresses is not None else own
            key = self.key(own)
        except ValueError:
            return
        tells = self._addresses is not None and self._addresses.cms != "generic"
        if (key or not tells) and self.why_not(own) is None:
            yield key, own

    def _why_no_further(self, url: str) -> str | None:
        found = turn(url) if self._quiet else None
        if found is None or found.kind != "page" or found.number <= self._quiet.get(found.of, found.number):
            return None
        return "further back in a list that shows nothing new"

    def _is_wanted(self, url: str) -> bool:
        """Whether the portal's file names an address, or it is a seed: then it is asked for whatever it looks like."""
        return url in self.begins or self._portal.scope.includes(url)

    def _remember(self, url: str, reason: str) -> None:
        """Most links of a page stand on every page, so that what was met a moment ago is met again."""
        if len(self._met) >= _REMEMBERED:
            self._met.clear()
        self._met[url] = _short(reason)


def identity(name: str, url: str, *, method: str = "GET", body: bytes | None = None, embed: str | None = None) -> bytes:
    """What tells a request from others: in one canonical form, but for embeds, which articles name letter by letter.

    name: `page`, `feed` or `embed`: the same address may be asked for as each. Raises ValueError for no address.
    """
    known = url if name == "embed" else canonicalize_url(url)
    parts = (name, method, known, embed or "")
    told = "\0".join(parts).encode("utf-8", "surrogatepass")
    return blake2b(told + b"\0" + (body or b""), digest_size=16).digest()


def identities(url: str) -> tuple[bytes, ...]:
    """All that a plain request for an address may be."""
    names = {"page": None, "feed": None, "embed": url}
    try:
        return tuple(identity(name, url, embed=embed) for name, embed in names.items())
    except ValueError:
        return ()


def _wanted(
    url: str,
    found: Found,
    kind: str,
    priority: int,
    known: bytes,
    *,
    key: str | None = None,
    method: str = "GET",
    body: bytes | None = None,
    embed: str | None = None,
    redirects: int = 0,
    refused: str | None = None,
) -> Wanted:
    return Wanted(
        url=url,
        identity=known,
        kind=kind,
        host="" if refused else urlsplit(url).netloc.rpartition("@")[2].lower(),
        priority=priority,
        via=found.via,
        hops=shortened(found.hops),
        decision=found.decision,
        key=key,
        method=method,
        body=body,
        embed=embed,
        redirects=redirects,
        refused=refused,
    )


def _refused(url: str, found: Found, reason: str) -> Wanted:
    """An address that is not asked for; one that is none is known by its letters."""
    shown = url if len(url) <= views.LONGEST else url[: views.LONGEST] + "…"
    try:
        known = identity("page", url)
    except ValueError:
        known = identity("embed", url)
    return _wanted(shown, found, "page", PAGE, known, refused=reason)


def _service(url: str) -> str:
    return canonicalize_url(uncounted(url)[0])


def _short(reason: str) -> str:
    return reason.partition(":")[0]


class ScopeMiddleware:
    """Drops requests that left the scope on a redirect, or would carry what they send where it may change something."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "ScopeMiddleware":
        """As Scrapy makes its components."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Raise IgnoreRequest with the reason when a redirect led to where it is not to be followed."""
        if not request.meta.get("redirect_times"):
            return
        frontier: Frontier = self._crawler.spider.frontier  # type: ignore[union-attr]
        reason = frontier.why_not(request.url, embed="embed" in request.meta)
        if reason is None and request.body and may_change(request.url, b""):
            reason = "where something may be changed by what is sent"
        if reason:
            raise IgnoreRequest(f"redirected to {request.url}, which is {reason}")
