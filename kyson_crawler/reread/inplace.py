"""All captures of an archive read again with the readers of today, as new readings of the same captures.

The rule, in the order in which it is done for each portal:

1. Pages of which no article is kept are read first: they are lists as a rule, and tell dates of articles. One that holds
   an article by today's reader, which no other capture of its crawl shows, is read again with the others.
2. The captures of an article are read together, and kept together: in one transaction all of them change, so that a
   better reader never makes a version. Each stays with the article it is known as, for a reference is for ever.
3. A reading is kept only where it says something else than the one before, by whatever reader that was made: who merely
   bears another version number has read nothing new.
4. Furniture is that which the archive has learned. Dates of lists and feeds are those of the same crawl, else those that
   the capture's own reading has.

So nothing depends on the order of captures or on the number of processes, and a second run finds nothing to do. Each
transaction is sound by itself: after Ctrl-C or SIGKILL run it again, and it goes on with what is left.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from archive import again, intake, kept, warc
from archive.again import Captured
from archive.errors import PortalFault, UnknownPortal, WarcFault
from archive.records import Article
from archive.store import Archive
from kyson_crawler import pages
from kyson_crawler import portal as portals
from kyson_crawler.items import DateItem
from kyson_crawler.normalise.published import with_told
from kyson_crawler.pool import Pool
from kyson_crawler.portal import Portal
from kyson_crawler.reading import answers
from kyson_crawler.reading.furniture import Attention
from kyson_crawler.reading.seen import Seen, look
from kyson_crawler.reading.told_dates import SOURCES, Name, told, told_before
from kyson_crawler.reread import changes, texts
from kyson_crawler.reread.changes import Change
from kyson_crawler.reread.report import Report, Unreadable

_AT_ONCE = 32
_KEPT_AT_ONCE = 256
_NOT_CAPTURED = "no capture of it was made with the page"

Told = dict[tuple[int, str, Name], str]
"""The dates that are told in a crawl by a `list` or a `feed` of an article."""


@frozen(kw_only=True)
class _Task:
    """Some captures of one portal, for one process."""

    warcs: Path
    groups: tuple[tuple[Captured, ...], ...]
    """Captures of each group show the same."""

    portal: Portal
    attention: Attention


@frozen(kw_only=True)
class _Found:
    """What a group of captures shows."""

    seen: Seen | None = None
    """None when none of them can be read back."""

    faults: tuple[str, ...] = ()
    """What is wrong with the first of them, up to the one that can be."""


def reread(
    archive: Archive,
    slug: str,
    pool: Pool,
    *,
    dry_run: bool,
    watch: Callable[[Report], None] | None,
    changed: Callable[[Change], None],
) -> Report:
    """Read all captures of a portal again, and derive the texts of files where none was; with `dry_run` only say what that would change.

    `watch`, where there is one, is called with the report as it grows, `changed` with each article that changed. Raises
    ArchiveBusy while the portal is crawled, and PortalFault when its description cannot be used.
    """
    portal = _described(archive, slug)
    with nullcontext() if dry_run else archive.hold(slug):
        run = _Run(archive, portal, pool, dry_run=dry_run, watch=watch, changed=changed)
        run.whole()
        run.report.texts, unreadable = texts.derive_all(
            archive, slug, pool, dry_run=dry_run, watch=lambda: watch(run.report) if watch else None
        )
        run.report.unreadable += unreadable
        if not dry_run:
            archive.note("reread", slug, "finished", run.report.counts())
        return run.report


def portals_of(archive: Archive) -> tuple[str, ...]:
    """The slug of every portal whose captures an archive holds."""
    return tuple(known.slug for known in again.portals(archive.connection))


def _described(archive: Archive, slug: str) -> Portal:
    """The portal as its TOML says today, else as its last crawl knew it."""
    try:
        found = portals.find(slug, archive.folder)
    except UnknownPortal:
        toml = next((known.toml for known in again.portals(archive.connection) if known.slug == slug), None)
        if toml is None:
            raise
        found = portals.parse(toml, slug=slug, origin=f"the TOML that the last crawl of {slug} used")
    if unknown := [era.cms for era in found.eras if era.cms not in pages.CMS]:
        raise PortalFault(f"{slug} cannot be read: there is no reader for the CMS {', '.join(unknown)}; mend its TOML")
    return found


class _Run:
    """One portal on its way."""

    def __init__(
        self,
        archive: Archive,
        portal: Portal,
        pool: Pool,
        *,
        dry_run: bool,
        watch: Callable[[Report], None] | None,
        changed: Callable[[Change], None],
    ) -> None:
        self.report = Report(portal=portal.slug)
        self._archive = archive
        self._portal = portal
        self._pool = pool
        self._dry_run = dry_run
        self._watch = watch or (lambda _: None)
        self._changed = changed
        self._furniture = archive.furniture(portal.slug)
        self._attention = Attention(candidates=frozenset(self._furniture.usual), is_learning=False)
        self._told: Told = {}

    def whole(self) -> None:
        """Read everything, in the order of the rule above."""
        connection, slug = self._archive.connection, self._portal.slug
        self.report.begin(captures=again.count(connection, slug), versions=again.versions(connection, slug))
        # Over a connection of its own: what is to be read stays what it was, while what was read is written.
        with Archive.open(self._archive.folder) as asked:
            found = self._lists(again.unread(asked.connection, slug))
            for captures in (again.read(asked.connection, slug), found):
                for some in self._by_articles(captures):
                    with nullcontext() if self._dry_run else self._archive.together():
                        self._keep(some)
                    self._watch(self.report)
        self.report.versions = (self.report.versions[0], again.versions(connection, slug))

    def _lists(self, unread: Iterable[Captured]) -> list[Captured]:
        """Take note of what lists and feeds tell; gives the captures in which an article is found now, with its key."""
        found: dict[tuple[int, str | None], Captured] = {}
        entries = []
        addresses = pages.CMS["generic"]
        for captured, seen in self._seen((captured,) for captured in unread):
            self.report.read += 1
            self._watch(self.report)
            if seen.cms not in {None, "generic"}:
                addresses = pages.of(seen.cms or "")
            self._tell(captured.crawl_id, "list", seen.listed)
            if seen.feed:
                entries.append((captured.crawl_id, seen.feed))
            if seen.cms is None or answers.why_not(pages.of(seen.cms), self._portal, captured.url):
                continue
            if seen.article is None or answers.fault(seen.article) or captured.kind != "page":
                continue
            key = seen.article.key
            if not again.is_read(self._archive.connection, captured.crawl_id, self._portal.slug, key):
                found.setdefault((captured.crawl_id, key), evolve(captured, key=key, ref=seen.article.ref))
        for crawl_id, feed in entries:
            self._tell(crawl_id, "feed", told(feed, addresses))
        self.report.captures += len(found)
        return sorted(found.values(), key=lambda captured: (captured.ref or "", captured.time))

    def _tell(self, crawl_id: int, source: str, dates: Iterable[tuple[Name, str]]) -> None:
        for name, raw in dates:
            self._told.setdefault((crawl_id, source, name), raw)

    def _seen(self, groups: Iterable[tuple[Captured, ...]]) -> Iterator[tuple[Captured, Seen]]:
        """Captures with what they show, where those of one group show the same; what cannot be read back is reported."""
        for task, results in self._pool.in_order(_look_at, self._tasks(groups)):
            for alike, found in zip(task.groups, results, strict=True):
                for captured, fault in zip(alike, found.faults, strict=False):
                    self.report.unreadable.append(
                        Unreadable(warc=captured.warc, offset=captured.offset, url=captured.url, fault=fault)
                    )
                if found.seen is not None:
                    yield from ((captured, found.seen) for captured in alike[len(found.faults) :])

    def _tasks(self, groups: Iterable[tuple[Captured, ...]]) -> Iterator[_Task]:
        folder = self._archive.folder / "warc"
        rest = iter(groups)
        while some := tuple(islice(rest, _AT_ONCE)):
            yield _Task(warcs=folder, groups=some, portal=self._portal, attention=self._attention)

    def _alike(self, captures: Iterable[Captured]) -> Iterator[tuple[Captured, ...]]:
        """Captures of one article by what their pages say: the same bytes at the same address in the same era."""
        for _, of_one in groupby(captures, lambda captured: captured.ref):
            groups: dict[tuple[str, str, str | None], list[Captured]] = {}
            for captured in of_one:
                era = self._portal.cms_at(captured.time.date())
                groups.setdefault((captured.url, captured.payload, era), []).append(captured)
            yield from map(tuple, groups.values())

    def _by_articles(self, captures: Iterable[Captured]) -> Iterator[list[tuple[Captured, Seen]]]:
        """Captures with what they show, so many at a time as are kept together, never some only of an article's."""
        some: list[tuple[Captured, Seen]] = []
        for _, of_one in groupby(self._seen(self._alike(captures)), lambda pair: pair[0].ref):
            some += sorted(of_one, key=lambda pair: (pair[0].time, pair[0].id))
            if len(some) >= _KEPT_AT_ONCE:
                yield some
                some = []
        if some:
            yield some

    def _keep(self, pairs: list[tuple[Captured, Seen]]) -> None:
        """Compare what some articles say now with what they said, and keep what is new."""
        connection = self._archive.connection
        before = kept.readings(connection, {captured.reading_id for captured, _ in pairs if captured.reading_id})
        followed: dict[int, None] = {}
        crawls: dict[int, None] = {}
        for ref, of_one in groupby(pairs, lambda pair: pair[0].ref or ""):
            article = _Compared(ref)
            for captured, seen in of_one:
                self.report.read += 1
                was = before.get(captured.reading_id or 0)
                now = self._now(captured, seen, was)
                if article.add(captured, was, now, seen) and now is not None and not self._dry_run:
                    refused = self._refused(now)
                    followed[intake.read_again(connection, captured.id, now, refused)] = None
                    crawls[captured.crawl_id] = None
            self.report.unchanged += article.unchanged
            self.report.rekeyed += article.rekeyed
            for change in article.changes():
                self.report.note(change)
                self._changed(change)
        for crawl_id in crawls:
            again.settle_waiting(connection, crawl_id, _NOT_CAPTURED)
        for article_id in followed:
            intake.follow(connection, article_id)

    def _now(self, captured: Captured, seen: Seen, was: Article | None) -> Article | None:
        """What a capture says by today's reader; None when no article stands there."""
        if seen.article is None:
            return None
        article = with_told(evolve(seen.article, key=captured.key), self._dates(captured.crawl_id, seen.name, was))
        if seen.page is not None:
            article = self._furniture.without(article, self._furniture.own(seen.page))
        return None if answers.fault(article) else article

    def _dates(self, crawl_id: int, name: Name | None, was: Article | None) -> Iterator[DateItem]:
        """What the lists and feeds of a crawl tell of an article, else what its reading has from them."""
        known = told_before(was) if was else {}
        for source in SOURCES:
            raw = (name and self._told.get((crawl_id, source, name))) or known.get(source)
            if raw:
                yield DateItem(source=source, raw=raw)

    def _refused(self, article: Article) -> dict[str, str]:
        """The addresses in an article that no crawl of its portal would ask for, with the reason."""
        why = self._portal.scope.why
        return {url: reason for url in answers.embeds(article) if (reason := why(url, embed=True))}


