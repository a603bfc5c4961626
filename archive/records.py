"""What the archive holds, as frozen records: an article with its blocks, images and attachments, and its captures."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import field, fields, frozen


@frozen(kw_only=True)
class Block:
    """One piece of an article's body, in reading order."""

    kind: str
    """`paragraph`, `heading`, `list`, `table`, `quote`, `figure` or `video`; an open list, so expect others."""

    text: str = ""
    """What a reader reads: for a list its items, for a table its rows, one a line; empty for a figure and a video."""

    level: int | None = None
    """1 to 6 for a heading, None otherwise."""

    items: tuple[str, ...] = ()
    """The items of a list."""

    rows: tuple[tuple[str, ...], ...] = ()
    """The cells of a table, row by row."""

    image: int | None = None
    """For a figure the index of its image in `Article.images`."""

    src: str | None = None
    """For a video its address, or that of the player that shows it; absolute when the page's own address was known."""

    caption: str | None = None
    """The text printed for a video, credit included; None when there is none, and for all other blocks."""

    credit: str | None = None
    """Who filmed a video, as its caption says."""


@frozen(kw_only=True)
class Image:
    """One image of an article, where it stands, and what is printed for it."""

    src: str
    """Absolute address when the page's own address was known, else as written."""

    caption: str | None = None
    """The text printed for this image, credit included; None when there is none. Never a boilerplate alt text."""

    credit: str | None = None
    """The photographer or agency named in the caption."""

    alt: str | None = None
    """The alt text as written; often a constant of the CMS."""

    caption_source: str | None = None
    """How the caption was found: `figcaption`, `next_block`, `table_cell`, …; None without a caption."""


@frozen(kw_only=True)
class Attachment:
    """A file offered for download with an article."""

    href: str
    """Absolute address when the page's own address was known, else as written."""

    label: str | None = None
    """The text of the link."""


@frozen(kw_only=True)
class DateEvidence:
    """Something besides the shown date that says when an article was published."""

    source: str
    """Where it stands: `list`, `meta`, `json_ld`, `microdata`, `feed`, `url`, `upload`; expect others."""

    raw: str
    """As written there; for an upload the name of the file."""

    value: str | None = None
    """The same in ISO 8601, as much of it as can be trusted; None when it cannot be read."""

    def contradicts(self, published: str | None) -> bool:
        """Whether it says another day than `published`, or another month where it names no day.

        A file uploaded on an earlier day contradicts nothing: pictures are older than what is written under them.
        """
        if self.value is None or published is None:
            return False
        told = min(len(self.value), len(published), 10)
        here, there = self.value[:told], published[:told]
        return here > there if self.source == "upload" else here != there


