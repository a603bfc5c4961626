"""Lists that the script of a page asks for by POST: what is sent is read in the script, and sent as a browser would."""

import json
import subprocess
import sys
import time
import tracemalloc
from collections import Counter

import pytest

from archive.fixity import check
from archive.store import Archive
from archive.warc import record_at, records
from kyson_crawler import crawl, portal
from kyson_crawler.pages import Document
from kyson_crawler.pages.calls import posted
from kyson_crawler.pages.counting import following, following_address
from kyson_crawler.pages.forms import Manner, Submission
from kyson_crawler.pages.harmless import may_change
from kyson_crawler.why import why
from tests.agreement import agrees_with_cdxj_indexer, made_again
from tests.portals.scriptportal import A_PAGE, FORM, JSON, ScriptPortal

SITE = "http://namcat.example"
FETCHED_FORM = "application/x-www-form-urlencoded;charset=UTF-8"
PLAIN = "text/plain;charset=UTF-8"


def in_page(*scripts, attributes=""):
    inside = "".join(f"<script>{script}</script>" for script in scripts)
    return Document(f"<html><body><div {attributes}></div>{inside}<p>x</p></body></html>".encode(), f"{SITE}/tin/")


def sent(*scripts, **more):
    return [
        (found.url.removeprefix(SITE), found.body.decode(), found.manner) for found in posted(in_page(*scripts, **more))
    ]


@pytest.mark.parametrize(
    ("script", "url", "body", "kind", "is_ajax"),
    [
        ("$.ajax({type:'POST', url:'/ds', data:{page:1, q:'lễ hội!'}})", "/ds", "page=1&q=l%E1%BB%85+h%E1%BB%99i!", FORM, True),
        ("jQuery.ajax('ds', {method: \"post\", data: 'page=1&cat=3'})", "/tin/ds", "page=1&cat=3", FORM, True),
        (
            "$.ajax({url:'/ds',type:'POST',contentType:'application/json; charset=utf-8',data:JSON.stringify({PageIndex:0,Loc:null})})",
            "/ds", '{"PageIndex":0,"Loc":null}', "application/json; charset=utf-8", True,
        ),
        ("$.post('/ds', {trang: 1, loc: {xa: [3, 4]}, moi: true}, ve)", "/ds", "trang=1&loc%5Bxa%5D%5B%5D=3&loc%5Bxa%5D%5B%5D=4&moi=true", FORM, True),
        ("$.post({url: '/ds', data: {page: '1'}})", "/ds", "page=1", FORM, True),
        ("fetch('/ds', {method:'POST', headers:{'content-type':'application/json'}, body: JSON.stringify({page:1, o:{a:1.5}})})", "/ds", '{"page":1,"o":{"a":1.5}}', JSON, False),
        ("fetch('/ds', {method:'POST', body: new URLSearchParams({page: 1, q: 'a b~*'})})", "/ds", "page=1&q=a+b%7E*", FETCHED_FORM, False),
        ("fetch('/ds', {method:'POST', body: new URLSearchParams('page=' + 1).toString()})", "/ds", "page=1", PLAIN, False),
        ("window.fetch('/ds', {method:'post', body:'a=b&p=2'}).then(r => r.json())", "/ds", "a=b&p=2", PLAIN, False),
        ("axios.post('/ds', {page: 1}).then(function (r) { ve(r.data) })", "/ds", '{"page":1}', JSON, False),
        ("axios({method: 'post', url: '/ds', data: {page: 1}})", "/ds", '{"page":1}', JSON, False),
        ("$http.post('/ds', {page: 1})", "/ds", '{"page":1}', JSON, False),
        (
            """var x = new XMLHttpRequest(); x.open('POST', '/ds', true); x.onload = function () { ve(x) };
            x.setRequestHeader('Content-Type', 'application/x-www-form-urlencoded'); x.send('start=0&length=' + 10);""",
            "/ds", "start=0&length=10", "application/x-www-form-urlencoded", False,
        ),
    ],
)  # fmt: skip
def test_every_way_to_ask_by_post_is_read_as_a_browser_sends_it(script, url, body, kind, is_ajax):
    assert sent(script) == [(url, body, Manner(content_type=kind, is_ajax=is_ajax))]


