"""Where answers lead on to: redirects in the place of a 404 are its end, and what a page says of itself counts before that."""

from typing import cast

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import MetaRefreshMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from kyson_crawler import views
from kyson_crawler.capture import Archiving
from kyson_crawler.provenance import Found
from kyson_crawler.reading import answers
from kyson_crawler.traps import IsKnown

_HEAD = 4 * 4096
"""Bytes of a page in which Scrapy looks for where it leads, which are 4,096 letters."""


class Nowhere(IgnoreRequest):
    """A redirect says that nothing stands at the address asked for."""


class NowhereMiddleware:
    """Ends a request for a page that was redirected in the place of a 404; its captures are kept."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "NowhereMiddleware":
        """As Scrapy makes its components."""
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Response:
        """Raise Nowhere with the reason; a seed is followed wherever it leads, and a home page not yet known is met so."""
        location = response.headers.get("Location") if 300 <= response.status < 400 else None
        target = answers.target(request.url, location) if location else None
        found: Found | None = request.meta.get("found")
        if target is None or request.meta.get("kind") != "page" or not (found and found.hops.strip("R")):
            return response
        frontier = cast("Archiving", self._crawler.spider).frontier
        reason = answers.leads_nowhere(request.url, target)
        if reason is None or (views.is_home(target) and not _is_known(target, frontier.is_known)):
            return response
        frontier.refuse(f"{answers.NOTHING}: {reason}")
        raise Nowhere(f"{answers.NOTHING}: {reason}")


class RefreshMiddleware(MetaRefreshMiddleware):
    """Scrapy's, for pages that came: the 404 of many a CMS leads home after three seconds, and is a 404 all the same."""

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """The request for where a page leads by itself, or the page."""
        if response.status != 200 or b"refresh" not in response.body[:_HEAD].lower():
            return response
        return super().process_response(request, response)


def _is_known(url: str, is_known: IsKnown) -> bool:
    """Whether an address is asked for already, over http or https."""
    rest = url.partition("://")[2]
    return any(is_known(f"{scheme}://{rest}") for scheme in ("http", "https"))
