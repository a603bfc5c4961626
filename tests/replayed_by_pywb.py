"""Replays captures with pywb: run by the Python of the validators, with the folder of the WARCs as argument.

A line in is `14DIGITS ADDRESS`; a line out is a JSON object: HTTP status, digest of the body, time of the capture shown.
"""

from gevent import monkey

monkey.patch_all()

import base64  # noqa: E402
import hashlib  # noqa: E402
import json  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
from contextlib import redirect_stdout  # noqa: E402
from pathlib import Path  # noqa: E402

from pywb.apps.frontendapp import FrontEndApp  # noqa: E402
from werkzeug.test import Client  # noqa: E402


def main(warcs):
    with tempfile.TemporaryDirectory() as folder, redirect_stdout(sys.stderr):
        index = Path(folder) / "index.cdxj"
        lines = (line for path in warcs.glob("*.cdxj") for line in path.read_text().splitlines(keepends=True))
        index.write_text("".join(sorted(lines)))
        collection = {"index_paths": str(index), "archive_paths": f"{warcs}/"}
        client = Client(FrontEndApp(custom_config={"collections": {"all": collection}}))
        for line in sys.stdin:
            time, url = line.rstrip("\n").split(" ", 1)
            answer = client.get(f"/all/{time}id_/{url}")
            digest = base64.b32encode(hashlib.sha1(answer.get_data()).digest()).decode()
            told = {
                "status": answer.status_code,
                "digest": f"sha1:{digest}",
                "at": answer.headers.get("Memento-Datetime"),
            }
            print(json.dumps(told), file=sys.__stdout__)


main(Path(sys.argv[1]))
