"""The one program, `kyson`: commands that crawl and read pages; the archive's own commands are mounted beside them.

Scrapy takes a third of a second to import, so it is imported by the commands that need it and not before.
"""

import json
import logging
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive import cli as room
from archive import trouble
from archive.cli import Session
from archive.crawls import BY_HAND
from archive.errors import ArchiveError, PortalFault, UsageError
from archive.store import DATABASE
from archive.terminal import printable
from kyson_crawler import __version__
from kyson_crawler.schedule.cli import schedule_group

if TYPE_CHECKING:
    from kyson_crawler.capture import Recovered
    from kyson_crawler.crawl import Outcome
    from kyson_crawler.network.addresses import ConnectTo
    from kyson_crawler.progress import Figures

_PLAIN_EVERY = 5.0
_STOPPED = {
    "killed": "was cut short",
    "stopped": "was stopped",
    "failed": "failed",
    "finished": "was to ask for no more pages",
}
"""How a crawl that left something had ended."""


class _Failure(click.ClickException):
    """One of our errors, as the command line shows it."""

    def __init__(self, error: ArchiveError) -> None:
        super().__init__(printable(str(error), newlines=True))
        self.exit_code = error.exit_code  # type: ignore[misc]  # click declares it for the class, reads it from self


class _Program(click.Group):
    """Ends with one clear line and the right exit code when something is wrong."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; an ArchiveError becomes its message and exit code, so does what disk and database refuse."""
        try:
            return super().invoke(ctx)
        except ArchiveError as error:
            raise _Failure(error) from error
        except BrokenPipeError:
            raise
        except sqlite3.DatabaseError as error:
            raise _Failure(trouble.of_database(ctx.params["archive"] / DATABASE, error)) from error
        except (OSError, sqlite3.Error) as error:
            raise _Failure(ArchiveError(f"{error}: check the disk, and who may write there")) from error


