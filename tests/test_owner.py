"""What the owner of a portal is shown agrees with what the server saw, and holds nothing of what was read."""

import json
from collections import Counter

from click.testing import CliRunner

from archive.schema import moment
from archive.store import Archive
from kyson_crawler import crawl, portal
from kyson_crawler.cli import main
from kyson_crawler.network.addresses import ConnectTo
from tests.portals.politeportal import Answer, PolitePortals
from tests.test_politeness import page

TITLE = "Khánh thành cầu treo bản Huồi Lếch"


def reported(folder, *words):
    done = CliRunner().invoke(main, ["--archive", str(folder), "report", *words])
    assert done.exit_code == 0, done.output
    return done.stdout


def serve(host, path, n):
    return {
        "/": Answer(body=page("/1.html", "/2.html", "/mat.html", words=TITLE)),
        "/robots.txt": Answer(body=b"User-agent: *\nDisallow: /cam\n", kind="text/plain"),
        "/mat.html": Answer(status=410),
        "/sitemap.xml": Answer(status=404),
    }.get(path) or Answer(body=page(words=TITLE))


def test_the_report_agrees_with_the_servers_log(tmp_path):
    (tmp_path / "kyson.toml").write_text('[operator]\nname = "Lan"\ncontact = "lan@example.org"\n', encoding="utf-8")
    toml = 'name = "Cổng"\nseeds = ["http://a.example/"]\npage_hosts = ["a.example"]\n[pace]\ndelay = 0.05\n'
    with PolitePortals(serve) as served:
        crawl.run(portal.parse(toml, slug="cong", origin="t"), tmp_path, connect_to=(ConnectTo.parse(served.rule),))
        visits = served.visits()
    told = json.loads(reported(tmp_path, "--owner", "cong", "--json"))
    assert told["requests"] == len(visits)
    assert {told["user_agent"]} == {visit.agent for visit in visits}
    assert told["contact"] == "lan@example.org"
    assert told["hosts"] == [{"host": "a.example", "requests": len(visits)}]
    assert told["errors"] == [{"error": "HTTP 404", "requests": 1}, {"error": "HTTP 410", "requests": 1}]
    assert told["bytes"] == sum(len(serve("", visit.path, 1).body) for visit in visits)
    assert sum(hour["requests"] for hour in told["hours"]) == len(visits)
    assert [(file["url"], file["status"]) for file in told["robots"]] == [("http://a.example/robots.txt", 200)]
    text = reported(tmp_path, "--owner", "cong")
    assert f"{len(visits)} answered" in text
    assert "lan@example.org" in text
    assert "cầu treo" not in text + json.dumps(told, ensure_ascii=False)
    assert "/1.html" not in text + json.dumps(told)


def test_the_hours_are_those_of_vietnam_and_the_rate_is_of_the_time_it_took(crawled):
    folder, _ = crawled
    with Archive.open(folder) as archive:
        times = [
            at for (at,) in archive.connection.execute("SELECT time FROM capture WHERE crawl_id = 1 ORDER BY time")
        ]
    told = json.loads(reported(folder, "--owner", "sample", "--json").splitlines()[0])
    assert {hour["hour"] for hour in told["hours"]} == {(int(at[11:13]) + 7) % 24 for at in times}
    minutes = max((moment(times[-1]) - moment(times[0])).total_seconds() / 60, 1)
    assert told["a_minute"] == round(len(times) / minutes, 1), "a crawl of seconds counts as one of a minute"
    assert told["most_a_minute"] == max(Counter(at[:16] for at in times).values())


def test_a_portal_that_is_not_there_is_said_so(crawled):
    done = CliRunner().invoke(main, ["--archive", str(crawled[0]), "report", "--owner", "khong-co"])
    assert done.exit_code == 2
    assert "kyson status" in done.stderr
