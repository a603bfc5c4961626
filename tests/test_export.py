import csv
import io
import json
import signal
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from archive.errors import ArchiveError, UsageError
from archive.export import FORMATS
from archive.export.csv_table import COLUMNS
from archive.export.target import opened
from archive.query import Selection
from archive.records import Attachment, Block, Image
from tests.builders import article, begin, keep, new_archive, settle

ALL = Selection()
ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    with new_archive(tmp_path_factory.mktemp("export") / "kyson-archive") as opened_archive:
        crawl = begin(opened_archive)
        blocks = (
            Block(kind="paragraph", text='Một "đoạn", có dấu phẩy.'),
            Block(kind="list", text="a\nb", items=("a", "b")),
        )
        images = (Image(src="http://a/1.jpg", caption="Vi Hòe. Ảnh: M"), Image(src="http://a/2.jpg"))
        files = (Attachment(href="http://a/1.pdf", label="Chỉ thị"),)
        whole = article("2", title="Lễ hội", lead="Sa pô.", byline="Tình Dương")
        keep(opened_archive, crawl, _with(whole, blocks=blocks, images=images, attachments=files))
        settle(opened_archive, crawl, "http://a/1.jpg", b"bytes")
        keep(opened_archive, crawl, article("1", title="=HYPERLINK(1)", published="2021-01-01"))
        keep(opened_archive, crawl, article("3", title="Không ngày", published=None))
        yield opened_archive


def _with(whole, **changes):
    from attrs import evolve

    return evolve(whole, **changes)


def exported(archive, name, folder, selection=ALL):
    target = folder / f"out.{name}"
    count = FORMATS[name](archive, selection, target)
    return count, target.read_bytes()


# -- every format ------------------------------------------------------------------------------------------------

every_format = pytest.mark.parametrize("name", sorted(FORMATS))


@every_format
def test_the_same_archive_gives_the_same_bytes(archive, name, tmp_path):
    count, first = exported(archive, name, tmp_path)
    (tmp_path / f"out.{name}").unlink()
    assert exported(archive, name, tmp_path) == (count, first)
    assert count == 3


@every_format
def test_only_what_is_selected_is_written(archive, name, tmp_path):
    count, content = exported(archive, name, tmp_path, Selection(query="le hoi", since="2022"))
    assert count == 1
    assert "Lễ hội" in content.decode()
    assert "HYPERLINK" not in content.decode()


@every_format
def test_an_existing_file_is_replaced_only_on_demand(archive, name, tmp_path):
    target = tmp_path / "out"
    target.write_text("mine")
    with pytest.raises(UsageError, match="--force"):
        FORMATS[name](archive, ALL, target)
    assert target.read_text() == "mine"
    FORMATS[name](archive, ALL, target, replace=True)
    assert "Lễ hội" in target.read_text(encoding="utf-8")


