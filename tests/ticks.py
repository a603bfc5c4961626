"""Kills a tick at each of its lines, has several at once, and sees what the next ones make of that.

    python -m tests.ticks

Each kill is SIGKILL to a process of its own, over an archive of its own; what a tick starts are real processes, which live
on. Prints a line for each thing that is not as it should be, and how many kills there were; exits 1 when there was any.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from archive import runs, schedules
from archive.store import Archive
from kyson_crawler.schedule import calendar, tick
from tests.clockwork import BEGIN, all_runs, new_archive, plan

TRACED = {module.__file__ for module in (runs, schedules, tick, calendar)}
PORTALS = {"muong-xen": "tinh.example", "huoi-tu": "huoitu.example"}
DUE = BEGIN + timedelta(days=3)
AT_ONCE, ROUNDS = 4, 8
LATER = DUE + timedelta(minutes=15)


class Starter:
    """Starts processes that do nothing but live, and hold their leases."""

    def __init__(self, folder: Path) -> None:
        self.log = folder.parent / f"{folder.name}.started"

    def __call__(self, run, lease):
        process = subprocess.Popen(
            ["/bin/sh", "-c", f'echo "{run.schedule} $$" >> "{self.log}"; exec sleep 600'],
            pass_fds=[lease.fileno()], start_new_session=True,
        )  # fmt: skip
        process.returncode = 0  # it is not waited for
        while not self.log.exists() or str(process.pid) not in self.log.read_text().split():
            os.sched_yield()

    def started(self):
        """The schedules for which something was started, and the processes."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [tuple(map(int, line.split())) for line in lines]


def a_tick(folder, now):
    with Archive.open(folder, write=True) as archive:
        tick.tick(archive, now, Starter(folder))


def lines_of_a_tick(folder):
    """Each line that a tick comes to, in order, once."""
    lines = {}

    def trace(frame, event, _):
        if frame.f_code.co_filename not in TRACED:
            return None
        if event == "line":
            lines.setdefault((frame.f_code.co_filename, frame.f_lineno))
        return trace

    sys.settrace(trace)
    a_tick(folder, DUE)
    sys.settrace(None)
    return list(lines)


def killed_tick(folder, place):
    """A tick in a process of its own, which dies as it comes to a line; whether it came there."""

    def trace(frame, event, _):
        if frame.f_code.co_filename != place[0]:
            return None
        if event == "line" and frame.f_lineno == place[1]:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace

    if (child := os.fork()) == 0:
        sys.settrace(trace)
        a_tick(folder, DUE)
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def faults(folder):
    """What is wrong after a kill, and two more ticks."""
    for now in (DUE, LATER):
        a_tick(folder, now)
    started = [schedule for schedule, _ in Starter(folder).started()]
    if sorted(started) != [1, 2]:
        yield f"started {started}"
    with Archive.open(folder) as archive:
        for schedule in schedules.every(archive.connection):
            states = [(run.state, run.joined) for run in all_runs(archive, schedule)]
            if states != [("running", 3)]:
                yield f"schedule {schedule.id} has {states}"
            if schedule.due != calendar.read(schedule.calendar).after(LATER):
                yield f"schedule {schedule.id} is next due {schedule.due}"


def end(folder):
    """End the processes that were started; some have been left by others, and are not ours to wait for."""
    for _, process in Starter(folder).started():
        os.kill(process, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(process, 0)


def at_once(folder, number):
    """So many ticks at once, each in a process of its own."""
    children = []
    for _ in range(number):
        if (child := os.fork()) == 0:
            a_tick(folder, DUE)
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)


def main():
    """Kill a tick everywhere, then have several at once."""
    wrong = kills = 0
    with tempfile.TemporaryDirectory() as base:
        first = Path(base) / "first"
        with new_archive(first, PORTALS) as archive:
            for portal in PORTALS:
                plan(archive, portal, "daily 02:00")
        shutil.copytree(first, Path(base) / "whole")
        places = lines_of_a_tick(Path(base) / "whole")
        end(Path(base) / "whole")
        for number, place in enumerate(places):
            folder = shutil.copytree(first, Path(base) / str(number))
            kills += killed_tick(folder, place)
            for fault in faults(folder):
                wrong += 1
                print(f"killed at {Path(place[0]).name}:{place[1]}: {fault}")
            end(folder)
            shutil.rmtree(folder)
        for number in range(ROUNDS):
            folder = shutil.copytree(first, Path(base) / f"at-once-{number}")
            at_once(folder, AT_ONCE)
            for fault in faults(folder):
                wrong += 1
                print(f"{AT_ONCE} ticks at once: {fault}")
            end(folder)
    print(f"{kills} kills, {ROUNDS} times {AT_ONCE} ticks at once, {wrong} faults")
    return 1 if wrong or kills < 50 else 0


if __name__ == "__main__":
    sys.exit(main())
