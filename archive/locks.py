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
_PORT = re.compile(r":\d{1,5}$")
_USUAL = (":80", ":443")
_TRIES, _PAUSE = 5, 0.02

Kind = Literal["portals", "hosts", "schedules", "alarms"]


def take(archive: Path, slug: str, kind: Kind = "portals", *, shared: bool = False) -> BinaryIO | None:
    """The lock of a portal, held until the file is closed; None while another crawl of the portal holds it.

    shared: with others that take it so, and with nobody else. Raises UsageError when the slug cannot name a file, or the folder takes no lock.
    """
    if not _SLUG.fullmatch(slug):
        raise UsageError(f"{slug!r} cannot name a portal: use small letters, digits, dots, dashes, underlines")
    path = _path(archive, slug, kind)
    try:
        (archive / FOLDER).mkdir(parents=True, exist_ok=True)
        path.parent.mkdir(exist_ok=True)
        stream = path.open("ab")
    except OSError as error:
        raise UsageError(
            f"no lock can be had in {archive} ({error.strerror}); name a folder with --archive that can be written"
        ) from error
    try:
        for _ in range(_TRIES):
            if _locked(stream, fcntl.LOCK_SH if shared else fcntl.LOCK_EX):
                return stream
            time.sleep(_PAUSE)  # whoever only looks holds it too, for a moment
    except OSError as error:
        stream.close()
        raise UsageError(f"{path} cannot be locked ({error.strerror}): keep the archive on another disk") from error
    stream.close()
    return None


def is_free(archive: Path, slug: str, kind: Kind = "portals", *, wholly: bool = False) -> bool:
    """Whether nobody crawls the portal now, or, `wholly`, shares its lock; also where no lock was ever taken."""
    if not _SLUG.fullmatch(slug):
        return True
    try:
        with _path(archive, slug, kind).open("r+b" if wholly else "rb") as stream:
            return _locked(stream, fcntl.LOCK_EX if wholly else fcntl.LOCK_SH)
    except FileNotFoundError:
        return True
    except OSError:  # it cannot be told, and nobody is declared dead on a suspicion
        return False


@contextmanager
def hosts(archive: Path, names: Collection[str]) -> Iterator[None]:
    """Hold hosts for one crawl, by patterns as portals name them. Raises ArchiveBusy while another one into this archive holds any.

    Each pattern has a lock, which is held alone; those of all wider ones, in which it lies, are shared with other crawls.
    So `*.x` and a host below x exclude each other, and two hosts below x do not. Where there is no archive yet, its folder is
    made: of two crawls that are about to begin it one has the host first.
    """
    wanted = {key: (name, True) for name in names for key in _covering(name)}
    wanted |= {_covering(name)[0]: (name, False) for name in names}
    with ExitStack() as held:
        for key in sorted(wanted):
            name, is_shared = wanted[key]
            lock = take(archive, _digest(key), "hosts", shared=is_shared)
            if lock is None:
                raise ArchiveBusy(
                    f"{name} is being crawled into this archive by another crawl: wait until that has ended, or stop it"
                )
            held.enter_context(lock)
        yield


def is_host_free(archive: Path, name: str) -> bool:
    """Whether nobody crawls a host now, or any host of a pattern."""
    own, *wider = _covering(name)
    return is_free(archive, _digest(own), "hosts", wholly="*" in own) and all(
        is_free(archive, _digest(key), "hosts") for key in wider
    )


def overlap(one: str, other: str) -> bool:
    """Whether two patterns for hosts have a host in common.

    >>> overlap("*.thu.example", "a.thu.example"), overlap("*.thu.example", "thu.example"), overlap("*", "x.vn:8081")
    (True, False, True)
    """
    return _covering(one)[0] in _covering(other) or _covering(other)[0] in _covering(one)


def _covering(pattern: str) -> tuple[str, ...]:
    """A pattern in its one spelling, and all that are wider, in which every host of it lies.

    Without a port it means the usual ones, which count as one; only `*` means every port.
    """
    if pattern == "*":
        return ("*",)
    pattern = pattern.lower()
    found = _PORT.search(pattern)
    host = pattern[: found.start()] if found else pattern
    port = found[0] if found and found[0] not in _USUAL else ""
    labels = host.split(".")
    below = [f"*.{'.'.join(labels[at:])}{port}" for at in range(1, len(labels))]
    own = f"*{port or _USUAL[0]}" if host == "*" else f"{host}{port}"
    return tuple(dict.fromkeys((own, *below, f"*{port or _USUAL[0]}", "*")))


def _digest(key: str) -> str:
    """What the lock of a host is called: a name that came from outside is no name of a file."""
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _path(archive: Path, slug: str, kind: Kind) -> Path:
    """The folders of other kinds begin with a dot, as no portal does."""
    return archive / FOLDER / slug if kind == "portals" else archive / FOLDER / f".{kind}" / slug


def _locked(stream: BinaryIO, how: int) -> bool:
    try:
        fcntl.flock(stream, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
