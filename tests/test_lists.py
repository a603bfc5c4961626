import gzip
import json
import time
from pathlib import Path
from urllib.parse import urljoin

import pytest

from kyson_crawler import pages
from kyson_crawler.pages import Document
from kyson_crawler.pages.lists import entries
from kyson_crawler.pages.pager import NextPage, next_page
from kyson_crawler.sample.site import HOST, Site
from tests.golden_pages import CASES, FIXTURES

SHARED = Path(__file__).parents[2] / "shared" / "portals"
URL = "http://a.example/tin-tuc"
TITLES = [
    "Hội nghị tổng kết công tác dân vận năm 2021",
    "Khánh thành nhà văn hóa bản Huồi Pốc",
    "Ra quân dọn vệ sinh lòng hồ thủy điện đầu mùa khô",
]
MENU = "<ul>" + "".join(f'<li><a href="/{n}">Mục số {n} của cổng</a></li>' for n in range(9)) + "</ul>"
LEAD = "Sáng 12/01, các xã vùng cao đồng loạt ra quân với sự góp mặt của hơn hai trăm đoàn viên."


def page(html, url=URL):
    return Document(f'<meta charset="utf-8"><body>{MENU}{html}</body>'.encode(), url)


def links(count=3):
    return [(f"/tin/{n}", TITLES[n], f"0{n + 1}/02/2022") for n in range(count)]


# -- what is a list, by structure alone ------------------------------------------------------------------------------

MANNERS = {
    "boxes with a heading, a date and a lead": "".join(
        f'<div><a href="{u}"><img src="/a.jpg"></a><h3><a href="{u}">{t}</a></h3><span>{d}</span><p>{LEAD}</p></div>'
        for u, t, d in links()
    ),
    "items with the date in brackets behind": "<ul>"
    + "".join(f'<li><a href="{u}">{t}</a> ({d})</li>' for u, t, d in links())
    + "</ul>",
    "the date inside the link": "<table>"
    + "".join(
        f'<tr><td><a href="{u}">{t}<span> ({d})</span></a></td></tr><tr><td><p>{LEAD}</p></td></tr>'
        for u, t, d in links()
    )
    + "</table>",
    "rows of two tables that stand in columns": "".join(
        f'<div class="row"><div><a href="{u}">{t}</a><i>{d}</i></div></div>' for u, t, d in links()
    ),
    "headings and paragraphs without boxes": "<div>"
    + "".join(f'<h3><a href="{u}">{t}</a></h3><p>{d}</p><p>{LEAD}</p>' for u, t, d in links())
    + "</div>",
    "a link to go on beside the name": "".join(
        f'<div><h4><a href="{u}">{t}</a></h4><em>{d}</em><p>{LEAD}</p><a href="{u}">Xem tiếp</a></div>'
        for u, t, d in links()
    ),
    "a category before each name": "".join(
        f'<div><a href="/muc">Văn hóa xã hội và thể thao</a><h4><a href="{u}">{t}</a></h4><time>{d}</time></div>'
        for u, t, d in links()
    ),
    "a counter behind the date": "".join(
        f'<div><h4><a href="{u}">{t}</a></h4><p>{d} | Lượt xem: 26</p></div>' for u, t, d in links()
    ),
}


@pytest.mark.parametrize("manner", MANNERS)
def test_a_list_is_read_in_whatever_manner_it_is_made(manner):
    found = entries(page(MANNERS[manner]))
    assert [(entry.url, entry.title, entry.date_raw) for entry in found] == [
        (urljoin(URL, url), title, date) for url, title, date in links()
    ]
    assert [entry.date for entry in found] == ["2022-02-01", "2022-02-02", "2022-02-03"]
    assert {entry.lead for entry in found} <= {LEAD, None}
    assert ({entry.lead for entry in found} == {LEAD}) == (LEAD in MANNERS[manner])


@pytest.mark.parametrize(
    ("printed", "date"),
    [
        ("24.06.2019 12:00", "2019-06-24T12:00:00+07:00"),
        ("01/08/2019", "2019-08-01"),
        ("2019-05-17T02:49:00.000Z", "2019-05-17T09:49:00+07:00"),
        ("14/07/2022 | 03:53 PM", "2022-07-14T15:53:00+07:00"),
        ("Thứ năm, 20/11/2025 | 14:24", "2025-11-20T14:24:00+07:00"),
    ],
)
def test_the_dates_of_lists_keep_their_raw_form(printed, date):
    found = entries(page("".join(f'<li><a href="{u}">{t}</a><span>({printed})</span></li>' for u, t, _ in links())))
    assert {(entry.date_raw, entry.date) for entry in found} == {(printed, date)}


