"""Workflows as tools and as agents: whoever can be given one of these can be given a workflow."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from llmspell.bridge.definition import NO_LIST, Options
from llmspell.bridge.spelling import snake

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from typing import Annotated

    from llmspell.bridge.api.agent import AgentHandle
    from llmspell.bridge.api.tool import ToolHandle
    from llmspell.bridge.session import SpellSession
    from llmspell.model.agent import AgentResult
    from llmspell.model.call import Call
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.workflows.workflow import Workflow

    Run = Callable[[object, CallContext], Awaitable[object]]


class WorkflowToolOptions(Options):
    """How a workflow is offered as a tool."""

    positional = "name"

    name: Annotated[str, "snake_case name that models call; the workflow's own"] = ""
    description: Annotated[str, "one sentence for models; the workflow's own"] = ""


class WorkflowAgentOptions(Options):
    """How a workflow is offered as an agent."""

    positional = "name"

    name: Annotated[str, "its name; the workflow's own"] = ""
    description: Annotated[str, "what it is for; the workflow's own"] = ""
    capabilities: Annotated[list[str], "words by which `Agent.find` and other agents find it"] = NO_LIST


def as_tool(session: SpellSession, workflow: Workflow, options: WorkflowToolOptions) -> ToolHandle:
    """Make a tool whose arguments are the workflow's input and whose result is its output."""
    about = workflow.definition

    async def run(given: object, ctx: CallContext) -> object:
        return (await workflow.execute(given, ctx=ctx))["output"]

    summary = options.description or about.description or f"Run the workflow {about.name!r}."
    return workflow_tool(session, options.name or snake(about.name), summary, about.input, run)


def workflow_tool(
    session: SpellSession,
    name: str,
    description: str,
    schema: Mapping[str, Any] | None,
    run: Run,
    *,
    category: str = "workflow",
) -> ToolHandle:
    """Make a tool that runs a workflow; without a schema it takes anything."""
    from llmspell.bridge.api.tool import EMPTY_SCHEMA, ToolHandle  # noqa: PLC0415 - a workflow need not have tools
    from llmspell.model.schema import ArgumentSchema  # noqa: PLC0415 - comes with the first tool
    from llmspell.runtime.tools import BoundTool, ScriptTool  # noqa: PLC0415
    from llmspell.spec import Component  # noqa: PLC0415

    taken = dict(schema) if schema else {**EMPTY_SCHEMA, "additionalProperties": True}

    async def handler(arguments: Mapping[str, object], ctx: CallContext) -> object:
        return await run(dict(arguments), ctx)

    component = Component("tool", name, "llmspell.runtime.tools:ScriptTool", description, category=category)
    component.plugin = "script"
    bound = BoundTool(
        component, ScriptTool(handler, taken), ArgumentSchema.from_json_schema(taken, who=f"tool {name!r}")
    )
    return ToolHandle(session, component, bound)


async def as_agent(
    session: SpellSession, workflow: Workflow, options: WorkflowAgentOptions, ctx: CallContext
) -> AgentHandle:
    """Make an agent for which the workflow answers, in place of a model; what it is told is the workflow's input."""
    from llmspell.bridge.api.agent import Agents  # noqa: PLC0415 - a workflow need not have agents
    from llmspell.bridge.api.agent_options import AgentOptions  # noqa: PLC0415 - likewise

    about = workflow.definition
    made = AgentOptions(
        name=options.name or about.name,
        description=options.description or about.description,
        capabilities=list(options.capabilities),
    )
    handle = await session.namespace(Agents).new(made, ctx=ctx)

    async def answers(call: Call, proceed: object, ctx: CallContext) -> AgentResult:  # noqa: ARG001 - no model is asked
        ctx.scope.grants.require("agent.spawn", made.name, who=f"agent {made.name}")
        return await _answer(workflow, call, ctx)

    handle.agent.hooks.register("around_agent_execution", answers, label=f"workflow {about.name}")
    return handle


async def _answer(workflow: Workflow, call: Call, ctx: CallContext) -> AgentResult:
    """Run the workflow on what an agent is told; a text that is a JSON map is the map."""
    from llmspell.model.agent import AgentResult  # noqa: PLC0415 - the agent exists, so attrs is here already
    from llmspell.model.llm import message  # noqa: PLC0415 - likewise

    said = call.input.message.text  # type: ignore[attr-defined]  # an AgentInput
    output = (await workflow.execute(_read(said), ctx=ctx))["output"]
    text = output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)
    data = None if isinstance(output, str) else output
    return AgentResult(content=text, data=data, messages=(message("assistant", text),))


def _read(text: str) -> object:
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return found if isinstance(found, dict) else text
