"""Bit rot and cuts in the WARC of a real crawl, as `kyson verify` reports them."""

import json
import random
import shutil

import pytest
from click.testing import CliRunner

from archive.warc import records
from archive.warc.members import members
from kyson_crawler import crawl, portal
from kyson_crawler.cli import main
from tests.portals.rawportal import RawPortal, chunked, page
from tests.test_crawl import article, home

TIMES = 300


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """An archive of two small crawls: pages, a redirect, an error, an answer that is no HTTP, and revisits."""
    folder = tmp_path_factory.mktemp("damage") / "archive"
    long = "<p>" + "Bản Huồi Lếch. " * 200 + "</p>"
    answers = {
        "/": page(home("/a.html", "/b.html", "/c.html", "/d.html")),
        "/a.html": page(article(1, long)),
        "/b.html": chunked(article(2)),
        "/c.html": b"HTTP/1.1 302 Found\r\nLocation: /a.html?in=1\r\nContent-Length: 0\r\n\r\n",
        "/a.html?in=1": page(article(1, long)),
        "/d.html": b"SSH-2.0-OpenSSH_7.4\r\n",
    }
    with RawPortal(answers) as server:
        crawl.run(portal.ad_hoc(server.url), folder, delay=0)
    return folder


@pytest.fixture(scope="module")
def damaged(original, tmp_path_factory):
    """A copy to be damaged, and its one WARC."""
    folder = shutil.copytree(original, tmp_path_factory.mktemp("damaged") / "archive")
    (path,) = (folder / "warc").glob("*.warc.gz")
    return folder, path


def verify(folder):
    result = CliRunner().invoke(main, ["--archive", str(folder), "verify", "--json"])
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]


def places(findings, name):
    return {(finding["offset"], finding["url"]) for finding in findings if finding["object"] == name}


def test_an_untouched_archive_has_no_fault(original):
    assert verify(original) == (0, [])
    (path,) = (original / "warc").glob("*.warc.gz")
    assert {record.type for record in records(path)} == {
        "warcinfo", "resource", "response", "request", "metadata", "revisit",
    }  # fmt: skip


def test_every_flipped_bit_is_reported_with_file_record_and_address(damaged):
    folder, path = damaged
    data, chances = path.read_bytes(), random.Random(300)
    urls = {record.offset: record.url for record in records(path)}
    try:
        for _ in range(TIMES):
            at, bit = chances.randrange(len(data)), chances.randrange(8)
            path.write_bytes(data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :])
            hit = max(offset for offset in urls if offset <= at)

            code, findings = verify(folder)

            assert code == 1
            assert (hit, urls[hit]) in places(findings, path.name), (at, bit, findings)
    finally:
        path.write_bytes(data)


def test_every_cut_is_reported_with_file_record_and_address(damaged):
    folder, path = damaged
    data, chances = path.read_bytes(), random.Random(301)
    urls = {record.offset: record.url for record in records(path)}
    ends = [member.offset + member.length for member in members(path)][:-1]
    sizes = ends + [chances.randrange(ends[0], len(data)) for _ in range(TIMES - len(ends))]
    try:
        for size in sizes:
            path.write_bytes(data[:size])
            first = size if size in urls else max(offset for offset in urls if offset <= size)

            code, findings = verify(folder)

            assert code == 1
            reported = dict(places(findings, path.name))
            assert first in reported, (size, findings)
            assert reported[first] == urls[first], (size, findings)
    finally:
        path.write_bytes(data)
