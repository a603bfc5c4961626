"""How well pages are read, beside other extractors: `python -m benchmarks.reading --install`.

Every figure comes from the measuring script beside the checkout (`../shared/bench/extraction/evaluate.py`), which reads the
same pages with every system and compares with what people wrote down of them. Our reader is measured three times: as it
is; with the families of content management systems switched off, so that every portal is one that nobody wrote rules for;
and as it is, but with every class and id name of a page replaced. A first row puts what people wrote down through the same
script, so that the table shows what is in reach. `--install` makes a throw-away environment with the
others in it; without, they are looked for in this one, and those that are missing are left out with the reason.

`--portals` prints one table more: each portal of the Vietnamese sets as a row of its own, with the family of its system
switched off, so that a portal on which the general rules fail does not go under in the mean of many pages.
"""

import argparse
import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from kyson_crawler import normalise, pages
from kyson_crawler.pages import unknown

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
EVALUATE = SHARED / "bench" / "extraction" / "evaluate.py"
SETS = ("golden", "daknong", "offices", "aeb")
OURS = {
    "kyson_crawler": "read",
    "kyson_crawler, families switched off": "read_unknown",
    "kyson_crawler, class and id names scrambled": "read_scrambled",
}
PEOPLE = {"what people wrote down": "written_down"}
"""The measure put through the measure: what it gives less than 1 for, nobody can reach."""

OTHERS = {
    "trafilatura_default": ("trafilatura", "lxml_html_clean"),
    "trafilatura_precision": ("trafilatura", "lxml_html_clean"),
    "trafilatura_images": ("trafilatura", "lxml_html_clean"),
    "newspaper4k": ("newspaper4k",),
    "newspaper4k_vi": ("newspaper4k",),
    "news_please": ("news-please",),
    "goose3": ("goose3",),
    "readability_lxml": ("readability-lxml", "lxml_html_clean"),
    "readability_clear_html": ("readability-lxml", "lxml_html_clean", "clear-html"),
    "resiliparse": ("resiliparse",),
    "justext_all": ("justext", "lxml_html_clean"),
    "justext_vi": ("justext", "lxml_html_clean"),
    "extruct_meta": ("extruct",),
}
"""The systems of the measuring script, and what they are installed from. Those that need Node.js are left out."""

_NAMES = re.compile(rb"(\s(?:class|id)\s*=\s*)(\"[^\"]*\"|'[^']*'|[^\s>\"']+)", re.IGNORECASE)
_COLUMNS: dict[str, Callable[[dict[str, float]], str]] = {
    "title": lambda of: _share(of, "title"),
    "date": lambda of: _share(of, "date") + _invented(of, "date_invented"),
    "byline": lambda of: _share(of, "author") + _invented(of, "author_invented"),
    "lead as field": lambda of: _share(of, "lead_field"),
    "text F1": lambda of: _share(of, "F1_of_means"),
    "exact paragraphs": lambda of: _share(of, "para_exact_block"),
    "images: recall / precision": lambda of: f"{_share(of, 'img_recall')} / {_share(of, 'img_precision')}",
    "caption pairs F1": lambda of: _share(of, "cap_pair_F1"),
    "captions left in the body": lambda of: _share(of, "cap_text_in_body"),
    "attachments": lambda of: _share(of, "attachment_recall"),
    "pages that failed": lambda of: f"{of['errors']:.0f} of {of['pages']:.0f}",
}
_FOR_NEWS = ("text F1", "pages that failed")


def read(body: bytes, url: str | None) -> dict[str, object]:
    """The article as `kyson extract` reads it."""
    return normalise.article(pages.page(pages.Document(body, url)).item()).to_json()


def read_unknown(body: bytes, url: str | None) -> dict[str, object]:
    """The article as it would be read on a portal whose system nobody knows."""
    return normalise.article(unknown.reader(pages.Document(body, url)).item()).to_json()


def read_scrambled(body: bytes, url: str | None) -> dict[str, object]:
    """The article with every class and id name replaced, equal ones by equal ones."""
    return read(_NAMES.sub(_scrambled, body), url)


def written_down(body: bytes, url: str | None) -> dict[str, object]:  # noqa: ARG001  as every reader is called
    """What people wrote down of the page, as if a reader had said it."""
    gold = _written_down()[hashlib.sha256(body).hexdigest()]
    byline = gold.get("byline") or ""
    return {
        "title": gold.get("title"),
        "date": gold.get("published"),
        "author": byline if isinstance(byline, str) else "; ".join(byline),
        "lead": gold.get("lead"),
        "paragraphs": [part for part in (gold.get("lead"), *gold["paragraphs"]) if part],
        "images": gold["images"],
        "attachments": gold.get("attachments") or [],
    }


@cache
def _written_down() -> dict[str, dict[str, Any]]:
    """What people wrote down of the pages in the folder that is measured, by the digests of those pages."""
    folder = Path(os.environ["BENCH_GOLDEN"])
    notes = [_notes(file) for file in sorted(folder.glob("*.gold.json"))]
    return {hashlib.sha256(_page(folder / note["html"])).hexdigest(): note for note in notes}


