"""Pipelines: tools one after the other, as one tool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.bridge.api.tool import EMPTY_SCHEMA, ToolHandle
from llmspell.bridge.definition import Options
from llmspell.errors import LlmspellError, ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Annotated, Any

    from llmspell.bridge.callbacks import Callback
    from llmspell.bridge.session import SpellSession
    from llmspell.runtime.context import CallContext


class PipelineStep(Options):
    """One step of a pipeline."""

    tool: Annotated[ToolHandle | str, "the tool, or its name"]
    input: Annotated[
        Callback | dict[str, object] | None,
        "its arguments, with `{{input.x}}` and `{{name.x}}` for earlier outputs; or `function(context)` that gives "
        "them; without it the result before",
    ] = None
    output: Annotated[str | None, "name of its result in the context and in the pipeline's result"] = None
    name: Annotated[str | None, "name for errors"] = None


class PipelineOptions(Options):
    """Tools to run one after the other."""

    name: Annotated[str, "name of the pipeline, under which a model may call it"]
    steps: Annotated[list[PipelineStep], "what to do, in order"]
    description: Annotated[str, "one sentence for models"] = ""
    parameters: Annotated[dict[str, object] | None, "JSON Schema of its input; anything without it"] = None


async def make_pipeline(session: SpellSession, options: PipelineOptions) -> ToolHandle:
    """Build the tool; raises `ValidationError` without steps and `ToolNotFoundError` for a step nobody can run."""
    from llmspell.bridge.api.tools import Tools  # noqa: PLC0415 - the catalogue makes pipelines
    from llmspell.model.schema import ArgumentSchema  # noqa: PLC0415 - comes with the first tool
    from llmspell.runtime.tools import BoundTool, ScriptTool  # noqa: PLC0415
    from llmspell.spec import Component  # noqa: PLC0415

    if not options.steps:
        message = f"pipeline {options.name!r} has no steps"
        raise ValidationError(message, suggestions=['write steps = {{tool = "calculator", input = {...}}}'])
    tools = session.namespace(Tools)
    steps = [(one, tools.get(one.tool) if isinstance(one.tool, str) else one.tool) for one in options.steps]

    async def handler(arguments: Mapping[str, object], ctx: CallContext) -> object:
        return await _run(session, options.name, steps, dict(arguments), ctx)

    schema: dict[str, Any] = options.parameters or {**EMPTY_SCHEMA, "additionalProperties": True}
    component = Component(
        "tool", options.name, "llmspell.runtime.tools:ScriptTool", options.description, category="pipeline",
        effect="once",
    )  # fmt: skip
    component.plugin = "script"
    who = f"pipeline {options.name!r}"
    tool = ScriptTool(handler, schema)
    return ToolHandle(session, component, BoundTool(component, tool, ArgumentSchema.from_json_schema(schema, who=who)))


async def _run(
    session: SpellSession,
    name: str,
    steps: list[tuple[PipelineStep, ToolHandle]],
    given: dict[str, object],
    ctx: CallContext,
) -> dict[str, object]:
    """Run the steps; the result has each named output, and the last one as `output`."""
    outputs: dict[str, object] = {}
    last: object = given
    for number, (step, tool) in enumerate(steps, 1):
        try:
            arguments = await _arguments(session, step, {**outputs, "input": given, "previous": last}, last)
            last = (await tool.execute(ctx, arguments))["result"]
        except LlmspellError as error:
            error.context.setdefault("pipeline", name)
            error.context.setdefault("step", step.name or step.output or number)
            raise
        if step.output:
            outputs[step.output] = last
    return {**outputs, "output": last}


async def _arguments(
    session: SpellSession, step: PipelineStep, context: dict[str, object], last: object
) -> dict[str, object]:
    """Make the arguments of a step."""
    if step.input is None:
        made = last
    elif isinstance(step.input, dict):
        made = session.app.services.templates.render_value(step.input, context, strict=True)
    else:
        made = await step.input(context)
    if not isinstance(made, dict):
        message = f"a step is given named arguments, not {type(made).__name__}"
        raise ValidationError(message, suggestions=["give the step an `input`, a map or a function that returns one"])
    return made
