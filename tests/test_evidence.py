"""What a crawl leaves in its WARCs besides pages: why each was asked for, how it went, and what failed."""

import ipaddress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive import warc
from archive.fixity import check
from archive.store import Archive
from kyson_crawler import crawl, portal, provenance
from kyson_crawler.capture import Recorder
from kyson_crawler.config import Operator
from kyson_crawler.network.addresses import Lookup
from kyson_crawler.network.exchange import Attempt, Exchange, Timings, Tls
from kyson_crawler.provenance import Found, NameServices
from tests.portals.rawportal import RawPortal, page
from tests.test_crawl import article, home

NOON = datetime(2026, 6, 2, 5, 0, tzinfo=UTC)
TOML = 'name = "Kỳ Sơn"\nseeds = ["http://kyson.example/"]\npage_hosts = ["kyson.example"]\n'


def crawled(folder, answers):
    """Everything in the WARCs of a crawl of these answers, and the portal's address."""
    with RawPortal(answers) as server:
        crawl.run(portal.ad_hoc(server.url), folder, delay=0)
    found = [record for path in sorted((folder / "warc").glob("*.warc.gz")) for record in warc.records(path)]
    return found, server.url


def fields(record):
    lines = record.block.decode().splitlines()
    return dict(line.split(": ", 1) if ": " in line else (line.rstrip(":"), "") for line in lines)


def said(records, url, kind):
    """What the metadata record of an address says that was asked for as a page, an image, a file."""
    told = [fields(record) for record in records if record.type == "metadata" and record.url == url]
    (found,) = [each for each in told if each["kind"] == kind]
    return found


PORTAL = {
    "/": page(home("/a.html", "/cu.html")),
    "/a.html": page(article(1, '<p><img src="/anh/cau.jpg"></p><p><a href="/tep/bao-cao.pdf">Báo cáo.pdf</a></p>')),
    "/cu.html": b"HTTP/1.1 301 Moved Permanently\r\nLocation: /moi.html\r\nContent-Length: 0\r\n\r\n",
    "/moi.html": page(article(2)),
    "/anh/cau.jpg": b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: 3\r\n\r\n\xff\xd8\xff",
    "/sitemap.xml": b"HTTP/1.1 410 Gone\r\nContent-Length: 3\r\n\r\nLoi",
}


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    return crawled(tmp_path_factory.mktemp("evidence"), PORTAL)


@pytest.mark.parametrize(
    ("path", "via", "hops", "kind"),
    [
        ("", None, "", "page"),
        ("a.html", "", "L", "page"),
        ("cu.html", "", "L", "page"),
        ("moi.html", "cu.html", "LR", "page"),
        ("anh/cau.jpg", "a.html", "LE", "image"),
        ("tep/bao-cao.pdf", "a.html", "LL", "attachment"),
        ("robots.txt", None, "P", "robots"),
        ("sitemap.xml", None, "I", "sitemap"),
    ],
)
def test_why_each_address_was_asked_for_is_said_beside_it(evidence, path, via, hops, kind):
    records, url = evidence

    found = said(records, url + path, kind)

    assert (found.get("via"), found["hopsFromSeed"]) == (via if via is None else url + via, hops)
    assert found["fetchTimeMs"].isdigit()
    assert found["firstByteTimeMs"].isdigit()


def test_errors_redirects_and_robots_are_kept_as_the_server_sent_them(evidence):
    records, url = evidence
    answers = {record.url.removeprefix(url.rstrip("/")): record for record in records if record.type == "response"}

    assert set(answers) >= {*PORTAL, "/robots.txt", "/tep/bao-cao.pdf"}
    assert [answers[path].http_status for path in ("/cu.html", "/sitemap.xml", "/robots.txt")] == [301, 410, 404]


def test_request_and_metadata_name_the_response_they_belong_to(evidence):
    records, _ = evidence
    ids = {record.record_id: record.type for record in records}
    for record in records:
        to = record.header("WARC-Concurrent-To")
        wanted = {"response": "request", "revisit": "request", "request": "response", "metadata": "response"}
        assert ids.get(to) == wanted.get(record.type) or ids[to] == "revisit"


def test_the_warc_says_who_crawled_with_what_and_by_which_rules(tmp_path):
    (tmp_path / "kyson.toml").write_text('[operator]\nname = "Phòng Lưu trữ"\ncontact = "luutru@kyson.example"\n')
    records, _ = crawled(tmp_path, {"/": page(home())})

    found = fields(records[0])
    sent = next(record for record in records if record.type == "request").block.decode()

    assert records[0].type == "warcinfo"
    assert found["operator"] == "Phòng Lưu trữ <luutru@kyson.example>"
    assert found["format"] == "WARC File Format 1.1"
    assert found["conformsTo"].endswith("/warc-1.1/")
    assert found["isPartOf"] == "127.0.0.1-" + records[1].url.rsplit("-", 1)[-1]
    assert found["description"].startswith("Crawl 1 of the portal 127.0.0.1")
    assert (found["robots"], found["kyson-settings"].split()[0]) == ("obey", "robots=obey")
    assert found["software"].startswith("kyson-crawler/")
    assert f"User-Agent: {found['http-header-user-agent']}\r\n" in sent
    assert f"From: {found['http-header-from']}\r\n" in sent
    assert not {"hostname", "ip"} & set(found)


