"""What every archive agrees with: the index that others make of its WARCs, and the archive that is made again from these."""

import subprocess
import sys
from pathlib import Path

from kyson_crawler import reread
from tests.content import content


def agrees_with_cdxj_indexer(folder):
    """Whether the index of each WARC is what cdxj-indexer makes of it, line by line; there is at least one."""
    paths = sorted((folder / "warc").glob("*.warc.gz"))
    indexer = Path(sys.executable).with_name("cdxj-indexer")
    made = [
        subprocess.run([indexer, "--sort", path], capture_output=True, text=True, check=True).stdout for path in paths
    ]
    return bool(paths) and made == [path.with_name(path.name + ".cdxj").read_text() for path in paths]


def made_again(folder, new):
    """The new archive that is made from the WARCs of one, with the same content."""
    with reread.Pool(1) as pool:
        reread.make(folder, new, pool, portal=None, watch=None)
    assert content(new) == content(folder)
    return new
