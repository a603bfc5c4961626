import fcntl
import gzip
import hashlib
import json
import random
import shutil
import sqlite3
import time
import zlib
from contextlib import closing

import pytest

from archive import schema
from archive.fixity import check_database, check_warcs
from archive.warc import reading, records
from archive.warc.members import members
from tests.warc_samples import NOON, PAGE, Recaller, chunked, exchange, long_page, response, varied, write, writer


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """A folder with one small WARC: warcinfo, a resource, and ten captures of request and metadata, two of them revisits."""
    folder = tmp_path_factory.mktemp("original")
    with Recaller(folder) as warc:
        warc.write_resource(url="urn:kyson:portal:sample", time=NOON, mime="application/toml", payload=b"[portal]\n")
        for number in range(10):
            page = long_page(number) if number in {2, 5, 8} else exchange(number)
            warc.write_exchange(**page, about={"via": "http://kyson.example/", "hopsFromSeed": "L"})
    return folder


@pytest.fixture
def folder(original, tmp_path):
    return shutil.copytree(original, tmp_path / "warc")


def the_warc(folder):
    (path,) = folder.glob("*.warc.gz")
    return path


def addresses(path):
    """The address of the record at each offset; None for warcinfo."""
    return {record.offset: record.url for record in records(path)}


def found(folder, **options):
    return list(check_warcs(folder, **options))


def named(findings):
    return {(finding.object, finding.offset, finding.url) for finding in findings}


# -- WARCs ----------------------------------------------------------------------------------------------------------


def test_untouched_files_give_no_finding(tmp_path):
    with writer(tmp_path, max_bytes=3_000) as warc:
        warc.write_resource(url="urn:kyson:portal:sample", time=NOON, mime="application/toml", payload=b"[portal]\n")
        for each in varied():
            warc.write_exchange(**each)
        warc.write_exchange(**exchange(response=response(chunked(PAGE), "Transfer-Encoding: chunked"), payload=PAGE))
    assert len(list(tmp_path.glob("*.warc.gz"))) > 1

    assert found(tmp_path) == []
    assert found(tmp_path, quick=True) == []


def test_empty_or_missing_folder_gives_no_finding(tmp_path):
    assert found(tmp_path) == found(tmp_path / "warc") == []


def test_every_flipped_bit_is_reported_with_file_and_record(folder):
    path, chances = the_warc(folder), random.Random(60)
    data, urls = path.read_bytes(), addresses(path)
    for _ in range(60):
        at, bit = chances.randrange(len(data)), chances.randrange(8)
        hit = max(offset for offset in urls if offset <= at)
        path.write_bytes(data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :])

        assert [finding.object for finding in found(folder, quick=True)] == [path.name]
        findings = found(folder)
        assert findings[0].object == path.name
        assert "SHA-256" in findings[0].fault
        assert (path.name, hit, urls[hit]) in named(findings[1:])
        # A revisit is hit with the record that holds its payload.
        assert all("revisit" in kind_at(data, each[1]) for each in named(findings[1:]) if each[1] != hit)


def kind_at(data, offset):
    head = zlib.decompressobj(31).decompress(data[offset:])
    return head.partition(b"WARC-Type: ")[2].partition(b"\r\n")[0].decode()


@pytest.mark.parametrize("within", range(2, 10))
def test_a_flipped_bit_that_no_reader_looks_at_is_reported_with_its_record(folder, within):
    """Time, flags and operating system in the head of a gzip member."""
    path = the_warc(folder)
    data, urls = bytearray(path.read_bytes()), addresses(path)
    hit = sorted(urls)[7]
    data[hit + within] ^= 0x80 if within == 3 else 1
    path.write_bytes(data)

    assert (path.name, hit, urls[hit]) in named(found(folder)[1:])


def test_a_file_that_was_packed_by_another_program_is_not_blamed_record_by_record(folder):
    path = the_warc(folder)
    path.write_bytes(b"".join(gzip.compress(member.data) for member in members(path)))

    assert all("its gzip member" not in finding.fault for finding in found(folder))


