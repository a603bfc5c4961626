import fcntl
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from attrs import evolve

from archive import index, locks, versions
from archive.errors import ArchiveBusy, UnknownRef, UsageError
from archive.query import DAY, Selection, day_key
from archive.records import Article, Attachment, Block, Image, Missing
from archive.schema import moment
from archive.store import Archive, Outcome
from archive.vietnam import clock
from tests.builders import FIRST, SITE, article, begin, capture, keep, new_archive, settle

SHARED = Path(__file__).parents[2] / "shared"
PICTURE = "http://files.example/1.jpg"
REF = "ky-son/1"
ARTICLE_URL = f"{SITE}/tin-tuc/bai-1"


@pytest.fixture
def archive(tmp_path):
    with new_archive(tmp_path / "kyson-archive") as opened:
        yield opened


@pytest.fixture
def crawl(archive):
    return begin(archive)


def embed(archive, url=PICTURE, ref=REF):
    found = archive.article(ref).embeds[url]
    return found.status, found.reason


def rows(archive, sql):
    return archive.connection.execute(sql).fetchall()


def count(archive, table):
    return rows(archive, f"SELECT count(*) FROM {table}")[0][0]


def texts(archive, selection):
    return [kept.article.ref for kept in archive.articles(Selection(query=selection))]


# -- articles and versions ---------------------------------------------------------------------------------------


def test_an_article_comes_back_as_it_was_put(archive, crawl):
    whole = Article(
        portal="ky-son",
        key="529174",
        url=f"{SITE}/tin-tuc/hoi-nghi-529174",
        title="Hội nghị Huyện ủy",
        lead="Ngày 02/6.",
        byline="Tình Dương",
        source="Báo Nghệ An",
        published="2022-06-02",
        published_raw="Thứ năm, 02/06/2022",
        published_source="page",
        section="Tin tức",
        language="vi",
        blocks=(
            Block(kind="heading", level=2, text="Diễn biến"),
            Block(kind="paragraph", text="Một đoạn."),
            Block(kind="figure", image=0),
            Block(kind="video", src="http://files.example/1.mp4", caption="Lễ hội. Clip: M", credit="M"),
            Block(kind="list", text="một\nhai", items=("một", "hai")),
            Block(kind="table", text="a\tb\nc\td", rows=(("a", "b"), ("c", "d"))),
        ),
        images=(
            Image(src=PICTURE, caption="Toàn cảnh. Ảnh: M", credit="M", alt="Anh-tin-bai", caption_source="next_block"),
        ),
        attachments=(Attachment(href="http://files.example/13.pdf", label="Chỉ thị"),),
        extractor="kyson-crawler/0.1.0 vnportal",
    )
    keep(archive, crawl, whole)
    assert archive.article("ky-son/529174").article == whole


def test_the_capture_of_an_article_comes_back_as_it_was_put(archive, crawl):
    page = capture(SITE, method="GET", redirect_to=f"{SITE}/khac", truncated="length", mime=None)
    archive.put_article(crawl, archive.put_capture(crawl, page, "page"), article("1"))
    assert archive.article(REF).capture == page


def test_putting_tells_new_edited_and_unchanged_articles_apart(archive, crawl):
    first, edited = article("1", "Một."), article("1", "Hai.")
    outcomes = [keep(archive, crawl, kept, days=n)[1] for n, kept in enumerate((first, first, edited, edited, first))]
    assert outcomes == ["new", "unchanged", "edited", "unchanged", "edited"]
    assert f"{Outcome.NEW}" == "new"


def test_content_that_comes_back_is_a_version_of_its_own(archive, crawl):
    for days, text in enumerate("ABBA"):
        keep(archive, crawl, article("1", text), days=days)
    assert [(version.n, version.captures) for version in archive.versions(REF)] == [(1, 1), (2, 2), (3, 1)]
    assert archive.article(REF).versions == 3


def test_an_older_capture_found_later_can_split_a_version(archive, crawl):
    keep(archive, crawl, article("1", "A"), days=0)
    keep(archive, crawl, article("1", "A"), days=2)
    assert keep(archive, crawl, article("1", "B"), days=1)[1] == "edited"
    assert [version.captures for version in archive.versions(REF)] == [1, 1, 1]


