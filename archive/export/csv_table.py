"""A table for spreadsheets: CSV by RFC 4180 with a byte order mark, so that Excel reads its Vietnamese as UTF-8.

A cell that a spreadsheet would take for a formula, because it begins with = + - @, a tab or a carriage return, gets an
apostrophe in front; whoever reads the file with a program takes it away, or exports jsonl. Images stand one a line, as
`caption <address>`; videos and attachments likewise. Control characters, and those that turn the direction of writing or show
nothing at all, are left out.
"""

import csv
import io
import re
from pathlib import Path

from archive.export.target import opened
from archive.query import Selection
from archive.records import Kept
from archive.store import Archive
from archive.unseen import UNSEEN

COLUMNS = (
    "ref",
    "title",
    "lead",
    "byline",
    "source",
    "published",
    "published_raw",
    "section",
    "portal",
    "url",
    "text",
    "images",
    "videos",
    "attachments",
    "versions",
    "captured",
    "content_digest",
)

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f" + UNSEEN + "]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write(archive: Archive, selection: Selection, target: Path, replace: bool = False) -> int:
    """Write the selected articles, one a row; gives their number."""
    count = 0
    with opened(target, archive=archive.folder, replace=replace) as stream:
        stream.write("\ufeff".encode() + _line(COLUMNS))
        for kept in archive.articles(selection):
            stream.write(_line(_cells(kept)))
            count += 1
    return count


def _cells(kept: Kept) -> tuple[str, ...]:
    """An article as a row, in the order of `COLUMNS`."""
    article = kept.article
    return (
        article.ref or "",
        article.title,
        article.lead or "",
        article.byline or "",
        article.source or "",
        article.published or "",
        article.published_raw or "",
        article.section or "",
        article.portal or "",
        article.url or "",
        "\n\n".join(article.paragraphs),
        "\n".join(_named(image.caption, image.src) for image in article.images),
        "\n".join(_named(block.caption, block.src) for block in article.blocks if block.src),
        "\n".join(_named(attachment.label, attachment.href) for attachment in article.attachments),
        str(kept.versions),
        kept.capture.time.isoformat().replace("+00:00", "Z"),
        kept.version.content_digest,
    )


def _named(name: str | None, address: str) -> str:
    return f"{name} <{address}>" if name else f"<{address}>"


def _line(cells: tuple[str, ...]) -> bytes:
    row = io.StringIO()
    csv.writer(row, lineterminator="\r\n").writerow([_harmless(cell) for cell in cells])
    return row.getvalue().encode()


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet computes, without characters that control or deceive; line ends and tabs stay."""
    text = _CONTROL.sub("", cell)
    return f"'{text}" if text.startswith(_FORMULA) else text
