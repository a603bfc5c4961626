"""How a WARC and what stands beside it come to lie on the disk, so that a crash at any moment can be mended.

While it is written a WARC bears the suffix `.open` and an flock. Its index `.cdxj` and its manifest `.json` are in
place before the suffix goes: so a WARC under its final name is complete, and one with the suffix but no lock was left by
a crash.
"""

import contextlib
import fcntl
import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, TextIO

from attrs import asdict, frozen

from archive.errors import WarcFault
from archive.stroke import sync_folder
from archive.warc import cdxj
from archive.warc.reading import OPEN

MANIFEST = ".json"


@frozen(kw_only=True)
class Manifest:
    """What a WARC was when it was closed: the only way to notice a cut exactly between two records."""

    name: str
    bytes: int
    records: int
    """How many records of any type, warcinfo and requests included."""

    sha256: str
    """Hex, over the whole file."""

    closed: str
    """ISO 8601, UTC."""

    @classmethod
    def load(cls, path: Path) -> "Manifest":
        """Read a manifest; raises WarcFault when it is none, or that of another file."""
        try:
            found = cls(**json.loads(path.read_bytes()))
        except (OSError, ValueError, TypeError, RecursionError) as error:
            raise _no_manifest(path, str(error)) from error
        numbers, texts = (found.bytes, found.records), (found.name, found.sha256, found.closed)
        if not all(type(number) is int and number >= 0 for number in numbers):
            raise _no_manifest(path, "its numbers are none")
        if not all(isinstance(text, str) for text in texts):
            raise _no_manifest(path, "its texts are none")
        if found.name + MANIFEST != path.name:
            raise _no_manifest(path, f"it is that of {found.name!r}")
        return found


class GrowingWarc:
    """One WARC while it is being written: held by a lock, hashed as it grows."""

    def __init__(self, folder: Path, name: str, descriptor: int, index: TextIO) -> None:
        self.name = name
        self.bytes = 0
        self._folder = folder
        self._descriptor = descriptor
        self._index = index
        self._records = 0
        self._sha256 = hashlib.sha256()

    @classmethod
    def create(cls, folder: Path, name: str) -> "GrowingWarc | None":
        """Begin a file and hold its lock; None when the name is taken. Raises WarcFault when the disk refuses."""
        path = folder / (name + OPEN)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        except FileExistsError:
            return None
        except OSError as error:
            raise _cannot("begin", path, error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # Before the lock was held a repair may have taken the empty file for a leftover and removed it.
            ours = is_at(path, descriptor)
            if ours and not (folder / name).exists():
                # The index can be made again from the WARC, so it may stay in a buffer and be lost in a crash.
                index = (folder / (name + cdxj.SUFFIX + OPEN)).open("w+", encoding="utf-8", newline="\n")
                return cls(folder, name, descriptor, index)
            if ours:
                path.unlink()
        except OSError as error:
            os.close(descriptor)
            raise _cannot("begin", path, error) from error
        os.close(descriptor)
        return None

    def append(self, data: bytes, records: int) -> int:
        """Hand whole records to the operating system; gives the offset they begin at.

        Raises WarcFault when they could not be written whole, and then nothing of them stays in the file.
        """
        offset, view = self.bytes, memoryview(data)
        try:
            while view:
                view = view[os.pwrite(self._descriptor, view, offset + len(data) - len(view)) :]
        except OSError as error:
            # What cannot be cut off now is written over by the next record, or cut off when the file is closed.
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, offset)
            raise _cannot("write to", self._folder / self.name, error) from error
        self._sha256.update(data)
        self.bytes += len(data)
        self._records += records
        return offset

    def index(self, line: str) -> None:
        """Note a line of the CDXJ index."""
        try:
            self._index.write(line)
        except OSError as error:
            raise _cannot("index", self._folder / self.name, error) from error

    def sync(self) -> None:
        """Wait until the disk has everything; after a WarcFault from here nothing may count as kept."""
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            raise _cannot("save", self._folder / self.name, error) from error

    def close(self, now: datetime) -> None:
        """Save the file with its index and manifest, and give it its final name."""
        try:
            os.ftruncate(self._descriptor, self.bytes)
            self.sync()
            self._index.seek(0)
            manifest = Manifest(
                name=self.name,
                bytes=self.bytes,
                records=self._records,
                sha256=self._sha256.hexdigest(),
                closed=now.astimezone(UTC).isoformat(),
            )
            settle(self._folder, manifest, self._index.readlines())
        except OSError as error:
            raise _cannot("close", self._folder / self.name, error) from error
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Let go of the file as it is; under its name with `.open` a repair will find it."""
        with contextlib.suppress(OSError):  # an index that cannot be written is made again by the repair
            self._index.close()
        os.close(self._descriptor)


def settle(folder: Path, manifest: Manifest, lines: list[str]) -> None:
    """Put index and manifest beside a WARC that is on the disk, then give it its final name."""
    describe(folder, manifest, lines)
    (folder / (manifest.name + cdxj.SUFFIX + OPEN)).unlink(missing_ok=True)
    (folder / (manifest.name + OPEN)).rename(folder / manifest.name)
    sync_folder(folder)


def describe(folder: Path, manifest: Manifest, lines: list[str]) -> None:
    """Put index and manifest beside a WARC."""
    _write_whole(folder / (manifest.name + cdxj.SUFFIX), cdxj.ordered(lines))
    _write_whole(folder / (manifest.name + MANIFEST), json.dumps(asdict(manifest), indent=1) + "\n")


def hold(stream: BinaryIO) -> bool:
    """Lock an open file; False when a living process holds it."""
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_held(path: Path) -> bool:
    """Whether a living process is writing the file, or was until a moment ago."""
    try:
        with path.open("rb") as stream:
            return not hold(stream)
    except FileNotFoundError:  # closed in the meantime, it has its final name
        return True


def is_at(path: Path, descriptor: int) -> bool:
    """Whether an open file is still the one found under that path."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _write_whole(path: Path, text: str) -> None:
    """Write a file so that under its name there is always all of it or nothing."""
    partial = path.with_name(path.name + ".tmp")
    with partial.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(path)


def _no_manifest(path: Path, why: str) -> WarcFault:
    return WarcFault(f"{path.name} cannot be read as a manifest: {why}; bring it back from a copy", path.name)


def _cannot(do: str, path: Path, error: OSError) -> WarcFault:
    return WarcFault(f"cannot {do} {path}: {error.strerror}; see to the disk, then crawl again", path.name)
