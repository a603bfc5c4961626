"""Vietnamese dates as portals print them, day first, to ISO 8601 with as much as is known.

All of Vietnam has kept +07:00 without summer time since 1975, so a printed time gets that offset, and one of another zone
is told in it; a printed day gets none. The forms are those seen on portals: weekday names, `|` or `-` before the time,
12-hour clocks, spelled-out months, a day without its year, and what metadata and feeds write.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from urllib.parse import urlsplit

OFFSET = "+07:00"
_VIETNAM = timezone(timedelta(hours=7))

_DAY = r"(?P<d>[0-3]?\d)"
_TIME = r"(?P<h>[0-2]?\d)\s*(?::|h|giờ)\s*(?P<mi>[0-5]\d)(?:\s*:\s*(?P<s>[0-5]\d))?(?:\.\d+)?\s*(?P<ap>[AaPpSsCc][MmAaHh]\b)?"
_NUMERIC = rf"{_DAY}(?P<sep>\s*[/.\-]\s*|\s)(?P<m>[01]?\d)(?P=sep)(?P<y>(?:19|20)\d\d)\b"
_NUMERALS = ("một", "hai", "ba", "tư", "năm", "sáu", "bảy", "tám", "chín", "mười", "mười một", "mười hai")
_MONTH_IN_WORDS = rf"(?P<m>[01]?\d|mười\s+(?:một|hai)|bốn|{'|'.join(_NUMERALS[:10])})"
_SPELLED = rf"(?:ngày\s+)?{_DAY}\s+(?:tháng\s+|th\.?\s?){_MONTH_IN_WORDS}(?:\s+năm|,)?\s+(?P<y>(?:19|20)\d\d)\b"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ENGLISH = rf"{_DAY}[\s_\-]+(?P<m>{'|'.join(_MONTHS)})[a-z]{{0,6}}\.?,?[\s_\-]+(?P<y>(?:19|20)\d\d)(?!\d)"
_AMERICAN = rf"(?P<m>{'|'.join(_MONTHS)})[a-z]{{0,6}}\.?\s+{_DAY}(?:st|nd|rd|th)?,?\s+(?P<y>(?:19|20)\d\d)(?!\d)"
_ISO = r"(?P<y>(?:19|20)\d\d)(?P<sep>[-/])(?P<m>[01]?\d)(?P=sep)(?P<d>[0-3]?\d)(?!\d)"
_DIGIT = re.compile(r"\d")
_LONGEST = 200
_LONGEST_ASIDE = 40
_BETWEEN = r"[\s|,–\-lúc()]{0,8}"
_WEEKDAY = r"(?:thứ\s+(?:hai|ba|tư|năm|sáu|bảy|[2-7])|chủ\s*nhật|t[2-7]|cn)\b"
_BEFORE_DAY = rf"(?:\s*(?:['’′]|phút\b))?(?:\s*\(?GMT\s*\+\s*0?7\)?)?{_BETWEEN}(?:{_WEEKDAY}{_BETWEEN})?(?:ngày\s*)?"

_ISO_INSTANT = re.compile(
    r"(?P<y>(?:19|20)\d\d)-(?P<m>\d\d)-(?P<d>\d\d)[T ](?P<h>\d\d):(?P<mi>\d\d)(?::(?P<s>\d\d))?(?:\.\d+)? ?(?P<zone>Z|[+-]\d\d:?\d\d)?(?!\d)"
)
# RFC 822, as feeds write it: Tue, 19 Jan 2016 08:01:04 GMT.
_FEED_INSTANT = re.compile(
    rf"(?<!\d){_ENGLISH}\s+(?P<h>\d\d):(?P<mi>\d\d)(?::(?P<s>\d\d))?\s+(?P<zone>GMT|UTC?|Z|[+-]\d\d:?\d\d)",
    re.IGNORECASE,
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
    for day in (_NUMERIC, _SPELLED, _ISO, _ENGLISH, _AMERICAN)
    for pattern in (
        rf"(?<!\d){day}{_BETWEEN}{_TIME}",
        rf"(?<!\d){_TIME}{_BEFORE_DAY}{day}",
        rf"(?<![\d/.\-]){day}(?![/.\-]?\d)",
    )
)
# A year of two digits is one only where nothing but a day is told, with its weekday or its time.
_SHORT_DAY = r"(?P<d>[0-3]\d)(?P<sep>[/.-])(?P<m>[01]\d)(?P=sep)(?P<yy>[0-3]\d)"
_SHORT_YEARS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"{_WEEKDAY}\W{{0,4}}{_SHORT_DAY}(?:{_BETWEEN}{_TIME})?",
        rf"{_SHORT_DAY}{_BETWEEN}{_TIME}",
        rf"{_TIME}{_BEFORE_DAY}{_SHORT_DAY}",
    )
)
# "trực 24/7" and "đạt 3/12" are no days: the word for one, a weekday's comma or nothing stands in front.
_WITHOUT_YEAR = re.compile(
    rf"(?:^|[,|(]\s*|ngày\s+){_DAY}(?:\s*[/.\-]\s*|\s+tháng\s+)(?P<m>[01]?\d)(?![/.\-]?\d){_BETWEEN}(?:{_TIME})?",
    re.IGNORECASE,
)


def parse(raw: str, latest: date | None = None) -> str | None:
    """The first date in `raw` as ISO 8601, or None when there is none that the calendar has.

    A time is told in +07:00. `12:00 AM` and `00:00` are how these systems print "no time known", so only the day is kept.
    latest: the day on which or before which a day printed without its year lies; None reads no such day.

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
    >>> parse("15 giờ 30 phút, Thứ Năm, 02/06/2022"), parse("02 Tháng Sáu, 2022"), parse("02/06/22 15:30")
    ('2022-06-02T15:30:00+07:00', '2022-06-02', '2022-06-02T15:30:00+07:00')
    >>> parse("Ngày 02/6", latest=date(2022, 7, 1)), parse("Ngày 02/6")
    ('2022-06-02', None)
    >>> parse("2019-08-07T18:48:00.000Z")
    '2019-08-08T01:48:00+07:00'
    """
    raw = raw[:_LONGEST]
    return _parsed(raw, latest) if _DIGIT.search(raw) else None  # nearly always


# The lines of a page are asked several times, and those beside its article stand on every page.
@lru_cache(maxsize=2_000)
def _parsed(raw: str, latest: date | None) -> str | None:
    for instant in (_NUKEVIET_META.match(raw.strip()), _ISO_INSTANT.search(raw), _FEED_INSTANT.search(raw)):
        if instant:
            return _from_match(instant)
    hits = [(match.start(), -len(match[0]), match) for form in _FORMS if (match := form.search(raw))]
    for _, _, match in sorted(hits, key=lambda hit: hit[:2]):
        if found := _from_match(match):
            return found
    if short := next((hit for form in _SHORT_YEARS if (hit := form.fullmatch(raw.strip()))), None):
        return _from_match(short, y=f"20{short['yy']}")
    return _without_year(raw, latest) if latest else None


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
    return _says_little_more(text) or any(
        _is_date_with_labels(*text.partition(mark)) for mark in ("|", " – ", " — ", " - ")
    )


def _says_little_more(text: str) -> bool:
    """Whether there are hardly any words in a text but those around dates."""
    rest = re.sub(r"\d+|[^\w\s]", " ", text.casefold())
    words = [word for word in rest.split() if word not in _DATE_WORDS]
    return len(words) <= 2


def _is_date_with_labels(first: str, mark: str, behind: str) -> bool:
    """Whether a line goes on behind its date with something of the same kind: its author behind a label, its section behind a bar."""
    is_aside = len(behind) <= _LONGEST_ASIDE and (mark == "|" or ":" in behind)
    return is_aside and parse(first) is not None and _says_little_more(first)


_DATE_WORDS = frozenset(
    "thứ hai ba tư năm sáu bảy chủ nhật ngày tháng đăng cập xuất bản lúc giờ phút gửi viết bài vào on by post posted published updated last am pm sa ch gmt "
    "lượt xem view views đã truy cập đọc tin tạo cỡ chữ in email print phản hồi bình luận người font size a".split()
)


def _without_year(raw: str, latest: date) -> str | None:
    """The last such day up to `latest`: a notice of 28/12 read in January is of the year before."""
    for match in _WITHOUT_YEAR.finditer(raw.strip()):
        for year in range(latest.year, latest.year - 5, -1):  # 29/2 needs the last leap year
            found = _from_match(match, y=str(year))
            if found and found[:10] <= latest.isoformat():
                return found
    return None


def _from_match(match: re.Match[str], **known: str) -> str | None:
    """ISO from the named groups of one of the forms; None for a day or time that does not exist."""
    parts = {name: value or "" for name, value in match.groupdict().items()} | known
    try:
        day = date(int(parts["y"]), _month(parts["m"]), int(parts["d"]))
        clock = _clock(parts)
    except ValueError:
        return None
    if clock is None:
        return day.isoformat()
    moment = datetime.combine(day, clock, _zone(parts.get("zone", "")))
    try:
        moment = moment.astimezone(_VIETNAM)
    except OverflowError:
        return None
    return _iso(moment)


def _month(written: str) -> int:
    """The number of a month in digits, in English or in Vietnamese. Raises ValueError for no month."""
    named = " ".join(written.lower().split()).replace("bốn", "tư")
    if named in _NUMERALS:
        return _NUMERALS.index(named) + 1
    return _MONTHS.index(named[:3]) + 1 if named[:3] in _MONTHS else int(named)


def _iso(moment: datetime) -> str:
    """A moment in Vietnam; at its midnight, the day."""
    return moment.date().isoformat() if moment.time() == time(0) else moment.isoformat(timespec="seconds")


def _zone(written: str) -> timezone:
    """The zone of a time; Vietnam's where none is written. Raises nothing: an impossible one counts as Vietnam's."""
    if written.upper() in {"Z", "GMT", "UT", "UTC"}:
        return UTC
    digits = written.replace(":", "")
    hours, minutes = (int(digits[1:3]), int(digits[3:5])) if len(digits) == 5 else (7, 0)
    if hours > 14 or minutes > 59:
        return _VIETNAM
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if written.startswith("-") else offset)


def _clock(parts: dict[str, str]) -> time | None:
    """The printed time of day; None when there is none, or when it is midnight, which stands for "not known"."""
    if not parts.get("h"):
        return None
    hour, half = int(parts["h"]), parts.get("ap", "").upper()
    if half in {"PM", "CH"} and hour < 12:
        hour += 12
    elif half in {"AM", "SA"} and hour == 12:
        hour = 0
    clock = time(hour, int(parts["mi"]), int(parts.get("s") or 0))
    return clock if clock != time(0, 0) else None
