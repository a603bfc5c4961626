"""What monitoring is told of an archive: whether all is as it should be, and figures for Prometheus."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from archive import schedules
from archive.holdings import Holding

_UNWELL = {"failed", "killed"}
_GAUGES = {
    "articles": "Articles held.",
    "versions": "Versions of articles held.",
    "images": "Images of current versions whose bytes are held.",
    "images_missing": "Images of current versions without bytes.",
    "captures": "Responses held.",
    "bytes": "Size of the WARC files.",
    "new_articles": "Articles first seen within the last thirty days.",
}


def complaints(
    connection: sqlite3.Connection, holdings: Iterable[Holding], folder: Path, now: datetime
) -> Iterator[str]:
    """What a person should look at, a line each."""
    for holding in holdings:
        crawl, run = holding.last_crawl, holding.last_run
        if crawl and crawl.status in _UNWELL:
            yield f"{holding.portal}: its last crawl {crawl.status}" + (f": {crawl.reason}" if crawl.reason else "")
        elif run and run.state == "failed":
            yield f"{holding.portal}: run {run.id} was given up: {run.reason}"
    if any(schedule.due is not None for schedule in schedules.every(connection)):
        last = schedules.last_tick(folder)
        if last is None or abs(now - last) > schedules.LATE:
            yield "no tick came for an hour, so nothing is crawled by calendar: see `kyson schedule list`"


def prometheus(holdings: Iterable[Holding], folder: Path) -> str:
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
    due = {holding.portal: holding.next_run.timestamp() for holding in held if holding.next_run}
    lines += _gauge("next_run_timestamp_seconds", "When the next crawl is due.", due)
    given_up = {holding.portal: int(holding.last_run.state == "failed") for holding in held if holding.last_run}
    lines += _gauge("last_run_failed", "Whether the last run of its calendars was given up.", given_up)
    if tick := schedules.last_tick(folder):
        lines += [
            "# HELP kyson_last_tick_timestamp_seconds When a tick last came.",
            _kind("last_tick_timestamp_seconds"),
        ]
        lines.append(f"kyson_last_tick_timestamp_seconds {tick.timestamp():.0f}")
    return "".join(f"{line}\n" for line in lines)


def _gauge(name: str, meaning: str, values: Mapping[str, float]) -> list[str]:
    if not values:
        return []
    samples = [f'kyson_{name}{{portal="{_label(portal)}"}} {value:.0f}' for portal, value in values.items()]
    return [f"# HELP kyson_{name} {meaning}", _kind(name), *samples]


def _kind(name: str) -> str:
    return f"# TYPE kyson_{name} gauge"


def _label(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
