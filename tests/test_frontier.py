"""What a crawl asks for and what it refuses: decided without a request, kept as rows of a real archive."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from attrs import evolve
from scrapy import Request
from scrapy.exceptions import IgnoreRequest

from archive import frontier as rows
from archive.due import Held
from archive.frontier import Visit
from kyson_crawler.frontier import Frontier, ScopeMiddleware, identities, identity
from kyson_crawler.pages import CMS
from kyson_crawler.portal import parse
from kyson_crawler.provenance import Found
from kyson_crawler.rows import Rows
from kyson_crawler.scheduler import Leases
from tests.builders import article, begin, capture, new_archive

SITE = "http://muongxen.example"
TOML = f"""
name = "Huyện Mường Xén"
seeds = ["{SITE}/"]
page_hosts = ["muongxen.example"]
embed_hosts = ["muongxen.example", "files.example"]
[scope]
exclude = ["/noi-bo*"]
"""
PORTAL = parse(TOML, slug="muong-xen", origin="test")
ALL, NONE = 1_000, -1_000
SEED = Found()
LINK = Found(via=f"{SITE}/", hops="L")


class Judged:
    """The decisions of a crawl and the rows that come of them."""

    def __init__(self, archive, cms="vnportal"):
        self.archive = archive
        self.crawl_id = begin(archive, "muong-xen")
        self.rows = archive.frontier(self.crawl_id)
        self.judge = Frontier(PORTAL, addresses=CMS[cms] if cms else None, held=self.rows.held, is_met=self.rows.is_met)

    def admit(self, url, found=LINK):
        """The address that waits in place of `url`, or None."""
        wanted = self.judge.page(url, found)
        if wanted is None:
            return None
        reason = self.rows.add(wanted)
        if reason:
            self.judge.refused[reason] += 1
        return None if reason or wanted.refused else wanted.url

    @property
    def refused(self):
        return dict(self.judge.refused)

    def leased(self):
        """All that waits on the portal's host, in order; nothing is done with it."""
        leases = []
        while (lease := self.rows.lease("muongxen.example", above=NONE, below=ALL)) is not None:
            leases.append(lease)
        return leases

    def states(self):
        return dict(
            self.archive.connection.execute("SELECT u.url, f.state FROM frontier f JOIN url u ON u.id = f.url_id")
        )


@pytest.fixture
def archive(tmp_path):
    with new_archive(tmp_path / "kyson-archive") as opened:
        yield opened


@pytest.fixture
def judged(archive):
    return Judged(archive)


# -- what is refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://other.example/", "out of scope"),
        (f"{SITE}/noi-bo/x", "out of scope"),
        (f"{SITE}/login", "a form, not content"),
        (f"{SITE}/tin-tuc?returnurl=%2F", "a log-in redirect"),
        ("mailto:a@muongxen.example", "not a web address (mailto)"),
        ("http://[muongxen.example/", "no valid address"),
        (f"{SITE}:99999/", "no valid address"),
        (f"{SITE}/{'a' * 2_083}", "an address of more than 2,083 characters"),
    ],
)
def test_each_refusal_has_its_reason_and_is_a_row(judged, url, reason):
    assert judged.admit(url) is None
    assert judged.refused == {reason: 1}
    ((state, kept),) = judged.archive.connection.execute("SELECT state, reason FROM frontier")
    assert state == "refused"
    assert kept.startswith(reason)


def test_a_page_is_asked_for_once(judged):
    assert judged.admit(f"{SITE}/tin-tuc?b=2&a=1") == f"{SITE}/tin-tuc?b=2&a=1"
    assert judged.admit(f"{SITE}/tin-tuc?a=1&b=2") is None
    assert judged.admit(f"{SITE}/tin-tuc?a=1&b=2#muc-3") is None
    assert judged.admit(f"{SITE}/tin-tuc?a=1&b=2#muc-3") is None
    assert judged.refused == {"seen before": 3}


@pytest.mark.parametrize(
    ("cms", "addresses"),
    [
        ("vnportal", ["/tin-tuc/le-hoi-529174", "/van-hoa/le-hoi-529174", "/van-hoa/ten-moi-529174"]),
        ("nukeviet", ["/Tin-tuc/le-hoi-7.html", "/Ban-tin/le-hoi-7.html", "/vi/Tin-tuc/le-hoi-da-sua-7.html"]),
    ],
)
def test_an_article_is_asked_for_under_one_of_its_addresses(archive, cms, addresses):
    judged = Judged(archive, cms)
    assert [judged.admit(SITE + address) is not None for address in addresses] == [True, False, False]
    assert judged.refused == {"another address of an article already asked for": 2}


