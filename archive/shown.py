"""What was found and what is held, as people read it on a terminal, and as programs read it line by line."""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from archive import query
from archive.export.jsonl import line
from archive.fold import clean, fold
from archive.holdings import Holding
from archive.owner import Visit
from archive.query import Selection
from archive.records import Attachment, Kept, Missing, Version
from archive.search import Count, Hit, Result
from archive.sign_words import said
from archive.terminal import day, marked, printable, size, table
from archive.vietnam import NOTE, clock

if TYPE_CHECKING:  # only some commands need them, and one of them gzip libraries
    from archive.account import Account
    from archive.fixity import Finding
    from archive.last_good import LastGood

_BEGINNING = 60
"""So many letters of a file's text are shown."""

_ENDED = {"killed": "cut short"}
_TIER = {"exact": "as typed", "mixed": "with marks where none were typed", "folded": "with other marks"}


def hits_json(hits: Iterable[Hit]) -> Iterator[str]:
    """Each hit as a JSON object."""
    return (line(hit.to_json()) for hit in hits)


def hits(hits: Iterable[Hit]) -> Iterator[str]:
    """Each hit in a few lines, with a border where marks begin to differ from what was typed."""
    tier: str | None = "exact"
    for hit in hits:
        if hit.tier not in {None, tier}:
            yield f"-- {_TIER[hit.tier or '']} --\n"
            tier = hit.tier
        yield _hit(hit) + "\n"


def kwic_json(hits: Iterable[Hit]) -> Iterator[str]:
    """Every match of every hit as a JSON object."""
    for hit in hits:
        article = hit.kept.article
        for found in hit.lines():
            facts = {"ref": article.ref, "url": article.url, "published": article.published, "tier": hit.tier}
            context = {"in": found.within, "left": found.left, "match": found.match, "right": found.right}
            yield line(facts | context)


def kwic(hits: Iterable[Hit], *, width: int) -> Iterator[str]:
    """Every match of every hit on a line, the matches under each other; `width` is that of the longest reference."""
    for hit in hits:
        ref = printable(hit.kept.article.ref or "").ljust(width)
        for found in hit.lines():
            match = click.style(printable(found.match), bold=True, fg="yellow")
            yield f"{ref}  {printable(found.left):>40}{match}{printable(found.right)}"


def facet_json(name: str, counts: Sequence[Count]) -> Iterator[str]:
    """Each count of a facet as a JSON object."""
    return (line({"facet": name, "value": count.name, "articles": count.articles}) for count in counts)


def facet(name: str, counts: Sequence[Count]) -> Iterator[str]:
    """The counts of a facet as one table."""
    if counts:
        rows = [(f"  {printable(count.name or 'none')}", f"{count.articles:,}") for count in counts]
        yield f"by {name}\n{table(rows, right=frozenset({1}))}\n"


def summary(result: Result, selection: Selection) -> str:
    """How much was found in how many articles, and what to try when it was nothing."""
    if not result.total:
        return f"nothing found in {articles(result.searched)}. {_advice(selection)}"
    tiers = ", ".join(f"{count.articles:,} {_TIER[count.name or '']}" for count in result.tiers if count.articles)
    shown = len(result.found)
    more = f"; the first {shown:,} are shown, --limit shows more" if 0 < shown < result.total else ""
    found = articles(result.total) + (f" ({tiers})" if tiers else "")
    return f"found {found} among {result.searched:,} searched{_varied(result)}{more}"


def articles(number: int) -> str:
    """A number of articles."""
    return f"{number:,} article" + ("" if number == 1 else "s")


