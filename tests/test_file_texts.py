"""The texts of captured files: derived once, kept as conversion records, shown, checked, and found again from the WARCs."""

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from archive import warc
from archive.derived import NoText
from archive.fixity import check
from archive.store import Archive
from kyson_crawler import crawl, portal, reread
from kyson_crawler.cli import main
from kyson_crawler.normalise import pdf_text
from tests.content import content
from tests.portals.pdfportal import NOTICE, PLAN, pdf_portal

BIN = Path(sys.executable).parent

WANTED = {
    "/ke-hoach.pdf": ("\n".join(PLAN), None),
    "/tai-ve/thong-bao.pdf?id=7": ("\n".join(NOTICE), None),
    "/quet.pdf": (None, NoText.NO_LAYER),
    "/phong-la.pdf": (None, NoText.NOT_VIETNAMESE),
    "/mat-khau.pdf": (None, NoText.ENCRYPTED),
    "/cut.pdf": (None, NoText.UNREADABLE),
    "/bom.pdf": (None, NoText.NO_LAYER),
    "/khong-phai.pdf": (None, NoText.NOT_A_PDF),
}
"""Text and reason of each, once for the same bytes; nothing is derived of an empty file, or of one of another kind."""


@pytest.fixture
def copy(files, tmp_path):
    """The same, to be changed."""
    return Path(shutil.copytree(files, tmp_path / "kyson-archive"))


@pytest.fixture
def without_library(monkeypatch):
    """No library that reads PDFs; what is undone in the test itself is there again."""
    monkeypatch.setattr(pdf_text.importlib.util, "find_spec", lambda _: None)
    return monkeypatch


def query(folder, sql, *values):
    with closing(sqlite3.connect(folder / "archive.db")) as database:
        found = database.execute(sql, values).fetchall()
        database.commit()
        return found


def texts(folder):
    rows = query(
        folder,
        "SELECT u.url, t.text, t.reason FROM file_text t JOIN capture c ON c.id = t.capture_id JOIN url u ON u.id = c.url_id",
    )
    return {"/" + url.split("/", 3)[3]: (text, reason) for url, text, reason in rows}


def records(folder, kind):
    return [
        record
        for path in sorted((folder / "warc").glob("*.warc.gz"))
        for record in warc.records(path)
        if record.type == kind
    ]


def make(source, new, **options):
    with reread.Pool(1) as pool:
        return reread.make(source, new, pool, portal=None, watch=None, **options)


def read_again(folder, *, workers=1, dry_run=False):
    (slug,) = query(folder, "SELECT slug FROM portal")[0]
    with Archive.open(folder, write=not dry_run) as archive, reread.Pool(workers) as pool:
        return reread.reread(archive, slug, pool, dry_run=dry_run, watch=None, changed=lambda _: None)


# -- in a crawl ------------------------------------------------------------------------------------------------------


def test_each_file_has_its_text_or_the_reason_why_it_has_none(files):
    assert texts(files) == WANTED


def test_a_text_is_a_conversion_record_of_the_file_with_a_record_of_what_made_it(files):
    captured = {record.record_id: record for record in records(files, "response")}
    made = records(files, "conversion")
    said = {record.header("WARC-Refers-To"): record for record in records(files, "metadata")}

    assert sorted(record.payload.decode() for record in made) == sorted(text for text, _ in WANTED.values() if text)
    for record in made:
        original = captured[record.header("WARC-Refers-To")]
        assert record.url == original.url
        assert record.time > original.time
        assert record.header("Content-Type") == "text/plain;charset=utf-8"
        assert record.header("WARC-Block-Digest")
        assert record.header("WARC-Warcinfo-ID") == original.header("WARC-Warcinfo-ID")
        assert b" pypdf/" in said[record.record_id].payload
    for path, (_, reason) in WANTED.items():
        if reason:
            original = next(each for each in captured.values() if each.url.endswith(path))
            assert f"no-text: {reason}\r\n".encode() in said[original.record_id].payload


def test_bytes_that_come_again_are_derived_once(files):
    of_the_plan = "SELECT count(*) FROM capture c JOIN file_text t ON t.digest = c.digest WHERE t.text LIKE 'Kế hoạch%'"
    assert query(files, of_the_plan)[0][0] >= 4
    assert len(records(files, "conversion")) == 2