@pytest.mark.parametrize(
    ("cms", "view", "own"),
    [
        ("vnportal", "/tin-tuc/le-hoi-529174?pageindex=0", "/tin-tuc/le-hoi-529174"),
        ("vnportal", "/tin-tuc?pageindex=0", "/tin-tuc"),
        ("nukeviet", "/print/Tin-tuc/le-hoi-7.html", "/Tin-tuc/le-hoi-7.html"),
        ("nukeviet", "/savefile/Tin-tuc/le-hoi-7.html", "/Tin-tuc/le-hoi-7.html"),
    ],
)
def test_the_article_itself_is_asked_for_in_place_of_its_views(archive, cms, view, own):
    judged = Judged(archive, cms)
    assert judged.admit(SITE + view) == SITE + own
    assert judged.admit(SITE + own) is None


@pytest.mark.parametrize("cms", [None, "generic"])
def test_addresses_say_nothing_while_the_cms_is_unknown(archive, cms):
    judged = Judged(archive, cms)
    addresses = [f"{SITE}/a/le-hoi-529174", f"{SITE}/b/le-hoi-529174", f"{SITE}/rss"]
    assert [judged.admit(address) for address in addresses] == addresses
    assert judged.judge.key(addresses[0]) is None


def test_addresses_begin_to_say_something_once_the_cms_is_recognised(archive):
    judged = Judged(archive, None)
    assert judged.admit(f"{SITE}/rss")
    judged.judge.addresses = CMS["vnportal"]
    assert judged.judge.key(f"{SITE}/a/le-hoi-529174") == "529174"
    judged.admit(f"{SITE}/rss")
    assert judged.refused == {"a form, not content": 1}


def test_an_article_that_a_list_named_first_is_looked_at_again_all_the_same():
    url = f"{SITE}/tin-tuc/le-hoi-529174"
    held = Held(key="529174", url=url, due=datetime.now(UTC) + timedelta(days=9), is_missing=False)
    judge = Frontier(PORTAL, addresses=CMS["vnportal"], held=lambda _key, _url: held, is_full=False)
    assert judge.page(url, LINK).refused.startswith("kept already")
    assert judge.page(url, LINK) is None
    assert judge.again(held).refused is None
    assert judge.again(held) is None


def test_embeds_have_hosts_of_their_own(judged):
    image = "http://files.example/a.jpg"
    assert judged.judge.why_not(image, embed=True) is None
    assert "page hosts" in judged.judge.why_not(image)
    assert "embed hosts" in judged.judge.why_not("http://other.example/a.jpg", embed=True)
    assert judged.judge.why_not(f"{SITE}/login", embed=True) is None


def test_one_spelling_of_an_embed_is_one_embed_and_no_page(judged):
    image = f"{SITE}/anh.jpg?b=1&a=2"
    wanted = [judged.judge.embed(url, "image", SEED) for url in (image, image, f"{SITE}/anh.jpg?a=2&b=1")]
    assert [judged.rows.add(each) for each in wanted] == [None, "seen before", None]
    assert judged.admit(image) == image


def test_what_is_sent_along_is_part_of_what_is_asked_for():
    first, second = (identity("page", f"{SITE}/ds.aspx", method="POST", body=body) for body in (b"trang=1", b"trang=2"))
    assert len({first, second, identity("page", f"{SITE}/ds.aspx")}) == 3
    assert identity("page", f"{SITE}/lễ-hội") == identity("page", f"{SITE}/l%E1%BB%85-h%E1%BB%99i#x")
    assert identity("page", f"{SITE}/lễ-hội") in identities(f"{SITE}/l%E1%BB%85-h%E1%BB%99i")


