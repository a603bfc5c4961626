"""Every error of ours, in one family.

ArchiveError
├── UsageError            what was asked cannot be done as asked (exit 2)
│   ├── NotAnArchive      the directory holds no archive
│   ├── NewerSchema       the archive was written by a newer kyson
│   ├── ArchiveBusy       another process is writing this archive
│   ├── UnknownPortal     no portal of that name
│   ├── PortalFault       a portal's TOML cannot be used; carries every fault found
│   └── UnknownRef        no article, or no version of it, under that reference
├── NotAnArticle          a page was read, and no article stands on it
│   └── NothingThere      it says of itself that nothing stands there, or is no page of the portal at all
├── UnreadablePage        the input is no page that can be read at all
├── FetchFailed           the network gave no answer
│   ├── ForbiddenAddress  the crawler refused to go there
│   └── UntrustedServer   the crawler refused what is no proof of who answers
└── WarcFault             a WARC or a record in it is not what it should be

Each message says what is wrong, where, and what to try. `exit_code` is what the program ends with: 1 when something is
wrong with the data, 2 when it was used wrongly.
"""


class ArchiveError(Exception):
    """Anything that kyson refuses or fails to do; catch this to catch all of ours."""

    exit_code = 1


class UsageError(ArchiveError):
    """What was asked cannot be done as asked; tell the person, do not retry."""

    exit_code = 2


class NotAnArchive(UsageError):
    """The directory holds no archive; crawl into it first, or name another one."""


class NewerSchema(UsageError):
    """The archive was written by a newer kyson; upgrade before touching it."""


class ArchiveBusy(UsageError):
    """Another process is writing this archive; wait for it, or stop it."""


class UnknownPortal(UsageError):
    """No portal of that name is bundled or stands in the archive's own portals folder."""


class PortalFault(UsageError):
    """A portal's TOML cannot be used; `faults` lists everything that is wrong with it, not just the first."""

    def __init__(self, message: str, faults: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.faults = faults


class UnknownRef(UsageError):
    """No article, or no version of it, under that reference; `kyson search` shows references."""


class NotAnArticle(ArchiveError):
    """A page was read, and no article stands on it; keep its capture, store no article."""


class NothingThere(NotAnArticle):
    """A page says of itself that nothing stands there, though it answered as if something did; `reason` is how it says so."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class UnreadablePage(ArchiveError):
    """The input is no page that can be read: empty, an image, or not text at all."""


class FetchFailed(ArchiveError):
    """The network gave no answer for `url`; it may be asked again later."""

    def __init__(self, message: str, url: str = "") -> None:
        super().__init__(message)
        self.url = url


class ForbiddenAddress(FetchFailed):
    """The crawler refused to connect to where `url` leads; never retry."""


class UntrustedServer(FetchFailed):
    """The certificate or encryption of the server at `url` proves nothing; never retry, it takes a person to judge."""


class WarcFault(ArchiveError):
    """A WARC file or a record in it is not what it should be; `warc` and `offset` say where."""

    def __init__(self, message: str, warc: str = "", offset: int | None = None) -> None:
        super().__init__(message)
        self.warc = warc
        self.offset = offset
