"""robots.txt by RFC 9309: which line forbids us, what its want means, and what a second parser makes of 900 real files."""

import base64
import json
import re
from collections import Counter
from pathlib import Path

import pytest
from robotexclusionrulesparser import RobotExclusionRulesParser

from archive.errors import FetchFailed
from archive.store import Archive
from kyson_crawler import crawl, manners, portal, settings
from kyson_crawler.config import Operator
from kyson_crawler.network.addresses import ConnectTo
from kyson_crawler.robots import PRODUCT, Rules
from tests.portals.politeportal import Answer, PolitePortals, gaps
from tests.test_politeness import page, pages

REAL = Path(__file__).parents[2] / "shared" / "data" / "robots-real" / "robots.jsonl"
HOME = "http://muongxen.example"


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("User-agent: *\nDisallow: /quan-tri/", "/quan-tri/x", "2 says Disallow: /quan-tri/"),
        ("user-agent: *\n\ndisallow: /a", "/a", "3 says disallow: /a"),
        ("User-agent: *\nDisallow: /a\nDisallow: /a/b # riêng", "/a/b", "3 says Disallow: /a/b # riêng"),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b", None),
        ("User-agent: *\nDisallow: /\nUser-agent: Kyson-Crawler\nDisallow: /x", "/y", None),
        ("User-agent: *\nDisallow:\nUser-agent: kyson-crawler\nDisallow: /x", "/x", "4 says Disallow: /x"),
        ("User-agent: kyson-crawler/0.1 (+mailto:a@b.example)\nDisallow: /x", "/x", "2 says Disallow: /x"),
        ("User-agent: khac\nDisallow: /x\nUser-agent: *\nDisallow: /x", "/x", "4 says Disallow: /x"),
        ("User-agent: khac\nUser-agent: *\nDisallow: /*.doc$", "/a.doc", "3 says Disallow: /*.doc$"),
        ("\ufeffUser-agent: *\r\nDisallow: /tin-tức", "/tin-t%E1%BB%A9c/1", "2 says Disallow: /tin-tức"),
        ("<html><body>Không tìm thấy trang</body></html>", "/", None),
        ("Disallow: /x", "/x", None),
        ("", "/", None),
    ],
)
def test_the_line_that_forbids_an_address_is_named(text, path, line):
    assert Rules.read(text.encode()).why_not(HOME + path) == (line and f"robots.txt line {line}")


def test_a_file_that_was_cut_loses_its_last_line_which_may_be_half():
    body = b"User-agent: *\nDisallow: /quan-tri/\nDisallow: /"
    assert Rules.read(body).why_not(f"{HOME}/tin")
    assert Rules.read(body, cut=True).why_not(f"{HOME}/tin") is None
    assert Rules.read(body, cut=True).why_not(f"{HOME}/quan-tri/")


def test_a_megabyte_of_rules_is_judged_in_no_time():
    rules = Rules.read(b"User-agent: *\n" + b"".join(b"Disallow: /cam/%d\n" % n for n in range(30_000)))
    assert rules.why_not(f"{HOME}/cam/29999") == "robots.txt line 30001 says Disallow: /cam/29999"


def test_the_name_in_every_request_begins_with_the_product_token():
    assert manners.user_agent(Operator(contact="lan@example.org")).startswith(f"{PRODUCT}/")


# What a second parser makes of real files


def of_rfc(text):
    """The rules for us as the grammar of RFC 9309 has them, in their order."""
    groups, last = [], ""
    for line in re.split(r"\r\n|\r|\n", text):
        name, mark, value = (part.strip() for part in line.partition("#")[0].partition(":"))
        name = name.lower()
        if name in {"user-agent", "useragent"}:
            if last != "agent":
                groups.append((set(), []))
            groups[-1][0].add(value.lower())
            last = "agent"
        elif mark and name in {"allow", "disallow", "crawl-delay", "request-rate", "visit-time"}:
            if groups and value and name in {"allow", "disallow"}:
                groups[-1][1].append((name, value))
            last = "rule"
    named = [group for group in groups if PRODUCT in group[0]] or [group for group in groups if "*" in group[0]]
    return [rule for _, rules in named for rule in rules]


def second(text):
    parser = RobotExclusionRulesParser()
    parser.parse(text)
    return lambda url: bool(parser.is_allowed(PRODUCT, url))


def as_one_group(rules):
    return "User-agent: *\n" + "\n".join(f"{name}: {value}" for name, value in rules)


def explained(text, url, allowed):
    """The class of a difference: what, done for the second parser, has it say the same; None when nothing does."""
    if url.endswith("/robots.txt"):
        return "the file itself is always allowed (2.2.2)"
    rules = of_rfc(text)
    if second(as_one_group(rules))(url) == allowed:
        return "groups for one agent are one, and an empty line ends none (2.2.1)"
    longest = as_one_group(sorted(rules, key=lambda rule: (-len(rule[1]), rule[0])))
    if second(longest)(url) == allowed:
        return "the longest rule counts, not the first (2.2.2)"
    if url.endswith("?") and second(longest)(url + "x") == allowed:
        return "a question mark with nothing after it is part of the address (2.2.2)"
    return None


