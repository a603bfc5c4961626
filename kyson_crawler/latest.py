"""What was met last, and no more of it than fits into memory: the oldest goes first."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sized
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T", bound=Sized)


class Latest(Generic[T]):
    """Values by name that hold no more than `most` things together; one that was forgotten begins anew."""

    def __init__(self, make: Callable[[], T], most: int) -> None:
        self._make = make
        self._most = most
        self._held = 0
        self._values: OrderedDict[str, T] = OrderedDict()

    def get(self, name: str) -> T | None:
        """The value of that name, None for one never met or forgotten."""
        return self._values.get(name)

    def all(self) -> Iterator[tuple[str, T]]:
        """Every value that is not forgotten, with its name."""
        yield from self._values.items()

    @contextmanager
    def changing(self, name: str) -> Iterator[T]:
        """The value of that name, to be added to; made when there is none."""
        value = self._values.setdefault(name, self._make())
        self._values.move_to_end(name)
        before = len(value)
        yield value
        self._held += len(value) - before
        while self._held > self._most and len(self._values) > 1:
            self._held -= len(self._values.popitem(last=False)[1])


class Versions:
    """Which address was met for a page that has several: of the last `most` pages, as numbers."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._met: OrderedDict[int, int] = OrderedDict()

    def add(self, page: str, url: str) -> None:
        """Remember the first address of a page, which is named by what all its addresses have in common."""
        self._met.setdefault(hash(page), hash(url))
        if len(self._met) > self._most:
            self._met.popitem(last=False)

    def has_other(self, page: str, url: str) -> bool:
        """Whether the page was met at another address than this one."""
        return self._met.get(hash(page), hash(url)) != hash(url)
