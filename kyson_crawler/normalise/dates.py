"""Vietnamese dates as portals print them, day first, to ISO 8601 with as much as is known.

All of Vietnam has kept +07:00 without summer time since 1975, so a printed time gets that offset; a printed day gets none.
The forms are those seen on portals (facts: weekday names, `|` or `-` before the time, 12-hour clocks, spelled-out months).
"""

import re
from datetime import date, time
from urllib.parse import urlsplit

OFFSET = "+07:00"

_DAY = r"(?P<d>[0-3]?\d)"
_TIME = r"(?P<h>[0-2]?\d)\s*(?::|h|giờ)\s*(?P<mi>[0-5]\d)(?:\s*:\s*(?P<s>[0-5]\d))?(?:\.\d+)?\s*(?P<ap>[AaPpSsCc][MmAaHh]\b)?"
_NUMERIC = rf"{_DAY}(?P<sep>\s*[/.\-]\s*|\s)(?P<m>[01]?\d)(?P=sep)(?P<y>(?:19|20)\d\d)\b"
_SPELLED = rf"(?:ngày\s+)?{_DAY}\s+tháng\s+(?P<m>[01]?\d)(?:\s+năm|,)?\s+(?P<y>(?:19|20)\d\d)\b"
_ISO = r"(?P<y>(?:19|20)\d\d)(?P<sep>[-/])(?P<m>[01]?\d)(?P=sep)(?P<d>[0-3]?\d)(?!\d)"
_LONGEST = 200
_BETWEEN = r"[\s|,–\-lúc()]{0,8}"

_ISO_INSTANT = re.compile(
    r"(?P<y>(?:19|20)\d\d)-(?P<m>\d\d)-(?P<d>\d\d)T(?P<h>\d\d):(?P<mi>\d\d)(?::(?P<s>\d\d))?(?:\.\d+)?(?P<zone>Z|[+-]\d\d:?\d\d)?"
)
# NukeViet prints the zone where ISO has its T: 2015-10-20+0709:52:00.
_NUKEVIET_META = re.compile(r"^(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)\+07(?P<h>\d\d):(?P<mi>\d\d):(?P<s>\d\d)$")
_IN_URL = tuple(
    re.compile(rf"(?<=/){name}(?=/)")
    for name in (
        r"(?P<y>(?:19|20)\d\d)(?P<sep>[-/])(?P<m>\d{1,2})(?P=sep)(?P<d>\d{1,2})",
        r"(?P<d>\d\d)-(?P<m>\d\d)-(?P<y>(?:19|20)\d\d)",
        r"(?P<y>20\d\d)/?(?P<m>0[1-9]|1[0-2])",
    )
)
_FORMS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for day in (_NUMERIC, _SPELLED, _ISO)
    for pattern in (
        rf"(?<!\d){day}{_BETWEEN}{_TIME}",
        rf"(?<!\d){_TIME}{_BETWEEN}(?:ngày\s*)?{day}",
        rf"(?<![\d/.\-]){day}(?![/.\-]?\d)",
    )
)


def parse(raw: str) -> str | None:
    """The first date in `raw` as ISO 8601, or None when there is none that the calendar has.

    A time gets +07:00. `12:00 AM` and `00:00` are how these systems print "no time known", so only the day is kept.

    >>> parse("Thứ năm, 02/06/2022 | 15:30")
    '2022-06-02T15:30:00+07:00'
    >>> parse("Đăng ngày 17 - 05 - 2024")
    '2024-05-17'
    >>> parse("14/07/2022 | 03:53 PM"), parse("21/12/2012 | 12:00 AM")
    ('2022-07-14T15:53:00+07:00', '2012-12-21')
    >>> parse("16:29 30/05/2017"), parse("thứ năm, 08 08 2019 08:52")
    ('2017-05-30T16:29:00+07:00', '2019-08-08T08:52:00+07:00')
    >>> parse("ngày 15 tháng 3 năm 2022"), parse("31/02/2022")
    ('2022-03-15', None)
    """
    raw = raw[:_LONGEST]
    for instant in (_NUKEVIET_META.match(raw.strip()), _ISO_INSTANT.search(raw)):
        if instant:
            return _from_match(instant)
    hits = [(match.start(), -len(match[0]), match) for form in _FORMS if (match := form.search(raw))]
    for _, _, match in sorted(hits, key=lambda hit: hit[:2]):
        if found := _from_match(match):
            return found
    return None


def from_url(url: str) -> str | None:
    """The day or month that an address names as that of its page, or None.

    >>> from_url("http://a.example/portal/Pages/2024-5-17/Le-hoi.aspx"), from_url("http://a.example/tin/202503/le-hoi-7/")
    ('2024-05-17', '2025-03')
    >>> from_url("http://a.example/tin-tuc/le-hoi-202503")
    """
    path = urlsplit(url).path
    for form in _IN_URL:
        if found := form.search(path):
            parts = found.groupdict()
            return _from_match(found) if "d" in parts else f"{parts['y']}-{parts['m']}"
    return None


def is_date_line(text: str) -> bool:
    """Whether a short line says little more than when something was published.

    >>> is_date_line("02/06/2022 16:45 - Lượt xem: 312"), is_date_line("Ngày 02/6, tại Hội trường Huyện ủy")
    (True, False)
    """
    if len(text) > 90 or parse(text) is None:
        return False
    rest = re.sub(r"\d+|[^\w\s]", " ", text.casefold())
    words = [word for word in rest.split() if word not in _DATE_WORDS]
    return len(words) <= 2


_DATE_WORDS = frozenset(
    "thứ hai ba tư năm sáu bảy chủ nhật ngày tháng đăng cập xuất bản lúc giờ phút gửi viết bài vào on post am pm sa ch gmt "
    "lượt xem view views đã truy cập đọc tin tạo cỡ chữ in email print phản hồi bình luận người font size a".split()
)


def _from_match(match: re.Match[str]) -> str | None:
    """ISO from the named groups of one of the forms; None for a day or time that does not exist."""
    parts = match.groupdict()
    try:
        day = date(int(parts["y"]), int(parts["m"]), int(parts["d"]))
        clock = _clock(parts)
    except ValueError:
        return None
    if clock is None:
        return day.isoformat()
    zone = parts.get("zone")
    if zone and zone not in {"+07:00", "+0700"}:
        return f"{day.isoformat()}T{clock.isoformat()}{'+00:00' if zone == 'Z' else zone}"
    return f"{day.isoformat()}T{clock.isoformat()}{OFFSET}"


def _clock(parts: dict[str, str | None]) -> time | None:
    """The printed time of day; None when there is none, or when it is midnight, which stands for "not known"."""
    if not parts.get("h"):
        return None
    hour, half = int(parts["h"] or 0), (parts.get("ap") or "").upper()
    if half in {"PM", "CH"} and hour < 12:
        hour += 12
    elif half in {"AM", "SA"} and hour == 12:
        hour = 0
    clock = time(hour, int(parts["mi"] or 0), int(parts.get("s") or 0))
    return clock if clock != time(0, 0) else None
