"""The account of a crawl as a page to read and to print, in Vietnamese or English; nothing in it is active."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from html import escape

from archive.account import Account
from archive.completeness import Completeness
from archive.last_good import LastGood
from archive.sign_words import said
from archive.signs import Sign
from archive.terminal import printable, size
from archive.vietnam import clock

LANGUAGES = ("vi", "en")

_WORDS = {
    "en": {
        "title": "Crawl {crawl} of {name}",
        "status": "Outcome", "finished": "finished", "failed": "failed", "stopped": "stopped", "killed": "cut short",
        "running": "still running", "reason": "Reason", "operator": "Contact", "started": "Began", "ended": "Ended", "time": "{} (Vietnam)",
        "took": "Took", "requests": "Requests answered", "bytes": "Bytes received", "pages": "Pages", "articles": "Articles read",
        "new": "New articles", "changed": "Changed articles", "absent": "Articles not found at their addresses", "gone": "Articles gone for good since",
        "images": "Images kept", "waiting": "Addresses left for the next crawl", "figures": "Figures",
        "errors": "Pages that did not come", "missing": "Images and files that did not come", "none": "None.",
        "coverage": "What was found on the articles", "field": "Field", "share": "Share", "usual": "Usually", "fallen": "fallen",
        "stamped": "Dates that suspiciously many articles share", "repeated": "Titles and leads that suspiciously many articles share",
        "warcs": "Evidence", "file": "File", "records": "Records", "open": "not closed yet", "minutes": "{:.1f} min",
        "dying": "This portal is dying", "gone.portal": "This portal is gone", "sign": "Sign", "since": "First seen", "last": "Last seen", "evidence": "Seen in",
        "good": "The last good crawl, and what it lacked", "good.none": "No crawl of it ever came to its end with articles.", "crawl": "Crawl",
        "complete": "Completeness", "held": "Articles held in all", "lacks": "Articles that may lack", "lacks.range": "{} to {}", "lacks.least": "at least {}", "lacks.unknown": "nobody can say",
        "lacks.why": "Why", "lost": "Images and files that never came", "hastened": "Full crawl asked for as run",
        "f.title": "Title", "f.text": "Text", "f.published": "Date", "f.lead": "Lead", "f.byline": "Byline", "f.source": "Source",
        "f.section": "Section", "f.images": "Images", "f.captions": "Captions", "f.attachments": "Files",
    },
    "vi": {
        "title": "Lượt thu thập {crawl}: {name}",
        "status": "Kết quả", "finished": "hoàn tất", "failed": "thất bại", "stopped": "bị dừng", "killed": "bị ngắt giữa chừng",
        "running": "đang chạy", "reason": "Lý do", "operator": "Liên hệ", "started": "Bắt đầu", "ended": "Kết thúc", "time": "{} (giờ Việt Nam)",
        "took": "Thời gian", "requests": "Yêu cầu được trả lời", "bytes": "Dung lượng nhận", "pages": "Trang", "articles": "Bài đọc được",
        "new": "Bài mới", "changed": "Bài thay đổi", "absent": "Bài không còn ở địa chỉ cũ", "gone": "Bài nay coi là đã mất",
        "images": "Ảnh giữ được", "waiting": "Địa chỉ để lại cho lượt sau", "figures": "Số liệu",
        "errors": "Trang không lấy được", "missing": "Ảnh và tệp không lấy được", "none": "Không có.",
        "coverage": "Những gì tìm thấy trên các bài", "field": "Trường", "share": "Tỉ lệ", "usual": "Thường lệ", "fallen": "tụt",
        "stamped": "Ngày đăng trùng nhau một cách đáng ngờ", "repeated": "Tiêu đề, sa-pô trùng nhau một cách đáng ngờ",
        "warcs": "Chứng cứ", "file": "Tệp", "records": "Bản ghi", "open": "chưa đóng", "minutes": "{:.1f} phút",
        "dying": "Cổng này sắp ngừng", "gone.portal": "Cổng này đã mất", "sign": "Dấu hiệu", "since": "Thấy lần đầu", "last": "Thấy lần cuối", "evidence": "Thấy ở",
        "good": "Lượt thu thập tốt gần nhất, và những gì còn thiếu", "good.none": "Chưa lượt nào hoàn tất mà có bài.", "crawl": "Lượt",
        "complete": "Mức đầy đủ", "held": "Tổng số bài đang giữ", "lacks": "Số bài có thể còn thiếu", "lacks.range": "từ {} đến {}", "lacks.least": "ít nhất {}", "lacks.unknown": "không thể biết",
        "lacks.why": "Vì sao", "lost": "Ảnh và tệp chưa bao giờ lấy được", "hastened": "Đã xếp lượt thu thập toàn bộ số",
        "f.title": "Tiêu đề", "f.text": "Nội dung", "f.published": "Ngày đăng", "f.lead": "Sa-pô", "f.byline": "Tác giả", "f.source": "Nguồn",
        "f.section": "Chuyên mục", "f.images": "Ảnh", "f.captions": "Chú thích ảnh", "f.attachments": "Tệp đính kèm",
    },
}  # fmt: skip
_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}table{border-collapse:collapse;margin:.5em 0 1.5em}"
    "th,td{text-align:left;padding:.2em 1em .2em 0;border-bottom:1px solid #ccc;vertical-align:top}"
    "code{font-size:.8em;overflow-wrap:anywhere}.bad{color:#a00}"
)


def page(account: Account, language: str) -> str:
    """The account as HTML, whole by itself; `language` is one of `LANGUAGES`."""
    words = _WORDS[language]
    title = words["title"].format(crawl=account.crawl, name=account.name)
    parts = [
        f"<h1>{_text(title)}</h1>",
        *_dying(account, words, language),
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


def _facts(account: Account, words: Mapping[str, str]) -> list[tuple[str, ...]]:
    rows = [(words["status"], _text(words[account.status]))]
    rows += [(words["reason"], _text(account.reason))] if account.reason else []
    rows += [(words["operator"], _text(account.operator))] if account.operator else []
    ended = _clock(account.finished, words) if account.finished else words["running"]
    rows += [(words["started"], _clock(account.started, words)), (words["ended"], ended)]
    if account.seconds is not None:
        rows.append((words["took"], words["minutes"].format(account.seconds / 60)))
    return list(rows)


def _dying(account: Account, words: Mapping[str, str], language: str) -> Iterable[str]:
    """What tells that the portal is dying or gone, and what is held of it; nothing where it is well."""
    if account.fate == "well":
        return
    is_gone = account.fate == "gone"
    yield f'<h2 class="bad">{words["gone.portal" if is_gone else "dying"]}</h2>'
    head = [words[name] for name in ("sign", "since", "last", "evidence", "hastened")]
    yield _table(head, [_sign(sign, words, language) for sign in account.signs])
    yield f"<h2>{words['good']}</h2>"
    yield _last_good(account.last_good, words) if account.last_good else f"<p>{words['good.none']}</p>"


def _sign(sign: Sign, words: Mapping[str, str], language: str) -> tuple[str, ...]:
    place = f"<code>{_text(f'{sign.url} {sign.warc} {sign.offset}')}</code>" if sign.warc else ""
    run = "" if sign.run is None else str(sign.run)
    return _text(said(sign, language)), _clock(sign.first, words), _clock(sign.last, words), place, run


def _last_good(good: LastGood, words: Mapping[str, str]) -> str:
    rows = [(words["crawl"], str(good.crawl)), (words["ended"], _clock(good.finished, words))]
    rows.append((words["held"], f"{good.articles:,}"))
    rows += _lacking(good.completeness, words)
    rows.append((words["waiting"], f"{good.waiting:,}"))
    return _table([], rows) + "\n" + _counted(words["lost"], good.missing, words)


def _complete(account: Account, words: Mapping[str, str]) -> str:
    held = [(words["held"], f"{account.completeness.articles:,}")] if account.completeness else []
    return _table([], [*held, *_lacking(account.completeness, words)])


def _lacking(estimate: Completeness | None, words: Mapping[str, str]) -> list[tuple[str, str]]:
    """How much may lack, and why that is thought."""
    reasons = estimate.reasons if estimate else ()
    return [(words["lacks"], _lacks(estimate, words)), *((words["lacks.why"], _text(reason)) for reason in reasons)]


def _lacks(estimate: Completeness | None, words: Mapping[str, str]) -> str:
    if estimate is None or (estimate.most is None and not estimate.least):
        return words["lacks.unknown"]
    if estimate.most is None:
        return words["lacks.least"].format(f"{estimate.least:,}")
    if estimate.least == estimate.most:
        return f"{estimate.most:,}"
    return words["lacks.range"].format(f"{estimate.least:,}", f"{estimate.most:,}")


def _clock(time: datetime, words: Mapping[str, str]) -> str:
    return words["time"].format(clock(time))


def _figures(account: Account, words: Mapping[str, str]) -> list[tuple[str, ...]]:
    numbers = ("requests", "pages", "articles", "new", "changed", "absent", "gone", "images", "waiting")
    rows = [(words[name], f"{getattr(account, name):,}") for name in numbers]
    rows.insert(1, (words["bytes"], size(account.bytes)))
    return list(rows)


def _counted(heading: str, counts: Mapping[str, int], words: Mapping[str, str]) -> str:
    rows = [(_text(reason), f"{count:,}") for reason, count in counts.items()]
    return f"<h2>{heading}</h2>\n" + (_table([], rows) if rows else f"<p>{words['none']}</p>")


def _coverage(account: Account, words: Mapping[str, str]) -> str:
    rows = []
    for name, share in account.coverage.shares.items():
        usual = "" if share.usual is None else f"{share.usual:.0%}"
        fallen = f' <span class="bad">{words["fallen"]}</span>' if share.has_fallen else ""
        rows.append((words[f"f.{name}"], f"{share.share:.0%} ({share.found:,}/{share.total:,}){fallen}", usual))
    return _table([words["field"], words["share"], words["usual"]], rows) if rows else f"<p>{words['none']}</p>"


def _suspicious(account: Account, words: Mapping[str, str]) -> Iterable[str]:
    found = account.coverage
    if found.stamps:
        yield _counted(words["stamped"], {stamp.published: stamp.articles for stamp in found.stamps}, words)
    if found.repeats:
        yield _counted(words["repeated"], {repeat.text: repeat.articles for repeat in found.repeats}, words)


def _warcs(account: Account, words: Mapping[str, str]) -> str:
    rows = [
        (
            f"<code>{_text(warc.name)}</code>",
            size(warc.bytes) if warc.bytes is not None else words["open"],
            f"{warc.records:,}" if warc.records is not None else "",
            f"<code>{_text(warc.sha256 or '')}</code>",
        )
        for warc in account.warcs
    ]
    head = [words["file"], words["bytes"], words["records"], "SHA-256"]
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