@pytest.mark.parametrize(
    ("url", "meta", "passes"),
    [
        (f"{SITE}/a", {"redirect_times": 1}, True),
        ("http://other.example/", {"redirect_times": 1}, False),
        (f"{SITE}/login", {"redirect_times": 2}, False),
        ("http://files.example/a.jpg", {"redirect_times": 1, "embed": "x"}, True),
        ("http://files.example/a.jpg", {"redirect_times": 1}, False),
        ("http://other.example/", {}, True),  # judged when it was admitted
    ],
)
def test_a_redirect_out_of_scope_is_not_followed(judged, url, meta, passes):
    middleware = ScopeMiddleware(SimpleNamespace(spider=SimpleNamespace(frontier=judged.judge)))
    request = Request(url, meta=meta)
    if passes:
        assert middleware.process_request(request) is None
    else:
        with pytest.raises(IgnoreRequest, match="redirected to"):
            middleware.process_request(request)


# -- in which order, and what comes of it ---------------------------------------------------------------------------


def test_feeds_come_before_pages_new_articles_before_known_ones_and_pages_before_images(judged):
    page_id = judged.archive.put_capture(judged.crawl_id, capture(f"{SITE}/a/cu-100001"), "page")
    judged.archive.put_article(judged.crawl_id, page_id, article("100001", portal="muong-xen"))
    judged.rows.add(judged.judge.embed(f"{SITE}/a.jpg", "image", SEED))
    for path in ("/a/cu-100001", "/a/moi-100002", "/tin-tuc"):
        judged.admit(SITE + path)
    judged.rows.add(judged.judge.sitemap(f"{SITE}/sitemap.xml", SEED))
    judged.rows.add(judged.judge.feed(f"{SITE}/rss", SEED))
    order = ["/rss", "/sitemap.xml", "/a/moi-100002", "/tin-tuc", "/a/cu-100001", "/a.jpg"]
    assert [lease.url.removeprefix(SITE) for lease in judged.leased()] == order


def test_a_lease_tells_all_that_its_request_needs(judged):
    found = Found(via=f"{SITE}/tin-tuc", hops="L" * 60, decision="vì sao")
    judged.admit(f"{SITE}/a/le-hoi-529174", found)
    (lease,) = judged.leased()
    assert (lease.url, lease.kind, lease.key, lease.via, lease.decision) == (
        f"{SITE}/a/le-hoi-529174", "page", "529174", found.via, "vì sao",
    )  # fmt: skip
    assert lease.hops == "10+" + "L" * 50
    assert (lease.tries, lease.redirects, lease.method, lease.body, lease.embed) == (0, 0, "GET", None, None)


def test_nothing_is_leased_twice_and_what_is_done_stays_done(judged):
    judged.admit(f"{SITE}/a")
    (lease,) = judged.leased()
    assert judged.leased() == []
    assert judged.rows.waiting() == 1
    judged.rows.keep(Visit(lease=lease, kind="page", capture=capture(lease.url)))
    assert judged.rows.waiting() == 0
    assert judged.states() == {f"{SITE}/a": "done"}
    assert judged.admit(f"{SITE}/a#x") is None


def test_a_try_in_vain_is_written_down_and_goes_behind_the_others(judged):
    for path in ("/a", "/b"):
        judged.admit(SITE + path)
    first = judged.rows.lease("muongxen.example", above=NONE, below=ALL)
    when = capture().time
    judged.rows.keep(Visit(lease=first, kind="page", again=True, attempted=when, fault="connection refused"))
    again = judged.leased()
    assert [(lease.url, lease.tries) for lease in again] == [(f"{SITE}/b", 0), (f"{SITE}/a", 1)]
    judged.rows.keep(Visit(lease=again[1], kind="page", attempted=when + timedelta(1), fault="connection refused"))
    assert judged.archive.connection.execute("SELECT count(*), max(fault) FROM attempt").fetchone() == (
        2,
        "connection refused",
    )


def test_what_was_refused_on_sight_waits_once_it_is_judged_otherwise(judged):
    judged.admit(f"{SITE}/tin-tuc")
    assert judged.admit(f"{SITE}/en/tin-tuc") is None
    assert not judged.judge.is_known(f"{SITE}/en/tin-tuc")
    later = judged.judge.sitemap(f"{SITE}/en/tin-tuc", LINK)
    assert judged.rows.add(later) is None
    assert judged.states() == {f"{SITE}/tin-tuc": "pending", f"{SITE}/en/tin-tuc": "pending"}
    assert judged.rows.add(later) == "seen before"


