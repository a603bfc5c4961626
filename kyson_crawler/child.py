"""How a process begins that works for another one of ours."""

import os
import signal
from multiprocessing import connection, parent_process
from threading import Thread

from kyson_crawler import garbage


def begin() -> None:
    """Leave Ctrl-C to the process that this one works for, and end when that is gone, however it went."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    garbage.look_seldom()
    parent = parent_process()
    assert parent is not None
    Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)
