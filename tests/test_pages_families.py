import gzip
import json
from pathlib import Path

import pytest

from archive.errors import NotAnArticle
from kyson_crawler import pages
from kyson_crawler.extract import read_page
from kyson_crawler.normalise.text import clean
from kyson_crawler.pages import CMS, Document, recognise
from kyson_crawler.pages.paths import page_number
from tests.golden_pages import CASES, FIXTURES

SHARED = Path(__file__).parents[2] / "shared" / "portals"
NAMED = ["vnportal", "lacviet", "sharepoint", "liferay", "dotnetnuke", "drupal", "webforms"]


def read(html, url="http://a.example/tin/hoi-nghi-tong-ket-nam-hoc-52917", cms=None):
    return read_page(f'<meta charset="utf-8"><body>{html}</body>'.encode(), url, cms=cms).article


# -- whose page it is ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("html", "cms"),
    [
        ('<div class="ArticleContent">x</div>', "vnportal"),
        ('<meta name="generator" content="NukeViet v4.5"><p>x</p>', "nukeviet"),
        ('<meta name="GENERATOR" content="Microsoft SharePoint"><td class="TitleFront">x</td>', "lacviet"),
        ('<link href="/_layouts/LacVietBio/css/news_css.css"><div class="ms-WPBody">x</div>', "lacviet"),
        ('<meta name="GENERATOR" content="Microsoft SharePoint"><p>x</p>', "sharepoint"),
        ('<div class="ms-WPBody noindex">x</div>', "sharepoint"),
        ('<input id="__VIEWSTATE"><h1 class="tandan-p-article-news-title">x</h1>', "sharepoint"),
        ('<input id="__VIEWSTATE"><div id="dnn_ContentPane">x</div>', "dotnetnuke"),
        ('<html class="aui ltr"><body>x</body></html>', "liferay"),
        ('<div class="portlet-boundary">x</div>', "liferay"),
        ('<meta name="Generator" content="Drupal 9 (https://www.drupal.org)"><p>x</p>', "drupal"),
        ('<link rel="stylesheet" href="/sites/default/files/css/css_x.css"><p>x</p>', "drupal"),
        ('<form><input type="hidden" id="__VIEWSTATE"></form>', "webforms"),
        ('<meta name="generator" content="WordPress 6.1"><p>x</p>', "generic"),
    ],
)
def test_a_system_is_told_by_the_marks_of_its_pages(html, cms):
    assert recognise(Document(html.encode())).cms == cms


# -- addresses -------------------------------------------------------------------------------------------------------

PAGER = "p_p_id=101&p_p_lifecycle=0&p_p_state=normal&p_p_mode=view&p_p_col_id=column-1&_101_delta=10&_101_cur="


