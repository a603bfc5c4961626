"""Traps: a portal that holds them all is crawled to its last article, and each rule leaves alone what is no trap."""

from datetime import date

import pytest

from archive.errors import FetchFailed, NothingThere
from archive.store import Archive
from archive.versions import content_digest
from kyson_crawler import crawl, portal, reread
from kyson_crawler.endless import turn
from kyson_crawler.frontier import Frontier
from kyson_crawler.latest import Latest, Versions
from kyson_crawler.pages import CMS, Document, page
from kyson_crawler.pages.visits import lasting
from kyson_crawler.provenance import Found
from kyson_crawler.reading import answers
from kyson_crawler.reading.answers import leads_nowhere
from kyson_crawler.reading.course import Course
from kyson_crawler.reading.seen import Seen, prose
from kyson_crawler.traps import Traps
from kyson_crawler.views import Shown, are_one, piled_once, why_not
from tests.builders import article
from tests.content import content
from tests.portals.rawportal import RawPortal
from tests.portals.rawportal import page as raw
from tests.portals.trapportal import TrapPortal

SITE = "http://muongsen.example"
TODAY = date(2026, 11, 27)
PORTAL = portal.parse(
    f'name = "Mường Sen"\nseeds = ["{SITE}/"]\npage_hosts = ["muongsen.example"]\n', slug="muong-sen", origin="here"
)


class Judged:
    """The decisions of a crawl, which takes up at once what it is let have."""

    def __init__(self, judged_portal=PORTAL, cms=None):
        met = set()
        self.judge = Frontier(judged_portal, addresses=CMS[cms] if cms else None, is_met=met.__contains__)
        self.why_nothing_new = self.judge.why_nothing_new
        self._met = met

    def admit(self, url):
        """The address that is asked for in place of `url`, or None."""
        wanted = self.judge.page(url, Found(via=f"{SITE}/", hops="L"))
        if wanted is None or wanted.refused:
            return None
        self._met.add(wanted.identity)
        return wanted.url


@pytest.fixture(scope="module")
def trapped(tmp_path_factory):
    """A crawl of the portal with all traps: its folder, its outcome, and the server with its log."""
    folder = tmp_path_factory.mktemp("traps") / "kyson-archive"
    with TrapPortal() as server:
        outcome = crawl.run(portal.ad_hoc(server.url), folder, delay=0, max_pages=3_000)
    return folder, outcome, server


def test_a_portal_full_of_traps_gives_all_its_articles_once_each_with_hardly_any_junk(trapped):
    folder, outcome, server = trapped
    with Archive.open(folder) as archive:
        kept = sorted(held.article.url.removeprefix(server.url.rstrip("/")) for held in archive.articles())
    worthy = server.worthy
    junk = [path for path in server.requests if path not in worthy]
    assert outcome.status == "finished"
    assert kept == sorted(story.path for story in server.stories)
    assert len(junk) <= 0.03 * len(server.requests), junk
    assert worthy - set(server.requests) == set()
    again = [path for path in set(server.requests) if server.requests.count(path) > 1]
    assert sorted(again) == ["/en/news", "/tin-tuc", "/van-hoa"]  # the beginning of each list, once more
    assert len(server.requests) == len(set(server.requests)) + len(again)


def test_what_a_crawl_left_out_is_counted_by_its_reason(trapped):
    _, outcome, _ = trapped
    assert outcome.refused["nothing stands there"] == 5
    assert {
        "a loop of languages", "a known page in another language", "a known page in another order or look", "a mail form", "a share link",
        "a view to save", "a log-in form", "a search", "a known address with its folders twice", "beyond the end of a list",
        "a calendar's page of the far future", "beyond the days of which a calendar shows anything",
        "one more combination of choices that showed nothing new",
    } <= outcome.refused.keys()  # fmt: skip


def test_the_warcs_of_such_a_crawl_give_the_same_articles(tmp_path):
    with TrapPortal(40) as server:
        crawl.run(portal.ad_hoc(server.url), tmp_path / "old", delay=0, max_pages=500)
    with reread.Pool(1) as pool:
        made = reread.make(tmp_path / "old", tmp_path / "new", pool, portal=None, watch=None)
    assert made.articles == len(server.stories)
    assert content(tmp_path / "new") == content(tmp_path / "old")


