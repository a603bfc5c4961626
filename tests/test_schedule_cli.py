"""`kyson schedule` as people call it: what it says, what it refuses, and the crawls that come of it."""

import json
import os
import pwd
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from datetime import datetime, timedelta

import pytest
from click.testing import CliRunner

from archive import locks, runs, schema
from archive.errors import UsageError
from archive.store import Archive
from kyson_crawler import hours
from kyson_crawler.cli import main
from kyson_crawler.schedule.loop import loop
from kyson_crawler.schedule.process import perform
from kyson_crawler.schedule.tick import tick
from tests.portals.rawportal import RawPortal, page
from tests.program import kyson, objects
from tests.test_crawl import article, home

TOML = 'name = "Huyện Mường Xén"\nseeds = ["{url}"]\npage_hosts = ["{host}"]\n[pace]\ndelay = {delay}\n'
LONG_AGO = "2020-01-01T00:00:00.000000Z"
DAY = timedelta(days=1)


@pytest.fixture
def folder(tmp_path):
    """An archive with two portals of its own, neither of which is ever asked."""
    made = tmp_path / "kyson-archive"
    with Archive.open(made, write=True, create=True):
        for slug in ("muong-xen", "nam-can"):
            portal(made, slug, "https://muongxen.example/", "muongxen.example")
    return made


def portal(folder, slug, url, host, delay=0.0):
    (folder / "portals" / f"{slug}.toml").write_text(TOML.format(url=url, host=host, delay=delay), encoding="utf-8")


def schedule(folder, *words, code=0):
    done = CliRunner().invoke(main, ["--archive", str(folder), "schedule", *map(str, words)], prog_name="kyson")
    assert done.exit_code == code, done.output
    return done.output


def listed(folder):
    return [json.loads(line) for line in schedule(folder, "list", "--json").splitlines()]


def rows(folder, sql, *facts):
    with closing(sqlite3.connect(folder / "archive.db")) as connection, connection:
        return connection.execute(sql, facts).fetchall()


def let_be_due(folder):
    """As if the machine had been off since long ago."""
    rows(folder, "UPDATE schedule SET due = ? WHERE state = 'active'", LONG_AGO)


def wait_until(condition, *, seconds=60):
    for _ in range(seconds * 20):
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError("it never came to that")


def ended(folder):
    """The last run of the only schedule, once its process is gone."""
    wait_until(lambda: listed(folder)[0]["runs"][0]["state"] != "running" and locks.is_free(folder, "1", "schedules"))
    return listed(folder)[0]["runs"][0]


@contextmanager
def started(folder, now):
    """The first run as a tick leaves it to the process that performs it, which is this one."""
    leases = []
    with Archive.open(folder, write=True) as archive:
        tick(archive, now, lambda run, lease: leases.append(os.dup(lease.fileno())))
    try:
        yield
    finally:
        os.close(leases[0])


# -- calendars -------------------------------------------------------------------------------------------------------


def test_a_schedule_is_added_listed_paused_resumed_and_removed(folder):
    said = schedule(
        folder,
        "add",
        "muong-xen",
        "thứ",
        "2,",
        "thứ",
        "5",
        "21:30",
        "--not",
        "2027-02-05..2027-02-12",
        "--max-pages",
        500,
    )
    assert said.startswith("schedule 1: muong-xen thứ 2, thứ 5 21:30 (not 2027-02-05..2027-02-12, 500 pages), next ")
    assert "21:30" in said
    (found,) = listed(folder)
    assert (found["portal"], found["state"], found["max_pages"], found["runs"], found["why"]) == (
        "muong-xen",
        "active",
        500,
        [],
        None,
    )
    assert found["next"].endswith("T14:30:00Z")
    assert schedule(folder, "pause", "muong-xen") == "paused schedule 1 of muong-xen\n"
    assert "is paused already" in schedule(folder, "pause", "1")
    assert (listed(folder)[0]["next"], listed(folder)[0]["state"]) == (None, "paused")
    assert "it is paused: `kyson schedule resume 1`" in schedule(folder, "list")
    assert json.loads(schedule(folder, "resume", "1", "--json"))["next"] == found["next"]
    assert "is not paused" in schedule(folder, "resume", "1")
    assert schedule(folder, "remove", "1") == "removed schedule 1 of muong-xen\n"
    assert listed(folder) == []
    assert "there is no schedule '1'" in schedule(folder, "remove", "1", code=2)


