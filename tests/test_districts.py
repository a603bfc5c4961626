"""A crawl of four real district portals of Đắk Nông: every article once, each missing image with its reason."""

from collections import Counter
from pathlib import Path

import pytest

from archive.store import Archive
from kyson_crawler import crawl, portal
from kyson_crawler.network.addresses import ConnectTo
from tests.portals.filesportal import FilesPortal

DAKNONG = Path(__file__).parents[2] / "shared" / "portals" / "daknong"


def test_articles_of_one_name_on_several_hosts_are_different_articles():
    text = (
        'name = "Đắk Nông"\nseeds = ["http://a.example/"]\npage_hosts = ["a.example", "www.a.example", "b.example"]\n'
    )
    dak_nong = portal.parse(text, slug="dak-nong", origin="here")
    own = {
        url: dak_nong.own_key("le-hoi", f"http://{url}/le-hoi") for url in ("a.example", "www.a.example", "b.example")
    }
    assert own == {"a.example": "le-hoi", "www.a.example": "le-hoi", "b.example": "b.example/le-hoi"}
    assert dak_nong.own_key("529174", "http://b.example/le-hoi-529174") == "529174"
    assert dak_nong.own_key(None, "http://b.example/") is None


@pytest.mark.skipif(not DAKNONG.exists(), reason="needs ../shared/portals/daknong")
def test_every_article_is_kept_once_and_its_images_are_recorded_as_missing(tmp_path):
    (tmp_path / "portals").mkdir()
    with FilesPortal(DAKNONG) as server:
        seeds = [f"http://{host}/" for host in server.hosts]
        text = f'name = "Đắk Nông"\nseeds = {seeds}\npage_hosts = {server.hosts}\nembed_hosts = ["*"]\n'
        (tmp_path / "portals" / "dak-nong.toml").write_text(text + "[pace]\ndelay = 0.0\nconcurrency = 8\n", "utf-8")
        rules = (ConnectTo.parse(server.connect_to),)
        outcome = crawl.run(portal.find("dak-nong", tmp_path), tmp_path, connect_to=rules)
    assert outcome.status == "finished"
    assert (outcome.figures.new, outcome.figures.edited, outcome.figures.images) == (51, 0, 0)
    asked = Counter(server.requests)
    assert {asked[url] for url in server.pages} == {1}
    with Archive.open(tmp_path) as archive:
        kept = list(archive.articles())
        assert sorted(article.capture.url for article in kept) == sorted(server.pages)
        assert {article.versions for article in kept} == {1}
        images = [(article, image) for article in kept for image in article.article.images]
        assert len(images) > 60
        for article, image in images:
            assert article.embeds[image.src].status == "missing"
            assert article.embeds[image.src].reason
        # what stands on pages of all four is furniture, and nothing of an article is
        furniture = archive.furniture("dak-nong")
        assert furniture.usual.keys().isdisjoint(text for article in kept for text in article.article.paragraphs)
