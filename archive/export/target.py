"""Where an export goes: a file that appears under its name only when it is whole, or standard output."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from archive.errors import ArchiveError, UsageError
from archive.locks import FOLDER as LOCKS
from archive.store import DATABASE

STDOUT = Path("-")

_FILES = ("kyson.toml",)
_FOLDERS = ("warc", "portals", LOCKS)


@contextmanager
def opened(target: Path, *, archive: Path, replace: bool) -> Iterator[BinaryIO]:
    """A stream for the bytes of an export. An interrupted one leaves nothing under the target's name.

    Raises UsageError when there is a file already and `replace` is not said, when no file can be there, and, whatever
    is said, when the target is a part of the archive in the folder `archive` itself.
    """
    if target == STDOUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    _check(target, archive, replace=replace)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        _check(target, archive, replace=replace)
        part.replace(target)
        _sync(target.parent)
    except OSError as error:
        raise ArchiveError(f"{target} could not be written ({error}); nothing was left under that name") from error
    finally:
        part.unlink(missing_ok=True)


def _check(target: Path, archive: Path, *, replace: bool) -> None:
    if target.is_dir():
        raise UsageError(f"{target} is a folder: name a file in it")
    if not target.parent.is_dir():
        raise UsageError(f"there is no folder {target.parent}: make it first, or export elsewhere")
    if _is_part_of(archive, target):
        raise UsageError(f"{target} is a part of the archive itself: export to {archive / 'exports'} or elsewhere")
    if target.exists() and not replace:
        raise UsageError(f"{target} exists already: choose another name, or say --force to replace it")


def _is_part_of(archive: Path, target: Path) -> bool:
    """Whether an export under that name, by whatever way it leads there, would harm the archive."""
    place, home = target.resolve(), archive.resolve()
    if place == (home / DATABASE).resolve() or any(place.is_relative_to((home / name).resolve()) for name in _FOLDERS):
        return True
    # some disks take small letters for capital ones
    first, *rest = (part.lower() for part in place.relative_to(home).parts) if place.is_relative_to(home) else [""]
    return first in _FOLDERS if rest else first.startswith(DATABASE) or first in _FILES


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
