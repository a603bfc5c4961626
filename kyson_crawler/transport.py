"""The download handler: asks servers over connections of its own, and keeps the exact bytes that went either way.

Scrapy's handlers lose the case and order of headers and the reason phrase, so what they give is no evidence. Here the
bytes are kept beside the response, in `request.meta["exchange"]`.
"""

import asyncio
import ipaddress
import logging
import ssl
from collections.abc import Sequence
from functools import partial
from typing import Self

from attrs import frozen
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    NotSupported,
    ResponseDataLossError,
)
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes

from kyson_crawler.addresses import ConnectTo, reachable
from kyson_crawler.connection import Connection
from kyson_crawler.exchange import Asked, Exchange, Tls, without_credentials
from kyson_crawler.wire import ResponseReader

__all__ = ["ConnectTo", "Exchange", "Tls", "Transport"]

logger = logging.getLogger(__name__)

CONNECT_LIMIT = 15.0
"""Seconds for one address to accept a connection, the TLS handshake included."""

IDLE_LIMIT = 15.0
"""Seconds an unused connection is kept open for another request."""

_OP_LEGACY_SERVER_CONNECT = 0x4
"""OpenSSL's flag for servers without secure renegotiation (RFC 5746); named in Python's ssl only from 3.12 on."""


@frozen(kw_only=True)
class _Limits:
    """What one request may cost."""

    seconds: float
    """0 for no limit."""

    deadline: float | None
    """The same in the loop's time."""

    maxsize: int
    fail_on_dataloss: bool


