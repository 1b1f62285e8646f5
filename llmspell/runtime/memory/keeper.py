"""The memory of one agent: its bounds, the summary of what was left behind, and where the conversation is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from attrs import evolve

from llmspell.errors import AgentConfigError, ConversionError, RunStateError, StorageError
from llmspell.model.agent import AgentInput
from llmspell.model.message_json import message_to_json, messages_from_json
from llmspell.runtime.labels import noted, restore
from llmspell.runtime.memory.digest import as_message
from llmspell.runtime.memory.view import View

if TYPE_CHECKING:
    from llmspell.model.llm import Message
    from llmspell.model.memory import MemoryOptions
    from llmspell.model.run_state import RunState
    from llmspell.runtime.agents import Agent
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.state_view import StateView

FORMAT = 1
"""Version of a conversation as it is kept; a change that an older reader would misread counts it up."""

KEPT = "memory"
"""The key of a run's data below which its view keeps its own."""

KEY = "conversation:"
"""What the key of a kept conversation begins with, in the scope `agent` of the state."""


class Memory:
    """Hold what an agent remembers besides its history.

    `summary` stands for what came before the history, `version` is that of the kept conversation as last seen here.
    """

    __slots__ = ("options", "summary", "version")

    def __init__(self, options: MemoryOptions) -> None:
        self.options = options
        self.summary: str | None = None
        self.version = 0

    def begin(self) -> dict[str, object]:
        """Give the data of a run that goes on from this conversation."""
        return {} if self.summary is None else {KEPT: {"summary": self.summary}}

    def view(self, data: dict[str, object]) -> View:
        """Give what a run with this data tells its model; what it finds out about that is written there."""
        own = data[KEPT] = _checked(data.get(KEPT, {}))
        return View(self.options, own)

    # -- keeping -------------------------------------------------------------------------------------------------------

    async def load(self, agent: Agent, ctx: CallContext) -> None:
        """Take up the conversation that is kept, when it is another than the one seen last.

        Raises `StorageError` for one that cannot be read.
        """
        if self.options.persist is None:
            return
        entry = await self._state(agent, ctx).entry(self._key)
        version = 0 if entry is None else entry.version
        if version != self.version:
            self.summary, agent.history = (None, ()) if entry is None else self._read(entry.value)
            self.version = version
            if entry is not None and isinstance(entry.value, dict):
                restore(ctx.run, entry.value)

    async def opened(self, agent: Agent, ctx: CallContext, given: str | AgentInput) -> str | AgentInput:
        """Take up what is kept before a run; what was to go on from the conversation goes on from that."""
        before = agent.history
        await self.load(agent, ctx)
        if isinstance(given, AgentInput) and given.history is before and before is not agent.history:
            return evolve(given, history=agent.history)
        return given

    async def settle(self, agent: Agent, ctx: CallContext, turn: Whole, before: Whole, state: RunState) -> None:
        """Add a turn to the conversation `before`: to that of the agent, and to the one that is kept.

        What the run had summarised is left behind, unless another turn has been added meanwhile.
        """
        if before == state.input.history:
            view = self.view(state.data)
            agent.history = view.rest((*before, *turn), len(before))
            self.summary = view.summary
        else:
            agent.history = (*before, *turn)
        await self.save(agent, ctx, turn)

    async def save(self, agent: Agent, ctx: CallContext, turn: Whole) -> None:
        """Keep the conversation; when another run has gone on with it, this turn is added to that."""
        if self.options.persist is None:
            return
        merged: tuple[str | None, Whole] | None = None

        async def change(value: Any, version: int) -> object:
            nonlocal merged
            merged = None
            if version != self.version:
                summary, theirs = (None, ()) if value is None else self._read(value)
                merged = summary, (*theirs, *turn)
            data = _written(*(merged or (self.summary, agent.history)))
            noted(ctx.run, data)
            return data

        made = await self._state(agent, ctx).update(self._key, change)
        self.version = made.version
        if merged is not None:
            self.summary, agent.history = merged

    async def clear(self, agent: Agent, ctx: CallContext) -> None:
        """Forget the conversation, also where it is kept."""
        agent.history, self.summary = (), None
        if self.options.persist is not None:
            await self._state(agent, ctx).delete(self._key)
            self.version = 0

    @property
    def _key(self) -> str:
        return f"{KEY}{self.options.persist}"

    @staticmethod
    def _state(agent: Agent, ctx: CallContext) -> StateView:
        return ctx.app.states.view(ctx, "agent", agent.name)

    def _read(self, value: Any) -> tuple[str | None, Whole]:
        try:
            return read_conversation(value)
        except ConversionError as error:
            raise StorageError(
                f"the conversation {self.options.persist!r} cannot be read: {error.message}",
                suggestions=["State.scope('agent', NAME) has older versions of it: see `history` and `revert`"],
            ) from error


Whole = tuple["Message", ...]


async def use_memory(agent: Agent, options: MemoryOptions, ctx: CallContext) -> None:
    """Bound what the model is told, and take up the conversation that is kept; raises `StorageError`."""
    if options.persist is not None and not agent.config.remember:
        text = f"agent {agent.name!r} is to keep a conversation that it does not remember"
        raise AgentConfigError(text, suggestions=["leave out `remember = false`, or `memory.persist`"])
    made = Memory(options)
    made.summary = None if agent.memory is None else agent.memory.summary
    agent.memory = made
    await made.load(agent, ctx)


def use_no_memory(agent: Agent) -> None:
    """Tell the model everything again; a summary becomes the first message of the conversation."""
    if agent.memory is not None and agent.memory.summary is not None:
        agent.history = (as_message(agent.memory.summary), *agent.history)
    agent.memory = None


def _checked(data: object) -> dict[str, object]:
    """Give a view's data as a map of its own; raises `RunStateError` for what is none."""
    if isinstance(data, dict):
        numbers = [data.get(key, 0) for key in ("covered", "summaries")]
        if isinstance(data.get("summary"), str | None) and all(isinstance(one, int) and one >= 0 for one in numbers):
            return dict(data)
    raise RunStateError("the state of a run is damaged: what it says of the memory is no data of a view")


def _written(summary: str | None, messages: Whole) -> dict[str, object]:
    return {"format": FORMAT, "summary": summary, "messages": [message_to_json(one) for one in messages]}


def write_conversation(agent: Agent) -> dict[str, object]:
    """Give the conversation of an agent as JSON data."""
    return _written(None if agent.memory is None else agent.memory.summary, agent.history)


async def restore_conversation(agent: Agent, ctx: CallContext, value: Any) -> None:
    """Put a conversation in the place of an agent's, also where that is kept; raises `ConversionError`."""
    summary, messages = read_conversation(value)
    await agent.reset(ctx)
    if summary is not None and agent.memory is None:
        messages = (as_message(summary), *messages)
    elif agent.memory is not None:
        agent.memory.summary = summary
    await agent.add_history(*messages, ctx=ctx)


def read_conversation(value: Any) -> tuple[str | None, Whole]:
    """Read a conversation: the summary of what came before, and its messages. Raises `ConversionError`."""
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        found = value.get("format") if isinstance(value, dict) else type(value).__name__
        raise ConversionError(f"a conversation has format {FORMAT}, this is {found!r}")
    try:
        summary = msgspec.convert(value.get("summary"), str | None)
        return summary, messages_from_json(msgspec.convert(value.get("messages"), list[Any]))
    except msgspec.ValidationError as error:
        raise ConversionError(f"a conversation is damaged: {error}") from error