@every_format
def test_nothing_but_the_export_is_left_in_the_folder(archive, name, tmp_path):
    exported(archive, name, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [f"out.{name}"]


@pytest.mark.parametrize("target", [".", "nowhere/out.jsonl"])
def test_a_target_that_cannot_be_a_file_is_refused_in_words(archive, target, tmp_path):
    with pytest.raises(UsageError, match="folder"):
        FORMATS["jsonl"](archive, ALL, tmp_path / target)


def test_an_export_that_breaks_off_leaves_no_file(tmp_path):
    def break_off():
        with opened(tmp_path / "out", archive=tmp_path / "kyson-archive", replace=False) as stream:
            stream.write(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_said_in_words_and_leaves_no_file(tmp_path):
    target = tmp_path / "out"
    place = tmp_path / "kyson-archive"
    with pytest.raises(ArchiveError, match="nothing was left"), opened(target, archive=place, replace=False):
        raise OSError(28, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_a_killed_export_leaves_nothing_under_the_final_name(tmp_path):
    script = (
        "import sys; from pathlib import Path; from archive.export.target import opened\n"
        "with opened(Path(sys.argv[1]), archive=Path('kyson-archive'), replace=False) as stream:\n"
        "    stream.write(b'half'); stream.flush(); print('ready', flush=True); sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "out")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGKILL)
    assert not (tmp_path / "out").exists()


@pytest.fixture
def own(tmp_path):
    with new_archive(tmp_path / "kyson-archive") as opened_archive:
        (opened_archive.folder / "kyson.toml").write_text("[operator]")
        (opened_archive.folder / "warc" / "a.warc.gz").write_bytes(b"evidence")
        yield opened_archive


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize(
    "target",
    [
        *("archive.db", "archive.db-wal", "archive.db-shm", "archive.db-journal", "archive.db.bak", "ARCHIVE.DB"),
        *("kyson.toml", "warc/a.warc.gz", "warc/new.jsonl", "WARC/new.jsonl", "portals/sample.toml", ".locks/ky-son"),
        *("exports/../archive.db", "exports/link", "exports/linked/new.jsonl"),
    ],
)
def test_an_export_never_takes_the_place_of_a_part_of_the_archive(own, target, replace):
    (own.folder / "exports" / "link").symlink_to(own.folder / "archive.db")
    (own.folder / "exports" / "linked").symlink_to(own.folder / "warc")
    for name in (".locks", "WARC"):
        (own.folder / name).mkdir()
    before = {path: path.read_bytes() for path in own.folder.rglob("*") if path.is_file()}
    with pytest.raises(UsageError, match="part of the archive itself"):
        FORMATS["jsonl"](own, ALL, own.folder / target, replace=replace)
    assert {path: path.read_bytes() for path in own.folder.rglob("*") if path.is_file()} == before


def test_an_export_sees_through_a_link_to_the_archive(own, tmp_path):
    (tmp_path / "elsewhere").symlink_to(own.folder)
    with pytest.raises(UsageError, match="part of the archive itself"):
        FORMATS["jsonl"](own, ALL, tmp_path / "elsewhere" / "archive.db", replace=True)


@pytest.mark.parametrize("target", ["exports/out.jsonl", "out.jsonl", "exports/archive.db"])
def test_an_export_may_lie_in_the_archive_beside_its_parts(own, target):
    assert FORMATS["jsonl"](own, ALL, own.folder / target) == 0


# -- jsonl -------------------------------------------------------------------------------------------------------


def test_jsonl_reads_back_as_the_promised_json(archive, tmp_path):
    _, content = exported(archive, "jsonl", tmp_path)
    lines = content.decode().splitlines()
    assert lines == [json.dumps(kept.to_json(), ensure_ascii=False) for kept in archive.articles()]
    assert [json.loads(line)["ref"] for line in lines] == ["ky-son/1", "ky-son/2", "ky-son/3"]


def test_jsonl_is_readable_vietnamese_in_nfc(archive, tmp_path):
    text = exported(archive, "jsonl", tmp_path)[1].decode()
    assert "Vi Hòe" in text
    assert unicodedata.is_normalized("NFC", text)


def test_jsonl_says_what_became_of_each_image(archive, tmp_path):
    _, content = exported(archive, "jsonl", tmp_path)
    images = json.loads(content.splitlines()[1])["images"]
    assert [(image["status"], bool(image["digest"])) for image in images] == [("ok", True), ("waiting", False)]


@pytest.mark.parametrize("code", [0x00, 0x0A, 0x1B, 0x7F, 0x85, 0x9B, 0x200F, 0x2028, 0x202E, 0x2066, 0xFEFF, 0xE0041])
def test_a_line_of_json_holds_no_character_that_breaks_lines_or_steers_terminals(code):
    from archive.export.jsonl import line

    text = f"a{chr(code)}b"
    assert chr(code) not in line({"text": text})
    assert json.loads(line({"text": text})) == {"text": text}


# -- csv ---------------------------------------------------------------------------------------------------------


def table(content):
    assert content.startswith("\ufeff".encode())
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_csv_reads_back_one_article_a_row(archive, tmp_path):
    _, content = exported(archive, "csv", tmp_path)
    rows = table(content)
    assert [row["ref"] for row in rows] == ["ky-son/1", "ky-son/2", "ky-son/3"]
    assert tuple(rows[0]) == COLUMNS
    assert rows[1]["text"] == 'Một "đoạn", có dấu phẩy.\n\na\n\nb'
    assert rows[1]["images"] == "Vi Hòe. Ảnh: M <http://a/1.jpg>\n<http://a/2.jpg>"
    assert rows[1]["attachments"] == "Chỉ thị <http://a/1.pdf>"
    assert (rows[1]["published"], rows[2]["published"]) == ("2022-06-02T15:30:00+07:00", "")


def test_csv_ends_its_rows_as_rfc_4180_says(archive, tmp_path):
    _, content = exported(archive, "csv", tmp_path)
    assert content.count(b"\r\n") == 4
    assert content.endswith(b"\r\n")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\x00="])
def test_no_cell_of_a_csv_is_a_formula(start, tmp_path):
    with new_archive(tmp_path / "kyson-archive") as archive:
        keep(archive, begin(archive), article("1", title=f"{start}cmd|' /C calc'!A0", lead="a\x1b[2J"))
        _, content = exported(archive, "csv", tmp_path)
    (row,) = table(content)
    assert row["title"].startswith("'")
    assert row["title"][1:] == f"{start}cmd|' /C calc'!A0".replace("\x00", "")
    assert row["lead"] == "a[2J"


@pytest.mark.parametrize(
    "code", [0x061C, 0x200B, 0x200F, 0x2028, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF]
)
def test_no_cell_of_a_csv_holds_a_character_that_deceives(code, tmp_path):
    with new_archive(tmp_path / "kyson-archive") as archive:
        keep(archive, begin(archive), article("1", title=f"a{chr(code)}b", lead=f"{chr(code)}=1+1"))
        _, content = exported(archive, "csv", tmp_path)
    (row,) = table(content)
    assert (row["title"], row["lead"]) == ("ab", "'=1+1")