@pytest.mark.parametrize(
    ("script", "body"),
    [
        ("var trang = 1;\nlet co = 10\n function tai() { $.post('/ds', {trang: trang, co}) }", "trang=1&co=10"),
        ("function tai() { $.post('/ds', {page: p, k: k}) } var p = 1, k = 'a' + 'b';", "page=1&k=ab"),
        ("var d = {page: 1, n: 5}; $.post('/ds', d)", "page=1&n=5"),
        ("function tai(trang) { $.post('/ds', {trang: trang}) } $(function () { tai(2) })", "trang=2"),
        ("const tai = async (trang = 3) => { $.post('/ds', {trang}) }", "trang=3"),
        ("var n = 1; function a() { var n = 7; } $.post('/ds', {page: n})", "page=1"),
        ("$(function () { var n = 2; function tai() { $.post('/ds', {page: n}) } tai() }); var n = 1;", "page=2"),
        ("var n = 1; n = 9; $.post('/ds', {page: n + 1})", "page=2"),
        (r"$.post('/ds', {page: 1, q: 'B\u1ea3n \'c\xf3\''})", "page=1&q=B%E1%BA%A3n+'c%C3%B3'"),
        ("/* $.post('/a', {page: 1}) */ // $.post('/b', {page: 1})\n$.post('/ds', {page: 1 /* đầu */,})", "page=1"),
        ("var r = /['\"(]/g; $.post('/ds', {page: 1})", "page=1"),
        ("var x = 4 / 2; var y = 'a'; $.post('/ds', {page: 1})", "page=1"),
    ],
)
def test_names_mean_what_the_script_sets_them_to(script, body):
    assert [(url, found) for url, found, _ in sent(script)] == [("/ds", body)]


@pytest.mark.parametrize(
    "script",
    [
        "$.post('/ds', {trang: trang})",
        "$.post('/ds', {trang: 1, tu: $('#tu').val()})",
        "$.post(goc + '/ds', {trang: 1})",
        "$.post(`/ds/${muc}`, {trang: 1})",
        "$.post('/ds', {trang: a ? 1 : 2})",
        "$.post('/ds', {trang: 2 * 3})",
        "$.post('/ds', {...loc, trang: 1})",
        "$.post('/ds', {trang: 1, [ten]: 2})",
        "var trang = so(); trang = 1; $.post('/ds', {trang: trang})",
        "var trang = 1; function tai(trang) { $.post('/ds', {trang: trang}) }",
        "tin.forEach(trang => $.post('/ds', {trang: trang}))",
        "function a() { var co = 1, trang = 1 } function b() { $.post('/ds', {trang: trang}) }",
        "$.ajax({type: 'POST', url: '/ds', data: $('form').serialize()})",
        "$.ajax({type: kieu, url: '/ds', data: {trang: 1}})",
        "$.ajax({type: 'POST', url: '/ds', processData: false, data: {trang: 1}})",
        "$.ajax({type: 'POST', url: '/ds', contentType: false, data: {trang: 1}})",
        "fetch('/ds', {method: 'POST', body: new FormData(mau)})",
        "fetch('/ds', {method: 'POST', headers: {'Content-Type': 'a/b\\r\\nX: y'}, body: 'page=1'})",
        "fetch('/ds', {method: 'POST', headers: {'Content-Type': kieu}, body: 'page=1'})",
        "var x = new XMLHttpRequest(); x.open('POST', '/ds'); x.send()",
        "$.post('/ds', {trang: 1",
        "$.post('/ds', {trang: 'chưa đóng})",
        "'$.post(\"/ds\", {trang: 1})'",
    ],
)
def test_a_call_that_cannot_be_told_in_full_is_not_followed(script):
    assert sent(script) == []


