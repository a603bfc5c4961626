"""The way to the program and to the material beside the checkout."""

import json
import os
import subprocess
import sys
from pathlib import Path

SHARED = Path(__file__).parents[2] / "shared"
NUKEVIET = SHARED / "portals" / "nukeviet-4.5.05" / "nukeviet-4.5.05-00000.warc.gz"


def kyson(*words, stdin=None, cwd=None, env=None):
    """Run the program as people do, in a process of its own."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("KYSON_")}
    return subprocess.run(
        [sys.executable, "-m", "kyson_crawler", *map(str, words)],
        input=stdin, capture_output=True, cwd=cwd, env=plain | (env or {}), timeout=60, check=False,
    )  # fmt: skip


def objects(output):
    """The JSON objects in an output, one a line."""
    return [json.loads(line) for line in output.decode().splitlines()]


def commanded(*words):
    """Run the program in this process, by its clock."""
    from kyson_crawler.cli import main

    main([str(word) for word in words], standalone_mode=False)
