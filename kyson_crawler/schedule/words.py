"""How schedules speak to people: times as Vietnam's clock shows them."""

from datetime import datetime

from kyson_crawler.hours import VIETNAM


def clock(time: datetime) -> str:
    """A moment by Vietnam's clock, written as it is there."""
    here = time.astimezone(VIETNAM)
    return f"{here.day}/{here.month}/{here.year} {here:%H:%M}"
