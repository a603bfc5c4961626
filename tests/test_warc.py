import gzip
import hashlib
import json
import random
import resource
import signal
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from archive.errors import UsageError, WarcFault
from archive.warc import Repair, message, read, records, repair
from archive.warc.digests import sha1
from archive.warc.members import members
from archive.warc.reading import parse
from tests.warc_samples import NOON, PAGE, REQUEST, Recaller, chunked, exchange, response, varied, write, writer

BIN = Path(sys.executable).parent


def run(*command):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)


def only(folder, pattern="*.warc.gz"):
    (path,) = folder.glob(pattern)
    return path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


# -- what is written ------------------------------------------------------------------------------------------------


def test_records_are_these_very_bytes(tmp_path):
    body = b"<p>Xin ch\xc3\xa0o</p>"
    sent = response(body, "Content-Length: 18")
    with writer(tmp_path) as warc:
        warc.write_exchange(**exchange(response=sent, payload=body, truncated="length", protocols=("http/1.1",)))

    with gzip.open(only(tmp_path)) as stream:
        assert stream.read().decode() == (
            "WARC/1.1\r\n"
            "WARC-Type: warcinfo\r\n"
            "WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-000000000001>\r\n"
            "WARC-Date: 2022-06-02T05:00:00.123456Z\r\n"
            "WARC-Filename: ky-son-20220602050000-00000.warc.gz\r\n"
            "WARC-Block-Digest: sha1:IQK7GBQ43HJGSK3OSNR52QMB2MH7AH2W\r\n"
            "Content-Type: application/warc-fields\r\n"
            "Content-Length: 138\r\n"
            "\r\n"
            "software: test\r\n"
            "format: WARC File Format 1.1\r\n"
            "conformsTo: http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/\r\n"
            "\r\n\r\n"
            "WARC/1.1\r\n"
            "WARC-Type: response\r\n"
            "WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-000000000002>\r\n"
            "WARC-Date: 2022-06-02T05:00:00.123456Z\r\n"
            "WARC-Target-URI: http://kyson.example/tin-tuc/0\r\n"
            "WARC-IP-Address: 127.0.0.1\r\n"
            "WARC-Protocol: http/1.1\r\n"
            "WARC-Warcinfo-ID: <urn:uuid:00000000-0000-0000-0000-000000000001>\r\n"
            "WARC-Concurrent-To: <urn:uuid:00000000-0000-0000-0000-000000000003>\r\n"
            "WARC-Block-Digest: sha1:S7HY25WT2AOTPKVAACGKS2HENTO2KZCE\r\n"
            "WARC-Payload-Digest: sha1:7UQCN3TKU6IURJPSXU247MBIT5AO5JQ4\r\n"
            "WARC-Truncated: length\r\n"
            "Content-Type: application/http;msgtype=response\r\n"
            "Content-Length: 95\r\n"
            "\r\n"
            "HTTP/1.1 200 OK\r\n"
            "Content-Type: text/html; charset=utf-8\r\n"
            "Content-Length: 18\r\n"
            "\r\n"
            "<p>Xin chào</p>"
            "\r\n\r\n"
            "WARC/1.1\r\n"
            "WARC-Type: request\r\n"
            "WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-000000000003>\r\n"
            "WARC-Date: 2022-06-02T05:00:00.123456Z\r\n"
            "WARC-Target-URI: http://kyson.example/tin-tuc/0\r\n"
            "WARC-IP-Address: 127.0.0.1\r\n"
            "WARC-Protocol: http/1.1\r\n"
            "WARC-Warcinfo-ID: <urn:uuid:00000000-0000-0000-0000-000000000001>\r\n"
            "WARC-Concurrent-To: <urn:uuid:00000000-0000-0000-0000-000000000002>\r\n"
            "WARC-Block-Digest: sha1:BKWXC6ACJGI7COGTCDNLHOQJQDT7RD3A\r\n"
            "Content-Type: application/http;msgtype=request\r\n"
            "Content-Length: 39\r\n"
            "\r\n"
            "GET / HTTP/1.1\r\n"
            "Host: kyson.example\r\n"
            "\r\n"
            "\r\n\r\n"
        )