def test_what_is_next_is_the_moment_at_which_it_may_begin(folder):
    said = schedule(folder, "add", "muong-xen", "daily", "10:00", "--not", "07:00-18:00")
    assert re.search(r", next (\S+) 18:00, since \1 10:00 is left out\n$", said)
    assert re.search(r"\d 18:00$", schedule(folder, "list").splitlines()[1])
    (found,) = listed(folder)
    assert (found["next"][10:], found["begins"]) == ("T03:00:00Z", found["next"].replace("T03", "T11"))
    schedule(folder, "pause", "1")
    assert listed(folder)[0]["begins"] is None
    assert " 18:00, since " in schedule(folder, "resume", "1")
    schedule(folder, "add", "nam-can", "daily", "02:00", "--not", "07:00-18:00")
    assert "since" not in schedule(folder, "list").splitlines()[2]
    assert listed(folder)[1]["begins"] == listed(folder)[1]["next"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], None),
        (
            ["--max-pages", "500"],
            "in its runs, which are bound to a number of pages: a calendar for the whole of muong-xen",
        ),
        (["--section", "https://muongxen.example/tin-tuc"], "in its runs, which are of a section"),
        (["--max-minutes", "300"], "in a run that is cut off after 300 min"),
    ],
)
def test_whoever_adds_a_schedule_hears_where_no_alarm_would_tell_of_few_new_articles(folder, words, says):
    said = schedule(folder, "add", "muong-xen", "daily", "02:00", *words)
    assert ("no alarm tells of unusually few new articles" in said) == (says is not None)
    assert (says or "") in said


def test_every_change_says_who_made_it(folder):
    schedule(folder, "add", "muong-xen", "daily", "02:00")
    for change in ("pause", "resume", "remove"):
        schedule(folder, change, "1")
    who = pwd.getpwuid(os.getuid()).pw_name
    events = rows(folder, "SELECT outcome, object, detail FROM event WHERE kind = 'schedule' ORDER BY id")
    assert [(outcome, about) for outcome, about, _ in events] == [
        (outcome, "schedule 1") for outcome in ("added", "paused", "resumed", "removed")
    ]
    assert all(json.loads(detail)["by"].startswith(who) for *_, detail in events)
    assert json.loads(events[0][2])["calendar"] == "daily 02:00"


