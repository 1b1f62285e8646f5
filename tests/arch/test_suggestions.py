"""Suggestions of an error are told as `one; or another`, so none says `or` by itself."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.arch.conftest import Distribution


def doubled(tree: ast.AST) -> Iterator[str]:
    """Yield the suggestions that begin with the word that joins them."""
    for call in ast.walk(tree):
        for word in call.keywords if isinstance(call, ast.Call) else ():
            if word.arg == "suggestions" and isinstance(word.value, ast.List | ast.Tuple):
                yield from (text for text in map(beginning, word.value.elts) if text.startswith("or "))


def beginning(node: ast.AST) -> str:
    first = node.values[0] if isinstance(node, ast.JoinedStr) and node.values else node
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""


def test_no_suggestion_begins_with_or(kernel: Distribution, plugins: list[Distribution]) -> None:
    paths = [path for dist in (kernel, *plugins) for path in dist.package.rglob("*.py")]
    assert {str(path): list(doubled(ast.parse(path.read_text(encoding="utf-8")))) for path in paths} == {
        str(path): [] for path in paths
    }


def test_the_scan_sees_one() -> None:
    assert list(doubled(ast.parse("E('x', suggestions=['a', 'or b', f'or {c}'])"))) == ["or b", "or "]
