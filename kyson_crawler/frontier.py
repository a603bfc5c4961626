"""What a crawl asks for: every address is judged here before a request is built, and each refusal has a reason.

The queue itself is Scrapy's own scheduler for now; this module is the seam behind which ours will stand.
"""

from collections import Counter

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from w3lib.url import canonicalize_url

from kyson_crawler import answers
from kyson_crawler.credentials import without_credentials
from kyson_crawler.pages import Page
from kyson_crawler.portal import Portal

_MOST_FEEDS = 50


class Frontier:
    """Decides for one crawl which addresses are asked for, each article under one of its addresses."""

    def __init__(self, portal: Portal, *, addresses: type[Page] | None, max_pages: int | None = None) -> None:
        """`addresses` tells articles by their address; None until the portal's CMS is recognised."""
        self.addresses = addresses
        self.refused: Counter[str] = Counter()
        """How many addresses were refused, by reason."""
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
            url = self.addresses.canonical(url) if self.addresses is not None else url
        except ValueError:  # as scope.why would say, which never sees the address as it came
            self._refuse("no valid address")
            return None
        if reason := self.why_not(url):
            self._refuse(reason)
            return None
        known = canonicalize_url(url)
        if known in self._seen:
            self._refuse("seen before")
            return None
        if self._is_spent():
            self._refuse("the page budget is used up")
            return None
        self._seen.add(known)
        if key := self.key(url):
            claims = self._claims.setdefault(key, [])
            claims.append(url)
            if len(claims) > 1:
                self._refuse("another address of an article already asked for")
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
        """Why an address is not asked for by scope or by its CMS, or None."""
        if embed:
            return self._portal.scope.why(url, embed=True)
        return answers.why_not(self.addresses, self._portal, url)

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

    def _is_spent(self) -> bool:
        return self._max_pages is not None and self._admitted >= self._max_pages

    def _refuse(self, reason: str) -> None:
        self.refused[reason.partition(":")[0]] += 1


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