def test_every_cut_is_reported_with_all_records_that_are_lost(folder):
    path, chances = the_warc(folder), random.Random(61)
    data, urls = path.read_bytes(), addresses(path)
    ends = [member.offset + member.length for member in members(path)]
    indexed = {record.offset for record in records(path) if record.type in {"response", "resource", "revisit"}}
    for size in [*ends[:-1], *(chances.randrange(ends[0], len(data)) for _ in range(60))]:
        path.write_bytes(data[:size])
        lost = {offset for offset, end in zip(urls, ends, strict=True) if end > size}

        findings = found(folder)

        assert f"it has {size} bytes" in findings[0].fault
        assert found(folder, quick=True) == findings[:1]
        # A request that is gone altogether is in no index, but the response it belongs to is.
        expected = {(path.name, offset, urls[offset]) for offset in lost if offset in indexed or offset < size}
        if size in urls and size not in indexed:
            expected.add((path.name, size, urls[size]))
        assert {each for each in named(findings) if each[1] is not None} == expected


@pytest.mark.parametrize("broken", [b"", bytes(9_000), b"<html>404 Not Found</html>"])
def test_wholly_broken_file_is_named_once_with_the_number_of_its_records(folder, broken):
    the_warc(folder).write_bytes(broken)

    (finding,) = found(folder)

    assert finding.object == the_warc(folder).name
    assert "not one of its 32 records can be read" in finding.fault


def test_check_goes_on_behind_each_damaged_record(folder):
    path = the_warc(folder)
    data, urls = bytearray(path.read_bytes()), addresses(path)
    hits = sorted(urls)[3:20:4]
    for offset in hits:
        data[offset + 1] ^= 255
        data[offset + 60] ^= 255
    path.write_bytes(data)

    assert named(found(folder)[1:]) == {(path.name, offset, urls[offset]) for offset in hits}


def test_damaged_stretch_over_several_records_names_them_all(folder):
    path = the_warc(folder)
    data, urls = path.read_bytes(), addresses(path)
    first, last = sorted(urls)[11], sorted(urls)[16]
    path.write_bytes(data[:first] + bytes(last - first) + data[last:])

    assert {url for _, _, url in named(found(folder)[1:])} == {urls[at] for at in urls if first <= at < last}


def test_revisits_are_reported_with_the_record_that_holds_their_payload(folder):
    path = the_warc(folder)
    held, *revisits = [
        record for record in records(path) if record.url and record.url[-1] in "258" and record.block[:5] == b"HTTP/"
    ]
    data = bytearray(path.read_bytes())
    data[held.offset + 60] ^= 255
    path.write_bytes(data)

    findings = found(folder)[1:]

    assert [record.type for record in revisits] == ["revisit", "revisit"]
    assert [(finding.offset, finding.url) for finding in findings] == [(at.offset, at.url) for at in (held, *revisits)]
    assert all(f"its payload lies in '{path.name}' at {held.offset}" in finding.fault for finding in findings[1:])


def test_revisits_are_reported_when_the_file_with_their_payload_is_gone(tmp_path):
    with Recaller(tmp_path, max_bytes=100) as warc:
        first, again = (warc.write_exchange(**long_page(number)) for number in (1, 2))
    (tmp_path / first.warc).unlink()

    gone, lost = found(tmp_path)

    assert first.warc != again.warc
    assert (gone.object, lost.object, lost.offset, lost.url) == (
        first.warc,
        again.warc,
        again.offset,
        long_page(2)["url"],
    )


def test_record_forged_in_a_sound_gzip_member_is_reported(folder):
    path = the_warc(folder)
    data = path.read_bytes()
    response_record = next(member for member in members(path) if b"WARC-Type: response" in member.data)
    end = response_record.offset + response_record.length
    forged = gzip.compress(response_record.data.replace("Lễ".encode(), "Lệ".encode()))
    path.write_bytes(data[: response_record.offset] + forged + data[end:])

    faults = [finding.fault for finding in found(folder) if finding.offset == response_record.offset]

    assert faults == ["WARC-Block-Digest does not match: the bytes are not those that were written"]


@pytest.mark.parametrize("extra", [b"\x00", b"\x1f\x8b\x08 no member", gzip.compress(b"no record", mtime=0)])
def test_bytes_behind_the_last_record_are_reported(folder, extra):
    path = the_warc(folder)
    size = path.stat().st_size
    with path.open("ab") as stream:
        stream.write(extra)

    assert [(finding.object, finding.offset) for finding in found(folder)] == [(path.name, None), (path.name, size)]