@pytest.mark.parametrize(
    "script",
    [
        "$.post('/ds', {id: 3})",
        "$.post('/ds', {trang: 'dau'})",
        "$.post('/ds')",
        "$.get('/ds', {trang: 1}); var kieu = 'POST'",
        "fetch('/ds', {method: 'PUT', body: 'trang=1'}); '.post'",
        "$.post('https://khac.example/ds', {trang: 1})",
        "$.post('http://namcat.example:81/ds', {trang: 1})",
        "$.post('javascript:void(0)', {trang: 1})",
        "$.post('/dang-nhap', {trang: 1})",
        "$.post('/Home/LuuYKien', {trang: 1})",
        "$.post('/gửi-bình-luận', {trang: 1})",
        "$.post('/ds?op=delete', {trang: 1})",
        "$.post('/ds', {trang: 1, action: 'saveComment'})",
        "axios.post('/ds', {page: 1, vote: 5})",
    ],
)
def test_only_what_asks_the_own_host_for_a_page_of_a_list_and_changes_nothing_is_followed(script):
    assert sent(script) == []


@pytest.mark.parametrize(
    ("words", "changes"),
    [
        ("/api/tin/danh-sach?sort=createdDate&isDeleted=false", False),
        ("/luu-tru/xem-them", False),
        ("/guide/address/offset", False),
        ("/tin?sapXep=updateTime", False),
        ("/api/deleteById", True),
        ("/api/addTin", True),
        ("/GuiBaiViet.ashx", True),
        ("/binhluan/list", True),
        ("/x%C3%B3a/3", True),
        *((harmless, False) for harmless in (
            "/tin/xem-them-bai", "/ajax/XemThemTin", "/ds?trangThaiDuyet=1", "/ds?da_duyet=1", "/ds?sort=view_count", "/ds?orderBy=viewCount&x=1",
            "/reviews", "/interview", "/preview", "/ds?view=list", "/ds?create_date_from=1", "/dat-dai", "/architecture", "/van-ban-moi-duoc-duyet",
        )),
        *((changing, True) for changing in (
            "/ds/dang_ky", "/gop_y", "/góp ý", "/g%C3%B3p+%C3%BD", "/ajax/lien_he", "/them_binh_luan", "/ThemBaiViet", "/them-moi", "/mat_khau", "/cap.nhat",
            "/ajax/sendmail", "/ajax/send_mail", "/ajax/setview", "/ajax/postView", "/ajax/set_post_views", "/ajax/hit", "/ajax/view", "/ajax/view?id=3",
            "/api/viewCount", "/api/count-view", "/thong-ke", "/thongke/visit", "/truy-cap", "/duyet", "/duyetbai", "/phe_duyet", "/dat_hang", "/dat-lich",
            "/mark_read", "/MarkAsRead", "/gui_mail", "/dang_nhap",
        )),
    ],
)  # fmt: skip
def test_words_that_change_something_are_told_from_those_that_only_hold_them(words, changes):
    assert may_change(SITE + words, b"") is changes


def test_what_jquery_is_to_be_called_with_may_stand_in_an_attribute():
    attributes = 'data-tai=\'{"url": "/ds", "type": "POST", "data": {"trang": 1}}\''
    assert sent(attributes=attributes) == [("/ds", "trang=1", Manner(content_type=FORM, is_ajax=True))]


def test_one_call_is_one_list_and_a_page_has_at_most_twenty():
    assert len(sent("$.post('/ds', {trang: 1});" * 3)) == 1
    assert len(sent("".join(f"$.post('/ds', {{trang: 1, muc: {n}}});" for n in range(50)))) == 20


@pytest.mark.parametrize(
    ("body", "following_body"),
    [
        ("cat=3&trang=1", "cat=3&trang=2"),
        ("loc%5BPageIndex%5D=9&so=2", "loc%5BPageIndex%5D=10&so=2"),
        ("start=0&length=10", "start=10&length=10"),
        ("skip=14", "skip=21"),
        ("cat=3&trang=", None),
        ('{"cat":3,"f":{"page":1},"q":"Bản"}', '{"cat":3,"f":{"page":2},"q":"Bản"}'),
        ('{"pageNumber":"1"}', '{"pageNumber":"2"}'),
        ('{"skip":20,"take":10}', '{"skip":30,"take":10}'),
        ('{"page":true}', None),
        ('{"page"', None),
        (r'{"page":1,"q":"\ud800"}', None),
        ("", None),
    ],
)
def test_the_number_is_counted_up_and_the_rest_stays_as_it_was(body, following_body):
    found = following(Submission(url=SITE, body=body.encode()), 7)
    assert (found and found.body.decode()) == following_body


