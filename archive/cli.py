"""The commands of the reading room: search, show, export, verify, rebuild, status, report. The program `kyson` mounts them.

Results go to standard output, everything said about them to standard error. Nothing slow is imported before a command
needs it: `kyson search` answers within 0.3 s of its start.
"""

import errno
import os
import sqlite3
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from attrs import frozen

from archive import owner, query, search, shown, trouble
from archive.errors import UsageError
from archive.export import FORMATS
from archive.export.jsonl import line
from archive.export.target import STDOUT
from archive.languages import LANGUAGES
from archive.query import Selection
from archive.store import DATABASE, Archive
from archive.terminal import printable

__all__ = ["COMMANDS", "Session", "printable"]

_SHOWN = 20


@frozen(kw_only=True)
class Session:
    """What the global options say."""

    archive: Path
    """The archive's folder."""

    quiet: bool = False
    verbose: int = 0


class _Command(click.Command):
    """Ends with an error of ours, which says what is wrong and where, when the disk or SQLite fails."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a reader that goes away is left to click, which ends quietly."""
        try:
            return super().invoke(ctx)
        except sqlite3.DatabaseError as error:
            raise trouble.of_database(ctx.obj.archive / DATABASE, error) from error
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise
            if error.filename is None:
                _forget_output()
            raise trouble.of_files(error) from error


def _forget_output() -> None:
    """Let nothing more go to an output that takes nothing, or Python fails once more when it ends."""
    with suppress(OSError), Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _selecting(command: Callable[..., None]) -> Callable[..., None]:
    """The options that search and export share; they arrive as one dict, `chosen`."""
    for option in reversed(
        (
            click.option("--exact", is_flag=True, help="Every mark counts, typed or not: dang does not find Đảng."),
            click.option("--folded", is_flag=True, help="No mark counts: đảng finds đang, dáng, Đăng."),
            click.option(
                "--in",
                "within",
                metavar="FIELD,...",
                default=",".join(query.FIELDS),
                show_default=True,
                help="Where the words are looked for.",
            ),
            click.option(
                "--no-variants", is_flag=True, help="Look for i and y as typed: lý does not find lí, nor quí quý."
            ),
            click.option("--since", metavar="DAY", help="First day: 2014, 2014-06 or 2014-06-02."),
            click.option("--until", metavar="DAY", help="Last day: 2014, 2014-06 or 2014-06-02."),
            click.option("--portal", metavar="SLUG", help="Only articles of this portal."),
            click.option(
                "--section", metavar="NAME", help="Only articles of this section; case and marks do not count."
            ),
        )
    ):
        command = option(command)
    return command


@click.command("search", cls=_Command)
@click.argument("words", metavar="QUERY...", nargs=-1, required=True)
@_selecting
@click.option(
    "--sort", type=click.Choice(query.SORTS), default="rank", show_default=True, help="Best first, or newest first."
)
@click.option(
    "--facet", "facets", type=click.Choice(search.FACETS), multiple=True, help="Count by this; may be repeated."
)
@click.option("--kwic", is_flag=True, help="Every match on a line of its own, in context.")
@click.option("--limit", type=click.IntRange(min=0), default=_SHOWN, show_default=True, help="Articles to show.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def search_command(
    session: Session,
    /,
    words: tuple[str, ...],
    sort: str,
    facets: tuple[str, ...],
    kwic: bool,
    limit: int,
    as_json: bool,
    **chosen: Any,
) -> None:
    """Find articles by words, with or without their marks; '"quoted words"' stand next to each other.

    Example: kyson search '"hội nghị" 13-CT/TU' --since 2014 --facet year
    """
    selection = _selection(chosen, query=" ".join(words), sort=sort, limit=limit)
    with Archive.open(session.archive) as archive:
        result = search.search(archive, selection)
        hits = search.hits(archive, selection, result)
        if kwic:
            width = max((len(found.ref) for found in result.found), default=0)
            texts = shown.kwic_json(hits) if as_json else shown.kwic(hits, width=width)
        else:
            texts = shown.hits_json(hits) if as_json else shown.hits(hits)
        for text in texts:
            click.echo(text)
        counts = {name: search.facet(archive, selection, name) for name in facets}
    for name, values in counts.items():
        for text in shown.facet_json(name, values) if as_json else shown.facet(name, values):
            click.echo(text)
    if not session.quiet:
        click.echo(shown.summary(result, selection), err=True)


