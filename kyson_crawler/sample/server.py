"""The sample portal on loopback: a small HTTP/1.1 server in a thread of its own."""

import asyncio
import socket
from contextlib import suppress
from email.utils import formatdate
from http import HTTPStatus
from itertools import count
from threading import Event, Thread
from types import TracebackType
from typing import Final, Self

from kyson_crawler.sample.site import Answer, Site

REFUSED: Final = Answer(405, "text/plain", b"Only GET and HEAD are answered here.\n")
NONSENSE: Final = Answer(400, "text/plain", b"This is no HTTP request.\n")


class SampleServer:
    """Serves one edition of the sample portal on 127.0.0.1, at a port that the system chooses; a context manager.

    Both of its hosts answer at that one port, told apart by the Host header: send any host there (`connect_to`).
    """

    def __init__(self, edition: int = 1) -> None:
        self.port = 0
        """Where it listens; 0 until it is started."""

        self.requests: list[tuple[str, str]] = []
        """Host, and path with query, of every request in order of arrival."""

        self._site = Site(edition)
        self._visits = count(1)
        self._thread: Thread | None = None
        self._loop: asyncio.AbstractEventLoop
        self._enough: asyncio.Event

    @property
    def connect_to(self) -> str:
        """The rule in curl's form by which any host at any port is looked for here."""
        return f"::127.0.0.1:{self.port}"

    def start(self) -> None:
        """Open the port and begin to answer."""
        if self._thread is not None:
            return
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        ready = Event()
        self._thread = Thread(
            target=lambda: asyncio.run(self._serve(listener, ready)), name="sample portal", daemon=True
        )
        self._thread.start()
        ready.wait()

    def stop(self) -> None:
        """Close the port and every connection; returns when all is closed."""
        if self._thread is None:
            return
        self._loop.call_soon_threadsafe(self._enough.set)
        self._thread.join()
        self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    async def _serve(self, listener: socket.socket, ready: Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._enough = asyncio.Event()
        talks: set[asyncio.Task[None]] = set()

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            talks.add(task)
            # A client that goes away is no fault, and being cancelled is how a kept-alive connection ends in stop().
            with suppress(
                ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError
            ):
                await self._talk(reader, writer)
            writer.transport.abort()
            talks.discard(task)

        server = await asyncio.start_server(talk, sock=listener)
        ready.set()
        await self._enough.wait()
        server.close()
        for task in tuple(talks):
            task.cancel()
        await asyncio.gather(*talks)
        await server.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection in turn, until the client has had enough."""
        keep = True
        while keep:
            head = await reader.readuntil(b"\r\n\r\n")
            keep, response = self._respond(head.decode("latin-1"))
            writer.write(response)
            await writer.drain()
        writer.close()
        await writer.wait_closed()

    def _respond(self, head: str) -> tuple[bool, bytes]:
        """Whether to keep the connection, and the bytes to send, for the head of one request."""
        request_line, *lines = head.rstrip().split("\r\n")
        try:
            method, target, version = request_line.split(" ")
        except ValueError:
            return False, _wire(NONSENSE, keep=False, with_body=True)
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        host = headers.get("host", "").partition(":")[0].lower()
        self.requests.append((host, target))
        if method not in {"GET", "HEAD"}:
            return False, _wire(REFUSED, keep=False, with_body=True)
        keep = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
        answer = self._site.answer(host, target, next(self._visits))
        return keep, _wire(answer, keep=keep, with_body=method == "GET")


def _wire(answer: Answer, *, keep: bool, with_body: bool) -> bytes:
    """The response as bytes; to HEAD it says how long the body would be and sends none."""
    head = (
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n"
        f"Date: {formatdate(usegmt=True)}\r\n"
        f"Content-Type: {answer.type}\r\n"
        f"Content-Length: {len(answer.body)}\r\n"
        f"Connection: {'keep-alive' if keep else 'close'}\r\n\r\n"
    )
    return head.encode("latin-1") + (answer.body if with_body else b"")
