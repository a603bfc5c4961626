"""Saved pages with something wrong with them, and what holds for the reading of any page, however wrong it is.

A case is a number: the same number gives the same page, on any machine, as long as the saved pages are the same.
"""

import functools
import gzip
import json
import random
import unicodedata
from html import escape
from urllib.parse import urlsplit

from attrs import frozen
from lxml import html

from archive.errors import ArchiveError
from archive.records import Article
from kyson_crawler import normalise, pages
from kyson_crawler.normalise import body
from kyson_crawler.normalise.pieces import blocks
from kyson_crawler.normalise.text import clean
from tests.golden_pages import CASES, FIXTURES, MEASURED

TOKENS = (
    b"<", b">", b"</", b"<p>", b"</p>", b"<div>", b"</div>", b"<br>", b"<table><tr><td>", b"</table>", b"<b>", b"</b>",
    b'<img src="/a.jpg">', b"<figure>", b"<figcaption>", b"<ul><li>", b"<h1>", b"<script>", b"<!--", b"-->", b"<style>",
    b"&", b"&#", b"&#x", b"&#1;", b"&nbsp;", b"&#8203;", b'"', b"'", b"\x00", b"\xff", b"\xcc\xa3", b"\xef\xbb\xbf",
    b"\xc2\xad", b"\xe2\x80\x8b", "Ð".encode(), "Tiếng Việt".encode(), "Theo Báo Nghệ An".encode(), "Ảnh: Lô Mai".encode(),
    b'<a href="javascript:alert(1)//k.pdf">', b'<a href="/k.pdf">', b"02/03/2021", b"<base href='x:'>",
    b'<iframe src="https://a.example/embed/X8VQ6snA9wU"></iframe>', b'<video src="java\tscript:a.mp4">', b"<oembed url='/a.mp4'>",
    b'<object data="data:,a.mp4"><param name="movie" value="vbscript:a.mp4">', "Clip: Lô Mai".encode(),
    b'<img srcset="javascript:a 2x, /a.jpg">', b'<img src="/loading.gif" data-src="javascript:a">',
    b'<p style="font-family: .VnTime">S\xc2\xb8ng', b'<p align="center"><i>', b'<meta charset="utf-16">',
)  # fmt: skip
"""What is thrown into pages: what opens, what never closes, what looks like something else."""


@frozen(kw_only=True)
class Saved:
    """A page as it was saved."""

    name: str
    page: bytes
    url: str | None


@functools.cache
def own() -> tuple[Saved, ...]:
    """The project's golden pages."""
    return tuple(
        Saved(name=case, page=(FIXTURES / case / "page.html").read_bytes(), url=json.loads(
            (FIXTURES / case / "meta.json").read_text(encoding="utf-8"))["url"])
        for case in CASES
    )  # fmt: skip


@functools.cache
def shared() -> tuple[Saved, ...]:
    """The real pages beside the checkout; none where there are none."""
    found = []
    for path in MEASURED:
        facts = json.loads(path.read_text(encoding="utf-8"))
        page = (path.parent / facts["html"]).read_bytes()
        page = gzip.decompress(page) if facts["html"].endswith(".gz") else page
        found.append(Saved(name=path.name.removesuffix(".gold.json"), page=page, url=facts.get("url")))
    return tuple(found)


def case(number: int, among: tuple[Saved, ...], seed: int = 0) -> Saved:
    """The page of a case: one of the saved ones, wrong in one to six ways."""
    chance = random.Random(f"{seed}:{number}")
    saved = chance.choice(among)
    page = bytearray(saved.page)
    for _ in range(chance.randint(1, 6)):
        chance.choice(_WAYS)(page, chance, among)
    return Saved(name=f"case {number} of {saved.name}", page=bytes(page), url=saved.url)


def _flip(page, chance, among):
    page[_place(page, chance)] = chance.randrange(256)


def _delete(page, chance, among):
    place = _place(page, chance)
    del page[place : place + chance.choice((1, 4, 40, 400))]


def _insert(page, chance, among):
    place = _place(page, chance)
    page[place:place] = chance.choice(TOKENS) * chance.choice((1, 1, 1, 2, 50))


def _at_a_tag(page, chance, among):
    """The same where it hurts: right before or behind a tag."""
    place = page.find(chance.choice((b"<", b">")), _place(page, chance))
    page[place + 1 : place + 1] = chance.choice(TOKENS)


def _repeat(page, chance, among):
    place = _place(page, chance)
    chunk = page[place : place + chance.choice((5, 50, 500))]
    page[place:place] = chunk * chance.choice((1, 2, 10))


def _move(page, chance, among):
    place = _place(page, chance)
    chunk = page[place : place + chance.choice((5, 50, 500))]
    del page[place : place + len(chunk)]
    other = _place(page, chance)
    page[other:other] = chunk


def _splice(page, chance, among):
    """A piece of another page in the middle of this one."""
    other = chance.choice(among).page
    start = chance.randrange(len(other))
    place = _place(page, chance)
    page[place:place] = other[start : start + chance.choice((50, 500, 5_000))]