class _Compared:
    """One article, capture by capture."""

    def __init__(self, ref: str) -> None:
        self.unchanged = 0
        self.rekeyed = 0
        self._ref = ref
        self._counts: Counter[str] = Counter()
        self._latest: dict[str, Change] = {}

    def add(self, captured: Captured, was: Article | None, now: Article | None, seen: Seen) -> bool:
        """Whether a capture says something else now than before."""
        self.rekeyed += seen.article is not None and seen.article.key != captured.key
        if now is None:
            if was is not None:
                self._note("lost", captured, why=seen.fault or "no article stands there")
            return False
        if was is None:
            self._note("new", captured)
            return True
        if intake.reading_digest(now) == captured.digest:
            self.unchanged += 1
            return False
        self._note("changed", captured, fields=changes.between(was, now))
        return True

    def changes(self) -> Iterator[Change]:
        """What became of the article, one object for each kind of change."""
        return (evolve(change, captures=self._counts[what]) for what, change in self._latest.items())

    def _note(
        self,
        what: str,
        captured: Captured,
        *,
        why: str | None = None,
        fields: Mapping[str, tuple[Any, Any]] | None = None,
    ) -> None:
        self._counts[what] += 1
        self._latest[what] = Change(
            ref=self._ref,
            url=captured.url,
            captures=0,
            what=what,
            why=why,
            time=captured.time,
            fields=fields or {},
        )


def _look_at(task: _Task) -> list[_Found]:
    """What each group of a task shows, in whatever process this runs."""
    return [_look_at_first(task, alike) for alike in task.groups]


def _look_at_first(task: _Task, alike: tuple[Captured, ...]) -> _Found:
    """What captures of the same bytes show, by the first of them that can be read back."""
    faults: list[str] = []
    for captured in alike:
        try:
            record = warc.read(task.warcs, captured.warc, captured.offset, captured.length)
        except WarcFault as fault:
            faults.append(str(fault))
        else:
            return _Found(seen=look(record, task.portal, task.attention), faults=tuple(faults))
    return _Found(faults=tuple(faults))
