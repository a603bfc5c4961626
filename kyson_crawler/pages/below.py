"""What stands below an article: what a reader can do with the page, lists of other articles."""

import re
from itertools import takewhile

from lxml.html import HtmlElement

from kyson_crawler.pages.cutting import alone
from kyson_crawler.pages.lines import Line

_RELATED = re.compile(
    r"^(?:các\s+)?(?:tin|bài|bài\s+viết|thông\s+tin|văn\s+bản)\s+(?:tức\s+)?(?:khác|liên\s+quan|đã\s+đưa|mới\s+hơn|cũ\s+hơn|cùng\s+(?:chuyên\s+mục|loại)|mới\s+nhất|tiếp\s+theo)\b"
    r"|^(?:other|related|latest)\s+(?:news|articles|posts)\b",
    re.IGNORECASE,
)
COUNTER = re.compile(r"\s*[-–|]?\s*(?:Lượt xem|Số lượt|Đã xem|Xem:)")
# What a reader can do with a page, written below its article: print it, send it on, go back.
TOOL = re.compile(
    r"^\W*(?:in (?:bài|trang|ấn|tin)\b|bản in\b|gửi (?:phản hồi|e-?mail|bài viết|cho bạn|ý kiến)|quay lại|trở về|(?:về )?đầu trang|chia sẻ"
    r"|(?:số )?lượt (?:xem|người xem|truy cập|đọc)|print|tags?\b|từ khóa)[^.]{0,40}$",
    re.IGNORECASE,
)


def end_of_article(within: list[Line]) -> HtmlElement | None:
    """Where an article ends in its box: at the tools of the page below it, or at the heading of a list of others."""
    related = next((number for number, line in enumerate(within) if is_related(line)), len(within))
    tools = list(takewhile(lambda line: bool(TOOL.match(line.text)), reversed(within[:related])))
    if tools and alone(tools[-1]) is not None:
        return tools[-1].element
    return within[related].element if related < len(within) else None


def is_related(line: Line) -> bool:
    """Whether a line is the heading of a list of other articles."""
    return len(line.text) < 60 and bool(_RELATED.match(line.text))
