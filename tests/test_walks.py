"""Lists that are turned by forms, and lists that shift while they are crawled: all of their articles are found."""

import shutil
from collections import Counter

import pytest

from archive.fixity import check
from archive.store import Archive
from kyson_crawler import crawl, portal
from kyson_crawler.why import why
from tests.agreement import agrees_with_cdxj_indexer, made_again
from tests.portals.livingportal import LivingPortal
from tests.portals.postportal import Item, PostPortal


def run(server, folder, **options):
    return crawl.run(portal.ad_hoc(server.url), folder, delay=0, **options)


def rows(folder, sql):
    with Archive.open(folder) as archive:
        return archive.connection.execute(sql).fetchall()


def posts(server):
    return [asked for asked in server.requests if asked.startswith("POST")]


@pytest.fixture(scope="module", params=[False, True], ids=["numbers", "pictures"])
def turned(request, tmp_path_factory):
    """A crawl of a portal whose list a form turns, by numbers or by a picture: its folder, its outcome, its server."""
    folder = tmp_path_factory.mktemp("form") / "archive"
    with PostPortal(52, by_images=request.param) as server:
        yield folder, run(server, folder), server


def test_lists_that_a_form_turns_are_read_to_their_end(turned):
    folder, outcome, server = turned
    asked = Counter(server.requests)
    assert (outcome.status, outcome.reason, server.faults) == ("finished", None, [])
    assert outcome.figures.articles == len(server.items) == rows(folder, "SELECT count(*) FROM article")[0][0]
    assert all(asked[f"GET {item.path}"] == 1 for item in server.items)
    # The picture goes on to show the last page, which is asked for twice before that is known.
    assert len(posts(server)) <= server.pages + 1
    assert asked["GET 1"] == 2
    assert list(check(folder)) == []


def test_what_a_form_sent_is_in_the_warc_and_not_in_the_rows(turned):
    folder, _, server = turned
    captured = rows(folder, "SELECT count(*), count(DISTINCT digest) FROM capture WHERE method = 'POST'")
    assert captured[0][0] == len(posts(server))
    assert rows(folder, "SELECT count(*) FROM frontier WHERE body IS NOT NULL") == [(0,)]
    with Archive.open(folder) as archive:
        told = "\n".join(why(archive, f"{server.url}DanhSach.aspx?cat=7").to_text())
    assert "page was asked for by POST" in told
    assert "captured by POST" in told


def test_the_index_of_warcs_with_forms_is_the_one_cdxj_indexer_makes(turned):
    pytest.importorskip("cdxj_indexer")
    folder, _, _ = turned
    assert agrees_with_cdxj_indexer(folder)


def test_warcs_with_forms_give_the_same_archive(turned, tmp_path):
    folder, _, _ = turned
    new = made_again(folder, tmp_path / "new")
    by_method = "SELECT method, count(*) FROM capture GROUP BY 1 ORDER BY 1"
    assert rows(new, by_method) == rows(folder, by_method)


def test_forms_are_asked_to_turn_no_further_than_a_list_shows_anything_new(turned, tmp_path):
    folder, _, server = turned
    shutil.copytree(folder, tmp_path / "archive")
    server.requests.clear()
    again = run(server, tmp_path / "archive")
    assert (again.status, posts(server)) == ("finished", [])


@pytest.mark.parametrize("by_images", [False, True])
def test_a_crawl_that_was_cut_short_goes_on_turning(tmp_path, by_images):
    with PostPortal(52, by_images=by_images) as server:
        for pages in (6, 20, None):
            outcome = run(server, tmp_path, max_pages=pages)
    assert (outcome.crawl_id, outcome.status, server.faults) == (1, "finished", [])
    assert rows(tmp_path, "SELECT count(*) FROM article") == [(52,)]
    assert len(posts(server)) <= server.pages + 1


# -- lists that shift ------------------------------------------------------------------------------------------------


@pytest.fixture
def living():
    """A portal with three lists, of which one has nine pages."""
    with LivingPortal(108) as server:
        yield server


