"""Every page of some WARCs handed to trafilatura by a loop over warcio, for `benchmarks.reread`: `reread_loop.py WARC...`.

It runs in an environment of its own, in which nothing of ours is installed.
"""

import sys
from pathlib import Path

import trafilatura
from warcio.archiveiterator import ArchiveIterator


def main() -> None:
    for name in sys.argv[1:]:
        with Path(name).open("rb") as stream:
            for record in ArchiveIterator(stream):
                if record.rec_type == "response" and "html" in (record.http_headers.get_header("Content-Type") or ""):
                    url = record.rec_headers.get_header("WARC-Target-URI")
                    trafilatura.bare_extraction(record.content_stream().read(), url=url, with_metadata=True)


if __name__ == "__main__":
    main()
