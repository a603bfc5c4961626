"""Three portals that live on, crawled by calendar for a month: the archive against what their servers showed.

    python -m tests.month
    python -m tests.month --articles 12 --days 7

The portals are real servers on loopback, in a process of their own. Every night articles are published, edited, given other
images, taken down and put back, so that lists shift. The clock goes from one moment of the calendars to the next; there a
real tick starts real processes, which crawl by that clock. What the servers show stands still while anything is crawled.

Two of the portals have a calendar for what is new and due and one for all of it (`--full`), the third is always crawled whole.
Of each article the versions in the archive have to be, in their order, the contents that it had at the crawls that asked for
it; a whole crawl has to ask for every article that there is, and any crawl for every article that is new. An edit of which
nothing is left at the next look was never shown. Whatever stood nowhere on three days has to be gone, and nothing else.
Every image has to be there with its very bytes, and every digest in the WARCs has to hold. Prints a line for each thing that is
not as it should be, then the figures; exits 1 when there was any.
"""

import argparse
import contextlib
import os
import sys
import tempfile
import time
from base64 import b32decode
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from hashlib import sha1
from itertools import groupby
from multiprocessing import get_context
from multiprocessing.managers import BaseManager
from pathlib import Path
from random import Random

from attrs import define, field, frozen
from time_machine import Traveller, travel

from archive import runs, schedules
from archive.due import GONE_AFTER
from archive.due import day as day_of
from archive.fixity import check
from archive.records import Kept
from archive.store import Archive
from kyson_crawler import crawl, portal
from kyson_crawler.hours import VIETNAM
from kyson_crawler.schedule import process, tick
from tests.portals.livingportal import Content, LivingPortal, image
from tests.program import commanded

BEGIN = datetime(2026, 3, 2, 6, 0, tzinfo=VIETNAM)
CALENDARS = {
    "muong-xen": (("daily 02:00",), ("sun 12:00", "--full")),
    "nam-can": (("every 12 h 01:00",), ("wed,sat 16:30", "--full")),
    "huoi-tu": (("mon,thu 21:30", "--full"),),
}
_TOML = 'name = "Huyện {slug}"\nseeds = ["{url}"]\npage_hosts = ["{host}"]\n[pace]\ndelay = 0\nconcurrency = 4\n'
_LATE = timedelta(minutes=3)
_MOST_TICKS = 20


class Life:
    """The portals with all that happens to them, and what they were asked for."""

    def __init__(self, articles: int) -> None:
        self._luck = Random(30)
        self._edits = 0
        self._removed: dict[str, list] = defaultdict(list)
        self._portals = {
            "muong-xen": LivingPortal(articles),
            "nam-can": LivingPortal(articles, validates=False, stamps=True),
            "huoi-tu": LivingPortal(articles),
        }
        for served in self._portals.values():
            served.__enter__()

    def urls(self) -> dict[str, str]:
        """Where each portal stands."""
        return {slug: served.url for slug, served in self._portals.items()}

    def night(self, day: date) -> Counter:
        """Let each portal change before a day begins."""
        return sum((self._change(slug, served, day) for slug, served in self._portals.items()), Counter())

    def shown(self) -> dict[str, dict[str, Content]]:
        """Every article of each portal as it is now, by its path."""
        return {
            slug: {story.path: served.content(story) for story in served.stories}
            for slug, served in self._portals.items()
        }

    def asked(self) -> dict[str, Counter]:
        """What each portal was asked for since this was last asked."""
        asked = {slug: Counter(served.requests) for slug, served in self._portals.items()}
        for served in self._portals.values():
            served.forget()
        return asked

    def _change(self, slug: str, served: LivingPortal, day: date) -> Counter:
        luck, removed, more = self._luck, self._removed[slug], len(served.stories) // 250
        done = Counter(
            new=luck.randint(0, 2 + more), edited=luck.randint(1, 2 + more), illustrated=luck.randint(0, 1 + more)
        )
        for _ in range(done["new"]):
            served.publish(day)
        for number in range(done["edited"] + done["illustrated"]):
            self._edits += 1
            newest = luck.random() < 0.6
            story = luck.choice(served.stories[:8] if newest else served.stories)
            if number < done["edited"]:
                text = f"Bổ sung lần thứ {self._edits}: ban tổ chức cảm ơn bà con đã góp công sức."
                served.edit(story, luck.choice([text, "Bài đã được đính chính theo ý kiến của xã."]))
            else:
                served.illustrate(story, f"{story.number}-{self._edits}")
        if removed and luck.random() < 0.4:
            place, story = removed.pop(luck.randrange(len(removed)))
            served.stories.insert(min(place, len(served.stories)), story)
            done["back"] += 1
        if luck.random() < 0.6:
            place = luck.randrange(6 if luck.random() < 0.5 else len(served.stories))
            removed.append((place, served.stories[place]))
            served.take_down(served.stories[place])
            done["removed"] += 1
        return done