def write_all_kinds(warc):
    warc.write_resource(url="urn:kyson:portal:sample", time=NOON, mime="application/toml; a=b", payload=b"[portal]\n")
    warc.write_resource(url="urn:kyson:note", time=NOON, mime="application/warc-fields", payload=b"a: b\r\n")
    warc.write_resource(url="dns:kyson.example", time=NOON, mime="text/dns", payload=b"20220602050000\n")
    for each in reversed(varied()):
        warc.write_exchange(**each, about={"via": "http://kyson.example/", "hopsFromSeed": "L"})
    facts = {"time": NOON, "request": REQUEST, "address": "127.0.0.1", "about": {"fault": "no HTTP"}}
    warc.write_attempt(url="http://kyson.example/silent", **facts)
    for number, junk in enumerate(
        [b"SSH-2.0-OpenSSH_7.4\r\n", b"HTTP/1.1 200 OK\r\nContent-Ty", b"\x15\x03\x01\x00\r\n\r\nx"]
    ):
        url = f"http://kyson.example/junk/{number}"
        warc.write_exchange(url=url, response=junk, payload=None, truncated="unspecified", **facts)


def test_independent_tools_accept_the_file(tmp_path):
    with writer(tmp_path) as warc:
        write_all_kinds(warc)
    path = only(tmp_path)

    assert run("gzip", "-t", path).returncode == 0
    checked = run(BIN / "warcio", "check", path)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
    assert run(BIN / "fastwarc", "check", "--verify-payloads", path).returncode == 0


def test_payload_digest_of_a_chunked_response_is_taken_after_transfer_decoding(tmp_path):
    """As WARC 1.1 has it, section 6.3.2; to check it, warcio and fastwarc take it before (webrecorder/warcio#75)."""
    chunks = response(chunked(PAGE), "Transfer-Encoding: chunked")
    (position,) = write(tmp_path, [exchange(response=chunks, payload=PAGE)])
    (plain,) = write(tmp_path / "plain", [exchange(response=response(PAGE), payload=PAGE)])

    assert position.digest == plain.digest
    with only(tmp_path).open("rb") as stream:
        (decoded,) = [each.content_stream().read() for each in ArchiveIterator(stream) if each.rec_type == "response"]
    assert position.digest == sha1(decoded)
    checked = run(BIN / "warcio", "check", only(tmp_path)).stdout
    assert "payload digest failed" in checked
    assert "block digest failed" not in checked


def test_index_equals_that_of_cdxj_indexer(tmp_path):
    pytest.importorskip("cdxj_indexer")
    with writer(tmp_path) as warc:
        write_all_kinds(warc)
        warc.write_exchange(**exchange(response=response(chunked(PAGE), "Transfer-Encoding: chunked"), payload=PAGE))
    path = only(tmp_path)

    assert path.with_name(path.name + ".cdxj").read_text() == run(BIN / "cdxj-indexer", "--sort", path).stdout


def test_position_leads_to_the_record(tmp_path):
    positions = write(tmp_path, varied())

    for position, each in zip(positions, varied(), strict=True):
        record = read(tmp_path, position.warc, position.offset, position.length)
        assert (record.block, record.payload) == (each["response"], each["payload"])
        assert (record.record_id, record.time, record.truncated) == (position.record_id, NOON, each.get("truncated"))
        assert position.sha256 == hashlib.sha256(each["payload"]).hexdigest()
        assert position.payload_bytes == len(each["payload"])
        assert record.header("WARC-Payload-Digest") == position.digest


def test_manifest_says_what_the_file_was_when_it_was_closed(tmp_path):
    write(tmp_path, [exchange(1), exchange(2)])
    path = only(tmp_path)

    assert json.loads(path.with_name(path.name + ".json").read_text()) == {
        "name": path.name,
        "bytes": path.stat().st_size,
        "records": 5,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "closed": "2022-06-02T05:00:00.123456+00:00",
    }


