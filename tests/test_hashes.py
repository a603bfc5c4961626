"""Hashes are kept as a set keeps them, in a tenth of the memory."""

import random
import sys

from kyson_crawler.hashes import Hashes


def test_it_holds_what_a_set_holds():
    chances = random.Random(7)
    numbers = [chances.randrange(-(2**63), 2**63) for _ in range(500)]
    found, known = Hashes(), set()
    for number in (*numbers[:400], numbers[60], -(2**63), 2**63 - 1):
        found.add(number)
        known.add(number)
    assert len(found) == len(known)
    assert found.has_all(known)
    assert all((number in found) == (number in known) for number in numbers)


def test_it_has_all_only_of_what_was_put_in():
    found = Hashes()
    found.add(1, 2, 3, 2)
    assert len(found) == 3
    assert found.has_all({1, 3})
    assert not found.has_all({1, 4})
    assert found.has_all(())


def test_a_hundred_thousand_take_less_than_a_megabyte():
    found = Hashes()
    found.add(*range(100_000))
    assert sys.getsizeof(found._numbers) < 1_000_000
