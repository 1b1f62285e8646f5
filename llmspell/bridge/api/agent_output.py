"""Structured output as scripts ask for it: `output`, `output_mode`, `output_retries`."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from llmspell.bridge.definition import Options
from llmspell.errors import ValidationError

if TYPE_CHECKING:
    from typing import Annotated, Literal

    from llmspell.model.output import Output, Shape
    from llmspell.runtime.agents import AgentConfig

KEYS = ("output", "output_mode", "output_retries")


class OutputOptions(Options):
    """What answers must be."""

    output: Annotated[
        dict[str, object] | list[object] | str | None,
        'what the answer must be: `{name = "string", age = "integer?"}`, a list of one such, or a JSON Schema',
    ] = None
    output_mode: Annotated[
        Literal["auto", "native", "tool", "prompted"] | None, "how the model is asked for it; `auto` by its provider"
    ] = None
    output_retries: Annotated[int | None, "how often it is asked again with what did not fit, 2 if not said"] = None


def output_fields(config: AgentConfig, changes: OutputOptions) -> dict[str, object]:
    """Give the fields of a configuration that were given, read and checked once for all runs.

    Raises `SchemaError` and `ValidationError`.
    """
    given: dict[str, object] = {key: value for key in KEYS if (value := getattr(changes, key)) is not None}
    if not given:
        return {}
    from llmspell.runtime.output.kept import checked  # noqa: PLC0415 - paid by who asks for it

    return {**given, "output": checked(config.replace(**given)).output}


def shown_output(config: AgentConfig) -> dict[str, object]:
    """Write the output of an agent, nothing when it has none."""
    shape = cast("Shape | None", config.output)
    if shape is None:
        return {}
    mode, retries = config.output_mode, config.output_retries
    return {"output": dict(shape.schema), "output_mode": mode, "output_retries": retries}


def run_output(config: AgentConfig, options: OutputOptions) -> Output | None:
    """Give the output of one run where it is not the agent's own. Raises `SchemaError` and `ValidationError`."""
    given: dict[str, object] = {key: value for key in KEYS if (value := getattr(options, key)) is not None}
    if not given:
        return None
    from llmspell.runtime.output.kept import output_for  # noqa: PLC0415 - likewise

    found = output_for(config.replace(**given), None)
    if found is None:
        message = f"{' and '.join(given)} without an output: there is nothing to ask for"
        raise ValidationError(message, suggestions=["give it the key `output`"])
    return found