@pytest.mark.parametrize(
    ("url", "stated"),
    [
        ("http://a/\r\nWARC-Type: request\r\n\r\n", "http://a/%0D%0AWARC-Type:%20request%0D%0A%0D%0A"),
        ("http://a/x y\x00\x1b[31m\x7f", "http://a/x%20y%00%1B[31m%7F"),
        ("http://a/lễ%20hội", "http://a/l%E1%BB%85%20h%E1%BB%99i"),
        ("http://a/\u2028\x85\udcff", "http://a/%E2%80%A8%C2%85%ED%B3%BF"),
    ],
)
def test_hostile_address_stays_within_its_line(tmp_path, url, stated):
    (position,) = write(tmp_path, [exchange(url=url)])

    record = read(tmp_path, position.warc, position.offset)
    assert (record.url, record.type, record.block) == (stated, "response", exchange()["response"])
    assert len((tmp_path / (position.warc + ".cdxj")).read_text().splitlines()) == 1


def test_no_other_value_can_add_a_field_either(tmp_path):
    bad = "x\r\nWARC-Type: request\r\n\r\n"
    with writer(tmp_path, info={"operator": bad}) as warc:
        first = warc.write_exchange(**exchange(address=bad, truncated=bad, protocols=(bad,), extra={"A\r\nB": bad}))
        second = warc.write_resource(url=bad, time=NOON, mime=bad, payload=b"")

    assert [read(tmp_path, at.warc, at.offset).type for at in (first, second)] == ["response", "resource"]
    assert [record.type for record in records(only(tmp_path))] == ["warcinfo", "response", "request", "resource"]
    assert b"\r\noperator: x WARC-Type: request\r\n" in next(records(only(tmp_path))).block


def test_file_rolls_over_when_it_has_passed_its_size(tmp_path):
    positions = write(tmp_path, [exchange(n) for n in range(7)], max_bytes=2_000)

    warcs = sorted({position.warc for position in positions})
    assert warcs == [f"ky-son-20220602050000-{n:05d}.warc.gz" for n in range(len(warcs))]
    assert len(warcs) > 1
    for warc in warcs:
        assert next(records(tmp_path / warc)).type == "warcinfo"
        assert (tmp_path / warc).stat().st_size >= 2_000 or warc == warcs[-1]


def test_no_file_is_begun_without_a_record(tmp_path):
    with writer(tmp_path / "warc"):
        pass

    assert not (tmp_path / "warc").exists()


def test_two_crawls_of_one_second_write_to_files_of_their_own(tmp_path):
    with writer(tmp_path) as one, writer(tmp_path) as other:
        taken = [one.write_exchange(**exchange(1)).warc, other.write_exchange(**exchange(2)).warc]
    with writer(tmp_path) as later:
        taken.append(later.write_exchange(**exchange(3)).warc)

    assert len(set(taken)) == 3
    assert sorted(taken) == [path.name for path in sorted(tmp_path.glob("*.warc.gz"))]


@pytest.mark.parametrize("prefix", ["", "../up", "a/b", "Kỳ-Sơn", ".hidden", "a\n", "x" * 200])
def test_prefix_must_be_a_safe_name(tmp_path, prefix):
    with pytest.raises(UsageError):
        writer(tmp_path, prefix)


def test_payload_that_the_record_does_not_bear_out_is_logged_and_the_record_counts(tmp_path, caplog):
    (position,) = write(tmp_path, [exchange(response=response(PAGE), payload=b"something else")])

    assert "another payload" in caplog.text
    assert position.sha256 == hashlib.sha256(PAGE).hexdigest()
    assert read(tmp_path, position.warc, position.offset).payload == PAGE


