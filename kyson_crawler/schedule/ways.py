"""The ways by which people hear of alarms: mail, a webhook, a command."""

import json
import logging
import os
import smtplib
import ssl
import subprocess
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import localtime, make_msgid
from ipaddress import ip_address
from typing import Any

from attrs import field, frozen

from archive.errors import UsageError
from archive.terminal import printable
from archive.vietnam import clock
from kyson_crawler.config import Alerts

logger = logging.getLogger(__name__)

NO_PORTAL = "-"
"""In the place of a portal for what is about none, such as the disk."""

_PATIENCE = 30.0


@frozen(kw_only=True)
class Alarm:
    """Something that a person should look at."""

    kind: str
    """`failed`, `few`, `coverage`, `disk`, `dns`, `certificate`, `vanishing`, `gone` or `test`."""

    portal: str
    """Its slug, or `NO_PORTAL`."""

    text: str
    time: datetime
    """Aware, UTC."""

    facts: Mapping[str, Any] = field(factory=dict)
    """What a program may want to know besides: `fields` that fell, the `signs` of a portal's dying, its `last_good` crawl."""

    def to_json(self) -> str:
        """As webhooks and commands get it."""
        told = {"kind": self.kind, "portal": self.portal, "text": self.text, "time": f"{self.time:%Y-%m-%dT%H:%M:%SZ}"}
        return json.dumps({**told, **self.facts}, ensure_ascii=False)


@frozen(kw_only=True)
class Told:
    """By which ways people heard of something."""

    worked: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(factory=dict)
    """Why the others did not work; empty with `worked` where none is named."""


def send(ways: Alerts, alarms: Sequence[Alarm]) -> Told:
    """Send alarms every way that is named, several in one mail. What fails is logged, and keeps no other from being tried."""
    worked, failed = [], {}
    for name, wanted, way in _WAYS:
        if wanted(ways):
            try:
                way(ways, alarms)
                worked.append(name)
            except (OSError, ValueError, smtplib.SMTPException, subprocess.SubprocessError, UsageError) as error:
                failed[name] = str(error)
                logger.error("the alarm %r could not be told by %s: %s", alarms[0].text, name, error)
    return Told(worked=tuple(worked), failed=failed)


def _mail(ways: Alerts, alarms: Sequence[Alarm]) -> None:
    message = EmailMessage()
    message["From"] = sender = ways.sender or ways.mail[0]
    message["To"] = ", ".join(ways.mail)
    message["Date"] = localtime()
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    message["Subject"] = f"[kyson] {printable(_subject(alarms))}"
    message.set_content(printable(_body(alarms), newlines=True) + "\n")
    host, _, port = ways.smtp.rpartition(":")
    context = ssl.create_default_context()
    made = smtplib.SMTP_SSL(host, int(port), timeout=_PATIENCE, context=context) if port == "465" else None
    with made or smtplib.SMTP(host, int(port), timeout=_PATIENCE) as server:
        is_private = made is not None or _is_of_this_machine(server)
        if made is None and server.ehlo() and server.has_extn("starttls"):
            server.starttls(context=context)
            is_private = True
        if user := os.environ.get("KYSON_SMTP_USER"):
            if not is_private:
                raise UsageError(
                    f"{ways.smtp} offers no encryption (STARTTLS), so it does not get the password of {user}: "
                    "name a port that does, such as 465 or 587, or take KYSON_SMTP_USER out where none is wanted"
                )
            server.login(user, os.environ.get("KYSON_SMTP_PASSWORD", ""))
        server.send_message(message)


def _is_of_this_machine(server: smtplib.SMTP) -> bool:
    """Whether what is said to a server that was connected to leaves no machine."""
    return server.sock is not None and ip_address(server.sock.getpeername()[0].partition("%")[0]).is_loopback


def _subject(alarms: Sequence[Alarm]) -> str:
    what = alarms[0].kind if len(alarms) == 1 else f"{len(alarms)} alarms"
    portals = sorted({alarm.portal for alarm in alarms} - {NO_PORTAL})
    return f"{', '.join(portals)}: {what}" if portals else what


def _body(alarms: Sequence[Alarm]) -> str:
    """The text of one; of several, which come late, also when each was raised."""
    if len(alarms) == 1:
        return alarms[0].text
    return "\n\n".join(f"{clock(alarm.time)}: {alarm.text}" for alarm in alarms)


def _webhook(ways: Alerts, alarms: Sequence[Alarm]) -> None:
    for alarm in alarms:
        request = urllib.request.Request(  # noqa: S310  the configuration takes http and https alone
            ways.webhook or "",
            alarm.to_json().encode(),
            {"Content-Type": "application/json; charset=utf-8"},
            method="POST",
        )
        with urllib.request.urlopen(request, timeout=_PATIENCE):  # noqa: S310  see above
            pass


def _command(ways: Alerts, alarms: Sequence[Alarm]) -> None:
    for alarm in alarms:
        subprocess.run(ways.command, input=alarm.to_json().encode(), check=True, timeout=_PATIENCE)  # noqa: S603  the operator's


_WAYS: tuple[tuple[str, Callable[[Alerts], object], Callable[[Alerts, Sequence[Alarm]], None]], ...] = (
    ("mail", lambda ways: ways.mail, _mail),
    ("webhook", lambda ways: ways.webhook, _webhook),
    ("command", lambda ways: ways.command, _command),
)
