"""Alarms: what a person has to hear of after a run, and that it is told once."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from archive import alarm, disk, last_good, locks, runs, signs, untold
from archive.errors import UsageError
from archive.runs import Run
from archive.schema import moment
from archive.sign_words import said
from archive.signs import Sign
from archive.store import Archive
from archive.untold import Untold
from kyson_crawler import config, hours
from kyson_crawler.schedule import ways
from kyson_crawler.schedule.ways import NO_PORTAL, Alarm, Told

logger = logging.getLogger(__name__)

_MOST = 20
"""How many alarms, and how many runs, one tick tries to tell of once more."""

_SHOWN = 8
"""How many crawls before it a crawl with few new articles is told with."""

_AGAIN = timedelta(days=1)
"""How long nobody hears of a disk once more."""

_KINDS = {"dns": "dns", "certificate": "certificate", "untrusted": "certificate"}
"""What kind of alarm a sign is; all others are of a portal that is `vanishing`."""


def after(folder: Path, run: Run, now: datetime) -> Iterator[Alarm]:
    """What is to be said after a run, besides what its portal's signs say."""
    with Archive.open(folder) as archive:
        ended = runs.get(archive.connection, run.id)
        few = alarm.few(archive.connection, run.portal, ended.crawl) if ended.crawl is not None else None
        fallen = alarm.fallen_anew(archive.connection, run.portal)
        little = disk.room(archive.connection, folder, now)
        is_told = _was_told(archive, "disk", now)
    if ended.state == "failed":
        tries = f" after {ended.tries} tries" if ended.tries > 1 else ""
        text = f"run {run.id} of {run.portal} was given up{tries}: {ended.reason}"
        yield Alarm(kind="failed", portal=run.portal, text=text, time=now)
    if few is not None:
        before = ", ".join(f"{count:,}" for count in few.before[-_SHOWN:])
        days = "Saturdays and Sundays" if few.is_weekend else "working days"
        text = f"{run.portal} has unusually few new articles: {few.count:,}, after {before} on {days}"
        yield Alarm(kind="few", portal=run.portal, text=text, time=now)
    if fallen is not None and run.started is not None and fallen.started >= run.started:
        facts = {"crawl": fallen.crawl, "fields": list(fallen.fields)}
        yield Alarm(kind="coverage", portal=run.portal, text=f"{run.portal}: {fallen.text}", time=now, facts=facts)
    if little.is_little and not is_told:
        yield Alarm(kind="disk", portal=run.portal, text=str(little), time=now)


def after_all(folder: Path, ended: Iterable[Run], now: datetime) -> None:
    """Tell all that is to be said after some runs, and write down that it was."""
    for run in ended:
        for found in after(folder, run, now):
            tell(folder, found)
        of_signs(folder, run.portal, now)
        with Archive.open(folder, write=True) as archive, archive.together():
            if runs.get(archive.connection, run.id).state in {"finished", "failed"}:
                untold.see(archive.connection, run, now)


def once_more(folder: Path, now: datetime) -> None:
    """Tell what nobody heard of lately: what could not be told, and the ends of runs whose processes were gone before they told.

    What is told of signs and of the disk is left out, which is said again as long as nobody heard.
    """
    lock = locks.take(folder, "untold", "alarms")
    if lock is None:  # another tick is at it
        return
    with lock:
        with Archive.open(folder) as archive:
            waiting = [other for other in untold.alarms(archive.connection, now) if other.is_of_run][:_MOST]
            ended = [run for run in untold.ended(archive.connection, now) if _is_gone(folder, run)][:_MOST]
        if waiting:
            _tell(folder, [_alarm(other) for other in waiting])
        after_all(folder, ended, now)


def of_signs(folder: Path, portal: str, now: datetime) -> None:
    """Tell what a portal's signs say, each once; where nobody could be reached it is tried again the next time."""
    with Archive.open(folder) as archive, archive.snapshot():
        current = [sign for sign in signs.of(archive.connection, portal) if sign.is_firm]
        is_gone = signs.fate(archive.connection, portal) == "gone"
        good = last_good.of(archive.connection, portal)
    ends = [sign for sign in current if sign.is_end] if is_gone else []
    if ends and any(sign.told_gone is None for sign in ends):
        facts = {"signs": [sign.to_json() for sign in ends], "last_good": good.to_json() if good else None}
        which = (
            f"its last good crawl was {good.crawl}, with {good.articles:,} articles held"
            if good
            else "no crawl of it was good"
        )
        text = f"{portal} is gone: {said(ends[0])}; {which}"
        _tell_signs(folder, Alarm(kind="gone", portal=portal, text=text, time=now, facts=facts), current, gone=True)
        return
    for sign in current:
        if sign.told is None:
            facts = {"signs": [sign.to_json()]}
            kind = _KINDS.get(sign.kind, "vanishing")
            _tell_signs(
                folder, Alarm(kind=kind, portal=portal, text=f"{portal}: {said(sign)}", time=now, facts=facts), [sign]
            )


def of_disk(folder: Path, now: datetime) -> None:
    """Tell that the disk is nearly full, once a day."""
    with Archive.open(folder) as archive:
        room, is_told = disk.room(archive.connection, folder, now), _was_told(archive, "disk", now)
    if room.is_little and not is_told:
        tell(folder, Alarm(kind="disk", portal=NO_PORTAL, text=str(room), time=now))


def tell(folder: Path, alarm: Alarm) -> Told:
    """Tell an alarm to all who are to hear of it, and write down who could be reached.

    What fails is logged, and keeps no other way from being tried; a faulty kyson.toml is such a failure too.
    """
    return _tell(folder, [alarm])


def _tell(folder: Path, alarms: Sequence[Alarm]) -> Told:
    try:
        told = ways.send(config.alerts(folder), alarms)
    except UsageError as error:
        logger.error("the alarm %r could not be told: %s", alarms[0].text, error)
        told = Told(failed={config.FILE: str(error)})
    with Archive.open(folder, write=True) as archive, archive.together():
        for alarm in alarms:
            noted = Untold(
                kind=alarm.kind,
                portal=alarm.portal,
                text=alarm.text,
                time=alarm.time,
                failed=told.failed,
                facts=alarm.facts,
            )
            untold.note(archive.connection, noted, hours.now(), worked=told.worked)
    return told


def _alarm(other: Untold) -> Alarm:
    return Alarm(kind=other.kind, portal=other.portal, text=other.text, time=other.time, facts=other.facts)


def _is_gone(folder: Path, run: Run) -> bool:
    """Whether the process of a run is gone, which tells of its end itself."""
    return locks.is_free(folder, str(run.schedule), "schedules")


def _tell_signs(folder: Path, alarm: Alarm, told: Iterable[Sign], *, gone: bool = False) -> None:
    told_now = tell(folder, alarm)
    if told_now.worked or not told_now.failed:  # where no way is named, nobody wants to hear
        with Archive.open(folder, write=True) as archive, archive.together():
            signs.tell(archive.connection, told, alarm.time, gone=gone)


def _was_told(archive: Archive, kind: str, now: datetime) -> bool:
    """Whether people heard of such a thing lately, by a clock that may have been set back since."""
    row = archive.connection.execute(
        "SELECT max(at) FROM event WHERE kind = 'alarm' AND outcome = 'told' AND json_extract(detail, '$.kind') = ?",
        (kind,),
    ).fetchone()
    return row[0] is not None and abs(now - moment(row[0])) < _AGAIN
