"""What pages take to be shown: each asked for once and after all else, kept so that replay can show it, hostile or not."""

import json
from collections import Counter

import pytest
from click.testing import CliRunner

from archive.fixity import check
from archive.frontier import Visit
from archive.store import Archive
from kyson_crawler import crawl, portal, reread
from kyson_crawler.cli import main
from kyson_crawler.frontier import EMBED, REQUISITE, Frontier
from kyson_crawler.pages import requisites
from kyson_crawler.pages.document import Document
from kyson_crawler.provenance import Found
from kyson_crawler.reading.seen import Ways
from kyson_crawler.requisites import Requisites
from kyson_crawler.rows import Rows
from kyson_crawler.scheduler import Leases
from tests.builders import article, begin, capture, new_archive
from tests.content import content
from tests.portals.rawportal import page
from tests.portals.styledportal import FILES, REQUISITES, SHEETS, sent, styled_portal

SITE = "http://ban.example"
PORTAL = portal.parse(portal.draft(f"{SITE}/"), slug="ban", origin="test")


def document(head="", body=""):
    html = f"<html><head>{head}</head><body>{body}<p>Bản Nậm Sài.</p></body></html>"
    return Document(html.encode(), f"{SITE}/tin-tuc/bai.html?id=1", "text/html")


def crawled(server, folder, **options):
    return crawl.run(portal.ad_hoc(server.url), folder, delay=0, **options)


def asked(server):
    return Counter(server.requests)


def captured(folder):
    """The paths of what was captured as a requisite, with how often."""
    with Archive.open(folder) as archive:
        rows = archive.connection.execute(
            "SELECT u.url FROM capture c JOIN url u ON u.id = c.url_id WHERE c.kind = 'other' AND c.status = 200"
        )
        return Counter("/" + url.split("/", 3)[3] for (url,) in rows)


# -- where they stand ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("markup", "found"),
    [
        ('<link rel="stylesheet" href="chung.css?v=2">', ["/tin-tuc/chung.css?v=2"]),
        ('<link rel="alternate stylesheet" href="/a.css">', ["/a.css"]),
        ('<LINK REL="Shortcut Icon" HREF=" /icon.ico ">', ["/icon.ico"]),
        ('<link rel="apple-touch-icon" href="/i.png"><link rel="manifest" href="/m.json">', ["/i.png", "/m.json"]),
        ('<link rel="preload" as="font" href="/a.woff2"><link rel="preload" as="fetch" href="/so-lieu">', ["/a.woff2"]),
        ('<link rel="canonical" href="/b"><link rel="alternate" href="/rss"><link rel="next" href="/2">', []),
        ('<script src="/a.js"></script><script>var a = "/b.js"</script>', ["/a.js"]),
        ('<style>@import "a.css"; p { background: URL( /a.png ) }</style>', ["/tin-tuc/a.css", "/a.png"]),
        ('<base href="/giao-dien/"><script src="a.js"></script>', ["/giao-dien/a.js"]),
        ('<script src="/a.js#x"></script><script src="/a.js"></script>', ["/a.js"]),
        ('<script src="ảnh một.js"></script>', ["/tin-tuc/%E1%BA%A3nh%20m%E1%BB%99t.js"]),
    ],
)
def test_style_sheets_scripts_and_icons_are_found_in_the_head(markup, found):
    assert list(requisites.named(document(markup))) == [SITE + path for path in found]


@pytest.mark.parametrize(
    ("markup", "found"),
    [
        ("<td style=\"background: url('/o.gif') no-repeat\">", ["/o.gif"]),
        ('<table background="/nen.jpg"><tr><td background="">', ["/nen.jpg"]),
        ('<video poster="/phim.jpg" src="/phim.mp4"></video>', ["/phim.jpg"]),
        ('<input type="image" src="/tim.png">', ["/tim.png"]),
        ('<p style="color: red">', []),
    ],
)
def test_backgrounds_and_buttons_are_found_in_the_body(markup, found):
    assert list(requisites.named(document(body=markup))) == [SITE + path for path in found]


