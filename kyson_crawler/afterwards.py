"""Scrapy's scheduler, but for addresses that may be versions of others: their turn comes when nothing else is on its way."""

from typing import Final

from scrapy import Request
from scrapy.core.scheduler import Scheduler

DOUBTFUL: Final = -10
"""The priority of what is better asked for after the plain lists and articles, which tell whether it is new at all."""


class LastScheduler(Scheduler):
    """Gives out requests of that priority one by one, each when all that came before it has been read."""

    def next_request(self) -> Request | None:
        """The next request; None while a doubtful one has to wait."""
        request = super().next_request()
        if request is None or request.priority > DOUBTFUL or not self._is_busy():
            return request
        self._mqpush(request)
        return None

    def _is_busy(self) -> bool:
        """Whether any answer is awaited or being read."""
        assert self.crawler is not None
        engine = self.crawler.engine
        assert engine is not None
        slot = engine.scraper.slot
        return bool(engine.downloader.active) or (slot is not None and not slot.is_idle())
