"""How a crawl is doing, told twice a second to whoever watches; nothing is drawn here."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from attrs import asdict, evolve, frozen
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.utils.asyncio import create_looping_call

_EVERY = 0.5


@frozen(kw_only=True)
class Figures:
    """The figures of a crawl, so far or in the end."""

    requests: int = 0
    pages: int = 0
    new: int = 0
    edited: int = 0
    unchanged: int = 0
    images: int = 0
    images_missing: int = 0
    attachments: int = 0
    attachments_missing: int = 0
    requisites: int = 0
    """What pages take to be shown: style sheets, scripts, icons, pictures beside articles."""

    requisites_missing: int = 0
    unread: int = 0
    """Pages at the addresses of articles on which none was found."""

    errors: int = 0
    bytes: int = 0
    """Bytes received, headers included."""

    seconds: float = 0.0
    waiting: str | None = None
    """Why nothing is asked for at the moment; None while the crawl goes on."""

    @property
    def articles(self) -> int:
        """Articles read, new or known."""
        return self.new + self.edited + self.unchanged

    @property
    def rate(self) -> float:
        """Requests a second since the crawl began."""
        return self.requests / self.seconds if self.seconds else 0.0

    @classmethod
    def of(cls, stats: Mapping[str, Any]) -> "Figures":
        """The figures in a crawl's Scrapy stats."""

        def count(name: str) -> int:
            return int(stats.get(f"kyson/{name}", 0))

        return cls(
            requests=count("requests"),
            pages=count("pages"),
            new=count("articles/new"),
            edited=count("articles/edited"),
            unchanged=count("articles/unchanged"),
            images=count("images/ok"),
            images_missing=count("images/missing"),
            attachments=count("attachments/ok"),
            attachments_missing=count("attachments/missing"),
            requisites=count("requisites/ok"),
            requisites_missing=count("requisites/missing"),
            unread=count("unread"),
            errors=count("errors"),
            bytes=count("bytes"),
        )

    def counts(self) -> dict[str, int]:
        """What the row of a crawl keeps."""
        return {
            "pages": self.pages,
            "articles": self.articles,
            "images": self.images,
            "errors": self.errors,
            "requests": self.requests,
            "bytes": self.bytes,
        }

    def to_json(self) -> dict[str, Any]:
        """All figures as JSON, in the end, when nothing waits any more."""
        whole = asdict(self) | {"articles": self.articles, "seconds": round(self.seconds, 2)}
        return {name: value for name, value in whole.items() if name != "waiting"}


class Progress:
    """Calls the spider's `watch`, if it has one, with the figures: twice a second and once at the end."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._began = time.monotonic()
        self._loop: Any = None
        crawler.signals.connect(self.opened, signal=signals.spider_opened)
        crawler.signals.connect(self.closed, signal=signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Progress":
        """As Scrapy makes its components."""
        return cls(crawler)

    def opened(self) -> None:
        """Start telling."""
        self._loop = create_looping_call(self._tell)
        self._loop.start(_EVERY, now=False)

    def closed(self) -> None:
        """Stop, and tell the last figures."""
        if self._loop is not None and self._loop.running:
            self._loop.stop()
        self._tell()

    def _tell(self) -> None:
        spider = self._crawler.spider
        watch: Callable[[Figures], None] | None = getattr(spider, "watch", None)
        if watch is not None:
            assert self._crawler.stats is not None
            figures = Figures.of(self._crawler.stats.get_stats())
            waiting = getattr(spider, "waiting", None)
            watch(evolve(figures, seconds=time.monotonic() - self._began, waiting=waiting))
