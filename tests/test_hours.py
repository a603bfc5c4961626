"""The hours in which a portal may be asked, by a clock that is told."""

from datetime import UTC, datetime

import pytest

from kyson_crawler.hours import VIETNAM, Hours, Span

NIGHT = Hours(spans=(Span.parse("18:00-07:00"),), days=(0, 1, 2, 3, 4))


def vn(text):
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


@pytest.mark.parametrize(
    ("hours", "now", "opens"),
    [
        (NIGHT, "2026-11-02T06:59:59", None),
        (NIGHT, "2026-11-02T07:00:00", "2026-11-02T18:00"),
        (NIGHT, "2026-11-02T17:59:59", "2026-11-02T18:00"),
        (NIGHT, "2026-11-02T18:00:00", None),
        (NIGHT, "2026-11-07T12:00:00", None),
        (Hours(spans=NIGHT.spans), "2026-11-07T12:00:00", "2026-11-07T18:00"),
        (Hours(), "2026-11-02T12:00:00", None),
        (Hours(spans=(Span.parse("12:00-13:30"), Span.parse("20:00-23:00"))), "2026-11-02T13:30:00",
         "2026-11-02T20:00"),
        (Hours(spans=(Span.parse("03:00-05:00"),), days=(4,)), "2026-11-06T05:00:00", "2026-11-07T00:00"),
        (Hours(spans=(Span.parse("03:00-05:00"),)), "2026-12-31T23:00:00", "2027-01-01T03:00"),
    ],
)  # fmt: skip
def test_a_portal_opens_when_its_hours_say(hours, now, opens):
    assert hours.opens(vn(now)) == (opens and vn(opens))


def test_the_hours_are_those_of_vietnam_wherever_the_crawler_stands():
    assert NIGHT.opens(datetime(2026, 11, 2, 10, 59, tzinfo=UTC)) == vn("2026-11-02T18:00")
    assert NIGHT.opens(datetime(2026, 11, 2, 11, 0, tzinfo=UTC)) is None


@pytest.mark.parametrize("text", ["", "18-7", "18:00", "18:00-18:00", "24:00-07:00", "18:60-19:00", "٠٨:00-09:00", "x"])
def test_what_is_no_span_is_none(text):
    assert Span.parse(text) is None
