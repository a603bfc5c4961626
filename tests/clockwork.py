"""A machine with its clock and its processes, in which calendars come true in no time: for the tests of ticks."""

import os
import random
from collections import Counter
from datetime import UTC, datetime, timedelta

from attrs import define, field

from archive import runs, schedules
from archive.store import Archive
from kyson_crawler import portal as portals
from kyson_crawler.schedule import calendar
from kyson_crawler.schedule.tick import tick

BEGIN = datetime(2024, 2, 1, 3, 7, tzinfo=UTC)
TOML = 'name = "Huyện {name}"\nseeds = ["http://{host}/"]\npage_hosts = ["{host}"]\n'


def new_archive(folder, portals_on=None):
    """An archive with portals of its own: slug and host of each."""
    archive = Archive.open(folder, write=True, create=True, now=lambda: BEGIN)
    for slug, host in (portals_on or {"muong-xen": "muongxen.example"}).items():
        toml = TOML.format(name=slug, host=host)
        (folder / "portals" / f"{slug}.toml").write_text(toml, encoding="utf-8")
    return archive


def plan(archive, portal, words, now=BEGIN, **facts):
    """A new schedule of a portal."""
    with archive.together():
        due = calendar.read(words).after(now)
        return schedules.add(archive.connection, now=now, portal=portal, calendar=words, due=due, **facts)


@define(eq=False)
class Process:
    """One that crawls: it holds the lease of its run until it ends, however that comes."""

    run: runs.Run
    hosts: tuple[str, ...]
    lease: int
    ends: datetime
    fate: str


@define
class Machine:
    """What happens to it is drawn from `luck`; how long crawls take, and how they end, `crawl` says."""

    archive: Archive
    luck: random.Random = field(factory=lambda: random.Random(1))
    crawl: object = lambda machine, run: (timedelta(minutes=40), "finished")
    true: datetime = BEGIN
    """What the time is."""

    ahead: timedelta = timedelta()
    """By how much the clock is wrong."""

    processes: list = field(factory=list)
    started: list = field(factory=list)
    """Each run as it was when it was started, with the true time, and for how long the machine had been up."""

    up: timedelta = timedelta()
    """For how long it has been running in all."""

    at_once: int = 3
    hosts: dict = field(factory=dict)

    @property
    def now(self):
        return self.true + self.ahead

    def tick(self):
        return tick(self.archive, self.now, self.start, at_once=self.at_once)

    def start(self, run, lease):
        if run.portal not in self.hosts:
            self.hosts[run.portal] = portals.find(run.portal, self.archive.folder).scope.page_hosts
        hosts = self.hosts[run.portal]
        taken = {host: other.run.id for other in self.processes for host in other.hosts}
        assert not taken.keys() & set(hosts), f"run {run.id} begins while run {taken} crawls the same host"
        lasts, fate = self.crawl(self, run)
        self.started.append((run, self.true, self.up))
        self.processes.append(Process(run, hosts, os.dup(lease.fileno()), self.true + lasts, fate))

    def go_on(self, time):
        """Let time pass; crawls come to their ends meanwhile."""
        until = self.true + time
        for process in sorted(self.processes, key=lambda process: process.ends):
            if process.ends <= until:
                self.true = max(self.true, process.ends)
                self.end(process)
        self.true = until
        self.up += time

    def end(self, process):
        with self.archive.together():
            if process.fate == "finished":
                runs.finish(self.archive.connection, process.run, self.now, crawl=None, reason=None)
            elif process.fate == "failed":
                runs.fail(self.archive.connection, process.run, self.now, "no page answered")
        self.kill(process)

    def kill(self, process):
        os.close(process.lease)
        self.processes.remove(process)

    def reboot(self, down):
        """All processes are gone, and nothing happens for a time."""
        for process in tuple(self.processes):
            self.kill(process)
        self.true += down


def all_runs(archive, schedule):
    """Every run of a schedule, oldest first."""
    return runs.of(archive.connection, schedule.id)[::-1]


def coverings(archive, schedule, since, until):
    """For each moment of a calendar how many runs are for it."""
    moments = calendar.read(schedule.calendar)
    counts, at = Counter(), moments.after(since)
    spans = [(run.first, run.due) for run in all_runs(archive, schedule)]
    while at <= until:
        counts[at] = sum(first <= at <= due for first, due in spans)
        at = moments.after(at)
    return counts
