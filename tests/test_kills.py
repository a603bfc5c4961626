"""What kill -9 leaves of a crawl; `make sweep-kills` strikes at every single write."""

import re
import subprocess
import sys
from pathlib import Path


def test_a_crawl_killed_at_a_write_leaves_sound_warcs_and_a_record_for_every_capture():
    swept = subprocess.run(
        [sys.executable, "-m", "tests.kills", "24"],
        cwd=Path(__file__).parents[1], capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip

    assert swept.returncode == 0, swept.stdout + swept.stderr[-2000:]
    assert re.search(r"killed (\d+) times, 0 faults", swept.stdout), swept.stdout
