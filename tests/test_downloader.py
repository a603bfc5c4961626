"""What Scrapy's engine is promised of a downloader, by crawls over real sockets."""

import json
import subprocess
import sys
from pathlib import Path

from tests.portals.rawportal import RawPortal

ROOT = Path(__file__).parents[1]
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nok"

CRAWL = """
import json, sys
from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess

class Probe(Spider):
    name = "probe"
    private_hosts = frozenset({"127.0.0.1"})
    seen = {}

    async def start(self):
        for url in sys.argv[2:]:
            yield Request(url, errback=self.failed, dont_filter=True)

    def parse(self, response):
        self.seen[response.url] = response.text

    def failed(self, failure):
        self.seen[failure.request.url] = type(failure.value).__name__

process = AsyncCrawlerProcess({
    "DOWNLOADER": "kyson_crawler.downloader.Downloader",
    "DOWNLOAD_HANDLERS": {scheme: "kyson_crawler.transport.Transport" for scheme in ("http", "https")},
    "HTTPPROXY_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "LOG_LEVEL": "WARNING",
    "RETRY_TIMES": 0,
    "SCHEDULER_PRIORITY_QUEUE": "scrapy.pqueues.ScrapyPriorityQueue",
    **json.loads(sys.argv[1]),
})
crawler = process.create_crawler(Probe)
process.crawl(crawler)
process.start()
print(json.dumps({"seen": Probe.seen, "reason": crawler.stats.get_value("finish_reason")}))
"""


def probe(settings, urls):
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", CRAWL, json.dumps(settings), *urls],
        cwd=ROOT,
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert b"Traceback" not in run.stderr, run.stderr
    return json.loads(run.stdout)


def test_what_comes_and_what_fails_reaches_the_spider_and_the_crawl_ends():
    with RawPortal({"/one": OK, "/dead": b"", "/two": OK}) as server:
        urls = [server.url + name for name in ("one", "dead", "two")]
        told = probe({"DOWNLOAD_DELAY": 0, "CONCURRENT_REQUESTS_PER_DOMAIN": 2}, urls)
    assert told == {"seen": dict(zip(urls, ("ok", "DownloadFailedError", "ok"), strict=True)), "reason": "finished"}
