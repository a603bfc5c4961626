"""Feeds: what they say of articles is taken, whatever form and faults they have, and nothing in them is obeyed."""

import pytest

from archive.errors import UnreadablePage
from kyson_crawler.pages import Document, feeds

URL = "http://xa.example/rss/tin-tuc/"
RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>Tin xã</title><link>http://xa.example/</link>
<item><title>Khai giảng lớp xóa mù chữ</title><link>/tin/khai-giang-9.html</link><pubDate>Tue, 19 Jan 2016 08:01:04 GMT</pubDate></item>
<item><title>Không có địa chỉ</title></item>
<item><title>Chỉ có guid</title><guid>http://xa.example/tin/guid-10.html</guid></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Tin xã</title><link href="http://xa.example/"/>
<entry><title>Làm đường bê tông vào bản</title><link rel="self" href="/atom/7"/><link rel="alternate" href="/tin/duong-7.html"/>
<updated>2020-05-09T00:10:00Z</updated><published>2020-05-01T01:30:00Z</published></entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
xmlns:dc="http://purl.org/dc/elements/1.1/"><item><title>Tiêm phòng cho trâu bò</title><link>http://xa.example/tin/tiem-3.html</link>
<dc:date>2018-03-02T09:00:00+07:00</dc:date></item></rdf:RDF>"""


def read(text):
    return [(entry.url, entry.title, entry.date) for entry in feeds.entries(text.encode(), URL)]


@pytest.mark.parametrize(
    ("feed", "found"),
    [
        (
            RSS,
            [
                ("http://xa.example/tin/khai-giang-9.html", "Khai giảng lớp xóa mù chữ", "2016-01-19T15:01:04+07:00"),
                ("http://xa.example/tin/guid-10.html", "Chỉ có guid", None),
            ],
        ),
        (ATOM, [("http://xa.example/tin/duong-7.html", "Làm đường bê tông vào bản", "2020-05-01T08:30:00+07:00")]),
        (RDF, [("http://xa.example/tin/tiem-3.html", "Tiêm phòng cho trâu bò", "2018-03-02T09:00:00+07:00")]),
    ],
    ids=["RSS", "Atom", "RDF"],
)
def test_every_form_gives_address_title_and_day_of_publication(feed, found):
    assert read(feed) == found


def test_a_feed_that_breaks_off_or_is_badly_formed_gives_what_it_has():
    assert read(RSS.split("<item><title>Không", maxsplit=1)[0])[0][0] == "http://xa.example/tin/khai-giang-9.html"
    assert read(RSS.replace("mù chữ", "mù & chữ"))[0][2] == "2016-01-19T15:01:04+07:00"


@pytest.mark.parametrize("body", ["", "xin chào", "<html><body>404</body></html>", "<urlset/>", "\x00\x01"])
def test_what_is_no_feed_is_refused(body):
    with pytest.raises(UnreadablePage):
        feeds.entries(body.encode(), URL)


def test_entities_of_its_own_are_never_resolved(tmp_path):
    secret = tmp_path / "mat-khau"
    secret.write_text("bí mật", encoding="utf-8")
    entity = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{secret.as_uri()}"><!ENTITY y "{"a" * 50}">]>'
    hostile = RSS.replace("<rss", entity + "<rss").replace("Khai giảng", "&x;&y;&y;Khai giảng")
    assert "bí mật" not in str(read(hostile))


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "file:///etc/passwd", "http://[", "data:text/html,x", "ftp://xa.example/"]
)
def test_an_entry_leads_to_web_addresses_only(address):
    assert read(RSS.replace("/tin/khai-giang-9.html", address))[0][1] != "Khai giảng lớp xóa mù chữ"


def test_the_feeds_that_a_page_names_are_those_in_its_head():
    links = (
        '<link rel="alternate" type="application/rss+xml" href="/rss/"><link rel="ALTERNATE" type="application/atom+xml" href="/atom">'
        '<link rel="alternate" type="application/rss+xml" href="/rss/"><link rel="alternate" hreflang="en" href="/en/">'
        '<link rel="alternate" type="application/rss+xml" href="javascript:x">'
    )
    document = Document(f"<html><head>{links}</head><body>Xã</body></html>".encode(), "http://xa.example/")
    assert feeds.named(document) == ("http://xa.example/rss/", "http://xa.example/atom")
