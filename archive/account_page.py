"""The account of a crawl as a page to read and to print, in Vietnamese or English; nothing in it is active."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from archive.account import Account
from archive.account_words import Words
from archive.completeness import Completeness
from archive.last_good import LastGood
from archive.sign_words import said
from archive.signs import Sign
from archive.terminal import printable

_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}table{border-collapse:collapse;margin:.5em 0 1.5em}"
    "th,td{text-align:left;padding:.2em 1em .2em 0;border-bottom:1px solid #ccc;vertical-align:top}"
    "code{font-size:.8em;overflow-wrap:anywhere}.bad{color:#a00}"
)


def page(account: Account, language: str) -> str:
    """The account as HTML, whole by itself; `language` is one of `archive.languages.LANGUAGES`."""
    words = Words(language)
    title = words["title"].format(crawl=account.crawl, name=account.name)
    parts = [
        f"<h1>{_text(title)}</h1>",
        *_dying(account, words),
        _table([], _facts(account, words)),
        f"<h2>{words['figures']}</h2>",
        _table([], _figures(account, words)),
        _counted(words["errors"], account.errors, words),
        _counted(words["missing"], account.missing, words),
        f"<h2>{words['complete']}</h2>",
        _complete(account, words),
        f"<h2>{words['coverage']}</h2>",
        _coverage(account, words),
        *_suspicious(account, words),
        f"<h2>{words['warcs']}</h2>",
        _warcs(account, words),
    ]
    body = "\n".join(parts)
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{_text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _facts(account: Account, words: Words) -> list[tuple[str, ...]]:
    rows = [(words["status"], _text(words[account.status]))]
    rows += [(words["reason"], _text(words.reason(account.reason)))] if account.reason else []
    rows += [(words["operator"], _text(account.operator))] if account.operator else []
    ended = words.clock(account.finished) if account.finished else words["running"]
    rows += [(words["started"], words.clock(account.started)), (words["ended"], ended)]
    if account.seconds is not None:
        rows.append((words["took"], words["minutes"].format(words.number(account.seconds / 60, ".1f"))))
    return list(rows)


def _dying(account: Account, words: Words) -> Iterable[str]:
    """What tells that the portal is dying or gone, and what is held of it; nothing where it is well."""
    if account.fate == "well":
        return
    is_gone = account.fate == "gone"
    yield f'<h2 class="bad">{words["gone.portal" if is_gone else "dying"]}</h2>'
    head = [words[name] for name in ("sign", "since", "last", "evidence", "hastened")]
    yield _table(head, [_sign(sign, words) for sign in account.signs])
    yield f"<h2>{words['good']}</h2>"
    yield _last_good(account.last_good, words) if account.last_good else f"<p>{words['good.none']}</p>"


def _sign(sign: Sign, words: Words) -> tuple[str, ...]:
    place = f"<code>{_text(f'{sign.url} {sign.warc} {sign.offset}')}</code>" if sign.warc else ""
    run = "" if sign.run is None else str(sign.run)
    return _text(said(sign, words.language)), words.clock(sign.first), words.clock(sign.last), place, run


def _last_good(good: LastGood, words: Words) -> str:
    rows = [(words["crawl"], str(good.crawl)), (words["ended"], words.clock(good.finished))]
    rows.append((words["held"], words.number(good.articles)))
    rows += _lacking(good.completeness, words)
    rows.append((words["waiting"], words.number(good.waiting)))
    return _table([], rows) + "\n" + _counted(words["lost"], good.missing, words)


def _complete(account: Account, words: Words) -> str:
    held = [(words["held"], words.number(account.completeness.articles))] if account.completeness else []
    return _table([], [*held, *_lacking(account.completeness, words)])


def _lacking(estimate: Completeness | None, words: Words) -> list[tuple[str, str]]:
    """How much may lack, and why that is thought."""
    reasons = estimate.reasons if estimate else ()
    return [
        (words["lacks"], _lacks(estimate, words)),
        *((words["lacks.why"], _text(words.reason(reason))) for reason in reasons),
    ]


def _lacks(estimate: Completeness | None, words: Words) -> str:
    if estimate is None or (estimate.most is None and not estimate.least):
        return words["lacks.unknown"]
    if estimate.most is None:
        return words["lacks.least"].format(words.number(estimate.least))
    if estimate.least == estimate.most:
        return words.number(estimate.most)
    return words["lacks.range"].format(words.number(estimate.least), words.number(estimate.most))


def _figures(account: Account, words: Words) -> list[tuple[str, ...]]:
    numbers = ("requests", "pages", "articles", "new", "changed", "absent", "gone", "images", "waiting")
    rows = [(words[name], words.number(getattr(account, name))) for name in numbers]
    rows.insert(1, (words["bytes"], words.size(account.bytes)))
    return list(rows)


def _counted(heading: str, reasons: Mapping[str, int], words: Words) -> str:
    return _shared(heading, {words.reason(reason): count for reason, count in reasons.items()}, words)


def _shared(heading: str, counts: Mapping[str, int], words: Words) -> str:
    rows = [(_text(what), words.number(count)) for what, count in counts.items()]
    return f"<h2>{heading}</h2>\n" + (_table([], rows) if rows else f"<p>{words['none']}</p>")


def _coverage(account: Account, words: Words) -> str:
    rows = []
    for name, share in account.coverage.shares.items():
        usual = "" if share.usual is None else f"{share.usual:.0%}"
        fallen = f' <span class="bad">{words["fallen"]}</span>' if share.has_fallen else ""
        rows.append(
            (
                words.field(name),
                f"{share.share:.0%} ({words.number(share.found)}/{words.number(share.total)}){fallen}",
                usual,
            )
        )
    return _table([words["field"], words["share"], words["usual"]], rows) if rows else f"<p>{words['none']}</p>"


def _suspicious(account: Account, words: Words) -> Iterable[str]:
    found = account.coverage
    if found.stamps:
        yield _shared(words["stamped"], {words.day(stamp.published): stamp.articles for stamp in found.stamps}, words)
    if found.repeats:
        yield _shared(words["repeated"], {repeat.text: repeat.articles for repeat in found.repeats}, words)


def _warcs(account: Account, words: Words) -> str:
    rows = [
        (
            f"<code>{_text(warc.name)}</code>",
            words.size(warc.bytes) if warc.bytes is not None else words["open"],
            words.number(warc.records) if warc.records is not None else "",
            f"<code>{_text(warc.sha256 or '')}</code>",
        )
        for warc in account.warcs
    ]
    head = [words["file"], words["size"], words["records"], "SHA-256"]
    return _table(head, rows) if rows else f"<p>{words['none']}</p>"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are markup already; the first of each row is its heading."""
    top = ["<tr>" + "".join(f"<th>{cell}</th>" for cell in head) + "</tr>"] if head else []
    lines = [
        f"<tr><th>{first}</th>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>" for first, *cells in rows
    ]
    return "<table>\n" + "\n".join([*top, *lines]) + "\n</table>"


def _text(text: str) -> str:
    """Crawled text as nothing but text."""
    return escape(printable(text))
