"""Pairs an image or video with the text printed for it, and takes that out of the running text.

Portals rarely use `figcaption`: the caption is the next centred line, a table cell below, or plain text behind the image.
So each text after an image is weighed by its looks, and running text is left alone.
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise, takewhile
from statistics import median
from typing import NamedTuple

from attrs import frozen

from kyson_crawler.normalise import byline
from kyson_crawler.normalise.credits import credit, is_credit
from kyson_crawler.normalise.pieces import CAPTIONED, Piece

_ANNOUNCES_FILM = re.compile(r"^\W*(?:video|clip|phim)\b", re.IGNORECASE)
_ANNOUNCES_PICTURE = re.compile(
    r"^\(?(?:trong\s+)?ảnh\b|^hình\s+(?:ảnh|\d)|^toàn\s+cảnh|^quang\s+cảnh|\bảnh\s+minh\s+h[oọ]", re.IGNORECASE
)
# Words with which running text goes on from what was said before, in a caption's place; a caption begins with what is seen.
_GOES_ON = re.compile(
    r"(?:theo|tại|trong|trên|dưới|ở|từ|về|qua|với|để|nhằm|như|vì|do|bởi|nhờ|nếu|khi|tuy|nhưng|song|mặc\s+dù|còn|cũng|cùng|đồng\s+thời|ngoài|bên\s+cạnh"
    r"|trước|sau|tiếp|đầu|cuối|lần|năm|ngày|sáng|trưa|chiều|tối|hiện|nay|thời\s+gian|dự\s+kiến|đến|kết\s+(?:thúc|luận)|phát\s+biểu|tham\s+(?:dự|gia)|thực\s+hiện"
    r"|đây|đó|điều|những|mỗi|mọi|riêng|đối|đặc\s+biệt|cụ\s+thể|hàng|tính|chỉ|vừa|được|là|đã|sẽ|xem|mời|luật|nghị\s+định|thông\s+tư|quyết\s+định|\w)\b"
    r"|(?:\w+\s+){1,5}(?:cũng|đồng\s+thời)\b|\d|[-–+*•“\"(]",
    re.IGNORECASE,
)
NUMBERED = re.compile(r"(?!V/v\b)(?:\d{1,2}|[IVX]{1,4})[.)/]\s*[^\W\d]")
"""The start of a heading or an item that bears a number."""

_VIETNAMESE = re.compile("[ăâđêôơư\u1ea0-\u1ef9]", re.IGNORECASE)
# A second sentence, or a text that is none.
_NEXT_SENTENCE = re.compile(r"[.!?…]\s+\w|[:;]|\.\.$")
_LONGEST = 400
_SHORT = 150
_MOST_BLOCKS = 3
_MOST_TOGETHER = 200
_ENOUGH = 2.5
# What stands under a missing image is left away with it: only text that could be nothing else.
_ENOUGH_WITHOUT_IMAGE = 3.5
_ENOUGH_IN_CELL = 1.0
_PARAGRAPHS = 2
_FEWEST_IN_SERIES = 3
_STANZA, _LINE = 3, 60
_PROSE = 80
_LONGER = 1.5


class _Usual(NamedTuple):
    """The looks of most of the running text, from which captions differ."""

    align: str | None
    length: float
    """How many letters its middle paragraph has; 0 without running text."""

    bold: bool = False
    italic: bool = False
    has_headings: bool = False
    """Whether lines in bold stand elsewhere than under images, as headings do."""


@frozen(kw_only=True)
class Caption:
    """What is printed for one image or video."""

    text: str | None = None
    source: str | None = None
    """`figcaption`, `table_cell` or `next_block`; None without a caption."""


def pair(found: Sequence[Piece]) -> tuple[tuple[Caption, ...], tuple[Piece, ...]]:
    """A caption for each image and video, those of missing images as well, and the pieces without those that were captions.

    Of images in a row the last one gets the caption that follows: which of them it describes cannot be told.
    """
    places = _Places(found)
    taken: set[int] = set()
    captions: list[Caption] = []
    for index, piece in enumerate(found):
        if piece.kind in CAPTIONED:
            positions, source = places.caption(index, taken)
            positions = places.with_credit(index, positions, taken)
            taken.update(positions)
            text = " ".join(found[position].text for position in positions)
            captions.append(Caption(text=text, source=source) if text else Caption())
    return tuple(captions), tuple(piece for index, piece in enumerate(found) if index not in taken)


def near_miss(found: Sequence[Piece], index: int) -> tuple[str, str] | None:
    """The text behind the image at `index` that was not taken for its caption, and why; None when there is none."""
    if index + 1 >= len(found) or not (piece := found[index + 1]).text:
        return None
    if not _could_be(piece):
        return piece.text, "by its kind, its length or its alignment it cannot be a caption"
    if index + 1 in byline.signing(found):
        return piece.text, "it signs the article"
    if (weight := _Places(found).weight(index + 1)) >= _ENOUGH:
        return None
    return piece.text, f"its looks weigh {weight:g}, and a caption weighs {_ENOUGH:g} or more"


class _Places:
    """Where the pieces of a body stand to each other."""

    def __init__(self, found: Sequence[Piece]) -> None:
        self._found = found
        self._usual = _usual(found)
        self._signing = byline.signing(found) if any(piece.kind in CAPTIONED for piece in found) else frozenset()
        self._series = _series(found)
        self._captions: dict[int, list[int]] = {}
        self._last_images: dict[int, int] = {}
        self._rows: dict[int, dict[int, list[int]]] = {}
        self._titles: dict[int, list[int]] = {}
        for index, piece in enumerate(found):
            if piece.kind in CAPTIONED:
                self._last_images[piece.figure] = index
            elif piece.is_caption and piece.text:
                self._captions.setdefault(piece.figure, []).append(index)
                self._titles.setdefault(piece.table, []).append(index)
            self._rows.setdefault(piece.table, {}).setdefault(piece.row, []).append(index)
        self._below = {table: dict(pairwise(sorted(rows))) for table, rows in self._rows.items()}

    def caption(self, index: int, taken: set[int]) -> tuple[list[int], str | None]:
        """Positions of the pieces that are the caption of the image at `index`, and how they were found."""
        image = self._found[index]
        if image.figure and (inside := self._in_figure(index)) is not None:
            return inside, "figcaption"
        if image.table and image.src and (cell := self._in_table(index, taken)):
            return cell, "table_cell"
        following = index + 1
        if (
            following >= len(self._found)
            or following in taken
            or following in self._signing
            or not _could_be(self._found[following])
        ):
            return [], None
        if self._is_verse(following) or self.weight(following) < (_ENOUGH if image.src else _ENOUGH_WITHOUT_IMAGE):
            return [], None
        return self._with_continuation(following), "next_block"

    def with_credit(self, index: int, caption: list[int], taken: set[int]) -> list[int]:
        """A caption with the block right behind it and its image that only names who took the picture."""
        behind = max(index, *caption) + 1 if caption else len(self._found)
        if behind >= len(self._found) or behind in taken or behind in self._signing:
            return caption
        is_named = credit(self._found[behind - 1].text) is not None
        return caption if is_named or not _is_only_credit(self._found[behind]) else [*caption, behind]

    def weight(self, index: int) -> float:
        """How much the text behind an image looks like its caption; 2.5 is enough."""
        piece = self._found[index]
        before = self._found[index - 1]
        is_of_film = before.kind == "video" and bool(_ANNOUNCES_FILM.match(piece.text))
        in_box = index > 0 and piece.figure == before.figure != 0 and piece.kind == "text"
        extra = (
            (1.0 if self._is_short_sentence(index) else 0.0) + (1.5 if in_box else 0.0) + (3.0 if is_of_film else 0.0)
        )
        return _weight(piece, self._usual) + extra + (1.5 if index in self._series else 0.0)

    def _is_short_sentence(self, index: int) -> bool:
        """Whether a text hangs on its image as one sentence that begins anew, in mid-article, much shorter than what is below."""
        piece, above = self._found[index], self._found[max(0, index - 2)]
        most = self._usual.length / _LONGER
        below = next((other for other in self._found[index + 1 : index + 2] if other.kind == "text"), None)
        is_apart = above.kind == "text" and len(above.text) > _PROSE and (below is None or len(below.text) > most)
        is_one = piece.text.endswith(".") and not _NEXT_SENTENCE.search(piece.text) and not _GOES_ON.match(piece.text)
        return (
            piece.gap == 0
            and piece.kind == "text"
            and len(piece.text) <= min(_SHORT, most)
            and is_one
            and is_apart
            and bool(_VIETNAMESE.search(piece.text))
        )

    def _is_verse(self, first: int) -> bool:
        """Whether a text begins three or more short lines of one look, none of them below a picture of its own."""
        lines = self._found[first : first + _STANZA]
        if len(lines) < _STANZA or any(_looks(line) != _looks(lines[0]) or len(line.text) > _LINE for line in lines):
            return False
        return not any(line.gap or credit(line.text) or _ANNOUNCES_PICTURE.search(line.text) for line in lines)

    def _in_figure(self, index: int) -> list[int] | None:
        """The `figcaption` of a figure, which its last image gets; None when it has none."""
        figure = self._found[index].figure
        inside = self._captions.get(figure)
        return inside if inside is None or index == self._last_images[figure] else []

    def _in_table(self, index: int, taken: set[int]) -> list[int]:
        """The caption of an image in a layout table: in its own cell, the cell below, or the one beside it."""
        image, rows = self._found[index], self._rows[self._found[index].table]
        row = rows[image.row]
        if len(row) > _MOST_TOGETHER:
            return []
        below = rows.get(self._below[image.table].get(image.row, 0), [])
        later = [i for i in row if i > index]
        own = [i for i in row if self._found[i].column == image.column]
        if len(self._columns(below)) > 1:
            below = [i for i in below if self._found[i].column == image.column]
        elif any(self._found[i].kind in CAPTIONED for i in later):
            below = []  # one cell under a row of images: the last of them gets it
        beside = min(self._columns(later) - {image.column}, default=None)
        for cell, start in (
            (own, index + 1),
            (below, 0),
            ([i for i in later if self._found[i].column == beside], 0),
            (self._titles.get(image.table, []), 0),
        ):
            if self._is_short(cell, taken):
                texts = takewhile(lambda i: self._found[i].kind not in CAPTIONED, (i for i in cell if i >= start))
                if positions := self._set_together(list(texts)):
                    return positions
        return []

    def _set_together(self, texts: list[int]) -> list[int]:
        """The first texts of a cell that are its caption: all of the same looks but for a credit; none of running text."""
        if not texts:
            return []
        first, looks = self._found[texts[0]], _looks(self._found[texts[0]])
        is_as_long = first.text.endswith(".") and len(first.text) >= self._usual.length > 0
        if _weight(first, self._usual) - is_as_long < _ENOUGH_IN_CELL:
            return []
        alike = list(takewhile(lambda i: _looks(self._found[i]) == looks or _is_only_credit(self._found[i]), texts))
        sentences = sum(len(self._found[i].text) > _PROSE and self._found[i].text.endswith(".") for i in alike)
        return alike if sentences < _PARAGRAPHS else []

    def _columns(self, indices: list[int]) -> set[int]:
        return {self._found[i].column for i in indices}

    def _is_short(self, cell: list[int], taken: set[int]) -> bool:
        """Whether the text of a cell is a caption by its length: a cell may hold a whole article as well."""
        if len(cell) > _MOST_TOGETHER:
            return False
        texts = [self._found[i] for i in cell if self._found[i].kind not in CAPTIONED and i not in taken]
        return all(_could_be(piece) for piece in texts) and sum(len(piece.text) for piece in texts) <= _LONGEST

    def _with_continuation(self, first: int) -> list[int]:
        """A caption that was broken into several blocks of the same looks in mid-sentence."""
        positions = [first]
        for before, piece in pairwise(self._found[first : first + _MOST_BLOCKS]):
            broken = before.text[-1] in ",–-" or piece.text[:1].islower()
            if not (_looks(before) == _looks(piece) and broken and piece.gap == 0 and len(piece.text) <= _SHORT):
                break
            positions.append(positions[-1] + 1)
        return positions


def _series(found: Sequence[Piece]) -> frozenset[int]:
    """Positions of the texts in a series of images with one sentence below each of them."""
    series: set[int] = set()
    run: list[int] = []
    for index, (image, piece) in enumerate(pairwise(found), start=1):
        if image.kind not in CAPTIONED or piece.kind in CAPTIONED:
            continue
        if run and index != run[-1] + 2:
            run.clear()
        if not _is_one_sentence(piece):
            run.clear()
            continue
        run.append(index)
        if len(run) >= _FEWEST_IN_SERIES:
            series.update(run[-_FEWEST_IN_SERIES:])
    return frozenset(series)


def _is_one_sentence(piece: Piece) -> bool:
    """Whether a text is a short sentence that begins anew."""
    if piece.kind != "text" or piece.gap or len(piece.text) > _SHORT or not _VIETNAMESE.search(piece.text):
        return False
    return not (_NEXT_SENTENCE.search(piece.text) or _GOES_ON.match(piece.text))


def _looks(piece: Piece) -> tuple[object, ...]:
    return piece.kind, piece.align, piece.bold, piece.italic


def _could_be(piece: Piece) -> bool:
    if piece.kind not in {"text", "heading"} or not 0 < len(piece.text) <= _LONGEST:
        return False
    if NUMBERED.match(piece.text) and not piece.italic:
        return False
    return piece.align != "right" or _is_only_credit(piece)


def _is_only_credit(piece: Piece) -> bool:
    """Whether a piece says nothing but who took the picture, on whichever side it stands."""
    return piece.kind == "text" and len(piece.text) <= _SHORT and is_credit(piece.text)


def _weight(piece: Piece, usual: _Usual) -> float:
    """How much the looks of a text after an image are those of a caption.

    Looks that set it apart from the running text count for it, the marks of running text against it.
    """
    text = piece.text
    weight = 0.5 if piece.gap == 0 else 0.0
    weight += 2.0 if piece.align == "center" and usual.align != "center" else 0.0
    weight += 2.0 if piece.italic and not usual.italic else 0.0
    weight += 1.5 if piece.bold and not usual.bold else 0.0
    weight -= 3.0 if usual.has_headings and _is_like_heading(piece) else 0.0
    weight += 3.0 if credit(text) or _ANNOUNCES_PICTURE.search(text) else 0.0
    weight += 1.0 if len(text) <= _SHORT else 0.0
    weight -= 2.0 if len(text) > 260 else 0.0
    weight += 1.0 if text[-1] not in ".:;…!?。！？" else 0.0
    weight -= 4.0 if text[-1] == ":" else 0.0
    weight -= 0.0 if _VIETNAMESE.search(text) else 0.5
    weight -= 3.0 if piece.kind == "heading" and piece.align != "center" else 0.0
    weight -= 1.0 if piece.bold and piece.align in {"left", "justify"} and not piece.italic else 0.0
    weight -= 2.0 if piece.gap >= 2 and piece.align != "center" else 0.0
    return weight


def _usual(found: Sequence[Piece]) -> _Usual:
    """How most of the running text looks, by letters, and how long it is."""
    prose = [piece for piece in found if piece.kind == "text" and len(piece.text) > _PROSE]
    letters: Counter[str | None] = Counter()
    for piece in prose:
        letters[piece.align] += len(piece.text)
    half = sum(letters.values()) / 2
    headings = (
        _is_like_heading(piece) and not (before.bold or before.kind in CAPTIONED) for before, piece in pairwise(found)
    )
    return _Usual(
        align=letters.most_common(1)[0][0] if letters else None,
        length=median(len(piece.text) for piece in prose) if prose else 0,
        bold=sum(len(piece.text) for piece in prose if piece.bold) > half,
        italic=sum(len(piece.text) for piece in prose if piece.italic) > half,
        has_headings=any(headings),
    )


def _is_like_heading(piece: Piece) -> bool:
    """Whether a line is set apart in bold only, on the side where the text begins."""
    is_line = piece.kind == "text" and len(piece.text) <= _PROSE and piece.align not in {"center", "right"}
    return is_line and piece.bold and not piece.italic and piece.text[-1] not in ".:,;"
