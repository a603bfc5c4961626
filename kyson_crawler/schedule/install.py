"""Has the system tick: units for systemd, or a line for cron."""

import hashlib
import pwd
import re
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

from archive.errors import UsageError

_PLAIN = re.compile(r"[\w./:=+@,-]+", re.ASCII)
_BEGIN, _END = "# kyson schedule of {archive}: begin", "# kyson schedule of {archive}: end"

# Crawls are processes of their own, which outlive the tick that started them, as cron's do: hence KillMode=process.
# No PrivateTmp: the pace of hosts lies where all crawls of a user find it.
_SERVICE = """\
[Unit]
Description=Start the crawls of {archive} that are due
Documentation=man:systemd.timer(5)
{after}
[Service]
Type=oneshot
EnvironmentFile=-{secrets}
ExecStart={command}
KillMode=process
TimeoutStartSec=10min
Nice=5
IOSchedulingClass=idle
UMask=0027
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
SystemCallArchitectures=native
{more}"""
_OF_SYSTEM = """\
User={user}
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths={paths}
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictNamespaces=yes
CapabilityBoundingSet=
"""
_LINGER = "loginctl enable-linger lets it tick while you are not logged in"
_SECRETS = "{path}, with mode 600, is the place of KYSON_SMTP_USER=... and KYSON_SMTP_PASSWORD=... where a mail server wants them"
_TIMER = """\
[Unit]
Description=Look every {minutes} min which crawls of {archive} are due

[Timer]
OnCalendar=*:0/{minutes}
OnBootSec=2min
Persistent=true
AccuracySec=30s
Unit={service}

[Install]
WantedBy=timers.target
"""


@frozen(kw_only=True)
class Plan:
    """What is to be written, and what is to be run then."""

    files: Mapping[Path, str]
    commands: tuple[tuple[str, ...], ...]
    hints: tuple[str, ...] = ()
    """What only a person can decide."""


def units(
    folder: Path,
    *,
    program: tuple[str, ...],
    archive: Path,
    minutes: int,
    at_once: int,
    user: str | None,
    secrets: Path,
) -> Plan:
    """The units of systemd that tick every so many minutes: the system's for a `user`, else those of whoever asks.

    secrets: the file with the password for mail, which need not be there. Raises UsageError when others may read it.
    """
    _check_secrets(secrets)
    service, timer = (f"{_name(archive)}.{kind}" for kind in ("service", "timer"))
    facts = {
        "archive": _unit(str(archive)),
        "secrets": _unit(str(secrets)),
        "command": " ".join(_unit_word(word).replace("$", "$$") for word in _tick(program, archive, at_once)),
        "after": "After=network-online.target\nWants=network-online.target\n" if user else "",
        "more": _OF_SYSTEM.format(user=user, paths=f"{_unit_word(str(archive))} {_places_of_pace(user)}")
        if user
        else "",
    }
    scope = () if user else ("--user",)
    return Plan(
        files={
            folder / service: _SERVICE.format(**facts),
            folder / timer: _TIMER.format(minutes=minutes, service=service, archive=facts["archive"]),
        },
        commands=(
            ("systemctl", *scope, "daemon-reload"),
            ("systemctl", *scope, "enable", "--now", timer),
        ),
        hints=(*(() if user else (_LINGER,)), *(() if secrets.exists() else (_SECRETS.format(path=secrets),))),
    )


def cron_line(*, program: tuple[str, ...], archive: Path, minutes: int, at_once: int) -> str:
    """The line of a crontab that ticks every so many minutes, between marks by which it is found again."""
    command = shlex.join(_tick(program, archive, at_once)).replace("%", r"\%")
    begin, end = _marks(archive)
    return f"{begin}\n*/{minutes} * * * * {command}\n{end}\n"


def with_line(crontab: str, archive: Path, line: str) -> str:
    """A crontab with the line of an archive in the place of one that was written before, or at the end."""
    begin, end = _marks(archive)
    if 0 <= (at := crontab.find(begin)) < (until := crontab.find(end)):
        return crontab[:at] + line + crontab[until + len(end) :].removeprefix("\n")
    return crontab + ("\n" if crontab and not crontab.endswith("\n") else "") + line


def write(plan: Plan) -> None:
    """Write the files of a plan and run its commands. Raises UsageError naming what could not be done."""
    for path, text in plan.files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise UsageError(
                f"{path} cannot be written ({error.strerror}): --dry-run prints what belongs there"
            ) from error
    for command in plan.commands:
        run(command)


def run(command: tuple[str, ...], given: str | None = None) -> str:
    """What a command of the system prints. Raises UsageError when it is not there, or fails."""
    try:
        done = subprocess.run(command, input=given, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"{shlex.join(command)} cannot be run: {error}") from error
    if done.returncode:
        raise UsageError(f"{shlex.join(command)} failed: {done.stderr.strip() or f'exit {done.returncode}'}")
    return done.stdout


def crontab() -> str:
    """The crontab of whoever asks; empty when there is none. Raises UsageError where no cron is installed."""
    try:
        return run(("crontab", "-l"))
    except UsageError as error:
        if "no crontab for" in str(error):
            return ""
        raise


def owner(folder: Path) -> str:
    """Whose an archive is. Raises UsageError when the machine does not know him."""
    try:
        return folder.owner()
    except KeyError as error:
        raise UsageError(f"{folder} belongs to nobody whom this machine knows: name a user with --as") from error


def _check_secrets(path: Path) -> None:
    """Raise UsageError for a file with a password that others than its owner may read."""
    try:
        mode = path.stat().st_mode
    except OSError:  # it is not there, or not to be seen by whoever asks
        return
    if mode & 0o077:
        raise UsageError(f"{path} holds a password, and others may read it: `chmod 600 {shlex.quote(str(path))}` first")


def _name(archive: Path) -> str:
    """What the units of an archive are called: each archive of a machine has its own."""
    return f"kyson-schedule-{hashlib.sha256(bytes(archive)).hexdigest()[:8]}"


def _places_of_pace(user: str) -> str:
    """Where the pace of hosts may lie, for all crawls of a user; the folder of his session is not always there."""
    try:
        return f"/tmp -/run/user/{pwd.getpwnam(user).pw_uid}"  # noqa: S108  see kyson_crawler.turns
    except KeyError as error:
        raise UsageError(f"there is no user {user!r} on this machine: make one, or name another with --as") from error


def _marks(archive: Path) -> tuple[str, str]:
    return _BEGIN.format(archive=archive), _END.format(archive=archive)


def _tick(program: tuple[str, ...], archive: Path, at_once: int) -> tuple[str, ...]:
    return (*program, "--quiet", "--archive", str(archive), "schedule", "tick", "--at-once", str(at_once))


def _unit(text: str) -> str:
    """A text in a unit, in which % begins a specifier."""
    return text.replace("%", "%%")


def _unit_word(word: str) -> str:
    """One of several words in a unit, as systemd.syntax(7) has them quoted."""
    quoted = _unit(word.replace("\\", "\\\\").replace('"', '\\"'))
    return quoted if _PLAIN.fullmatch(quoted) else f'"{quoted}"'