# -- views and forms -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/print/Tin-tuc/le-hoi-7.html", "a print view"),
        ("/tin-tuc/le-hoi-7.html?print=1", "a print view"),
        ("/index.php?option=com_content&view=article&id=7&layout=print", "a print view"),
        ("/PrintArticle.aspx?id=7", "a print view"),
        ("/savefile/Tin-tuc/le-hoi-7.html", "a view to save"),
        ("/sendmail/Tin-tuc/le-hoi-7.html", "a mail form"),
        ("/tin/le-hoi-7.html?share=facebook", "a share link"),
        ("/dang-nhap?returnurl=/tin-tuc", "a log-in form"),
        ("/users/login/", "a log-in form"),
        ("/Pages/Login.aspx", "a log-in form"),
        ("/default.aspx?page=login", "a log-in form"),
        ("/tin-tuc/le-hoi-529174?returnurl=%2F", "a way to another page and back"),
        ("/register.html", "a form to register"),
        ("/tim-kiem/le-hoi", "a search"),
        ("/Search.aspx?k=l%E1%BB%85+h%E1%BB%99i", "a search"),
        ("/vi/en/tin-tuc", "a loop of languages"),
        ("/a/-/view_content/7-b.html/en/vi", "a loop of languages"),
        ("/tin/tin/tin/le-hoi.html", "a path that repeats itself"),
        ("/a/b/a/b/c", "a path that repeats itself"),
        ("/" + "a/" * 30, "a path of more than 24 names"),
        ("/tin?q=" + "a" * 3_000, "an address of more than 2,083 characters"),
    ],
)
def test_what_shows_no_page_of_its_own_is_refused_with_its_reason(path, reason):
    assert why_not(SITE + path) == reason


PAGES = [
    "/", "/tin-tuc", "/tin-tuc?pageindex=3", "/tin-tuc/page/2/", "/tin-tuc/page-2/", "/en/", "/vi/chuyen-muc/tin-tuc---su-kien?page=2",
    "/tin-tuc-su-kien/ban-yen-hoa-xa-my-ly-933574", "/an-ninh/202503/bat-qua-tang-12345/", "/ch40/7679-Tap-huan.mhtml",
    "/Tin-tuc/Tuyen-dung-lap-trinh-vien-PHP-3.html", "/tag/mã-nguồn-mở", "/tag/bộ-gd&đt", "/index.php?language=vi&nv=news&op=Tin-tuc/le-hoi-7",
    "/web/guest/-/view_content/4430301-thong-bao-du-ky-thi.html", "/tin?p_p_id=101&p_p_lifecycle=0&p_p_state=normal&p_p_mode=view&_101_delta=10&_101_cur=2",
    "/portal/Pages/2024-5-17/Hoi-nghi-tong-ket-cong-tac-dvv348x.aspx", "/Trang/ChiTietTinTuc.aspx?nid=168658", "/TinTuc/tintuc/Lists/Posts/AllPosts.aspx?CategoryId=16",
    "/Default.aspx?tabid=119", "/tabid/119/ArticleId/57/language/vi-VN/Default.aspx", "/?page=news&cat=15", "/tiep-cong-dan-&-xu-ly-don-thu/lich-2019",
    "/van-ban/chitietvb-26.html", "/laws/detail/van-ban-12/?download=1&id=0", "/van-ban?keyword=&linhvuc=&page=2", "/?q=node/57", "/?p=123",
    "/tin-tuc/tim-kiem-cuu-nan-tren-song-12345", "/dang-ky/cap-giay-chung-nhan-lan-dau-12345.html", "/dang-ky-kinh-doanh/thu-tuc", "/chia-se/kinh-nghiem",
    "/2019/11/2019/11/le-hoi", "/tin-tuc/tin-tuc", "/tin?print=0", "/gioi-thieu/ban-in-an", "/bai-viet/" + "%E1%BB%99" * 180,
]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_pages_of_all_kinds_of_portals_are_no_junk(path):
    url = SITE + path
    traps = Traps(TODAY)
    assert why_not(url) is None
    assert traps.why_not(url, lambda _: False) is None
    assert Judged().admit(url) == url


