"""From what a page said to an article: one function, a list of steps."""

import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from string import punctuation
from urllib.parse import quote, urljoin

from attrs import frozen
from lxml.etree import _Element as Element
from w3lib.url import safe_url_string

from archive.records import Article, Attachment, Block, Image
from kyson_crawler import __version__
from kyson_crawler.credentials import without_credentials
from kyson_crawler.items import ArticleItem
from kyson_crawler.normalise import attachments, body, byline, captions, dates, text
from kyson_crawler.normalise.credits import credit
from kyson_crawler.normalise.pieces import CAPTIONED, Piece, blocks
from kyson_crawler.normalise.published import published

_SHORTEST_LEAD = 60
# Longer ones in italics alone are first paragraphs of people who like them so.
_LONGEST_SLANTED = 300
_PROSE = 80
_CUT = ("..", "…")
_SHORTEST_CUT = 30
_NOT_THERE = "it is the caption of a picture or a film that is not there"
# The commonest address, in which nothing is left to escape; to take it apart costs ten times as much.
_PLAIN_ADDRESS = re.compile(
    r"https?://[a-z0-9]+(?:[.-][a-z0-9]+)*/(?:[\w/.~-]|%[0-9A-F]{2})*(?:\?(?:[\w=&.~-]|%[0-9A-F]{2})+)?", re.ASCII
)
_LONGEST_ADDRESS = 8_000


@frozen(kw_only=True)
class LeftOut:
    """A text that stands in the body and is none of the article's."""

    text: str
    why: str


@frozen(kw_only=True)
class Parts:
    """What an item holds, each piece where it belongs."""

    lead: str | None
    signed: byline.Signed
    rest: tuple[Piece, ...]
    """The running text and the images, in reading order."""

    captions: tuple[captions.Caption, ...]
    """One for each image and video in `rest`."""

    files: tuple[Attachment, ...]
    partial: str | None
    """What of it was left away for its number; None when nothing was."""

    left_out: tuple[LeftOut, ...]


def article(item: ArticleItem, *, portal: str | None = None) -> Article:
    """The article that an item holds, normalised.

    portal: slug of the portal the page belongs to, None outside of any. Raises nothing: an item without text gives an
    article without blocks, which the caller may refuse.
    """
    found = parts(item)
    images = _images(found, _base(item))
    when = published(item, [*(image.src for image in images), *(file.href for file in found.files)])
    return Article(
        portal=portal,
        key=item.key,
        url=absolute(item.url, None) if item.url else None,
        title=text.clean(item.title),
        lead=found.lead,
        byline=byline.person(item.byline_raw) or found.signed.byline,
        source=byline.source_name(item.source_raw) or found.signed.source,
        published=when.value,
        published_raw=when.raw,
        published_source=when.source,
        published_evidence=when.evidence,
        section=text.clean(item.section or "") or None,
        language=text.language(" ".join([item.title, found.lead or "", *(piece.text for piece in found.rest)])),
        blocks=blocks(found.rest, _videos(found, _base(item))),
        images=images,
        attachments=found.files,
        extractor=f"kyson-crawler/{__version__} {item.cms}".strip(),
        partial=item.partial or found.partial,
    )


def parts(item: ArticleItem) -> Parts:
    """The pieces of an item's body sorted into captions, byline, source, lead and running text."""
    left_out: list[LeftOut] = []
    inside = body.pieces_and_gaps(item.body) if item.body is not None else ()
    found = _without_twins(_own_text(inside, left_out), left_out)
    paired, rest = _without_missing(*captions.pair(_lead_pieces(item) + found), left_out)
    rest = _without_heading(rest, item, left_out)
    signed, rest = byline.split(rest)
    left_out += [LeftOut(text=figure, why="only a figure behind the signature") for figure in signed.figures]
    lead, rest = _lead(item, rest)
    files, partial = _attachments(item, _base(item))
    return Parts(
        lead=lead,
        signed=signed,
        rest=rest,
        captions=paired,
        files=files,
        partial=partial,
        left_out=tuple(left_out),
    )


def _base(item: ArticleItem) -> str | None:
    return item.base_url or item.url


