"""A model played from a list of steps: for demonstrations without a key, for recorded stories and for tests.

A script is JSON: `{"steps": [step, ...]}`. A step is one answer of the model:

    {"text": "..."}                                         a final answer
    {"tool_calls": [{"name": ..., "arguments": {...}}]}     a request for tools, side by side
    {"each": "{{results.0.entries}}", "as": "entry", "tool_calls": [...]}    the same calls for every item of a list
    {"error": {"type": "rate_limit", "message": "..."}}     a failure of the provider, once

An answer costs nothing; `"cost": 0.01` says how many dollars it pretends to cost, `"cost": null` that nobody knows.

Strings in a step are templates over the conversation so far: `results` (what the tools returned, in order), `last`
(the newest of them), `by_tool` (name -> list of results), `input` (the user's text), `turn`. A string that is one
`{{...}}` keeps the value's type, so arguments are made of real results. Which step comes next is read off the
conversation, so a run can be repeated and resumed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, cast

from llmspell.errors import LlmspellError, ScriptedModelError, error_types
from llmspell.model.llm import (
    Finish,
    LlmRequest,
    Message,
    Part,
    TextDelta,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    ToolResult,
    Usage,
    UsagePart,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from llmspell.spec import Context

Step = Mapping[str, object]
StepFunction = Callable[[LlmRequest], Step]
CHUNK = 24
"""Characters of text in one streamed part."""

ANSWERS = ("text", "tool_calls", "error")
KEYS = (*ANSWERS, "each", "as", "cost")
CALL_KEYS = ("name", "arguments")
ERROR_KEYS = ("type", "message", "retry_after")


class ScriptedProvider:
    """Answer from the script that the request carries in `extra["script"]`."""

    async def stream(self, request: LlmRequest, ctx: Context) -> AsyncIterator[Part]:
        """Yield the parts of the step whose turn it is; raises `ScriptedModelError` when there is none."""
        script = request.extra.get("script")
        if not isinstance(script, Mapping) or not isinstance(script.get("steps"), list):
            message = "the scripted model has no script"
            raise ScriptedModelError(
                message, suggestions=["put <spell>.model.json beside the spell", 'pass extra = {"script": ...}']
            )
        steps = cast("list[Step]", script["steps"])
        turn = answers_given(request.messages)
        if turn >= len(steps):
            message = f"the scripted model has {len(steps)} steps, and the conversation asks for step {turn + 1}"
            raise ScriptedModelError(message, suggestions=["add a step with a final `text`"])
        async for part in play(steps[turn], request, ctx, turn):
            yield part


class ScriptedModel:
    """A provider for tests: steps taken first in first out, or made by functions; every request is kept in `requests`.

    Put it in place with `app.catalog.register(...)` or `llmspell.testing`. `assert_exhausted()` fails when steps are
    left over.
    """

    def __init__(self, steps: Sequence[Step | StepFunction]) -> None:
        self.steps = list(steps)
        self.requests: list[LlmRequest] = []

    async def stream(self, request: LlmRequest, ctx: Context) -> AsyncIterator[Part]:
        """Yield the parts of the next step."""
        turn = len(self.requests)
        self.requests.append(request)
        if turn >= len(self.steps):
            message = f"the scripted model has {len(self.steps)} steps and got request {turn + 1}"
            raise ScriptedModelError(message)
        step = self.steps[turn]
        async for part in play(step(request) if callable(step) else step, request, ctx, turn):
            yield part

    def assert_exhausted(self) -> None:
        """Raise `ScriptedModelError` when not every step was asked for."""
        left = len(self.steps) - len(self.requests)
        if left > 0:
            message = f"{left} of {len(self.steps)} scripted steps were never asked for"
            raise ScriptedModelError(message)


def answers_given(messages: Sequence[Message]) -> int:
    """Count the model's answers since the last word of the user."""
    count = 0
    for message in reversed(messages):
        if message.role == "user" and not message.automatic:
            break
        count += message.role == "assistant"
    return count


def conversation(messages: Sequence[Message], turn: int) -> dict[str, object]:
    """Give the names a step's templates can use."""
    start = max((i for i, m in enumerate(messages) if m.role == "user" and not m.automatic), default=0)
    results: list[object] = []
    by_tool: dict[str, list[object]] = {}
    for message in messages[start:]:
        for part in message.parts:
            if isinstance(part, ToolResult):
                value = _value(part)
                results.append(value)
                by_tool.setdefault(part.name, []).append(value)
    text = messages[start].text if messages else ""
    return {
        "results": results,
        "last": results[-1] if results else None,
        "by_tool": by_tool,
        "input": text,
        "turn": turn,
    }


