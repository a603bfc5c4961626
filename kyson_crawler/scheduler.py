"""What is asked for next: Scrapy's scheduler over the frontier in the archive, and what this process is asking for."""

from collections import Counter
from collections.abc import Callable
from typing import Protocol, cast

from scrapy import Request
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler

from archive.frontier import Lease, Visit, Wanted
from kyson_crawler.frontier import EMBED, SEED, Frontier
from kyson_crawler.rows import Rows

_ALL, _NO_PAGES = SEED + 1, EMBED + 1


class Leases:
    """What one process is asking for: of each host no more than it may be asked at a time, and one that waits behind."""

    def __init__(self, rows: Rows, *, per_host: int, max_pages: int | None) -> None:
        """`max_pages` is how many pages this process may ask for; None for all."""
        self._rows = rows
        self._most = per_host + 1
        self._pages_left = max_pages
        self._hosts = dict.fromkeys(rows.frontier.hosts())
        self._active: Counter[str] = Counter()

    @property
    def is_spent(self) -> bool:
        """Whether no more pages may be asked for."""
        return self._pages_left is not None and self._pages_left <= 0

    def next(self) -> Lease | None:
        """The lease of what is to be asked for next; None when nothing waits that may be asked for now.

        Hosts take turns; those of which enough is asked for are passed over.
        """
        for host in tuple(self._hosts):
            if self._active[host] >= self._most:
                continue
            del self._hosts[host]
            lease = self._rows.lease(host, _NO_PAGES if self.is_spent else _ALL)
            if lease is not None:
                self._hosts[host] = None
                self._active[host] += 1
                self._spend(lease, 1)
                return lease
        return None

    def want(self, wanted: Wanted) -> bool:
        """Let an address wait, unless it is known or refused; whether it will be asked for."""
        self._hosts[wanted.host] = None
        return self._rows.want(wanted)

    def keep(self, visit: Visit) -> None:
        """Write down what came of a lease, which ends with it."""
        if visit.lease is not None:
            self._spend(visit.lease, -1 if visit.is_refused else 0)
            self._active[visit.lease.host] -= 1
            self._hosts[visit.lease.host] = None
        self._hosts.update((wanted.host, None) for wanted in visit.found if not wanted.refused)
        self._rows.keep(visit)

    def _spend(self, lease: Lease, pages: int) -> None:
        if self._pages_left is not None and lease.kind == "page" and not lease.redirects and not lease.tries:
            self._pages_left -= pages

    def is_waiting(self) -> bool:
        """Whether anything waits that may be asked for now or later."""
        return bool(self._hosts)


class Leasing(Protocol):
    """What the scheduler expects of a spider."""

    frontier: Frontier
    leases: Leases
    request_for: Callable[[Lease], Request]
    keep: Callable[[Visit], None]


class Scheduler(BaseScheduler):
    """Gives Scrapy's engine one lease after the other; requests that lead on from one end it."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Scheduler":
        """As Scrapy makes its components."""
        return cls(crawler)

    def next_request(self) -> Request | None:
        """The request for the next lease; None when there is none now.

        Pages are judged once more: the CMS may have been recognised since they were found, or the scope changed.
        """
        spider = self._spider
        while (lease := spider.leases.next()) is not None:
            is_found = lease.kind == "page" and not lease.redirects
            reason = spider.frontier.why_not(lease.url) if is_found else None
            try:
                if reason is None:
                    return spider.request_for(lease)
            except ValueError as error:
                reason = f"no valid address: {error}"
            spider.keep(Visit(lease=lease, kind=lease.kind, fault=reason, is_refused=True))
        return None

    def enqueue_request(self, request: Request) -> bool:
        """Whether a request will be asked for: one more try of a lease, where it is redirected to, or a new one."""
        spider = self._spider
        visit: Visit | None = request.meta.get("visit")
        if visit is None or visit.lease is None:
            return spider.leases.want(request.meta["wanted"])
        if request.meta.get("retry_times", 0) > visit.lease.tries:
            visit.again = True
            visit.fault = visit.fault or (f"HTTP {visit.capture.status}" if visit.capture else "no answer")
        else:
            try:
                visit.found.append(spider.frontier.redirected(visit.lease, request))
                visit.is_redirect = True
            except ValueError as error:
                visit.fault = f"redirected to no valid address: {error}"
        spider.keep(visit)
        return visit.again or (visit.is_redirect and not visit.left_out)

    def has_pending_requests(self) -> bool:
        """Whether anything waits."""
        return self._spider.leases.is_waiting()

    @property
    def _spider(self) -> Leasing:
        return cast("Leasing", self._crawler.spider)
