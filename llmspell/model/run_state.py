"""What a run of an agent knows: plain data that the loop works on, another process can take up, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from attrs import define, evolve, field, frozen

from llmspell.model.agent import AgentInput, ToolRecord
from llmspell.model.approval import Decision, Pending
from llmspell.model.llm import Message, ToolCall, Usage
from llmspell.model.spent import Spent

Phase = Literal["ask", "tools", "done"]
UNUSED = Usage()

WITHIN = "within"
"""Where `RunState.data` has the states of agents that wait within tool calls: by the call's id `{agent, state}`."""


@define(kw_only=True)
class RunState:
    """Hold one run of one agent, whatever drives it.

    phase       what is to be done next: ask the model, settle the tool calls of its answer, nothing
    messages    the new messages of this run
    records     the outcomes of its tool calls, in the order of the calls; a call has none until it is settled
    offered     names of the tools that the model was offered last
    usage       what the requests of this run took, `nested` what the agents took that it ran
    pending     calls of the last message that wait for a person; the run is paused while there are any
    decisions   what was decided about calls, by their ids; `always` likewise by the names of tools
    expires     seconds since the epoch after which nobody may decide any more
    data        JSON data that other parts of the loop keep by name
    """

    agent: str
    input: AgentInput
    phase: Phase = "ask"
    messages: list[Message] = field(factory=list)
    records: list[ToolRecord] = field(factory=list)
    offered: tuple[str, ...] = ()
    usage: Usage = UNUSED
    nested: tuple[Spent, ...] = ()
    turns: int = 0
    pending: tuple[Pending, ...] = ()
    decisions: dict[str, Decision] = field(factory=dict)
    always: dict[str, Decision] = field(factory=dict)
    expires: float | None = None
    recoveries: list[Mapping[str, object]] = field(factory=list)
    data: dict[str, object] = field(factory=dict)

    @property
    def conversation(self) -> tuple[Message, ...]:
        """Give all that the model is told: the conversation before, the new message, and what followed."""
        return (*self.input.history, self.input.message, *self.messages)

    def open_calls(self) -> tuple[ToolCall, ...]:
        """Give the tool calls of the last message that have no outcome yet, in their order."""
        if self.phase != "tools":
            return ()
        calls = self.messages[-1].tool_calls
        if not self.records:
            return calls
        settled = {record.call.id for record in self.records}
        return tuple([call for call in calls if call.id not in settled])

    def ordered(self) -> list[ToolRecord]:
        """Put the outcomes of the last message's calls into the order of the calls, and give them.

        A call that is the structured answer of the run is of no tool and has none.
        """
        calls = self.messages[-1].tool_calls
        turn = self.records[-len(calls) :]
        if all(record.call.id == call.id for record, call in zip(turn, calls, strict=False)) and len(turn) == len(
            calls
        ):
            return turn
        settled = {record.call.id: record for record in self.records}
        turn = [settled.pop(call.id) for call in self.messages[-1].tool_calls if call.id in settled]
        self.records = [*settled.values(), *turn]
        return turn

    def copy(self) -> RunState:
        """Return a state that can go on without this one; the values in it are immutable."""
        return evolve(
            self,
            messages=list(self.messages),
            records=list(self.records),
            decisions=dict(self.decisions),
            always=dict(self.always),
            recoveries=list(self.recoveries),
            data=dict(self.data),
        )


@frozen(kw_only=True)
class Step:
    """One step of a run: the model was asked, or the tool calls of its answer were settled, with `records`.

    `state` is the run itself: what it holds is true until the next step is asked for. After a handoff it is that of
    the agent that took over.
    """

    kind: Literal["ask", "tools"]
    turn: int
    state: RunState
    records: tuple[ToolRecord, ...] = ()

    @property
    def message(self) -> Message:
        """Give the message that this step added: the answer, or the outcomes of its calls."""
        return self.state.messages[-1]