@pytest.mark.parametrize(
    ("markup", "found"),
    [
        ('<img src="/logo.png"><img src="/logo.png">', ["/logo.png"]),
        ('<img src="/a.jpg" srcset="/a.jpg 1x, /b.jpg 2x,/c.jpg">', ["/a.jpg", "/b.jpg", "/c.jpg"]),
        ('<img src="/cho.gif" data-src="/that.jpg">', ["/cho.gif", "/that.jpg"]),
        ('<picture><source srcset="/a.webp"><img src="/a.jpg"></picture>', ["/a.jpg", "/a.webp"]),
        ('<video><source src="/phim.mp4"></video>', []),
        ('<picture><source srcset="/cua-bai.webp"><img src="/cua-bai.jpg"></picture>', []),
        ('<img src=""><img><img src="#"><img src="data:image/png;base64,AAAA">', []),
        ('<img src="/cua-bai.jpg" srcset="/cua-bai-300.jpg 300w, /cua-bai-900.jpg 900w">', []),
    ],
)
def test_images_are_those_of_the_page_and_not_of_its_article(markup, found):
    own = [f"{SITE}/cua-bai.jpg"]
    assert list(requisites.pictures(document(body=markup), own)) == [SITE + path for path in found]


@pytest.mark.parametrize(
    ("style", "found"),
    [
        ('@import "a.css";@import url(b.css) screen;', ["/css/a.css", "/css/b.css"]),
        ("/* url(a.png) */ p { background: url( '../a b.png' ) }", ["/a%20b.png"]),
        ("@font-face { src: url(a.eot?#iefix) format('eot'), url(a.woff2) }", ["/css/a.eot", "/css/a.woff2"]),
        (r'q::before { content: "\""; background: url(a\20 b.png) }', []),
        (r'q::before { content: "\""; background: url("a\20 b.png") }', ["/css/a%20b.png"]),
        (r"p { background: url(\61.png) }", ["/css/a.png"]),
        ("p { content: 'url(a.png)' }", []),
        ("p { clip-path: url(#hinh); background: url() }", []),
        ("p { background: url(data:image/png;base64,AAAA) }", []),
        ("p { background: url(javascript:alert(1)) ; a: url(file:///etc/passwd); b: url(//[) }", []),
        ("p { background: url('http://ten:mat-khau@khac.example/a.png') }", ["http://khac.example/a.png"]),
        ("p { background: url(a\x00b.png); a: url('c\x01.png') }", []),
        ("p { background: url(a.png", []),
    ],
)
def test_a_style_sheet_takes_what_it_imports_and_what_it_shows(style, found):
    addresses = [path if path.startswith("http") else SITE + path for path in found]
    assert list(requisites.of_sheet(style.encode(), f"{SITE}/css/chung.css?v=1")) == addresses


@pytest.mark.parametrize(
    "style",
    [
        b"a{background:url(%d.png)}" * 200_000,
        b"".join(b"a{background:url(%d.png)}" % number for number in range(100_000)),
        b"url(" * 1_250_000,
        b'url("' * 1_000_000,
        b"url('\\'" * 700_000,
        b"url(" + b" " * 5_000_000,
        b"url(data:image/png;base64," + b"A" * 5_000_000,
        b"url(javascript:alert(1))" * 200_000,
        b'\\"' * 2_500_000,
        b'"' * 5_000_000,
        b"/*" * 2_500_000,
        b"@import " * 600_000,
        b"\0" * 5_000_000,
        b"\xff\xfe" * 2_500_000,
        b"url(" + b"a" * 5_000_000 + b")",
    ],
    ids=lambda style: repr(style[:12]),
)
def test_no_style_sheet_takes_long_or_leads_to_much(style):
    """Each would take hours where a pattern went back over what it has read."""
    found = requisites.of_sheet(style, f"{SITE}/css/chung.css")
    assert len(found) <= 500
    assert all(address.startswith(f"{SITE}/css/") for address in found)
    style = style.strip(b"\0\xff\xfe")[:1_000_000].decode()
    assert len(requisites.named(document(f"<style>{style}</style>"))) <= 200


@pytest.mark.parametrize(
    "markup",
    [
        "".join(f'<img src="/{number}.png">' for number in range(100_000)),
        f'<img srcset="{"," * 1_000_000}">',
        f'<img srcset="{", /a.png 2x" * 100_000}">',
        '<img srcset=",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,">' * 10_000,
        f'<img src="{"/a" * 500_000}">',
        f'<p style="{"background:url(/a.png);" * 50_000}">',
        f"<picture>{'<img>' * 50_000}</picture>",
    ],
    ids=lambda markup: markup[:24],
)
def test_no_page_takes_long_or_leads_to_much(markup):
    found = document(body=markup)
    assert len(requisites.pictures(found)) + len(requisites.named(found)) <= 400


