from datetime import date

import pytest

from archive.errors import PortalFault, UnknownPortal, UsageError
from kyson_crawler import portal as portals
from kyson_crawler.hours import Hours, Span
from kyson_crawler.pages import CMS
from kyson_crawler.portal import ad_hoc, draft, find, load, of_url, parse, slug_for
from kyson_crawler.scope import Scope

SOUND = 'name = "Huyện Mường Xén"\nseeds = ["https://muongxen.example/"]\npage_hosts = ["muongxen.example"]\n'


def portal(extra="", *, slug="muong-xen", base=SOUND):
    return parse(base + extra, slug=slug, origin="muong-xen.toml")


def faults(toml, slug="muong-xen"):
    with pytest.raises(PortalFault) as caught:
        parse(toml, slug=slug, origin="muong-xen.toml")
    assert str(caught.value).startswith("muong-xen.toml ")
    assert all(fault in str(caught.value) for fault in caught.value.faults)
    return caught.value.faults


# -- the file --------------------------------------------------------------------------------------------------------


def test_a_portal_says_no_more_than_it_must():
    found = portal()
    assert (found.slug, found.name, found.seeds) == ("muong-xen", "Huyện Mường Xén", ("https://muongxen.example/",))
    assert found.scope == Scope(page_hosts=("muongxen.example",), embed_hosts=("muongxen.example",))
    assert (found.delay, found.concurrency, found.insecure_tls, found.eras) == (2.0, 1, False, ())
    assert found.toml == SOUND


def test_every_key_is_read():
    found = portal(
        'district = "Mường Xén"\nprovince = "Nghệ An"\nembed_hosts = ["*.example", "*"]\ninsecure_tls = true\n'
        '[scope]\nexclude = ["/login*"]\nlargest_file = 200\n[pace]\ndelay = 1\nconcurrency = 2\n'
        'hours = ["18:00-07:00"]\ndays = ["fri", "mon"]\nrequests_per_run = 500\n'
        '[[eras]]\ncms = "vnportal"\nuntil = 2024-01-01\n[[eras]]\ncms = "nukeviet"\nsince = 2024-01-01\n'
    )
    assert (found.district, found.province, found.insecure_tls) == ("Mường Xén", "Nghệ An", True)
    assert (found.scope.embed_hosts, found.scope.exclude) == (("*.example", "*"), ("/login*",))
    assert found.scope.largest_file == 200
    assert (found.delay, found.concurrency) == (1.0, 2)
    assert (found.hours, found.requests_per_run) == (Hours(spans=(Span.parse("18:00-07:00"),), days=(0, 4)), 500)
    assert [era.cms for era in found.eras] == ["vnportal", "nukeviet"]


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ('nam = "x"', "name"),
        ('distrikt = "x"', "district"),
        ('provinze = "x"', "province"),
        ('seed = ["https://muongxen.example/"]', "seeds"),
        ('page_host = ["x"]', "page_hosts"),
        ('embeds_hosts = ["x"]', "embed_hosts"),
        ("insecure_tsl = true", "insecure_tls"),
        ("[scopes]", "scope"),
        ("[pase]", "pace"),
        ('[[era]]\ncms = "vnportal"', "eras"),
        ('[scope]\nexcludes = ["/x"]', "exclude"),
        ("[pace]\ndelai = 1", "delay"),
        ("[pace]\nconcurency = 1", "concurrency"),
        ('[[eras]]\ncms = "vnportal"\nsinc = 2019-01-01', "since"),
        ('[[eras]]\ncms = "vnportal"\nuntill = 2019-01-01', "until"),
    ],
)
def test_a_misspelt_key_is_reported_with_the_key_that_was_meant(misspelt, meant):
    (fault,) = faults(SOUND + misspelt)
    assert f"did you mean {meant!r}?" in fault


