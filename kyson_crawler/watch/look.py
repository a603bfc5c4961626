"""What a crawl has seen of a portal's dying, told from its captures alone: nothing is asked for."""

import logging
import re
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

from attrs import frozen

from archive import signs, silence
from archive.errors import UnreadablePage, WarcFault
from archive.signs import Seen
from archive.store import Archive
from archive.warc import follow, record_at
from kyson_crawler import views
from kyson_crawler.normalise.text import clean
from kyson_crawler.pages import Document
from kyson_crawler.pages.lines import lines
from kyson_crawler.portal import Portal
from kyson_crawler.reading import answers
from kyson_crawler.watch import home
from kyson_crawler.watch.notices import notice

logger = logging.getLogger(__name__)

_OF_PAGES = frozenset({"moved", "absent", "parked", "unanswered"})
_NEWEST = 30
_BEGINNING = 2_000
"""Characters of an article in which a notice stands."""

_LEAST_MOVED = 5
_NO_ANSWER = re.compile(
    r"(?:the robots\.txt of \S+ cannot be had \()?((?:no address is known|connection refused|no connection|no answer within)\b.*?)(?:\), and without it .*)?"
)
"""How a request that reached nobody is told of, be it the one for robots.txt, without which nothing is asked."""

_PAGES = """
    SELECT c.id, u.url, c.status, r.url, w.name, c.offset, c.length FROM capture c JOIN url u ON u.id = c.url_id
    JOIN warc w ON w.id = c.warc_id LEFT JOIN url r ON r.id = c.redirect_to
    WHERE c.crawl_id = ? AND c.kind = 'page' ORDER BY c.id"""
_ARTICLES = """
    SELECT v.capture_id, r.title, r.lead, substr(r.body, 1, ?) FROM search_doc d JOIN portal p ON p.id = d.portal_id
    JOIN reading r ON r.id = d.reading_id
    JOIN version v ON v.article_id = d.article_id AND v.n = (SELECT max(n) FROM version WHERE article_id = d.article_id)
    WHERE p.slug = ? ORDER BY d.published IS NULL, d.published DESC, d.article_id DESC LIMIT ?"""
_FAULT = """
    SELECT reason FROM frontier WHERE crawl_id = ? AND kind = 'page' AND reason IS NOT NULL AND capture_id IS NULL
    ORDER BY changed DESC, id DESC LIMIT 1"""


@frozen(kw_only=True)
class _Page:
    """One page as a crawl captured it."""

    capture: int
    url: str
    status: int
    redirect_to: str | None
    warc: str
    offset: int
    length: int


def look(archive: Archive, crawl_id: int, portal: Portal, now: datetime) -> None:
    """Write down the signs that a crawl has met, and which it met no more. Raises ArchiveBusy."""
    connection = archive.connection
    (status,) = connection.execute("SELECT status FROM crawl WHERE id = ?", (crawl_id,)).fetchone()
    pages = [_page(*row) for row in connection.execute(_PAGES, (crawl_id,))]
    if pages:
        seen = [*_of_pages(archive, pages, portal)]
        judged = set(_OF_PAGES)
        if any(page.status in {200, 304} for page in _homes(pages, portal)):
            judged.add("closing")
        if status == "finished":
            judged.add("frozen")
            seen += _frozen(connection, portal, now)
    else:
        seen, judged = [*_unanswered(connection, crawl_id, portal)], set()
    with archive.together():
        signs.keep(connection, portal.slug, seen, now, judged=judged)


def _of_pages(archive: Archive, pages: list[_Page], portal: Portal) -> Iterator[Seen]:
    """What the pages of a crawl show."""
    homes = _homes(pages, portal)
    found = [sign for page in homes for sign in _of_home(archive, page, portal)]
    yield from found
    away = [page for page in pages if page.redirect_to and home.is_away(page.url, page.redirect_to, portal.scope)]
    if len(away) >= _LEAST_MOVED and len(away) * 2 > len(pages) and not any(sign.kind == "moved" for sign in found):
        yield Seen(kind="moved", about=portal.seeds[0], text=away[-1].redirect_to or "", capture=away[-1].capture)
    if not any(sign.kind == "closing" for sign in found):
        rows = archive.connection.execute(_ARTICLES, (_BEGINNING, portal.slug, _NEWEST))
        for capture, title, lead, body in rows:
            if said := notice([title, lead or "", body.rpartition("\n")[0] or body], portal):
                yield Seen(kind="closing", about=portal.seeds[0], text=said, capture=capture)
                break


def _homes(pages: list[_Page], portal: Portal) -> list[_Page]:
    """The home page of each host, as it was captured last; where it leads on within the portal, the page it leads to."""
    seeds = {answers.target(seed, seed) for seed in portal.seeds}
    last = {
        urlsplit(page.url).netloc: page
        for page in pages
        if (page.url in seeds or views.is_home(page.url)) and portal.scope.why(page.url) is None
    }
    by_url = {page.url: page for page in pages}
    homes = []
    for page in last.values():
        for _ in range(5):
            if page.redirect_to not in by_url or portal.scope.why(page.redirect_to) is not None:
                break
            page = by_url[page.redirect_to]  # noqa: PLW2901  it goes on to where it leads
        homes.append(page)
    return list({page.capture: page for page in homes}.values())


def _of_home(archive: Archive, page: _Page, portal: Portal) -> Iterator[Seen]:
    """What one home page shows."""

    def seen(kind: str, text: str) -> Seen:
        return Seen(kind=kind, about=page.url, text=text, capture=page.capture)

    if page.redirect_to:
        if target := home.is_away(page.url, page.redirect_to, portal.scope):
            yield seen("moved", target)
    elif page.status in answers.ABSENT:
        yield seen("absent", f"HTTP {page.status}")
    elif page.status >= 500:
        yield seen("unanswered", f"HTTP {page.status}")
    elif page.status in {200, 304} and (document := _document(archive, page)):
        if target := home.leads_away(document, portal.scope):
            yield seen("moved", target)
        if said := home.parked(document):
            yield seen("parked", said)
        elif said := notice([document.title, *(line.text for line in lines(document.root))], portal):
            yield seen("closing", said)


def _document(archive: Archive, page: _Page) -> Document | None:
    folder = archive.folder / "warc"
    try:
        record = follow(folder, record_at(folder, page.warc, page.offset, page.length))
        return Document(record.content(), page.url, record.http_header("Content-Type"))
    except (UnreadablePage, WarcFault) as error:
        logger.info("%s: %s", error, page.url)
        return None


def _frozen(connection: sqlite3.Connection, portal: Portal, now: datetime) -> Iterator[Seen]:
    if found := silence.of(connection, portal.slug, now):
        yield Seen(kind="frozen", about=portal.seeds[0], text=str(found), capture=found.capture)


def _unanswered(connection: sqlite3.Connection, crawl_id: int, portal: Portal) -> Iterator[Seen]:
    """That nobody answered, where it was tried and nothing of ours kept it from being so."""
    row = connection.execute(_FAULT, (crawl_id,)).fetchone()
    if row and (said := _NO_ANSWER.fullmatch(row[0])):
        yield Seen(kind="unanswered", about=portal.seeds[0], text=clean(said[1]))


def _page(capture: int, url: str, status: int, redirect_to: str | None, warc: str, offset: int, length: int) -> _Page:
    return _Page(
        capture=capture, url=url, status=status, redirect_to=redirect_to, warc=warc, offset=offset, length=length
    )
