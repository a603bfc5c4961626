"""Pairs an image with the text printed for it, splits off the credit, and takes both out of the running text.

Portals rarely use `figcaption`: the caption is the next centred line, a table cell below, or plain text behind the image.
So each text after an image is weighed by its looks, and running text is left alone.
"""

import re
from collections import Counter
from collections.abc import Sequence

from attrs import frozen

from kyson_crawler.normalise.body import Piece

_CREDIT = re.compile(
    r"(?:^|[\s.,;–—(\-/]+)(?:(?:nguồn\s+)?ảnh|ảnh\s+chụp|ảnh\s+tư\s+liệu|photo|đồ\s+h[oọ][ạa]?|nguồn)\s*(?:cmyk\s*)?[:：]\s*(?P<name>[^()]{2,60}?)[\s.)]*$",
    re.IGNORECASE,
)
_ANNOUNCES_PICTURE = re.compile(
    r"^\(?(?:trong\s+)?ảnh\b|^hình\s+(?:ảnh|\d)|^toàn\s+cảnh|^quang\s+cảnh|\bảnh\s+minh\s+h[oọ]", re.IGNORECASE
)
_LONGEST = 400
_ENOUGH = 2.5


@frozen(kw_only=True)
class Caption:
    """What is printed for one image."""

    text: str | None = None
    source: str | None = None
    """`figcaption`, `table_cell` or `next_block`; None without a caption."""


def pair(found: Sequence[Piece]) -> tuple[tuple[Caption, ...], tuple[Piece, ...]]:
    """A caption for each image piece, in order, and the pieces without those that were captions.

    Of images in a row the last one gets the caption that follows: which of them it describes cannot be told.
    """
    usual = _usual_alignment(found)
    taken: set[int] = set()
    captions: list[Caption] = []
    for index, piece in enumerate(found):
        if piece.kind != "image":
            continue
        hit = _for_image(found, index, usual, taken)
        if hit is None:
            captions.append(Caption())
        else:
            position, source = hit
            taken.add(position)
            captions.append(Caption(text=found[position].text, source=source))
    return tuple(captions), tuple(piece for index, piece in enumerate(found) if index not in taken)


def credit(caption: str | None) -> str | None:
    """The photographer or agency that a caption names, or None.

    >>> credit("Toàn cảnh khai mạc hội nghị. Ảnh: Trí Dũng/TTXVN")
    'Trí Dũng/TTXVN'
    >>> credit("Ảnh minh họa"), credit("Đồ họa: Ngọc Tú")
    (None, 'Ngọc Tú')
    """
    named = _CREDIT.search(caption) if caption else None
    return named["name"].strip() if named else None


def _for_image(found: Sequence[Piece], index: int, usual: str | None, taken: set[int]) -> tuple[int, str] | None:
    """Position and kind of the caption of the image at `index`."""
    image = found[index]
    if image.figure:
        inside = [
            i
            for i, p in enumerate(found)
            if p.figure == image.figure and p.is_caption and i not in taken and p.kind != "image"
        ]
        last = max(i for i, p in enumerate(found) if p.figure == image.figure and p.kind == "image")
        if inside:
            return (inside[0], "figcaption") if index == last else None
    if image.table:
        return _in_table(found, index, taken)
    following = index + 1
    if following >= len(found) or following in taken or not _could_be(found[following]):
        return None
    return (following, "next_block") if _weight(found[following], usual) >= _ENOUGH else None


def _in_table(found: Sequence[Piece], index: int, taken: set[int]) -> tuple[int, str] | None:
    """The caption of an image in a layout table: its own cell, the cell below, then the one beside."""
    image = found[index]
    cells = [
        i for i, p in enumerate(found) if p.table == image.table and i not in taken and (_could_be(p) or p.is_caption)
    ]

    def first(row: int, column: int | None) -> int | None:
        return next(
            (
                i
                for i in cells
                if found[i].row == row and column in (None, found[i].column) and (i > index or row > image.row)
            ),
            None,
        )

    below_is_one_cell = len({found[i].column for i in cells if found[i].row == image.row + 1}) <= 1
    for hit in (
        first(image.row, image.column),
        first(image.row + 1, None if below_is_one_cell else image.column),
        first(image.row, None),
    ):
        if hit is not None:
            between = [p for p in found[index + 1 : hit] if p.kind == "image" and p.column == image.column]
            return None if between else (hit, "table_cell")
    return next(((i, "table_cell") for i in cells if found[i].is_caption), None)


def _could_be(piece: Piece) -> bool:
    return piece.kind in {"text", "heading"} and 0 < len(piece.text) <= _LONGEST and piece.align != "right"


def _weight(piece: Piece, usual: str | None) -> float:
    """How much a text after an image looks like its caption; 2.5 is enough.

    Looks that set it apart from the running text count for it, the marks of running text against it.
    """
    text = piece.text
    weight = 0.5 if piece.gap == 0 else 0.0
    weight += 2.0 if piece.align == "center" and usual != "center" else 0.0
    weight += 2.0 if piece.italic else 0.0
    weight += 1.5 if piece.bold else 0.0
    weight += 3.0 if credit(text) or _ANNOUNCES_PICTURE.search(text) else 0.0
    weight += 1.0 if len(text) <= 150 else 0.0
    weight -= 2.0 if len(text) > 260 else 0.0
    weight += 1.0 if text[-1] not in ".:;…" else 0.0
    weight -= 4.0 if text[-1] == ":" else 0.0
    weight -= 3.0 if piece.kind == "heading" and piece.align != "center" else 0.0
    weight -= 1.0 if piece.bold and piece.align in {"left", "justify"} and not piece.italic else 0.0
    weight -= 2.0 if piece.gap >= 2 and piece.align != "center" else 0.0
    return weight


def _usual_alignment(found: Sequence[Piece]) -> str | None:
    """How most of the running text is aligned, by letters; a caption differs from it."""
    letters: Counter[str | None] = Counter()
    for piece in found:
        if piece.kind == "text" and len(piece.text) > 80:
            letters[piece.align] += len(piece.text)
    return letters.most_common(1)[0][0] if letters else None
