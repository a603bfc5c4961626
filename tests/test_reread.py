"""Captures read again: in place only what says something else is kept, and from WARCs alone comes what the crawls came to."""

import gzip
import hashlib
import re
import shutil
import signal
import subprocess
import sys
from base64 import b32encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from attrs import evolve

from archive.errors import ArchiveBusy, NotAnArchive, UsageError
from archive.fixity import check
from archive.records import Block
from archive.store import Archive
from archive.warc import WarcWriter
from kyson_crawler import crawl, portal, reread
from tests.builders import article, begin, capture
from tests.content import content
from tests.portals.rawserver import serving
from tests.program import kyson, objects

ROOT = Path(__file__).parents[1]
NOON = datetime(2024, 6, 2, 5, 0, 0, tzinfo=UTC)
SENTENCE = (
    "Sáng nay hơn hai trăm hộ dân hai bên suối đã đi qua cây cầu mới dài sáu mươi mét, thay cho bè mảng bao năm. "
)
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(200)


def page(title, image=None):
    picture = f'<p><img src="{image}"></p>' if image else ""
    text = f"<div><p>{SENTENCE * 2}</p><p>{SENTENCE * 3}</p>{picture}</div>"
    return f"<html><body><h1>{title}</h1><p>Ngày đăng: 11/03/2021 08:30</p>{text}</body></html>".encode()


def read_again(folder, slug="sample", *, workers=1, dry_run=False):
    changes = []
    with Archive.open(folder, write=not dry_run) as archive, reread.Pool(workers) as pool:
        report = reread.reread(archive, slug, pool, dry_run=dry_run, watch=None, changed=changes.append)
    return report, changes


def make(source, new, *, workers=1, only=None, watch=None):
    with reread.Pool(workers) as pool:
        return reread.make(source, new, pool, portal=only, watch=watch)


def held(folder):
    with Archive.open(folder) as archive:
        return {kept.article.key: kept for kept in archive.articles()}


@pytest.fixture
def copy(crawled, tmp_path):
    """The sample portal's archive, to be changed."""
    return Path(shutil.copytree(crawled[0], tmp_path / "kyson-archive"))


@pytest.fixture
def archive(tmp_path):
    """An archive with a crawl that goes on, whose WARC has real records; `keep` adds a page to both."""
    with Archive.open(tmp_path, write=True, create=True) as opened:
        opened.crawl_id = begin(opened, "ban.example", toml=portal.draft("http://ban.example/"))
        with WarcWriter(tmp_path / "warc", "ban.example", info={}) as warc:
            opened.warc = warc
            yield opened


def put(archive, path, body, *, kind="page", mime="text/html", days=0):
    """The id of a new capture."""
    url, time = f"http://ban.example/{path}", NOON + timedelta(days=days)
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {mime}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    where = archive.warc.write_exchange(
        url=url, time=time, request=None, response=head + body, payload=body, address="127.0.0.1"
    )
    facts = {"warc": where.warc, "offset": where.offset, "length": where.length, "record_id": where.record_id}
    made = evolve(capture(url, payload=body, mime=mime), time=time, **facts)
    return archive.put_capture(archive.crawl_id, made, kind)


def end(archive):
    archive.warc.close()
    archive.finish_crawl(archive.crawl_id, status="finished")


@pytest.fixture
def small(archive, tmp_path):
    """The folder of an archive with two articles, captured on two days, as an older reader read them."""
    for days in range(2):
        for name, title in (("cau-treo.html", "Khánh thành cầu treo"), ("mo-lop.html", "Mở lớp học ở bản")):
            page_id = put(archive, name, page(title) + b" " * days, days=days)
            archive.put_article(archive.crawl_id, page_id, article(name, "Cũ.", portal="ban.example"))
    end(archive)
    return tmp_path


def crawl_and_make(script, folder):
    """Crawl a server that answers by a script, make its archive again, and hold both against each other."""
    with serving(script) as served:
        crawl.run(portal.ad_hoc(served.url()), folder / "crawled", delay=0)
    make(folder / "crawled", folder / "new")
    assert content(folder / "new") == content(folder / "crawled")