@click.command("show", cls=_Command)
@click.argument("ref", metavar="REF")
@click.option("--version", "number", type=click.IntRange(min=1), help="The version of this ordinal, not the latest.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def show_command(session: Session, /, ref: str, number: int | None, as_json: bool) -> None:
    """Show one article: by its reference, any address of it, or REF@TIME for the version captured then.

    Example: kyson show ky-son/529174@20220602091400
    """
    with Archive.open(session.archive) as archive:
        kept = archive.article(ref, version=number)
        if as_json:
            click.echo(line(kept.to_json()))
        else:
            name = kept.article.ref or ref
            click.echo(shown.article(kept, archive.versions(name), archive.missing(name)))


@click.command("export", cls=_Command)
@click.argument("name", metavar="FORMAT", type=click.Choice(sorted(FORMATS)))
@click.argument("target", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--query", "words", default="", help="Only articles with these words; typed marks count, others may be.")
@_selecting
@click.option("--limit", type=click.IntRange(min=0), help="No more articles than this.")
@click.option("--force", is_flag=True, help="Replace an existing file.")
@click.pass_obj
def export_command(
    session: Session, /, name: str, target: Path, words: str, limit: int | None, force: bool, **chosen: Any
) -> None:
    """Write articles to a file, or to standard output as -, in the format jsonl or csv (for spreadsheets).

    Example: kyson export jsonl le-hoi.jsonl --query "lễ hội" --since 2014 --until 2020
    """
    selection = _selection(chosen, query=words, limit=limit)
    with Archive.open(session.archive) as archive:
        count = FORMATS[name](archive, selection, target, force)
    if not session.quiet:
        place = "standard output" if target == STDOUT else printable(str(target))
        click.echo(f"{shown.articles(count)} written to {place}", err=True)


@click.command("verify", cls=_Command)
@click.option("--quick", is_flag=True, help="Compare the WARCs with their manifests only, and leave the records out.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line for each fault.")
@click.pass_context
def verify_command(context: click.Context, quick: bool, as_json: bool) -> None:
    """Re-read every digest of the evidence and the database; exit 1 when anything is not as it was written.

    Example: kyson verify --quick
    """
    from archive.fixity import check  # noqa: PLC0415  gzip libraries that other commands do without

    session: Session = context.obj
    faults = left_open = 0
    for finding in check(session.archive, quick=quick):
        faults += not finding.left_open
        left_open += finding.left_open
        click.echo(shown.finding_json(finding) if as_json else shown.finding(finding))
    if not session.quiet:
        count = len(list((session.archive / "warc").glob("*.warc.gz")))
        click.echo(shown.checked(count, quick=quick, faults=faults, left_open=left_open), err=True)
    if faults or left_open:
        context.exit(1)


@click.group("rebuild")
def rebuild_group() -> None:
    """Make again what follows from the rest of the archive.

    Example: kyson rebuild search
    """


@rebuild_group.command("search", cls=_Command)
@click.pass_obj
def rebuild_search_command(session: Session, /) -> None:
    """Make the search index again from the articles kept, such as when verify finds it damaged.

    Example: kyson rebuild search
    """
    with Archive.open(session.archive, write=True) as archive:
        count = archive.rebuild_search()
    if not session.quiet:
        click.echo(f"made the search index of {shown.articles(count)} again", err=True)


@click.command("status", cls=_Command)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line for each portal.")
@click.option(
    "--prometheus",
    "metrics_file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the figures into FILE for node_exporter instead, in one stroke.",
)
@click.option(
    "--check", is_flag=True, help="Exit 1 when a person should look, 2 when something is being lost, and say why."
)
@click.pass_context
def status_command(context: click.Context, as_json: bool, metrics_file: Path | None, check: bool) -> None:
    """Say what the archive holds of each portal, how its last crawl ended, when the next one is due, and which are dying.

    With --check the exit code is as monitoring understands it: 0 all is well, 1 a warning, 2 critical.

    Example: kyson status --json
    """
    from archive import metrics, stroke  # noqa: PLC0415  only this command needs it

    session: Session = context.obj
    if metrics_file and as_json:
        raise UsageError("--prometheus writes into its file what --json would print: leave one of them out")
    with Archive.open(session.archive) as archive:
        holdings = archive.status()
        now = datetime.now(UTC)
        complaints = tuple(metrics.complaints(archive.connection, holdings, session.archive, now)) if check else ()
        figures = metrics.prometheus(archive.connection, holdings, session.archive, now) if metrics_file else ""
    if metrics_file:
        stroke.write(metrics_file, figures)
    elif as_json:
        for holding in holdings:
            click.echo(line(holding.to_json()))
    elif holdings:
        click.echo(shown.status(holdings))
    elif not session.quiet:
        click.echo(f"{printable(str(session.archive))} is empty: nothing was crawled into it yet", err=True)
    for complaint in complaints:
        click.echo(printable(complaint.text), err=True)
    if complaints:
        context.exit(2 if any(complaint.is_urgent for complaint in complaints) else 1)


@click.command("report", cls=_Command)
@click.argument("crawl", metavar="[CRAWL]", type=click.IntRange(min=1), required=False)
@click.option(
    "--owner", "portal", metavar="PORTAL", help="For the owner of this portal: all its crawls, as its server met them."
)
@click.option("--html", "language", type=click.Choice(LANGUAGES), help="A page to read and to print, in this language.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line for each crawl.")
@click.pass_obj
def report_command(
    session: Session, /, crawl: int | None, portal: str | None, language: str | None, as_json: bool
) -> None:
    """Say what a crawl came to, the last one when none is named: what is new, changed, gone, what failed, and the evidence.

    With --owner, what a portal's owner may know of all crawls of it: how much, how fast, when, by whom; nothing that was read.

    Example: kyson report 12 --html vi > bao-cao.html
    """
    from archive import account, account_page  # noqa: PLC0415  only this command needs it

    if language and as_json:
        raise UsageError("--html is a page for people, --json is for programs: leave one of them out")
    if portal is not None and (crawl is not None or language):
        raise UsageError("--owner is about all crawls of a portal, for their owner: leave CRAWL and --html out")
    with Archive.open(session.archive) as archive, archive.snapshot():
        if portal is not None:
            visits = owner.visits(archive.connection, portal)
            for text in (line(visit.to_json()) for visit in visits) if as_json else shown.visits(visits):
                click.echo(text)
            return
        found = account.of(archive.connection, crawl)
    if language:
        click.echo(account_page.page(found, language), nl=False)
    else:
        click.echo(line(found.to_json()) if as_json else shown.account(found))


COMMANDS: dict[str, click.Command] = {
    "search": search_command,
    "show": show_command,
    "export": export_command,
    "verify": verify_command,
    "rebuild": rebuild_group,
    "status": status_command,
    "report": report_command,
}
"""Every command of the reading room by its name; each takes a `Session` as the context's `obj`."""


def _selection(chosen: dict[str, Any], **more: Any) -> Selection:
    """The options as a selection; `--in title,body` as its fields."""
    within = tuple(name.strip() for name in chosen.pop("within").split(",") if name.strip())
    return Selection(within=within, variants=not chosen.pop("no_variants"), **chosen, **more)
