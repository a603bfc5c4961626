"""Lists that are turned by forms, and lists that shift while they are crawled: all of their articles are found."""

from collections import Counter

import pytest

from archive.fixity import check
from archive.store import Archive
from kyson_crawler import crawl, portal, reread
from kyson_crawler.why import why
from tests.content import content
from tests.portals.postportal import PostPortal


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


def test_warcs_with_forms_give_the_same_archive(turned, tmp_path):
    folder, _, _ = turned
    with reread.Pool(1) as pool:
        reread.make(folder, tmp_path / "new", pool, portal=None, watch=None)
    assert content(tmp_path / "new") == content(folder)
    by_method = "SELECT method, count(*) FROM capture GROUP BY 1 ORDER BY 1"
    assert rows(tmp_path / "new", by_method) == rows(folder, by_method)


def test_forms_are_asked_to_turn_no_further_than_a_list_shows_anything_new(turned, tmp_path):
    import shutil

    folder, _, server = turned
    shutil.copytree(folder, tmp_path / "archive")
    server.requests.clear()
    again = run(server, tmp_path / "archive")
    assert (again.status, posts(server)) == ("finished", [])
