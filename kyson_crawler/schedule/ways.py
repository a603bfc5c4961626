"""The ways by which people hear of alarms: mail, a webhook, a command."""

import json
import logging
import os
import smtplib
import ssl
import subprocess
import urllib.request
from collections.abc import Callable, Mapping
from datetime import datetime
from email.message import EmailMessage
from typing import Any

from attrs import field, frozen

from archive.errors import UsageError
from archive.terminal import printable
from kyson_crawler.config import Alerts

logger = logging.getLogger(__name__)

_PATIENCE = 30.0


@frozen(kw_only=True)
class Alarm:
    """Something that a person should look at."""

    kind: str
    """`failed`, `few`, `coverage`, `disk`, `dns`, `certificate`, `vanishing`, `gone` or `test`."""

    portal: str
    text: str
    time: datetime
    """Aware, UTC."""

    facts: Mapping[str, Any] = field(factory=dict)
    """What a program may want to know besides: `fields` that fell, the `signs` of a portal's dying, its `last_good` crawl."""

    def to_json(self) -> str:
        """As webhooks and commands get it."""
        told = {"kind": self.kind, "portal": self.portal, "text": self.text, "time": f"{self.time:%Y-%m-%dT%H:%M:%SZ}"}
        return json.dumps({**told, **self.facts}, ensure_ascii=False)


def send(ways: Alerts, alarm: Alarm) -> tuple[str, ...]:
    """Send an alarm every way that is named; gives those that worked. What fails is logged, and keeps no other from being tried."""
    worked = []
    for name, wanted, way in _WAYS:
        if wanted(ways):
            try:
                way(ways, alarm)
                worked.append(name)
            except (OSError, ValueError, smtplib.SMTPException, subprocess.SubprocessError, UsageError) as error:
                logger.error("the alarm %r could not be told by %s: %s", alarm.text, name, error)
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
