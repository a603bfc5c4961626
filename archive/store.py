"""The archive as its users hold it: opened from a folder, written by crawls, read by everybody."""

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from archive import (
    completeness,
    coverage,
    crawls,
    due,
    frontier,
    furniture,
    holdings,
    index,
    intake,
    kept,
    locks,
    query,
    schema,
    trouble,
    unverified,
)
from archive.completeness import Completeness, Reason
from archive.coverage import Coverage
from archive.due import Held
from archive.errors import NotAnArchive, UsageError
from archive.frontier import Frontier, Resumed
from archive.furniture import Furniture
from archive.holdings import Holding
from archive.intake import Outcome
from archive.query import Selection
from archive.records import Article, Capture, Kept, Missing, Version
from archive.schema import transaction

__all__ = ["Archive", "Outcome", "Selection"]

DATABASE = "archive.db"
_FOLDERS = ("warc", "exports", "portals")
_AT_ONCE = 200


class Archive:
    """An archive on disk: `archive.db`, the folder `warc` with the evidence, `exports`, `portals`, `kyson.toml`.

    Each method that writes is one transaction. Several processes may read while one writes.
    """

    killed_crawls: tuple[int, ...] = ()
    """Crawls that `begin_crawl` found cut short: they are marked as killed, and what they waited for as missing."""

    resumed: Resumed | None = None
    """The crawl that `begin_crawl` goes on with; None when it began a new one."""

    def __init__(self, folder: Path, connection: sqlite3.Connection, now: Callable[[], datetime]) -> None:
        self.folder = folder
        self.connection = connection
        """For SQL of one's own; in autocommit mode."""
        self._now = now
        self._locks: dict[int, BinaryIO] = {}

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        write: bool = False,
        create: bool = False,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> Self:
        """Open the archive in `folder`, for reading only unless `write`; `create` makes one where there is none.

        None is made beside WARCs, which belong to one that is lost, or is just being brought back. An archive of an older kyson is brought up to date first. Raises NotAnArchive, NewerSchema, or ArchiveBusy.
        """
        path = folder / DATABASE
        if create:
            _found(folder)
        if not path.is_file():
            raise lacking(folder)
        _bring_up_to_date(path)
        return cls(folder, schema.connect(path, write=write), now)

    def close(self) -> None:
        """Let go of the database; the archive cannot be used any more."""
        self.connection.close()
        for crawl_id in tuple(self._locks):
            self._locks.pop(crawl_id).close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Let all that is written within be one transaction: all of it, or nothing."""
        with transaction(self.connection):
            yield

    @contextmanager
    def hold(self, slug: str) -> Iterator[None]:
        """Keep everybody else from crawling a portal; raises ArchiveBusy while it is crawled."""
        lock = locks.take(self.folder, slug)
        if lock is None:
            raise crawls.busy(self.connection, slug)
        with lock:
            yield

    # -- writing -------------------------------------------------------------------------------------------------

    def begin_crawl(
        self,
        *,
        slug: str,
        name: str,
        province: str | None = None,
        district: str | None = None,
        cms: str | None = None,
        toml: str | None = None,
        software: str,
        operator: str | None = None,
        settings: Mapping[str, str],
        fresh: bool = False,
    ) -> int:
        """The id of a crawl, which holds its portal until `finish_crawl` or `close`.

        It is the last one of the portal, or of the section in its settings, where something is left in its frontier and it is not to be a `fresh` one,
        nor one that asks for all `again` by its settings where that did not; else a new one. What earlier crawls left when they were killed is settled first. Raises ArchiveBusy while another
        crawl holds the portal.
        """
        with ExitStack() as on_failure:
            with transaction(self.connection):
                lock = locks.take(self.folder, slug)
                if lock is None:
                    raise crawls.busy(self.connection, slug)
                on_failure.enter_context(lock)
                self.killed_crawls = crawls.settle_killed(
                    self.connection,
                    self._now(),
                    lambda portal: portal == slug or locks.is_free(self.folder, portal),
                )
                crawls.close_warcs(self.connection, self.folder / "warc")
                self.resumed = None if fresh else frontier.unfinished(self.connection, slug, settings.get("section"))
                if self.resumed is not None and settings.get("again") == "all" and not self.resumed.is_full:
                    self.resumed = None
                if self.resumed is not None and self.resumed.is_full:
                    settings = {**settings, "again": "all"}
                crawl_id = crawls.begin(
                    self.connection,
                    now=self._now(),
                    slug=slug,
                    name=name,
                    province=province,
                    district=district,
                    cms=cms,
                    toml=toml,
                    software=software,
                    operator=operator,
                    settings=settings,
                    again=self.resumed.crawl_id if self.resumed else None,
                )
                frontier.release(self.connection, crawl_id, crawls.GIVEN_UP)
            self._locks[crawl_id] = lock
            on_failure.pop_all()
        return crawl_id

    def frontier(self, crawl_id: int) -> Frontier:
        """The frontier of a crawl of this process."""
        return Frontier(self.connection, crawl_id, self._now)

    def put_capture(self, crawl_id: int, capture: Capture, kind: str) -> int:
        """The id of a capture newly kept; `kind` is page, image, attachment, robots, sitemap or other.

        Its bytes must be in the WARC already.
        """
        with transaction(self.connection):
            return intake.put_capture(self.connection, crawl_id, capture, kind)

    def put_article(
        self, crawl_id: int, capture_id: int, article: Article, *, refused: Mapping[str, str] | None = None
    ) -> Outcome:
        """Keep what was read from a capture; images and files it embeds wait for `settle_embed`.

        `refused` names, with the reason, the embedded addresses that the crawl will not ask for; those whose fate in
        this crawl is settled take it. Until an address comes, the bytes it had last time stand in for it, so that a
        failure that passes makes no new version. Raises UsageError for an article without a key or of another portal.
        """
        with transaction(self.connection):
            return intake.put_article(self.connection, crawl_id, capture_id, article, refused or {})

    def page_answers(self, crawl_id: int) -> list[tuple[str, int, str | None]]:
        """How the pages of a crawl were answered: address, status, and where a redirect leads, in the order they came."""
        return crawls.page_answers(self.connection, crawl_id)

    def put_absence(self, crawl_id: int, capture_id: int, *, key: str | None, url: str, reason: str) -> None:
        """Keep that a capture shows nothing at the address of an article, named by its key, or where that is None by its address."""
        with transaction(self.connection):
            (portal_id,) = self.connection.execute("SELECT portal_id FROM crawl WHERE id = ?", (crawl_id,)).fetchone()
            due.miss(self.connection, portal_id, key=key, url=url, capture_id=capture_id, reason=reason)

    def settle_embed(self, crawl_id: int, url: str, *, capture_id: int | None, reason: str | None) -> None:
        """Say what became of an image or file, named by the address that articles embed it by.

        It came with `capture_id`, which may be the capture of a redirect's target, unless there is a `reason` why it
        is missing. Pages of this crawl that wait for nothing any more get their content digest and version anew.
        """
        with transaction(self.connection):
            intake.settle(self.connection, crawl_id, url, capture_id, reason)

    def read_again(self, capture_id: int, change: Callable[[Article], Article]) -> None:
        """Read a capture again by changing what was read of it, if anything; its earlier readings stay."""
        with transaction(self.connection):
            article = kept.of_capture(self.connection, capture_id)
            if article is not None and (changed := change(article)) is not article:
                intake.follow(self.connection, intake.read_again(self.connection, capture_id, changed))

    def take_coverage(self, crawl_id: int, *, unread: int = 0) -> Coverage:
        """Count, at the end of a crawl, which fields its articles had, and write it down beside what was usual.

        unread: pages at addresses of articles on which no article could be read.
        """
        with transaction(self.connection):
            return coverage.take(self.connection, crawl_id, unread=unread)

    def take_completeness(self, crawl_id: int, listed: Iterable[Reason]) -> Completeness:
        """Estimate, at the end of a crawl, what it has missed, and write it into the diary with its reasons.

        listed: what lists say of how much they hold.
        """
        with transaction(self.connection):
            found = completeness.estimate(self.connection, crawl_id, listed)
            self.note(completeness.KIND, f"crawl {crawl_id}", found.verdict, found.to_json())
        return found

    def keep_furniture(self, crawl_id: int, found: Furniture, spared: Mapping[str, frozenset[str]]) -> int:
        """Keep what a crawl has learned to repeat over the pages of its portal, and take it out of the articles seen.

        spared: by the keys of these articles, what of it is their own. How many captures got another reading.
        """
        with transaction(self.connection):
            return furniture.keep(self.connection, crawl_id, found, spared)

    def finish_crawl(
        self,
        crawl_id: int,
        *,
        status: str,
        reason: str | None = None,
        is_whole: bool = True,
        pages: int = 0,
        articles: int = 0,
        images: int = 0,
        errors: int = 0,
        requests: int = 0,
        bytes: int = 0,  # noqa: A002  the name of the column
    ) -> None:
        """End a crawl as finished, failed or stopped, after its WARC is closed; what still waits is missing.

        is_whole: whether all that its WARCs hold could be written down.
        """
        figures = {"pages": pages, "articles": articles, "images": images, "errors": errors}
        counts = figures | {"requests": requests, "bytes": bytes}
        with transaction(self.connection):
            crawls.finish(
                self.connection,
                crawl_id,
                now=self._now(),
                status=status,
                reason=reason,
                counts=counts,
                is_whole=is_whole,
            )
            crawls.close_warcs(self.connection, self.folder / "warc")
        if crawl_id in self._locks:
            self._locks.pop(crawl_id).close()

    def note(self, kind: str, about: str, outcome: str, detail: Mapping[str, object]) -> None:
        """Write an event, such as a fixity check, into the archive's diary."""
        with transaction(self.connection):
            crawls.note(self.connection, now=self._now(), kind=kind, about=about, outcome=outcome, detail=detail)

    def note_fixity(self, faulty: Collection[str], *, quick: bool) -> None:
        """Write down a fixity check, and that each WARC is as it was written but those with a fault, by the names of what had one."""
        with transaction(self.connection):
            self.note("fixity", "archive", "fault" if faulty else "ok", {"quick": quick, "faults": len(faulty)})
            unverified.verified(self.connection, faulty, self._now())

    def rebuild_search(self) -> int:
        """Make the search index again from what is kept; gives the number of articles in it.

        It takes minutes for a million articles, in which nobody else can write; so it raises ArchiveBusy while there is
        a crawl.
        """
        with transaction(self.connection):
            if crawled := crawls.alive(self.connection, lambda portal: locks.is_free(self.folder, portal)):
                raise crawls.busy(self.connection, crawled[0])
            return index.rebuild(self.connection)

    # -- reading -------------------------------------------------------------------------------------------------

    def article(self, ref: str, *, version: int | None = None) -> Kept:
        """An article in its latest version, or in the `version` of that ordinal.

        `ref` is `portal/key`, any address it was captured under, or `portal/key@20220602091400`: the version that
        holds the capture of that second, UTC. Raises UnknownRef.
        """
        _, version_id = kept.find(self.connection, ref, version)
        return kept.load(self.connection, [version_id])[0]

    def versions(self, ref: str) -> tuple[Version, ...]:
        """All versions of an article, oldest first. Raises UnknownRef."""
        article_id, _ = kept.find(self.connection, ref)
        return kept.versions(self.connection, article_id)

    def missing(self, ref: str) -> Missing | None:
        """Since when nothing stands at an article's address, and whether it is gone; None while it is there. Raises UnknownRef."""
        article_id, _ = kept.find(self.connection, ref)
        return kept.missing(self.connection, article_id)

    def held(self, slug: str, *, key: str | None, url: str) -> Held | None:
        """The article of a portal by its key, or where that is None at an address, and when it is to be asked for again."""
        row = self.connection.execute("SELECT id FROM portal WHERE slug = ?", (slug,)).fetchone()
        return due.held(self.connection, row[0], key=key, url=url) if row else None

    def titled(self, slug: str, title: str, is_wanted: Callable[[str], bool]) -> list[Article]:
        """Articles of a portal by their title, as they were read, where their address is wanted; of many the last ones."""
        return kept.titled(self.connection, slug, title, is_wanted)

    def last_good(self, crawl_id: int, url: str) -> Capture | None:
        """The latest whole answer of an address, when its server gave it a validator; None when there is none.

        As with `place_of_payload` a crawl may rely on it.
        """
        return kept.last_good(self.connection, crawl_id, url)

    def current(self, article_ids: list[int]) -> list[Kept]:
        """Articles by the ids of their rows, in their latest versions, in the order given."""
        return kept.load(self.connection, kept.current(self.connection, article_ids))

    def articles(self, selection: Selection | None = None) -> Iterator[Kept]:
        """Every article selected, in its latest version, by date of publication and reference, undated ones last.

        Words typed with marks must bear them, others may (the mixed tier of a search), unless the selection is exact
        or folded. All come from one moment of the archive, however long it takes to go through them.
        """
        selection = selection or Selection()
        with self.snapshot():
            chosen = self._chosen(selection)
            for start in range(0, len(chosen), _AT_ONCE):
                yield from self.current(chosen[start : start + _AT_ONCE])

    def place_of_payload(self, crawl_id: int, digest: str) -> tuple[str, int, int] | None:
        """WARC, offset and length of the latest record that holds a whole payload with that `sha1:` digest.

        None when there is none that a crawl may rely on: what another crawl is just writing may be lost in a power cut
        that spares this one's WARC.
        """
        return kept.place_of_payload(self.connection, crawl_id, digest)

    def capture_of(self, record_id: str) -> int | None:
        """The id of the capture whose record has that id; None when it is not kept."""
        return kept.capture_of(self.connection, record_id)

    def pages(self, crawl_id: int) -> Iterator[tuple[str, Capture]]:
        """The pages and feeds that a crawl captured, each with its kind, `page` or `other`, in the order in which they came."""
        return kept.pages(self.connection, crawl_id)

    def furniture(self, portal: str) -> Furniture:
        """What was learned to repeat over the pages of a portal, by its slug, and belongs to none of its articles."""
        return furniture.load(self.connection, portal)

    def status(self) -> tuple[Holding, ...]:
        """What is held of each portal."""
        return holdings.count(self.connection, self.folder, self._now())

    def _chosen(self, selection: Selection) -> list[int]:
        """The ids of the articles selected, in order."""
        wanted = query.asked(selection)
        if selection.query.strip() and not wanted:
            return []
        parameters = query.parameters(self.connection, selection) | {
            "words": query.match(wanted, query.tier_of_all(selection), selection.within),
            "limit": -1 if selection.limit is None else selection.limit,
        }
        rows = self.connection.execute(
            "SELECT d.article_id FROM search_doc d JOIN article a ON a.id = d.article_id "  # noqa: S608  a constant
            f"WHERE {query.CONDITION} "
            "AND (:words = '' OR d.skey IN (SELECT rowid FROM article_fts WHERE article_fts MATCH :words)) "
            "ORDER BY d.published IS NULL, d.published, a.ref LIMIT :limit",
            parameters,
        )
        return [article_id for (article_id,) in rows]

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """One moment of the archive, whatever is written meanwhile."""
        if self.connection.in_transaction:
            yield
            return
        self.connection.execute("BEGIN")
        try:
            yield
        finally:
            with suppress(sqlite3.ProgrammingError):  # the archive was closed on the way
                self.connection.execute("COMMIT")