@frozen(kw_only=True)
class Article:
    """One article as a reader saw it: text is NFC, entities decoded, white space collapsed, spelling kept."""

    portal: str | None = None
    """Slug of the portal; None when a single page was read outside of any portal."""

    key: str | None = None
    """What the portal itself calls the article (its id in the CMS), stable over all its addresses."""

    url: str | None = None
    """The canonical address of the article; None when unknown."""

    title: str = ""
    lead: str | None = None
    """The paragraph set apart above the body (sapo); not repeated in `blocks`."""

    byline: str | None = None
    """Who signed the article; None when only an account of the CMS is shown."""

    source: str | None = None
    """Where the article says it was taken from."""

    published: str | None = None
    """The shown date, ISO 8601, as much of it as is known; with a time it carries +07:00."""

    published_raw: str | None = None
    """The date as printed."""

    published_source: str | None = None
    """Where the date was found: `page`, else as in `DateEvidence.source`; None without a date."""

    published_evidence: tuple[DateEvidence, ...] = ()
    """What else says when it was published, hidden from readers as a rule; never the date in `published` itself."""

    section: str | None = None
    language: str | None = None
    """BCP 47 tag, read from the text rather than from the page's claim; None when it cannot be told."""

    blocks: tuple[Block, ...] = ()
    images: tuple[Image, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    extractor: str = ""
    """Which reader made this, with its version: `kyson-crawler/0.1.0 vnportal`."""

    partial: str | None = None
    """Why this may not be the whole article, in a few words; None when nothing says so. It is of the reading, not kept."""

    @property
    def ref(self) -> str | None:
        """The permanent name of the article, `portal/key`; None outside of a portal."""
        return f"{self.portal}/{self.key}" if self.portal and self.key else None

    @property
    def published_conflict(self) -> bool:
        """Whether some of the evidence says that it was published on another day."""
        return any(evidence.contradicts(self.published) for evidence in self.published_evidence)

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The running text, one string a paragraph, heading, quotation or list item; no tables, no captions."""
        texts: list[str] = []
        for block in self.blocks:
            if block.kind == "list":
                texts.extend(block.items)
            elif block.kind not in {"figure", "video", "table"} and block.text:
                texts.append(block.text)
        return tuple(texts)

    def to_json(self) -> dict[str, Any]:
        """The article as the promised JSON object (see docs/json.md), without version and capture."""
        return {
            "ref": self.ref,
            "url": self.url,
            "portal": self.portal,
            "title": self.title,
            "lead": self.lead,
            "byline": self.byline,
            "source": self.source,
            "published": self.published,
            "published_raw": self.published_raw,
            "published_source": self.published_source,
            "published_conflict": self.published_conflict,
            "published_evidence": [_fields(evidence) for evidence in self.published_evidence],
            "section": self.section,
            "language": self.language,
            "paragraphs": list(self.paragraphs),
            "blocks": [_without_empty(block) for block in self.blocks],
            "images": [_fields(image) for image in self.images],
            "attachments": [_fields(attachment) for attachment in self.attachments],
            "mentions": [],  # promised, so that readers may rely on the key; none are recognised yet
            "extractor": self.extractor,
            "partial": self.partial,
        }


def _fields(record: Any) -> dict[str, Any]:
    """The fields of a record that holds no other records: what `asdict` gives, without looking for others in them."""
    return {field.name: getattr(record, field.name) for field in fields(type(record))}


def _without_empty(block: Block) -> dict[str, Any]:
    """A block as JSON: kind and text always, the rest where it says something."""
    kept = {name: value for name, value in _fields(block).items() if value not in (None, ())}
    return {"kind": block.kind, "text": block.text} | kept


@frozen(kw_only=True)
class Capture:
    """One recorded response: what a server sent, when, and where its bytes lie."""

    url: str
    """The address as asked for, never canonicalised."""

    time: datetime
    """When the request was sent; aware, UTC."""

    status: int
    """HTTP status code."""

    method: str = "GET"
    mime: str | None = None
    """The media type the server named, lower case, without parameters."""

    digest: str
    """`sha1:` and base32 over the payload (transfer coding undone, content coding not), as in WARC-Payload-Digest."""

    sha256: str
    """Hex SHA-256 over the same payload."""

    bytes: int
    """Length of the payload."""

    warc: str
    """Name of the WARC file, without folder."""

    offset: int
    """Where the record's gzip member begins in that file."""

    length: int
    """How long that member is."""

    record_id: str
    """WARC-Record-ID, `<urn:uuid:…>`."""

    redirect_to: str | None = None
    """The absolute target of a redirect."""

    truncated: str | None = None
    """Why the response is not whole, in the words of WARC-Truncated; None when it is."""

    revisit_of: str | None = None
    """WARC-Record-ID of the capture whose record holds the payload, which came again; None when this one does."""

    not_modified: bool = False
    """Whether the server said no more than that: then status, media type, digests and size are those of the other one."""

    etag: str | None = None
    """The validator that the server gave to what it sent, in its own letters (RFC 9110, section 8.8.3)."""

    last_modified: str | None = None
    """When that had changed last, in the server's own letters (RFC 9110, section 8.8.2)."""

    def to_json(self) -> dict[str, Any]:
        """The capture as it stands in the JSON of an article."""
        return {
            "url": self.url,
            "time": self.time.isoformat().replace("+00:00", "Z"),
            "warc": self.warc,
            "offset": self.offset,
            "digest": self.digest,
        }


@frozen(kw_only=True)
class Embed:
    """What became of an image or attachment that an article embeds, for one capture of that article."""

    url: str
    status: str
    """`waiting` while the crawl has not come to it, `ok`, or `missing`."""

    reason: str | None = None
    """Why it is missing: `HTTP 404`, `out of scope: …`, `cannot resolve …`."""

    digest: str | None = None
    """Payload digest of the bytes that were captured."""

    warc: str | None = None
    offset: int | None = None
    text: str | None = None
    """What the file says, line by line; None when nothing was derived of it, or nothing that is kept."""

    text_reason: str | None = None
    """Why there is no text; None when there is, and when nothing was derived."""


@frozen(kw_only=True)
class Version:
    """A run of captures of one article with the same content."""

    n: int
    """Ordinal, from 1; for eyes only: a recovered older capture can shift it. `REF@TIME` is permanent."""

    since: datetime
    """Time of the first capture that showed it; aware, UTC."""

    until: datetime
    """Time of the last capture that showed it; aware, UTC."""

    content_digest: str
    captures: int
    """How many captures showed it."""

    def to_json(self) -> dict[str, Any]:
        """The version as it stands in the JSON of an article."""
        return {
            "n": self.n,
            "since": self.since.isoformat().replace("+00:00", "Z"),
            "until": self.until.isoformat().replace("+00:00", "Z"),
            "content_digest": self.content_digest,
        }


@frozen(kw_only=True)
class Missing:
    """An article at whose address nothing stood any more when it was asked for last."""

    last_seen: datetime
    """Time of its latest capture; aware, UTC."""

    since: datetime
    """When that was found first; aware, UTC."""

    days: int
    """On how many days it was found."""

    reason: str
    """What the server answered the last time."""

    is_gone: bool
    """Whether that was on days enough to say so."""


@frozen(kw_only=True)
class Kept:
    """An article as the archive keeps it: what was read, which version it is, and from which capture."""

    article: Article
    version: Version
    versions: int
    """How many versions the article has in all."""

    capture: Capture
    """The latest capture that showed this version."""

    embeds: Mapping[str, Embed] = field(factory=dict)
    """What became of each image and attachment, by address."""

    def to_json(self) -> dict[str, Any]:
        """The article as the promised JSON object (see docs/json.md), whole."""
        whole = self.article.to_json()
        for entry in whole["images"]:
            entry.update(_fate(self.embeds.get(entry["src"])))
        for entry in whole["attachments"]:
            embed = self.embeds.get(entry["href"])
            entry.update(_fate(embed))
            entry.update(text=embed and embed.text, text_reason=embed and embed.text_reason)
        if self.capture.truncated:
            whole["partial"] = f"its capture is not whole (WARC-Truncated: {self.capture.truncated})"
        return whole | {"version": self.version.to_json(), "capture": self.capture.to_json()}


def _fate(embed: Embed | None) -> dict[str, Any]:
    """What the JSON of an image or attachment says about its bytes."""
    if embed is None:
        return {"status": "missing", "reason": "not asked for", "digest": None}
    return {"status": embed.status, "reason": embed.reason, "digest": embed.digest}
