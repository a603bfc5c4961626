import json
import unicodedata
from pathlib import Path
from types import SimpleNamespace

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive import query, search
from archive.errors import UnknownPortal, UsageError
from archive.query import Selection
from archive.records import Attachment, Block, Image
from tests.builders import article, begin, keep, new_archive

SHARED = Path(__file__).parents[2] / "shared"

# key: title, paragraphs, published, section
DOCUMENTS = {
    "a": (
        "Hội nghị Ban Chấp hành Đảng bộ huyện Kỳ Sơn",
        ["Đồng chí Vi Hòe chủ trì hội nghị."],
        "2022-06-02",
        "Tin tức",
    ),
    "b": ("Quán triệt Chỉ thị số 13-CT/TU", ["Ban Thường vụ Tỉnh ủy ban hành Chỉ thị."], "2017-07-05", "Văn bản"),
    "c": ("Sơ kết chỉ thị", ["Sơ kết 5 năm thực hiện Chỉ thị số 13 - CT/TU của Tỉnh ủy."], "2022-06-03", "Tin tức"),
    "d": ("Công văn liên tịch", ["Căn cứ công văn 05/13-CT/TU ngày 02/6."], "2018-02-01", "Văn bản"),
    "e": ("Chuyện làm đường", ["Con đường đang dở dang, bà con dáng vẻ mệt."], "2020-10-12", "Đời sống"),
    "f": ("Giữ rừng", ["Đoàn kiểm tra rừng ở Mường Lống."], "2019-03-01", "Kinh tế"),
    "g": ("Lễ hội bên dòng Nậm Mộ", ["Lễ hội thu hút du khách."], "2019-02-19", "Văn hóa"),
    "h": ("Xã Hòa Bình có điện", ["Điện về bản."], "2015", "Kinh tế"),
    "i": ("Thị trấn Hoà Bình", ["Khoẻ để lập nghiệp."], "2016-05", "Kinh tế"),
    "j": ("Khỏe vì nước", ["Thanh niên chạy quanh hồ thủy lợi."], "2021-03-26T07:00:00+07:00", "Văn hóa"),
    "k": ("Ðảng viên trẻ", ["Kết nạp 736 quần chúng."], "2021-05-19", "Tin tức"),
    "l": ("Nậm Cắn mở cửa khẩu", ["Cửa khẩu Nậm Cắn."], "2014-01-01", "Kinh tế"),
    "m": ("Nậm Càn được mùa", ["Xã Nậm Càn thu hoạch gừng."], "2014-12-31", "Kinh tế"),
    "n": ("Bánh chưng ngày Tết", ["Gói bánh ở bản."], "2014-06-15", "Văn hóa"),
    "o": ("Không ghi ngày", ["Không rõ ngày tháng, về kỳ thi."], None, None),
    "p": ("Ky Son on the map", ["The district of Ky Son in English."], "2013-08-08", "English"),
    "q": ("Sơn La và Kỳ Anh", ["Hai nơi khác nhau: kỳ và sơn đều có."], "2012-01-01", "Tin tức"),
    "r": ("Nghị quyết", ["Hội đồng nhân dân họp; nghị quyết thông qua."], "2011-07-15", "Văn bản"),
    "s": ("Thuỷ lợi", ["Công trình thủy lợi Huồi Tụ, quý II."], "2010-04-04", "Kinh tế"),
    "t": ("Bảng thu", [], "2009-09-09", "Kinh tế"),
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    with new_archive(tmp_path_factory.mktemp("search") / "kyson-archive") as opened:
        crawl = begin(opened)
        for key, (title, paragraphs, published, section) in DOCUMENTS.items():
            blocks = [Block(kind="paragraph", text=text) for text in paragraphs]
            keep(opened, crawl, article(key, title=title, published=published, section=section, blocks=tuple(blocks)))
        table = Block(kind="table", text="Khoản\tSố\nThuế\t1.234", rows=(("Khoản", "Số"), ("Thuế", "1.234")))
        image = Image(src="http://a/1.jpg", caption="Toàn cảnh bản Huồi Giảng", credit=None)
        files = (Attachment(href="http://a/1.pdf", label="Phụ lục 7"),)
        whole = article("t", title="Bảng thu", published="2009-09-09", section="Kinh tế", byline="Moong Thị Hiền")
        keep(
            opened,
            crawl,
            whole.__class__(**_facts(whole) | {"blocks": (table,), "images": (image,), "attachments": files}),
            days=1,
        )
        other = begin(opened, "tuong-duong")
        keep(opened, other, article("a", portal="tuong-duong", title="Tương Dương có hội nghị", published="2022-06-02"))
        yield opened


def _facts(whole):
    return {name: getattr(whole, name) for name in ("portal", "key", "url", "title", "published", "section", "byline")}


def keys(result, tier=None):
    return {
        hit.kept.article.key for hit in result.hits if tier in {None, hit.tier} and hit.kept.article.portal == "ky-son"
    }


def find(archive, text, **more):
    """What a search says, with its hits read."""
    selection = Selection(query=text, **more)
    result = search.search(archive, selection)
    facts = {"tiers": result.tiers, "total": result.total, "searched": result.searched, "variants": result.variants}
    return SimpleNamespace(hits=tuple(search.hits(archive, selection, result)), **facts)


EXACT = [
    ("Kỳ Sơn", "aq"),
    ("kỳ sơn", "aq"),
    ("KỲ SƠN", "aq"),
    (unicodedata.normalize("NFD", "Kỳ Sơn"), "aq"),
    ('"Kỳ Sơn"', "a"),
    ("“Kỳ Sơn”", "a"),
    ("«Kỳ Sơn»", "a"),
    ('"kỳ sơn', "a"),
    ("  kỳ\u00a0\u200b sơn ", "aq"),
    ("ky son", "p"),
    ("hội nghị", "ar"),
    ('"hội nghị"', "a"),
    ("13-CT/TU", "bcd"),
    ("13 - CT/TU", "bcd"),
    ("13–CT/TU", "bcd"),
    ("13 – CT / TU", "bcd"),
    ("13-ct/tu", "bcd"),
    ("số 13-CT/TU", "bc"),
    ('"Chỉ thị số 13-CT/TU"', "bc"),
    ("05/13-CT/TU", "d"),
    ("14-CT/TU", ""),
    ("đảng", "ak"),
    ("Ðảng", "ak"),
    ("ĐẢNG", "ak"),
    ("đang", "e"),
    ("dang", "e"),
    ("dáng", "e"),
    ("hòa bình", "hi"),
    ("hoà bình", "hi"),
    ("HÒA BÌNH", "hi"),
    ("khoẻ", "ij"),
    ("khỏe", "ij"),
    ("thuỷ lợi", "js"),
    ("thủy lợi", "js"),
    ("quý", "s"),
    ("quí", "s"),
    ("nậm cắn", "l"),
    ("nậm càn", "m"),
    ("ban", "ab"),
    ("736", "k"),
    ("1.234", "t"),
    ("thuế", "t"),
    ("huồi giảng", "t"),
    ("moong thị hiền", "t"),
    ("phụ lục 7", "t"),
    ("rừng lễ", ""),
]


@pytest.mark.parametrize(("text", "found"), EXACT)
def test_the_exact_tier_finds_what_was_typed(archive, text, found):
    assert keys(find(archive, text, exact=True)) == set(found)


FOLDED = [
    ("ky son", "apq"),
    ("ki son", "apq"),
    ("hoi nghi", "ar"),
    ("đảng", "aek"),
    ("dang", "aek"),
    ("duong", "e"),
    ("nam can", "lm"),
    ("nậm cắn", "lm"),
    ("hoa binh", "hi"),
    ("le hoi", "g"),
    ('"hoi nghi"', "a"),
    ("13-ct/tu", "bcd"),
    ("ban", "abhnt"),
]


@pytest.mark.parametrize(("text", "found"), FOLDED)
def test_the_folded_tier_finds_the_bare_letters(archive, text, found):
    assert keys(find(archive, text, folded=True)) == set(found)


@pytest.mark.parametrize(
    ("text", "tiers"),
    [
        ("ky son", {"exact": "p", "folded": "aq"}),
        ("đảng", {"exact": "ak", "folded": "e"}),
        ("dang", {"exact": "e", "folded": "ak"}),
        ("kỳ son", {"exact": "", "mixed": "aq", "folded": "p"}),
        ("nậm can", {"exact": "", "mixed": "lm", "folded": ""}),
        ('"nậm can"', {"exact": "", "mixed": "lm", "folded": ""}),
        ("nam cắn", {"exact": "", "mixed": "l", "folded": "m"}),
        ("chỉ thị 13", {"exact": "bc", "folded": ""}),
        ("736", {"exact": "k"}),
    ],
)
def test_marks_count_where_they_are_typed_and_looser_hits_come_after(archive, text, tiers):
    result = find(archive, text)
    assert {count.name: count.articles for count in result.tiers} == {tier: len(found) for tier, found in tiers.items()}
    assert {tier: keys(result, tier) for tier in tiers} == {tier: set(found) for tier, found in tiers.items()}
    order = [hit.tier for hit in result.hits]
    assert order == sorted(order, key=query.TIERS.index)


def test_an_article_is_shown_once_in_its_strictest_tier(archive):
    refs = [hit.kept.article.ref for hit in find(archive, "kỳ son").hits]
    assert len(refs) == len(set(refs))


def test_the_limit_fills_the_page_with_the_strictest_first(archive):
    everything = find(archive, "dang").hits
    for limit in range(4):
        result = find(archive, "dang", limit=limit)
        assert [hit.kept for hit in result.hits] == [hit.kept for hit in everything[:limit]]
        assert result.total == 3


@pytest.mark.parametrize(
    ("within", "found"),
    [(("title",), "a"), (("body",), "ar"), (("title", "body"), "ar"), (("caption",), "")],
)
def test_words_are_looked_for_only_where_asked(archive, within, found):
    assert keys(find(archive, "hội nghị", within=within)) == set(found)


def test_captions_are_no_part_of_the_body(archive):
    assert keys(find(archive, "toàn cảnh", within=("caption",))) == {"t"}
    assert keys(find(archive, "toàn cảnh", within=("body", "title"))) == set()


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        ("2014", "2014", "lmn"),
        ("2014-06", "2014-06", "n"),
        ("2014-01-02", "2014-12-30", "n"),
        ("2014-12-31", "2016", "mhi"),
        ("2021-03-26", None, "ackj"),
        (None, "2009", "t"),
        ("2015", "2016", "hi"),
        ("2016-05-02", "2016", ""),
        (None, None, "".join(DOCUMENTS)),
    ],
)
def test_days_are_inclusive_and_the_undated_only_come_without_days(archive, since, until, found):
    assert keys(find(archive, "", since=since, until=until)) == set(found)