def test_the_file_of_a_portal_may_name_pages_that_look_like_junk():
    text = f'name = "A"\nseeds = ["{SITE}/"]\npage_hosts = ["muongsen.example"]\n[scope]\ninclude = ["/print/*"]\n'
    judged = Judged(portal.parse(text, slug="a", origin="here"))
    assert judged.admit(f"{SITE}/print/le-hoi-7.html") == f"{SITE}/print/le-hoi-7.html"
    assert judged.admit(f"{SITE}/savefile/le-hoi-7.html") is None


# -- sessions --------------------------------------------------------------------------------------------------------

DRAWN = "9f86d081884c7d659a2feaa0c55ad015"


@pytest.mark.parametrize(
    ("path", "own"),
    [
        (f"/tin?id=7&PHPSESSID={DRAWN}", "/tin?id=7"),
        (f"/tin;jsessionid={DRAWN}.node1?id=7", "/tin?id=7"),
        ("/(S(kq2vzn45lhkz0d55a2pgyt45))/Tin.aspx", "/Tin.aspx"),
        ("/(X(1)S(kq2vzn45lhkz0d55a2pgyt45))/Tin.aspx", "/Tin.aspx"),
        (f"/tin?sid={DRAWN}&page=2", "/tin?page=2"),
        ("/tin/le-hoi-7.html?utm_source=zalo&fbclid=IwAR0", "/tin/le-hoi-7.html"),
    ],
)
def test_a_session_is_taken_out_of_an_address(path, own):
    assert lasting(SITE + path) == SITE + own
    judged = Judged()
    assert judged.admit(SITE + path) == SITE + own
    assert judged.admit(SITE + own) is None


@pytest.mark.parametrize(
    "path",
    ["/tin?sid=12", "/tin?s=le-hoi", "/tin?id=" + DRAWN, "/tin-(moi)/a", "/a?b=%28S%28x%29%29&c", "/tin?token=abc"],
)
def test_what_only_looks_like_a_session_stays_as_it_is_spelt(path):
    assert lasting(SITE + path) == SITE + path


# -- versions of known pages -----------------------------------------------------------------------------------------


def judged(*known, cms=None):
    made = Judged(cms=cms)
    for path in known:
        assert made.admit(SITE + path), path
    return made


@pytest.mark.parametrize(
    ("known", "other"),
    [
        ("/tin-tuc/le-hoi-7.html", "/tin-tuc/le-hoi-7.html/en"),
        ("/tin-tuc/le-hoi-7.html", "/en/tin-tuc/le-hoi-7.html"),
        ("/tin-tuc?id=7", "/tin-tuc?id=7&language=en"),
        ("/vi/tin-tuc/", "/en/tin-tuc"),
        ("/vi/tin-tuc", "/tin-tuc"),
        ("/tin-tuc", "/vi/tin-tuc"),
        ("/en/news", "/en/news?lang=vi-VN"),
        ("/tin-tuc?cat=3", "/tin-tuc?cat=3&sort=date"),
        ("/tin-tuc?cat=3&sort=title", "/tin-tuc?cat=3&sort=date"),
        ("/tin-tuc/le-hoi-dau-xuan-nam-moi.html", "/tin-tuc/tin-tuc/le-hoi-dau-xuan-nam-moi.html"),
    ],
)
def test_a_version_of_a_known_page_is_refused(known, other):
    assert judged(known).admit(SITE + other) is None
    assert judged().admit(SITE + other) == SITE + other


@pytest.mark.parametrize(
    ("known", "other"),
    [
        ("/", "/en"),
        ("/", "/?language=en"),
        ("/vi/tin-tuc", "/en/news"),
        ("/vi/tin-tuc/le-hoi-7.html", "/en/news/festival-of-the-valley-9.html"),
        ("/en/news", "/vi/news"),
        ("/tin-tuc", "/tin-tuc/tin-tuc"),
        ("/TinTuc/Lists/Posts/AllPosts.aspx", "/TinTuc/TinTuc/Lists/Posts/AllPosts.aspx"),
        ("/tin-tuc?sort=date", "/tin-tuc?sort=date&page=2"),
        ("/la/tin-tuc", "/lo/thong-bao"),
    ],
)
def test_a_page_that_stands_only_there_is_asked_for(known, other):
    assert judged(known).admit(SITE + other) == SITE + other


