"""The program as people meet it: help, wrong input, exit codes."""

import json
import signal
import sqlite3
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

from archive import locks
from kyson_crawler import portal as portals
from kyson_crawler import sample
from kyson_crawler.cli import main
from tests.portals.rawportal import RawPortal, page
from tests.program import SHARED, kyson, objects
from tests.test_crawl import article, home

ARTICLE = """<html><body><h1>Mở lớp dạy chữ Thái cho thanh niên bản Huồi Pốc</h1><p>Ngày đăng: 12/03/2021 08:30</p>
<div><p>{}</p></div></body></html>""".format(
    "Sáng nay tại nhà văn hóa bản, hai mươi học viên đầu tiên đã đến lớp. " * 4
)


def commands(group, path=()):
    for name, command in group.commands.items():
        yield (*path, name), command
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))


@pytest.mark.parametrize(
    ("path", "command"), list(commands(main)), ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_every_command_has_one_sentence_of_help_and_an_example(path, command):
    help_text = CliRunner().invoke(main, [*path, "--help"]).output
    assert "Example:" in help_text
    assert f"kyson {' '.join(path)}" in help_text or len(path) == 1
    assert command.help.splitlines()[0].endswith(".")


def test_the_promised_commands_are_there():
    promised = {"demo", "crawl", "portal", "extract", "search", "show", "export", "verify", "status"}
    assert promised <= set(main.commands)
    assert set(main.commands["portal"].commands) == {"new", "check", "list"}


def test_reading_commands_do_not_import_scrapy():
    code = "import sys; import kyson_crawler.cli; print([m for m in ('scrapy', 'twisted', 'lxml', 'rich') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def newer_archive(folder):
    kyson("--archive", folder, "crawl", "sample")
    with sqlite3.connect(folder / "archive.db") as database:
        database.execute("pragma user_version = 9999")
    database.close()


def misspelt(folder):
    (folder / "portals").mkdir(parents=True)
    (folder / "portals" / "muong-xen.toml").write_text('name = "x"\nseeds = ["https://x.vn/"]\npage_host = ["x.vn"]\n')


def not_ours(folder):
    folder.mkdir()
    with sqlite3.connect(folder / "archive.db") as database:
        database.execute("create table note (text)")
    database.close()


@pytest.mark.parametrize(
    ("prepare", "words", "code", "says"),
    [
        (None, ["crawl", "ky-sown"], 2, ["ky-sown", "did you mean 'ky-son'"]),
        (None, ["crawl", "ky-son"], 2, ["kyson.toml", "contact"]),
        (None, ["crawl", "ftp://x.vn/"], 2, ["ftp://x.vn/", "https://"]),
        (None, ["crawl", "sample", "--connect-to", "nonsense"], 2, ["nonsense", "HOST:PORT"]),
        (None, ["crawl", "http://127.0.0.1:1/", "--delay", "0"], 1, ["127.0.0.1", "refused", "try again"]),
        (misspelt, ["crawl", "muong-xen"], 2, ["page_host", "did you mean 'page_hosts'", "muong-xen.toml"]),
        (misspelt, ["portal", "check", "muong-xen"], 2, ["page_host", "'page_hosts' is missing"]),
        (None, ["search", "x"], 2, ["no archive", "crawl"]),
        (None, ["status"], 2, ["no archive"]),
        (not_ours, ["search", "x"], 2, ["archive.db", "archive"]),
        (newer_archive, ["search", "x"], 2, ["newer"]),
        (newer_archive, ["crawl", "sample"], 2, ["newer"]),
        (None, ["extract", "no-such-file.html"], 2, ["no-such-file.html"]),
        (None, ["nonsense"], 2, ["nonsense"]),
    ],
    ids=lambda value: "-".join(value[:2]).replace("/", "") if isinstance(value, list) and value and value[0].islower() else "",
)  # fmt: skip
def test_wrong_input_gets_one_clear_line_and_the_right_exit_code(tmp_path, prepare, words, code, says):
    folder = tmp_path / "a"
    if prepare:
        prepare(folder)
    before = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.db"))
    done = kyson("--archive", folder, *words, cwd=tmp_path)
    message = done.stderr.decode()
    assert done.returncode == code, message
    assert done.stdout == b""
    assert "Traceback" not in message
    for part in says:
        assert part in message
    if code == 2:
        assert sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.db")) == before


@pytest.mark.parametrize(
    ("page", "says"),
    [
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "PNG"),
        (b"%PDF-1.4\n", "PDF"),
        ("<ul><li><a href=/1>Danh sách tin tức của trang</a></ul>".encode(), "no article"),
    ],
)
def test_a_page_that_holds_no_article_is_said_so(page, says):
    done = kyson("extract", "-", stdin=page)
    assert (done.returncode, done.stdout) == (1, b"")
    assert says in done.stderr.decode()


