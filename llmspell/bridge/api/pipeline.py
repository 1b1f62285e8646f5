"""Pipelines: tools one after the other, as one tool; they are workflows, and run by the same engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.bridge.definition import Options
from llmspell.errors import LlmspellError

if TYPE_CHECKING:
    from typing import Annotated

    from llmspell.bridge.api.tool import ToolHandle
    from llmspell.bridge.api.workflow_options import StepOptions
    from llmspell.bridge.session import SpellSession
    from llmspell.runtime.context import CallContext


class PipelineOptions(Options):
    """Tools to run one after the other."""

    name: Annotated[str, "name of the pipeline, under which a model may call it"]
    steps: Annotated[list[StepOptions], "what to do, in order; a step without `input` is given the result before"]
    type: Annotated[str, "kind of the workflow that it is: `graph` or `parallel`, too"] = "pipeline"
    description: Annotated[str, "one sentence for models"] = ""
    parameters: Annotated[dict[str, object] | None, "JSON Schema of its input; anything without it"] = None
    error_strategy: Annotated[
        str | dict[str, object] | None, "what to do when a step fails, see `ErrorStrategy`"
    ] = None  # fmt: skip


async def make_pipeline(session: SpellSession, options: PipelineOptions) -> ToolHandle:
    """Build the tool; raises `WorkflowDefinitionError` with everything that is wrong with its steps."""
    from llmspell.bridge.api.workflow_offers import workflow_tool  # noqa: PLC0415 - paid by who makes pipelines
    from llmspell.bridge.api.workflow_reading import Reader  # noqa: PLC0415 - likewise

    table = {key: one for key, one in options.given().items() if key in ("name", "steps", "error_strategy")}
    workflow = await Reader(session).workflow(options.type, table)
    named = {step.output for step in workflow.definition.steps if step.output}

    async def run(given: object, ctx: CallContext) -> dict[str, Any]:
        try:
            result = await workflow.execute(given, ctx=ctx)
        except LlmspellError as error:
            error.context.setdefault("pipeline", options.name)
            raise
        outputs = {key: value for key, value in result["outputs"].items() if key in named}
        return {**outputs, "output": result["output"]}

    return workflow_tool(session, options.name, options.description, options.parameters, run, category="pipeline")
