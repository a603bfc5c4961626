"""The death watch: what crawls, names and certificates tell of a portal that is about to vanish, over real sockets."""

import ipaddress
import json
import re
import socket
import sys
from contextlib import suppress
from datetime import date, timedelta

import pytest
from click.testing import CliRunner

from archive import account, account_page, runs, signs, silence
from archive.errors import FetchFailed
from archive.signs import Seen
from archive.store import Archive
from kyson_crawler import crawl, hours
from kyson_crawler import portal as portals
from kyson_crawler.cli import main
from kyson_crawler.network.addresses import ConnectTo
from kyson_crawler.schedule import alerts, watching
from kyson_crawler.schedule.tick import tick
from kyson_crawler.watch import home as watched_home
from tests.builders import article as built
from tests.builders import begin, keep
from tests.certificates import HOST, Authority, server
from tests.clockwork import BEGIN, Machine, new_archive, plan
from tests.portals.rawportal import RawPortal, page
from tests.portals.rawserver import serving
from tests.test_crawl import article, home

TOML = 'name = "Cổng thông tin điện tử huyện Mường Xén"\ndistrict = "Mường Xén"\nseeds = ["{url}"]\npage_hosts = ["{host}"]\n'
DAY = timedelta(days=1)
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello"


def portal_at(folder, url, host, more=""):
    (folder / "portals").mkdir(parents=True, exist_ok=True)
    path = folder / "portals" / "muong-xen.toml"
    path.write_text(TOML.format(url=url, host=host) + more, encoding="utf-8")
    return portals.load(path)


def crawl_of(folder, answers):
    """A crawl of a portal that answers so; what is seen of its dying afterwards, by kind."""
    with RawPortal(answers) as served:
        portal = portal_at(folder, "http://muongxen.example/", "muongxen.example")
        rules = (ConnectTo.parse(f"muongxen.example::127.0.0.1:{served.port}"),)
        with suppress(FetchFailed):
            crawl.run(portal, folder, connect_to=rules, delay=0)
    return seen(folder)


def seen(folder):
    with Archive.open(folder) as archive:
        return {sign.kind: sign for sign in signs.of(archive.connection, "muong-xen")}


def later(folder, kind, time):
    """Let a sign have been seen first so long ago."""
    with Archive.open(folder, write=True) as archive:
        archive.connection.execute("UPDATE sign SET first = ? WHERE kind = ?", (signs.stamp(hours.now() - time), kind))


def schedule(folder, *words):
    done = CliRunner().invoke(main, ["--archive", str(folder), "schedule", *words])
    return done.exit_code, done.output


ALIVE = {"/": page(home("bai-1")), "/bai-1": page(article(1))}
REDIRECT = b"HTTP/1.1 301 Moved\r\nLocation: https://muongxen.nghean.example/\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "kyson-archive"


# -- what crawls see -------------------------------------------------------------------------------------------------


def test_a_portal_that_lives_shows_no_sign(folder):
    assert crawl_of(folder, ALIVE) == {}


PARKED = "<title>Domain default page</title><h1>Domain default page</h1><p>Web server is here.</p>"
FOR_SALE = "<title>muongxen.example</title><script src='https://www.sedoparking.com/x.js'></script><p>Related links</p>"
LEADS_ON = "<title>…</title><meta http-equiv='Refresh' content=\"0; url='https://muongxen.nghean.example/trang-chu'\">"
BY_SCRIPT = "<script>window.location.href = 'https://muongxen.nghean.example/';</script>"
CLOSING = "<title>Mường Xén</title><p>Thông báo.</p><p>Trang thông tin điện tử ngừng cập nhật từ ngày 1/7.</p><a href='/bai-1'>Bài một về lễ hội</a>"


@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        (page(PARKED), "parked", "Domain default page"),
        (page(FOR_SALE), "parked", "sedoparking.com"),
        (page("<title>Nhà cái số 1: casino, nổ hũ, bắn cá đổi thưởng</title><p>Cược</p>"), "parked", "casino"),
        (REDIRECT, "moved", "https://muongxen.nghean.example/"),
        (page(LEADS_ON), "moved", "https://muongxen.nghean.example/trang-chu"),
        (page(BY_SCRIPT), "moved", "https://muongxen.nghean.example/"),
        (page(CLOSING), "closing", "Trang thông tin điện tử ngừng cập nhật từ ngày 1/7."),
        (b"HTTP/1.1 404 Khong\r\nContent-Length: 0\r\n\r\n", "absent", "HTTP 404"),
    ],
)
def test_a_home_page_that_shows_the_end_is_a_sign_with_its_capture(folder, answer, kind, says):
    crawl_of(folder, ALIVE)
    found = crawl_of(folder, ALIVE | {"/": answer})
    assert list(found) == [kind]
    assert says in found[kind].seen
    assert found[kind].url == "http://muongxen.example/"
    assert (folder / "warc" / found[kind].warc).stat().st_size > found[kind].offset


