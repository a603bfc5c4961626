"""Alarms: what a person hears of, and by which ways."""

import json
import random
import re
import socket
import sys
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from attrs import evolve
from click.testing import CliRunner

from archive import alarm, locks, runs
from archive.errors import UsageError
from archive.schema import stamp
from archive.store import Archive
from archive.vietnam import VIETNAM
from kyson_crawler import config, hours
from kyson_crawler.cli import main
from kyson_crawler.config import Alerts
from kyson_crawler.schedule import alerts, ways
from kyson_crawler.schedule.ways import Alarm
from tests.builders import SITE, article, begin, capture, keep
from tests.clockwork import BEGIN, Machine, new_archive, plan

TEXT = "Cổng Mường Xén: không có bài mới"
SAID = Alarm(kind="failed", portal="muong-xen", text=TEXT, time=BEGIN)


@pytest.fixture
def folder(tmp_path):
    with new_archive(tmp_path / "kyson-archive"):
        return tmp_path / "kyson-archive"


def told_by(folder, toml, said=SAID):
    (folder / "kyson.toml").write_text(f"[alerts]\n{toml}\n", encoding="utf-8")
    return alerts.tell(folder, said).worked


@contextmanager
def postbox(address="127.0.0.1", passwords=None):
    """A server that takes mail, and what it took; with `passwords` also who logged in, without any encryption."""
    letters = []

    class Box:
        async def handle_DATA(self, server, session, envelope):  # noqa: N802  the name aiosmtpd calls
            letters.append(envelope)
            return "250 OK"

    def log_in(server, session, envelope, mechanism, data):
        passwords.append((data.login, data.password))
        return AuthResult(success=True)

    with socket.create_server((address, 0)) as free:
        port = free.getsockname()[1]
    facts = {} if passwords is None else {"authenticator": log_in, "auth_require_tls": False}
    controller = Controller(Box(), hostname=address, port=port, ready_timeout=30, **facts)
    controller.start()
    try:
        yield port, letters
    finally:
        controller.stop()


