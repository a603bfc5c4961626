"""Fixity: the proof that what is kept is still what was written, over an archive's WARCs and its database.

Nothing is changed here and nothing is passed over in silence: a check goes on behind each fault and names them all.
"""

import contextlib
import hashlib
import logging
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

from attrs import frozen

from archive.errors import WarcFault
from archive.warc import cdxj
from archive.warc.files import MANIFEST, Manifest, is_held
from archive.warc.reading import OPEN, Member, members, parse, record_at, salvaged_url, sha1

logger = logging.getLogger(__name__)

_WARCS = "*.warc.gz"


@frozen(kw_only=True)
class Finding:
    """One thing that is not as it was written."""

    object: str
    """Name of the file, or of the table in the database."""

    offset: int | None = None
    """Where in that file; None when it is the whole file, or no file."""

    url: str | None = None
    """Which capture is hit; None when it is none, or cannot be told."""

    fault: str
    """What is wrong, in a sentence."""


def check_warcs(folder: Path, *, quick: bool = False) -> Iterator[Finding]:
    """Check every WARC of a folder; nothing found means that each is byte for byte what it was when it was closed.

    `quick` compares sizes and SHA-256 with the manifests only, which tells which file is hit but not which record. Files
    that a living crawl is writing are left out.
    """
    for warc in sorted(_names(folder)):
        path = folder / warc
        if not path.exists():
            yield Finding(object=warc, fault="its manifest or index is there, but the file itself is gone")
            continue
        try:
            yield from _file(path, quick=quick)
        except OSError as error:
            yield Finding(object=warc, fault=f"it cannot be read: {error.strerror}; check the disk")
    for path in sorted(folder.glob(_WARCS + OPEN)):
        if not is_held(path):
            yield Finding(object=path.name, fault="a crawl was cut short and left it open; the next crawl repairs it")


def check_database(connection: sqlite3.Connection, folder: Path) -> Iterator[Finding]:
    """Check the database in itself, and that the WARCs in `folder` hold the record of every capture.

    FTS5 checks its index only on a connection that may write and while nobody else does; otherwise a warning is logged.
    """
    for check in (_integrity, _foreign_keys, _full_text):
        try:
            yield from check(connection)
        except sqlite3.DatabaseError as error:
            yield Finding(object="archive.db", fault=f"the database cannot be read: {error}")
    try:
        yield from _warc_rows(connection, folder)
        yield from _captures(connection, folder)
    except sqlite3.DatabaseError as error:
        yield Finding(object="archive.db", fault=f"its captures cannot be read: {error}")


def _names(folder: Path) -> set[str]:
    """Every WARC there is or ought to be: whoever loses one seldom loses its manifest and index too."""
    found = {path.name for path in folder.glob(_WARCS)}
    for suffix in (MANIFEST, cdxj.SUFFIX):
        found |= {path.name.removesuffix(suffix) for path in folder.glob(_WARCS + suffix)}
    return {name for name in found if (folder / name).exists() or not (folder / (name + OPEN)).exists()}


def _file(path: Path, *, quick: bool) -> Iterator[Finding]:
    """One WARC against its manifest and, unless `quick`, against its own digests and its index."""
    manifest = None
    try:
        manifest = Manifest.load(path.with_name(path.name + MANIFEST))
        yield from _against(manifest, path)
    except WarcFault as fault:
        yield Finding(object=path.name + MANIFEST, fault=str(fault))
    if not quick:
        yield from _records(path, manifest)


def _against(manifest: Manifest, path: Path) -> Iterator[Finding]:
    """Size and SHA-256 of a file against its manifest."""
    size = path.stat().st_size
    if size != manifest.bytes:
        yield Finding(object=path.name, fault=f"it has {size} bytes, but was closed with {manifest.bytes}")
        return
    with path.open("rb") as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() != manifest.sha256:
            yield Finding(object=path.name, fault="its SHA-256 is not the one it was closed with")


@frozen(kw_only=True)
class _Index:
    """The CDXJ file of a WARC, as it lies on the disk."""

    lines: tuple[str, ...] | None
    """None when there is none, or none that can be read."""

    places: Mapping[str, cdxj.Place]
    """What each line says; lines that say nothing are missing."""

    @classmethod
    def load(cls, path: Path) -> "_Index":
        try:
            lines = tuple(path.read_text(encoding="utf-8").splitlines(keepends=True))
        except (OSError, UnicodeDecodeError):
            return cls(lines=None, places={})
        return cls(lines=lines, places={line: place for line in lines if (place := cdxj.place(line))})

    def urls(self) -> dict[int, str]:
        """The address of the record at each offset, and of the one that follows it: that is its request."""
        following = {place.offset + place.length: place.url for place in self.places.values()}
        return following | {place.offset: place.url for place in self.places.values()}


def _records(path: Path, manifest: Manifest | None) -> Iterator[Finding]:
    """Every record of a file against its own digests, then their number, then what the index says of them."""
    index = _Index.load(path.with_name(path.name + cdxj.SUFFIX))
    urls = index.urls()
    sound: set[str] = set()
    damaged: list[Member] = []
    count = 0
    for member in members(path):
        count += 1
        try:
            sound.add(_line(member, path.name))
        except WarcFault as fault:
            damaged.append(member)
            url = urls.get(member.offset) or salvaged_url(member.data)
            yield Finding(object=path.name, offset=member.offset, url=url, fault=str(fault))
    if manifest and not damaged and count != manifest.records:
        yield Finding(object=path.name, fault=f"it has {count} records, but was closed with {manifest.records}")
    yield from _indexed(path, index, sound - {""}, damaged)


