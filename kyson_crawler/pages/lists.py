"""Lists of articles and of documents ("văn bản"): what each entry shows of what it leads to.

By structure: a list is a run of siblings of one kind, each of which leads to one place and shows a long name or a date
for it. Names that a CMS gives to its entries help where one entry alone makes no run.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice, takewhile
from statistics import median
from typing import cast
from urllib.parse import urlsplit

from attrs import evolve, frozen
from lxml.etree import _Element as Element

from kyson_crawler.items import AttachmentItem
from kyson_crawler.normalise import dates
from kyson_crawler.normalise.attachments import is_file
from kyson_crawler.normalise.text import clean
from kyson_crawler.pages.document import Document, text
from kyson_crawler.pages.lines import Line, lines
from kyson_crawler.pages.runs import runs

_MOST_BEHIND = 3
_LONGER_THAN_MENUS = 40
_ELSEWHERE = 0.1
_MORE_THAN_NAME = 40
_IMAGE = re.compile(r"\.(?:jpe?g|jfif|png|gif|webp|bmp)$", re.IGNORECASE)
_PROSE = 30
_MORE = re.compile(
    r"\W*(?:(?:xem|đọc)\s+(?:thêm|tiếp|chi\s+tiết)|chi\s+tiết|tải\s+(?:về|xuống)|read\s+more|more|download)\W*",
    re.IGNORECASE,
)
_CONTINUED = re.compile(
    r"^\W*(?:các\s+)?(?:tin|bài|bài\s+viết|văn\s+bản)\s+(?:khác|đã\s+đưa|cũ\s+hơn|tiếp\s+theo)\W*$", re.IGNORECASE
)
_TURN = re.compile(
    r"\W*(?:(?:trang\s+)?(?:đầu|cuối|trước|sau|tiếp(?:\s+theo)?|first|last|next|prev(?:ious)?|\d{1,4}))?\W*",
    re.IGNORECASE,
)
_COUNTER = re.compile(r"^\W*(?:lượt\s+xem|đã\s+xem|số\s+lượt|phản\s+hồi|bình\s+luận|xem|tải)\s*:?\s*\d", re.IGNORECASE)
_COUNTER_BEHIND = re.compile(r"\s*[-–|]?\s*(?:lượt\s+xem|số\s+lượt|đã\s+xem|xem\s*:|views?\b)", re.IGNORECASE)
_DATE_BEHIND = re.compile(
    r"\s*[(\[]\s*(?P<date>(?:\d|ngày|thứ|chủ\s+nhật|đăng)[^()\[\]]{6,40})\s*[)\]]\s*$", re.IGNORECASE
)
# 12/QĐ-UBND, 03/2019/NQ-HĐND, 1592/SGTVT-VT, 4622/BGDĐT-CNTT, 08/CT-TTg
_NUMBER = re.compile(
    r"(?:số\s*:?\s*)?(?P<number>\d{1,6}[a-z]?(?:/(?:19|20)\d\d)?\s?/\s?[A-ZĐƯ]{1,8}\d?(?:\s?[-–]\s?[\w&.]{1,12}){0,4})",
    re.IGNORECASE,
)
LABELS = {
    "number": re.compile(r"^(?:số\s*(?:/|và)?\s*(?:ký|kí)\s*hiệu|số\s+hiệu|số\s+văn\s+bản|ký\s+hiệu)\b", re.IGNORECASE),
    "date": re.compile(r"^(?:ngày\s+(?:ban\s+hành|văn\s+bản|ký|đăng)|ban\s+hành|ngày|thời\s+gian)\b", re.IGNORECASE),
    "issuer": re.compile(r"^(?:cơ\s+quan|nơi|đơn\s+vị)\s+(?:ban\s+hành|phát\s+hành)\b", re.IGNORECASE),
    "title": re.compile(r"^(?:trích\s+yếu|tên\s+(?:văn\s+bản|tài\s+liệu)|nội\s+dung|tiêu\s+đề)\b", re.IGNORECASE),
}
"""How the parts of a document are called, above a column or before a value."""


@frozen(kw_only=True)
class ListEntry:
    """One entry of a list, as it shows what it leads to."""

    url: str | None
    """The page of the article or document; None when the list offers only its files."""

    title: str
    date_raw: str | None = None
    """The date as printed in the list, without the brackets around it."""

    date: str | None = None
    """The same date, ISO 8601."""

    lead: str | None = None
    number: str | None = None
    """Of a document, as `12/QĐ-UBND`."""

    issuer: str | None = None
    """Who issued a document."""

    attachments: tuple[AttachmentItem, ...] = ()
    """Files offered in the list itself, with absolute addresses."""


def entries(document: Document, names: tuple[str, ...] = ()) -> tuple[ListEntry, ...]:
    """The entries of a list in its order, each once; empty on a page without a list.

    names: the classes that the CMS of the page gives to an entry, or to the `ul` around all.
    """
    runs = [run for run in _runs(document) if run.is_list]
    main = max(runs, key=lambda run: run.weight(document), default=None)
    if main is None:
        named = [item for name in names for element in document.names.get(name, ()) for item in _items(element)]
        return _once(entry for element in named if (entry := _entry(document, [element], {})))
    return _once(entry for run in runs if run is main or run.continues(main) for entry in run.entries)


@frozen(eq=False)
class _Run:
    """Siblings of one kind, each with what follows it up to the next."""

    parent: Element
    before: Line | None
    """The line of text right before them."""

    entries: tuple[ListEntry, ...]

    @property
    def is_list(self) -> bool:
        """Whether they lead to several places with dates, leads or files, or with names longer than a menu's."""
        places = {entry.url or entry.attachments for entry in self.entries}
        dated = [entry for entry in self.entries if entry.date or entry.number or entry.url is None]
        told = [entry for entry in self.entries if entry.lead or entry in dated]
        if len(told) * 2 > len(self.entries):
            return len(places) >= (2 if dated else 3)
        return len(places) >= 3 and median(len(entry.title) for entry in self.entries) >= _LONGER_THAN_MENUS

    def weight(self, document: Document) -> float:
        """How much it shows: of several lists on a page the one it is for shows most, and of the portal itself."""
        own = urlsplit(document.url or "").hostname
        return sum(
            (min(len(entry.title), 120) + 60 * bool(entry.date) + min(len(entry.lead or ""), 200) / 2)
            * (1 if entry.url is None or urlsplit(entry.url).hostname == own else _ELSEWHERE)
            for entry in _once(self.entries)
        )

    def continues(self, main: "_Run") -> bool:
        """Whether it goes on where the main list of the page ends, under a heading such as "Các tin khác"."""
        around = [main.parent, *takewhile(lambda element: element.tag != "body", main.parent.iterancestors())][:4]
        is_near = any(element in around for element in self.parent.iterancestors()) or self.parent in around
        return is_near and self.before is not None and bool(_CONTINUED.match(self.before.text))


