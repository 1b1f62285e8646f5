"""What a script says while it runs: texts in memory that the isolate shares with us, read at any moment.

The layout is that of `js/speech.js`: a count of 16-bit units as a 32-bit number, then as many units, which are texts
that each end with a line feed. The script's side writes units first and the count after them; only we set it back, when
the script cannot write. What lies in the memory is data: nothing in it is trusted but to be read, within its bounds.
"""

from __future__ import annotations

import ctypes
import threading

_HEAD = 4  # bytes of the count
_UNIT = 2  # bytes
_END = "\n".encode("utf-16-le")


class Speech:
    """Collect texts from `size` bytes at `address`; used by the thread of the machine and by that of the isolate."""

    __slots__ = ("_address", "_count", "_lock", "_read", "_room", "_units")

    def __init__(self, address: int, size: int) -> None:
        self._address = address
        self._room = (size - _HEAD) // _UNIT
        self._count: ctypes.c_uint32 | None = ctypes.c_uint32.from_address(address)
        self._read = 0  # units, since the count was set back
        self._units = bytearray()
        self._lock = threading.Lock()

    def take(self) -> list[str]:
        """Give the texts that are complete; the script may be writing meanwhile."""
        with self._lock:
            self._collect()
            return self._texts()

    def clear(self) -> None:
        """Make room. The script must be waiting for it, or at rest."""
        with self._lock:
            self._collect()
            if self._count is not None:
                self._count.value = self._read = 0

    def close(self) -> None:
        """Read no more: the memory is about to go."""
        with self._lock:
            self._count = None

    def _collect(self) -> None:
        if self._count is None:
            return
        written = min(self._count.value, self._room)
        if written > self._read:
            start = self._address + _HEAD + self._read * _UNIT
            self._units += ctypes.string_at(start, (written - self._read) * _UNIT)
            self._read = written

    def _texts(self) -> list[str]:
        if _END not in self._units:
            return []
        # A text may end between the two halves of a character outside the first plane: only whole texts are kept apart.
        *texts, rest = self._units.decode("utf-16-le", "surrogatepass").split("\n")
        self._units = bytearray(rest.encode("utf-16-le", "surrogatepass"))
        return texts
