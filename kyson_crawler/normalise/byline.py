"""Byline and source lines at the end of an article, taken out of the running text; accounts of the CMS are refused."""

import re
from collections.abc import Sequence
from itertools import takewhile

from attrs import frozen

from kyson_crawler.normalise.names import OFFICE, PUBLISHER, is_name, is_person, is_shouted
from kyson_crawler.normalise.pieces import CAPTIONED, Piece
from kyson_crawler.normalise.syllables import is_syllable
from kyson_crawler.normalise.text import clean

_ROLE = (
    r"(?:tin|bài(?:\s+viết)?|ảnh|hình|clip|video|phim|đồ\s+họa|tác\s+giả(?:\s+bài\s+viết)?|thực\s+hiện|t/h|tổng\s+hợp|biên\s+soạn|sưu\s+tầm"
    r"|người\s+(?:viết|đưa\s+tin|đăng)|đăng\s+bởi|biên\s+tập|(?:nhóm\s+)?(?:pv|p\.v|phóng\s+viên)|ctv|cộng\s+tác\s+viên|nguồn\s+t[iì]n)\b"
)
_LABEL = re.compile(
    rf"^(?P<roles>{_ROLE}(?P<more>(?:\s*(?:,|và|&|\+|/|-|–)?\s*{_ROLE})*))\s*(?P<colon>[:.\-–]?)\s*(?P<name>.*?)\.?$",
    re.IGNORECASE,
)
# "Bài: Lô Mai; ảnh: Hà Thu" is two labels with a name each.
_NEXT_LABEL = re.compile(rf"\s*[;,–-]\s*(?={_ROLE}[^:]{{0,30}}:)", re.IGNORECASE)
_OFFICE_BEHIND = re.compile(
    r"\s*(?:[-–,]\s*|\()(?:đài|trung\s+tâm|phòng|ban|văn\s+phòng|sở|ubnd|hội|đoàn|trường|xã|huyện|tổng\s+hợp|sưu\s+tầm|theo|t/h|th|st|ctv|pv|tt[a-z]*|vh[a-z]*)\b[^()]{0,60}\)?$",
    re.IGNORECASE,
)
# "Người viết: Moong Văn Nghệ - Công chức Văn hóa": behind a label the post counts for nothing either.
_POST_BEHIND = re.compile(
    r"\s*(?:[-–,]\s*|\()(?:công\s+chức|cán\s+bộ|chuyên\s+viên|(?:phó\s+)?(?:trưởng|chủ\s+tịch|bí\s+thư|giám\s+đốc|hiệu\s+trưởng)|giáo\s+viên|thôn|bản)\b[^()]{0,60}\)?$",
    re.IGNORECASE,
)
_SOURCE = re.compile(
    r"^(?:theo(?:\s+nguồn(?:\s+t[iì]n)?)?|nguồn(?:\s+(?:t[iì]n|ảnh|bài(?:\s+viết)?))?)\b\s*(?P<colon>[:\-–])?\s*(?P<name>\S.*?)\.?$",
    re.IGNORECASE,
)
_SOURCE_LABEL = re.compile(
    r"^(?:link\s+(?:bài\s+)?(?:gốc|nguồn)|bài\s+gốc|(?:trích|dẫn|lược)\s+(?:nguồn|từ|theo)|đăng\s+lại\s+từ|nguồn\s+(?:trích|dẫn))\s*:\s*\S",
    re.IGNORECASE,
)
_SOURCE_ON_TOP = re.compile(r"^\(?nguồn(?:\s+tin)?\s*:", re.IGNORECASE)
_ANNOUNCES = re.compile(r"^(?:(?:một\s+số|những|các|chùm)\s+)?(?:hình\s+)?ảnh\b", re.IGNORECASE)
_GATHERED = re.compile(r"^\((?:sưu\s+tầm|st|theo\s+internet|internet)\)$", re.IGNORECASE)
# A lone label of a picture may stand under one, and so names who took it.
_OF_PICTURE = re.compile(r"^\(?(?:nguồn\s+)?(?:ảnh|hình|clip|video)\s*[:\-–]", re.IGNORECASE)
_SENT_IN = re.compile(r"^\W*nguồn\s+t[iì]n", re.IGNORECASE)
_COLLECTIVE = re.compile(
    r"^(?:nhóm\s+)?(?:phóng\s+viên|p\.?v|tác\s+giả|cộng\s+tác\s+viên|ctv)(?:\s+\S+){0,4}$", re.IGNORECASE
)
# "Thanh Huyền (thực hiện)": the label stands behind the name.
_DONE = re.compile(
    r"\s*(?:\((?:thực\s+hiện|lược\s+ghi|ghi|tổng\s+hợp|biên\s+dịch|dịch)\)|\bthực\s+hiện)\.?$", re.IGNORECASE
)
# "H.L", "N.T.H.", and how a reporter without a name signs.
_INITIALS = re.compile(r"^(?:(?:[A-ZĐ]\.\s?){1,3}[A-ZĐ]\.?|(?:Nhóm\s+)?P\.?V\.?|CTV)$")
# "Hà Thu - Lô Mai", "Vừ Bá Lẩu và Hà Thu".
_NAMES_APART = re.compile(r"\s+[-–&]\s+|\s*[,;]\s*|\s+và\s+")
_MOST_NAMES = 3
_FIGURE = re.compile(r"^\d{1,3}$", re.ASCII)
_ADDRESS = re.compile(r"^\(?(?:https?://|www\.)\S+\)?$", re.IGNORECASE)
_ACCOUNT = re.compile(
    r"^(?:(?:super)?admin\w*|quan\s?tri\w*|quản\s+trị(?:\s+viên)?|editor\w*|biên\s+tập\s+viên|bbt|ban\s+biên\s+tập|webmaster|root|user\d*|[\w.\-]+@[\w.\-]+)$",
    re.IGNORECASE,
)
# In a slot for the author: names of accounts have no capitals and no marks, and sites give their own name.
_SLOT_ACCOUNT = re.compile(r"^[a-z0-9._\-]+$")
_SITE = re.compile(r"^(?:cổng|trang|website)\s+(?:thông\s+tin|tin|ttđt|điện\s+tử|tt)\b", re.IGNORECASE)
# Who signs a document does so under an office, or under place and date; that is no byline.
_SIGNED_AS = re.compile(
    r"^(?:(?:tm|kt|tl|tuq|thay\s+mặt|quyền|q|phó)\b\.?\s*)*(?:chủ\s+(?:tịch|nhiệm|tọa)|bí\s+thư|(?:tổng\s+)?giám\s+đốc|(?:trưởng|phó)\s+\w+|chánh\s+\w+|viện\s+trưởng|hiệu\s+trưởng"
    r"|(?:thứ|bộ)\s+trưởng|thủ\s+tướng|\(?đã\s+ký\)?)|^(?:tm|kt|tl|tuq)\b\.?\s|ngày\s+\S{1,4}\s+tháng\s+\S{1,4}\s+năm",
    re.IGNORECASE,
)
_TEXTS = frozenset({"text", "quote", "item", "heading"})
_LAST_BLOCKS = 4
_LONGEST = 90
_PROSE = 80


