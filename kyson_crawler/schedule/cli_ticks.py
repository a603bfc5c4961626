"""`kyson schedule tick`, `run`, `install`, `watch`, `alert`: what makes calendars come true, and who hears when they do not."""

import sqlite3
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.cli import Session
from archive.errors import ArchiveError, UsageError
from archive.store import Archive
from archive.terminal import printable
from kyson_crawler.schedule import AT_ONCE

if TYPE_CHECKING:
    from kyson_crawler.schedule.tick import Ticked

_EVERY = 5
_COULD_NOT_LOOK = 3
"""As monitoring understands it: nothing is known."""

_SYSTEM = Path("/etc/systemd/system")
_SECRETS = Path("kyson", "mail.env")
"""Below /etc for the system's units, below ~/.config for one's own."""

_at_once = click.option(
    "--at-once",
    type=click.IntRange(min=1),
    default=AT_ONCE,
    show_default=True,
    help="How many crawls may go on at a time.",
)


@click.command("tick")
@_at_once
@click.option("--dry-run", is_flag=True, help="Only say what is due.")
@click.pass_context
def tick_command(context: click.Context, at_once: int, dry_run: bool) -> None:
    """Start what is due, once, and see to runs that were cut short; exit 1 when one had to be given up.

    It is for systemd and cron, as `kyson schedule install` sets them up, and may come as often as one likes.

    Example: kyson schedule tick --dry-run
    """
    from archive.vietnam import clock
    from kyson_crawler.schedule.process import Processes
    from kyson_crawler.schedule.tick import tick, waiting
    from kyson_crawler.schedule.watching import watch_planned

    session: Session = context.obj
    if dry_run:
        with Archive.open(session.archive) as archive:
            for portal, due in waiting(archive, datetime.now(UTC)):
                click.echo(printable(f"{portal}, due {clock(due)}"))
        return
    with Archive.open(session.archive, write=True) as archive:
        done = tick(archive, datetime.now(UTC), Processes(session.archive).start, at_once=at_once)
    _tell(session, done)
    watch_planned(session.archive, datetime.now(UTC))
    if done.failed:
        context.exit(1)


@click.command("run")
@click.option(
    "--every",
    "minutes",
    type=click.FloatRange(min=0.1),
    default=1,
    show_default=True,
    help="Minutes from tick to tick.",
)
@_at_once
@click.pass_obj
def run_command(session: Session, minutes: float, at_once: int) -> None:
    """Tick again and again until it is told to end, as in a container; crawls are stopped then, and gone on with later.

    Example: kyson schedule run --every 1
    """
    from kyson_crawler.schedule.loop import loop

    with Archive.open(session.archive, write=True, create=True):
        pass
    loop(
        session.archive,
        minutes=minutes,
        at_once=at_once,
        told=lambda done: _tell(session, done),
        fault=lambda text: click.echo(printable(text), err=True),
    )


@click.command("install")
@click.option("--user", "how", flag_value="user", default="user", help="Units of systemd for yourself; the default.")
@click.option("--system", "how", flag_value="system", help="Units of systemd for the whole system, for root to write.")
@click.option("--cron", "how", flag_value="cron", help="A line in your crontab.")
@click.option("--as", "user", metavar="USER", help="With --system: who crawls; whoever owns the archive when missing.")
@click.option(
    "--every",
    "minutes",
    type=click.Choice(["1", "2", "3", "5", "10", "15", "30"]),
    default=str(_EVERY),
    show_default=True,
    help="Minutes from tick to tick.",
)
@_at_once
@click.option("--remove", is_flag=True, help="Take away what install has written for this archive.")
@click.option("--dry-run", is_flag=True, help="Print what would be written or removed, and change nothing.")
@click.pass_obj
def install_command(
    session: Session, how: str, user: str | None, minutes: str, at_once: int, remove: bool, dry_run: bool
) -> None:
    """Have the system tick: by a timer of systemd, or a line for cron; says what it did.

    What cannot be done is taken back. Crawls that go on are left alone by --remove.

    Example: kyson schedule install --dry-run
    """
    from kyson_crawler.schedule import install

    folder = session.archive.absolute()
    if user is not None and how != "system":
        raise UsageError("--as says who crawls by the system's units, so it goes with --system alone")
    if printable(str(folder)) != str(folder):
        raise UsageError(f"{folder!s} cannot stand in a file of the system: it has control characters")
    units = _SYSTEM if how == "system" else Path.home() / ".config" / "systemd" / "user"
    if remove:
        steps = _uncron(folder, dry_run=dry_run) if how == "cron" else _remove(folder, units, how, dry_run=dry_run)
        for step in steps:
            click.echo(printable(step, newlines=True))
        return
    with Archive.open(folder):
        pass
    program = (sys.executable, "-m", "kyson_crawler")
    if how == "cron":
        text = install.cron_line(program=program, archive=folder, minutes=int(minutes), at_once=at_once)
        if dry_run:
            click.echo(text, nl=False)
        else:
            install.set_crontab(install.with_line(install.crontab(), folder, text))
            click.echo(f"wrote into your crontab:\n{printable(text, newlines=True)}", nl=False)
        return
    plan = install.units(
        units,
        program=program,
        archive=folder,
        minutes=int(minutes),
        at_once=at_once,
        user=(user or install.owner(folder)) if how == "system" else None,
        secrets=("/etc" if how == "system" else Path.home() / ".config") / _SECRETS,
    )
    if not dry_run:
        install.write(plan)
    for path, text in plan.files.items():
        click.echo(printable(f"# {path}\n{text}", newlines=True) if dry_run else f"wrote {printable(str(path))}")
    for command in plan.commands:
        click.echo(("# then: " if dry_run else "ran ") + " ".join(command))
    for hint in plan.hints:
        click.echo(("# " if dry_run else "") + hint)


