from urllib.parse import parse_qsl

import pytest

from kyson_crawler.pages import Document
from kyson_crawler.pages.forms import submission
from kyson_crawler.pages.pager import next_page

URL = "http://muongmau.example/Tin.aspx?cat=3"


def form(inside, attributes='method="post" action="./Tin.aspx?cat=3" id="aspnetForm"'):
    return Document(f"<html><body><form {attributes}>{inside}</form></body></html>".encode(), URL)


def sent(document, used):
    found = submission(document, used)
    return parse_qsl(found.body.decode(), keep_blank_values=True)


def test_a_postback_sends_the_state_of_the_page_and_names_what_was_clicked():
    document = form(
        '<input type="hidden" name="__EVENTTARGET" value=""><input type="hidden" name="__VIEWSTATE" value="/wEP+a=">'
        "<a href=\"javascript:__doPostBack('ctl00$luoi','Page$2')\">2</a><span>1</span>"
    )
    turn = next_page(document)
    assert submission(document, turn.fields).url == URL
    assert sent(document, turn.fields) == [
        ("__VIEWSTATE", "/wEP+a="),
        ("__EVENTTARGET", "ctl00$luoi"),
        ("__EVENTARGUMENT", "Page$2"),
    ]


def test_an_image_button_sends_where_it_was_clicked():
    document = form(
        '<input type="hidden" name="__VIEWSTATE" value="x"><input type="image" name="btnNext" alt="Trang sau">'
        '<input type="image" name="btnPrev" alt="Trang trước"><input type="submit" name="tim" value="Tìm">'
    )
    assert sent(document, next_page(document).fields) == [
        ("__VIEWSTATE", "x"),
        ("btnNext.x", "1"),
        ("btnNext.y", "1"),
    ]


def test_fields_are_sent_as_a_browser_sends_them():
    document = form(
        '<input name="tu" value="lễ hội"><input type="checkbox" name="a" checked><input type="checkbox" name="b">'
        '<input type="radio" name="c" value="1"><input type="radio" name="c" value="2" checked>'
        '<select name="nam"><option value="2021">2021<option selected>2022</select>'
        '<select name="xa"><option value="">Tất cả<option value="7">Hữu Kiệm</select>'
        '<textarea name="ghi">chú</textarea><input name="tat" value="x" disabled><button name="gui" value="1">Gửi</button>'
    )
    assert sent(document, (("trang", "2"),)) == [
        ("tu", "lễ hội"), ("a", "on"), ("c", "2"), ("nam", "2022"), ("xa", ""), ("ghi", "chú"), ("trang", "2"),
    ]  # fmt: skip


def test_the_form_that_holds_the_control_is_sent_and_not_the_one_for_searching():
    document = Document(
        b'<html><body><form method="post" action="/tim"><input name="tu" value="x"></form>'
        b'<form method="post" action="/ds"><input type="hidden" name="s" value="1">'
        b'<input type="image" name="tiep" alt="Sau"></form></body></html>',
        URL,
    )
    found = submission(document, (("tiep.x", "1"), ("tiep.y", "1")))
    assert (found.url, found.body) == ("http://muongmau.example/ds", b"s=1&tiep.x=1&tiep.y=1")


@pytest.mark.parametrize(
    "document",
    [
        form("", 'method="get"'),
        form('<input name="a" value="x">', 'method="post" action="javascript:void(0)"'),
        form('<input type="hidden" name="__VIEWSTATE" value="' + "+" * 900_000 + '">'),
        Document(b"<html><body><p>x</p></body></html>", URL),
    ],
)
def test_what_cannot_be_sent_is_not(document):
    assert submission(document, (("a", "1"),)) is None
