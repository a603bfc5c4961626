"""Byline and source lines at the end of an article, taken out of the running text; accounts of the CMS are refused."""

import re
from collections.abc import Sequence

from attrs import frozen

from kyson_crawler.normalise.body import Piece
from kyson_crawler.normalise.text import clean

_LABEL = re.compile(
    r"^\(?\s*(?:(?:tin|bài|ảnh|clip|video|bài\s+viết|tác\s+giả(?:\s+bài\s+viết)?|thực\s+hiện|người\s+viết|người\s+đưa\s+tin|biên\s+tập|pv|ctv|nhóm\s+pv|nguồn\s+t[iì]n)"
    r"(?:\s*(?:,|và|&|\+|/|-|–)\s*(?:tin|bài|ảnh|clip|video))*)\s*(?P<colon>[:.\-–]?)\s*(?P<name>.*?)\)?\.?$",
    re.IGNORECASE,
)
_SOURCE = re.compile(
    r"^\(?\s*(?:theo|nguồn(?:\s+t[iì]n|\s+ảnh)?)\b\s*(?P<colon>[:\-–])?\s*(?P<name>\S.*?)\)?\.?$", re.IGNORECASE
)
_SENT_IN = re.compile(r"^\W*nguồn\s+t[iì]n", re.IGNORECASE)
_COLLECTIVE = re.compile(
    r"^(?:nhóm\s+)?(?:phóng\s+viên|pv|tác\s+giả|cộng\s+tác\s+viên|ctv)(?:\s+\S+){0,4}$", re.IGNORECASE
)
_PUBLISHER = re.compile(
    r"(?:báo|tạp\s+chí|cổng|trang|đài|tin|website|thông\s+tấn)\b|[\w-]+\.[\w.-]+|https?:", re.IGNORECASE
)
_ADDRESS = re.compile(r"^\(?(?:https?://|www\.)\S+\)?$", re.IGNORECASE)
_ACCOUNT = re.compile(
    r"^(?:admin\w*|quan\s?tri\w*|quản\s+trị(?:\s+viên)?|editor|biên\s+tập\s+viên|bbt|ban\s+biên\s+tập|webmaster|root|user\d*|[\w.\-]+@[\w.\-]+)$",
    re.IGNORECASE,
)
_LAST_BLOCKS = 4
_PROSE = 80


@frozen(kw_only=True)
class Signed:
    """Who signed an article and where it was taken from, as printed."""

    byline: str | None = None
    source: str | None = None


def split(found: Sequence[Piece]) -> tuple[Signed, tuple[Piece, ...]]:
    """The byline and source line among the last pieces, and the pieces without them.

    Both are kept as printed. A person named after "Nguồn tin:" is whoever sent the item in, hence the byline.
    """
    rest = list(found)
    byline = source = None
    position, seen = len(rest) - 1, 0
    while position > 0 and seen < _LAST_BLOCKS:
        piece = rest[position]
        if piece.kind in {"text", "quote", "item", "heading"}:
            if is_source(piece):  # the name of a newspaper over the address of its article is one source
                source = " ".join(filter(None, [_unbracketed(piece.text), source]))
            elif byline is None and (is_byline(piece) or _is_bare_name(rest, position)):
                byline = _unbracketed(piece.text)
            elif is_account(piece.text):
                pass
            elif len(piece.text) > 3:
                break
            del rest[position]
            seen += 1
        elif piece.kind == "table":
            break
        position -= 1
    return Signed(byline=byline, source=source), tuple(rest)


def person(raw: str | None, site: str | None = None) -> str | None:
    """A byline from a slot of its own, or None when it is only an account of the CMS or the site's name.

    >>> person("Quỳnh Nhi"), person("quantri"), person("admin admin")
    ('Quỳnh Nhi', None, None)
    """
    name = re.sub(r"^(?:tác giả(?: bài viết)?|người viết|đăng bởi)\s*:\s*", "", clean(raw or ""), flags=re.IGNORECASE)
    if not name or is_account(name):
        return None
    return None if site and name.casefold() == clean(site).casefold() else name


def is_account(name: str) -> bool:
    """Whether a name is only an account of the CMS.

    >>> is_account("admin admin"), is_account("Ban biên tập"), is_account("Lô Thị Mai")
    (True, True, False)
    """
    return bool(_ACCOUNT.match(name)) or all(_ACCOUNT.match(word) for word in name.split())


def source_name(raw: str | None) -> str | None:
    """A source from a slot of its own, without its label.

    >>> source_name("Nguồn tin: Báo Hà Nội Mới")
    'Báo Hà Nội Mới'
    """
    return re.sub(r"^nguồn(?: tin)?\s*:\s*", "", clean(raw or ""), flags=re.IGNORECASE) or None


def is_source(piece: Piece) -> bool:
    """Whether a piece at the end only says where the article was taken from: a label with a name, or an address."""
    if _ADDRESS.match(piece.text):
        return True
    named = _SOURCE.match(piece.text)
    if not named or piece.text[-1] == ":" or (_SENT_IN.match(piece.text) and _is_name(named["name"])):
        return False
    name, longest = named["name"], 160 if named["colon"] else 90
    if len(piece.text) > longest or len(piece.text.split()) > longest // 6:
        return False
    # "Theo kế hoạch, ..." and "Nguồn nước ..." begin sentences.
    return bool(named["colon"]) or ("," not in name and (name[0].isupper() or bool(_PUBLISHER.match(name))))


def is_byline(piece: Piece) -> bool:
    """Whether a piece at the end only says who signed: a label with names, or a name set apart by its looks."""
    text = _unbracketed(piece.text)
    if len(text) > 90 or text.endswith((":", ";", ",")):
        return False
    label = _LABEL.match(text)
    if label and _is_name(label["name"]) and (label["colon"] or piece.align == "right" or piece.bold or piece.italic):
        return True
    if not (_is_name(text) or _COLLECTIVE.match(text)) or _ACCOUNT.match(text):
        return False
    return piece.align == "right" or ((piece.bold or piece.italic) and len(text.split()) <= 5)


def _is_bare_name(found: Sequence[Piece], position: int) -> bool:
    """Whether the very last piece is a person's name in plain letters, right below a paragraph of running text."""
    last, before = found[position], found[position - 1]
    below_prose = before.kind == "text" and len(before.text) >= _PROSE
    return position == len(found) - 1 and below_prose and 2 <= len(last.text.split()) <= 4 and _is_name(last.text)


def _is_name(text: str) -> bool:
    """Whether a text is one or several names: one to eight words, each beginning with a capital, none shouting.

    >>> _is_name("Tình Dương"), _is_name("Hoàng Hoài-Vũ Trang"), _is_name("CHỦ TỊCH"), _is_name("Chào thân ái")
    (True, True, False, False)
    """
    words = [word for word in re.split(r"[\s,;.&()/\-–+]+|\bvà\b", text) if word]
    if not 1 <= len(words) <= 8 or (len(words) > 1 and text.isupper()):
        return False
    return all(word[0].isupper() and word.isalpha() for word in words)


def _unbracketed(text: str) -> str:
    return text[1:-1].strip() if text.startswith("(") and text.endswith(")") else text
