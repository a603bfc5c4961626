"""Turns at a server: what is written down about it never lets anybody wait for long, and never leads out of its folder."""

import asyncio
import struct

import pytest

from archive.errors import UsageError
from kyson_crawler import turns
from kyson_crawler.turns import LONGEST_REST, Turns


class Clock:
    """A clock that goes only while somebody sleeps."""

    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now

    async def sleep(self, seconds):
        self.now += seconds
        await asyncio.sleep(0)


def waited(folder, clock, *, pause, servers=("host a",), rest=0.0):
    """Seconds that pass until a turn is there, which then ends."""
    kept = Turns(folder=folder, sleep=clock.sleep, clock=clock)

    async def one():
        if rest:
            kept.let_rest(servers[0], rest)
        began = clock.now
        turn = await kept.take(servers, at_once=1, pause=pause)
        turn.end()
        return clock.now - began

    return asyncio.run(one())


def test_the_pause_holds_from_one_turn_to_the_next_and_for_whoever_shares_an_address(tmp_path):
    clock = Clock(1000.0)
    assert waited(tmp_path, clock, pause=2, servers=("host a", "address 10.0.0.1")) == 0
    assert waited(tmp_path, clock, pause=2, servers=("host b", "address 10.0.0.1")) == pytest.approx(2)
    assert waited(tmp_path, clock, pause=2, servers=("host c", "address 10.0.0.2")) == 0


def test_what_was_written_before_a_restart_lets_nobody_wait(tmp_path):
    assert waited(tmp_path, Clock(90_000.0), pause=2, rest=500) == pytest.approx(500)
    assert waited(tmp_path, Clock(30.0), pause=2) == 0


@pytest.mark.parametrize("data", [b"", b"x", b"\xff" * 16, struct.pack("<dd", float("nan"), float("inf"))])
def test_a_file_that_says_nothing_sensible_lets_nobody_wait_longer_than_the_pause(tmp_path, data):
    clock = Clock(1000.0)
    waited(tmp_path, clock, pause=2)
    for path in tmp_path.iterdir():
        path.write_bytes(data)
    assert waited(tmp_path, clock, pause=2) <= 2


def test_a_rest_is_kept_to_the_second_and_never_longer_than_an_hour(tmp_path):
    assert waited(tmp_path, Clock(1000.0), pause=0, rest=7) == pytest.approx(7)
    assert waited(tmp_path, Clock(2000.0), pause=0, rest=1e9) == pytest.approx(LONGEST_REST)


def test_no_host_becomes_a_path(tmp_path):
    folder = tmp_path / "pace"
    folder.mkdir()
    waited(folder, Clock(1.0), pause=0, servers=("host ../../x", "host /etc/passwd", "host \x00"))
    assert [path.name for path in tmp_path.iterdir()] == ["pace"]
    assert all(set(path.stem) <= set("0123456789abcdef") for path in folder.iterdir())


def test_a_folder_that_others_can_write_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    tmp_path.chmod(0o700)
    folder = turns.common_folder()
    assert folder == tmp_path / "kyson" / "pace"
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o777)
    with pytest.raises(UsageError, match="XDG_RUNTIME_DIR"):
        turns.common_folder()
    folder.rmdir()
    folder.symlink_to(tmp_path)
    with pytest.raises(UsageError, match="XDG_RUNTIME_DIR"):
        turns.common_folder()
