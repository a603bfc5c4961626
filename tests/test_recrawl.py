"""Crawls of a portal that is kept already: what is asked for again, what is believed, and what is gone."""

import json
import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from archive.fixity import check
from archive.store import Archive
from kyson_crawler import crawl, portal
from kyson_crawler.why import why
from tests.portals.livingportal import LivingPortal
from tests.portals.rawportal import RawPortal, page
from tests.program import kyson
from tests.test_crawl import article, home

ARTICLES = 60


def run(server, folder, **options):
    return crawl.run(portal.ad_hoc(server.url), folder, delay=0, **options)


def rows(folder, sql):
    with Archive.open(folder) as archive:
        return archive.connection.execute(sql).fetchall()


def size_of_warcs(folder):
    return sum(path.stat().st_size for path in (folder / "warc").glob("*.warc.gz"))


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A portal and an archive that holds all of it; whoever changes either makes a copy first."""
    folder = tmp_path_factory.mktemp("kho") / "archive"
    with LivingPortal(ARTICLES) as server:
        first = run(server, folder)
        assert (first.status, first.figures.articles) == ("finished", ARTICLES)
        yield server, folder


@pytest.fixture
def copy(kept, tmp_path):
    server, folder = kept
    shutil.copytree(folder, tmp_path / "archive")
    before = list(server.stories), dict(server.texts)
    server.forget()
    yield server, tmp_path / "archive"
    server.stories[:], server.texts = before
    server.stamps, server.validates = False, True


def paths_of(stories):
    return {story.path for story in stories}


def test_an_unchanged_portal_costs_next_to_nothing(copy):
    server, folder = copy
    size = size_of_warcs(folder)
    again = run(server, folder)
    assert (again.status, again.reason) == ("finished", None)
    looked_at = paths_of(server.stories) & set(server.requests)
    assert len(looked_at) == 10
    assert (
        len(server.requests) - len(looked_at) <= 10
    )  # the home page, robots.txt, a sitemap, three lists and their second pages
    assert size_of_warcs(folder) - size <= size * 0.12
    assert rows(folder, "SELECT count(*), max(n) FROM version") == [(ARTICLES, 1)]
    assert list(check(folder)) == []


def test_new_articles_are_found_and_lists_are_read_no_further_than_they_show_any(copy):
    server, folder = copy
    new = [server.publish() for _ in range(14)]  # more than the home page shows, and one page of a list
    again = run(server, folder)
    assert again.figures.new == 14
    assert paths_of(new) <= set(server.requests)
    # Of the seven pages of a list two show them, one shows none, and the next is asked for before that is read.
    assert not [path for path in server.requests if path.endswith(("page=5", "page=7"))]


def test_lists_are_read_to_their_end_after_a_crawl_that_did_not_come_to_its_own(tmp_path):
    with LivingPortal(ARTICLES) as server:
        run(server, tmp_path, max_pages=20)
        server.forget()
        run(server, tmp_path, fresh=True)
    assert rows(tmp_path, "SELECT count(*) FROM article") == [(ARTICLES,)]


def test_what_is_due_is_asked_for_with_what_the_server_gave_and_304_is_a_capture_of_it(copy, clock):
    server, folder = copy
    clock.shift(timedelta(days=190))
    again = run(server, folder)
    assert again.figures.unchanged == ARTICLES
    assert server.statuses[304] >= ARTICLES
    assert not [path for path in server.requests if path.startswith("/anh/")]
    found = rows(
        folder,
        "SELECT count(*), count(DISTINCT rc.reading_id), sum(c.revisit_of IS NOT NULL) FROM capture c "
        "JOIN reading_capture rc ON rc.capture_id = c.id WHERE c.not_modified AND c.status = 200",
    )
    assert found == [(ARTICLES, ARTICLES, ARTICLES)]
    assert rows(folder, "SELECT count(*), min(captures) FROM version") == [(ARTICLES, 2)]


def test_a_full_crawl_believes_no_validator_and_finds_what_was_edited_added_and_taken_down(copy, clock):
    server, folder = copy
    server.stamps = True
    clock.shift(timedelta(days=1))
    run(server, folder, full=True)  # the counter alone is no change
    assert rows(folder, "SELECT max(n) FROM version") == [(1,)]
    edited, removed = server.stories[3:51:4], server.stories[-3:]
    for story in edited:
        server.edit(story, "Bổ sung: ban tổ chức cảm ơn bà con đã góp công sức cho đợt này.")
    for story in removed:
        server.take_down(story)
    new = [server.publish() for _ in range(5)]
    clock.shift(timedelta(days=1))
    again = run(server, folder, full=True)
    assert server.statuses[304] == 0
    assert (again.figures.edited, again.figures.new) == (12, 5)
    assert {
        key for (key,) in rows(folder, "SELECT key FROM article a JOIN version v ON v.article_id = a.id AND v.n = 2")
    } == {
        key
        for story in edited
        for (key,) in rows(
            folder, f"SELECT key FROM article a JOIN url u ON u.id = a.url_id WHERE u.url LIKE '%{story.path}'"
        )
    }
    assert {story.path for story in new} <= set(server.requests)
    assert rows(folder, "SELECT count(DISTINCT article_id) FROM absence") == [(3,)]
    assert rows(folder, "SELECT count(*) FROM article WHERE gone IS NOT NULL") == [(0,)]


def test_what_is_taken_down_is_gone_after_three_days_and_comes_back(copy, clock):
    server, folder = copy
    gone = server.stories[7]
    server.take_down(gone)
    clock.shift(timedelta(days=190))
    for expected in (0, 0, 1):
        run(server, folder)
        assert rows(folder, "SELECT count(*) FROM article WHERE gone IS NOT NULL") == [(expected,)]
        clock.shift(timedelta(days=1))
    ref = rows(folder, "SELECT ref FROM article WHERE gone IS NOT NULL")[0][0]
    shown = kyson("--archive", folder, "show", ref).stdout.decode()
    assert "gone since" in shown
    assert "HTTP 404; found on 3 days" in shown
    assert list(check(folder, quick=True)) == []
    server.stories.insert(7, gone)
    clock.shift(timedelta(days=4))
    run(server, folder)
    assert rows(folder, "SELECT count(*) FROM article WHERE gone IS NOT NULL") == [(0,)]
    assert "gone" not in kyson("--archive", folder, "show", ref).stdout.decode()


def test_why_tells_why_an_article_was_not_asked_for_again(copy):
    server, folder = copy
    run(server, folder)
    first = server.stories[10]  # the last one on the first page of its list, and none of the ten newest
    with Archive.open(folder) as archive:
        told = "\n".join(why(archive, server.url.rstrip("/") + first.path).to_text())
    assert "kept already: not due again before" in told
    assert "would not ask for it before" in told


def test_a_full_crawl_does_not_go_on_with_one_that_was_none(tmp_path):
    with LivingPortal(12) as server:
        run(server, tmp_path, max_pages=4)
        whole = run(server, tmp_path, full=True)
    assert (whole.crawl_id, whole.figures.articles) == (2, 12)


def test_an_answer_of_304_whose_original_is_lost_is_asked_for_once_more(copy, clock):
    server, folder = copy
    clock.shift(timedelta(days=190))
    for path in (folder / "warc").glob("*.warc.gz"):
        path.write_bytes(b"\x00" * path.stat().st_size)
    again = run(server, folder)
    asked = Counter(server.requests)
    assert again.figures.unchanged == ARTICLES
    assert all(asked[story.path] == 2 for story in server.stories)


def test_reading_all_again_from_the_warcs_gives_what_the_crawls_gave(copy, tmp_path):
    from tests.content import content

    server, folder = copy
    gone = server.stories[7]
    server.take_down(gone)
    server.edit(server.stories[9], "Bổ sung ngày hôm nay: lớp dệt nhận thêm mười học viên của ba bản.")
    run(server, folder, full=True)
    new = server.publish()
    run(server, folder)
    done = kyson("--archive", folder, "reread", "--into", tmp_path / "moi", "--workers", "1")
    assert done.returncode == 0, done.stderr
    one, other = content(folder), content(tmp_path / "moi")
    assert {name: one[name] == other[name] for name in one} == dict.fromkeys(one, True)
    assert new.path in " ".join(server.requests)
    assert rows(tmp_path / "moi", "SELECT count(DISTINCT article_id) FROM absence") == [(1,)]


def test_the_outcome_says_what_is_kept_already(copy):
    server, folder = copy
    done = kyson("--archive", folder, "crawl", server.url, "--delay", "0", "--json")
    assert json.loads(done.stdout)["refused"]["kept already"] > 0
    assert datetime.now(UTC) - timedelta(minutes=5) < datetime.fromisoformat(
        rows(folder, "SELECT max(started) FROM crawl")[0][0]
    )


def test_a_view_of_a_kept_article_is_no_article_whichever_is_asked_for_first(tmp_path):
    shown = page(article(1), "Cache-Control: no-store")
    with RawPortal(
        {"/": page(home("/bai-1.html", "/bai-1.html?in=1")), "/bai-1.html": shown, "/bai-1.html?in=1": shown}
    ) as site:
        target = portal.ad_hoc(site.url)
        crawl.run(target, tmp_path, delay=0)
        site.answers["/"] = page(home("/bai-1.html?in=1", "/bai-1.html?in=2"))
        site.answers["/bai-1.html?in=2"] = shown
        for full in (False, True):
            crawl.run(target, tmp_path, delay=0, full=full)
    assert rows(tmp_path, "SELECT key FROM article") == [("bai-1.html",)]
