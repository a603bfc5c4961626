"""What stands on the pages of a portal but belongs to none of its articles: banners, counters, the imprint.

Learned from the portal's own pages (`kyson_crawler.reading.furniture`), kept here, and taken out of what is read of its articles.
The functions that write run within a transaction of the caller.
"""

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from attrs import evolve, field, frozen

from archive import intake, kept
from archive.records import Article, Block
from archive.schema import storable

Shown: TypeAlias = Counter[str]
"""What a page or an article shows: its lines by their `shape`, its images and videos by their absolute addresses, how often each."""

_COUNTER = re.compile(r"\D{3,60}:\s*[\d.,]+\W*")
_DIGITS = re.compile(r"[\d.,]*\d")
_AT_ONCE = 200


def shape(line: str) -> str:
    """A line as it is compared: the figure of a counter does not count, every other line stands for itself.

    >>> shape("Lượt truy cập: 3.678.427"), shape("Ngày 02/6/2022, huyện tổ chức")
    ('Lượt truy cập: 0', 'Ngày 02/6/2022, huyện tổ chức')
    """
    return _DIGITS.sub("0", line) if _COUNTER.fullmatch(line) else line


def read(article: Article) -> Shown:
    """What was read of a page as its article, but for title and captions."""
    texts = [article.lead or "", *article.paragraphs]
    return Counter([*map(shape, texts), *(image.src for image in article.images), *_videos(article)])


@frozen(kw_only=True)
class Furniture:
    """The furniture of one portal."""

    usual: Mapping[str, int] = field(factory=dict)
    """How often each line or image stands on a page, as a rule."""

    def own(self, page: Mapping[str, int]) -> frozenset[str]:
        """What a page shows more often than is usual: then one of it belongs to the article."""
        return frozenset(what for what, times in page.items() if times > self.usual.get(what, times))

    def without(self, article: Article, own: frozenset[str] = frozenset()) -> Article:
        """The article without lines and images that are furniture and not its own; the same object when there are none."""
        gone = self.usual.keys() & read(article).keys() - own
        if not gone:
            return article
        staying = [at for at, image in enumerate(article.images) if image.src not in gone]
        numbers = {old: new for new, old in enumerate(staying)}
        return evolve(
            article,
            lead=None if shape(article.lead or "") in gone else article.lead,
            blocks=tuple(block for found in article.blocks if (block := _cut(found, gone, numbers)) is not None),
            images=tuple(article.images[at] for at in staying),
        )


def load(connection: sqlite3.Connection, slug: str) -> Furniture:
    """What is known of a portal's furniture."""
    rows = connection.execute(
        "SELECT f.what, f.usual FROM furniture f JOIN portal p ON p.id = f.portal_id WHERE p.slug = ?", (slug,)
    )
    return Furniture(usual=dict(rows.fetchall()))


def keep(
    connection: sqlite3.Connection, crawl_id: int, furniture: Furniture, spared: Mapping[str, frozenset[str]]
) -> int:
    """Keep what a crawl has learned of its portal, and read articles again without it; earlier readings stay.

    spared: by the keys of articles that may be read again, what is their own. How many captures got another reading.
    """
    portal_id, slug = connection.execute(
        "SELECT p.id, p.slug FROM crawl k JOIN portal p ON p.id = k.portal_id WHERE k.id = ?", (crawl_id,)
    ).fetchone()
    connection.executemany(
        "INSERT INTO furniture (portal_id, what, usual, crawl_id) VALUES (?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET usual = excluded.usual, crawl_id = excluded.crawl_id",
        [(portal_id, storable(what), usual, crawl_id) for what, usual in sorted(furniture.usual.items())],
    )
    known = load(connection, slug)
    changed = [
        (capture_id, cleared)
        for capture_id, article in _readings(connection, portal_id)
        if (own := spared.get(article.key or "")) is not None
        and (cleared := known.without(article, own)) is not article
    ]
    for article_id in {intake.read_again(connection, capture_id, article) for capture_id, article in changed}:
        intake.follow(connection, article_id)
    return len(changed)


def _cut(block: Block, gone: set[str], numbers: Mapping[int, int]) -> Block | None:
    """A block without furniture, its image by its new number; None when nothing of it stays."""
    if block.kind == "figure" and block.image is not None:
        return evolve(block, image=numbers[block.image]) if block.image in numbers else None
    if block.kind == "list":
        items = tuple(item for item in block.items if shape(item) not in gone)
        return evolve(block, items=items, text="\n".join(items)) if items else None
    return None if (block.src or shape(block.text)) in gone else block


def _videos(article: Article) -> Iterator[str]:
    return (block.src for block in article.blocks if block.src)


def _readings(connection: sqlite3.Connection, portal_id: int) -> Iterator[tuple[int, Article]]:
    """Every capture of a portal's articles with its newest reading."""
    rows = connection.execute(
        "SELECT rc.capture_id, max(rc.reading_id) FROM article a JOIN reading r ON r.article_id = a.id "
        "JOIN reading_capture rc ON rc.reading_id = r.id "
        "WHERE a.portal_id = ? GROUP BY rc.capture_id",
        (portal_id,),
    ).fetchall()
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        articles = kept.readings(connection, {reading_id for _, reading_id in some})
        yield from ((capture_id, articles[reading_id]) for capture_id, reading_id in some)
