"""WARCs: each file against its manifest, each record against its digests, the index, and the database."""

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path

from attrs import frozen

from archive.errors import WarcFault
from archive.fixity.captured import Originals, difference, first_capture, is_captured, is_derived
from archive.fixity.database import CaptureRow, Said, TextRow, WarcRow
from archive.fixity.finding import Finding
from archive.fixity.repacked import unlike
from archive.store import DATABASE
from archive.warc import cdxj
from archive.warc.files import MANIFEST, Manifest, is_held
from archive.warc.members import Member, members, salvaged_url
from archive.warc.reading import OPEN, Record, parse

Rows = Mapping[int, CaptureRow | TextRow]
"""What lies in a WARC by the word of the database, by offset."""

_WARCS = "*.warc.gz"
_ROWLESS = "the database has no capture of it"
_TEXTLESS = "the database has no text of the file it was made of"
_UNNAMED = (
    "the database does not know it, nor what was captured in it: bring back the database that does, "
    "or make the archive again from its WARCs with `kyson reread --into NEW`"
)
_LEFT_OPEN = "a crawl was cut short and left it open; the next crawl closes it"


def check_warcs(
    folder: Path, connection: sqlite3.Connection | None = None, *, quick: bool = False
) -> Iterator[Finding]:
    """Check every WARC of a folder; nothing found means that each is byte for byte what it was when it was closed.

    With a `connection` to the archive's database, what that says of each WARC and of each capture in it is compared on
    the way. `quick` compares sizes and SHA-256 with the manifests only, which tells which file is hit but not which
    record. Files that a living crawl is writing are left out.
    """
    said = Said(connection)
    rows, originals = said.warcs(), Originals(folder)
    for warc in sorted(_names(folder) | set(rows)):
        row = rows.get(warc, WarcRow(captures=0))
        try:
            if connection and warc not in rows and (folder / warc).exists():
                yield from _unnamed(folder / warc, said)
            yield from _warc(folder / warc, row, said, originals, quick=quick)
        except OSError as error:
            yield Finding(object=warc, fault=f"it cannot be read: {error.strerror}; check the disk")
    if said.fault:
        yield Finding(object=DATABASE, fault=said.fault)


def _names(folder: Path) -> set[str]:
    """Every WARC there is or ought to be: whoever loses one seldom loses its manifest and index too."""
    suffixes = ("", OPEN, MANIFEST, cdxj.SUFFIX)
    return {path.name.removesuffix(suffix) for suffix in suffixes for path in folder.glob(_WARCS + suffix)}


def _warc(path: Path, row: WarcRow, said: Said, originals: Originals, *, quick: bool) -> Iterator[Finding]:
    """One WARC, as far as it is there."""
    rows: Rows = {} if quick else {**said.captures(row), **said.texts(row)}
    growing = path.with_name(path.name + OPEN)
    is_open = growing.exists()
    if is_open and not is_held(growing):
        yield Finding(object=growing.name, fault=_LEFT_OPEN, left_open=True)
        yield from _unclosed(growing, rows, originals)
    if path.exists():
        yield from _closed(path, row, rows, said, originals, quick=quick)
    elif not is_open:
        lost = f"; {_counted(row.captures, 'capture')} lay in it" if row.captures else ""
        yield Finding(object=path.name, fault=f"the file is gone{lost}; bring it back from a copy")


def _unnamed(path: Path, said: Said) -> Iterator[Finding]:
    """A closed WARC that no row names, unless nothing was captured in it, or its crawl died before it could write a row."""
    begun = first_capture(path)
    if begun is not None and not said.is_beside_a_death(begun) and not said.fault:
        yield Finding(object=path.name, fault=_UNNAMED)


def _closed(
    path: Path, row: WarcRow, rows: Rows, said: Said, originals: Originals, *, quick: bool
) -> Iterator[Finding]:
    """A WARC against manifest and database and, unless `quick`, each record against digests, index and rows."""
    manifest: Manifest | None = None
    whole: list[Finding] = []
    try:
        manifest = Manifest.load(path.with_name(path.name + MANIFEST))
        whole = list(_against(manifest, path)) or list(_as_stated(row, manifest, path))
    except WarcFault as fault:
        yield Finding(object=path.name + MANIFEST, fault=str(fault))
    if quick:
        yield from whole
        return
    # A crawl that was cut short, or goes on, may have left a record without its row.
    is_told = row.crawl in {"finished", "failed", "stopped"} and not row.is_cut_short
    found = _Found.read(path, rows, originals, said if is_told else None)
    if found.sound:
        records = list(_records(path, manifest, found))
        yield from whole
        yield from records
        if whole:
            yield from _unseen(path, manifest, found, {finding.offset for finding in records} - {None})
    else:
        number = manifest.records if manifest else len(found.damaged)
        lost = f"not one of its {_counted(number, 'record')} can be read; bring it back from a copy"
        yield Finding(object=path.name, fault=lost)


