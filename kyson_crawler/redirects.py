"""Redirects in the place of a 404: to the home page, or to a page that says that nothing stands there."""

from typing import cast

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from kyson_crawler import answers, views
from kyson_crawler.capture import Archiving
from kyson_crawler.provenance import Found
from kyson_crawler.traps import IsKnown


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


def _is_known(url: str, is_known: IsKnown) -> bool:
    """Whether an address is asked for already, over http or https."""
    rest = url.partition("://")[2]
    return any(is_known(f"{scheme}://{rest}") for scheme in ("http", "https"))
