"""Calendars as people write them: `daily 02:00`, `every 6 h`, `mon,thu 21:30`, or five fields of cron; by Vietnam's clock."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice, pairwise, takewhile
from typing import Protocol
from unicodedata import normalize

from attrs import frozen

from archive.errors import UsageError
from archive.fold import fold
from kyson_crawler.hours import DAYS, VIETNAM

SHORTEST = timedelta(minutes=15)
"""No portal is crawled more often than this."""

_LONGEST = timedelta(days=366)
_HOW = (
    "write `daily 02:00`, `every 6 h`, `mon,thu 21:30`, `monthly 1 03:00`, or in Vietnamese `mỗi ngày 02:00`, `mỗi 6 giờ`, "
    "`thứ hai, thứ năm 21:30`, `hằng tháng 1 03:00`, or the five fields of cron"
)
_DAY = "mon(?:day)?|tue(?:sday)?|wed(?:nesday)?|thu(?:rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?|t[2-7]|cn"
_DAYS = rf"(?:{_DAY})(?:\s*[,-]\s*(?:{_DAY}))*"
_TIME = r"(?:[01]?\d|2[0-3]):[0-5]\d"
_TIMES = rf"{_TIME}(?:\s*,\s*{_TIME})*"
_NUMBERS = {"hai": 2, "ba": 3, "tu": 4, "nam": 5, "sau": 6, "bay": 7}
_UNITS = {
    "min|minute|minutes|phut": timedelta(minutes=1),
    "h|hour|hours|gio": timedelta(hours=1),
    "d|day|days|ngay": timedelta(days=1),
}
_DAILY = re.compile(rf"(?:daily|hang ngay|moi ngay) (?P<times>{_TIMES})")
_WEEKLY = re.compile(rf"(?P<days>{_DAYS}) (?P<times>{_TIMES})")
_MONTHLY = re.compile(rf"(?:monthly|hang thang|moi thang) (?P<day>[1-9]|[12]\d|3[01]) (?P<times>{_TIMES})")
_EVERY = re.compile(rf"(?:every|moi) (?P<number>\d{{1,5}}) ?(?P<unit>{'|'.join(_UNITS)})(?: (?P<time>{_TIME}))?")
_MONDAY = datetime(1970, 1, 5, tzinfo=VIETNAM)
_LOOKED_AT = 200


class Calendar(Protocol):
    """Moments without end; all times are aware, those given back in Vietnam's time."""

    @property
    def words(self) -> str:
        """As somebody wrote it."""

    def after(self, moment: datetime) -> datetime:
        """The first of its moments later than this one."""

    def before(self, moment: datetime) -> datetime | None:
        """The last of its moments until this one, which may be one itself; None when there was none for fifty years."""


@frozen
class Cron:
    """A calendar in expressions of cron, as Debian's cron understands them."""

    words: str
    expressions: tuple[str, ...]

    def after(self, moment: datetime) -> datetime:
        """As `Calendar.after`."""
        return min(self._nearest(_minute(moment), reverse=False))

    def before(self, moment: datetime) -> datetime | None:
        """As `Calendar.before`."""
        return max(self._nearest(_minute(moment) + timedelta(minutes=1), reverse=True), default=None)

    def _nearest(self, minute: datetime, *, reverse: bool) -> Iterator[datetime]:
        from cronsim import CronSim  # noqa: PLC0415  most commands have no calendar to read

        for expression in self.expressions:
            for found in islice(CronSim(expression, minute, reverse=reverse), 1):
                yield found.replace(tzinfo=VIETNAM)


@frozen
class Every:
    """A calendar that counts on in equal steps, from a Monday's midnight or the time of day that was named."""

    words: str
    step: timedelta
    first: datetime = _MONDAY

    def after(self, moment: datetime) -> datetime:
        """As `Calendar.after`."""
        return self.before(moment) + self.step

    def before(self, moment: datetime) -> datetime:
        """As `Calendar.before`."""
        return self.first + (moment - self.first) // self.step * self.step


@lru_cache(maxsize=1000)
def read(words: str) -> Calendar:
    """The calendar that somebody wrote. Raises UsageError for what is none, and for one that never comes."""
    said = heard(words)
    if found := _EVERY.fullmatch(said):
        return Every(words, _step(words, found), _MONDAY + _clock(found["time"] or "0:00"))
    if found := _DAILY.fullmatch(said):
        return _of_times(words, found["times"], "* * *")
    if found := _WEEKLY.fullmatch(said):
        return _of_times(words, found["times"], "* * " + ",".join(str(day + 1) for day in days(found["days"])))
    if found := _MONTHLY.fullmatch(said):
        return _of_times(words, found["times"], f"{found['day']} * *")
    return _cron(words)


