"""When a file was uploaded, as systems write it into the file's address; local time in Vietnam."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from urllib.parse import unquote, urlsplit

_VIETNAM = timezone(timedelta(hours=7))
_FIRST, _LAST = date(2005, 1, 1), date(2049, 12, 31)
# vnportal appends the .NET ticks to the file's own name, which may end in digits itself.
_TICKS = re.compile(r"(\d{18})\.\w{2,5}$")
# Liferay appends milliseconds since 1970, UTC, to its pictures and documents.
_MILLISECONDS = re.compile(r"^/(?:image|documents)/")
_T = re.compile(r"(?:^|&)t=(\d{13})(?:&|$)")
# A form of vnportal's older uploads: 4_May_2024_021321_GMTthong-bao.png.
_GMT = re.compile(r"^(\d{1,2}_[A-Z][a-z]{2,8}_20\d\d_\d{6})_GMT")


def uploaded(address: str) -> str | None:
    """The second a file was uploaded, ISO 8601 with +07:00, as its address tells; None when it does not.

    >>> uploaded("https://files.example/nan-ubnd/4312/quantritintuc202311/2638351363125773990.jpg")
    '2023-11-09T14:18:32+07:00'
    >>> uploaded("http://a.example/image/journal/article?img_id=4418032&t=1658804544379")
    '2022-07-26T10:02:24+07:00'
    >>> uploaded("http://a.example/2026020260819074621545_Signed.pdf") is None
    True
    """
    try:
        parts = urlsplit(address)
        name = unquote(parts.path).rpartition("/")[2]
        moment = _moment(parts.path, name, parts.query)
    except (ValueError, OverflowError):
        return None
    if moment is None or not _FIRST <= moment.date() <= _LAST:
        return None
    return moment.isoformat(timespec="seconds")


def _moment(path: str, name: str, query: str) -> datetime | None:
    if ticks := _TICKS.search(name):
        return datetime(1, 1, 1, tzinfo=_VIETNAM) + timedelta(microseconds=int(ticks[1]) // 10)
    if _MILLISECONDS.search(path) and (since := _T.search(query)):
        return datetime.fromtimestamp(int(since[1]) / 1000, UTC).astimezone(_VIETNAM)
    if written := _GMT.match(name):
        return datetime.strptime(written[1] + "+0000", "%d_%B_%Y_%H%M%S%z").astimezone(_VIETNAM)
    return None
