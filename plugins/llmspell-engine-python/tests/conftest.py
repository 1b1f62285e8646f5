"""Scripts in one Python machine, with a kernel that answers from a table."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.testing.table_kernel import PENDING, Operations, TableKernel, operations, refusing
from llmspell_engine_python.machine import PythonMachine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def _refuse_module(name: str) -> Any:
    return refusing({"type": "resource_unavailable", "code": 2102, "message": f"there is no module {name!r}"})()


@pytest.fixture
def ops() -> Operations:
    """Give the operations every spell of these tests may call."""
    return {**operations(), "Module.load": _refuse_module}


@pytest.fixture
def start(ops: Operations) -> Iterator[Callable[..., TableKernel]]:
    """Give a function that begins a spell: `start(source, {"Agent.x": function}, params=..., limits=...)`."""
    begun: list[TableKernel] = []

    def begin(source: str, extra: Operations | None = None, **hello: Any) -> TableKernel:
        given = {"name": "spell.py", "env": {"ENGINE": "python", "SANDBOX_ENABLED": True}, **hello}
        begun.append(
            TableKernel(PythonMachine(), textwrap.dedent(source).strip("\n"), {**ops, **(extra or {})}, **given)
        )
        return begun[-1]

    yield begin
    for spell in begun:
        spell.machine.close()


@pytest.fixture
def python(start: Callable[..., TableKernel]) -> Callable[..., Any]:
    """Give a function that runs a spell to its end and gives its value or error object."""

    def run(source: str, extra: Operations | None = None, **hello: Any) -> Any:
        return start(source, extra, **hello).run()

    return run


@pytest.fixture
def pending() -> object:
    """Give the value an operation returns to leave its call open."""
    return PENDING


@pytest.fixture
def failing() -> Callable[[dict[str, Any]], Callable[..., Any]]:
    """Give a function that makes an operation which fails with an error object."""
    return refusing
