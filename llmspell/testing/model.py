"""A model that says what a test wants: steps first in first out, every request kept, errors on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.builtin.scripted import ScriptedModel
from llmspell.spec import provider

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from llmspell.builtin.scripted import Step, StepFunction
    from llmspell.runtime.run import Run

__all__ = ["ScriptedModel", "script_model"]

ABLE = ("text", "tools", "tool_choice", "json_schema", "json_schema_with_tools")


def script_model(
    run: Run, steps: Sequence[Step | StepFunction], *, name: str = "fake", capabilities: Iterable[str] = ABLE
) -> ScriptedModel:
    """Put a scripted model in place as provider `name` of a run and return it.

    A step is data as in a `<spell>.model.json` (see `llmspell.builtin.scripted`), or a function of the `LlmRequest`
    that gives such data or raises. `requests` holds what was asked; `assert_exhausted()` fails when steps are left
    over. `capabilities` are what the provider declares, by default all that an agent may need.
    """
    model = ScriptedModel(steps)
    about = "Steps of a test."
    described = provider(
        name, "llmspell.builtin.scripted:ScriptedModel", about, price=(0, 0), capabilities=capabilities
    )
    run.app.catalog.register(described, model, owner=run.id)
    return model
