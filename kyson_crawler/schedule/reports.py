"""The report of each run, kept beside the archive's database: as JSON, and as a page in each language."""

from pathlib import Path

from archive import account, account_page, stroke
from archive.export.jsonl import line
from archive.languages import LANGUAGES
from archive.store import Archive

FOLDER = "reports"
"""The folder in an archive that holds them."""


def write(folder: Path, portal: str) -> None:
    """Write the report of a portal's last crawl, if there was any; one that goes on gets another at its next end."""
    with Archive.open(folder) as archive, archive.snapshot():
        found = account.last_of(archive.connection, portal)
    if found is None:
        return
    base = folder / FOLDER / f"{portal}-{found.crawl}"
    base.parent.mkdir(exist_ok=True)
    stroke.write(base.with_name(f"{base.name}.json"), line(found.to_json()) + "\n")
    for language in LANGUAGES:
        stroke.write(base.with_name(f"{base.name}.{language}.html"), account_page.page(found, language))
