"""Objects that a script holds, by kind and number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.errors import ScriptResourceError, ScriptRuntimeError

if TYPE_CHECKING:
    from llmspell.bridge.definition import Handle

MAX_HANDLES = 100_000


class HandleTable:
    """Give each object one number per kind for as long as the script holds it."""

    def __init__(self, limit: int = MAX_HANDLES) -> None:
        self._limit = limit
        self._objects: dict[tuple[str, int], Handle] = {}
        self._numbers: dict[int, int] = {}
        self._last: dict[str, int] = {}

    def put(self, handle: Handle) -> tuple[str, int]:
        """Give the reference under which an object crosses; the same object has the same reference."""
        number = self._numbers.get(id(handle))
        if number is None:
            if len(self._objects) >= self._limit:
                message = f"the spell holds {self._limit} objects, which is the limit"
                raise ScriptResourceError(message, suggestions=["drop references you no longer need"])
            number = self._last[handle.kind] = self._last.get(handle.kind, 0) + 1
            self._objects[handle.kind, number] = handle
            self._numbers[id(handle)] = number
            handle.holders += 1
        return handle.kind, number

    def get(self, kind: str, number: int) -> Handle:
        """Look an object up; raises `ScriptRuntimeError` when the script forged or dropped the reference."""
        found = self._objects.get((kind, number))
        if found is None:
            message = f"there is no {kind} {number}: it was released"
            raise ScriptRuntimeError(message)
        return found

    def drop(self, kind: str, number: int) -> Handle | None:
        """Forget an object and give it back, None when it is not known or another script holds it, too."""
        handle = self._objects.pop((kind, number), None)
        if handle is None:
            return None
        del self._numbers[id(handle)]
        handle.holders -= 1
        return None if handle.holders else handle

    def clear(self) -> list[Handle]:
        """Forget all objects and give those that no other script holds, the youngest first."""
        return [handle for key in reversed(list(self._objects)) if (handle := self.drop(*key)) is not None]

    def __len__(self) -> int:
        return len(self._objects)
