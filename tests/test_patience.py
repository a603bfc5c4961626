"""A server that has too much to do is given time: as much as it asks for, and otherwise more each time."""

from datetime import UTC, datetime

import pytest

from kyson_crawler.network.addresses import Destination
from kyson_crawler.patience import guess, retry_after
from kyson_crawler.politeness import Host

NOW = datetime(2026, 11, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": b"120"}, 120),
        ({"Retry-After": b" 7 "}, 7),
        ({"Retry-After": b"999999999999999999"}, 3600),
        ({"Retry-After": b"Mon, 02 Nov 2026 03:05:05 GMT"}, 60),
        ({"Retry-After": b"Mon, 02 Nov 2026 03:05:05 GMT", "Date": b"Mon, 02 Nov 2026 03:05:00 GMT"}, 5),
        ({"Retry-After": b"Mon, 02 Nov 2020 03:05:05 GMT"}, 0),
        ({"Retry-After": b"Fri, 31 Dec 9999 23:59:59 GMT"}, 3600),
        ({"Retry-After": b"-5"}, None),
        ({"Retry-After": b"soon\xff"}, None),
        ({"Retry-After": "٣".encode()}, None),
        ({}, None),
    ],
)
def test_what_a_retry_after_asks_for_is_understood_and_bounded(headers, seconds):
    assert retry_after(headers, NOW) == seconds


def test_without_it_each_refusal_doubles_the_time_up_to_ten_minutes():
    assert [round(guess(n, 2.0) / 2**n, 1) <= 1.3 for n in (1, 2, 3)] == [True] * 3
    assert 2.0 <= guess(1, 2.0) <= 2.6
    assert 600 <= guess(40, 2.0) <= 780


def test_slow_answers_make_the_pauses_longer_and_quick_ones_slowly_shorter_again():
    host = Host(name="a.example", goal=Destination(host="a.example", port=80, chosen=False), at_once=1, delay=2.0,
                jitter=0.0, places=None)  # fmt: skip
    for _ in range(20):
        host.answered(0.2)
    assert host.pause() == 2.0
    host.answered(0.4)
    assert host.pause() == 2.0, "twice as slow is no reason yet"
    for _ in range(3):
        host.answered(2.0)
    risen = host.pause()
    assert risen == pytest.approx(2.0 * 1.5**3)
    host.answered(0.2)
    assert 2.0 < host.pause() < risen
    for _ in range(60):
        host.answered(0.2)
    assert host.pause() == 2.0
    for _ in range(100):
        host.answered(host.pause() * 100)
    assert host.pause() <= 16.0