def test_a_version_that_waits_is_not_asked_for_once_the_page_itself_is_known():
    frontier = judged("/en/tin-tuc", "/tin-tuc")
    assert frontier.why_nothing_new(f"{SITE}/en/tin-tuc") == "a known page in another language"
    assert frontier.why_nothing_new(f"{SITE}/tin-tuc") is None
    assert judged("/vi/tin-tuc").why_nothing_new(f"{SITE}/vi/tin-tuc") is None
    assert judged("/tin?sort=a").why_nothing_new(f"{SITE}/tin?sort=a") is None


# -- lists and calendars without end ---------------------------------------------------------------------------------

SHELL = [f"{SITE}/", f"{SITE}/gioi-thieu"]


def shown(traps, path, *names, text="Cổng thông tin điện tử huyện Mường Sen, tỉnh Nghệ An", is_article=False):
    traps.see(SITE + path, [*SHELL, *(f"{SITE}/tin/{name}" for name in names)], prose([text]), is_article=is_article)


def is_left_out(traps, path):
    return traps.why_not(SITE + path, lambda _: False)


@pytest.mark.parametrize("form", ["/tin?page={}", "/tin?cat=3&pageindex={}", "/tin/page/{}/", "/tin/page-{}/"])
def test_a_list_that_repeats_its_last_page_has_come_to_its_end(form):
    traps = Traps(TODAY)
    shown(traps, turn(SITE + form.format(1)).of.removeprefix(SITE), "a", "b")
    shown(traps, form.format(2), "c", "d")
    shown(traps, form.format(3), "e")
    assert is_left_out(traps, form.format(4)) is None
    shown(traps, form.format(4), "e")
    assert is_left_out(traps, form.format(5)) == "beyond the end of a list"
    assert is_left_out(traps, form.format(2)) is None


def test_a_first_page_that_has_two_addresses_is_no_end():
    traps = Traps(TODAY)
    for path in ("/tin", "/tin?page=0", "/tin?page=1"):
        shown(traps, path, "a", "b")
    assert is_left_out(traps, "/tin?page=2") is None


def test_one_page_without_entries_is_no_end_and_two_are():
    traps = Traps(TODAY)
    shown(traps, "/tin", "a")
    shown(traps, "/tin?page=2")
    assert is_left_out(traps, "/tin?page=3") is None
    shown(traps, "/tin?page=3", "c")
    shown(traps, "/tin?page=4")
    shown(traps, "/tin?page=5")
    assert is_left_out(traps, "/tin?page=6") == "beyond the end of a list"


def test_pages_that_link_to_nothing_new_go_on_as_long_as_they_say_something_new():
    traps = Traps(TODAY)
    for number, asked in enumerate(("đường vào bản", "lớp học", "nước sạch", "chợ phiên"), 1):
        assert is_left_out(traps, f"/hoi-dap?page={number}") is None
        shown(
            traps, f"/hoi-dap?page={number}", text=f"Câu hỏi {number}: bao giờ thì huyện sửa xong {asked} cho bà con?"
        )
    shown(traps, "/hoi-dap?page=5", text="Câu hỏi 5: bao giờ thì huyện sửa xong chợ phiên cho bà con?")
    assert is_left_out(traps, "/hoi-dap?page=6") == "beyond the end of a list"


def test_a_number_that_is_an_articles_own_is_never_beyond_an_end():
    traps = Traps(TODAY)
    shown(traps, "/tin.aspx?p=5", is_article=True)
    for number in range(6, 20):
        shown(traps, f"/tin.aspx?p={number}")
    assert is_left_out(traps, "/tin.aspx?p=20") is None


