"""What is asked for next: Scrapy's scheduler over the frontier in the archive, and what this process is asking for."""

from collections import Counter
from collections.abc import Callable
from typing import Protocol, cast

from scrapy import Request
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler

from archive.frontier import Lease, Visit, Wanted
from kyson_crawler.frontier import DOUBTFUL, EMBED, REQUISITE, SEED, Frontier
from kyson_crawler.rows import Rows

_MOST_READ = 16
"""How many answers may wait to be read: more would be held in memory, and asked for again after a kill."""

_ALL, _NO_PAGES = SEED + 1, EMBED + 1
_LEAST = -1_000_000


class Leases:
    """What one process is asking for: of each host no more than it may be asked at a time, and one that waits behind.

    What was answered and is being read is leased as well, but keeps no other from being asked for.
    """

    def __init__(self, rows: Rows, *, per_host: int, max_pages: int | None) -> None:
        """`max_pages` is how many pages this process may ask for; None for all."""
        self._rows = rows
        self._most = per_host + 1
        self._pages_left = max_pages
        self._hosts = dict.fromkeys(rows.frontier.hosts())
        self._last = dict(self._hosts)
        """The hosts of which something may wait for all else to come."""
        self._shown = dict(self._hosts)
        """The hosts of which images or files may wait, which nobody has to read."""
        self._requisite = dict(self._hosts)
        """The hosts of which something may wait that pages take to be shown."""
        self._left_alone: set[str] = set()
        self._active: Counter[str] = Counter()
        self._being_read: set[int] = set()
        self._requisites: set[int] = set()
        """The leases of what pages take to be shown."""

    @property
    def is_spent(self) -> bool:
        """Whether no more pages may be asked for."""
        return self._pages_left is not None and self._pages_left <= 0

    def next(self) -> Lease | None:
        """The lease of what is to be asked for next; None when nothing waits that may be asked for now.

        Hosts take turns; those of which enough is asked for are passed over. While pages come faster than they are read, their
        images and files are asked for. What is doubtful comes one by one, when all that was asked for before has been read. What
        pages take to be shown comes when nothing else is left, whatever is spent.
        """
        if len(self._being_read) >= _MOST_READ:
            return self._next(self._shown, above=DOUBTFUL, below=_NO_PAGES)
        lease = self._next(self._hosts, above=DOUBTFUL, below=_NO_PAGES if self.is_spent else _ALL)
        if lease is not None:
            return lease
        under_way = self._active.total() + len(self._being_read)
        if not under_way:
            lease = self._next(self._last, above=REQUISITE, below=_LEAST if self.is_spent else _ALL)
        if lease is None and under_way == len(self._requisites):
            lease = self._next(self._requisite, above=_LEAST, below=REQUISITE + 1)
            if lease is not None:
                self._requisites.add(lease.id)
        return lease

    def came(self, visit: Visit) -> None:
        """Take note that an answer came, so that its host may be asked for more while it is read."""
        assert visit.lease is not None
        self._active[visit.lease.host] -= 1
        self._being_read.add(visit.lease.id)
        self._offer(visit.lease.host)

    def want(self, wanted: Wanted) -> bool:
        """Let an address wait, unless it is known or refused; whether it will be asked for."""
        self._offer(wanted.host)
        return self._rows.want(wanted)

    def keep(self, visit: Visit) -> None:
        """Write down what came of a lease, which ends with it; of a host of which one was put back nothing more is asked."""
        if visit.lease is not None:
            host = visit.lease.host
            self._spend(visit.lease, -1 if visit.is_refused or visit.is_put_back else 0)
            self._requisites.discard(visit.lease.id)
            if visit.lease.id in self._being_read:
                self._being_read.remove(visit.lease.id)
            else:
                self._active[host] -= 1
            if visit.is_put_back:
                self._leave_alone(host)
            self._offer(host)
        for wanted in visit.found:
            if not wanted.refused:
                self._offer(wanted.host)
        self._rows.keep(visit)

    def is_waiting(self) -> bool:
        """Whether anything waits that may be asked for now or later."""
        return bool(self._hosts or self._last or self._requisite)

    def _next(self, hosts: dict[str, None], *, above: int, below: int) -> Lease | None:
        for host in tuple(hosts):
            if self._active[host] >= self._most:
                continue
            del hosts[host]
            lease = self._rows.lease(host, above=above, below=below)
            if lease is not None:
                hosts[host] = None
                self._active[host] += 1
                self._spend(lease, 1)
                return lease
        return None

    def _offer(self, host: str) -> None:
        """Look at a host again, of which something may wait now."""
        if host not in self._left_alone:
            self._hosts[host] = self._last[host] = self._shown[host] = self._requisite[host] = None

    def _leave_alone(self, host: str) -> None:
        self._left_alone.add(host)
        self._hosts.pop(host, None)
        self._last.pop(host, None)
        self._shown.pop(host, None)
        self._requisite.pop(host, None)

    def _spend(self, lease: Lease, pages: int) -> None:
        if self._pages_left is not None and lease.kind == "page" and not lease.redirects and not lease.tries:
            self._pages_left -= pages


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

        Pages are judged once more: since they were found the CMS may have been recognised, the scope changed, or their list
        come to its end. That is a decision and no error.
        """
        spider = self._spider
        while (lease := spider.leases.next()) is not None:
            is_found = lease.kind == "page" and not lease.redirects
            reason = _why_no_more(spider.frontier, lease.url) if is_found else None
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


def _why_no_more(frontier: Frontier, url: str) -> str | None:
    """Why an address is not asked for after all, which is counted; None when it is."""
    reason = frontier.why_not(url) or frontier.why_nothing_new(url)
    if reason:
        frontier.refuse(reason)
    return reason