def test_whole_record_added_later_is_reported_without_the_manifest_being_believed(folder):
    path = the_warc(folder)
    last = list(members(path))[-1]
    with path.open("ab") as stream:
        stream.write(path.read_bytes()[last.offset :])
    manifest = path.with_name(path.name + ".json")
    said = json.loads(manifest.read_text())
    said |= {"bytes": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    manifest.write_text(json.dumps(said))

    assert [finding.fault for finding in found(folder)] == ["it has 33 records, but was closed with 32"]


def test_whole_records_behind_the_end_are_named_each(folder):
    path = the_warc(folder)
    size, (*_, request, metadata) = path.stat().st_size, members(path)
    with path.open("ab") as stream:
        stream.write(path.read_bytes()[request.offset :])

    second = size + metadata.offset - request.offset
    assert {(size, exchange(9)["url"]), (second, exchange(9)["url"])} <= {
        (finding.offset, finding.url) for finding in found(folder)
    }


@pytest.mark.parametrize("suffix", [".json", ".cdxj"])
@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"\xff[1, 2")])
def test_manifest_or_index_that_is_gone_or_unreadable_is_reported(folder, suffix, damage):
    beside = the_warc(folder).with_name(the_warc(folder).name + suffix)
    damage(beside)

    (finding,) = found(folder)

    assert finding.object == beside.name
    assert beside.name in finding.fault or "index" in finding.fault


DEEP = "[" * 200_000


@pytest.mark.parametrize(
    "forged",
    [{"bytes": "562909"}, {"bytes": None}, {"bytes": True}, {"records": -1}, {"sha256": 1}, {"name": "x.warc.gz"}],
)
def test_forged_manifest_is_reported_and_stops_nothing(folder, forged):
    path = the_warc(folder).with_name(the_warc(folder).name + ".json")
    path.write_text(json.dumps(json.loads(path.read_text()) | forged))
    the_warc(folder).write_bytes(the_warc(folder).read_bytes()[:-100])

    assert {path.name, the_warc(folder).name} <= {finding.object for finding in found(folder)}


def test_json_of_a_depth_that_no_reader_bears_is_reported(folder):
    manifest, index = (the_warc(folder).with_name(the_warc(folder).name + suffix) for suffix in (".json", ".cdxj"))
    manifest.write_text(DEEP)
    index.write_text(index.read_text() + f"zz)/ 20260101000000 {DEEP}\n")

    assert {finding.object for finding in found(folder)} == {manifest.name, index.name}


@pytest.mark.parametrize("offset", ["Infinity", "NaN", "-5", "1e999"])
def test_index_line_of_no_place_is_reported(folder, offset):
    index = the_warc(folder).with_name(the_warc(folder).name + ".cdxj")
    line = f'zz)/ 20260101000000 {{"url": "http://zz/", "offset": {offset}, "length": 1}}\n'
    index.write_text(index.read_text() + line)

    assert [finding.fault for finding in found(folder)] == ["a line of it cannot be read"]


def test_warc_that_is_gone_is_missed_by_its_manifest(folder):
    path = the_warc(folder)
    path.unlink()

    assert [(finding.object, "gone" in finding.fault) for finding in found(folder)] == [(path.name, True)]
    assert found(folder, quick=True) == found(folder)


def test_every_changed_byte_of_an_index_is_reported(folder):
    index, chances = the_warc(folder).with_name(the_warc(folder).name + ".cdxj"), random.Random(62)
    data = index.read_bytes()
    for _ in range(40):
        at = chances.randrange(len(data))
        index.write_bytes(data[:at] + bytes([data[at] ^ 1 << chances.randrange(7)]) + data[at + 1 :])

        findings = found(folder)

        assert findings
        assert {finding.object for finding in findings} <= {index.name, the_warc(folder).name}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda lines: lines[1:], "missing from the index"),
        (lambda lines: lines[::-1], "not in order"),
        (lambda lines: [*lines, lines[-1]], "twice"),
        (lambda lines: [lines[0].replace('"200"', '"404"'), *lines[1:]], "does not say"),
        (lambda lines: [*lines, "zz nonsense\n"], "cannot be read"),
    ],
)
def test_index_that_disagrees_with_the_records_is_reported(folder, change, fault):
    index = the_warc(folder).with_name(the_warc(folder).name + ".cdxj")
    index.write_text("".join(change(index.read_text().splitlines(keepends=True))))

    (finding,) = found(folder)

    assert finding.object == index.name
    assert fault in finding.fault


