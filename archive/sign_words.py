"""Signs of a portal's dying, in words: English and Vietnamese."""

import re
from datetime import datetime

from archive import reason_words
from archive.signs import Sign
from archive.terminal import day
from archive.vietnam import clock

_WORDS = {
    "dns": (
        "the name of {about} leads nowhere any more: {seen}",
        "tên miền {about} không còn phân giải được: {seen}",
    ),
    "unreachable": ("{about} takes no connection: {seen}", "không kết nối được tới {about}: {seen}"),
    "unanswered": ("no page answers at {about}: {seen}", "không trang nào trả lời tại {about}: {seen}"),
    "parked": (
        "something else stands in place of the home page {about}: {seen}",
        "trang chủ {about} đã bị thay bằng nội dung khác: {seen}",
    ),
    "absent": ("the home page {about} is not there: {seen}", "trang chủ {about} không còn: {seen}"),
    "moved": ("{about} leads away to {seen}", "{about} chuyển hướng sang {seen}"),
    "closing": ("a notice says: “{seen}”", "có thông báo: “{seen}”"),
    "frozen": (
        "nothing newer was published than on {seen}",
        "không có bài nào mới hơn ngày {seen}",
    ),
    "certificate": (
        "the certificate of {about} ends at {seen} (Vietnam)",
        "chứng chỉ của {about} hết hạn lúc {seen} (giờ Việt Nam)",
    ),
    "untrusted": (
        "the encryption of {about} proves nothing: {seen}",
        "kết nối mã hóa của {about} không đáng tin: {seen}",
    ),
}
"""Each in English and in Vietnamese."""

_SILENCE = re.compile(r"(\d{4}-\d\d-\d\d) \((\d+) d > (\d+) d\)")
_SILENT = (
    "{day}: for {days} days, where it never paused for more than {longest}",
    "{day}: đã {days} ngày, trong khi trước đây chưa bao giờ ngừng quá {longest} ngày",
)


def said(sign: Sign, language: str = "en") -> str:
    """What a sign says, as a sentence without its end; `language` is `en` or `vi`."""
    at = 0 if language == "en" else 1
    if sign.kind not in _WORDS:
        return sign.seen
    return _WORDS[sign.kind][at].format(about=sign.about, seen=_seen(sign, language))


def _seen(sign: Sign, language: str) -> str:
    """What was seen, by its kind: a time, a silence, a reason of ours; else as it stood."""
    if sign.kind == "frozen" and (found := _SILENCE.fullmatch(sign.seen)):
        return _SILENT[language != "en"].format(day=day(found[1]), days=found[2], longest=found[3])
    if sign.kind == "certificate":
        return clock(datetime.fromisoformat(sign.seen))
    return sign.seen if sign.kind in {"closing", "moved"} else reason_words.reason(sign.seen, language)
