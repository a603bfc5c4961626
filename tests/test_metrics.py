"""What monitoring is told: figures for Prometheus, and whether a person should look."""

import json
import re
import shutil
from contextlib import closing
from datetime import timedelta

import pytest
from click.testing import CliRunner

from archive import metrics, schedules
from archive.cli import Session, status_command
from archive.errors import UsageError
from archive.fixity import check
from archive.store import Archive
from kyson_crawler import hours
from tests.builders import article, begin, keep
from tests.clockwork import Machine, new_archive, plan

SAMPLE = re.compile(r'kyson_[a-z_]+(\{portal="(?:[^"\\\n]|\\["\\n])*"\})? -?\d+')


@pytest.fixture
def archive(tmp_path):
    with new_archive(
        tmp_path / "kyson-archive", {"ky-son": "kyson.example", "muong-xen": "muongxen.example"}
    ) as opened:
        yield opened


def crawl(archive, status="finished", **facts):
    crawl_id = begin(archive)
    keep(archive, crawl_id, article("1"))
    archive.finish_crawl(crawl_id, status=status, **facts)


def status(archive, *words):
    return CliRunner().invoke(status_command, words, obj=Session(archive=archive.folder))


def test_all_is_well_in_an_archive_without_calendars(archive):
    crawl(archive)
    done = status(archive, "--check")
    assert (done.exit_code, done.stderr) == (0, "")


def test_a_crawl_that_failed_is_for_a_person_to_look_at(archive):
    crawl(archive, "failed", reason="not one article was read\x1b[2J")
    done = status(archive, "--check")
    assert done.exit_code == 1
    assert done.stderr == "ky-son: its last crawl failed: not one article was read�[2J\n"
    assert status(archive).exit_code == 0


def test_a_run_that_was_given_up_is_for_a_person_to_look_at(archive):
    crawl(archive)
    give_up(archive, "ky-son")
    assert status(archive, "--check").stderr == "ky-son: run 1 was given up: no page answered\n"
    found = json.loads(status(archive, "--json").stdout)
    assert (found["last_run"]["state"], found["next_run"]) == ("failed", "2024-02-02T19:00:00Z")
    assert "next crawl" in status(archive).stdout


def give_up(archive, portal):
    """Have a run of a portal fail for good by its calendar."""
    plan(archive, portal, "daily 02:00", retries=0)
    machine = Machine(archive, crawl=lambda machine, run: (timedelta(minutes=1), "failed"))
    machine.reboot(timedelta(days=1))
    machine.tick()
    machine.go_on(timedelta(minutes=2))
    schedules.beat(archive.folder, hours.now())


def test_a_portal_whose_runs_are_given_up_before_its_first_crawl_is_for_a_person_to_look_at(archive, tmp_path):
    give_up(archive, "muong-xen")
    done = status(archive, "--check")
    assert done.exit_code == 1
    assert "muong-xen: run 1 was given up: no page answered\n" in done.stderr
    target = tmp_path / "kyson.prom"
    status(archive, "--prometheus", str(target))
    lines = target.read_text(encoding="utf-8").splitlines()
    assert 'kyson_last_run_failed{portal="muong-xen"} 1' in lines
    assert any(line.startswith('kyson_next_run_timestamp_seconds{portal="muong-xen"} ') for line in lines)


def test_a_run_that_was_given_up_is_not_hidden_by_a_crawl_that_failed_before_it(archive):
    crawl(archive, "failed", reason="not one article was read")
    give_up(archive, "ky-son")
    assert status(archive, "--check").stderr == "ky-son: run 1 was given up: no page answered\n"


def test_a_crawl_that_failed_after_a_run_was_given_up_is_what_a_person_hears_of(archive):
    give_up(archive, "ky-son")
    archive._now = hours.now
    crawl(archive, "failed", reason="not one article was read")
    assert status(archive, "--check").stderr == "ky-son: its last crawl failed: not one article was read\n"


def verify(folder):
    with closing(check(folder, quick=True)) as findings:
        return [finding.fault for finding in findings]