@pytest.mark.parametrize(
    ("cms", "path", "key"),
    [
        ("lacviet", "/le-hoi-xuong-dong", "le-hoi-xuong-dong"),
        ("lacviet", "/tin-tuc-su-kien/page/2/", None),
        ("sharepoint", "/portal/Pages/2024-5-17/Le-Hoi.aspx", "portal/pages/2024-5-17/le-hoi.aspx"),
        ("sharepoint", "/Trang/ChiTietTinTuc.aspx?nid=168658", "trang/chitiettintuc.aspx/168658"),
        ("sharepoint", "/Trang/DanhSach.aspx?Muc=kinh-te", "trang/danhsach.aspx?muc=kinh-te"),
        ("sharepoint", "/portal/Pages/Tin-tuc.aspx?PageIndex=2", None),
        ("liferay", "/tin/-/view_content/4417251-le-hoi.html", "4417251"),
        ("liferay", "/tin/-/view_content/4417251-le-hoi.html/en/vi/en", "4417251"),
        ("liferay", "/web/guest/-/le-hoi-xuong-dong", "le-hoi-xuong-dong"),
        ("liferay", "/tin/-/asset_publisher/Ab12Cd/content/le-hoi-xuong-dong", "le-hoi-xuong-dong"),
        ("liferay", "/tin/-/asset_publisher/Ab12Cd/content/id/20182", "20182"),
        ("liferay", "/chuc-nang-nhiem-vu", "chuc-nang-nhiem-vu"),
        ("liferay", f"/tin-tuc?{PAGER}2", None),
        ("dotnetnuke", "/tin-tuc/le-hoi-xuong-dong-48217", "48217"),
        ("dotnetnuke", "/tin-tuc/ke-hoach-nam-2017", "tin-tuc/ke-hoach-nam-2017"),
        ("dotnetnuke", "/Default.aspx?tabid=119&ArticleId=57", "119/57"),
        ("dotnetnuke", "/tabid/119/ArticleId/57/language/vi-VN/Default.aspx", "57"),
        ("drupal", "/node/57", "node/57"),
        ("drupal", "/le-hoi-xuong-dong", "le-hoi-xuong-dong"),
        ("drupal", "/print/node/57", "node/57"),
        ("drupal", "/tin-tuc?page=3", None),
        ("webforms", "/vi/le-hoi-xuong-dong", "vi/le-hoi-xuong-dong"),
        ("webforms", "/?page=newsdetail&id=2207", "newsdetail/2207"),
        ("webforms", "/?page=docdetail&id=2207", "docdetail/2207"),
        ("webforms", "/?page=news&cat=15", None),
        *((cms, "/", None) for cms in NAMED),
    ],
)
def test_an_article_has_one_key_and_the_page_of_a_list_has_none(cms, path, key):
    assert CMS[cms].key(f"http://a.example{path}") == key


@pytest.mark.parametrize(
    ("cms", "path", "plain"),
    [
        ("sharepoint", "/Pages/b.aspx?nid=7&Source=%2FPages%2Fa.aspx", "/Pages/b.aspx?nid=7"),
        ("lacviet", "/b?IsDlg=1", "/b"),
        ("liferay", "/tin/-/view_content/7-b.html/en/vi/en", "/tin/-/view_content/7-b.html"),
        ("liferay", "/tin/-/view_content/7-b.html?redirect=%2Ftin", "/tin/-/view_content/7-b.html"),
        ("liferay", f"/tin-tuc?{PAGER}1", "/tin-tuc"),
        ("liferay", f"/tin-tuc?{PAGER}2", f"/tin-tuc?{PAGER}2"),
        ("dotnetnuke", "/tin/b-48217?dnnprintmode=true&SkinSrc=%5BG%5D", "/tin/b-48217"),
        ("drupal", "/printpdf/node/57", "/node/57"),
        ("drupal", "/node/57/print", "/node/57"),
        ("webforms", "/b.aspx?id=7&print=1", "/b.aspx?id=7"),
        *((cms, "/tin/le-hoi?Muc=a%20b", "/tin/le-hoi?Muc=a%20b") for cms in NAMED if cms != "liferay"),
    ],
)
def test_the_plain_address_of_an_article_stands_for_its_views(cms, path, plain):
    assert CMS[cms].canonical(f"http://a.example{path}") == f"http://a.example{plain}"
    assert CMS[cms].canonical(f"http://a.example{plain}") == f"http://a.example{plain}"


