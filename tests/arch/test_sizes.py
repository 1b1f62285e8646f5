"""Small files, small functions."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE_CAP = 400
FUNCTION_CAP = 40
SOURCE = {".py", ".lua", ".js", ".ts"}
SPELLS = "tests/conformance"  # read by their engines; some are wrong on purpose
GENERATED_OR_VENDORED = ("docs/reference/*", "docs/reference/typings/*", "**/vendor/*")


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count from the first statement after the docstring to the end; nested functions count with their owner."""
    body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
    return (node.end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_no_file_is_longer_than_the_cap(root: Path, files: list[Path]) -> None:
    sources = [path for path in files if path.suffix in SOURCE]
    written = [
        path for path in sources if not any(path.relative_to(root).match(glob) for glob in GENERATED_OR_VENDORED)
    ]
    lengths = {str(path.relative_to(root)): len(path.read_text(encoding="utf-8").splitlines()) for path in written}
    assert lengths
    assert {name: length for name, length in lengths.items() if length > FILE_CAP} == {}


def test_no_function_is_longer_than_the_cap(root: Path, files: list[Path]) -> None:
    long: dict[str, int] = {}
    # The functions of a front door are lists of descriptors; the whole file has a cap of its own (test_layers.py).
    sources = [path for path in files if path.suffix == ".py" and path.name != "plugin.py"]
    for path in (path for path in sources if SPELLS not in path.as_posix()):
        for node in functions(ast.parse(path.read_text(encoding="utf-8"))):
            if (length := body_lines(node)) > FUNCTION_CAP:
                long[f"{path.relative_to(root)}:{node.lineno} {node.name}"] = length
    assert long == {}


def test_no_file_has_a_name_that_means_nothing(root: Path, files: list[Path]) -> None:
    vague = {"utils.py", "helpers.py", "base.py", "common.py", "misc.py"}
    assert [str(path.relative_to(root)) for path in files if path.name in vague] == []
