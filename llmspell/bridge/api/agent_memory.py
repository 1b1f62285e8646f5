"""What an agent remembers, as scripts see it: its state, its conversation, facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.bridge import shapes
from llmspell.bridge.definition import Handle, Options, function
from llmspell.errors import ValidationError

if TYPE_CHECKING:
    from typing import Annotated, Literal

    from llmspell.bridge.definition import Duration
    from llmspell.model.memory import Compaction, MemoryOptions
    from llmspell.runtime.agents import Agent
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.memory.facts import Fact

SAVED = "state"
"""The key under which an agent's state is kept in its scope."""

SAVED_TALK = "saved_conversation"
"""The key under which `save_state` keeps the conversation."""

NO_MEMORY = {
    "storage_path": "where things are kept is configured once, in `[storage]`",
}


class CompactionSettings(Options):
    """When and how the older part of a conversation becomes a summary."""

    at: Annotated[float, "share of a bound from which on it is done"] = 0.8
    keep: Annotated[int, "newest messages that stay as they are"] = 6
    provider: Annotated[str | None, "provider of the model that summarises"] = None
    model: Annotated[str | None, "the model that summarises; without one the agent's own"] = None
    max_tokens: Annotated[int, "longest summary"] = 1024
    timeout: Annotated[Duration, "how long it may take"] = 60.0  # type: ignore[assignment]  # seconds
    times: Annotated[int, "how often in one run"] = 3
    prompt: Annotated[str | None, "instructions for the model that summarises"] = None


class MemorySettings(Options):
    """What a model is told of the conversation, and where it is kept."""

    positional = "window"
    absent = NO_MEMORY

    window: Annotated[int | None, "turns: a word of yours with all that follows until the next one"] = None
    messages: Annotated[int | None, "messages"] = None
    tokens: Annotated[int | None, "tokens of a whole request, estimated"] = None
    compaction: Annotated[bool | CompactionSettings, "whether what is older becomes a summary, and how"] = False
    persist: Annotated[bool | str, "name under which it is kept for later runs; `true`: the agent's name"] = False
    namespace: Annotated[Literal["agent", "session", "shared"], "who shares what `remember` keeps"] = "agent"
    type: Annotated[Literal["conversation"] | None, "older form"] = None
    max_entries: Annotated[int | None, "the same as `messages`, older form"] = None
    persistence: Annotated[bool, "the same as `persist`, older form"] = False
    summarize_after: Annotated[int | None, "messages from which on the older ones become a summary, older form"] = None


class RecallOptions(Options):
    """Which facts are wanted."""

    positional = "limit"

    limit: Annotated[int, "only so many, the best"] = 5
    namespace: Annotated[Literal["agent", "session", "shared"] | None, "where, if not where the agent's memory is"] = (
        None
    )


class NamespaceOptions(Options):
    """Where facts are."""

    positional = "namespace"

    namespace: Annotated[Literal["agent", "session", "shared"] | None, "where, if not where the agent's memory is"] = (
        None
    )


class HistoryMessage(Options):
    """A message to add to a conversation."""

    role: Annotated[Literal["user", "assistant", "system"], "who said it"]
    content: Annotated[str, "what was said"]


class Remembering(Handle):
    """The part of an agent that scripts ask what it remembers."""

    agent: Agent

    @function()
    def get_state(self) -> dict[str, object]:
        """Give the agent's state, a table that its spell keeps with it."""
        return dict(self.agent.state)

    @function()
    def set_state(self, state: dict[str, object]) -> None:
        """Replace the agent's state."""
        self.agent.state = dict(state)

    @function()
    def clear_state(self) -> None:
        """Empty the agent's state."""
        self.agent.state = {}

    @function()
    async def save_state(self, ctx: CallContext) -> None:
        """Keep the agent's state and its conversation for agents of this name in later runs of the spell.

        They are `state` and `saved_conversation` in the scope `agent`.
        """
        from llmspell.runtime.memory.keeper import write_conversation  # noqa: PLC0415 - few agents are saved

        values = {SAVED: dict(self.agent.state), SAVED_TALK: write_conversation(self.agent)}
        await ctx.app.states.view(ctx, "agent", self.agent.name).set_many(values)

    @function()
    async def restore_state(self, ctx: CallContext) -> bool:
        """Bring back the state and the conversation that `save_state` kept, and tell whether there were any."""
        view = ctx.app.states.view(ctx, "agent", self.agent.name)
        saved, talk = await view.get(SAVED), await view.get(SAVED_TALK)
        if isinstance(talk, dict):
            from llmspell.runtime.memory.keeper import restore_conversation  # noqa: PLC0415

            await restore_conversation(self.agent, ctx, talk)
        if isinstance(saved, dict):
            self.agent.state = saved
        return isinstance(saved, dict)

    @function(aliases=("get_history",))
    def history(self) -> list[dict[str, object]]:
        """Give the conversation so far: `{role, content, tool_calls, results}` each.

        Where a summary stands for what came before, it is the first, with `summary = true`.
        """
        told = [shapes.message(one) for one in self.agent.history]
        memory = self.agent.memory
        if memory is None or memory.summary is None:
            return told
        return [{"role": "user", "content": memory.summary, "automatic": True, "summary": True}, *told]

    @function(aliases=("add_history",))
    async def add_to_history(self, message: HistoryMessage | list[HistoryMessage], ctx: CallContext) -> None:
        """Add messages to the conversation without asking the model."""
        from llmspell.model.llm import message as written  # noqa: PLC0415 - the agent exists, so attrs is here already

        several = message if isinstance(message, list) else [message]
        await self.agent.add_history(*(written(one.role, one.content) for one in several), ctx=ctx)

    @function(aliases=("clear_history",))
    async def reset(self, ctx: CallContext) -> None:
        """Forget the conversation, also where it is kept."""
        await self.agent.reset(ctx)

    @function()
    async def remember(
        self, text: str, ctx: CallContext, value: object = None, options: NamespaceOptions | None = None
    ) -> str:
        """Keep a text, or a value under a key, for this agent in later runs, too; give the key.

        `remember("Ada likes tea")` keeps the text under a new key, `remember("birthday", "1815-12-10")` a value, in the
        place of what was there.
        """
        from llmspell.runtime.memory.facts import Facts  # noqa: PLC0415 - few agents remember facts

        facts = Facts.of(self.agent, ctx, None if options is None else options.namespace)
        return await (facts.remember(None, text) if value is None else facts.remember(text, value))

    @function()
    async def recall(
        self, query: str | None = None, options: RecallOptions | None = None, *, ctx: CallContext
    ) -> object:
        """Give what was remembered: the value under exactly this key, else a list of the facts whose words fit best.

        With options there is always a list: `{key, value, text, at, score}` each, the best first. Without a query the
        newest facts are listed.
        """
        from llmspell.runtime.memory.facts import Facts  # noqa: PLC0415

        wanted = options or RecallOptions()
        if wanted.limit < 1:
            raise ValidationError(f"agent:recall gives at least one fact, not {wanted.limit}")
        facts = Facts.of(self.agent, ctx, wanted.namespace)
        if query and options is None and (exact := await facts.get(query)) is not None:
            return exact.value
        return [_fact(one) for one in await facts.recall(query, wanted.limit)]

    @function()
    async def forget(self, key: str | None = None, options: NamespaceOptions | None = None, *, ctx: CallContext) -> int:
        """Forget the fact under a key, without one all facts; give their number."""
        from llmspell.runtime.memory.facts import Facts  # noqa: PLC0415

        return await Facts.of(self.agent, ctx, None if options is None else options.namespace).forget(key)


