import time
import warnings
from pathlib import Path

import pytest

from archive.surt import surt

SHARED = Path(__file__).parents[2] / "shared"


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://kyson.example/", "example,kyson)/"),
        ("http://www2.kyson.example/Tin/", "example,kyson)/tin"),
        ("https://kyson.example:443/a", "example,kyson)/a"),
        ("http://kyson.example:8081/a", "example,kyson:8081)/a"),
        ("http://kyson.example/x?b=2&a=1&a", "example,kyson)/x?a&a=1&b=2"),
        ("http://kyson.example/a/../b//./c", "example,kyson)/b/c"),
        ("http://kyson.example/a%252Fb#top", "example,kyson)/a/b"),
        ("http://kyson.example/x?PHPSESSID=0123456789abcdef0123456789abcdef&id=7", "example,kyson)/x?id=7"),
        ("http://kyson.example/(S(abcdefghijklmnopqrstuvwx))/x.aspx", "example,kyson)/x.aspx"),
        ("http://kyson.example/lễ-hội", "example,kyson)/l%e1%bb%85-h%e1%bb%99i"),
        ("http://2130706433/", "1,0,0,127)/"),
        ("http://user:secret@kyson.example/", "example,kyson)/"),
        ("urn:kyson:portal:sample", "urn:kyson:portal:sample"),
    ],
)
def test_key_gathers_the_spellings_of_one_address(url, key):
    assert surt(url) == key


@pytest.mark.parametrize("url", ["", "  ", "http://kyson.example:99999/", "http://kyson.example:x/", "http://a/\udcff"])
def test_address_that_cannot_be_taken_apart_is_its_own_key(url):
    assert surt(url) == url


def test_keys_of_a_real_portal_equal_those_of_the_internet_archive():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the old package's patterns hold invalid escapes
        oracle = pytest.importorskip("surt")
    warc = SHARED / "portals" / "nukeviet-4.5.05" / "nukeviet-4.5.05-00000.warc.gz"
    if not warc.exists():
        pytest.skip(f"needs the NukeViet WARC at {warc}")
    from fastwarc.warc import ArchiveIterator

    urls = {record.headers.get("WARC-Target-URI") for record in ArchiveIterator(str(warc), parse_http=False)} - {None}

    assert len(urls) > 200
    assert {url: surt(url) for url in urls} == {url: oracle.surt(url) for url in urls}


@pytest.mark.parametrize("part", ["25", "cfid=", "%(S(abcdefghijklmnopqrstuvwx))/", "../"])
def test_hostile_address_costs_no_time(part):
    started = time.process_time()

    surt("http://kyson.example/%25?" + part * 300_000)
    surt(("http://kyson.example/%25?" + part * 20_000)[:16_000])

    assert time.process_time() - started < 2