@click.group(cls=_Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--archive",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="KYSON_ARCHIVE",
    default=Path("kyson-archive"),
    show_default=True,
    help="The archive's directory; also KYSON_ARCHIVE.",
)
@click.option("-v", "--verbose", count=True, help="Say more; twice for everything Scrapy logs.")
@click.option("-q", "--quiet", is_flag=True, help="No progress, only results and errors.")
@click.option(
    "--log-file", type=click.Path(dir_okay=False, path_type=Path), help="Write the log here instead of to stderr."
)
@click.version_option(__version__, prog_name="kyson")
@click.pass_context
def main(ctx: click.Context, archive: Path, verbose: int, quiet: bool, log_file: Path | None) -> None:
    """Keep the web of Vietnam's dissolved districts: crawl a portal, keep the evidence, ask in Vietnamese.

    Example: kyson demo
    """
    level = logging.ERROR if quiet and not verbose else [logging.WARNING, logging.INFO, logging.DEBUG][min(verbose, 2)]
    try:
        handler = logging.FileHandler(log_file, encoding="utf-8") if log_file else logging.StreamHandler()
    except OSError as error:
        raise click.BadParameter(f"{log_file} cannot be written: {error.strerror}", param_hint="--log-file") from error
    handler.setLevel(level)  # the handler too: Scrapy sets its own loggers to DEBUG
    logging.basicConfig(level=level, handlers=[handler], format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    ctx.obj = Session(archive=archive, quiet=quiet, verbose=verbose)


@main.command()
@click.argument("targets", metavar="PORTAL|URL...", nargs=-1, required=True)
@click.option(
    "--connect-to",
    "rules",
    metavar="HOST:PORT:ADDR:PORT",
    multiple=True,
    help="Connect to ADDR:PORT instead of HOST:PORT, as curl does; an empty field means any. May be repeated.",
)
@click.option(
    "--max-pages", type=click.IntRange(min=1), help="Ask for no more pages than this; their images still come."
)
@click.option(
    "--max-minutes",
    type=click.FloatRange(min=0, min_open=True),
    help="End the crawl after so long; what is under way is finished.",
)
@click.option(
    "--keep-free",
    type=click.IntRange(min=0),
    metavar="MB",
    default=500,
    show_default=True,
    help="Halt the crawl while less is free on the archive's disk.",
)
@click.option(
    "--delay",
    type=click.FloatRange(min=0),
    help="Seconds between two requests to one host, instead of the portal's own pace.",
)
@click.option(
    "--section",
    metavar="NAME|URL",
    help="Only the lists of a section and what they show: by its name in the portal's file, or where its list begins.",
)
@click.option("--fresh", is_flag=True, help="Begin anew, also where a crawl was cut short.")
@click.option("--full", is_flag=True, help="Ask for every page, image and file again, whatever is known of it.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome of each crawl as one JSON object a line.")
@click.pass_obj
def crawl(
    session: Session,
    targets: tuple[str, ...],
    rules: tuple[str, ...],
    max_pages: int | None,
    max_minutes: float | None,
    keep_free: int,
    delay: float | None,
    section: str | None,
    fresh: bool,
    full: bool,
    as_json: bool,
) -> None:
    """Crawl portals into the archive: by name, or any portal ad hoc by its address.

    After the first crawl a portal's lists are read as far as they show anything new, and of the articles that are
    kept those are looked at again that are due: the ones that change soon, the others ever more seldom.

    With --section only some of its lists are crawled, what they show and what lies below them; nothing is said of the rest.

    A crawl that was stopped, killed or at the end of its --max-pages or --max-minutes is gone on with where it was.
    Ctrl-C once lets what is being fetched come in, twice stops at once; of several portals none is begun then.

    The exit code is 0 also when a budget is used up, such as --max-minutes; 1 when a crawl failed or was stopped by
    hand, 2 when one could not be begun. Of several portals each is crawled, whatever came of the others.

    Example: kyson crawl ky-son --max-pages 500
    """
    from kyson_crawler import portal as portals
    from kyson_crawler.network.addresses import ConnectTo

    connect_to = tuple(ConnectTo.parse(rule) for rule in rules)
    chosen = [
        portals.at(name, session.archive) if "://" in name else portals.find(name, session.archive) for name in targets
    ]
    for portal in chosen:
        if section is not None:
            portal.section(section)
    code = 0
    for portal in chosen:
        try:
            outcome = _crawl(
                session,
                portal,
                connect_to=connect_to,
                max_pages=max_pages,
                max_minutes=max_minutes,
                keep_free=keep_free * 1_000_000,
                delay=delay,
                section=section,
                fresh=fresh,
                full=full,
            )
        except ArchiveError as error:
            _Failure(error).show()
            if as_json:
                click.echo(_failure_json(portal.slug, error))
            code = max(code, error.exit_code)
            continue
        click.echo(_outcome_json(outcome) if as_json else _outcome_text(outcome))
        code = max(code, 0 if outcome.is_as_asked else 1)
        if outcome.reason == BY_HAND:
            break
    click.get_current_context().exit(code)


@main.command()
@click.option(
    "--directory",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("kyson-demo"),
    show_default=True,
    help="Where the demo's archive goes.",
)
@click.pass_obj
def demo(session: Session, directory: Path) -> None:
    """Serve the bundled sample portal on loopback, crawl it twice, and show what can be asked.

    Example: kyson demo
    """
    from kyson_crawler import portal as portals
    from kyson_crawler import sample
    from kyson_crawler.network.addresses import ConnectTo

    here = Session(archive=directory, quiet=session.quiet, verbose=session.verbose)
    is_new = not (directory / "archive.db").exists()
    if not is_new:
        click.echo(f"{directory} holds the demo already; remove it to see the crawls again\n")
    for edition, when in _EDITIONS if is_new else ():
        click.secho(f"{when}: $ kyson --archive {directory} crawl sample", bold=True)
        with sample.SampleServer(edition) as server:
            # Some days later is now, so nothing is due yet.
            outcome = _crawl(
                here, portals.find("sample"), connect_to=(ConnectTo.parse(server.connect_to),), full=edition > 1
            )
        click.echo(_outcome_text(outcome) + "\n")
    for words in _DEMO:
        click.secho("$ kyson --archive " + " ".join([str(directory), *(_quoted(word) for word in words)]), bold=True)
        room.COMMANDS[words[0]].main(
            args=list(words[1:]), obj=here, standalone_mode=False, prog_name=f"kyson {words[0]}"
        )
        click.echo()
    click.echo(
        f"Everything is in {directory}: archive.db for questions, warc/ for evidence. Next: kyson portal new URL"
    )


_EDITIONS = ((1, "The portal of the made-up district Mường Mẫu"), (2, "The same portal some days later"))
_DEMO = (
    ("status",),
    ("search", "hoi nghi", "--limit", "3"),
    ("search", '"hội nghị"', "--since", "2021", "--limit", "3", "--facet", "year"),
    ("search", "13-CT/TU", "--kwic", "--limit", "3"),
    ("verify", "--quick"),
)


@main.command()
@click.option("--portal", metavar="SLUG", help="Only the captures of this portal.")
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many processes read; one for each core when missing.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@click.option(
    "--into",
    "new",
    metavar="NEW",
    type=click.Path(path_type=Path),
    help="Make the whole archive again in this new folder, from the WARCs alone.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON object a line for each article that changed, then one for all."
)
@click.pass_context
def reread(
    context: click.Context, portal: str | None, workers: int | None, dry_run: bool, new: Path | None, as_json: bool
) -> None:
    """Read all captures again with the readers of today, and say which fields changed on how many articles.

    New readings are kept beside the old ones; exit 1 when an article or a record cannot be read any more.

    Example: kyson reread --portal ky-son --dry-run
    """
    from archive.export.jsonl import line
    from archive.store import Archive
    from kyson_crawler import garbage
    from kyson_crawler import reread as rereading
    from kyson_crawler.reread import shown

    session: Session = context.obj
    garbage.look_seldom()
    if new and dry_run:
        raise UsageError("--into changes nothing in this archive: leave --dry-run out")
    pool = rereading.Pool(workers or rereading.cores())
    sound = True
    with pool, _watcher(session, shown.progress) as watch:
        if new:
            made = rereading.make(session.archive, new, pool, portal=portal, watch=watch)
            click.echo(line(made.to_json()) if as_json else shown.made(made, str(new)))
            sound = made.is_sound
        else:
            with Archive.open(session.archive, write=not dry_run) as archive:
                for slug in [portal] if portal else rereading.portals_of(archive):
                    report = rereading.reread(
                        archive,
                        slug,
                        pool,
                        dry_run=dry_run,
                        watch=watch,
                        changed=lambda change: click.echo(line(change.to_json())) if as_json else None,
                    )
                    click.echo(line(report.to_json()) if as_json else shown.report(report, dry_run=dry_run))
                    sound = sound and report.is_sound
    if not sound:
        context.exit(1)


@main.command()
@click.argument("url", metavar="URL")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def why(session: Session, url: str, as_json: bool) -> None:
    """Say why an address was taken or was not: where it was found, what was decided, each try, each capture.

    Any spelling will do; of an address that was never met it says what a crawl would do with it today.

    Example: kyson why https://kyson.nghean.gov.vn/tin-tuc/le-hoi-529174
    """
    from archive.export.jsonl import line
    from archive.store import Archive
    from kyson_crawler.why import why as explain

    with Archive.open(session.archive) as archive:
        found = explain(archive, url)
    click.echo(line(found.to_json()) if as_json else "\n".join(found.to_text()))


@main.command()
@click.argument("file", type=click.File("rb"))
@click.option(
    "--url", help="The address the page was captured from; it tells portal, CMS and what relative addresses mean."
)
@click.option("--captured", metavar="TIME", help="When it was captured (ISO 8601), for portals that changed their CMS.")
@click.option("--cms", help="Read it as a page of this CMS instead of recognising it.")
@click.option(
    "--explain",
    "is_explained",
    is_flag=True,
    help="Say for every field where it stands on the page, what else was found, and why that lost.",
)
@click.option("--json", "as_json", is_flag=True, help="With --explain: one JSON object instead of lines to read.")
@click.pass_obj
def extract(
    session: Session,
    file: Any,
    url: str | None,
    captured: str | None,
    cms: str | None,
    is_explained: bool,
    as_json: bool,
) -> None:
    """Read one saved page (or - for stdin) and print its article as JSON; needs no archive.

    Example: kyson extract trang.html --url https://kyson.nghean.gov.vn/tin-tuc/le-hoi-529174
    """
    from archive.export.jsonl import line

    if is_explained:
        from kyson_crawler.explain import explain

        found = explain(file.read(), url, _time(captured), cms=cms, archive=session.archive)
        click.echo(line(found.to_json()) if as_json else printable("\n".join(found.to_text()), newlines=True))
    else:
        from kyson_crawler.extract import read_page

        page = read_page(file.read(), url, _time(captured), cms=cms, archive=session.archive)
        click.echo(line(page.to_json(), indent=2))
        if page.article.partial:
            click.echo(printable(f"this may not be the whole article: {page.article.partial}"), err=True)


@main.command()
@click.argument("source", metavar="FILE|URL|REF")
@click.option("--url", help="The address a FILE was captured from.")
@click.option("--captured", metavar="TIME", help="When a FILE was captured (ISO 8601).")
@click.option(
    "--name", help="What to call the case, for what is special about it; made from the headline when missing."
)
@click.option("--special", metavar="TEXT", help="What is special about the page, in a sentence.")
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("tests/fixtures"),
    show_default=True,
    help="The folder of the golden pages.",
)
@click.option("--connect-to", "rules", metavar="HOST:PORT:ADDR:PORT", multiple=True, help="As in `kyson crawl`.")
@click.pass_obj
def fixture(
    session: Session,
    source: str,
    url: str | None,
    captured: str | None,
    name: str | None,
    special: str | None,
    into: Path,
    rules: tuple[str, ...],
) -> None:
    """Make a golden page for the tests: the page, where it is from, and the article for a person to read and approve.

    A URL is taken from the archive when it is captured there, else fetched alone; a REF always comes from the archive.

    Example: kyson fixture ky-son/529174 --name two-photos-one-credit
    """
    from kyson_crawler import fixture as fixtures
    from kyson_crawler.network.addresses import ConnectTo

    if Path(source).is_file():
        evidence = fixtures.Evidence(body=Path(source).read_bytes(), url=url, captured=_time(captured))
    elif url or captured:
        raise UsageError("--url and --captured are for a FILE: the archive knows both for a URL or a REF")
    else:
        evidence = fixtures.find(source, session.archive, tuple(ConnectTo.parse(rule) for rule in rules))
    case = fixtures.write(evidence, into, name=name, special=special)
    click.echo(
        printable(f"wrote {case}: read article.json beside page.html, mend what is wrong, then commit all three")
    )


