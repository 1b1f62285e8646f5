"""Find who does a step: what it names, whatever that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.bridge.api.workflow_subjects import AgentSubject, body
from llmspell.bridge.callbacks import Callback
from llmspell.errors import ComponentNotFoundError, LlmspellError, ToolNotFoundError
from llmspell.model.near import near_words
from llmspell.model.workflow import Fault
from llmspell.runtime.workflows.subjects import FunctionSubject, ToolSubject, WorkflowSubject

if TYPE_CHECKING:
    from llmspell.bridge.api.agent import AgentHandle
    from llmspell.bridge.api.workflow_options import StepOptions
    from llmspell.bridge.session import SpellSession
    from llmspell.model.workflow import Subject

KEYS = ("agent", "tool", "workflow", "run", "code", "component")
"""Keys of a step that say who does it; one of them does."""

SELF = "self"
"""What a template's workflow calls the agent that was made of the template."""


class Who:
    """Find the subjects of steps; `faults` takes note of those that are not there.

    `itself` is the agent that `self` means, None outside of agents' templates.
    """

    def __init__(self, session: SpellSession, faults: list[Fault], itself: AgentHandle | None = None) -> None:
        self._session = session
        self._faults = faults
        self._itself = itself

    async def found(self, options: StepOptions, path: str) -> Subject:
        """Give who does a step; one that does nothing when that is wrong, of which note is taken."""
        given = {key: one for key in KEYS if (one := getattr(options, key)) is not None}
        if isinstance(options.action, Callback):
            given["run"] = options.action
        if len(given) != 1:
            listed = ", ".join(f"`{key}`" for key in given)
            message = (
                f"has {listed}: one of them does it"
                if given
                else "says not who does it: `agent`, `tool`, `workflow`, `run` or `steps`"
            )
            return self._nobody(Fault(path, message))
        key, one = next(iter(given.items()))
        try:
            return await self._named(key, one, options)
        except LlmspellError as error:
            near = "".join(f"; {one}" for one in error.suggestions[:1])
            at = "engine" if key == "code" and options.engine else key
            return self._nobody(Fault(f"{path}.{at}", f"{error.message}{near}"))

    async def _named(self, key: str, one: object, options: StepOptions) -> Subject:
        from llmspell.bridge.api.agent import AgentHandle  # noqa: PLC0415 - a workflow need not have agents
        from llmspell.bridge.api.tool import ToolHandle  # noqa: PLC0415 - or tools

        if isinstance(one, Callback):
            return FunctionSubject(body(one), "function")
        if key == "code":
            from llmspell.bridge.api.workflow_code import CodeSubject  # noqa: PLC0415 - few steps are code

            return CodeSubject(self._session, str(one), options.engine)
        if isinstance(one, AgentHandle) or key == "agent":
            return await self._agent(one, options)
        if isinstance(one, ToolHandle) or key == "tool":
            return ToolSubject(await self._tool(one).ready())
        if isinstance(one, str) and key == "component":
            return await self._anybody(one, options)
        from llmspell.bridge.api.workflow import Workflows  # noqa: PLC0415 - it reads workflows

        return WorkflowSubject(self._session.namespace(Workflows).found(one).workflow)  # type: ignore[arg-type]  # likewise

    async def _agent(self, one: object, options: StepOptions) -> AgentSubject:
        from llmspell.bridge.api.agent import Agents, offered  # noqa: PLC0415 - as above

        own = self._itself if one == SELF else None
        agent = own or self._session.namespace(Agents).found(one)  # type: ignore[arg-type]  # likewise
        for name in await offered(self._session, options.tools) if options.tools else ():
            agent.agent.add_tool(name)
        return AgentSubject(agent)

    def _tool(self, one: object):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a ToolHandle, imported when it is needed
        from llmspell.bridge.api.tools import Tools  # noqa: PLC0415 - as above

        return self._session.namespace(Tools).get(one) if isinstance(one, str) else one

    async def _anybody(self, name: str, options: StepOptions) -> Subject:
        """Find who has a name: an agent, a workflow or a tool, in this order."""
        from llmspell.bridge.api.agent import Agents  # noqa: PLC0415 - as above
        from llmspell.bridge.api.workflow import Workflows  # noqa: PLC0415 - as above

        if any(one.agent.name == name for one in self._session.namespace(Agents).list_()):
            return await self._agent(name, options)
        known = self._session.namespace(Workflows).named
        if name in known:
            return WorkflowSubject(known[name].workflow)
        try:
            return ToolSubject(await self._tool(name).ready())
        except ToolNotFoundError as error:
            others = [one.agent.name for one in self._session.namespace(Agents).list_()]
            near = near_words(name, [*others, *known], n=1)
            suggestions = [f"did you mean {near[0]!r}?"] if near else error.suggestions
            message = f"there is no agent, workflow or tool {name!r}"
            raise ComponentNotFoundError(message, suggestions=suggestions) from error

    def _nobody(self, fault: Fault) -> Subject:
        self._faults.append(fault)
        return FunctionSubject(_nothing)


async def _nothing(*_: object) -> None:
    """Stand for who is not there; the workflow is refused."""
