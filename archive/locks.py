"""Who is crawling: for each portal a lock that ends with its process, whatever ends that.

A process number would not do: after a restart, or in another container, it belongs to somebody else.
"""

import fcntl
import re
import time
from pathlib import Path
from typing import BinaryIO

from archive.errors import UsageError

FOLDER = ".locks"
"""Where in an archive the locks lie; the files stay behind, only a lock on one says anything."""

_SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_TRIES, _PAUSE = 5, 0.02


def take(archive: Path, slug: str) -> BinaryIO | None:
    """The lock of a portal, held until the file is closed; None while another crawl of the portal holds it.

    Raises UsageError when the slug cannot name a file, or the folder takes no lock.
    """
    if not _SLUG.fullmatch(slug):
        raise UsageError(f"{slug!r} cannot name a portal: use small letters, digits, dots, dashes, underlines")
    path = archive / FOLDER / slug
    try:
        path.parent.mkdir(exist_ok=True)
        stream = path.open("ab")
    except OSError as error:
        raise UsageError(
            f"{path} cannot be locked ({error.strerror}): crawl where the archive can be written"
        ) from error
    try:
        for _ in range(_TRIES):
            if _locked(stream, fcntl.LOCK_EX):
                return stream
            time.sleep(_PAUSE)  # whoever only looks holds it too, for a moment
    except OSError as error:
        stream.close()
        raise UsageError(f"{path} cannot be locked ({error.strerror}): keep the archive on another disk") from error
    stream.close()
    return None


def is_free(archive: Path, slug: str) -> bool:
    """Whether nobody crawls the portal now; also where no lock was ever taken."""
    if not _SLUG.fullmatch(slug):
        return True
    try:
        with (archive / FOLDER / slug).open("rb") as stream:
            return _locked(stream, fcntl.LOCK_SH)
    except FileNotFoundError:
        return True
    except OSError:  # it cannot be told, and nobody is declared dead on a suspicion
        return False


def _locked(stream: BinaryIO, how: int) -> bool:
    try:
        fcntl.flock(stream, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