def _cut(page, chance, among):
    del page[_place(page, chance) :]


def _decompose(page, chance, among):
    page[:] = unicodedata.normalize("NFD", page.decode("utf-8", "replace")).encode()


def _encode(page, chance, among):
    encoding = chance.choice(("cp1258", "cp1252", "latin-1", "utf-16", "utf-16-le", "utf-7", "shift_jis"))
    page[:] = page.decode("utf-8", "replace").encode(encoding, chance.choice(("replace", "xmlcharrefreplace")))


def _read_twice(page, chance, among):
    page[:] = page.decode("cp1252", "replace").encode()


def _drop_ends(page, chance, among):
    page[:] = page.replace(b"</" + chance.choice((b"p", b"div", b"td", b"table", b"a", b"script")) + b">", b"")


_OFTEN = (_flip, _delete, _insert, _at_a_tag, _repeat, _move, _splice)
_WAYS = (*_OFTEN * 4, _cut, _decompose, _encode, _read_twice, _drop_ends)


def _place(page, chance):
    if not page:
        page += b" "
    return chance.randrange(len(page))


# -- what holds ------------------------------------------------------------------------------------------------------


def read(page: bytes, url: str | None) -> Article | None:
    """The article; None when the page is refused in our own words."""
    try:
        return normalise.article(pages.page(pages.Document(page, url)).item())
    except ArchiveError:
        return None


def faults(saved: Saved, article: Article) -> list[str]:
    """What is wrong with the reading of a page, whatever the page is."""
    return [
        *harm(article),
        *(f"clean twice is another: {text!r}" for text in _texts(article) if clean(text) != text),
        *(f"a caption in the body: {text!r}" for text in _captions_in_body(saved, article)),
        *_other_paragraphs(article),
    ]  # fmt: skip


def harm(article: Article) -> list[str]:
    """What could do harm in an article: text that is not composed, controls, addresses that lead into a program."""
    return [
        *(f"not clean: {text!r}" for text in _strings(article.to_json()) if not _is_clean(text)),
        *(f"active: {address!r}" for address in _addresses(article) if not _is_harmless(address)),
    ]


def _strings(value):
    """Every text within a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _strings(part)


def _is_clean(text):
    """Whether a text is composed and without control characters."""
    if text.isascii() and text.isprintable():
        return True
    return unicodedata.is_normalized("NFC", text) and not any(
        unicodedata.category(letter) in {"Cc", "Cs"} and letter not in "\n\t" for letter in set(text)
    )


def _texts(article):
    """The texts that are the article's own words, each of one line."""
    yield from (text for text in (article.title, article.lead, article.byline, article.source, article.section) if text)
    yield from article.paragraphs
    yield from (cell for block in article.blocks for row in block.rows for cell in row)
    for image in article.images:
        yield from (text for text in (image.caption, image.credit, image.alt) if text)
    for block in article.blocks:
        yield from (text for text in (block.caption, block.credit) if text)
    yield from (file.label for file in article.attachments if file.label)


def _addresses(article):
    videos = [block.src for block in article.blocks if block.src]
    return [image.src for image in article.images] + [file.href for file in article.attachments] + videos


def _is_harmless(address):
    """Whether an address leads to the web, or holds a picture's own bytes."""
    if address.startswith("data:image/"):
        return "svg" not in address[:20]
    try:
        return urlsplit(address).scheme in {"http", "https", ""}
    except ValueError:
        return True  # as written: nobody can follow it


def _captions_in_body(saved, article):
    """Captions that stand in the running text as well, though the page says them once."""
    captions = {shown.caption for shown in (*article.images, *article.blocks) if shown.caption}
    for text in captions.intersection(article.paragraphs):
        if _letters(_page_text(saved)).count(_letters(text)) < 2:
            yield text


def _page_text(saved):
    return clean("".join(pages.Document(saved.page, saved.url).root.itertext()))


def _letters(text):
    return text.replace(" ", "")


def _other_paragraphs(article):
    """Where the blocks of an article, put into a plain page, read otherwise."""
    again = blocks(body.pieces(html.fromstring(f"<div>{''.join(map(_markup, article.blocks))}</div>")))
    before = [block for block in article.blocks if block.kind not in {"figure", "video"}]
    return [f"reads otherwise: {old!r} as {new!r}" for old, new in zip(before, again, strict=False) if old != new] or (
        [f"{len(before)} blocks read as {len(again)}"] if len(before) != len(again) else []
    )


def _markup(block):
    match block.kind:
        case "figure" | "video":
            return ""
        case "table":
            rows = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in block.rows)
            return f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"
        case "list":
            return f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in block.items)}</ul>"
        case "heading":
            return f"<h{block.level}>{escape(block.text)}</h{block.level}>"
        case "quote":
            return f"<blockquote>{escape(block.text)}</blockquote>"
        case _:
            return f"<p>{escape(block.text)}</p>"