def _page(file: Path) -> bytes:
    return gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--install", action="store_true", help="the others from PyPI, into a throw-away environment")
    asked.add_argument("--sets", nargs="+", choices=SETS, default=SETS)
    asked.add_argument("--ours", action="store_true", help="leave the others out")
    asked.add_argument("--portals", action="store_true", help="only the table of portals, their families switched off")
    given = asked.parse_args()
    if not EVALUATE.exists():
        sys.exit(f"there is nothing to measure with: {EVALUATE} is missing")
    if given.portals:
        print_table("portal", (row for name in given.sets if name != "aeb" for row in left_out(name)))
        return
    with tempfile.TemporaryDirectory(prefix="kyson-reading-") as folder:
        wanted = {} if given.ours else OTHERS
        pythons = environments(Path(folder), wanted) if given.install else dict.fromkeys(wanted, sys.executable)
        for name in given.sets:
            print_table(name, measured(name, pythons))


def environments(folder: Path, wanted: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """The interpreter for each system; one environment for each selection of packages, since they disagree on versions."""
    made: dict[tuple[str, ...], str] = {}
    for packages in wanted.values():
        if packages not in made:
            place = folder / "-".join(packages)
            venv.create(place, with_pip=True)
            made[packages] = str(place / "bin" / "python")
            asked = [made[packages], "-m", "pip", "install", "--quiet", "beautifulsoup4", "lxml", *packages]
            done = subprocess.run(asked, check=False, capture_output=True, text=True)
            if done.returncode:
                print(f"left out: {packages[0]}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
    return {name: made[packages] for name, packages in wanted.items()}


def measured(name: str, pythons: dict[str, str]) -> Iterator[tuple[str, dict[str, float] | str]]:
    """What each system scores on a set, or why it does not."""
    for label, function in (OURS if name == "aeb" else PEOPLE | OURS).items():
        yield label, evaluate(sys.executable, _folder(name), "--callable", f"benchmarks.reading:{function}")
    for system, python in pythons.items():
        yield system, evaluate(python, _folder(name), "--system", system)


def left_out(name: str) -> Iterator[tuple[str, dict[str, float] | str]]:
    """What our reader scores on each portal of a set when it does not know the portal's system."""
    by_portal: dict[str, list[Path]] = {}
    for file in sorted((SHARED / "portals" / name).glob("*.gold.json")):
        by_portal.setdefault(_notes(file)["site"], []).append(file)
    for portal, files in by_portal.items():
        with tempfile.TemporaryDirectory(prefix="kyson-portal-") as folder:
            for file in files:
                html = Path(_notes(file)["html"])
                (Path(folder) / html).parent.mkdir(exist_ok=True)
                (Path(folder) / html).symlink_to(file.parent / html)
                (Path(folder) / file.name).symlink_to(file)
            first = pages.recognise(pages.Document(_page(files[0].parent / _notes(files[0])["html"])))
            scores = evaluate(sys.executable, Path(folder), "--callable", "benchmarks.reading:read_unknown")
            family = "no family" if first is pages.CMS["generic"] else f"{first.cms} off"
            yield f"{portal.partition(' (')[0]} ({family})", scores


def _notes(file: Path) -> dict[str, Any]:
    notes: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return notes


def _folder(name: str) -> Path | None:
    """Where the pages of a set lie; None for the one that the measuring script brings itself."""
    return None if name == "aeb" else SHARED / "portals" / name


def evaluate(python: str, golden: Path | None, *how: str) -> dict[str, float] | str:
    """One run of the measuring script over the pages in a folder, None for `aeb`."""
    where = {} if golden is None else {"BENCH_GOLDEN": str(golden)}
    done = subprocess.run(
        [python, str(EVALUATE), *how, "--set", "aeb" if golden is None else "golden"],
        cwd=ROOT, env=os.environ | where, capture_output=True, text=True, check=False,
    )  # fmt: skip
    try:
        scores: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    except (IndexError, ValueError):
        return (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
    return scores if scores["errors"] < scores["pages"] else f"it failed on every page: {scores.get('error_kinds')}"


def print_table(name: str, rows: Iterator[tuple[str, dict[str, float] | str]]) -> None:
    columns = [column for column in _COLUMNS if name != "aeb" or column in _FOR_NEWS]
    print(f"| `{name}` | " + " | ".join(columns) + " |\n|---" + "|---:" * len(columns) + "|")
    for label, scores in rows:
        if isinstance(scores, str):
            print(f"left out: {label} on {name}: {scores}", file=sys.stderr)
        else:
            print(f"| {label} | " + " | ".join(_COLUMNS[column](scores) for column in columns) + " |", flush=True)
    print()


def _share(of: dict[str, float], name: str) -> str:
    return "–" if of.get(name) is None else f"{of[name]:.3f}"


def _invented(of: dict[str, float], name: str) -> str:
    """How often a field was given where a person saw none."""
    counted: dict[str, int] = of.get("n", {})  # type: ignore[assignment]
    return f" ({counted[name]} invented)" if counted.get(name) else ""


def _scrambled(found: re.Match[bytes]) -> bytes:
    names = found[2].strip(b"\"'").split()
    return found[1] + b'"' + b" ".join(b"x" + hashlib.md5(name).hexdigest()[:8].encode() for name in names) + b'"'


if __name__ == "__main__":
    main()
