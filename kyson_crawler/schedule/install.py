"""Has the system tick: units for systemd, or a line for cron."""

import hashlib
import pwd
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
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
_FOR_ALL = "Where no systemd answers you, try --cron, or --system as root; --dry-run prints what belongs there"
_FOR_ONE = "Try it as root, or without --system for yourself alone; --dry-run prints what belongs there"
_NO_CRON = "Where cron is not to be had, leave --cron out for a timer of systemd, or keep `kyson schedule run` going"
_ELSEWHERE = "name the archive with --archive as it was installed, and --user, --system or --cron as then"
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


Command = tuple[str, ...]


@frozen(kw_only=True)
class Removal:
    """What takes units away again."""

    stop: Command
    """What is to be run before their files go."""

    files: tuple[Path, ...]
    reload: Command
    """What is to be run then."""


@frozen(kw_only=True)
class Plan:
    """What is to be written, and what is to be run then."""

    files: Mapping[Path, str]
    commands: tuple[Command, ...]
    removal: Removal | None = None
    """What takes it back; None where its files are all there is to it."""

    otherwise: str = "--dry-run prints what belongs there"
    """What else may be tried where it cannot be done."""

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
    taken_away = removal(folder, archive=archive, is_of_system=user is not None)
    service, timer = taken_away.files
    facts = {
        "archive": _unit(str(archive)),
        "secrets": _unit(str(secrets)),
        "command": " ".join(_unit_word(word).replace("$", "$$") for word in _tick(program, archive, at_once)),
        "after": "After=network-online.target\nWants=network-online.target\n" if user else "",
        "more": _OF_SYSTEM.format(user=user, paths=f"{_unit_word(str(archive))} {_places_of_pace(user)}")
        if user
        else "",
    }
    *scope, _, _, name = taken_away.stop
    return Plan(
        files={
            service: _SERVICE.format(**facts),
            timer: _TIMER.format(minutes=minutes, service=service.name, archive=facts["archive"]),
        },
        commands=(taken_away.reload, (*scope, "enable", "--now", name)),
        removal=taken_away,
        otherwise=_FOR_ONE if user else _FOR_ALL,
        hints=(*(() if user else (_LINGER,)), *(() if secrets.exists() else (_SECRETS.format(path=secrets),))),
    )


def removal(folder: Path, *, archive: Path, is_of_system: bool) -> Removal:
    """What takes the units of an archive away: the system's, or those of whoever asks."""
    service, timer = (folder / f"{_name(archive)}.{kind}" for kind in ("service", "timer"))
    scope = ("systemctl",) if is_of_system else ("systemctl", "--user")
    return Removal(
        stop=(*scope, "disable", "--now", timer.name),
        files=(service, timer),
        reload=(*scope, "daemon-reload"),
    )


def remove(taken_away: Removal) -> Iterator[str]:
    """Take units away; gives what was done, step by step. Raises UsageError naming what could not be done, or was not there."""
    there = [path for path in taken_away.files if path.exists()]
    if not there:
        raise UsageError(f"there is no {taken_away.files[-1]}: {_ELSEWHERE}")
    run(taken_away.stop)
    yield "ran " + shlex.join(taken_away.stop)
    for path in there:
        try:
            path.unlink()
        except OSError as error:
            raise UsageError(f"{path} cannot be removed ({error.strerror}): remove it by hand") from error
        yield f"removed {path}"
    run(taken_away.reload)
    yield "ran " + shlex.join(taken_away.reload)


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


def without_line(crontab: str, archive: Path) -> str:
    """A crontab without the line of an archive. Raises UsageError when it has none."""
    left = with_line(crontab, archive, "")
    if len(left) >= len(crontab):
        raise UsageError(f"your crontab has no line of {archive}: {_ELSEWHERE}")
    return left


def write(plan: Plan) -> None:
    """Write the files of a plan and run its commands: all of it, or nothing.

    Raises UsageError naming what could not be done, what is left of it if anything is, and what else may be tried.
    """
    before = {path: _content(path) for path in plan.files}
    try:
        for path, text in plan.files.items():
            _put(path, text.encode())
        for command in plan.commands:
            run(command)
    except UsageError as error:
        left = _take_back(plan, before)
        what = f"{', '.join(map(str, left))} could not be taken back" if left else "what was written is taken back"
        raise UsageError(f"{error}; {what}. {plan.otherwise}") from error


def run(command: Command, given: str | None = None) -> str:
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
        raise UsageError(f"{error}; nothing was changed. {_NO_CRON}") from error


def set_crontab(text: str) -> None:
    """Give whoever asks another crontab. Raises UsageError where cron does not take it."""
    try:
        run(("crontab", "-"), text)
    except UsageError as error:
        raise UsageError(f"{error}; nothing was changed. {_NO_CRON}") from error


def owner(folder: Path) -> str:
    """Whose an archive is. Raises UsageError when the machine does not know him."""
    try:
        return folder.owner()
    except KeyError as error:
        raise UsageError(f"{folder} belongs to nobody whom this machine knows: name a user with --as") from error


def _take_back(plan: Plan, before: Mapping[Path, bytes | None]) -> list[Path]:
    """Have all files of a plan as they were before; those of which that could not be."""
    was_there = any(content is not None for content in before.values())
    if plan.removal and not was_there:
        with suppress(UsageError):  # it may never have begun
            run(plan.removal.stop)
    for path, content in before.items():
        with suppress(OSError, UsageError):
            if content is None:
                path.unlink(missing_ok=True)
            else:
                _put(path, content)
    if plan.removal:
        with suppress(UsageError):
            run(plan.removal.reload)
    return [path for path, content in before.items() if _content(path) != content]


def _content(path: Path) -> bytes | None:
    """What a file holds; None where there is none, or nothing that can be read."""
    try:
        return path.read_bytes()
    except OSError:
        return None


def _put(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror})") from error


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
