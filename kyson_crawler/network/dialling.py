"""The opening of connections: to addresses that were checked, through a proxy, encrypted as well as the server can."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Sequence
from functools import cache

from attrs import evolve, frozen
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
)

from archive.errors import ForbiddenAddress, UntrustedServer
from kyson_crawler.network import tls
from kyson_crawler.network.addresses import Destination, IPAddress, Lookup, allowed, look_up
from kyson_crawler.network.asked import Asked, Proxy
from kyson_crawler.network.connection import Connection
from kyson_crawler.network.exchange import Timings
from kyson_crawler.network.pressure import Pressure
from kyson_crawler.network.wire import ResponseReader

CONNECT_LIMIT = 15.0
"""Seconds for one address to accept a connection, a proxy's tunnel and the TLS handshake included."""


@frozen(kw_only=True)
class Route:
    """The way to whom a request is for."""

    goal: Destination
    proxy: Proxy | None
    tunnel: bool
    """Whether the proxy is to pass bytes on unread: for https, and where a rule sends the crawler elsewhere."""

    @classmethod
    def to(cls, asked: Asked, goal: Destination, proxy: Proxy | None) -> "Route":
        """The way through a proxy, if there is one.

        What is on this machine is asked directly, as browsers do: the proxy's loopback is another machine's.
        """
        proxy = None if goal.is_here else proxy
        return cls(goal=goal, proxy=proxy, tunnel=proxy is not None and (asked.scheme == "https" or goal.redirected))


@frozen(kw_only=True)
class _Verdict:
    """What a server's encryption was found to lack, so that it is not tried in vain for every connection."""

    rung: int
    fault: str | None
    certificate_sha256: str
    """The verdict holds for this certificate alone."""


class Dialler:
    """Opens the connections of one crawl."""

    def __init__(self, *, insecure_tls: bool, loopback_only: bool, on_lost: Callable[[Connection], None]) -> None:
        """`loopback_only`: nothing but this machine is asked, and no name is looked up."""
        self._rungs = tls.LADDER if insecure_tls else tls.LADDER[:1]
        self._context = cache(lambda rung: self._rungs[rung]())
        self._loopback_only = loopback_only
        self._on_lost = on_lost
        self._pressure = Pressure()
        self._verdicts: dict[tuple[str, int], _Verdict] = {}
        self._vouched: set[str] = set()

    async def look_up(self, asked: Asked, route: Route) -> Lookup:
        """The addresses to try, of the server or of the proxy, those that must not be contacted left out.

        A proxy looks names up itself, so what it reaches cannot be checked: only that the name does not lead to a
        private address here. The proxy's own address was named by whoever runs the crawl and may be any.
        Raises ForbiddenAddress, or CannotResolveHostError when there is none.
        """
        goal = route.goal
        if self._loopback_only and not goal.is_here:
            raise ForbiddenAddress(
                f"nobody to contact is named in kyson.toml, so nothing beyond this machine is asked, "
                f"{asked.host} neither: {asked.url}",
                asked.url,
            )
        if route.proxy is None:
            return await look_up(goal.host, goal.port)
        if goal.host not in self._vouched:
            allowed(await look_up(goal.host, goal.port), goal, url=asked.url)
            self._vouched.add(goal.host)
        return await look_up(route.proxy.host, route.proxy.port)

    async def connect(self, asked: Asked, route: Route, lookup: Lookup) -> Connection:
        """Connect to the first place that accepts, at the very addresses that were looked up and checked.

        Raises ForbiddenAddress, UntrustedServer, or what Scrapy knows to retry.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        faults: list[tuple[str, OSError]] = []
        for address, port in _places(asked, route, lookup):
            try:
                async with asyncio.timeout(CONNECT_LIMIT):
                    connection = await self._open(address, port, asked, route)
            except OSError as fault:
                faults.append((f"{address} port {port}", fault))
                continue
            whole = loop.time() - began
            connection.opened = evolve(connection.opened, connect=whole - (connection.opened.tls or 0.0))
            if route.proxy is None and lookup.is_of_name:
                connection.lookup = lookup
            return connection
        raise _unconnected(faults, asked, route) from faults[-1][1]

    async def _open(self, address: IPAddress, port: int, asked: Asked, route: Route) -> Connection:
        """A connection ready for requests, with as much trust as the server deserves and the portal asks for."""
        if asked.scheme != "https":
            return await self._reach(address, port, route)
        if known := self._verdicts.get((asked.host, asked.port)):
            connection = await self._encrypted(address, port, asked, route, known.rung, known.fault)
            if connection.tls and connection.tls.certificate_sha256 == known.certificate_sha256:
                return connection
            connection.abort()
        return await self._judged(address, port, asked, route)

    async def _judged(self, address: IPAddress, port: int, asked: Asked, route: Route) -> Connection:
        """An encrypted connection with the best that the server can do; what it says it lacks is remembered.

        A connection that is dropped says nothing. It is tried again as it was, and only when it is dropped again with what
        older servers can do, which a certificate has to verify for; such a server is met anew each time.
        """
        rung, fault, drops = 0, None, 0
        while True:
            try:
                connection = await self._encrypted(address, port, asked, route, rung, fault)
            except OSError as error:
                dropped = rung == 0 and tls.was_dropped(error)
                if rung + 1 == len(self._rungs) or not (dropped or tls.can_be_put_up_with(error)):
                    raise
                said = tls.fault_of(error)
                if dropped:
                    drops += 1
                    if drops == 1:
                        continue
                    said = f"the handshake was broken off twice: {said}"
                rung, fault = rung + 1, said if fault in {None, said} else f"{fault}; {said}"
            else:
                break
        site = asked.host, asked.port
        self._verdicts.pop(site, None)
        if rung and drops < 2 and connection.tls:
            digest = connection.tls.certificate_sha256
            self._verdicts[site] = _Verdict(rung=rung, fault=fault, certificate_sha256=digest)
        return connection

    async def _encrypted(
        self, address: IPAddress, port: int, asked: Asked, route: Route, rung: int, fault: str | None
    ) -> Connection:
        """An encrypted connection by one rung of the ladder; `fault` is why it had to be that one."""
        loop = asyncio.get_running_loop()
        connection = await self._reach(address, port, route)
        began = loop.time()
        try:
            encrypted = await connection.encrypt(self._context(rung), asked.host.rstrip("."))
        except BaseException:
            connection.abort()
            raise
        connection.tls = tls.seen(encrypted, fault)
        connection.opened = Timings(tls=loop.time() - began)
        return connection

    async def _reach(self, address: IPAddress, port: int, route: Route) -> Connection:
        """A connection to an address, or through the proxy there to the route's goal, not yet encrypted."""
        loop = asyncio.get_running_loop()
        family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
        _, connection = await loop.create_connection(
            lambda: Connection(str(address), port, self._pressure, self._on_lost), str(address), port, family=family
        )
        if route.proxy is not None:
            connection.proxy = route.proxy.url
            if route.tunnel:
                await _tunnel(connection, route.proxy, route.goal)
        return connection