def _unseen(
    path: Path, manifest: Manifest | None, found: "_Found", reported: AbstractSet[int | None]
) -> Iterator[Finding]:
    """Where a file has changed without a damaged record, and without losing one that its index knows of; what was added."""
    size = path.stat().st_size
    if manifest and size < manifest.bytes:
        if not found.damaged and size not in reported:
            fault = "the file ends here, and what belongs to the record before it is gone"
            yield Finding(object=path.name, offset=size, url=found.last_url, fault=fault)
    elif manifest and size > manifest.bytes:
        for member in members(path, manifest.bytes):
            if member.offset not in reported:
                fault = "it stands behind the end that the file had when it was closed"
                yield Finding(object=path.name, offset=member.offset, url=salvaged_url(member.data), fault=fault)
    elif not reported:
        for offset, url in unlike(path):
            fault = "its gzip member is not the one that was written, though the record in it is whole"
            yield Finding(object=path.name, offset=offset, url=url, fault=fault)


def _against(manifest: Manifest, path: Path) -> Iterator[Finding]:
    """Size and SHA-256 of a file against its manifest."""
    size = path.stat().st_size
    if size != manifest.bytes:
        yield Finding(object=path.name, fault=f"it has {size} bytes, but was closed with {manifest.bytes}")
        return
    with path.open("rb") as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() != manifest.sha256:
            yield Finding(object=path.name, fault="its SHA-256 is not the one it was closed with")


def _as_stated(row: WarcRow, manifest: Manifest, path: Path) -> Iterator[Finding]:
    """A manifest against the database, which notices when a file was exchanged together with its manifest."""
    if row.bytes not in {None, manifest.bytes}:
        yield Finding(object=path.name, fault=f"it has {manifest.bytes} bytes, the database says {row.bytes}")
    if row.sha256 not in {None, manifest.sha256}:
        yield Finding(object=path.name, fault="the SHA-256 in its manifest is not the one in the database")


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


@frozen(kw_only=True)
class _Fault:
    """A member that is damaged, or does not hold what it should."""

    member: Member
    what: str
    near: str | None
    """The address it must be about, when a request stands before it: what is said of that follows it."""


@frozen(kw_only=True)
class _Found:
    """What stands in a WARC that was read from beginning to end."""

    members: int
    sound: frozenset[str]
    """The index lines of its whole records, and an empty one when some are not indexed."""

    damaged: tuple[Member, ...]
    faults: tuple[_Fault, ...]
    missed: tuple[CaptureRow | TextRow, ...]
    """What has a row, and at whose place no whole record begins."""

    last_url: str | None
    """The address of the last whole record."""

    @classmethod
    def read(cls, path: Path, rows: Rows, originals: Originals, said: Said | None = None) -> "_Found":
        """Read each record once, and compare it with its digests and the capture or text that should lie there.

        said: what the database says, where it has to know every response; else None.
        """
        sound, damaged, faults, missed, count = set[str](), [], [], dict(rows), 0
        url: str | None = None
        near: str | None = None
        rowless: tuple[Member, Record] | None = None
        for member in members(path):
            count += 1
            try:
                record = _record(member, path.name.removesuffix(OPEN))
            except WarcFault as fault:
                damaged.append(member)
                faults.append(_Fault(member=member, what=str(fault), near=near))
                near = None
                continue
            sound.add(cdxj.of(record, member.length) or "")
            row = missed.pop(member.offset, None)
            if row or record.type == "revisit":
                payload = originals.payload(record)
                unlike_row = difference(record, member.length, payload, row)
                if wrong := unlike_row or (payload if isinstance(payload, str) else None):
                    faults.append(_Fault(member=member, what=wrong, near=None))
            if record.type in {"response", "revisit", "conversion"}:
                rowless = None if row else (member, record)
            elif said and rowless and (lacking := _lacking(rowless[1], record, said)):
                faults.append(_Fault(member=rowless[0], what=lacking, near=None))
                rowless = None
            url, near = record.url, record.url if record.type == "request" else None
        return cls(
            members=count,
            sound=frozenset(sound),
            damaged=tuple(damaged),
            faults=tuple(faults),
            missed=tuple(missed.values()),
            last_url=url,
        )


