import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from archive import migrations, schema
from archive.errors import ArchiveBusy, ArchiveError, NewerSchema, NotAnArchive
from archive.store import Archive
from tests.builders import article, begin, keep, new_archive


@pytest.fixture
def archive(tmp_path):
    with new_archive(tmp_path / "kyson-archive") as opened:
        yield opened


def one(connection, sql):
    return connection.execute(sql).fetchone()[0]


def tables(connection):
    return {name: strict for _, name, kind, _, _, strict in connection.execute("PRAGMA table_list") if kind == "table"}


def test_an_empty_file_becomes_an_archive(tmp_path):
    with closing(schema.connect(tmp_path / "archive.db")) as connection:
        schema.migrate(connection)
        assert schema.check(connection, tmp_path) == schema.SCHEMA_VERSION
        assert "v_article" in {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}


def test_there_are_as_many_migrations_as_the_schema_version_says(archive):
    assert one(archive.connection, "SELECT count(*) FROM _sqlite_migrations") == schema.SCHEMA_VERSION


def test_every_table_of_ours_is_strict(archive):
    loose = {name for name, strict in tables(archive.connection).items() if not strict}
    assert {name for name in loose if not name.startswith(("sqlite_", "_sqlite_"))} == set()


def test_the_database_is_marked_as_ours_and_in_wal_mode(archive):
    assert one(archive.connection, "PRAGMA application_id") == schema.APPLICATION_ID
    assert one(archive.connection, "PRAGMA journal_mode") == "wal"
    assert one(archive.connection, "PRAGMA foreign_keys") == 1


def test_a_new_archive_lies_in_its_folder_with_nothing_left_over(archive):
    names = {path.name for path in archive.folder.iterdir()} - {"archive.db-wal", "archive.db-shm"}
    assert names == {"archive.db", "warc", "exports", "portals"}


def test_migrating_twice_changes_nothing(archive):
    before = archive.connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
    schema.migrate(archive.connection)
    assert archive.connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall() == before


def with_another_migration(monkeypatch, step):
    """Let the schema of today be one version behind."""
    monkeypatch.setitem(migrations.ALL, "9999_another", step)
    monkeypatch.setattr(schema, "SCHEMA_VERSION", schema.SCHEMA_VERSION + 1)


def test_an_archive_of_the_version_before_is_brought_up_to_date_with_what_it_holds(archive, monkeypatch):
    keep(archive, begin(archive), article("1"))

    def another(db):
        db.conn.execute("ALTER TABLE article ADD COLUMN note TEXT")

    with_another_migration(monkeypatch, another)
    with Archive.open(archive.folder) as reopened:
        assert one(reopened.connection, "PRAGMA user_version") == schema.SCHEMA_VERSION
        assert one(reopened.connection, "SELECT note FROM article") is None
        assert reopened.article("ky-son/1").article.title == "Bài 1"


def test_a_migration_that_fails_leaves_the_archive_as_it_was(archive, monkeypatch):
    def another(db):
        db.conn.execute("ALTER TABLE article ADD COLUMN note TEXT")
        raise RuntimeError("the power went")

    with_another_migration(monkeypatch, another)
    with pytest.raises(RuntimeError):
        Archive.open(archive.folder)
    assert one(archive.connection, "PRAGMA user_version") == schema.SCHEMA_VERSION - 1
    columns = {name for _, name, *_ in archive.connection.execute("PRAGMA table_info(article)")}
    assert "note" not in columns


