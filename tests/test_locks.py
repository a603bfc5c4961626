"""One crawl of a portal, and of a host, over all processes."""

import pytest

from archive import locks
from archive.errors import ArchiveBusy
from kyson_crawler import crawl, portal
from tests.portals.rawportal import RawPortal, page
from tests.test_crawl import article, home


def test_a_lock_is_held_until_it_is_closed(tmp_path):
    with locks.take(tmp_path, "ky-son"):
        assert locks.take(tmp_path, "ky-son") is None
        assert not locks.is_free(tmp_path, "ky-son")
    assert locks.is_free(tmp_path, "ky-son")


def test_a_portal_a_host_and_a_schedule_of_one_name_are_three_locks(tmp_path):
    with locks.take(tmp_path, "hosts"), locks.take(tmp_path, "hosts", "hosts"), locks.take(tmp_path, "1", "schedules"):
        assert locks.is_free(tmp_path, "1")


@pytest.mark.parametrize(
    "name", ["kyson.nghean.gov.vn", "127.0.0.1:8081", "[::1]:80", "../../etc", "-", "x" * 300, "kỳsơn.vn"]
)
def test_any_host_has_a_lock_within_the_folder(tmp_path, name):
    with locks.hosts(tmp_path, [name]):
        assert [path.parent.name for path in (tmp_path / locks.FOLDER).rglob("*") if path.is_file()] == [".hosts"]
        with pytest.raises(ArchiveBusy, match="another portal"), locks.hosts(tmp_path, [name]):
            pass


def test_hosts_are_held_all_or_none(tmp_path):
    both = locks.hosts(tmp_path, ["a.vn", "b.vn"])
    with locks.hosts(tmp_path, ["b.vn"]), pytest.raises(ArchiveBusy, match=r"b\.vn"), both:
        pass
    assert locks.is_free(tmp_path, "a.vn", "hosts")


def test_a_host_is_crawled_for_one_portal_at_a_time(tmp_path):
    with RawPortal({"/": page(home("/a.html")), "/a.html": page(article(1))}) as server:
        target = portal.ad_hoc(f"http://127.0.0.1:{server.port}/")
        (tmp_path / "kyson-archive").mkdir()
        with (
            locks.hosts(tmp_path / "kyson-archive", target.scope.page_hosts),
            pytest.raises(ArchiveBusy, match="another portal"),
        ):
            crawl.run(target, tmp_path / "kyson-archive", delay=0)
        assert crawl.run(target, tmp_path / "kyson-archive", delay=0).status == "finished"
