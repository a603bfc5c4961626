from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyson_crawler.normalise.dates import from_url, is_date_line, parse


@pytest.mark.parametrize(
    ("printed", "iso"),
    [
        ("Thứ năm, 02/06/2022 | 15:30", "2022-06-02T15:30:00+07:00"),
        ("Thứ ba - 30/05/2017 16:29", "2017-05-30T16:29:00+07:00"),
        ("Đăng ngày 17 - 05 - 2024", "2024-05-17"),
        ("14/07/2022 | 03:53 PM", "2022-07-14T15:53:00+07:00"),
        ("07 / 12 / 2019 - 12:41 PM", "2019-12-07T12:41:00+07:00"),
        ("14/07/2022 | 03:53 CH", "2022-07-14T15:53:00+07:00"),
        ("14/07/2022 | 09:05 SA", "2022-07-14T09:05:00+07:00"),
        ("19/01/2016 15:33:20", "2016-01-19T15:33:20+07:00"),
        ("16:29 30/05/2017", "2017-05-30T16:29:00+07:00"),
        ("15h30, ngày 02/06/2022", "2022-06-02T15:30:00+07:00"),
        ("15 giờ 30 ngày 2 tháng 6 năm 2022", "2022-06-02T15:30:00+07:00"),
        ("Cập nhật lúc 08:05 ngày 02/06/2022", "2022-06-02T08:05:00+07:00"),
        ("Thứ Tư, 22/10/2025", "2025-10-22"),
        ("CHỦ NHẬT, 22/10/2025", "2025-10-22"),
        ("20/10/2015", "2015-10-20"),
        ("(06/11/2019)", "2019-11-06"),
        ("(24.06.2019 12:00)", "2019-06-24T12:00:00+07:00"),
        ("09.08.2019 07:58", "2019-08-09T07:58:00+07:00"),
        ("thứ năm, 08 08 2019 08:52", "2019-08-08T08:52:00+07:00"),
        ("ngày 15 tháng 3 năm 2022", "2022-03-15"),
        ("21 tháng 09 năm 2025", "2025-09-21"),
        ("Kỳ Sơn, ngày 05 tháng 7, 2017", "2017-07-05"),
        ("02/06/2022 16:45 - Lượt xem: 312", "2022-06-02T16:45:00+07:00"),
        ("January 12th, 2011", "2011-01-12"),
        ("Sept 3, 2019 10:20 AM", "2019-09-03T10:20:00+07:00"),
        ("2022-06-02", "2022-06-02"),
        ("2024-5-17", "2024-05-17"),
        ("2022-06-02T15:30:00", "2022-06-02T15:30:00+07:00"),
        ("2019-05-17T02:49:00.000Z", "2019-05-17T09:49:00+07:00"),
        ("2019-05-17T20:49:00Z", "2019-05-18T03:49:00+07:00"),
        ("2022-06-02 15:30:00 +0000", "2022-06-02T22:30:00+07:00"),
        ("Tue, 19 Jan 2016 08:01:04 GMT", "2016-01-19T15:01:04+07:00"),
        ("Thu, 02 Jun 2022 15:30:00 +0700", "2022-06-02T15:30:00+07:00"),
        ("2 June 2022", "2022-06-02"),
        ("2022-06-02T15:30:00+0700", "2022-06-02T15:30:00+07:00"),
        ("2022-06-02 15:30", "2022-06-02T15:30:00+07:00"),
        ("2015-10-20+0709:52:00", "2015-10-20T09:52:00+07:00"),
        ("13-01-2020", "2020-01-13"),
        ("5/7/2017", "2017-07-05"),
    ],
)
def test_date_is_read_day_first(printed, iso):
    assert parse(printed) == iso


@pytest.mark.parametrize(
    "printed",
    [
        "21/12/2012 | 12:00 AM",
        "21/12/2012 00:00",
        "2012-12-21T00:00:00",
        "2012-12-21T00:00:00Z",
        "2012-12-20T17:00:00Z",
    ],
)
def test_midnight_stands_for_no_time_known(printed):
    assert parse(printed) == "2012-12-21"


@pytest.mark.parametrize(
    "printed",
    [
        "",
        "Điện thoại: 0238.3875.123",
        "Điện thoại: 043.7366620, Fax: 043.7366617",
        "Chỉ thị số 13-CT/TU",
        "Nghị quyết 01/2022/NQ-HĐND",
        "trực 24/7",
        "đạt 3/12 chỉ tiêu",
        "Ngày 02/6, tại Hội trường Huyện ủy",
        "nhiệm kỳ 2020 - 2025",
        "từ 01-02/06/2022",
        "31/02/2022",
        "32/01/2022",
        "02/13/2022",
        "1.490.000 đồng",
        "192.168.1.2022",
        "8:30",
        "năm 2022",
        "12/06/22",
    ],
)
def test_what_is_no_whole_date_is_none(printed):
    assert parse(printed) is None


