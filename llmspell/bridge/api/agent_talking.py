"""What agents can do beside `chat` and `execute`: answers in a form, with a context, with tools of one run."""

from __future__ import annotations

import json
from copy import copy
from typing import TYPE_CHECKING, Any, cast

from llmspell.bridge import shapes
from llmspell.bridge.api.agent_asking import Asking
from llmspell.bridge.api.agent_options import ExecuteOptions
from llmspell.bridge.api.tool import ToolHandle, ToolOptions
from llmspell.bridge.definition import NO_MAP, Options, function
from llmspell.errors import LlmspellError, ValidationError

if TYPE_CHECKING:
    from typing import Annotated

    from llmspell.bridge.api.tool import CallOptions
    from llmspell.bridge.callbacks import Callback
    from llmspell.model.llm import Message, ToolCall
    from llmspell.model.run_state import Step
    from llmspell.runtime.agents import Agent
    from llmspell.runtime.context import CallContext

Table = dict[str, Any]

ROLES = ("user", "assistant")


class FunctionOptions(Options):
    """A function that a model may call."""

    function_key = "execute"

    name: Annotated[str, "snake_case name"]
    description: Annotated[str, "one sentence for the model"] = ""
    parameters: Annotated[dict[str, object], "JSON Schema of the arguments, or a map of property to schema"] = NO_MAP
    execute: Annotated[Callback | None, "called with the arguments; without it the script does what is called for"] = (
        None
    )


