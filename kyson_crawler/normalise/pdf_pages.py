"""Prints the text layer of the PDF on standard input; a program of its own, so that no PDF can take the crawl's time or memory.

It imports nothing of kyson-crawler, and is started by `pdf_text` with its limits as arguments: seconds, bytes, letters.
"""

import io
import resource
import sys


def main(seconds: int, memory: int, letters: int) -> None:
    """Print pages in order until there are enough letters."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    from pypdf import PdfReader  # noqa: PLC0415 (under the limits, too)

    printed = 0
    for page in PdfReader(io.BytesIO(sys.stdin.buffer.read())).pages:
        text = page.extract_text()[: letters - printed]
        sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")
        printed += len(text)
        if printed >= letters:
            return


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
