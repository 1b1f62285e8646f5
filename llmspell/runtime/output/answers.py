"""Judge the answers of a run by what was asked for: take them, or say what is wrong and ask again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from llmspell.errors import ContentFilterError, OutputMismatchError
from llmspell.model.llm import Message, Text, ToolResult
from llmspell.model.output import Judged
from llmspell.model.schema_faults import Fault
from llmspell.runtime.output.modes import asked, chosen_mode, free_name
from llmspell.runtime.output.partials import Partials
from llmspell.runtime.output.texts import found_in, why_none

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from llmspell.errors import LlmspellError
    from llmspell.model.llm import Completion, LlmRequest, ToolCall
    from llmspell.model.output import Output
    from llmspell.runtime.output.modes import Mode
    from llmspell.spec import Component

SHOWN = 20
"""Faults that are told at once."""
TAKEN, TWICE = "taken as the final answer", "not taken: one call of this tool is the answer"

TOOL = "output_tool"
"""The name under which the data of a run have that of the tool by which its model answers, where there is one."""

COUNT = "asked_again"
"""The name under which the data of a run say how often its model was asked again."""


class Said(NamedTuple):
    """What an answer comes to: the data that are taken, else what the model is told, and the error that ends the run.

    `told` are the results of calls of the output tool, `again` is said in the user's place where there was none.
    """

    judged: Judged | None = None
    told: tuple[ToolResult, ...] = ()
    again: Message | None = None
    fault: LlmspellError | None = None


class Answers:
    """Ask the model of one run for its output and judge what it says.

    An error that ends the run is given and not raised: what led to it belongs to the state of the run first.

    `data` are the data of the run: they count the answers that did not fit, for all its requests together.
    """

    def __init__(self, output: Output, agent: str, component: Component, data: dict[str, object]) -> None:
        self.output = output
        self.agent = agent
        self._component = component
        self._data = data
        self._mode: Mode = "prompted"
        self._tool: str | None = None

    @property
    def asked_again(self) -> int:
        """Give the number of answers so far that did not fit."""
        count = self._data.get(COUNT)
        return count if isinstance(count, int) else 0

    def offered(self, tools: Iterable[str]) -> None:
        """Choose how the model is asked while these tools are offered. Raises `CapabilityMissingError`."""
        names = tuple(tools)
        self._mode = chosen_mode(self.output, self._component, tools=bool(names))
        self._tool = free_name(names) if self._mode == "tool" else None
        if self._tool is not None:
            self._data[TOOL] = self._tool

    def prepare(self, request: LlmRequest) -> LlmRequest:
        """Give the request that asks for the output, too. Raises `CapabilityMissingError`."""
        self.offered(spec.name for spec in request.tools)
        return asked(request, self.output, self._mode, self._tool, self._component)

    def sink(self, sink: Callable[[object], Awaitable[None]] | None) -> Callable[[object], Awaitable[None]] | None:
        """Give the sink of a request: it also tells what is valid so far, as `Partial`."""
        return None if sink is None else Partials(self.output.shape, sink, self._tool)

    @property
    def about(self) -> dict[str, object]:
        """Tell how the answer came."""
        return {"output_mode": self._mode, "asked_again": self.asked_again}

    def is_answer(self, call: ToolCall) -> bool:
        """Tell a call of the output tool from one of a tool that runs."""
        return call.name == self._tool

    def said(self, completion: Completion) -> Said:
        """Judge an answer that calls no tool; a refusal ends the run, and so does what does not fit once too often."""
        text = completion.message.text
        if completion.finish_reason == "content_filter":
            return Said(fault=self._refused(text))
        judged = self._read(text, cut=completion.finish_reason == "length")
        if not judged.faults:
            return Said(judged)
        again = Message(role="user", parts=(Text(text=self._told(judged.faults)),), automatic=True)
        return Said(again=again, fault=self._counted(judged.faults, text))

    def called(self, calls: Sequence[ToolCall]) -> Said:
        """Judge calls of the output tool: the first that fits is taken; the run ends as in `said`."""
        told: list[ToolResult] = []
        taken: Judged | None = None
        fault: LlmspellError | None = None
        for call in calls:
            judged = self._of_call(call)
            if taken is not None:
                told.append(ToolResult(id=call.id, name=call.name, content=TWICE, outcome="not_run"))
            elif judged.faults:
                content = self._told(judged.faults)
                told.append(ToolResult(id=call.id, name=call.name, content=content, outcome="failed"))
                wrong = judged.faults, call.raw or json.dumps(call.arguments, ensure_ascii=False)
            else:
                taken = judged
                told.append(ToolResult(id=call.id, name=call.name, content=TAKEN))
        if taken is None and told:
            fault = self._counted(*wrong)
        return Said(taken, tuple(told), fault=fault)

    # -- inside --------------------------------------------------------------------------------------------------------

    def _of_call(self, call: ToolCall) -> Judged:
        if call.raw is None:
            return self.output.shape.judge(call.arguments)
        return self._read(call.raw, cut=False)

    def _read(self, text: str, *, cut: bool) -> Judged:
        """Find the answer in a text: the first value in it that fits; else tell of the first that was found."""
        first: Judged | None = None
        for value in found_in(text):
            judged = self.output.shape.judge(value)
            if not judged.faults:
                return judged
            first = first or judged
        if cut:
            return Judged(None, None, (Fault("", "the answer was cut off at its longest length: be shorter"),))
        return first or Judged(None, None, (Fault("", why_none(text)),))

    def _told(self, faults: Sequence[Fault]) -> str:
        lines = [f"- {fault.path}: {fault.message}" if fault.path else f"- {fault.message}" for fault in faults]
        more = [f"- and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
        way = "Answer once more, with all of it, as JSON that fits the schema and nothing besides it."
        if self._tool is not None:
            way = f"Call the tool {self._tool!r} once more, with all of the answer."
        return "\n".join(["This answer does not fit:", *lines[:SHOWN], *more, way])

    def _counted(self, faults: Sequence[Fault], text: str) -> OutputMismatchError | None:
        """Count an answer that does not fit; give the error once the budget of the run is spent."""
        if self.asked_again < self.output.retries:
            self._data[COUNT] = self.asked_again + 1
            return None
        listed = "; ".join(f"{one.path}: {one.message}" if one.path else one.message for one in faults[:SHOWN])
        message = f"the answer of agent {self.agent!r} does not fit what was asked for: {listed}"
        return OutputMismatchError(
            message,
            suggestions=["raise output_retries, ask for less, or choose a more able model"],
            context={
                "agent": self.agent,
                "text": text,
                "faults": [one._asdict() for one in faults],
                "mode": self._mode,
                "asked_again": self.asked_again,
            },
        )

    def _refused(self, text: str) -> ContentFilterError:
        message = f"the model of agent {self.agent!r} refused to answer"
        context = {"agent": self.agent, "text": text}
        return ContentFilterError(f"{message}: {text}" if text else message, context=context)
