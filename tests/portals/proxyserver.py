"""An HTTP proxy on loopback that leads every host to one server, and remembers what it was asked."""

import socket
import threading
from contextlib import suppress
from typing import Self


class ProxyServer:
    """Context manager. With a login (`user:password` in Base64) it refuses whoever does not give it."""

    def __init__(
        self, target: int, *, login: bytes = b"", greeting: bytes = b"HTTP/1.0 200 Connection established"
    ) -> None:
        self.heads: list[bytes] = []
        self.connections = 0
        self._target = target
        self._login = login
        self._greeting = greeting
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        self._socket.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for connection in self._open:
            connection.close()

    @property
    def lines(self) -> list[bytes]:
        """The request lines it got."""
        return [head.partition(b"\r\n")[0] for head in self.heads]

    def _start(self, work, *arguments) -> None:
        thread = threading.Thread(target=work, args=arguments)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._socket.accept()
                self.connections += 1
                self._open.append(client)
                self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head and (piece := client.recv(65536)):
                head += piece
            if not head:
                return
            self.heads.append(head)
            if self._login and b"\r\nProxy-Authorization: Basic %s\r\n" % self._login not in head:
                client.sendall(b"HTTP/1.1 407 Can dang nhap\r\nContent-Length: 3\r\n\r\nwho")
            elif head.startswith(b"CONNECT "):
                client.sendall(self._greeting + b"\r\n\r\n")
                if b" 200 " in self._greeting:
                    self._relay(client, b"")
            else:
                self._relay(client, head)
            client.shutdown(socket.SHUT_RDWR)

    def _relay(self, client: socket.socket, first: bytes) -> None:
        with socket.create_connection(("127.0.0.1", self._target)) as server:
            self._open.append(server)
            server.sendall(first)
            self._start(self._pass_on, server, client)
            self._pass_on(client, server)

    @staticmethod
    def _pass_on(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                sink.sendall(piece)
            sink.shutdown(socket.SHUT_WR)
