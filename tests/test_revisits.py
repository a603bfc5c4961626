"""Payloads that come again are kept once: what is written in their place, and how it leads back to them."""

import gzip
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest

from archive.errors import WarcFault
from archive.warc import follow, read, record_at, records
from tests.builders import begin, capture, new_archive
from tests.warc_samples import NOON, PAGE, Recaller, chunked, exchange, long_page, response, writer

BIN = Path(sys.executable).parent
LONG = long_page()["payload"]
LATER = NOON + timedelta(days=30)


def run(*command):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)


def only(folder):
    (path,) = folder.glob("*.warc.gz")
    return path


def with_body(body, *fields, **changes):
    return exchange(response=response(body, *(fields or [f"Content-Length: {len(body)}"])), payload=body) | changes


def write(folder, *exchanges):
    with Recaller(folder) as warc:
        return [warc.write_exchange(**each) for each in exchanges]


def test_a_payload_that_comes_again_is_written_as_a_revisit(tmp_path):
    first, again = write(tmp_path, long_page(1), long_page(2, time=LATER))

    revisit = record_at(tmp_path, again.warc, again.offset, again.length)
    assert revisit.headers == (
        ("WARC-Type", "revisit"),
        ("WARC-Record-ID", again.record_id),
        ("WARC-Date", "2022-07-02T05:00:00.123456Z"),
        ("WARC-Target-URI", "http://kyson.example/tin-tuc/2"),
        ("WARC-IP-Address", "127.0.0.1"),
        ("WARC-Warcinfo-ID", "<urn:uuid:00000000-0000-0000-0000-000000000001>"),
        ("WARC-Concurrent-To", "<urn:uuid:00000000-0000-0000-0000-000000000006>"),
        ("WARC-Block-Digest", revisit.header("WARC-Block-Digest")),
        ("WARC-Payload-Digest", first.digest),
        ("WARC-Truncated", "length"),
        ("WARC-Profile", "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"),
        ("WARC-Refers-To", first.record_id),
        ("WARC-Refers-To-Target-URI", "http://kyson.example/tin-tuc/1"),
        ("WARC-Refers-To-Date", "2022-06-02T05:00:00.123456Z"),
        ("WARC-Refers-To-Filename", first.warc),
        ("WARC-Refers-To-File-Offset", str(first.offset)),
        ("Content-Type", "application/http;msgtype=response"),
        ("Content-Length", str(len(revisit.block))),
    )
    assert revisit.block == long_page()["response"].removesuffix(LONG)
    assert (again.digest, again.sha256, again.payload_bytes) == (first.digest, first.sha256, len(LONG))
    assert (first.revisit_of, again.revisit_of) == (None, first.record_id)
    assert again.length * 3 < first.length


def test_a_revisit_is_read_with_the_payload_it_refers_to(tmp_path):
    packed = gzip.compress(LONG, mtime=0)
    fields = f"Content-Length: {len(packed)}", "Content-Encoding: gzip"
    _, again = write(tmp_path, with_body(packed, *fields), with_body(packed, *fields, time=LATER))

    record = read(tmp_path, again.warc, again.offset, again.length)

    assert (record.type, record.payload, record.truncated, record.time) == ("revisit", packed, None, LATER)
    assert record.content() == LONG
    (bulk,) = [each for each in records(only(tmp_path)) if each.type == "revisit"]
    assert bulk.payload == b""
    assert follow(tmp_path, bulk) == record


def test_a_revisit_refers_to_a_record_of_another_file(tmp_path):
    with Recaller(tmp_path, max_bytes=100) as warc:
        first, again = (warc.write_exchange(**long_page(number)) for number in (1, 2))

    assert first.warc != again.warc
    assert read(tmp_path, again.warc, again.offset).payload == LONG


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            with_body(chunked(LONG), "Transfer-Encoding: chunked", payload=LONG),
            with_body(chunked(LONG) + b"junk\r\n0\r\n\r\n", "Transfer-Encoding: chunked", payload=LONG),
        ),
        (exchange(1), exchange(1)),  # so small that nothing is gained
        (long_page(truncated="disconnect"), long_page()),
        (long_page(), long_page(truncated="disconnect")),
        (long_page(), with_body(LONG[:-1] + b"!")),
        (with_body(chunked(LONG), "Transfer-Encoding: chunked", payload=LONG), long_page()),
        (long_page(), with_body(chunked(LONG), "Transfer-Encoding: chunked", payload=LONG)),
        (long_page(), long_page(response=response(LONG + b"junk", f"Content-Length: {len(LONG)}"))),
        (
            with_body(chunked(LONG), "Transfer-Encoding: chunked", payload=LONG),
            with_body(chunked(LONG)[:-2] + b"X-Trailer: 1\r\n\r\n", "Transfer-Encoding: chunked", payload=LONG),
        ),
    ],
    ids=[
        "junk-in-chunks",
        "small",
        "first-cut",
        "second-cut",
        "other",
        "framed",
        "framed-now",
        "junk-behind",
        "trailer",
    ],
)
def test_what_a_revisit_would_lose_or_could_not_give_back_is_written_whole(tmp_path, first, second):
    positions = write(tmp_path, first, second)

    assert [position.revisit_of for position in positions] == [None, None]
    for position, each in zip(positions, (first, second), strict=True):
        assert read(tmp_path, position.warc, position.offset).block == each["response"]


def test_chunks_of_other_sizes_are_the_same_payload(tmp_path):
    one, other = (with_body(chunked(LONG, size), "Transfer-Encoding: chunked", payload=LONG) for size in (100, 999))
    _, again = write(tmp_path, one, other)

    assert again.revisit_of
    assert read(tmp_path, again.warc, again.offset).payload == LONG


