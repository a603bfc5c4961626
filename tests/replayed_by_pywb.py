"""Replays captures with pywb, in the environment of the validators: `python replayed_by_pywb.py WARC-FOLDER < captures`.

A line in is `14DIGITS ADDRESS`; a line out is a JSON object with status, digest of the body and the time replayed.
"""

import gevent.monkey

gevent.monkey.patch_all()

import base64  # noqa: E402
import hashlib  # noqa: E402
import json  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
from pathlib import Path  # noqa: E402

from pywb.apps.frontendapp import FrontEndApp  # noqa: E402
from werkzeug.test import Client  # noqa: E402


def main(folder):
    with tempfile.TemporaryDirectory() as elsewhere:
        index = Path(elsewhere) / "index.cdxj"
        lines = [line for path in folder.glob("*.cdxj") for line in path.read_text().splitlines(keepends=True)]
        index.write_text("".join(sorted(lines)))
        collection = {"index_paths": str(index), "archive_paths": f"{folder}/"}
        client = Client(FrontEndApp(custom_config={"collections": {"all": collection}, "debug": False}))
        for line in sys.stdin:
            time, url = line.rstrip("\n").split(" ", 1)
            answer = client.get(f"/all/{time}id_/{url}")
            digest = base64.b32encode(hashlib.sha1(answer.get_data()).digest()).decode()
            print(
                json.dumps(
                    {
                        "status": answer.status_code,
                        "digest": f"sha1:{digest}",
                        "at": answer.headers.get("Memento-Datetime"),
                    }
                )
            )


main(Path(sys.argv[1]))
