"""What the sample portal says, read from the texts beside it, before it is dressed as HTML.

One TOML file a section. The facts of an article are keys named as in `Story`; `edits` (old and new wording) and
`updated` are in force in edition 2. Its body is plain text in blocks parted by blank lines:

    ## heading        - list item        | cell | cell        > quotation
    !MANNER name.png | caption           an image and how its caption is printed; MANNER is one of `MANNERS`,
                                         `!404 MANNER` for a picture that is gone, `!html MANNER` for one that
                                         answers with a page
    anything else is a paragraph, in which ` // ` is a hard line break and `**…**` is bold.
"""

import re
import tomllib
import unicodedata
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final
from urllib.parse import quote

from attrs import evolve, frozen

from archive.records import Attachment, Block

HOST: Final = "muongmau.example"
FILE_HOST: Final = "datafiles.muongmau.example"
UPLOADS: Final = f"http://{FILE_HOST}/mmu-ubnd/4312"

EDITED: Final = "412655"
"""The article whose body and one caption read differently in edition 2."""

REMOVED: Final = "398214"
"""The article that edition 2 no longer has."""

ADDED: Final = "413120"
"""The article that only edition 2 has."""

TOUCHED: Final = "409377"
"""The article that shows a new date of updating in edition 2, and nothing else new."""

TWIN: Final = ("405512", "van-hoa-xa-hoi")
"""The article that is also linked under a second section, and that section."""

SECTIONS: Final = (
    "tin-tuc-su-kien",
    "xay-dung-dang",
    "kinh-te-giam-ngheo",
    "van-hoa-xa-hoi",
    "giao-duc-y-te",
    "van-ban",
)
"""Slugs of the sections in the order of the menu; the last holds the documents."""

MANNERS: Final = ("strong", "nbsp", "centred", "figcaption", "table", "none")
"""How a caption is printed: a bold paragraph, a centred italic one after 40 no-break spaces, a plain centred one, a real
`figcaption`, a cell below the image's cell, or not at all."""


@frozen(kw_only=True)
class Picture:
    """An image in the body of an article."""

    src: str
    manner: str
    caption: str | None = None
    fate: str = "ok"
    """`ok`, `404`, or `html` when its address answers 200 with an error page."""


@frozen(kw_only=True)
class Document:
    """What makes an article of the section "Văn bản" a document."""

    number: str
    files: tuple[Attachment, ...]


@frozen(kw_only=True)
class Story:
    """One article of the sample portal, as its editors typed it."""

    id: str
    section: str
    section_name: str
    title: str
    published: datetime
    lead: str = ""
    byline: str = ""
    """The last line as printed, with its label where it has one; empty when nobody signed."""

    source: str = ""
    """Where it was taken from, without the label "Nguồn:"."""

    dress: str = "justified"
    """How the paragraphs are marked up: `plain`, `justified`, `spaced` or `word`."""

    blocks: tuple[Block, ...] = ()
    pictures: tuple[Picture, ...] = ()
    document: Document | None = None
    updated: datetime | None = None
    """When an editor last saved it, where the page shows that."""

    @property
    def path(self) -> str:
        """The canonical path of the article."""
        return self.path_in(self.section)

    def path_in(self, section: str) -> str:
        """The path of the same article under any section."""
        return f"/{section}/{slug(self.title)}-{self.id}"


@cache
def stories(edition: int) -> tuple[Story, ...]:
    """All articles of an edition, newest first."""
    if edition not in {1, 2}:
        raise ValueError(f"the sample portal has no edition {edition}; ask for 1 or 2")
    absent = ADDED if edition == 1 else REMOVED
    told = [
        _story(entry, section, str(texts["name"]), edition)
        for section, texts in _texts().items()
        for entry in texts["article"]
        if str(entry["id"]) != absent
    ]
    return tuple(sorted(told, key=lambda story: (story.published, story.id), reverse=True))


@cache
def section_names() -> dict[str, str]:
    """Slug and printed name of each section."""
    return {section: str(texts["name"]) for section, texts in _texts().items()}


def slug(text: str) -> str:
    """Text as the CMS writes it into an address.

    >>> slug("Hội nghị Đảng bộ huyện: khóa XXIII")
    'hoi-nghi-dang-bo-huyen-khoa-xxiii'
    """
    bare = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return re.sub(r"[^a-z0-9]+", "-", "".join(c for c in bare if not unicodedata.combining(c))).strip("-")