def test_extract_reads_a_page_from_stdin_without_an_archive(tmp_path):
    done = kyson(
        "extract", "-", "--url", "https://x.vn/a", "--captured", "2021-03-13", stdin=ARTICLE.encode(), cwd=tmp_path
    )
    article = json.loads(done.stdout)
    assert article["title"] == "Mở lớp dạy chữ Thái cho thanh niên bản Huồi Pốc"
    assert article["published"] == "2021-03-12T08:30:00+07:00"
    assert article["capture"]["time"] == "2021-03-13T00:00:00+00:00"
    assert list(tmp_path.iterdir()) == []


def test_a_new_portal_is_written_once_and_is_sound(tmp_path):
    archive = ("--archive", tmp_path)
    new = ("portal", "new", "https://tuongduong.nghean.gov.vn/", "--slug", "tuong-duong", "--cms", "vnportal")
    assert kyson(*archive, *new).returncode == 0
    again = kyson(*archive, *new)
    assert again.returncode == 2
    assert "exists already" in again.stderr.decode()
    assert kyson(*archive, "portal", "check", "tuong-duong").returncode == 0
    listed = kyson(*archive, "portal", "list").stdout.decode()
    assert {"ky-son", "sample", "tuong-duong"} <= {line.split()[0] for line in listed.splitlines()}


def test_a_piped_crawl_prints_plain_lines_and_no_terminal_codes(tmp_path):
    done = kyson("--archive", tmp_path / "a", "crawl", "sample")
    assert done.returncode == 0
    assert b"\x1b" not in done.stdout + done.stderr
    assert "61 new" in done.stdout.decode()


def test_a_portal_that_fails_keeps_no_other_from_being_crawled(tmp_path):
    with RawPortal({"/": page(home("/a.html")), "/a.html": page(article(1))}) as server:
        targets = ("http://127.0.0.1:1/", server.url, "http://127.0.0.1:2/")
        done = kyson("--archive", tmp_path / "a", "crawl", *targets, "--delay", "0", "--json")
    told = objects(done.stdout)
    assert done.returncode == 1
    assert [(each["status"], each["crawl"]) for each in told] == [("failed", 1), ("finished", 2), ("failed", 3)]
    assert "refused" in told[0]["reason"]
    assert told[0]["requests"] == 0
    assert done.stderr.decode().count("Error: the crawl of") == 2


def test_the_worst_of_several_crawls_is_the_exit_code(tmp_path):
    folder = tmp_path / "a"
    with RawPortal({"/": page(home("/a.html")), "/a.html": page(article(1))}) as server:
        assert kyson("--archive", folder, "crawl", server.url, "--delay", "0", "--max-pages", "1").returncode == 0
        held = locks.take(folder, portals.slug_for(server.url))
        done = kyson("--archive", folder, "crawl", server.url, "http://127.0.0.1:1/", "--delay", "0", "--json")
        held.close()
    told = objects(done.stdout)
    assert done.returncode == 2
    assert [(each["status"], each["crawl"]) for each in told] == [("failed", None), ("failed", 2)]
    assert "is being" in told[0]["reason"]


def test_a_crawl_that_is_stopped_by_hand_ends_all(tmp_path):
    with sample.SampleServer() as server, RawPortal({"/": page(home())}) as other:
        words = ["crawl", "sample", other.url, "--connect-to", server.connect_to, "--delay", "0.05"]
        process = subprocess.Popen(
            [sys.executable, "-m", "kyson_crawler", "--archive", str(tmp_path / "a"), *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        while len(server.requests) < 5 and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert (process.returncode, other.requests) == (1, []), err.decode()
    assert out.decode().count("crawl ") == 1


def test_the_demo_shows_a_crawl_answers_and_proof(tmp_path):
    done = kyson("demo", "--directory", tmp_path / "demo", cwd=tmp_path)
    said = done.stdout.decode()
    assert done.returncode == 0, done.stderr.decode()
    assert "1 edited" in said
    assert "hội nghị" in said.lower()


@pytest.mark.skipif(not (SHARED / "portals" / "golden").exists(), reason="needs ../shared/portals/golden")
@pytest.mark.parametrize("page", ["seed-kyson-classes", "seed-kyson-bare"])
def test_the_first_article_of_ky_son_is_read_exactly(page):
    folder = SHARED / "portals" / "golden"
    gold = json.loads((folder / f"{page}.gold.json").read_text(encoding="utf-8"))
    article = json.loads(kyson("extract", folder / f"{page}.html").stdout)
    for field in ("title", "byline", "lead", "paragraphs"):
        assert article[field] == gold[field], field
    assert article["published"][:10] == gold["published"]
    assert [(i["src"], i["caption"]) for i in article["images"]] == [(i["src"], i["caption"]) for i in gold["images"]]
    words = json.dumps(
        [article[field] for field in ("title", "lead", "byline", "source", "paragraphs")], ensure_ascii=False
    )
    for furniture in gold["without"]:
        assert furniture not in words