def test_a_folder_without_a_database_is_no_archive(tmp_path):
    with pytest.raises(NotAnArchive, match="--archive"):
        Archive.open(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_archive_of_a_newer_kyson_is_left_alone(archive):
    archive.connection.execute("PRAGMA user_version = 99")
    with pytest.raises(NewerSchema, match="99"):
        Archive.open(archive.folder, write=True, create=True)


def test_a_database_of_another_program_is_no_archive(tmp_path):
    with closing(sqlite3.connect(tmp_path / "archive.db")) as connection:
        connection.execute("CREATE TABLE places (id INTEGER)")
    with pytest.raises(NotAnArchive, match="not an archive of kyson"):
        Archive.open(tmp_path, write=True, create=True)


@pytest.mark.parametrize("content", [b"", b"not a database, but long enough to be read as one. " * 50])
def test_a_file_that_is_no_database_is_no_archive(tmp_path, content):
    (tmp_path / "archive.db").write_bytes(content)
    with pytest.raises(NotAnArchive):
        Archive.open(tmp_path, write=True, create=True)
    assert (tmp_path / "archive.db").read_bytes() == content


def test_a_damaged_database_is_said_to_be_damaged(archive):
    path = archive.folder / "archive.db"
    archive.close()
    content = path.read_bytes()
    path.write_bytes(content[:100] + b"\xff" * (len(content) - 100))
    with pytest.raises(ArchiveError, match="damaged"):
        Archive.open(path.parent)


@pytest.mark.parametrize("table", ["reading", "image", "attachment"])
@pytest.mark.parametrize("change", ["UPDATE {} SET reading_id = 9", "DELETE FROM {}"])
def test_what_was_read_is_never_changed(archive, table, change):
    keep(archive, begin(archive), article("1", images=["http://a/1.jpg"], attachments=["http://a/1.pdf"]))
    sql = change.format(table).replace("SET reading_id", "SET title" if table == "reading" else "SET reading_id")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        archive.connection.execute(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE crawl SET status = 'lost'",
        "UPDATE crawl SET settings = 'no json'",
        "UPDATE capture SET kind = 'video'",
        "UPDATE capture SET time = '2022-06-02'",
        "UPDATE capture SET url_id = 999",
        "UPDATE embed SET status = 'ok'",
    ],
)
def test_the_database_itself_refuses_what_cannot_be(archive, sql):
    keep(archive, begin(archive), article("1", images=["http://a/1.jpg"]))
    with pytest.raises(sqlite3.IntegrityError):
        archive.connection.execute(sql)


def test_an_archive_open_for_reading_cannot_be_written(archive):
    with Archive.open(archive.folder) as reader, pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.connection.execute("DELETE FROM event")


def test_a_second_writer_is_told_that_the_archive_is_busy(archive):
    with Archive.open(archive.folder, write=True) as other:
        other.connection.execute("PRAGMA busy_timeout = 10")
        archive.connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(ArchiveBusy, match="another process"):
            begin(other)
        archive.connection.execute("ROLLBACK")
        assert begin(other) == 1


def test_processes_that_found_one_archive_at_once_share_it(tmp_path):
    script = (
        "import sys; from pathlib import Path; from archive.store import Archive\n"
        "with Archive.open(Path(sys.argv[1]), write=True, create=True) as archive:\n"
        "    archive.note('test', 'archive', 'ok', {})\n"
    )
    folder = tmp_path / "kyson-archive"
    command = [sys.executable, "-c", script, str(folder)]
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(3)]
    assert [process.communicate()[1] for process in processes] == [b"", b"", b""]
    with Archive.open(folder) as archive:
        assert one(archive.connection, "SELECT count(*) FROM event") == 3


def test_times_in_columns_are_in_the_order_of_time():
    from datetime import UTC, datetime, timedelta, timezone

    hanoi = timezone(timedelta(hours=7))
    times = [datetime(2022, 6, 2, 3, tzinfo=hanoi), datetime(2022, 6, 1, 20, 0, 0, 1, tzinfo=UTC)]
    assert sorted(map(schema.stamp, times)) == ["2022-06-01T20:00:00.000000Z", "2022-06-01T20:00:00.000001Z"]
    assert [schema.moment(schema.stamp(time)) for time in times] == times


def test_the_view_of_articles_shows_what_a_historian_expects(archive):
    keep(archive, begin(archive), article("1", "Đoạn một.", "Đoạn hai.", lead="Tóm tắt.", byline="Tình Dương"))
    cursor = archive.connection.execute("SELECT * FROM v_article")
    row = dict(zip([name for name, *_ in cursor.description], cursor.fetchone(), strict=True))
    assert row == {
        "ref": "ky-son/1",
        "title": "Bài 1",
        "lead": "Tóm tắt.",
        "byline": "Tình Dương",
        "source": None,
        "published": "2022-06-02T15:30:00+07:00",
        "section": "Tin tức",
        "portal": "ky-son",
        "url": "http://kyson.example/tin-tuc/bai-1",
        "versions": 1,
        "first_seen": "2022-06-02T09:14:00.000000Z",
        "last_seen": "2022-06-02T09:14:00.000000Z",
        "body": "Đoạn một.\n\nĐoạn hai.",
    }