def test_full_disk_keeps_nothing_of_the_record_and_all_of_the_others(tmp_path):
    """A file-size limit stands in for the full disk: both break a write in the middle."""
    noise = random.Random(1).randbytes(50_000)
    big = exchange(9, response=response(noise), payload=noise)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with writer(tmp_path) as warc:
        before = warc.write_exchange(**exchange(1))
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
            with pytest.raises(WarcFault, match=r"cannot write to .*ky-son"):
                warc.write_exchange(**big)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        after = warc.write_exchange(**exchange(2))

    assert [read(tmp_path, at.warc, at.offset, at.length).url[-1] for at in (before, after)] == ["1", "2"]
    assert run("gzip", "-t", only(tmp_path)).returncode == 0
    assert [record.url for record in records(only(tmp_path))].count(big["url"]) == 0


def test_writing_costs_little(tmp_path):
    body = (PAGE + random.Random(1).randbytes(30)) * 400
    page = exchange(response=response(body), payload=body)
    with writer(tmp_path) as warc:
        started = time.process_time()
        for _ in range(300):
            warc.write_exchange(**page)
        assert time.process_time() - started < 0.3  # three times what is measured on a quiet machine


def test_a_body_in_chunks_of_a_byte_is_written_and_found_again_without_delay(tmp_path):
    chunks = response(b"1\r\na\r\n" * 3_000_000 + b"0\r\n\r\n", "Transfer-Encoding: chunked")
    with Recaller(tmp_path) as warc:
        started = time.process_time()
        positions = [warc.write_exchange(**exchange(n, response=chunks, payload=None)) for n in range(2)]
        assert time.process_time() - started < 10  # ten times what is measured; a look at each chunk takes minutes

    assert [position.payload_bytes for position in positions] == [3_000_000] * 2
    assert positions[1].revisit_of == positions[0].record_id


def test_interim_responses_without_end_are_given_up(tmp_path):
    started = time.process_time()
    found = message.parse(b"HTTP/1.1 102 Processing\r\n\r\n" * 800_000)
    assert time.process_time() - started < 5
    assert (found.status, found.is_ended) == (102, False)


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "hom qua", ""])
def test_a_date_that_is_none_is_a_fault_of_its_record(date):
    record = f"WARC/1.1\r\nWARC-Type: metadata\r\nWARC-Date: {date}\r\nContent-Length: 0\r\n\r\n\r\n\r\n"
    with pytest.raises(WarcFault, match="WARC-Date is no date"):
        parse(record.encode(), "a.warc.gz", 0)


# -- what is read ---------------------------------------------------------------------------------------------------


def test_records_reads_what_read_reads(tmp_path):
    write(tmp_path, varied())
    path = only(tmp_path)

    in_bulk = list(records(path))

    assert len(in_bulk) == 2 * len(varied())
    assert in_bulk == [read(tmp_path, path.name, record.offset) for record in in_bulk]


def test_records_gives_out_nothing_that_is_cut_or_changed(tmp_path):
    write(tmp_path, [exchange(1), exchange(2)])
    path, chances = only(tmp_path), random.Random(5)
    data, whole = path.read_bytes(), list(records(path))
    ends = {record.offset for record in whole}
    for at in chances.sample(sorted(set(range(1, len(data))) - ends), 60):
        for damaged in (data[:at], data[:at] + bytes([data[at] ^ 64]) + data[at + 1 :]):
            path.write_bytes(damaged)
            given = []
            try:
                given.extend(records(path))
            except WarcFault:
                pass
            else:
                assert len(given) == len(whole)
            assert given == whole[: len(given)]


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("fastwarc/tests/data/clipped.warc.gz", None),
        ("warcio/test/data/example.warc", 6),
        ("warcio/test/data/example.warc.gz", 6),
    ],
)
def test_records_reads_the_files_of_others(name, count):
    path = Path(__file__).parents[2] / "shared" / "data" / name
    if not path.exists():
        pytest.skip(f"needs {path}")
    if count is None:
        with pytest.raises(WarcFault, match="not as long as it says"):
            list(records(path))
    else:
        assert len(list(records(path))) == count


