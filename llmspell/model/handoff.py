"""A conversation, or a task, that one agent passes to another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from attrs import evolve, field, frozen

from llmspell.model.agent import AgentInput
from llmspell.model.llm import Message, message

Kind = Literal["transfer", "delegate", "message"]


@frozen(kw_only=True)
class Handoff:
    """What an agent is given by another one.

    kind        the other agent takes over (`transfer`), works for this one (`delegate`), or is told something
    messages    what crosses of the conversation, in the form that any model understands
    input       what is to be done; without one the other agent goes on with the conversation
    context     values for the prompt of the other agent
    """

    source: str
    target: str
    reason: str = ""
    input: str = ""
    messages: tuple[Message, ...] = ()
    context: Mapping[str, object] = field(factory=dict)
    kind: Kind = "transfer"

    def replace(self, **changes: object) -> Handoff:
        """Return a copy with other fields."""
        return evolve(self, **changes)  # type: ignore[arg-type]  # attrs checks the names

    def given(self) -> AgentInput:
        """Give what the other agent starts from: what crosses, and who wants what of it and why."""
        if self.kind == "message":
            return AgentInput(message=message("user", self.input), history=self.messages, context=self.context)
        verb = "hands this conversation over to you" if self.kind == "transfer" else "gives you a task"
        why = f": {self.reason}" if self.reason else "."
        wanted = self.input or "Go on with what the user asked for."
        text = f"[The agent {self.source!r} {verb}{why}]\n\n{wanted}"
        return AgentInput(message=message("user", text), history=self.messages, context=self.context)


@frozen
class HandedOver:
    """A part of a stream: from here on another agent speaks."""

    source: str
    target: str
    reason: str