def addresses(host, text):
    """Usual addresses of a portal, and some for which the file has rules."""
    found = re.findall(r"^\s*(?:dis)?allow\s*:\s*(/[^\s#]*)", text, re.IGNORECASE | re.MULTILINE)
    ruled = [path.replace("*", "x").rstrip("$") for path in dict.fromkeys(found)]
    usual = ["/", "/tin-tuc/le-hoi-1.html", "/search?q=1", "/admin/", "/robots.txt"]
    return [f"http://{host}{path}" for path in (*usual, *ruled[:: max(1, len(ruled) // 8)])]


def test_real_files_are_judged_as_a_second_parser_does_but_for_differences_of_known_kinds():
    if not REAL.exists():
        pytest.skip("needs ../shared/data/robots-real")
    kinds, unexplained, same = Counter(), [], 0
    for line in REAL.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        body = row["text"].encode() if "text" in row else base64.b64decode(row["b64"])
        rules = Rules.read(body)
        other = second(rules.text)
        for url in addresses(row["host"], rules.text):
            allowed = rules.allows(url)
            if other(url) == allowed:
                same += 1
            elif kind := explained(rules.text, url, allowed):
                kinds[kind] += 1
            else:
                unexplained.append(url)
    assert unexplained == []
    assert same > 5 * sum(kinds.values())
    assert len(kinds) == 4


# What a crawl makes of them


def crawled(served, folder, toml='name = "Cổng"\nseeds = ["http://a.example/"]\npage_hosts = ["a.example"]\n'):
    target = portal.parse(toml + "[pace]\ndelay = 0\nconcurrency = 4\n", slug="cong", origin="test")
    return crawl.run(target, folder, connect_to=(ConnectTo.parse(served.rule),))


def answering(*robots):
    """Portals of which the n-th answer about robots is the n-th of these, and the last from then on."""

    def answer(host, path, n):
        return robots[min(n, len(robots)) - 1] if path == "/robots.txt" else pages(host, path, n)

    return PolitePortals(answer)


def test_nothing_is_asked_of_a_host_whose_server_fails_over_its_robots(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "KYSON_ROBOTS_PAUSES", (0.1, 0.1))
    with answering(Answer(status=500)) as served:
        with pytest.raises(FetchFailed, match=r"robots\.txt of a\.example cannot be had \(HTTP 500\)"):
            crawled(served, tmp_path)
        assert [visit.path for visit in served.visits()] == ["/robots.txt"] * 3


def test_nothing_is_asked_of_a_host_that_is_silent_about_its_robots(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "KYSON_ROBOTS_PAUSES", (0.1,))
    monkeypatch.setattr(settings, "DOWNLOAD_TIMEOUT", 0.5)
    with answering(Answer(seconds=2)) as served:
        with pytest.raises(
            FetchFailed, match=r"robots\.txt of a\.example cannot be had \(no answer within 0\.5 seconds"
        ):
            crawled(served, tmp_path)
        time_outs = {visit.path for visit in served.visits()}
    assert time_outs <= {"/robots.txt"}


def test_a_host_whose_robots_come_in_the_end_is_crawled_by_them(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "KYSON_ROBOTS_PAUSES", (0.1, 0.1))
    rules = Answer(body=b"User-agent: *\nDisallow: /2\nSitemap: http://a.example/ban-do.xml\n", kind="text/plain")
    with answering(Answer(status=503), rules) as served:
        outcome = crawled(served, tmp_path)
        asked = [visit.path for visit in served.visits()]
    assert asked.count("/robots.txt") == 2
    assert {"/", "/1.html", "/ban-do.xml"} <= set(asked)
    assert "/2.html" not in asked
    assert (outcome.refused["robots.txt"], outcome.figures.errors) == (1, 0)
    with Archive.open(tmp_path) as archive:
        kept = archive.connection.execute("SELECT status FROM capture WHERE kind = 'robots' ORDER BY id").fetchall()
    assert kept == [(503,), (200,)]


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_where_there_is_no_such_file_nothing_is_forbidden(tmp_path, status):
    with answering(Answer(status=status, body=page(words="User-agent: * Disallow: /"))) as served:
        assert crawled(served, tmp_path).status == "finished"
        assert {visit.path for visit in served.visits()} >= {"/", "/1.html", "/2.html"}


def test_five_redirects_are_followed_and_no_more(tmp_path):
    def answer(host, path, n):
        hop = int(path.partition("=")[2] or 0)
        if path.startswith("/robots.txt") and hop < hops:
            return Answer(status=302, headers={"Location": f"/robots.txt?hop={hop + 1}"})
        if path.startswith("/robots.txt"):
            return Answer(body=b"User-agent: *\nDisallow: /2\n", kind="text/plain")
        return pages(host, path, n)

    for hops in (5, 6):
        with PolitePortals(answer) as served:
            crawled(served, tmp_path / str(hops))
            assert ("/2.html" in {visit.path for visit in served.visits()}) == (hops == 6)


def test_a_delay_that_an_owner_asks_for_is_kept(tmp_path):
    rules = Answer(body=b"User-agent: *\nCrawl-delay: 0.3\n", kind="text/plain")
    with answering(rules) as served:
        crawled(served, tmp_path)
        visits = served.visits()
    assert min(gaps(visits)[1:]) >= 0.3
