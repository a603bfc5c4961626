"""What reading again came to, in lines for people."""

from collections.abc import Iterable, Iterator, Mapping

from archive.terminal import printable
from kyson_crawler.normalise import pdf_text
from kyson_crawler.reread.changes import Example
from kyson_crawler.reread.report import Made, Report, Unreadable

_UNREADABLE = 10


def progress(found: Report | Made) -> str:
    """How far it has come."""
    rate = found.read / found.seconds if found.seconds else 0.0
    what = (
        f"{found.articles['changed']:,} articles changed" if isinstance(found, Report) else f"{found.articles:,} read"
    )
    return f"{found.seconds:5.0f} s  {found.read:,} of {found.captures:,} captures  {what}  {rate:,.0f} captures/s"


def report(found: Report, *, dry_run: bool) -> str:
    """What came of one portal."""
    would = "would be" if dry_run else "is"
    lines = [f"{found.portal}: {found.read:,} captures read again in {found.seconds:.1f} s"]
    counted = {
        "changed": f"saying something else, which {would} kept as new readings",
        "new": f"that could not be read before, and {would} kept now",
        "lost": "that cannot be read any more; what was read of them before stays",
    }
    lines += [
        f"  {what:<11}{_articles(number)} {text}" for what, text in counted.items() if (number := found.articles[what])
    ]
    lines.append(f"  unchanged  {_captures(found.unchanged)} of articles")
    if found.rekeyed:
        lines.append(f"  renamed    {_captures(found.rekeyed)} would get another reference today, and keep theirs")
    if found.versions[0] != found.versions[1]:
        lines.append(f"  versions   {found.versions[0]:,} before, {found.versions[1]:,} now")
    lines += _texts(found.texts, dry_run=dry_run)
    for name, number in found.fields.articles.most_common():
        lines.append(f"  {name} changed on {_articles(number)}, such as")
        lines += [line for example in found.fields.examples[name] for line in _example(example)]
    lines += _unreadable(found.unreadable)
    return printable("\n".join(lines), newlines=True)


def made(found: Made, name: str) -> str:
    """What came of an archive that was made again."""
    lines = [
        f"made {name} from {_captures(found.captures)} in {found.files:,} WARC files in {found.seconds:.1f} s: "
        f"{found.crawls:,} crawls"
        + (f", {found.made_before:,} more an earlier call had made" if found.made_before else "")
    ]
    lines += [
        f"  {held.portal}: {_articles(held.articles)}, {held.versions:,} versions, {held.images:,} images "
        f"({held.images_missing:,} missing)"
        for held in found.holdings
    ]
    if found.texts:
        lines.append(f"  what was derived of {_files(found.texts)} is taken from the WARCs")
    lines += _unreadable(found.unreadable)
    return printable("\n".join(lines), newlines=True)


def _texts(counts: Mapping[str, int], *, dry_run: bool) -> Iterator[str]:
    """What came of files of which nothing had been derived."""
    if kept := counts["kept"]:
        yield f"  texts      of {_files(kept)}, which {'would be' if dry_run else 'are'} kept now"
    if none := counts["none"]:
        yield f"  no text    in {_files(none)}"
    if left := counts["left"]:
        yield f"  left       {_files(left)}: {pdf_text.MISSING}"


def _unreadable(records: Iterable[Unreadable]) -> Iterator[str]:
    """The first of what could not be read back, and how many more there are; `--json` has all."""
    for number, record in enumerate(records):
        if number == _UNREADABLE:
            yield "  unreadable more than these: --json names all"
            return
        where = f" at {record.offset:,}" if record.offset is not None else ""
        about = f" ({record.url})" if record.url else ""
        yield f"  unreadable {record.warc}{where}{about}: {record.fault}"


def _example(example: Example) -> Iterator[str]:
    yield f"      {example.ref}"
    yield f"        was  {example.was}"
    yield f"        is   {example.now}"


def _articles(number: int) -> str:
    return "1 article" if number == 1 else f"{number:,} articles"


def _files(number: int) -> str:
    return "1 file" if number == 1 else f"{number:,} files"


def _captures(number: int) -> str:
    return "1 capture" if number == 1 else f"{number:,} captures"
