"""What a server that has too much to do is answered with: time, as much as it asks for, and fewer requests."""

import logging
import random
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.http import Response

from kyson_crawler import politeness
from kyson_crawler.politeness import Host
from kyson_crawler.turns import LONGEST_REST

logger = logging.getLogger(__name__)

_REFUSALS = frozenset({429, 503})
_MOST_IN_A_ROW = 5
_FIRST_REST, _LONGEST_GUESS = 1.0, 600.0


def retry_after(headers: Mapping[str, bytes | None], now: datetime) -> float | None:
    """The seconds that a Retry-After asks for (RFC 9110, section 10.2.3), an hour at most; None when it asks for nothing.

    A date is measured by the server's own clock, where it tells it: that may be wrong by hours.
    """
    said = (headers.get("Retry-After") or b"").decode("latin-1").strip()
    if said.isascii() and said.isdigit():
        seconds = float(said[:9])
    elif (until := _date(said)) is None:
        return None
    else:
        seconds = (until - (_date((headers.get("Date") or b"").decode("latin-1")) or now)).total_seconds()
    return min(max(seconds, 0.0), LONGEST_REST)


def guess(refusals: int, delay: float) -> float:
    """The seconds to wait when a server refused so many times and does not say for how long: doubled each time."""
    first = max(_FIRST_REST, delay)
    return min(first * 2.0 ** (refusals - 1), _LONGEST_GUESS) * random.uniform(1, 1.3)  # noqa: S311


class PatienceMiddleware:
    """Lets a host rest that answers 429 or 503, and asks again later; after five in a row it is left alone."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "PatienceMiddleware":
        """As Scrapy makes its components."""
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """The response, or the request once more for a refusal."""
        host = politeness.of(self._crawler).host(request)
        if response.status not in _REFUSALS:
            host.answered(request.meta.get("download_latency", 0.0))
            return response
        self._let_rest(host, request, response)
        if host.given_up or request.meta.get("dont_retry"):
            return response
        assert self._crawler.spider is not None
        reason = f"HTTP {response.status}"
        return (
            get_retry_request(request, spider=self._crawler.spider, reason=reason, max_retry_times=_MOST_IN_A_ROW)
            or response
        )

    def _let_rest(self, host: Host, request: Request, response: Response) -> None:
        host.refusals += 1
        asked = retry_after(response.headers, datetime.now(UTC))
        seconds = guess(host.refusals, host.delay) if asked is None else asked
        politeness.of(self._crawler).let_rest(host, seconds)
        logger.warning(
            "%s refuses (HTTP %d) and %s: it is left alone for %.0f seconds",
            host.name,
            response.status,
            "does not say for how long" if asked is None else "asks for time",
            seconds,
        )
        if host.refusals >= _MOST_IN_A_ROW:
            reason = f"{host.name} refused {host.refusals} times in a row (HTTP {response.status}), so it is left alone"
            politeness.of(self._crawler).give_up(host, f"{reason}; crawl it again later")


def _date(said: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(said)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
