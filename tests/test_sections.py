"""Sections of a portal that are crawled by themselves: what that asks for, and what it leaves as it is."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from archive import alarm, coverage, runs, schedules
from archive.errors import FetchFailed, PortalFault, UsageError
from archive.store import Archive
from kyson_crawler import crawl, portal
from kyson_crawler.cli import main
from kyson_crawler.hours import now
from kyson_crawler.schedule.process import perform
from kyson_crawler.schedule.tick import tick
from kyson_crawler.section import Section
from kyson_crawler.why import why
from tests.builders import begin, capture
from tests.clockwork import BEGIN, Machine, all_runs, new_archive, plan
from tests.portals.livingportal import SECTIONS, LivingPortal
from tests.portals.rawportal import RawPortal, page
from tests.test_crawl import article, home

TOML = """
name = "Huyện Mường Xén"
seeds = ["{url}"]
page_hosts = ["{host}"]
[pace]
delay = 0
[sections]
news = ["{url}tin-tuc"]
"Văn hóa" = ["{url}van-hoa"]
"""
TO_THE_LIST = b"HTTP/1.1 302 Found\r\nLocation: /vi/tin-tuc\r\nContent-Length: 0\r\n\r\n"
ALL = 24


def described(server, folder):
    """The portal of a server, with its file in the archive."""
    path = folder / "portals" / "muong-xen.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(TOML.format(url=server.url, host=server.url.split("/")[2]), encoding="utf-8")
    return portal.load(path)


def rows(folder, sql):
    with Archive.open(folder) as archive:
        return archive.connection.execute(sql).fetchall()


def kyson(folder, *words, code=0):
    done = CliRunner().invoke(main, ["--archive", str(folder), *words], prog_name="kyson")
    assert done.exit_code == code, done.output
    return done.output


@pytest.fixture
def living():
    with LivingPortal(ALL) as server:
        yield server


def test_a_section_is_asked_for_alone_with_all_that_its_lists_show(living, tmp_path):
    done = crawl.run(described(living, tmp_path), tmp_path, section="news")
    of_news = {story.path for story in living.stories if story.section == "tin-tuc"}
    pages = [path for path in living.requests if not path.startswith("/anh/") and path != "/robots.txt"]
    assert {path for path in pages if "html" in path} == of_news
    assert {path.partition("?")[0] for path in set(pages) - of_news} == {"/tin-tuc"}
    assert (done.status, done.figures.articles, done.figures.images, done.completeness) == ("finished", 8, 8, None)
    with Archive.open(tmp_path) as archive:
        told = "\n".join(why(archive, f"{living.url}van-hoa").to_text())
    assert "outside the section: news" in told


def dated(*paths, menu="/bai-3.html", more=""):
    """A page with a menu, and a list that prints dates."""
    entries = "".join(
        f'<li><a href="{path}">Bài viết ở {path}</a> (0{n + 1}/03/2021)</li>' for n, path in enumerate(paths)
    )
    return f'<html><body><p><a href="{menu}">Liên hệ</a></p><h2>Tin tức</h2><ul>{entries}</ul>{more}</body></html>'


@pytest.mark.parametrize("shown", [home, dated])
def test_what_stands_elsewhere_is_taken_when_a_list_of_the_section_shows_it(tmp_path, shown):
    paths = [f"/bai-{n}.html" for n in range(10, 16)]
    answers = {
        "/": page(home("/tin-tuc", "/van-ban")),
        "/tin-tuc": page(shown(*paths)),
        **{path: page(article(path[5:7], '<a href="/bai-4.html">Bài khác</a>')) for path in paths},
        **{f"/bai-{n}.html": page(article(n)) for n in (3, 4)},
    }
    with RawPortal(answers) as server:
        target = described(server, tmp_path)
        for _ in range(2):
            assert crawl.run(target, tmp_path, section=f"{server.url}tin-tuc").status == "finished"
    assert sorted(rows(tmp_path, "SELECT key FROM article")) == [(path[1:],) for path in paths]


def test_what_a_menu_names_before_a_list_shows_it_is_taken(tmp_path):
    first, second = ([f"/bai-{n}.html" for n in range(begin, begin + 5)] for begin in (10, 20))
    answers = {
        "/tin-tuc": page(dated(*first, menu=second[2], more='<p><a href="/tin-tuc?page=2">2</a></p>')),
        "/tin-tuc?page=2": page(dated(*second)),
        **{path: page(article(path[5:7])) for path in (*first, *second, "/bai-3.html")},
    }
    with RawPortal(answers) as server:
        crawl.run(described(server, tmp_path), tmp_path, section="news")
    assert sorted(rows(tmp_path, "SELECT key FROM article")) == [(path[1:],) for path in (*first, *second)]


def test_a_list_that_is_redirected_is_the_section_still_also_after_a_stop(tmp_path):
    answers = {
        "/tin-tuc": TO_THE_LIST,
        "/vi/tin-tuc": page(home("/bai-1.html", "/bai-2.html", "/bai-3.html")),
        **{f"/bai-{n}.html": page(article(n)) for n in (1, 2, 3)},
    }
    with RawPortal(answers) as server:
        target = described(server, tmp_path)
        crawl.run(target, tmp_path, section="news", max_pages=2)
        again = crawl.run(target, tmp_path, section="news")
    assert (again.crawl_id, again.status) == (1, "finished")
    assert rows(tmp_path, "SELECT count(*) FROM article") == [(3,)]


def test_a_section_without_an_article_on_its_lists_has_failed(tmp_path):
    with RawPortal({"/tin-tuc": page("<html><body><h1>Trang đang xây dựng</h1></body></html>")}) as server:
        target = described(server, tmp_path)
        with pytest.raises(FetchFailed, match="lists of the section show not one article"):
            crawl.run(target, tmp_path, section="news")


def test_a_section_with_nothing_new_is_no_failure_and_nothing_of_the_rest_is_gone(living, tmp_path, clock):
    target = described(living, tmp_path)
    crawl.run(target, tmp_path)
    for story in [story for story in living.stories if story.section != "tin-tuc"]:
        living.take_down(story)
    for _ in range(4):
        clock.shift(timedelta(days=1))
        living.forget()
        done = crawl.run(target, tmp_path, section="news")
        assert (done.status, done.reason, done.figures.new) == ("finished", None, 0)
        assert len(living.requests) <= 8
    assert rows(tmp_path, "SELECT count(*) FROM absence") == [(0,)]
    assert rows(tmp_path, "SELECT count(*) FROM article WHERE gone IS NOT NULL") == [(0,)]


def test_what_a_section_lacks_since_its_crawl_broke_off_the_next_crawl_of_all_finds(living, tmp_path):
    target = described(living, tmp_path)
    crawl.run(target, tmp_path)
    new = [living.publish() for _ in range(3 * 9)]  # nine in each section, on three pages of its list
    crawl.run(target, tmp_path, section="news", max_pages=6)  # the first of them, and not those behind
    kept = {row[0] for row in rows(tmp_path, "SELECT u.url FROM article a JOIN url u ON u.id = a.url_id")}
    assert 0 < sum(living.url.rstrip("/") + story.path in kept for story in new) < 9
    crawl.run(target, tmp_path)
    assert rows(tmp_path, "SELECT count(*) FROM article") == [(ALL + len(new),)]


def test_lists_are_believed_only_where_no_crawl_since_broke_off_whatever_the_clock_said(tmp_path):
    clock = [BEGIN]

    def ended(archive, status, section=None):
        crawl_id = begin(archive, settings={"section": section} if section else {})
        archive.put_capture(crawl_id, capture(), "page")
        archive.finish_crawl(crawl_id, status=status)
        return crawl_id

    def is_believed(archive, section=None):
        crawl_id = begin(archive, settings={"section": section} if section else {})
        believed = archive.frontier(crawl_id).was_whole()
        archive.finish_crawl(crawl_id, status="failed")
        return believed

    with Archive.open(tmp_path, write=True, create=True, now=lambda: clock[0]) as archive:
        ended(archive, "finished", "files")
        assert (is_believed(archive), is_believed(archive, "news"), is_believed(archive, "files")) == (
            False,
            False,
            True,
        )
        clock[0] += timedelta(days=400)
        whole = ended(archive, "finished")
        clock[0] -= timedelta(days=400)
        assert is_believed(archive)
        assert is_believed(archive, "news")
        ended(archive, "stopped", "files")
        assert not is_believed(archive)
        assert not is_believed(archive, "news")
        ended(archive, "finished", "news")
        assert is_believed(archive, "news")
        archive.put_capture(whole, capture(), "page")  # it is gone on with, and breaks off again
        archive.finish_crawl(whole, status="stopped")
        assert not is_believed(archive, "news")


def test_lists_are_read_whole_by_the_first_crawl_of_all_whatever_sections_were_crawled_before(living, tmp_path):
    target = described(living, tmp_path)
    for name in target.sections:
        assert crawl.run(target, tmp_path, section=name).figures.new == 8
    assert crawl.run(target, tmp_path).figures.new == 8


def test_a_crawl_that_was_cut_short_is_gone_on_with_by_one_of_the_same_section_alone(living, tmp_path):
    target = described(living, tmp_path)
    whole = crawl.run(target, tmp_path, max_pages=6)
    news = crawl.run(target, tmp_path, section="news", max_pages=3)
    culture = crawl.run(target, tmp_path, section="Văn hóa")
    assert [outcome.crawl_id for outcome in (whole, news, culture)] == [1, 2, 3]
    assert crawl.run(target, tmp_path, section="news").crawl_id == 2
    assert crawl.run(target, tmp_path).crawl_id == 1
    assert rows(tmp_path, "SELECT count(*) FROM article") == [(ALL,)]


def test_fields_and_counts_are_held_against_crawls_of_the_same_section(living, tmp_path):
    target = described(living, tmp_path)
    crawl.run(target, tmp_path)
    for name in target.sections:
        crawl.run(target, tmp_path, section=name, full=True)
    crawl.run(target, tmp_path, full=True)
    with Archive.open(tmp_path) as archive:
        usual = [coverage.load(archive.connection, number).shares["text"].usual for number in (1, 2, 3, 4)]
        counted = alarm.new_articles(archive.connection, "muong-xen")
    assert [share is None for share in usual] == [True, True, True, False]
    assert counted == {4: 0}


@pytest.mark.parametrize(
    ("sections", "fault"),
    [
        ('news = "http://a.example/tin-tuc"', "must be a list of the addresses"),
        ("news = []", "must be a list of the addresses"),
        ('news = ["tin-tuc"]', "'tin-tuc' in the section 'news' is not a web address"),
        ('news = ["http://b.example/tin-tuc"]', "the address 'http://b.example/tin-tuc' is on none of the 'page_hosts'"),
        ('news = ["http://a.example/"]', "is the beginning of the whole portal"),
        (r'"news\nrobots: none" = ["http://a.example/x"]', "is no name"),
        ('"http://a.example/x" = ["http://a.example/x"]', "is no name"),
    ],
)  # fmt: skip
def test_a_section_that_cannot_be_crawled_is_a_fault_of_the_portal(sections, fault):
    toml = f'name = "A"\nseeds = ["http://a.example/"]\npage_hosts = ["a.example"]\n[sections]\n{sections}\n'
    with pytest.raises(PortalFault, match="cannot be used") as raised:
        portal.parse(toml, slug="a", origin="a.toml")
    assert fault in str(raised.value)


def test_an_unknown_section_is_refused_with_those_there_are(living, tmp_path):
    target = described(living, tmp_path)
    for name, why_not in (
        ("new", "there are news, Văn hóa"),
        ("http://b.example/tin-tuc", "out of scope"),
        (living.url, "that is the whole portal"),
        (f"{living.url}tin-tuc\nrobots: none", "has no section"),
    ):
        with pytest.raises(UsageError, match=why_not):
            target.section(name)
    kyson(tmp_path, "crawl", "muong-xen", "--section", "new", code=2)
    kyson(tmp_path, "schedule", "add", "muong-xen", "daily", "02:00", "--section", "new", code=2)
    assert not (tmp_path / "archive.db").exists()


def test_the_outcome_and_the_list_of_schedules_name_the_section(living, tmp_path):
    described(living, tmp_path)
    assert kyson(tmp_path, "portal", "check", "muong-xen").endswith(", sections news, Văn hóa\n")
    done = json.loads(kyson(tmp_path, "--quiet", "crawl", "muong-xen", "--section", "news", "--json"))
    assert (done["section"], done["articles"], done["completeness"]) == ("news", 8, None)
    kyson(tmp_path, "schedule", "add", "muong-xen", "every", "6", "h", "--section", "news")
    assert "every 6 h (section news)" in kyson(tmp_path, "schedule", "list")
    assert json.loads(kyson(tmp_path, "schedule", "list", "--json"))["section"] == "news"


def test_schedules_of_one_portal_share_their_times_when_they_are_of_different_sections(living, tmp_path):
    described(living, tmp_path)
    kyson(tmp_path, "schedule", "add", "muong-xen", "daily", "06:00")
    kyson(tmp_path, "schedule", "add", "muong-xen", "every", "6", "h", "--section", "news")
    said = kyson(tmp_path, "schedule", "add", "muong-xen", "daily", "12:00", "--section", "news", code=2)
    assert "schedule 2 has muong-xen, section news, crawled at the same times" in said
    assert "schedule 1" in kyson(tmp_path, "schedule", "add", "muong-xen", "daily", "06:00", code=2)


def test_sections_that_are_due_at_once_are_crawled_one_after_the_other(tmp_path):
    with new_archive(tmp_path / "kyson-archive") as archive:
        planned = [plan(archive, "muong-xen", "daily 02:00", section=name) for name in (None, "news", "files")]
        machine = Machine(archive)
        machine.true = BEGIN + timedelta(days=1)
        for _ in planned:
            machine.tick()
            waiting = [run for run in runs.unended(archive.connection) if run.state == "waiting"]
            assert all("is being crawled for muong-xen" in run.reason for run in waiting)
            machine.go_on(timedelta(hours=1))
        assert [run.state for schedule in planned for run in all_runs(archive, schedule)] == ["finished"] * 3


def test_a_run_crawls_the_section_of_its_schedule(living, tmp_path, clock):
    described(living, tmp_path)
    kyson(tmp_path, "schedule", "add", "muong-xen", "daily", "02:00", "--section", "news")
    clock.shift(timedelta(days=1))
    with Archive.open(tmp_path, write=True) as archive:
        tick(archive, now(), lambda run, lease: perform(tmp_path, run.id))
        (schedule,) = schedules.every(archive.connection)
        assert [run.state for run in all_runs(archive, schedule)] == ["finished"]
    assert rows(tmp_path, "SELECT count(*) FROM article") == [(8,)]
    assert rows(tmp_path, "SELECT json_extract(settings, '$.section') FROM crawl") == [("news",)]


def test_a_section_holds_the_pages_of_its_lists_and_what_lies_below():
    begins = tuple(f"http://a.example/{section}" for section in SECTIONS)
    section = Section(name="all", begins=(*begins, "http://a.example/Default.aspx?tabid=7"))
    held = ["tin-tuc/", "tin-tuc?page=3", "tin-tuc/page/3", "van-hoa/le-hoi.html", "Default.aspx?tabid=7&trang=2"]
    left = ["", "tin-tuc-khac", "Default.aspx?tabid=70", "Default.aspx", "x/tin-tuc"]
    assert [section.holds(f"http://www.a.example/{path}") for path in held] == [True] * len(held)
    assert [section.holds(f"http://a.example/{path}") for path in left] == [False] * len(left)
    assert not section.holds("http://b.example/tin-tuc")