def test_an_older_capture_found_later_does_not_change_what_is_current(archive, crawl):
    keep(archive, crawl, article("1", "Nay", url=f"{SITE}/nay"), days=9)
    assert keep(archive, crawl, article("1", "Xưa", url=f"{SITE}/xua"), days=0)[1] == "edited"
    kept = archive.article(REF)
    assert (kept.article.paragraphs, kept.article.url) == (("Nay",), f"{SITE}/nay")
    assert texts(archive, "xưa") == []


def test_fourteen_captures_of_one_content_are_one_reading_and_one_version(archive, crawl):
    for days in range(14):
        keep(archive, crawl, article("1"), days=days)
    assert (count(archive, "reading"), count(archive, "version"), count(archive, "reading_capture")) == (1, 1, 14)
    (version,) = archive.versions(REF)
    assert (version.captures, (version.until - version.since).days) == (14, 13)


def test_a_changed_date_is_another_reading_but_no_other_version(archive, crawl):
    keep(archive, crawl, article("1", published="2022-06-02"), days=0)
    assert keep(archive, crawl, article("1", published="2022-06-03"), days=1)[1] == "unchanged"
    assert (count(archive, "reading"), count(archive, "version")) == (2, 1)
    assert archive.article(REF).article.published == "2022-06-03"


def test_a_newer_extractor_replaces_the_reading_of_its_capture(archive, crawl):
    page, _ = keep(archive, crawl, article("1", "Thô"))
    archive.put_article(crawl, page, article("1", "Tinh", extractor="kyson-crawler/0.2.0 vnportal"))
    assert archive.article(REF).article.paragraphs == ("Tinh",)
    assert (count(archive, "reading"), count(archive, "version")) == (2, 1)


def test_putting_the_same_article_of_the_same_capture_twice_changes_nothing(archive, crawl):
    page, _ = keep(archive, crawl, article("1", images=[PICTURE]))
    assert archive.put_article(crawl, page, article("1", images=[PICTURE])) == "unchanged"
    assert [count(archive, table) for table in ("reading", "version", "embed", "search_doc")] == [1, 1, 1, 1]


def test_the_json_of_an_article_has_the_key_of_mentions_which_makes_no_other_reading(archive, crawl):
    keep(archive, crawl, article("1"))
    assert archive.article(REF).to_json()["mentions"] == []
    ((digest,),) = rows(archive, "SELECT digest FROM reading")
    apart = {"ref", "url", "portal", "extractor", "partial", "mentions"}
    facts = {name: value for name, value in article("1").to_json().items() if name not in apart}
    assert digest == versions.digest_of(facts)


@pytest.mark.parametrize("wrong", [{"key": None}, {"key": ""}, {"portal": "tuong-duong"}])
def test_an_article_that_cannot_be_named_leaves_no_trace(archive, crawl, wrong):
    page = archive.put_capture(crawl, capture(), "page")
    with pytest.raises(UsageError, match="cannot be kept"):
        archive.put_article(crawl, page, evolve(article("1"), **wrong))
    assert [count(archive, table) for table in ("article", "reading", "embed")] == [0, 0, 0]


# -- references --------------------------------------------------------------------------------------------------


def test_a_reference_with_a_time_means_the_version_that_holds_that_capture(archive, crawl):
    for days, text in enumerate("ABBA"):
        keep(archive, crawl, article("1", text), days=days)
    shown = [archive.article(f"{REF}@2022060{2 + days}091400").article.paragraphs[0] for days in range(4)]
    assert shown == list("ABBA")


@pytest.mark.parametrize("address", [f"{SITE}/tin-tuc/bai-1", f"{SITE}/print/1"])
def test_an_article_is_found_by_any_address_under_which_it_was_captured(archive, crawl, address):
    page = archive.put_capture(crawl, capture(f"{SITE}/print/1"), "page")
    archive.put_article(crawl, page, article("1"))
    assert archive.article(address).article.ref == REF


