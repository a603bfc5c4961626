"""How much of a response is taken: as large as anybody's page, or as the portal's files may be."""

from typing import cast

from scrapy import Request
from scrapy.crawler import Crawler

from kyson_crawler.capture import Archiving
from kyson_crawler.pages.excess import LARGEST

_MEGABYTE = 1_000_000
_ROBOTS = 512_000
"""As much of a robots.txt as every crawler has to read (RFC 9309, section 2.5)."""


class SizeMiddleware:
    """Limits each response by what was asked for, on the wire and again when its content coding is undone."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "SizeMiddleware":
        """As Scrapy makes its components."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Give a request its limit, which goes with it through redirects and retries."""
        request.meta.setdefault("download_maxsize", self._limit(request))

    def _limit(self, request: Request) -> int:
        if "embed" in request.meta:
            return cast("Archiving", self._crawler.spider).portal.scope.largest_file * _MEGABYTE
        return _ROBOTS if request.url.endswith("/robots.txt") else LARGEST