def _own_text(found: tuple[Piece, ...], left_out: list[LeftOut]) -> tuple[Piece, ...]:
    """Pieces without ornaments and without words that only lead to a file."""
    kept: list[Piece] = []
    filled = {piece.figure for piece in found if not piece.is_caption and not _is_missing(piece)}
    for piece in found:
        if piece.is_caption and piece.figure and piece.figure not in filled:
            left_out.append(LeftOut(text=piece.text, why=_NOT_THERE))
        elif _is_ornament(piece):
            left_out.append(LeftOut(text=piece.text, why="only an ornament: no letter or digit stands in it"))
        elif attachments.only_points(piece):
            left_out.append(LeftOut(text=piece.text, why="it only leads to a file or a page"))
        else:
            kept.append(piece)
    return tuple(kept)


def _without_missing(
    paired: tuple[captions.Caption, ...], rest: tuple[Piece, ...], left_out: list[LeftOut]
) -> tuple[tuple[captions.Caption, ...], tuple[Piece, ...]]:
    """Captions and pieces without those of images that are missing."""
    if not any(map(_is_missing, rest)):
        return paired, rest
    images = [piece for piece in rest if piece.kind in CAPTIONED]
    lost = (one.text for piece, one in zip(images, paired, strict=True) if one.text and _is_missing(piece))
    left_out += [LeftOut(text=text, why=_NOT_THERE) for text in lost]
    shown = tuple(one for piece, one in zip(images, paired, strict=True) if not _is_missing(piece))
    return shown, tuple(piece for piece in rest if not _is_missing(piece))


def _is_missing(piece: Piece) -> bool:
    """Whether a piece is an image without an address."""
    return piece.kind == "image" and not piece.src


def _is_ornament(piece: Piece) -> bool:
    """Whether a piece of text has no letter or digit, as the lines drawn with dashes and stars."""
    return bool(piece.text) and not any(character.isalnum() for character in piece.text)


def _lead_pieces(item: ArticleItem) -> tuple[Piece, ...]:
    """Pictures that stand above the body, as pieces before it."""
    found: list[Piece] = []
    for number, image in enumerate(item.lead_images, start=1):
        figure = -number  # negative, so that it meets no figure of the body
        found.append(Piece(kind="image", src=image.src, alt=image.alt, figure=figure))
        if caption := _plain(image.caption):
            found.append(Piece(kind="text", text=caption, figure=figure, is_caption=True))
    return tuple(found)


def _lead(item: ArticleItem, rest: tuple[Piece, ...]) -> tuple[str | None, tuple[Piece, ...]]:
    """The lead, and the pieces without it.

    It stands in a slot of its own, or is the first paragraph when that is all bold or slanted and the next one is not. A
    slot often holds no more than the first words of a paragraph that begins the body.
    """
    if slot := _plain(item.lead):
        whole = next((piece.text for piece in rest[:2] if _is_cut_from(slot, piece)), slot)
        return whole, tuple(piece for piece in rest[:2] if piece.text != whole) + rest[2:]
    running = [piece for piece in rest if piece.kind == "text"]
    if len(running) > 1 and _is_lead(running[0], running[1:]):
        position = rest.index(running[0])
        return running[0].text, rest[:position] + rest[position + 1 :]
    return None, rest


def _is_lead(first: Piece, others: list[Piece]) -> bool:
    """Whether a paragraph is set apart by its looks from the one below it, which may have a heading in bold above it."""
    if len(first.text) < _SHORTEST_LEAD or first.align == "right" or captions.NUMBERED.match(first.text):
        return False
    below = next((piece for piece in others if len(piece.text) >= _SHORTEST_LEAD), others[0])
    is_slanted = first.italic and not below.italic and len(first.text) <= _LONGEST_SLANTED
    return (first.bold and not below.bold) or is_slanted


def _is_cut_from(lead: str, piece: Piece) -> bool:
    """Whether a lead that breaks off is the beginning of a text."""
    begun = lead.rstrip(" .…[]()")
    is_cut = len(begun) >= _SHORTEST_CUT and any(mark in lead[len(begun) :] for mark in _CUT)
    return is_cut and piece.kind == "text" and piece.text.startswith(begun)


def _images(found: Parts, base: str | None) -> tuple[Image, ...]:
    """Images in reading order with what is printed for them."""
    return tuple(
        Image(
            src=absolute(piece.src, base),
            caption=caption.text,
            credit=credit(caption.text),
            alt=text.clean(piece.alt or "") or None,
            caption_source=caption.source,
        )
        for piece, caption in _captioned(found)
        if piece.kind == "image"
    )


