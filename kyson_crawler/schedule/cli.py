"""`kyson schedule`: calendars for crawls, and what makes them come true. Each command imports what it needs, and no other does."""

from collections.abc import Callable
from datetime import UTC, datetime

import click

from archive import runs, schedules
from archive.cli import Session
from archive.errors import UsageError
from archive.export.jsonl import line
from archive.schedules import Schedule
from archive.store import Archive
from archive.terminal import printable
from kyson_crawler.schedule.cli_ticks import COMMANDS

_RUNS = 3


@click.group("schedule")
def schedule_group() -> None:
    """Crawl by calendar: set it once, and let the system see to it.

    Example: kyson schedule add ky-son daily 02:00
    """


@schedule_group.command("add")
@click.argument("portal", metavar="PORTAL")
@click.argument("words", metavar="CALENDAR...", nargs=-1, required=True)
@click.option("--section", metavar="NAME|URL", help="Only this section, as in `kyson crawl`.")
@click.option(
    "--not",
    "blackout",
    metavar="TIMES",
    multiple=True,
    help="Leave out 'mon-fri 07:00-18:00', sun, 'chủ nhật', or 2027-02-05..2027-02-12; may be repeated.",
)
@click.option(
    "--priority", type=int, default=0, show_default=True, help="Of several that could begin the greatest does."
)
@click.option("--max-pages", type=click.IntRange(min=1), help="Pages a run; the next one goes on there.")
@click.option("--max-minutes", type=click.FloatRange(min=1), help="Minutes a run; the next one goes on there.")
@click.option("--full", is_flag=True, help="Ask for everything again each time, whatever is known of it.")
@click.option(
    "--retries",
    type=click.IntRange(min=0, max=20),
    default=runs.RETRIES,
    show_default=True,
    help="How often a run that failed is tried again.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def add_command(
    session: Session,
    portal: str,
    words: tuple[str, ...],
    section: str | None,
    blackout: tuple[str, ...],
    priority: int,
    max_pages: int | None,
    max_minutes: float | None,
    full: bool,
    retries: int,
    as_json: bool,
) -> None:
    """Have a portal crawled by a calendar, by Vietnam's clock.

    Two schedules of one portal may share their times when they are of different sections: then one waits for the other.

    CALENDAR is `daily 02:00`, `every 6 h`, `mon,thu 21:30`, `monthly 1 03:00`, or the five fields of cron in quotes; in
    Vietnamese `mỗi ngày 02:00`, `mỗi 6 giờ`, `thứ hai, thứ năm 21:30`, `hằng tháng 1 03:00`, with or without marks.

    Example: kyson schedule add ky-son mon,thu 21:30 --not 2027-02-05..2027-02-12 --max-minutes 300
    """
    from archive.vietnam import clock
    from kyson_crawler import portal as portals
    from kyson_crawler.schedule import calendar, shown
    from kyson_crawler.schedule.blackout import Blackout

    now = datetime.now(UTC)
    found = portals.find(portal, session.archive)
    slug = found.slug
    if section is not None:
        found.section(section)
    moments = calendar.read(" ".join(words))
    calendar.check(moments, now)
    if not Blackout.read(blackout).leaves_room(moments.after(now), calendar.SHORTEST):
        least = f"{calendar.SHORTEST.total_seconds() / 60:.0f} min"
        raise UsageError(
            f"the times to leave out leave none to crawl in, or less than {least} at a time: leave out less"
        )
    with Archive.open(session.archive, write=True, create=True) as archive, archive.together():
        for other in schedules.every(archive.connection):
            is_same = (other.portal, other.section) == (slug, section)
            shared = calendar.common(moments, calendar.read(other.calendar), now) if is_same else None
            if shared is not None:
                raise UsageError(
                    f"schedule {other.id} has {slug}{f', section {section},' if section else ''} crawled at the same times ({other.calendar}), next {clock(shared)}: "
                    f"choose others, or `kyson schedule remove {other.id}` first"
                )
        made = schedules.add(
            archive.connection,
            now=now,
            portal=slug,
            calendar=moments.words,
            due=moments.after(now),
            section=section,
            blackout=blackout,
            priority=priority,
            max_pages=max_pages,
            max_minutes=max_minutes,
            is_full=full,
            retries=retries,
        )
    click.echo(line(made.to_json()) if as_json else shown.added(made))
    if (unwatched := shown.unwatched(made)) and not session.quiet:
        click.echo(unwatched, err=True)