# -- which are asked for ------------------------------------------------------------------------------------------


def ways(*named, pictures=()):
    return Ways(links=(), prose=frozenset(), requisites=named, pictures=tuple(pictures))


@pytest.fixture
def wanted():
    """What a crawl asks for of what pages take, one page after the other."""
    known = Requisites(Frontier(PORTAL, addresses=None), lambda url: url.endswith("/giu.css"))
    return lambda *named, pictures=(): [each.url for each in known.of_page(ways(*named, pictures=pictures), Found())]


def test_what_a_page_names_as_those_before_it_leads_nowhere(wanted):
    assert wanted(f"{SITE}/a.css", f"{SITE}/giu.css", pictures=[f"{SITE}/a.png"]) == [f"{SITE}/a.css", f"{SITE}/a.png"]
    assert wanted(f"{SITE}/a.css", f"{SITE}/giu.css", f"{SITE}/b.css", pictures=[f"{SITE}/a.png"]) == [f"{SITE}/b.css"]


def test_one_crawl_asks_for_so_many_at_most_and_pictures_keep_no_style_sheet_out(wanted):
    pages = [[f"{SITE}/{n}/{m}.png" for m in range(100)] for n in range(100)]
    assert sum(len(wanted(pictures=page)) for page in pages) == 1_000
    assert wanted(f"{SITE}/a.css") == [f"{SITE}/a.css"]
    assert sum(len(wanted(*(address + ".css" for address in page))) for page in pages) == 2_000


def test_addresses_that_differ_in_their_query_alone_soon_lead_nowhere(wanted):
    assert sum(len(wanted(f"{SITE}/dem.js?so={number}")) for number in range(5_000)) == 100


def test_a_stranger_is_refused_and_told(tmp_path):
    strict = portal.parse(
        f'name = "Bản"\nseeds = ["{SITE}/"]\npage_hosts = ["ban.example"]\n', slug="ban", origin="test"
    )
    known = Requisites(Frontier(strict, addresses=None), lambda _: False)
    (refused,) = known.of_page(ways("https://chu.example/a.css"), Found(via=f"{SITE}/", hops="E"))
    assert refused.refused == "out of scope: the host chu.example is not among the portal's embed hosts"
    with new_archive(tmp_path) as archive:
        rows = archive.frontier(begin(archive, "ban"))
        rows.add(refused)
        assert rows.lease("chu.example", above=-10_000, below=10_000) is None


def test_what_an_article_embeds_is_asked_for_as_its_own(tmp_path):
    """Also where it waited as a picture of a list: the article is to have it with its text, and is told of it."""
    judge, found, src = Frontier(PORTAL, addresses=None), Found(via=f"{SITE}/", hops="E"), f"{SITE}/cau.jpg"
    with new_archive(tmp_path) as archive:
        rows = archive.frontier(begin(archive, "ban"))
        assert rows.add(judge.requisite(src, found)) is None
        assert rows.add(judge.requisite(src, found)) == "seen before"
        assert rows.lease("ban.example", above=REQUISITE, below=10_000) is None
        assert rows.add(judge.embed(src, "image", Found(via=f"{SITE}/a.html", hops="LE"))) is None
        assert rows.add(judge.embed(src, "image", Found(via=f"{SITE}/a.html", hops="LE"))) == "seen before"
        lease = rows.lease("ban.example", above=REQUISITE, below=10_000)
        assert (lease.kind, lease.priority, lease.via, lease.hops) == ("image", EMBED, f"{SITE}/a.html", "LE")
        assert rows.add(judge.requisite(src, found)) == "seen before"
        assert rows.lease("ban.example", above=-10_000, below=10_000) is None


