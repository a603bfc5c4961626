"""Work handed to several processes, and its results in the order in which it was handed out.

The order makes the outcome the same with any number of processes. No more is read ahead than keeps all of them busy, so
that memory stays flat however slowly the results are taken.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import get_context
from typing import Self, TypeVar

from archive.errors import ArchiveError
from kyson_crawler import child

Task = TypeVar("Task")
Result = TypeVar("Result")

_AHEAD = 3
"""How many tasks wait or are done for each process, besides the one it is at."""


def cores() -> int:
    """How many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS does not tell
        return os.cpu_count() or 1


class Pool:
    """Some processes that read; with one worker the work is done in this process, and nothing is handed over."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._executor = _processes(workers) if workers > 1 else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)

    def in_order(self, work: Callable[[Task], Result], tasks: Iterable[Task | None]) -> Iterator[tuple[Task, Result]]:
        """Each task with its result, in the order of the tasks.

        Tasks are asked for as late as can be, so they may follow from results taken before; one that is None says that the
        next follows from a result still to come. Both must be known to `pickle`, the work by its name. Raises what the work
        raises, and ArchiveError when a process ends without a word.
        """
        if self._executor is None:
            yield from ((task, work(task)) for task in tasks if task is not None)
            return
        rest = iter(tasks)
        waiting: deque[tuple[Task, Future[Result]]] = deque()
        try:
            while True:
                for task in islice(rest, self.workers * _AHEAD - len(waiting)):
                    if task is None:
                        break
                    waiting.append((task, self._executor.submit(work, task)))
                if not waiting:
                    return
                task, future = waiting.popleft()
                yield task, future.result()
        except BrokenProcessPool as error:
            raise ArchiveError(
                "a process that was reading ended without a word; what was written before is sound: look for one that "
                "ran out of memory, or read with --workers 1 to see the page it fails on"
            ) from error


def _processes(workers: int) -> ProcessPoolExecutor:
    """Processes that end with this one, and leave Ctrl-C to it; each is started when it is needed."""
    # Not forked: threads of this process, such as the one that draws progress, would leave locks held in a copy.
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=child.begin)