@pytest.mark.parametrize(
    ("target", "is_away"),
    [
        ("https://nghean.example/", True),
        ("//muongxen-nghean.example/", True),
        ("https://muongxen.example/", False),
        ("https://www.muongxen.example:8443/", False),
        ("https://sso.example/login?returnurl=x", False),
        ("javascript:alert(1)", False),
        ("http://[::1", False),
    ],
)
def test_a_portal_under_another_scheme_or_name_of_its_own_or_behind_a_log_in_has_not_moved(target, is_away):
    scope = portals.parse(
        TOML.format(url="http://muongxen.example/", host="muongxen.example"), slug="x", origin="test"
    ).scope
    assert (watched_home.is_away("http://muongxen.example/", target, scope) is not None) is is_away


def test_a_portal_all_of_whose_pages_lead_away_has_moved_though_its_home_page_stays(folder):
    names = [f"bai-{n}" for n in range(8)]
    assert (
        crawl_of(folder, {"/": page(home(*names)), **{f"/{name}": page(article(n)) for n, name in enumerate(names)}})
        == {}
    )
    found = crawl_of(folder, {"/": page(home(*names)), **dict.fromkeys((f"/{name}" for name in names), REDIRECT)})
    assert found["moved"].seen == "https://muongxen.nghean.example/"


def test_a_notice_in_the_newest_article_is_a_sign(folder):
    said = "Cổng thông tin điện tử huyện Mường Xén chính thức dừng hoạt động"
    answers = ALIVE | {
        "/bai-1": page(
            f"<title>{said}</title><h1>{said}</h1><p>02/06/2022 08:00</p><p>{'Bàn giao cho các xã. ' * 20}</p>"
        )
    }
    assert crawl_of(folder, answers)["closing"].seen == said


def test_a_sign_that_is_not_seen_any_more_has_ended(folder):
    crawl_of(folder, ALIVE)
    assert "moved" in crawl_of(folder, {"/": REDIRECT})
    assert crawl_of(folder, ALIVE) == {}
    with Archive.open(folder) as archive:
        (ended,) = signs.of(archive.connection, "muong-xen", ended=True)
    assert (ended.kind, ended.ended is not None) == ("moved", True)


def test_a_server_that_answers_no_more_is_gone_after_a_week(folder):
    crawl_of(folder, ALIVE)
    with RawPortal({}) as closed:
        port = closed.port
    portal = portals.load(folder / "portals" / "muong-xen.toml")
    for _ in range(2):
        with pytest.raises(FetchFailed):
            crawl.run(portal, folder, connect_to=(ConnectTo.parse(f"::127.0.0.1:{port}"),), delay=0)
        with Archive.open(folder) as a:
            print(
                a.connection.execute("select * from attempt").fetchall(),
                a.connection.execute("select id,status,reason from crawl").fetchall(),
                a.connection.execute("select crawl_id,kind,state,reason,tries from frontier").fetchall(),
            )
        later(folder, "unanswered", 8 * DAY)
    with Archive.open(folder, write=True) as archive:
        archive.connection.execute("UPDATE crawl SET started = ? WHERE id = 1", (signs.stamp(hours.now() - 9 * DAY),))
    sign = seen(folder)["unanswered"]
    assert (sign.times, sign.warc) == (2, None)
    assert "connection refused" in sign.seen
    assert fate(folder) == "gone"


def fate(folder):
    with Archive.open(folder) as archive:
        return signs.fate(archive.connection, "muong-xen")


# -- silence ---------------------------------------------------------------------------------------------------------


def days(*pauses, last=date(2025, 6, 30)):
    found = [last]
    for pause in pauses:
        found.append(found[-1] - timedelta(days=pause))
    return found


@pytest.mark.parametrize(
    ("published", "silent", "is_unusual"),
    [
        (days(*[3] * 30), 40, True),
        (days(*[3] * 30), 25, False),  # under a month is no silence
        (days(*[3] * 30, 50), 90, False),  # it paused for fifty days before
        (days(*[3] * 30, 50), 101, True),
        (days(*[3] * 10), 400, False),  # too little is known
        (days(*[3] * 30, 4_000), 60, True),  # a date of eleven years before is no pause
        ([], 400, False),
    ],
)
def test_a_portal_is_frozen_when_it_is_silent_for_much_longer_than_it_ever_was(published, silent, is_unusual):
    today = date(2025, 6, 30) + timedelta(days=silent)
    assert (silence.longest_pause(published, today) is not None) is is_unusual


