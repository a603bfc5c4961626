"""What a crawl asks for: every address is judged here before a request is built, and each refusal has a reason.

The rows are in the archive (`archive.frontier`); here is decided what becomes one, and how early it is asked for.
"""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import blake2b
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from w3lib.url import canonicalize_url

from archive.frontier import SEEN, Lease, Wanted
from kyson_crawler import answers, views
from kyson_crawler.credentials import without_credentials
from kyson_crawler.pages import Page
from kyson_crawler.pages.visits import lasting
from kyson_crawler.portal import Portal
from kyson_crawler.provenance import Found, shortened
from kyson_crawler.traps import Traps

SEED, FEED, SITEMAP, PAGE, KNOWN_ARTICLE, EMBED, DOUBTFUL = 60, 50, 40, 30, 20, 10, 0
"""How early something is asked for. A seed tells which CMS it is, before a sitemap names what that may refuse. The dates in a
feed are wanted before the articles they are of, lists and new articles before those that are kept already, and what articles
say before what they show: images mostly lie on another host, which is asked at the same time. What may be a version of
another page waits until nothing else is on its way, which tells whether it is new at all."""

_MOST_FEEDS = 50
_REMEMBERED = 20_000


class Frontier:
    """Decides for one crawl which addresses are asked for, each article under one of its addresses."""

    def __init__(
        self,
        portal: Portal,
        *,
        addresses: type[Page] | None,
        is_kept: Callable[[str], bool] = lambda _: False,
        is_met: Callable[[bytes], bool] = lambda _: False,
    ) -> None:
        """`addresses` tells articles by their address; None until the portal's CMS is recognised.

        is_kept: whether the archive holds the article of a key. is_met: whether the crawl has taken up an identity.
        """
        self.refused: Counter[str] = Counter()
        """How many addresses were refused, by reason."""
        self.traps = Traps(datetime.now(UTC).date())
        self._portal = portal
        self._addresses = addresses
        self._is_kept = is_kept
        self._is_met = is_met
        self._met: dict[str, str] = {}
        self._feeds: set[str] = set()

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
        elif (reason := self.why_nothing_new(wanted.url)) and not self.is_known(wanted.url):
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
        if self._portal.scope.why(url) or len(self._feeds) >= _MOST_FEEDS:
            return None
        known = canonicalize_url(url)
        if known in self._feeds:
            return None
        self._feeds.add(known)
        return _wanted(url, found, "other", FEED, identity("feed", url))

    def embed(self, url: str, kind: str, found: Found) -> Wanted:
        """An image or file; scope has been checked by whoever names it, and one spelling of its address is one embed."""
        return _wanted(url, found, kind, EMBED, identity("embed", url, embed=url), embed=url)

    def redirected(self, lease: Lease, request: Request) -> Wanted:
        """Where a lease is redirected to; the scope of that is judged when it is asked for. Raises ValueError for no address."""
        found = Found(via=without_credentials(lease.url), hops=lease.hops + "R", decision=lease.decision)
        url = without_credentials(request.url)
        name = "embed" if lease.embed else "feed" if lease.kind == "other" else "page"
        body = request.body or None
        return _wanted(
            url,
            found,
            lease.kind,
            lease.priority,
            identity(name, url, method=request.method, body=body, embed=lease.embed),
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
        return None if self._is_wanted(url) else self.traps.why_not(url, self.is_known)

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
        return _wanted(url, found, "page", self._priority(url, key, found), known, key=key)

    def _priority(self, url: str, key: str | None, found: Found) -> int:
        if not found.hops:
            return SEED
        if self.traps.is_doubtful(url):
            return DOUBTFUL
        return KNOWN_ARTICLE if key and self._is_kept(key) else PAGE

    def _is_wanted(self, url: str) -> bool:
        """Whether the portal's file names an address, or it is a seed: then it is asked for whatever it looks like."""
        return url in self._portal.seeds or self._portal.scope.includes(url)

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


def _short(reason: str) -> str:
    return reason.partition(":")[0]


class ScopeMiddleware:
    """Drops requests that left the scope on a redirect."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "ScopeMiddleware":
        """As Scrapy makes its components."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Raise IgnoreRequest with the reason when a redirect led out of the scope."""
        if not request.meta.get("redirect_times"):
            return
        frontier: Frontier = self._crawler.spider.frontier  # type: ignore[union-attr]
        if reason := frontier.why_not(request.url, embed="embed" in request.meta):
            raise IgnoreRequest(f"redirected to {request.url}, which is {reason}")
