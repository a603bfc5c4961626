"""When an article was published: the date shown wins, the others are kept as evidence."""

from collections.abc import Iterable, Iterator
from datetime import date
from urllib.parse import unquote, urlsplit

from attrs import evolve, frozen

from archive.records import Article, DateEvidence
from kyson_crawler.items import ArticleItem, DateItem
from kyson_crawler.normalise import dates
from kyson_crawler.normalise.text import clean
from kyson_crawler.normalise.uploads import uploaded

# What stands in for a date that is not shown, best first. An upload never does, for it only says "not before", nor do
# microdata, in which NukeViet, the commonest system with any, calls the last edit the publication.
_INSTEAD = ("list", "meta", "json_ld", "feed", "url")


@frozen(kw_only=True)
class Published:
    """When an article was published, and what else was found about it."""

    value: str | None = None
    raw: str | None = None
    source: str | None = None
    evidence: tuple[DateEvidence, ...] = ()


def published(item: ArticleItem, files: Iterable[str]) -> Published:
    """The date shown, else the best of the others; `files` are the addresses of the article's images and attachments.

    What is shown but cannot be read stays as `raw`, without a source.
    """
    others = [*(_evidence(other) for other in item.other_dates), *_in_address(item.url), *_uploads(files)]
    return _chosen(clean(item.published_raw or "") or None, others)


def with_told(article: Article, dates: Iterable[DateItem]) -> Article:
    """The article with dates that a list or a feed gives for it, as if its page had given them.

    The same object when it has one of each of these sources already.
    """
    known = {article.published_source, *(other.source for other in article.published_evidence)}
    told = [_evidence(date) for date in dates if date.source not in known]
    if not told:
        return article
    shown, others = article.published_raw, list(article.published_evidence)
    if article.published and article.published_source not in {None, "page"}:  # it stands in for one that is not shown
        in_address = article.published_source == "url"
        written, shown = (article.url, shown) if in_address else (shown, None)
        others.insert(
            0, DateEvidence(source=article.published_source or "", raw=written or "", value=article.published)
        )
    when = _chosen(shown, [*told, *others])
    return evolve(
        article,
        published=when.value,
        published_raw=when.raw,
        published_source=when.source,
        published_evidence=when.evidence,
    )


def _chosen(shown: str | None, others: list[DateEvidence]) -> Published:
    """The date shown when it can be read, else the best of the others, which are kept as evidence."""
    if shown and (value := dates.parse(shown, _latest(others))):
        return Published(value=value, raw=shown, source="page", evidence=tuple(others))
    best = min((other for other in others if other.value and other.source in _INSTEAD), key=_rank, default=None)
    if best is None:
        return Published(raw=shown, evidence=tuple(others))
    others.remove(best)
    raw = shown if best.source == "url" else best.raw
    return Published(value=best.value, raw=raw, source=best.source, evidence=tuple(others))


def _evidence(other: DateItem) -> DateEvidence:
    """A date as evidence; of a feed only the day counts, since NukeViet prints the month where the minutes belong."""
    raw = clean(other.raw)
    value = dates.parse(raw)
    return DateEvidence(source=other.source, raw=raw, value=value[:10] if value and other.source == "feed" else value)


def _in_address(url: str | None) -> Iterator[DateEvidence]:
    if url and (found := dates.from_url(url)):
        yield DateEvidence(source="url", raw=url, value=found)


def _uploads(files: Iterable[str]) -> Iterator[DateEvidence]:
    """The uploads of an article's files, one a day."""
    days: dict[str, DateEvidence] = {}
    for address in files:
        if moment := uploaded(address):
            name = unquote(urlsplit(address).path).rpartition("/")[2]
            days.setdefault(moment[:10], DateEvidence(source="upload", raw=clean(name), value=moment))
    return iter(days.values())


def _latest(others: list[DateEvidence]) -> date | None:
    """The last day that the article can be of, which tells the year of a date shown without one."""
    days = [other.value[:10] for other in others if other.value and other.source != "upload" and len(other.value) >= 10]
    return date.fromisoformat(max(days)) if days else None


def _rank(other: DateEvidence) -> int:
    return _INSTEAD.index(other.source)
