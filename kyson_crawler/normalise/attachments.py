"""Files offered with an article: found by what their address or link says, and kept out of the running text."""

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from archive.records import Attachment
from kyson_crawler.normalise.body import Piece
from kyson_crawler.normalise.text import clean

_FILE = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|rtf|odt|ods|zip|rar|7z)$", re.IGNORECASE)
_DOWNLOAD = re.compile(r"[?&](?:download=|attachment|file(?:name|id)?=)", re.IGNORECASE)
_ONLY_POINTS = re.compile(
    r"^\W*(?:(?:xem|tải|download|chi\s+tiết|nội\s+dung|văn\s+bản|file|tệp|tài\s+liệu|đính\s+kèm|kèm\s+theo|toàn\s+văn|về|tại|đây|ở|theo|này|các|:|\.|…|-)\s*)+\W*$",
    re.IGNORECASE,
)
_LONGEST_POINTER = 200


def is_file(href: str) -> bool:
    """Whether an address leads to a document rather than to a page.

    >>> is_file("/VanBan/2024/12/20/K%E1%BA%BF ho%E1%BA%A1ch.pdf?v=1"), is_file("/tin-tuc/ke-hoach-1.html")
    (True, False)
    """
    try:
        parts = urlsplit(href.strip())
    except ValueError:
        return False
    if parts.scheme not in {"", "http", "https", "ftp"}:
        return False  # javascript: and data: addresses can end in .pdf too
    return bool(_FILE.search(unquote(parts.path)) or _DOWNLOAD.search("?" + parts.query))


def find(links: Iterator[tuple[str, str]]) -> tuple[Attachment, ...]:
    """Attachments among (href, text) pairs, each address once, with the first label that says something."""
    found: dict[str, Attachment] = {}
    for href, text in links:
        if is_file(href):
            label = clean(text) or None
            known = found.get(href)
            if known is None or (known.label is None and label):
                found[href] = Attachment(href=href, label=label)
    return tuple(found.values())


def only_points(piece: Piece) -> bool:
    """Whether a piece is no text of the article but only leads to a file: a file's name, or "Xem chi tiết tại đây"."""
    if not piece.has_link or len(piece.text) > _LONGEST_POINTER:
        return False
    if piece.href is None or not is_file(piece.href):
        return bool(_ONLY_POINTS.match(piece.text))
    name = unquote(urlsplit(piece.href).path).rsplit("/", 1)[-1]
    return bool(_FILE.search(piece.text) or _ONLY_POINTS.match(piece.text) or clean(name) == piece.text)