def test_the_tools_of_others_accept_the_records_and_make_the_same_index(files):
    for path in (files / "warc").glob("*.warc.gz"):
        for command in (["gzip", "-t"], [BIN / "warcio", "check"], [BIN / "fastwarc", "check"]):
            done = subprocess.run([*map(str, command), str(path)], capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
        made = subprocess.run(
            [str(BIN / "cdxj-indexer"), "--sort", str(path)], capture_output=True, text=True, check=True
        )
        assert path.with_name(path.name + ".cdxj").read_text() == made.stdout
        assert "text/plain" not in made.stdout


def test_without_the_library_nothing_is_derived_which_is_said_once_and_the_next_crawl_makes_up_for_it(
    without_library, tmp_path, caplog
):
    with pdf_portal() as server:
        crawl.run(portal.ad_hoc(server.url), tmp_path, delay=0)
        said = [record.getMessage() for record in caplog.records if "pypdf" in record.getMessage()]
        assert len(said) == 1
        assert "kyson-crawler[pdf]" in said[0]
        assert texts(tmp_path) == {}
        without_library.undo()
        crawl.run(portal.ad_hoc(server.url), tmp_path, delay=0)
    assert texts(tmp_path) == WANTED
    assert list(check(tmp_path)) == []


# -- shown -----------------------------------------------------------------------------------------------------------


def shown(folder, path, *options):
    with Archive.open(folder) as archive:
        (ref,) = [
            kept.article.ref
            for kept in archive.articles()
            if any(file.href.endswith(path) for file in kept.article.attachments)
        ]
    done = CliRunner().invoke(main, ["--archive", str(folder), "show", ref, *options])
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.parametrize("path", ["/ke-hoach.pdf", "/ban-sao.pdf"])
def test_show_says_that_the_text_of_a_file_is_kept_and_json_has_it(files, path):
    assert "its text is kept: 123 letters, “Kế hoạch tu sửa kênh mương nội đồng" in shown(files, path)
    (file,) = json.loads(shown(files, path, "--json"))["attachments"]
    assert (file["text"], file["text_reason"]) == ("\n".join(PLAN), None)


def test_show_says_why_the_text_of_a_file_is_not_kept(files):
    assert f"no text is kept: {NoText.NO_LAYER}" in shown(files, "/quet.pdf")
    (file,) = json.loads(shown(files, "/quet.pdf", "--json"))["attachments"]
    assert (file["text"], file["text_reason"]) == (None, NoText.NO_LAYER)


@pytest.mark.parametrize("path", ["/rong.pdf", "/bieu-mau.doc"])
def test_nothing_is_said_of_the_text_of_what_was_not_derived(files, path):
    assert "text is kept" not in shown(files, path)
    (file,) = json.loads(shown(files, path, "--json"))["attachments"]
    assert (file["text"], file["text_reason"]) == (None, None)


# -- checked ---------------------------------------------------------------------------------------------------------


def test_sound_texts_give_no_finding(files):
    assert list(check(files)) == []


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        ("UPDATE file_text SET text = text || '!' WHERE text IS NOT NULL", "another text (by its SHA-256)"),
        ("UPDATE file_text SET length = length + 1 WHERE text IS NOT NULL", "bytes long, the database says"),
        ("UPDATE file_text SET offset = offset + 1 WHERE text IS NOT NULL", "no record of a text begins there"),
        ("UPDATE file_text SET record_id = '<urn:x>' || id WHERE text IS NOT NULL", "another record stands there"),
        ("UPDATE file_text SET capture_id = 1 WHERE text IS NOT NULL", "another address"),
        (
            (
                "UPDATE file_text SET capture_id = (SELECT max(o.id) FROM capture c JOIN capture o USING (url_id) "
                "WHERE c.id = file_text.capture_id) WHERE text IS NOT NULL"
            ),
            "another original",
        ),
        ("UPDATE file_text SET made = '2022-06-02T09:14:00.000000Z'", "another time"),
        ("DELETE FROM file_text", "no text of the file"),
    ],
)
def test_every_difference_between_a_text_and_its_record_is_named(copy, damage, fault):
    query(copy, damage)
    faults = [finding.fault for finding in check(copy)]
    assert sum(fault in each for each in faults) == 2, faults


def test_a_flipped_bit_in_a_text_is_reported_with_its_file(copy):
    ((name, offset, length),) = query(
        copy,
        "SELECT w.name, t.offset, t.length FROM file_text t JOIN warc w ON w.id = t.warc_id ORDER BY t.id LIMIT 1",
    )
    path = copy / "warc" / name
    data = bytearray(path.read_bytes())
    data[offset + length // 2] ^= 4
    path.write_bytes(data)
    assert (name, offset) in {(finding.object, finding.offset) for finding in check(copy)}


# -- read again ------------------------------------------------------------------------------------------------------


def test_reread_derives_what_was_never_derived_and_only_once(copy):
    query(copy, "DELETE FROM file_text")  # as an archive of an older kyson, whose WARCs hold no texts
    before = len(records(copy, "conversion"))

    assert read_again(copy, dry_run=True).texts == {"kept": 2, "none": 6}
    assert texts(copy) == {}
    assert read_again(copy, workers=2).texts == {"kept": 2, "none": 6}
    assert texts(copy) == WANTED
    assert len(records(copy, "conversion")) == before + 2
    assert list(check(copy)) == []
    assert read_again(copy).texts == {}


def test_reread_without_the_library_says_what_is_left(copy, without_library):
    query(copy, "DELETE FROM file_text")
    assert read_again(copy).texts == {"left": 8}
    done = CliRunner().invoke(main, ["--archive", str(copy), "reread", "--workers", "1"])
    assert "left       8 files: the text of PDFs cannot be read without pypdf" in done.stdout


def test_a_file_that_cannot_be_read_back_is_named_and_stops_no_other(copy):
    query(copy, "DELETE FROM file_text")
    ((name, offset),) = query(
        copy,
        "SELECT w.name, c.offset FROM capture c JOIN warc w ON w.id = c.warc_id JOIN url u ON u.id = c.url_id "
        "WHERE u.url LIKE '%/bom.pdf' ORDER BY c.id LIMIT 1",
    )
    path = copy / "warc" / name
    data = bytearray(path.read_bytes())
    data[offset + 700] ^= 4
    path.write_bytes(data)
    report = read_again(copy)
    assert "/bom.pdf" in {lost.url and "/" + lost.url.split("/", 3)[3] for lost in report.unreadable}
    assert texts(copy) == {path: found for path, found in WANTED.items() if path != "/bom.pdf"}


def test_an_archive_made_again_takes_texts_from_the_warcs_and_derives_nothing(files, tmp_path, without_library):
    made = make(files, tmp_path / "new")
    assert (made.texts, made.is_sound) == (8, True)
    assert content(tmp_path / "new") == content(files)
    assert list(check(tmp_path / "new")) == []


def test_texts_that_were_derived_after_the_crawl_are_taken_too(copy, tmp_path):
    query(copy, "DELETE FROM file_text")
    read_again(copy)
    made = make(copy, tmp_path / "new")
    assert made.is_sound
    assert texts(tmp_path / "new") == WANTED
    assert list(check(tmp_path / "new")) == []