def test_the_newest_article_of_a_frozen_portal_is_the_evidence(folder):
    with new_archive(folder) as archive:
        crawl_id = begin(archive, "muong-xen")
        for n, day in enumerate(days(*[2] * 25)):
            keep(archive, crawl_id, built(str(n), portal="muong-xen", published=f"{day}T08:00:00+07:00"))
        keep(archive, crawl_id, built("future", portal="muong-xen", published="2052-06-02"))
        archive.finish_crawl(crawl_id, status="finished", articles=27)
        found = silence.of(archive.connection, "muong-xen", hours.datetime(2025, 9, 1, tzinfo=hours.UTC))
        assert (found.newest, found.longest.days, str(found)) == (date(2025, 6, 30), 2, "2025-06-30 (63 d > 2 d)")
        ((url,),) = archive.connection.execute(
            "SELECT u.url FROM capture c JOIN url u ON u.id = c.url_id WHERE c.id = ?", (found.capture,)
        )
    assert url.endswith("bai-0")


# -- names and certificates ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def secure(folder, authority, monkeypatch):
    """Looks at an archive's portal through a server with that certificate; gives what was told by then."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    told = folder.parent / "told"
    command = json.dumps(["/bin/sh", "-c", 'cat >> "$0"; echo >> "$0"', str(told)])
    with new_archive(folder) as archive:
        archive.finish_crawl(begin(archive, "muong-xen"), status="finished")
    (folder / "kyson.toml").write_text(f"[alerts]\ncommand = {command}\n", encoding="utf-8")

    def look(path, more="", after=timedelta()):
        portal_at(folder, f"https://{HOST}/", HOST, more)
        with serving(OK, tls=server(path)) as served:
            rules = (ConnectTo.parse(f"::127.0.0.1:{served.port}"),)
            watching.watch(folder, ["muong-xen"], hours.now() + after, connect_to=rules)
            assert served.connections <= 3
            assert not [request for request in served.requests if request.startswith(b"GET")]
        return [json.loads(line) for line in told.read_text(encoding="utf-8").splitlines()] if told.exists() else []

    return look


def test_a_sound_certificate_is_no_alarm_and_its_end_is_known(folder, secure, authority):
    assert secure(authority.sound()) == []
    with Archive.open(folder) as archive:
        (host,) = archive.status()[0].hosts
    assert (host.name, host.fault, host.days_left(hours.now())) == (HOST, None, 89)


def test_a_certificate_that_is_about_to_end_is_told_once(folder, secure, authority):
    for _ in range(2):
        told = secure(authority._issued("ending", days=(-80, 5)))
    assert [(one["kind"], one["signs"][0]["about"]) for one in told] == [("certificate", HOST)]
    assert re.search(r"the certificate of kyson\.example ends at \d+/\d+/20\d\d \d\d:\d\d \(Vietnam\)", told[0]["text"])
    assert fate(folder) == "dying"
    secure(authority.sound())
    assert fate(folder) == "well"


def test_a_certificate_given_for_days_is_about_to_end_only_in_the_last_of_them(secure, authority):
    assert secure(authority._issued("days", days=(-2, 4))) == []


def test_a_certificate_that_has_ended_is_told_when_it_lasts_unless_the_portal_puts_up_with_it(secure, authority):
    path = authority.expired()
    assert secure(path) == []
    (told,) = secure(path, after=timedelta(hours=2))
    assert told["kind"] == "certificate"
    assert "certificate has expired" in told["text"]
    assert secure(path, "insecure_tls = true\n", after=timedelta(hours=3))[1:] != [told]


def test_a_name_that_is_known_no_more_is_found_told_and_hides_no_other(folder, secure, authority):
    with new_archive(folder):
        pass
    portal_at(folder, "http://muongxen.invalid/", "muongxen.invalid")
    (folder / "kyson.toml").write_text(
        '[operator]\ncontact = "lan@example.org"\n' + (folder / "kyson.toml").read_text(), encoding="utf-8"
    )
    watching.watch(folder, ["muong-xen"], hours.now())
    assert (seen(folder)["dns"].about, fate(folder)) == ("muongxen.invalid", "well")
    watching.watch(folder, ["muong-xen"], hours.now() + timedelta(hours=2))
    assert fate(folder) == "dying"
    watching.watch(folder, ["muong-xen"], hours.now() + timedelta(hours=26))
    assert fate(folder) == "gone"
    told = [json.loads(line) for line in (folder.parent / "told").read_text(encoding="utf-8").splitlines()]
    assert [one["kind"] for one in told] == ["dns", "gone"]
    assert "the name of muongxen.invalid leads nowhere any more" in told[0]["text"]


def test_nothing_beyond_this_machine_is_looked_at_while_nobody_can_be_reached(folder):
    with new_archive(folder) as archive:
        archive.finish_crawl(begin(archive, "muong-xen"), status="finished")
    portal_at(folder, "https://muongxen.invalid/", "muongxen.invalid")
    watching.watch(folder, ["muong-xen"], hours.now())
    assert seen(folder) == {}


def test_a_name_that_leads_to_a_private_address_is_not_connected_to(folder, authority):
    name = socket.gethostname().lower()
    try:
        if ipaddress.ip_address(socket.gethostbyname(name)).is_global:
            pytest.skip("needs a machine whose own name leads to a private address")
    except OSError:
        pytest.skip("needs a machine that knows its own name")
    with new_archive(folder) as archive:
        archive.finish_crawl(begin(archive, "muong-xen"), status="finished")
    (folder / "kyson.toml").write_text('[operator]\ncontact = "lan@example.org"\n', encoding="utf-8")
    with serving(OK, tls=server(authority.sound()), host="0.0.0.0") as served:
        portal_at(folder, f"https://{name}:{served.port}/", f"{name}:{served.port}")
        watching.watch(folder, ["muong-xen"], hours.now())
        assert served.connections == 0
    with Archive.open(folder) as archive:
        assert "not a public address" in archive.status()[0].hosts[0].fault
    assert seen(folder) == {}


def test_the_command_says_how_portals_are_and_ticks_look_only_where_that_is_due(folder, secure, authority):
    secure(authority.sound())
    with Archive.open(folder, write=True) as archive:
        plan(archive, "muong-xen", "monthly 1 03:00", now=hours.now())
    watching.watch_planned(folder, hours.now())
    with Archive.open(folder) as archive:
        assert archive.status()[0].hosts[0].fault is None  # it was looked at a moment ago
    watching.watch_planned(folder, hours.now() + timedelta(hours=7))
    code, output = schedule(folder, "watch", "--json")
    told = json.loads(output)
    assert (told["portal"], told["fate"], code) == ("muong-xen", "well", 0)
    assert "nobody to contact" in told["hosts"][0]["fault"]
    assert schedule(folder, "watch")[1].startswith("muong-xen: well\n  kyson.example: nobody")


# -- what comes of it ------------------------------------------------------------------------------------------------


def put(archive, *kinds, now=BEGIN):
    with archive.together():
        found = [Seen(kind=kind, about="http://muongxen.example/", text="…") for kind in kinds]
        signs.keep(archive.connection, "muong-xen", found, now, judged=set(signs.KINDS))


def test_all_of_a_dying_portal_is_asked_for_again_before_anything_else(folder):
    with new_archive(folder, {"muong-xen": "a.example", "nam-can": "b.example", "huoi-tu": "c.example"}) as archive:
        for slug in ("nam-can", "muong-xen", "huoi-tu"):
            archive.finish_crawl(begin(archive, slug), status="finished")
            plan(archive, slug, "daily 02:00", priority=5 if slug == "nam-can" else 0)
        put(archive, "closing", "frozen")
        machine = Machine(archive, at_once=1)
        machine.go_on(DAY)
        machine.tick()
        ((run, *_),) = machine.started
        assert (run.portal, run.is_full, run.joined) == ("muong-xen", True, 1)
        assert {sign.run for sign in signs.of(archive.connection, "muong-xen")} == {run.id}
        machine.go_on(timedelta(hours=2))
        for _ in range(3):
            machine.tick()
            machine.go_on(timedelta(hours=2))
        assert [started.portal for started, *_ in machine.started] == ["muong-xen", "nam-can", "huoi-tu"]
        ((detail,),) = archive.connection.execute("SELECT detail FROM event WHERE outcome = 'hastened'")
    assert json.loads(detail)["reason"] == "muong-xen is dying (closing, frozen): all of it is saved"
    listed = [json.loads(line) for line in schedule(folder, "list", "--json")[1].splitlines()]
    assert [one["runs"][0]["full"] for one in listed] == [False, True, False]


def test_nothing_is_hastened_where_nothing_is_left_or_everything_has_just_been_asked_for(folder):
    with new_archive(folder) as archive:
        crawl_id = begin(archive, "muong-xen")
        archive.finish_crawl(crawl_id, status="finished", articles=3)
        plan(archive, "muong-xen", "daily 02:00")
        put(archive, "closing", "dns")
        tick(archive, BEGIN, lambda run, lease: None)
        assert runs.unended(archive.connection) == ()


def test_the_report_of_a_portal_that_is_gone_says_so_with_what_its_last_good_crawl_lacked(folder):
    picture = page(
        "<title>Lễ hội</title><h1>Lễ hội xuống đồng</h1><p>02/06/2022 08:00</p><p>"
        + "Bà con về dự hội. " * 20
        + "<img src='/mat.png'></p>"
    )
    crawl_of(folder, {"/": page(home("bai-1", "bai-2")), "/bai-1": page(article(1)), "/bai-2": picture})
    for _ in range(2):
        crawl_of(folder, {"/": REDIRECT})
        later(folder, "moved", 3 * DAY)
    assert fate(folder) == "dying"  # as it brought articles after that
    with Archive.open(folder, write=True) as archive:
        archive.connection.execute("UPDATE crawl SET started = ? WHERE id = 1", (signs.stamp(hours.now() - 4 * DAY),))
    with Archive.open(folder) as archive:
        told = account.last_of(archive.connection, "muong-xen")
    assert (told.fate, told.last_good.crawl, told.last_good.articles) == ("gone", 1, 2)
    assert dict(told.last_good.missing) == {"HTTP 404": 1}
    assert told.to_json()["signs"][0]["kind"] == "moved"
    vi, en = (account_page.page(told, language) for language in ("vi", "en"))
    for text, says in (
        (vi, "Cổng này đã mất"),
        (vi, "chuyển hướng sang https://muongxen.nghean.example/"),
        (vi, "Ảnh và tệp chưa bao giờ lấy được"),
    ):
        assert says in text
    for says in (
        "This portal is gone",
        "leads away to https://muongxen.nghean.example/",
        "The last good crawl, and what it lacked",
    ):
        assert says in en
    done = CliRunner().invoke(main, ["--archive", str(folder), "report"])
    assert "which is gone" in done.output
    assert "2 articles held" in done.output
    done = CliRunner().invoke(main, ["--archive", str(folder), "status", "--check"])
    assert (done.exit_code, "muong-xen is gone: http://muongxen.example/ leads away" in done.output) == (2, True)


def test_a_person_hears_once_that_a_portal_is_vanishing_and_once_that_it_is_gone(folder, tmp_path):
    command = json.dumps(
        [sys.executable, "-c", f"import sys; open({str(tmp_path / 'told')!r}, 'a').write(sys.stdin.read() + chr(10))"]
    )
    with new_archive(folder) as archive:
        archive.finish_crawl(begin(archive, "muong-xen"), status="finished")
        (folder / "kyson.toml").write_text('[alerts]\ncommand = ["false"]\n', encoding="utf-8")
        put(archive, "moved")
        alerts.of_signs(folder, "muong-xen", BEGIN)  # which reaches nobody
        (folder / "kyson.toml").write_text(f"[alerts]\ncommand = {command}\n", encoding="utf-8")
        for hour in (0, 5, 25, 30):
            put(archive, "moved", now=BEGIN + timedelta(hours=hour))
            alerts.of_signs(folder, "muong-xen", BEGIN + timedelta(hours=hour))
    told = [json.loads(line) for line in (tmp_path / "told").read_text(encoding="utf-8").splitlines()]
    assert [one["kind"] for one in told] == ["vanishing", "gone"]
    assert told[1]["last_good"] is None


def test_a_portal_that_was_never_crawled_is_said_to_be_left_out(folder):
    with new_archive(folder):
        pass
    assert schedule(folder, "watch", "muong-xen") == (
        0,
        "muong-xen was not looked at: it was never crawled, and has nothing to lose yet\n",
    )
    assert schedule(folder, "watch") == (0, "nothing was looked at: no portal was crawled yet\n")


def test_that_it_could_not_be_looked_is_no_sign_of_dying(folder):
    with new_archive(folder) as archive:
        archive.finish_crawl(begin(archive, "muong-xen"), status="finished")
        portal_at(folder, "http://127.0.0.1:9/", "127.0.0.1:9")
        archive.connection.execute(
            "CREATE TRIGGER full BEFORE INSERT ON host BEGIN SELECT raise(ABORT, 'attempt to write a readonly database'); END"
        )
    code, output = schedule(folder, "watch")
    assert (code, "could not be looked at: attempt to write a readonly database" in output) == (3, True)


def test_every_kind_of_sign_has_words_in_both_languages():
    from archive import sign_words

    assert sign_words._WORDS.keys() == signs.KINDS.keys()
    assert all(english != vietnamese for english, vietnamese in sign_words._WORDS.values())
