"""Notices of closing, told from a sentence: the portal stops, moves or is merged, or the office that it is the portal of ends.

Districts were abolished on 1 July 2025, and each portal said so in words of its own. So what counts is what somebody is said to do:
the portal itself, or the district, and nobody else's.
"""

import re
from collections.abc import Iterable, Iterator

from archive.fold import canon
from kyson_crawler.normalise.text import clean
from kyson_crawler.portal import Portal

_LONGEST = 400
"""Characters of the longest sentence that is a notice."""

_SITE = (
    r"(?:(?:cổng|trang|chuyên\s+trang)\s+(?:thành\s+phần\s+)?(?:thông\s+tin|tin)(?:\s+điện\s+tử)?|(?:cổng|trang)\s+ttđt|cổng\s+điện\s+tử"
    r"|trang\s+(?:web|chủ)|web\s?site|portal)"
)
_DISTRICT = r"(?:cấp\s+)?(?:huyện|quận|thị\s+xã|thành\s+phố\s+thuộc\s+tỉnh)"
_OFFICE = (
    r"(?:(?:uỷ\s+ban\s+nhân\s+dân|ubnd|hội\s+đồng\s+nhân\s+dân|hđnd|huyện\s+uỷ|chính\s+quyền(?:\s+địa\s+phương)?|bộ\s+máy|hệ\s+thống\s+chính\s+trị"
    rf"|(?:các\s+)?đơn\s+vị\s+hành\s+chính)(?:\s+của)?\s+{_DISTRICT}|huyện\s+uỷ|{_DISTRICT})"
)
# What may stand between who does something and what is done; news of somebody else's doings has one of the words left out.
_GAP = r"(?:(?!về\s+việc|đưa\s+tin|tuyên\s+truyền|liên\s+quan|bài\s+viết|tin\s+bài|không\s+phải).){0,120}?"
_ENDS = (
    r"(?:(?:ngừng|ngưng|dừng|thôi|kết\s+thúc|chấm\s+dứt)\s+(?:hẳn\s+|mọi\s+|toàn\s+bộ\s+|việc\s+)*(?:hoạt\s+động|cập\s+nhật|vận\s+hành|duy\s+trì|đăng\s+(?:tin|tải)"
    r"|cung\s+cấp|phục\s+vụ|sứ\s+mệnh|nhiệm\s+vụ)|không\s+(?:còn|tiếp\s+tục)\s+(?:được\s+)?(?:hoạt\s+động|cập\s+nhật|vận\s+hành|duy\s+trì|sử\s+dụng|tồn\s+tại)"
    r"|đóng\s+cửa|giải\s+thể|(?:chính\s+thức|sẽ|đã)\s+(?:được\s+)?(?:đóng|khép)\s+lại)"
)
_MERGED = r"(?:(?:sáp|hợp|được)\s+nhập|hợp\s+nhất|được\s+thay\s+thế\s+bởi|nhập)\s+(?:vào|với|về|thành|bởi)"
_NEW_PLACE = (
    r"(?:chuyển|đổi|thay\s+đổi|dời|di\s+chuyển)(?:\s+(?:đổi|sang|đến|tới|về|qua|hoạt\s+động|sử\s+dụng|truy\s+cập))*\s+"
    r"(?:tại\s+)?(?:(?:địa\s+chỉ|tên\s+miền|đường\s+dẫn)(?!\s+trụ\s+sở)|"
    + _SITE
    + r"|(?:https?://|www\.)\S+|[\w-]+(?:\.[\w-]+)*\.vn\b)"
)
_MOVED_TO = rf"(?:địa\s+chỉ|tên\s+miền)\s+(?:truy\s+cập\s+)?mới\b.{{0,40}}?{_SITE}|{_SITE}{_GAP}(?:có|sử\s+dụng|hoạt\s+động\s+(?:tại|trên))\s+(?:địa\s+chỉ|tên\s+miền)\s+mới\b"
_OF_SITE = re.compile(rf"(?P<who>{_SITE})(?P<gap>{_GAP})(?:{_ENDS}|{_MERGED}|{_NEW_PLACE})|{_MOVED_TO}")
_OF_OFFICE = re.compile(
    rf"(?P<who>{_OFFICE})(?P<gap>(?:(?!\b(?:chợ|trường|bệnh\s+viện|trung\s+tâm|công\s+ty|cơ\s+sở|cổng|trang)\b).){{0,40}}?)(?:kết\s+thúc|chấm\s+dứt|ngừng|ngưng|dừng)\s+(?:hoạt\s+động|sứ\s+mệnh|tồn\s+tại)"
    rf"|(?:kết\s+thúc|chấm\s+dứt|ngừng|ngưng|dừng)\s+(?:việc\s+)?(?:hoạt\s+động|tổ\s+chức|sứ\s+mệnh)(?:\s+của)?\s+(?P<whose>{_OFFICE})"
    rf"|(?:(?<!cán\s)\bbỏ|xoá\s+bỏ|giải\s+thể|không\s+(?:còn\s+)?tổ\s+chức)\s+(?:các\s+|cấp\s+chính\s+quyền\s+)*(?:đơn\s+vị\s+hành\s+chính\s+)?cấp\s+huyện"
)
# A site that rests for a night, and what is said of others' sites.
_PASSING = re.compile(
    r"bảo\s+trì|bảo\s+dưỡng|sự\s+cố|mất\s+điện|nâng\s+cấp\s+(?:hệ\s+thống|máy\s+chủ|hạ\s+tầng)|giả\s+mạo|dịch\s+vụ\s+công"
)
_NAMED = re.compile(
    r"\b(huyện|quận|thị\s+xã|thành\s+phố|tỉnh|xã|phường|sở|bộ|trường|ban|báo|công\s+ty)\s+(\w+)", re.IGNORECASE
)
_SENTENCES = re.compile(r"(?<=[.!?;])\s+")


def notice(texts: Iterable[str], portal: Portal) -> str | None:
    """The first sentence in some texts that says that the portal closes, moves or is merged, or that its district ends."""
    return next((said for text in texts for said in _notices(clean(text), portal)), None)


def _notices(text: str, portal: Portal) -> Iterator[str]:
    for sentence in _SENTENCES.split(text):
        if len(sentence) <= _LONGEST and _is_notice(sentence, portal):
            yield sentence


def _is_notice(sentence: str, portal: Portal) -> bool:
    said = canon(sentence)
    own = canon(f"{portal.name} {portal.district or ''}")
    if _PASSING.search(said):
        return False
    if (found := _OF_SITE.search(said)) and _is_own(sentence, found, own):
        return True
    if not portal.district and not re.search(_DISTRICT, own):
        return False
    return (found := _OF_OFFICE.search(said)) is not None and _is_own(sentence, found, own)


def _is_own(sentence: str, found: re.Match[str], own: str) -> bool:
    """Whether whoever a sentence is about is named as the portal, or by no name: `huyện nhà` is our own, `huyện Con Cuông` is not."""
    begin, end = found.span()
    if found["who"]:
        end = found.end("gap")
    for named in _NAMED.finditer(sentence[begin : end + 1]):
        if named[2][0].isupper() and canon(named[0]) not in own and canon(named[2]) not in own.split():
            return False
    return True
