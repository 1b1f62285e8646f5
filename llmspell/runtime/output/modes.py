"""How a model is asked for a structured answer: in its service's own way, by a tool, or in words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

from llmspell.errors import CapabilityMissingError
from llmspell.model.llm import ToolSpec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmspell.model.llm import LlmRequest
    from llmspell.model.output import Output
    from llmspell.spec import Component

Mode = Literal["native", "tool", "prompted"]

NATIVE, BESIDE_TOOLS, TOOLS, FORCED = "json_schema", "json_schema_with_tools", "tools", "tool_choice"
"""What providers declare: answers by a schema, such answers while tools are offered, tools, calls that are forced."""
NEEDS = {"native": NATIVE, "tool": TOOLS}
ANSWER_TOOL = "answer"


def chosen_mode(output: Output, component: Component, *, tools: bool) -> Mode:
    """Choose by what the provider declares, unless the output says how; `tools` tells whether any are offered.

    Raises `CapabilityMissingError` for a way that the provider does not have.
    """
    can = component.capabilities
    if output.mode != "auto":
        needed = NEEDS.get(output.mode)
        if needed is not None and needed not in can:
            message = f"provider {component.name!r} declares no {needed!r}, which output_mode = {output.mode!r} needs"
            raise CapabilityMissingError(message, suggestions=['leave output_mode out, or write "prompted"'])
        return output.mode
    if NATIVE in can and (not tools or BESIDE_TOOLS in can):
        return "native"
    return "tool" if TOOLS in can else "prompted"


def asked(request: LlmRequest, output: Output, mode: Mode, tool: str | None, component: Component) -> LlmRequest:
    """Give the request that asks for the output; `tool` is the name of the tool whose call is the answer."""
    wire = output.shape.wire
    if mode == "native":
        return request.replace(response_schema={"title": output.shape.name, **wire})
    if tool is None:
        words = "JSON that fits this JSON Schema, and nothing besides it"
        told = f"Your final answer is {words}:\n{json.dumps(wire, ensure_ascii=False)}"
        return request.replace(system=_after(request.system, told))
    about = str(wire.get("description") or "")
    spec = ToolSpec(name=tool, description=f"Give the final answer. {about}".strip(), schema=wire)
    told = f"Give your final answer by calling the tool {tool!r}, not as text."
    return request.replace(
        tools=(*request.tools, spec),
        tool_choice="required" if FORCED in component.capabilities else request.tool_choice,
        system=_after(request.system, told),
    )


def free_name(taken: Iterable[str]) -> str:
    """Give the output tool a name that no tool has."""
    names, name = set(taken), ANSWER_TOOL
    while name in names:
        name += "_"
    return name


def _after(system: str, told: str) -> str:
    return f"{system}\n\n{told}" if system else told