@pytest.mark.parametrize(
    "day", ["2014-13", "2014-02-30", "14", "02/06/2014", "2014-6", "0000", "2014-06-02x", "hôm qua"]
)
def test_what_is_no_day_is_refused_in_words(day):
    with pytest.raises(UsageError, match="2014-06-02"):
        Selection(until=day)


@pytest.mark.parametrize(
    "wrong",
    [{"exact": True, "folded": True}, {"within": ("lead",)}, {"within": ()}, {"sort": "size"}],
)
def test_a_selection_that_cannot_be_meant_is_refused(wrong):
    with pytest.raises(UsageError):
        Selection(**wrong)


def test_a_portal_is_searched_alone(archive):
    found = [hit.kept.article.ref for hit in find(archive, "hội nghị", portal="tuong-duong").hits]
    assert found == ["tuong-duong/a"]
    with pytest.raises(UnknownPortal, match="ky-son"):
        find(archive, "hội nghị", portal="'; DROP TABLE article")


def test_a_section_nobody_knows_is_misuse_that_names_those_there_are(archive):
    with pytest.raises(UsageError, match=r"'Thể thao'; there are .*Kinh tế.*Văn bản"):
        find(archive, "", section="Thể thao")


@pytest.mark.parametrize(("since", "until"), [("2023", "2020"), ("2014-06-02", "2014-06-01"), ("2015", "2014-12")])
def test_days_in_the_wrong_order_are_refused(since, until):
    with pytest.raises(UsageError, match=f"{since}, comes after the last, {until}"):
        Selection(since=since, until=until)


