"""The sample portal: what it serves is what `expected` says, in the manner of the CMS it imitates."""

import http.client
import re
import struct
import subprocess
import sys
import time
import zlib
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from urllib.parse import urljoin, urlsplit

import pytest
from lxml import html

from kyson_crawler.sample import (
    ADDED,
    ARTICLES,
    EDITED,
    FILE_HOST,
    HOST,
    REMOVED,
    TOUCHED,
    TWIN,
    SampleServer,
    expected,
    source,
)

SECTIONS = source.SECTIONS
WEEKDAYS = ("", "Thứ hai", "Thứ ba", "Thứ tư", "Thứ năm", "Thứ sáu", "Thứ bảy", "Chủ nhật")
COUNTERS = re.compile(r"(Lượt xem|Đang trực tuyến|Hôm nay|Tổng lượt truy cập): \d+".encode())


class Client:
    """One kept-alive connection to a sample server."""

    def __init__(self, port):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)

    def ask(self, url, method="GET"):
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        self._connection.request(method, target, headers={"Host": parts.netloc})
        response = self._connection.getresponse()
        return response, response.read()

    def page(self, path):
        response, body = self.ask(f"http://{HOST}{path}")
        assert response.status == 200, path
        return html.fromstring(body.decode())

    def close(self):
        self._connection.close()


@pytest.fixture(scope="module")
def server():
    with SampleServer() as running:
        yield running


@pytest.fixture(scope="module")
def client(server):
    with closing(Client(server.port)) as ready:
        yield ready


@pytest.fixture(scope="module")
def later():
    with SampleServer(edition=2) as running, closing(Client(running.port)) as ready:
        yield ready


def words(element):
    return " ".join(element.text_content().split())


def without_counters(body):
    return COUNTERS.sub(rb"\1", body)


def without_related(body):
    return re.sub(rb'<div class="ArticleOther">.*?</ul></div>', b"", body, flags=re.DOTALL)


# What is served is what is expected


@pytest.mark.parametrize("edition", [1, 2])
def test_an_edition_has_about_sixty_articles_and_up_to_110_images(edition):
    articles = expected(edition)
    assert 56 <= len(articles) <= 64
    assert 70 <= sum(len(article.images) for article in articles) <= 110
    assert len({article.id for article in articles}) == len({article.url for article in articles}) == len(articles)


def test_the_articles_of_edition_one_are_at_hand_as_a_tuple():
    assert expected(1) == ARTICLES


def test_there_is_no_third_edition():
    with pytest.raises(ValueError, match="no edition 3"):
        SampleServer(edition=3)


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article.id)
def test_an_article_page_shows_what_is_expected_of_it(client, article):
    page = client.page(urlsplit(article.url).path)
    assert page.findtext(".//title") == "Cổng thông tin điện tử huyện Mường Mẫu"
    assert words(page.find_class("ArticleHeader")[0]) == article.title
    shown = words(page.find_class("PostDate")[0])
    weekday, _, moment = shown.partition(", ")
    printed = datetime.strptime(f"{moment} +0700", "%d/%m/%Y | %H:%M %z")
    assert printed.isoformat() == article.published
    assert weekday == WEEKDAYS[printed.isoweekday()]
    assert words(page.find_class("ArticleSummary")[0]) == (article.lead or "")
    content = page.find_class("ArticleContent")[0]
    assert tuple(content.xpath(".//img/@src")) == tuple(src for src, _ in article.images)
    for line_break in content.xpath(".//br"):
        line_break.tail = " " + (line_break.tail or "")
    blocks = Counter(words(block) for block in content.xpath(".//p | .//li | .//h2 | .//figcaption | .//td"))
    assert all(blocks[text] == 1 for text in article.paragraphs)
    assert all(blocks[caption] == 1 for _, caption in article.images if caption)
    if article.byline:
        assert words(content.xpath("./p[contains(@style, 'right')][1]")[0]) == article.byline
    if article.source:
        assert words(content.xpath("./p[last()]")[0]) == article.source
    files = page.xpath("//div[@class='ArticleAttachment']//a")
    assert tuple((file.get("href"), file.text) for file in files) == article.attachments


def test_every_article_can_be_reached_by_links_alone(client):
    seen, waiting = set(), ["/"]
    while waiting:
        path = waiting.pop()
        if path in seen or not path.startswith("/"):
            continue
        seen.add(path)
        links = client.page(path).xpath("//a/@href")
        waiting += [href for href in links if "?" not in href or "pageindex=1" in href]
    assert {urlsplit(article.url).path for article in ARTICLES} <= seen


