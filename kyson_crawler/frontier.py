"""What a crawl asks for: every address is judged here before a request is built, and each refusal has a reason.

The queue itself is Scrapy's own scheduler for now; this module is the seam behind which ours will stand.
"""

from collections import Counter
from datetime import UTC, datetime

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from w3lib.url import canonicalize_url

from kyson_crawler import answers, views
from kyson_crawler.credentials import without_credentials
from kyson_crawler.pages import Page
from kyson_crawler.pages.visits import lasting
from kyson_crawler.portal import Portal
from kyson_crawler.traps import Traps

_MOST_FEEDS = 50


class Frontier:
    """Decides for one crawl which addresses are asked for, each article under one of its addresses."""

    def __init__(self, portal: Portal, *, addresses: type[Page] | None, max_pages: int | None = None) -> None:
        """`addresses` tells articles by their address; None until the portal's CMS is recognised."""
        self.addresses = addresses
        self.refused: Counter[str] = Counter()
        """How many addresses were refused, by reason."""
        self.traps = Traps(datetime.now(UTC).date())
        self._portal = portal
        self._max_pages = max_pages
        self._seen: set[str] = set()
        self._embeds: set[str] = set()
        self._feeds: set[str] = set()
        self._claims: dict[str, list[str]] = {}
        self._admitted = 0

    def admit(self, url: str) -> str | None:
        """The address to ask for in place of `url` (its article's own one), or None when it is not asked for."""
        url = without_credentials(url)
        try:
            url = lasting(url)
            url = self.addresses.canonical(url) if self.addresses is not None else url
        except ValueError:  # as scope.why would say, which never sees the address as it came
            self.refuse("no valid address")
            return None
        if reason := self.why_not(url):
            self.refuse(reason)
            return None
        known = canonicalize_url(url)
        if known in self._seen:
            self.refuse("seen before")
            return None
        if reason := self.why_nothing_new(url):
            self.refuse(reason)
            return None
        if self._is_spent():
            self.refuse("the page budget is used up")
            return None
        self._seen.add(known)
        self.traps.admit(url)
        if key := self.key(url):
            claims = self._claims.setdefault(key, [])
            claims.append(url)
            if len(claims) > 1:
                self.refuse("another address of an article already asked for")
                return None
        self._admitted += 1
        return url

    def admit_embed(self, url: str) -> bool:
        """Whether an image or file is still to be asked for; scope has been checked by whoever names it."""
        if url in self._embeds:
            return False
        self._embeds.add(url)
        return True

    def admit_feed(self, url: str) -> bool:
        """Whether a feed that a page names is still to be asked for; its address may be one that shows no page."""
        if self._portal.scope.why(url) or len(self._feeds) >= _MOST_FEEDS or self._is_spent():
            return False
        known = canonicalize_url(url)
        is_new = known not in self._feeds
        self._feeds.add(known)
        return is_new

    def why_not(self, url: str, *, embed: bool = False) -> str | None:
        """Why an address is not asked for by scope, by its CMS or by what it looks like, or None."""
        if embed:
            return self._portal.scope.why(url, embed=True)
        reason = answers.why_not(self.addresses, self._portal, url)
        return reason or (None if self._is_wanted(url) else views.why_not(url))

    def why_nothing_new(self, url: str) -> str | None:
        """Why an address of the portal leads to nothing new, by what the crawl has learned so far, or None."""
        return None if self._is_wanted(url) else self.traps.why_not(url, self.is_known)

    def key(self, url: str) -> str | None:
        """The article an address is of, when the CMS says so in the address; the generic reader's keys say nothing."""
        return answers.key(self.addresses, self._portal, url)

    def another(self, url: str) -> str | None:
        """A second address of the article that `url` failed to show; None when there is none left."""
        key = self.key(url)
        claims = self._claims.get(key, []) if key else []
        while claims:
            claims.pop(0)
            if claims:
                return claims[0]
        return None

    def is_known(self, url: str) -> bool:
        """Whether an address was admitted before, or is another one of an article that was."""
        return canonicalize_url(url) in self._seen

    def _is_wanted(self, url: str) -> bool:
        """Whether the portal's file names an address, or it is a seed: then it is asked for whatever it looks like."""
        return url in self._portal.seeds or self._portal.scope.includes(url)

    def _is_spent(self) -> bool:
        return self._max_pages is not None and self._admitted >= self._max_pages

    def refuse(self, reason: str) -> None:
        """Count what was not asked for, or what came and was nothing, by the reason up to its first colon."""
        self.refused[reason.partition(":")[0]] += 1


class NoLonger(IgnoreRequest):
    """What waited is not asked for after all; that is a decision and no error."""


class ScopeMiddleware:
    """Drops requests that left the scope on a redirect, and those whose list has come to its end while they waited."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "ScopeMiddleware":
        """As Scrapy makes its components."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Raise IgnoreRequest with the reason when a redirect led out of the scope, NoLonger when there is nothing more to find."""
        frontier: Frontier = self._crawler.spider.frontier  # type: ignore[union-attr]
        if not request.meta.get("redirect_times"):
            if request.meta.get("kind") == "page" and (reason := frontier.why_nothing_new(request.url)):
                frontier.refuse(reason)
                raise NoLonger(reason)
        elif reason := frontier.why_not(request.url, embed="embed" in request.meta):
            raise IgnoreRequest(f"redirected to {request.url}, which is {reason}")
