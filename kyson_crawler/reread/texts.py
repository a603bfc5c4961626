"""Texts of captured files: derived where none was, or taken from the WARCs that hold them already."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from attrs import frozen

from archive import crawls, texts
from archive.derived import Derived
from archive.errors import WarcFault
from archive.store import Archive
from archive.texts import File, Place
from archive.warc import Record, WarcWriter, record_at, repair
from archive.warc.reading import FIELDS
from kyson_crawler import __version__
from kyson_crawler.derive import derive
from kyson_crawler.normalise import pdf_text
from kyson_crawler.pool import Pool
from kyson_crawler.reread.report import Unreadable

# -- derived ---------------------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class _Task:
    """One file, for one process."""

    warcs: Path
    file: File


def derive_all(
    archive: Archive, slug: str, pool: Pool, *, dry_run: bool, watch: Callable[[], None]
) -> tuple[Counter[str], list[Unreadable]]:
    """Derive the text of each file of a portal of which nothing was derived yet: what came of it, and what cannot be read back.

    Counted are those `kept`, those with `none`, and those `left`, for want of the library. `watch` is called after each.
    """
    counts, unreadable = Counter[str](), list[Unreadable]()
    files = texts.underived(archive.connection, slug)
    if not pdf_text.is_there():
        counts["left"] = len(files)
        return counts, unreadable
    warcs = archive.folder / "warc"
    with ExitStack() as at_the_end:
        if files and not dry_run:
            repair(warcs)
            at_the_end.callback(_close_warcs, archive)
            writer = at_the_end.enter_context(WarcWriter(warcs, slug, info=_info(slug)))
        for task, made in pool.in_order(_derive, (_Task(warcs=warcs, file=file) for file in files)):
            file = task.file
            if isinstance(made, str):
                unreadable.append(Unreadable(warc=file.warc, offset=file.offset, url=file.url, fault=made))
                continue
            counts["kept" if made.text is not None else "none"] += 1
            if not dry_run:
                with archive.together():
                    now = datetime.now(UTC)
                    texts.keep(archive.connection, file, made, time=now, writer=writer, crawl_id=None)
            watch()
    return counts, unreadable


def _derive(task: _Task) -> Derived | str:
    """What is derived of a file, in whatever process this runs, or why it cannot be read back."""
    try:
        return asyncio.run(derive(task.warcs, task.file))
    except (WarcFault, OSError) as fault:
        return str(fault)


def _info(slug: str) -> dict[str, str]:
    """The fields of the warcinfo record of a WARC that no crawl wrote."""
    return {
        "software": f"kyson-crawler/{__version__}",
        "isPartOf": slug,
        "description": f"Texts derived from captured files of the portal {slug}",
    }


def _close_warcs(archive: Archive) -> None:
    with archive.together():
        crawls.close_warcs(archive.connection, archive.folder / "warc")


# -- taken from WARCs ------------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Told:
    """What a WARC of ours says of the text of a file."""

    warc: str
    of: str
    """WARC-Record-ID of the file."""

    url: str | None
    time: datetime
    software: str
    reason: str | None
    """Why there is no text; None when there is."""

    offset: int
    """Of the conversion record, else of the one that says why there is none."""

    length: int
    record_id: str


def told(about: Record, length: int, before: tuple[Record, int] | None) -> Told | None:
    """What a metadata record says of the text of a file, with the conversion before it; None when it says nothing of one.

    length: of the gzip member of `about`. before: the conversion record that was met last, and the length of its member.
    """
    refers_to = about.header("WARC-Refers-To")
    if about.type != "metadata" or about.header("Content-Type") != FIELDS or refers_to is None:
        return None
    fields = dict(line.split(": ", 1) for line in about.payload.decode("utf-8", "replace").splitlines() if ": " in line)
    software, reason = fields.get(texts.SOFTWARE, ""), fields.get(texts.NO_TEXT)
    if not software.startswith("kyson-crawler/"):
        return None
    if reason is None:
        if before is None or before[0].record_id != refers_to:
            return None
        record, length = before
        refers_to = record.header("WARC-Refers-To") or ""
    else:
        record = about
    return Told(
        warc=record.warc,
        of=refers_to,
        url=record.url,
        time=record.time,
        software=software,
        reason=reason,
        offset=record.offset,
        length=length,
        record_id=record.record_id,
    )


def take(archive: Archive, said: Iterable[Told], *, is_whole: bool) -> tuple[int, list[Unreadable]]:
    """Keep what WARCs say of the texts of files, which lie in the archive already; how much, and what cannot be taken.

    is_whole: whether every capture of the WARCs is in the archive, so that a text of none is a fault.
    """
    count, unreadable = 0, list[Unreadable]()
    for each in said:
        try:
            file = texts.captured(archive.connection, each.of)
            if file is not None:
                count += _taken(archive, each, *file)
            elif is_whole:
                raise WarcFault("the file that it was made of is in none of these WARCs")
        except WarcFault as fault:
            unreadable.append(Unreadable(warc=each.warc, offset=each.offset, url=each.url, fault=str(fault)))
    _close_warcs(archive)
    return count, unreadable


def _taken(archive: Archive, each: Told, capture_id: int, digest: str) -> bool:
    text, place = None, None
    if each.reason is None:
        record = record_at(archive.folder / "warc", each.warc, each.offset, each.length)
        text = record.payload.decode("utf-8", "replace")
        place = Place(warc=each.warc, offset=each.offset, length=each.length, record_id=each.record_id)
    made = Derived(text=text, reason=each.reason, software=each.software)
    return texts.put(archive.connection, capture_id, digest, made, time=each.time, place=place)
