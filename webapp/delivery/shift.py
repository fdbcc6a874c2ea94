"""Tasks that run side by side in one process and end together."""

import threading
from collections.abc import Callable, Sequence
from threading import Event

Task = Callable[[], None]


def work(tasks: Sequence[Task], stop: Event) -> None:
    """Run every task, the first one in this thread, until all have ended; each must end soon after `stop` is set.

    Errors: the first exception of any task; the others are told to stop, so that nothing runs on half-manned.
    """
    failures: list[BaseException] = []

    def guarded(task: Task) -> None:
        try:
            task()
        except BaseException as error:  # whatever it is: raised again below, in the thread that can end the process
            failures.append(error)
            stop.set()

    threads = [threading.Thread(target=guarded, args=(each,), name=f"lane-{n}") for n, each in enumerate(tasks[1:], 1)]
    for thread in threads:
        thread.start()
    guarded(tasks[0])
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
