"""Who waits to write: so that a crawl that writes all the time can let others in, who else would never find a gap.

SQLite has one writer at a time, and whoever comes second only looks now and then whether the first has ended.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from archive.locks import FOLDER

_NAME = "waiting"


@contextmanager
def waiting(archive: Path) -> Iterator[None]:
    """Let whoever writes see that somebody waits; where no lock can be had, one waits unseen."""
    path = archive / FOLDER / _NAME
    try:
        path.parent.mkdir(exist_ok=True)
        stream = path.open("ab")
    except OSError:
        yield
        return
    with stream:
        with suppress(OSError):
            fcntl.flock(stream, fcntl.LOCK_SH)
        yield


def is_wanted(archive: Path) -> bool:
    """Whether somebody waits to write."""
    try:
        with (archive / FOLDER / _NAME).open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # nobody ever waited, or it cannot be told
        return False
    return False
