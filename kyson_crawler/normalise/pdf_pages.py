"""Prints the text layer of the PDF on standard input; a program of its own, so that no PDF can take the crawl's time or memory.

It imports nothing of kyson-crawler, and is started by `pdf_text` with its limits as arguments: seconds, bytes, letters.
What it ends with says why nothing was printed.
"""

import io
import resource
import sys

ENCRYPTED, TOO_LARGE = 3, 4


def main(seconds: int, memory: int, letters: int) -> int:
    """Print all pages in order; gives what to end with."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))  # ends with SIGXCPU, which nobody else sends
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    from pypdf import PdfReader  # noqa: PLC0415 (under the limits, too)
    from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError  # noqa: PLC0415

    printed = 0
    try:
        for page in PdfReader(io.BytesIO(sys.stdin.buffer.read())).pages:
            text = page.extract_text()
            printed += len(text)
            if printed > letters:
                return TOO_LARGE
            sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")
    except (
        FileNotDecryptedError,
        DependencyError,
    ):  # the other is raised for a cipher that pypdf cannot undo by itself
        return ENCRYPTED
    except (MemoryError, LimitReachedError):
        return TOO_LARGE
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