@pytest.mark.parametrize("section", ["Văn bản", "văn bản", "van ban", "VĂN  BẢN"])
def test_a_section_is_named_with_or_without_marks(archive, section):
    assert keys(find(archive, "", section=section)) == set("bdr")


def test_newest_first_when_sorted_by_date(archive):
    dates = [hit.kept.article.published for hit in find(archive, "", sort="date").hits]
    assert dates[:-1] == sorted(dates[:-1], reverse=True)
    assert dates[-1] is None
    by_date = [hit.kept.article.key for hit in find(archive, "hội", sort="date", exact=True).hits]
    assert by_date.index("g") < by_date.index("r")


def test_a_title_ranks_before_a_body(archive):
    assert [hit.kept.article.key for hit in find(archive, "thủy lợi").hits] == ["s", "j"]
    assert [hit.kept.article.key for hit in find(archive, "thủy lợi", sort="date").hits] == ["j", "s"]


@pytest.mark.parametrize("text", ["kỳ sơn", "ky sơn", "kỳ son", '"kỳ" sơn'])
def test_syllables_that_stand_together_as_typed_rank_first(archive, text):
    found = [hit.kept.article.key for hit in find(archive, text).hits if hit.kept.article.key != "p"]
    assert found == ["a", "q"]


def test_beyond_what_can_be_ranked_titles_come_first_and_then_the_newest(archive, monkeypatch):
    monkeypatch.setattr(search, "_RANKED", 1)
    found = [hit.kept.article.key for hit in find(archive, "nghị", exact=True, portal="ky-son").hits]
    assert found == ["a", "r"]
    found = [hit.kept.article.key for hit in find(archive, "xã", exact=True, portal="ky-son").hits]
    assert found == ["h", "m"]


