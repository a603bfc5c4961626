"""No user name and no password in an address is shown, sent or stored, however it is spelled."""

import time
from html import escape

import pytest
from scrapy import Request

from kyson_crawler import normalise
from kyson_crawler.credentials import without_credentials
from kyson_crawler.pages import Document, feeds
from tests.fetching import exchange_of, fetch
from tests.portals.rawserver import serving

SPELLINGS = {
    "http://lan:bimat@ky-son.example/x": "http://ky-son.example/x",
    "HTTPS://lan@ky-son.example": "HTTPS://ky-son.example",
    "//lan:bimat@ky-son.example/x": "//ky-son.example/x",
    "http:/\\lan:bimat@ky-son.example/x": "http://ky-son.example/x",
    "http:\\\\lan:bimat@ky-son.example/x": "http://ky-son.example/x",
    "\\\\lan:bimat@ky-son.example/x": "//ky-son.example/x",
    "/\\lan:bimat@ky-son.example/x": "//ky-son.example/x",
    "\\/lan:bimat@ky-son.example/x": "//ky-son.example/x",
    "http:///lan:bimat@ky-son.example/x": "http://ky-son.example/x",
    "http:////lan:bimat@ky-son.example/x": "http://ky-son.example/x",
    "///lan:bimat@ky-son.example/x": "//ky-son.example/x",
    "https:/lan:bimat@ky-son.example/x": "https://ky-son.example/x",
    "https:lan:bimat@ky-son.example/x": "https://ky-son.example/x",
    "ht\ttp:/\n/lan:bi\rmat@ky-son.example/x": "http://ky-son.example/x",
    "\x01 http://lan:bimat@ky-son.example/x": "http://ky-son.example/x",
    "\u00a0/\t/lan:bimat@ky-son.example/x": "//ky-son.example/x",
    "http://lan:bimat%40vn@ky-son.example@host.example": "http://host.example",
    "http://lan@//lan:bimat@ky-son.example/x": "http://ky-son.example/x",
    "http://lan:bimat@ky-son.example?a@b": "http://ky-son.example?a@b",
    "gopher://lan:bi\\mat@ky-son.example/x": "gopher://ky-son.example/x",
}
WITHOUT = [
    "http://ky-son.example/a@b",
    "http://ky-son.example\\@host.example",
    "/anh/cau@2x.jpg",
    "\\cau@2x.jpg",
    "//ky-son.example/cau@2x.jpg",
    "?next=http://lan:bimat@ky-son.example",
    "#lan:bimat@ky-son.example",
    "mailto:lan@ky-son.example",
    "data:,//a@b",
]


@pytest.mark.parametrize(("written", "shown"), SPELLINGS.items())
def test_credentials_are_left_out_in_every_spelling_that_a_browser_would_log_in_with(written, shown):
    assert without_credentials(written) == shown
    assert without_credentials(shown) == shown


@pytest.mark.parametrize("written", WITHOUT)
def test_what_is_no_login_stays_as_it_is(written):
    assert without_credentials(written) == written


@pytest.mark.parametrize("piece", ["/", "\\", "@", "a@", "@/", "\t", "http:", " "])
def test_no_address_takes_long(piece):
    began = time.thread_time()
    for end in ("", "?@", "@"):
        without_credentials(f"http:{piece * 100_000}{end}")
        without_credentials(f"{piece * 100_000}{end}")
    assert time.thread_time() - began < 5


@pytest.mark.parametrize("written", SPELLINGS)
def test_links_images_and_feeds_of_a_page_come_without_credentials(written):
    at = "http://host.example/tin/"
    feed = f"<rss><item><title>Tin</title><link>{escape(written)}</link></item></rss>"
    assert "lan" not in normalise.absolute(written, at)
    assert "lan" not in (Document("<p>Tin mới</p>".encode(), at, "text/html").resolve(written) or "")
    if written.isprintable():
        assert not [entry for entry in feeds.entries(feed.encode(), at) if "lan" in entry.url]


@pytest.mark.parametrize("written", [text for text in SPELLINGS if text.isascii() and "\n" not in text])
def test_a_redirect_is_followed_without_them_to_where_a_browser_would_go(written):
    wire = b"HTTP/1.1 302 Di\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % written.encode()
    with serving(wire) as server:
        response = fetch(Request(server.url()))
    assert b"lan" not in response.headers["Location"]
    assert b"lan" in exchange_of(response).response