def test_two_lists_of_one_page_end_each_for_itself():
    traps = Traps(TODAY)
    for path in ("/tin?cat=1&page=1", "/tin?cat=1&page=2", "/tin?cat=1&page=3"):
        shown(traps, path, "a")
    assert is_left_out(traps, "/tin?cat=1&page=4") == "beyond the end of a list"
    assert is_left_out(traps, "/tin?cat=2&page=4") is None


@pytest.mark.parametrize(
    "form",
    [
        "/lich?thang={month}&nam={year}",
        "/lich?mod=x&thang={month}&nam={year}",
        "/luu-tru/{year}/{month:02}",
        "/lich?date={year}-{month:02}",
    ],
)
def test_a_calendar_ends_where_half_a_year_shows_nothing_and_a_quiet_one_in_its_middle_is_none(form):
    traps = Traps(TODAY)

    def at(back, *names):
        year, month = divmod(2026 * 12 + 10 - back, 12)
        path = form.format(year=year, month=month + 1)
        if not names:
            return is_left_out(traps, path)
        shown(traps, path, *filter(None, names))
        return None

    at(0, "a")
    for quiet in range(1, 6):
        at(quiet, "")
    assert at(6) is None
    at(6, "b")
    for quiet in range(7, 13):
        assert at(quiet) is None
        at(quiet, "")
    assert at(13) == "beyond the days of which a calendar shows anything"
    assert at(3) != at(13)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/lich?nam=2031&thang=5", "a calendar's page of the far future"),
        ("/luu-tru/2027/03/", "a calendar's page of the far future"),
        ("/lich?year=1901", "a calendar's page of the far past"),
        ("/lich?date=2026-12-20", None),
        ("/van-ban?nam=1986", None),
        ("/ke-hoach-nam-2045", None),
        ("/tin/2045/le-hoi", None),
    ],
)
def test_days_on_which_no_portal_was_or_is_are_left_out(path, reason):
    assert is_left_out(Traps(TODAY), path) == reason


def test_combinations_of_choices_end_when_they_show_nothing_new_and_each_choice_was_made_once():
    traps = Traps(TODAY)
    shown(traps, "/van-ban", "a", "b")
    shown(traps, "/van-ban?page=2", "c", "d")
    for kind in range(4):
        shown(traps, f"/van-ban?loai={kind}&nam=2020", "a", "c")
    shown(traps, "/van-ban?loai=0&nam=2019", "b")
    assert is_left_out(traps, "/van-ban?loai=3&nam=2019") == "one more combination of choices that showed nothing new"
    assert is_left_out(traps, "/van-ban?loai=4&nam=2019") is None
    assert is_left_out(traps, "/van-ban?loai=3&nam=2019&page=2") is None
    assert is_left_out(traps, "/van-ban?page=7") is None


def test_sections_and_articles_told_apart_by_parameters_are_never_combinations():
    traps = Traps(TODAY)
    for section in range(30):
        assert is_left_out(traps, f"/Default.aspx?page=news&cat={section}") is None
        shown(traps, f"/Default.aspx?page=news&cat={section}")
    for number in range(100):
        assert is_left_out(traps, f"/Default.aspx?page=newsdetail&id={number}") is None


# -- nothing there ---------------------------------------------------------------------------------------------------

TEXT = "Sáng nay hơn hai trăm hộ dân hai bên suối đã đi qua cây cầu mới dài sáu mươi mét, thay cho bè mảng bao năm. "


def read(body, *, title="Cổng thông tin điện tử huyện Mường Sen", path="/tin/a.html"):
    html = f"<html><head><title>{title}</title></head><body><ul><li><a href='/'>Trang chủ</a></li></ul>{body}</body></html>"
    return answers.item(page(Document(html.encode(), SITE + path)), PORTAL)


@pytest.mark.parametrize(
    "body",
    [
        "<h1>404 - Không tìm thấy trang</h1>",
        "<h1>Page not found</h1><p>Go back</p>",
        "<h2>Thông báo</h2><p>Trang mà quý vị yêu cầu hiện không tồn tại.</p>",
        "<div>Bài viết này không tồn tại hoặc đã bị xóa</div>",
        "<h3>Không tìm thấy</h3>Tài nguyên không được tìm thấy.",
        "<h1>Thông tin</h1><p>Ngày đăng: 01/02/2021</p><div><p>Bài viết này không còn tồn tại, mời bà con xem các tin khác của huyện.</p></div>",
        "<p>Rất tiếc, đường dẫn bạn truy cập không tồn tại!</p>",
    ],
)
def test_a_page_that_says_that_nothing_is_there_is_no_page(body):
    with pytest.raises(NothingThere) as said:
        read(body)
    assert said.value.reason.startswith("it says “")


