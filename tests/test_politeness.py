"""What the owners of three portals on one machine see in their server's log while two processes crawl them."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from pathlib import Path

import pytest

from kyson_crawler import crawl, settings
from kyson_crawler import portal as portals
from kyson_crawler.network.addresses import ConnectTo
from tests.portals.politeportal import Answer, PolitePortals, gaps, most_at_once

ROOT = Path(__file__).parents[1]
DELAY = 0.2

CRAWL = """
import json, logging, sys
from pathlib import Path
from kyson_crawler import crawl, portal, settings
from kyson_crawler.network.addresses import ConnectTo

logging.basicConfig(level=logging.INFO)
told = json.loads(sys.argv[1])
for name, value in told["settings"].items():
    setattr(settings, name, value)
for slug, toml in told["portals"].items():
    target = portal.parse(toml, slug=slug, origin="test")
    try:
        outcome = crawl.run(target, Path(told["archive"]), connect_to=(ConnectTo.parse(told["rule"]),))
        print(json.dumps([outcome.status, outcome.reason, dict(outcome.refused)]), flush=True)
    except Exception as error:
        print(json.dumps([type(error).__name__, str(error), {}]), flush=True)
"""


def page(*paths, words="Bản tin của xã"):
    links = "".join(f'<p><a href="{path}">{path}</a></p>' for path in paths)
    return f"<html><body><h1>{words}</h1>{links}</body></html>".encode()


def portal(*hosts, pace=f"delay = {DELAY}", more=""):
    names, seeds = json.dumps(hosts), json.dumps([f"http://{host}/" for host in hosts])
    return f'name = "Cổng thử"\nseeds = {seeds}\npage_hosts = {names}\n{more}[pace]\n{pace}\n'


def pages(host, path, n):
    """A home page that leads to two others, and nothing to say about robots."""
    if path == "/":
        return Answer(body=page("/1.html", "/2.html"))
    return Answer(body=page()) if path.endswith(".html") else Answer(status=404)


class Crawling:
    """Crawls of some portals, one after the other, in a process of their own."""

    def __init__(self, served, archive, portals, **settings):
        told = {"archive": str(archive), "portals": portals, "rule": served.rule, "settings": settings}
        self.process = subprocess.Popen(
            [sys.executable, "-c", CRAWL, json.dumps(told)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said = ""

    def outcomes(self):
        printed, self.said = self.process.communicate(timeout=120)
        assert "Traceback" not in self.said, self.said
        return [json.loads(line) for line in printed.splitlines()]


@contextmanager
def crawling(served, archive, portals, **settings):
    started = Crawling(served, archive, portals, **settings)
    try:
        yield started
    finally:
        if started.process.poll() is None:
            started.process.kill()
        started.process.communicate()


@pytest.fixture(autouse=True)
def runtime(tmp_path, monkeypatch):
    """A folder for locks of its own, as each user has one."""
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    return folder


def test_two_processes_keep_one_pace_for_three_portals_on_one_address(tmp_path):
    def busy(host, path, n):
        if host == "one.example" and path == "/1.html" and n == 1:
            return Answer(status=429, headers={"Retry-After": "2"})
        if host == "three.example" and path == "/1.html" and n == 1:
            return Answer(status=503, headers={"Retry-After": formatdate(time.time() + 2, usegmt=True)})
        return pages(host, path, n)

    toml = portal("one.example", "two.example"), portal("three.example")
    with (
        PolitePortals(busy) as served,
        crawling(served, tmp_path / "a", {"two-hosts": toml[0]}) as first,
        crawling(served, tmp_path / "b", {"one-host": toml[1]}) as second,
    ):
        assert [found[:2] for found in (*first.outcomes(), *second.outcomes())] == [["finished", None]] * 2
        visits = served.visits()
    assert {visit.host for visit in visits} == {"one.example", "two.example", "three.example"}
    assert most_at_once(visits) == 1
    assert min(gaps(visits)) >= DELAY
    third = [n for n, visit in enumerate(visits) if visit.host == "three.example"]
    assert third[0] < len(visits) / 2, "the second process had to wait for the end of the first"
    for host, rest in (("one.example", 2.0), ("three.example", 1.0)):  # a date may be a second early
        asked = served.visits(host)
        refused = next(n for n, visit in enumerate(asked) if visit.path == "/1.html")
        assert gaps(asked)[refused] >= rest
        assert "/1.html" in [visit.path for visit in asked[refused + 1 :]], "what was refused is asked again"
    assert min(gap for host in ("one.example", "two.example") for gap in gaps(served.visits(host))) < 2.0


def test_a_portal_that_allows_two_requests_at_a_time_never_gets_three(tmp_path):
    def slow(host, path, n):
        return Answer(body=pages(host, path, n).body, status=pages(host, path, n).status, seconds=0.1)

    toml = portal("one.example", pace="delay = 0.05\nconcurrency = 2")
    with (
        PolitePortals(slow) as served,
        crawling(served, tmp_path / "a", {"one": toml}) as first,
        crawling(served, tmp_path / "b", {"one": toml}) as second,
    ):
        assert [found[0] for found in (*first.outcomes(), *second.outcomes())] == ["finished"] * 2
        assert most_at_once(served.visits()) == 2


def test_a_process_that_is_killed_gives_its_turn_back_at_once(tmp_path):
    def hanging(host, path, n):
        return Answer(seconds=30) if host == "hangs.example" else pages(host, path, n)

    with (
        PolitePortals(hanging) as served,
        crawling(served, tmp_path / "a", {"hangs": portal("hangs.example")}) as first,
    ):
        folder = tmp_path / "run" / "kyson" / "pace"
        while not list(folder.glob("*.0")):
            time.sleep(0.05)
        with crawling(served, tmp_path / "b", {"waits": portal("waits.example")}) as second:
            time.sleep(1)
            assert not served.visits("waits.example")
            os.kill(first.process.pid, signal.SIGKILL)
            assert second.outcomes()[0][0] == "finished"
            assert len(served.visits("waits.example")) >= 3


def crawled(served, folder, toml, **limits):
    target = portals.parse(toml, slug="cong", origin="test")
    return crawl.run(target, folder, connect_to=(ConnectTo.parse(served.rule),), **limits)


def test_a_host_that_only_refuses_is_left_alone_and_the_end_says_why(tmp_path):
    def refusing(host, path, n):
        return Answer(status=429, headers={"Retry-After": "0"}) if path == "/2.html" else pages(host, path, n)

    with PolitePortals(refusing) as served:
        outcome = crawled(served, tmp_path, portal("one.example", pace="delay = 0"))
        asked = [visit.path for visit in served.visits()]
    assert outcome.status == "stopped"
    assert (
        outcome.reason == "one.example refused 5 times in a row (HTTP 429), so it is left alone; crawl it again later"
    )
    assert asked.count("/2.html") == 5


def test_a_crawl_waits_for_the_hours_of_the_portal_and_says_until_when(tmp_path, monkeypatch, caplog):
    begun = datetime(2026, 11, 2, 10, 59, 58, tzinfo=UTC)  # a Monday, two seconds before six in Vietnam's evening
    late = time.monotonic()
    clock = lambda: begun + timedelta(seconds=time.monotonic() - late)  # noqa: E731
    monkeypatch.setattr(settings, "KYSON_CLOCK", clock, raising=False)
    with PolitePortals(pages) as served:
        outcome = crawled(served, tmp_path, portal("one.example", pace='delay = 0\nhours = ["18:00-07:00"]'))
        first = served.visits()[0].came
    assert outcome.status == "finished"
    assert first >= late + 2
    said = [record.getMessage() for record in caplog.records if "hours" in record.getMessage()]
    assert said == ["the crawl halts: these are not the portal's hours: it goes on at 2/11/2026 18:00, Vietnam's time"]


def test_a_crawl_whose_time_is_up_before_it_asked_for_anything_is_stopped_and_has_not_failed(tmp_path, monkeypatch):
    noon = datetime(2026, 11, 2, 5, tzinfo=UTC)  # in Vietnam
    monkeypatch.setattr(settings, "KYSON_CLOCK", lambda: noon, raising=False)
    with PolitePortals(pages) as served:
        toml = portal("one.example", pace='delay = 0\nhours = ["18:00-07:00"]')
        outcome = crawled(served, tmp_path, toml, max_minutes=0.02)
        assert not served.visits()
    assert (outcome.status, outcome.reason) == ("stopped", "the time budget of 0.02 minutes is used up")


def test_a_budget_of_requests_ends_the_crawl_and_is_never_passed(tmp_path):
    with PolitePortals(pages) as served:
        outcome = crawled(served, tmp_path, portal("one.example", pace="delay = 0\nrequests_per_run = 4"))
        assert len(served.visits()) == 4
    assert (outcome.status, outcome.reason) == ("stopped", "the budget of 4 requests a run is used up")


def test_a_crawl_that_waits_ends_as_soon_as_it_is_told_to(tmp_path):
    def asleep(host, path, n):
        return Answer(status=503, headers={"Retry-After": "3600"}) if path == "/1.html" else pages(host, path, n)

    with (
        PolitePortals(asleep) as served,
        crawling(served, tmp_path / "a", {"one": portal("one.example", pace="delay = 0")}) as waiting,
    ):
        while "/1.html" not in [visit.path for visit in served.visits()]:
            time.sleep(0.05)
        waiting.process.send_signal(signal.SIGINT)
        assert waiting.outcomes()[0][:2] == ["stopped", "stopped by hand"]
