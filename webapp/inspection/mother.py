"""The process in which the decoders are loaded, and which forks for each file: it never sees a byte of one.

Loading them costs a hundred milliseconds of a core, many times what decoding a letter does. Its children (`child.py`)
set themselves the same limits as ever and end with their file; they differ from processes started anew in that they
share the layout of their memory, so that this one ends too when a child crashed, and after some files.

It asks nobody and reads one socket, its standard input: a request is the name of a kind, with two descriptors, where
the file comes from and where the answer goes; ``+`` says that a child has them. It ends when the worker is gone, and
after a while without files, so that a site to which nobody sends files pays nothing for them.
"""

import gc
import importlib
import os
import select
import signal
import socket

IDLE_SECONDS = 60.0
MOST_FILES = 100  # then a new one, with another layout
CHILD_SECONDS = 25  # of the clock: a second belt, should the worker's own alarm not reach it
_LONGEST = 16


def main() -> int:
    """Exit status 0 when nothing went wrong in a child."""
    channel = socket.socket(fileno=os.dup(0))
    _load()
    gc.freeze()  # children write to no page of these objects
    for _ in range(MOST_FILES):
        if not select.select([channel], [], [], IDLE_SECONDS)[0]:
            return 0
        kind, descriptors, _, _ = socket.recv_fds(channel, _LONGEST, 2)
        if not kind or len(descriptors) != 2:
            return 0
        pid = os.fork()
        if pid == 0:
            channel.close()
            os._exit(_child(kind.decode(), *descriptors))
        for each in descriptors:
            os.close(each)
        channel.sendall(b"+")
        if not _ended_well(pid, channel):
            return 1
    return 0


def _load() -> None:
    from PIL import Image

    for each in ("child", "documents", "images"):
        importlib.import_module(f"webapp.inspection.{each}")
    Image.preinit()  # the modules of formats, which Pillow loads at the first file


def _child(kind: str, source: int, answer: int) -> int:
    signal.alarm(CHILD_SECONDS)
    os.dup2(source, 0)
    os.dup2(answer, 1)
    os.closerange(3, _highest())
    from webapp.inspection import child

    try:
        return child.main(kind)
    except BaseException:
        return 1


def _highest() -> int:
    return max(map(int, os.listdir("/proc/self/fd"))) + 1


def _ended_well(pid: int, channel: socket.socket) -> bool:
    """Wait for a child. The worker's next word, or its end, means that it has all it wants of this one."""
    ending = os.pidfd_open(pid)
    try:
        ready = select.select([ending, channel.fileno()], [], [])[0]
        if ending in ready:
            return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        os.kill(pid, signal.SIGKILL)  # which changes nothing for one that is just dying of a crash
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) in (0, -signal.SIGKILL)
    finally:
        os.close(ending)