# -- from the WARCs alone ----------------------------------------------------------------------------------------


def test_the_warcs_alone_give_what_the_crawls_gave(crawled, tmp_path):
    made = make(crawled[0], tmp_path / "new", workers=2)
    assert (made.crawls, made.is_sound) == (2, True)
    assert content(tmp_path / "new") == content(crawled[0])
    assert kinds(tmp_path / "new") == kinds(crawled[0])
    assert list(check(tmp_path / "new")) == []


def test_the_warcs_of_a_real_portal_give_what_its_crawls_gave(nukeviet, tmp_path):
    folder, _ = nukeviet
    make(folder, tmp_path / "new")
    assert content(tmp_path / "new") == content(folder)


LOCATIONS = (
    "/ảnh/một.jpg".encode(),
    b"/anh hai.jpg",
    b"/anh3.jpg#x",
    "/anh-bốn.jpg?tên=cầu treo|1".encode(),
    b"../anh/./5.jpg",
    b"//HOST/6.jpg",
    b"http://ai:bimat@HOST/7.jpg",
)


def test_pictures_behind_redirects_of_all_spellings_are_found_again(tmp_path):
    pictures = "".join(f'<p><img src="/tam/{number}.jpg"></p>' for number in range(len(LOCATIONS)))
    article = page("Khánh thành cầu treo").replace(b"</div>", pictures.encode() + b"</div>")

    def script(request):
        path = request.split(b" ", 2)[1].decode()
        if path.startswith("/tam/"):
            host = re.search(rb"Host: (\S+)", request)[1]
            location = LOCATIONS[int(path[5:-4])].replace(b"HOST", host)
            return [b"HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % location]
        body, mime = (article, b"text/html") if path.endswith(".html") else (PICTURE + path.encode(), b"image/jpeg")
        if path == "/":
            body, mime = b'<html><body><a href="/cau-treo.html">Xem</a></body></html>', b"text/html"
        return [b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s" % (mime, len(body), body)]

    crawl_and_make(script, tmp_path)
    (found,) = held(tmp_path / "new").values()
    assert [embed.status for embed in found.embeds.values()] == ["ok"] * len(LOCATIONS)


def test_a_page_in_the_place_of_a_sitemap_or_feed_is_no_article(tmp_path):
    front = (
        b'<html><head><link rel="alternate" type="application/rss+xml" href="/rss.xml"></head>'
        b'<body><a href="/cau-treo.html">Xem</a></body></html>'
    )
    pages = {"/": front, "/cau-treo.html": page("Khánh thành cầu treo")}

    def script(request):
        body = pages.get(request.split(b" ", 2)[1].decode(), page("Cổng thông tin điện tử huyện Kỳ Sơn"))
        return [b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)]

    crawl_and_make(script, tmp_path)
    assert list(held(tmp_path / "new")) == ["cau-treo.html"]
    assert kinds(tmp_path / "new") == kinds(tmp_path / "crawled")
    assert {"sitemap", "robots"} < set(kinds(tmp_path / "new").values())


def kinds(folder):
    with Archive.open(folder) as archive:
        return dict(archive.connection.execute("SELECT record_id, kind FROM capture"))


KILLED = """
import os, signal, sys
from pathlib import Path
from kyson_crawler import reread

said = []

def watch(made):
    said.append(made.read)
    if made.crawls == 1 and made.read > said[-2]:
        os.kill(os.getpid(), signal.SIGKILL)

with reread.Pool(1) as pool:
    reread.make(Path(sys.argv[1]), Path(sys.argv[2]), pool, portal=None, watch=watch)
"""


def test_a_new_archive_that_was_killed_while_it_was_made_goes_on(crawled, tmp_path):
    new = tmp_path / "new"
    done = subprocess.run([sys.executable, "-c", KILLED, crawled[0], new], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert not new.exists()
    made = make(crawled[0], new)
    assert (made.made_before, made.crawls) == (1, 1)
    assert content(new) == content(crawled[0])
    assert not (tmp_path / "new.part").exists()


def test_an_archive_that_is_there_is_not_written_over(crawled, tmp_path):
    with pytest.raises(UsageError, match="there already"):
        make(crawled[0], crawled[0])
    with pytest.raises(NotAnArchive, match="no WARC"):
        make(tmp_path, tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def foreign(path, *pages, compressed=True, info=""):
    """A WARC as other tools write it, without a portal's description, index and manifest."""
    records = [("warcinfo", None, "application/warc-fields", f"software: Wget/1.21\r\n{info}".encode())]
    for url, kind, body in pages:
        block = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n\r\n".encode() + body
        records.append(("response", url, "application/http; msgtype=response", block))
    with path.open("wb") as stream:
        for number, (kind, url, mime, block) in enumerate(records, start=1):
            lines = ["WARC/1.0", f"WARC-Type: {kind}", f"WARC-Record-ID: <urn:uuid:{uuid4()}>", f"Content-Type: {mime}"]
            lines += [f"WARC-Date: 2015-03-0{number}T05:00:00Z", f"Content-Length: {len(block)}"]
            lines += [f"WARC-Target-URI: <{url}>"] if url else []
            record = "\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"
            stream.write(gzip.compress(record) if compressed else record)


STRANGER = (
    ("http://ban.example/anh/cau.png", "image/png", PICTURE),
    ("http://ban.example/cau-treo-ban-huoi-lech.html", "text/html", page("Khánh thành cầu treo", "/anh/cau.png")),
    ("http://xa.example/khung.html", "text/html", page("Trang của máy chủ khác")),
    ("http://ban.example/mo-lop-hoc.html", "text/html", page("Mở lớp học ở bản")),
    ("http://ban.example/chong-ret.html", "text/html", page("Chống rét cho trâu bò")),
)


@pytest.mark.parametrize("name", ["wget.warc.gz", "wget.warc", "one-gzip.warc.gz"])
def test_a_warc_of_others_is_read_as_the_portal_of_most_of_its_pages(tmp_path, name):
    (tmp_path / "a" / "warc").mkdir(parents=True)
    path = tmp_path / "a" / "warc" / name
    foreign(path, *STRANGER, compressed=name == "wget.warc.gz")
    if name == "one-gzip.warc.gz":
        path.write_bytes(gzip.compress(path.read_bytes()))
    made = make(tmp_path / "a", tmp_path / "new")
    assert [(found.portal, found.articles, found.images) for found in made.holdings] == [("ban.example", 3, 1)]
    found = held(tmp_path / "new")
    assert found["cau-treo-ban-huoi-lech.html"].article.title == "Khánh thành cầu treo"
    assert [embed.status for embed in found["cau-treo-ban-huoi-lech.html"].embeds.values()] == ["ok"]
    assert list(check(tmp_path / "new")) == []


def test_an_arc_of_before_warcs_is_read(tmp_path):
    (tmp_path / "a" / "warc").mkdir(parents=True)
    body = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + page("Họp dân bàn làm đường")
    version = b"1 0 test\nURL IP-address Archive-date Content-type Archive-length\n"
    arc = b"filedesc://a.arc 0.0.0.0 20080101000000 text/plain %d\n%s\n" % (len(version), version)
    arc += b"http://ban.example/hop-dan.html 127.0.0.1 20080101000000 text/html %d\n%s\n" % (len(body), body)
    (tmp_path / "a" / "warc" / "cu.arc").write_bytes(arc)
    assert make(tmp_path / "a", tmp_path / "new").is_sound
    assert held(tmp_path / "new")["hop-dan.html"].version.since == datetime(2008, 1, 1, tzinfo=UTC)


def test_files_of_one_crawl_of_others_are_read_together(tmp_path):
    (tmp_path / "a" / "warc").mkdir(parents=True)
    for name, record in (("1.warc.gz", STRANGER[0]), ("2.warc.gz", STRANGER[1])):
        foreign(tmp_path / "a" / "warc" / name, record, info="isPartOf: ban\r\n")
    made = make(tmp_path / "a", tmp_path / "new")
    assert [(found.articles, found.images, found.crawls) for found in made.holdings] == [(1, 1, 1)]


def other(kind, url, block, number, *fields, version="1.0"):
    """A record as other tools write it, packed by itself."""
    lines = [f"WARC/{version}", f"WARC-Type: {kind}", f"WARC-Record-ID: <urn:uuid:{number:08}>", *fields]
    lines += [f"WARC-Target-URI: {url}", f"WARC-Date: 2021-03-{number:02}T00:00:00Z"]
    lines += ["Content-Type: application/http; msgtype=response", f"Content-Length: {len(block)}"]
    return gzip.compress("\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n", mtime=0)


def digest(data, algorithm="sha1", *, hexadecimal=False):
    made = hashlib.new(algorithm, data)
    return f"{algorithm}:{made.hexdigest() if hexadecimal else b32encode(made.digest()).decode()}"


OF_OTHERS = "http://ban.example/cau-treo.html"
HTML = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
BODY = page("Khánh thành cầu treo")
SENT = HTML + b"\r\n" + BODY
CHUNKS = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)


def others(tmp_path, **files):
    """The archive made of WARCs of others, and what came of making it."""
    (tmp_path / "a" / "warc").mkdir(parents=True)
    for name, records in files.items():
        (tmp_path / "a" / "warc" / f"{name}.warc.gz").write_bytes(b"".join(records))
    return make(tmp_path / "a", tmp_path / "new")


@pytest.mark.parametrize(
    "fields",
    [
        (f"WARC-Refers-To-Target-URI: {OF_OTHERS}", "WARC-Refers-To-Date: 2021-03-02T00:00:00Z"),
        ("WARC-Refers-To: <urn:uuid:00000002>",),
    ],
)
def test_a_revisit_of_others_is_followed_by_address_and_date_or_by_what_it_brought(tmp_path, fields):
    stated = f"WARC-Payload-Digest: {digest(BODY)}"
    elsewhere = [other("response", f"http://ban.example/{n}", HTML + b"\r\n%d" % n, n) for n in range(3, 9)]
    first = [*elsewhere, other("response", OF_OTHERS, SENT, 2, stated)]
    made = others(tmp_path, a=first, b=[other("revisit", OF_OTHERS, HTML + b"\r\n", 9, stated, *fields)])
    assert made.is_sound
    assert list(check(tmp_path / "new")) == []
    with Archive.open(tmp_path / "new") as archive:
        query = "SELECT count(*) FROM capture WHERE digest = ?"
        assert archive.connection.execute(query, (digest(BODY),)).fetchone() == (2,)


def test_a_payload_digest_that_others_took_before_transfer_decoding_is_no_fault(tmp_path):
    block = HTML + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKS
    made = others(tmp_path, a=[other("response", OF_OTHERS, block, 1, f"WARC-Payload-Digest: {digest(CHUNKS)}")])
    assert made.is_sound
    assert list(check(tmp_path / "new")) == []


def test_a_record_that_lies_in_two_files_is_read_once_and_the_other_named(tmp_path):
    record = other("response", OF_OTHERS, SENT, 1)
    made = others(tmp_path, a=[record], b=[record])
    assert [(fault.warc, "left out" in fault.fault) for fault in made.unreadable] == [("b.warc.gz", True)]
    assert list(held(tmp_path / "new")) == ["cau-treo.html"]


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256", "sha512"])
@pytest.mark.parametrize("hexadecimal", [True, False])
def test_block_digests_of_any_algorithm_are_checked(tmp_path, algorithm, hexadecimal):
    stated = [digest(data, algorithm, hexadecimal=hexadecimal) for data in (SENT, b"")]
    records = [other("response", OF_OTHERS, SENT, n + 1, f"WARC-Block-Digest: {said}") for n, said in enumerate(stated)]
    made = others(tmp_path, a=records)
    assert ["Block-Digest" in fault.fault for fault in made.unreadable] == [True]
    assert list(held(tmp_path / "new")) == ["cau-treo.html"]


def test_an_address_with_a_user_name_an_old_version_and_a_segment_are_read_as_what_they_are(tmp_path):
    records = [
        other("response", "http://ai:bimat@ban.example/cau-treo.html", SENT, 1, version="0.18"),
        other("response", "http://ban.example/mo-lop.html", SENT[:-400], 2, "WARC-Segment-Number: 1"),
    ]
    made = others(tmp_path, a=records)
    assert made.is_sound
    assert list(check(tmp_path / "new")) == []
    with Archive.open(tmp_path / "new") as archive:
        query = "SELECT u.url, c.truncated FROM capture c JOIN url u ON u.id = c.url_id ORDER BY c.id"
        found = archive.connection.execute(query).fetchall()
    assert found == [(OF_OTHERS, None), ("http://ban.example/mo-lop.html", "unspecified")]


def test_what_cannot_be_read_is_named_and_the_rest_is_read(tmp_path):
    folder = tmp_path / "a" / "warc"
    folder.mkdir(parents=True)
    foreign(folder / "wget.warc.gz", *STRANGER)
    whole = (folder / "wget.warc.gz").read_bytes()
    at = [place for place in range(len(whole)) if whole[place : place + 3] == b"\x1f\x8b\x08"][2]
    (folder / "wget.warc.gz").write_bytes(whole[: at + 200] + b"\0\0\0" + whole[at + 203 :])
    (folder / "hong.warc.gz").write_bytes(b"khong phai WARC")
    (folder / "dang-do.warc.gz.open").write_bytes(b"")
    made = make(tmp_path / "a", tmp_path / "new")
    named = {(fault.warc, fault.offset) for fault in made.unreadable}
    assert named == {("wget.warc.gz", at), ("hong.warc.gz", None), ("dang-do.warc.gz.open", None)}
    assert len(made.unreadable) == 3
    assert "mo-lop-hoc.html" in held(tmp_path / "new")


def test_a_response_that_broke_off_within_its_head_is_no_capture(archive, tmp_path):
    put(archive, "mo-lop.html", page("Mở lớp học ở bản"))
    archive.warc.write_exchange(
        url="http://ban.example/dut.html",
        time=NOON,
        request=None,
        response=b"HTTP/1.1 200 OK\r\nContent-Type: text/ht",
        payload=None,
        address="127.0.0.1",
        truncated="unspecified",
    )
    end(archive)
    make(tmp_path, tmp_path / "new")
    with Archive.open(tmp_path / "new") as again:
        urls = [url for (url,) in again.connection.execute("SELECT u.url FROM capture c JOIN url u ON u.id = c.url_id")]
    assert urls == ["http://ban.example/mo-lop.html"]


def test_only_the_crawls_of_one_portal_are_made_again_when_asked(crawled, tmp_path):
    assert make(crawled[0], tmp_path / "new", only="ky-son").crawls == 0


# -- in place ----------------------------------------------------------------------------------------------------


def test_right_after_a_crawl_nothing_changes(copy):
    before = content(copy)
    report, changes = read_again(copy, workers=2)
    assert (report.changed, report.is_sound, changes) == (0, True, [])
    assert report.read == report.captures
    assert report.unchanged == len({record_id for record_id, *_ in before["what each capture shows"]})
    assert content(copy) == before


def older(folder, change):
    """Let the archive be as an older reader would have left it: with what `change` makes of every article."""
    with Archive.open(folder, write=True) as archive:
        pages = archive.connection.execute("SELECT DISTINCT capture_id FROM reading_capture").fetchall()
        for (page_id,) in pages:
            archive.read_again(page_id, change)


def worse(found):
    """An older reader, which took the lead for a paragraph."""
    if found.lead is None:
        return found
    first = Block(kind="paragraph", text=found.lead)
    return evolve(found, lead=None, blocks=(first, *found.blocks), extractor="kyson-crawler/0.0.1 vnportal")


def test_a_better_reader_makes_new_readings_but_no_version(copy):
    wanted, shown = content(copy)["version"], {key: kept.article for key, kept in held(copy).items()}
    older(copy, worse)
    assert any(kept.article != shown[key] for key, kept in held(copy).items())
    report, changes = read_again(copy)
    assert report.fields.articles == {"lead": len(changes), "blocks": len(changes)}
    assert report.articles["changed"] == len(changes) == sum(article.lead is not None for article in shown.values())
    assert report.versions == (len(wanted), len(wanted))
    assert {key: kept.article for key, kept in held(copy).items()} == shown
    assert content(copy)["version"] == wanted
    assert read_again(copy)[0].changed == 0


def test_a_reader_of_another_version_that_reads_the_same_leaves_no_trace(small):
    read_again(small, "ban.example")
    older(small, lambda found: evolve(found, extractor="kyson-crawler/0.0.1 generic"))
    before = content(small)
    assert read_again(small, "ban.example")[0].changed == 0
    assert content(small) == before


def test_a_dry_run_says_the_same_and_writes_nothing(small):
    before = content(small)
    dry, told = read_again(small, "ban.example", dry_run=True)
    assert content(small) == before
    report, changes = read_again(small, "ban.example")
    assert (dry.fields, told) == (report.fields, changes)
    assert report.changed == 4


IN_PLACE_KILLED = """
import os, signal, sys
from pathlib import Path
from archive.store import Archive
from kyson_crawler import reread
from kyson_crawler.reread import inplace

inplace._KEPT_AT_ONCE = 20

def watch(report):
    if report.changed > 20:
        os.kill(os.getpid(), signal.SIGKILL)

with Archive.open(Path(sys.argv[1]), write=True) as archive, reread.Pool(1) as pool:
    reread.reread(archive, "sample", pool, dry_run=False, watch=watch, changed=lambda change: None)
"""


def test_a_reread_that_was_killed_leaves_a_sound_archive_and_goes_on(copy):
    wanted = {key: kept.article for key, kept in held(copy).items()}
    older(copy, worse)
    done = subprocess.run([sys.executable, "-c", IN_PLACE_KILLED, copy], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert list(check(copy)) == []
    report, _ = read_again(copy)
    assert 0 < report.changed < report.captures - report.unchanged
    assert {key: kept.article for key, kept in held(copy).items()} == wanted


def test_an_article_that_could_not_be_read_before_is_found_with_its_pictures(archive, tmp_path):
    put(archive, "anh/cau.png", PICTURE, kind="other", mime="image/png")
    put(archive, "cau-treo.html", page("Khánh thành cầu treo", "/anh/cau.png"))
    end(archive)
    report, (change,) = read_again(tmp_path, "ban.example")
    assert (report.articles["new"], change.what, change.ref) == (1, "new", "ban.example/cau-treo.html")
    (found,) = held(tmp_path).values()
    assert [embed.status for embed in found.embeds.values()] == ["ok"]
    assert read_again(tmp_path, "ban.example")[0].changed == 0


def test_an_article_that_cannot_be_read_any_more_stays_and_is_named(archive, tmp_path):
    page_id = put(archive, "muc.html", b"<html><body><a href='/a.html'>A</a></body></html>")
    archive.put_article(archive.crawl_id, page_id, article("muc.html", "Cũ.", portal="ban.example"))
    end(archive)
    report, (change,) = read_again(tmp_path, "ban.example")
    assert (report.articles["lost"], report.is_sound, change.what) == (1, False, "lost")
    assert held(tmp_path)["muc.html"].article.paragraphs == ("Cũ.",)


def test_a_page_that_would_get_another_reference_keeps_its_own(archive, tmp_path):
    page_id = put(archive, "cau-treo.html", page("Khánh thành cầu treo"))
    archive.put_article(archive.crawl_id, page_id, article("77", "Cũ.", portal="ban.example"))
    end(archive)
    report, _ = read_again(tmp_path, "ban.example")
    assert (report.rekeyed, report.articles["changed"]) == (1, 1)
    assert [kept.article.title for key, kept in held(tmp_path).items() if key == "77"] == ["Khánh thành cầu treo"]


def test_captures_of_the_same_bytes_are_read_once(archive, tmp_path):
    for days in range(3):
        page_id = put(archive, "cau-treo.html", page("Khánh thành cầu treo"), days=days)
        archive.put_article(archive.crawl_id, page_id, article("cau-treo.html", "Cũ.", portal="ban.example"))
    end(archive)
    path = next((tmp_path / "warc").glob("*.warc.gz"))
    damaged = bytearray(path.read_bytes())
    damaged[-40] ^= 255  # in the last of the three, which is not asked for
    path.write_bytes(damaged)
    report, (change,) = read_again(tmp_path, "ban.example")
    assert (change.captures, report.unreadable) == (3, [])
    assert len(Archive.open(tmp_path).versions("ban.example/cau-treo.html")) == 1


def test_a_record_that_is_damaged_is_named_and_its_reading_stays(copy):
    kept = held(copy)["529174" if "529174" in held(copy) else next(iter(held(copy)))]
    path = copy / "warc" / kept.capture.warc
    damaged = bytearray(path.read_bytes())
    damaged[kept.capture.offset + kept.capture.length // 2] ^= 255
    path.write_bytes(damaged)
    report, changes = read_again(copy)
    assert [(fault.warc, fault.offset, fault.url) for fault in report.unreadable] == [
        (kept.capture.warc, kept.capture.offset, kept.capture.url)
    ]
    assert (report.is_sound, changes) == (False, [])
    assert held(copy)[kept.article.key] == kept


def test_nobody_crawls_a_portal_while_it_is_read_again_nor_the_other_way_round(copy):
    with Archive.open(copy, write=True) as archive:
        with archive.hold("sample"), pytest.raises(ArchiveBusy, match="read again"):
            begin(archive, "sample")
        begin(archive, "sample")
        with reread.Pool(1) as pool, pytest.raises(ArchiveBusy, match="is being crawled"):
            reread.reread(archive, "sample", pool, dry_run=False, watch=None, changed=lambda _: None)


def test_what_was_read_is_checked_against_its_digest(small):
    assert list(check(small)) == []
    with Archive.open(small, write=True) as archive:
        for (name,) in archive.connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'reading'"
        ).fetchall():
            archive.connection.execute(f"DROP TRIGGER {name}")
        archive.connection.execute("UPDATE reading SET lead = 'Giả mạo' WHERE id = 1")
    assert [(finding.object, "row 1 " in finding.fault) for finding in check(small)] == [("reading", True)]


# -- the command -------------------------------------------------------------------------------------------------


def test_the_program_says_which_fields_changed_on_how_many_articles_with_examples(small):
    said = kyson("--archive", small, "reread", "--dry-run", "--workers", "1")
    assert said.returncode == 0, said.stderr.decode()
    shown = said.stdout.decode()
    assert "title changed on 2 articles, such as" in shown
    assert (
        "      ban.example/cau-treo.html\n        was  Bài cau-treo.html\n        is   Khánh thành cầu treo\n" in shown
    )


def test_the_program_prints_an_object_for_each_article_that_changed_and_one_for_all(small, tmp_path):
    *changes, whole = objects(kyson("--archive", small, "reread", "--json", "--workers", "2").stdout)
    assert [(change["what"], change["captures"]) for change in changes] == [("changed", 2), ("changed", 2)]
    assert whole["articles"] == {"changed": 2, "new": 0, "lost": 0}
    made = objects(kyson("--archive", small, "reread", "--into", tmp_path / "new", "--json", "--workers", "1").stdout)
    assert [portal["articles"] for portal in made[0]["portals"]] == [2]
    section = (ROOT / "docs/json.md").read_text(encoding="utf-8").partition("## `kyson reread --json`")[2]
    described = section.partition("\n## ")[0]
    assert [name for line in (changes[0], whole, made[0]) for name in line if f"`{name}`" not in described] == []


def test_misuse_and_faults_of_the_data_have_their_exit_codes(small, tmp_path):
    assert kyson("--archive", small, "reread", "--into", tmp_path / "new", "--dry-run").returncode == 2
    assert kyson("--archive", small, "reread", "--portal", "khong-co").returncode == 2
    path = min((small / "warc").glob("*.warc.gz"))
    path.write_bytes(path.read_bytes()[:-100])
    assert kyson("--archive", small, "reread", "--into", tmp_path / "new", "--workers", "1").returncode == 1
    assert (tmp_path / "new" / "archive.db").exists()