def test_file_is_read_while_it_is_written(tmp_path):
    with writer(tmp_path) as warc:
        position = warc.write_exchange(**exchange(1))
        assert read(tmp_path, position.warc, position.offset, position.length).payload == exchange(1)["payload"]
        assert names(tmp_path) == [position.warc + ".cdxj.open", position.warc + ".open"]
        assert [record.type for record in records(tmp_path / (position.warc + ".open"))][1:] == ["response", "request"]


@pytest.mark.parametrize(
    ("sent", "payload"),
    [
        (response(chunked(PAGE), "Transfer-Encoding: chunked"), PAGE),
        (
            response(b"4;x=y\r\nHuy\xe1\r\n2\r\n\xbb\x87\r\n0\r\nTrailer: 1\r\n\r\n", "Transfer-Encoding: Chunked"),
            "Huyệ".encode(),
        ),
        (response(b"ff\r\nbroken off", "Transfer-Encoding: chunked"), b"broken off"),
        (response(b"3\r\nabc\r\nnonsense\r\n", "Transfer-Encoding: chunked"), b"abc"),
        (response(b"3\nabc\n0\n\n", "Transfer-Encoding: chunked"), b"abc"),
        (response(b"3\r\nabc\r\n0\r\n\r\n", "Content-Length: 1", "Transfer-Encoding: chunked"), b"abc"),
        (response(b"abcdef", "Content-Length: 3"), b"abc"),
        (response(b"abc", "Content-Length: 6"), b"abc"),
        (response(b"abc", "Content-Length: -1"), b"abc"),
        (response(b"abc", "Content-Length: 9999999999999999999999"), b"abc"),
        (b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + response(b"abc"), b"abc"),
        (b"HTTP/1.1 204 No Content\r\n\r\nabc", b""),
        (b"HTTP/1.1 200 OK\nX: y\n\nabc", b"abc"),
        (b"HTTP/1.1 200 OK\r\nno end of the head", b""),
        (b"", b""),
    ],
)
def test_payload_is_the_body_after_transfer_decoding(tmp_path, sent, payload):
    (position,) = write(tmp_path, [exchange(response=sent, payload=payload)])

    record = read(tmp_path, position.warc, position.offset)

    assert (record.block, record.payload) == (sent, payload)


def test_response_head_is_kept_as_received(tmp_path):
    sent = b"HTTP/1.1 200 OK\r\nSeT-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Old:\r\n folded\r\nX-8bit: \xe9\r\nno colon\r\n\r\n"
    (position,) = write(tmp_path, [exchange(response=sent, payload=b"")])

    record = read(tmp_path, position.warc, position.offset)

    assert record.http_status == 200
    assert record.http_headers == (
        (b"SeT-Cookie", b"a=1"),
        (b"Set-Cookie", b"b=2"),
        (b"X-Old", b"folded"),
        (b"X-8bit", b"\xe9"),
    )
    assert (record.http_header("set-cookie"), record.http_header("x-8BIT"), record.http_header("X")) == (
        "a=1",
        "é",
        None,
    )


@pytest.mark.parametrize(
    ("coding", "coded"),
    [
        ("gzip", gzip.compress(PAGE, mtime=0)),
        ("X-GZip", gzip.compress(PAGE, mtime=0)),
        ("deflate", zlib.compress(PAGE)),
        ("deflate", zlib.compress(PAGE)[2:-4]),
        ("identity", PAGE),
        ("deflate, gzip", gzip.compress(zlib.compress(PAGE), mtime=0)),
        ("gzip", gzip.compress(PAGE, mtime=0)[:-4]),
    ],
)
def test_content_undoes_the_content_coding(tmp_path, coding, coded):
    sent = response(coded, f"Content-Encoding: {coding}")
    (position,) = write(tmp_path, [exchange(response=sent, payload=coded)])

    record = read(tmp_path, position.warc, position.offset)

    assert (record.payload, record.content()) == (coded, PAGE)


