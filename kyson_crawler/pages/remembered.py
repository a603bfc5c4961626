"""What stands in the scripts and style sheets of pages, worked out once: most pages of a portal have the same."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TypeVar

Found = TypeVar("Found")

_LONGEST = 50_000
"""Letters of the longest text that is remembered, with what was found in it."""


def remembered(read: Callable[[str], Iterable[Found]], most: int) -> Callable[[str], Iterable[Found]]:
    """The same function, which remembers what it found in the last `most` texts that are not too long to be held."""

    @lru_cache(maxsize=most)
    def known(text: str) -> tuple[Found, ...]:
        return tuple(read(text))

    return lambda text: known(text) if len(text) <= _LONGEST else read(text)
