"""Memory that the C library (glibc) holds for nothing goes back to the system; another library is left alone."""

import ctypes

_ARENA_MAX, _TRIM_THRESHOLD, _MMAP_THRESHOLD = -8, -1, -3  # malloc.h


def one_heap() -> None:
    """Threads of a process share one heap, and what is free goes back to the system (mallopt(3), inherited by a fork).

    glibc gives each thread a heap of its own, which the interpreter's lock makes useless: 8 threads held 20 MB of free
    memory after a heavy load.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_ARENA_MAX, 1)
        mallopt(_TRIM_THRESHOLD, 128 * 1024)
        mallopt(_MMAP_THRESHOLD, 128 * 1024)


def give_back() -> None:
    """Pages that are free between others, as after imports: a fork would carry them along (malloc_trim(3))."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
