import pytest

from archive.stamps import Stamp, stamps
from tests.builders import article, begin, keep, new_archive


@pytest.fixture
def archive(tmp_path):
    with new_archive(tmp_path) as opened:
        yield opened


def put(archive, *counts, slug="ky-son"):
    """Articles of a portal: pairs of a date and how many bear it."""
    crawl = begin(archive, slug)
    number = 0
    for published, count in counts:
        for _ in range(count):
            number += 1
            keep(
                archive,
                crawl,
                article(str(number), portal=slug, url=f"http://{slug}.example/{number}", published=published),
            )
    archive.finish_crawl(crawl, status="finished")


BUILT = "2019-08-08T08:52:00+07:00"


def test_a_time_that_a_dozen_articles_share_is_a_stamp(archive):
    put(archive, (BUILT, 12), ("2019-08-06T14:41:00+07:00", 11), ("2019-08-05", 3))
    assert stamps(archive.connection) == (Stamp(portal="ky-son", published=BUILT, articles=12),)


@pytest.mark.parametrize(
    ("counts", "found"),
    [
        ([("2019-07-30", 24), ("2019-07-29", 1), ("2019-07-28", 2)], ["2019-07-30"]),
        ([("2019-07-30", 23), ("2019-07-29", 1), ("2019-07-28", 2)], []),
        ([("2019-07-30", 30), ("2019-07-29", 4), ("2019-07-28", 4)], []),
        ([("2019-07", 30), (None, 30)], []),
    ],
)
def test_a_day_is_a_stamp_only_when_it_is_out_of_the_usual_for_its_portal(archive, counts, found):
    put(archive, *counts)
    assert [stamp.published for stamp in stamps(archive.connection)] == found


def test_portals_are_counted_apart_and_can_be_asked_for_alone(archive):
    put(archive, (BUILT, 8))
    put(archive, (BUILT, 13), slug="tuong-duong")
    assert [(stamp.portal, stamp.articles) for stamp in stamps(archive.connection)] == [("tuong-duong", 13)]
    assert stamps(archive.connection, "ky-son") == ()


def test_only_the_latest_version_of_an_article_counts(archive):
    put(archive, (BUILT, 12))
    keep(
        archive, begin(archive), article("1", "Đã sửa.", url="http://ky-son.example/1", published="2019-01-01"), days=1
    )
    assert stamps(archive.connection) == ()