@pytest.mark.parametrize(
    "title",
    [
        "Domain Default page",
        "Apache2 Ubuntu Default Page: It works",
        "Tên miền muongsen.example đã hết hạn",
        "This domain is for sale",
        "404 | Không tìm thấy trang",
    ],
)
def test_a_parked_page_and_the_first_page_of_a_server_are_none(title):
    with pytest.raises(NothingThere):
        read("<p>Quý khách vui lòng liên hệ nhà cung cấp.</p>", title=title, path="/")


@pytest.mark.parametrize(
    "headline",
    [
        "Không tìm thấy trang phục cổ của người Thái ở bản Phà Lõm",
        "Trang trại bò không tồn tại trên giấy tờ",
        "Bài viết không đúng sự thật bị xử phạt",
        "404 hộ dân được cấp nước sạch",
        "Tên miền quốc gia được giới thiệu tại huyện",
        "Website giả mạo cơ quan nhà nước đã bị khóa",
    ],
)
def test_an_article_about_what_is_not_found_is_an_article(headline):
    body = f"<h1>{headline}</h1><p>Ngày đăng: 11/03/2021 08:30</p><div><p>{TEXT * 2}</p><p>{TEXT * 3}</p></div>"
    assert read(body).title == headline


def test_a_portal_whose_name_was_sold_fails_and_says_so(tmp_path):
    text = (
        f"<h1>Khánh thành cầu treo</h1><p>Ngày đăng: 11/03/2021 08:30</p><div><p>{TEXT * 2}</p><p>{TEXT * 3}</p></div>"
    )
    sites = {"/": raw("<a href='/a.html'>Cầu treo</a>"), "/a.html": raw(text)}
    with RawPortal(sites) as server:
        crawl.run(portal.ad_hoc(server.url), tmp_path, delay=0)
        parked = raw("<title>This domain is for sale</title><p>Buy it now.</p>")
        sites.update({"/": parked, "/a.html": parked})
        with pytest.raises(FetchFailed, match="nothing stands there: it says “This domain is for sale”"):
            crawl.run(portal.ad_hoc(server.url), tmp_path, delay=0)


def test_a_box_that_found_nothing_makes_no_home_page_nothing():
    for body in ("<div>Không tìm thấy dữ liệu</div>", "<p>Trang này không tồn tại</p>"):
        with pytest.raises(Exception, match="no article was found"):
            read(f"<a href='/tin'>Tin</a>{body}", path="/")
    with pytest.raises(Exception, match="no article was found"):
        read("<a href='/tin'>Tin</a><div>Không tìm thấy dữ liệu</div>", path="/tin-tuc")


@pytest.mark.parametrize(
    ("asked", "target", "nowhere"),
    [
        ("/tin/le-hoi-7.html", "/", True),
        ("/tin/le-hoi-7.html", "/index.html", True),
        ("/tin/le-hoi-7.html", "/vi/trang-chu", True),
        ("/tin/le-hoi-7.html", "/Error.aspx?aspxerrorpath=/tin", True),
        ("/tin/le-hoi-7.html", "/404.html", True),
        ("/tin/le-hoi-7.html", "/Pages/PageNotFoundError.aspx?requestUrl=x", True),
        ("/", "/vi/", False),
        ("/index.php", "/trang-chu", False),
        ("/tin/le-hoi-7.html", "/Tin-tuc/le-hoi-7.html", False),
        ("/tin", "/tin/", False),
        ("/cu/loi-song-dep-7.html", "/loi-song-dep-7.html", False),
    ],
)
def test_a_redirect_to_the_home_page_or_an_error_page_says_that_nothing_is_there(asked, target, nowhere):
    assert bool(leads_nowhere(SITE + asked, SITE + target)) is nowhere


