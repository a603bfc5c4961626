"""One page as one lxml tree, whatever its server claimed about its letters."""

import logging
import re
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from typing import cast
from urllib.parse import urljoin, urlsplit

from attrs import frozen
from lxml import etree
from lxml.etree import _Element as Element
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom, resolve_encoding

from archive.errors import UnreadablePage
from kyson_crawler.credentials import without_credentials
from kyson_crawler.normalise import legacy
from kyson_crawler.normalise.letters import mend
from kyson_crawler.normalise.text import clean
from kyson_crawler.pages.excess import readable, refuse_excess

_MAGIC = {
    b"%PDF": "a PDF",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"PK\x03\x04": "a ZIP or Office file",
    b"\xd0\xcf\x11\xe0": "an Office file",
    b"\x1f\x8b": "gzip data",
}
# What never has anything inside (HTML, section 13.1.2) and libxml2 does not know as such; the others it closes itself.
_VOID = ("embed", "source", "track", "wbr", "keygen", "bgsound")
_WORDS_GO_ON = frozenset("a abbr b big em font i img ins mark small span strong sub sup u wbr".split())
# A paragraph's two tags, and those of the blocks that end an open one.
_PARAGRAPH = re.compile(r"</?[pP](?=[\s>/])")
_BLOCK = r"div|td|th|tr|table|li|ul|ol|h[1-6]|blockquote|center|section|article|figure|body"
_END_OF_PARAGRAPH = re.compile(rf"</?(?:{_BLOCK})(?=[\s>/])", re.IGNORECASE)
_PARAGRAPH_OR_END = re.compile(rf"</?(?:p|{_BLOCK})(?=[\s>/])", re.IGNORECASE)
_XML_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")
_BLANK = b"\x00\t\n\x0b\x0c\r "
# What no tree may hold (XML 1.0, section 2.2), as itself and as a reference: libxml2 reads it, lxml will not write it.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CONTROLS = bytes(code for code in range(0x20) if chr(code) not in "\t\n\r")
_FORBIDDEN_REFERENCE = re.compile(
    r"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])(?!\d)|x0*(?:[0-8bcef]|1[0-9a-f]|d[89a-f][0-9a-f]{2}|fff[ef])(?![0-9a-f]));?",
    re.IGNORECASE,
)
_NO_LETTERS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffd]")
_MOST_NOISE = 0.05
_SAMPLE = 50_000
_OF_MANY_BYTES = re.compile("[\u0080-\ufffc]")
# The commonest address: names on a path from the root, with no dots to resolve. To parse it takes ten times as long.
_PLAIN_PATH = re.compile(r"(?:/[\w%-][\w%.-]*)+/?(?:\?[\w%.&=+-]+)?", re.ASCII)
_LONGEST_BASE = 2_000
_TOO_DEEP = "Excessive depth"

logging.getLogger("bs4.dammit").setLevel(
    logging.ERROR
)  # it warns of letters that it could not decode: so do we, better


@frozen
class Inline:
    """What a page holds for its scripts: one of them, or the value of an attribute that begins with `data-`."""

    text: str
    is_script: bool