@pytest.mark.parametrize(
    ("coding", "coded", "fault"),
    [
        ("gzip", PAGE, "not in it"),
        ("deflate", b"\xff" * 9, "not in it"),
        ("br", b"\x0b\x02\x80abc\x03", "cannot be undone here"),
        ("gzip", gzip.compress(bytes(50_000_000), mtime=0), "unpacks to more than 1000000 bytes"),
    ],
)
def test_content_that_cannot_be_had_says_why_and_where(tmp_path, coding, coded, fault):
    sent = response(coded, f"Content-Encoding: {coding}")
    (position,) = write(tmp_path, [exchange(response=sent, payload=coded)])

    with pytest.raises(WarcFault, match=fault) as caught:
        read(tmp_path, position.warc, position.offset).content(1_000_000)

    assert (caught.value.warc, caught.value.offset) == (position.warc, position.offset)


def _flipped(path, position):
    data = bytearray(path.read_bytes())
    data[position.offset + position.length // 2] ^= 4
    path.write_bytes(data)


def _cut(path, position):
    path.write_bytes(path.read_bytes()[: position.offset + position.length - 3])


def _rewritten(path, position):
    data = path.read_bytes()
    end = position.offset + position.length
    record = gzip.decompress(data[position.offset : end]).replace(b"Content-Type: text", b"Content-Type: TEXT")
    path.write_bytes(data[: position.offset] + gzip.compress(record) + data[end:])


def _rewritten_within_the_payload(path, position):
    data = path.read_bytes()
    record = gzip.decompress(data[position.offset : position.offset + position.length]).replace(b"sha1:", b"sha9:", 1)
    path.write_bytes(data[: position.offset] + gzip.compress(record.replace("Lễ".encode(), "Tế".encode())))


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (_flipped, "damaged"),
        (_cut, "breaks off"),
        (_rewritten, "WARC-Block-Digest does not match"),
        (_rewritten_within_the_payload, "WARC-Payload-Digest does not match"),
        (lambda path, position: path.unlink(), "no such file"),
    ],
)
def test_damaged_record_is_not_given_out(tmp_path, damage, fault):
    (position,) = write(tmp_path, [exchange()])
    damage(tmp_path / position.warc, position)

    with pytest.raises(WarcFault, match=fault) as caught:
        read(tmp_path, position.warc, position.offset)

    assert (caught.value.warc, caught.value.offset) == (position.warc, position.offset)
    assert position.warc in str(caught.value)
    assert "kyson verify" in str(caught.value)


@pytest.mark.parametrize(
    ("warc", "shift", "length"),
    [
        (None, 1, None),
        (None, 10_000_000, None),
        (None, 0, 12),
        ("../{}", 0, None),
        ("/etc/passwd", 0, None),
        ("", 0, None),
        ("..", 0, None),
    ],
)
def test_wrong_place_is_refused(tmp_path, warc, shift, length):
    (position,) = write(tmp_path / "warc", [exchange()])
    (tmp_path / position.warc).write_bytes((tmp_path / "warc" / position.warc).read_bytes())
    name = position.warc if warc is None else warc.format(position.warc)

    with pytest.raises(WarcFault):
        read(tmp_path / "warc", name, position.offset + shift, length)


# -- what a crash leaves --------------------------------------------------------------------------------------------

CRAWL = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tests.warc_samples import exchange, writer
warc = writer(Path(sys.argv[1]), max_bytes=30_000)
for number in range(100_000):
    position = warc.write_exchange(**exchange(number))
    print(position.warc, position.offset, position.length, number, flush=True)