def test_names_alone_are_a_list_when_they_are_longer_than_a_menus():
    assert len(entries(page("".join(f'<li><a href="{u}">{t}</a></li>' for u, t, _ in links())))) == 3


@pytest.mark.parametrize(
    "html",
    [
        "",
        "<p>" + "</p><p>".join([LEAD] * 5) + "</p>",
        "".join(
            f'<p>{LEAD} Xem <a href="/luat-{n}">luật số {n}</a> để biết thêm các quy định đã nêu.</p>' for n in range(4)
        ),
        '<div><a href="/a.jpg">Ảnh một</a></div><div><a href="/b.jpg">Ảnh hai</a></div>',
        '<li><a href="#a">Hội nghị tổng kết công tác dân vận năm 2021</a></li>' * 4,
        '<li><a href="javascript:x()">Hội nghị tổng kết công tác dân vận năm 2021</a></li>' * 4,
    ],
)
def test_menus_articles_and_galleries_are_no_lists(html):
    assert entries(page(html)) == ()


def test_an_entry_that_two_boxes_show_counts_once():
    main = "".join(f'<div class="tin"><h3><a href="{u}">{t}</a></h3><p>{LEAD}</p></div>' for u, t, _ in links())
    other = (
        "<h4>Các tin khác</h4><ul>" + "".join(f'<li><a href="{u}">{t}</a> ({d})</li>' for u, t, d in links()) + "</ul>"
    )
    found = entries(page(f"<div>{main}<div>{other}</div></div>"))
    assert [entry.title for entry in found] == TITLES
    assert [entry.date for entry in found] == ["2022-02-01", "2022-02-02", "2022-02-03"]


def test_a_list_goes_on_under_its_second_heading_and_not_in_the_box_beside_it():
    main = "".join(f'<div class="tin"><h3><a href="{u}">{t}</a></h3><p>{LEAD}</p></div>' for u, t, _ in links())
    more = '<h4>Tin đã đưa</h4><ul><li><a href="/tin/8">Mở lớp xóa mù chữ cho phụ nữ vùng cao</a> (08/01/2022)</li><li><a href="/tin/9">Trao nhà đại đoàn kết cho hộ nghèo</a> (07/01/2022)</li></ul>'
    side = '<div class="phai"><h4>Tin xem nhiều</h4><ul><li><a href="/tin/21">Lịch cắt điện tuần này ở các xã</a> (01/01/2022)</li><li><a href="/tin/22">Giá nông sản ở chợ phiên cuối năm</a> (01/01/2022)</li></ul></div>'
    found = entries(page(f'<div class="trang"><div><div>{main}</div>{more}</div></div>{side}'))
    assert [entry.url.rpartition("/")[2] for entry in found] == ["0", "1", "2", "8", "9"]


def test_a_portals_own_list_comes_before_longer_ones_of_other_sites():
    own = "<div>" + "".join(f'<p><a href="{u}">{t}</a> ({d})</p>' for u, t, d in links()) + "</div>"
    other = (
        "<ul>"
        + "".join(
            f'<li><a href="https://b.example/{n}">Văn bản mới của cơ quan cấp trên số {n}</a> (01/01/2022)</li>'
            for n in range(12)
        )
        + "</ul>"
    )
    assert [entry.title for entry in entries(page(other + own))] == TITLES


def test_one_entry_alone_is_known_by_the_name_its_system_gives():
    only = '<html class="aui ltr"><body><div class="asset-abstract"><h3><a href="/a/-/view_content/7-b">{}</a></h3><div>14/07/2022 | 03:53 PM</div></div></body></html>'
    document = Document(only.format(TITLES[0]).encode(), URL)
    assert entries(document) == ()
    assert [(entry.title, entry.date) for entry in pages.page(document).entries()] == [
        (TITLES[0], "2022-07-14T15:53:00+07:00")
    ]


# -- documents -------------------------------------------------------------------------------------------------------

DOCUMENTS = [
    (
        f"/vb/{n}",
        f"{n}8/QĐ-UBND",
        f"0{n}/06/2022",
        f"Về việc phê duyệt kế hoạch theo Nghị quyết 12/NQ-HĐND của xã số {n}",
    )
    for n in range(1, 4)
]


