"""What repeats over a portal's pages is learned, and taken out of its articles, and nothing of theirs with it."""

import pytest
from attrs import evolve

from archive.furniture import Furniture
from archive.records import Block, Image
from kyson_crawler import normalise, pages, sample
from kyson_crawler.reading.furniture import Learner, learn, shown
from kyson_crawler.sample.site import Site
from tests.builders import article, begin, keep, new_archive
from tests.portals.warcportal import WarcPortal
from tests.program import NUKEVIET, kyson

BANNER = "http://kyson.example/banner.png"
FOOT = "Chịu trách nhiệm nội dung: Nguyễn Hữu Minh"


def page(*texts, images=(BANNER,), visits=7, url="http://kyson.example/bai-1"):
    """A page with a banner, a counter, an imprint, and these paragraphs."""
    pictures = "".join(f"<img src='{image}'>" for image in images)
    body = "".join(f"<p>{text}</p>" for text in texts)
    html = f"<body><div>{pictures}</div><div>{body}</div><p>Lượt truy cập: {visits}</p><p>{FOOT}</p></body>"
    return pages.Document(html.encode(), url)


def story(number):
    return f"Bà con bản số {number} gặt xong vụ mùa và mừng cơm mới trong ba ngày."


def seen(count=10, *, leaks=(), more=()):
    """Pages of articles, each with its own story; `leaks` were read as if they were of each article."""
    return [
        (page(story(n), *more, visits=n), article(str(n), story(n), *leaks, *more)) for n in range(count)
    ]  # fmt: skip


def test_banner_counter_and_imprint_are_learned_and_no_story_is():
    assert learn(seen()).usual == {BANNER: 1, "Lượt truy cập: 0": 1, FOOT: 1}


def test_a_few_pages_teach_nothing():
    assert not learn(seen(5)).usual


@pytest.mark.parametrize("leak", [FOOT, "Lượt truy cập: 12.204"])
def test_what_is_furniture_goes_from_an_article(leak):
    cleared = learn(seen()).without(article("1", story(1), leak))
    assert cleared.paragraphs == (story(1),)


def test_an_image_goes_with_its_figure_and_the_others_keep_their_places():
    blocks = (Block(kind="figure", image=0), Block(kind="paragraph", text="Lúa."), Block(kind="figure", image=1))
    whole = evolve(article("1"), blocks=blocks, images=(Image(src=BANNER), Image(src="http://kyson.example/lua.jpg")))
    cleared = learn(seen()).without(whole)
    assert [image.src for image in cleared.images] == ["http://kyson.example/lua.jpg"]
    assert cleared.blocks == (Block(kind="paragraph", text="Lúa."), Block(kind="figure", image=0))


def test_a_video_that_stands_on_every_page_is_furniture():
    frame = '<iframe src="http://clip.example/embed/X8VQ6snA9wU"></iframe>'
    video = Block(kind="video", src="http://clip.example/embed/X8VQ6snA9wU")
    pages_seen = [(page(story(n), frame), article(str(n), story(n))) for n in range(10)]
    leaked = evolve(article("1", story(1)), blocks=(Block(kind="paragraph", text=story(1)), video))
    assert learn(pages_seen).without(leaked).blocks == leaked.blocks[:1]


def test_an_item_goes_from_a_list_and_an_empty_list_goes_whole():
    furniture = Furniture(usual={"In bài viết": 1})
    lists = [("In bài viết", "Ngô"), ("In bài viết",)]
    whole = evolve(
        article("1"), blocks=tuple(Block(kind="list", items=items, text="\n".join(items)) for items in lists)
    )
    assert furniture.without(whole).blocks == (Block(kind="list", items=("Ngô",), text="Ngô"),)


def test_an_article_without_furniture_is_left_as_it_is():
    whole = article("1", story(1))
    assert learn(seen()).without(whole) is whole


def test_a_line_that_leaks_into_every_article_is_furniture_all_the_same():
    assert learn(seen(leaks=(FOOT,))).usual[FOOT] == 1


def test_what_most_articles_say_themselves_is_no_furniture():
    """The motto above announcements: never outside of an article, and not on every page."""
    motto = "Độc lập - Tự do - Hạnh phúc"
    found = seen(18, more=(motto,)) + [(page(story(n)), article(str(n), story(n))) for n in (90, 91)]
    assert motto not in learn(found).usual


def test_what_stands_once_more_than_usual_is_the_articles_own():
    learner = Learner()
    for document, whole in seen():
        learner.see(whole.key, shown(document), whole)
    named = page(story(77), FOOT)
    learner.see("77", shown(named), article("77", story(77), FOOT))
    furniture = learner.furniture()
    assert furniture.own(shown(named)) == learner.spared()["77"] == {FOOT}
    assert furniture.without(article("77", story(77), FOOT), furniture.own(shown(named))).paragraphs == (
        story(77),
        FOOT,
    )


def test_memory_does_not_grow_with_the_lines_of_later_pages():
    learner = Learner()
    for document, whole in seen(60):
        learner.see(whole.key, shown(document), whole)
    assert len(learner._on) < 20


