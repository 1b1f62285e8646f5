"""Inputs of a read-eval loop: pieces of text that run one after the other in the spell's own namespace."""

from __future__ import annotations

import ast
import inspect
from codeop import CommandCompiler
from typing import TYPE_CHECKING, Any

from llmspell_engine_python.source import RESULT, compile_source

if TYPE_CHECKING:
    from llmspell_engine_python.modules import Modules
    from llmspell_engine_python.source import Program

_judge = CommandCompiler()
_judge.compiler.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


def read(text: str, name: str) -> Program | None:
    """Compile an input; None when it is the beginning of a longer one. Raises `SyntaxError`.

    A block goes on until a line without indentation, which may be empty, as in Python's own loop.
    """
    last = text.rpartition("\n")[2]
    if (last[:1].isspace() and last.strip()) or _judge(text, name, "exec") is None:
        return None
    return compile_source(text, name, main=True)


async def run(program: Program, modules: Modules, names: dict[str, Any]) -> dict[str, str]:
    """Run an input and give `{"shown": text}`, or nothing when it has no value; `_` is the last value."""
    await modules.prepare(program.imports)
    names.pop(RESULT, None)
    steps = eval(program.code, names)  # noqa: S307 - what the user typed
    if inspect.iscoroutine(steps):
        await steps
    value = names.pop(RESULT, None)
    if inspect.isawaitable(value):
        value = await value
    if value is None:
        return {}
    names["_"] = value
    return {"shown": repr(value)}
