"""Calendars and blackouts as people write them, by Vietnam's clock."""

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from archive.errors import UsageError
from kyson_crawler.hours import VIETNAM
from kyson_crawler.schedule import calendar
from kyson_crawler.schedule.blackout import Ban, Blackout

NOW = datetime(2026, 11, 27, 3, 0, 30, tzinfo=UTC)  # a Friday, 10:00:30 in Vietnam


def at(*parts):
    return datetime(*parts, tzinfo=VIETNAM)


@pytest.mark.parametrize(
    ("words", "before", "after"),
    [
        ("daily 02:00", at(2026, 11, 27, 2), at(2026, 11, 28, 2)),
        ("Hằng ngày 2:30, 14:00", at(2026, 11, 27, 2, 30), at(2026, 11, 27, 14)),
        ("every 6 h", at(2026, 11, 27, 6), at(2026, 11, 27, 12)),
        ("mỗi 90 phút", at(2026, 11, 27, 9), at(2026, 11, 27, 10, 30)),
        ("every 2 days 03:30", at(2026, 11, 27, 3, 30), at(2026, 11, 29, 3, 30)),
        ("every 7 d", at(2026, 11, 23), at(2026, 11, 30)),
        ("mon,thu 21:30", at(2026, 11, 26, 21, 30), at(2026, 11, 30, 21, 30)),
        ("thứ 2, Thứ 5 21:30", at(2026, 11, 26, 21, 30), at(2026, 11, 30, 21, 30)),
        ("thu 2:30", at(2026, 11, 26, 2, 30), at(2026, 12, 3, 2, 30)),
        ("mon,thu 7:00", at(2026, 11, 26, 7), at(2026, 11, 30, 7)),
        ("thu 2 7:00", at(2026, 11, 23, 7), at(2026, 11, 30, 7)),
        ("Thứ Hai, thứ năm 21:30", at(2026, 11, 26, 21, 30), at(2026, 11, 30, 21, 30)),
        ("thu tu 7:00", at(2026, 11, 25, 7), at(2026, 12, 2, 7)),
        ("thứ ba - thứ sáu 7:00", at(2026, 11, 27, 7), at(2026, 12, 1, 7)),
        ("thứ bảy,chủ nhật 7:00", at(2026, 11, 22, 7), at(2026, 11, 28, 7)),
        ("mỗi ngày 02:00", at(2026, 11, 27, 2), at(2026, 11, 28, 2)),
        ("hàng ngày 02:00", at(2026, 11, 27, 2), at(2026, 11, 28, 2)),
        ("mỗi 6 giờ", at(2026, 11, 27, 6), at(2026, 11, 27, 12)),
        ("mỗi tháng 1 03:00", at(2026, 11, 1, 3), at(2026, 12, 1, 3)),
        ("t7-t2 21:30", at(2026, 11, 23, 21, 30), at(2026, 11, 28, 21, 30)),
        ("Chủ nhật 05:00", at(2026, 11, 22, 5), at(2026, 11, 29, 5)),
        ("friday 10:00", at(2026, 11, 27, 10), at(2026, 12, 4, 10)),
        ("monthly 31 03:00", at(2026, 10, 31, 3), at(2026, 12, 31, 3)),
        ("hằng tháng 1 03:00", at(2026, 11, 1, 3), at(2026, 12, 1, 3)),
        ("0 2 * * *", at(2026, 11, 27, 2), at(2026, 11, 28, 2)),
        ("48 14 31 jun sun", at(2026, 6, 28, 14, 48), at(2027, 6, 6, 14, 48)),
        ("0 0 29 2 *", at(2024, 2, 29), at(2028, 2, 29)),
        ("30 1 L * *", at(2026, 10, 31, 1, 30), at(2026, 11, 30, 1, 30)),
    ],
)
def test_a_calendar_means_what_it_says(words, before, after):
    found = calendar.read(words)
    assert (found.before(NOW), found.after(NOW)) == (before, after)
    assert found.before(after) == after
    assert found.after(after - timedelta(seconds=1)) == after
    assert found.after(after) > after