def test_what_is_no_http_is_kept_as_it_came_with_what_is_wrong_with_it(tmp_path):
    answers = {
        "/": page(home("/a.html", "/b.html")),
        "/a.html": b"SSH-2.0-OpenSSH_7.4\r\n",
        "/b.html": b"HTTP/1.1 200 O",
    }
    records, url = crawled(tmp_path, answers)

    for path, why in (("a.html", "unspecified"), ("b.html", "disconnect")):
        came = [record for record in records if record.type == "response" and record.url == url + path]
        told = [fields(record) for record in records if record.type == "metadata" and record.url == url + path]
        assert {record.block for record in came} == {answers[f"/{path}"]}
        assert {record.truncated for record in came} == {why}
        assert len(told) == len(came) == 3  # asked for again twice, as what broke off is
        assert all(each["fault"] for each in told)
    assert [finding.fault for finding in check(tmp_path)] == []
    with Archive.open(tmp_path) as archive:
        assert archive.status()[0].captures == 3


def test_a_server_that_does_not_answer_leaves_what_it_was_asked_and_why_nothing_came(tmp_path):
    records, url = crawled(tmp_path, {"/": page(home("/a.html")), "/a.html": b""})

    assert [record.type for record in records if record.url == url + "a.html"] == ["request", "metadata"] * 3
    assert "without an answer" in fields(records[-1])["fault"] or "closed" in fields(records[-1])["fault"]


def test_a_payload_of_an_earlier_crawl_is_referred_to(tmp_path):
    answers = {"/": page(home("/a.html")), "/a.html": page(article(1, "<p>" + "Bản Huồi Lếch. " * 200 + "</p>"))}
    with RawPortal(answers) as server:
        target = portal.ad_hoc(server.url)
        outcomes = [crawl.run(target, tmp_path, delay=0) for _ in range(2)]
    with Archive.open(tmp_path) as archive:
        kept = archive.article("127.0.0.1-" + server.url.split(":")[-1].strip("/") + "/a.html")
        rows = archive.connection.execute("SELECT crawl_id, revisit_of FROM capture WHERE bytes > 2000").fetchall()

    assert [revisit is None for _, revisit in rows] == [True, False]
    assert outcomes[1].figures.unchanged == 1
    record = warc.read(tmp_path / "warc", kept.capture.warc, kept.capture.offset)
    assert (record.type, record.content()) == ("revisit", answers["/a.html"].partition(b"\r\n\r\n")[2])
    assert kept.capture.revisit_of == record.header("WARC-Refers-To")
    assert list(check(tmp_path)) == []


def test_a_record_that_cannot_be_read_any_more_is_not_referred_to(tmp_path):
    answers = {"/": page(home("/a.html")), "/a.html": page(article(1, "<p>" + "Bản Huồi Lếch. " * 200 + "</p>"))}
    with RawPortal(answers) as server:
        target = portal.ad_hoc(server.url)
        crawl.run(target, tmp_path, delay=0)
        (path,) = (tmp_path / "warc").glob("*.warc.gz")
        path.write_bytes(b"\0" * path.stat().st_size)
        crawl.run(target, tmp_path, delay=0)
    with Archive.open(tmp_path) as archive:
        assert archive.connection.execute("SELECT count(*) FROM capture WHERE revisit_of IS NOT NULL").fetchone() == (
            0,
        )


def test_a_warc_is_closed_at_the_size_that_was_asked_for(tmp_path):
    recorder = a_recorder(tmp_path, warc_bytes=1_000)
    for number in range(4):
        recorder.record(exchange(url=f"http://kyson.example/{number}"), "page", Found())
    recorder.finish(status="finished", reason=None, counts={})

    assert len(list((tmp_path / "warc").glob("*.warc.gz"))) > 1


def a_recorder(folder: Path, **options):
    home = portal.parse(TOML, slug="ky-son", origin="test")
    return Recorder(folder, home, operator=Operator(), settings={"robots": "obey"}, **options)


def exchange(**changes):
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
    facts = {
        "url": "http://kyson.example/",
        "started": NOON,
        "request": b"GET / HTTP/1.1\r\nHost: kyson.example\r\n\r\n",
        "response": answer,
        "payload": b"hi",
        "status": 200,
        "reason": b"OK",
        "headers": ((b"Content-Length", b"2"),),
        "address": "203.0.113.7",
        "port": 80,
        "http_version": "1.1",
        "truncated": None,
        "tls": None,
    }
    return Exchange(**(facts | changes))


