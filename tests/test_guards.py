import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import time

import pytest

from tests.program import kyson

MEGABYTE = 1_000_000


@pytest.fixture
def full(tmp_path):
    """A file that takes a part of the disk, and how many MB a crawl must leave free to find too little beside it.

    Half of that part is left to whatever else writes on this disk meanwhile.
    """
    free, file = shutil.disk_usage(tmp_path).free, tmp_path / "phim-tai-lieu.mp4"
    if free < 1_000 * MEGABYTE:
        pytest.skip("less than a gigabyte is free here, so that none can be taken away")
    size = min(free // 4, 4_000 * MEGABYTE)
    with file.open("wb") as stream:
        os.posix_fallocate(stream.fileno(), 0, size)
    yield file, (free - size // 2) // MEGABYTE
    file.unlink(missing_ok=True)


def test_a_crawl_halts_while_the_disk_is_full_and_goes_on_by_itself(full, tmp_path):
    file, keep_free = full
    archive = tmp_path / "kho"
    command = [sys.executable, "-m", "kyson_crawler", "--archive", str(archive), "crawl", "sample", "--json"]
    with subprocess.Popen(
        [*command, "--keep-free", str(keep_free)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        said = next(line for line in process.stderr if "halts" in line)
        assert "MB are to stay free: make room, and it goes on by itself" in said
        time.sleep(1.5)
        with sqlite3.connect(archive / "archive.db") as connection:
            assert connection.execute("SELECT count(*) FROM capture").fetchone() == (0,)
        file.unlink()
        try:
            output, rest = process.communicate(timeout=60)
        finally:
            process.kill()
    assert json.loads(output)["status"] == "finished"
    assert "the crawl goes on" in rest


def test_a_crawl_ends_when_its_time_is_up(tmp_path):
    done = kyson("--archive", tmp_path / "kho", "crawl", "sample", "--max-minutes", "0.03", "--delay", "0.3", "--json")
    outcome = json.loads(done.stdout)
    assert (done.returncode, outcome["status"]) == (0, "stopped")  # as it was asked for
    assert outcome["reason"] == "the time budget of 0.03 minutes is used up"
    assert 0 < outcome["pages"] < 40
    assert kyson("--archive", tmp_path / "kho", "verify").returncode == 0


def test_a_time_that_is_none_is_refused_before_anything_begins(tmp_path):
    done = kyson("--archive", tmp_path / "kho", "crawl", "sample", "--max-minutes", "0")
    assert (done.returncode, (tmp_path / "kho").exists()) == (2, False)


@pytest.mark.parametrize("kilobytes", [350, 500, 900])
def test_an_archive_that_takes_no_more_ends_the_crawl_with_the_reason_and_the_next_one_goes_through(
    tmp_path, kilobytes
):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes * 1_000, kilobytes * 1_000))

    archive = tmp_path / "kho"
    command = [sys.executable, "-m", "kyson_crawler", "--archive", str(archive), "crawl", "sample", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, preexec_fn=limit)
    assert (done.returncode, json.loads(done.stdout)["status"]) == (1, "failed")
    assert "Error: the crawl of sample broke off: " in done.stderr
    assert "see to the disk" in done.stderr
    assert "Traceback" not in done.stderr
    again = kyson("--archive", archive, "crawl", "sample", "--json")
    assert json.loads(again.stdout)["status"] == "finished"
    assert kyson("--archive", archive, "verify").returncode == 0