# -- i and y -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def spelled(tmp_path_factory):
    with new_archive(tmp_path_factory.mktemp("spelled") / "kyson-archive") as opened:
        crawl = begin(opened)
        texts = ["Lý luận", "Lí luận", "Li kì", "Công ty", "công ti Mỹ Lý", "thúy, thúi", "Vi Hòe", "Vy Hòe"]
        for key, text in enumerate(texts):
            keep(opened, crawl, article(str(key), text, title="x"))
        yield opened


@pytest.mark.parametrize(
    ("text", "found", "without"),
    [
        ("lý", "014", "04"),
        ("lí", "014", "1"),
        ('"lí luận"', "01", "1"),
        ("công ty", "34", "3"),
        ("mĩ lí", "4", ""),
        ('"mĩ lí"', "4", ""),
        ("kỳ", "2", ""),
        ("vi", "6", "6"),
        ("thúi", "5", "5"),
    ],
)
def test_a_syllable_is_found_in_its_other_spelling_too_unless_that_is_not_wanted(spelled, text, found, without):
    assert keys(find(spelled, text, exact=True)) == set(found)
    assert keys(find(spelled, text, exact=True, variants=False)) == set(without)


def test_marks_count_in_the_other_spelling_as_in_the_one_typed(spelled):
    assert {tier.name: tier.articles for tier in find(spelled, "lý").tiers} == {"exact": 3, "folded": 1}
    assert keys(find(spelled, "lí luan"), "mixed") == {"0", "1"}
    assert keys(find(spelled, "ly", folded=True)) == {"0", "1", "2", "4"}


def test_what_other_spellings_brought_in_is_counted(spelled):
    assert find(spelled, "lý luận").variants == search.Variants(spellings=(("lý", "lí"),), articles=1)
    assert find(spelled, "kỳ").variants.articles == 1
    assert find(spelled, "vi").variants is None
    assert find(spelled, "lý", variants=False).variants is None


def test_matches_in_the_other_spelling_are_shown(spelled):
    assert {matched(hit.snippet)[0] for hit in find(spelled, '"lí luận"').hits} == {"Lí luận", "Lý luận"}


def test_exports_and_facets_follow_the_other_spelling(spelled):
    exported = {kept.article.key for kept in spelled.articles(Selection(query="lí luận"))}
    assert exported == {"0", "1"}
    assert search.facet(spelled, Selection(query="lí luận"), "portal")[0].articles == 2
    assert len(list(spelled.articles(Selection(query="lí luận", variants=False)))) == 1


def test_a_long_phrase_of_varied_syllables_stays_short(spelled):
    (term,) = query.terms('"' + "lý " * 500 + '"')
    assert query.match((term,), "exact", ("title",)).count(" OR ") == 7
    assert find(spelled, '"' + "lý " * 500 + '"').total == 0


# -- what is shown -----------------------------------------------------------------------------------------------


def matched(snippet):
    return [snippet.text[start:end] for start, end in snippet.matches]