def _runs(document: Document) -> list[_Run]:
    """What the runs of siblings on a page show, in its order."""
    shown = lines(document.root)
    places = {line.element: number for number, line in reversed(list(enumerate(shown)))}
    return [
        _Run(cast("Element", items[0].getparent()), _line_before(items[0], shown, places), found)
        for items in runs(document)
        if (found := tuple(_entries_of(document, items)))
    ]


def _items(named: Element) -> Iterable[Element]:
    return named.iterchildren("li") if named.tag == "ul" else (named,)


def _line_before(item: Element, shown: list[Line], places: dict[Element, int]) -> Line | None:
    """The line of text that stands right before an element."""
    first = next((places[element] for element in item.iter() if element in places), None)
    return shown[first - 1] if first else None


def _entries_of(document: Document, items: list[Element]) -> Iterator[ListEntry]:
    """The entries of a run: each element with what follows it up to the next one, the last with as much as others."""
    wanted = set(items)
    header = _header(items)
    usual = _MOST_BEHIND
    for item in items:
        following = takewhile(lambda element: element not in wanted, item.itersiblings())
        behind = list(islice(following, usual if item is items[-1] else _MOST_BEHIND))
        usual = min(usual, len(behind))
        if entry := _entry(document, [item, *behind], header):
            yield entry


def _entry(document: Document, parts: list[Element], header: dict[int, str]) -> ListEntry | None:
    """What one entry shows; None when it has neither a name nor a place to lead to."""
    links = [
        (link, url) for part in parts for link in part.iter("a") if (url := document.resolve(link.get("href") or ""))
    ]
    pages = [(link, url) for link, url in links if not (is_file(url) or _IMAGE.search(url) or url == document.url)]
    files = {url: text(link) for link, url in links if is_file(url)}
    shown = [line for part in parts for line in lines(part)]
    cells = _cells(parts[0], header) | _labelled(shown)
    link, url = max(pages, key=lambda page: _rank(page[0]), default=(None, None))
    name, behind = _name(link) if link is not None else (None, None)
    if name and any(
        line.linked and name in line.text and len(line.text) > len(name) + _MORE_THAN_NAME for line in shown
    ):
        return None  # a link in running text
    title = cells.get("title") or name or max((line.text for line in shown if not _is_aside(line)), key=len, default="")
    if not title or _TURN.fullmatch(title) or (url is None and not files):
        return None
    raw = cells.get("date") or behind or _printed_date(parts, shown, title)
    raw = clean(_COUNTER_BEHIND.split(raw, maxsplit=1)[0]).strip("()[]| ") if raw else None
    prose = (line.text for line in shown if len(line.text) >= _PROSE and line.is_plain and not _is_aside(line))
    number = cells.get("number") or next((line.text for line in shown if _NUMBER.fullmatch(line.text)), None)
    return ListEntry(
        url=url,
        title=title,
        date_raw=raw,
        date=dates.parse(raw) if raw else None,
        lead=" ".join(
            part for part in prose if title not in part and not _is_label(part) and part not in cells.values()
        )
        or None,
        number=_number(number),
        issuer=cells.get("issuer"),
        attachments=tuple(AttachmentItem(href=href, label=label or None) for href, label in files.items()),
    )