@pytest.mark.parametrize(
    ("cms", "path"),
    [
        ("sharepoint", "/_layouts/15/Authenticate.aspx?Source=%2F"),
        ("lacviet", "/_layouts/LacVietBio/print.aspx"),
        ("sharepoint", "/Pages/a.aspx?ReturnUrl=%2F"),
        ("liferay", "/home.html/en/vi/en"),
        ("liferay", "/home/vi/en/vi"),
        ("liferay", "/chien-luoc?p_p_id=59_INSTANCE_6aZa&p_p_lifecycle=0&p_p_state=pop_up"),
        ("liferay", "/home?p_p_id=58&p_p_lifecycle=0"),
        ("liferay", "/home?p_p_id=101&p_p_lifecycle=1"),
        ("liferay", "/c/portal/login?p_l_id=10"),
        ("dotnetnuke", "/Login?returnurl=%2F"),
        ("dotnetnuke", "/Home/tabid/41/ctl/Register/Default.aspx"),
        ("dotnetnuke", "/Default.aspx?tabid=41&ctl=Login"),
        ("drupal", "/user/login?destination=/node/57"),
        ("drupal", "/search/node?keys=x"),
        ("drupal", "/comment/reply/57"),
        ("drupal", "/taxonomy/term/7/feed"),
        ("webforms", "/Login.aspx?ReturnUrl=%2f"),
        ("webforms", "/tim-kiem.aspx"),
    ],
)
def test_forms_and_loops_are_not_worth_fetching(cms, path):
    assert CMS[cms].why_not(f"http://a.example{path}")


@pytest.mark.parametrize("case", [case for case in CASES if case.split("/")[0] in NAMED])
def test_the_address_of_an_article_is_worth_fetching_and_has_a_key(case):
    cms = case.split("/")[0]
    url = json.loads((FIXTURES / case / "meta.json").read_text(encoding="utf-8"))["url"]
    assert CMS[cms].why_not(url) is None
    assert CMS[cms].key(url)
    assert CMS[cms].key(CMS[cms].canonical(url)) == CMS[cms].key(url)


@pytest.mark.parametrize(
    ("url", "number"),
    [
        ("http://a.example/tin?pageindex=0", 0),
        ("http://a.example/Tin.aspx?Page=2", 2),
        (f"http://a.example/tin?{PAGER}3", 3),
        ("http://a.example/tin/page/4/", 4),
        ("http://a.example/tin/page-5", 5),
        ("http://a.example/?page=news", None),
        ("http://a.example/tin/trang-phuc-dan-toc", None),
        ("http://a.example/tin/ke-hoach-nam-2017", None),
    ],
)
def test_the_number_of_a_lists_page_is_told_by_its_address(url, number):
    assert page_number(url) == number


# -- names, and what stands where one is missing ---------------------------------------------------------------------

BODY = (
    "<p>Sáng 12/01, Phòng Giáo dục và Đào tạo huyện tổng kết năm học với sự có mặt của 54 trường trong toàn huyện.</p>"
)
RELATED = (
    '<h4>Các tin khác</h4><ul><li><a href="/tin/khac-1">Hội thi giáo viên dạy giỏi cấp huyện</a> (02/01/2021)</li></ul>'
)


def tandan(*, date='<span class="tandan-span-date-publish">13/01/2021</span>', body=BODY, lead="", more=""):
    return (
        '<meta name="generator" content="Microsoft SharePoint"><div class="clock">Thứ bảy, 24/07/2021 10:15</div><div>'
        f'<h1 class="tandan-p-article-news-title">Tổng kết năm học</h1>{date}{lead}'
        f'<div class="tandan-p-article-main">{body}</div>{more}{RELATED}</div>'
    )


def test_a_date_slot_wins_over_every_other_date_on_the_page():
    assert read(tandan(more="<p>Cập nhật 20/01/2021</p>")).published == "2021-01-13"


def test_a_date_in_the_articles_own_box_stands_in_for_a_missing_slot():
    assert read(tandan(date="<p>14/01/2021 08:00</p>")).published == "2021-01-14T08:00:00+07:00"


def test_no_date_is_invented_from_the_clock_or_the_related_list():
    assert read(tandan(date="")).published is None


def test_a_lead_without_a_name_stands_between_headline_and_body():
    page = read(tandan(lead="<p>Năm học có nhiều đổi mới trong dạy và học ở cả ba cấp học trên địa bàn.</p>"))
    assert page.lead == "Năm học có nhiều đổi mới trong dạy và học ở cả ba cấp học trên địa bàn."
    assert len(page.paragraphs) == 1