def looked_up(*addresses, **changes):
    found = tuple(map(ipaddress.ip_address, addresses))
    return Lookup(**({"host": "kyson.example", "addresses": found, "time": NOON} | changes))


def test_where_a_name_led_is_kept_once_for_each_answer(tmp_path):
    first, turned = looked_up("203.0.113.7", "2001:db8::7"), looked_up("2001:db8::7", "203.0.113.7")
    recorder = a_recorder(tmp_path)
    for lookup in (first, None, turned, looked_up("203.0.113.8")):
        recorder.record(exchange(lookup=lookup), "page", Found())
    recorder.finish(status="finished", reason=None, counts={})
    (path,) = (tmp_path / "warc").glob("*.warc.gz")

    kept = [record for record in warc.records(path) if record.url == "dns:kyson.example"]

    assert [(record.type, record.header("Content-Type")) for record in kept] == [("resource", "text/dns")] * 2
    assert kept[0].payload == b"20260602050000\nkyson.example. IN A 203.0.113.7\nkyson.example. IN AAAA 2001:db8::7\n"
    assert list(check(tmp_path)) == []


def test_a_name_that_leads_nowhere_is_kept_with_the_reason(tmp_path):
    lookup = looked_up(fault="Name or service not known")
    attempt = Attempt(
        url="http://kyson.example/", started=NOON, request=b"", response=b"", fault="no address is known", lookup=lookup
    )
    recorder = a_recorder(tmp_path)
    recorder.record_attempt(attempt, "page", Found(via="http://kyson.example/danh-sach", hops="L"))
    recorder.finish(status="failed", reason="x", counts={})
    (path,) = (tmp_path / "warc").glob("*.warc.gz")
    *_, answer, told = warc.records(path)

    assert answer.payload == b"20260602050000\n; Name or service not known\n"
    assert (told.type, told.header("WARC-Concurrent-To")) == ("metadata", None)
    assert fields(told)["fault"] == "no address is known"


@pytest.mark.parametrize("truncated", ["length", "time", "disconnect", "unspecified", None])
def test_what_came_of_a_failed_request_says_why_no_more_did_and_how_it_was_encrypted(tmp_path, truncated):
    attempt = Attempt(
        url="https://kyson.example/",
        started=NOON,
        request=b"GET / HTTP/1.1\r\n\r\n",
        response=b"HTTP/1.1 200 OK\r\nContent-Ty",
        fault="the server broke off within the headers",
        truncated=truncated,
        tls=Tls(version="TLSv1.3", cipher="TLS_AES_128_GCM_SHA256", certificate_sha256="ab" * 32),
    )
    recorder = a_recorder(tmp_path)
    recorder.record_attempt(attempt, "page", Found())
    recorder.finish(status="failed", reason="x", counts={})
    (path,) = (tmp_path / "warc").glob("*.warc.gz")
    response = next(record for record in warc.records(path) if record.type == "response")

    assert response.truncated == truncated
    assert response.header("WARC-Cipher-Suite") == "TLS_AES_128_GCM_SHA256"


def test_a_certificate_that_was_accepted_in_spite_of_a_fault_is_told_of(tmp_path):
    tls = Tls(version="TLSv1.2", cipher="TLS_AES_128_GCM_SHA256", certificate_sha256="ab" * 32, fault="has expired")
    recorder = a_recorder(tmp_path)
    recorder.record(exchange(tls=tls, timings=Timings(total=0.0126, tls=0.2)), "page", Found())
    recorder.finish(status="finished", reason=None, counts={})
    (path,) = (tmp_path / "warc").glob("*.warc.gz")
    response, _, told = list(warc.records(path))[-3:]

    assert [text for name, text in response.headers if name == "WARC-Protocol"] == ["http/1.1", "tls/1.2"]
    assert response.header("WARC-Cipher-Suite") == "TLS_AES_128_GCM_SHA256"
    assert fields(told) == {
        "hopsFromSeed": "",
        "fetchTimeMs": "13",
        "kind": "page",
        "tlsTimeMs": "200",
        "tlsCertificate": "sha256:" + "ab" * 32,
        "tlsFaultAccepted": "has expired",
    }


def test_a_long_way_from_the_seed_is_told_by_its_end():
    assert provenance.about(exchange(), Found(hops="L" * 60 + "E"), "image")["hopsFromSeed"] == "11+" + "L" * 49 + "E"


def test_the_order_of_addresses_is_no_news():
    names = NameServices()

    assert names.is_news(looked_up("203.0.113.7", "203.0.113.8"))
    assert not names.is_news(looked_up("203.0.113.8", "203.0.113.7"))
    assert names.is_news(looked_up("203.0.113.9"))