def test_two_payloads_with_one_digest_are_both_kept(tmp_path):
    """SHA-1 can be forged: the bytes are compared, not their digests."""
    held = write(tmp_path, with_body(LONG[:-1] + b"!"))[0]
    with writer(tmp_path, "other", holder=lambda _: record_at(tmp_path, held.warc, held.offset, None)) as warc:
        position = warc.write_exchange(**long_page())

    assert position.revisit_of is None
    assert read(tmp_path, position.warc, position.offset).payload == LONG


def test_a_page_the_server_says_is_not_modified_refers_to_the_one_that_was_validated(tmp_path):
    answer = b'HTTP/1.1 304 Not Modified\r\nETag: "b"\r\n\r\n'
    (first,) = write(tmp_path, long_page())
    validated = record_at(tmp_path, first.warc, first.offset, first.length)
    with writer(tmp_path, "later") as warc:
        position = warc.write_exchange(**exchange(response=answer, payload=b"", time=LATER, validated=validated))
        plain = warc.write_exchange(**exchange(response=answer, payload=b""))

    revisit = record_at(tmp_path, position.warc, position.offset, position.length)
    assert revisit.header("WARC-Profile") == "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
    assert (revisit.block, revisit.http_status, revisit.header("WARC-Truncated")) == (b"", None, None)
    said = next(record for record in records(tmp_path / position.warc) if record.type == "metadata")
    assert said.header("WARC-Concurrent-To") == position.record_id
    assert unquote_to_bytes(said.block.partition(b"http-response: ")[2].rstrip(b"\r\n")) == answer
    assert (position.digest, position.payload_bytes, position.revisit_of) == (first.digest, len(LONG), first.record_id)
    followed = read(tmp_path, position.warc, position.offset)
    assert (followed.payload, followed.http_status, followed.http_headers) == (LONG, 200, validated.http_headers)
    assert read(tmp_path, plain.warc, plain.offset).type == "response"


def test_independent_tools_accept_revisits_and_index_them_as_we_do(tmp_path):
    with Recaller(tmp_path) as warc:
        for number in (1, 2, 1):
            warc.write_exchange(**long_page(number), about={"via": "http://kyson.example/"})
            warc.write_exchange(
                **with_body(chunked(LONG * 2), "Transfer-Encoding: chunked", payload=LONG * 2)
                | {"url": f"http://a/{number}"}
            )
    path = only(tmp_path)

    assert [record.type for record in records(path)].count("revisit") == 4
    assert run("gzip", "-t", path).returncode == 0
    assert run(BIN / "fastwarc", "check", path).returncode == 0
    assert path.with_name(path.name + ".cdxj").read_text() == run(BIN / "cdxj-indexer", "--sort", path).stdout


def forged(folder, position, old, new):
    """Write a record anew with other bytes in its head, in a gzip member that is sound."""
    path = folder / position.warc
    data, end = path.read_bytes(), position.offset + position.length
    record = gzip.decompress(data[position.offset : end])
    assert old in record
    path.write_bytes(data[: position.offset] + gzip.compress(record.replace(old, new)) + data[end:])


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (b"WARC-Refers-To-Filename: ky", b"WARC-Refers-To-Filename: ../ky", "no name of a file"),
        (b"WARC-Refers-To-Filename: ky", b"WARC-Refers-To-Filename: no", "no such file"),
        (b"WARC-Refers-To-Filename:", b"X:", "does not say where"),
        (b"Refers-To-File-Offset: ", b"Refers-To-File-Offset: -", "does not say where"),
        (b"Refers-To-File-Offset: ", b"Refers-To-File-Offset: 9", "breaks off|no gzip member"),
        (b"WARC-Refers-To: <urn:uuid:0", b"WARC-Refers-To: <urn:uuid:1", "not the one"),
        (b"WARC-Payload-Digest: sha1:", b"WARC-Payload-Digest: sha1:A", "not the one"),
    ],
)
def test_a_reference_that_leads_elsewhere_is_not_followed(tmp_path, old, new, fault):
    _, again = write(tmp_path, long_page(1), long_page(2))
    forged(tmp_path, again, old, new)

    with pytest.raises(WarcFault, match=fault):
        read(tmp_path, again.warc, again.offset)


def test_an_archive_knows_the_latest_whole_record_of_a_payload_and_who_refers_to_it(tmp_path):
    with new_archive(tmp_path) as archive:
        crawl_id = begin(archive)
        first, second = capture(payload=LONG), capture(payload=LONG, days=1)
        revisit = capture(payload=LONG, days=2, revisit_of=second.record_id)
        cut = capture(payload=LONG, days=3, truncated="length")
        for each in (first, second, revisit, cut):
            archive.put_capture(crawl_id, each, "page")

        assert archive.place_of_payload(crawl_id, first.digest) == (second.warc, second.offset, second.length)
        assert archive.place_of_payload(crawl_id, capture(payload=PAGE).digest) is None
        rows = archive.connection.execute("SELECT revisit_of FROM capture ORDER BY id").fetchall()
        assert rows == [(None,), (None,), (2,), (None,)]


def test_a_crawl_does_not_rely_on_what_another_is_just_writing(tmp_path):
    with new_archive(tmp_path) as archive:
        ours, other = begin(archive), begin(archive, slug="tuong-duong")
        held = capture(payload=LONG)
        archive.put_capture(other, held, "page")
        before = archive.place_of_payload(ours, held.digest)
        archive.connection.execute("UPDATE warc SET closed = '2022-06-02T10:00:00+00:00'")

        assert (before, archive.place_of_payload(ours, held.digest)) == (None, (held.warc, held.offset, held.length))