async def _tunnel(connection: Connection, proxy: Proxy, goal: Destination) -> None:
    """Have the proxy pass everything on; raises ConnectionError when it will not."""
    host = f"[{goal.host}]" if ":" in goal.host else goal.host
    reader = ResponseReader(method="CONNECT", maxsize=0)
    try:
        await connection.ask(proxy.opening(f"{host}:{goal.port}"), reader, CONNECT_LIMIT)
        if reader.message is None:
            raise ConnectionAbortedError(reader.fault or "the proxy does not answer")
        if not 200 <= reader.message.status < 300:
            raise ConnectionAbortedError(refusal(reader.message.status, reader.message.reason))
    except BaseException:
        connection.abort()
        raise


def refusal(status: int, reason: bytes) -> str:
    """Why a proxy refuses, with what to do about it."""
    said = f"it says {status} {reason.decode('latin-1')!r}"
    return f"{said}, write it as http://USER:PASSWORD@HOST:PORT" if status == 407 else said


def _places(asked: Asked, route: Route, lookup: Lookup) -> Sequence[tuple[IPAddress, int]]:
    if lookup.fault is not None:
        whose = "the proxy " if route.proxy else ""
        raise CannotResolveHostError(
            f"no address is known for {whose}{lookup.host} ({lookup.fault}); check the name and the network: {asked.url}"
        )
    if route.proxy is not None:
        return [(address, route.proxy.port) for address in lookup.addresses]
    return [(address, route.goal.port) for address in allowed(lookup, route.goal, url=asked.url)]


def _unconnected(faults: Sequence[tuple[str, OSError]], asked: Asked, route: Route) -> Exception:
    """Why no place accepted a connection, in Scrapy's terms; the last fault decides which."""
    fault = faults[-1][1]
    tried = ", ".join(place for place, _ in faults)
    if route.proxy is not None:
        tried = f"the proxy {tried}"
    if tls.can_be_put_up_with(fault):
        verified = not isinstance(fault, ssl.SSLCertVerificationError)
        what = "no encryption of today is spoken by" if verified else "the certificate does not verify of"
        return UntrustedServer(
            f"{what} {asked.host} ({tls.fault_of(fault).rstrip('.')}); check the clock and the site in a browser, or write "
            f"insecure_tls = true into the portal's TOML to take what it sends, with that noted: {asked.url}",
            asked.url,
        )
    if isinstance(fault, ConnectionRefusedError):
        return DownloadConnectionRefusedError(f"connection refused by {tried}: {asked.url}")
    if isinstance(fault, TimeoutError):
        return DownloadTimeoutError(f"no connection to {tried} within {CONNECT_LIMIT:g} seconds: {asked.url}")
    return DownloadFailedError(f"no connection to {tried} ({tls.fault_of(fault)}): {asked.url}")
