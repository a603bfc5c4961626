from types import SimpleNamespace

import pytest
from scrapy import Request
from scrapy.exceptions import IgnoreRequest

from kyson_crawler.frontier import Frontier, ScopeMiddleware
from kyson_crawler.pages import CMS
from kyson_crawler.portal import parse

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


def frontier(cms="vnportal", **limits):
    return Frontier(PORTAL, addresses=CMS[cms] if cms else None, **limits)


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
    ],
)
def test_each_refusal_has_its_reason(url, reason):
    judged = frontier()
    assert judged.admit(url) is None
    assert dict(judged.refused) == {reason: 1}


def test_a_page_is_asked_for_once():
    judged = frontier()
    assert judged.admit(f"{SITE}/tin-tuc?b=2&a=1") == f"{SITE}/tin-tuc?b=2&a=1"
    assert judged.admit(f"{SITE}/tin-tuc?a=1&b=2") is None
    assert judged.admit(f"{SITE}/tin-tuc?a=1&b=2#muc-3") is None
    assert dict(judged.refused) == {"seen before": 2}


@pytest.mark.parametrize(
    ("cms", "addresses"),
    [
        ("vnportal", ["/tin-tuc/le-hoi-529174", "/van-hoa/le-hoi-529174", "/van-hoa/ten-moi-529174"]),
        ("nukeviet", ["/Tin-tuc/le-hoi-7.html", "/Ban-tin/le-hoi-7.html", "/vi/Tin-tuc/le-hoi-da-sua-7.html"]),
    ],
)
def test_an_article_is_asked_for_under_one_of_its_addresses(cms, addresses):
    judged = frontier(cms)
    assert [judged.admit(SITE + address) is not None for address in addresses] == [True, False, False]
    assert dict(judged.refused) == {"another address of an article already asked for": 2}


@pytest.mark.parametrize(
    ("cms", "view", "own"),
    [
        ("vnportal", "/tin-tuc/le-hoi-529174?pageindex=0", "/tin-tuc/le-hoi-529174"),
        ("vnportal", "/tin-tuc?pageindex=0", "/tin-tuc"),
        ("nukeviet", "/print/Tin-tuc/le-hoi-7.html", "/Tin-tuc/le-hoi-7.html"),
        ("nukeviet", "/savefile/Tin-tuc/le-hoi-7.html", "/Tin-tuc/le-hoi-7.html"),
    ],
)
def test_the_article_itself_is_asked_for_in_place_of_its_views(cms, view, own):
    judged = frontier(cms)
    assert judged.admit(SITE + view) == SITE + own
    assert judged.admit(SITE + own) is None


def test_another_gives_the_next_address_of_an_article_until_there_is_none():
    judged = frontier()
    first, second, third = (f"{SITE}/{section}/le-hoi-529174" for section in ("a", "b", "c"))
    for address in (first, second, third, second):
        judged.admit(address)
    assert judged.another(first) == second
    assert judged.another(second) == third
    assert judged.another(third) is None
    assert judged.another(third) is None


def test_there_is_no_other_address_for_a_list_or_an_article_never_met():
    judged = frontier()
    judged.admit(f"{SITE}/tin-tuc")
    assert judged.another(f"{SITE}/tin-tuc") is None
    assert judged.another(f"{SITE}/a/le-hoi-529174") is None


@pytest.mark.parametrize("cms", [None, "generic"])
def test_addresses_say_nothing_while_the_cms_is_unknown(cms):
    judged = frontier(cms)
    addresses = [f"{SITE}/a/le-hoi-529174", f"{SITE}/b/le-hoi-529174", f"{SITE}/rss"]
    assert [judged.admit(address) for address in addresses] == addresses
    assert judged.key(addresses[0]) is None
    assert judged.another(addresses[0]) is None


def test_addresses_begin_to_say_something_once_the_cms_is_recognised():
    judged = frontier(None)
    judged.addresses = CMS["vnportal"]
    assert judged.key(f"{SITE}/a/le-hoi-529174") == "529174"


def test_the_budget_counts_pages_that_are_asked_for():
    judged = frontier(max_pages=2)
    asked = [judged.admit(f"{SITE}/{name}") for name in ("a", "a", "login", "b", "c", "d")]
    assert [address is not None for address in asked] == [True, False, False, True, False, False]
    assert judged.refused["the page budget is used up"] == 2


def test_an_embed_is_asked_for_once_and_has_hosts_of_its_own():
    judged = frontier()
    image = "http://files.example/a.jpg"
    assert judged.why_not(image, embed=True) is None
    assert "page hosts" in judged.why_not(image)
    assert "embed hosts" in judged.why_not("http://other.example/a.jpg", embed=True)
    assert judged.why_not(f"{SITE}/login", embed=True) is None
    assert [judged.admit_embed(image), judged.admit_embed(image)] == [True, False]


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
def test_a_redirect_out_of_scope_is_not_followed(url, meta, passes):
    middleware = ScopeMiddleware(SimpleNamespace(spider=SimpleNamespace(frontier=frontier())))
    request = Request(url, meta=meta)
    if passes:
        assert middleware.process_request(request) is None
    else:
        with pytest.raises(IgnoreRequest, match="redirected to"):
            middleware.process_request(request)
