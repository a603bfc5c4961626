"""A server that sends whatever bytes a test wants, in whatever pieces, and remembers what it was sent."""

import os
import socket
import struct
import threading
from contextlib import contextmanager, suppress

from attrs import frozen

CLOSE = object()
"""Ends the connection, over TLS without its close_notify."""

CLOSE_NOTIFY = object()
"""Ends TLS, and then the connection."""

RESET = object()
"""Breaks the connection, as a process does that is killed."""

TLS_HANDSHAKE = 0x16


@frozen
class Unencrypted:
    """Bytes that go past TLS."""

    data: bytes


class RawServer:
    """Answers the n-th request with the n-th script (the last one again and again), and logs what it received.

    A script is bytes to send, seconds to wait, and one of the ends above, in a row that may be endless. In place of
    scripts a function may choose one for each request.
    """

    def __init__(self, scripts, tls=None, host="127.0.0.1", dropping=()):
        """`dropping`: how the first connections end, each at its first bytes."""
        self.scripts = scripts
        self.dropping = tuple(dropping)
        self.tls = tls
        self.requests = []
        self.connections = 0
        self._open = []
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._socket = socket.create_server((host, 0))
        self.port = self._socket.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def url(self, path="/", host="127.0.0.1"):
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}{path}"

    def close(self):
        self._closing.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        self._socket.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads[1:]:
            thread.join()

    def _accept(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            drop = self.dropping[self.connections - 1 : self.connections]
            thread = threading.Thread(target=self._drop if drop else self._serve, args=(connection, *drop))
            self._threads.append(thread)
            thread.start()

    def _drop(self, connection, end):
        with connection, suppress(OSError):
            connection.recv(65536)
            self._play(connection, end)

    def _serve(self, connection):
        with connection:
            try:
                talk = self.tls.wrap_socket(connection, server_side=True) if self.tls else connection
                with talk:
                    while request := self._read(talk):
                        with self._lock:
                            self.requests.append(request)
                            script = self._script(request)
                        for step in script:
                            if not self._play(talk, step):
                                return
            except OSError:
                pass

    def _play(self, talk, step):
        """Whether the connection goes on after a step."""
        if isinstance(step, bytes):
            talk.sendall(step)
        elif isinstance(step, Unencrypted):
            os.write(talk.fileno(), step.data)
        elif isinstance(step, float):
            return not self._closing.wait(step)
        elif step is CLOSE_NOTIFY:
            talk.settimeout(1)
            talk.unwrap()
        elif step is RESET:
            talk.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return step not in (CLOSE, CLOSE_NOTIFY, RESET)

    def _script(self, request):
        if callable(self.scripts):
            return self.scripts(request)
        return self.scripts[min(len(self.requests), len(self.scripts)) - 1]

    @staticmethod
    def _read(connection):
        request = b""
        while b"\r\n\r\n" not in request:
            piece = connection.recv(65536)
            if not piece:
                return b""
            request += piece
            if request[0] == TLS_HANDSHAKE:
                return request
        head, _, body = request.partition(b"\r\n\r\n")
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                while len(body) < int(line.partition(b":")[2]):
                    body += connection.recv(65536)
        return head + b"\r\n\r\n" + body


@contextmanager
def serving(*scripts, tls=None, host="127.0.0.1", dropping=()):
    """A server for as long as a test needs it; scripts that are bytes are sent in one piece."""
    listed = [[script] if isinstance(script, bytes) else script for script in scripts]
    server = RawServer(scripts[0] if callable(scripts[0]) else listed, tls, host, dropping)
    try:
        yield server
    finally:
        server.close()
