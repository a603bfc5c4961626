"""The download handler: asks servers over connections of its own, and keeps the exact bytes that went either way.

Scrapy's handlers lose the case and order of headers and the reason phrase, so what they give is no evidence. Here the
bytes are kept beside the response, in `request.meta["exchange"]`.
"""

import asyncio
import logging
from datetime import UTC, datetime
from functools import cached_property
from typing import Self

from attrs import define, evolve, field, frozen
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    DownloadCancelledError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes

from kyson_crawler.credentials import without_credentials
from kyson_crawler.network import dialling
from kyson_crawler.network.addresses import ConnectTo, Lookup, destination, literal
from kyson_crawler.network.asked import Asked, Proxy
from kyson_crawler.network.connection import Connection
from kyson_crawler.network.dialling import Dialler, Route
from kyson_crawler.network.exchange import Attempt, Exchange, Timings, Tls
from kyson_crawler.network.pressure import give_back_large_blocks
from kyson_crawler.network.wire import ResponseReader

__all__ = ["Attempt", "ConnectTo", "Exchange", "Tls", "Transport"]

logger = logging.getLogger(__name__)

_Pool = tuple[str, str, int, str]

_TELLING = frozenset({b"content-type", b"content-disposition", b"content-encoding"})
"""Headers that tell Scrapy what class a response is to be of."""

IDLE_LIMIT = 15.0
"""Seconds an unused connection is kept open for another request."""


@frozen(kw_only=True)
class _Limits:
    """What one request may cost."""

    seconds: float
    """0 for no limit."""

    deadline: float | None
    """The same in the loop's time."""

    maxsize: int
    fail_on_dataloss: bool


@define(kw_only=True)
class _Trail:
    """How far one request came, for when it comes no further."""

    began: datetime = field(factory=lambda: datetime.now(UTC))
    route: Route | None = None
    lookup: Lookup | None = None
    lookup_seconds: float | None = None
    connection: Connection | None = None
    sent: bytes = b""
    reader: ResponseReader | None = None


