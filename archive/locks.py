"""Who is crawling: for each portal, each host and each schedule a lock that ends with its process, whatever ends that.

And one of whoever tells alarms that reached nobody.

A process number would not do: after a restart, or in another container, it belongs to somebody else.
"""

import fcntl
import re
import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Literal

from archive.errors import ArchiveBusy, UsageError

FOLDER = ".locks"
"""Where in an archive the locks lie; the files stay behind, only a lock on one says anything."""

_SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_TRIES, _PAUSE = 5, 0.02

Kind = Literal["portals", "hosts", "schedules", "alarms"]


def take(archive: Path, slug: str, kind: Kind = "portals") -> BinaryIO | None:
    """The lock of a portal, held until the file is closed; None while another crawl of the portal holds it.

    Raises UsageError when the slug cannot name a file, or the folder takes no lock.
    """
    if not _SLUG.fullmatch(slug):
        raise UsageError(f"{slug!r} cannot name a portal: use small letters, digits, dots, dashes, underlines")
    path = _path(archive, slug, kind)
    try:
        (archive / FOLDER).mkdir(exist_ok=True)
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


def is_free(archive: Path, slug: str, kind: Kind = "portals") -> bool:
    """Whether nobody crawls the portal now; also where no lock was ever taken."""
    if not _SLUG.fullmatch(slug):
        return True
    try:
        with _path(archive, slug, kind).open("rb") as stream:
            return _locked(stream, fcntl.LOCK_SH)
    except FileNotFoundError:
        return True
    except OSError:  # it cannot be told, and nobody is declared dead on a suspicion
        return False


@contextmanager
def hosts(archive: Path, names: Collection[str]) -> Iterator[None]:
    """Hold hosts for one crawl. Raises ArchiveBusy while another one into this archive holds any of them.

    Where there is no archive yet, nobody crawls into it.
    """
    with ExitStack() as held:
        locked = {host(name): name for name in names} if archive.is_dir() else {}
        for lock_name, name in sorted(locked.items()):
            lock = take(archive, lock_name, "hosts")
            if lock is None:
                raise ArchiveBusy(
                    f"{name} is being crawled into this archive for another portal: wait until that has ended, or stop it"
                )
            held.enter_context(lock)
        yield


def host(name: str) -> str:
    """What the lock of a host is called: a digest, since a name that came from outside is no name of a file."""
    return sha256(name.lower().encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _path(archive: Path, slug: str, kind: Kind) -> Path:
    """The folders of other kinds begin with a dot, as no portal does."""
    return archive / FOLDER / slug if kind == "portals" else archive / FOLDER / f".{kind}" / slug


def _locked(stream: BinaryIO, how: int) -> bool:
    try:
        fcntl.flock(stream, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
