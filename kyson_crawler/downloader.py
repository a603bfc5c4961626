"""What stands between Scrapy's engine and our transport: a request waits for its host's turn, and then is fetched.

Scrapy's own downloader makes three asyncio tasks, two futures and three signals of every request, and keeps its pace within
one process only. This one makes the task that the engine needs and no more. Who may ask, and when, is `politeness`'s affair.
"""

from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.core.downloader.handlers import DownloadHandlers
from scrapy.core.downloader.middleware import DownloaderMiddlewareManager
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.utils.defer import deferred_from_coro
from scrapy.utils.misc import build_from_crawler

from kyson_crawler.politeness import Politeness

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred


class Downloader:
    """Scrapy downloader (setting DOWNLOADER) whose hosts are kept to their pace.

    Scrapy's middlewares and handlers work as ever. Its slots, with the priority queue that looks at them, AutoThrottle, and the signals `request_reached_downloader`,
    `request_left_downloader` and `response_downloaded` are gone: nothing here listens to them.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.active: set[Request] = set()
        """What is being fetched, or waits for its turn; the engine ends no crawl before it is empty."""

        self.politeness = Politeness(crawler)
        self.handlers = DownloadHandlers(crawler)
        self.middleware = build_from_crawler(DownloaderMiddlewareManager, crawler)
        self._most = crawler.settings.getint("CONCURRENT_REQUESTS")

    def needs_backout(self) -> bool:
        """Whether the engine is to bring no more requests for now."""
        return 0 < self._most <= len(self.active)

    def fetch(self, request: Request) -> "Deferred[Response | Request]":
        """The response to a request, or another request that a middleware made of it."""
        self.active.add(request)
        return deferred_from_coro(self._fetch(request))

    def close(self) -> None:
        """Nothing is left to close: the engine calls this when nothing is active any more."""

    async def _fetch(self, request: Request) -> Response | Request:
        try:
            return await self.middleware.download_async(self._download, request)
        finally:
            self.active.remove(request)

    async def _download(self, request: Request) -> Response:
        host = self.politeness.host(request)
        async with host.places:
            if host.is_free and self.politeness.is_unbound:
                return await self.handlers.download_request_async(request)
            async with self.politeness.turn(host, request):
                return await self.handlers.download_request_async(request)
