"""What our own code says of a crawl, said in Vietnamese too; what others said stays as it came."""

import itertools
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from click.testing import CliRunner
from lxml import html

from archive import account, account_page, crawls, reason_words
from archive.cli import Session, report_command
from archive.completeness import Completeness
from archive.languages import numbers
from archive.reason_words import reason
from archive.sign_words import said
from archive.signs import Sign
from archive.silence import Silence
from archive.store import Archive
from kyson_crawler import views
from kyson_crawler.pages import document
from tests import reasons
from tests.builders import article, begin, keep, new_archive

_ENGLISH = re.compile(r"\b(?:the|of|were|was|and|to be|for|page|pages|address|crawl|server|minutes)\b")


@pytest.mark.parametrize(("english", "vietnamese"), reason_words._SENTENCES)
def test_every_sentence_is_found_again_with_all_its_facts(english, vietnamese):
    slots = re.findall(r"\{(\w+)\}", english)
    facts = {
        name: {"n": "1,234", "field": "lead", "why": "HTTP 503", "address": "http://x.vn/1"}.get(
            name.rstrip("0123456789"), "x.vn"
        )
        for name in slots
    }
    told = reason(english.format(**facts), "vi")
    assert told == vietnamese.format(
        **{name: {"1,234": "1.234", "lead": "sa-pô"}.get(fact, fact) for name, fact in facts.items()}
    )
    assert reason(english.format(**facts), "en") == english.format(**facts)


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        ("no more pages were to be asked for; 1,056 addresses wait for the next crawl", "đã đủ số trang được phép hỏi; 1.056 địa chỉ chờ lượt sau"),
        ("not one article was read, where 60 are known: robots.txt forbids 3 of 4 pages", "không đọc được bài nào, trong khi đã biết 60 bài: robots.txt cấm 3/4 trang"),
        (
            "the reader finds captions on 3 of 60 articles (5%), where 91% had it; lead on 1 of 60 articles (2%), where 70% had it: the portal seems to have a new design",
            "bộ đọc chỉ còn tìm thấy chú thích ảnh trên 3/60 bài (5%), trước đây là 91%; sa-pô trên 1/60 bài (2%), trước đây là 70%: có vẻ cổng đã đổi giao diện",
        ),
        ("connection refused by 127.0.0.1:1; stopped by hand", "127.0.0.1:1 từ chối kết nối; được dừng bằng tay"),
        ("HTTP 404", "HTTP 404"),
        ("certificate has expired", "certificate has expired"),
        ("nothing stands there: it says “Page of the 1,234”", "không có gì ở đó: trang ghi “Page of the 1,234”"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_reason_is_told_with_its_facts_and_what_others_said_stays(kept, told):
    assert reason(kept, "vi") == told


_FACTS = {
    "addresses.py: _how_to_allow(lookup)": [
        "start from it, at this port, or use --connect-to",
        "use --connect-to x.vn::[fd00::1]:",
    ],
    "diagnosis.py: share": ["3 of 4 pages"],
    "dialling.py: said": ["it says 407 'Can mat khau'"],
    "dialling.py: tried": ["127.0.0.1 port 1", "the proxy 127.0.0.1 port 1"],
    "dialling.py: what": ["no encryption of today is spoken by", "the certificate does not verify of"],
    "dialling.py: whose": ["", "the proxy "],
    "document.py: kind": list(document._MAGIC.values()),
    "excess.py: what": ["bytes", "bytes of markup"],
    "portal.py: where": ["an item", "http://x.vn/1"],
    "scope.py: 'embed' if embed else 'page'": ["embed", "page"],
    "scope.py: parts.scheme or 'no scheme'": ["no scheme", "ftp"],
    "completeness.py: told": ["the numbers in the addresses of articles run from 12 to 98"],
    "completeness.py: share": ["12.5%"],
    "completeness.py: _count(waiting, 'address', 'addresses')": ["1 address", "1,234 addresses"],
    "completeness.py: _count(named, 'address', 'addresses')": ["1 address", "1,234 addresses"],
    "completeness.py: _count(total, 'address', 'addresses')": ["1 address", "1,234 addresses"],
    "completeness.py: _count(unnamed, 'page', 'pages')": ["1 page", "1,234 pages"],
    "coverage.py: '; '.join(parts)": ["lead on 1 of 60 articles (2%), where 70% had it"],
}
"""What a fact may be that has words of ours: by the file and the expression that it comes from."""

_ANY = ["1,234", "HTTP 503", "x.vn", "http://x.vn/1"]
_NAMES = frozenset(
    "http https web html robots txt kyson verify reread into toml insecure tls true connect byte vn kho archive db can mat khau port".split()
)
"""Words that stand in both languages, and those of the facts above."""

_ELSEWHERE = {
    "at least {} more": "the verdict on an estimate, for which pages have words of their own",
    "at most {} more": "as above",
    "{} to {} more": "as above",
    "nothing seen tells of any more": "as above",
    "nobody can say how many more there are": "as above",
    "the numbers in the addresses of articles run from {} to {}": "the beginning of three others",
}
"""What is found among the reasons and is none that a page tells, and why."""


def _worded(told):
    """All that a reason may say, for each choice of facts with words of ours; and those choices of all other facts."""
    file = told.where.partition(":")[0].rpartition("/")[2]
    ours = [_FACTS.get(f"{file}: {slot}", [None]) for slot in told.parts[1::2]]
    others = [_ANY if known == [None] else [None] for known in ours]
    for chosen in itertools.product(*ours):
        yield [
            "".join(itertools.chain(*itertools.zip_longest(told.parts[::2], map(_either, chosen, given), fillvalue="")))
            for given in itertools.product(*others)
        ]


def _either(one, other):
    return one if one is not None else other


def _left(told, text):
    """The English words of a reason that still stand there in Vietnamese."""
    words = set(re.findall(r"[a-z]{3,}", " ".join(told.parts[::2])))
    return words & set(re.findall(r"\b[a-z]{3,}\b", reason(text, "vi"))) - _NAMES


@pytest.mark.parametrize("told", reasons.written(), ids=str)
def test_every_reason_that_the_code_gives_has_vietnamese_words(told):
    """Found in the code by `tests.reasons`, so that whoever adds one hears of it here."""
    if str(told) in _ELSEWHERE:
        return
    for texts in _worded(told):
        assert any(not _left(told, text) and reason(text, "vi") != text for text in texts), (told.where, texts[0])


def test_the_reasons_are_found_in_the_code_wherever_they_are_given():
    """One of each kind: returned, assigned, raised, handed on, put together, and named by a constant."""
    assert {
        "a path that repeats itself",
        "redirected to no valid address: {}",
        "the page is empty (0 bytes of text): check the file, or capture the address again",
        "no answer within {} seconds",
        "no host can have this name: {}",
        "the budget of {} requests a run is used up",
        "not one article was read, where {} are known: {}",
        "reading {} failed: {}",
        "{} is damaged ({}): run `kyson verify`, bring it back from a copy, or make the archive again from its WARCs with `kyson reread --into NEW`",
        "another address of an article already asked for",
    } <= {str(told) for told in reasons.written()}


@pytest.mark.parametrize(
    "told",
    sorted({*views._VIEWS, *views._FORMS, *views._ASKS_FOR_VIEW.values(), crawls.BY_HAND, crawls.KILLED, crawls.ENDED}),
)
def test_every_reason_that_stands_in_a_table_has_vietnamese_words(told):
    assert reason(told, "vi") != told


def test_an_address_behind_a_reason_or_before_it_is_left_as_it_is():
    assert reason("no answer within 5 seconds: http://x.vn/a?b=1", "vi") == (
        "không có câu trả lời trong 5 giây: http://x.vn/a?b=1"
    )
    assert reason("http://x.vn/: a search; http://x.vn/b: a feed", "vi") == (
        "http://x.vn/: trang tìm kiếm; http://x.vn/b: nguồn tin"
    )
    assert reason("nothing stands there: it says “xem: http://x.vn/”", "vi") == (
        "không có gì ở đó: trang ghi “xem: http://x.vn/”"
    )


def test_numbers_are_written_as_the_language_writes_them():
    assert numbers("1,234,567 and 0.1", "vi") == "1.234.567 and 0,1"
    assert numbers("1,234,567 and 0.1", "en") == "1,234,567 and 0.1"


def sign(kind, seen):
    nothing = dict.fromkeys(("ended", "told", "told_gone", "run", "url", "warc", "offset"))
    now = datetime(2026, 11, 27, tzinfo=UTC)
    return Sign(id=1, portal="ky-son", kind=kind, about="x.vn", seen=seen, first=now, last=now, times=1, **nothing)


def test_signs_are_told_in_words_and_by_vietnams_clock():
    silence = Silence(newest=date(2026, 9, 30), looked=date(2026, 11, 27), longest=timedelta(days=12), capture=1)
    for language, words, ends in (
        ("vi", "30/9/2026: đã 58 ngày, trong khi trước đây chưa bao giờ ngừng quá 12 ngày", "1/12/2026 06:59 (giờ Việt Nam)"),
        ("en", "30/9/2026: for 58 days, where it never paused for more than 12", "1/12/2026 06:59 (Vietnam)"),
    ):  # fmt: skip
        assert words in said(sign("frozen", str(silence)), language)
        assert ends in said(sign("certificate", "2026-11-30T23:59:59Z"), language)
    assert "không kết nối được trong 5 giây" in said(sign("unreachable", "no connection within 5 seconds"), "vi")
    assert "“the portal of the crawl”" in said(sign("closing", "the portal of the crawl"), "vi")
    assert "nội dung do park.example lấp vào" in said(sign("parked", "it is filled by park.example"), "vi")
    assert "trang ghi “Domain for sale”" in said(sign("parked", "it says “Domain for sale”"), "vi")


def cells(text):
    return [cell.text_content() for cell in html.fromstring(text.encode()).iter("td", "th")]


def test_the_vietnamese_page_of_a_real_crawl_has_no_english_sentence(crawled):
    done = CliRunner().invoke(report_command, ["2", "--html", "vi"], obj=Session(archive=crawled[0]))
    assert [cell for cell in cells(done.stdout) if _ENGLISH.search(cell)] == []


def test_the_page_writes_numbers_as_its_language_does(tmp_path):
    with new_archive(tmp_path) as archive:
        crawl = begin(archive)
        keep(archive, crawl, article("1", images=["http://kyson.example/1.png"]))
        archive.settle_embed(
            crawl, "http://kyson.example/1.png", capture_id=None, reason="the server sent a page instead"
        )
        waiting = "no more pages were to be asked for; 1,056 addresses wait for the next crawl"
        archive.finish_crawl(crawl, status="finished", reason=waiting, pages=1234, bytes=1_234_567)
        estimate = Completeness(articles=1, least=0, most=1056, reasons=("1,056 addresses of pages not asked for yet",))
        archive.note("completeness", f"crawl {crawl}", estimate.verdict, estimate.to_json())
        vi, en = (cells(account_page.page(account.of(archive.connection, crawl), each)) for each in ("vi", "en"))
    assert {
        "1.234",
        "1,2 MB",
        "1.056 địa chỉ trang chưa hỏi tới",
        "máy chủ gửi một trang thay vào đó",
        "từ 0 đến 1.056",
    } <= set(vi)
    assert {"1,234", "1.2 MB", "1,056 addresses of pages not asked for yet", "the server sent a page instead"} <= set(
        en
    )
    assert "đã đủ số trang được phép hỏi; 1.056 địa chỉ chờ lượt sau" in vi
    assert waiting in en


def test_the_sizes_of_evidence_stand_under_a_heading_of_their_own(crawled):
    with Archive.open(crawled[0]) as archive:
        found = account.of(archive.connection, 2)
    for language, heading in (("vi", "Dung lượng tệp"), ("en", "Size")):
        page = html.fromstring(account_page.page(found, language).encode())
        (head,) = [row for row in page.iter("tr") if row[-1].text_content() == "SHA-256"]
        assert head[1].text_content() == heading
