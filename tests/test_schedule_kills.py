"""A tick may be killed anywhere, and several may come at once."""

import subprocess
import sys
from pathlib import Path


def test_a_tick_killed_at_any_line_and_ticks_at_once_leave_every_due_run_with_one_process():
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.ticks"],
        cwd=Path(__file__).parents[1], capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith(", 0 faults\n")