@pytest.mark.parametrize(
    "words",
    ["", "daily", "daily 25:00", "02:00", "every 6", "every day", "monkey 02:00", "0 0 31 2 *", "61 2 * * *", "* * * *",
     "0 0 2 * * *", "@daily", "thứ 8 02:00", "thứ 2:30", "thứ tám 02:00", "every 0 h", "every 99999 d", "every 5 min", "0 0 * * 1#9", "٣ 2 * * *",
     "daily 02:00; rm -rf /", "x" * 5000],
)  # fmt: skip
def test_what_is_no_calendar_is_refused(words):
    with pytest.raises(UsageError, match=r"no calendar|too often|never"):
        calendar.read(words)


@pytest.mark.parametrize("words", ["*/5 * * * *", "* * * * *", "0,10 2 * * *", "daily 02:00,02:05"])
def test_a_calendar_that_leaves_a_portal_no_rest_is_refused(words):
    with pytest.raises(UsageError, match="15 min"):
        calendar.check(calendar.read(words), NOW)


def test_calendars_that_come_seldom_have_no_gap_that_is_too_short():
    for words in ("0 0 29 2 *", "0 0 * 2 MON#5", "daily 02:00", "every 15 min"):
        calendar.check(calendar.read(words), NOW)


def test_the_moments_of_a_calendar_follow_each_other():
    found = list(islice(calendar.moments(calendar.read("daily 02:00,14:00"), NOW), 3))
    assert found == [at(2026, 11, 27, 14), at(2026, 11, 28, 2), at(2026, 11, 28, 14)]


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        ("daily 02:00", "0 2 * * 1", at(2026, 11, 30, 2)),
        ("daily 02:00", "daily 02:00", at(2026, 11, 28, 2)),
        ("every 6 h", "monthly 1 12:00", at(2026, 12, 1, 12)),
        ("daily 02:00", "daily 02:01", None),
        ("mon 02:00", "tue 02:00", None),
    ],
)
def test_two_calendars_collide_where_they_share_a_moment(first, second, shared):
    assert calendar.common(calendar.read(first), calendar.read(second), NOW) == shared


@pytest.mark.parametrize(
    ("words", "ends", "begins"),
    [
        (["07:00-18:00"], at(2026, 11, 27, 18), at(2026, 11, 28, 7)),
        (["mon-fri 07:00-18:00"], at(2026, 11, 27, 18), at(2026, 11, 30, 7)),
        (["thu 7:00-18:00"], None, at(2026, 12, 3, 7)),
        (["thứ sáu 7:00-18:00"], at(2026, 11, 27, 18), at(2026, 12, 4, 7)),
        (["thu 22:00-12:00"], at(2026, 11, 27, 12), at(2026, 12, 3, 22)),
        (["fri 22:00-12:00"], None, at(2026, 11, 27, 22)),
        (["fri"], at(2026, 11, 28), at(2026, 12, 4)),
        (["thứ 6", "t7"], at(2026, 11, 29), at(2026, 12, 4)),
        (["2026-11-27..2026-12-02"], at(2026, 12, 3), None),
        ([], None, None),
    ],
)
def test_nothing_is_crawled_in_the_hours_that_are_left_out(words, ends, begins):
    found = Blackout.read(words)
    assert found.holds(NOW) == (ends is not None)
    if ends is not None:
        assert found.ends(NOW) == ends
    assert found.begins(ends or NOW) == begins


def test_the_end_of_a_blackout_is_out_of_it():
    found = Ban.parse("07:00-18:00")
    assert [found.holds(at(2026, 11, 27, *time)) for time in ((6, 59), (7,), (17, 59), (18,))] == [
        False,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    "words",
    ["", "7-18", "25:00-26:00", "07:00-07:00", "2027-02-30", "2027-02-12..2027-02-05", "sun sun", "nachts", "28/11"],
)
def test_what_is_no_time_is_not_left_out(words):
    with pytest.raises(UsageError):
        Ban.parse(words)


@pytest.mark.parametrize("read", [calendar.read, Ban.parse])
def test_who_wrote_what_cannot_be_read_is_told_how_to_write_it_in_vietnamese_too(read):
    with pytest.raises(UsageError, match=r"mon.*thứ"):
        read("nachts")


def test_a_blackout_without_end_has_none():
    assert Blackout.read(["mon-sun"]).ends(NOW) is None