def test_file_left_open_by_a_dead_crawl_is_reported_but_not_that_of_a_living_one(tmp_path):
    with writer(tmp_path) as warc:
        position = warc.write_exchange(**exchange())
        assert found(tmp_path) == []
        left = tmp_path / "other" / (position.warc + ".open")
        left.parent.mkdir()
        left.write_bytes((tmp_path / left.name).read_bytes())

    assert [(finding.object, "cut short" in finding.fault) for finding in found(left.parent)] == [(left.name, True)]


def test_a_bomb_is_a_fault_of_its_record_and_those_behind_it_are_read(folder, monkeypatch):
    monkeypatch.setattr("archive.warc.members.RECORD_LIMIT", 1_000_000)
    path = the_warc(folder)
    data, (first, *_) = path.read_bytes(), members(path)
    head = b"WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: http://bom.example/\r\nContent-Length: 9000000\r\n\r\n"
    bomb = gzip.compress(head + bytes(9_000_000) + b"\r\n\r\n", mtime=0)
    path.write_bytes(data[: first.length] + bomb + data[first.length :])
    rest = [member for member in members(path) if member.fault is None]

    assert ["unpacks to 9,000," in finding.fault for finding in found(folder) if finding.offset == first.length] == [
        True
    ]
    assert len(rest) == 32


def test_a_stretch_full_of_beginnings_of_members_is_passed_in_no_time(folder):
    path = the_warc(folder)
    with path.open("ab") as stream:
        stream.write(b"\x1f\x8b\x08" * 1_000_000)
    started = time.process_time()

    assert path.stat().st_size - 3_000_000 in {finding.offset for finding in found(folder)}
    assert time.process_time() - started < 20


# -- the database ---------------------------------------------------------------------------------------------------


@pytest.fixture
def archive(tmp_path):
    """A folder with `archive.db` and `warc/`, and an open connection: three captures, all sound."""
    schema.create(tmp_path / "archive.db")
    positions = write(tmp_path / "warc", [exchange(number) for number in range(3)])
    warc = the_warc(tmp_path / "warc")
    with closing(schema.connect(tmp_path / "archive.db")) as db, schema.transaction(db):
        db.execute("INSERT INTO portal (id, slug, name) VALUES (1, 'ky-son', 'Kỳ Sơn')")
        db.execute("INSERT INTO crawl (id, portal_id, started, status, settings) VALUES (1, 1, 'x', 'finished', '{}')")
        db.execute(
            "INSERT INTO warc (id, name, crawl_id, closed, bytes, records, sha256) VALUES (1, ?, 1, 'x', ?, 7, ?)",
            (warc.name, warc.stat().st_size, hashlib.sha256(warc.read_bytes()).hexdigest()),
        )
        for number, at in enumerate(positions):
            db.execute("INSERT INTO url (id, url) VALUES (?, ?)", (number, exchange(number)["url"]))
            db.execute(
                "INSERT INTO capture (crawl_id, url_id, time, method, status, mime, digest, sha256, bytes, warc_id, offset,"
                " length, record_id, kind) VALUES (1, ?, '2022-06-02T05:00:00.123456Z', 'GET', 200, 'text/html', ?, ?, ?, 1, ?, ?, ?,"
                " 'page')",
                (number, at.digest, at.sha256, at.payload_bytes, at.offset, at.length, at.record_id),
            )
    with closing(sqlite3.connect(tmp_path / "archive.db")) as db:
        yield tmp_path, db


def checked(archive, **options):
    folder, db = archive
    return [*check_warcs(folder / "warc", db, **options), *check_database(db)]