class Transport:
    """Scrapy download handler for http and https that keeps the exact bytes on the wire.

    Each response comes with an `Exchange` in `request.meta["exchange"]`, each failure with an `Attempt` in
    `request.meta["attempt"]`. The spider may have `connect_to` (ConnectTo rules), `private_hosts` (hosts that may lead to
    private addresses, as `destination` takes them), `loopback_only` (nothing beyond this machine is asked) and `insecure_tls`.

    `request.meta["proxy"]` is honoured as Scrapy's own handlers do, for proxies that speak http: asked for the whole
    address of what is plain http, and for a tunnel otherwise. What the proxy itself says about a tunnel is no part of any
    record; nor is a `Proxy-Authorization`. `Exchange.address` is None then, and which address the proxy goes to cannot be
    checked: only names that lead to private addresses here are refused.
    """

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        give_back_large_blocks()
        self._crawler = crawler
        self._timeout = crawler.settings.getfloat("DOWNLOAD_TIMEOUT")
        self._maxsize = crawler.settings.getint("DOWNLOAD_MAXSIZE")
        self._fail_on_dataloss = crawler.settings.getbool("DOWNLOAD_FAIL_ON_DATALOSS")
        self._connections: set[Connection] = set()
        self._idle: dict[_Pool, list[Connection]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make the handler as Scrapy does."""
        return cls(crawler)

    async def download_request(self, request: Request) -> Response:
        """Fetch one response.

        Raises ForbiddenAddress for a private address, UntrustedServer for a certificate that proves nothing, NotSupported
        for what cannot be asked, and otherwise the exceptions that Scrapy knows to retry.
        """
        for kept in ("exchange", "attempt"):
            request.meta.pop(kept, None)
        asked = Asked.of(request)
        limits = self._limits(request)
        trail = _Trail()
        try:
            connection, reader = await self._converse(asked, Proxy.of(request), limits, trail)
            _check(reader, asked, limits)
        except Exception as error:
            request.meta["attempt"] = _attempt(asked, trail, error)
            raise
        exchange = _exchange(asked, trail, connection, reader)
        request.meta["exchange"] = exchange
        request.meta["download_latency"] = connection.latency
        return _response(request, exchange)

    async def close(self) -> None:
        """Close every connection; requests still under way fail."""
        connections = list(self._connections)
        for connection in connections:
            connection.abort()
        if connections:
            await asyncio.wait([connection.lost for connection in connections])

    @cached_property
    def _dialler(self) -> Dialler:
        """Made late, since a crawler has no spider yet when it makes its handlers."""
        spider = self._crawler.spider
        return Dialler(
            insecure_tls=getattr(spider, "insecure_tls", False),
            loopback_only=getattr(spider, "loopback_only", False),
            on_lost=self._forget,
        )

    def _limits(self, request: Request) -> _Limits:
        seconds = float(request.meta.get("download_timeout", self._timeout) or 0)
        return _Limits(
            seconds=seconds,
            deadline=asyncio.get_running_loop().time() + seconds if seconds else None,
            maxsize=request.meta.get("download_maxsize", self._maxsize) or 0,
            fail_on_dataloss=request.meta.get("download_fail_on_dataloss", self._fail_on_dataloss),
        )

    def _route(self, asked: Asked, proxy: Proxy | None) -> Route:
        spider = self._crawler.spider
        goal = destination(
            asked.host,
            asked.port,
            rules=getattr(spider, "connect_to", ()),
            private_hosts=getattr(spider, "private_hosts", frozenset()),
        )
        return Route.to(asked, goal, proxy)

    async def _converse(
        self, asked: Asked, proxy: Proxy | None, limits: _Limits, trail: _Trail
    ) -> tuple[Connection, ResponseReader]:
        """Ask over an idle connection if there is one, else over a new one."""
        trail.route = route = self._route(asked, proxy)
        idle = self._take_idle(asked, route)
        if idle is not None:
            reader = await self._ask(idle, asked, limits, trail)
            if not reader.silent:
                return idle, reader
            logger.debug("The idle connection had been closed, asking again on a new one: %s", asked.url)
        connection = await self._connect(asked, limits, trail)
        return connection, await self._ask(connection, asked, limits, trail)

    async def _ask(self, connection: Connection, asked: Asked, limits: _Limits, trail: _Trail) -> ResponseReader:
        assert trail.route is not None
        proxy = trail.route.proxy if not trail.route.tunnel else None
        reader = ResponseReader(method=asked.method, maxsize=limits.maxsize)
        trail.connection, trail.reader = connection, reader
        trail.sent = asked.wire_for_proxy if proxy else asked.wire
        try:
            await connection.ask(proxy.authorized(trail.sent) if proxy else trail.sent, reader, _seconds_left(limits))
            if not reader.done:
                reader.cut("time", f"no answer within {limits.seconds:g} seconds")
                if reader.message is None:
                    raise DownloadTimeoutError(f"{reader.fault}: {asked.url}")
            if proxy and reader.message and reader.message.status == 407:
                said = dialling.refusal(407, reader.message.reason)
                raise DownloadFailedError(f"the proxy {proxy.url} refuses: {said}: {asked.url}")
        finally:
            if reader.keep_alive and connection.is_open:
                connection.rest(IDLE_LIMIT)
                self._idle.setdefault(_pool(asked, trail.route), []).append(connection)
            else:
                connection.abort()
        return reader

    def _take_idle(self, asked: Asked, route: Route) -> Connection | None:
        """An open connection that has nothing to do; none for what must not be asked twice by accident."""
        waiting = self._idle.get(_pool(asked, route), []) if asked.repeatable else []
        while waiting:
            connection = waiting.pop()
            if connection.is_open:
                connection.use_again()
                return connection
        return None

    async def _connect(self, asked: Asked, limits: _Limits, trail: _Trail) -> Connection:
        assert trail.route is not None
        loop = asyncio.get_running_loop()
        began = loop.time()
        trail.connection = trail.reader = None
        trail.sent = b""
        try:
            async with asyncio.timeout_at(limits.deadline):
                trail.lookup = await self._dialler.look_up(asked, trail.route)
                trail.lookup_seconds = loop.time() - began
                connection = await self._dialler.connect(asked, trail.route, trail.lookup)
        except TimeoutError:
            raise DownloadTimeoutError(f"no connection within {limits.seconds:g} seconds: {asked.url}") from None
        connection.opened = evolve(connection.opened, lookup=trail.lookup_seconds)
        if connection.is_open:
            self._connections.add(connection)
        return connection

    def _forget(self, connection: Connection) -> None:
        self._connections.discard(connection)
        for pool, waiting in self._idle.items():
            if connection in waiting:
                waiting.remove(connection)
                if not waiting:
                    del self._idle[pool]
                return


def _pool(asked: Asked, route: Route) -> _Pool:
    """What requests must share to share a connection."""
    return *asked.site, route.proxy.url if route.proxy else ""


def _seconds_left(limits: _Limits) -> float | None:
    return None if limits.deadline is None else max(0.0, limits.deadline - asyncio.get_running_loop().time())


def _check(reader: ResponseReader, asked: Asked, limits: _Limits) -> None:
    """Raise when there is no response, or none that is whole enough for this request."""
    if reader.fault is not None:
        raise DownloadFailedError(f"{reader.fault}: {asked.url}")
    if reader.truncated is None or not limits.fail_on_dataloss:
        return
    if reader.truncated == "length":
        raise DownloadCancelledError(f"the response is larger than {limits.maxsize} bytes: {asked.url}")
    if reader.truncated == "time":
        raise DownloadTimeoutError(f"the response did not end within {limits.seconds:g} seconds: {asked.url}")
    raise ResponseDataLossError(
        f"the response broke off ({reader.truncated}); set DOWNLOAD_FAIL_ON_DATALOSS = False to keep such: {asked.url}"
    )


def _exchange(asked: Asked, trail: _Trail, connection: Connection, reader: ResponseReader) -> Exchange:
    message = reader.message
    assert message is not None
    assert connection.started is not None
    direct = connection.proxy is None
    return Exchange(
        url=asked.url,
        started=connection.started,
        request=trail.sent,
        response=reader.response,
        payload=reader.payload,
        status=message.status,
        reason=message.reason,
        headers=message.headers,
        address=connection.address if direct else None,
        port=connection.port if direct else None,
        http_version=message.http_version,
        truncated=reader.truncated,
        tls=connection.tls,
        proxy=connection.proxy,
        lookup=connection.lookup,
        timings=connection.timings,
    )


def _attempt(asked: Asked, trail: _Trail, error: Exception) -> Attempt:
    """What is known of a request that failed."""
    connection, reader = trail.connection, trail.reader
    lookup = connection.lookup if connection else trail.lookup
    direct = trail.route is not None and trail.route.proxy is None
    return Attempt(
        url=asked.url,
        started=(connection and connection.started) or trail.began,
        request=trail.sent,
        response=reader.response if reader else b"",
        fault=str(error).removesuffix(f": {asked.url}"),
        truncated=reader.truncated if reader else None,
        address=connection.address if connection and direct else None,
        port=connection.port if connection and direct else None,
        tls=connection.tls if connection else None,
        proxy=trail.route.proxy.url if trail.route and trail.route.proxy else None,
        lookup=lookup if direct and lookup and lookup.is_of_name else None,
        timings=connection.timings if connection else Timings(lookup=trail.lookup_seconds),
    )


def _response(request: Request, exchange: Exchange) -> Response:
    """The exchange as Scrapy's middlewares and spiders expect it."""
    url = without_credentials(request.url)
    telling = Headers(field for field in exchange.headers if field[0].lower() in _TELLING)
    kind = responsetypes.from_args(headers=telling, url=url, body=exchange.payload)
    response = kind(
        url=url,
        status=exchange.status,
        headers=exchange.headers,
        body=exchange.payload,
        flags=["dataloss"] if exchange.truncated else None,
        ip_address=literal(exchange.address) if exchange.address else None,
        protocol=f"HTTP/{exchange.http_version}",
    )
    location = (response.headers.get(b"Location") or b"").decode("latin-1")
    if location != (shown := without_credentials(location)):
        # The server's words stand in the exchange; from here on they become addresses that are logged and kept.
        response.headers[b"Location"] = shown.encode("latin-1")
    return response