def test_what_stands_in_a_query_is_counted_by_the_same_names():
    assert following_address(f"{SITE}/api?offset=0&limit=20", 20) == f"{SITE}/api?offset=20&limit=20"
    assert following_address(f"{SITE}/api?offset=0", 0) is None


@pytest.mark.parametrize("manner", [Manner(), Manner(content_type=JSON), Manner(content_type=FORM, is_ajax=True)])
def test_the_manner_of_a_request_outlives_a_process_in_its_row(manner):
    assert Manner.of(manner.decision) == manner


def test_the_words_that_a_row_keeps_of_a_manner_stay_as_they_are():
    """Archives hold them, and a crawl that is gone on with reads them."""
    by_jquery = "a list that a script asks for with application/x-www-form-urlencoded; charset=UTF-8, as XMLHttpRequest"
    in_json = "a list that a script asks for with application/json"
    assert Manner(content_type=FORM, is_ajax=True).decision == by_jquery
    assert Manner(content_type=JSON).decision == in_json
    assert Manner().decision is None
    assert Manner.of(by_jquery) == Manner(content_type=FORM, is_ajax=True)
    assert Manner.of(in_json) == Manner(content_type=JSON)
    assert Manner.of(None) == Manner.of("kept, and to be looked at again") == Manner()


def test_a_script_that_stands_on_many_pages_is_read_once():
    script = "$.post('/ds', {trang: 1}); $.post('dong', {trang: 1});" + "var a = {b: [1, 2, 3]};" * 2_000
    began = time.process_time()
    posted(in_page(script))
    once = time.process_time() - began
    began = time.process_time()
    for place in range(20):
        page = Document(f"<html><body><script>{script}</script><p>x</p></body></html>".encode(), f"{SITE}/muc-{place}/")
        assert [found.url for found in posted(page)] == [f"{SITE}/ds", f"{SITE}/muc-{place}/dong"]
    assert time.process_time() - began < 4 * once


MONSTERS = [
    "(", "{[(", "function(", "function f(a){f(a)}", "a=>", "(a=>{", "$.ajax({s:function(){", "x=[", "a={b:", "f(1,",
    "'\\'", "`\\`", "\"'", "\\", "=/[/", "/*", "//", "JSON.stringify(", "a=a+'x';", "'a'+", "$.post('/a',{page:1,b:",
    "$.post('/a',{page:1});", "x.open('POST','/a');x.send('page=1');", "a={b:1};a={c:a,d:a};", "-", "1", "\n", "a\n", "é",
]  # fmt: skip


