"""One operation as a value: what is asked, of whom, and where its stream goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

OPERATIONS = (
    "agent_execution",
    "llm_call",
    "provider_call",
    "tool_execution",
    "workflow_execution",
    "workflow_step",
    "handoff",
    "spell_execution",
    "state_write",
)
"""The operations that have hook points. `effect` is one more: recorded by a journal, without hooks."""


class Call:
    """Say which operation, which subject and with what input; treated as immutable (`replace` copies).

    operation   one of OPERATIONS, or `effect`
    subject     name of the agent, tool, model, spell or key
    input       what the operation works on: a dict of arguments for a tool, an `LlmRequest` for a model, ...
    id          the model's id of a tool call, else ""
    effect      pure, idempotent or once: tells retry and journal what may be repeated
    composed    made of other operations, each of which has an effect of its own
    sink        None, or an async function that receives each part of a streamed answer
    metadata    JSON data that hooks may read and add to
    """

    __slots__ = ("composed", "effect", "id", "input", "metadata", "operation", "sink", "subject")

    def __init__(
        self,
        operation: str,
        subject: str,
        input: object,  # noqa: A002 - the field's name in scripts and hooks
        *,
        id: str = "",  # noqa: A002 - likewise
        effect: str = "once",
        composed: bool = False,
        sink: Callable[[object], Awaitable[None]] | None = None,
        metadata: Mapping[str, object] | None = None,
    ) -> None:
        self.operation = operation
        self.subject = subject
        self.input = input
        self.id = id
        self.effect = effect
        self.composed = composed
        self.sink = sink
        self.metadata: Mapping[str, object] = metadata or {}

    def replace(self, **changes: object) -> Call:
        """Return a copy with other fields; an unknown field is a TypeError."""
        copy = object.__new__(Call)
        for slot in Call.__slots__:
            setattr(copy, slot, changes.pop(slot) if slot in changes else getattr(self, slot))
        if changes:
            message = f"a Call has no field {', '.join(sorted(changes))}"
            raise TypeError(message)
        return copy

    def with_sink(self, sink: Callable[[object], Awaitable[None]] | None) -> Call:
        """Return a copy whose parts go elsewhere."""
        return self.replace(sink=sink)

    def __repr__(self) -> str:
        return f"Call({self.operation!r}, {self.subject!r}, {self.input!r})"