@contextmanager
def hook(status=200):
    """A server that takes JSON, and what it took."""
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append((self.headers["Content-Type"], self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port, got
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_an_alarm_comes_by_mail_in_vietnamese(folder):
    from email import message_from_bytes, policy

    with postbox() as (port, letters):
        assert told_by(folder, f'mail = ["lan@example.org", "minh@example.org"]\nsmtp = "127.0.0.1:{port}"') == (
            "mail",
        )
    (letter,) = letters
    message = message_from_bytes(letter.content, policy=policy.default)
    assert letter.rcpt_tos == ["lan@example.org", "minh@example.org"]
    assert message["Subject"] == "[kyson] muong-xen: failed"
    assert abs(message["Date"].datetime - hours.now()) < hours.timedelta(minutes=10)
    assert re.fullmatch(r"<[^<>@\s]+@example\.org>", message["Message-ID"])
    assert message.get_content().strip() == TEXT


@pytest.mark.parametrize(
    ("said", "subject"),
    [
        ([SAID], "[kyson] muong-xen: failed"),
        ([evolve(SAID, portal="-", kind="test")], "[kyson] test"),
        ([SAID, evolve(SAID, portal="-", kind="disk")], "[kyson] muong-xen: 2 alarms"),
    ],
)
def test_the_subject_of_a_mail_names_the_portals_where_it_is_about_any(said, subject):
    assert f"[kyson] {ways._subject(said)}" == subject


def test_no_text_writes_headers_of_its_own(folder):
    evil = Alarm(kind="failed", portal="x\nBcc: all@example.org", text="a\r\n.\r\nMAIL FROM:<x>\x1b[2J", time=BEGIN)
    with postbox() as (port, letters):
        assert told_by(folder, f'mail = ["lan@example.org"]\nsmtp = "127.0.0.1:{port}"', evil) == ("mail",)
    assert len(letters) == 1
    assert letters[0].rcpt_tos == ["lan@example.org"]
    assert b"\x1b" not in letters[0].content


def own_address():
    """An address of this machine that others see; what is sent to it leaves no machine either."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect(("192.0.2.1", 9))  # which sends nothing
        except OSError:
            pytest.skip("needs an address beside loopback")
        return asked.getsockname()[0]


def test_a_password_is_not_said_in_the_clear_to_another_machine(folder, monkeypatch, caplog):
    monkeypatch.setenv("KYSON_SMTP_USER", "lan")
    monkeypatch.setenv("KYSON_SMTP_PASSWORD", "rất kín")
    with postbox(own_address(), passwords := []) as (port, letters):
        toml = f'mail = ["lan@example.org"]\nsmtp = "{own_address()}:{port}"'
        assert told_by(folder, toml) == ()
        assert (passwords, letters) == ([], [])
        assert "offers no encryption (STARTTLS), so it does not get the password of lan" in caplog.text
        monkeypatch.delenv("KYSON_SMTP_USER")
        assert told_by(folder, toml) == ("mail",)


def test_a_mail_server_on_this_machine_gets_the_password_without_encryption(folder, monkeypatch):
    monkeypatch.setenv("KYSON_SMTP_USER", "lan")
    monkeypatch.setenv("KYSON_SMTP_PASSWORD", "kin-dao")
    with postbox(passwords=(passwords := [])) as (port, letters):
        assert told_by(folder, f'mail = ["lan@example.org"]\nsmtp = "127.0.0.1:{port}"') == ("mail",)
    assert (passwords, len(letters)) == ([(b"lan", b"kin-dao")], 1)


def test_an_alarm_comes_to_a_webhook_as_json(folder):
    with hook() as (port, got):
        assert told_by(folder, f'webhook = "http://127.0.0.1:{port}/"') == ("webhook",)
    ((kind, body),) = got
    assert kind == "application/json; charset=utf-8"
    assert json.loads(body) == {"kind": "failed", "portal": "muong-xen", "text": TEXT, "time": "2024-02-01T03:07:00Z"}


def test_an_alarm_is_read_by_a_command(folder, tmp_path):
    code = f"import sys; open({str(tmp_path / 'said')!r}, 'wb').write(sys.stdin.buffer.read())"
    assert told_by(folder, f"command = {json.dumps([sys.executable, '-c', code])}") == ("command",)
    assert json.loads((tmp_path / "said").read_text(encoding="utf-8"))["text"] == TEXT


def test_a_way_that_fails_keeps_no_other_from_being_tried(folder, tmp_path, caplog):
    with hook(500) as (port, _):
        toml = f'mail = ["lan@example.org"]\nsmtp = "127.0.0.1:1"\nwebhook = "http://127.0.0.1:{port}/"\ncommand = ["true"]'
        assert told_by(folder, toml) == ("command",)
    assert [way for way in ("mail", "webhook") if f"could not be told by {way}" in caplog.text] == ["mail", "webhook"]
    with Archive.open(folder) as archive:
        ((outcome, detail),) = archive.connection.execute("SELECT outcome, detail FROM event WHERE kind = 'alarm'")
    assert (outcome, json.loads(detail)["ways"]) == ("told", ["command"])


def test_a_trial_says_which_ways_work(folder):
    done = CliRunner().invoke(main, ["--archive", str(folder), "schedule", "alert"])
    assert (done.exit_code, "name mail, webhook or command" in done.output) == (1, True)
    (folder / "kyson.toml").write_text(
        '[alerts]\nmail = ["lan@example.org"]\nsmtp = "127.0.0.1:1"\ncommand = ["false"]\n', encoding="utf-8"
    )
    done = CliRunner().invoke(main, ["--archive", str(folder), "schedule", "alert"])
    assert done.exit_code == 1
    assert re.search(
        r"not told by mail: .*refused\nnot told by command: .*exit status 1.*\ntold by no way: all that are named failed\n",
        done.stderr,
    )
    (folder / "kyson.toml").write_text("[alerts]\ncommand = 7\n", encoding="utf-8")
    done = CliRunner().invoke(main, ["--archive", str(folder), "schedule", "alert"])
    assert (done.exit_code, "[alerts] has 'command': it must be a list" in done.stderr) == (2, True)
    (folder / "kyson.toml").write_text('[alerts]\ncommand = ["true"]\n', encoding="utf-8")
    done = CliRunner().invoke(main, ["--archive", str(folder), "schedule", "alert", "Thử"])
    assert (done.exit_code, done.output) == (0, "told by command\n")


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ('[alerts]\nmails = ["a@b.example"]', "'mails', did you mean 'mail'?"),
        ('[alerts]\nmail = "a@b.example"', "a list of e-mail addresses"),
        ('[alerts]\nmail = ["nobody"]', "a list of e-mail addresses"),
        ('[alerts]\nsmtp = "mail.example"', "host:port"),
        ('[alerts]\nwebhook = "file:///etc/passwd"', "an http or https address"),
        ('[alerts]\ncommand = "rm -rf /"', "a list of a program"),
        ('[alert]\nmail = ["a@b.example"]', "did you mean 'alerts'?"),
        ("alerts = 7", "must be a table"),
    ],
)
def test_alerts_that_cannot_be_are_misuse_and_say_where(tmp_path, toml, message):
    (tmp_path / "kyson.toml").write_text(toml, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        config.alerts(tmp_path)
    assert message in str(caught.value)
    assert "kyson.toml" in str(caught.value)


def test_nobody_hears_unless_named(tmp_path):
    assert config.alerts(tmp_path) == Alerts()


def test_a_run_that_was_given_up_is_an_alarm(folder):
    with Archive.open(folder, write=True) as archive:
        plan(archive, "muong-xen", "daily 02:00", retries=0)
        machine = Machine(archive, crawl=lambda machine, run: (hours.timedelta(minutes=1), "failed"))
        machine.reboot(hours.timedelta(days=1))
        machine.tick()
        machine.go_on(hours.timedelta(minutes=2))
        ((run, *_),) = machine.started
    found = [said for said in alerts.after(folder, run, BEGIN) if said.kind != "disk"]
    assert [(said.kind, said.text) for said in found] == [
        ("failed", "run 1 of muong-xen was given up: no page answered")
    ]


def writing_to(path):
    """The line of [alerts] that has each alarm written to a file, one a line."""
    code = f"import sys; open({str(path)!r}, 'a').write(sys.stdin.read() + chr(10))"
    return f"command = {json.dumps([sys.executable, '-c', code])}"


def heard(path):
    return [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def diary(folder):
    with Archive.open(folder) as archive:
        return archive.connection.execute("SELECT outcome FROM event WHERE kind = 'alarm' ORDER BY id").fetchall()


def test_an_alarm_that_reached_nobody_is_told_by_a_later_tick_once(folder, tmp_path):
    assert told_by(folder, 'command = ["false"]') == ()
    alerts.once_more(folder, hours.now())  # in vain again, which is not written down once more
    assert diary(folder) == [("untold",)]
    (folder / "kyson.toml").write_text(f"[alerts]\n{writing_to(tmp_path / 'told')}\n", encoding="utf-8")
    for _ in range(2):
        alerts.once_more(folder, hours.now())
    assert heard(tmp_path / "told") == [TEXT]
    assert diary(folder) == [("untold",), ("told",)]


def test_what_is_older_than_some_days_is_told_no_more(folder, tmp_path):
    told_by(folder, 'command = ["false"]')
    (folder / "kyson.toml").write_text(f"[alerts]\n{writing_to(tmp_path / 'told')}\n", encoding="utf-8")
    alerts.once_more(folder, hours.now() + hours.timedelta(days=4))
    assert heard(tmp_path / "told") == []


def test_several_alarms_that_reached_nobody_come_in_one_mail(folder):
    from email import message_from_bytes, policy

    for number in range(25):
        said = evolve(SAID, portal=f"portal-{number % 2}", text=f"{TEXT} {number}")
        told_by(folder, 'mail = ["lan@example.org"]\nsmtp = "127.0.0.1:1"', said)
    with postbox() as (port, letters):
        toml = f'[alerts]\nmail = ["lan@example.org"]\nsmtp = "127.0.0.1:{port}"\n'
        (folder / "kyson.toml").write_text(toml, encoding="utf-8")
        for _ in range(3):
            alerts.once_more(folder, hours.now())
    first, second = (message_from_bytes(letter.content, policy=policy.default) for letter in letters)
    assert first["Subject"] == "[kyson] portal-0, portal-1: 20 alarms"
    told = [line for letter in (first, second) for line in letter.get_content().splitlines() if line]
    assert [re.sub(r"^[\d/]+ \d\d:\d\d: ", "", line) for line in told] == [f"{TEXT} {number}" for number in range(25)]
    assert f"{TEXT} 19" in first.get_content()


def test_alarms_that_reached_nobody_are_for_a_person_to_look_at_until_they_are_told(folder, tmp_path):
    def check():
        done = CliRunner().invoke(main, ["--archive", str(folder), "status", "--check"])
        return done.exit_code, "1 alarm of the last days reached nobody (command: " in done.output

    assert told_by(folder, "") == ()
    assert check() == (0, False)  # nobody wants to hear
    told_by(folder, 'command = ["false"]', evolve(SAID, text="another one"))
    told_by(folder, 'command = ["false"]', evolve(SAID, kind="test"))
    assert check() == (1, True)
    (folder / "kyson.toml").write_text(f"[alerts]\n{writing_to(tmp_path / 'told')}\n", encoding="utf-8")
    alerts.once_more(folder, hours.now())
    assert check() == (0, False)


def test_the_end_of_a_run_whose_process_was_killed_before_it_told_is_told_by_a_later_tick_once(folder, tmp_path):
    (folder / "kyson.toml").write_text(f"[alerts]\n{writing_to(tmp_path / 'told')}\n", encoding="utf-8")
    now = hours.now()
    with Archive.open(folder, write=True) as archive:
        plan(archive, "muong-xen", "daily 02:00", retries=0)
        with archive.together():
            runs.ask(archive.connection, 1, now, first=now, due=now, joined=1)
            runs.fail(archive.connection, runs.get(archive.connection, 1), now, "no page answered")
    with locks.take(folder, "1", "schedules"):  # its process goes on, and will tell itself
        alerts.once_more(folder, now)
    assert heard(tmp_path / "told") == []
    for _ in range(2):
        alerts.once_more(folder, now)
    assert heard(tmp_path / "told") == ["run 1 of muong-xen was given up: no page answered"]


def test_a_faulty_kyson_toml_loses_no_alarm(folder, tmp_path):
    assert told_by(folder, "command = 7") == ()
    (folder / "kyson.toml").write_text(f"[alerts]\n{writing_to(tmp_path / 'told')}\n", encoding="utf-8")
    alerts.once_more(folder, hours.now())
    assert heard(tmp_path / "told") == [TEXT]


def test_what_a_tick_gives_up_is_told_too(folder, tmp_path):
    with Archive.open(folder, write=True) as archive:
        plan(archive, "muong-xen", "daily 02:00")
    (folder / "portals" / "muong-xen.toml").unlink()
    command = json.dumps(["/bin/sh", "-c", 'cat > "$0"', str(tmp_path / "told")])
    (folder / "kyson.toml").write_text(f"[alerts]\ncommand = {command}\n", encoding="utf-8")
    done = CliRunner().invoke(main, ["--archive", str(folder), "schedule", "tick"])
    assert done.exit_code == 1
    assert "gave up run 1: muong-xen, there is no portal 'muong-xen'" in done.output
    assert json.loads((tmp_path / "told").read_text(encoding="utf-8"))["kind"] == "failed"


def test_a_crawl_that_brings_unusually_few_new_articles_is_an_alarm(folder):
    monday = datetime(2026, 3, 2, 21, 30, tzinfo=VIETNAM)
    with Archive.open(folder, write=True, now=lambda: monday) as archive:
        plan(archive, "ky-son", "mon 21:30")
        keys = iter(range(1000))
        for day, count in enumerate([100, *[12] * 8, 0]):
            crawl = begin(archive)
            for _ in range(count):
                keep(archive, crawl, article(str(next(keys))), days=day)
            archive.put_capture(crawl, capture(days=day), "page")
            archive.finish_crawl(crawl, status="finished")
        with archive.together():
            due = BEGIN + hours.timedelta(days=1)
            runs.ask(archive.connection, 1, due, first=due, due=due, joined=1)
            runs.finish(archive.connection, runs.get(archive.connection, 1), due, crawl=crawl, reason=None)
        run = runs.get(archive.connection, 1)
    (said,) = [said for said in alerts.after(folder, run, due) if said.kind != "disk"]
    assert (said.kind, said.text) == (
        "few",
        "ky-son has unusually few new articles: 0, after 12, 12, 12, 12, 12, 12, 12, 12 on working days",
    )


def daily(folder, at, weeks, portal):
    """The days on which a daily crawl of a portal alarms, Monday is 0, of a year that ends with some in which nothing is new.

    `portal` says of a day of the week how many articles it publishes then, spread over its office hours.
    """
    luck = random.Random(7)
    first = datetime(2026, 3, 2, tzinfo=VIETNAM)
    news = sorted(
        first + timedelta(days=day, hours=luck.uniform(7.5, 17))
        for day in range(weeks * 7)
        for _ in range(portal(day % 7, luck))
    )
    begun = first
    with Archive.open(folder, write=True, now=lambda: begun) as archive, archive.together():
        alarms = []
        for day in range((weeks + 2) * 7):
            since, begun = begun, datetime.combine(first + timedelta(days=day), time.fromisoformat(at), VIETNAM)
            crawl = begin(archive)
            for number, published in enumerate(news):
                if since <= published < begun:
                    page = capture(f"{SITE}/{number}", time=begun)
                    kept = article(str(number), url=page.url)
                    archive.put_article(crawl, archive.put_capture(crawl, page, "page"), kept, refused={})
            archive.put_capture(crawl, capture(time=begun), "page")
            archive.finish_crawl(crawl, status="finished")
            if found := alarm.few(archive.connection, "ky-son", crawl):
                alarms.append((day, found))
    return alarms


@pytest.mark.parametrize("at", ["02:00", "07:30", "10:00", "12:00", "14:00", "21:30", "23:55"])
def test_a_portal_that_rests_at_weekends_alarms_on_no_weekend_and_when_it_falls_silent(folder, at):
    alarms = daily(folder, at, 10, lambda day, luck: luck.randint(6, 10) if day < 5 else 0)
    assert not [day for day, _ in alarms if day < 70]
    assert {day % 7 for day, _ in alarms} <= {0, 1, 2, 3, 4, 5}
    assert len(alarms) >= 8
    assert not any(found.is_weekend or found.count for _, found in alarms)


def test_a_portal_that_never_rests_is_missed_at_weekends_too(folder):
    alarms = daily(folder, "21:30", 10, lambda day, luck: luck.randint(8, 12) - 4 * (day > 4))
    assert [day for day, _ in alarms] == [70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 82, 83]
    assert {day for day, found in alarms if found.is_weekend} == {75, 76, 82, 83}


def test_of_a_kind_of_day_of_which_few_are_known_nothing_is_unusual(folder):
    alarms = daily(folder, "21:30", 2, lambda day, luck: 10)
    assert [day for day, _ in alarms] == [14, 15, 16, 17, 18, 21, 22, 23]


def test_a_crawl_has_brought_the_articles_that_were_first_seen_between_its_captures(folder):
    with Archive.open(folder, write=True) as archive:
        keys = iter(range(1000))
        for day, count, facts in [
            (0, 9, {}),
            (1, 2, {}),
            (2, 5, {"max-pages": 5}),
            (3, 0, {}),
            (4, 3, {}),
            (5, 0, None),
        ]:
            crawl = begin(archive, **({"settings": facts} if facts else {}))
            for _ in range(count):
                keep(archive, crawl, article(str(next(keys))), days=day)
            if facts is not None:
                archive.put_capture(crawl, capture(days=day), "page")
            archive.finish_crawl(crawl, status="finished")
        assert alarm.new_articles(archive.connection, "ky-son") == {2: 2, 4: 0, 5: 3, 6: 0}


def test_the_captures_of_a_crawl_are_looked_at_once_however_many_articles_there_are(folder):
    with Archive.open(folder, write=True) as archive:
        for day in range(20):
            crawl = begin(archive)
            for number in range(20):
                keep(archive, crawl, article(f"{day}-{number}"), days=day)
            archive.finish_crawl(crawl, status="finished")
        steps = []
        archive.connection.set_progress_handler(lambda: steps.append(1) and None, 100)
        assert set(alarm.new_articles(archive.connection, "ky-son").values()) == {20}
        archive.connection.set_progress_handler(None, 0)
    assert len(steps) * 100 < 50 * 400  # instructions of SQLite, for 400 articles


def test_fields_that_fell_are_an_alarm_of_their_own_once(folder):
    with Archive.open(folder, write=True) as archive:
        plan(archive, "ky-son", "daily 02:00")
        for day in range(4):
            crawl = begin(archive)
            for key in range(20):
                lead = None if day > 1 else f"Dẫn {key}"
                keep(archive, crawl, article(f"{day}-{key}", lead=lead), days=day)
            archive.take_coverage(crawl)
            archive.finish_crawl(crawl, status="failed" if day > 1 else "finished")
            if day == 1:
                assert alarm.fallen_anew(archive.connection, "ky-son") is None
            if day == 2:
                with archive.together():
                    runs.ask(archive.connection, 1, BEGIN, first=BEGIN, due=BEGIN, joined=1)
                    runs.start(archive.connection, runs.get(archive.connection, 1), BEGIN)
                run = runs.get(archive.connection, 1)
                (said,) = [said for said in alerts.after(folder, run, BEGIN) if said.kind == "coverage"]
                told = json.loads(said.to_json())
                assert (told["fields"], told["crawl"]) == (["lead"], 3)
                assert "lead on 0 of 20 articles (0%), where 100% had it" in told["text"]
        assert not [said for said in alerts.after(folder, run, BEGIN) if said.kind == "coverage"]


def test_a_disk_that_is_nearly_full_is_told_once_a_day(folder):
    (folder / "kyson.toml").write_text('[alerts]\ncommand = ["true"]\n', encoding="utf-8")
    now = hours.now()
    with Archive.open(folder, write=True) as archive:
        crawl = begin(archive)
        keep(archive, crawl, article("1"))
        archive.connection.execute("UPDATE warc SET created = ?, bytes = ?", (stamp(now), 10**17))
        for hour in (0, 5, 25):
            alerts.of_disk(folder, now + hours.timedelta(hours=hour))
            archive.connection.execute("UPDATE event SET at = ? WHERE at > ?", (stamp(now), stamp(now)))
        told = archive.connection.execute("SELECT detail FROM event WHERE kind = 'alarm'").fetchall()
    assert [json.loads(detail)["kind"] for (detail,) in told] == ["disk", "disk"]
    assert "where 100,000,000,000 MB came in thirty days" in told[0][0]


# -- unusually few new articles --------------------------------------------------------------------------------------


def a_year(luck, drops):
    """A year of weekly counts of a portal, with so many weeks in which something was wrong; and which those were."""
    usual = luck.choice([15, 40, 120])
    counts = [round(luck.gammavariate(12, usual / 12)) for _ in range(52)]
    wrong = sorted(luck.sample(range(8, 52), drops))
    for week in wrong:
        counts[week] = round(counts[week] * luck.choice([0, 0, 0.05, 0.1]))
    return counts, wrong


def test_of_twenty_drops_in_a_year_nineteen_are_found_and_hardly_any_other_week():
    luck = random.Random(20250701)
    results = []
    for _ in range(300):
        counts, wrong = a_year(luck, 20)
        found = {week for week, few in enumerate(alarm.too_few(counts)) if few}
        results.append((len(found & set(wrong)), len(found - set(wrong))))
    well = [hit >= 19 and false <= 1 for hit, false in results]
    assert sum(well) >= 0.95 * len(well), results


def test_a_portal_that_has_become_slower_is_no_alarm_for_ever():
    found = alarm.too_few([40] * 10 + [8] * 30)
    assert found[10:15] == (True,) * 5
    assert not any(found[20:])


@pytest.mark.parametrize(
    "counts", [[], [0], [0] * 20, [1, 2, 0, 1, 2, 1, 0, 0], [3, 1, 4, 1, 5, 0, 2], [40, 0, 0, 0], [0, 20, 20, 0] * 9]
)
def test_little_is_no_alarm_where_little_is_usual_or_nothing_is_known(counts):
    assert not any(alarm.too_few(counts))
