"""Keeps every page, image and file of a portal and reads none of them: what evidence alone costs.

    python -m benchmarks.capture_spider http://127.0.0.1:8399/index.html ARCHIVE

The transport, the recorder, the WARC with its index and the rows of the archive are those of `kyson crawl`; only the reading
of articles is left out. Links are found as plainly as a mirror finds them.
"""

import argparse
import html
import logging
import re
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin

from scrapy import Request, Spider, signals
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.http import Response
from scrapy.utils.project import get_project_settings

from kyson_crawler import garbage, portal
from kyson_crawler.capture import Recorder
from kyson_crawler.config import Operator
from kyson_crawler.network.addresses import private_hosts_of

AT_ONCE = 16
_NOT_NEEDED = ("scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware",)
_OF_PORTALS = (
    "kyson_crawler.frontier.ScopeMiddleware",
    "kyson_crawler.sizes.SizeMiddleware",
    "kyson_crawler.obedience.ObedienceMiddleware",
    "kyson_crawler.redirects.RefreshMiddleware",
    "kyson_crawler.redirects.NowhereMiddleware",
)
_LINKS = re.compile(rb"""<(?:a|img|link|script)\s[^>]*?(?:href|src)\s*=\s*["']([^"']+)""", re.IGNORECASE)


class CaptureSpider(Spider):
    name = "capture"

    def __init__(self, seed: str, archive: Path, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seed = seed
        self.portal = portal.ad_hoc(seed)
        self.private_hosts = private_hosts_of([seed])
        self.insecure_tls = True
        self.recorder = Recorder(archive, self.portal, operator=Operator(), settings={"robots": "ignore"})
        self._seen = {seed}
        self._met: set[bytes] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> "CaptureSpider":
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.finish, signal=signals.spider_closed)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        yield Request(self.seed, dont_filter=True)

    def parse(self, response: Response) -> Iterator[Request]:
        if not response.headers.get("Content-Type", b"").startswith(b"text/html"):
            return
        for raw in set(_LINKS.findall(response.body)) - self._met:  # most links of a portal stand on every page
            if raw.startswith(b"/"):
                self._met.add(raw)
            link = html.unescape(raw.decode())
            address = urldefrag(urljoin(response.url, link)).url
            if address not in self._seen and address.startswith(("http:", "https:")):
                self._seen.add(address)
                yield Request(address, dont_filter=True)

    def finish(self, reason: str) -> None:
        self.recorder.finish(status="finished" if reason == "finished" else "stopped", reason=None, counts={})


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("seed")
    asked.add_argument("archive", type=Path)
    given = asked.parse_args()
    settings = get_project_settings()
    settings.setmodule("kyson_crawler.settings", priority="project")
    settings.setdict(
        {
            "CONCURRENT_REQUESTS": AT_ONCE,
            "CONCURRENT_REQUESTS_PER_DOMAIN": AT_ONCE,
            "DOWNLOAD_DELAY": 0,
            "DOWNLOAD_DELAY_JITTER": 0.0,
            "DOWNLOADER_MIDDLEWARES": settings.getdict("DOWNLOADER_MIDDLEWARES")
            | dict.fromkeys((*_NOT_NEEDED, *_OF_PORTALS)),
            "EXTENSIONS": settings.getdict("EXTENSIONS")
            | dict.fromkeys(("kyson_crawler.progress.Progress", "kyson_crawler.guards.Guards")),
            "ITEM_PIPELINES": {},
            "SCHEDULER": "scrapy.core.scheduler.Scheduler",
            "SCHEDULER_PRIORITY_QUEUE": "scrapy.pqueues.ScrapyPriorityQueue",
            "REFERER_ENABLED": False,
            "ROBOTSTXT_OBEY": False,
        },
        priority="cmdline",
    )
    process = AsyncCrawlerProcess(settings)
    # As `kyson crawl` does.
    logging.getLogger("scrapy").setLevel(logging.ERROR)
    garbage.look_seldom()
    task = process.crawl(process.create_crawler(CaptureSpider), seed=given.seed, archive=given.archive)
    process.start()
    if error := task.exception():
        sys.exit(repr(error))


if __name__ == "__main__":
    main()