def ticks(moment: datetime) -> int:
    """A moment in .NET ticks, tenths of a microsecond since the year 1, by the clock on the wall as the CMS counts."""
    return (moment.replace(tzinfo=None) - datetime(1, 1, 1)) // timedelta(microseconds=1) * 10  # noqa: DTZ001


def said(text: str) -> str:
    """A paragraph as a reader reads it, without the marks of this file format."""
    return " ".join(text.replace("**", "").replace(" // ", " ").split())


@cache
def _texts() -> dict[str, dict[str, Any]]:
    folder = files(__package__) / "texts"
    return {section: tomllib.loads((folder / f"{section}.toml").read_text("utf-8")) for section in SECTIONS}


def _story(entry: dict[str, Any], section: str, section_name: str, edition: int) -> Story:
    published: datetime = entry["published"]
    body: str = entry["body"]
    if edition == 2:
        for edit in entry.get("edits", ()):
            body = body.replace(edit["old"], edit["new"])
    blocks, pictures = _blocks(body, published)
    story = Story(
        id=str(entry["id"]),
        section=section,
        section_name=section_name,
        title=entry["title"],
        published=published,
        lead=entry.get("lead", ""),
        byline=entry.get("byline", ""),
        source=entry.get("source", ""),
        dress=entry.get("dress", "justified"),
        updated=entry.get("updated") if edition == 2 else None,
        blocks=blocks,
        pictures=pictures,
    )
    return _as_document(story, entry["document"]) if "document" in entry else story


def _as_document(story: Story, facts: dict[str, Any]) -> Story:
    """The article with its table of facts before the text, and its attachments."""
    folder = f"{UPLOADS}/VanBan/{story.published:%Y/%m/%d}"
    attachments = []
    for name in facts["files"]:
        stem, _, extension = name.rpartition(".")
        href = f"{folder}/{quote(stem)}{ticks(story.published)}.{extension}"
        attachments.append(Attachment(href=href, label=name))
    rows = (
        ("Số ký hiệu", facts["number"]),
        ("Loại văn bản", facts["kind"]),
        ("Trích yếu", story.title),
        ("Ngày ban hành", f"{story.published:%d/%m/%Y}"),
        ("Cơ quan ban hành", facts["issuer"]),
        ("Người ký", facts["signer"]),
    )
    document = Document(number=facts["number"], files=tuple(attachments))
    return evolve(story, document=document, blocks=(Block(kind="table", rows=rows), *story.blocks))


def _blocks(body: str, published: datetime) -> tuple[tuple[Block, ...], tuple[Picture, ...]]:
    blocks: list[Block] = []
    pictures: list[Picture] = []
    for chunk in re.split(r"\n{2,}|\n(?=!)", body.strip()):
        if chunk.startswith("!"):
            pictures.append(_picture(chunk, published + timedelta(seconds=len(pictures))))
            blocks.append(Block(kind="figure", image=len(pictures) - 1))
        else:
            blocks.append(_block(chunk))
    return tuple(blocks), tuple(pictures)


def _block(chunk: str) -> Block:
    lines = chunk.split("\n")
    match chunk[:2]:
        case "##":
            return Block(kind="heading", level=2, text=chunk[2:].strip())
        case "- ":
            return Block(kind="list", items=tuple(line[2:] for line in lines))
        case "| ":
            return Block(kind="table", rows=tuple(tuple(re.split(r" *\| *", line[2:])) for line in lines))
        case "> ":
            return Block(kind="quote", text=chunk[2:])
    return Block(kind="paragraph", text=" ".join(lines))


def _picture(line: str, uploaded: datetime) -> Picture:
    """The image of a line such as `!404 strong anh 1.png | Đoàn kiểm tra trên tuyến đường`."""
    found = re.fullmatch(r"!(?:(404|html) )?(\w+) (.+?)\.png(?: \| (.+))?", line)
    if found is None or found[2] not in MANNERS or (found[4] is None) != (found[2] == "none"):
        raise ValueError(f"in the texts of the sample portal, this is no image line: {line!r}")
    folder = f"{UPLOADS}/quantritintuc{uploaded.year}{uploaded.month}"
    return Picture(
        src=f"{folder}/{quote(found[3])}{ticks(uploaded)}.png",
        manner=found[2],
        caption=found[4],
        fate=found[1] or "ok",
    )
