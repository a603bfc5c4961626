"""Messy HTML of an article's body to pieces in reading order."""

from itertools import islice
from typing import NamedTuple

from lxml import etree
from lxml.etree import _Element as Element

from kyson_crawler.normalise.images import emoji, image_source, is_missing
from kyson_crawler.normalise.paragraphs import BREAK, Run, is_seen, once, paragraphs
from kyson_crawler.normalise.pieces import CAPTIONED, Piece
from kyson_crawler.normalise.style import Style, style_of
from kyson_crawler.normalise.text import clean
from kyson_crawler.normalise.videos import PLAYERS, video_source

_BLOCKS = frozenset(
    "address article aside blockquote center dd details div dl dt fieldset figcaption figure footer form header hr main nav ol p "
    "pre section summary table tbody td tfoot th thead tr ul h1 h2 h3 h4 h5 h6 li caption".split()
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_SKIPPED = frozenset(
    "script style noscript template iframe object embed video audio canvas svg math button input select textarea option head title "
    "link meta map area dialog".split()
)
_BOLDS = frozenset({"b", "strong"})
_ITALICS = frozenset({"i", "em", "cite"})
# What is to be undone at the end of an element, one bit each; of one that was skipped whole nothing is.
_BLOCK, _LINK, _LOOKS, _SKIPPED_WHOLE = 1, 2, 4, 8
_LONGEST_CELL = 600


def pieces(root: Element) -> tuple[Piece, ...]:
    """The pieces of what stands inside an element, in reading order; empty for one without text or images."""
    found = _Flow().read(root)
    return tuple(piece for piece in found if piece.kind != "image" or piece.src)


def pieces_and_gaps(root: Element) -> tuple[Piece, ...]:
    """The same, with an image without address where one is missing that does not stand among text or behind another."""
    return tuple(_Flow().read(root))


class _Context(NamedTuple):
    """What an element passes down to its text."""

    kind: str = "text"
    level: int | None = None
    group: int = 0
    align: str | None = None
    figure: int = 0
    is_caption: bool = False
    table: int = 0
    row: int = 0
    column: int = 0


class _Flow:
    """Walks a body once and cuts it into pieces; iterative, so that no depth of nesting can break it."""

    def __init__(self) -> None:
        self._pieces: list[Piece] = []
        self._runs: list[Run] = []
        self._contexts: list[_Context] = [_Context()]
        self._looks: list[tuple[bool, bool]] = [(False, False)]
        self._hrefs: list[str | None] = [None]
        self._root: Element | None = None
        self._below: dict[Element, int] = {}
        self._numbers = 0
        self._gap = 0

    def read(self, root: Element) -> list[Piece]:
        """The pieces of everything inside `root`; how itself looks does not count."""
        self._root = root
        open_elements: list[int] = []
        walk = etree.iterwalk(root, events=("start", "end"))
        for event, element in walk:
            if event == "start":
                if element is root:
                    opened = 0
                elif (opened := self._enter(element)) == _SKIPPED_WHOLE:
                    walk.skip_subtree()
                open_elements.append(opened)
                text = element.text if opened != _SKIPPED_WHOLE else None
            else:
                if opened := open_elements.pop():
                    self._leave(element, opened)
                text = element.tail if element is not root else None
            # The space that begins a paragraph is seen by nobody, and between tags there is hardly anything else.
            if text and (self._runs or not text.isspace() or not text.isascii()):
                bold, italic = self._looks[-1]
                self._runs.append(Run(" " if text == BREAK else text, bold, italic, self._hrefs[-1]))
        self._flush()
        return self._pieces

    def _enter(self, element: Element) -> int:
        """Take note of what an element means for the text in it; gives what is to be undone at its end."""
        tag, style = element.tag, style_of(element)
        if tag in _SKIPPED or style.hidden:
            self._pass_over(element, style)
            return _SKIPPED_WHOLE
        if tag in _BLOCKS:
            if self._runs:
                self._flush()
            if tag == "table" and (rows := data_rows(element)):
                self._put_table(element, rows)
                return _SKIPPED_WHOLE
            self._contexts.append(self._context(element, style))
            if self._below and element in self._below:
                self._contexts[-1] = self._contexts[-1]._replace(figure=self._below[element])
            opened = _BLOCK
        elif tag == "a":
            self._hrefs.append(element.get("href") or "")
            opened = _LINK
        else:
            opened = 0
            if tag == "br" and not self._hangs_on_image(element):
                self._runs.append(Run(BREAK, *self._looks[-1], self._hrefs[-1]))
            elif tag == "img":
                self._put_image(element)
            elif tag == "oembed":  # whatever stands within one that nothing closes is text
                self._put_video(element)
        if style.bold or style.italic or tag in _BOLDS or tag in _ITALICS:
            bold, italic = self._looks[-1]
            self._looks.append((bold or tag in _BOLDS or style.bold, italic or tag in _ITALICS or style.italic))
            opened |= _LOOKS
        return opened

    def _pass_over(self, element: Element, style: Style) -> None:
        """Take note of an element of which nothing is read: a block parts what stands around it, a player shows a video."""
        if element.tag in _BLOCKS:
            self._flush()
        elif element.tag in PLAYERS and not style.hidden:
            self._put_video(element)

    def _leave(self, element: Element, opened: int) -> None:
        """Undo what `_enter` noted; the end of a block ends its piece."""
        if opened & _BLOCK:
            is_empty = element.tag in {"p", "div"} and not len(element) and self._is_blank()
            if self._runs:
                self._flush()
            self._gap += is_empty
            self._contexts.pop()
        if opened & _LINK:
            self._hrefs.pop()
        if opened & _LOOKS:
            self._looks.pop()

    def _put_image(self, image: Element) -> None:
        """Add an image, or the place of one that is missing; a spacer or an icon leaves none, an emoji is text."""
        if source := image_source(image):
            self._flush()
            self._put("image", src=source, alt=image.get("alt"), figure=self._figure(image))
        elif sign := emoji(image):
            self._runs.append(Run(sign, *self._looks[-1], self._hrefs[-1]))
        elif self._is_blank() and is_missing(image) and not self._is_behind_image():
            self._put("image")

    def _put_video(self, player: Element) -> None:
        """Add the video that an element shows; a frame with something else leaves nothing."""
        if source := video_source(player):
            self._flush()
            self._put("video", src=source, figure=self._figure(player))

    def _put_table(self, table: Element, rows: tuple[tuple[str, ...], ...]) -> None:
        """Add a table of data, its own captions before it."""
        for title in table.iterchildren("caption"):
            self._pieces += _Flow().read(title)
        self._put("table", rows=rows)

    def _context(self, element: Element, style: Style) -> _Context:
        """The context inside a block element."""
        outer, tag = self._contexts[-1], element.tag
        align = "center" if tag == "center" else style.align or element.get("align", "").lower() or outer.align
        inner = outer if align == outer.align else outer._replace(align=align)
        if tag in {"p", "div"}:
            return inner
        if tag in _HEADINGS:
            return inner._replace(kind="heading", level=_HEADINGS[tag])
        if tag in {"ul", "ol"}:
            return inner._replace(group=outer.group or self._number())
        if tag == "li":
            return inner._replace(kind="item", group=outer.group or self._number())
        if tag == "blockquote":
            return inner._replace(kind="quote")
        if tag == "figure":
            return inner._replace(figure=self._number(), is_caption=False)
        if tag in {"figcaption", "caption"}:
            return inner._replace(kind="text", is_caption=True)
        if tag == "table":
            return inner._replace(table=self._number(), row=0, column=0)
        if tag == "tr":
            return inner._replace(row=self._number())
        if tag in {"td", "th"}:
            return inner._replace(column=_position(element))
        return inner

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers

    def _flush(self) -> None:
        """Put the text gathered so far into pieces: an empty line splits, a single break does not."""
        if self._is_blank():
            self._runs.clear()
            return
        runs, self._runs = self._runs, []
        is_broken = len(runs) > 1 and BREAK in [run.text for run in runs]
        for group in paragraphs(runs) if is_broken else (runs,):
            self._put_text(group)

    def _put_text(self, runs: list[Run]) -> None:
        """Add the piece of a paragraph; one without anything to be seen is a gap."""
        is_one = len(runs) == 1  # as nearly every paragraph is
        text = clean(runs[0].text if is_one else "".join([run.text for run in runs]))
        if not text:
            self._gap += 1
            return
        if not is_one:
            text = once(text)
        solid = runs if is_one else [run for run in runs if is_seen(run.text)]
        hrefs = {run.href for run in solid}
        self._put(
            self._contexts[-1].kind,
            text=text,
            bold=False not in [run.bold for run in solid],
            italic=False not in [run.italic for run in solid],
            has_link=hrefs != {None},
            href=hrefs.pop() if len(hrefs) == 1 else None,
        )

    def _is_blank(self) -> bool:
        """Whether nothing was gathered but the space between two tags, which no reader sees."""
        if len(self._runs) == 1:
            space = self._runs[0].text
            return space != BREAK and space.isspace() and space.isascii()
        return not self._runs

    def _is_behind_image(self) -> bool:
        return bool(self._pieces) and self._pieces[-1].kind in CAPTIONED

    def _hangs_on_image(self, line_break: Element) -> bool:
        """Whether a line break only stands between an image and the text below it in one block, as no empty line does."""
        if self._runs or not self._is_behind_image():
            return False
        before = line_break.getprevious()
        return before is not None and before.tag != "br" and before.tag not in _BLOCKS

    def _figure(self, image: Element) -> int:
        """The number of the figure an image or video stands in; a box that holds one and one block of text below it is one."""
        if self._contexts[-1].figure:
            return self._contexts[-1].figure
        # Asked of the neighbours: to count the children of a box takes as long as it has children, for each of its images.
        inner, box = image, image.getparent()
        while box is not None and box is not self._root and _is_alone(inner):
            inner, box = box, box.getparent()
        if box is None or box is self._root or box.tag != "div" or (box.text or "").strip():
            return 0
        below = inner.getnext()
        if below is None or below.getnext() is not None or inner.getprevious() is not None:
            return 0
        if below.tag not in {"p", "div"} or (inner.tail or "").strip():
            return 0
        if next(below.iter("img", "table", "ul", "ol"), None) is not None:
            return 0
        self._below[below] = self._number()
        return self._numbers

    def _put(self, kind: str, figure: int = 0, **looks: object) -> None:
        """Add a piece in the present context."""
        context, gap, self._gap = self._contexts[-1], self._gap, 0
        piece = Piece(
            kind=kind,
            level=context.level if kind == "heading" else None,
            group=context.group if kind == "item" else 0,
            align=context.align,
            figure=figure or context.figure,
            is_caption=context.is_caption,
            table=context.table,
            row=context.row,
            column=context.column,
            gap=gap,
            **looks,  # type: ignore[arg-type]
        )
        self._pieces.append(piece)


def _is_alone(element: Element) -> bool:
    """Whether an element is all that stands in its parent."""
    if element.getnext() is not None or element.getprevious() is not None:
        return False
    parent = element.getparent()
    return parent is not None and not (parent.text or "").strip() and not (element.tail or "").strip()


def data_rows(table: Element) -> tuple[tuple[str, ...], ...]:
    """The cells of a table that holds data; empty for one that only arranges pictures or text.

    Data has at least two rows and two columns, no pictures or videos, and cells that are short: text set in columns is layout.
    """
    inside = table.iterdescendants("img", "table", *PLAYERS)
    if any(element.tag not in PLAYERS or video_source(element) for element in inside):
        return ()
    rows: list[list[str]] = []
    for row in table.iter("tr"):
        cells = [_cell(cell) for cell in row.iterchildren("td", "th")]
        if any(len(cell) > _LONGEST_CELL for cell in cells):
            return ()
        if any(cells):
            rows.append(cells)
    if sum(len(row) >= 2 for row in rows) < 2:
        return ()
    return tuple(tuple(row) for row in rows)


def _cell(cell: Element) -> str:
    return " ".join(piece.text for piece in pieces(cell))


def _position(cell: Element) -> int:
    """How many cells stand before one in its row; those past the hundredth count as one."""
    return sum(1 for _ in islice(cell.itersiblings("td", "th", preceding=True), 100))
