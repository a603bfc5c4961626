"""What has the system tick: units that systemd takes, a line that cron takes."""

import shlex
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from cronsim import CronSim

from archive.store import Archive
from kyson_crawler.cli import main
from kyson_crawler.schedule import install

PROGRAM = (sys.executable, "-m", "kyson_crawler")
NAMES = ["kyson-archive", "Kho lưu trữ 50% $HOME 'x' \"y\" \\z"]
ROOT = Path(__file__).parents[1]


@pytest.fixture(params=NAMES)
def archive(request, tmp_path):
    with Archive.open(tmp_path / request.param, write=True, create=True):
        return tmp_path / request.param


def units(folder, archive, user=None):
    secrets = archive / "mail.env"
    return install.units(folder, program=PROGRAM, archive=archive, minutes=5, at_once=3, user=user, secrets=secrets)


@pytest.mark.parametrize("user", [None, "root"])
def test_systemd_takes_the_units(tmp_path, archive, user):
    if not shutil.which("systemd-analyze"):
        pytest.skip("needs systemd-analyze")
    plan = units(tmp_path / "units", archive, user)
    install.write(install.Plan(files=plan.files, commands=()))
    names = [str(path) for path in plan.files]
    scope = [] if user else ["--user"]
    done = subprocess.run(
        ["systemd-analyze", *scope, "verify", *names],
        capture_output=True, text=True, timeout=60, check=False, env={"XDG_RUNTIME_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    if "Failed to initialize manager" in done.stderr:
        pytest.skip(f"systemd-analyze verifies nothing here: {done.stderr.strip()}")
    assert (done.returncode, [line for line in done.stderr.splitlines() if "kyson-schedule" in line]) == (0, [])


def test_the_timer_makes_up_for_a_tick_that_was_missed_and_the_crawls_outlive_the_service(tmp_path, archive):
    service, timer = units(tmp_path, archive, "daemon").files.values()
    assert "Persistent=true" in timer
    assert "KillMode=process" in service
    assert {"NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=", "User=daemon"} <= set(
        service.splitlines()
    )


def test_the_password_for_mail_comes_from_a_file_that_nobody_else_may_read(tmp_path):
    (service, _), hints = units(tmp_path, tmp_path).files.values(), units(tmp_path, tmp_path).hints
    assert f"EnvironmentFile=-{tmp_path}/mail.env\n" in service
    assert any("mail.env, with mode 600, is the place of KYSON_SMTP_USER" in hint for hint in hints)
    secrets = tmp_path / "mail.env"
    secrets.write_text("KYSON_SMTP_PASSWORD=x\n", encoding="utf-8")
    secrets.chmod(0o640)
    with pytest.raises(install.UsageError, match="others may read it: `chmod 600"):
        units(tmp_path, tmp_path)
    secrets.chmod(0o600)
    assert not any("mail.env" in hint for hint in units(tmp_path, tmp_path).hints)


def test_a_user_that_there_is_not_is_refused(tmp_path):
    with pytest.raises(install.UsageError, match="there is no user 'nobody-at-all'"):
        units(tmp_path, tmp_path, "nobody-at-all")


def test_a_second_archive_has_units_of_its_own(tmp_path):
    first, second = (units(tmp_path, tmp_path / name).files for name in ("one", "two"))
    assert not first.keys() & second.keys()


def test_cron_runs_the_tick_of_the_archive(archive):
    line = install.cron_line(program=PROGRAM, archive=archive, minutes=5, at_once=3).splitlines()[1]
    *when, command = line.split(" ", 5)
    moments = CronSim(" ".join(when), datetime(2026, 11, 27))  # noqa: DTZ001  on the clock of the machine
    assert [next(moments).minute for _ in range(3)] == [5, 10, 15]
    given = command.replace(r"\%", "%")  # as cron takes it; a bare % would end the command
    assert "%" not in command.replace(r"\%", "")
    done = subprocess.run(["/bin/sh", "-c", given], capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (archive / "heartbeat").exists()
    assert shlex.split(given)[:3] == list(PROGRAM)


def test_the_line_replaces_the_one_before_and_leaves_all_others(tmp_path):
    mine, other = "MAILTO=lan@example.org\n5 4 * * * /usr/bin/true", tmp_path / "other"
    lines = [install.cron_line(program=PROGRAM, archive=tmp_path, minutes=n, at_once=3) for n in (5, 10)]
    first = install.with_line(mine, tmp_path, lines[0])
    both = install.with_line(first, other, install.cron_line(program=PROGRAM, archive=other, minutes=5, at_once=3))
    again = install.with_line(both, tmp_path, lines[1])
    assert first == f"{mine}\n{lines[0]}"
    assert again.startswith(f"{mine}\n{lines[1]}")
    assert again.count("*/10") == again.count("*/5") == 1
    assert install.with_line(again, tmp_path, lines[1]) == again


def test_the_real_crontab_takes_the_line(tmp_path):
    if not shutil.which("crontab"):
        pytest.skip("needs crontab")
    table = tmp_path / "table"
    table.write_text(install.cron_line(program=PROGRAM, archive=tmp_path, minutes=5, at_once=3), encoding="utf-8")
    done = subprocess.run(["crontab", "-T", table], capture_output=True, text=True, timeout=60, check=False)
    if "invalid option" in done.stderr:
        pytest.skip("this crontab checks nothing without installing it")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("how", [[], ["--system", "--as", "daemon"], ["--cron"]])
def test_a_dry_run_prints_what_would_be_written_and_writes_nothing(archive, how, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    done = CliRunner().invoke(main, ["--archive", str(archive), "schedule", "install", "--dry-run", *how])
    assert done.exit_code == 0, done.output
    assert "schedule tick --at-once 3" in done.stdout
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("how", [[], ["--cron"]])
def test_who_crawls_can_be_said_of_the_systems_units_alone(archive, how):
    done = CliRunner().invoke(
        main, ["--archive", str(archive), "schedule", "install", "--dry-run", "--as", "nobody", *how]
    )
    assert (done.exit_code, "goes with --system alone" in done.output) == (2, True)


def test_a_folder_whose_name_would_end_a_line_is_refused(tmp_path):
    folder = tmp_path / "a\nExecStart=/bin/true"
    with Archive.open(folder, write=True, create=True):
        pass
    done = CliRunner().invoke(main, ["--archive", str(folder), "schedule", "install", "--dry-run"])
    assert done.exit_code == 2
    assert "control characters" in done.output


# -- a machine of its own --------------------------------------------------------------------------------------------

SYSTEMCTL = """#!/bin/sh
echo "$*" >> "$KYSON_TEST/ran"
case "$*" in *"$(cat "$KYSON_TEST/broken" 2>/dev/null || echo nothing)"*) echo "Failed to connect to bus" >&2; exit 1;; esac
"""
CRONTAB = """#!/bin/sh
if [ "$1" = -l ]; then cat "$KYSON_TEST/table" 2>/dev/null || { echo "no crontab for lan" >&2; exit 1; }
else cat > "$KYSON_TEST/table.new" && { test ! -e "$KYSON_TEST/broken" || exit 1; } && mv "$KYSON_TEST/table.new" "$KYSON_TEST/table"; fi
"""


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A home of its own, with a systemctl and a crontab that do nothing but write down what they are told."""
    place = tmp_path / "machine"
    (place / "bin").mkdir(parents=True)
    for name, text in (("systemctl", SYSTEMCTL), ("crontab", CRONTAB)):
        (place / "bin" / name).write_text(text, encoding="utf-8")
        (place / "bin" / name).chmod(0o755)
    monkeypatch.setenv("HOME", str(place / "home"))
    monkeypatch.setenv("KYSON_TEST", str(place))
    monkeypatch.setenv("PATH", f"{place / 'bin'}:/usr/bin:/bin")
    return place


def installed(archive, *words, code=0):
    done = CliRunner().invoke(main, ["--archive", str(archive), "schedule", "install", *words])
    assert done.exit_code == code, done.output
    return done.output


def files(place):
    return sorted(path.suffix for path in (place / "home").rglob("*") if path.is_file())


def ran(place):
    return (place / "ran").read_text(encoding="utf-8").splitlines()


def test_what_was_installed_can_be_removed_and_both_say_what_they_did(archive, machine):
    said = installed(archive)
    assert files(machine) == [".service", ".timer"]
    timer = next((machine / "home").rglob("*.timer"))
    assert f"wrote {timer}\n" in said
    assert ran(machine) == ["--user daemon-reload", f"--user enable --now {timer.name}"]
    assert f"# would remove {timer}\n" in installed(archive, "--remove", "--dry-run")
    assert files(machine) == [".service", ".timer"]
    said = installed(archive, "--remove")
    assert files(machine) == []
    assert said.splitlines() == [
        f"ran systemctl --user disable --now {timer.name}",
        f"removed {timer.with_suffix('.service')}",
        f"removed {timer}",
        "ran systemctl --user daemon-reload",
    ]
    assert ran(machine)[2:] == [f"--user disable --now {timer.name}", "--user daemon-reload"]
    assert "and --user, --system or --cron as then" in installed(archive, "--remove", code=2)


@pytest.mark.parametrize("broken", ["daemon-reload", "enable"])
def test_an_installation_that_fails_leaves_nothing_and_says_what_to_try(archive, machine, broken):
    (machine / "broken").write_text(broken, encoding="utf-8")
    said = installed(archive, code=2)
    assert "Failed to connect to bus; what was written is taken back. Where no systemd answers you, try --cron" in said
    assert files(machine) == []


def test_an_installation_that_fails_leaves_the_one_before_it(archive, machine):
    installed(archive)
    timer = next((machine / "home").rglob("*.timer"))
    before = timer.read_text(encoding="utf-8")
    (machine / "broken").write_text("enable", encoding="utf-8")
    installed(archive, "--every", "30", code=2)
    assert timer.read_text(encoding="utf-8") == before
    assert not [command for command in ran(machine) if "disable" in command]


def test_where_units_cannot_be_written_it_says_so(archive, machine):
    (machine / "home").write_text("no folder", encoding="utf-8")
    said = installed(archive, code=2)
    assert "cannot be written (Not a directory); what was written is taken back" in said


def test_a_timer_that_cannot_be_stopped_is_left_as_it_is(archive, machine):
    installed(archive)
    (machine / "broken").write_text("disable", encoding="utf-8")
    assert "Failed to connect to bus" in installed(archive, "--remove", code=2)
    assert files(machine) == [".service", ".timer"]


def test_the_line_of_an_archive_is_taken_out_of_the_crontab_and_no_other(archive, machine):
    (machine / "table").write_text("5 4 * * * /usr/bin/true\n", encoding="utf-8")
    assert "wrote into your crontab" in installed(archive, "--cron")
    assert "schedule tick" in (machine / "table").read_text(encoding="utf-8")
    assert installed(archive, "--cron", "--remove", "--dry-run").startswith("# would take the line of ")
    assert "schedule tick" in (machine / "table").read_text(encoding="utf-8")
    assert installed(archive, "--cron", "--remove") == f"took the line of {archive} out of your crontab\n"
    assert (machine / "table").read_text(encoding="utf-8") == "5 4 * * * /usr/bin/true\n"
    assert "has no line of" in installed(archive, "--cron", "--remove", code=2)


def test_a_crontab_that_is_not_taken_is_left_as_it_was(archive, machine):
    (machine / "broken").touch()
    assert "nothing was changed. Where cron is not to be had, leave --cron out" in installed(archive, "--cron", code=2)
    assert not (machine / "table").exists()


def test_what_was_installed_for_an_archive_that_is_gone_can_be_removed(archive, machine):
    installed(archive)
    shutil.rmtree(archive)
    installed(archive, "--remove")
    assert files(machine) == []


def test_where_no_systemd_answers_it_says_so(tmp_path):
    plan = install.Plan(files={tmp_path / "unit": "x"}, commands=(("systemctl-that-is-nowhere", "daemon-reload"),))
    with pytest.raises(install.UsageError, match="cannot be run"):
        install.write(plan)
    assert not (tmp_path / "unit").exists()


def test_the_image_for_containers_runs_the_loop_as_nobody_in_particular():
    said = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "constraints.txt" in said
    assert 'CMD ["schedule", "run"]' in said
    assert "\nUSER kyson\n" in said