def test_an_archive_is_begun_for_its_first_schedule(tmp_path):
    schedule(tmp_path / "new", "add", "sample", "daily", "02:00")
    assert (tmp_path / "new" / "archive.db").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["muong-xen", "0 0 31 2 *"], "is no calendar"),
        (["muong-xen", "61", "2", "*", "*", "*"], "bad minute"),
        (["muong-xen", "*/5", "*", "*", "*", "*"], "no portal is crawled more often"),
        (["muong-xe", "daily", "02:00"], "did you mean 'muong-xen'"),
        (["muong-xen", "daily", "03:00", "--not", "mon-sun"], "leave none"),
        (["muong-xen", "daily", "03:00", "--not", "mon-sun 00:00-23:59"], "or less than 15 min at a time"),
        (["muong-xen", "daily", "03:00", "--not", "07:00-02:50", "--not", "02:55-07:00"], "or less than 15 min at a time"),
        (["muong-xen", "daily", "03:00", "--not", "2026-01-01..9999-12-31"], "leave none"),
        (["muong-xen", "daily", "03:00", "--not", "often"], "no time to leave out"),
        (["muong-xen", "mon", "02:00"], "schedule 1 has muong-xen crawled at the same times (daily 02:00), next"),
        (["muong-xen", "daily", "03:00", "--max-pages", "0"], "Invalid value"),
        (["muong-xen", "daily", "03:00\x1b]0;x\x07"], "is no calendar"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_a_line_and_nothing_is_changed(folder, words, says):
    schedule(folder, "add", "muong-xen", "daily", "02:00")
    before = rows(folder, "SELECT * FROM schedule"), rows(folder, "SELECT * FROM event")
    said = schedule(folder, "add", *words, code=2)
    assert says in said
    assert "\x1b" not in said
    assert (rows(folder, "SELECT * FROM schedule"), rows(folder, "SELECT * FROM event")) == before


def test_two_portals_may_be_crawled_at_the_same_times(folder):
    schedule(folder, "add", "muong-xen", "daily", "02:00")
    schedule(folder, "add", "nam-can", "daily", "02:00")


@pytest.mark.parametrize("words", [["add", "nam-can", "daily", "02:00"], ["pause", "1"], ["remove", "1"], ["tick"]])
def test_while_another_process_writes_the_archive_nothing_is_changed(folder, monkeypatch, words):
    schedule(folder, "add", "muong-xen", "daily", "02:00")
    let_be_due(folder)
    before = rows(folder, "SELECT * FROM schedule")
    monkeypatch.setattr(schema, "_PATIENCE", 0.1)
    with closing(sqlite3.connect(folder / "archive.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "another process is writing" in schedule(folder, *words, code=2)
    assert rows(folder, "SELECT * FROM schedule") == before
    assert rows(folder, "SELECT * FROM run") == []
    assert not (folder / "heartbeat").exists()


def test_only_a_tick_that_came_to_its_end_is_a_heartbeat(folder):
    with Archive.open(folder, write=True) as archive:
        tick(archive, hours.now(), lambda run, lease: None)  # nothing is due
        assert (folder / "heartbeat").exists()
        (folder / "heartbeat").unlink()
        schedule(folder, "add", "muong-xen", "daily", "02:00")
        let_be_due(folder)

        def start(run, lease):
            raise sqlite3.OperationalError("disk I/O error")

        with pytest.raises(sqlite3.OperationalError):
            tick(archive, hours.now(), start)
        assert not (folder / "heartbeat").exists()


def test_an_archive_that_is_just_being_brought_back_is_not_begun_anew(tmp_path):
    folder = tmp_path / "kyson-archive"
    (folder / "warc").mkdir(parents=True)
    (folder / "warc" / "ky-son-20220602091400-00000.warc.gz").write_bytes(b"")
    assert "holds WARCs but no archive.db" in schedule(folder, "add", "sample", "daily", "02:00", code=2)
    assert not (folder / "archive.db").exists()
    assert "holds WARCs but no archive.db" in schedule(folder, "tick", code=2)


def test_the_list_says_when_no_tick_comes(folder):
    schedule(folder, "add", "muong-xen", "daily", "02:00")
    let_be_due(folder)
    assert "no tick ever came: `kyson schedule install`" in schedule(folder, "list")
    (folder / "heartbeat").touch()
    os.utime(folder / "heartbeat", (1_600_000_000, 1_600_000_000))
    assert "no tick came since 13/9/2020 19:26" in schedule(folder, "list")


def test_a_dry_tick_says_what_is_due_and_changes_nothing(folder):
    schedule(folder, "add", "muong-xen", "daily", "02:00")
    assert schedule(folder, "tick", "--dry-run") == ""
    let_be_due(folder)
    assert schedule(folder, "tick", "--dry-run").startswith("muong-xen, due ")
    assert rows(folder, "SELECT * FROM run") == []
    assert not (folder / "heartbeat").exists()


# -- crawls ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def served(tmp_path):
    """A portal that is served, in an archive of its own that has it crawled by calendar."""
    pages = {"/": page(home("/a.html", "/b.html")), "/a.html": page(article(1)), "/b.html": page(article(2))}
    with RawPortal(pages) as server:
        folder = tmp_path / "kyson-archive"
        with Archive.open(folder, write=True, create=True):
            portal(folder, "muong-xen", server.url, f"127.0.0.1:{server.port}")
        yield folder, server


def test_what_is_due_is_crawled_by_a_process_that_outlives_the_tick(served):
    folder, _ = served
    schedule(folder, "add", "muong-xen", "daily", "02:00")
    let_be_due(folder)
    done = kyson("--archive", folder, "schedule", "tick")
    assert done.returncode == 0, done.stderr
    assert b"started run 1: muong-xen, due " in done.stdout
    run = ended(folder)
    assert (run["state"], run["crawl"], run["reason"]) == ("finished", 1, None)
    assert run["joined"] > 2000
    assert objects(kyson("--archive", folder, "status", "--json").stdout)[0]["articles"] == 2
    assert kyson("--archive", folder, "schedule", "tick").stdout == b""
    assert "run 1 for" in schedule(folder, "list")
    reports = {path.name for path in (folder / "reports").iterdir()}
    assert reports == {"muong-xen-1.json", "muong-xen-1.vi.html", "muong-xen-1.en.html"}
    assert json.loads((folder / "reports" / "muong-xen-1.json").read_text(encoding="utf-8"))["new"] == 2


def test_a_run_of_few_pages_leaves_the_rest_to_the_next(served):
    folder, _ = served
    schedule(folder, "add", "muong-xen", "daily", "02:00", "--max-pages", 2)
    for _ in range(2):
        let_be_due(folder)
        kyson("--archive", folder, "schedule", "tick")
        assert ended(folder)["state"] == "finished"
        rows(folder, "UPDATE run SET due = ?", LONG_AGO)  # the next is for another day
    assert objects(kyson("--archive", folder, "status", "--json").stdout)[0]["articles"] == 2


def test_of_a_dying_portal_all_is_saved_whatever_its_calendar_has_to_spare(served):
    folder, server = served
    portal(folder, "muong-xen", server.url, f"127.0.0.1:{server.port}", delay=0.5)
    schedule(folder, "add", "muong-xen", "daily", "02:00", "--max-pages", 1, "--max-minutes", 1)
    rows(folder, "UPDATE schedule SET max_minutes = 0.01")  # which ends before a page is there
    with Archive.open(folder, write=True) as archive, archive.together():
        runs.hasten(archive.connection, 1, hours.now(), "muong-xen is dying (notice): all of it is saved")
    kyson("--archive", folder, "schedule", "tick")
    run = ended(folder)
    assert (run["state"], run["full"], run["reason"]) == ("finished", True, None)
    assert objects(kyson("--archive", folder, "status", "--json").stdout)[0]["articles"] == 2


def test_the_crawl_of_a_dying_portal_obeys_the_hours_that_are_left_out_and_still_asks_for_everything_after_them(served):
    folder, server = served
    portal(folder, "muong-xen", server.url, f"127.0.0.1:{server.port}", delay=5.0)
    schedule(folder, "add", "muong-xen", "daily", "02:00", "--not", "07:00-18:00", "--max-minutes", 1)
    just_before = datetime(2026, 11, 27, 6, 59, 57, tzinfo=hours.VIETNAM)
    with Archive.open(folder, write=True) as archive, archive.together():
        runs.hasten(archive.connection, 1, just_before, "muong-xen is dying (notice): all of it is saved")
    with started(folder, just_before):
        assert perform(folder, 1, lambda: just_before)
    (run,) = listed(folder)[0]["runs"]
    assert (run["state"], run["full"], run["again"]) == ("waiting", True, "2026-11-27T11:00:00Z")


def test_a_run_that_waits_asks_for_everything_where_one_of_a_dying_portal_makes_way_for_it(folder):
    schedule(folder, "add", "muong-xen", "daily", "02:00")
    now = hours.now()
    with Archive.open(folder, write=True) as archive, archive.together():
        runs.hasten(archive.connection, 1, now, "muong-xen is dying (notice): all of it is saved")
        run = runs.get(archive.connection, 1)
        runs.start(archive.connection, run, now)
        runs.ask(archive.connection, 1, now, first=now + DAY, due=now + DAY, joined=1)
        assert not runs.get(archive.connection, 2).is_full
        assert not runs.put_back(archive.connection, run, now, "it was stopped", DAY)
        assert runs.get(archive.connection, 2).is_full


def test_a_portal_that_does_not_answer_is_tried_again_later(tmp_path):
    with RawPortal({}) as server:
        pass
    folder = tmp_path / "kyson-archive"
    with Archive.open(folder, write=True, create=True):
        portal(folder, "muong-xen", server.url, f"127.0.0.1:{server.port}")
    schedule(folder, "add", "muong-xen", "daily", "02:00", "--retries", 1)
    let_be_due(folder)
    kyson("--archive", folder, "schedule", "tick")
    run = ended(folder)
    assert (run["state"], run["tries"]) == ("waiting", 1)
    assert "the crawl of muong-xen failed" in run["reason"]
    assert "again" in schedule(folder, "list")
    assert kyson("--archive", folder, "schedule", "tick").stdout == b""
    assert "the crawl of muong-xen failed" in (folder / "logs" / "muong-xen.log").read_text(encoding="utf-8")
    rows(folder, "UPDATE run SET again = ?", LONG_AGO)
    told = json.dumps(["/bin/sh", "-c", 'cat > "$0"', str(tmp_path / "told")])
    (folder / "kyson.toml").write_text(f"[alerts]\ncommand = {told}\n", encoding="utf-8")
    kyson("--archive", folder, "schedule", "tick")
    assert ended(folder)["state"] == "failed"
    alarm = json.loads((tmp_path / "told").read_text(encoding="utf-8"))
    assert (alarm["kind"], alarm["portal"]) == ("failed", "muong-xen")


def test_a_crawl_that_nobody_answers_for_is_not_tried_again(folder):
    schedule(folder, "add", "muong-xen", "daily", "02:00")
    portal(folder, "muong-xen", "https://muongxen.vn/", "muongxen.vn")
    let_be_due(folder)
    kyson("--archive", folder, "schedule", "tick")
    run = ended(folder)
    assert run["state"] == "failed"
    assert "nobody to contact is named" in run["reason"]


def test_a_run_waits_while_somebody_crawls_the_host_by_hand(served):
    folder, server = served
    schedule(folder, "add", "muong-xen", "daily", "02:00")
    let_be_due(folder)
    with locks.hosts(folder, [f"127.0.0.1:{server.port}"]):
        kyson("--archive", folder, "schedule", "tick")
        (run,) = listed(folder)[0]["runs"]
        assert (run["state"], run["tries"]) == ("waiting", 0)
        assert "is being crawled by another process" in listed(folder)[0]["why"]
    kyson("--archive", folder, "schedule", "tick")
    assert ended(folder)["state"] == "finished"


def test_nothing_is_performed_that_no_tick_has_started(served):
    folder, _ = served
    schedule(folder, "add", "muong-xen", "daily", "02:00")
    let_be_due(folder)
    kyson("--archive", folder, "schedule", "tick")
    ended(folder)
    command = [sys.executable, "-m", "kyson_crawler.schedule", str(folder), "1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "run 1 is not under way" in done.stderr


def test_a_crawl_that_is_killed_is_gone_on_with(tmp_path):
    pages = {"/": page(home("/a.html", "/b.html")), "/a.html": page(article(1)), "/b.html": page(article(2))}
    folder = tmp_path / "kyson-archive"
    with RawPortal(pages) as server:
        with Archive.open(folder, write=True, create=True):
            portal(folder, "muong-xen", server.url, f"127.0.0.1:{server.port}", delay=1.0)
        schedule(folder, "add", "muong-xen", "daily", "02:00")
        let_be_due(folder)
        kyson("--archive", folder, "schedule", "tick")
        (pid,) = wait_until(lambda: rows(folder, "SELECT pid FROM crawl WHERE status = 'running'"))[0]
        wait_until(lambda: rows(folder, "SELECT 1 FROM article"))
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: locks.is_free(folder, "1", "schedules"))
        kyson("--archive", folder, "schedule", "tick")
        run = ended(folder)
        assert (run["state"], run["tries"], run["reason"]) == ("waiting", 1, "its process was gone before it had ended")
        rows(folder, "UPDATE run SET again = ?", LONG_AGO)
        kyson("--archive", folder, "schedule", "tick")
        run = ended(folder)
    assert (run["state"], run["crawl"], run["tries"]) == ("finished", 1, 1)
    assert objects(kyson("--archive", folder, "status", "--json").stdout)[0]["articles"] == 2


@contextmanager
def looping(folder):
    """The loop in a process of its own."""
    command = [sys.executable, "-m", "kyson_crawler", "--archive", str(folder), "schedule", "run", "--every", "0.1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_the_loop_ticks_until_it_is_told_to_end(served):
    folder, _ = served
    schedule(folder, "add", "muong-xen", "daily", "02:00")
    let_be_due(folder)
    with looping(folder) as process:
        assert process.stdout.readline().startswith("started run 1: muong-xen")
        assert ended(folder)["state"] == "finished"
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_a_tick_that_cannot_be_is_told_once_and_does_not_end_the_loop(folder):
    away, ticks, faults = folder / "away.db", [], []
    back = threading.Timer(1, lambda: away.rename(folder / "archive.db"))

    def told(done):
        ticks.append(done)
        if len(ticks) == 1:
            (folder / "archive.db").rename(away)
            back.start()
        else:
            os.kill(os.getpid(), signal.SIGTERM)

    loop(folder, minutes=0.001, at_once=1, told=told, fault=faults.append)
    back.join()
    assert len(ticks) == 2
    assert [fault.partition(":")[0] for fault in faults if "holds no archive" in fault] == [
        f"{folder} holds no archive"
    ]


@pytest.mark.parametrize("error", [UsageError("kyson.toml is faulty"), BrokenPipeError(), sqlite3.OperationalError()])
def test_a_fault_in_telling_ends_no_loop(folder, error):
    ticks = []

    def told(done):
        ticks.append(done)
        if len(ticks) == 3:
            os.kill(os.getpid(), signal.SIGTERM)
        raise error

    def fault(text):
        raise BrokenPipeError

    loop(folder, minutes=0.001, at_once=1, told=told, fault=fault)
    assert len(ticks) == 3


def test_the_loop_begins_an_archive_where_there_is_none(tmp_path):
    with looping(tmp_path / "new") as process:
        wait_until((tmp_path / "new" / "heartbeat").exists)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_a_crawl_that_is_stopped_with_the_loop_waits_and_has_not_failed(served):
    folder, server = served
    portal(folder, "muong-xen", server.url, f"127.0.0.1:{server.port}", delay=1.0)
    schedule(folder, "add", "muong-xen", "daily", "02:00", "--retries", 0)
    let_be_due(folder)
    with looping(folder) as process:
        wait_until(lambda: rows(folder, "SELECT 1 FROM article"))
        process.send_signal(signal.SIGTERM)
        assert process.wait(90) == 0
    (run,) = listed(folder)[0]["runs"]
    assert (run["state"], run["tries"], run["reason"]) == ("waiting", 0, "it was stopped, and goes on where it was")


def test_a_crawl_ends_before_the_hours_that_are_left_out_and_goes_on_after_them(served):
    folder, server = served
    portal(folder, "muong-xen", server.url, f"127.0.0.1:{server.port}", delay=5.0)
    schedule(folder, "add", "muong-xen", "daily", "02:00", "--not", "07:00-18:00")
    let_be_due(folder)
    just_before = datetime(2026, 11, 27, 6, 59, 57, tzinfo=hours.VIETNAM)
    with started(folder, just_before):
        assert perform(folder, 1, lambda: just_before)
    (run,) = listed(folder)[0]["runs"]
    assert (run["state"], run["tries"], run["again"]) == ("waiting", 0, "2026-11-27T11:00:00Z")
    assert run["reason"] == "it goes on after the hours that are left out"