def article(kept: Kept, versions: Sequence[Version], missing: Missing | None) -> str:
    """An article to be read: title, facts, text, images, versions."""
    read = kept.article
    facts = [
        ("ref", read.ref),
        (
            "published",
            f"{day(read.published)}" + (f" (printed: {read.published_raw})" if read.published_raw else ""),
        ),
        ("section", read.section),
        ("byline", read.byline),
        ("source", read.source),
        ("url", read.url),
        ("captured", f"{clock(kept.capture.time)} (Vietnam), {kept.capture.warc} at {kept.capture.offset}"),
        ("version", f"{kept.version.n} of {kept.versions}, {kept.version.content_digest}"),
        ("last seen", _missing(missing) if missing else None),
    ]
    parts = [
        click.style(printable(read.title), bold=True),
        table([(name, printable(value)) for name, value in facts if value]),
    ]
    parts += [printable(read.lead)] if read.lead else []
    for block in read.blocks:
        if block.image is not None and block.image < len(read.images):
            parts.append(_image(kept, block.image))
        elif block.src:
            parts.append(f"[video] {printable(block.caption or 'no caption')}\n        <{printable(block.src)}>")
        elif block.text:
            text = printable(block.text, newlines=True)
            parts.append("\n".join(f"- {item}" for item in text.split("\n")) if block.kind == "list" else text)
    placed = {block.image for block in read.blocks}
    parts += [_image(kept, at) for at in range(len(read.images)) if at not in placed]
    for attachment in read.attachments:
        parts.append(
            f"[file] {printable(attachment.label or '')} {_fate(kept, attachment.href)}{_text(kept, attachment)}"
        )
    if kept.versions > 1:
        parts.append(_versions(read.ref or "", versions))
    return "\n\n".join(parts)


def status(holdings: tuple[Holding, ...]) -> str:
    """The holdings as a table, one portal a line; when the next crawl is due only where one is."""
    head = ["portal", "articles", "versions", "images", "missing", "captures", "crawls", "on disk", "last crawl"]
    planned = any(holding.next_run for holding in holdings)
    rows = [
        (
            printable(holding.portal),
            *(
                f"{number:,}"
                for number in (
                    holding.articles,
                    holding.versions,
                    holding.images,
                    holding.images_missing,
                    holding.captures,
                    holding.crawls,
                )
            ),
            size(holding.bytes),
            *([clock(holding.next_run) if holding.next_run else "none"] if planned else []),
            _last_crawl(holding),
        )
        for holding in holdings
    ]
    head[-1:-1] = ["next crawl"] if planned else []
    signs = [
        f"{holding.portal} is {'gone' if holding.fate == 'gone' else 'dying'}: {said(sign)}, since {clock(sign.first)}"
        for holding in holdings
        for sign in holding.signs
        if sign.is_firm
    ]
    return "\n".join([table([head, *rows], right=frozenset(range(1, 8))), *map(printable, signs), NOTE])


def account(found: "Account") -> str:
    """What one crawl came to."""
    ended = clock(found.finished) if found.finished else "not yet"
    rows = [
        ("outcome", _ENDED.get(found.status, found.status) + (f": {found.reason}" if found.reason else "")),
        ("from", clock(found.started)),
        ("to", ended),
        ("requests", f"{found.requests:,} answered, {size(found.bytes)}, {found.pages:,} pages"),
        ("articles", f"{found.articles:,}: {found.new:,} new, {found.changed:,} changed"),
        ("absent", f"{found.absent:,}, of which {found.gone:,} are gone since"),
        ("images", f"{found.images:,} kept"),
        ("missing", _counts(found.missing)),
        ("errors", _counts(found.errors)),
        ("waiting", f"{found.waiting:,}"),
        ("complete", found.completeness.verdict if found.completeness else "not told"),
        *(("", reason) for reason in (found.completeness.reasons if found.completeness else ())),
        ("fallen", ", ".join(found.coverage.fallen) or "none"),
        *(("sign", f"{said(sign)}, since {clock(sign.first)}") for sign in found.signs),
        *((("saved", _last_good(found.last_good)),) if found.fate != "well" else ()),
        *(("evidence", f"{warc.name} {warc.sha256 or 'not closed yet'}") for warc in found.warcs),
    ]
    fate = "" if found.fate == "well" else f", which is {found.fate}"
    head = printable(f"crawl {found.crawl} of {found.portal}{fate}")
    return f"{head}\n" + table([(f"  {name}", printable(value)) for name, value in rows]) + f"\n  {NOTE}"


