"""Messy HTML of an article's body to pieces in reading order, and pieces to blocks.

A piece is a block with the looks that tell what it is (alignment, weight, slant, the figure or table cell it stands in):
captions and bylines are recognised by those looks, after which only blocks remain.
"""

import re
from collections.abc import Iterator
from itertools import count, groupby, islice

from attrs import evolve, field, frozen
from lxml import etree
from lxml.html import HtmlElement, HTMLParser, fragment_fromstring, fromstring

from archive.records import Block
from kyson_crawler.normalise.images import image_source
from kyson_crawler.normalise.text import clean

_BLOCKS = frozenset(
    "address article aside blockquote center dd details div dl dt fieldset figcaption figure footer form header hr main nav ol p "
    "pre section summary table tbody td tfoot th thead tr ul h1 h2 h3 h4 h5 h6 li caption".split()
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_SKIPPED = frozenset(
    "script style noscript template iframe object embed video audio canvas svg math button input select textarea option head title "
    "link meta map area dialog".split()
)
_ALIGN = re.compile(r"text-align\s*:\s*(left|right|center|justify)", re.IGNORECASE)
_BOLD = re.compile(r"font-weight\s*:\s*(bold|[6-9]00)", re.IGNORECASE)
_ITALIC = re.compile(r"font-style\s*:\s*italic", re.IGNORECASE)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


@frozen(kw_only=True)
class Piece:
    """One block of a body with its looks."""

    kind: str
    """`text`, `heading`, `item`, `quote`, `image` or `table`."""

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
    """Pieces of one `figure` share a number; 0 outside."""

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
    alt: str | None = None
    rows: tuple[tuple[str, ...], ...] = ()


def parse(html: str) -> HtmlElement:
    """The tree of a fragment of HTML; an empty `div` when nothing stands in it."""
    if not html.strip():
        return fromstring("<div></div>")
    return fragment_fromstring(html, create_parent="div", parser=HTMLParser(encoding="utf-8", huge_tree=True))


def pieces(root: HtmlElement) -> tuple[Piece, ...]:
    """The pieces of a body in reading order; empty for a body without text or images."""
    return tuple(_Flow().read(root))


def blocks(found: tuple[Piece, ...]) -> tuple[Block, ...]:
    """Blocks for the pieces that remain as text; images become figures numbered in order."""
    built: list[Block] = []
    image = count()
    for group, run in groupby(found, lambda piece: piece.group):
        if group:
            items = tuple(piece.text for piece in run)
            built.append(Block(kind="list", text="\n".join(items), items=items))
        else:
            built.extend(_block(piece, image) for piece in run)
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


@frozen
class _Context:
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


@frozen
class _Run:
    """A stretch of text with one look."""

    text: str
    bold: bool
    italic: bool
    href: str | None = field(default=None)


class _Flow:
    """Walks a body once and cuts it into pieces; iterative, so that no depth of nesting can break it."""

    def __init__(self) -> None:
        self._runs: list[_Run] = []
        self._contexts: list[_Context] = [_Context()]
        self._bold = self._italic = 0
        self._hrefs: list[str] = []
        self._numbers = 0
        self._gap = 0

    def read(self, root: HtmlElement) -> Iterator[Piece]:
        """The pieces of everything inside `root`."""
        skipped: HtmlElement | None = None
        walk = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
        for event, element in walk:
            if event == "start":
                if element.tag in _SKIPPED or _is_hidden(element):
                    walk.skip_subtree()
                elif element.tag == "table" and (rows := data_rows(element)):
                    yield from self._flush()
                    for title in element.iterchildren("caption"):
                        yield from _Flow().read(title)
                    yield self._piece("table", rows=rows)
                    walk.skip_subtree()
                else:
                    yield from self._enter(element)
                    self._add(element.text)
                    continue
                if element.tag in _BLOCKS:
                    yield from self._flush()
                skipped = element
            elif event == "end":
                if element is not skipped:
                    yield from self._leave(element)
                if element is not root:
                    self._add(element.tail)
            else:
                self._add(element.tail)
        yield from self._flush()

    def _enter(self, element: HtmlElement) -> Iterator[Piece]:
        """Take note of what an element means for the text in it."""
        tag, style = element.tag, element.get("style") or ""
        if tag == "br":
            self._add("\n", verbatim=True)
        elif tag == "img":
            if source := image_source(element):
                yield from self._flush()
                yield self._piece("image", src=source, alt=element.get("alt"))
        elif tag in _BLOCKS:
            yield from self._flush()
            self._contexts.append(self._context(element, style))
        self._bold += _is_bold(element, style)
        self._italic += _is_italic(element, style)
        if tag == "a":
            self._hrefs.append(element.get("href") or "")

    def _leave(self, element: HtmlElement) -> Iterator[Piece]:
        """Undo what `_enter` noted; the end of a block ends its piece."""
        style = element.get("style") or ""
        if element.tag in _BLOCKS:
            before = len(self._runs)
            yield from self._flush()
            if not before and element.tag in {"p", "div"} and not len(element):
                self._gap += 1
            self._contexts.pop()
        self._bold -= _is_bold(element, style)
        self._italic -= _is_italic(element, style)
        if element.tag == "a":
            self._hrefs.pop()

    def _context(self, element: HtmlElement, style: str) -> _Context:
        """The context inside a block element."""
        outer, tag = self._contexts[-1], element.tag
        aligned = _ALIGN.search(style)
        align = aligned[1].lower() if aligned else (element.get("align") or "").lower() or None
        inner = evolve(outer, align="center" if tag == "center" else align or outer.align)
        if tag in _HEADINGS:
            return evolve(inner, kind="heading", level=_HEADINGS[tag])
        if tag in {"ul", "ol"}:
            return evolve(inner, group=outer.group or self._number())
        if tag == "li":
            return evolve(inner, kind="item", group=outer.group or self._number())
        if tag == "blockquote":
            return evolve(inner, kind="quote")
        if tag == "figure":
            return evolve(inner, figure=self._number(), is_caption=False)
        if tag in {"figcaption", "caption"}:
            return evolve(inner, kind="text", is_caption=True)
        if tag == "table":
            return evolve(inner, table=self._number(), row=0, column=0)
        if tag == "tr":
            return evolve(inner, row=self._number())
        if tag in {"td", "th"}:
            return evolve(inner, column=_position(element))
        return inner

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers

    def _add(self, text: str | None, *, verbatim: bool = False) -> None:
        """Add inline text; a line break in the source is a space, one from `<br>` stays."""
        if text:
            text = text if verbatim else text.replace("\n", " ").replace("\r", " ")
            self._runs.append(_Run(text, self._bold > 0, self._italic > 0, self._hrefs[-1] if self._hrefs else None))

    def _flush(self) -> Iterator[Piece]:
        """The text gathered so far as pieces: an empty line splits, a single break does not."""
        runs, self._runs = self._runs, []
        if not runs:
            return
        for group in _split_at_empty_lines(runs):
            text = clean("".join(run.text for run in group))
            if not text:
                self._gap += 1
                continue
            solid = [run for run in group if clean(run.text)]
            hrefs = {run.href for run in solid}
            yield self._piece(
                self._contexts[-1].kind,
                text=text,
                bold=all(run.bold for run in solid),
                italic=all(run.italic for run in solid),
                has_link=hrefs != {None},
                href=hrefs.pop() if len(hrefs) == 1 else None,
            )

    def _piece(self, kind: str, **looks: object) -> Piece:
        """A piece in the present context."""
        context, gap, self._gap = self._contexts[-1], self._gap, 0
        return Piece(
            kind=kind,
            level=context.level if kind == "heading" else None,
            group=context.group if kind == "item" else 0,
            align=context.align,
            figure=context.figure,
            is_caption=context.is_caption,
            table=context.table,
            row=context.row,
            column=context.column,
            gap=gap,
            **looks,  # type: ignore[arg-type]
        )


def data_rows(table: HtmlElement) -> tuple[tuple[str, ...], ...]:
    """The cells of a table that holds data; empty for one that only arranges pictures or text.

    Data has at least two rows and two columns, no pictures, and cells that are short: text set in columns is layout.
    """
    if next(table.iterdescendants("img", "table"), None) is not None:
        return ()
    rows = [[_cell(cell) for cell in row.iterchildren("td", "th")] for row in table.iter("tr")]
    rows = [row for row in rows if any(row)]
    if len(rows) < 2 or max(len(row) for row in rows) < 2:
        return ()
    cells = [cell for row in rows for cell in row if cell]
    if max(map(len, cells)) > 600 or sum(len(row) >= 2 for row in rows) < 2:
        return ()
    return tuple(tuple(row) for row in rows)


def _cell(cell: HtmlElement) -> str:
    return " ".join(piece.text for piece in pieces(cell))


def _split_at_empty_lines(runs: list[_Run]) -> Iterator[list[_Run]]:
    """Runs grouped into paragraphs: two line breaks with nothing between them part them."""
    group: list[_Run] = []
    pending_break = False
    for run in runs:
        if run.text == "\n":
            if pending_break and group:
                yield group
                group = []
            pending_break = True
            group.append(run)
        else:
            pending_break = pending_break and not clean(run.text)
            group.append(run)
    yield group


def _position(cell: HtmlElement) -> int:
    """How many cells stand before one in its row; those past the hundredth count as one."""
    return sum(1 for _ in islice(cell.itersiblings("td", "th", preceding=True), 100))


def _is_hidden(element: HtmlElement) -> bool:
    return element.get("hidden") is not None or bool(_HIDDEN.search(element.get("style") or ""))


def _is_bold(element: HtmlElement, style: str) -> bool:
    return element.tag in {"b", "strong"} or bool(style and _BOLD.search(style))


def _is_italic(element: HtmlElement, style: str) -> bool:
    return element.tag in {"i", "em", "cite"} or bool(style and _ITALIC.search(style))
