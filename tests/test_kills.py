"""What kill -9 leaves of a crawl, and what the next one makes of it; `make sweep-kills` strikes at every single write."""

import re
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(("portal", "kills"), [("small", 10), ("sample", 10)])
def test_a_crawl_that_was_killed_comes_to_the_same_archive_as_one_that_was_not(portal, kills):
    swept = subprocess.run(
        [sys.executable, "-m", "tests.kills", str(kills), "--portal", portal],
        cwd=Path(__file__).parents[1], capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip

    assert swept.returncode == 0, swept.stdout + swept.stderr[-2000:]
    struck = re.search(r"\nkilled (\d+) times, 0 faults", swept.stdout)
    assert struck, swept.stdout
    assert int(struck[1]) >= kills // 2