def check(calendar: Calendar, now: datetime) -> None:
    """Raise UsageError for a calendar that would have a portal crawled without a pause."""
    seen = takewhile(lambda moment: moment <= now + _LONGEST, islice(moments(calendar, now), _LOOKED_AT))
    gap = min((second - first for first, second in pairwise(seen)), default=SHORTEST)
    if gap < SHORTEST:
        raise UsageError(
            f"{calendar.words!r} comes every {gap.total_seconds() / 60:.0f} min at times: no portal is crawled more often "
            f"than every {SHORTEST.total_seconds() / 60:.0f} min"
        )


def moments(calendar: Calendar, after: datetime) -> Iterator[datetime]:
    """The moments of a calendar later than `after`, without end."""
    while True:
        after = calendar.after(after)
        yield after


def common(first: Calendar, second: Calendar, now: datetime, most: int = 3000) -> datetime | None:
    """The next moment that two calendars share within a year; None when there is none among the first `most`."""
    ours, theirs = first.after(now), second.after(now)
    for _ in range(most):
        if ours == theirs or max(ours, theirs) > now + _LONGEST:
            break
        if ours < theirs:
            ours = first.after(ours)
        else:
            theirs = second.after(theirs)
    return ours if ours == theirs else None


def heard(words: str) -> str:
    """What somebody wrote, folded, with the days of the week in their short names; `thu 2:30` is Thursday's.

    >>> heard("Thứ 2, thu 3,  Chủ nhật 21:30"), heard("thứ hai, thứ bảy 2:30"), heard("thu 2:30")
    ('t2, t3, cn 21:30', 't2, t7 2:30', 'thu 2:30')
    """
    marked = re.sub(r"\bthứ\s+([2-7])\b", r"t\1", normalize("NFC", words).casefold())
    folded = re.sub(r"\s+", " ", fold(marked)).strip()
    named = re.sub(rf"\bthu ({'|'.join(_NUMBERS)})\b", lambda found: f"t{_NUMBERS[found[1]]}", folded)
    return re.sub(r"\bthu ([2-7])\b(?!:)", r"t\1", named).replace("chu nhat", "cn")


def days(said: str) -> tuple[int, ...]:
    """The days of the week that a list names, Monday is 0; `said` as it was `heard`.

    >>> days("mon,thu"), days("sat-mon"), days("t2-t4, cn")
    ((0, 3), (0, 5, 6), (0, 1, 2, 6))
    """
    found: set[int] = set()
    for part in re.split(r"\s*,\s*", said):
        begin, *end = (_day(name.strip()) for name in part.split("-"))
        found.update((begin + n) % 7 for n in range((end[-1] - begin) % 7 + 1 if end else 1))
    return tuple(sorted(found))


def are_days(said: str) -> bool:
    """Whether a text, as it was `heard`, is a list of days of the week."""
    return re.fullmatch(_DAYS, said) is not None


def _day(name: str) -> int:
    if name == "cn":
        return 6
    return int(name[1]) - 2 if name[1:].isdigit() else DAYS.index(name[:3])


def _of_times(words: str, times: str, days: str) -> Cron:
    """A calendar of times of the day on the days that three fields of cron name."""
    hours_of: dict[int, list[int]] = {}
    for time in re.split(r"\s*,\s*", times):
        hour, minute = map(int, time.split(":"))
        hours_of.setdefault(minute, []).append(hour)
    return Cron(words, tuple(f"{minute} {','.join(map(str, hours))} {days}" for minute, hours in hours_of.items()))


def _step(words: str, found: re.Match[str]) -> timedelta:
    unit = next(unit for names, unit in _UNITS.items() if found["unit"] in names.split("|"))
    step = int(found["number"]) * unit
    if not SHORTEST <= step <= _LONGEST:
        raise UsageError(f"{words!r} is too often or too seldom: every 15 min at most, every 366 d at least")
    return step


def _clock(time: str) -> timedelta:
    hours, minutes = map(int, time.split(":"))
    return timedelta(hours=hours, minutes=minutes)


def _cron(words: str) -> Cron:
    from cronsim import CronSim, CronSimError  # noqa: PLC0415  see Cron

    if len(words.split()) != 5:
        raise UsageError(f"{words!r} is no calendar: {_HOW}")
    try:
        next(CronSim(words, datetime(2026, 1, 1)))  # noqa: DTZ001  on Vietnam's clock
    except CronSimError as error:
        raise UsageError(f"{words!r} is no calendar: {str(error).lower()} in the fields of cron; {_HOW}") from error
    except StopIteration as error:
        raise UsageError(f"{words!r} never comes: {_HOW}") from error
    return Cron(words, (words,))


def _minute(moment: datetime) -> datetime:
    """The minute of Vietnam's clock, which needs no zone, since it knows no summer time."""
    return moment.astimezone(VIETNAM).replace(second=0, microsecond=0, tzinfo=None)