def _line(member: Member, warc: str) -> str:
    """The index line of a whole record, empty for one that is not indexed; raises WarcFault for a damaged one."""
    if member.fault:
        raise WarcFault(member.fault, warc, member.offset)
    return cdxj.of(parse(member.data, warc, member.offset), member.length) or ""


def _indexed(path: Path, index: _Index, sound: set[str], damaged: list[Member]) -> Iterator[Finding]:
    """Where index and records do not say the same; damaged records have been named already."""
    name = path.name + cdxj.SUFFIX
    if index.lines is None:
        yield Finding(object=name, fault="the index is missing or cannot be read; bring it back from a copy")
        return
    if "".join(index.lines) != cdxj.ordered(index.lines):
        yield Finding(object=name, fault="its lines are not in order, or one stands there twice")
    size, reported = path.stat().st_size, {member.offset for member in damaged}
    for line in sorted(set(index.lines) - sound):
        place = index.places.get(line)
        if place is None:
            yield Finding(object=name, fault="a line of it cannot be read")
        elif place.offset not in reported:
            reported.add(place.offset)
            yield _disagreement(path, place, size, damaged)
    for place in filter(None, map(cdxj.place, sorted(sound - set(index.lines)))):
        if place.offset not in reported:
            yield Finding(object=name, offset=place.offset, url=place.url, fault="the record is missing from the index")


def _disagreement(path: Path, place: cdxj.Place, size: int, damaged: list[Member]) -> Finding:
    """What became of the record of an index line that no whole record bears out."""
    if place.offset >= size:
        name, fault = path.name, "the record is gone: the file ends before it"
    elif any(member.offset <= place.offset < member.offset + member.length for member in damaged):
        name, fault = path.name, "the record lies in a damaged stretch"
    else:
        name, fault = path.name + cdxj.SUFFIX, "its line does not say what the record there says"
    return Finding(object=name, offset=place.offset, url=place.url, fault=fault)


def _integrity(connection: sqlite3.Connection) -> Iterator[Finding]:
    for (result,) in connection.execute("PRAGMA integrity_check"):
        if result != "ok":
            yield Finding(object="archive.db", fault=f"the database is damaged: {result}")


def _foreign_keys(connection: sqlite3.Connection) -> Iterator[Finding]:
    for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        yield Finding(object=table, fault=f"row {row} refers to a row of {parent} that is not there")


def _full_text(connection: sqlite3.Connection) -> Iterator[Finding]:
    """FTS5's own check of its index, which it takes as a row to insert."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'article_fts'").fetchone():
        return
    outer = connection.in_transaction
    try:
        connection.execute("INSERT INTO article_fts(article_fts) VALUES ('integrity-check')")
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_CORRUPT:
            yield Finding(object="article_fts", fault=f"the full-text index is damaged: {error}; kyson rebuild search")
        else:
            logger.warning("the full-text index was not checked: %s", error)
    finally:
        if connection.in_transaction and not outer:
            connection.rollback()


def _warc_rows(connection: sqlite3.Connection, folder: Path) -> Iterator[Finding]:
    """Every row of `warc` against the file it is about."""
    for name, size, sha256, closed in connection.execute("SELECT name, bytes, sha256, closed FROM warc ORDER BY name"):
        path = folder / Path(name).name
        if not path.exists():
            if closed or not (folder / (path.name + OPEN)).exists():
                yield Finding(object=path.name, fault="the database knows this WARC, but there is no such file")
            continue
        if size is not None and size != path.stat().st_size:
            yield Finding(object=path.name, fault=f"it has {path.stat().st_size} bytes, the database says {size}")
        with contextlib.suppress(WarcFault):  # that a manifest cannot be read is for check_warcs to say
            if sha256 is not None and Manifest.load(path.with_name(path.name + MANIFEST)).sha256 != sha256:
                yield Finding(object=path.name, fault="the SHA-256 in its manifest is not the one in the database")


def _captures(connection: sqlite3.Connection, folder: Path) -> Iterator[Finding]:
    """Every row of `capture` against the record it points to."""
    rows = connection.execute(
        "SELECT warc.name, offset, length, digest, record_id, url.url FROM capture"
        " JOIN warc ON warc.id = warc_id JOIN url ON url.id = url_id ORDER BY warc.name, offset"
    )
    for warc, offset, length, digest, record_id, url in rows:
        try:
            record = record_at(folder, warc, offset, length)
        except WarcFault as fault:
            yield Finding(object=warc, offset=offset, url=url, fault=f"the record of a capture cannot be had: {fault}")
            continue
        if record.record_id != record_id:
            yield Finding(object=warc, offset=offset, url=url, fault=f"another record stands there than {record_id}")
        elif sha1(record.payload) != digest:
            yield Finding(object=warc, offset=offset, url=url, fault="the record's payload is not the one captured")
