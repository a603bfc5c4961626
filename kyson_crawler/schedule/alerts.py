"""Alarms: what a person has to hear of after a run, and the ways it is told: mail, a webhook, a command."""

import json
import logging
import os
import shutil
import smtplib
import ssl
import subprocess
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

from attrs import frozen

from archive import alarm, runs
from archive.errors import UsageError
from archive.runs import Run
from archive.store import Archive
from archive.terminal import printable
from kyson_crawler import config
from kyson_crawler.config import Alerts

logger = logging.getLogger(__name__)

_PATIENCE = 30.0
_LITTLE_DISK = 1_000_000_000
"""Bytes; twice of what a crawl leaves free at the least."""


@frozen(kw_only=True)
class Alarm:
    """Something that a person should look at."""

    kind: str
    """`failed`, `few`, `disk` or `test`."""

    portal: str
    text: str
    time: datetime
    """Aware, UTC."""

    def to_json(self) -> str:
        """As webhooks and commands get it."""
        facts = {"kind": self.kind, "portal": self.portal, "text": self.text, "time": f"{self.time:%Y-%m-%dT%H:%M:%SZ}"}
        return json.dumps(facts, ensure_ascii=False)


def after(folder: Path, run: Run, now: datetime) -> Iterator[Alarm]:
    """What is to be said after a run."""
    with Archive.open(folder) as archive:
        ended = runs.get(archive.connection, run.id)
        counts = alarm.new_articles(archive.connection, run.portal)
    if ended.state == "failed":
        tries = f" after {ended.tries} tries" if ended.tries > 1 else ""
        text = f"run {run.id} of {run.portal} was given up{tries}: {ended.reason}"
        yield Alarm(kind="failed", portal=run.portal, text=text, time=now)
    few = dict(zip(counts, alarm.too_few(tuple(counts.values())), strict=True))
    if ended.crawl is not None and few.get(ended.crawl):
        before = [f"{count:,}" for crawl, count in counts.items() if crawl < ended.crawl]
        text = f"{run.portal} has unusually few new articles: {counts[ended.crawl]:,}, after {', '.join(before[-8:])}"
        yield Alarm(kind="few", portal=run.portal, text=text, time=now)
    if (free := shutil.disk_usage(folder).free) < _LITTLE_DISK:
        text = f"only {free / 1e6:,.0f} MB are free on the disk of {folder}"
        yield Alarm(kind="disk", portal=run.portal, text=text, time=now)


def after_all(folder: Path, ended: Iterable[Run], now: datetime) -> None:
    """Tell all that is to be said after some runs."""
    for run in ended:
        for found in after(folder, run, now):
            tell(folder, found)


def tell(folder: Path, alarm: Alarm) -> tuple[str, ...]:
    """Tell an alarm to all who are to hear of it; gives the ways that worked.

    What fails is logged, and keeps no other way from being tried. Raises UsageError when kyson.toml is faulty.
    """
    ways = config.alerts(folder)
    worked = []
    for name, wanted, send in _WAYS:
        if wanted(ways):
            try:
                send(ways, alarm)
                worked.append(name)
            except (OSError, ValueError, smtplib.SMTPException, subprocess.SubprocessError, UsageError) as error:
                logger.error("the alarm %r could not be told by %s: %s", alarm.text, name, error)
    with Archive.open(folder, write=True) as archive:
        detail = {"kind": alarm.kind, "text": alarm.text, "ways": worked}
        archive.note("alarm", alarm.portal, "told" if worked else "untold", detail)
    return tuple(worked)


def _mail(ways: Alerts, alarm: Alarm) -> None:
    message = EmailMessage()
    message["From"] = ways.sender or ways.mail[0]
    message["To"] = ", ".join(ways.mail)
    message["Subject"] = f"[kyson] {printable(alarm.portal)}: {alarm.kind}"
    message.set_content(printable(alarm.text, newlines=True) + "\n")
    host, _, port = ways.smtp.rpartition(":")
    context = ssl.create_default_context()
    made = smtplib.SMTP_SSL(host, int(port), timeout=_PATIENCE, context=context) if port == "465" else None
    with made or smtplib.SMTP(host, int(port), timeout=_PATIENCE) as server:
        if made is None and server.ehlo() and server.has_extn("starttls"):
            server.starttls(context=context)
        if user := os.environ.get("KYSON_SMTP_USER"):
            server.login(user, os.environ.get("KYSON_SMTP_PASSWORD", ""))
        server.send_message(message)


def _webhook(ways: Alerts, alarm: Alarm) -> None:
    request = urllib.request.Request(  # noqa: S310  the configuration takes http and https alone
        ways.webhook or "", alarm.to_json().encode(), {"Content-Type": "application/json; charset=utf-8"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=_PATIENCE):  # noqa: S310  see above
        pass


def _command(ways: Alerts, alarm: Alarm) -> None:
    subprocess.run(ways.command, input=alarm.to_json().encode(), check=True, timeout=_PATIENCE)  # noqa: S603  the operator's


_WAYS: tuple[tuple[str, Callable[[Alerts], object], Callable[[Alerts, Alarm], None]], ...] = (
    ("mail", lambda ways: ways.mail, _mail),
    ("webhook", lambda ways: ways.webhook, _webhook),
    ("command", lambda ways: ways.command, _command),
)