@pytest.mark.parametrize(
    ("text", "key", "shown"),
    [
        ("thuy loi", "s", ["thủy lợi"]),
        ("13-ct/tu", "c", ["13 - CT/TU"]),
        ("dang", "e", ["đang", "dang", "dáng"]),
        ("hoi nghi", "a", ["hội nghị"]),
        ("chỉ thị", "b", ["Chỉ thị"]),
    ],
)
def test_matches_are_shown_as_they_are_printed(archive, text, key, shown):
    (hit,) = [hit for hit in find(archive, text, folded=True, portal="ky-son").hits if hit.kept.article.key == key]
    assert matched(hit.snippet) == shown


def test_matches_of_the_exact_tier_bear_the_marks_typed(archive):
    (hit,) = find(archive, "dáng", exact=True).hits
    assert matched(hit.snippet) == ["dáng"]


def test_matches_of_the_mixed_tier_bear_the_marks_where_typed(archive):
    (hit,) = [hit for hit in find(archive, "nậm can", portal="ky-son").hits if hit.kept.article.key == "m"]
    assert matched(hit.snippet) == ["Nậm Càn"]


def test_a_match_in_the_caption_is_shown_with_the_caption(archive):
    (hit,) = find(archive, "huồi giảng").hits
    assert (hit.snippet.within, matched(hit.snippet)) == ("caption", ["Huồi Giảng"])


def test_a_match_in_the_title_only_is_shown_in_the_title(archive):
    hit = find(archive, "bảng thu").hits[0]
    assert (hit.snippet.within, matched(hit.snippet)) == ("title", ["Bảng thu"])


@pytest.fixture(scope="module")
def long(tmp_path_factory):
    with new_archive(tmp_path_factory.mktemp("long") / "kyson-archive") as opened:
        crawl = begin(opened)
        filler = "Bà con trong bản góp công. " * 40
        keep(opened, crawl, article("1", filler, f"{filler}Lễ hội và hội thi ở Mường Lống. {filler}"))
        keep(opened, crawl, article("2", "đảng, " * 20_000))
        yield opened


def test_a_snippet_is_cut_between_words_around_the_matches(long):
    (hit,) = find(long, "lễ hội mường lống").hits
    snippet = hit.snippet
    assert matched(snippet) == ["Lễ hội", "hội", "Mường Lống"]
    assert len(snippet.text) < 240
    assert snippet.text.startswith("… ")
    assert snippet.text.endswith(" …")
    assert set(snippet.text.strip("… ").split()) <= set(hit.texts.body.split())


def test_a_text_full_of_matches_is_shown_quickly(long):
    (hit,) = find(long, "đảng").hits
    assert len(hit.matches) == 20_000
    assert matched(hit.snippet)[0] == "đảng"


def test_offsets_of_matches_point_into_the_text(archive):
    for text in ("hoi nghi", "dang", "ky son", "13-ct/tu"):
        for hit in find(archive, text, folded=True).hits:
            for name, start, end in hit.matches:
                piece = getattr(hit.texts, name)[start:end]
                assert piece
                assert piece == piece.strip()


def test_a_text_is_prepared_once_for_all_its_lines(long):
    class Counting(str):
        __slots__ = ()
        calls = 0

        def replace(self, *words):
            Counting.calls += 1
            return super().replace(*words)

    (hit,) = find(long, "đảng").hits
    counted = evolve(hit, texts=evolve(hit.texts, body=Counting(hit.texts.body)))
    assert len(list(counted.lines())) == 20_000
    assert Counting.calls == 1


def test_hits_are_read_a_few_at_a_time(archive, monkeypatch):
    monkeypatch.setattr(search, "_AT_ONCE", 2)
    selection = Selection()
    result = search.search(archive, selection)
    reading = search.hits(archive, selection, result)
    asked = []
    archive.connection.set_trace_callback(asked.append)
    first = next(reading)
    archive.connection.set_trace_callback(None)
    assert first.kept.article.ref == result.found[0].ref
    assert len([sql for sql in asked if "FROM version v" in sql]) == 1
    assert len(list(reading)) == 20


def test_every_match_has_its_line_in_context(archive):
    (hit,) = [hit for hit in find(archive, "nậm cắn", exact=True).hits if hit.kept.article.key == "l"]
    assert [(line.within, line.left, line.match, line.right) for line in hit.lines(12)] == [
        ("title", "", "Nậm Cắn", " mở cửa khẩu"),
        ("body", "Cửa khẩu ", "Nậm Cắn", "."),
    ]


