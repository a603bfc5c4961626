"""Signs of a portal's dying, in words: English and Vietnamese."""

from collections.abc import Mapping

from archive.signs import Sign

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "dns": "the name of {about} leads nowhere any more: {seen}",
        "unreachable": "{about} takes no connection: {seen}",
        "unanswered": "no page answers at {about}: {seen}",
        "parked": "something else stands in place of the home page {about}: {seen}",
        "absent": "the home page {about} is not there: {seen}",
        "moved": "{about} leads away to {seen}",
        "closing": "a notice says: “{seen}”",
        "frozen": "nothing newer was published than on {seen}, longer than it ever paused before",
        "certificate": "the certificate of {about} ends at {seen}",
        "untrusted": "the encryption of {about} proves nothing: {seen}",
    },
    "vi": {
        "dns": "tên miền {about} không còn phân giải được: {seen}",
        "unreachable": "không kết nối được tới {about}: {seen}",
        "unanswered": "không trang nào trả lời tại {about}: {seen}",
        "parked": "trang chủ {about} đã bị thay bằng nội dung khác: {seen}",
        "absent": "trang chủ {about} không còn: {seen}",
        "moved": "{about} chuyển hướng sang {seen}",
        "closing": "có thông báo: “{seen}”",
        "frozen": "không có bài nào mới hơn ngày {seen}, lâu hơn mọi lần ngừng trước đây",
        "certificate": "chứng chỉ của {about} hết hạn lúc {seen}",
        "untrusted": "kết nối mã hóa của {about} không đáng tin: {seen}",
    },
}


def said(sign: Sign, language: str = "en") -> str:
    """What a sign says, as a sentence without its end; `language` is `en` or `vi`."""
    words = _WORDS[language]
    return words[sign.kind].format(about=sign.about, seen=sign.seen) if sign.kind in words else sign.seen
