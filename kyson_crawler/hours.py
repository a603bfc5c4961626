"""The hours in which a portal may be asked, by Vietnam's clock, which knows no summer time."""

import re
from datetime import UTC, datetime, time, timedelta

from attrs import frozen

from archive.vietnam import VIETNAM

__all__ = ["DAYS", "VIETNAM", "Hours", "Span", "now"]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


def now() -> datetime:
    """This moment; aware, UTC."""
    return datetime.now(UTC)


@frozen
class Span:
    """A part of the day, over midnight where it ends before it begins."""

    begin: time
    end: time

    @classmethod
    def parse(cls, text: str) -> "Span | None":
        """The span written as `18:00-07:00`; None for anything else, and for one that is empty.

        >>> Span.parse("18:00-07:00").end, Span.parse("24:00-07:00")
        (datetime.time(7, 0), None)
        """
        found = _SPAN.fullmatch(text)
        if found is None or found.group(1, 2) == found.group(3, 4):
            return None
        return cls(time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4])))

    def holds(self, moment: time) -> bool:
        """Whether a time of day lies in it; its end does not."""
        if self.begin < self.end:
            return self.begin <= moment < self.end
        return moment >= self.begin or moment < self.end


@frozen(kw_only=True)
class Hours:
    """When a portal may be asked; always, unless spans are given."""

    spans: tuple[Span, ...] = ()
    days: tuple[int, ...] = tuple(range(7))
    """The days of the week, Monday is 0, to which the spans apply; on all others any hour will do."""

    def opens(self, now: datetime) -> datetime | None:
        """When the portal may next be asked, in Vietnam's time; None when it may be now. `now` is aware."""
        here = now.astimezone(VIETNAM)
        if self._is_open(here):
            return None
        midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
        begins = {time(), *(span.begin for span in self.spans)}
        moments = (
            datetime.combine(midnight + timedelta(days=n), at, VIETNAM) for n in range(8) for at in sorted(begins)
        )
        return next(moment for moment in moments if moment > here and self._is_open(moment))

    def _is_open(self, here: datetime) -> bool:
        if not self.spans or here.weekday() not in self.days:
            return True
        return any(span.holds(here.time()) for span in self.spans)
