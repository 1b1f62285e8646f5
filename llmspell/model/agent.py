"""What an agent is told, what it answers and what happened in between."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from attrs import field, frozen

from llmspell.errors import AgentConfigError
from llmspell.model.approval import Pending
from llmspell.model.llm import Media, Message, ToolCall, Usage
from llmspell.model.spent import Spent


@frozen(kw_only=True)
class Limits:
    """Bound a run: model turns, tool calls, tokens, seconds, dollars, equal calls with equal outcomes, agents.

    None means unbounded only where it is written by the caller. Tokens and dollars count those of the agents that the
    run runs, too; `depth` is how far those may run others in turn: 0 forbids any.
    """

    turns: int = 20
    tool_calls: int = 100
    tokens: int | None = None
    seconds: float | None = 600.0
    cost: float | None = None
    repeats: int | None = 10
    depth: int = 8

    def __attrs_post_init__(self) -> None:
        """Refuse what bounds nothing: raises `AgentConfigError`."""
        for name in ("turns", "tool_calls", "tokens", "seconds", "cost", "repeats", "depth"):
            bound = getattr(self, name)
            if bound is not None and not bound >= 0:
                message = f"limits.{name} is {bound}, wanted a number that is not negative"
                raise AgentConfigError(message)


@frozen(kw_only=True)
class ToolRecord:
    """One tool call and its one outcome; `result` is JSON data, `error` an error's JSON form.

    `changed` says that a person had it run with these arguments instead of the model's.
    """

    call: ToolCall
    outcome: Literal["done", "failed", "refused", "not_run"]
    result: object = None
    error: Mapping[str, object] | None = None
    seconds: float = 0.0
    changed: bool = False


@frozen(kw_only=True)
class AgentInput:
    """What a run starts from: the new message, the conversation so far, and values for the prompt."""

    message: Message
    history: tuple[Message, ...] = ()
    context: Mapping[str, object] = field(factory=dict)


@frozen(kw_only=True)
class AgentResult:
    """What a run ended with.

    `messages` are the new messages of this run, the transcript; `data` is structured output when asked for. `usage`
    is that of the whole run: its own requests and those of the agents it ran, which `nested` tells apart. A run that
    is `paused` waits for decisions about the calls in `pending`; `state` is JSON data from which it is resumed.
    """

    content: str
    messages: tuple[Message, ...]
    tool_calls: tuple[ToolRecord, ...] = ()
    usage: Usage = field(factory=Usage)
    nested: tuple[Spent, ...] = ()
    data: object = None
    finish_reason: str = "stop"
    metadata: Mapping[str, object] = field(factory=dict)
    status: Literal["done", "paused"] = "done"
    pending: tuple[Pending, ...] = ()
    state: Mapping[str, object] | None = None

    @property
    def reasoning(self) -> str:
        """Give what the model thought in this run, answer by answer, as far as it is told."""
        return "\n\n".join(one.reasoning for one in self.messages if one.reasoning)

    @property
    def media(self) -> tuple[Media, ...]:
        """Give the images, audio and files of the model's answers."""
        return tuple(part for one in self.messages for part in one.media)


@frozen
class RunDone:
    """The last part of an agent's stream, and the truth about the run."""

    result: AgentResult


@frozen
class AgentPart:
    """A part of what another agent says that works within this run: a tool, or a member of a team."""

    agent: str
    part: object