def _lacking(rowless: Record, about: Record, said: Said) -> str | None:
    """What the database should have of a record without a row, by the metadata record that follows; None for nothing.

    Of a file that was derived twice, since a crawl was killed in between, it has one text.
    """
    if rowless.type != "conversion":
        return _ROWLESS if is_captured(rowless, about) else None
    if not is_derived(rowless, about) or said.has_text(rowless.header("WARC-Refers-To")):
        return None
    return _TEXTLESS


def _record(member: Member, warc: str) -> Record:
    """The record of a whole member; raises WarcFault for a damaged one."""
    if member.fault:
        raise WarcFault(member.fault, warc, member.offset)
    return parse(member.data, warc, member.offset)


def _records(path: Path, manifest: Manifest | None, found: _Found) -> Iterator[Finding]:
    """What is wrong with the records, with their number, with the index, and with captures; each place once."""
    index = _Index.load(path.with_name(path.name + cdxj.SUFFIX))
    urls = index.urls()
    reported = {fault.member.offset for fault in found.faults}
    for fault in found.faults:
        url = urls.get(fault.member.offset) or fault.near or salvaged_url(fault.member.data)
        yield Finding(object=path.name, offset=fault.member.offset, url=url, fault=fault.what)
    if manifest and not found.damaged and found.members != manifest.records:
        number = f"it has {found.members} records, but was closed with {manifest.records}"
        yield Finding(object=path.name, fault=number)
    for finding in _indexed(path, index, found):
        if finding.offset is None:
            yield finding
        elif finding.offset not in reported:
            reported.add(finding.offset)
            yield finding
    yield from (finding for finding in _missed(path, found) if finding.offset not in reported)


def _unclosed(path: Path, rows: Rows, originals: Originals) -> Iterator[Finding]:
    """The captures and texts of a WARC that was left open; that it may break off in the middle of a record is no fault."""
    if not rows:
        return
    found = _Found.read(path, rows, originals)
    for fault in found.faults:
        if (member := fault.member) not in found.damaged:
            yield Finding(object=path.name, offset=member.offset, url=salvaged_url(member.data), fault=fault.what)
    yield from _missed(path, found)


def _missed(path: Path, found: _Found) -> Iterator[Finding]:
    """The captures and texts for which there is no record."""
    size = path.stat().st_size
    for row in sorted(found.missed, key=lambda row: row.offset):
        what = "text" if isinstance(row, TextRow) else "capture"
        fault = _fate(row.offset, size, found.damaged) or f"no record of a {what} begins there"
        yield Finding(object=path.name, offset=row.offset, url=row.url, fault=fault)


def _indexed(path: Path, index: _Index, found: _Found) -> Iterator[Finding]:
    """Where index and records do not say the same."""
    name = path.name + cdxj.SUFFIX
    if index.lines is None:
        yield Finding(object=name, fault="the index is missing or cannot be read; bring it back from a copy")
        return
    if "".join(index.lines) != cdxj.ordered(index.lines):
        yield Finding(object=name, fault="its lines are not in order, or one stands there twice")
    size, sound = path.stat().st_size, found.sound - {""}
    for line in sorted(set(index.lines) - sound):
        place = index.places.get(line)
        if place is None:
            yield Finding(object=name, fault="a line of it cannot be read")
        elif fate := _fate(place.offset, size, found.damaged):
            yield Finding(object=path.name, offset=place.offset, url=place.url, fault=fate)
        else:
            fault = "its line does not say what the record there says"
            yield Finding(object=name, offset=place.offset, url=place.url, fault=fault)
    for place in filter(None, map(cdxj.place, sorted(sound - set(index.lines)))):
        yield Finding(object=name, offset=place.offset, url=place.url, fault="the record is missing from the index")


def _fate(offset: int, size: int, damaged: tuple[Member, ...]) -> str | None:
    """What became of the record that began at an offset; None when nothing there is damaged."""
    if offset >= size:
        return "the record is gone: the file ends before it"
    if any(member.offset <= offset < member.offset + member.length for member in damaged):
        return "the record lies in a damaged stretch"
    return None


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")
