"""Files offered with an article: found by what their address or link says, and kept out of the running text."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import cast
from urllib.parse import parse_qs, unquote, urlsplit

from lxml.etree import _Element as Element

from archive.records import Attachment
from kyson_crawler.normalise.pieces import Piece
from kyson_crawler.normalise.text import clean
from kyson_crawler.normalise.videos import PLAYERS, video_source

_ENDING = r"\.(?:pdf|docx?|xls[xm]?|ppsx?|pptx?|rtf|odt|ods|odp|zip|rar|7z)"
_FILE = re.compile(rf"{_ENDING}$", re.IGNORECASE)
# Liferay writes the id of a document behind its name.
_FILE_WITH_ID = re.compile(rf"{_ENDING}/[0-9a-f]{{8}}-[0-9a-f-]{{27}}$", re.IGNORECASE)
_DOWNLOAD = re.compile(r"[?&](?:download=|attachment|file(?:name|id)?=)", re.IGNORECASE)
# Programs that hand out a file by its number: /Handlers/DownloadFile.ashx?id=7, /tai-ve/7.
_HANDLER = re.compile(
    r"/(?:\w*download\w*|getfile|tai-?file|tai-?ve)(?:\.(?:ashx|aspx|axd|php)\?|/\d+(?:[/?]|$))", re.IGNORECASE
)
_ONLY_POINTS = re.compile(
    r"^\W*(?:(?:xem|tải|download|chi\s+tiết|nội\s+dung|văn\s+bản|file|tệp|tài\s+liệu|đính\s+kèm|kèm\s+theo|toàn\s+văn|về|tại|đây|ở|theo|này|các|:|\.|…|-)\s*)+\W*$",
    re.IGNORECASE,
)
_LONGEST_POINTER = 200
_MOST_IN_LABEL = 20
# What servers are advised to take, and more than any of their files is called (RFC 9110, section 4.1).
_LONGEST_ADDRESS = 8_000

MOST = 1_000
"""How many links to files are read from one body."""


def is_file(href: str) -> bool:
    """Whether an address leads to a document rather than to a page.

    >>> is_file("/VanBan/2024/12/20/K%E1%BA%BF ho%E1%BA%A1ch.pdf?v=1"), is_file("/tin-tuc/ke-hoach-1.html")
    (True, False)
    """
    if len(href) > _LONGEST_ADDRESS:
        return False
    try:
        parts = urlsplit(href.strip())
    except ValueError:
        return False
    if parts.scheme not in {"", "http", "https", "ftp"}:
        return False  # javascript: and data: addresses can end in .pdf too
    path = unquote(parts.path)
    asked = f"{path}?{parts.query}" if parts.query else path
    return bool(_FILE.search(path) or _FILE_WITH_ID.search(path) or _DOWNLOAD.search("?" + parts.query)) or bool(
        _HANDLER.search(asked)
    )


def has_ending(href: str) -> bool:
    """Whether an address ends as the name of a document does, so that it can hardly be that of a page.

    >>> has_ending("http://kyson.example/k%E1%BA%BF%20ho%E1%BA%A1ch.PDF?v=1"), has_ending("http://kyson.example/tai-ve/7")
    (True, False)
    """
    return len(href) <= _LONGEST_ADDRESS and bool(_FILE.search(unquote(href.partition("?")[0])))


def is_called_file(href: str, label: str) -> bool:
    """Whether a link is called by the name of a document, whatever its address looks like, and leads somewhere at all.

    >>> is_called_file("/documents/20181/0/abc?version=1.0", "Công văn.docx"), is_called_file("#", "Công văn.docx")
    (True, False)
    """
    if len(label) > _LONGEST_POINTER or not _FILE.search(label.rstrip()) or len(href) > _LONGEST_ADDRESS:
        return False
    try:
        parts = urlsplit(href.strip())
    except ValueError:
        return False
    return parts.scheme in {"", "http", "https", "ftp"} and bool(parts.path or parts.query) and "#" not in href


def leads_to_file(link: Element) -> bool:
    """Whether a link leads to a document, by its address or by what it is called."""
    href = link.get("href") or ""
    return is_file(href) or (bool(href) and is_called_file(href, _label(link)))


def _label(link: Element) -> str:
    """The text of a link, of a long one the beginning."""
    return "".join(cast("Iterator[str]", islice(link.itertext(), _MOST_IN_LABEL)))


def offered(root: Element) -> Iterator[tuple[str, str]]:
    """Address and label of the files that a body links to, or shows in a frame, such as a PDF in a viewer; at most 1,000."""
    return islice(_offered(root), MOST)


def _offered(root: Element) -> Iterator[tuple[str, str]]:
    for element in root.iter("a", "iframe", "embed", "object"):
        address = element.get(_ADDRESS_OF[str(element.tag)]) or ""
        shown = in_viewer(address)
        if is_file(shown) and not (element.tag in PLAYERS and video_source(element)):
            words = element.itertext() if element.tag == "a" else (element.get("title") or "",)
            yield shown, "".join(cast("Iterator[str]", words))
        elif element.tag == "a" and address and is_called_file(address, label := _label(element)):
            yield address, label


_ADDRESS_OF = {"a": "href", "iframe": "src", "embed": "src", "object": "data"}
_VIEWED = ("file", "url", "src")


def in_viewer(address: str) -> str:
    """The file that a viewer on a page is told to show; another address comes back unchanged.

    >>> in_viewer("https://docs.google.com/gview?url=http://a.example/ke-hoach.pdf&embedded=true")
    'http://a.example/ke-hoach.pdf'
    >>> in_viewer("/ke-hoach.pdf?url=x")
    '/ke-hoach.pdf?url=x'
    """
    if len(address) > _LONGEST_ADDRESS:
        return address
    try:
        parts = urlsplit(address)
        given = parse_qs(parts.query) if parts.query else {}
    except ValueError:
        return address
    if _FILE.search(parts.path):
        return address
    shown = (value for name in _VIEWED for value in given.get(name, ()))
    return next((value for value in shown if _FILE.search(value.partition("?")[0]) and is_file(value)), address)


def find(links: Iterator[tuple[str, str]]) -> tuple[Attachment, ...]:
    """Attachments among (href, text) pairs, each address once, with the first label that says something."""
    found: dict[str, Attachment] = {}
    for href, text in links:
        if is_file(href) or is_called_file(href, text):
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
        is_called = piece.href is not None and is_called_file(piece.href, piece.text)
        return is_called or bool(_ONLY_POINTS.match(piece.text))
    name = unquote(urlsplit(piece.href).path).rsplit("/", 1)[-1]
    return bool(_FILE.search(piece.text) or _ONLY_POINTS.match(piece.text) or clean(name) == piece.text)
