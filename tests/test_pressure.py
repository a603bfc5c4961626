"""So many bytes of unfinished responses are held at once, and no more, and every response ends."""

import random

from kyson_crawler.network.pressure import Pressure


class Stream:
    def __init__(self, size):
        self.left = size
        self.waits = False

    def pause(self):
        assert not self.waits
        self.waits = True

    def resume(self):
        assert self.waits
        self.waits = False


def test_whatever_comes_from_how_many_streams_little_more_than_the_limit_is_held_and_all_end():
    chance = random.Random(2026)
    for _ in range(200):
        sizes = [chance.choice([5, 50, 400]) for _ in range(chance.randint(1, 30))]
        streams, pressure, held = (
            [Stream(size) for size in sizes],
            Pressure(limit=500),
            dict.fromkeys(range(len(sizes)), 0),
        )
        unfinished = set(range(len(sizes)))
        while unfinished:
            reading = [number for number in unfinished if not streams[number].waits]
            assert reading, "nobody may go on"
            number = chance.choice(reading)
            piece = min(10, streams[number].left)
            streams[number].left -= piece
            held[number] += piece
            pressure.hold(streams[number], piece)
            # Each stream may bring one more piece before it is kept waiting.
            assert sum(held.values()) <= 500 + 400 + 10 * len(sizes)
            if not streams[number].left:
                unfinished.discard(number)
                held[number] = 0
                pressure.release(streams[number])
        assert not any(stream.waits for stream in streams)


def test_streams_are_left_alone_while_little_is_held():
    pressure, streams = Pressure(limit=100), [Stream(1) for _ in range(9)]
    for stream in streams:
        pressure.hold(stream, 11)
    assert not any(stream.waits for stream in streams)


def test_the_one_that_is_furthest_on_goes_on_and_the_others_when_it_has_ended():
    pressure, (small, large, late) = Pressure(limit=100), (Stream(1) for _ in range(3))
    pressure.hold(small, 30)
    pressure.hold(large, 80)
    assert (small.waits, large.waits) == (True, False)
    pressure.hold(late, 1)
    assert (small.waits, large.waits, late.waits) == (True, False, True)
    pressure.release(large)
    assert (small.waits, late.waits) == (False, False)
