"""A portal that sends the very bytes it is given, and remembers what it sent and what it was sent."""

import socket
from threading import Thread
from typing import Self


class RawPortal:
    """Context manager: answers each path on 127.0.0.1 with raw bytes, one connection a request; 404 for the rest."""

    def __init__(self, answers: dict[str, bytes]) -> None:
        self.answers = answers
        self.sent: dict[str, bytes] = {}
        self.received: dict[str, bytes] = {}
        self.requests: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(0.05)
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        self._open = True

    def __enter__(self) -> Self:
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._open = False
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while self._open:
            try:
                connection, _ = self._socket.accept()
            except TimeoutError:
                continue
            with connection:
                connection.settimeout(5)
                request = b""
                while b"\r\n\r\n" not in request and (piece := connection.recv(65536)):
                    request += piece
                path = request.split(b" ", 2)[1].decode() if request.count(b" ") > 1 else ""
                self.received[path] = request
                self.requests.append(path)
                self.sent[path] = self.answers.get(path, b"HTTP/1.1 404 Khong Thay\r\nContent-Length: 0\r\n\r\n")
                connection.sendall(self.sent[path])


def page(html: str, *headers: str) -> bytes:
    """A whole response that holds a page."""
    body = html.encode()
    lines = ["HTTP/1.1 200 OK", "Content-Type: text/html; charset=utf-8", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def chunked(html: str) -> bytes:
    """The same in two chunks, with headers as no library writes them."""
    body = html.encode()
    first, second = body[: len(body) // 2], body[len(body) // 2 :]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (first, second))
    head = b"HTTP/1.1 200 Xin chao\r\ncOnTeNt-TyPe: text/html; charset=utf-8\r\nX-Lap: 1\r\nX-Lap: 2\r\n"
    return head + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + chunks + b"0\r\n\r\n"
