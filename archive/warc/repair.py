"""What a crawl that was killed left behind is made a sound WARC again."""

import hashlib
import logging
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from io import BufferedRandom
from pathlib import Path

from attrs import frozen

from archive.errors import WarcFault
from archive.warc import cdxj
from archive.warc.files import Manifest, hold, is_at, settle
from archive.warc.members import members
from archive.warc.reading import OPEN, parse

logger = logging.getLogger(__name__)

TORN = ".torn"
"""The suffix of a file with the bytes that were cut off a WARC."""


@frozen(kw_only=True)
class Repair:
    """What was done to a WARC whose writer died."""

    warc: str
    """The name it bears now; when no record was whole there is only the file of cut bytes."""

    records: int
    """How many whole records it holds."""

    cut_bytes: int
    """How many bytes behind them were set aside in `NAME.warc.gz.torn`."""


@frozen(kw_only=True)
class _Sound:
    """The unbroken run of whole records a file begins with."""

    bytes: int
    records: int
    lines: list[str]


def repair(folder: Path, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> tuple[Repair, ...]:
    """Close every WARC that a dead process left open, cut back to the whole records it begins with.

    Files held by a living process are left alone. To be cut off in the middle harms nothing: the next call goes on.
    """
    repairs = (_mend(path, now) for path in sorted(folder.glob("*.warc.gz" + OPEN)))
    return tuple(done for done in repairs if done)


def _mend(path: Path, now: Callable[[], datetime]) -> Repair | None:
    final = path.with_name(path.name.removesuffix(OPEN))
    try:
        with path.open("r+b") as stream:
            if not hold(stream) or not is_at(path, stream.fileno()):
                return None
            if final.exists():
                logger.warning("both %s and %s are there; compare them and remove the worse", final, path.name)
                return None
            size = os.fstat(stream.fileno()).st_size
            sound = _sound(path, final.name)
            if sound.bytes < size:
                _set_aside(stream, sound.bytes, final.with_name(final.name + TORN))
            if sound.records:
                _close(stream, final, sound, now())
            else:
                final.with_name(final.name + cdxj.SUFFIX + OPEN).unlink(missing_ok=True)
                path.unlink()
    except FileNotFoundError:  # another process mended it in the meantime
        return None
    except OSError as error:
        text = f"cannot repair {path}: {error.strerror}; see to the disk, then start again"
        raise WarcFault(text, final.name) from error
    return Repair(warc=final.name, records=sound.records, cut_bytes=size - sound.bytes) if size else None


def _sound(path: Path, warc: str) -> _Sound:
    end, count, lines = 0, 0, []
    for member in members(path):
        if member.fault:
            break
        try:
            record = parse(member.data, warc, member.offset)
        except WarcFault:
            break
        end, count = member.offset + member.length, count + 1
        if line := cdxj.of(record, member.length):
            lines.append(line)
    return _Sound(bytes=end, records=count, lines=lines)


def _set_aside(stream: BufferedRandom, start: int, torn: Path) -> None:
    """Move everything from `start` on to a file of its own; it is there before it is cut here."""
    stream.seek(start)
    with torn.open("wb") as target:
        shutil.copyfileobj(stream, target)
        target.flush()
        os.fsync(target.fileno())
    stream.truncate(start)


def _close(stream: BufferedRandom, final: Path, sound: _Sound, now: datetime) -> None:
    os.fsync(stream.fileno())
    stream.seek(0)
    manifest = Manifest(
        name=final.name,
        bytes=sound.bytes,
        records=sound.records,
        sha256=hashlib.file_digest(stream, "sha256").hexdigest(),
        closed=now.astimezone(UTC).isoformat(),
    )
    settle(final.parent, manifest, sound.lines)