class Document:
    """A parsed page: its tree, its address, and short ways to ask for text."""

    def __init__(self, body: bytes, url: str | None = None, content_type: str | None = None) -> None:
        """Parse `body`; `content_type` is the header as the server sent it, if known.

        Raises UnreadablePage for what is no page: empty, an image, a PDF, noise, larger than anybody's article.
        """
        self.url = url
        found = readable(decode(body, content_type))
        self.partial = found.partial
        """Why the article may not be whole, in a few words; None when nothing says so."""
        self.root = _tree(found.markup, url)
        self.elements = tuple(self.root.iter())
        """All of the page's, in its order. While they are held lxml makes them but once, with the names of their tags."""
        for void in self.tagged(*_VOID):
            _empty(void)
        mend(self.root)

    @cached_property
    def base_url(self) -> str | None:
        """What relative addresses resolve against: the page's own `base`, else its address."""
        href = next((base.get("href") for base in self.tagged("base") if base.get("href")), None)
        return (_absolute(href, self.url) if href and len(href) <= _LONGEST_BASE else None) or self.url

    @cached_property
    def title(self) -> str:
        """The text of the `title` element; on many portals only the site's name."""
        return next((clean(element.text or "") for element in self.tagged("title")), "")

    def meta(self, *names: str) -> str | None:
        """The first of these meta properties that has content."""
        for name in names:
            for element in self.tagged("meta"):
                if name in (element.get("property"), element.get("name"), element.get("itemprop")) and element.get(
                    "content"
                ):
                    return str(element.get("content"))
        return None

    def tagged(self, *tags: str) -> Sequence[Element]:
        """The elements with one of these tags, in the order of the page.

        lxml's own `iter` goes through the whole tree each time, which takes as long as a tenth of the parsing.
        """
        found = [elements for tag in tags if (elements := self._by_tag.get(tag))]
        if len(found) < 2:
            return found[0] if found else ()
        return [element for element, tag in zip(self.elements, self._tags, strict=True) if tag in tags]

    @cached_property
    def _tags(self) -> list[str]:
        return [element.tag for element in self.elements]

    @cached_property
    def _by_tag(self) -> dict[str, list[Element]]:
        found: defaultdict[str, list[Element]] = defaultdict(list)
        for element, tag in zip(self.elements, self._tags, strict=True):
            found[tag].append(element)
        return dict(found)

    @cached_property
    def names(self) -> dict[str, list[Element]]:
        """The elements by the classes and, behind a `#`, by the ids they carry, in the order of the page."""
        found: defaultdict[str, list[Element]] = defaultdict(list)
        for element in self.elements:
            if classes := element.get("class"):
                for name in classes.split():
                    found[name].append(element)
            if identity := element.get("id"):
                found[f"#{identity}"].append(element)
        return dict(found)

    @cached_property
    def inline(self) -> tuple[Inline, ...]:
        """What the page holds for its scripts, and they themselves as far as they stand in it, in its order."""
        found: list[Inline] = []
        for element, tag in zip(self.elements, self._tags, strict=True):
            if tag == "script":
                if not element.get("src") and element.text:
                    found.append(Inline(element.text, is_script=True))
            else:
                found += [Inline(str(value), False) for name, value in element.items() if str(name).startswith("data-")]
        return tuple(found)

    def first(self, *names: str) -> Element | None:
        """The first element that carries one of these classes, or behind a `#` ids, asked in this order."""
        return next((found[0] for name in names if (found := self.names.get(name))), None)

    def resolve(self, href: str) -> str | None:
        """An absolute http(s) address without its fragment; None for anything else (scripts, mail, broken)."""
        if _PLAIN_PATH.fullmatch(href):
            return self._site + href if self._site else None
        return _absolute(href, self.base_url)

    @cached_property
    def _site(self) -> str | None:
        """What stands before the path of the page's addresses."""
        root = _absolute("/", self.base_url)
        return root.removesuffix("/") if root else None


def decode(body: bytes, content_type: str | None = None) -> str:
    """The letters of a page: byte order mark, UTF-8, Vietnamese code pages, header, the page's own claim, then a guess.

    Hardly any text of another encoding is valid UTF-8, so that wins over claims, and so do bytes that read as
    Vietnamese in one of its code pages. A claim that turns more than a few letters into replacement characters is a lie.
    Raises UnreadablePage when there are no letters.
    """
    if not body.strip(_BLANK):
        raise UnreadablePage("the page is empty (0 bytes of text): check the file, or capture the address again")
    if kind := next((name for magic, name in _MAGIC.items() if body.startswith(magic)), None):
        raise UnreadablePage(f"this is {kind}, not a page: give the HTML of an article")
    refuse_excess(body)
    encoding, mark = read_bom(body)
    if encoding and mark:
        return body[len(mark) :].decode(encoding, "replace")
    letters = body.decode("utf-8", "replace")
    if _is_utf8(letters) and "\x00" not in letters:
        return letters
    letters = _in_another_encoding(body, letters, content_type)
    if (noise := len(_NO_LETTERS.findall(letters))) > len(letters) * _MOST_NOISE:
        raise UnreadablePage(
            f"{noise:,} of its {len(letters):,} characters are no text in any known encoding: this is hardly a page; "
            "check that the file is whole and not compressed"
        )
    return letters


def _in_another_encoding(body: bytes, letters: str, content_type: str | None) -> str:
    """The letters of a body that is not sound UTF-8; `letters` is what it would be in UTF-8."""
    if (wide := _wide_encoding(body)) is not None:
        return body.decode(wide, "replace")
    if _is_utf8(letters):
        return letters
    if not _few_wrong(letters) and (vietnamese := legacy.decode(body)):
        return vietnamese
    for claim in (http_content_type_encoding(content_type), html_body_declared_encoding(body[:4096])):
        encoding = resolve_encoding(claim or "")
        if encoding not in {None, "utf-8"} and (claimed := _decoded(body, str(encoding))) is not None:
            return claimed
    if _few_wrong(letters):
        return letters
    from bs4.dammit import UnicodeDammit  # noqa: PLC0415  a tenth of a second that hardly any page needs

    guess = UnicodeDammit(body[:_SAMPLE], ["windows-1258", "windows-1252"], is_html=True).original_encoding
    return body.decode(guess or "windows-1252", "replace")


def _wide_encoding(body: bytes) -> str | None:
    """UTF-16 that does not say so: every second byte of its markup is zero; None for anything else."""
    even, odd = body[:_SAMPLE:2], body[1:_SAMPLE:2]
    if odd.count(0) > len(odd) / 3 > even.count(0) * 10:
        return "utf-16-le"
    return "utf-16-be" if even.count(0) > len(even) / 3 > odd.count(0) * 10 else None


