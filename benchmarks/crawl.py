"""What a whole crawl costs, beside wget that reads nothing: `python -m benchmarks.crawl`.

Exact bytes, WARC, index, frontier, articles with their captions, SQLite and search, of the portal that `benchmarks.capture` keeps
without reading it, from the same server, in turns with `wget --mirror --warc-file`. nginx and wget have to be installed.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks import capture

SYSTEMS: dict[str, capture.Command] = {
    "kyson crawl": lambda seed, folder: [
        sys.executable,
        "-m",
        "kyson_crawler",
        "--archive",
        str(folder / "archive"),
        "crawl",
        seed,
        "--delay",
        "0",
        "--json",
    ],
    "wget --mirror --warc-file": capture.SYSTEMS["wget --mirror --warc-file"],
}

_NOT_ALL_ASK = ("/sitemap.xml",)
"""A crawl reads sitemaps, wget does not."""


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--articles", type=int, default=3_000, help="articles of the portal, each with an image (3000)")
    asked.add_argument("--runs", type=int, default=3)
    given = asked.parse_args()
    capture.require_tools()
    with tempfile.TemporaryDirectory(prefix="kyson-crawl-") as name:
        folder = Path(name)
        made = capture.generate(folder / "site", given.articles)
        print(f"{capture.machine()}; {made['files']} files, {made['bytes'] / 1e6:.0f} MB", end="\n\n")
        with capture.Server(folder, tls=False, gzip=False, passed_over=_NOT_ALL_ASK) as server:
            runs: dict[str, list[capture.Run]] = {system: [] for system in SYSTEMS}
            for _ in range(given.runs):
                for system, done in runs.items():
                    done.append(capture.run(SYSTEMS[system], server, folder / "run"))
        capture.print_rows(runs)


if __name__ == "__main__":
    main()
