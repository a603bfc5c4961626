"""Where an export goes: a file that appears under its name only when it is whole, or standard output."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from archive.errors import ArchiveError, UsageError

STDOUT = Path("-")


@contextmanager
def opened(target: Path, *, replace: bool) -> Iterator[BinaryIO]:
    """A stream for the bytes of an export. An interrupted one leaves nothing under the target's name.

    Raises UsageError when there is a file already and `replace` is not said, or no file can be there.
    """
    if target == STDOUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    _check(target, replace=replace)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        _check(target, replace=replace)
        part.replace(target)
        _sync(target.parent)
    except OSError as error:
        raise ArchiveError(f"{target} could not be written ({error}); nothing was left under that name") from error
    finally:
        part.unlink(missing_ok=True)


def _check(target: Path, *, replace: bool) -> None:
    if target.is_dir():
        raise UsageError(f"{target} is a folder: name a file in it")
    if not target.parent.is_dir():
        raise UsageError(f"there is no folder {target.parent}: make it first, or export elsewhere")
    if target.exists() and not replace:
        raise UsageError(f"{target} exists already: choose another name, or say --force to replace it")


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