@pytest.mark.parametrize("came_first", ["the article", "the picture"])
def test_an_article_has_its_image_though_it_came_as_a_picture(tmp_path, came_first):
    judge, found, src = Frontier(PORTAL, addresses=None), Found(via=f"{SITE}/", hops="E"), f"{SITE}/cau.jpg"
    read = Visit(kind="page", capture=capture(f"{SITE}/a.html"), article=article("a", portal="ban", images=[src]))
    read.found = [judge.embed(src, "image", Found(via=f"{SITE}/a.html", hops="LE"))]
    with new_archive(tmp_path) as archive:
        rows = archive.frontier(begin(archive, "ban"))
        rows.add(judge.requisite(src, found))
        picture = Visit(lease=rows.lease("ban.example", above=-10_000, below=10_000), kind="other")
        picture.capture = capture(src, payload=b"anh", mime="image/jpeg")
        for visit in (read, picture) if came_first == "the article" else (picture, read):
            rows.keep(visit)
        if came_first == "the picture":
            again = Visit(lease=rows.lease("ban.example", above=0, below=10_000), kind="image")
            again.capture = capture(src, payload=b"anh", mime="image/jpeg")
            rows.keep(again)
        (kept,) = archive.articles()
        assert kept.embeds[src].status == "ok"
        assert not rows.waiting()


def test_requisites_come_when_nothing_else_is_left_and_cost_no_page(tmp_path):
    judge, found = Frontier(PORTAL, addresses=None), Found(via=f"{SITE}/", hops="E")
    with new_archive(tmp_path) as archive:
        rows = Rows(archive, begin(archive, "ban"))
        leases = Leases(rows, per_host=2, max_pages=1)
        for url in (f"{SITE}/a.css", "http://chu.example/b.css"):
            leases.want(judge.requisite(url, found))
        for url in (f"{SITE}/1.html", f"{SITE}/2.html"):
            leases.want(judge.page(url, found))
        first = leases.next()
        assert first.url == f"{SITE}/1.html"
        assert leases.next() is None
        leases.came(visit := Visit(lease=first, kind="page"))
        assert leases.next() is None
        leases.keep(visit)
        under_way = [leases.next(), leases.next()]
        assert {lease.url for lease in under_way} == {f"{SITE}/a.css", "http://chu.example/b.css"}
        assert leases.next() is None
        for lease in under_way:
            leases.keep(Visit(lease=lease, kind="other"))
        assert leases.next() is None
        assert (leases.is_waiting(), rows.frontier.waiting()) == (False, 1)


# -- whole crawls -------------------------------------------------------------------------------------------------


def test_a_style_sheet_of_fifty_pages_is_asked_for_once_and_by_the_next_crawl_no_more(tmp_path):
    with styled_portal(50) as server:
        first = crawled(server, tmp_path)
        once = asked(server)
        assert (first.figures.articles, first.figures.requisites, first.figures.requisites_missing) == (50, 11, 0)
        second = crawled(server, tmp_path)
        twice = asked(server)
        assert second.figures.pages
        assert (second.figures.requisites, second.figures.requisites_missing) == (0, 0)
        full = crawled(server, tmp_path, full=True)
        assert full.figures.requisites == 11
    assert {once[path] for path in REQUISITES} == {1}
    assert {twice[path] for path in REQUISITES} == {1}
    assert "/khong-hoi.png" not in once
    with Archive.open(tmp_path) as archive:
        (rows,) = archive.connection.execute(
            "SELECT count(*) FROM frontier f JOIN url u ON u.id = f.url_id WHERE u.url LIKE '%/css/chung.css'"
        ).fetchone()
    assert rows == 2  # one in the first crawl, one in the full one


def test_style_sheets_are_followed_two_deep(tmp_path):
    with styled_portal() as server:
        crawled(server, tmp_path)
    assert "/css/sau.css" in asked(server)
    assert not {"/css/sau-nua.css", "/anh/qua-sau.png"} & set(asked(server))


def test_they_are_asked_for_after_all_articles_and_what_those_show(tmp_path):
    with styled_portal() as server:
        outcome = crawled(server, tmp_path)
    places = {path: place for place, path in enumerate(server.requests)}
    articles = {f"/bai-{number}.html" for number in (1, 2, 3)} | {"/anh/cau-1.jpg"}
    assert max(places[path] for path in articles) < min(places[path] for path in REQUISITES)
    assert asked(server)["/anh/cau-1.jpg"] == 1
    assert (outcome.figures.images, outcome.figures.images_missing) == (1, 0)


def test_a_budget_of_pages_takes_none_for_them_and_leaves_none_out(tmp_path):
    with styled_portal(9) as server:
        outcome = crawled(server, tmp_path, max_pages=3)
    assert len([path for path in server.requests if path.startswith("/bai-")]) == 2
    assert (outcome.status, outcome.figures.requisites) == ("finished", 11)