@pytest.mark.parametrize("piece", MONSTERS)
def test_a_hostile_script_takes_no_more_than_its_share_of_time(piece):
    """Megabytes of it are not read at all; what is takes a time that grows with its length."""
    monster = ".post " + piece * (199_000 // len(piece.encode()))
    document = in_page(*[monster] * 15)
    began = time.process_time()
    assert len(posted(document)) <= 20
    assert time.process_time() - began < 4


def held(text):
    """An object whose two hundred entries are the same text of four thousand letters."""
    entries = ",".join(f"a{n}:s" for n in range(190))
    return f"s='{text * (3_900 // len(text))}';o={{page:1,{entries}}};"


SHORT = "o={page:1," + ",".join(f"a{n}:'é é é é é é é'" for n in range(190)) + "};"
GROWING = {
    "an object for a form": held("é ") + "$.post('/a',o);" * 12_000,
    "an object for JSON": held("é ") + "axios.post('/a',o);" * 10_000,
    "an object written again and again": held("é ") + "x=JSON.stringify(o);" * 9_000,
    "one that is not too large": SHORT + "$.post('/a',o);" * 12_000,
    "forms of one that is not too large": SHORT + "x=new URLSearchParams(o);" * 7_000,
    "scripts with one each": "</script><script>".join([SHORT + "$.post('/a',o);" * 200] * 26),
    "names for a text that grows": f"s='😀{'a' * 3_980}';" + "xyz=s+1;" * 24_000,
    "names for a text that grows, each another": f"s='😀{'a' * 3_980}';" + "".join(f"x{n}=s+1;" for n in range(18_000)),
    "names for copies of a form": f"s='{'a' * 3_980}';f=new URLSearchParams(s);"
    + "".join(f"x{n}=f.toString();" for n in range(9_000)),
    "headers of a request": "x.open('POST','/a');" + "".join(f"x.setRequestHeader('a{n}',1);" for n in range(6_000)),
}


@pytest.mark.parametrize("script", GROWING.values(), ids=GROWING)
def test_a_text_that_is_named_again_and_again_grows_into_nothing_large(script):
    assert 150_000 < len(script) < 200_000
    document = in_page(".post;" + script)
    began = time.process_time()
    assert len(posted(document)) <= 20
    assert time.process_time() - began < 2
    tracemalloc.start()
    try:
        posted(document)
        assert tracemalloc.get_traced_memory()[1] < 60_000_000
    finally:
        tracemalloc.stop()


def test_what_is_put_together_is_known_as_long_as_it_is_not_too_much():
    texts = "".join(f"var t{n} = 'a' + {n};" for n in range(3_000))
    assert [body for _, body, _ in sent(f"{texts} $.post('/ds', {{page: 1, x: t2999}})")] == ["page=1&x=a2999"]


def test_names_that_stand_for_one_another_make_nothing_large():
    doubled = "v0={a:1};" + "".join(f"v{n}={{a:v{n - 1},b:v{n - 1}}};" for n in range(1, 3_000))
    assert sent(f"{doubled} $.post('/ds', {{page: 1, x: v2999}})") == []
    texts = "var t0='ab';" + "".join(f"var t{n}=t{n - 1}+t{n - 1};" for n in range(1, 3_000))
    assert sent(f"{texts} $.post('/ds', {{page: 1, x: t2999}})") == []


# -- crawls -----------------------------------------------------------------------------------------------------


def run(server, folder, **options):
    return crawl.run(portal.ad_hoc(server.url), folder, delay=0, **options)


def rows(folder, sql):
    with Archive.open(folder) as archive:
        return archive.connection.execute(sql).fetchall()


def bodies(server):
    """What was sent for the pages of the list, in order."""
    number = -(-len(server.numbers) // A_PAGE) + 1
    if server.kind == FORM:
        beginning = "chuyenMuc=%C4%90%E1%BB%9Di+s%E1%BB%91ng&trang="
        return [f"{beginning}{n}&soTin=5&loc%5Bxa%5D=7&loc%5Bnam%5D=".encode() for n in range(1, number + 1)]
    told = '{"filter":{"unit":"Nậm Cắt","hot":false},"skip":%d,"take":5}'
    return [(told % (n * A_PAGE)).encode() for n in range(number)]


@pytest.fixture(
    scope="module", params=[(FORM, False), (JSON, False), (JSON, True)], ids=["form", "json", "first shown"]
)
def crawled(request, tmp_path_factory):
    """A crawl of a portal whose list only a script fetches, by POST: its folder, its outcome, its server."""
    folder = tmp_path_factory.mktemp("post") / "archive"
    kind, shows_first = request.param
    with ScriptPortal(23, kind, shows_first=shows_first) as server:
        yield folder, run(server, folder), server


def test_lists_that_a_script_asks_for_by_post_are_read_to_their_end(crawled):
    folder, outcome, server = crawled
    asked = Counter(server.requests)
    assert (outcome.status, outcome.reason) == ("finished", None)
    assert outcome.figures.articles == 23 == rows(folder, "SELECT count(*) FROM article")[0][0]
    assert {asked["GET", path] for path in server.paths} == {1}
    assert [post.body for post in server.posts] == bodies(server)
    assert {post.path for post in server.posts} == {"/api/danh-sach"}
    assert ("GET", "/api/danh-sach") not in asked
    assert list(check(folder)) == []


def test_what_was_sent_is_in_the_warc_letter_by_letter(crawled):
    folder, _, server = crawled
    (file,) = (folder / "warc").glob("*.warc.gz")
    requests = [record.block for record in records(file) if record.type == "request"]
    posts = [block.partition(b"\r\n\r\n") for block in requests if block.startswith(b"POST ")]
    assert [body for _, _, body in posts] == bodies(server)
    assert all(f"Content-Type: {server.kind}".encode() in head for head, _, _ in posts)
    captures = rows(
        folder, "SELECT w.name, c.offset, c.length FROM capture c JOIN warc w ON w.id = c.warc_id WHERE method = 'POST'"
    )
    listed = [json.loads(record_at(folder / "warc", *place).content())["ketQua"] for place in captures]
    assert [len(page) for page in listed] == [5, 5, 5, 5, 3, 0]
    assert rows(folder, "SELECT count(*) FROM frontier WHERE body IS NOT NULL") == [(0,)]


def test_the_index_of_such_a_warc_is_the_one_that_others_make(crawled):
    folder, _, _ = crawled
    assert agrees_with_cdxj_indexer(folder)


def test_warcs_with_such_lists_give_the_same_archive(crawled, tmp_path):
    folder, _, _ = crawled
    new = made_again(folder, tmp_path / "new")
    by_method = "SELECT kind, method, count(*) FROM capture GROUP BY 1, 2 ORDER BY 1, 2"
    assert rows(new, by_method) == rows(folder, by_method)


def test_why_tells_how_a_list_was_asked_for(crawled):
    folder, _, server = crawled
    with Archive.open(folder) as archive:
        told = "\n".join(why(archive, f"{server.url}api/danh-sach").to_text())
    assert "other was asked for by POST" in told
    assert f"asked for as a list that a script asks for with {server.kind}" in told


@pytest.mark.parametrize("kind", [FORM, JSON], ids=["form", "json"])
def test_a_crawl_that_was_killed_within_such_a_list_goes_on_there(tmp_path, kind):
    with ScriptPortal(40, kind) as server:
        command = [sys.executable, "-m", "kyson_crawler", "--archive", tmp_path, "crawl", server.url, "--delay", "0"]
        started = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        server.happenings[4] = started.kill
        assert started.wait(60) < 0
        outcome = run(server, tmp_path)
    asked = Counter(server.requests)
    assert (outcome.crawl_id, outcome.status) == (1, "finished")
    assert rows(tmp_path, "SELECT count(*) FROM article") == [(40,)]
    assert set(Counter(post.body for post in server.posts)) == set(bodies(server))
    assert max(Counter(post.body for post in server.posts).values()) <= 2
    assert max(asked["GET", path] for path in server.paths) <= 2
    assert {post.path for post in server.posts} == {"/api/danh-sach"}
    assert list(check(tmp_path)) == []


def test_the_next_crawl_asks_for_as_much_of_the_list_as_shows_anything_new(tmp_path):
    with ScriptPortal(23, JSON) as server:
        run(server, tmp_path)
        server.posts.clear()
        server.numbers[:0] = [290, 291]
        outcome = run(server, tmp_path)
    assert outcome.figures.new == 2
    assert len(server.posts) <= 3


@pytest.mark.parametrize("kind", [FORM, JSON], ids=["form", "json"])
def test_a_service_that_shows_the_same_whatever_is_asked_for_is_asked_twice(tmp_path, kind):
    with ScriptPortal(23, kind, repeats=True) as server:
        outcome = run(server, tmp_path)
    assert (outcome.status, outcome.figures.articles, len(server.posts)) == ("finished", A_PAGE, 2)


def test_a_section_holds_what_the_script_of_its_list_asks_for(tmp_path):
    with ScriptPortal(12, FORM) as server:
        outcome = run(server, tmp_path, section=f"{server.url}doi-song")
    assert (outcome.status, outcome.figures.articles) == ("finished", 12)
    assert ("GET", "/") not in server.requests


def test_what_is_sent_goes_on_to_where_a_service_leads(tmp_path):
    with ScriptPortal(12, FORM, leads_to="/api/ds") as server:
        outcome = run(server, tmp_path)
    assert (outcome.status, outcome.figures.articles) == ("finished", 12)
    assert {post.path for post in server.posts} == {"/api/danh-sach", "/api/ds"}


def test_what_is_sent_goes_nowhere_where_it_may_change_something(tmp_path):
    with ScriptPortal(12, FORM, leads_to="/api/them_binh_luan") as server:
        run(server, tmp_path)
    assert {post.path for post in server.posts} == {"/api/danh-sach"}
    with Archive.open(tmp_path) as archive:
        told = "\n".join(why(archive, f"{server.url}api/them_binh_luan").to_text())
    assert "where something may be changed by what is sent" in told
