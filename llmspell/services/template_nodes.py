"""The parts of a parsed template, and the error that names a place in one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from llmspell.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterable


class Text(NamedTuple):
    """Text that is printed as it stands."""

    text: str


class Literal(NamedTuple):
    """A text, number, `true`, `false` or `null` written in the template."""

    value: object


class Path(NamedTuple):
    """A name: `up` counts `../`; `data` marks `@index` and its like; `source` is how it was written.

    `scoped` means that only the current value is looked at (`this.x`, `./x`), not the names that blocks give.
    """

    up: int
    data: bool
    scoped: bool
    parts: tuple[str, ...]
    source: str
    at: int


class Call(NamedTuple):
    """A helper with its arguments."""

    name: str
    arguments: tuple[Expression, ...]
    at: int


class Output(NamedTuple):
    """`{{x}}`, or `{{{x}}}` when `raw`."""

    expression: Expression
    raw: bool


class Block(NamedTuple):
    """`{{#kind subject as |names|}}body{{else}}inverse{{/kind}}`."""

    kind: str
    subject: Expression
    names: tuple[str, ...]
    body: tuple[Node, ...]
    inverse: tuple[Node, ...]
    at: int


Expression = Literal | Path | Call
Node = Text | Output | Block


def place(source: str, at: int) -> tuple[int, int]:
    """Give line and column of a position, both from 1."""
    return source.count("\n", 0, at) + 1, at - source.rfind("\n", 0, at)


def fault(source: str, at: int, text: str, suggestions: Iterable[str] = ()) -> ValidationError:
    """Make the error that names the place in the template."""
    line, column = place(source, at)
    context = {
        "line": line,
        "column": column,
        "faults": [{"path": f"template:{line}:{column}", "message": text}],
    }
    return ValidationError(
        f"template line {line}, column {column}: {text}", suggestions=tuple(suggestions), context=context
    )