def _videos(found: Parts, base: str | None) -> Iterator[Block]:
    """The blocks for the videos in reading order."""
    return (
        Block(
            kind="video",
            src=absolute(piece.src, base),
            caption=caption.text,
            credit=credit(caption.text),
        )
        for piece, caption in _captioned(found)
        if piece.kind == "video"
    )


def _captioned(found: Parts) -> Iterator[tuple[Piece, captions.Caption]]:
    """Images and videos in reading order with their captions."""
    return zip((piece for piece in found.rest if piece.kind in CAPTIONED), found.captions, strict=True)


def _attachments(item: ArticleItem, base: str | None) -> tuple[tuple[Attachment, ...], str | None]:
    """Files from the item's own slots, then from links and frames in the body, each once, with absolute addresses.

    The second is what to say when the body has so many that not all were looked at.
    """
    given = [(file.href, file.label or "") for file in item.attachments]
    offered = list(attachments.offered(item.body)) if item.body is not None else []
    is_cut = len(offered) == attachments.MOST
    partial = f"only the first {attachments.MOST:,} links to files were followed up" if is_cut else None
    return attachments.find((absolute(href, base), label) for href, label in given + offered), partial


def _without_twins(found: tuple[Piece, ...], left_out: list[LeftOut]) -> tuple[Piece, ...]:
    """Pieces without the text that a word processor's markup gave twice in a row.

    Where that happened it happened to a long paragraph, to the text of a picture, or again and again; a line of a song
    that is sung twice stays.
    """
    seen = [n for n, piece in enumerate(found) if not _is_missing(piece)]
    twins = [
        n
        for before, n in pairwise(seen)
        if found[n].kind == found[before].kind == "text" and found[n].text == found[before].text
    ]
    if not twins:
        return found
    often = len({found[n].text for n in twins}) > 1 and len(twins) * 3 >= sum(piece.kind == "text" for piece in found)
    dropped = {n for n in twins if often or len(found[n].text) >= _PROSE or found[max(0, n - 2)].kind in CAPTIONED}
    left_out += [LeftOut(text=found[n].text, why="it repeats the paragraph before it") for n in sorted(dropped)]
    return tuple(piece for n, piece in enumerate(found) if n not in dropped)


def _without_heading(rest: tuple[Piece, ...], item: ArticleItem, left_out: list[LeftOut]) -> tuple[Piece, ...]:
    """Pieces without title and date at the top; a notice whose only text is its title again keeps it."""
    kept: list[Piece] = []
    for piece in rest:
        if not kept and len(rest) > 1 and _is_title(piece, text.clean(item.title)):
            left_out.append(LeftOut(text=piece.text, why="it repeats the title"))
        elif not kept and item.published_raw and _is_date(piece, text.clean(item.published_raw)):
            left_out.append(LeftOut(text=piece.text, why="it is the date"))
        else:
            kept.append(piece)
    return tuple(kept)


def _is_title(piece: Piece, title: str) -> bool:
    """Whether a piece is the title, alone or with the date behind it, as where both are lines of one table cell."""
    if piece.kind not in {"text", "heading"} or not title or not piece.text.startswith(title):
        return False
    return piece.text == title or dates.is_date_line(piece.text.removeprefix(title))


def _is_date(piece: Piece, published_raw: str) -> bool:
    """Whether a piece is the line of the article's date, as where that has no element of its own."""
    return piece.kind == "text" and published_raw in piece.text and dates.is_date_line(piece.text)


def _plain(slot: Element | None) -> str | None:
    """The text of a slot; None without any."""
    return " ".join(piece.text for piece in _pieces(slot) if piece.text) or None


def _pieces(slot: Element | None) -> tuple[Piece, ...]:
    return body.pieces(slot) if slot is not None else ()


def absolute(address: str, base: str | None) -> str:
    """An address resolved against its page and escaped as a browser would; only escaped when it leads nowhere, or has no end.

    A user name or password in it is left out.
    """
    written = without_credentials(address.strip())
    if not written.startswith("data:") and len(written) <= _LONGEST_ADDRESS:
        with suppress(ValueError):
            joined = urljoin(base, written) if base else written
            written = joined if _PLAIN_ADDRESS.fullmatch(joined) else str(safe_url_string(joined))
    return written if written.isascii() and written.isprintable() else quote(written, safe=punctuation)
