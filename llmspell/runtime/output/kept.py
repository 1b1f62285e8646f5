"""The output of a run: by what it is chosen, and how a run that waits keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from llmspell.errors import RunStateError, SchemaError, ValidationError
from llmspell.model.output import Output, Shape, output_of

if TYPE_CHECKING:
    from llmspell.runtime.agents import AgentConfig

KEPT = "output"
"""The name under which the data of a run have its output."""


def output_for(config: AgentConfig, given: object) -> Output | None:
    """Give the output of a new run: what it was given, else the agent's own; `given` as `output_of` takes it.

    Raises `SchemaError` and `ValidationError`.
    """
    wanted = config.output if given is None else given
    if wanted is None or isinstance(wanted, Output):
        return wanted
    return output_of(wanted, config.output_mode, config.output_retries)


def checked(config: AgentConfig) -> AgentConfig:
    """Give a configuration whose output is read, once for all its runs; raises as `output_for` does."""
    made = output_for(config, None)
    return config if made is None or made is config.output else config.replace(output=made.shape)


def to_data(output: Output) -> dict[str, object]:
    """Write an output as JSON data."""
    return {"schema": dict(output.shape.schema), "mode": output.mode, "retries": output.retries}


def from_data(config: AgentConfig, data: object) -> Output:
    """Read the output of a run that is taken up; the agent's own class builds the answer where it is the same output.

    Raises `RunStateError`.
    """
    own = output_for(config, None)
    if own is not None and data == to_data(own):
        return own
    if not isinstance(data, Mapping) or not isinstance(data.get("schema"), Mapping):
        raise RunStateError("the state of a run is damaged: its output has no schema")
    try:
        return output_of(Shape(data["schema"]), str(data.get("mode")), data.get("retries"))
    except (SchemaError, ValidationError) as error:
        raise RunStateError(f"the state of a run is damaged: {error.message}") from error
