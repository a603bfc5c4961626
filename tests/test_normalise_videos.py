"""Embedded videos are blocks with an address and a caption; frames with anything else are none."""

import pytest

from archive.records import Block
from kyson_crawler.explain import explain
from kyson_crawler.items import ArticleItem
from kyson_crawler.normalise import article
from tests.builders import article as kept_article
from tests.builders import begin, keep, new_archive
from tests.markup import fragment
from tests.program import kyson, objects

PROSE = "Sáng nay, tại nhà văn hóa bản, hai mươi học viên đầu tiên đã đến lớp học chữ Thái với sách và bút của mình."
PAGE = "http://muongmau.example/tin-tuc/le-hoi-529174"
PLAYER = "https://www.youtube.com/embed/X8VQ6snA9wU"
FRAME = f'<p><iframe src="{PLAYER}" width="560" height="315" allowfullscreen></iframe></p>'


def read(html, base=PAGE):
    body = fragment(f"<p>{PROSE}</p>{html}<p>Bà con {PROSE}</p>")
    return article(ArticleItem(url=base, title="Lễ hội", body=body))


def videos(html, base=PAGE):
    return [block for block in read(html, base).blocks if block.kind == "video"]


@pytest.mark.parametrize(
    ("html", "address"),
    [
        (FRAME, PLAYER),
        ('<iframe src="//www.youtube.com/embed/X8VQ6snA9wU?rel=0"></iframe>', "http://www.youtube.com/embed/X8VQ6snA9wU?rel=0"),
        (f'<iframe src="about:blank" data-src="{PLAYER}"></iframe>', PLAYER),
        ('<iframe src="https://player.vimeo.com/video/76979871"></iframe>', "https://player.vimeo.com/video/76979871"),
        ('<iframe src="https://www.dailymotion.com/embed/video/x8ab12"></iframe>', "https://www.dailymotion.com/embed/video/x8ab12"),
        (
            '<iframe src="https://www.facebook.com/plugins/video.php?href=https%3A%2F%2Fwww.facebook.com%2Fkyson%2Fvideos%2F7%2F"></iframe>',
            "https://www.facebook.com/plugins/video.php?href=https%3A%2F%2Fwww.facebook.com%2Fkyson%2Fvideos%2F7%2F",
        ),
        ('<iframe src="/xem.html?tep=/uploads/le-hoi.mp4"></iframe>', "http://muongmau.example/xem.html?tep=/uploads/le-hoi.mp4"),
        ('<figure class="media"><oembed url="https://youtu.be/X8VQ6snA9wU"></oembed></figure>', "https://youtu.be/X8VQ6snA9wU"),
        ('<figure class="media"><oembed url="https://vimeo.com/76979871"></figure>', "https://vimeo.com/76979871"),
        ('<video controls src="/uploads/lễ hội.mp4">&nbsp;</video>', "http://muongmau.example/uploads/l%E1%BB%85%20h%E1%BB%99i.mp4"),
        ('<video controls><source src="/a.webm"><source src="/a.mp4">Máy không xem được</video>', "http://muongmau.example/a.webm"),
        ('<video src="/PhatHanh.ashx?id=7"></video>', "http://muongmau.example/PhatHanh.ashx?id=7"),
        ('<embed src="/xem.swf" flashvars="file=/uploads/a.flv&amp;image=/a.jpg">', "http://muongmau.example/uploads/a.flv"),
        (
            '<object data="/xem.swf"><param name="FlashVars" value="file=/uploads/a.flv"><embed src="/xem.swf"></object>',
            "http://muongmau.example/uploads/a.flv",
        ),
        ('<object type="video/mp4" data="/tep/7"></object>', "http://muongmau.example/tep/7"),
        (
            '<object><param name="movie" value="http://www.youtube.com/v/X8VQ6snA9wU"><embed src="http://www.youtube.com/v/X8VQ6snA9wU"></object>',
            "http://www.youtube.com/v/X8VQ6snA9wU",
        ),
    ],
)  # fmt: skip
def test_a_player_is_one_video_with_an_absolute_address(html, address):
    found = read(html)
    assert [(block.kind, block.src, block.text) for block in found.blocks if block.kind != "paragraph"] == [
        ("video", address, "")
    ]
    assert found.blocks[1].kind == "video"
    assert not found.attachments
    assert len(found.paragraphs) == 2


@pytest.mark.parametrize(
    "html",
    [
        '<iframe src="https://www.google.com/maps/embed?pb=!1m14!1m8" allowfullscreen></iframe>',
        '<iframe src="https://www.google.com/maps/d/embed?mid=1aB2c3D4"></iframe>',
        '<iframe src="https://www.facebook.com/plugins/like.php?href=https%3A%2F%2Fa.example%2Fvideos%2F1"></iframe>',
        '<iframe src="https://www.facebook.com/plugins/page.php?href=https%3A%2F%2Fwww.facebook.com%2Fkyson" allow="picture-in-picture"></iframe>',
        '<iframe src="https://docs.google.com/forms/d/e/1FAIpQL/viewform?embedded=true"></iframe>',
        '<iframe src="https://w.soundcloud.com/player/?url=https%3A//a.example/tracks/7"></iframe>',
        '<iframe src="https://ads.example/banner/player/1"></iframe>',
        '<iframe src="https://www.youtube.com/subscribe_embed?channelid=UC1"></iframe>',
        '<iframe id="submitcomment"></iframe>',
        '<audio controls src="/doc-bai.mp3"></audio>',
        "<video controls></video>",
        '<object data="/nen.swf"></object>',
        f'<div style="display:none">{FRAME}</div>',
        f'<iframe hidden src="{PLAYER}"></iframe>',
    ],
)
def test_a_frame_that_shows_no_video_is_no_block(html):
    assert [block.kind for block in read(html).blocks] == ["paragraph", "paragraph"]


