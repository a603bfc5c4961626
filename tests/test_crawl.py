"""Crawls of whole portals over real sockets: what was served is what is kept."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from attrs import evolve
from warcio.archiveiterator import ArchiveIterator

from archive import warc
from archive.errors import FetchFailed, UsageError
from archive.store import Archive
from kyson_crawler import crawl, normalise, pages, portal, sample
from kyson_crawler.network.addresses import ConnectTo
from tests.portals.rawportal import RawPortal, chunked, page


def kept(folder):
    with Archive.open(folder) as archive:
        return {article.article.key: article for article in archive.articles()}


def test_every_article_of_the_portal_is_kept_as_it_was_served(crawled):
    folder, _ = crawled
    found = kept(folder)
    for wanted in sample.expected(2):
        article = found[wanted.id].article
        shown = {image.src: image.caption for image in article.images}
        assert (article.title, article.published, article.lead, article.byline, article.source) == (
            wanted.title, wanted.published, wanted.lead, wanted.byline, wanted.source,
        ), wanted.id  # fmt: skip
        assert article.paragraphs == wanted.paragraphs, wanted.id
        assert shown == dict(wanted.images), wanted.id
        assert [file.href for file in article.attachments] == [href for href, _ in wanted.attachments], wanted.id
        assert article.section == wanted.section, wanted.id
    assert set(found) == {wanted.id for wanted in (*sample.expected(1), *sample.expected(2))}


def test_a_second_crawl_makes_versions_only_of_what_was_edited(crawled):
    folder, (first, second) = crawled
    assert (first.figures.new, second.figures.new, second.figures.edited) == (61, 1, 1)
    versions = {key: article.versions for key, article in kept(folder).items()}
    assert {key for key, count in versions.items() if count > 1} == {sample.EDITED}


def test_an_article_that_was_removed_stays(crawled):
    folder, _ = crawled
    assert sample.REMOVED in kept(folder)


def test_an_image_that_did_not_come_stays_with_its_caption_and_the_reason(crawled):
    folder, _ = crawled
    found = kept(folder)
    for wanted in sample.expected(2):
        embeds = found[wanted.id].embeds
        for src, _ in wanted.images:
            assert (embeds[src].status == "missing") == (src in wanted.missing), src
            assert bool(embeds[src].reason) == (src in wanted.missing), src
            assert (embeds[src].digest is None) == (src in wanted.missing), src


def test_nothing_but_the_beginning_of_lists_is_asked_for_twice_and_robots_are_kept(tmp_path):
    with sample.SampleServer() as server:
        crawl.run(portal.find("sample"), tmp_path, connect_to=(ConnectTo.parse(server.connect_to),))
        asked = server.requests
    again = {path for _, path in asked if asked.count((sample.HOST, path)) > 1}
    assert again == {
        "/tin-tuc-su-kien",
        "/xay-dung-dang",
        "/kinh-te-giam-ngheo",
        "/van-hoa-xa-hoi",
        "/giao-duc-y-te",
        "/van-ban",
    }
    assert len(asked) == len(set(asked)) + len(again)
    assert not [path for _, path in asked if path.startswith("/tim-kiem")]
    assert ("muongmau.example", "/robots.txt") in asked


def test_a_page_budget_is_kept(tmp_path):
    with sample.SampleServer() as server:
        crawl.run(portal.find("sample"), tmp_path, connect_to=(ConnectTo.parse(server.connect_to),), max_pages=10)
        pages_asked = [path for host, path in server.requests if host == sample.HOST and path not in _NO_PAGES]
    assert len(pages_asked) == 10


_NO_PAGES = {"/robots.txt", "/sitemap.xml", "/giao-dien/muongmau.css"}


def test_independent_tools_accept_the_warcs(crawled):
    folder, _ = crawled
    scripts = Path(sys.executable).parent
    for path in sorted((folder / "warc").glob("*.warc.gz")):
        subprocess.run(["gzip", "-t", path], check=True)
        subprocess.run([scripts / "warcio", "check", path], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([scripts / "fastwarc", "check", path], check=True, stdout=subprocess.DEVNULL)


def test_the_warc_begins_with_who_crawled_and_by_which_rules(crawled):
    folder, _ = crawled
    path = min((folder / "warc").glob("*.warc.gz"))
    with path.open("rb") as stream:
        records = ArchiveIterator(stream)
        first = next(records)
        said = first.content_stream().read().decode()
        kinds = [first.rec_type, *(record.rec_type for record in records)]
    assert kinds[0] == "warcinfo"
    assert "software: kyson-crawler/" in said
    assert "robots: obey" in said
    assert kinds.count("request") == kinds.count("response") > 150
    toml = [record for record in warc.records(path) if record.url == "urn:kyson:portal:sample"]
    assert portal.parse(toml[0].payload.decode(), slug="sample", origin="WARC") == portal.find("sample")


def test_an_article_can_be_read_again_from_the_record_it_points_to(crawled):
    folder, _ = crawled
    for article in list(kept(folder).values())[:20]:
        pointed = article.to_json()["capture"]
        record = warc.read(folder / "warc", pointed["warc"], pointed["offset"])
        assert record.header("WARC-Payload-Digest") == pointed["digest"]
        again = pages.page(pages.Document(record.content(), pointed["url"]), "vnportal").item()
        # What only a list printed stands on another page, so it cannot be in this record.
        own = tuple(found for found in article.article.published_evidence if found.source != "list")
        assert normalise.article(again, portal="sample") == evolve(article.article, published_evidence=own)


def test_an_image_can_be_read_from_the_record_it_points_to(crawled):
    folder, _ = crawled
    for article in kept(folder).values():
        for embed in article.embeds.values():
            if embed.status == "ok" and embed.url.endswith(".png"):
                record = warc.read(folder / "warc", embed.warc, embed.offset)
                assert record.payload.startswith(b"\x89PNG")
                assert record.header("WARC-Payload-Digest") == embed.digest


def test_a_portal_that_does_not_answer_fails_in_one_sentence(tmp_path):
    with pytest.raises(FetchFailed, match=r"the crawl of 127\.0\.0\.1-1 failed: .*refused"):
        crawl.run(portal.ad_hoc("http://127.0.0.1:1/"), tmp_path / "a", delay=0)
    with Archive.open(tmp_path / "a") as archive:
        assert [holding.last_crawl.status for holding in archive.status()] == ["failed"]


def test_nobody_is_crawled_anonymously(tmp_path):
    with pytest.raises(UsageError, match=r"kyson\.toml"):
        crawl.run(portal.find("ky-son"), tmp_path / "a")
    assert not (tmp_path / "a").exists()


def test_a_real_nukeviet_portal_gives_each_article_once_under_all_its_addresses(nukeviet):
    folder, (first, second) = nukeviet
    found = kept(folder)
    assert len([key for key in found if key.startswith("news/")]) == 13
    assert len([key for key in found if key.startswith("about/")]) == 2
    assert len(found) == 15
    embeds = {url: embed for article in found.values() for url, embed in article.embeds.items()}
    assert sorted(embed.status for embed in embeds.values()) == ["missing"] * 26 + ["ok"] * 10
    assert all(embed.reason == "HTTP 404" for embed in embeds.values() if embed.status == "missing")
    assert (first.figures.new, first.figures.edited) == (15, 0)
    assert (second.figures.new, second.figures.edited, second.figures.unchanged) == (0, 0, 15)
    assert {article.versions for article in found.values()} == {1}
    with Archive.open(folder) as archive:
        assert archive.status()[0].captures == first.figures.requests + second.figures.requests


ARTICLE = """<html><body><ul><li><a href="/">Trang chủ</a></ul><h1>Khánh thành cầu treo bản Huồi Lếch số {number}</h1>
<p>Ngày đăng: 1{number}/03/2021 08:30</p><div><p>{text}</p><p>{text}</p>{more}</div></body></html>"""
TEXT = "Sáng nay hơn hai trăm hộ dân hai bên suối đã đi qua cây cầu mới dài sáu mươi mét, thay cho bè mảng bao năm. "


def article(number, more=""):
    return ARTICLE.format(number=number, text=TEXT * 2, more=more)


def home(*paths):
    return "<html><body>" + "".join(f'<p><a href="{path}">Bài {path}</a></p>' for path in paths) + "</body></html>"


def test_the_warc_holds_what_the_server_sent_and_was_sent_byte_for_byte(tmp_path):
    answers = {
        "/": page(home("/a.html", "/b.html")),
        "/a.html": chunked(article(1)),
        "/b.html": page(article(2), "X-A: b "),
    }
    with RawPortal(answers) as server:
        crawl.run(portal.ad_hoc(server.url), tmp_path, delay=0)
    found = {}
    for path in (tmp_path / "warc").glob("*.warc.gz"):
        for record in warc.records(path):
            if record.url and record.url.startswith(server.url):
                found.setdefault(record.type, {})[record.url.removeprefix(server.url.rstrip("/"))] = record.block
    assert found["response"] == server.sent
    assert found["request"] == server.received
    assert {"/", "/a.html", "/b.html", "/robots.txt", "/sitemap.xml"} == set(found["response"])


def test_a_list_in_the_manner_of_a_cms_does_not_hide_the_articles_of_another(tmp_path):
    lists = home("/bai-1.html", "/bai-2.html").replace("<body>", '<body><div class="ArticleList"></div>')
    answers = {"/": page(lists), "/bai-1.html": page(article(1)), "/bai-2.html": page(article(2))}
    with RawPortal(answers) as server:
        crawl.run(portal.ad_hoc(server.url), tmp_path, delay=0)
    assert set(kept(tmp_path)) == {"bai-1.html", "bai-2.html"}


def test_a_portal_at_a_private_address_leads_nobody_to_another_port_of_it(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.setblocking(False)
        elsewhere = f"http://127.0.0.1:{canary.getsockname()[1]}"
        image = f"{elsewhere}/anh.jpg"
        answers = {
            "/": page(home("/tin-1.html", "/di")),
            "/tin-1.html": page(article(1, f'<figure><img src="{image}"><figcaption>Cầu treo</figcaption></figure>')),
            "/di": f"HTTP/1.1 302 Di\r\nLocation: {elsewhere}/\r\nContent-Length: 0\r\n\r\n".encode(),
        }
        with RawPortal(answers) as server:
            crawl.run(portal.ad_hoc(server.url), tmp_path, delay=0)
        with pytest.raises(BlockingIOError):
            canary.accept()
    (kept_article,) = kept(tmp_path).values()
    assert "not a public address" in kept_article.embeds[image].reason
    assert "/di" in server.received


def test_nothing_beyond_this_machine_is_asked_while_nobody_can_be_reached(tmp_path):
    image = '<p><img src="http://anh.invalid/cau.jpg"></p>'
    with RawPortal({"/": page(home("/a.html")), "/a.html": page(article(1, image))}) as server:
        crawl.run(portal.ad_hoc(server.url), tmp_path, delay=0)
    embeds = kept(tmp_path)["a.html"].embeds
    assert "nobody to contact" in embeds["http://anh.invalid/cau.jpg"].reason
    assert "http" not in embeds["http://anh.invalid/cau.jpg"].reason


def test_a_portal_whose_articles_can_no_longer_be_read_fails_loudly(tmp_path):
    answers = {"/": page(home("/a.html")), "/a.html": page(article(1))}
    with RawPortal(answers) as server:
        target = portal.ad_hoc(server.url)
        crawl.run(target, tmp_path, delay=0)
        answers["/a.html"] = page(home("/"))
        with pytest.raises(
            FetchFailed, match=r"not one article was read, where 1 are known: .* redesigned: 2 of 2 pages"
        ):
            crawl.run(target, tmp_path, delay=0)
    with Archive.open(tmp_path) as archive:
        assert archive.status()[0].last_crawl.status == "failed"


def test_an_error_of_our_own_is_counted_and_never_silent(tmp_path, monkeypatch):
    def broken(*_, **__):
        raise TypeError("hỏng")

    monkeypatch.setattr(normalise, "article", broken)
    with RawPortal({"/": page(home("/a.html")), "/a.html": page(article(1))}) as server:
        outcome = crawl.run(portal.ad_hoc(server.url), tmp_path, delay=0)
    assert outcome.figures.errors == 1


def test_pictures_come_with_their_article(tmp_path):
    with sample.SampleServer() as server:
        crawl.run(portal.find("sample"), tmp_path, connect_to=(ConnectTo.parse(server.connect_to),))
        asked = [host for host, _ in server.requests]
    assert sample.FILE_HOST in asked[: len(asked) // 2]


def test_credentials_in_an_address_are_refused_before_anything_is_kept(tmp_path):
    with pytest.raises(UsageError, match="password") as refused:
        portal.at("http://lan:bimat@127.0.0.1:9/")
    assert "bimat" not in str(refused.value)


def test_a_known_portal_is_known_by_its_address():
    assert portal.at("http://muongmau.example/van-ban").slug == "sample"
    assert portal.at("http://muongmau.example/van-ban").seeds == ("http://muongmau.example/van-ban",)


def test_a_file_that_an_article_offers_and_links_to_is_asked_for_once(tmp_path):
    names = ("/ke-hoach.pdf", "/k%E1%BA%BF%20ho%E1%BA%A1ch.doc?v=2")
    links = (
        '<a href="/ke-hoach.pdf">Kế hoạch</a> <a href="/kế hoạch.doc?v=2">Kế hoạch</a> <a href="/tai-ve/7">Tệp 7</a>'
    )
    answers = {
        "/": page(home("/a.html", "/b.html")),
        "/a.html": page(article(1, f"<p>{links}</p>")),
        "/b.html": page(article(2, f"<p>{links}</p>")),
        "/tai-ve/7": page(article(3)),
    } | dict.fromkeys(names, b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\nContent-Length: 4\r\n\r\n%PDF")
    with RawPortal(answers) as server:
        first = crawl.run(portal.ad_hoc(server.url), tmp_path, delay=0)
        once = [server.requests.count(name) for name in names]
        crawl.run(portal.ad_hoc(server.url), tmp_path, delay=0)
    assert once == [1, 1] == [server.requests.count(name) for name in names]
    assert (first.figures.articles, first.figures.attachments) == (3, 2)  # one stands where a file might have stood