@frozen(kw_only=True)
class Signed:
    """Who signed an article and where it was taken from, as printed."""

    byline: str | None = None
    source: str | None = None
    refused: tuple[str, ...] = ()
    """Lines that name nobody but an account of the CMS."""

    figures: tuple[str, ...] = ()
    """Bare figures behind the signature, as counters of readers leave them."""


def split(found: Sequence[Piece]) -> tuple[Signed, tuple[Piece, ...]]:
    """The byline and source line among the last pieces, else a labelled byline on top, and the pieces without them.

    Both are kept as printed. A person named after "Nguồn tin:" is whoever sent the item in, hence the byline.
    """
    figures = list(takewhile(lambda piece: piece.kind == "text" and _FIGURE.match(piece.text), reversed(found)))
    rest = list(found[: len(found) - len(figures)])
    byline = source = None
    refused: list[str] = []
    position, seen = len(rest) - 1, 0
    while position > 0 and seen < _LAST_BLOCKS:
        piece = rest[position]
        if piece.kind in _TEXTS:
            if is_source(piece):  # the name of a newspaper over the address of its article is one source
                source = " ".join(filter(None, [_unbracketed(piece.text), source]))
            elif byline is None and _signs(rest, position) and not _is_signature(rest, position):
                byline = _unbracketed(piece.text)
            elif is_account(_unlabelled(piece.text)):
                refused.append(piece.text)
            elif _announces_pictures(rest, position):
                position -= 1
                continue
            else:
                break
            del rest[position]
            seen += 1
        elif piece.kind == "table":
            break
        position -= 1
    if not (byline or source or refused):
        rest += reversed(figures)
        figures.clear()
    if byline is None and len(rest) > 1 and _signs_on_top(rest[0]):
        byline = rest.pop(0).text
    if source is None and len(rest) > 1 and _is_source_on_top(rest[0]):
        source = rest.pop(0).text
    dropped = tuple(piece.text for piece in figures)
    return Signed(byline=byline, source=source, refused=tuple(refused), figures=dropped), tuple(rest)