def test_a_version_is_found_by_its_ordinal(archive, crawl):
    for days, text in enumerate("AB"):
        keep(archive, crawl, article("1", text), days=days)
    assert archive.article(REF, version=1).article.paragraphs == ("A",)
    assert archive.article(REF, version=2).article.paragraphs == ("B",)


@pytest.mark.parametrize("ref", ["", "ky-son", "ky-son/2", f"{REF}@20220602091401", f"{REF}@2022", "\ud800", "x' --"])
def test_an_unknown_reference_is_said_to_be_unknown(archive, crawl, ref):
    keep(archive, crawl, article("1"))
    with pytest.raises(UnknownRef):
        archive.article(ref)


def test_an_unknown_version_is_said_to_be_unknown(archive, crawl):
    keep(archive, crawl, article("1"))
    with pytest.raises(UnknownRef, match="it has 1"):
        archive.article(REF, version=2)


def test_a_key_that_looks_like_a_time_is_still_a_key(archive, crawl):
    keep(archive, crawl, article("a@20220602091400"))
    assert archive.article("ky-son/a@20220602091400").article.key == "a@20220602091400"


# -- images and files --------------------------------------------------------------------------------------------


def test_an_image_waits_until_it_came(archive, crawl):
    keep(archive, crawl, article("1", images=[PICTURE]))
    assert embed(archive) == ("waiting", None)
    settle(archive, crawl, PICTURE, b"bytes")
    assert embed(archive) == ("ok", None)
    assert archive.article(REF).embeds[PICTURE].offset is not None


def test_an_image_that_did_not_come_is_missing_with_the_reason(archive, crawl):
    keep(archive, crawl, article("1", images=[PICTURE]))
    settle(archive, crawl, PICTURE, reason="HTTP 404")
    assert embed(archive) == ("missing", "HTTP 404")


def test_an_error_page_in_place_of_an_image_is_no_image(archive, crawl):
    keep(archive, crawl, article("1", images=[PICTURE]))
    page = archive.put_capture(crawl, capture(PICTURE, payload=b"<html>"), "image")
    archive.settle_embed(crawl, PICTURE, capture_id=page, reason="the server sent a page instead of the image")
    assert embed(archive)[0] == "missing"
    assert archive.article(REF).embeds[PICTURE].digest is None


def test_a_refused_address_is_missing_at_once(archive, crawl):
    keep(archive, crawl, article("1", images=[PICTURE]), refused={PICTURE: "out of scope: files.example"})
    assert embed(archive) == ("missing", "out of scope: files.example")


def test_an_address_settled_before_in_a_crawl_keeps_its_fate(archive, crawl):
    keep(archive, crawl, article("1", images=[PICTURE]))
    settle(archive, crawl, PICTURE, b"bytes")
    keep(archive, crawl, article("2", images=[PICTURE]))
    assert embed(archive, ref="ky-son/2") == ("ok", None)


def test_one_image_settles_every_page_that_waits_for_it(archive, crawl):
    for key in "123":
        keep(archive, crawl, article(key, images=[PICTURE]))
    settle(archive, crawl, PICTURE, b"bytes")
    assert [embed(archive, ref=f"ky-son/{key}")[0] for key in "123"] == ["ok"] * 3


def test_a_later_crawl_asks_again(archive, crawl):
    keep(archive, crawl, article("1", images=[PICTURE]))
    settle(archive, crawl, PICTURE, b"bytes")
    archive.finish_crawl(crawl, status="finished")
    later = begin(archive)
    keep(archive, later, article("1", images=[PICTURE]), days=1)
    assert embed(archive) == ("waiting", None)


def test_what_one_crawl_settles_says_nothing_of_another_that_runs_beside_it(archive, crawl):
    keep(archive, crawl, article("1", images=[PICTURE]))
    beside = begin(archive, "tuong-duong")
    keep(archive, beside, article("1", portal="tuong-duong", images=[PICTURE]))
    settle(archive, beside, PICTURE, reason="HTTP 503")
    keep(archive, crawl, article("2", images=[PICTURE]))
    assert [embed(archive, ref=ref)[0] for ref in (REF, "ky-son/2", "tuong-duong/1")] == ["waiting"] * 2 + ["missing"]


