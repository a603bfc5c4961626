"""The process of one run: `python -m kyson_crawler.schedule ARCHIVE RUN`, as a tick starts it."""

import logging
import sys
from pathlib import Path

from archive.errors import ArchiveError
from archive.terminal import printable
from kyson_crawler.schedule.process import perform


def main() -> int:
    """Perform the run; what is to be said of it goes to the log that a tick has opened."""
    folder, number = Path(sys.argv[1]), int(sys.argv[2])
    handler = logging.StreamHandler()
    handler.setLevel(logging.WARNING)  # the handler: Scrapy sets its own loggers to DEBUG
    how = f"%(asctime)s run {number} %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(level=logging.WARNING, handlers=[handler], format=how)
    log = logging.getLogger("kyson_crawler.schedule")
    try:
        done = perform(folder, number)
    except ArchiveError as error:
        log.error("%s", printable(str(error)))
        return error.exit_code
    return 0 if done else 1


if __name__ == "__main__":
    sys.exit(main())