def kept(folder):
    return {f"/{url.partition('//')[2].partition('/')[2]}" for (url,) in rows(folder, "SELECT url FROM v_article")}


def of(server, section, number):
    """The n-th article in the list of a section."""
    return [story for story in server.stories if story.section == section][number]


def there(server):
    return {story.path for story in server.stories}


def test_what_slips_over_the_border_of_a_page_when_an_article_is_taken_down_is_found(living, tmp_path):
    living.happenings["/tin-tuc?page=4"] = lambda: living.take_down(of(living, "tin-tuc", 1))
    slipped = of(living, "tin-tuc", 12).path  # the first on the fourth page, and then the last on the third one
    outcome = run(living, tmp_path)
    assert slipped in living.requests
    assert there(living) <= kept(tmp_path)
    asked = Counter(living.requests)
    assert (outcome.status, asked["/tin-tuc?page=8"], asked["/van-hoa"], asked["/van-hoa?page=8"]) == (
        "finished",
        2,
        2,
        1,
    )
    with Archive.open(tmp_path) as archive:
        told = "\n".join(why(archive, f"{living.url}tin-tuc?page=8").to_text())
    assert "asked for as a list walked once more, to its end (walk 2)" in told


@pytest.mark.parametrize("number", [9, 15])  # three and five of each section, of which a page shows four
def test_what_is_published_while_a_list_is_crawled_is_found(living, tmp_path, number):
    new = []
    living.happenings["/tin-tuc?page=6"] = lambda: new.extend(living.publish() for _ in range(number))
    run(living, tmp_path)
    assert {story.path for story in new} <= kept(tmp_path) == there(living)


@pytest.mark.parametrize("by_images", [False, True])
def test_what_slips_past_whoever_turns_a_list_by_its_form_is_found(tmp_path, by_images):
    with PostPortal(40, by_images=by_images) as server:
        slipped = server.items[20]  # the first on the fifth page, and then the last on the fourth
        server.happenings["POST 5"] = lambda: server.items.pop(2)
        outcome = run(server, tmp_path)
    assert (outcome.status, server.faults) == ("finished", [])
    assert f"GET {slipped.path}" in server.requests
    assert Counter(server.requests)["POST 8"] in {
        2,
        3,
        4,
    }  # on two walks, and once more where the picture shows it again


def test_a_list_read_in_its_order_is_walked_again_as_far_as_it_shows_anything_new(tmp_path):
    with PostPortal(40) as server:
        server.happenings["POST 5"] = lambda: server.items.insert(0, Item(7))
        run(server, tmp_path)
    assert rows(tmp_path, "SELECT count(*) FROM article") == [(41,)]
    assert Counter(server.requests)["POST 2"] <= 2
    assert Counter(server.requests)["POST 4"] == 1


def test_an_article_that_answers_no_more_lets_the_list_be_walked_again_that_shows_it(living, tmp_path):
    living.happenings["/tin-tuc?page=5"] = lambda: living.take_down(of(living, "tin-tuc", 10))
    run(living, tmp_path)
    assert there(living) <= kept(tmp_path)
    asked = Counter(living.requests)
    assert (asked["/tin-tuc?page=9"], asked["/kinh-te?page=9"]) == (2, 1)


def test_a_list_that_goes_on_shifting_is_walked_no_more_than_five_times(living, tmp_path):
    def shift():
        living.publish()
        living.take_down(of(living, "tin-tuc", 2))
        living.happenings["/tin-tuc"] = shift

    living.happenings["/tin-tuc"] = shift
    outcome = run(living, tmp_path)
    assert outcome.status == "finished"
    assert max(Counter(living.requests).values()) <= 5


def test_a_list_that_shifts_while_its_crawl_is_cut_short_is_walked_again_by_the_next(living, tmp_path):
    run(living, tmp_path, max_pages=30)
    living.take_down(of(living, "tin-tuc", 1))
    run(living, tmp_path)
    assert there(living) <= kept(tmp_path)
    assert Counter(living.requests)["/tin-tuc?page=9"] == 2