def _rank(link: Element) -> tuple[bool, int]:
    """Of the links of an entry its name is in a heading, or the longest."""
    shown = text(link)
    in_heading = any(
        re.fullmatch(r"h[1-6]", str(element.tag)) for element in (*link.iterancestors(), *link.iterdescendants())
    )
    return in_heading and bool(shown), 0 if _MORE.fullmatch(shown) else len(shown)


def _name(link: Element) -> tuple[str | None, str | None]:
    """The name that a link shows, and a date that is printed in it."""
    shown = text(link)
    raw = next(
        (
            printed
            for inner in link.iterdescendants()
            if dates.is_date_line(printed := text(inner)) and printed != shown
        ),
        None,
    )
    if raw:
        shown = clean(shown.replace(raw, " ", 1))
    elif (behind := _DATE_BEHIND.search(shown)) and dates.is_date_line(behind["date"]):
        raw, shown = behind["date"], shown[: behind.start()]
    if not shown or _MORE.fullmatch(shown):
        image = next(link.iter("img"), None)
        shown = clean(link.get("title") or "") or clean((image.get("alt") if image is not None else "") or "")
    return shown or None, raw


def _printed_date(parts: list[Element], shown: list[Line], title: str) -> str | None:
    """The date that stands in a line, an element or a bracket of its own, or behind the name."""
    rests = (line.text.replace(title, "") for line in shown)
    if found := next((rest for rest in rests if dates.is_date_line(rest)), None):
        return found
    for part in parts:
        for element in part.iter("span", "time", "em", "i", "small", "font", "b"):
            if dates.is_date_line(text(element)):
                return text(element)
            if element.tag == "time" and dates.parse(element.get("datetime") or ""):
                return str(element.get("datetime"))
    behind = (_DATE_BEHIND.search(line.text) for line in shown)
    return next((found["date"] for found in behind if found and dates.is_date_line(found["date"])), None)


def _header(items: list[Element]) -> dict[int, str]:
    """What the columns of a table of documents hold, by their headings; empty for anything else."""
    table = next(items[0].iterancestors("table"), None) if items[0].tag == "tr" else None
    first = next(table.iter("tr"), None) if table is not None else None
    if first is None or first is items[0]:
        return {}
    named = {
        column: name
        for column, cell in enumerate(first.iterchildren("td", "th"))
        for name, label in LABELS.items()
        if label.match(text(cell))
    }
    return named if len(named) > 1 else {}


def _cells(item: Element, header: dict[int, str]) -> dict[str, str]:
    """The cells of a row by what its header says of them."""
    cells = enumerate(item.iterchildren("td", "th")) if header else ()
    return {header[column]: shown for column, cell in cells if column in header and (shown := text(cell))}


def _labelled(shown: list[Line]) -> dict[str, str]:
    """What lines such as "Cơ quan ban hành: UBND huyện" say, or a label and the line behind it."""
    found: dict[str, str] = {}
    for number, line in enumerate(shown):
        label, colon, value = line.text.partition(":")
        for name, pattern in LABELS.items():
            if colon and pattern.fullmatch(label.strip()) and name not in found:
                following = shown[number + 1].text if number + 1 < len(shown) else ""
                found[name] = value.strip() or following
    return {name: value for name, value in found.items() if value}


def _is_label(shown: str) -> bool:
    label, colon, _ = shown.partition(":")
    return bool(colon) and any(pattern.fullmatch(label.strip()) for pattern in LABELS.values())


def _number(shown: str | None) -> str | None:
    """The number of a document in what its column shows."""
    found = _NUMBER.search(shown or "")
    return clean(found["number"]) if found else shown


def _is_aside(line: Line) -> bool:
    """Whether a line of an entry is neither its name nor its lead: a date, a counter, a link to go on."""
    return dates.is_date_line(line.text) or bool(_COUNTER.match(line.text) or _MORE.fullmatch(line.text))


def _once(found: Iterable[ListEntry]) -> tuple[ListEntry, ...]:
    """Entries without those shown before; what an earlier one lacks is taken from the later."""
    known: dict[object, ListEntry] = {}
    for entry in found:
        place = entry.url or entry.attachments
        first = known.setdefault(place, entry)
        if first is not entry:
            if first.date is None:
                first = evolve(first, date=entry.date, date_raw=entry.date_raw)
            known[place] = evolve(first, lead=first.lead or entry.lead, number=first.number or entry.number)
    return tuple(known.values())