@main.group()
def portal() -> None:
    """Describe portals: write a TOML for a new one, check it, list all.

    Example: kyson portal list
    """


@portal.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def list_portals(session: Session, as_json: bool) -> None:
    """List every portal that can be crawled by name.

    Example: kyson portal list --json
    """
    from kyson_crawler import portal as portals

    faulty = False
    for slug, path in portals.every(session.archive):
        try:
            found = portals.load(path)
        except PortalFault as fault:
            faulty = True
            click.echo(printable(str(fault)), err=True)
            continue
        if as_json:
            facts = {"portal": slug, "name": found.name, "province": found.province, "district": found.district}
            click.echo(json.dumps(facts | {"seeds": found.seeds, "file": str(path)}, ensure_ascii=False))
        else:
            click.echo(printable(f"{slug:<16} {found.name}  {found.seeds[0]}"))
    if faulty:
        click.get_current_context().exit(1)


@portal.command("check")
@click.argument("name", metavar="NAME|FILE")
@click.pass_obj
def check_portal(session: Session, name: str) -> None:
    """Check a portal's TOML and say everything that is wrong with it.

    Example: kyson portal check kyson-archive/portals/muong-xen.toml
    """
    from kyson_crawler import pages
    from kyson_crawler import portal as portals

    path = Path(name)
    found = portals.load(path) if path.suffix == ".toml" or path.exists() else portals.find(name, session.archive)
    unknown = [f"there is no reader for the CMS {era.cms!r}" for era in found.eras if era.cms not in pages.CMS]
    if unknown:
        raise PortalFault(
            f"{found.slug} cannot be used: {'; '.join(unknown)}; there are {', '.join(pages.CMS)}", tuple(unknown)
        )
    click.echo(
        printable(
            f"{found.slug} is sound: {found.name}, {len(found.seeds)} seed(s), pages from {', '.join(found.scope.page_hosts)}"
            + (f", sections {', '.join(found.sections)}" if found.sections else "")
        )
    )


