"""Put the guards of an agent in place: hooks of its own scope, around its runs, its requests and its tool calls."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import evolve

from llmspell.errors import AgentConfigError, HookError, RefusedError
from llmspell.model.agent import AgentResult
from llmspell.model.decision import Answer, Refuse
from llmspell.model.guard import Checked, Guards, Replace
from llmspell.model.llm import Completion, TextDelta
from llmspell.model.output import Partial
from llmspell.runtime.guards.gate import Gate
from llmspell.runtime.guards.outputs import Held, of_data
from llmspell.runtime.guards.verdicts import NOTES, PLACE, named, note, text_of, verdict
from llmspell.spec.tools import ToolOutput

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from llmspell.kernel.hooks import HookTable
    from llmspell.model.agent import AgentInput
    from llmspell.model.call import Call
    from llmspell.model.guard import Guard
    from llmspell.runtime.context import CallContext

    Proceed = Callable[[Call], Awaitable[object]]

Looked = TypeVar("Looked")

STRUCTURED = "structured"
"""The key of an agent's run that says that it ends in a structured answer."""

_GATE: ContextVar[Gate | None] = ContextVar("llmspell_guard_gate", default=None)
_STRUCTURED: ContextVar[bool] = ContextVar("llmspell_guard_structured", default=False)
_LOOKED_AT: ContextVar[object] = ContextVar("llmspell_guard_looked_at", default=None)
"""What was guarded around an operation: after it, it is the same object, unless another hook has spoken."""


def attach(guards: object, agent: str, hooks: HookTable) -> None:
    """Register the hooks of an agent's guards in its own table; raises `AgentConfigError` for what are no `Guards`."""
    if not isinstance(guards, Guards):
        message = f"the guards of agent {agent!r} are {type(guards).__name__}"
        raise AgentConfigError(message, suggestions=["write Guards(input=..., output=..., tools=...)"])
    watch = Watch(guards, agent)
    if guards.input or guards.output or guards.tools:
        hooks.register("around_agent_execution", watch.run, label="guards", owner=f"agent {agent}")
    if watch.beside or guards.output:
        hooks.register("around_llm_call", watch.ask, label="guards", owner=f"agent {agent}")
    if guards.output:
        hooks.register("after_llm_call", watch.asked, label="guards of answers of hooks", owner=f"agent {agent}")
    if watch.beside or guards.tools:
        hooks.register("around_tool_execution", watch.use, label="guards", owner=f"agent {agent}")
    if watch.results:
        hooks.register("after_tool_execution", watch.used, label="guards of results of hooks", owner=f"agent {agent}")


