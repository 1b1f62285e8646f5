"""Scripts in one JavaScript machine, with a kernel that answers from a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from llmspell.testing.table_kernel import PENDING, Operations, TableKernel, operations
from llmspell_engine_javascript.machine import JavaScriptMachine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def ops() -> Operations:
    """Give the operations every spell of these tests may call."""
    return {
        **operations(),
        "Tools.get": lambda name: {"$h": ["tool", 2], "$v": {"name": name}},
        "agent.get_config": operations()["Agent.find"],
        "Tools.@construct": lambda name, options: {"$h": ["tool", 9], "$v": {"name": name, "options": options}},
        "tool.execute": lambda tool, *given: [tool["$h"][1], *given],
    }


@pytest.fixture
def start(ops: Operations) -> Iterator[Callable[..., TableKernel]]:
    """Give a function that begins a spell: `start(source, {"Agent.x": function}, params=..., limits=...)`."""
    begun: list[TableKernel] = []

    def begin(source: str, extra: Operations | None = None, **hello: Any) -> TableKernel:
        given = {"name": "spell.js", "env": {"ENGINE": "javascript", "SANDBOX_ENABLED": True}, **hello}
        begun.append(TableKernel(JavaScriptMachine(), source, {**ops, **(extra or {})}, **given))
        return begun[-1]

    yield begin
    for spell in begun:
        spell.machine.close()


@pytest.fixture
def js(start: Callable[..., TableKernel]) -> Callable[..., Any]:
    """Give a function that runs a spell to its end and gives its value or error object."""

    def run(source: str, extra: Operations | None = None, **hello: Any) -> Any:
        return start(source, extra, **hello).run()

    return run


@pytest.fixture
def pending() -> object:
    """Give the value an operation returns to leave its call open."""
    return PENDING
