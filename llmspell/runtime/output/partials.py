"""Tell what is valid of a structured answer while it is streamed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.model.llm import Reset, TextDelta, ToolCallDelta, ToolCallStart
from llmspell.model.output import VALUE, Partial, is_whole
from llmspell.model.schema_walk import mapped
from llmspell.runtime.output.partial import NOTHING, PartialJson

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from llmspell.model.output import Shape

_AT_THE_END = (
    "required", "minItems", "minLength", "minProperties", "contains", "minContains", "dependentRequired",
    "dependentSchemas", "if", "then", "else", "not", "unevaluatedItems", "unevaluatedProperties",
)  # fmt: skip
"""Keywords that say something of a whole value only."""

SHARE = 16
"""An answer is looked at again when it has grown by this share of itself: the work grows with its length alone."""
MENDS = 64
"""Faults of a value in the making that are cut out before nothing is told."""


class Partials:
    """Pass parts on to a sink, and after them what they hold of the answer whenever more of it is valid.

    The answer is the argument text of the tool `tool`, or the text when there is none.
    """

    def __init__(self, shape: Shape, sink: Callable[[object], Awaitable[None]], tool: str | None = None) -> None:
        self._shape = shape
        self._sink = sink
        self._tool = tool
        self._validator: Any = None
        self._begin()

    def _begin(self) -> None:
        self._json = PartialJson()
        self._index: int | None = None
        self._next = 0
        self._told: object = NOTHING

    async def __call__(self, part: object) -> None:
        """Take the next part."""
        await self._sink(part)
        if isinstance(part, Reset):
            self._begin()
        elif isinstance(part, ToolCallStart) and part.name == self._tool:
            self._begin()
            self._index = part.index
        elif (isinstance(part, TextDelta) and self._tool is None) or (
            isinstance(part, ToolCallDelta) and part.index == self._index
        ):
            self._json.feed(part.text)
            await self._tell()

    async def _tell(self) -> None:
        grown = self._json
        if grown.broken or (grown.length < self._next and not grown.complete):
            return
        self._next = grown.length + max(1, grown.length // SHARE)
        value = self._valid(grown.value())
        if value is not NOTHING and value != self._told:
            self._told = value
            await self._sink(Partial(value))

    def _valid(self, value: object) -> object:
        """Cut out what does not fit, however the answer goes on."""
        if value is NOTHING:
            return NOTHING
        try:
            if not is_whole(value) or not self._mended(value):
                return NOTHING
        except RecursionError:  # the whole answer will not fit, either
            return NOTHING
        if not self._shape.wrapped:
            return value
        return value.get(VALUE, NOTHING) if isinstance(value, dict) else NOTHING

    def _mended(self, value: object) -> bool:
        for _ in range(MENDS):
            fault = next(self._faults(value), None)
            if fault is None:
                return True
            if not _cut(value, list(fault.instance_path), getattr(fault.kind, "unexpected", ())):
                return False
        return False

    def _faults(self, value: object) -> Any:
        if self._validator is None:
            import jsonschema_rs  # noqa: PLC0415 - paid by streams of structured answers

            relaxed = mapped(self._shape.wire, _relaxed)
            self._validator = jsonschema_rs.validator_for(
                relaxed, pattern_options=jsonschema_rs.RegexOptions(), offline=True
            )
        return self._validator.iter_errors(value)


def _relaxed(part: dict[str, Any]) -> dict[str, Any]:
    kept = {key: one for key, one in part.items() if key not in _AT_THE_END}
    exactly_one = kept.pop("oneOf", None)
    return kept if exactly_one is None else {**kept, "anyOf": [*kept.get("anyOf", ()), *exactly_one]}


def _cut(value: Any, path: Sequence[str | int], unexpected: Sequence[str]) -> bool:
    """Take what is wrong out of a value; of a list also what follows it. Tell whether anything is left."""
    if unexpected:
        for step in path:
            value = value[step]
        for name in unexpected:
            value.pop(name)
        return True
    if not path:
        return False
    *steps, last = path
    for step in steps:
        value = value[step]
    if isinstance(last, int):
        del value[last:]
    else:
        del value[last]
    return True