def _value(part: ToolResult) -> object:
    if part.outcome != "done":
        return {"error": part.content, "outcome": part.outcome}
    try:
        return json.loads(part.content)
    except ValueError:
        return part.content


async def play(step: Step, request: LlmRequest, ctx: Context, turn: int) -> AsyncIterator[Part]:
    """Turn one step into the parts of a streamed answer."""
    _check(step, turn)
    values = conversation(request.messages, turn)
    if "error" in step:
        raise _error(cast("Mapping[str, object]", step["error"]))
    written = 0
    if "text" in step:
        text = ctx.templates.render(str(step["text"]), values)
        written += len(text)
        for at in range(0, len(text), CHUNK):
            yield TextDelta(text[at : at + CHUNK])
    calls = _calls(step, values, ctx)
    for index, (name, arguments) in enumerate(calls):
        raw = json.dumps(arguments, ensure_ascii=False)
        written += len(raw)
        yield ToolCallStart(index, f"call_{turn}_{index}", name)
        yield ToolCallDelta(index, raw)
        yield ToolCallEnd(index)
    read = len(request.system) + sum(len(_plain(m)) for m in request.messages)
    yield UsagePart(Usage(requests=1, input_tokens=read // 4, output_tokens=written // 4, cost=_cost(step)))
    yield Finish("tool_calls" if calls else "stop", model="scripted")


def _check(step: Step, turn: int) -> None:
    """Refuse a step that says nothing, or what nobody reads: it would pass for an empty answer."""
    where = f"step {turn + 1} of the scripted model"
    _keys(step, where, KEYS, ANSWERS)
    for call in cast("list[Mapping[str, object]]", step.get("tool_calls", [])):
        _keys(call, f"a tool call in {where}", CALL_KEYS, ("name",))
    if "error" in step:
        _keys(cast("Mapping[str, object]", step["error"]), f"the error in {where}", ERROR_KEYS, ERROR_KEYS)


def _keys(value: object, where: str, known: Sequence[str], one_of: Sequence[str]) -> None:
    if not isinstance(value, Mapping):
        fault = "is no map"
    elif unknown := [key for key in value if key not in known]:
        fault = f"cannot have {', '.join(map(repr, unknown))}"
    elif not any(key in value for key in one_of):
        fault = f"lacks {' or '.join(map(repr, one_of))}"
    else:
        return
    message = f"{where} {fault}"
    raise ScriptedModelError(message, suggestions=[f"it may have {', '.join(known)}"])


def _calls(step: Step, values: Mapping[str, object], ctx: Context) -> list[tuple[str, object]]:
    calls = cast("list[Mapping[str, object]]", step.get("tool_calls", []))
    if "each" not in step:
        return [(str(call["name"]), ctx.templates.render_value(call.get("arguments", {}), values)) for call in calls]
    items = ctx.templates.render_value(step["each"], values)
    if not isinstance(items, list):
        message = f"`each` of a scripted step must give a list, got {type(items).__name__} from {step['each']!r}"
        raise ScriptedModelError(message)
    name = str(step.get("as", "item"))
    return [
        (
            str(call["name"]),
            ctx.templates.render_value(call.get("arguments", {}), {**values, name: item, "index": index}),
        )
        for index, item in enumerate(items)
        for call in calls
    ]


def _cost(step: Step) -> float | None:
    cost = step.get("cost", 0.0)
    if cost is None or (isinstance(cost, (int, float)) and not isinstance(cost, bool) and 0 <= cost < math.inf):
        return None if cost is None else float(cost)
    message = f"`cost` of a scripted step must be dollars or null, got {cost!r}"
    raise ScriptedModelError(message)


def _plain(message: Message) -> str:
    return message.text + "".join(part.content for part in message.parts if isinstance(part, ToolResult))


def _error(data: Mapping[str, object]) -> LlmspellError:
    wanted = data.get("type", "provider")
    kind = next((k for k in error_types() if k.type == wanted and k.code // 1000 == 7), None)  # noqa: PLR2004 - providers are 7xxx
    if kind is None:
        message = f"a scripted step wants an error of type {wanted!r}, which no provider error has"
        return ScriptedModelError(message)
    after = data.get("retry_after")
    return kind(
        str(data.get("message", "scripted failure")),
        retry_after=float(after) if isinstance(after, (int, float)) else None,
    )
