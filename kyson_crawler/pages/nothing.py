"""Pages on which nothing stands although they answer 200: "Không tìm thấy trang", a parked domain, a server's first page."""

import re
from collections.abc import Iterator
from functools import partial

from lxml.etree import _Element as Element

from kyson_crawler.items import ArticleItem
from kyson_crawler.normalise.text import clean
from kyson_crawler.pages.document import Document, text

_WHAT = r"(?:url|(?:các\s+)?(?:trang|bài\s+viết|đường\s+dẫn|địa\s+chỉ|liên\s+kết|tài\s+nguyên|nội\s+dung|tin\s+bài))"
# What may stand between the page and that it is not there, and behind: "trang mà quý vị yêu cầu hiện không tồn tại".
_ASKED = (
    r"(?:\s+(?:web|này|mà|bạn|quý\s+vị|quý\s+khách|ông|bà|người\s+dùng|đang|đã|muốn|cần|vừa|tìm|kiếm|yêu\s+cầu|truy\s+cập|xem|nhập|hiện|tại"
    r"|có\s+thể|hoặc|được|bị|liên\s+kết|đường\s+dẫn))*"
)
_SORRY = r"(?:(?:404|lỗi|rất\s+tiếc|xin\s+lỗi|thông\s+báo)\b\W*)*"
_GONE = r"(?:không\s+(?:còn\s+)?(?:tồn\s+tại|tìm\s+thấy|được\s+tìm\s+thấy|có\s+thực|hợp\s+lệ)|đã\s+bị\s+(?:xóa|xoá|gỡ|di\s+chuyển))"
# What error pages have for a headline, or for one of the parts of their title.
_HEADLINE = re.compile(
    rf"\W*(?:(?:http\W*)?(?:lỗi|error)\W*(?:404|403|500)\b.*|404\W*(?:error)?|(?:404\W*)?(?:error\W*)?(?:(?:page|file)\s+)?not\s+found(?:\W+404)?"
    rf"|{_SORRY}không\s+tìm\s+thấy(?:\s+{_WHAT}{_ASKED})?|{_SORRY}{_WHAT}{_ASKED}\s+{_GONE}{_ASKED})\W*",
    re.IGNORECASE,
)
# What may be the headline of no article, and be the heading of a box on any other page.
_NO_TITLE = re.compile(
    r"\W*(?:lỗi|trạng\s+thái|thông\s+báo\s+lỗi|(?:404\W*)?không\s+tìm\s+thấy\s+dữ\s+liệu.{0,30})\W*", re.IGNORECASE
)
# The sentence below the headline.
_SENTENCE = re.compile(
    rf"{_SORRY}(?:{_WHAT}{_ASKED}\s+{_GONE}\b.{{0,120}}|không\s+tìm\s+thấy\s+{_WHAT}\b{_ASKED}.{{0,60}}"
    r"|(?:the\s+)?(?:page|resource|file|url)(?:\s+(?:you|are|were|requested|looking|for|that|may|have|has|been|was|is))*\s+"
    r"(?:could\s+not\s+be|cannot\s+be|was\s+not|not)\s+found\b.{0,120})",
    re.IGNORECASE,
)
_BEGINS = re.compile(
    r"\W*(?:404|lỗi|rất|xin|thông|không|url|các|trang|bài|đường|địa|liên|tài|nội|tin|the|page|resource|file)\b",
    re.IGNORECASE,
)
_PARKED = re.compile(
    r"\W*(?:(?:this\s+)?(?:domain|web\s*site)\b.{0,60}\b(?:is\s+)?(?:for\s+sale|parked|expired|available\s+for\s+purchase)\b.*|.{0,60}\bdomain\s+(?:name\s+)?(?:is\s+)?for\s+sale\b.*|buy\s+this\s+domain.*"
    r"|tên\s+miền\b.{0,60}\b(?:hết\s+hạn|rao\s+bán|đang\s+bán|chưa\s+được\s+(?:kích\s+hoạt|cấu\s+hình)|được\s+đăng\s+ký\s+tại)\b.*"
    r"|(?:apache2?|ubuntu|debian|centos|nginx)\b.{0,40}\b(?:default|test)\s+page.*|welcome\s+to\s+(?:nginx|centos|apache)\b.*|it\s+works!?|iis(?:\s+windows(?:\s+server)?|\d+(?:\.\d)?)?"
    r"|(?:domain\s+default\s+page|default\s+(?:parallels\s+)?plesk\s+.{0,20}page|web\s+server'?s\s+default\s+page|plesk\s+default\s+page)|(?:this\s+)?account\s+(?:has\s+been\s+)?suspended"
    r"|(?:website|tài\s+khoản)\b.{0,40}\bđã\s+bị\s+(?:tạm\s+)?(?:khóa|khoá|ngừng|ngưng)\b.*)\W*",
    re.IGNORECASE,
)
_LONGEST_TITLE = 120
_LONGEST_SENTENCE = 240
_SHORT = 400
_QUOTED = 80


def headline(document: Document) -> str | None:
    """What a page's title or first headings say of it when that is that nothing stands there, or None."""
    for shown in _names(document):
        if len(shown) <= _LONGEST_TITLE and (_HEADLINE.fullmatch(shown) or _PARKED.fullmatch(shown)):
            return f"it says “{shown[:_QUOTED]}”"
    return None


def sentence(document: Document) -> str | None:
    """The same in a line of its own, for a page without an article; None where no line says so."""
    for element in document.elements:
        for begun, shown in (
            (element.text, partial(text, element)),
            (element.tail, partial(clean, element.tail or "")),
        ):
            if begun and _BEGINS.match(begun) and len(begun) <= _LONGEST_SENTENCE:
                line = shown()
                if len(line) <= _LONGEST_SENTENCE and _SENTENCE.fullmatch(line) and _stands_free(element):
                    return f"it says “{line[:_QUOTED]}”"
    return None


def article(item: ArticleItem) -> str | None:
    """The same in what was read as an article: its title, or all the little that it says."""
    title = item.title if len(item.title) <= _LONGEST_TITLE else ""
    if _HEADLINE.fullmatch(title) or _NO_TITLE.fullmatch(title):
        return f"it says “{title[:_QUOTED]}”"
    said = _all_of_little(item)
    if said is None:
        return None
    if _PARKED.fullmatch(title):
        return f"it says “{title[:_QUOTED]}”"
    return f"it says “{said[:_QUOTED]}”" if _SENTENCE.match(said) else None


def _all_of_little(item: ArticleItem) -> str | None:
    """The text of an article that says hardly anything and offers no file; None for any other."""
    if item.body is None or item.attachments:
        return None
    said = ""
    for part in item.body.itertext():
        said += f" {part!s}"
        if len(said) > 2 * _SHORT:
            return None
    said = clean(said)
    return said if len(said) <= _SHORT else None


def _names(document: Document) -> Iterator[str]:
    yield document.title
    yield from (part.strip() for part in re.split(r"\s+[-–|:»]+\s+", document.title))
    for element in document.tagged("h1"):
        if _stands_free(element):
            yield text(element)


def _stands_free(element: Element) -> bool:
    """Whether text is no link, and holds none: then it is of the page itself."""
    return next(element.iterancestors("a"), None) is None and next(element.iter("a"), None) is None
