"""The clock of everything that people read here: Vietnam's, which knows no summer time. What programs read is in UTC."""

from datetime import datetime, timedelta, timezone

VIETNAM = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")

NOTE = "times are Vietnam's"
"""What stands once beneath or beside them where it is not obvious."""


def clock(time: datetime) -> str:
    """An aware moment by Vietnam's clock, written as it is there.

    >>> clock(datetime.fromisoformat("2022-06-02T20:30:00Z"))
    '3/6/2022 03:30'
    """
    here = time.astimezone(VIETNAM)
    return f"{here.day}/{here.month}/{here.year} {here:%H:%M}"
