"""Objects that a script holds, by kind and number.

A script gives an object back when its own garbage collector has found that nobody refers to it any more. The kernel may
send the same object at that very moment, so sendings are counted: an object is forgotten when as many were given back
(docs/adr/0023).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from llmspell.errors import ScriptResourceError, ScriptRuntimeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.bridge.definition import Handle

MAX_HANDLES = 100_000


class HandleTable:
    """Give each object one number per kind for as long as the script holds it."""

    def __init__(self, limit: int = MAX_HANDLES) -> None:
        self._limit = limit
        self._objects: dict[tuple[str, int], Handle] = {}
        self._sent: dict[tuple[str, int], int] = {}
        self._numbers: dict[int, int] = {}
        self._last: dict[str, int] = {}
        self._expected: list[tuple[str, int]] = []
        self._kept: WeakKeyDictionary[Handle, int] | None = None

    def put(self, handle: Handle) -> tuple[str, int]:
        """Give the reference under which an object crosses; the same object has the same reference."""
        number = self._numbers.get(id(handle))
        if number is None:
            if len(self._objects) >= self._limit:
                message = f"the spell holds {self._limit} objects, which is the limit"
                raise ScriptResourceError(message, suggestions=["drop references you no longer need"])
            number = self._next(handle)
            self._objects[handle.kind, number] = handle
            self._numbers[id(handle)] = number
        reference = handle.kind, number
        self._sent[reference] = self._sent.get(reference, 0) + 1
        return reference

    def _next(self, handle: Handle) -> int:
        """Give the number that an object had before, else the one it is expected under, else the first free one."""
        if self._kept is None:
            number = self._last[handle.kind] = self._last.get(handle.kind, 0) + 1
            return number
        known = self._kept.get(handle)
        if known is None:
            found = next((one for one in self._expected if one[0] == handle.kind), None)
            if found is None:
                known = self._last[handle.kind] = self._last.get(handle.kind, 0) + 1
            else:
                self._expected.remove(found)
                known = found[1]
            self._kept[handle] = known
        return known

    def keep_numbers(self) -> None:
        """Give an object the same number whenever it is sent: when a script drops it depends on its collector."""
        self._kept = WeakKeyDictionary()

    def expect(self, references: Sequence[tuple[str, int]]) -> None:
        """Have the next new objects known under these references, and later ones under none of them."""
        self._expected = list(references)
        for kind, number in references:
            self._last[kind] = max(self._last.get(kind, 0), number)

    def get(self, kind: str, number: int) -> Handle:
        """Look an object up; raises `ScriptRuntimeError` when the script forged or dropped the reference."""
        found = self._objects.get((kind, number))
        if found is None:
            message = f"there is no {kind} {number}: it was released"
            raise ScriptRuntimeError(message)
        return found

    def give_back(self, kind: str, number: int, count: int = 1) -> None:
        """Take back `count` sendings of an object; forget it when those were the last ones."""
        left = self._sent.get((kind, number), 0) - max(count, 0)
        if left > 0:
            self._sent[kind, number] = left
            return
        handle = self._objects.pop((kind, number), None)
        if handle is not None:
            del self._numbers[id(handle)], self._sent[kind, number]

    def clear(self) -> None:
        """Forget all objects."""
        self._objects.clear()
        self._numbers.clear()
        self._sent.clear()

    def __len__(self) -> int:
        return len(self._objects)
