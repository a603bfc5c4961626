"""What a page said, verbatim: the items that page objects give and normalisers take."""

from attrs import field, frozen
from lxml.etree import _Element as Element


@frozen(kw_only=True)
class ImageItem:
    """An image that stands outside the body, such as a lead picture in its own slot."""

    src: str
    alt: str | None = None
    caption: Element | None = None


@frozen(kw_only=True)
class AttachmentItem:
    """A file offered outside the body, such as the files of a document page."""

    href: str
    label: str | None = None


@frozen(kw_only=True)
class DateItem:
    """A date that stands elsewhere than in the article's own slot for it."""

    source: str
    """`list`, `meta`, `json_ld`, `microdata`, `feed`, as in `archive.records.DateEvidence`."""

    raw: str


@frozen(kw_only=True)
class ArticleItem:
    """One article as its page shows it: strings and elements as they stand, nothing cleaned, nothing guessed."""

    url: str | None
    """The canonical address of the article, as the CMS makes it; None when the page's own is unknown."""

    base_url: str | None = None
    """What relative addresses in `body` resolve against."""

    key: str | None = None
    """The CMS's own id of the article."""

    title: str = ""
    published_raw: str | None = None
    """The date as shown to readers."""

    other_dates: tuple[DateItem, ...] = field(default=())
    """Dates that its metadata, a list or a feed give: evidence, and kept for when none is shown."""

    lead: Element | None = None
    lead_images: tuple[ImageItem, ...] = field(default=())
    body: Element | None = None
    """What holds the text; of it only what stands inside counts. It may be the page's own: nobody changes it."""

    byline_raw: str | None = None
    """A byline in a slot of its own; those at the end of the body are found when normalising."""

    source_raw: str | None = None
    section: str | None = None
    attachments: tuple[AttachmentItem, ...] = field(default=())
    partial: str | None = None
    """Why the page was not read to its end; None when it was."""

    cms: str = ""
    """The page class that read it."""