@portal.command("new")
@click.argument("url")
@click.option("--slug", help="Short name of the portal; made from its host when missing.")
@click.option("--name", help="Full name, as printed on the portal.")
@click.option("--cms", help="The CMS it runs; each page is asked when missing.")
@click.pass_obj
def new_portal(session: Session, url: str, slug: str | None, name: str | None, cms: str | None) -> None:
    """Write a TOML for the portal at URL into the archive's portals folder, to be completed by hand.

    Example: kyson portal new https://tuongduong.nghean.gov.vn/ --slug tuong-duong
    """
    from kyson_crawler import pages
    from kyson_crawler import portal as portals

    if cms:
        pages.of(cms)
    slug = slug or portals.slug_for(url)
    toml = portals.draft(url, slug=slug, name=name, cms=cms)
    portals.parse(toml, slug=slug, origin="the new portal")
    if slug in portals.bundled():
        raise UsageError(f"{slug!r} is the name of a bundled portal, which would be hidden: choose another --slug")
    path = session.archive / "portals" / f"{slug}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(toml)
    except FileExistsError as error:
        raise UsageError(f"{path} exists already: edit it, or choose another --slug") from error
    click.echo(f"wrote {path}: complete it, then `kyson portal check {slug}` and `kyson crawl {slug}`")