"""


def crawl_until_killed(folder, pages):
    """Positions that a crawl had told of when it was killed."""
    command = [sys.executable, "-c", CRAWL, str(folder), str(Path(__file__).parents[1])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as crawl:
        told = [crawl.stdout.readline() for _ in range(pages)]
        crawl.send_signal(signal.SIGKILL)
        told += crawl.stdout.readlines()
    return [line.split() for line in told if line.endswith("\n")]


@pytest.mark.parametrize("pages", [1, 20, 61])
def test_killed_crawl_loses_no_record_it_had_told_of(tmp_path, pages):
    told = crawl_until_killed(tmp_path, pages)

    repairs = repair(tmp_path)

    assert len(told) >= pages
    for warc, offset, length, number in told:
        assert read(tmp_path, warc, int(offset), int(length)).payload == exchange(int(number))["payload"]
    assert len(repairs) <= 1
    assert not list(tmp_path.glob("*.open"))
    for path in tmp_path.glob("*.warc.gz"):
        assert run("gzip", "-t", path).returncode == 0
        assert (tmp_path / (path.name + ".json")).exists()


@pytest.fixture(scope="module")
def leftover(tmp_path_factory):
    """A WARC that a dead process left open."""
    folder = tmp_path_factory.mktemp("leftover")
    crawl_until_killed(folder, 5)
    path = only(folder, "*.warc.gz.open")
    ends = [member.offset + member.length for member in members(path)][:9]
    return path.name, path.read_bytes()[: ends[-1]], ends


def test_torn_tail_is_cut_off_and_set_aside(tmp_path, leftover):
    name, data, ends = leftover
    chances = random.Random(7)
    for number in range(40):
        folder = tmp_path / str(number)
        folder.mkdir()
        size = chances.randrange(ends[0], len(data))
        torn = data[:size] + (bytes(100) if number % 2 else b"")
        (folder / name).write_bytes(torn)
        kept = max(end for end in ends if end <= size)

        (done,) = repair(folder)

        path = folder / name.removesuffix(".open")
        assert done == Repair(warc=path.name, records=ends.index(kept) + 1, cut_bytes=len(torn) - kept)
        assert path.read_bytes() == data[:kept]
        aside = folder / (path.name + ".torn")
        assert (aside.read_bytes() if aside.exists() else b"") == torn[kept:]
        assert (
            json.loads((folder / (path.name + ".json")).read_text())["sha256"]
            == hashlib.sha256(data[:kept]).hexdigest()
        )


def test_index_of_a_repaired_file_is_the_one_its_writer_would_have_left(tmp_path):
    with writer(tmp_path / "one") as warc:
        for each in varied():
            warc.write_exchange(**each)
        path = only(tmp_path / "one", "*.warc.gz.open")
        (tmp_path / "two").mkdir()
        (tmp_path / "two" / path.name).write_bytes(path.read_bytes())

    assert len(repair(tmp_path / "two")) == 1
    assert only(tmp_path / "two", "*.cdxj").read_text() == only(tmp_path / "one", "*.cdxj").read_text()


def test_repair_leaves_the_file_of_a_living_crawl_alone(tmp_path):
    with writer(tmp_path) as warc:
        warc.write_exchange(**exchange(1))
        before = names(tmp_path)
        assert repair(tmp_path) == ()
        assert names(tmp_path) == before
        warc.write_exchange(**exchange(2))

    assert len(list(records(only(tmp_path)))) == 5


@pytest.mark.parametrize("data", [b"", b"\x1f\x8b\x08 never a whole record"])
def test_leftover_without_a_whole_record_leaves_no_warc(tmp_path, data):
    (tmp_path / "a-20220602050000-00000.warc.gz.open").write_bytes(data)
    (tmp_path / "a-20220602050000-00000.warc.gz.cdxj.open").write_bytes(b"")

    done = repair(tmp_path)

    assert [(each.records, each.cut_bytes) for each in done] == ([(0, len(data))] if data else [])
    assert names(tmp_path) == (["a-20220602050000-00000.warc.gz.torn"] if data else [])


def test_repair_never_overwrites_a_closed_file(tmp_path, leftover, caplog):
    data = leftover[1]
    write(tmp_path, [exchange()])
    closed = only(tmp_path)
    (tmp_path / (closed.name + ".open")).write_bytes(data)
    before = closed.read_bytes()

    assert repair(tmp_path) == ()

    assert closed.read_bytes() == before
    assert "both" in caplog.text


def test_repair_of_a_folder_that_is_not_there_finds_nothing(tmp_path):
    assert repair(tmp_path / "warc") == ()