def test_sound_archive_gives_no_finding(archive, caplog):
    _, db = archive

    assert checked(archive) == []
    assert not db.in_transaction
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ("UPDATE capture SET offset = offset + 1 WHERE url_id = 1", ("W", "/1", "no record of a capture begins there")),
        ("UPDATE capture SET offset = offset + 100000 WHERE url_id = 1", ("W", "/1", "the file ends before it")),
        ("UPDATE capture SET length = 5 WHERE url_id = 1", ("W", "/1", "bytes long, the database says 5")),
        ("UPDATE capture SET digest = 'sha1:A' WHERE url_id = 1", ("W", "/1", "payload is not the one captured")),
        ("UPDATE capture SET record_id = '<urn:x>' WHERE url_id = 1", ("W", "/1", "another record stands there")),
        ("UPDATE warc SET bytes = bytes + 1", ("W", None, "the database says")),
        ("UPDATE warc SET sha256 = replace(hex(zeroblob(32)), '0', 'a')", ("W", None, "SHA-256 in its manifest")),
        ("INSERT INTO warc (name, closed) VALUES ('lost.warc.gz', 'x')", ("lost.warc.gz", None, "the file is gone")),
        ("UPDATE capture SET crawl_id = 99 WHERE url_id = 2", ("capture", None, "refers to a row of crawl")),
    ],
)
def test_row_without_its_evidence_is_reported(archive, change, finding):
    folder, db = archive
    db.executescript(change)
    name, url, fault = finding

    (reported,) = checked(archive)

    assert reported.object == (the_warc(folder / "warc").name if name == "W" else name)
    assert (reported.url or "").endswith(url or "")
    assert fault in reported.fault


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("UPDATE capture SET time = '1999-01-01T00:00:00.000000Z' WHERE id = 2", "time"),
        ("UPDATE capture SET status = 404 WHERE id = 2", "status"),
        ("UPDATE capture SET mime = 'x/y' WHERE id = 2", "media type"),
        ("UPDATE capture SET sha256 = replace(hex(zeroblob(32)), '0', 'a') WHERE id = 2", "SHA-256"),
        ("UPDATE capture SET bytes = 1 WHERE id = 2", "size"),
        ("UPDATE capture SET truncated = 'length' WHERE id = 2", "truncation"),
        ("UPDATE capture SET url_id = 2 WHERE id = 2", "address"),
        ("UPDATE capture SET redirect_to = 1 WHERE id = 2", "redirect"),
        ("UPDATE capture SET not_modified = 1 WHERE id = 2", "word of what still stands"),
        ("UPDATE capture SET revisit_of = 1 WHERE id = 2", "original"),
        ("UPDATE url SET url = 'http://ke-gian.example/' WHERE id = 1", "address"),
    ],
)
def test_row_that_says_something_else_than_its_record_is_reported(archive, change, what):
    archive[1].execute(change)

    (finding,) = checked(archive)

    assert f"another {what} than the record" in finding.fault
    assert finding.offset is not None


def test_warc_row_whose_name_is_a_path_is_reported(archive):
    archive[1].execute("INSERT INTO warc (name, crawl_id) SELECT 'x/' || name, crawl_id FROM warc")

    (finding,) = checked(archive)

    assert (finding.object, "no name of a file" in finding.fault) == ("warc", True)


@pytest.mark.parametrize(("status", "count"), [("finished", 1), ("stopped", 1), ("killed", 0), ("running", 0)])
def test_response_without_a_row_is_reported_unless_its_crawl_was_cut_short(archive, status, count):
    folder, db = archive
    path = the_warc(folder / "warc")
    with writer(folder / "new") as warc:
        warc.write_exchange(**exchange(7), about={"kind": "page"})
        warc.write_exchange(**exchange(8, response=b"SSH-2.0"), about={"kind": "page", "fault": "no HTTP"})
        warc.write_exchange(**exchange(9), about={"via": "http://kyson.example/"})
    new = the_warc(folder / "new")
    shutil.rmtree(path.parent)
    new.parent.rename(path.parent)
    db.execute("DELETE FROM capture")
    db.execute("UPDATE warc SET bytes = NULL, sha256 = NULL")
    db.execute("UPDATE crawl SET status = ?", (status,))

    findings = checked(archive)

    assert [finding.url for finding in findings] == [exchange(7)["url"]] * count


def test_damaged_full_text_index_is_reported(archive):
    _, db = archive
    db.executescript(
        "INSERT INTO article_fts (rowid, tx) VALUES (1, 'lễ hội');"
        "UPDATE article_fts_data SET block = zeroblob(20) WHERE id > 100"
    )

    assert [finding.object for finding in checked(archive)] == ["article_fts"]