main.add_command(schedule_group)
for _name, _command in room.COMMANDS.items():
    main.add_command(_command, _name)


def _crawl(session: Session, portal: Any, *, connect_to: tuple["ConnectTo", ...], **choices: object) -> "Outcome":
    """One crawl with its progress on stderr; `choices` are those of `crawl.run`."""
    from kyson_crawler import crawl as crawls
    from kyson_crawler import garbage

    garbage.look_seldom()
    with _watcher(session, _progress) as watch:
        return crawls.run(
            portal,
            session.archive,
            connect_to=connect_to,
            watch=watch,
            recovered=_say_recovered,
            **choices,  # type: ignore[arg-type]
        )


@contextmanager
def _watcher(session: Session, progress: Callable[[Any], str]) -> Iterator[Callable[[Any], None] | None]:
    """How progress is shown: a line that changes on a terminal, a line every few seconds elsewhere, nothing when quiet."""
    if session.quiet:
        yield None
    elif sys.stderr.isatty():
        from rich.console import Console
        from rich.live import Live

        # Results go to standard output meanwhile, which rich would turn to the terminal.
        with Live(console=Console(stderr=True), transient=True, refresh_per_second=4, redirect_stdout=False) as live:
            yield lambda figures: live.update(progress(figures))
    else:
        last = [time.monotonic()]

        def line(figures: Any) -> None:
            if time.monotonic() - last[0] >= _PLAIN_EVERY:
                last[0] = time.monotonic()
                click.echo(progress(figures), err=True)

        yield line