@pytest.mark.parametrize("base", [PAGE, None])
@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)//a.mp4", "java\nscript:alert(1)//a.mp4", "\x01javascript:a.mp4", "data:video/mp4;base64,AAAA", "blob:http://a.example/7",
     "file:///etc/a.mp4", "vbscript:a.mp4", "http:" + "/a" * 2_000 + ".mp4"],
)  # fmt: skip
def test_an_address_that_is_none_of_the_web_is_no_video(address, base):
    for html in (
        f'<video src="{address}"></video>',
        f'<iframe src="{address}"></iframe>',
        f'<oembed url="{address}"></oembed>',
    ):
        assert not videos(html, base)  # fmt: skip


@pytest.mark.parametrize(
    ("below", "caption", "credit"),
    [
        ('<p style="text-align:center"><em>Clip: Thu Hà</em></p>', "Clip: Thu Hà", "Thu Hà"),
        ('<p style="text-align:right">Clip: Thu Hà</p>', "Clip: Thu Hà", "Thu Hà"),
        ("<p>Video: Lễ hội Xăng Khan của người Thái.</p>", "Video: Lễ hội Xăng Khan của người Thái.", None),
        (
            "<p><em>Rước cây nêu</em></p><p><em>(Video: Lô Mai)</em></p>",
            "Rước cây nêu (Video: Lô Mai)",
            "Lô Mai",
        ),
        (f"<p>{PROSE} {PROSE}</p>", None, None),
    ],
)
def test_the_caption_of_a_video_is_told_as_that_of_an_image_is(below, caption, credit):
    (video,) = videos(FRAME + below)
    assert (video.caption, video.credit) == (caption, credit)
    assert all("Clip" not in text and "Video" not in text for text in read(FRAME + below).paragraphs)


def test_a_figcaption_is_the_caption_of_its_video():
    (video,) = videos(f'<figure class="media"><div>{FRAME}</div><figcaption>Rước cây nêu</figcaption></figure>')
    assert video.caption == "Rước cây nêu"


def test_a_table_that_sets_videos_side_by_side_is_no_data():
    cell = f"<td>{FRAME}<p>Rước cây nêu</p></td>"
    found = read(f"<table><tr>{cell}{cell}</tr><tr><td>Một</td><td>Hai</td></tr></table>")
    assert [block.caption for block in found.blocks if block.kind == "video"] == ["Rước cây nêu", "Rước cây nêu"]
    assert "table" not in {block.kind for block in found.blocks}


def test_images_and_videos_keep_their_own_captions_and_their_order():
    html = f'<p><img src="/1.jpg"></p><p><em>Cây nêu</em></p>{FRAME}<p><em>Múa sạp</em></p>'
    found = read(html)
    assert [block.kind for block in found.blocks[1:3]] == ["figure", "video"]
    assert (found.images[0].caption, found.blocks[2].caption) == ("Cây nêu", "Múa sạp")


def test_who_signs_below_a_last_video_signs_the_article():
    body = fragment(f'<p>{PROSE}</p>{FRAME}<p>Clip: Thu Hà</p><p style="text-align:right"><b>Tình Dương</b></p>')
    found = article(ArticleItem(url=PAGE, title="Lễ hội", body=body))
    assert (found.byline, found.blocks[-1].caption) == ("Tình Dương", "Clip: Thu Hà")


def test_a_video_is_explained_by_its_player():
    html = f'<div class="ArticleHeader">Lễ hội</div><div class="ArticleContent"><p>{PROSE}</p>{FRAME}<p><em>Clip: Thu Hà</em></p><p>Bà con {PROSE}</p></div>'
    fields = explain(html.encode(), PAGE).fields
    assert (fields["blocks[1]"].place.element, fields["blocks[1]"].value) == ("iframe", PLAYER)
    assert (fields["blocks[1].caption"].value, fields["blocks[1].caption"].origin) == ("Clip: Thu Hà", "next_block")


def test_a_video_is_kept_searched_shown_and_exported(tmp_path):
    caption = "Rước cây nêu\x1b[2J. Clip: Thu Hà"
    video = Block(kind="video", src=PLAYER, caption=caption, credit="Thu Hà")
    with new_archive(tmp_path / "archive") as archive:
        keep(archive, begin(archive), kept_article("1", blocks=(Block(kind="paragraph", text=PROSE), video)))

    def run(*words):
        done = kyson("--archive", tmp_path / "archive", *words, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return done.stdout

    (hit,) = objects(run("search", "rước cây nêu", "--json"))
    assert hit["snippet"]["in"] == "caption"
    assert hit["blocks"][1] == {"kind": "video", "text": "", "src": PLAYER, "caption": caption, "credit": "Thu Hà"}
    shown = run("show", "ky-son/1").decode()
    assert "[video] Rước cây nêu\ufffd[2J. Clip: Thu Hà\n        <" + PLAYER + ">" in shown
    run("export", "csv", "out.csv")
    assert f"Clip: Thu Hà <{PLAYER}>" in (tmp_path / "out.csv").read_text(encoding="utf-8-sig")
