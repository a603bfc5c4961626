"""Three years of ticks by a clock that is not to be relied on: every due run once, never two crawls of a host."""

import random
from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest

from archive import runs, schedules
from kyson_crawler.schedule.tick import tick
from tests.clockwork import BEGIN, Machine, all_runs, coverings, new_archive, plan

YEARS = timedelta(days=3 * 365)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PORTALS = {
    "muong-xen": "tinh.example",
    "nam-can": "tinh.example",
    "huoi-tu": "huoitu.example",
    "na-ngoi": "nangoi.example",
}
CALENDARS = (
    ("muong-xen", "daily 02:00", {}),
    ("nam-can", "mon,thu 21:30", {"blackout": ("mon-fri 07:00-18:00",)}),
    ("huoi-tu", "every 18 h", {"priority": 5}),
    ("na-ngoi", "0 3 1,15 * *", {"blackout": ("2025-01-25..2025-02-05",)}),
    ("na-ngoi", "sat 23:00", {"retries": 1}),
)


def some_crawl(machine, run):
    """Mostly an hour or two; now and then longer than its period, failing, or gone without a word."""
    lasts = machine.luck.choices([HOUR, 3 * HOUR, 40 * HOUR], [6, 3, 1])[0]
    return lasts, machine.luck.choices(["finished", "failed", "gone"], [8, 2, 1])[0]


@pytest.fixture
def archive(tmp_path):
    with new_archive(tmp_path / "kyson-archive", PORTALS) as opened:
        yield opened


def live(machine, until, *, jumps=()):
    """Tick at odd times until then, with reboots on the way; a jump is how far the clock goes, and for how long."""
    jumps = list(jumps)
    back_at = None
    while machine.true < until:
        machine.tick()
        if machine.luck.random() < 0.1:
            machine.tick()
        machine.go_on(timedelta(minutes=machine.luck.choice([40, 480, 900, 1440])))
        if machine.luck.random() < 0.008:
            machine.reboot(machine.luck.choice([HOUR / 6, 9 * HOUR, 12 * DAY]))
        if back_at is not None and machine.true >= back_at:
            machine.ahead, back_at = timedelta(), None
        elif jumps and back_at is None and machine.true >= jumps[0][0]:
            _, machine.ahead, lasts = jumps.pop(0)
            back_at = machine.true + lasts


def test_in_three_years_with_reboots_every_moment_has_one_run(archive):
    planned = [plan(archive, portal, words, **facts) for portal, words, facts in CALENDARS]
    machine = Machine(archive, random.Random(3), some_crawl)
    live(machine, BEGIN + YEARS)
    reboots = machine.true
    machine.tick()
    for schedule in planned:
        ran = all_runs(archive, schedule)
        counts = coverings(archive, schedule, BEGIN, reboots)
        assert set(counts.values()) == {1}, schedule
        assert sum(run.joined for run in ran) == len(counts), schedule
        assert Counter(run.state for run in ran)["finished"] > 30
        assert 2 <= max(run.tries for run in ran) <= schedule.retries + 1
    assert max(run.joined for schedule in planned for run in all_runs(archive, schedule)) >= 12


def test_a_clock_that_jumps_lets_nothing_run_twice_or_never_again(archive):
    planned = [plan(archive, portal, words, **facts) for portal, words, facts in CALENDARS[:3]]
    machine = Machine(archive, random.Random(4), some_crawl)
    far = [
        (400, HOUR),
        (-400, HOUR),
        (-2, HOUR),
        (400, 5 * DAY),
        (-400, 5 * DAY),
        (-2, 5 * DAY),
        (-400, 40 * DAY),
        (400, 9 * DAY),
    ]
    jumps = [(BEGIN + (100 + 110 * n) * DAY, timedelta(days=days), lasts) for n, (days, lasts) in enumerate(far)]
    live(machine, BEGIN + YEARS, jumps=jumps)
    for schedule in planned:
        starts = [(run, up) for run, _, up in machine.started if run.schedule == schedule.id and not run.tries]
        ups = [timedelta(), *(up for _, up in starts), machine.up]
        longest = max(later - before for before, later in pairwise(ups))
        assert longest < 15 * DAY, (
            schedule.calendar,
            longest,
        )  # three periods, a crawl of the host, a day between ticks
        usual = len(coverings(archive, schedule, BEGIN, machine.true))
        assert len(starts) <= usual + len(jumps), schedule.calendar
        for run, up in starts:
            again = [later for other, later in starts if other.due == run.due and other.id != run.id]
            assert all(abs(later - up) > 5 * DAY for later in again), (schedule.calendar, run)


