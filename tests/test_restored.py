"""An archive that is being brought back: WARCs without their database, or with one that does not know them."""

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from archive.errors import NotAnArchive
from archive.fixity import check
from archive.store import Archive
from archive.warc import repair
from kyson_crawler import crawl, portal, sample
from kyson_crawler.cli import main
from kyson_crawler.network.addresses import ConnectTo
from tests.builders import begin, new_archive
from tests.program import kyson
from tests.warc_samples import exchange, writer


@pytest.fixture
def without(crawled, tmp_path):
    """An archive whose WARCs and portals have been brought back, and whose database has not."""
    folder = tmp_path / "kyson-archive"
    for name in ("warc", "portals"):
        shutil.copytree(crawled[0] / name, folder / name)
    return folder


def files(folder):
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file() and ".locks" not in path.parts}


def run(folder, *words):
    return CliRunner().invoke(main, ["--archive", str(folder), *map(str, words)], prog_name="kyson")


@pytest.mark.parametrize(
    "words",
    [
        ["crawl", "sample"],
        ["crawl", "http://127.0.0.1:1/"],
        ["schedule", "add", "sample", "daily", "02:00"],
        ["schedule", "run"],
        ["status"],
        ["report"],
        ["verify"],
        ["reread"],
        ["why", "http://sample.example/"],
        ["schedule", "list"],
        ["schedule", "tick"],
    ],
    ids=" ".join,
)
def test_no_command_takes_warcs_without_their_database_for_an_archive(without, words):
    before = files(without)
    done = run(without, *words)
    told = done.stderr
    assert done.exit_code == 2, told
    for part in ("holds WARCs but no archive.db", "put that back first", "reread --into NEW"):
        assert part in told
    assert "crawl into it first" not in told
    assert files(without) == before


@pytest.mark.parametrize(
    "name",
    [
        "ky-son-20220602091400-00000.warc.gz.open",
        "of-others.warc",
        ".ky-son-20220602091400-00000.warc.gz.Xb2k9Q",  # as a copy that is under way calls it
    ],
)
def test_a_folder_with_any_warc_is_no_place_for_a_new_archive(tmp_path, name):
    (tmp_path / "warc").mkdir()
    (tmp_path / "warc" / name).write_bytes(b"")
    with pytest.raises(NotAnArchive, match=r"holds WARCs but no archive\.db"):
        Archive.open(tmp_path, write=True, create=True)
    assert files(tmp_path) == {(tmp_path / "warc" / name).relative_to(tmp_path)}


def test_what_is_said_to_help_helps(without):
    new = without.with_name("new")
    done = kyson("--archive", without, "reread", "--into", new)
    assert done.returncode == 0, done.stderr.decode()
    assert list(check(new)) == []


@pytest.mark.parametrize("options", [(), ("--quick",)])
def test_warcs_that_the_database_does_not_know_are_a_fault(crawled, tmp_path, options):
    """As when somebody has begun a new database beside the WARCs of an old one."""
    folder = tmp_path / "kyson-archive"
    with sample.SampleServer(1) as server:
        crawl.run(portal.find("sample"), folder, connect_to=(ConnectTo.parse(server.connect_to),), max_pages=2)
    known = {path.name for path in (folder / "warc").glob("*.warc.gz")}
    shutil.copytree(crawled[0] / "warc", folder / "warc", dirs_exist_ok=True)
    done = run(folder, "verify", "--json", *options)
    assert done.exit_code == 1
    found = [json.loads(line) for line in done.stdout.splitlines()]
    unknown = {path.name for path in (folder / "warc").glob("*.warc.gz")} - known
    assert {each["object"] for each in found} == unknown
    assert all("the database does not know it" in each["fault"] for each in found)


def test_a_warc_that_a_crawl_left_without_a_capture_is_no_fault(tmp_path):
    """Nobody answered: the WARC tells of attempts, and no row could name it."""
    folder = tmp_path / "kyson-archive"
    assert kyson("--archive", folder, "crawl", "http://127.0.0.1:1/", "--delay", "0").returncode == 1
    assert len(list((folder / "warc").glob("*.warc.gz"))) == 1
    assert list(check(folder)) == list(check(folder, quick=True)) == []


def test_a_warc_of_a_crawl_that_was_cut_short_before_it_wrote_a_row_is_no_fault(tmp_path):
    with new_archive(tmp_path) as archive:
        begin(archive)
        cut_short = writer(tmp_path / "warc", now=lambda: datetime.now(UTC))
        cut_short.write_exchange(**exchange(time=datetime.now(UTC)))
        cut_short._file.abandon()
    assert [finding.left_open for finding in check(tmp_path)] == [True]
    assert len(repair(tmp_path / "warc")) == 1
    assert list(check(tmp_path)) == []
    with Archive.open(tmp_path, write=True) as archive:
        begin(archive)
        assert archive.killed_crawls
    assert list(check(tmp_path)) == []


def test_a_damaged_database_is_said_to_be_one_that_can_be_made_again(crawled, tmp_path):
    folder = tmp_path / "kyson-archive"
    shutil.copytree(crawled[0], folder)
    path = folder / "archive.db"
    with closing(sqlite3.connect(path)) as connection:
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    content = path.read_bytes()
    path.write_bytes(content[:size] + bytes(len(content) - size))
    for words in (["search", "x"], ["why", "http://sample.example/"], ["schedule", "list"], ["crawl", "sample"]):
        done = run(folder, *words)
        assert done.exit_code == 1, words
        assert "is damaged" in done.stderr
        assert "reread --into NEW" in done.stderr
