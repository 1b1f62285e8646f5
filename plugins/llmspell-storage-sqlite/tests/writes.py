"""What the tests of faults write, and what a store then holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.spec import Operation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.spec.storages import Storage

State = dict[str, bytes]

SMALL = [[Operation("put", f"s{number}", bytes([number]) * 300)] for number in range(4)]
LARGE = [Operation("put", f"l{number}", bytes([number]) * 5000) for number in range(10)]
"""More than the cache holds: its pages reach the log before the commit does."""

WRITES: list[list[Operation]] = [
    *SMALL,
    LARGE,
    [Operation("delete", "s1"), Operation("put", "s2", b"new")],
    [Operation("put", "big", bytes(20_000))],
    *[[Operation("put", "s3", bytes([number]) * 900)] for number in range(3)],
]


def after(state: State, operations: Sequence[Operation]) -> State:
    new = dict(state)
    for verb, key, value in operations:
        if verb == "put":
            new[key] = value
        else:
            new.pop(key, None)
    return new


async def content(store: Storage) -> State:
    return dict([pair async for pair in store.scan()])