@pytest.mark.parametrize("article", ARTICLES[::12], ids=lambda article: article.id)
def test_an_article_answers_the_same_with_pageindex_zero(client, article):
    plain, paged = client.ask(article.url)[1], client.ask(article.url + "?pageindex=0")[1]
    assert without_counters(plain) == without_counters(paged)


def test_one_article_is_linked_under_a_second_section_and_is_the_same_there(client):
    key, section = TWIN
    (article,) = (article for article in ARTICLES if article.id == key)
    (path,) = (href for href in client.page("/").xpath("//a/@href") if href.startswith(f"/{section}/") and key in href)
    assert urlsplit(article.url).path != path
    assert without_counters(client.ask(f"http://{HOST}{path}")[1]) == without_counters(client.ask(article.url)[1])


def test_an_article_links_its_print_view_which_has_no_furniture(client):
    article = ARTICLES[5]
    (link,) = client.page(urlsplit(article.url).path).xpath("//a[contains(@href, 'print=1')]/@href")
    printed = client.page(link)
    assert words(printed.find_class("ArticleHeader")[0]) == article.title
    assert not printed.find_class("menu")
    assert not printed.find_class("footer")


# Lists and furniture


@pytest.mark.parametrize("section", SECTIONS)
def test_a_list_goes_through_its_section_newest_first_ten_a_page(client, section):
    within = [urlsplit(article.url).path for article in ARTICLES if f"/{section}/" in article.url]
    listed = []
    for number in range(-(-len(within) // 10)):
        page = client.page(f"/{section}?pageindex={number}")
        listed.append(
            [href for href in page.xpath("//div[@class='center']//a/@href") if href.startswith(f"/{section}/")]
        )
    assert [path for part in listed for path in part] == within
    assert all(len(part) == 10 for part in listed[:-1])


@pytest.mark.parametrize("number", [2, 9, 10**30])
def test_past_its_end_a_list_repeats_its_last_page(client, number):
    last, beyond = (client.ask(f"http://{HOST}/xay-dung-dang?pageindex={n}")[1] for n in (1, number))
    assert without_counters(last) == without_counters(beyond)


@pytest.mark.parametrize("nonsense", ["-1", "x", "", "%00", "²"])
def test_a_page_number_that_is_none_means_the_first(client, nonsense):
    first, odd = (
        client.ask(f"http://{HOST}/xay-dung-dang?pageindex={n}")[1] for n in ("0", nonsense.replace("²", "%C2%B2"))
    )
    assert without_counters(first) == without_counters(odd)


def test_documents_are_listed_with_number_summary_and_day_of_issue(client):
    rows = [[words(cell) for cell in row] for row in client.page("/van-ban").xpath("//table[@class='DocumentList']/tr")]
    assert rows[0] == ["Số ký hiệu", "Trích yếu", "Ngày ban hành"]
    assert rows[1][0] == "58-KH/HU"
    assert rows[1][2] == "12/05/2022"
    assert len(rows) == 9


def test_counters_change_on_every_request_and_nothing_else_does(client):
    first, second = client.ask(ARTICLES[0].url)[1], client.ask(ARTICLES[0].url)[1]
    assert first != second
    assert without_counters(first) == without_counters(second)


def test_robots_forbids_the_search_that_every_page_links(client):
    response, body = client.ask(f"http://{HOST}/robots.txt")
    assert (response.status, response.headers["Content-Type"]) == (200, "text/plain")
    assert b"Disallow: /tim-kiem\n" in body
    assert any(href.startswith("/tim-kiem") for href in client.page("/").xpath("//a/@href"))


@pytest.mark.parametrize("path", ["/sitemap.xml", "/nix", "/tin-tuc-su-kien/nix-380874", "/van-ban/", "//[", "/%ff"])
def test_an_unknown_address_is_not_found(server, path):
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)) as connection:
        connection.request("GET", path, headers={"Host": HOST})
        response = connection.getresponse()
        assert response.status == 404
        assert "Không tìm thấy" in response.read().decode()


def test_menus_stand_there_twice_and_adverts_bear_constant_alt_texts(client):
    page = client.page(urlsplit(ARTICLES[0].url).path)
    assert set(Counter(page.xpath("//ul[@class='menu']//a/@href")).values()) == {2}
    assert page.xpath("//div[@class='header']//img/@alt") == ["image banner"]
    assert set(page.xpath("//div[@class='right']//img/@alt")) == {"image advertisement"}
    assert set(page.xpath("//div[@class='ArticleContent']//img/@alt")) <= {"Anh-tin-bai"}