# -- one article under many addresses --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "named", "other"),
    [
        ("/tin/le-hoi-529174.html", None, "/van-hoa/le-hoi-529174.html"),
        ("/tin/le-hoi-529174.html", None, "/xem/529174"),
        ("/tin/le-hoi-dau-xuan-moi.html", None, "/van-hoa/le-hoi-dau-xuan-moi.html"),
        ("/tin/le-hoi-7.html", None, "/tin/le-hoi-7.html?xem=2"),
        ("/tin/a.html", None, "/en/tin/a.html"),
        ("/tin/a.html", None, "/tin/tin/a.html"),
        ("/xem?id=9", "/tin/a.html", "/tin/a.html"),
        ("/tin/a.html", "/tin/b.html", "/tin/b.html"),
    ],
)
def test_the_same_text_at_two_addresses_of_one_article_is_one_article(one, named, other):
    shown = Shown(url=SITE + one, named=SITE + named if named else None)
    assert are_one(shown, Shown(url=SITE + other, named=None))
    assert are_one(Shown(url=SITE + other, named=None), shown)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/tin/lich-tiep-dan-529174.html", "/tin/lich-tiep-dan-530001.html"),
        ("/tin?id=7", "/tin?id=8"),
        ("/tin/thong-bao.html", "/xa-khac/thong-bao.html"),
        ("/tin/a.html", "/tin/b.html"),
    ],
)
def test_a_text_that_was_published_twice_is_two_articles(one, other):
    home = f"{SITE}/"
    for named in (None, home):
        assert not are_one(Shown(url=SITE + one, named=named), Shown(url=SITE + other, named=named))
    assert not are_one(Shown(url=SITE + one, named=None), Shown(url=f"http://xa.example{one}", named=None))


def seen(words):
    found = article("a", words)
    return Seen(article=found, content=content_digest(found, {}))


def test_the_address_of_a_view_is_told_and_another_text_is_no_view(tmp_path):
    with Archive.open(tmp_path, write=True, create=True) as archive:
        course = Course(archive, "muong-sen")
        first = seen("Một.")
        assert course.view_of(first, f"{SITE}/tin/le-hoi-529174.html") is None
        assert course.view_of(first, f"{SITE}/ban/le-hoi-529174.html") == f"{SITE}/tin/le-hoi-529174.html"
        assert course.view_of(seen("Hai."), f"{SITE}/ban/le-hoi-529174.html") is None
        assert course.view_of(first, f"{SITE}/tin/le-hoi-529175.html") is None


def test_a_text_that_stands_at_ever_more_addresses_is_one_page_for_all_of_them(tmp_path):
    with Archive.open(tmp_path, write=True, create=True) as archive:
        course = Course(archive, "muong-sen")
        views = [course.view_of(seen("Một."), f"{SITE}/tin/x-{number}.html") for number in range(1_000, 1_008)]
        assert views == [None] * 4 + [f"{SITE}/tin/x-1000.html"] * 4


def test_folders_that_were_put_behind_themselves_are_taken_out_once():
    assert piled_once(f"{SITE}/a/b/a/b/c.html") == f"{SITE}/a/b/c.html"
    assert piled_once(f"{SITE}/2019/2019/c.html") is None
    assert piled_once(f"{SITE}/a/b/c.html") is None


def test_what_is_remembered_of_a_portal_without_end_is_bounded():
    held = Latest(set, 1_000)
    for number in range(100):
        with held.changing(f"/muc-{number}") as links:
            links.update(range(50))
        with held.changing("/tin") as links:
            links.add(number)
    kept = [number for number in range(100) if held.get(f"/muc-{number}")]
    assert kept == list(range(100 - len(kept), 100))
    assert sum(len(held.get(f"/muc-{number}")) for number in kept) + len(held.get("/tin")) <= 1_000
    assert len(held.get("/tin")) == 100
    met = Versions(10)
    for number in range(100):
        met.add(f"/{number}", f"/vi/{number}")
    assert [number for number in range(100) if met.has_other(f"/{number}", f"/{number}")] == list(range(90, 100))