def _decoded(body: bytes, encoding: str) -> str | None:
    """A body in an encoding; None when that cannot be the encoding, or is none of text."""
    try:
        letters = body.decode(encoding, "replace")
    except (LookupError, ValueError):
        return None
    return letters if _few_wrong(letters) else None


def _is_utf8(letters: str) -> bool:
    """Whether nothing was lost by reading UTF-8, or a byte here and there among many letters of two bytes and more."""
    if "\ufffd" not in letters:
        return True
    return _few_wrong(letters) and len(_OF_MANY_BYTES.findall(letters)) > letters.count("\ufffd") * 20


def _few_wrong(letters: str) -> bool:
    """Whether hardly any letters could not be decoded: a byte is soon lost on the way."""
    return letters.count("\ufffd") <= 2 + len(letters) // 2000


def _absolute(href: str, base: str | None) -> str | None:
    """An absolute http(s) address without fragment and credentials; None when `href` leads to no such place."""
    try:
        absolute = without_credentials(urljoin(base or "", without_credentials(href.strip())))
        parts = urlsplit(absolute)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host:
        return None
    return absolute.partition("#")[0]


def text(element: Element | None) -> str:
    """The text of an element, cleaned; empty without one."""
    return clean("".join(_texts(element))) if element is not None else ""


def _texts(element: Element) -> list[str]:
    """Text inside an element but for scripts and styles; what ends a word on the page ends one here."""
    parts: list[str] = []
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, node in walk:
        if node.tag not in _WORDS_GO_ON:
            parts.append(" ")
        if event == "start":
            if node.tag in {"script", "style", "noscript"}:
                walk.skip_subtree()
            elif node.text:
                parts.append(node.text)
        if event != "start" and node is not element and node.tail:
            parts.append(node.tail)
    return parts


def _has_stray_end(markup: str) -> bool:
    """Whether a `</p>` stands in markup without a `<p>`, or with a block since."""
    opened: int | None = None
    for tag in _PARAGRAPH.finditer(markup):
        if len(tag[0]) == len("<p"):
            opened = tag.end()
        elif opened is None or _END_OF_PARAGRAPH.search(markup, opened, tag.start()):
            return True
        else:
            opened = None
    return False


def _with_paragraphs_parted(markup: str) -> str:
    """Markup in which a `</p>` without its `<p>` parts the text around it, as in a browser; libxml2 would glue the words."""
    inside = False

    def mended(tag: re.Match[str]) -> str:
        nonlocal inside
        was_inside, inside = inside, tag[0].lower() == "<p"
        return "<p></p" if tag[0].lower() == "</p" and not was_inside else tag[0]

    return _PARAGRAPH_OR_END.sub(mended, markup) if _has_stray_end(markup) else markup


def _parsable(markup: str) -> bytes:
    """Markup as libxml2 is to read it: nothing in it that no tree may hold, and its paragraphs parted.

    Whether there is anything to mend is asked of the bytes, in a fifth of the time.
    """
    encoded = markup.encode("utf-8", "replace")
    mended = markup
    if len(encoded.translate(None, _CONTROLS)) < len(encoded) or "\ufffe" in markup or "\uffff" in markup:
        mended = _FORBIDDEN.sub("", mended)
    if (
        b"&#" in encoded
    ):  # something invisible in its place, lest what stands around it become another reference: &#&#8;8;
        mended = _FORBIDDEN_REFERENCE.sub("\u200b", mended)
    mended = _with_paragraphs_parted(mended)
    return encoded if mended is markup else mended.encode("utf-8", "replace")


def _tree(markup: str, url: str | None) -> Element:
    """The tree of a page, without its comments; libxml2 mends what is broken."""
    if declaration := _XML_DECLARATION.match(markup):
        markup = markup[declaration.end() :]
    # etree's own parser, not that of lxml.html: its elements cost a quarter less, and nothing else of theirs is missed.
    # Nothing asks for elements by their ids through libxml2, which takes an eighth of the parsing to note them.
    parser = etree.HTMLParser(
        encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, collect_ids=False
    )
    try:
        root = etree.fromstring(_parsable(markup), parser)
    except etree.XMLSyntaxError as error:
        raise UnreadablePage(f"no HTML can be read from {url or 'the page'}: {error}") from error
    if root is None:
        raise UnreadablePage(f"no HTML can be read from {url or 'the page'}: there is not one element in it")
    if any(_TOO_DEEP in entry.message for entry in parser.error_log):
        raise UnreadablePage(
            f"{url or 'the page'} nests its elements without end, so that it cannot be read to its end"
        )
    return cast("Element", root)


def _empty(void: Element) -> None:
    """Put what libxml2 read as the inside of an element that has none behind it, where a browser shows it."""
    for child in reversed(void):
        void.addnext(child)
    if inside := void.text:
        void.text, void.tail = None, inside + (void.tail or "")
