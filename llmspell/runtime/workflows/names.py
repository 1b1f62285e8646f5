"""The names that templates of a workflow take values from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from llmspell.services.template_helpers import HELPERS
from llmspell.services.template_nodes import Block, Call, Output, Path
from llmspell.services.template_parser import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmspell.services.template_nodes import Expression


def names_in(what: object) -> Iterator[tuple[str, str]]:
    """Yield each name that must be there, with the member of it that is wanted, else "".

    Names that may be missing (in conditions, in `default`) and names within blocks are left out. Raises
    `ValidationError` for a text that is no template.
    """
    if isinstance(what, str):
        for node in parse(what) if "{{" in what else ():
            if isinstance(node, Output):
                yield from _names(node.expression)
            elif isinstance(node, Block) and node.kind in ("each", "with"):
                yield from _names(node.subject)
    elif isinstance(what, Mapping):
        for one in what.values():
            yield from names_in(one)
    elif isinstance(what, (list, tuple)):
        for one in what:
            yield from names_in(one)


def _names(expression: Expression) -> Iterator[tuple[str, str]]:
    if isinstance(expression, Path):
        if expression.parts and not (expression.up or expression.data or expression.scoped):
            yield expression.parts[0], expression.parts[1] if len(expression.parts) > 1 else ""
    elif isinstance(expression, Call) and not HELPERS[expression.name].lenient:
        for argument in expression.arguments:
            yield from _names(argument)
