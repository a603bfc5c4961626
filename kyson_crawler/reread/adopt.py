"""The WARCs of an archive, or anybody's, taken into a new one: linked where they lie on one disk, else copied.

A capture is read at its offset, so records must be compressed one by one. Files that are not (plain WARCs, ARCs of before
2009, one gzip around all) are read by warcio, which knows all of these, and written anew.
"""

import gzip
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from attrs import frozen

from archive.errors import WarcFault
from archive.warc import cdxj
from archive.warc.files import MANIFEST
from archive.warc.members import RECORD_LIMIT, members
from archive.warc.reading import OPEN, parse
from kyson_crawler.reread.report import Unreadable

_KINDS = (".warc.gz", ".warc", ".arc.gz", ".arc")
_OURS = ".warc.gz"


@frozen(kw_only=True)
class Adopted:
    """One file."""

    source: Path
    path: Path | None
    """Where it lies now; None when nothing in it could be read."""

    unreadable: tuple[Unreadable, ...] = ()


def warcs(folder: Path) -> set[str]:
    """The names of the WARCs and ARCs in a folder, of any kind; empty where there is no folder."""
    found = (path.name for path in folder.iterdir()) if folder.is_dir() else iter(())
    return {name for name in found if name.endswith((*_KINDS, _OURS + OPEN))}


def adopt(source: Path, into: Path) -> Iterator[Adopted]:
    """Take every WARC of a folder into another one, in the order of their names; those taken before are left as they are."""
    names = warcs(source)
    for name in sorted(names):
        path = source / name
        if name.endswith(OPEN):
            fault = (
                "it was left open by a crawl that goes on, or was cut short: the next crawl closes it, then read again"
            )
            yield Adopted(source=path, path=None, unreadable=(_whole_file(path, fault),))
        else:
            kind = next(kind for kind in _KINDS if name.endswith(kind))
            target = into / (name.removesuffix(kind) + _OURS)
            if target.name != name and target.name in names:
                fault = f"{target.name} is there too, and this file would get the same name: give it another one"
                yield Adopted(source=path, path=None, unreadable=(_whole_file(path, fault),))
            elif kind == _OURS and _is_parted(path):
                for suffix in (cdxj.SUFFIX, MANIFEST, ""):
                    _take(path.with_name(name + suffix), into / (name + suffix))
                yield Adopted(source=path, path=target)
            else:
                yield _written_anew(path, target)


def _is_parted(path: Path) -> bool:
    """Whether the first record of a file, or the first that is whole, is a gzip member of its own."""
    for member in members(path):
        if member.fault is None:
            try:
                parse(member.data, path.name, member.offset, is_ours=False)
            except WarcFault:
                return False
            return True
    return False


def _take(path: Path, target: Path) -> None:
    """Let a file be in another folder too, under its name only when it is whole."""
    if target.exists() or not path.exists():
        return
    partial = target.with_name(target.name + ".tmp")
    partial.unlink(missing_ok=True)
    try:
        os.link(path, partial)
    except OSError:  # another disk, or one that knows no links
        shutil.copyfile(path, partial)
    partial.replace(target)


def _written_anew(path: Path, target: Path) -> Adopted:
    """A file whose records warcio can read, each compressed by itself."""
    if target.exists():
        return Adopted(source=path, path=target)
    partial = target.with_name(target.name + ".tmp")
    try:
        faults = _rewrite(path, partial)
        if partial.stat().st_size == 0:
            return Adopted(source=path, path=None, unreadable=faults or (_whole_file(path, "it holds no record"),))
        partial.replace(target)
        return Adopted(source=path, path=target, unreadable=faults)
    finally:
        partial.unlink(missing_ok=True)


def _rewrite(path: Path, target: Path) -> tuple[Unreadable, ...]:
    """Pack each record of a file by itself, its block byte for byte as it was."""
    from warcio.archiveiterator import ArchiveIterator  # noqa: PLC0415  for odd files only

    faults: list[Unreadable] = []
    with _plain(path) as stream, target.open("wb") as out:
        found: Any = ArchiveIterator(stream, no_record_parse=True, arc2warc=True)
        try:
            for record in found:
                block = record.raw_stream.read(RECORD_LIMIT + 1)
                if len(block) > RECORD_LIMIT:
                    faults.append(_too_large(path, found.get_record_offset(), record.rec_headers))
                else:
                    out.write(_packed(record, block))
        except Exception as error:  # noqa: BLE001  warcio fails in many ways over what is no WARC
            if not out.tell():
                return (*faults, _whole_file(path, f"it cannot be read as a WARC or ARC: {error}"))
            faults.append(Unreadable(warc=path.name, offset=found.offset, url=None, fault=f"it breaks off: {error}"))
    return tuple(faults)


def _too_large(path: Path, offset: int, headers: Any) -> Unreadable:
    fault = f"the record has more than {RECORD_LIMIT:,} bytes, and such are not read"
    return Unreadable(warc=path.name, offset=offset, url=headers.get_header("WARC-Target-URI"), fault=fault)


def _packed(record: Any, block: bytes) -> bytes:
    """One record as a gzip member of its own."""
    # Of the record that begins an ARC warcio has read the block already.
    known = {"Content-Length": str(len(block))} if record.rec_type == "warcinfo" else {}
    lines = [f"{name}: {known.get(name, value)}" for name, value in record.rec_headers.headers]
    head = "\r\n".join([record.rec_headers.protocol, *lines]).encode("utf-8", "replace")
    return gzip.compress(head + b"\r\n\r\n" + block + b"\r\n\r\n", mtime=0)


def _plain(path: Path) -> BinaryIO:
    """A file as it is, or without the gzip around it, whatever that was put around."""
    with path.open("rb") as stream:
        is_packed = stream.read(2) == b"\x1f\x8b"
    return cast("BinaryIO", gzip.open(path)) if is_packed else path.open("rb")


def _whole_file(path: Path, fault: str) -> Unreadable:
    return Unreadable(warc=path.name, offset=None, url=None, fault=fault)
