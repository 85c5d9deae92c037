"""Several users at once: each takes a few calls of 50 to 100 ms, and one at a time would not use the quotas up."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Each = TypeVar("Each")


def run(items: Iterable[Each], work: Callable[[Each], None], done: Callable[[], None], at_once: int) -> None:
    """Do the work for each item, some at the same time; when one raises, the others finish theirs and it is raised.

    Args:
        items: what there is to do.
        work: does it for one item.
        done: called after each item.
        at_once: how many at the same time.
    """
    queue, turn, stopped = iter(items), threading.Lock(), threading.Event()

    def worker() -> None:
        while not stopped.is_set():
            with turn:
                item = next(queue, None)
            if item is None:
                return
            try:
                work(item)
            except BaseException:
                stopped.set()
                raise
            done()

    with ThreadPoolExecutor(at_once) as pool:
        running = [pool.submit(worker) for _ in range(at_once)]
        try:
            for each in running:
                each.result()
        finally:
            stopped.set()
