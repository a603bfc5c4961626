"""One connection to a server: encrypting it, sending a request, and handing what comes back to its reader."""

import asyncio
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from typing import cast

from attrs import evolve

from kyson_crawler.network.addresses import Lookup
from kyson_crawler.network.exchange import Timings, Tls
from kyson_crawler.network.pressure import Pressure
from kyson_crawler.network.wire import ResponseReader


class Connection(asyncio.Protocol):
    """A connection to one address, which carries one exchange at a time."""

    def __init__(self, address: str, port: int, pressure: Pressure, on_lost: Callable[["Connection"], None]) -> None:
        loop = asyncio.get_running_loop()
        self.address = address
        self.port = port
        self._loop = loop
        self._pressure = pressure
        self._on_lost = on_lost
        self._transport: asyncio.Transport | None = None
        self._reader: ResponseReader | None = None
        self._answered: asyncio.Future[None] | None = None
        self._sent_at = 0.0
        self._first_byte: float | None = None
        self._total: float | None = None
        self._early = b""
        self._idle_limit: asyncio.TimerHandle | None = None
        self._aborted = False
        self.lost: asyncio.Future[None] = loop.create_future()
        """Done once the socket is closed."""

        self.proxy: str | None = None
        """Address of the proxy that this is a connection to; None when it leads to the server itself."""

        self.tls: Tls | None = None
        self.lookup: Lookup | None = None
        """What led here, for the first exchange alone; so with the next."""

        self.opened = Timings()
        self.started: datetime | None = None
        """When the latest request was sent; aware, UTC."""

        self.latency = 0.0
        """Seconds from sending the latest request to the end of its response's headers."""

    @property
    def is_open(self) -> bool:
        """Whether something can still be sent."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def timings(self) -> Timings:
        """Of the latest exchange, with the opening of the connection where that was for it."""
        return evolve(self.opened, first_byte=self._first_byte, total=self._total)

    async def encrypt(self, context: ssl.SSLContext, name: str) -> ssl.SSLObject:
        """Begin TLS with the server of that name; raises OSError, and then the connection is of no more use."""
        if not self.is_open:
            raise ConnectionResetError("the server closed the connection")
        assert self._transport is not None
        transport = await self._loop.start_tls(self._transport, self, context, server_hostname=name)
        if transport is None:
            raise ConnectionResetError("the server closed the connection")
        self._transport = transport
        encrypted: ssl.SSLObject = transport.get_extra_info("ssl_object")
        return encrypted

    async def ask(self, wire: bytes, reader: ResponseReader, timeout: float | None) -> None:
        """Send a request and wait until its reader is done, at most `timeout` seconds; check the reader then."""
        self.started = datetime.now(UTC)
        self.latency = 0.0
        self._first_byte = self._total = None
        if self._transport is None:
            reader.eof()
            return
        self._answered = self._loop.create_future()
        self._reader = reader
        self._sent_at = self._loop.time()
        self._transport.write(wire)
        if self._early:
            self.data_received(self._early)
            self._early = b""
        limit = self._loop.call_later(timeout, self._end_wait) if timeout is not None else None
        try:
            await self._answered
        finally:
            if limit is not None:
                limit.cancel()
            self._total = self._loop.time() - self._sent_at
            self._reader = self._answered = None
            self._pressure.release(self)

    def pause(self) -> None:
        """Leave in the socket what the server sends."""
        if self.is_open:
            assert self._transport is not None
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read what the server sends."""
        if self.is_open:
            assert self._transport is not None
            self._transport.resume_reading()

    def rest(self, seconds: float) -> None:
        """Stay open for another request, but not for longer than this."""
        self._idle_limit = self._loop.call_later(seconds, self.abort)

    def use_again(self) -> None:
        """End the rest; how the connection was opened is no part of what follows."""
        self._end_rest()
        self.lookup, self.opened = None, Timings()

    def abort(self) -> None:
        """Close at once; `lost` tells when it is done."""
        self._end_rest()
        if self._transport is not None:
            self._aborted = True
            self._transport.abort()

    # What follows is called by asyncio.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Pass bytes on to the reader."""
        reader = self._reader
        if reader is None:
            self._receive_unasked(data)
            return
        if self._first_byte is None:
            self._first_byte = self._loop.time() - self._sent_at
        reader.feed(data)
        self._pressure.hold(self, len(data))
        if not self.latency and reader.message is not None:
            self.latency = self._loop.time() - self._sent_at
        self._answer_when_done(reader)

    def eof_received(self) -> None:
        """Tell the reader that the server has no more to say, whatever becomes of the connection afterwards."""
        if self._reader is not None:
            self._reader.eof()
            self._answer_when_done(self._reader)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the reader and the owner."""
        self._end_rest()
        reader = self._reader
        if reader is not None and not reader.done:
            reader.eof(broken=exc is not None or self._aborted)
            self._answer_when_done(reader)
        self._transport = None
        self.lost.set_result(None)
        self._on_lost(self)

    def _end_rest(self) -> None:
        if self._idle_limit is not None:
            self._idle_limit.cancel()
            self._idle_limit = None

    def _receive_unasked(self, data: bytes) -> None:
        """Keep a greeting (an SSH server's) to tell what answers there; after an answer, trust the server no more."""
        if self.started is None:
            self._early += data
        else:
            self.abort()

    def _answer_when_done(self, reader: ResponseReader) -> None:
        if reader.done:
            self._end_wait()

    def _end_wait(self) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(None)