def test_a_table_of_documents_is_read_by_its_headings():
    head = "<tr><th>STT</th><th>Số ký hiệu</th><th>Ngày ban hành</th><th>Trích yếu</th><th>Cơ quan ban hành</th><th>Tải về</th></tr>"
    rows = "".join(
        f'<tr><td>{i}</td><td><a href="{u}">{number}</a></td><td>{date}</td><td><a href="{u}">{title}</a></td><td>UBND huyện</td>'
        f'<td><a href="/f/{i}.pdf">Tải về</a></td></tr>'
        for i, (u, number, date, title) in enumerate(DOCUMENTS)
    )
    found = entries(page(f"<table>{head}{rows}</table>"))
    assert [(e.url, e.number, e.date_raw, e.title) for e in found] == [
        (urljoin(URL, u), n, d, t) for u, n, d, t in DOCUMENTS
    ]
    assert {entry.issuer for entry in found} == {"UBND huyện"}
    assert [file.href for entry in found for file in entry.attachments] == [
        f"http://a.example/f/{i}.pdf" for i in range(3)
    ]


def test_documents_in_boxes_are_read_by_their_labels():
    boxes = "".join(
        f'<div><p><a href="{u}">Số hiệu: {number}</a></p><p>Ngày ban hành: {date}</p><p>Cơ quan ban hành: HĐND huyện</p><p>Trích yếu: {title}</p></div>'
        for u, number, date, title in DOCUMENTS
    )
    found = entries(page(boxes))
    assert [(e.url, e.number, e.date_raw, e.title) for e in found] == [
        (urljoin(URL, u), n, d, t) for u, n, d, t in DOCUMENTS
    ]
    assert {(entry.issuer, entry.lead) for entry in found} == {("HĐND huyện", None)}


def test_rows_that_hold_only_a_file_are_entries_without_an_address():
    rows = "".join(
        f'<tr><td>{i}</td><td>{title}</td><td><a href="/f/{i}.pdf"><img src="/pdf.png"></a></td></tr>'
        for i, (_, _, _, title) in enumerate(DOCUMENTS)
    )
    found = entries(page(f"<table>{rows}</table>"))
    assert [(entry.url, entry.title) for entry in found] == [(None, title) for *_, title in DOCUMENTS]
    assert all(len(entry.attachments) == 1 for entry in found)


def test_a_number_that_a_name_cites_is_not_the_documents_own():
    found = entries(page("".join(f'<li><a href="{u}">{title}</a> ({date})</li>' for u, _, date, title in DOCUMENTS)))
    assert {entry.number for entry in found} == {None}


# -- the next page ---------------------------------------------------------------------------------------------------

LIFERAY = "/tin?p_p_id=101&p_p_lifecycle=0&p_p_state=normal&p_p_mode=view&p_p_col_id=column-1&p_p_col_pos=1&p_p_col_count=2&_101_delta=10&_101_andOperator=true&_101_cur="


@pytest.mark.parametrize(
    ("url", "pager", "following"),
    [
        ("/tin", '<span>1</span> <a href="/tin?page=2">2</a> <a href="/tin?page=3">3</a>', "/tin?page=2"),
        ("/tin?page=2", '<a href="/tin">1</a> <a href="/tin?page=3">3</a>', "/tin?page=3"),
        ("/tin?page=3", '<a href="/tin">1</a> <a href="/tin?page=2">2</a> <span>3</span>', None),
        (
            "/tin?pageindex=1",
            "".join(f'<a href="/tin?pageindex={n}">{n + 1}</a>' for n in range(4)),
            "/tin?pageindex=2",
        ),
        ("/tin", '<a href="/tin/page/2/">2</a><a href="/tin/page/9/">Cuối »</a>', "/tin/page/2/"),
        ("/tin", '<a class="active" href="/tin?p=1">1</a><a href="/tin?p=2">2</a>', "/tin?p=2"),
        (
            "/tin",
            '<a href="/tin?Page=2">2</a> <a href="/tin?Page=84">Cuối »</a> <a href="/tin?Page=2">Sau</a>',
            "/tin?Page=2",
        ),
        ("/tin", '<a href="/tin?Page=2">Trang tiếp theo</a>', "/tin?Page=2"),
        ("/tin", '<link rel="next" href="/tin?Page=2">', "/tin?Page=2"),
        ("/tin", f'<ul><li>1</li></ul><a href="{LIFERAY}2">Tiếp →</a>', f"{LIFERAY}2"),
        ("/tin", '<a href="#slide">Next</a><a href="javascript:void(0)">›</a>', None),
        ("/tin", '<p>Xem <a href="/tin/1">2</a> tin</p>', None),
        ("/tin", "", None),
    ],
)
def test_the_next_page_is_found_in_the_pager(url, pager, following):
    found = next_page(page(pager, f"http://a.example{url}"))
    assert found == (NextPage(url=f"http://a.example{following}") if following else None)


DOTS = (
    """<a href="javascript:__doPostBack('g','Page$10')">...</a><a href="javascript:__doPostBack('g','Page$11')">11</a>"""
    """<a href="javascript:__doPostBack('g','Page$12')">12</a><span>13</span><a href="javascript:__doPostBack('g','Page$14')">...</a>"""
)