class Lives(BaseManager):
    """Has the portals live in a process of their own."""


Lives.register("Life", Life)


@define
class Crawls:
    """Starts crawls as a tick does: each in a process of its own that holds its lease, and has this one's clock."""

    folder: Path
    pids: list[int] = field(factory=list)

    def start(self, run: runs.Run, lease) -> None:
        if (pid := os.fork()) == 0:
            code = 1
            try:
                log = os.open(self.folder / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
                for stream in (1, 2):
                    os.dup2(log, stream)
                code = 0 if process.perform(self.folder, run.id) else 1
            finally:
                os._exit(code)
        self.pids.append(pid)

    def wait(self) -> None:
        while self.pids:
            os.waitpid(self.pids.pop(), 0)


@frozen(kw_only=True)
class Look:
    """What one crawl could see, and what it asked for."""

    day: date
    is_full: bool
    asked: Counter
    shown: dict[str, Content]


@define
class Month:
    """The days as they pass; what is wrong is gathered as they do."""

    archive: Archive
    life: Life
    clock: Traveller
    crawls: Crawls
    looks: dict[str, list[Look]] = field(factory=lambda: defaultdict(list))
    happened: Counter = field(factory=Counter)
    faults: list[str] = field(factory=list)
    requests: int = 0

    def pass_by(self, until: datetime) -> None:
        """Go from moment to moment, and let every night bring what it brings."""
        while (due := min(schedule.due for schedule in schedules.every(self.archive.connection))) <= until:
            for n in range(1, (day_of(due) - day_of(_now())).days + 1):
                self.happened += self.life.night(day_of(_now()) + timedelta(days=n))
            self.clock.move_to(due + _LATE)
            self.see_to_all()

    def see_to_all(self) -> None:
        """Tick until nothing waits any more."""
        shown = self.life.shown()
        self.life.asked()
        for _ in range(_MOST_TICKS):
            ticked = tick.tick(self.archive, _now(), self.crawls.start)
            self.crawls.wait()
            asked = self.life.asked()
            for run in ticked.started:
                self._took(run, asked[run.portal], shown[run.portal])
            if not (waiting := runs.unended(self.archive.connection)):
                return
            self.clock.move_to(max([_now(), *(run.again for run in waiting if run.again)]) + _LATE)
        self.faults.append(f"after {_MOST_TICKS} ticks there still waits {waiting}")

    def _took(self, run: runs.Run, asked: Counter, shown: dict[str, Content]) -> None:
        """Hold one run against what it could see."""
        ended = runs.get(self.archive.connection, run.id)
        where = f"{run.portal}, run {run.id} of {_now():%d.%m.}"
        if (ended.state, ended.reason) != ("finished", None):
            self.faults.append(f"{where}: {ended.state}, {ended.reason}")
        is_full = schedules.get(self.archive.connection, run.schedule).is_full
        if is_full and (missed := shown.keys() - asked.keys()):
            self.faults.append(f"{where}: a whole crawl did not ask for {len(missed)} articles: {sorted(missed)[:3]}")
        kept = {path for path, _ in self._kept(run.portal)}
        if missed := shown.keys() - kept:
            self.faults.append(f"{where}: {len(missed)} articles are not kept: {sorted(missed)[:3]}")
        self.requests += asked.total()
        self.looks[run.portal].append(Look(day=day_of(_now()), is_full=is_full, asked=asked, shown=shown))

    def _kept(self, slug: str) -> Iterator[tuple[str, int]]:
        """The path of each article of a portal, and the id of its row."""
        url = self.life.urls()[slug].rstrip("/")
        rows = self.archive.connection.execute(
            "SELECT u.url, a.id FROM article a JOIN url u ON u.id = a.url_id JOIN portal p ON p.id = a.portal_id WHERE p.slug = ?",
            (slug,),
        )
        return ((address.removeprefix(url), number) for address, number in rows)

    def compare(self) -> Counter:
        """Hold the archive against all that was shown; gives what was compared."""
        counts = Counter(images=self._images())
        for slug, looks in self.looks.items():
            met = {path for look in looks for path in look.shown}
            kept = dict(self._kept(slug))
            self.faults += [f"{slug}: {path} was never shown" for path in kept.keys() - met]
            for path in sorted(met & kept.keys()):
                expected, is_gone = _expected(path, looks)
                found, gone = self._found(kept[path], slug)
                counts += Counter(articles=1, versions=len(found), again=len(found) - 1, gone=gone)
                if found != expected:
                    self.faults.append(f"{slug}: {path} has {_told(found)}, and showed {_told(expected)}")
                if gone != is_gone:
                    self.faults.append(f"{slug}: {path} is {'' if gone else 'not '}gone")
        self.faults += [f"{fault.object} at {fault.offset}: {fault.fault}" for fault in check(self.archive.folder)]
        return counts

    def _found(self, article: int, slug: str) -> tuple[list[Content], bool]:
        """The contents of an article's versions, in their order, and whether it is gone."""
        ref, gone = self.archive.connection.execute(
            "SELECT ref, gone IS NOT NULL FROM article WHERE id = ?", (article,)
        ).fetchone()
        url = self.life.urls()[slug].rstrip("/")
        numbers = [version.n for version in self.archive.versions(ref)]
        return [_content(self.archive.article(ref, version=n), url) for n in numbers], bool(gone)

    def _images(self) -> int:
        """How many images are there, after each was held against its bytes."""
        rows = self.archive.connection.execute(
            "SELECT DISTINCT u.url, e.status, c.digest FROM embed e JOIN url u ON u.id = e.url_id "
            "LEFT JOIN capture c ON c.id = e.capture_id"
        ).fetchall()
        for url, status, digest in rows:
            made = sha1(image("/anh/" + url.rpartition("/")[2]))
            if (status, _sha1(digest)) != ("ok", made.hexdigest()):
                self.faults.append(f"the image {url} is {status}, {digest}")
        return len({url for url, *_ in rows})


def _expected(path: str, looks: list[Look]) -> tuple[list[Content], bool]:
    """The versions that an article has to have, and whether it has to be gone."""
    seen, missing = [], set()
    for look in looks:
        if path in look.shown and look.asked[path]:
            seen.append(look.shown[path])
            missing.clear()
        elif look.asked[path]:
            missing.add(look.day)
    return [content for content, _ in groupby(seen)], len(missing) >= GONE_AFTER


def _content(kept: Kept, url: str) -> Content:
    article = kept.article
    (shown,) = article.images
    return Content(
        title=article.title,
        paragraphs=article.paragraphs,
        picture=shown.src.removeprefix(url),
        caption=shown.caption or "",
    )


def _told(contents: list[Content]) -> str:
    return f"{len(contents)} versions: " + "; ".join(
        f"… {content.paragraphs[-1]} {content.picture}" for content in contents
    )


def _sha1(digest: str | None) -> str | None:
    return b32decode(digest.removeprefix("sha1:")).hex() if digest else None


def _now() -> datetime:
    return datetime.now(UTC)


def _planned(folder: Path, urls: dict[str, str]) -> None:
    """Describe the portals and their calendars, as people do."""
    (folder / "portals").mkdir(parents=True)
    for slug, url in urls.items():
        toml = _TOML.format(slug=slug, url=url, host=url.split("/")[2])
        (folder / "portals" / f"{slug}.toml").write_text(toml, encoding="utf-8")
        for words in CALENDARS[slug]:
            commanded("--archive", folder, "schedule", "add", slug, *words)


@contextlib.contextmanager
def _living(articles: int) -> Iterator[Life]:
    with Lives(ctx=get_context("fork")) as lives:
        yield lives.Life(articles)


def _warm(place: Path) -> None:
    """Crawl once in this process: all that is ever imported is then there, for every process that it forks."""
    with LivingPortal(4) as server:
        crawl.run(portal.ad_hoc(server.url), place, delay=0)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--articles", type=int, default=1_000, help="of each portal as the month begins")
    asked.add_argument("--days", type=int, default=31)
    given = asked.parse_args()
    began = time.perf_counter()
    with (
        tempfile.TemporaryDirectory(prefix="kyson-month-") as place,
        travel(BEGIN) as clock,
        _living(given.articles) as life,
    ):
        folder = Path(place) / "archive"
        _warm(Path(place) / "other")
        _planned(folder, life.urls())
        with Archive.open(folder, write=True) as archive:
            month = Month(archive, life, clock, Crawls(folder))
            month.pass_by(BEGIN + timedelta(days=given.days))
            counts = month.compare()
        said = (folder / "log").read_text(encoding="utf-8")
    for fault in month.faults:
        print(fault)
    if month.faults:
        print(said[-2000:])
    ran = sum(map(len, month.looks.values()))
    print(f"{given.days} days, {ran} crawls, {month.requests:,} requests; meanwhile {dict(month.happened)}")
    print(f"compared {dict(counts)} in {time.perf_counter() - began:.0f} s, {len(month.faults)} faults")
    sys.exit(1 if month.faults else 0)


if __name__ == "__main__":
    main()
