"""What a body is cut into, and the blocks that become of it.

A piece is a block with the looks that tell what it is (alignment, weight, slant, the figure or table cell it stands in):
captions and bylines are recognised by those looks, after which only blocks remain.
"""

from collections.abc import Iterable, Iterator
from itertools import count, groupby
from typing import NamedTuple

from archive.records import Block

CAPTIONED = frozenset({"image", "video"})
"""The kinds of pieces under which captions stand."""


class Piece(NamedTuple):
    """One block of a body with its looks; a tuple, since there are dozens a page."""

    kind: str
    """`text`, `heading`, `item`, `quote`, `image`, `video` or `table`."""

    text: str = ""
    level: int | None = None
    group: int = 0
    """Items of one list share a number."""

    align: str | None = None
    bold: bool = False
    """Every letter is bold."""

    italic: bool = False
    """Every letter is italic."""

    has_link: bool = False
    """Some of its letters stand in a link."""

    figure: int = 0
    """Pieces of one `figure`, or of a box with one image and one text below it, share a number; 0 outside."""

    is_caption: bool = False
    """Stands in a `figcaption` or a table's `caption`."""

    table: int = 0
    """Pieces of one layout table share a number; 0 outside."""

    row: int = 0
    """Pieces of one row of a table share a number; rows of one table are numbered upwards."""

    column: int = 0
    gap: int = 0
    """How many empty blocks stand before it."""

    href: str | None = None
    """For a piece that is all one link, its target as written."""

    src: str = ""
    """Empty for an image that is missing."""

    alt: str | None = None
    rows: tuple[tuple[str, ...], ...] = ()


def blocks(found: tuple[Piece, ...], videos: Iterable[Block] = ()) -> tuple[Block, ...]:
    """Blocks for the pieces that remain as text; images become figures numbered in order.

    videos: the blocks for the videos among the pieces, in their order.
    """
    built: list[Block] = []
    image, video = count(), iter(videos)
    for group, run in groupby(found, lambda piece: piece.group):
        if group:
            items = tuple(piece.text for piece in run)
            built.append(Block(kind="list", text="\n".join(items), items=items))
        else:
            built.extend(next(video) if piece.kind == "video" else _block(piece, image) for piece in run)
    return tuple(built)


def _block(piece: Piece, image: Iterator[int]) -> Block:
    """The block for a piece that is no item of a list."""
    match piece.kind:
        case "image":
            return Block(kind="figure", image=next(image))
        case "table":
            return Block(kind="table", text="\n".join("\t".join(row) for row in piece.rows), rows=piece.rows)
        case "text":
            return Block(kind="paragraph", text=piece.text)
        case _:
            return Block(kind=piece.kind, text=piece.text, level=piece.level)