def lacking(folder: Path) -> NotAnArchive:
    """What to tell whoever looks for an archive where there is no database."""
    if _has_warcs(folder):
        return NotAnArchive(
            f"{folder} holds WARCs but no {DATABASE}: put that back first, or make the archive again from them "
            "with `kyson reread --into NEW`"
        )
    return NotAnArchive(f"{folder} holds no archive: crawl into it first, or name another folder with --archive")


def _has_warcs(folder: Path) -> bool:
    """Whether a WARC lies in the folder of an archive, under whatever name one bears while it is written or copied."""
    return any((folder / "warc").glob("*.warc*"))


def refuse_bereft(folder: Path) -> None:
    """Raise NotAnArchive where WARCs lie whose database is lost or still to come: nothing may be begun beside them."""
    # in this order: another process that has just made an archive makes its database before its first WARC
    if _has_warcs(folder) and not (folder / DATABASE).exists():
        raise lacking(folder)


def _found(folder: Path) -> None:
    """Make the folders of an archive and its database, where they are missing."""
    path = folder / DATABASE
    refuse_bereft(folder)
    try:
        for name in _FOLDERS:
            (folder / name).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"no archive can be made in {folder}: {error}; name another folder with --archive") from error
    if not path.exists():
        schema.create(path)


def _bring_up_to_date(path: Path) -> None:
    """Migrate an archive of an older kyson, and make its index again when the rules of folding have changed."""
    try:
        with closing(schema.connect(path, write=False)) as connection:
            version = schema.check(connection, path)
            stale = version < schema.SCHEMA_VERSION or not index.is_current(connection)
    except sqlite3.DatabaseError as error:
        raise trouble.of_database(path, error) from error
    if not stale:
        return
    with closing(schema.connect(path)) as connection:
        schema.migrate(connection)
        with transaction(connection):
            if not index.is_current(connection):
                index.rebuild(connection)