def _progress(figures: "Figures") -> str:
    if figures.waiting:
        return f"{figures.seconds:5.0f} s  waits: {figures.waiting}"
    return (
        f"{figures.seconds:5.0f} s  {figures.pages:,} pages  {figures.articles:,} articles ({figures.new:,} new)  "
        f"{figures.images:,} images ({figures.images_missing:,} missing)  {figures.errors:,} errors  {figures.rate:,.1f} requests/s"
    )


def _say_recovered(found: "Recovered") -> None:
    """What an earlier crawl left behind is said before anything else happens."""
    again = found.resumed
    if again is not None:
        waiting = f"{again.waiting:,} address{' waits' if again.waiting == 1 else 'es wait'}"
        click.echo(f"goes on where crawl {again.crawl_id} {_STOPPED[again.status]}: {waiting}", err=True)
    for crawl_id in found.killed:
        if again is None or crawl_id != again.crawl_id:
            click.echo(
                f"crawl {crawl_id} had been cut short; it is marked as killed, and what it had not fetched as missing",
                err=True,
            )
    for mended in found.repairs:
        cut = f", {mended.cut_bytes:,} torn bytes set aside" if mended.cut_bytes else ""
        click.echo(f"closed {mended.warc} with {mended.records:,} whole records{cut}", err=True)


def _outcome_text(outcome: "Outcome") -> str:
    figures = outcome.figures
    lines = [
        f"crawl {outcome.crawl_id} of {outcome.portal}{f', section {outcome.section},' if outcome.section else ''} {outcome.status}"
        + (f" ({outcome.reason})" if outcome.reason else "")
        + f" after {figures.seconds:.1f} s: {figures.requests:,} requests, {figures.bytes / 1e6:,.1f} MB",
        f"  articles   {figures.articles:,}: {figures.new:,} new, {figures.edited:,} edited, {figures.unchanged:,} unchanged",
        f"  images     {figures.images:,} kept, {figures.images_missing:,} missing",
        f"  files      {figures.attachments:,} kept, {figures.attachments_missing:,} missing",
        f"  requisites {figures.requisites:,} kept, {figures.requisites_missing:,} missing",
        f"  errors     {figures.errors:,}",
    ]
    if (estimate := outcome.completeness) is not None:
        lines.append(f"  complete?  {estimate.articles:,} articles are kept, {estimate.verdict}")
        lines += [f"             {reason}" for reason in estimate.reasons]
    if figures.unread:
        lines.append(f"  unread     {figures.unread:,} pages at addresses of articles held none that could be read")
    return printable("\n".join(lines), newlines=True)


def _outcome_json(outcome: "Outcome") -> str:
    facts = {"crawl": outcome.crawl_id, "portal": outcome.portal, "status": outcome.status, "reason": outcome.reason}
    estimate = outcome.completeness.to_json() if outcome.completeness else None
    more = {"section": outcome.section, "refused": dict(outcome.refused), "completeness": estimate}
    return json.dumps(facts | outcome.figures.to_json() | more, ensure_ascii=False)


def _failure_json(portal: str, error: ArchiveError) -> str:
    """The outcome of a crawl that failed; of one that was never begun, or broke off, only what is known."""
    from kyson_crawler.crawl import CrawlFailed

    if isinstance(error, CrawlFailed):
        return _outcome_json(error.outcome)
    return json.dumps({"crawl": None, "portal": portal, "status": "failed", "reason": str(error)}, ensure_ascii=False)


def _time(text: str | None) -> datetime | None:
    """An ISO time from the command line; without a zone it is taken as UTC."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"--captured {text!r} is no time: write it as 2022-06-02 or 2022-06-02T09:14:00+07:00"
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _quoted(word: str) -> str:
    return f"'{word}'" if set(word) & set(' "') else word
