"""Which line of a page tells when its article was published, and what date stands in it."""

import re

from kyson_crawler.normalise import dates
from kyson_crawler.pages.below import COUNTER
from kyson_crawler.pages.cutting import alone
from kyson_crawler.pages.lines import Line

_LONGEST = 90
_LABELLED = re.compile(
    r"\W*(?:(?:ngày|thời\s+gian|giờ)\s+(?:đăng|xuất\s+bản|tạo|viết|gửi|phát\s+hành|cập\s+nhật)|(?:được\s+)?đăng\s+(?:lúc|ngày|vào|tải)"
    r"|(?:được\s+)?cập\s+nhật|xuất\s+bản|posted|published)\b",
    re.IGNORECASE,
)
# Words in the brackets would be of what the headline tells: "(ngày 2/6)", "(sửa đổi 2022)".
_IN_BRACKETS = re.compile(r"\s*[(\[](?P<date>[\d\s:./|,-]{8,20})[)\]]$")


def is_date(line: Line) -> bool:
    """Whether a line says little more than a date, to people or by the `time` element that it is made of."""
    return dates.is_date_line(line.text) or _for_machines(line) is not None


def is_labelled(line: Line) -> bool:
    """Whether a line says of its date that something was published then."""
    return bool(_LABELLED.match(line.text)) and dates.is_date_line(line.text)


def date_in(line: Line) -> str:
    """The date of such a line as printed, without a counter behind it; what its `time` element says where that is no date."""
    shown = COUNTER.split(line.text, maxsplit=1)[0]
    return shown if dates.parse(shown) else _for_machines(line) or shown


def parted(headline: str) -> tuple[str, str | None]:
    """A headline without the date in brackets at its end, and that date; None without one.

    >>> parted("Xã mở hội làng (02/06/2022)"), parted("Lịch tiếp dân (ngày 02/06/2022)")
    (('Xã mở hội làng', '02/06/2022'), ('Lịch tiếp dân (ngày 02/06/2022)', None))
    """
    found = _IN_BRACKETS.search(headline)
    if found is None or dates.parse(found["date"]) is None:
        return headline, None
    return headline[: found.start()], found["date"].strip()


def _for_machines(line: Line) -> str | None:
    """What the only `time` element of a short line says."""
    if len(line.text) > _LONGEST:
        return None
    told = [element.get("datetime") or "" for element in line.element.iter("time")]
    return told[0] if len(told) == 1 and dates.parse(told[0]) and alone(line) is not None else None