def test_a_clock_set_back_by_a_little_lets_nothing_run_again(archive):
    plan(archive, "muong-xen", "daily 02:00")
    machine = Machine(archive)
    machine.true = BEGIN.replace(hour=19, minute=0, second=1)
    machine.tick()
    machine.go_on(HOUR)
    for ahead in (-timedelta(hours=2), timedelta()):
        machine.ahead = ahead
        machine.tick()
    assert len(machine.started) == 1
    machine.ahead = -timedelta(seconds=5)
    machine.go_on(23 * HOUR + timedelta(minutes=1))
    machine.tick()
    assert len(machine.started) == 2


def test_what_is_missed_is_joined_into_one_run(archive):
    schedule = plan(archive, "muong-xen", "every 6 h")
    machine = Machine(archive)
    machine.reboot(30 * DAY)
    machine.tick()
    machine.go_on(HOUR)
    machine.tick()
    (run,) = all_runs(archive, schedule)
    assert (run.joined, run.state) == (120, "finished")


def test_what_is_due_while_a_run_goes_on_is_joined_into_one_that_follows_it(archive):
    schedule = plan(archive, "muong-xen", "every 1 h")
    machine = Machine(archive, crawl=lambda machine, run: (5 * HOUR, "finished"))
    for _ in range(100):
        machine.tick()
        machine.go_on(timedelta(minutes=10))
    first, second, *_ = all_runs(archive, schedule)
    assert (first.joined, first.state) == (1, "finished")
    assert second.joined == 5
    assert second.started >= first.changed


def test_runs_that_fail_are_tried_again_later_each_time_and_given_up_in_the_end(archive):
    schedule = plan(archive, "muong-xen", "daily 02:00", retries=2)
    machine = Machine(archive, crawl=lambda machine, run: (timedelta(minutes=1), "failed"))
    while not all_runs(archive, schedule) or all_runs(archive, schedule)[0].state != "failed":
        machine.tick()
        machine.go_on(timedelta(minutes=1))
    times = [when for _, when, _ in machine.started]
    pauses = [(later - before).total_seconds() / 60 for before, later in pairwise(times)]
    assert len(times) == 3
    assert [round(pause) for pause in pauses] == [11, 31]
    assert all_runs(archive, schedule)[0].reason == "no page answered"


def test_a_run_whose_process_is_gone_is_tried_again(archive):
    schedule = plan(archive, "muong-xen", "daily 02:00")
    machine = Machine(archive, crawl=lambda machine, run: (HOUR, "gone"))
    machine.reboot(DAY)
    machine.tick()
    machine.reboot(timedelta(minutes=1))
    machine.tick()
    (run,) = all_runs(archive, schedule)
    assert (run.state, run.tries, run.reason) == ("waiting", 1, "its process was gone before it had ended")
    machine.ahead = -400 * DAY  # the pause before the next try ends with the clock that it was measured by
    machine.tick()
    assert len(machine.started) == 2


def test_of_several_that_wait_the_one_of_the_greatest_priority_begins(archive):
    plan(archive, "huoi-tu", "daily 02:00")
    plan(archive, "na-ngoi", "daily 02:00", priority=2)
    machine = Machine(archive, at_once=1)
    machine.reboot(DAY)
    machine.tick()
    assert [run.portal for run, *_ in machine.started] == ["na-ngoi"]
    (waiting,) = all_runs(archive, schedules.of(archive.connection, "huoi-tu")[0])
    assert waiting.reason == "1 crawls go on, and no more may at once"