@pytest.mark.parametrize(
    ("toml", "fault"),
    [
        ("zzz = 1", "unknown key 'zzz': known are name,"),
        ('insecure_tls = "yes"', "'insecure_tls' must be true or false, not 'yes'"),
        ('[pace]\ndelay = "2"', "'delay' in [pace] must be a number of seconds, not '2'"),
        ("[pace]\ndelay = -1", "'delay' in [pace] must be seconds, 0 or more"),
        ("[pace]\ndelay = nan", "'delay' in [pace] must be seconds, 0 or more"),
        ("[pace]\ndelay = inf", "'delay' in [pace] must be seconds, 0 or more"),
        ("[pace]\nrequests_per_run = 0", "'requests_per_run' in [pace] must be 1 or more"),
        ('[pace]\nhours = ["18-7"]', "'18-7' in 'hours' is not a span of the day as 18:00-07:00"),
        ("[pace]\nhours = []", "'hours' is empty"),
        (
            '[pace]\nhours = ["18:00-07:00"]\ndays = ["thu-hai"]',
            "'thu-hai' in 'days' is not a day of the week: mon, tue",
        ),
        ('[pace]\ndays = ["mon"]', "there are no 'hours'"),
        ("[pace]\nconcurrency = 0", "'concurrency' in [pace] must lie between 1 and 64"),
        ("[pace]\nconcurrency = 1.5", "'concurrency' in [pace] must be a whole number, not 1.5"),
        ("[pace]\nconcurrency = true", "'concurrency' in [pace] must be a whole number, not True"),
        ('scope = "all"', "'scope' must be a table, not 'all'"),
        ("[scope]\nlargest_file = 0", "'largest_file' in [scope] must be megabytes, between 1 and 1000"),
        ("[scope]\nlargest_file = 1.5", "'largest_file' in [scope] must be a whole number, not 1.5"),
        ("[scope]\nexclude = [3]", "3 in 'exclude' is not a path that begins with /"),
        ('[scope]\nexclude = ["login"]', "'login' in 'exclude' is not a path that begins with /"),
        ('embed_hosts = ["https://x.example/"]', "'https://x.example/' in 'embed_hosts' is not a host name"),
        ("embed_hosts = [7]", "7 in 'embed_hosts' is not a host name"),
        ("embed_hosts = []", "'embed_hosts' is empty: it must hold at least a host name"),
        ("[[eras]]\nsince = 2019-01-01", "an era lacks the key 'cms'"),
        (
            '[[eras]]\ncms = "vnportal"\nsince = 2019-01-01T00:00:00Z',
            "'since' in [eras] must be a day such as 2019-01-01",
        ),
        ('[[eras]]\ncms = "vnportal"\nsince = "2019"', "'since' in [eras] must be a day such as 2019-01-01"),
        (
            '[[eras]]\ncms = "vnportal"\nsince = 2019-01-01\nuntil = 2018-01-01',
            "an era ends on 2018-01-01, before it began",
        ),
        ('[eras]\ncms = "vnportal"', "'eras' must be a list"),
        ("eras = [1]", "eras are written as [[eras]]"),
    ],
)
def test_a_value_that_makes_no_sense_is_reported(toml, fault):
    (found,) = faults(SOUND + toml)
    assert fault in found


@pytest.mark.parametrize(
    "seed", ["muongxen.example", "ftp://x.example/", "https://[x", "https://x.example:99999/", "http://"]
)
def test_a_seed_must_be_a_web_address(seed):
    (fault,) = faults(SOUND.replace("https://muongxen.example/", seed))
    assert fault == f"{seed!r} in 'seeds' is not a web address"


def test_every_fault_is_reported_not_just_the_first():
    found = faults('seeds = []\npage_host = ["x"]\n[pace]\ndelay = -1\nconcurency = 2\n[[eras]]\n', slug="Mường Xén")
    assert len(found) == 8
    for part in (
        "'name' is missing",
        "'page_hosts' is missing",
        "'seeds' is empty",
        "'page_host'",
        "'concurency'",
        "'delay'",
        "'cms'",
        "file's name",
    ):
        assert any(part in fault for fault in found), part


def test_what_is_no_toml_is_one_fault():
    assert len(faults('name = "x')) == 1