def test_what_is_put_back_waits_as_if_it_had_never_been_leased(judged):
    judged.admit(f"{SITE}/a")
    (first,) = judged.leased()
    judged.rows.keep(Visit(lease=first, kind="page", is_put_back=True, fault="the crawl ended"))
    assert judged.leased() == [first]


def test_a_host_of_which_something_was_put_back_is_left_alone(judged):
    leases = Leases(Rows(judged.archive, judged.crawl_id), per_host=1, max_pages=1)
    for path in ("/a", "/b"):
        leases.want(judged.judge.page(SITE + path, LINK))
    first = leases.next()
    leases.keep(Visit(lease=first, kind="page", is_put_back=True, fault="the host is left alone"))
    assert not leases.is_spent
    assert leases.next() is None
    assert not leases.is_waiting()
    assert judged.rows.waiting() == 2


def test_what_may_be_a_version_of_another_page_is_asked_for_when_nothing_else_is_on_its_way(judged):
    leases = Leases(Rows(judged.archive, judged.crawl_id), per_host=4, max_pages=None)
    for path in ("/en/news", "/en/news-2", "/tin-tuc"):
        leases.want(judged.judge.page(SITE + path, LINK))
    leases.want(judged.judge.embed("http://files.example/1.jpg", "image", LINK))
    before = [leases.next(), leases.next()]
    assert {lease.url for lease in before} == {f"{SITE}/tin-tuc", "http://files.example/1.jpg"}
    assert leases.next() is None
    assert leases.is_waiting()
    for lease in before:
        leases.keep(Visit(lease=lease, kind=lease.kind))
    last = leases.next()
    assert last.url == f"{SITE}/en/news"
    assert leases.next() is None
    leases.keep(Visit(lease=last, kind="page"))
    assert leases.next().url == f"{SITE}/en/news-2"


def test_no_doubtful_page_is_asked_for_when_the_budget_is_spent(judged):
    leases = Leases(Rows(judged.archive, judged.crawl_id), per_host=4, max_pages=1)
    for path in ("/en/news", "/tin-tuc"):
        leases.want(judged.judge.page(SITE + path, LINK))
    leases.keep(Visit(lease=leases.next(), kind="page"))
    assert leases.next() is None
    assert not leases.is_waiting()


def test_the_next_address_of_an_article_is_asked_for_until_there_is_none(judged):
    addresses = [f"{SITE}/{section}/le-hoi-529174" for section in ("a", "b", "c")]
    for address in (*addresses, addresses[1]):
        judged.admit(address)
    asked = []
    while leases := judged.leased():
        asked += [lease.url for lease in leases]
        for lease in leases:
            judged.rows.keep(Visit(lease=lease, kind="page", fault="HTTP 500", try_another=True))
    assert asked == addresses


def test_there_is_no_other_address_for_a_list(judged):
    judged.admit(f"{SITE}/tin-tuc")
    (lease,) = judged.leased()
    judged.rows.keep(Visit(lease=lease, kind="page", fault="HTTP 500", try_another=True))
    assert judged.leased() == []


def test_an_image_that_is_redirected_is_settled_by_where_it_leads(judged):
    image, target = "http://files.example/1", "http://files.example/1.jpg"
    page = capture(f"{SITE}/a/x-100001")
    visit = Visit(kind="page", capture=page, article=article("100001", portal="muong-xen", images=[image]))
    visit.found = [judged.judge.embed(image, "image", Found(via=page.url))]
    judged.rows.keep(visit)
    lease = judged.rows.lease("files.example", above=NONE, below=ALL)
    moved = judged.judge.redirected(lease, Request(target))
    judged.rows.keep(
        Visit(lease=lease, kind="image", capture=capture(image, status=302), is_redirect=True, found=[moved])
    )
    last = judged.rows.lease("files.example", above=NONE, below=ALL)
    assert (last.url, last.embed, last.redirects, last.via) == (target, image, 1, image)
    came = capture(target, payload=b"anh")
    judged.rows.keep(Visit(lease=last, kind="image", capture=came))
    embed = judged.archive.article("muong-xen/100001").embeds[image]
    assert (embed.status, embed.digest) == ("ok", came.digest)