@schedule_group.command("list")
@click.option(
    "--runs",
    "most",
    type=click.IntRange(min=1),
    default=_RUNS,
    show_default=True,
    help="How many of the last runs are shown.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line for each schedule.")
@click.pass_obj
def list_command(session: Session, most: int, as_json: bool) -> None:
    """List the schedules: what is next, what ran and what came of it, and why something did not.

    Example: kyson schedule list --runs 10
    """
    from kyson_crawler.schedule import shown

    now = datetime.now(UTC)
    with Archive.open(session.archive) as archive, archive.snapshot():
        found = [
            (schedule, runs.of(archive.connection, schedule.id, most=most))
            for schedule in schedules.every(archive.connection)
        ]
    if as_json:
        for schedule, last in found:
            click.echo(line(shown.listed_json(schedule, last, session.archive, now)))
    elif found:
        click.echo(shown.listed(found, session.archive, now))
    elif not session.quiet:
        click.echo("nothing is crawled by calendar yet: `kyson schedule add ky-son daily 02:00` would begin", err=True)


def _changing(name: str, help: str, change: Callable[[Archive, Schedule, datetime], str]) -> None:  # noqa: A002  click's name
    """A command that changes the schedules of a name, all of them or none."""

    @schedule_group.command(name, help=help)
    @click.argument("target", metavar="NUMBER|PORTAL")
    @click.option("--json", "as_json", is_flag=True, help="One JSON object a line for each schedule, as it is now.")
    @click.pass_obj
    def command(session: Session, target: str, as_json: bool) -> None:
        with Archive.open(session.archive, write=True) as archive:
            with archive.together():
                said = [
                    (schedule, change(archive, schedule, datetime.now(UTC)))
                    for schedule in schedules.of(archive.connection, target)
                ]
            for schedule, text in said:
                now = schedules.get(archive.connection, schedule.id)
                click.echo(line(now.to_json()) if as_json else printable(text))


def _pause(archive: Archive, schedule: Schedule, now: datetime) -> str:
    if schedule.state == "paused":
        return f"schedule {schedule.id} of {schedule.portal} is paused already"
    schedules.pause(archive.connection, schedule, now)
    return f"paused schedule {schedule.id} of {schedule.portal}{_going_on(archive, schedule)}"


def _resume(archive: Archive, schedule: Schedule, now: datetime) -> str:
    if schedule.state == "active":
        return f"schedule {schedule.id} of {schedule.portal} is not paused"
    from kyson_crawler.schedule import calendar, shown

    schedules.resume(archive.connection, schedule, now, calendar.read(schedule.calendar).after(now))
    resumed = schedules.get(archive.connection, schedule.id)
    return f"resumed schedule {schedule.id} of {schedule.portal}, {shown.upcoming(resumed)}"


def _remove(archive: Archive, schedule: Schedule, now: datetime) -> str:
    schedules.pause(archive.connection, schedule, now, state="removed")
    return f"removed schedule {schedule.id} of {schedule.portal}{_going_on(archive, schedule)}"


def _going_on(archive: Archive, schedule: Schedule) -> str:
    going = runs.of(archive.connection, schedule.id, "running")
    return f"; run {going[0].id} goes on to its end" if going else ""


_changing(
    "pause",
    "Let a schedule, or all of a portal, ask for no crawls until it is resumed.\n\nExample: kyson schedule pause ky-son",
    _pause,
)
_changing(
    "resume",
    "Let a schedule that was paused go on with its next moment.\n\nExample: kyson schedule resume ky-son",
    _resume,
)
_changing(
    "remove",
    "End a schedule, or all of a portal, for good; what it has done stays on record.\n\nExample: kyson schedule remove 2",
    _remove,
)


for _name, _command in COMMANDS.items():
    schedule_group.add_command(_command, _name)