def test_the_file_that_waits_the_longest_to_be_verified_is_told_and_after_a_year_complained_of(crawled, tmp_path):
    folder = shutil.copytree(crawled[0], tmp_path / "whole")
    with Archive.open(folder, write=True) as archive:
        first, _ = (name for (name,) in archive.connection.execute("SELECT name FROM warc ORDER BY id"))
        archive.connection.execute("UPDATE warc SET closed = '2024-01-01T00:00:00+00:00' WHERE name = ?", (first,))
        waiting = json.loads(status(archive, "--json").stdout)["unverified"]
        assert waiting == {"warc": first, "since": "2024-01-01T00:00:00Z", "never": True}
        done = status(archive, "--check")
        assert (done.exit_code, f"{first} was not verified since 2024-01-01: run `kyson verify`" in done.stderr) == (
            1,
            True,
        )
        assert verify(folder) == []
        held = archive.status()[0].unverified
        assert (held.warc, held.is_never, hours.now() - held.since < timedelta(hours=1)) == (first, False, True)
        assert status(archive, "--check").exit_code == 0
        target = tmp_path / "kyson.prom"
        status(archive, "--prometheus", str(target))
        assert (
            f'kyson_unverified_since_timestamp_seconds{{portal="sample"}} {held.since.timestamp():.0f}'
            in target.read_text()
        )


def test_a_file_with_a_fault_is_not_verified_and_that_is_critical(crawled, tmp_path):
    folder = shutil.copytree(crawled[0], tmp_path / "damaged")
    with Archive.open(folder, write=True) as archive:
        _, second = (name for (name,) in archive.connection.execute("SELECT name FROM warc ORDER BY id"))
        with (folder / "warc" / second).open("ab") as stream:
            stream.write(b"x")
        assert len(verify(folder)) == 1
        held = archive.status()[0].unverified
        assert (held.warc, held.is_never) == (second, True)
        assert status(archive, "--check").exit_code == 2


def test_calendars_without_a_tick_are_for_a_person_to_look_at(archive):
    plan(archive, "muong-xen", "daily 02:00")
    assert status(archive, "--check").exit_code == 1
    schedules.beat(archive.folder, hours.now())
    assert status(archive, "--check").exit_code == 0
    schedules.beat(archive.folder, hours.now() - timedelta(hours=2))
    assert "no tick came for an hour" in status(archive, "--check").stderr


def test_the_figures_are_in_the_format_of_prometheus_and_take_the_place_of_those_before_in_one_stroke(
    archive, tmp_path
):
    crawl(archive)
    plan(archive, "ky-son", "daily 02:00")
    schedules.beat(archive.folder, hours.now())
    target = tmp_path / "kyson.prom"
    target.write_text("old", encoding="utf-8")
    before = target.stat().st_ino
    assert status(archive, "--prometheus", str(target)).output == ""
    lines = target.read_text(encoding="utf-8").splitlines()
    assert 'kyson_articles{portal="ky-son"} 1' in lines
    assert 'kyson_last_crawl_ok{portal="ky-son"} 1' in lines
    assert all(SAMPLE.fullmatch(line) for line in lines if not line.startswith("#"))
    names = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert len(names) == len(set(names))
    assert {re.match(r"\w+", line)[0] for line in lines if not line.startswith("#")} == set(names)
    assert target.stat().st_ino != before
    assert target.stat().st_mode & 0o777 == 0o644
    assert {path.name for path in tmp_path.iterdir()} == {"kyson-archive", "kyson.prom"}


def test_figures_for_prometheus_are_not_asked_for_as_json(archive, tmp_path):
    done = status(archive, "--prometheus", str(tmp_path / "kyson.prom"), "--json")
    assert isinstance(done.exception, UsageError)
    assert not (tmp_path / "kyson.prom").exists()


def test_a_file_that_cannot_be_written_leaves_the_one_before(archive, tmp_path):
    done = status(archive, "--prometheus", str(tmp_path / "nowhere" / "kyson.prom"))
    assert done.exit_code != 0


@pytest.mark.parametrize("slug", ['a"b', "a\\b", "a\nb"])
def test_no_name_breaks_out_of_its_label(slug):
    assert SAMPLE.fullmatch(metrics._gauge("articles", "", {slug: 1})[-1])


def test_the_status_of_an_archive_of_before_has_no_run(tmp_path):
    with Archive.open(tmp_path / "kyson-archive", write=True, create=True) as archive:
        crawl(archive)
        (holding,) = archive.status()
    assert (holding.next_run, holding.last_run, holding.new_articles) == (None, None, 0)
