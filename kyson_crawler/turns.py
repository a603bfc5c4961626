"""Whose turn it is at a server, over all processes of one user on this machine.

Each host and each address has a gate and so many places: files, locked by whoever asks. The lock is the system's, so a
process that is killed gives it back in that moment. Whoever waits for a place or for the pause to pass holds the gate
meanwhile, so that nobody else can push in, and no process that asks all the time keeps another from ever asking.

The times in the files are of the monotonic clock, which is the same for all processes: nobody can set it, and what is left
from before a restart lies in the future or is long past.
"""

import fcntl
import hashlib
import os
import stat
import struct
import tempfile
import time
from collections.abc import Awaitable, Callable, Collection, Iterable
from pathlib import Path

from attrs import define, field, frozen

from archive.errors import UsageError

LONGEST_REST = 3600.0
"""Seconds; whatever is found written down, nobody waits longer for a host that wants to rest."""

_TIMES = struct.Struct("<dd")
_POLL = 0.02

Sleep = Callable[[float], Awaitable[None]]


@define(kw_only=True, eq=False)
class Turn:
    """A place at some servers, until it ends."""

    _gates: tuple[Path, ...]
    _places: list[int]
    _clock: Callable[[], float]

    def end(self) -> None:
        """Give the place back; from here on the pause runs."""
        for gate in self._gates:
            _write(gate, 0, self._clock())
        _release(self._places)


@frozen(kw_only=True)
class Turns:
    """The gates and places in one folder; `sleep` is how somebody waits, and may raise to end the waiting."""

    folder: Path
    sleep: Sleep
    clock: Callable[[], float] = field(default=time.monotonic)

    async def take(self, servers: Collection[str], *, at_once: int, pause: float) -> Turn:
        """A turn at all of these servers, as soon as none of them rests, each has a place and was left alone for `pause`."""
        gates = tuple(sorted(self._gate(server) for server in servers))
        while True:
            while (rest := max(map(self._rest, gates))) > 0:
                await self.sleep(rest)
            if turn := await self._try_to_take(gates, at_once, pause):
                return turn

    def let_rest(self, server: str, seconds: float) -> None:
        """Have everybody leave a server alone for a time."""
        gate, until = self._gate(server), self.clock() + min(seconds, LONGEST_REST)
        if self._rest(gate) < seconds:
            _write(gate, 1, until)

    async def _try_to_take(self, gates: tuple[Path, ...], at_once: int, pause: float) -> Turn | None:
        """None when a server began to rest while we waited: nobody is to hold a gate for so long."""
        passed: list[int] = []
        places: list[int] = []
        try:
            for gate in gates:  # in order, so that no two can wait for each other
                passed.append(await self._locked([gate]))
                places.append(await self._locked([gate.with_suffix(f".{n}") for n in range(at_once)]))
            while (wait := max(self._wait(gate, pause) for gate in gates)) > 0:
                await self.sleep(wait)
            if max(map(self._rest, gates)) > 0:
                _release(places)
                return None
            for gate in gates:
                _write(gate, 0, self.clock())
        except BaseException:
            _release(places)
            raise
        finally:
            _release(passed)
        return Turn(gates=gates, places=places, clock=self.clock)

    async def _locked(self, paths: list[Path]) -> int:
        """The first of some files that nobody else holds, open and locked."""
        while True:
            for path in paths:
                stream = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
                try:
                    fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    os.close(stream)
                else:
                    return stream
            await self.sleep(_POLL)

    def _wait(self, gate: Path, pause: float) -> float:
        """Seconds until a server was left alone for long enough, never more than that; a last time to come is no time."""
        since = self.clock() - _read(gate)[0]
        return pause - since if 0 <= since < pause else 0.0

    def _rest(self, gate: Path) -> float:
        """Seconds for which a server still rests."""
        left = _read(gate)[1] - self.clock()
        return left if 0 < left <= LONGEST_REST else 0.0

    def _gate(self, server: str) -> Path:
        return self.folder / hashlib.sha256(server.encode()).hexdigest()[:32]


def common_folder() -> Path:
    """The folder of this user's gates, the same for all his processes. Raises UsageError when no safe one can be made."""
    here = [Path(named)] if (named := os.environ.get("XDG_RUNTIME_DIR")) else []
    homes = (home for home in (*here, Path(f"/run/user/{os.getuid()}")) if _is_ours(home) and os.access(home, os.W_OK))
    home = next(homes, None)
    folder = (home / "kyson" if home else Path(tempfile.gettempdir()) / f"kyson-{os.getuid()}") / "pace"
    for made in (folder.parent, folder):
        try:
            made.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise UsageError(
                f"{made} cannot be made ({error.strerror}): set XDG_RUNTIME_DIR to a folder of yours"
            ) from error
        if not _is_ours(made):
            raise UsageError(
                f"{made} belongs to somebody else, or others may write there, so no pace can be kept in it: "
                "remove it, or set XDG_RUNTIME_DIR to a folder that only you can write"
            )
    return folder


def _is_ours(folder: Path) -> bool:
    try:
        facts = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.geteuid() and not facts.st_mode & 0o022


def _read(gate: Path) -> tuple[float, float]:
    """When a server was last asked, and until when it rests; far in the past when that was never written."""
    try:
        data = gate.read_bytes()
    except FileNotFoundError:
        data = b""
    began, until = _TIMES.unpack(data[: _TIMES.size].ljust(_TIMES.size, b"\0"))
    return began or float("-inf"), until or float("-inf")


def _write(gate: Path, which: int, moment: float) -> None:
    stream = os.open(gate, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        os.pwrite(stream, struct.pack("<d", moment), 8 * which)
    finally:
        os.close(stream)


def _release(streams: Iterable[int]) -> None:
    """Closing a file unlocks it."""
    for stream in streams:
        os.close(stream)