def _last_good(found: "LastGood | None") -> str:
    """What can be had of a portal that is gone."""
    if found is None:
        return "none: no crawl of it ever came to its end with articles"
    estimate = found.completeness.verdict if found.completeness else "not told"
    return (
        f"crawl {found.crawl}, {clock(found.finished)}: {found.articles:,} articles held, {estimate}; "
        f"images and files missing: {_counts(found.missing)}; addresses waiting: {found.waiting:,}"
    )


def visits(found: Iterable[Visit]) -> Iterator[str]:
    """Each crawl as its portal's owner may see it, then by which clock."""
    yield from (_visit(each) + "\n" for each in found)
    yield NOTE


def _visit(found: Visit) -> str:
    ended = f"crawl {found.crawl} of {printable(found.portal)}: {_ENDED.get(found.status, found.status)}"
    rows = [
        ("by", f"{printable(found.user_agent)}, contact {printable(found.contact or 'nobody, on one machine only')}"),
        ("from", clock(found.first) if found.first else "nothing was answered"),
        ("to", clock(found.last) if found.last else "nothing was answered"),
        ("requests", f"{found.requests:,} answered, {size(found.bytes)}"),
        ("a minute", f"{found.a_minute:,.1f}, at most {found.most_a_minute:,}"),
        ("pause", f"{found.delay} s after each answer" if found.delay else "not kept"),
        ("hosts", _counts(found.hosts)),
        ("errors", _counts(found.errors)),
        ("hours", _counts({f"{hour:02}": count for hour, count in found.hours.items()}) + ""),
        *(
            ("robots", f"{printable(robots.url)}: HTTP {robots.status}, {size(robots.bytes)}, {clock(robots.time)}")
            for robots in found.robots
        ),
    ]
    if (estimate := found.completeness) is not None:
        rows += [("articles", f"{estimate.articles:,} kept, {estimate.verdict}")]
        rows += [("", printable(reason)) for reason in estimate.reasons]
    head = ended + (f" ({printable(found.reason)})" if found.reason else "")
    return "\n".join([head, *(f"  {name:<9}  {value}" for name, value in rows)])


def _counts(counts: Mapping[str, int]) -> str:
    """Names with their numbers on a line."""
    return ", ".join(f"{printable(name)}: {count:,}" for name, count in counts.items()) or "none"


def finding_json(finding: "Finding") -> str:
    """What a check found as a JSON object."""
    return line({"object": finding.object, "offset": finding.offset, "url": finding.url, "fault": finding.fault})


def finding(finding: "Finding") -> str:
    """What a check found, on a line."""
    where = finding.object if finding.offset is None else f"{finding.object} at {finding.offset}"
    return printable(f"{where}: {finding.fault}" + (f" ({finding.url})" if finding.url else ""))


def checked(warcs: int, *, quick: bool, faults: int, left_open: int) -> str:
    """What a check went through, and what came of it."""
    found = [f"{faults:,} fault" + ("" if faults == 1 else "s")] if faults else []
    if left_open:
        found.append(f"{left_open:,} WARC{'' if left_open == 1 else 's'} left open by a crawl that was cut short")
    what = "their manifests" if quick else "every record"
    return f"checked {warcs:,} WARC files against {what}, and the database: {' and '.join(found) or 'no fault'}"


def _advice(selection: Selection) -> str:
    """What to try when nothing was found."""
    if selection.query.strip() and not query.asked(selection):
        return "Type at least one letter or digit"
    if narrowing := _narrowing(selection):
        return f"Try without {' or '.join(narrowing)}"
    if selection.exact:
        return "Try without --exact, or with --folded"
    if any(mark in selection.query for mark in '"“”'):
        return "Try without the quotation marks"
    spelling = shlex.quote(" ".join(fold(clean(selection.query)).split()[:8]))
    return printable(f"Try fewer words or another spelling, such as: kyson search --folded {spelling}")


