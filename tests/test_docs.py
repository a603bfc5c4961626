"""The documents say what the program does: their commands run, their output is what is printed, their fields are all there."""

import json
import re
import shlex
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from archive import schedules, warc
from archive.store import Archive
from kyson_crawler import config, portal
from kyson_crawler.cli import main
from kyson_crawler.schedule import calendar, cli_ticks
from kyson_crawler.schedule.blackout import Blackout
from tests.clockwork import Machine, new_archive, plan

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.vi.md")
GUIDES = ("docs/guide.md", "docs/guide.vi.md")
DOCUMENTS = (*READMES, *GUIDES, "CONTRIBUTING.md", "docs/json.md", "docs/measured.md")
ARTICLE = "sample/412655"

# what another run prints otherwise: times, sizes, and where in which file a record lies
_CHANGING = (
    r"\d{1,2}/\d{1,2}/\d{4} \d\d:\d\d(?= \(V| +\d| +sample/| finished|\n|$)",
    r"sample-\d{14}-\d{5}\.warc\.gz at \d+",
    r"@\d{14}",
    r"\d+\.\d+ (?:kB|MB|s)\b",
)


def text(document):
    return (ROOT / document).read_text(encoding="utf-8")


def blocks(document, language):
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", text(document), re.MULTILINE | re.DOTALL)
    return [re.sub(rf"^{indent}", "", block, flags=re.MULTILINE) for indent, block in found]


