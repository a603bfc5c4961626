"""Portals on one address that note when each request came and when its answer was ready, as a server's log would."""

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Self

from attrs import field, frozen


@frozen(kw_only=True)
class Answer:
    """What a portal says to one request."""

    body: bytes = b""
    status: int = 200
    kind: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(factory=dict)
    seconds: float = 0.02
    """How long it takes to come up with it."""


@frozen(kw_only=True)
class Visit:
    """One line of the log; times of the monotonic clock."""

    host: str
    path: str
    agent: str
    came: float
    ready: float
    """Before the first byte of the answer was sent, so that whoever asks cannot have had it earlier."""


class PolitePortals:
    """Context manager: serves every host on 127.0.0.1; `answer` is given host, path and which visit of that path it is."""

    def __init__(self, answer: Callable[[str, str, int], Answer]) -> None:
        self.log: list[Visit] = []
        self._lock = threading.Lock()
        self._seen: dict[tuple[str, str], int] = {}
        portals = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                came = time.monotonic()
                host = (self.headers["Host"] or "").partition(":")[0]
                said = answer(host, self.path, portals.count(host, self.path))
                time.sleep(said.seconds)
                visit = Visit(
                    host=host,
                    path=self.path,
                    agent=self.headers["User-Agent"] or "",
                    came=came,
                    ready=time.monotonic(),
                )
                with portals._lock:
                    portals.log.append(visit)
                self.send_response(said.status)
                for name, value in {"Content-Type": said.kind, **said.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(said.body)))
                self.end_headers()
                self.wfile.write(said.body)

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                """Whoever asked was killed."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        self.rule = f"::127.0.0.1:{self.port}"

    def count(self, host: str, path: str) -> int:
        with self._lock:
            self._seen[host, path] = self._seen.get((host, path), 0) + 1
            return self._seen[host, path]

    def visits(self, *hosts: str) -> list[Visit]:
        """What came to some hosts, or to all, in order."""
        with self._lock:
            return sorted((visit for visit in self.log if not hosts or visit.host in hosts), key=lambda one: one.came)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def gaps(visits: list[Visit]) -> list[float]:
    """Seconds of quiet between one answer and the next request."""
    return [later.came - earlier.ready for earlier, later in pairwise(visits)]


def most_at_once(visits: list[Visit]) -> int:
    """How many requests were open at the same time."""
    return max(sum(other.came <= visit.came < other.ready for other in visits) for visit in visits)