def test_one_address_named_twice_is_asked_for_once(archive, crawl):
    keep(archive, crawl, article("1", images=[PICTURE, PICTURE], attachments=[PICTURE]))
    assert count(archive, "embed") == 1


def test_other_bytes_behind_an_image_make_a_new_version(archive):
    for days, payload in enumerate((b"one", b"one", b"other")):
        again = begin(archive)
        keep(archive, again, article("1", images=[PICTURE]), days=days)
        settle(archive, again, PICTURE, payload, days=days)
        archive.finish_crawl(again, status="finished")
    assert [version.captures for version in archive.versions(REF)] == [2, 1]


@pytest.mark.parametrize("answers", [[b"one", None, b"one"], [None, b"one", None], [None, None, b"one"]])
def test_a_failure_that_passes_makes_no_new_version(archive, answers):
    for days, payload in enumerate(answers):
        again = begin(archive)
        keep(archive, again, article("1", images=[PICTURE]), days=days)
        settle(archive, again, PICTURE, payload, days=days)
        archive.finish_crawl(again, status="finished")
    assert [version.captures for version in archive.versions(REF)] == [3]


def test_the_bytes_of_an_earlier_capture_stand_in_for_an_image_that_is_gone(archive, crawl):
    keep(archive, crawl, article("1", images=[PICTURE]))
    settle(archive, crawl, PICTURE, b"bytes")
    digest = archive.article(REF).embeds[PICTURE].digest
    archive.finish_crawl(crawl, status="finished")
    later = begin(archive)
    keep(archive, later, article("1", images=[PICTURE]), days=1)
    settle(archive, later, PICTURE, reason="HTTP 404")
    assert embed(archive) == ("ok", "HTTP 404; the bytes are those of another capture")
    assert archive.article(REF).embeds[PICTURE].digest == digest


def test_while_an_image_is_waited_for_no_version_begins(archive, crawl):
    keep(archive, crawl, article("1", images=[PICTURE]))
    settle(archive, crawl, PICTURE, b"bytes")
    archive.finish_crawl(crawl, status="finished")
    assert keep(archive, begin(archive), article("1", images=[PICTURE]), days=1)[1] == "unchanged"


def test_what_still_waits_when_a_crawl_ends_is_missing(archive, crawl):
    keep(archive, crawl, article("1", images=[PICTURE]))
    archive.finish_crawl(crawl, status="stopped", reason="by hand")
    assert embed(archive) == ("missing", "the crawl ended before it was fetched")


def test_an_address_no_page_waits_for_is_settled_without_harm(archive, crawl):
    archive.settle_embed(crawl, "http://nobody.example/", capture_id=None, reason="HTTP 404")
    assert count(archive, "embed") == 0


# -- crawls ------------------------------------------------------------------------------------------------------


def test_a_portal_keeps_its_row_and_takes_its_newest_name(archive, crawl):
    archive.finish_crawl(crawl, status="finished")
    begin(archive, name="Cổng thông tin huyện Kỳ Sơn")
    assert rows(archive, "SELECT slug, name FROM portal") == [("ky-son", "Cổng thông tin huyện Kỳ Sơn")]


def test_a_finished_crawl_says_how_it_went(archive, crawl):
    archive.finish_crawl(crawl, status="finished", reason=None, pages=3, articles=2, images=1, errors=0, requests=9)
    assert rows(archive, "SELECT status, pages, articles, requests, pid FROM crawl") == [("finished", 3, 2, 9, None)]
    ((kind, about, outcome, detail),) = rows(archive, "SELECT kind, object, outcome, detail FROM event")
    assert (kind, about, outcome, json.loads(detail)["pages"]) == ("crawl", "crawl 1", "finished", 3)


def test_the_rows_of_closed_warcs_take_what_their_manifests_say(archive, crawl):
    page = capture()
    archive.put_capture(crawl, page, "page")
    manifest = {"name": page.warc, "bytes": 7, "records": 3, "sha256": "0" * 64, "closed": "2022-06-02T10:00:00Z"}
    (archive.folder / "warc" / f"{page.warc}.json").write_text(json.dumps(manifest))
    archive.finish_crawl(crawl, status="finished")
    found = rows(archive, "SELECT name, bytes, records, sha256, closed FROM warc")
    assert found == [tuple(manifest.values())]