def _narrowing(selection: Selection) -> list[str]:
    """The options that were used to leave articles out."""
    used = {
        "--since": selection.since,
        "--until": selection.until,
        "--portal": selection.portal,
        "--section": selection.section,
        "--in": selection.within != query.FIELDS,
        "--no-variants": not selection.variants,
    }
    return [option for option, given in used.items() if given]


def _varied(result: Result) -> str:
    """How much other spellings with i or y brought in."""
    if result.variants is None or not result.variants.articles:
        return ""
    spellings = ", ".join(f"{other} for {typed}" for typed, other in result.variants.spellings)
    return f", {result.variants.articles:,} of them by another spelling ({spellings}; --no-variants leaves that out)"


def _hit(hit: Hit) -> str:
    """A hit in three or four lines."""
    article, snippet = hit.kept.article, hit.snippet
    title = [(start, end) for name, start, end in hit.matches if name == "title"]
    facts = [day(article.published), article.section or "", article.portal or ""]
    if hit.kept.versions > 1:
        facts.append(f"{hit.kept.versions} versions")
    lines = [
        click.style(printable(article.ref or ""), fg="cyan") + "  " + marked(hit.texts.title, title),
        "    " + printable(" · ".join(fact for fact in facts if fact)),
    ]
    if snippet.text and snippet.within != "title":
        label = "[caption] " if snippet.within == "caption" else ""
        lines.append("    " + label + marked(snippet.text, snippet.matches))
    if article.url:
        lines.append("    " + printable(article.url))
    return "\n".join(lines)


def _image(kept: Kept, at: int) -> str:
    image = kept.article.images[at]
    return f"[image] {printable(image.caption or 'no caption')}\n        {_fate(kept, image.src)}"


def _fate(kept: Kept, address: str) -> str:
    """An address, and why its bytes are not here."""
    embed = kept.embeds.get(address)
    if embed is None:
        return printable(f"<{address}> (not asked for)")
    reason = f", {embed.reason}" if embed.reason else ""
    return printable(f"<{address}>" + (f" ({embed.status}{reason})" if embed.status != "ok" or reason else ""))


def _text(kept: Kept, attachment: Attachment) -> str:
    """Whether the text of a file is kept, on a line of its own; empty when nothing was derived of it."""
    embed = kept.embeds.get(attachment.href)
    if embed is None or (embed.text is None and embed.text_reason is None):
        return ""
    if embed.text is None:
        return f"\n       no text is kept: {printable(embed.text_reason or '')}"
    return f"\n       its text is kept: {len(embed.text):,} letters, {printable(_beginning(embed.text))}"


def _beginning(text: str) -> str:
    """The first words of a text, in quotation marks."""
    words = text[:_BEGINNING].replace("\n", " ")
    return f"“{words}{'…' if len(text) > _BEGINNING else ''}”"


def _missing(missing: Missing) -> str:
    days = f"{missing.days} day" + ("" if missing.days == 1 else "s")
    what = "gone" if missing.is_gone else "not there"
    return f"{clock(missing.last_seen)}; {what} since {clock(missing.since)} ({missing.reason}; found on {days})"


def _versions(ref: str, versions: Sequence[Version]) -> str:
    """Every version, with the reference that stays valid."""
    rows = [
        (f"  {version.n}", clock(version.since), clock(version.until), f"{ref}@{version.until:%Y%m%d%H%M%S}")
        for version in versions
    ]
    return "versions\n" + printable(table([("", "first seen (Vietnam)", "last seen", ""), *rows]), newlines=True)


def _last_crawl(holding: Holding) -> str:
    crawl = holding.last_crawl
    if crawl is None:
        return "none"
    reason = f" ({printable(crawl.reason)})" if crawl.reason else ""
    return f"{clock(crawl.started)} {_ENDED.get(crawl.status, crawl.status)}{reason}"
