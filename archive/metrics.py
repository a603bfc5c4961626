"""What monitoring is told of an archive: whether all is as it should be, and figures for Prometheus."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from attrs import frozen

from archive import disk, runs, schedules, untold
from archive.holdings import Holding
from archive.runs import Run
from archive.sign_words import said

_UNWELL = {"failed", "killed"}
_FATES = {"well": "about to die", "dying": "dying", "gone": "gone"}
_TOO_LONG = timedelta(days=365)
_GAUGES = {
    "articles": "Articles held.",
    "versions": "Versions of articles held.",
    "images": "Images of current versions whose bytes are held.",
    "images_missing": "Images of current versions without bytes.",
    "captures": "Responses held.",
    "bytes": "Size of the WARC files.",
    "new_articles": "Articles first seen within the last thirty days.",
}


@frozen
class Complaint:
    """Something that a person should look at."""

    text: str
    is_urgent: bool = False
    """Whether something is being lost meanwhile."""


def complaints(
    connection: sqlite3.Connection, holdings: Iterable[Holding], folder: Path, now: datetime
) -> Iterator[Complaint]:
    """What a person should look at."""
    held = tuple(holdings)
    for holding in held:
        yield from _of_portal(holding, now)
    for portal in _not_held(connection, held):
        run = runs.last_of(connection, portal)
        if run and run.state == "failed":
            yield _given_up(portal, run)
    if any(schedule.due is not None for schedule in schedules.every(connection)):
        last = schedules.last_tick(folder)
        if last is None or abs(now - last) > schedules.LATE:
            yield Complaint("no tick came for an hour, so nothing is crawled by calendar: see `kyson schedule list`")
    unheard = [alarm for alarm in untold.alarms(connection, now) if alarm.failed]
    if unheard:
        why = "; ".join(f"{way}: {reason}" for way, reason in unheard[-1].failed.items())
        yield Complaint(
            f"{len(unheard)} alarm{'s' if len(unheard) > 1 else ''} of the last days reached nobody ({why}), the last one: {unheard[-1].text}; "
            "`kyson schedule alert` tries the ways that kyson.toml names"
        )
    checked = connection.execute("SELECT outcome FROM event WHERE kind = 'fixity' ORDER BY id DESC LIMIT 1").fetchone()
    if checked == ("fault",):
        yield Complaint("the last check of the evidence found a fault: see `kyson verify`", is_urgent=True)
    if (room := disk.room(connection, folder, now)).is_little:
        yield Complaint(str(room), is_urgent=True)


def _of_portal(holding: Holding, now: datetime) -> Iterator[Complaint]:
    crawl, run = holding.last_crawl, holding.last_run
    if run and run.state == "failed" and (crawl is None or crawl.started <= run.changed):
        yield _given_up(holding.portal, run)  # which says of its own crawl why that failed
    elif crawl and crawl.status in _UNWELL:
        yield Complaint(
            f"{holding.portal}: its last crawl {crawl.status}" + (f": {crawl.reason}" if crawl.reason else "")
        )
    for sign in holding.signs:
        if sign.is_firm:
            yield Complaint(f"{holding.portal} is {_FATES[holding.fate]}: {said(sign)}", is_urgent=True)
    if holding.unverified and now - holding.unverified.since > _TOO_LONG:
        waits = f"since {holding.unverified.since:%Y-%m-%d}"
        yield Complaint(f"{holding.portal}: {holding.unverified.warc} was not verified {waits}: run `kyson verify`")


def _given_up(portal: str, run: Run) -> Complaint:
    return Complaint(f"{portal}: run {run.id} was given up: {run.reason}")


def _not_held(connection: sqlite3.Connection, held: Iterable[Holding]) -> list[str]:
    """The portals with a calendar of which nothing is held, since no crawl of them ever began; their runs alone show that."""
    return sorted({schedule.portal for schedule in schedules.every(connection)} - {holding.portal for holding in held})


def prometheus(connection: sqlite3.Connection, holdings: Iterable[Holding], folder: Path, now: datetime) -> str:
    """The figures in Prometheus' text format 0.0.4, as the textfile collector of node_exporter reads it."""
    held = tuple(holdings)
    lines = []
    for name, meaning in _GAUGES.items():
        lines += _gauge(name, meaning, {holding.portal: getattr(holding, name) for holding in held})
    crawls = {holding.portal: holding.last_crawl for holding in held if holding.last_crawl}
    began = {portal: crawl.started.timestamp() for portal, crawl in crawls.items()}
    lines += _gauge("last_crawl_timestamp_seconds", "When the last crawl began.", began)
    well = {portal: int(crawl.status not in _UNWELL) for portal, crawl in crawls.items()}
    lines += _gauge("last_crawl_ok", "Whether the last crawl neither failed nor was cut short.", well)
    portals = [*(holding.portal for holding in held), *_not_held(connection, held)]
    due = {portal: time.timestamp() for portal in portals if (time := schedules.next_of(connection, portal))}
    lines += _gauge("next_run_timestamp_seconds", "When the next crawl is due.", due)
    given_up = {portal: int(run.state == "failed") for portal in portals if (run := runs.last_of(connection, portal))}
    lines += _gauge("last_run_failed", "Whether the last run of its calendars was given up.", given_up)
    fates = {holding.portal: list(_FATES).index(holding.fate) for holding in held}
    lines += _gauge("portal_fate", "What becomes of the portal: 0 it is well, 1 it is dying, 2 it is gone.", fates)
    certificates = {holding.portal: min(ends) for holding in held if (ends := _ends(holding))}
    lines += _gauge("certificate_end_timestamp_seconds", "When the first certificate of its hosts ends.", certificates)
    since = {holding.portal: holding.unverified.since.timestamp() for holding in held if holding.unverified}
    lines += _gauge(
        "unverified_since_timestamp_seconds", "Since when its file that waits the longest was not verified.", since
    )
    if tick := schedules.last_tick(folder):
        lines += _single("last_tick_timestamp_seconds", "When a tick last came.", tick.timestamp())
    lines += _single("disk_free_bytes", "What is free on the archive's disk.", disk.room(connection, folder, now).free)
    return "".join(f"{line}\n" for line in lines)


def _gauge(name: str, meaning: str, values: Mapping[str, float]) -> list[str]:
    if not values:
        return []
    samples = [f'kyson_{name}{{portal="{_label(portal)}"}} {value:.0f}' for portal, value in values.items()]
    return [f"# HELP kyson_{name} {meaning}", _kind(name), *samples]


def _single(name: str, meaning: str, value: float) -> list[str]:
    return [f"# HELP kyson_{name} {meaning}", _kind(name), f"kyson_{name} {value:.0f}"]


def _ends(holding: Holding) -> list[float]:
    return [host.ends.timestamp() for host in holding.hosts if host.ends]


def _kind(name: str) -> str:
    return f"# TYPE kyson_{name} gauge"


def _label(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
