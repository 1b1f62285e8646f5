"""Agents of a run, as a component finds and asks them: `ctx.agents`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from typing import Literal

    from llmspell.model.agent import AgentResult
    from llmspell.model.llm import Message


class AgentInfo(NamedTuple):
    """What others know of an agent."""

    name: str
    description: str
    capabilities: tuple[str, ...]
    tools: tuple[str, ...]


class KnownAgent(Protocol):
    """An agent that a component can ask."""

    info: AgentInfo

    async def ask(
        self,
        text: str,
        *,
        source: str,
        kind: Literal["transfer", "delegate", "message"] = "message",
        reason: str = "",
        history: tuple[Message, ...] = (),
        context: Mapping[str, object] | None = None,
        output: object = None,
        sink: Callable[[object], Awaitable[None]] | None = None,
    ) -> AgentResult:
        """Ask it in the name of `source`; the hooks of `handoff` see that. Its own conversation is left alone.

        It has at most the rights of who called the component. `output` is what its answer must be: a JSON Schema or its
        short form; `context` are values for its prompt; `sink` is given its parts, each an `AgentPart`. The result is
        `paused` when a tool call waits for a person. Raises what a run of an agent raises.
        """
        ...

    async def resume(
        self,
        state: Mapping[str, object],
        decisions: Mapping[str, object],
        *,
        source: str,
        sink: Callable[[object], Awaitable[None]] | None = None,
    ) -> AgentResult:
        """Go on with a run of `ask` that waited for a person; `decisions` are by the ids of its calls.

        Raises `ValidationError` for what is no decision, and what a run of an agent raises.
        """
        ...


class Agents(Protocol):
    """The agents of a run."""

    def find(self, capabilities: Iterable[str] = (), text: str = "") -> list[AgentInfo]:
        """Describe the agents that have all these capabilities, and any of these words in what is told of them."""
        ...

    def get(self, ref: object) -> KnownAgent:
        """Give an agent by its name, or for what a script passed; raises `AgentNotFoundError`."""
        ...
