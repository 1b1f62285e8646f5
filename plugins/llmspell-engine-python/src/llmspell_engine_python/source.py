"""From the text of a script to what can be run, and what it will import."""

from __future__ import annotations

import ast
import linecache
from typing import TYPE_CHECKING, Any, NamedTuple

from llmspell_engine_python.place import Place

if TYPE_CHECKING:
    from types import CodeType

RESULT = "<result>"
"""Where the value of a script's last line is kept: no name that a script could write."""

HINTS = {
    "'return' outside function": "write the result as the last line: a spell's value is that of its last expression",
    "'yield' outside function": "print it, or write the result as the last line",
    "'await' outside async function": "make the function `async def`",
    "'async with' outside async function": "make the function `async def`",
    "'async for' outside async function": "make the function `async def`",
}


class Wanted(NamedTuple):
    """One import statement: `from {'.' * level}{module} import {names}`; a plain import has no names."""

    module: str
    names: tuple[str, ...]
    level: int
    where: Place


class Program(NamedTuple):
    """A compiled source."""

    code: CodeType
    imports: list[Wanted]
    names: set[str]


def compile_source(text: str, name: str, *, main: bool) -> Program:
    """Compile a source; in the main script `await` works at the top and the last expression's value is kept.

    Raises `SyntaxError`.
    """
    try:
        tree = ast.parse(text.removeprefix("\ufeff"), name)
        if main:
            _keep_last(tree)
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if main else 0
        code = compile(tree, name, "exec", flags=flags, dont_inherit=True)
    except (ValueError, RecursionError, MemoryError) as error:
        raise SyntaxError(f"the source cannot be read: {error}", (name, 1, 1, "")) from None
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    imports, names = [], set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imports += [Wanted(one.name, (), 0, Place(name, node.lineno)) for one in node.names]
        elif isinstance(node, ast.ImportFrom):
            given = tuple(one.name for one in node.names)
            imports.append(Wanted(node.module or "", given, node.level, Place(name, node.lineno)))
        elif isinstance(node, ast.Name):
            names.add(node.id)
    return Program(code, imports, names)


def forget(name: str) -> None:
    """Drop the lines that were kept for tracebacks."""
    linecache.cache.pop(name, None)


def _keep_last(tree: ast.Module) -> None:
    """Turn the last line, when it is an expression, into an assignment. A docstring alone is no result."""
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr) or (len(tree.body) == 1 and ast.get_docstring(tree) is not None):
        return
    target = ast.copy_location(ast.Name(RESULT, ast.Store()), last)
    tree.body[-1] = ast.copy_location(ast.Assign([target], last.value), last)


def syntax_fault(error: SyntaxError, name: str) -> dict[str, Any]:
    """Give the error object for a source that is not valid."""
    message = error.msg or "invalid syntax"
    return {
        "type": "syntax",
        "code": 4001,
        "message": message,
        "where": f"{error.filename or name}:{error.lineno or 1}",
        "recoverable": False,
        "suggestions": [hint for start, hint in HINTS.items() if message.startswith(start)],
        "context": {},
        "stack": None,
    }
