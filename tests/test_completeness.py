"""What a crawl says of how much it may have missed: never more than was seen, and each figure with its reason."""

import json

import pytest

from archive import completeness
from archive.completeness import Reason
from archive.store import Archive
from kyson_crawler import crawl, portal
from kyson_crawler.pages import Document
from kyson_crawler.pages.totals import Total, total
from tests.portals.livingportal import LivingPortal
from tests.portals.rawportal import RawPortal, page
from tests.program import kyson


@pytest.mark.parametrize(
    ("shown", "found"),
    [
        ("<div>Trang 1/37</div>", Total(pages=37)),
        ("<span>Trang</span> <b>2</b> / <b>37</b>", Total(pages=37)),
        ("<p>Trang số 3 trên 12</p>", Total(pages=12)),
        ("<p>Trang 3 của 12 trang</p>", Total(pages=12)),
        ("<p>Trang 1 trong tổng số 9</p>", Total(pages=9)),
        ("<p>Tổng số: 368 bài</p>", Total(entries=368)),
        ("<p>Có tổng số 1.368 tin bài</p>", Total(entries=1_368)),
        ("<p>Hiển thị 1 - 10 trong tổng số 368 tin</p>", Total(entries=368)),
        ("<p>Hiển thị 1-10/368 văn bản</p>", Total(entries=368)),
        ("<p>Trang 1/4</p><p>Tổng cộng: 38 bản ghi</p>", Total(pages=4, entries=38)),
        ("<p>Tổng số điểm của bài viết là: 0 trong 0 đánh giá</p>", None),
        ("<p>Trang 9/3, số báo ra ngày 12/5/2021</p>", None),
        ("<p>Báo Nghệ An, trang 1/6/2021</p>", None),
        ("<p>Trang thông tin điện tử xã Nậm Cắt</p>", None),
    ],
)
def test_what_a_list_says_of_how_much_it_holds_is_read(shown, found):
    assert total(Document(f"<html><body>{shown}</body></html>".encode())) == found


GAPS = (
    "the numbers in the addresses of articles run from 301 to 329, and 4 between them are of none that is known; "
    "drafts, what was deleted and what is no article have numbers too"
)


def shell(middle):
    return page(
        f"<html><head><meta name='Generator' content='Drupal 9'></head><body>{middle}<p>Xã Nậm Cắt</p></body></html>"
    )


def story(number):
    text = f"Bà con bản số {number} cùng nhau đắp lại con đường vào trường học trong ba ngày cuối tuần. " * 3
    return shell(f"<h1>Đắp lại đường vào bản số {number}</h1><p>Ngày đăng: 02/03/2021</p><div><p>{text}</p></div>")


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A crawl of a portal of which one article does not come, and whose list says that it holds more than it shows."""
    folder = tmp_path_factory.mktemp("kho") / "archive"
    numbers = [n for n in range(301, 331) if n not in {307, 311, 320}]
    links = "".join(
        f"<li><a href='/tin/dap-lai-duong-{n}.html'>Đắp lại đường vào bản số {n}</a> (02/03/2021)</li>" for n in numbers
    )
    answers = {f"/tin/dap-lai-duong-{n}.html": story(n) for n in numbers if n != 315}
    answers["/"] = shell(f"<h2>Tin tức</h2><ul>{links}</ul><p>Trang 1/1. Tổng số: 30 bài</p>")
    answers["/tin/dap-lai-duong-315.html"] = b"HTTP/1.1 403 Cam\r\nContent-Length: 0\r\n\r\n"
    answers["/tin/dap-lai-duong-330.html"] = b"HTTP/1.1 404 Khong Thay\r\nContent-Length: 0\r\n\r\n"
    with RawPortal(answers) as server:
        done = kyson("--archive", folder, "crawl", server.url, "--delay", "0", "--json")
        assert done.returncode == 0, done.stderr
        return folder, json.loads(done.stdout), server.url


def test_each_figure_of_the_estimate_has_its_reason(told):
    _, outcome, url = told
    said = outcome["completeness"]
    assert said["articles"] == outcome["articles"] == 25
    # One that did not come, three of which the list alone tells, and the numbers that nobody is known to have.
    assert (said["least"], said["most"]) == (3, 1 + 3 + 4)
    assert said["reasons"] == [
        "1 address of articles that could not be read or not be asked for",
        f"{url.rstrip('/')} says that it holds 30 entries, and showed 27 articles",
        GAPS,
    ]


def test_the_estimate_is_kept_in_the_diary_and_shown_to_the_owner(told):
    folder, outcome, _ = told
    with Archive.open(folder) as archive:
        assert completeness.of(archive.connection, 1).to_json() == outcome["completeness"]
        assert archive.connection.execute("SELECT outcome FROM event WHERE kind = 'completeness'").fetchall() == [
            ("3 to 8 more",)
        ]
    shown = kyson("--archive", folder, "report", "--owner", outcome["portal"]).stdout.decode()
    assert "25 kept, 3 to 8 more" in shown
    report = json.loads(kyson("--archive", folder, "report", "--owner", outcome["portal"], "--json").stdout)
    assert report["completeness"] == outcome["completeness"]


def test_a_crawl_that_left_something_waiting_says_that_nobody_knows(tmp_path):
    with LivingPortal(30) as server:
        outcome = crawl.run(portal.ad_hoc(server.url), tmp_path, delay=0, max_pages=12)
    assert outcome.completeness.most is None
    assert "not asked for yet" in " ".join(outcome.completeness.reasons)


def test_a_crawl_that_met_all_there_is_says_so_and_no_more(tmp_path):
    with LivingPortal(30) as server:
        outcome = crawl.run(portal.ad_hoc(server.url), tmp_path, delay=0)
    found = outcome.completeness
    assert (found.articles, found.least, found.most, found.verdict) == (30, 0, 0, "nothing seen tells of any more")
    assert found.reasons == ("the numbers in the addresses of articles run from 10000 to 10029, without a gap",)


def test_numbers_that_others_use_too_say_nothing(tmp_path):
    (reason,) = completeness._numbers([str(n * 50) for n in range(100, 130)])
    assert reason == Reason(
        text="the numbers in the addresses of articles run from 5000 to 6450, of which 2.1% are known: "
        "others use them too, so that the gaps say nothing"
    )