class Talking(Asking):
    """Methods of agents that shape one run."""

    @function()
    async def structured_output(
        self, prompt: str, schema: dict[str, object], ctx: CallContext, options: CallOptions | None = None
    ) -> object:
        """Ask for an answer of a form and give it, the `data` of `execute`. Raises `output_mismatch`."""
        given = ExecuteOptions(input=prompt, output=schema)
        result = await self.failing_as_asked(lambda: self.answered(given, options, ctx), options)
        return result if result.get("success") is False else result["data"]

    @function()
    async def chat_with_context(
        self, message: str, context: dict[str, object], ctx: CallContext, options: CallOptions | None = None
    ) -> str | Table:
        """Say something in a context, and return the answer's text.

        `history` of the context is the conversation so far, `{role, content}` each, instead of the agent's own. Other
        values fill `{{x}}` of the system prompt, and those that it has no place for stand before the message.
        """
        values = {key: value for key, value in context.items() if key != "history"}
        rest = {key: value for key, value in values.items() if not self._names(key)}
        told = [f"- {key}: {one if isinstance(one, str) else _json(one)}" for key, one in rest.items()]
        text = "\n".join(["What is known:", *told, "", message]) if told else message
        given = ExecuteOptions(input=text, context=values)
        history = _history(context["history"]) if "history" in context else None

        async def work() -> Table:
            if history is None:
                return await self.answered(given, options, ctx)
            from attrs import evolve  # noqa: PLC0415 - the agent exists, so attrs is here already

            start = evolve(await self.input(text, given, ctx), history=history)
            return await self.answered(given, options, ctx, start=start)

        result = await self.failing_as_asked(work, options)
        return result if result.get("success") is False else str(result["content"])

    @function()
    async def generate_with_tools(
        self,
        prompt: str,
        tools: list[ToolHandle | str | ToolOptions],
        ctx: CallContext,
        options: CallOptions | None = None,
    ) -> Table:
        """Run the agent with these tools and no others, and return what `execute` does.

        Raises `tool_not_found` and as `chat` does.
        """
        from llmspell.bridge.api.agent import offered  # noqa: PLC0415 - its class has this one among its bases

        async def work() -> Table:
            return await self._apart(tuple(await offered(self.session, tools)), prompt, ctx, options)

        return await self.failing_as_asked(work, options)

    @function()
    async def function_calling(
        self, functions: list[FunctionOptions], prompt: str, ctx: CallContext, options: CallOptions | None = None
    ) -> Table:
        """Have the model choose functions to call: `{calls, content, usage}`; it is asked once.

        A call has `id, name, arguments`, and `faults` where those do not fit its parameters. Functions with `execute`
        are called with arguments that fit, and the call has their `result` or `error`; others are for the script to do.
        """
        return await self.failing_as_asked(lambda: self._chosen(functions, prompt, ctx), options)

    # -- prompts -------------------------------------------------------------------------------------------------------

    @function()
    def get_prompt_template(self) -> str:
        """Give the system prompt as it was written, with its `{{x}}`."""
        return self.agent.config.system_prompt

    @function(aliases=("update_system_prompt",))
    def set_prompt_template(self, template: str) -> None:
        """Replace the system prompt from the next request on; raises `validation` for what is no template."""
        self.session.app.services.templates.check(template)
        self.agent.config = self.agent.config.replace(system_prompt=template)

    @function()
    def render_prompt(self, context: dict[str, object] = NO_MAP) -> str:
        """Write the system prompt with values; raises `validation` naming the first one that is missing."""
        return self.session.app.services.templates.render(self.agent.config.system_prompt, context, strict=True)

    def _names(self, key: str) -> bool:
        """Tell whether the system prompt has a place for a value."""
        import re  # noqa: PLC0415 - paid by who gives a context

        return re.search(rf"\{{\{{[^}}]*\b{re.escape(key)}\b", self.agent.config.system_prompt) is not None

    # -- how it is done ------------------------------------------------------------------------------------------------

    async def _apart(self, tools: tuple[str, ...], prompt: str, ctx: CallContext, options: CallOptions | None) -> Table:
        """Run a copy of the agent that has other tools; what it says and takes is the agent's own."""
        twin = _twin(self.agent, tools)
        try:
            return await self.answered(ExecuteOptions(input=prompt), options, ctx, twin=twin)
        finally:
            _charge(self.agent, twin)
            if len(twin.history) > len(self.agent.history):
                self.agent.history = twin.history

    async def _chosen(self, functions: list[FunctionOptions], prompt: str, ctx: CallContext) -> Table:
        """Ask once, and stop before anything is called."""
        handles = {one.name: self._function(one) for one in functions}
        if len(handles) < len(functions):
            message = "two functions have one name"
            raise ValidationError(message, suggestions=["give each function a name of its own"])
        twin = _twin(self.agent, tuple(handles))
        try:
            for one in handles.values():
                await one.offer()
            async with twin.steps(prompt, ctx=ctx) as steps:
                answer = cast("Step", await anext(aiter(steps))).message
        finally:
            for name in handles:
                self.session.app.catalog.unregister("tool", name, owner=self.session.run.id)
            _charge(self.agent, twin)
        calls = [await self._called(call, handles, functions, ctx) for call in answer.tool_calls]
        usage = shapes.usage(twin.spending().usage)
        return {"calls": calls, "content": answer.text, "usage": usage}

    def _function(self, given: FunctionOptions) -> ToolHandle:
        from llmspell.bridge.api.tool import make_tool  # noqa: PLC0415 - with its one caller

        about = {"name": given.name, "description": given.description, "parameters": given.parameters}
        return make_tool(self.session, ToolOptions(**about, execute=given.execute or _nobody))

    async def _called(
        self, call: ToolCall, handles: dict[str, ToolHandle], functions: list[FunctionOptions], ctx: CallContext
    ) -> Table:
        """Say what was called for; call it where the script said how."""
        table: Table = {"id": call.id, "name": call.name, "arguments": dict(call.arguments)}
        handle = handles.get(call.name)
        if handle is None:
            return {**table, "faults": [f"there is no function {call.name!r}"]}
        bound = await handle.ready()
        faults = [f"the arguments are no JSON object: {call.raw[:200]}"] if call.raw is not None else []
        faults += (
            [f"{one.path} {one.message}" for one in bound.schema.validate(dict(call.arguments))] if not faults else []
        )
        if faults:
            return {**table, "faults": faults}
        if next(one for one in functions if one.name == call.name).execute is None:
            return table
        try:
            return {**table, "result": (await self.session.app.tools.execute(ctx, bound, call.arguments)).result}
        except LlmspellError as error:
            return {**table, "error": self.session.told(error)}


def _twin(agent: Agent, tools: tuple[str, ...]) -> Agent:
    """Give a copy of an agent for one run, with other tools: hooks, conversation and configuration are the agent's."""
    twin = copy(agent)
    twin.tools, twin.spent = tools, None
    return twin


def _charge(agent: Agent, twin: Agent) -> None:
    """Count what a copy took as the agent's own."""
    if twin.spent is not None:
        agent.spent = twin.spent if agent.spent is None else agent.spent + twin.spent


async def _nobody(*_: object, **__: object) -> object:
    message = "this function is for the script to call"
    raise ValidationError(message)


def _history(given: object) -> tuple[Message, ...]:
    """Read a conversation that a script wrote."""
    from llmspell.model.llm import message  # noqa: PLC0415 - the agent exists, so attrs is here already

    found = []
    for number, one in enumerate(given if isinstance(given, list) else [given], 1):
        if not isinstance(one, dict) or one.get("role") not in ROLES or not isinstance(one.get("content"), str):
            wrong = f"history[{number}] is no table with `role` (user or assistant) and `content`"
            raise ValidationError(wrong, suggestions=['write {role = "user", content = "..."}'])
        found.append(message(one["role"], one["content"]))
    return tuple(found)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