def test_a_crawl_that_was_cut_short_goes_on_with_them(tmp_path):
    with styled_portal() as server:
        site = portal.draft(server.url).replace("# requests_per_run = 20000", "requests_per_run = 9")
        site = site.replace("delay = 2.0", "delay = 0")
        few = portal.parse(site, slug="ban", origin="test")
        outcomes = [crawl.run(few, tmp_path) for _ in range(3)]
    assert [outcome.status for outcome in outcomes] == ["stopped", "stopped", "finished"]
    assert outcomes[0].figures.articles == 3
    assert {asked(server)[path] for path in REQUISITES} == {1}
    assert set(captured(tmp_path)) == REQUISITES


def test_one_that_does_not_come_is_counted_and_is_no_error(tmp_path):
    with styled_portal() as server:
        del server.answers["/css/chung.css"]
        server.answers["/js/menu.js"] = page("<h1>Không tìm thấy</h1>")
        first = crawled(server, tmp_path)
        assert (first.status, first.reason, first.figures.errors, first.figures.images_missing) == (
            "finished",
            None,
            0,
            0,
        )
        assert first.figures.requisites_missing == 2
        server.answers["/css/chung.css"] = sent("text/css", SHEETS["/css/chung.css"].encode())
        second = crawled(server, tmp_path)
    assert second.figures.requisites == 5  # with what it takes itself; the script is a page still
    assert second.figures.requisites_missing == 1


def test_a_portal_may_do_without(tmp_path):
    with styled_portal() as server:
        site = portal.draft(server.url).replace("# requisites = false", "requisites = false")
        outcome = crawl.run(portal.parse(site, slug="ban", origin="test"), tmp_path, delay=0)
    assert not REQUISITES & set(server.requests)
    assert (outcome.figures.articles, outcome.figures.images, outcome.figures.requisites) == (3, 1, 0)


def test_what_robots_forbid_is_not_asked_for(tmp_path):
    with styled_portal(**{"/robots.txt": sent("text/plain", b"User-agent: *\nDisallow: /css/\n")}) as server:
        outcome = crawled(server, tmp_path)
        assert not {path for path in server.requests if path.startswith("/css/")}
        assert (outcome.status, outcome.figures.errors, outcome.figures.requisites_missing) == ("finished", 0, 1)
        assert "robots.txt" in CliRunner().invoke(
            main, ["--archive", str(tmp_path), "why", f"{server.url}css/chung.css"]
        ).stdout  # fmt: skip


def test_why_says_where_a_style_sheet_was_found(tmp_path):
    with styled_portal() as server:
        crawled(server, tmp_path)
    told = CliRunner().invoke(main, ["--archive", str(tmp_path), "why", f"{server.url}css/chu.css", "--json"])
    (decision,), (seen,) = (json.loads(told.stdout)[name] for name in ("decisions", "captures"))
    assert (decision["state"], decision["via"], decision["hops"]) == ("done", f"{server.url}css/chung.css", "EE")
    assert (seen["status"], seen["mime"], seen["kind"]) == (200, "text/css", "other")


def why(folder, url, *words):
    done = CliRunner().invoke(main, ["--archive", str(folder), "why", url, *words])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_why_says_what_a_requisite_is_for_where_it_was_found_and_what_came_of_it(tmp_path):
    moved = b"HTTP/1.1 301 Chuyen\r\nLocation: /anh/moi.ico\r\nContent-Length: 0\r\n\r\n"
    missing = b"HTTP/1.1 404 Khong\r\nContent-Length: 0\r\n\r\n"
    rules = sent("text/plain", b"User-agent: *\nDisallow: /chu/\n")
    answers = {"/icon.ico": moved, "/anh/moi.ico": sent("image/x-icon", b"ico"), "/anh/o.gif": missing}
    with styled_portal(**answers, **{"/robots.txt": rules}) as server:
        crawled(server, tmp_path)
    sheet, site = f"{server.url}css/chung.css", server.url
    for path, via, hops in [("css/chung.css", site, "E"), ("js/menu.js", site, "E"), ("anh/nui.png", sheet, "EE")]:
        told, seen = why(tmp_path, site + path), json.loads(why(tmp_path, site + path, "--json"))["captures"][0]
        assert "requisite (pages are shown with it) was asked for\n" in told, path
        assert f"found at {via} (hops {hops})\n" in told, path
        assert f"{seen['digest']} in {seen['warc']} at {seen['offset']}\n" in told, path
    assert f"HTTP 301 to {site}anh/moi.ico" in why(tmp_path, f"{site}icon.ico")
    assert f"redirected to from {site}icon.ico" in why(tmp_path, f"{site}anh/moi.ico")
    assert "requisite (pages are shown with it) was asked for: HTTP 404\n" in why(tmp_path, f"{site}anh/o.gif")
    assert "requisite (pages are shown with it) was refused: robots.txt line 2" in why(tmp_path, f"{site}chu/dam.woff2")


