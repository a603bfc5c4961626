"""The whole way through, as a person goes it: crawl, ask, look, export, verify; each command in a process of its own."""

import csv
import io
import json
import sqlite3

import pytest

from kyson_crawler import sample
from tests.portals.warcportal import WarcPortal
from tests.program import NUKEVIET, kyson, objects


def test_from_the_portal_to_an_export_that_says_the_same(tmp_path):
    archive = ("--archive", tmp_path / "kho lưu trữ")
    with sample.SampleServer() as server:
        crawled = kyson(*archive, "crawl", "sample", "--connect-to", server.connect_to, "--json")
    assert crawled.returncode == 0, crawled.stderr.decode()
    assert objects(crawled.stdout)[0]["new"] == len(sample.expected(1))

    hits = objects(kyson(*archive, "search", "hoi nghi", "--json", "--limit", "100").stdout)
    assert hits
    shown = json.loads(kyson(*archive, "show", hits[0]["ref"], "--json").stdout)
    assert {name: hits[0][name] for name in shown} == shown

    target = tmp_path / "bài.jsonl"
    exported = kyson(*archive, "export", "jsonl", target)
    assert exported.returncode == 0, exported.stderr.decode()
    lines = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    wanted = {article.id: article for article in sample.expected(1)}
    assert {line["ref"] for line in lines} == {f"sample/{number}" for number in wanted}
    for line in lines:
        assert line["paragraphs"] == list(wanted[line["ref"].rpartition("/")[2]].paragraphs)
    assert shown in lines

    table = tmp_path / "bài.csv"
    assert kyson(*archive, "export", "csv", table).returncode == 0
    rows = list(csv.DictReader(io.StringIO(table.read_text(encoding="utf-8-sig"), newline="")))
    assert {row["ref"] for row in rows} == {line["ref"] for line in lines}

    assert kyson(*archive, "verify").returncode == 0
    status = objects(kyson(*archive, "status", "--json").stdout)
    assert [(portal["portal"], portal["articles"]) for portal in status] == [("sample", len(wanted))]


def test_scrapy_users_find_their_commands(tmp_path):
    import subprocess
    import sys
    from pathlib import Path

    root = Path(__file__).parents[1]

    def scrapy(*words):
        return subprocess.run(
            [sys.executable, "-m", "scrapy", *words], cwd=root, capture_output=True, text=True, timeout=60, check=False
        )

    assert scrapy("list").stdout.split() == ["portal"]
    crawled = scrapy(
        "crawl",
        "portal",
        "-a",
        "portal=sample",
        "-s",
        f"KYSON_ARCHIVE={tmp_path}",
        "-s",
        "DOWNLOAD_DELAY=0",
        "-s",
        "CONCURRENT_REQUESTS_PER_DOMAIN=8",
    )
    assert crawled.returncode == 0, crawled.stderr
    assert (
        "nobody to contact"
        in scrapy("crawl", "portal", "-a", "portal=ky-son", "-s", f"KYSON_ARCHIVE={tmp_path}").stderr
    )
    with sqlite3.connect(tmp_path / "archive.db") as database:
        assert database.execute("select count(*) from article").fetchone() == (len(sample.expected(1)),)
    database.close()


@pytest.mark.skipif(not NUKEVIET.exists(), reason="needs ../shared/portals/nukeviet-4.5.05")
def test_a_real_portal_is_found_shown_and_exported(tmp_path):
    archive = ("--archive", tmp_path / "a")
    with WarcPortal(NUKEVIET) as server:
        crawled = kyson(*archive, "crawl", "http://127.0.0.1:8081/", "--connect-to", server.connect_to, "--delay", "0")
    assert crawled.returncode == 0, crawled.stderr.decode()
    hits = objects(kyson(*archive, "search", "nhan tai dat viet", "--json").stdout)
    assert hits[0]["ref"] == "127.0.0.1-8081/news/6"
    shown = json.loads(kyson(*archive, "show", hits[0]["ref"], "--json").stdout)
    assert shown["source"] == "Báo điện tử Dân Trí"
    assert len(shown["images"]) == 28
    exported = kyson(*archive, "export", "jsonl", "-")
    assert len(objects(exported.stdout)) == 15