def test_kept_furniture_is_taken_out_of_what_was_read_before(tmp_path):
    with new_archive(tmp_path) as archive:
        crawl = begin(archive)
        for number in range(3):
            keep(archive, crawl, article(str(number), story(number), FOOT))
        furniture = Furniture(usual={FOOT: 1})
        assert archive.keep_furniture(crawl, furniture, {"0": frozenset(), "1": frozenset({FOOT})}) == 1
        assert archive.furniture("ky-son") == furniture
        read = {kept.article.key: kept.article.paragraphs for kept in archive.articles()}
        assert read == {"0": (story(0),), "1": (story(1), FOOT), "2": (story(2), FOOT)}
        assert archive.connection.execute("SELECT count(*) FROM reading").fetchone() == (4,)
        assert archive.keep_furniture(crawl, furniture, {"0": frozenset()}) == 0


def test_learning_makes_no_version(tmp_path):
    """The same page, read before and after its furniture was known, is one version."""
    with new_archive(tmp_path) as archive:
        first = begin(archive)
        keep(archive, first, article("1", story(1), FOOT))
        archive.keep_furniture(first, Furniture(usual={FOOT: 1}), {"1": frozenset()})
        archive.finish_crawl(first, status="finished")
        keep(archive, begin(archive), article("1", story(1)), days=7)
        assert [version.captures for version in archive.versions("ky-son/1")] == [2]


def test_a_capture_that_reads_like_an_earlier_one_without_its_furniture_follows_it(tmp_path):
    with new_archive(tmp_path) as archive:
        crawl = begin(archive)
        keep(archive, crawl, article("1", story(1)))
        keep(archive, crawl, article("1", story(1), FOOT), days=1)
        assert len(archive.versions("ky-son/1")) == 2
        assert archive.keep_furniture(crawl, Furniture(usual={FOOT: 1}), {"1": frozenset()}) == 1
        assert [version.captures for version in archive.versions("ky-son/1")] == [2]


def test_the_sample_portal_loses_nothing_to_what_is_learned_from_it():
    read = []
    site = Site(1)
    for visit, wanted in enumerate(sample.expected(1)):
        answer = site.answer(sample.HOST, wanted.url.removeprefix(f"http://{sample.HOST}"), visit)
        document = pages.Document(answer.body, wanted.url)
        read.append((document, normalise.article(pages.page(document).item())))
    furniture = learn(read)
    banner = [what for what in furniture.usual if "/banner/" in what]
    assert len(banner) == 5
    assert {"Thống kê truy cập", "Lượt xem: 0", "Các tin khác"} <= furniture.usual.keys()
    for (document, whole), wanted in zip(read, sample.expected(1), strict=True):
        cleared = furniture.without(whole, furniture.own(shown(document)))
        assert cleared.paragraphs == wanted.paragraphs
        assert [image.src for image in cleared.images] == [src for src, _ in wanted.images]
        assert cleared.lead == wanted.lead


@pytest.mark.skipif(not NUKEVIET.exists(), reason="needs ../shared/portals/nukeviet-4.5.05")
def test_a_crawl_learns_the_furniture_of_a_real_portal_and_takes_nothing_from_its_articles(tmp_path):
    with WarcPortal(NUKEVIET) as server:
        words = ("crawl", "http://127.0.0.1:8081/", "--connect-to", server.connect_to, "--delay", "0")
        assert kyson("--archive", tmp_path, *words).returncode == 0
    from archive.store import Archive

    with Archive.open(tmp_path) as archive:
        lines = archive.furniture("127.0.0.1-8081").usual
        assert {
            "Ý kiến bạn đọc",
            "Quảng cáo",
            "Giấy phép sử dụng NukeViet",
            "Điện thoại: +84-24-85872007",
        } <= lines.keys()
        texts = "SELECT count(*) FROM (SELECT DISTINCT article_id, title, lead, blocks FROM reading)"
        assert archive.connection.execute(texts).fetchone() == (15,)


def test_after_many_pages_only_a_sample_is_looked_at_and_each_that_may_have_furniture_in_its_article():
    learner = Learner(Furniture(usual={"Tin cũ hơn": 1}))
    for document, whole in seen(32):
        assert learner.attention.is_due(whole)
        learner.see(whole.key, shown(document), whole)
    clean = [article(str(number), story(number)) for number in range(1_000, 1_800)]
    assert 30 < sum(map(learner.attention.is_due, clean)) < 75
    assert all(learner.attention.is_due(article(whole.key, story(1), FOOT)) for whole in clean)
    assert all(learner.attention.is_due(article(whole.key, "Tin cũ hơn")) for whole in clean)


def test_pages_looked_at_for_what_stands_in_their_articles_do_not_make_it_furniture():
    learner = Learner()
    for number in range(1_200):
        of_some = ("Đọc thêm trên trang xã",) if number % 3 == 0 else ()
        whole = article(str(number), story(number), *of_some)
        if learner.attention.is_due(whole):
            learner.see(whole.key, shown(page(story(number), *of_some)), whole)
    assert learner.furniture().usual.keys() == {BANNER, "Lượt truy cập: 0", FOOT}


def test_what_begins_to_repeat_after_the_first_pages_is_not_learned_from_pages_that_were_not_looked_at():
    learner = Learner()
    for number in range(1_200):
        of_later = ("Chúc mừng năm mới",) if number >= 16 else ()
        document, whole = page(story(number), *of_later), article(str(number), story(number))
        if learner.attention.is_due(whole):
            learner.see(whole.key, shown(document), whole)
    assert "Chúc mừng năm mới" not in learner.furniture().usual
    assert FOOT in learner.furniture().usual
