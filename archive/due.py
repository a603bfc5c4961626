"""When an article that is kept is to be asked for again, and when it is gone.

Whoever was seen unchanged for long is looked at seldom, whoever changes is looked at often: the time to the next visit is
as long as the article has been watched, divided by one more than the changes seen. It is watched since it was
published, where that is known, since an old article was left alone for years before anybody came.
"""

import sqlite3
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from attrs import frozen

from archive.schema import moment, stamp, storable
from archive.vietnam import VIETNAM

SOONEST, LATEST = timedelta(days=1), timedelta(days=180)
GONE_AFTER = 3
"""On how many days nothing has to stand at its address before an article is gone."""

_COLUMNS = (
    "a.key, u.url, a.first_seen, a.last_seen, "
    "(SELECT count(*) FROM version WHERE article_id = a.id), "
    "(SELECT r.published FROM version v JOIN reading r ON r.id = v.reading_id WHERE v.article_id = a.id "
    "ORDER BY v.n DESC LIMIT 1), "
    "(SELECT max(c.time) FROM absence s JOIN capture c ON c.id = s.capture_id WHERE s.article_id = a.id), a.gone "
    "FROM article a LEFT JOIN url u ON u.id = a.url_id"
)


@frozen(kw_only=True)
class Held:
    """An article that is kept, as a crawl meets it again."""

    key: str
    url: str | None
    """The address that it was read at last."""

    due: datetime
    """From when on it is to be asked for again; aware, UTC."""

    is_missing: bool
    """Whether nothing stood at its address the last time."""


def held(connection: sqlite3.Connection, portal_id: int, *, key: str | None, url: str) -> Held | None:
    """The article of a portal by its key, or where an address tells none by its address; None when there is none."""
    article_id = _article(connection, portal_id, key, url)
    row = connection.execute(f"SELECT {_COLUMNS} WHERE a.id = ?", (article_id,)).fetchone() if article_id else None
    return _held(*row) if row else None


def of_portal(connection: sqlite3.Connection, portal_id: int) -> Iterator[Held]:
    """All articles of a portal, those that were published last before the others, and at the end those without a date."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} WHERE a.portal_id = ? ORDER BY 6 DESC, a.id DESC",
        (portal_id,),
    ).fetchall()
    return (_held(*row) for row in rows)


def miss(
    connection: sqlite3.Connection, portal_id: int, *, key: str | None, url: str, capture_id: int, reason: str
) -> None:
    """Keep the evidence of a capture that nothing stands at an article's address; on enough days it is gone.

    key and url as in `held`. Only an article that an earlier crawl read can be missed: what one crawl finds at several
    addresses, of which some lead nowhere, would be missed or not by the order in which they were read.
    """
    article_id = _article(connection, portal_id, key, url)
    if article_id is None or not _is_of_earlier(connection, article_id, capture_id):
        return
    connection.execute(
        "INSERT OR IGNORE INTO absence (article_id, capture_id, reason) VALUES (?, ?, ?)",
        (article_id, capture_id, storable(reason)),
    )
    judge(connection, article_id)


def judge(connection: sqlite3.Connection, article_id: int) -> None:
    """Let follow from what was captured whether an article is gone, and since when; it is back when it is read again."""
    times = [
        moment(text)
        for (text,) in connection.execute(
            "SELECT c.time FROM absence s JOIN capture c ON c.id = s.capture_id JOIN article a ON a.id = s.article_id "
            "WHERE s.article_id = ? AND c.time > a.last_seen ORDER BY c.time",
            (article_id,),
        )
    ]
    days = {day(time) for time in times}
    gone = stamp(times[0]) if len(days) >= GONE_AFTER else None
    connection.execute("UPDATE article SET gone = ? WHERE id = ? AND gone IS NOT ?", (gone, article_id, gone))


def _article(connection: sqlite3.Connection, portal_id: int, key: str | None, url: str) -> int | None:
    row = connection.execute(
        "SELECT id FROM article WHERE portal_id = ? AND key = ?"
        if key is not None
        else "SELECT a.id FROM url u JOIN article a ON a.url_id = u.id WHERE a.portal_id = ? AND u.url = ? LIMIT 1",
        (portal_id, storable(url if key is None else key)),
    ).fetchone()
    return row[0] if row else None


def _is_of_earlier(connection: sqlite3.Connection, article_id: int, capture_id: int) -> bool:
    """Whether an article was read in a crawl before that of a capture."""
    row = connection.execute(
        "SELECT 1 FROM reading r JOIN reading_capture rc ON rc.reading_id = r.id JOIN capture c ON c.id = rc.capture_id "
        "WHERE r.article_id = ? AND c.crawl_id < (SELECT crawl_id FROM capture WHERE id = ?) LIMIT 1",
        (article_id, capture_id),
    ).fetchone()
    return row is not None


def day(time: datetime) -> date:
    """The day of a time as people in Vietnam count it."""
    return time.astimezone(VIETNAM).date()


def _held(
    key: str,
    url: str | None,
    first_seen: str,
    last_seen: str,
    versions: int,
    published: str | None,
    missed: str | None,
    gone: str | None,
) -> Held:
    last = moment(last_seen)
    began = min(moment(first_seen), _published(published) or last)
    if missed is None or moment(missed) <= last:
        return Held(key=key, url=url, due=_next(last, began, versions - 1), is_missing=False)
    # What may come back is looked for day by day until it is gone, and ever more seldom from then on.
    return Held(key=key, url=url, due=_next(moment(missed), moment(gone or missed), 0), is_missing=True)


def _next(last: datetime, began: datetime, changes: int) -> datetime:
    return last + min(max((last - began) / (max(changes, 0) + 1), SOONEST), LATEST)


def _published(text: str | None) -> datetime | None:
    """The moment of a date of publication, as much as is known of it; None for none."""
    if not text:
        return None
    whole = text if len(text) > len("2022-06") else f"{text}-01-01"[: len("2022-06-01")]
    try:
        found = datetime.fromisoformat(whole)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=VIETNAM)
