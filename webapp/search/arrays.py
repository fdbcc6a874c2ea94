"""Numbers of an index in one file, mapped, not read: all workers share one copy of what is used."""

import json
import mmap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Floats = NDArray[np.float32]
Codes = NDArray[np.uint64]
Places = NDArray[np.int64]

_ALIGNED = 64
_KINDS = frozenset({"uint8", "uint16", "uint32", "uint64", "float16", "float32"})


def write(path: Path, arrays: Mapping[str, Array]) -> None:
    """A header (its length, then JSON: name → kind, shape, place) and the arrays, each at a multiple of 64 bytes."""
    described = {}
    place = 0
    for name, array in arrays.items():
        described[name] = (array.dtype.name, array.shape, place)
        place += -(-array.nbytes // _ALIGNED) * _ALIGNED
    header = json.dumps(described).encode()
    start = -(-(8 + len(header)) // _ALIGNED) * _ALIGNED
    with path.open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        for name, array in arrays.items():
            file.seek(start + described[name][2])
            file.write(np.ascontiguousarray(array).data)
        file.truncate(start + place)


def read(path: Path) -> dict[str, Array]:
    """The arrays, read-only views of the mapped file. Errors: OSError, ValueError."""
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    length = int.from_bytes(mapped[:8], "little")
    start = -(-(8 + length) // _ALIGNED) * _ALIGNED
    found: dict[str, Array] = {}
    for name, (kind, shape, place) in json.loads(mapped[8 : 8 + length]).items():
        if kind not in _KINDS:
            raise ValueError(f"array of {kind}")
        count = int(np.prod(shape, dtype=np.int64))
        found[name] = np.frombuffer(mapped, dtype=kind, count=count, offset=start + place).reshape(shape)
    return found