@pytest.mark.parametrize(
    ("printed", "latest", "iso"),
    [
        ("Ngày 02/6", "2022-06-02", "2022-06-02"),
        ("Ngày 02/6", "2022-06-01", "2021-06-02"),
        ("28/12 08:30", "2022-01-05", "2021-12-28T08:30:00+07:00"),
        ("ngày 2 tháng 6", "2022-07-01", "2022-06-02"),
        ("29/2", "2022-07-01", "2020-02-29"),
        ("02/06/2019", "2022-07-01", "2019-06-02"),
        ("trực 24/7", "2022-07-01", None),
        ("1.490.000 đồng", "2022-07-01", None),
    ],
)
def test_a_day_without_its_year_is_the_last_one_up_to_the_day_given(printed, latest, iso):
    assert parse(printed, date.fromisoformat(latest)) == iso


def test_an_impossible_time_leaves_the_day():
    assert parse("02/06/2022 29:10") == "2022-06-02"


def test_the_first_date_on_a_line_counts():
    assert parse("02/06/2022 15:30 (cập nhật 03/06/2022 08:00)") == "2022-06-02T15:30:00+07:00"


@pytest.mark.parametrize("length", [50_000])
@pytest.mark.parametrize("filler", [" ", "1", "1 ", "1/", "0:", "-"])
def test_no_filler_makes_reading_a_date_slow(filler, length):
    assert parse(filler * length) is None


@given(st.text(alphabet="0123456789/-.: TZ+|ngàytháămhPMSA", max_size=60))
def test_what_is_read_is_always_iso(text):
    from datetime import datetime

    found = parse(text)
    assert found is None or datetime.fromisoformat(found)


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        ("Thứ năm, 02/06/2022 | 15:30", True),
        ("02/06/2022 16:45 - Lượt xem: 312", True),
        ("Đăng ngày 17 - 05 - 2024 Cỡ chữ: A A", True),
        ("Ngày 02/06/2022, Huyện ủy tổ chức hội nghị", False),
        ("Ngày 02/6, tại Hội trường Huyện ủy", False),
        ("Thứ năm", False),
    ],
)
def test_a_date_line_says_little_more_than_a_date(line, is_one):
    assert is_date_line(line) is is_one


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("http://a.example/portal/Pages/2024-5-17/Le-hoi-dvv348x.aspx", "2024-05-17"),
        ("http://a.example/VanBan/2022/3/14/ke-hoach", "2022-03-14"),
        ("http://a.example/13-01-2020/tin", "2020-01-13"),
        ("http://a.example/an-ninh/202503/le-hoi-7/", "2025-03"),
        ("http://a.example/2019/12/le-hoi/", "2019-12"),
        ("http://a.example/tin-tuc/le-hoi-202503", None),
        ("http://a.example/2024-13-45/x", None),
        ("http://a.example/tin-tuc-su-kien/le-hoi-529174", None),
        ("http://a.example/", None),
    ],
)
def test_a_date_in_an_address_is_a_whole_name_on_its_path(url, day):
    assert from_url(url) == day


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("07:45, Thứ Tư, 14/09/2022", "2022-09-14T07:45:00+07:00"),
        ("Cập nhật lúc 07:45 (GMT+7), Thứ Tư, ngày 14/09/2022", "2022-09-14T07:45:00+07:00"),
        ("07:45' 14/09/2022", "2022-09-14T07:45:00+07:00"),
        ("7 giờ 45 phút, ngày 14/09/2022", "2022-09-14T07:45:00+07:00"),
        ("7 giờ 45 phút ngày 14 tháng 9 năm 2022", "2022-09-14T07:45:00+07:00"),
    ],
)
def test_a_weekday_a_sign_of_minutes_or_a_zone_may_stand_between_time_and_day(printed, value):
    assert (parse(printed), is_date_line(printed)) == (value, True)


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("14 Tháng Chín, 2022", "2022-09-14"),
        ("14 Th9, 2022", "2022-09-14"),
        ("ngày 14 tháng năm năm 2022", "2022-05-14"),
        ("ngày 14 tháng 5 năm 2022", "2022-05-14"),
        ("Thứ tư, 14 tháng mười hai 2022", "2022-12-14"),
        ("14 tháng mười 2022", "2022-10-14"),
        ("14 tháng bốn 2022", "2022-04-14"),
    ],
)
def test_months_are_read_in_words_and_in_short(printed, value):
    assert (parse(printed), is_date_line(printed)) == (value, True)


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("14/09/22 07:45", "2022-09-14T07:45:00+07:00"),
        ("Thứ tư, 14/09/22", "2022-09-14"),
        ("07:45 14-09-22", "2022-09-14T07:45:00+07:00"),
        ("14/09/22", None),
        ("Công văn 14/09/22 07:45", None),
        ("14/09/92 07:45", None),
    ],
)
def test_a_year_of_two_digits_is_read_with_a_weekday_or_a_time_and_nothing_else(printed, value):
    assert parse(printed) == value


@pytest.mark.parametrize(
    ("shown", "is_date"),
    [
        ("Posted on 14/09/2022 by quantri", True),
        ("Ngày tạo: 14/09/2022 — Tác giả: Vi Thị Lan", True),
        ("14/09/2022 | Tin trong các bản vùng cao", True),
        ("14/09/2022 - Khai giảng năm học mới ở vùng cao", False),
        ("Lịch tiếp công dân tuần này | 14/09/2022", False),
    ],
)
def test_a_date_line_may_go_on_behind_a_bar_or_with_a_label(shown, is_date):
    assert is_date_line(shown) is is_date