@pytest.mark.parametrize("slug", ["Mường", "a b", "../x", "-a", "", "x" * 64, "a/b"])
def test_the_name_of_the_file_is_a_name_for_references(slug):
    assert "file's name" in faults(SOUND, slug=slug)[0]


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path):
    (tmp_path / "latin.toml").write_bytes(b'name = "\xff"')
    for path in (tmp_path / "missing.toml", tmp_path / "latin.toml", tmp_path):
        with pytest.raises(PortalFault, match="cannot be read"):
            load(path)


# -- which portal ----------------------------------------------------------------------------------------------------


def test_the_bundled_portals_are_sound_and_their_cms_are_known():
    known = {slug: load(path) for slug, path in portals.every()}
    assert {"ky-son", "sample"} <= known.keys()
    assert all(era.cms in CMS for found in known.values() for era in found.eras)
    assert all(found.scope.why(seed) is None for found in known.values() for seed in found.seeds)


def test_a_portal_of_the_archive_hides_the_bundled_one(tmp_path):
    (tmp_path / "portals").mkdir()
    (tmp_path / "portals" / "ky-son.toml").write_text(SOUND, encoding="utf-8")
    assert find("ky-son", tmp_path).name == "Huyện Mường Xén"
    assert find("ky-son").name != "Huyện Mường Xén"


@pytest.mark.parametrize(
    ("name", "hint"), [("ky-sn", "did you mean 'ky-son'"), ("zzzzz", "known are"), ("../x", "known are")]
)
def test_an_unknown_portal_is_refused_with_what_is_known(name, hint):
    with pytest.raises(UnknownPortal, match=hint):
        find(name)


@pytest.mark.parametrize(
    ("url", "slug"),
    [
        ("http://kyson.nghean.gov.vn/tin-tuc/x-529174", "ky-son"),
        ("https://KYSON.nghean.gov.vn:443/", "ky-son"),
        ("https://storage-vnportal.vnpt.vn/a.jpg", None),
        ("https://kyson.nghean.gov.vn.evil.example/", None),
    ],
)
def test_a_page_belongs_to_the_portal_among_whose_pages_it_stands(url, slug):
    found = of_url(url)
    assert (found.slug if found else None) == slug


def test_a_faulty_portal_is_passed_over_when_looking_for_a_page(tmp_path):
    (tmp_path / "portals").mkdir()
    (tmp_path / "portals" / "a-broken.toml").write_text("name =", encoding="utf-8")
    assert of_url("https://kyson.nghean.gov.vn/", tmp_path).slug == "ky-son"


# -- eras ------------------------------------------------------------------------------------------------------------

ERAS = portal(
    '[[eras]]\ncms = "nukeviet"\nuntil = 2016-01-01\n[[eras]]\ncms = "vnportal"\nsince = 2016-01-01\nuntil = 2022-07-01\n'
    '[[eras]]\ncms = "generic"\nsince = 2023-01-01\n'
)


@pytest.mark.parametrize(
    ("day", "cms"),
    [
        (date.min, "nukeviet"),
        (date(2015, 12, 31), "nukeviet"),
        (date(2016, 1, 1), "vnportal"),
        (date(2022, 6, 30), "vnportal"),
        (date(2022, 7, 1), None),
        (date(2022, 12, 31), None),
        (date(2023, 1, 1), "generic"),
        (date.max, "generic"),
    ],
)
def test_an_era_lasts_from_its_first_day_to_the_day_before_the_next(day, cms):
    assert ERAS.cms_at(day) == cms


def test_a_portal_without_eras_knows_no_cms():
    assert portal().cms_at(date(2022, 6, 2)) is None


# -- scope -----------------------------------------------------------------------------------------------------------