def _remove(folder: Path, units: Path, how: str, *, dry_run: bool) -> Iterator[str]:
    """Take the units of an archive away, and say so."""
    from kyson_crawler.schedule import install

    taken_away = install.removal(units, archive=folder, is_of_system=how == "system")
    if dry_run:
        yield "# would run: " + " ".join(taken_away.stop)
        yield from (f"# would remove {path}" for path in taken_away.files if path.exists())
        yield "# then: " + " ".join(taken_away.reload)
    else:
        yield from install.remove(taken_away)


def _uncron(folder: Path, *, dry_run: bool) -> Iterator[str]:
    """Take the line of an archive out of the crontab, and say so."""
    from kyson_crawler.schedule import install

    left = install.without_line(install.crontab(), folder)
    if not dry_run:
        install.set_crontab(left)
    yield f"{'# would take' if dry_run else 'took'} the line of {folder} out of your crontab"


@click.command("watch")
@click.argument("names", metavar="[PORTAL...]", nargs=-1)
@click.option("--connect-to", "rules", metavar="HOST:PORT:ADDR:PORT", multiple=True, help="As in `kyson crawl`.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line for each portal.")
@click.pass_context
def watch_command(context: click.Context, names: tuple[str, ...], rules: tuple[str, ...], as_json: bool) -> None:
    """Look whether portals are dying: their names and certificates now, and what crawls have seen.

    Exit 1 when one is dying or gone, 3 when it could not be looked, such as where the archive cannot be written. No page
    is asked for. Ticks do the same for all portals with a calendar, four times a day.

    Example: kyson schedule watch ky-son
    """
    from archive.export.jsonl import line
    from kyson_crawler.network.addresses import ConnectTo
    from kyson_crawler.schedule import shown
    from kyson_crawler.schedule.watching import is_usable, watch

    session: Session = context.obj
    with Archive.open(session.archive) as archive:
        held = [holding.portal for holding in archive.status() if is_usable(holding.portal, session.archive)]
    connect_to = tuple(ConnectTo.parse(rule) for rule in rules)
    try:
        watch(session.archive, names or held, datetime.now(UTC), connect_to=connect_to)
    except UsageError:
        raise
    except (ArchiveError, OSError, sqlite3.Error) as error:
        click.echo(
            printable(f"the portals could not be looked at: {error}; see who may write {session.archive}"), err=True
        )
        context.exit(_COULD_NOT_LOOK)
    with Archive.open(session.archive) as archive:
        found = [holding for holding in archive.status() if not names or holding.portal in names]
    for name in sorted(set(names) - {holding.portal for holding in found}):
        click.echo(printable(f"{name} was not looked at: it was never crawled, and has nothing to lose yet"), err=True)
    if not names and not found and not session.quiet:
        click.echo("nothing was looked at: no portal was crawled yet", err=True)
    for holding in found:
        click.echo(line(shown.watched_json(holding)) if as_json else shown.watched(holding, datetime.now(UTC)))
    if any(holding.fate != "well" for holding in found):
        context.exit(1)


@click.command("alert")
@click.argument("text", metavar="[TEXT]", default="this is a trial")
@click.pass_context
def alert_command(context: click.Context, text: str) -> None:
    """Send an alarm as a trial, the ways that [alerts] in kyson.toml names; exit 1 when none of them works.

    It says why one does not work.

    Example: kyson schedule alert "Thử báo động"
    """
    from kyson_crawler import config
    from kyson_crawler.schedule.alerts import tell
    from kyson_crawler.schedule.ways import NO_PORTAL, Alarm

    session: Session = context.obj
    config.alerts(session.archive)  # a faulty kyson.toml is misuse, and nothing to try
    told = tell(session.archive, Alarm(kind="test", portal=NO_PORTAL, text=text, time=datetime.now(UTC)))
    if told.worked:
        click.echo(f"told by {', '.join(told.worked)}")
    for way, reason in told.failed.items():
        click.echo(printable(f"not told by {way}: {reason}"), err=True)
    if not told.worked:
        nobody = "told by no way: "
        nobody += "all that are named failed" if told.failed else "name mail, webhook or command in kyson.toml"
        click.echo(nobody, err=True)
        context.exit(1)


def _tell(session: Session, done: "Ticked") -> None:
    """What a tick did, and to whoever is to hear of it what it gave up."""
    from kyson_crawler.schedule import shown

    if (text := shown.ticked(done)) and (done.failed or not session.quiet):
        click.echo(text)
    if done.failed:
        from kyson_crawler.schedule import alerts

        alerts.after_all(session.archive, done.failed, datetime.now(UTC))


COMMANDS: dict[str, click.Command] = {
    "tick": tick_command,
    "run": run_command,
    "install": install_command,
    "watch": watch_command,
    "alert": alert_command,
}
"""These commands by their names; `kyson_crawler.schedule.cli` mounts them beside those of calendars."""
