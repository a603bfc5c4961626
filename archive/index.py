"""The search index: for the current version of each article its words, in exact spelling and folded.

The index is contentless: it holds no text, so that taking an article out needs its words once more. They are worked
out again from the reading, which never changes, by `canon` and `fold`; when those change, `rebuild` must run.
"""

import logging
import sqlite3

from attrs import frozen

from archive import kept
from archive.fold import FOLD_VERSION, bare, canon, clean
from archive.query import DAY, UNDATED, day_key
from archive.records import Article, Block
from archive.schema import storable

logger = logging.getLogger(__name__)

_TEXT_VERSION = "1"
"""Raise it whenever `texts` gives something else for any article."""


@frozen(kw_only=True)
class Texts:
    """The clean text of an article in which words are looked for; pieces stand on lines of their own."""

    title: str
    body: str
    """Lead, blocks, byline, and names of attachments."""

    caption: str


def texts(article: Article) -> Texts:
    """What of an article is searched, as it is stored."""
    labels = [attachment.label for attachment in article.attachments]
    body = [article.lead, *(line for block in article.blocks for line in _lines(block)), article.byline, *labels]
    return Texts(
        title=clean(storable(article.title)),
        body=_joined(body),
        caption=_joined([*(image.caption for image in article.images), *(block.caption for block in article.blocks)]),
    )


def put(
    connection: sqlite3.Connection, article_id: int, portal_id: int, reading_id: int, article: Article | None = None
) -> None:
    """Let searches find an article by the reading of its current version, which is looked up unless it is given."""
    row = connection.execute("SELECT skey, reading_id FROM search_doc WHERE article_id = ?", (article_id,)).fetchone()
    if row is not None:
        if row[1] == reading_id:
            return
        _take_out(connection, row[0], kept.readings(connection, [row[1]])[row[1]])
    article = article or kept.readings(connection, [reading_id])[reading_id]
    key = _key(connection, article.published)
    connection.execute(
        "INSERT INTO article_fts (rowid, tx, bx, cx, tf, bf, cf) VALUES (?, ?, ?, ?, ?, ?, ?)", (key, *_words(article))
    )
    section = storable(article.section) if article.section else article.section
    connection.execute(
        "INSERT INTO search_doc (skey, article_id, reading_id, portal_id, section, published, has_image) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (key, article_id, reading_id, portal_id, section, article.published, int(bool(article.images))),
    )


def rebuild(connection: sqlite3.Connection) -> int:
    """Make the whole index again from the current versions; gives their number. Within a transaction of the caller."""
    connection.execute("INSERT INTO article_fts (article_fts) VALUES ('delete-all')")
    connection.execute("DELETE FROM search_doc")
    rows = connection.execute(
        "SELECT a.id, a.portal_id, r.id FROM article a JOIN version v ON v.article_id = a.id "
        "AND v.n = (SELECT max(n) FROM version WHERE article_id = a.id) JOIN reading r ON r.id = v.reading_id "
        "ORDER BY r.published, a.id"
    ).fetchall()
    for article_id, portal_id, reading_id in rows:
        put(connection, article_id, portal_id, reading_id)
    note_version(connection)
    logger.info("made the search index of %d articles again", len(rows))
    return len(rows)


def is_current(connection: sqlite3.Connection) -> bool:
    """Whether the index was made by the rules of today."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'fold_version'").fetchone()
    return row is not None and row[0] == _version()


def note_version(connection: sqlite3.Connection) -> None:
    """Write down by which rules the index is made."""
    connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('fold_version', ?)", (_version(),))


def _version() -> str:
    return f"{FOLD_VERSION}.{_TEXT_VERSION}"


def _take_out(connection: sqlite3.Connection, key: int, article: Article) -> None:
    """Forget the words under a key; FTS5 asks for the very words that were put there."""
    connection.execute(
        "INSERT INTO article_fts (article_fts, rowid, tx, bx, cx, tf, bf, cf) VALUES ('delete', ?, ?, ?, ?, ?, ?, ?)",
        (key, *_words(article)),
    )
    connection.execute("DELETE FROM search_doc WHERE skey = ?", (key,))


def _words(article: Article) -> tuple[str, ...]:
    """The six columns of the index."""
    found = texts(article)
    exact = tuple(map(canon, (found.title, found.body, found.caption)))
    return (*exact, *map(bare, exact))


def _key(connection: sqlite3.Connection, published: str | None) -> int:
    """A free search key: the order of keys is the order of days. A full day goes on in the keys of the next one."""
    first = day_key(published)
    first, end = (UNDATED, UNDATED // 2) if first is None else (first, first + DAY - 1)
    while True:
        last = connection.execute(
            "SELECT max(skey) FROM search_doc WHERE skey BETWEEN ? AND ?", (first, end)
        ).fetchone()[0]
        if last is None:
            return first
        if last < end:
            return int(last) + 1
        first, end = first + DAY, end + DAY


def _lines(block: Block) -> list[str]:
    """What is read in a block, line by line; the caption of a figure or video is no part of the body."""
    return [] if block.kind in {"figure", "video"} else block.text.split("\n")


def _joined(pieces: list[str | None]) -> str:
    return "\n".join(line for piece in pieces if (line := clean(storable(piece or ""))))
