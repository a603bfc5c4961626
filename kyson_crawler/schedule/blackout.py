"""When nothing is to be crawled, as people write it: `07:00-18:00`, `mon-fri 07:00-18:00`, `sun`, `2027-02-05..2027-02-12`."""

import re
from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta

from attrs import field, frozen

from archive.errors import UsageError
from kyson_crawler.hours import VIETNAM, Span
from kyson_crawler.schedule.calendar import are_days, days, heard

_DATES = re.compile(r"(\d{4}-\d\d-\d\d)(?:\.\.(\d{4}-\d\d-\d\d))?")
_HORIZON = 1100
"""Days that are looked through for the end of a blackout, or its beginning."""

_LOOKED_AT = 100
"""Pieces of time between blackouts that are looked through for one that is long enough."""


@frozen(kw_only=True)
class Ban:
    """One of the times in which nothing is to be crawled."""

    span: Span = field(default=Span(time(), time()))
    """Part of the day; all of it where begin and end are one."""

    days: tuple[int, ...] = tuple(range(7))
    """Days of the week, Monday is 0, on which it begins."""

    first: date = date.min
    last: date = date.max

    @classmethod
    def parse(cls, words: str) -> "Ban":
        """The ban that somebody wrote. Raises UsageError for anything else."""
        said = heard(words)
        if found := _DATES.fullmatch(said):
            first, last = _date(found[1], words), _date(found[2] or found[1], words)
            if last >= first:
                return cls(first=first, last=last)
        named, _, hours = said.rpartition(" ")
        if are_days(said):
            return cls(days=days(said))
        if (span := Span.parse(re.sub(r"\b\d:", r"0\g<0>", hours))) and (not named or are_days(named)):
            return cls(span=span, days=days(named) if named else tuple(range(7)))
        raise UsageError(
            f"{words!r} is no time to leave out: write 07:00-18:00, mon-fri 07:00-18:00, thứ 2-thứ 6 07:00-18:00, "
            "sun, chủ nhật, or 2027-02-05..2027-02-12"
        )

    def holds(self, here: datetime) -> bool:
        """Whether a moment of Vietnam's clock lies in it; its end does not."""
        begun = here
        if self.span.begin > self.span.end and here.time() < self.span.end:
            begun -= timedelta(days=1)
        if begun.weekday() not in self.days or not self.first <= begun.date() <= self.last:
            return False
        return self.span.begin == self.span.end or self.span.holds(here.time())


@frozen
class Blackout:
    """All times in which nothing is to be crawled."""

    bans: tuple[Ban, ...] = ()

    @classmethod
    def read(cls, words: Iterable[str]) -> "Blackout":
        """The blackout that somebody wrote. Raises UsageError for what is none."""
        return cls(tuple(map(Ban.parse, words)))

    def holds(self, moment: datetime) -> bool:
        """Whether nothing is to be crawled at an aware moment."""
        here = moment.astimezone(VIETNAM)
        return any(ban.holds(here) for ban in self.bans)

    def opens(self, moment: datetime) -> datetime | None:
        """The first moment from this one on at which there may be a crawl; None when that is in no time that can be told."""
        return self.ends(moment) if self.holds(moment) else moment

    def leaves_room(self, since: datetime, least: timedelta) -> bool:
        """Whether a crawl that is due at an aware moment ever gets so much time in one piece."""
        at: datetime = since
        for _ in range(_LOOKED_AT):
            opens = self.opens(at)
            if opens is None:
                return False
            closes = self.begins(opens)
            if closes is None or closes - opens >= least:
                return True
            at = closes
        return False

    def ends(self, now: datetime) -> datetime | None:
        """When there may next be crawled; None when that is in no time that can be told."""
        return self._next(now, {ban.span.end for ban in self.bans}, held=False)

    def begins(self, now: datetime) -> datetime | None:
        """When there next may be no crawl; None when that is in no time that can be told."""
        return self._next(now, {ban.span.begin for ban in self.bans}, held=True)

    def _next(self, now: datetime, turns: Collection[time], *, held: bool) -> datetime | None:
        """The first moment at which it is so, among midnights and the `turns` of the day."""
        here, at = now.astimezone(VIETNAM), sorted({time(), *turns})
        midnights = (here.date() + timedelta(days=n) for n in range(_HORIZON if self.bans else 0))
        moments = (datetime.combine(midnight, turn, VIETNAM) for midnight in midnights for turn in at)
        return next((moment for moment in moments if moment > here and self.holds(moment) is held), None)


def _date(text: str, words: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{words!r} names a day that there is not: {error}") from error