def test_a_hit_in_json_is_the_article_with_snippet_and_tier(archive):
    hit = find(archive, "736").hits[0]
    whole = hit.to_json()
    assert whole["snippet"] == {"in": "body", "text": "Kết nạp 736 quần chúng.", "matches": [[8, 11]]}
    assert whole["tier"] == "exact"
    assert {name: value for name, value in whole.items() if name not in {"snippet", "tier"}} == hit.kept.to_json()
    json.dumps(whole)


def test_facets_count_the_whole_selection_not_the_page(archive):
    def counts(name, text="hội nghị", **more):
        return {count.name: count.articles for count in search.facet(archive, Selection(query=text, **more), name)}

    assert counts("portal", limit=1) == {"ky-son": 2, "tuong-duong": 1}
    assert counts("section") == {"Tin tức": 2, "Văn bản": 1}
    assert counts("year") == {"2011": 1, "2022": 2}
    assert counts("year", "", portal="ky-son")[None] == 1
    assert sum(counts("year", "").values()) == 21
    assert counts("year", "", since="2014-06-15", until="2015") == {"2014": 2, "2015": 1}
    assert counts("year", "nậm cán") == {"2014": 2}
    assert counts("section", "***") == {}


def test_an_empty_query_means_every_article(archive):
    result = find(archive, " ")
    assert (result.total, result.searched, result.tiers) == (21, 21, ())


def test_the_number_of_articles_searched_is_that_of_the_selection(archive):
    assert find(archive, "không có", portal="tuong-duong").searched == 1


def test_articles_exported_by_words_are_those_with_the_marks_typed(archive):
    def exported(text, **more):
        selection = Selection(query=text, portal="ky-son", **more)
        return "".join(sorted(kept.article.key for kept in archive.articles(selection)))

    assert exported("đảng") == "ak"
    assert exported("dang") == "aek"
    assert exported("dang", exact=True) == "e"
    assert exported("đảng", folded=True) == "aek"
    assert exported("!!!") == ""
    assert exported("", since="2014", until="2014") == "lmn"
    assert exported("dang", limit=1) == "e"


# -- hostile queries ---------------------------------------------------------------------------------------------

HOSTILE = [
    '"',
    '""',
    "'",
    "\x00",
    "*",
    "dang*",
    "NEAR(",
    "NEAR(a b, 5)",
    "tx : a",
    "{tx bx}: a",
    "-",
    "-dang",
    "a AND",
    "OR",
    "NOT NOT",
    "(",
    ")))",
    "^a",
    "a + b",
    "😀",
    "👩‍👩‍👧",
    "\ud800",
    "\u0301",
    "a\u0323\u0301\u0302",
    "%s %d {}",
    "'; DROP TABLE article; --",
    "İI",
    "13-" * 3000,
    "(" * 10_000,
    '"' * 9_999,
    "đảng " * 2_000,
    "a" * 10_000,
    " ".join(map(str, range(2_000))),
    '"' + " ".join(map(str, range(2_000))) + '"',
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
@pytest.mark.parametrize("mode", [{}, {"exact": True}, {"folded": True}, {"within": ("title",), "sort": "date"}])
def test_no_query_raises(archive, text, mode):
    result = find(archive, text, **mode)
    assert result.total <= 21
    assert list(archive.articles(Selection(query=text, **mode))) is not None
    search.facet(archive, Selection(query=text, **mode), "year")


def test_no_naughty_string_raises(archive):
    file = SHARED / "data" / "blns" / "blns.json"
    if not file.exists():
        pytest.skip(f"{file} is not here")
    for text in json.loads(file.read_text(encoding="utf-8")):
        find(archive, text, limit=1)
        find(archive, f'"{text}"', limit=1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(text=st.text(max_size=60))
def test_no_text_at_all_raises(archive, text):
    result = find(archive, text)
    assert len(result.hits) == result.total


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(text=st.text(st.sampled_from('đdaảoòaeê "13-/CTsơnkỳ“”'), max_size=20))
def test_looser_tiers_hold_what_stricter_ones_found(archive, text):
    everything = keys(find(archive, text))
    assert keys(find(archive, text, exact=True)) <= everything
    assert keys(find(archive, text, folded=True)) == everything