def _fact(one: Fact) -> dict[str, Any]:
    return {"key": one.key, "value": one.value, "text": one.text, "at": one.at, "score": one.score}


def memory_options(given: MemorySettings | bool | None, name: str) -> MemoryOptions | None:  # noqa: FBT001 - as written
    """Check what a script says of an agent's memory; `name` is the agent's.

    Raises `ValidationError` with all faults.
    """
    from llmspell.model.memory import MemoryOptions  # noqa: PLC0415 - attrs, as all of the model

    if given is None or isinstance(given, bool):
        return None
    wanted, messages = _older_form(given)
    faults = _faults(given, messages, wanted)
    if faults:
        said = f"agent {name!r}: {'; '.join(faults)}"
        raise ValidationError(said, suggestions=["see `llmspell api` for Agent.new"], context={"faults": faults})
    persist = given.persist or given.persistence
    return MemoryOptions(
        window=given.window,
        messages=messages,
        tokens=given.tokens,
        compaction=None if wanted is None else _compaction(wanted),
        persist=(persist if isinstance(persist, str) else name) if persist else None,
        namespace=given.namespace,
    )


def _older_form(given: MemorySettings) -> tuple[CompactionSettings | None, int | None]:
    """Give when a summary is written and how many messages are told, whichever keys say so."""
    short = given.compaction
    wanted = CompactionSettings() if short is True else short or None
    messages = given.messages if given.max_entries is None else given.max_entries
    after = given.summarize_after
    if after is not None and after > 0:
        messages = max(messages or after, after)
        wanted = wanted or CompactionSettings(at=after / messages)
    return wanted, messages


def _compaction(wanted: CompactionSettings) -> Compaction:
    from llmspell.model.memory import DIGEST, Compaction  # noqa: PLC0415

    return Compaction(
        at=wanted.at,
        keep=wanted.keep,
        provider=wanted.provider,
        model=wanted.model,
        max_tokens=wanted.max_tokens,
        seconds=wanted.timeout,
        times=wanted.times,
        prompt=wanted.prompt or DIGEST,
    )


def _faults(given: MemorySettings, messages: int | None, wanted: CompactionSettings | None) -> list[str]:
    bounds = {"memory.window": given.window, "memory.messages": messages, "memory.tokens": given.tokens}
    least = {**bounds, "memory.summarize_after": given.summarize_after}
    faults = [f"{key} is at least 1, not {one}" for key, one in least.items() if one is not None and one < 1]
    if given.persist == "":
        faults.append("memory.persist is a name of at least one character")
    if wanted is None:
        return faults
    if all(one is None for one in bounds.values()):
        faults.append("memory.compaction needs a bound: tokens, window or messages")
    if not 0 < wanted.at <= 1:
        faults.append(f"memory.compaction.at is above 0 and at most 1, not {wanted.at:g}")
    counts = {"keep": wanted.keep, "max_tokens": wanted.max_tokens, "times": wanted.times}
    faults += [f"memory.compaction.{key} is at least 1, not {one}" for key, one in counts.items() if one < 1]
    if wanted.timeout <= 0:
        faults.append("memory.compaction.timeout is more than 0")
    return faults


def shown_memory(options: MemoryOptions) -> dict[str, object]:
    """Write what a script said of an agent's memory."""
    told: dict[str, object] = {
        key: value
        for key in ("window", "messages", "tokens", "persist")
        if (value := getattr(options, key)) is not None
    }
    if options.compaction is not None:
        told["compaction"] = {
            "at": options.compaction.at,
            "keep": options.compaction.keep,
            "model": options.compaction.model,
            "max_tokens": options.compaction.max_tokens,
        }
    return {**told, "namespace": options.namespace}