def test_why_says_that_what_is_kept_is_asked_for_by_a_full_crawl_only(tmp_path):
    with styled_portal(**{"/anh/o.gif": b"HTTP/1.1 404 Khong\r\nContent-Length: 0\r\n\r\n"}) as server:
        crawled(server, tmp_path)
        kept = {path for path in (*REQUISITES, "/anh/cau-1.jpg") if _is_kept(tmp_path, server, path)}
        before = len(server.requests)
        crawled(server, tmp_path)
        again = set(server.requests[before:])
    assert kept == {*REQUISITES, "/anh/cau-1.jpg"} - {"/anh/o.gif"}
    assert not kept & again
    assert "/anh/o.gif" in again


def _is_kept(folder, server, path):
    today = json.loads(why(folder, server.url.rstrip("/") + path, "--json"))["today"]
    assert (today["in_scope"], today["reason"]) == (True, None)
    words = "would not ask for it, unless it is --full: its bytes are kept"
    assert (words in why(folder, server.url.rstrip("/") + path)) == today["kept"]
    return today["kept"]


def test_why_knows_by_which_portal_a_picture_on_a_host_of_its_own_is_shown(crawled):
    url = "http://datafiles.muongmau.example/mmu-ubnd/4312/banner/nen.png"
    assert json.loads(why(crawled[0], url, "--json"))["today"] == {
        "portal": "sample",
        "in_scope": True,
        "reason": None,
        "due": None,
        "kept": True,
    }


def test_why_says_that_a_portal_leaves_its_requisites_out(tmp_path):
    with styled_portal() as server:
        crawled(server, tmp_path)
        toml = f"requisites = false\n{portal.draft(server.url)}"
        target = portal.parse(toml, slug=portal.slug_for(server.url), origin="test")
        crawl.run(target, tmp_path, delay=0)
    assert "would not ask for it: its file says requisites = false" in why(tmp_path, f"{server.url}js/menu.js")
    assert "its bytes are kept" in why(tmp_path, f"{server.url}anh/cau-1.jpg")


def test_the_warcs_alone_give_what_the_crawls_gave(tmp_path):
    """Also where a picture of a list came first, and an article embedded it the next day."""
    with styled_portal(2) as server:
        whole = server.answers.pop("/bai-1.html")
        crawled(server, tmp_path / "crawled")
        assert asked(server)["/anh/cau-1.jpg"] == 1
        server.answers["/bai-1.html"] = whole
        crawled(server, tmp_path / "crawled")
        crawled(server, tmp_path / "crawled", full=True)
    with reread.Pool(1) as pool:
        made = reread.make(tmp_path / "crawled", tmp_path / "new", pool, portal=None, watch=None)
    assert made.is_sound
    assert content(tmp_path / "new") == content(tmp_path / "crawled")
    assert list(check(tmp_path / "new")) == []
    kinds = "SELECT u.url, c.kind FROM capture c JOIN url u ON u.id = c.url_id ORDER BY c.id"
    with Archive.open(tmp_path / "new") as new, Archive.open(tmp_path / "crawled") as old:
        assert new.connection.execute(kinds).fetchall() == old.connection.execute(kinds).fetchall()


def test_a_hostile_style_sheet_stops_no_crawl(tmp_path):
    hostile = b"@import 'chu.css';" + b"".join(b"a{background:url(/anh/%d.png)}" % number for number in range(100_000))
    with styled_portal() as server:
        server.answers["/css/chung.css"] = sent("text/css", hostile + b"\0" * 1_000_000)
        server.answers["/css/chu.css"] = sent("text/css", b"@import 'chu.css'; @import 'chung.css'; url(\0)")
        outcome = crawled(server, tmp_path)
    assert (outcome.status, outcome.figures.errors) == ("finished", 0)
    assert len(FILES) < len(set(server.requests)) < 600
    assert max(asked(server).values()) <= 2  # the home page is looked at again