class Watch:
    """Hold the guards of one agent and look at its operations."""

    def __init__(self, guards: Guards, agent: str) -> None:
        self.guards = guards
        self.agent = agent
        self.first = [guard for guard in guards.input if guard.first]
        self.beside = [guard for guard in guards.input if not guard.first]
        self.results = [guard for guard in guards.tools if guard.when != "call"]

    # -- a run ---------------------------------------------------------------------------------------------------------

    async def run(self, call: Call, proceed: Proceed, ctx: CallContext) -> object:
        """Guard the input of a run, and the end of one that is structured; write down what was changed."""
        notes: list[dict[str, object]] = []
        structured = bool(call.metadata.get(STRUCTURED))
        tokens = _STRUCTURED.set(structured), NOTES.set(notes), PLACE.set(ctx.child("guards"))
        gate = Gate(call.sink) if structured and self.guards.output and call.sink is not None else None
        try:
            result = await self._guarded(call if gate is None else call.with_sink(gate.take), proceed, notes)
            if structured and isinstance(result, AgentResult) and result.status == "done":
                said, result = result, await of_data(self.agent, self.guards.output, result)
                if gate is not None and result is not said:
                    gate.retell(TextDelta(result.content), Partial(result.data))
        finally:
            _STRUCTURED.reset(tokens[0])
            NOTES.reset(tokens[1])
            PLACE.reset(tokens[2])
        if gate is not None:
            await gate.open()
        if notes and isinstance(result, AgentResult):
            result = evolve(result, metadata={**result.metadata, "guards": notes})
        return result

    async def _guarded(self, call: Call, proceed: Proceed, notes: list[dict[str, object]]) -> object:
        given = cast("AgentInput", call.input)
        seen = Checked(stage="input", agent=self.agent, text=given.message.text, media=given.message.media)
        seen, _ = await self._settled(seen, self.first, {})
        call = _said(call, seen.text)
        if not self.beside:
            return await proceed(call)
        gate, own = Gate(call.sink), list[dict[str, object]]()
        tokens = _GATE.set(gate), NOTES.set(own)
        try:
            work = asyncio.ensure_future(proceed(call if call.sink is None else call.with_sink(gate.take)))
        finally:
            _GATE.reset(tokens[0])
            NOTES.reset(tokens[1])
        check = asyncio.ensure_future(self._beside(seen))
        try:
            await asyncio.wait((work, check), return_when=asyncio.FIRST_COMPLETED)
            if not check.done() and (work.cancelled() or work.exception() is not None):
                return await work  # it failed by itself: nothing is left to guard
            new, changed = await check
            if not changed:
                await gate.open()
                result = await work
                notes += own
                return result
        finally:
            await _ended(work, check)
        return await proceed(_said(call, new.text))

    async def _beside(self, seen: Checked) -> tuple[Checked, bool]:
        """Ask guards side by side; once one changes the text, those after it see it as it is then."""
        asking = [asyncio.ensure_future(_of_input(guard, seen)) for guard in self.beside]
        try:
            said = await asyncio.gather(*asking)
        finally:
            await _ended(*asking)
        return await self._settled(seen, self.beside, dict(enumerate(said)))

    @staticmethod
    async def _settled(
        seen: Checked, guards: Sequence[Guard], said: Mapping[int, Replace | None]
    ) -> tuple[Checked, bool]:
        """Give what guards leave of an input, and whether they changed it; `said` is what they said of it before."""
        changed = False
        for index, guard in enumerate(guards):
            known = index in said and not changed
            found = said[index] if known else await _of_input(guard, seen)
            if found is not None:
                seen = evolve(seen, text=text_of(guard, found))
                changed = True
                note(guard, "input")
        return seen, changed

    # -- a request -----------------------------------------------------------------------------------------------------

    async def ask(self, call: Call, proceed: Proceed) -> object:
        """Guard what a model says, and let nobody have it before the guards of the input have spoken.

        A run that ends in a structured answer has that looked at as a whole.
        """
        said = await (proceed(call) if _STRUCTURED.get() or not self.guards.output else self._said(call, proceed))
        if (gate := _GATE.get()) is not None:
            await gate.passed()
        return said

    async def _said(self, call: Call, proceed: Proceed) -> object:
        held = Held(self.agent, self.guards.output, call.sink)
        completion = cast("Completion", await proceed(call.with_sink(held.take) if held.looks else call))
        return _looked_at(await self._settle(held, completion))

    async def asked(self, result: object) -> Answer | None:
        """Guard an answer that a hook gave in the place of the model, or changed since."""
        if _STRUCTURED.get() or _was_looked_at(result) or not isinstance(result, Completion):
            return None
        settled = await self._settle(Held(self.agent, self.guards.output, None), result)
        return None if settled is result else Answer(settled)

    @staticmethod
    async def _settle(held: Held, completion: Completion) -> Completion:
        said = completion.message
        if not said.text and not said.reasoning:
            await held.release()
            return completion
        new = await held.settle(said)
        return completion if new is said else evolve(completion, message=new)

    # -- a tool --------------------------------------------------------------------------------------------------------

    async def use(self, call: Call, proceed: Proceed) -> object:
        """Guard a tool's arguments and its result.

        In a run that is taken up, tools may come first: they, too, wait for the guards of the input.
        """
        if (gate := _GATE.get()) is not None:
            await gate.passed()
        for guard in self.guards.tools:
            if guard.when != "result":
                said = await self._of_tool(guard, call)
                if said is not None:
                    call = call.replace(input=_arguments(guard, said.value))
                    note(guard, "tool")
        given = await proceed(call)
        return _looked_at(await self._of_result(call, given))

    async def used(self, call: Call, result: object) -> Answer | None:
        """Guard a result that a hook gave in the place of the tool, or changed since."""
        if _was_looked_at(result):
            return None
        settled = await self._of_result(call, result)
        return None if settled is result else Answer(settled)

    async def _of_result(self, call: Call, given: object) -> ToolOutput:
        output = given if isinstance(given, ToolOutput) else ToolOutput(given)
        for guard in self.results:
            said = await self._of_tool(guard, call, output.result, ran=True)
            if said is not None:
                output = output._replace(result=said.value)
                note(guard, "tool")
        return output

    async def _of_tool(self, guard: Guard, call: Call, result: object = None, *, ran: bool = False) -> Replace | None:
        arguments: Any = call.input
        checked = Checked(
            stage="tool", agent=self.agent, tool=call.subject, arguments=arguments, result=result, ran=ran
        )
        said = await verdict(guard, checked)
        if isinstance(said, Refuse):
            message = f"the tool {call.subject!r} was refused by guard {named(guard)!r}: {said.reason}"
            raise RefusedError(message, context={"hook": named(guard), "reason": said.reason})
        return said


async def _of_input(guard: Guard, seen: Checked) -> Replace | None:
    said = await verdict(guard, seen)
    return said if isinstance(said, Replace) else None


def _looked_at(result: Looked) -> Looked:
    _LOOKED_AT.set(result)
    return result


def _was_looked_at(result: object) -> bool:
    known = _LOOKED_AT.get()
    _LOOKED_AT.set(None)
    return known is result


def _arguments(guard: Guard, value: object) -> dict[str, object]:
    if isinstance(value, dict):
        return value
    message = f"guard {named(guard)!r} replaced the arguments of a tool with {type(value).__name__}"
    raise HookError(message, suggestions=["replace them with named arguments"])


def _said(call: Call, text: str) -> Call:
    """Give a run whose input has another text; the same run when it is the same text."""
    given = cast("AgentInput", call.input)
    if given.message.text == text:
        return call
    return call.replace(input=evolve(given, message=given.message.with_text(text)))


async def _ended(*tasks: asyncio.Future[Any]) -> None:
    """Cancel what is still under way and wait for its end; what it raised then is nobody's any more."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
