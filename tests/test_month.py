"""A few days of three portals that are crawled by calendar; `make sweep-month` is a month of a thousand articles each."""

import re
import subprocess
import sys
from pathlib import Path


def test_the_archive_holds_every_version_that_the_servers_showed_at_the_times_of_the_runs():
    swept = subprocess.run(
        [sys.executable, "-m", "tests.month", "--articles", "12", "--days", "5"],
        cwd=Path(__file__).parents[1], capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip

    assert swept.returncode == 0, swept.stdout + swept.stderr[-2000:]
    told = re.search(r"'versions': (\d+), 'again': (\d+), 'gone': (\d+)\} in \d+ s, 0 faults", swept.stdout)
    assert told, swept.stdout
    assert [int(number) > 0 for number in told.groups()] == [True, True, True]