SCOPE = Scope(
    page_hosts=("a.example", "*.b.example", "c.example:8080", "[::1]:8081"),
    embed_hosts=("a.example", "files.example"),
    exclude=("/login*", "*/print/*"),
)


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example/",
        "https://A.Example/x?y=1#z",
        "https://a.example:443/",
        "http://a.example:80/",
        "http://x.b.example/",
        "http://y.x.b.example/",
        "http://c.example:8080/",
        "http://[::1]:8081/",
        "http://user@a.example/",
        "http://a.example/tin/login",
    ],
)
def test_pages_of_the_portal_are_fetched(url):
    assert SCOPE.why(url) is None


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://b.example/", "the host b.example is not among the portal's page hosts"),
        ("http://xb.example/", "page hosts"),
        ("http://a.example.evil.example/", "page hosts"),
        ("http://a.example@evil.example/", "the host evil.example"),
        ("http://a.example:22/", "page hosts"),
        ("http://c.example/", "page hosts"),
        ("http://c.example:8081/", "page hosts"),
        ("http://files.example/a.jpg", "page hosts"),
        ("http://a.example/login", "the portal excludes /login*"),
        ("http://a.example/vi/print/x", "the portal excludes */print/*"),
        ("mailto:a@a.example", "not a web address (mailto)"),
        ("javascript:alert(1)", "not a web address (javascript)"),
        ("/tin-tuc", "not a web address (no scheme)"),
        ("http://[a.example/", "no valid address"),
        ("http://a.example:99999/", "no valid address"),
        ("http://a.example:x/", "no valid address"),
    ],
)
def test_everything_else_is_refused_with_the_reason(url, why):
    assert why in SCOPE.why(url)


def test_embeds_have_their_own_hosts_and_are_never_excluded():
    assert SCOPE.why("http://files.example/login.jpg", embed=True) is None
    assert "embed hosts" in SCOPE.why("http://x.b.example/a.jpg", embed=True)


def test_a_star_takes_embeds_from_anywhere_on_any_port():
    anywhere = Scope(page_hosts=("a.example",), embed_hosts=("*",))
    assert anywhere.why("http://z.example:8080/a.jpg", embed=True) is None
    assert "not a web address" in anywhere.why("data:image/png;base64,x", embed=True)


# -- made from an address --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "slug"),
    [
        ("http://kyson.nghean.gov.vn/", "kyson.nghean.gov.vn"),
        ("https://KYSON.nghean.gov.vn:443/x", "kyson.nghean.gov.vn"),
        ("http://kyson.nghean.gov.vn:8080/", "kyson.nghean.gov.vn-8080"),
        ("http://127.0.0.1:8081/", "127.0.0.1-8081"),
        ("http://[::1]:8081/", "1-8081"),
        (f"http://{'a' * 60}.example/", "a" * 60 + ".ex"),
    ],
)
def test_a_slug_is_made_of_host_and_unusual_port(url, slug):
    assert slug_for(url) == slug
    assert ad_hoc(url).slug == slug


@pytest.mark.parametrize(
    "url", ["http://kyson.nghean.gov.vn/tin-tuc?a=b", "http://127.0.0.1:8081/", "http://[::1]:8081/x"]
)
def test_a_portal_for_one_address_holds_that_address(url):
    found = ad_hoc(url)
    assert found.seeds == (url,)
    assert found.scope.why(url) is None
    assert found.scope.why("http://other.example/a.jpg", embed=True) is None
    assert found.scope.why("http://other.example/") is not None


@pytest.mark.parametrize(
    "url", ["", "kyson", "ftp://a.example/", "http://", "http://[x", "http://a_b.example/", "http://a.example:x/"]
)
def test_what_is_no_web_address_makes_no_portal(url):
    for make in (slug_for, ad_hoc, draft, of_url):
        with pytest.raises(UsageError, match="no web address"):
            make(url)


@pytest.mark.parametrize("name", ['Cổng "thông tin"', "a\\b", "dòng\nhai", 'x"]\n[pace]\ndelay = 0', "\x7f"])
def test_a_draft_holds_any_name_as_a_text(name):
    toml = draft("http://a.example/?q='\"", slug="a", name=name, cms="vnportal")
    found = parse(toml, slug="a", origin="draft")
    assert (found.name, found.delay, found.seeds) == (name, 2.0, ("http://a.example/?q='\"",))
    assert found.cms_at(date(2022, 6, 2)) == "vnportal"