def tour(document):
    """Each command of the console blocks with the output shown for it."""
    for block in blocks(document, "console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield command, output


def all_commands(group=main, path=()):
    for name, command in group.commands.items():
        yield " ".join((*path, name))
        if hasattr(command, "commands"):
            yield from all_commands(command, (*path, name))


def as_pattern(shown):
    """Output as it is shown, with `...` for anything, and anything for what changes from run to run."""
    shown = re.sub("|".join(_CHANGING), "...", shown.strip())
    return r"\s*".join(re.escape(line).replace(r"\.\.\.", ".*") for line in shown.split("\n"))


@pytest.fixture
def beside_the_demo(crawled, tmp_path, monkeypatch):
    """A folder in which `kyson demo` ran, and in which an article's page was saved."""
    folder, _ = crawled
    shutil.copytree(folder, tmp_path / "kyson-demo")
    with Archive.open(folder) as archive:
        capture = archive.article(ARTICLE).capture
        first, second = (f"{version.until:%Y%m%d%H%M%S}" for version in archive.versions(ARTICLE))
    page = warc.read(folder / "warc", capture.warc, capture.offset)
    (tmp_path / "trang.html").write_bytes(page.content())
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KYSON_ARCHIVE", raising=False)
    return first, second


@pytest.mark.parametrize("document", READMES)
def test_the_start_is_two_commands_and_nothing_else(document):
    first = re.search(r"^```\w*\n(.*?)^```$", text(document), re.MULTILINE | re.DOTALL)
    assert first[1].split("\n") == ["make demo", "make test", ""]


def test_every_command_is_named_in_the_readme():
    said = text("README.md")
    assert [command for command in all_commands() if f"kyson {command}" not in said] == []


@pytest.mark.parametrize("document", READMES)
def test_the_readme_says_where_the_mail_password_lies_how_ticks_are_taken_away_and_that_watch_may_not_look(document):
    for folder in ("~/.config", "/etc"):
        assert f"`{folder}/{cli_ticks._SECRETS}`" in text(document)
    assert "`kyson schedule install --remove`" in text(document)
    assert re.search(rf"`kyson schedule watch`[^;.]*\b{cli_ticks._COULD_NOT_LOOK}\b", text(document))


@pytest.mark.parametrize("document", READMES)
def test_the_tour_prints_what_the_readme_shows(document, beside_the_demo, monkeypatch):
    times = iter(beside_the_demo)
    named = {}
    for command, shown in tour(document):
        word, *words = shlex.split(command)
        if word == "export":
            monkeypatch.setenv(*words[0].split("="))
        elif word == "unset":
            monkeypatch.delenv(words[0])
        elif word == "kyson" and words[0] not in {"demo", "crawl"}:
            words = [re.sub(r"\d{14}$", lambda found: named.setdefault(found[0], next(times)), name) for name in words]
            done = CliRunner().invoke(main, words, prog_name="kyson")
            assert done.exit_code == 0, (command, done.output)
            as_shown = re.fullmatch(as_pattern(shown), done.output.strip(), re.DOTALL)
            assert as_shown is not None, f"{document} shows something else; `{command}` prints\n{done.output}"


@pytest.mark.parametrize("document", [*READMES, "CONTRIBUTING.md"])
def test_every_option_and_command_in_code_is_known(document):
    lines = re.findall(r"`(kyson [^`]+)`", text(document)) + [
        command for command, _ in tour(document) if command.startswith("kyson ")
    ]
    for line in lines:
        done = CliRunner().invoke(main, [*shlex.split(line)[1:], "--help"])
        assert done.exit_code == 0, (line, done.output)


def commands(document):
    """Every command of the program that a document gives to be typed, in its order."""
    typed = [command for command, _ in tour(document) if command.startswith("kyson ")]
    return [shlex.split(line)[1:] for line in [*typed, *re.findall(r"`(kyson [^`]+)`", text(document))]]


def taken(words, command=main, parent=None, name="kyson"):
    """The command and its options as the program takes them, down to their types; nothing is run."""
    context = command.make_context(name, list(words), parent=parent)
    if not hasattr(command, "commands"):
        return context
    name, inner, rest = command.resolve_command(context, [*context._protected_args, *context.args])
    return taken(rest, inner, context, name)


@pytest.mark.parametrize("document", GUIDES)
def test_every_command_of_the_guides_is_one_that_the_program_takes(document):
    given = commands(document)
    assert len(given) > 30
    for words in given:
        is_named_alone = words in (["show"], ["search"], ["why"])
        if not is_named_alone and words[-1] != "--help":
            context = taken(words)
            if context.info_name == "add":
                calendar.read(" ".join(context.params["words"]))
                Blackout.read(context.params["blackout"])


def test_both_guides_give_the_same_commands():
    english, vietnamese = ([words[:2] for words in commands(document)] for document in GUIDES)
    assert english == vietnamese


@pytest.mark.parametrize("document", GUIDES)
def test_the_files_that_the_guides_show_can_be_used(document, tmp_path):
    who, sections, alerts = blocks(document, "toml")
    (tmp_path / "kyson.toml").write_text(who + alerts, encoding="utf-8")
    assert config.operator(tmp_path).contact
    assert config.alerts(tmp_path).mail
    toml = portal.draft("https://tuongduong.nghean.gov.vn/", slug="tuong-duong") + sections
    named = portal.parse(toml, slug="tuong-duong", origin="tuong-duong.toml")
    used = [context.params["section"] for words in commands(document) if (context := taken_if_added(words))]
    assert set(filter(None, used)) == set(named.sections)


@pytest.mark.parametrize("document", GUIDES)
def test_whoever_follows_a_guide_has_all_calendars_that_it_sets_but_those_it_replaces(document, tmp_path):
    _, sections, _ = blocks(document, "toml")
    with new_archive(tmp_path / "kyson-archive") as archive:
        toml = portal.draft("https://tuongduong.nghean.gov.vn/", slug="tuong-duong") + sections
        (archive.folder / "portals" / "tuong-duong.toml").write_text(toml, encoding="utf-8")
    for command, _ in tour(document):
        words = shlex.split(command)[1:]
        if words[:1] == ["schedule"] and words[1] in {"add", "remove", "pause", "resume"}:
            done = CliRunner().invoke(main, ["--archive", str(archive.folder), *words])
            assert done.exit_code == 0, (command, done.output)
    with Archive.open(archive.folder) as archive:
        found = [(kept.calendar, kept.is_full, bool(kept.blackout)) for kept in schedules.every(archive.connection)]
    assert found == [
        ("monthly 1 04:00", True, False),
        ("daily 02:00", False, True),
        ("every 6 h", False, False),
        ("sun 22:00", False, False),
    ]


def taken_if_added(words):
    return taken(words) if words[:2] == ["schedule", "add"] else None


@pytest.mark.parametrize("document", READMES)
def test_the_shown_kyson_toml_names_a_contact(document, tmp_path):
    (tmp_path / "kyson.toml").write_text(blocks(document, "toml")[0], encoding="utf-8")
    assert config.operator(tmp_path).contact


def test_the_shown_alerts_can_be_read(tmp_path):
    (tmp_path / "kyson.toml").write_text(blocks("README.md", "toml")[1], encoding="utf-8")
    assert config.alerts(tmp_path).mail


def test_every_field_of_the_article_is_described(crawled):
    with Archive.open(crawled[0]) as archive:
        kept = list(archive.articles())
    described = set(re.findall(r"`(\w+)`", text("docs/json.md")))
    assert [name for article in kept for name in names(article.to_json()) if name not in described] == []


def test_the_example_of_an_article_has_the_fields_of_a_real_one(crawled):
    example = json.loads(blocks("docs/json.md", "json")[0])
    with Archive.open(crawled[0]) as archive:
        real = archive.article(example["ref"]).to_json()
    assert list(example) == list(real)
    assert set(names(example)) == set(names(real))
    same = ("title", "byline", "published", "published_raw", "section")
    assert {name: example[name] for name in same} == {name: real[name] for name in same}


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("search", ["search", "lễ", "--json", "--limit", "1"]),
        ("search", ["search", "13-CT/TU", "--kwic", "--json"]),
        ("search", ["search", "lễ", "--facet", "year", "--json", "--limit", "0"]),
        ("status", ["status", "--json"]),
        ("report", ["report", "--json"]),
        ("report --owner", ["report", "--owner", "sample", "--json"]),
        ("portal list", ["portal", "list", "--json"]),
        ("why", ["why", "http://muongmau.example/", "--json"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_every_field_that_a_command_prints_is_described_under_it(crawled, command, words):
    printed = CliRunner().invoke(main, ["--archive", str(crawled[0]), *words]).stdout.splitlines()
    section = text("docs/json.md").partition(f"## `kyson {command} --json`")[2].partition("\n## ")[0]
    described = set(re.findall(r'[`"](\w+)[`"]', section + text("docs/json.md").partition("## `kyson search")[0]))
    assert printed
    assert [name for line in printed for name in names(json.loads(line)) if name not in described] == []


def test_every_field_of_a_schedule_and_its_runs_is_described(tmp_path):
    with new_archive(tmp_path / "kyson-archive") as archive:
        plan(archive, "muong-xen", "daily 02:00")
        machine = Machine(archive)
        machine.reboot(timedelta(days=1))
        machine.tick()
    done = CliRunner().invoke(main, ["--archive", str(tmp_path / "kyson-archive"), "schedule", "list", "--json"])
    section = text("docs/json.md").partition("## `kyson schedule list --json`")[2].partition("\n## ")[0]
    described = set(re.findall(r"`(\w+)`", section))
    assert {"schedule", "run"} <= set(names(json.loads(done.stdout))) <= described


def test_every_field_of_a_crawls_outcome_is_described(crawled):
    _, (outcome, _) = crawled
    section = text("docs/json.md").partition("## `kyson crawl --json`")[2].partition("\n## ")[0]
    described = set(re.findall(r"`(\w+)`", section))
    assert set(outcome.figures.to_json()) - described == set()
    assert {"crawl", "portal", "status", "reason", "refused"} <= described


def test_every_example_of_json_is_json():
    for block in blocks("docs/json.md", "json"):
        assert isinstance(json.loads(block), dict)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_to_files_lead_somewhere(document):
    for target in re.findall(r"\]\(([^)#:]+)\)", text(document)):
        assert (ROOT / document).parent.joinpath(target).exists(), target


def names(value):
    """Every name in a JSON value, however deep."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from names(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from names(inner)