def signing(found: Sequence[Piece]) -> frozenset[int]:
    """Positions of the texts that sign the article and not the picture above them, so that none is a caption.

    Anywhere that is a label of who wrote, at the end a source and a name set apart as well.
    """
    signs = {position for position, piece in enumerate(found) if _names_writer(piece)}
    for position in range(len(found) - 1, 0, -1):
        piece = found[position]
        if piece.kind in _TEXTS and not (position in signs or _signs_below_picture(piece)):
            break
        if piece.text:
            signs.add(position)
    return frozenset(signs)


def _names_writer(piece: Piece) -> bool:
    """Whether a piece says behind a label who wrote, alone or with who took the pictures."""
    if not piece.text or len(piece.text) > _LONGEST or _OF_PICTURE.match(piece.text):
        return False
    label = _LABEL.match(_unbracketed(piece.text))
    return bool(label and label["colon"] == ":") and is_byline(piece)


def _signs_below_picture(piece: Piece) -> bool:
    """Whether a last text names the article's source or author: names in italics alone are what captions are made of."""
    if _OF_PICTURE.match(piece.text):
        return False
    return is_source(piece) or (is_byline(piece) and (piece.align == "right" or not piece.italic))


def person(raw: str | None) -> str | None:
    """A byline from a slot of its own, or None when it is only an account of the CMS or the site's name.

    >>> person("Quỳnh Nhi"), person("quantri"), person("admin admin"), person("Tác giả: ubnd_huyen")
    ('Quỳnh Nhi', None, None, None)
    """
    name = _unlabelled(clean(raw or ""))
    return None if not name or is_account(name) or _SLOT_ACCOUNT.match(name) or _SITE.match(name) else name


def is_account(name: str) -> bool:
    """Whether a name is only an account of the CMS.

    >>> is_account("admin admin"), is_account("Ban biên tập"), is_account("Lô Thị Mai")
    (True, True, False)
    """
    return bool(_ACCOUNT.match(name)) or (bool(name) and all(_ACCOUNT.match(word) for word in name.split()))


def source_name(raw: str | None) -> str | None:
    """A source from a slot of its own, without its label.

    >>> source_name("Nguồn tin: Báo Hà Nội Mới")
    'Báo Hà Nội Mới'
    """
    return re.sub(r"^nguồn(?: tin)?\s*:\s*", "", clean(raw or ""), flags=re.IGNORECASE) or None


def is_source(piece: Piece) -> bool:
    """Whether a piece at the end only says where the article was taken from: a label with a name, or an address."""
    if _ADDRESS.match(piece.text) or _GATHERED.match(piece.text):
        return True
    text = _unbracketed(piece.text)
    if len(text) <= 160 and _SOURCE_LABEL.match(text):
        return True
    named = _SOURCE.match(text)
    if not named or text[-1] == ":" or (_SENT_IN.match(text) and is_person(named["name"])):
        return False
    name, longest = named["name"], 160 if named["colon"] else 90
    if len(text) > longest or len(text.split()) > longest // 6:
        return False
    # "Theo kế hoạch, ..." and "Nguồn nước ..." begin sentences.
    return bool(named["colon"]) or ("," not in name and (name[0].isupper() or bool(PUBLISHER.match(name))))


def is_labelled(text: str) -> bool:
    """Whether a line of its own names behind a label who wrote.

    >>> is_labelled("Tác giả: Thu Hà"), is_labelled("Ảnh: Thu Hà"), is_labelled("Tin: Kinh tế"), is_labelled("Thu Hà")
    (True, False, False, False)
    """
    return _names_writer(Piece(kind="text", text=text))


def is_vietnamese_name(text: str) -> bool:
    """Whether a text is the name of one Vietnamese person, none of a site, an office or an account.

    >>> is_vietnamese_name("Lô Thị Mai"), is_vietnamese_name("Admin Portal"), is_vietnamese_name("Văn Phòng")
    (True, False, False)
    """
    words = text.split()
    is_one = 2 <= len(words) <= 4 and all(map(is_syllable, words)) and is_person(text)
    is_other = is_account(text) or any(other.match(f"{text} :") for other in (_SITE, OFFICE, _LABEL))
    return is_one and not is_other