DYING = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tests.builders import article, begin, keep
from archive.store import Archive
archive = Archive.open(Path(sys.argv[1]), write=True)
keep(archive, begin(archive), article("1", images=["http://files.example/1.jpg"]))
sys.argv[3:] == ["finish"] and archive.finish_crawl(1, status="finished")
print("ready", flush=True)
sys.stdin.read()
"""


def other_process(archive, *words):
    root = str(Path(__file__).parents[1])
    command = [sys.executable, "-c", DYING, str(archive.folder), root, *words]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"ready\n"
    return process


def test_what_a_killed_crawl_left_is_settled_by_the_next(archive):
    with other_process(archive) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
    again = begin(archive)
    assert archive.killed_crawls == (1,)
    assert rows(archive, "SELECT status, pages, articles FROM crawl WHERE id = 1") == [("killed", 1, 1)]
    assert embed(archive) == ("missing", "the crawl was killed before it was fetched")
    archive.finish_crawl(again, status="finished")
    begin(archive)
    assert archive.killed_crawls == ()


def test_a_crawl_of_another_portal_settles_a_killed_one_too(archive):
    with other_process(archive) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
    begin(archive, "tuong-duong")
    assert archive.killed_crawls == (1,)


def test_whether_a_crawl_lives_is_told_by_its_lock_and_not_by_its_process_number(archive, crawl):
    archive.close()
    with Archive.open(archive.folder, write=True) as later:
        assert rows(later, "SELECT status, pid FROM crawl") == [("running", os.getpid())]
        begin(later)
        assert later.killed_crawls == (crawl,)


def test_a_crawl_of_another_portal_that_is_running_elsewhere_is_left_alone(archive):
    with other_process(archive) as process:
        begin(archive, "tuong-duong")
        assert archive.killed_crawls == ()
        assert embed(archive) == ("waiting", None)
        process.stdin.close()


def test_a_portal_is_crawled_by_one_crawl_at_a_time(archive):
    with other_process(archive) as process:
        since = clock(moment(rows(archive, "SELECT started FROM crawl")[0][0]))
        with pytest.raises(
            ArchiveBusy, match=rf"ky-son .* since {since}, Vietnam's time \(crawl 1, .*wait until it has ended"
        ):
            begin(archive)
        assert count(archive, "crawl") == 1
        process.stdin.close()


def test_a_finished_crawl_lets_go_of_its_portal_while_its_process_lives_on(archive):
    with other_process(archive, "finish") as process:
        assert begin(archive) == 2
        process.stdin.close()


def test_a_crawl_that_could_not_begin_holds_nothing(archive):
    with pytest.raises(sqlite3.IntegrityError):
        begin(archive, name=None)
    assert begin(archive) == 1


@pytest.mark.parametrize("slug", ["../warc", "a/b", "", "..", "x" * 200])
def test_a_slug_that_is_no_file_name_begins_no_crawl(archive, slug):
    with pytest.raises(UsageError, match="cannot name a portal"):
        begin(archive, slug)


def test_looking_at_a_lock_does_not_keep_a_crawl_from_beginning(archive, crawl):
    archive.finish_crawl(crawl, status="finished")
    with (archive.folder / locks.FOLDER / "ky-son").open("rb") as stream:
        fcntl.flock(stream, fcntl.LOCK_SH)
        threading.Timer(0.03, fcntl.flock, (stream, fcntl.LOCK_UN)).start()
        assert begin(archive) == 2


def test_status_tells_a_crawl_that_was_cut_short_from_one_that_runs(archive):
    with other_process(archive) as process:
        assert archive.status()[0].last_crawl.status == "running"
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert archive.status()[0].last_crawl.status == "killed"
    assert rows(archive, "SELECT status FROM crawl") == [("running",)]


def seen_on(archive, day):
    """A crawl reads article 1 on a day."""
    crawl_id = begin(archive)
    keep(archive, crawl_id, article("1"), days=day)
    archive.finish_crawl(crawl_id, status="finished")


def missed_on(archive, *days, status=404):
    """A crawl finds nothing at the address of article 1 on some days."""
    crawl_id = begin(archive)
    for day in days:
        number = archive.put_capture(crawl_id, capture(ARTICLE_URL, days=day, status=status), "page")
        archive.put_absence(crawl_id, number, key="1", url=ARTICLE_URL, reason=f"HTTP {status}")
    archive.finish_crawl(crawl_id, status="finished")


def test_an_article_is_gone_when_nothing_stood_at_its_address_on_three_days(tmp_path):
    with Archive.open(tmp_path, write=True, create=True) as archive:
        seen_on(archive, 1)
        assert archive.missing(REF) is None
        missed_on(archive, 2, 2.1, 3)
        found = archive.missing(REF)
        assert (found.is_gone, found.days, found.since) == (False, 2, FIRST + timedelta(days=2))
        missed_on(archive, 9, status=410)
        assert archive.missing(REF) == Missing(
            last_seen=FIRST + timedelta(days=1),
            since=FIRST + timedelta(days=2),
            days=3,
            reason="HTTP 410",
            is_gone=True,
        )


def test_an_article_that_is_gone_can_come_back(tmp_path):
    with Archive.open(tmp_path, write=True, create=True) as archive:
        seen_on(archive, 1)
        missed_on(archive, 2, 3, 4)
        assert archive.missing(REF).is_gone
        seen_on(archive, 30)
        assert archive.missing(REF) is None
        missed_on(archive, 31, 32)
        assert not archive.missing(REF).is_gone


def test_no_crawl_that_goes_by_an_article_makes_it_gone(tmp_path):
    with Archive.open(tmp_path, write=True, create=True) as archive:
        seen_on(archive, 1)
        for _ in range(5):
            archive.finish_crawl(begin(archive), status="finished")
        assert archive.missing(REF) is None


# -- the index and reading ---------------------------------------------------------------------------------------


def fts_is_sound(archive):
    archive.connection.execute("INSERT INTO article_fts (article_fts) VALUES ('integrity-check')")
    return count(archive, "article_fts") == count(archive, "search_doc") == count(archive, "article")


def test_words_of_a_superseded_version_are_found_no_more(archive, crawl):
    keep(archive, crawl, article("1", "Đường Mường Xén"), days=0)
    keep(archive, crawl, article("1", "Cầu Nậm Mộ"), days=1)
    assert (texts(archive, "đường"), texts(archive, "duong"), texts(archive, "cầu")) == ([], [], [REF])
    assert fts_is_sound(archive)


def test_the_index_stays_sound_while_dates_move(archive, crawl):
    for days, published in enumerate(["2022-06-02", None, "2022", "không rõ", "1969-12-31", "2022-06-02"]):
        keep(archive, crawl, article("1", f"Bản {days}", published=published), days=days)
        assert fts_is_sound(archive)
    assert texts(archive, "bản 5") == [REF]


def test_a_day_with_more_articles_than_keys_goes_on_in_the_next(archive, crawl):
    keep(archive, crawl, article("1"))
    first = day_key("2022-06-02")
    archive.connection.execute("UPDATE search_doc SET skey = ?", (first + DAY - 1,))
    keep(archive, crawl, article("2"))
    assert rows(archive, "SELECT max(skey) FROM search_doc") == [(first + DAY,)]


def test_the_index_is_made_again_when_the_rules_of_folding_changed(archive, crawl, monkeypatch):
    keep(archive, crawl, article("1", "Đảng bộ"))
    archive.connection.execute("INSERT INTO article_fts (article_fts) VALUES ('delete-all')")
    monkeypatch.setattr(index, "FOLD_VERSION", "other")
    with Archive.open(archive.folder) as reopened:
        assert texts(reopened, "dang bo") == [REF]
        assert index.is_current(reopened.connection)


def test_articles_come_by_date_and_reference_and_undated_ones_last(archive, crawl):
    for key, published in {"9": "2020", "3": None, "2": "2021-05-01", "1": "2021-05-01", "5": "2020-01-01"}.items():
        keep(archive, crawl, article(key, published=published))
    assert [kept.article.key for kept in archive.articles()] == ["9", "5", "1", "2", "3"]


def test_going_through_all_articles_sees_one_moment(archive, crawl):
    for number in range(3):
        keep(archive, crawl, article(str(number)))
    with Archive.open(archive.folder) as reader:
        going = reader.articles()
        next(going)
        keep(archive, crawl, article("9"))
        keep(archive, crawl, article("2", "Sửa"), days=1)
        rest = list(going)
        assert [kept.article.paragraphs for kept in rest] == [("Một đoạn văn.",)] * 2
        assert len(list(reader.articles())) == 4


def test_an_archive_may_be_closed_on_the_way_through_its_articles(archive, crawl):
    for number in range(3):
        keep(archive, crawl, article(str(number)))
    with Archive.open(archive.folder) as reader:
        going = reader.articles()
        next(going)
    going.close()


def test_status_counts_what_is_held_of_each_portal(archive, crawl):
    keep(archive, crawl, article("1", images=[PICTURE, "http://files.example/2.jpg"]))
    settle(archive, crawl, PICTURE, b"bytes")
    settle(archive, crawl, "http://files.example/2.jpg", reason="HTTP 404")
    keep(archive, crawl, article("1", "Sửa", images=[PICTURE]), days=1)
    archive.finish_crawl(crawl, status="failed", reason="no answer")
    (archive.folder / "warc" / "ky-son-20220602091400-00001.warc.gz").write_bytes(b"x" * 100)
    begin(archive, "tuong-duong")
    kyson, tuongduong = archive.status()
    assert (kyson.articles, kyson.versions, kyson.images, kyson.images_missing) == (1, 2, 1, 0)
    assert (kyson.captures, kyson.crawls, kyson.bytes) == (3, 1, 100)
    assert (kyson.last_crawl.status, kyson.last_crawl.reason) == ("failed", "no answer")
    assert (tuongduong.portal, tuongduong.articles, tuongduong.last_crawl.status) == ("tuong-duong", 0, "running")


# -- hostile input -----------------------------------------------------------------------------------------------


def naughty():
    file = SHARED / "data" / "blns" / "blns.json"
    if not file.exists():
        pytest.skip(f"{file} is not here")
    return json.loads(file.read_text(encoding="utf-8"))


def test_every_naughty_string_is_only_text(archive, crawl):
    strings = naughty()[::5]
    for key, text in enumerate(strings):
        hostile = article(str(key), text, title=text, section=text, images=[(f"http://a/{key}{text}", text)])
        keep(archive, crawl, hostile)
        assert archive.article(f"ky-son/{key}").article == hostile
    assert fts_is_sound(archive)


def test_a_lone_surrogate_is_kept_as_a_question_mark_and_breaks_nothing(archive, crawl):
    keep(archive, crawl, article("\ud800", "a\udfffb", title="\ud83d", images=[("http://a/\ud800", "\ud800")]))
    kept = archive.article("ky-son/?")
    assert (kept.article.title, kept.article.paragraphs, kept.article.images[0].src) == ("?", ("a?b",), "http://a/?")
    settle(archive, crawl, "http://a/\ud800", b"bytes")
    assert embed(archive, "http://a/?", "ky-son/?") == ("ok", None)


def test_reading_an_archive_imports_neither_scrapy_nor_sqlite_utils():
    slow = ("scrapy", "twisted", "sqlite_utils", "fastwarc", "isal", "rich", "kyson_crawler")
    script = f"import sys, archive.cli; print([name for name in {slow!r} if name in sys.modules])"
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == "[]"


def test_the_clock_is_the_callers(tmp_path):
    with Archive.open(tmp_path, write=True, create=True, now=lambda: FIRST) as archive:
        begin(archive)
        assert rows(archive, "SELECT started, pid FROM crawl") == [("2022-06-02T09:14:00.000000Z", os.getpid())]
        assert time.time() > FIRST.timestamp()
