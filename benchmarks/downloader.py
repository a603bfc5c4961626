"""What a request costs between engine and transport, by our downloader and by Scrapy's: `python -m benchmarks.downloader`.

Each runs the same crawl in a process of its own, in turns, so that the noise of the machine falls on both alike. Nothing is
sent anywhere: a handler answers at once, so that what differs is the downloader alone. The least CPU of all runs counts.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response

DOWNLOADERS = {
    "ours": "kyson_crawler.downloader.Downloader",
    "Scrapy's": "scrapy.core.downloader.Downloader",
}


class Nothing:
    """A handler that answers at once."""

    lazy = False

    async def download_request(self, request: Request) -> Response:
        return Response(request.url)

    async def close(self) -> None:
        pass


class Asking(Spider):
    name = "asking"

    async def start(self) -> AsyncIterator[Request]:
        for number in range(self.requests):
            yield Request(f"http://127.0.0.1/{number}", dont_filter=True)

    def parse(self, response: Response) -> None:
        pass


def crawl(downloader: str, requests: int) -> None:
    settings: dict[str, Any] = {
        "DOWNLOADER": DOWNLOADERS[downloader],
        "DOWNLOAD_HANDLERS": {"http": Nothing},
        "DOWNLOADER_MIDDLEWARES_BASE": {},
        "SPIDER_MIDDLEWARES_BASE": {},
        "EXTENSIONS_BASE": {},
        "TWISTED_REACTOR_ENABLED": False,
        "CONCURRENT_REQUESTS": 16,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
        "DOWNLOAD_DELAY": 0,
        "CONCURRENT_ITEMS": 1,
        "SCHEDULER_PRIORITY_QUEUE": "scrapy.pqueues.ScrapyPriorityQueue",
        "LOG_LEVEL": "ERROR",
    }
    process = AsyncCrawlerProcess(settings)
    process.crawl(Asking, requests=requests)
    process.start()


def cpu(downloader: str, requests: int) -> float:
    """Seconds of CPU that a crawl takes."""
    command = [sys.executable, "-m", "benchmarks.downloader", "--one", downloader, "--requests", str(requests)]
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{downloader} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--requests", type=int, default=5_000)
    asked.add_argument("--runs", type=int, default=5)
    asked.add_argument("--one", choices=DOWNLOADERS, help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.one:
        crawl(given.one, given.requests)
        return
    idle = {name: min(cpu(name, 1) for _ in range(2)) for name in DOWNLOADERS}
    least = dict.fromkeys(DOWNLOADERS, float("inf"))
    for _ in range(given.runs):
        for name in DOWNLOADERS:
            least[name] = min(least[name], cpu(name, given.requests) - idle[name])
    print("| downloader | CPU ms a request, engine and scheduler with it |\n|---|---:|")
    for name, seconds in least.items():
        print(f"| {name} | {seconds / given.requests * 1_000:.3f} |")


if __name__ == "__main__":
    main()