def is_byline(piece: Piece) -> bool:
    """Whether a piece at the end only says who signed: labels with names, or a name set apart by its looks."""
    text = _unbracketed(piece.text)
    if len(text) > _LONGEST or text.endswith((":", ";", ",")):
        return False
    set_apart = piece.align == "right" or piece.bold or piece.italic
    first, colon, behind = text.partition(":")
    head, *others = _NEXT_LABEL.split(behind)
    if all(_is_labelled(part, set_apart=set_apart) for part in (first + colon + head, *others)):
        return True
    if (done := _DONE.sub("", text)) != text and (is_person(done) or _COLLECTIVE.match(done)):
        return True
    name = _OFFICE_BEHIND.sub("", text)
    if not (is_name(name) or _COLLECTIVE.match(text) or (set_apart and is_shouted(name))) or _ACCOUNT.match(text):
        return False
    return piece.align == "right" or ((piece.bold or piece.italic) and len(name.split()) <= 5)


def _is_labelled(text: str, *, set_apart: bool) -> bool:
    """Whether a text is a label with names. Without a colon, it takes two roles or other looks than the text above has."""
    label = _LABEL.match(text)
    if not label:
        return False
    name = _OFFICE_BEHIND.sub("", label["name"])
    name = _POST_BEHIND.sub("", name) if label["colon"] == ":" else name
    if not (is_name(name) or is_shouted(name)):
        return False
    return bool(label["colon"] or label["more"] or set_apart) and not is_account(name)


def _signs(found: Sequence[Piece], position: int) -> bool:
    """Whether the piece at a position signs the article."""
    return len(found[position].text) <= _LONGEST and (is_byline(found[position]) or _is_bare_name(found, position))


def _signs_on_top(first: Piece) -> bool:
    """Whether the very first line of a body names its author behind a colon; a lone "Ảnh:" there is of a picture."""
    label = _LABEL.match(first.text) if first.kind == "text" and len(first.text) <= _PROSE else None
    if label is None or label["colon"] != ":" or _SENT_IN.match(first.text):
        return False
    return not _OF_PICTURE.match(first.text) and is_byline(first)


def _is_source_on_top(first: Piece) -> bool:
    """Whether the very first line of a body says behind a label where the article was taken from."""
    is_line = first.kind == "text" and len(first.text) <= _PROSE and bool(_SOURCE_ON_TOP.match(first.text))
    return is_line and is_source(first)


def _announces_pictures(found: Sequence[Piece], position: int) -> bool:
    """Whether a short line stands over the pictures that come last, as below a signature."""
    behind = found[position + 1 :]
    is_over = bool(behind) and all(piece.kind in CAPTIONED for piece in behind)
    return is_over and len(found[position].text) <= _PROSE and bool(_ANNOUNCES.match(found[position].text))


def _is_bare_name(found: Sequence[Piece], position: int) -> bool:
    """Whether the last text is one or several persons' names or initials in plain letters, right below running text."""
    last, before = found[position], found[position - 1]
    if before.kind != "text" or len(before.text) < _PROSE:
        return False
    if behind := found[position + 1 :]:
        return all(piece.kind in CAPTIONED for piece in behind) and is_vietnamese_name(last.text)
    name = _OFFICE_BEHIND.sub("", last.text)
    names = _NAMES_APART.split(name)
    are_names = all(2 <= len(one.split()) <= 4 and is_name(one) for one in names) and not _LABEL.match(name)
    return (are_names and len(names) <= _MOST_NAMES) or bool(_INITIALS.match(_unbracketed(last.text)))


def _is_signature(found: Sequence[Piece], position: int) -> bool:
    """Whether the piece stands under an office or a date, as who signs a document does."""
    if _LABEL.match(found[position].text) and ":" in found[position].text:
        return False
    above = [piece.text for piece in found[max(0, position - 2) : position]]
    return any(len(text) <= _PROSE and _SIGNED_AS.search(text) for text in above)


def _unlabelled(text: str) -> str:
    """A text without the label of an author in front."""
    label = _LABEL.match(text)
    return label["name"] if label and label["colon"] == ":" else text


def _unbracketed(text: str) -> str:
    return text[1:-1].strip() if text.startswith("(") and text.endswith(")") else text