def test_an_empty_body_is_not_filled_from_the_related_list():
    page = read(tandan(body=""))
    assert page.title == "Tổng kết năm học"
    assert page.blocks == page.attachments == ()


def test_a_list_inside_the_body_ends_it():
    page = read(tandan(body=BODY + RELATED))
    assert len(page.paragraphs) == 1


def test_tools_below_the_article_are_no_text_of_it():
    tools = '<div><p><a href="#">In bài viết</a></p><p><a href="#">Gửi phản hồi</a></p><p>Lượt xem: 26</p></div>'
    assert len(read(tandan(body=BODY + tools)).paragraphs) == 1


def test_tools_above_the_article_do_not_end_it():
    assert len(read(tandan(body='<p><a href="#">In bài viết</a></p>' + BODY)).paragraphs) == 2


def test_files_in_the_box_below_the_body_are_attachments_and_those_of_the_list_are_not():
    more = '<p><a href="/f/quyet-dinh.pdf">Quyết định</a></p>'
    page = read(tandan(more=more).replace("/tin/khac-1", "/tin/khac-1.pdf"))
    assert [file.href for file in page.attachments] == ["http://a.example/f/quyet-dinh.pdf"]


def test_a_headline_that_links_to_another_page_belongs_to_a_list():
    entry = '<h1 class="tandan-p-article-news-title"><a href="/tin/khac-{0}">Tin thứ {0} của huyện</a></h1><div class="tandan-p-article-main"><p>Tóm tắt.</p></div>'
    with pytest.raises(NotAnArticle):
        read('<meta name="generator" content="Microsoft SharePoint">' + "".join(entry.format(n) for n in range(6)))


@pytest.mark.parametrize("case", [case for case in CASES if case.split("/")[0] in NAMED])
def test_names_help_but_are_not_needed(case):
    """The same page with other names, and without the marks of its system, gives the same article."""
    page = (FIXTURES / case / "page.html").read_bytes()
    url = json.loads((FIXTURES / case / "meta.json").read_text(encoding="utf-8"))["url"]
    known, unknown = read_page(page, url).article, read_page(unnamed(page), url, cms="generic").article
    assert unknown.title == known.title
    assert told(unknown) == told(known)
    assert [image.src for image in unknown.images] == [image.src for image in known.images]
    assert unknown.attachments == known.attachments


def told(article):
    """What an article says; whether its first paragraph is set apart as a lead, names alone tell at times."""
    return [*filter(None, [article.lead]), *article.paragraphs]


def unnamed(page):
    """A page whose classes and ids say nothing."""
    import re

    return re.sub(rb'(class|id)="[^"]*"', rb'\1="x"', page)


# -- the pages we are measured by ------------------------------------------------------------------------------------

GOLD = sorted(path for folder in ("daknong", "offices") for path in SHARED.glob(f"{folder}/*.gold.json"))


@pytest.mark.skipif(not GOLD, reason=f"no pages to measure against beside the checkout: {SHARED}")
@pytest.mark.parametrize("gold", GOLD, ids=lambda path: path.name[:40])
def test_pages_of_seven_portals_of_one_province(gold):
    facts = json.loads(gold.read_text(encoding="utf-8"))
    page = read_page(gzip.decompress((gold.parent / facts["html"]).read_bytes()), facts["url"]).article
    assert page.title == clean(facts["title"])
    assert (page.published or "")[:10] == (facts["published"] or "")[:10]
    assert len(page.attachments) == len(facts["attachments"])
    assert not page.section or clean(page.section) == clean(facts["category"] or page.section)


def test_a_portals_lists_and_articles_are_of_one_system():
    found = {
        pages.recognise(Document((FIXTURES / case / "page.html").read_bytes())).cms
        for case in CASES
        if case.startswith("lacviet/")
    }
    assert found == {"lacviet"}
