"""How much of large responses lies in memory at once, whatever so many servers send."""

import ctypes
from collections.abc import Hashable
from typing import Protocol

HELD_LIMIT = 16_000_000
"""Bytes of unfinished responses above which only the one that is furthest on is still read."""

_M_MMAP_THRESHOLD = -3
_LARGE_BLOCK = 1 << 20


def give_back_large_blocks() -> None:
    """Have freed blocks of a megabyte and more go back to the system at once, where the C library is glibc.

    Left to itself it raises that threshold to the largest block it has seen, keeps such blocks within its heap from
    then on, and after a few large responses holds a hundred megabytes that nobody uses (mallopt(3)).
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGE_BLOCK)


class Stream(Hashable, Protocol):
    """Something that brings bytes, and can be kept waiting."""

    def pause(self) -> None:
        """Read no more for now."""

    def resume(self) -> None:
        """Read on."""


class Pressure:
    """Keeps streams waiting while too much is held of all of them together.

    The one that is furthest on goes on to its end, so that something always ends. A response that waits may run into its
    time limit: then it is kept and labelled as one that was too slow.
    """

    def __init__(self, limit: int = HELD_LIMIT) -> None:
        self._limit = limit
        self._held: dict[Stream, int] = {}
        self._total = 0
        self._waiting: set[Stream] = set()

    def hold(self, stream: Stream, size: int) -> None:
        """Take note that so many bytes more are held of a stream."""
        self._held[stream] = self._held.get(stream, 0) + size
        self._total += size
        if self._total > self._limit:
            self._relieve()

    def release(self, stream: Stream) -> None:
        """Take note that a stream is over; what waits may go on."""
        self._total -= self._held.pop(stream, 0)
        if stream in self._waiting:
            self._waiting.discard(stream)
            stream.resume()
        if self._total <= self._limit or not self._held:
            waiting, self._waiting = self._waiting, set()
        else:
            waiting = {self._furthest()} & self._waiting
            self._waiting -= waiting
        for other in waiting:
            other.resume()

    def _relieve(self) -> None:
        furthest = self._furthest()
        for stream in self._held.keys() - self._waiting - {furthest}:
            self._waiting.add(stream)
            stream.pause()
        if furthest in self._waiting:
            self._waiting.discard(furthest)
            furthest.resume()

    def _furthest(self) -> Stream:
        return max(self._held, key=self._held.__getitem__)
