"""Rows that are written together: all of them or none, soon to be seen, and never in the way of others for long."""

import asyncio
import sqlite3
import threading
import time
from contextlib import closing

import pytest

from archive import turns
from archive.errors import ArchiveError
from archive.frontier import Wanted
from archive.store import Archive
from kyson_crawler.rows import Rows
from tests.builders import begin, new_archive


@pytest.fixture
def archive(tmp_path):
    with new_archive(tmp_path / "kyson-archive") as opened:
        yield opened


def wanted(number):
    url = f"http://muongxen.example/{number}-{'x' * 500}"
    return Wanted(url=url, identity=number.to_bytes(16, "big"), kind="page", host="muongxen.example", priority=30)


def seen_by_others(archive):
    with closing(sqlite3.connect(archive.folder / "archive.db")) as other:
        return other.execute("SELECT count(*) FROM frontier").fetchone()[0]


def test_what_is_written_in_one_moment_is_seen_together_and_soon(archive):
    async def write():
        rows = Rows(archive, begin(archive))
        for number in range(5):
            rows.want(wanted(number))
        counts = [seen_by_others(archive)]
        until = time.monotonic() + 20
        while counts[-1] < 5 and time.monotonic() < until:
            await asyncio.sleep(0.01)
            counts.append(seen_by_others(archive))
        return set(counts)

    assert asyncio.run(write()) == {0, 5}


def test_without_a_loop_every_write_is_committed_at_once(archive):
    Rows(archive, begin(archive)).want(wanted(1))
    assert seen_by_others(archive) == 1


def test_a_full_disk_keeps_nothing_of_the_group_and_is_told_once(archive):
    told = []

    async def write():
        rows = Rows(archive, begin(archive))
        rows.failed = lambda: told.append(rows.failure)
        rows.want(wanted(1))
        rows.commit()
        (pages,) = archive.connection.execute("PRAGMA page_count").fetchone()
        archive.connection.execute(f"PRAGMA max_page_count = {pages}")
        for number in range(2, 400):
            rows.want(wanted(number))
        return rows

    rows = asyncio.run(write())
    assert told == [rows.failure]
    assert isinstance(rows.failure, ArchiveError)
    assert "see to the disk" in str(rows.failure)
    assert seen_by_others(archive) == 1
    assert rows.want(wanted(900)) is False


def test_others_find_their_turn_while_a_crawl_writes_all_the_time(archive):
    ended = threading.Event()

    def note():
        with Archive.open(archive.folder, write=True) as other:
            for number in range(5):
                other.note("test", f"note {number}", "ok", {})
        ended.set()

    async def write():
        rows = Rows(archive, begin(archive))
        other = threading.Thread(target=note)
        other.start()
        number = 0
        until = time.monotonic() + 60
        while not ended.is_set() and time.monotonic() < until:
            rows.want(wanted(number))
            number += 1
            if number % 20 == 0:
                await asyncio.sleep(0)
        other.join()
        rows.commit()
        return rows.failure

    assert asyncio.run(write()) is None
    assert ended.is_set()
    assert archive.connection.execute("SELECT count(*) FROM event WHERE kind = 'test'").fetchone() == (5,)


def test_whoever_waits_is_seen_as_long_as_he_waits(tmp_path):
    assert not turns.is_wanted(tmp_path)
    with turns.waiting(tmp_path):
        assert turns.is_wanted(tmp_path)
    assert not turns.is_wanted(tmp_path)
