"""Whole archives before the tools of others, which live in an environment of their own: `make validators`."""

import json
import subprocess
import sys
from collections import defaultdict
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from archive.store import Archive
from archive.surt import surt
from archive.warc import records
from archive.warc.revisit import WORTHWHILE
from kyson_crawler import crawl, portal
from tests.portals.livingportal import LivingPortal
from tests.portals.rawportal import RawPortal, chunked, page
from tests.portals.styledportal import REQUISITES, styled_portal
from tests.test_crawl import article, home

VALIDATORS = Path(__file__).parents[1] / ".validators" / "bin"
HERE = Path(sys.executable).parent

pytestmark = pytest.mark.skipif(not (VALIDATORS / "python").exists(), reason="needs pywb and wacz: make validators")


@pytest.fixture(scope="module")
def chunks(tmp_path_factory):
    """A portal whose server sends its pages in chunks, crawled twice."""
    long = article(1, "<p>" + "Bản Huồi Lếch. " * 200 + "</p>")
    folder = tmp_path_factory.mktemp("chunks")
    with RawPortal(
        {"/": chunked(home("/a.html", "/b.html")), "/a.html": chunked(long), "/b.html": page(article(2))}
    ) as server:
        for _ in range(2):
            crawl.run(portal.ad_hoc(server.url), folder, delay=0)
    return folder


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory):
    """A portal whose server says of pages that came before that they still stand, crawled twice."""
    folder = tmp_path_factory.mktemp("unchanged")
    with LivingPortal(12) as server:
        for _ in range(2):
            crawl.run(portal.ad_hoc(server.url), folder, delay=0)
        assert server.statuses[304] > 10
    return folder


@pytest.fixture(scope="module")
def styled(tmp_path_factory):
    """A portal whose pages take style sheets, scripts and backgrounds, crawled twice."""
    folder = tmp_path_factory.mktemp("styled")
    with styled_portal() as server:
        for _ in range(2):
            crawl.run(portal.ad_hoc(server.url), folder, delay=0, full=True)
    return folder


@pytest.fixture(params=["crawled", "nukeviet", "chunks", "unchanged", "files", "styled"])
def folder(request):
    """The archives of the sample portal, a real one, one that sends chunks, one that says 304, one with PDFs, one with style
    sheets: each crawled twice."""
    archive = request.getfixturevalue(request.param)
    return archive[0] if request.param in {"crawled", "nukeviet"} else archive


def run(*command, **options):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **options)


def warcs(folder):
    return sorted((folder / "warc").glob("*.warc.gz"))


def test_pywb_replays_every_captured_page_and_what_it_is_shown_with_as_it_was_captured(folder):
    captures, wanted = [], defaultdict(set)
    with Archive.open(folder) as archive:
        rows = archive.connection.execute(
            "SELECT u.url, c.time, c.digest FROM capture c JOIN url u ON u.id = c.url_id "
            "WHERE c.status = 200 AND (c.kind IN ('page', 'other') OR c.revisit_of IS NOT NULL)"
        )
        for url, time, digest in rows:
            second = datetime.fromisoformat(time).strftime("%Y%m%d%H%M%S")
            captures.append((second, url))
            wanted[second, surt(url)].add(digest)  # captures of one second are one to pywb
        revisits, unasked = archive.connection.execute(
            "SELECT count(*), coalesce(sum(bytes < ?), 0) FROM capture WHERE revisit_of IS NOT NULL", (WORTHWHILE,)
        ).fetchone()
        # Of a payload of some size, or where a server says that it still stands, each capture but the first is a revisit. The counter on the sample's pages may make every
        # payload of it another one; those of the other portals come again.
        (again,) = archive.connection.execute(
            "SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM capture "
            "WHERE bytes >= ? AND truncated IS NULL GROUP BY digest)",
            (WORTHWHILE,),
        ).fetchone()

    asked = "".join(f"{second} {url}\n" for second, url in captures)
    replay = run(VALIDATORS / "python", Path(__file__).with_name("replayed_by_pywb.py"), folder / "warc", input=asked)
    answers = [json.loads(line) for line in replay.stdout.splitlines()]

    assert len(answers) == len(captures), replay.stderr[-2000:]
    assert revisits == again + unasked
    assert revisits > 0 or "sample" in str(folder)
    for (second, url), answer in zip(captures, answers, strict=True):
        assert answer["status"] == 200, url
        assert f"{parsedate_to_datetime(answer['at']):%Y%m%d%H%M%S}" == second, url
        assert answer["digest"] in wanted[second, surt(url)], url


def test_pywb_has_all_that_the_pages_of_a_small_portal_are_shown_with(styled):
    with Archive.open(styled) as archive:
        rows = archive.connection.execute(
            "SELECT u.url, c.time, c.digest FROM capture c JOIN url u ON u.id = c.url_id WHERE c.kind = 'other' ORDER BY c.id"
        ).fetchall()
        ((day,),) = archive.connection.execute("SELECT max(time) FROM capture WHERE kind = 'page'").fetchall()
    captured = {"/" + url.split("/", 3)[3]: (url, digest) for url, _, digest in rows}
    assert set(captured) >= REQUISITES
    second = datetime.fromisoformat(day).strftime("%Y%m%d%H%M%S")
    asked = "".join(f"{second} {captured[path][0]}\n" for path in sorted(REQUISITES))
    replay = run(VALIDATORS / "python", Path(__file__).with_name("replayed_by_pywb.py"), styled / "warc", input=asked)
    answers = [json.loads(line) for line in replay.stdout.splitlines()]
    assert [answer["status"] for answer in answers] == [200] * len(REQUISITES), replay.stderr[-2000:]
    assert [answer["digest"] for answer in answers] == [captured[path][1] for path in sorted(REQUISITES)]


@pytest.mark.parametrize("folder", ["crawled", "nukeviet", "unchanged", "files"], indirect=True)
def test_wacz_takes_the_files_and_finds_the_package_valid(folder, tmp_path):
    package = tmp_path / "archive.wacz"

    made = run(VALIDATORS / "wacz", "create", "-o", package, "-d", *warcs(folder))
    checked = run(VALIDATORS / "wacz", "validate", "-f", package)

    assert made.returncode == 0, made.stderr
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_index_is_the_one_cdxj_indexer_makes(folder):
    for path in warcs(folder):
        made = run(HERE / "cdxj-indexer", "--sort", path)
        assert path.with_name(path.name + ".cdxj").read_text() == made.stdout


def test_checkers_find_no_fault_but_the_digests_of_chunked_payloads_which_warcio_takes_before_decoding(folder):
    """See decision 10; what is chunked is checked in test_warc.py."""
    for path in warcs(folder):
        chunked = {
            record.record_id
            for record in records(path)
            if record.type == "response" and (record.http_header("Transfer-Encoding") or "").endswith("chunked")
        }
        assert run("gzip", "-t", path).returncode == 0
        assert run(HERE / "fastwarc", "check", path).returncode == 0
        said = run(HERE / "warcio", "check", path).stdout.splitlines()
        blamed = {line.split()[3] for line in said if line.startswith("  offset")}
        faults = {line.split(":")[0].strip() for line in said if line.startswith("    ")}
        assert blamed == chunked
        assert faults <= {"payload digest failed sha1", "payload digest failed"}