def test_an_image_that_is_redirected_in_a_circle_is_missing_with_the_reason(judged):
    image = "http://files.example/1"
    visit = Visit(kind="page", capture=capture(), article=article("1", portal="muong-xen", images=[image]))
    visit.found = [judged.judge.embed(image, "image", SEED)]
    judged.rows.keep(visit)
    lease = judged.rows.lease("files.example", above=NONE, below=ALL)
    round_ = judged.judge.redirected(lease, Request(image))
    judged.rows.keep(
        Visit(lease=lease, kind="image", capture=capture(image, status=302), is_redirect=True, found=[round_])
    )
    embed = judged.archive.article("muong-xen/1").embeds[image]
    assert (embed.status, embed.reason) == ("missing", "it is redirected in a circle")


def test_an_article_that_cannot_be_kept_undoes_only_itself(judged):
    judged.admit(f"{SITE}/a")
    (lease,) = judged.leased()
    with judged.archive.together():
        visit = Visit(lease=lease, kind="page", capture=capture(lease.url), article=article("1", portal="khac"))
        visit.found = [judged.judge.page(f"{SITE}/b", SEED)]
        judged.rows.keep(visit)
    assert "could not be kept" in visit.fault
    assert judged.states() == {f"{SITE}/a": "done", f"{SITE}/b": "pending"}
    assert judged.archive.connection.execute("SELECT count(*) FROM capture").fetchone() == (1,)
    assert judged.archive.connection.execute("SELECT count(*) FROM article").fetchone() == (0,)


# -- after the end --------------------------------------------------------------------------------------------------


@pytest.fixture
def cut_short(archive):
    """A crawl whose page is read, whose image is being asked for, and with a page that waits."""
    judged = Judged(archive)
    image = "http://files.example/1.jpg"
    visit = Visit(
        kind="page",
        capture=capture(f"{SITE}/a/x-100001"),
        article=article("100001", portal="muong-xen", images=[image]),
        found=[judged.judge.embed(image, "image", SEED), judged.judge.page(f"{SITE}/b", SEED)],
    )
    judged.rows.keep(visit)
    judged.rows.lease("files.example", above=NONE, below=ALL)
    return judged


def test_a_crawl_that_was_cut_short_is_gone_on_with_by_the_next_of_its_portal(cut_short):
    archive = cut_short.archive
    archive.finish_crawl(cut_short.crawl_id, status="stopped", pages=7)
    assert archive.article("muong-xen/100001").embeds["http://files.example/1.jpg"].status == "missing"
    assert begin(archive, "khac") != cut_short.crawl_id
    assert archive.resumed is None
    assert begin(archive, "muong-xen") == cut_short.crawl_id
    assert (archive.resumed.status, archive.resumed.waiting, archive.resumed.counts["pages"]) == ("stopped", 2, 7)
    lease = archive.frontier(cut_short.crawl_id).lease("files.example", above=NONE, below=ALL)
    archive.frontier(cut_short.crawl_id).keep(Visit(lease=lease, kind="image", capture=capture(lease.url)))
    embed = archive.article("muong-xen/100001").embeds["http://files.example/1.jpg"]
    assert (embed.status, embed.reason) == ("ok", None)


def test_a_fresh_crawl_begins_anew_and_a_finished_one_is_not_gone_on_with(cut_short):
    archive = cut_short.archive
    archive.finish_crawl(cut_short.crawl_id, status="stopped")
    fresh = begin(archive, "muong-xen", fresh=True)
    assert fresh != cut_short.crawl_id
    assert archive.frontier(fresh).hosts() == []
    archive.finish_crawl(fresh, status="finished")
    assert begin(archive, "muong-xen") not in {fresh, cut_short.crawl_id}


def test_a_crawl_that_was_killed_on_its_last_steps_is_brought_to_its_end(cut_short):
    archive, crawl_id = cut_short.archive, cut_short.crawl_id
    archive.connection.execute("UPDATE frontier SET state = 'done'")
    cut_short.rows.add(evolve(cut_short.judge.page(f"{SITE}/a/x-100001", SEED), refused="vì thế"))
    archive.close()
    with new_archive(archive.folder) as later:
        assert begin(later, "muong-xen") == crawl_id
        assert later.killed_crawls == (crawl_id,)
        assert later.resumed.waiting == 0


def test_reasons_of_the_archive_are_those_the_crawler_counts():
    assert {rows.SEEN, rows.ANOTHER} == {"seen before", "another address of an article already asked for"}
