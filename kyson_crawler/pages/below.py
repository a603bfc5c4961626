"""What stands below an article: who wrote it and whence it was taken, the tools of its page, lists of other articles."""

import re
from collections.abc import Iterable
from itertools import islice, takewhile
from urllib.parse import urlsplit

from lxml.etree import _Element as Element

from kyson_crawler.normalise import byline, dates
from kyson_crawler.normalise.attachments import is_file
from kyson_crawler.normalise.body import pieces
from kyson_crawler.normalise.pieces import Piece
from kyson_crawler.pages.author_line import author_in
from kyson_crawler.pages.cutting import alone
from kyson_crawler.pages.document import Document
from kyson_crawler.pages.lines import Line

_RELATED = re.compile(
    r"^(?:các\s+)?(?:tin|bài|bài\s+viết|thông\s+tin|văn\s+bản)\s+(?:tức\s+)?(?:khác|liên\s+quan|đã\s+đưa|mới\s+hơn|cũ\s+hơn|cùng\s+(?:chuyên\s+mục|loại)|mới\s+nhất|tiếp\s+theo)\b"
    r"|^(?:other|related|latest)\s+(?:news|articles|posts)\b",
    re.IGNORECASE,
)
_COMMENTS = re.compile(
    r"\W*(?:(?:độc\s+giả|bạn\s+đọc)\s+bình\s+luận|(?:các\s+)?ý\s+kiến(?:\s+(?:bạn\s+đọc|của\s+bạn|độc\s+giả|phản\s+hồi))?|(?:gửi|viết|thêm)?\s*(?:bình\s+luận|phản\s+hồi)(?:\s+(?:của\s+bạn|mới|bài\s+viết))?"
    r"|\*?\s*vui\s+lòng\s+nhập\s+bình\s+luận.*|(?:leave\s+a\s+)?(?:comments?|reply))[\s:]*(?:\(\d+\))?\W*",
    re.IGNORECASE,
)
COUNTER = re.compile(r"\s*[-–|]?\s*(?:Lượt xem|Số lượt|Đã xem|Xem:)")
# What a reader can do with a page, written below its article: print it, send it on, go back.
TOOL = re.compile(
    r"^\W*(?:in (?:bài|trang|ấn|tin)\b|bản in\b|gửi (?:phản hồi|e-?mail|bài viết|cho bạn|ý kiến)|quay lại|trở về|(?:về )?đầu trang|chia sẻ"
    r"|(?:tổng )?(?:số )?lượt (?:xem|người xem|truy cập|đọc)|like \d* ?share|share\b|tweet\b|print|tags?\b|từ khóa)[^.]{0,40}$",
    re.IGNORECASE,
)

_LOOK_AHEAD = 6
_LONGEST = 160
_LONGEST_HEADING = 60
_LEAST_OTHERS = 2
_SHORTEST_OTHER = 20
_LINKED = 0.7


def signed(behind: Iterable[Line]) -> tuple[str | None, str | None]:
    """The byline and the source line among the lines right behind a body, as printed; None for those that are not there.

    What stands there in a list of others, below the tools of the page or in its imprint is of no concern.
    """
    written = source = None
    own = takewhile(
        lambda line: not (is_related(line) or _is_of_readers(line) or line.is_imprint or line.is_prose), behind
    )
    for line in islice((line for line in own if len(line.text) <= _LONGEST and not TOOL.match(line.text)), _LOOK_AHEAD):
        piece = _piece(line)
        if source is None and byline.is_source(piece):
            source = line.text
        elif written is None and not line.is_link and (byline.is_byline(piece) or author_in([line])):
            written = line.text
    return written, source


def _piece(line: Line) -> Piece:
    """A line with its looks."""
    found = pieces(line.element) if alone(line) is not None else ()
    return found[0] if len(found) == 1 else Piece(kind="text", text=line.text)


def end_of_article(within: list[Line], document: Document) -> Element | None:
    """Where an article ends in its box: at the tools of the page below it, or at the heading of what is not its own.

    Links to other pages of the portal, two and more at the end, are not its own whatever stands above them.
    """
    begun = next((number for number, line in enumerate(within) if line.is_prose), len(within))
    ends = (
        number for number, line in enumerate(within) if is_related(line) or (number > begun and _is_of_readers(line))
    )
    related = next(ends, len(within))
    others = _others(within[begun:related], document)
    last = list(takewhile(lambda line: bool(TOOL.match(line.text)) or _only_leads_on(line), reversed(within[:related])))
    tools = [line for line in last if TOOL.match(line.text)]
    if tools and alone(tools[-1]) is not None and tools[-1] not in others[1:]:
        return tools[-1].element
    if others:
        return others[0].element
    return within[related].element if related < len(within) else None


def _others(own: list[Line], document: Document) -> list[Line]:
    """The links to other pages of the portal that stand last in an article's box, with the line above that names them."""
    run = list(takewhile(lambda line: _leads_within(line, document) or dates.is_date_line(line.text), reversed(own)))
    while run and not run[-1].linked:
        run.pop()
    if sum(bool(line.linked) for line in run) < _LEAST_OTHERS:
        return []
    named = [line for line in own[: -len(run)][-1:] if _may_name_others(line)]
    return [*named, *reversed(run)]


def _may_name_others(line: Line) -> bool:
    """Whether a line above links to other pages may be their heading: short, no sentence, and nobody's signature."""
    is_short = len(line.text) < _LONGEST_HEADING and not line.text.endswith((".", "!", "?", "…"))
    return is_short and not line.linked and not any(signed([line]))


def _leads_within(line: Line, document: Document) -> bool:
    """Whether a line is hardly more than a link to another page of the same portal."""
    if line.linked < len(line.text) * _LINKED or len(line.text) < _SHORTEST_OTHER:
        return False
    links = [link.get("href") or "" for link in (*line.element.iter("a"), *line.element.iterancestors("a"))]
    own = urlsplit(document.url or "").hostname
    found = [document.resolve(href) for href in links if not is_file(href)]
    return bool(found) and all(url and urlsplit(url).hostname == own and url != document.url for url in found)


def _only_leads_on(line: Line) -> bool:
    """Whether a line is made of links to other pages, as tags are; one that leads to a file is the article's."""
    return line.linked >= len(line.text) * 0.8 and not any(
        is_file(link.get("href") or "") for link in (*line.element.iter("a"), *line.element.iterancestors("a"))
    )


def _is_of_readers(line: Line) -> bool:
    """Whether a line is the heading of readers' comments; above an article it only leads there."""
    return len(line.text) < _LONGEST_HEADING and bool(_COMMENTS.fullmatch(line.text))


def is_related(line: Line) -> bool:
    """Whether a line is the heading of a list of other articles."""
    return len(line.text) < _LONGEST_HEADING and bool(_RELATED.match(line.text))
