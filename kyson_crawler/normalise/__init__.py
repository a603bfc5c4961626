"""From what a page said to an article: one function, a list of steps."""

from urllib.parse import urljoin

from lxml.html import HtmlElement
from w3lib.url import safe_url_string

from archive.records import Article, Attachment, Image
from kyson_crawler import __version__
from kyson_crawler.items import ArticleItem
from kyson_crawler.normalise import attachments, body, byline, captions, dates, text
from kyson_crawler.normalise.body import Piece

_SHORTEST_LEAD = 60


def article(item: ArticleItem, *, portal: str | None = None) -> Article:
    """The article that an item holds, normalised.

    portal: slug of the portal the page belongs to, None outside of any. Raises nothing: an item without text gives an
    article without blocks, which the caller may refuse.
    """
    base = item.base_url or item.url
    root = body.parse(item.body_html)
    files = _attachments(item, root, base)
    found = tuple(
        piece for piece in body.pieces(root) if not _is_ornament(piece) and not attachments.only_points(piece)
    )
    paired, rest = captions.pair(_lead_pieces(item) + found)
    rest = _without_repeats(rest, item.title)
    signed, rest = byline.split(rest)
    lead, rest = _lead(item, rest)
    published, raw, origin = _published(item)
    return Article(
        portal=portal,
        key=item.key,
        url=item.url,
        title=text.clean(item.title),
        lead=lead,
        byline=byline.person(item.byline_raw) or signed.byline,
        source=byline.source_name(item.source_raw) or signed.source,
        published=published,
        published_raw=raw,
        published_source=origin,
        section=text.clean(item.section or "") or None,
        language=text.language(" ".join([item.title, lead or "", *(piece.text for piece in rest)])),
        blocks=body.blocks(rest),
        images=_images(rest, paired, base),
        attachments=files,
        extractor=f"kyson-crawler/{__version__} {item.cms}".strip(),
    )


def _is_ornament(piece: Piece) -> bool:
    """Whether a piece of text has no letter or digit, as the lines drawn with dashes and stars."""
    return bool(piece.text) and not any(character.isalnum() for character in piece.text)


def _lead_pieces(item: ArticleItem) -> tuple[Piece, ...]:
    """Pictures that stand above the body, as pieces before it."""
    found: list[Piece] = []
    for number, image in enumerate(item.lead_images, start=1):
        figure = -number  # negative, so that it meets no figure of the body
        found.append(Piece(kind="image", src=image.src, alt=image.alt, figure=figure))
        if caption := _plain(image.caption_html):
            found.append(Piece(kind="text", text=caption, figure=figure, is_caption=True))
    return tuple(found)


def _lead(item: ArticleItem, rest: tuple[Piece, ...]) -> tuple[str | None, tuple[Piece, ...]]:
    """The lead, and the pieces without it.

    It stands in a slot of its own, or is the first paragraph when that is all bold and the next one is not.
    """
    if slot := _plain(item.lead_html):
        return slot, tuple(piece for piece in rest[:2] if piece.text != slot) + rest[2:]
    running = [piece for piece in rest if piece.kind == "text"]
    first = running[0] if len(running) > 1 else None
    if first and first.bold and not running[1].bold and len(first.text) >= _SHORTEST_LEAD and first.align != "right":
        position = rest.index(first)
        return first.text, rest[:position] + rest[position + 1 :]
    return None, rest


def _published(item: ArticleItem) -> tuple[str | None, str | None, str | None]:
    """Date, date as printed, and where it was found: what readers were shown wins over metadata, the address is last."""
    for raw, origin in ((item.published_raw, "page"), (item.published_meta, "meta")):
        if raw and (found := dates.parse(raw)):
            return found, text.clean(raw), origin
    raw = text.clean(item.published_raw or "") or None
    found = dates.from_url(item.url) if item.url else None
    return found, raw, "url" if found else None


def _images(rest: tuple[Piece, ...], paired: tuple[captions.Caption, ...], base: str | None) -> tuple[Image, ...]:
    """Images in reading order with what is printed for them."""
    shown = (piece for piece in rest if piece.kind == "image")
    return tuple(
        Image(
            src=_absolute(piece.src, base),
            caption=caption.text,
            credit=captions.credit(caption.text),
            alt=text.clean(piece.alt or "") or None,
            caption_source=caption.source,
        )
        for piece, caption in zip(shown, paired, strict=True)
    )


def _attachments(item: ArticleItem, root: HtmlElement, base: str | None) -> tuple[Attachment, ...]:
    """Files from the item's own slots, then from links in the body, each once, with absolute addresses."""
    found = [(given.href, given.label or "") for given in item.attachments]
    found += [(link.get("href") or "", "".join(link.itertext())) for link in root.iter("a")]
    return attachments.find((_absolute(href, base), label) for href, label in found)


def _without_repeats(rest: tuple[Piece, ...], title: str) -> tuple[Piece, ...]:
    """Pieces without a repeated title at the top, and without text that nested markup gave twice in a row."""
    kept: list[Piece] = []
    for piece in rest:
        doubled = kept and piece.kind == kept[-1].kind == "text" and piece.text == kept[-1].text
        repeats_title = not kept and piece.kind in {"text", "heading"} and piece.text == text.clean(title)
        if not doubled and not repeats_title:
            kept.append(piece)
    return tuple(kept)


def _plain(html: str | None) -> str | None:
    """The text of a slot that holds HTML."""
    return " ".join(piece.text for piece in body.pieces(body.parse(html or "")) if piece.text) or None


def _absolute(address: str, base: str | None) -> str:
    """An address resolved against its page and escaped as a browser would; as written when it cannot be."""
    written = address.strip()
    if written.startswith("data:"):
        return written
    try:
        return str(safe_url_string(urljoin(base, written) if base else written))
    except ValueError:
        return written