class Transport:
    """Scrapy download handler for http and https that keeps the exact bytes on the wire.

    Each response comes with an `Exchange` in `request.meta["exchange"]`. The spider may have `connect_to` (ConnectTo
    rules), `private_hosts` (hosts that may lead to private addresses) and `insecure_tls`. Proxies are not supported.
    """

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._timeout = crawler.settings.getfloat("DOWNLOAD_TIMEOUT")
        self._maxsize = crawler.settings.getint("DOWNLOAD_MAXSIZE")
        self._fail_on_dataloss = crawler.settings.getbool("DOWNLOAD_FAIL_ON_DATALOSS")
        self._connections: set[Connection] = set()
        self._idle: dict[tuple[str, str, int], list[Connection]] = {}
        self._ssl_context: ssl.SSLContext | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make the handler as Scrapy does."""
        return cls(crawler)

    async def download_request(self, request: Request) -> Response:
        """Fetch one response.

        Raises ForbiddenAddress for a private address, NotSupported for what cannot be asked, and otherwise the
        exceptions that Scrapy knows to retry.
        """
        request.meta.pop("exchange", None)
        if request.meta.get("proxy"):
            raise NotSupported(
                "this crawler connects directly and uses no proxy; set HTTPPROXY_ENABLED = False or unset the "
                f"http_proxy and https_proxy variables: {request.url}"
            )
        asked = Asked.of(request)
        limits = self._limits(request)
        connection, reader = await self._converse(asked, limits)
        _check(reader, asked, limits)
        exchange = _exchange(asked, connection, reader)
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

    def _limits(self, request: Request) -> _Limits:
        seconds = float(request.meta.get("download_timeout", self._timeout) or 0)
        return _Limits(
            seconds=seconds,
            deadline=asyncio.get_running_loop().time() + seconds if seconds else None,
            maxsize=request.meta.get("download_maxsize", self._maxsize) or 0,
            fail_on_dataloss=request.meta.get("download_fail_on_dataloss", self._fail_on_dataloss),
        )

    async def _converse(self, asked: Asked, limits: _Limits) -> tuple[Connection, ResponseReader]:
        """Ask over an idle connection if there is one, else over a new one."""
        idle = self._take_idle(asked)
        if idle is not None:
            reader = await self._ask(idle, asked, limits)
            if not reader.silent:
                return idle, reader
            logger.debug("The idle connection had been closed, asking again on a new one: %s", asked.url)
        connection = await self._connect(asked, limits)
        return connection, await self._ask(connection, asked, limits)

    async def _ask(self, connection: Connection, asked: Asked, limits: _Limits) -> ResponseReader:
        reader = ResponseReader(method=asked.method, maxsize=limits.maxsize)
        try:
            await connection.ask(asked.wire, reader, _seconds_left(limits))
            if not reader.done:
                if reader.message is None:
                    raise DownloadTimeoutError(f"no answer within {limits.seconds:g} seconds: {asked.url}")
                reader.cut("time", "")
        finally:
            if reader.keep_alive and connection.is_open:
                connection.rest(IDLE_LIMIT)
                self._idle.setdefault(asked.site, []).append(connection)
            else:
                connection.abort()
        return reader

    def _take_idle(self, asked: Asked) -> Connection | None:
        """An open connection that has nothing to do; none for what must not be asked twice by accident."""
        waiting = self._idle.get(asked.site, []) if asked.repeatable else []
        while waiting:
            connection = waiting.pop()
            if connection.is_open:
                connection.wake()
                return connection
        return None

    async def _connect(self, asked: Asked, limits: _Limits) -> Connection:
        try:
            async with asyncio.timeout_at(limits.deadline):
                return await self._connect_to_first(await self._places(asked), asked)
        except TimeoutError:
            raise DownloadTimeoutError(f"no connection within {limits.seconds:g} seconds: {asked.url}") from None

    async def _places(self, asked: Asked) -> Sequence[tuple[str, int]]:
        """The addresses and ports to try, each one checked."""
        spider = self._crawler.spider
        rules: tuple[ConnectTo, ...] = getattr(spider, "connect_to", ())
        private_hosts: frozenset[str] = getattr(spider, "private_hosts", frozenset())
        loopback_only: bool = getattr(spider, "loopback_only", False)
        try:
            return await reachable(
                asked.host,
                asked.port,
                url=asked.url,
                rules=rules,
                private_hosts=private_hosts,
                loopback_only=loopback_only,
            )
        except OSError as error:
            raise CannotResolveHostError(
                f"no address is known for {asked.host} ({error}); check the name and the network: {asked.url}"
            ) from error

    async def _connect_to_first(self, places: Sequence[tuple[str, int]], asked: Asked) -> Connection:
        """Connect to the first place that accepts, without looking up a name again."""
        loop = asyncio.get_running_loop()
        faults: list[tuple[str, OSError]] = []
        for address, port in places:
            try:
                async with asyncio.timeout(CONNECT_LIMIT):
                    _, connection = await loop.create_connection(
                        partial(Connection, address, port, self._forget),
                        address,
                        port,
                        ssl=self._tls_context() if asked.scheme == "https" else None,
                        server_hostname=asked.host.rstrip(".") if asked.scheme == "https" else None,
                    )
            except OSError as fault:
                faults.append((f"{address} port {port}", fault))
            else:
                if connection.is_open:
                    self._connections.add(connection)
                return connection
        raise _unconnected(faults, asked) from faults[-1][1]

    def _tls_context(self) -> ssl.SSLContext:
        if self._ssl_context is None:
            context = ssl.create_default_context()
            context.set_alpn_protocols(["http/1.1"])
            if getattr(self._crawler.spider, "insecure_tls", False):
                _accept_any_tls(context)
            self._ssl_context = context
        return self._ssl_context

    def _forget(self, connection: Connection) -> None:
        self._connections.discard(connection)
        for site, waiting in self._idle.items():
            if connection in waiting:
                waiting.remove(connection)
                if not waiting:
                    del self._idle[site]
                return


def _accept_any_tls(context: ssl.SSLContext) -> None:
    """Talk to servers that have not been looked after for years: any certificate, old protocols, weak ciphers."""
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.options |= _OP_LEGACY_SERVER_CONNECT


def _seconds_left(limits: _Limits) -> float | None:
    return None if limits.deadline is None else max(0.0, limits.deadline - asyncio.get_running_loop().time())


def _unconnected(faults: Sequence[tuple[str, OSError]], asked: Asked) -> Exception:
    """Why no place accepted a connection, in Scrapy's terms; the last fault decides which."""
    fault = faults[-1][1]
    tried = ", ".join(place for place, _ in faults)
    if isinstance(fault, ssl.SSLCertVerificationError):
        return DownloadFailedError(
            f"the certificate of {asked.host} is not trusted ({fault.verify_message}); "
            f"check the clock and the site in a browser, or allow insecure TLS for this crawl: {asked.url}"
        )
    if isinstance(fault, ConnectionRefusedError):
        return DownloadConnectionRefusedError(f"connection refused by {tried}: {asked.url}")
    if isinstance(fault, TimeoutError):
        return DownloadTimeoutError(f"no connection to {tried} within {CONNECT_LIMIT:g} seconds: {asked.url}")
    return DownloadFailedError(f"no connection to {tried} ({fault}): {asked.url}")


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


def _exchange(asked: Asked, connection: Connection, reader: ResponseReader) -> Exchange:
    message = reader.message
    assert message is not None
    assert connection.started is not None
    return Exchange(
        url=asked.url,
        started=connection.started,
        request=asked.wire,
        response=reader.response,
        payload=message.payload,
        status=message.status,
        reason=message.reason,
        headers=message.headers,
        address=connection.address,
        port=connection.port,
        http_version=message.http_version,
        truncated=reader.truncated,
        tls=connection.tls,
    )


def _response(request: Request, exchange: Exchange) -> Response:
    """The exchange as Scrapy's middlewares and spiders expect it."""
    url = without_credentials(request.url)
    headers = Headers(exchange.headers)
    kind = responsetypes.from_args(headers=headers, url=url, body=exchange.payload)
    return kind(
        url=url,
        status=exchange.status,
        headers=headers,
        body=exchange.payload,
        flags=["dataloss"] if exchange.truncated else None,
        ip_address=ipaddress.ip_address(exchange.address),
        protocol=f"HTTP/{exchange.http_version}",
    )