@pytest.mark.parametrize("beside", [True, False])
def test_lost_warc_is_named_once_with_the_number_of_its_captures(archive, beside):
    folder, _ = archive
    for path in folder.glob("warc/*.warc.gz" if beside else "warc/*"):
        path.unlink()

    (finding,) = checked(archive)

    assert "the file is gone; 3 captures lay in it" in finding.fault


def test_damaged_record_is_named_once_though_a_capture_lies_there(archive):
    folder, db = archive
    path = the_warc(folder / "warc")
    ((offset, url),) = db.execute("SELECT offset, url FROM capture JOIN url ON url.id = url_id WHERE url_id = 1")
    data = bytearray(path.read_bytes())
    data[offset + 60] ^= 255
    path.write_bytes(data)

    findings = checked(archive)

    assert [(finding.offset, finding.url) for finding in findings] == [(None, None), (offset, url)]


def test_file_exchanged_together_with_its_manifest_is_reported(archive):
    folder, _ = archive
    path = the_warc(folder / "warc")
    write(folder / "other", [exchange(5), exchange(6)])
    other = the_warc(folder / "other")
    for suffix in ("", ".json", ".cdxj"):
        shutil.copy(other.with_name(other.name + suffix), path.with_name(path.name + suffix))

    assert "the database says" in checked(archive)[0].fault


@pytest.fixture
def left_open(archive):
    """The archive as a crawl leaves it that is killed while it writes its WARC."""
    folder, db = archive
    path = the_warc(folder / "warc")
    for suffix in (".json", ".cdxj"):
        path.with_name(path.name + suffix).unlink()
    db.execute("UPDATE warc SET closed = NULL, bytes = NULL, sha256 = NULL")
    return path.rename(path.with_name(path.name + ".open"))


def test_warc_left_open_is_no_damage_and_its_captures_are_there(archive, left_open):
    with left_open.open("ab") as stream:
        stream.write(b"\x1f\x8b\x08 torn")

    (finding,) = checked(archive)

    assert (finding.object, finding.left_open) == (left_open.name, True)
    assert checked(archive, quick=True) == [finding]


def test_capture_that_a_warc_left_open_does_not_hold_is_reported(archive, left_open):
    with left_open.open("r+b") as stream:
        stream.truncate(archive[1].execute("SELECT max(offset) FROM capture").fetchone()[0] + 9)

    first, finding = checked(archive)

    assert first.left_open
    assert (finding.url, finding.left_open) == (exchange(2)["url"], False)


def test_warc_that_a_living_crawl_is_writing_is_left_out(archive, left_open):
    left_open.write_bytes(b"")
    with left_open.open("rb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)

        assert checked(archive) == []


def test_quick_check_opens_no_record(archive):
    archive[1].execute("UPDATE capture SET digest = 'sha1:A', offset = 7")

    assert checked(archive, quick=True) == []
    assert len(checked(archive)) > 0


def test_each_record_is_read_once(archive, monkeypatch):
    read = []

    def counted(stream, offset, real=reading.member_at, **how):
        read.append(offset)
        return real(stream, offset, **how)

    for reader in ("reading", "members"):
        monkeypatch.setattr(f"archive.warc.{reader}.member_at", counted)

    assert checked(archive) == []
    assert len(read) == len(set(read)) == 7


def test_damaged_database_is_reported_and_nothing_is_raised(archive):
    folder, _ = archive
    path, chances = folder / "archive.db", random.Random(63)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
    data = path.read_bytes()
    for page in range(1, len(data) // 4096, 3):
        path.write_bytes(data[: page * 4096] + chances.randbytes(4096) + data[(page + 1) * 4096 :])
        with closing(sqlite3.connect(path)) as db:
            assert list(check_warcs(folder / "warc", db)) + list(check_database(db))


def test_read_only_archive_is_checked_but_for_the_full_text_index(archive, caplog):
    folder, _ = archive
    with closing(sqlite3.connect(f"file:{folder / 'archive.db'}?mode=ro", uri=True)) as db:
        assert list(check_database(db)) == []

    assert "full-text index was not checked" in caplog.text
