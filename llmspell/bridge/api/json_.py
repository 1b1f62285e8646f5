"""JSON: text and values, converted by the engine."""

from __future__ import annotations

from llmspell.bridge.definition import Namespace, function

# Local functions have no body: each engine implements them; this is what engines and reference agree on.


class Json(Namespace):
    """JSON text and values. Nothing crosses to the kernel."""

    name = "JSON"

    @function(local=True, aliases=("stringify",))
    def encode(self, value: object, options: object = None) -> str:  # type: ignore[empty-body]  # implemented by engines
        """Write a value as JSON; `{pretty=true}` indents. Raises for functions, cycles, NaN and infinities by path."""

    @function(local=True, aliases=("parse",))
    def decode(self, text: str) -> object:
        """Read JSON; raises an error of type `validation` that names the position."""