# Files


def test_every_picture_is_a_sound_png_unlike_the_others(client):
    addresses = {src for article in ARTICLES for src, _ in article.images if src not in article.missing}
    addresses |= {urljoin(f"http://{HOST}/", src) for src in client.page("/").xpath("//img/@src")}
    bodies = set()
    for address in addresses:
        response, body = client.ask(address)
        assert (response.status, response.headers["Content-Type"]) == (200, "image/png"), address
        assert pixels(body) == 160 * 100
        bodies.add(body)
    assert len(bodies) == len(addresses)


def pixels(png):
    """The number of pixels of a palette PNG, after checking each chunk of it."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    chunks, place = {}, 8
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        kind, data = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        assert struct.unpack_from(">I", png, place + 8 + length) == (zlib.crc32(kind + data),)
        chunks[kind] = data
        place += length + 12
    width, height = struct.unpack_from(">II", chunks[b"IHDR"])
    rows = zlib.decompress(chunks[b"IDAT"])
    assert len(rows) == height * (width + 1)
    assert max(rows) < len(chunks[b"PLTE"]) / 3
    return width * height


def test_some_pictures_are_gone_and_one_answers_with_a_page(client):
    answers = [client.ask(src)[0] for article in ARTICLES for src in article.missing]
    assert Counter(answer.status for answer in answers) == {404: 3, 200: 1}
    assert {answer.headers["Content-Type"] for answer in answers} == {"text/html; charset=utf-8"}


def test_the_offsets_in_a_pdf_lead_to_its_objects(client):
    attachments = [href for article in ARTICLES for href, _ in article.attachments if href.endswith(".pdf")]
    assert len(attachments) == 8
    for href in attachments:
        response, body = client.ask(href)
        assert response.headers["Content-Type"] == "application/pdf"
        table = int(body.split(b"startxref\n")[1].split(b"\n")[0])
        assert body[table:].startswith(b"xref\n0 6\n")
        for number, line in enumerate(body[table:].split(b"\n")[3:8], 1):
            assert body[int(line[:10]) :].startswith(b"%d 0 obj" % number)


def test_a_word_file_holds_the_title_of_its_document(client):
    (article,) = (article for article in ARTICLES if article.id == "387420")
    (href,) = (href for href, _ in article.attachments if href.endswith(".doc"))
    response, body = client.ask(href)
    assert response.headers["Content-Type"] == "application/msword"
    text = re.sub(r"\\u(\d+)\?", lambda found: chr(int(found[1])), body.decode("ascii"))
    assert text.startswith(r"{\rtf1")
    assert article.title in text


def test_the_name_of_an_upload_tells_when_it_was_published():
    for article in ARTICLES:
        for src, _ in article.images:
            ticks = int(re.search(r"(\d{18})\.png$", src)[1])
            uploaded = datetime(1, 1, 1, tzinfo=UTC) + timedelta(microseconds=ticks // 10)
            assert uploaded.isoformat()[:16] == article.published[:16]
            assert f"/quantritintuc{uploaded.year}{uploaded.month}/" in src


# Two editions


def test_between_editions_one_article_goes_and_one_comes(client, later):
    before, after = ({article.id: article for article in expected(edition)} for edition in (1, 2))
    assert set(before) - set(after) == {REMOVED}
    assert set(after) - set(before) == {ADDED}
    assert later.ask(before[REMOVED].url)[0].status == 404
    assert client.ask(after[ADDED].url)[0].status == 404
    assert REMOVED.encode() not in later.ask(f"http://{HOST}/tin-tuc-su-kien?pageindex=0")[1]
    assert REMOVED.encode() not in later.ask(f"http://{HOST}/tin-tuc-su-kien?pageindex=1")[1]
    assert ADDED.encode() in later.ask(f"http://{HOST}/")[1]


def test_between_editions_one_body_and_one_of_its_captions_are_edited():
    before, after = ({article.id: article for article in expected(edition)} for edition in (1, 2))
    assert {key for key in set(before) & set(after) if before[key] != after[key]} == {EDITED}
    old, new = before[EDITED], after[EDITED]
    assert sum(a != b for a, b in zip(old.paragraphs, new.paragraphs, strict=True)) == 1
    assert sum(a != b for a, b in zip(old.images, new.images, strict=True)) == 1


def test_between_editions_all_other_pages_stay_the_same_but_for_counters_and_related_lists(client, later):
    differing = set()
    for article in expected(1):
        if article.id != REMOVED:
            pages = (without_related(without_counters(asked.ask(article.url)[1])) for asked in (client, later))
            if next(pages) != next(pages):
                differing.add(article.id)
    assert differing == {EDITED, TOUCHED}


def test_the_touched_article_shows_a_new_day_of_updating_and_nothing_else(client, later):
    (article,) = (article for article in ARTICLES if article.id == TOUCHED)
    old, new = (without_related(without_counters(asked.ask(article.url)[1])) for asked in (client, later))
    assert re.sub(rb'<div class="LastUpdate">[^<]*</div>', b"", new) == old


# Texts


def test_no_sentence_of_any_length_stands_in_two_places():
    told = [text for article in ARTICLES for text in (article.lead or "", *article.paragraphs)]
    sentences = Counter(part for text in told for part in re.split(r"(?<=[.?!:]) ", text) if len(part) > 40)
    assert [sentence for sentence, times in sentences.items() if times > 1] == []


def test_news_have_several_paragraphs_of_ordinary_length():
    for article in ARTICLES:
        lengths = [len(paragraph.split()) for paragraph in article.paragraphs]
        assert max(lengths) <= 92
        if article.section != "Văn bản":
            assert 3 <= sum(length >= 28 for length in lengths) <= 7, article.url


@pytest.mark.parametrize(
    "word",
    """huyện Kỳ Sơn|hội nghị|Chỉ thị số 13-CT/TU|Đảng bộ|đường giao thông|hòa|hoà|thủy|thuỷ|lễ hội|giảm nghèo|xã Mường Lống|rừng|trường""".split(
        "|"
    ),
)
def test_the_texts_mention_what_people_will_search_for(word):
    assert any(word in " ".join((article.title, article.lead or "", *article.paragraphs)) for article in ARTICLES)


def test_later_articles_have_higher_ids():
    keys = [int(article.id) for article in ARTICLES]
    assert all(later > earlier for later, earlier in pairwise(keys))


def test_captions_are_printed_in_every_manner():
    pictures = [picture for story in source.stories(1) for picture in story.pictures]
    assert {picture.manner for picture in pictures} == set(source.MANNERS)


@pytest.mark.parametrize("line", ["!strong anh.png", "!none anh.png | Chữ", "!bold anh.png | Chữ", "!strong anh | Chữ"])
def test_an_image_line_that_cannot_be_read_is_refused(line):
    with pytest.raises(ValueError, match="no image line"):
        source._picture(line, datetime(2022, 6, 2, tzinfo=UTC))


# The server


def test_both_hosts_answer_at_one_port_and_others_do_not(client):
    assert client.ask(f"http://{HOST}:80/")[0].status == 200
    assert client.ask(f"http://{FILE_HOST}/")[0].status == 404
    assert client.ask("http://elsewhere.example/")[0].status == 404


def test_requests_are_kept_in_order_with_host_and_query():
    with SampleServer() as server, closing(Client(server.port)) as client:
        client.ask(f"http://{HOST}/van-ban?pageindex=0")
        client.ask(f"http://{FILE_HOST}/x%20y.png")
        assert server.requests == [(HOST, "/van-ban?pageindex=0"), (FILE_HOST, "/x%20y.png")]
        assert server.connect_to == f"::127.0.0.1:{server.port}"


def test_head_says_the_length_and_sends_no_body(client):
    response, body = client.ask(ARTICLES[0].url, method="HEAD")
    assert response.status == 200
    assert int(response.headers["Content-Length"]) > 5000
    assert body == b""


def test_other_methods_are_refused_and_the_connection_ends(server):
    with closing(Client(server.port)) as client:
        response, _ = client.ask(f"http://{HOST}/", method="POST")
        assert (response.status, response.headers["Connection"]) == (405, "close")


def test_one_connection_carries_hundreds_of_requests_a_second(client):
    began = time.perf_counter()
    for _ in range(200):
        client.ask(f"http://{HOST}/xay-dung-dang")
    assert time.perf_counter() - began < 2


def test_a_stopped_server_lets_go_of_its_port_and_can_be_started_again():
    server = SampleServer()
    server.start()
    with closing(Client(server.port)) as idle:
        idle.ask(f"http://{HOST}/")
        server.stop()
        with pytest.raises((http.client.HTTPException, OSError)):
            idle.ask(f"http://{HOST}/")
    server.stop()
    with server, closing(Client(server.port)) as client:
        assert client.ask(f"http://{HOST}/")[0].status == 200


def test_the_package_imports_neither_scrapy_nor_twisted():
    code = "import sys, kyson_crawler.sample as s; s.ARTICLES; print({'scrapy', 'twisted', 'lxml'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
