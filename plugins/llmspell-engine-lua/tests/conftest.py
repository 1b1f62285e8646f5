"""Scripts in one Lua machine, with a kernel that answers from a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from llmspell.testing.table_kernel import PENDING, Operations, TableKernel, operations
from llmspell_engine_lua.machine import LuaMachine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def ops() -> Operations:
    """Give the operations every spell of these tests may call."""
    return operations()


@pytest.fixture
def start(ops: Operations) -> Iterator[Callable[..., TableKernel]]:
    """Give a function that begins a spell: `start(source, {"Agent.x": function}, params=..., limits=...)`."""
    begun: list[TableKernel] = []

    def begin(source: str, extra: Operations | None = None, **hello: Any) -> TableKernel:
        given = {"name": "spell.lua", "env": {"ENGINE": "lua", "SANDBOX_ENABLED": True}, **hello}
        begun.append(TableKernel(LuaMachine(), source, {**ops, **(extra or {})}, **given))
        return begun[-1]

    yield begin
    for spell in begun:
        spell.machine.close()


@pytest.fixture
def lua(start: Callable[..., TableKernel]) -> Callable[..., Any]:
    """Give a function that runs a spell to its end and gives its value or error object."""

    def run(source: str, extra: Operations | None = None, **hello: Any) -> Any:
        return start(source, extra, **hello).run()

    return run


@pytest.fixture
def pending() -> object:
    """Give the value an operation returns to leave its call open."""
    return PENDING