@pytest.mark.parametrize(
    ("pager", "fields"),
    [
        (
            """<span>1</span><a href="javascript:__doPostBack('ctl00$pager','Page$2')">2</a>""",
            (("__EVENTTARGET", "ctl00$pager"), ("__EVENTARGUMENT", "Page$2")),
        ),
        (
            """<a href="#" onclick="__doPostBack(&#39;ctl00$lnk&#39;,&#39;&#39;); return false;">Trang sau</a>""",
            (("__EVENTTARGET", "ctl00$lnk"), ("__EVENTARGUMENT", "")),
        ),
        (
            '<input type="image" name="ctl00$btnNext" src="/next.gif">',
            (("ctl00$btnNext.x", "1"), ("ctl00$btnNext.y", "1")),
        ),
        ('<input type="submit" name="ctl00$b" value="Trang sau">', (("ctl00$b", "Trang sau"),)),
        (  # ten numbers at a time, and dots before and behind them
            DOTS,
            (("__EVENTTARGET", "g"), ("__EVENTARGUMENT", "Page$14")),
        ),
        (  # a calendar turns to the next month in the same way
            """<a href="javascript:__doPostBack('lich','V9131')">&gt;</a><span>1</span><a href="javascript:__doPostBack('g','Page$2')">2</a>""",
            (("__EVENTTARGET", "g"), ("__EVENTARGUMENT", "Page$2")),
        ),
    ],
)
def test_a_page_turned_by_a_form_says_what_to_send(pager, fields):
    assert next_page(page(pager)) == NextPage(fields=fields)


@pytest.mark.parametrize(
    "pager", ['<input type="submit" name="b" value="Tìm kiếm">', '<input type="image" name="btnNext" disabled>']
)
def test_other_buttons_turn_no_page(pager):
    assert next_page(page(pager)) is None


# -- pages as they are -----------------------------------------------------------------------------------------------

LISTS = sorted(SHARED.glob("*/lists/*.json"))


@pytest.mark.skipif(not LISTS, reason=f"no pages to measure against beside the checkout: {SHARED}")
@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem[:40])
def test_lists_of_real_portals(path):
    facts = json.loads(path.read_text(encoding="utf-8"))
    document = Document(gzip.decompress(path.with_suffix(".html.gz").read_bytes()), facts["url"])
    if "items" not in facts:
        assert path.stem.endswith("home") or not pages.page(document).entries()
        return
    wanted = {}
    for item in facts["items"]:
        wanted.setdefault(urljoin(facts["url"], item["href"]), (item["title"], item["date_raw"]))
    assert {entry.url: (entry.title, entry.date_raw) for entry in pages.page(document).entries()} == wanted
    following = next_page(document)
    assert (following and following.url) == (urljoin(facts["url"], facts["next"]) if facts["next"] else None)


@pytest.mark.parametrize("target", ["/tin-tuc-su-kien", "/van-ban", "/xay-dung-dang?pageindex=1"])
def test_lists_of_the_sample_portal_lead_to_its_articles(target):
    site = Site(1)
    document = Document(site.answer(HOST, target, 1).body, f"http://{HOST}{target}")
    found = pages.page(document).entries()
    assert found
    for entry in found:
        answer = site.answer(HOST, entry.url.removeprefix(f"http://{HOST}"), 1)
        article = pages.page(Document(answer.body, entry.url)).item()
        assert article.title == entry.title
        assert article.published_raw.partition(" |")[0].rpartition(" ")[2] == entry.date_raw.partition(" ")[0]


@pytest.mark.parametrize("case", CASES)
def test_no_page_breaks_the_reader_of_lists(case):
    document = Document((FIXTURES / case / "page.html").read_bytes(), URL)
    assert all(entry.title for entry in entries(document))
    next_page(document)


@pytest.mark.parametrize(
    "html",
    [
        "<ul>" + '<li><a href="/tin">Tin tức về việc thực hiện kế hoạch</a> 02/06/2022</li>' * 20_000 + "</ul>",
        "<ul>"
        + "".join(f'<li><a href="/tin-{n}">Tin tức về việc thực hiện kế hoạch</a></li>' for n in range(20_000))
        + "</ul>",
        "<div><div><a href=/a>Một hai ba bốn năm sáu bảy tám</a></div><div>" * 200,
        "<a>" * 5_000 + "<input>" * 5_000,
        '<a href="http://[x">Một hai ba bốn năm sáu bảy tám</a>' * 9,
    ],
    ids=["one link often", "many links", "nested", "empty", "broken addresses"],
)
def test_hostile_lists_are_read_in_bounded_time(html):
    document = page(html)
    start = time.process_time()
    entries(document)
    next_page(document)
    assert time.process_time() - start < 2