def test_a_run_waits_while_its_host_is_crawled_for_another_portal(archive):
    plan(archive, "muong-xen", "daily 02:00")
    other = plan(archive, "nam-can", "daily 02:00")
    machine = Machine(archive)
    machine.reboot(DAY)
    machine.tick()
    (run,) = all_runs(archive, other)
    assert (run.state, run.reason) == ("waiting", "tinh.example is being crawled for muong-xen")
    machine.go_on(HOUR)
    machine.tick()
    assert [run.portal for run, *_ in machine.started] == ["muong-xen", "nam-can"]


def test_a_run_waits_for_the_end_of_the_hours_that_are_left_out(archive):
    schedule = plan(archive, "muong-xen", "daily 08:00", blackout=("07:00-18:00",))
    machine = Machine(archive)
    machine.true = BEGIN.replace(day=2, hour=2)
    machine.tick()
    assert all_runs(archive, schedule)[0].reason == "its schedule leaves these hours out, until 2/2/2024 18:00"
    machine.true = BEGIN.replace(day=2, hour=11)
    machine.tick()
    assert len(machine.started) == 1


def test_a_paused_schedule_asks_for_nothing_and_goes_on_with_its_next_moment(archive):
    schedule = plan(archive, "muong-xen", "daily 02:00")
    machine = Machine(archive, at_once=0)
    machine.reboot(DAY)
    machine.tick()
    with archive.together():
        schedules.pause(archive.connection, schedule, machine.now)
    machine.at_once = 1
    machine.reboot(10 * DAY)
    machine.tick()
    assert [run.state for run in all_runs(archive, schedule)] == ["skipped"]
    with archive.together():
        schedules.resume(archive.connection, schedule, machine.now, machine.now + HOUR)
    machine.go_on(HOUR)
    machine.tick()
    assert [run.state for run in all_runs(archive, schedule)] == ["skipped", "running"]


def test_a_portal_that_cannot_be_found_fails_its_runs_and_no_others(archive):
    broken = plan(archive, "muong-xen", "daily 02:00")
    plan(archive, "huoi-tu", "daily 02:00")
    (archive.folder / "portals" / "muong-xen.toml").write_text("name = ", encoding="utf-8")
    machine = Machine(archive)
    machine.reboot(DAY)
    done = machine.tick()
    assert [run.portal for run in done.started] == ["huoi-tu"]
    assert [run.id for run in done.failed] == [run.id for run in all_runs(archive, broken)]
    assert "no valid TOML" in done.failed[0].reason


def test_a_process_that_cannot_be_started_is_tried_again(archive):
    schedule = plan(archive, "muong-xen", "daily 02:00")

    def start(run, lease):
        raise OSError(11, "Resource temporarily unavailable")

    tick(archive, BEGIN + DAY, start)
    (run,) = all_runs(archive, schedule)
    assert (run.state, run.tries) == ("waiting", 1)
    assert "could not be started" in run.reason


def test_a_run_whose_crawl_ended_well_is_done_though_its_process_could_not_say_so(archive):
    from tests.builders import begin

    schedule = plan(archive, "muong-xen", "daily 02:00")
    machine = Machine(archive, crawl=lambda machine, run: (HOUR, "gone"))
    archive.finish_crawl(begin(archive, slug="muong-xen"), status="finished")  # one before
    machine.reboot(DAY)
    machine.tick()
    crawl = begin(archive, slug="muong-xen")
    archive.finish_crawl(crawl, status="finished")
    machine.reboot(HOUR)
    machine.tick()
    (run,) = all_runs(archive, schedule)
    assert (run.state, run.crawl) == ("finished", crawl)


def test_the_longest_pause_before_another_try_is_a_quarter_of_a_day():
    assert [runs.pause_after(tries) for tries in (1, 2, 3, 4, 20)] == [
        HOUR / 6,
        HOUR / 2,
        1.5 * HOUR,
        4.5 * HOUR,
        6 * HOUR,
    ]
