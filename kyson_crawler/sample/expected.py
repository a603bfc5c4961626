"""What a reader finds on the sample portal, said from the same source as its pages, to compare a crawl with."""

from functools import cache

from attrs import frozen

from kyson_crawler.sample.source import HOST, Story, said, stories


@frozen(kw_only=True)
class Expected:
    """One article as a perfect reader would read it."""

    id: str
    section: str
    """The section's name as printed."""

    url: str
    """The canonical address."""

    title: str
    published: str
    """ISO 8601 to the minute, with +07:00."""

    lead: str | None
    byline: str | None
    """The line as printed, with a label such as "Bài và ảnh:" where it has one."""

    source: str | None
    """The line that says where it was taken from, as printed."""

    paragraphs: tuple[str, ...]
    """Paragraphs, headings, quotations and list items; no tables, no captions, no byline."""

    images: tuple[tuple[str, str | None], ...]
    """Address and printed caption of each image of the body, whether or not its file can be had."""

    missing: tuple[str, ...]
    """Those of the image addresses that give no image: 404, or a page."""

    attachments: tuple[tuple[str, str], ...]
    """Address and label of each attachment."""


@cache
def expected(edition: int) -> tuple[Expected, ...]:
    """All articles of an edition, newest first."""
    return tuple(_expected(story) for story in stories(edition))


def _expected(story: Story) -> Expected:
    return Expected(
        id=story.id,
        section=story.section_name,
        url=f"http://{HOST}{story.path}",
        title=story.title,
        published=story.published.isoformat(),
        lead=said(story.lead) or None,
        byline=story.byline or None,
        source=f"Nguồn: {story.source}" if story.source else None,
        paragraphs=_paragraphs(story),
        images=tuple((picture.src, picture.caption) for picture in story.pictures),
        missing=tuple(picture.src for picture in story.pictures if picture.fate != "ok"),
        attachments=tuple((file.href, file.label or "") for file in story.document.files) if story.document else (),
    )


def _paragraphs(story: Story) -> tuple[str, ...]:
    texts: list[str] = []
    for block in story.blocks:
        if block.kind == "list":
            texts.extend(said(item) for item in block.items)
        elif block.text:
            texts.append(said(block.text))
    return tuple(texts)
