"""Guards of what an agent says: nothing of it, and of what it thought, is shown before they have spoken."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from attrs import evolve

from llmspell.model.guard import Checked, Replace
from llmspell.model.llm import ReasoningDelta, Reset, TextDelta, ToolCall, ToolResult
from llmspell.model.output import VALUE
from llmspell.runtime.guards.verdicts import note, text_of, verdict
from llmspell.runtime.output.answers import TAKEN

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from llmspell.model.agent import AgentResult
    from llmspell.model.guard import Guard
    from llmspell.model.llm import Message

    Sink = Callable[[object], Awaitable[None]]


class Held:
    """Hold the parts of one answer until its guards have seen its text.

    Guards that are asked `every` so many characters see it while it is written, all of them as often as the most eager
    one; where all guards do, it is shown as far as they let it pass. Who would change it has its way once it is whole.
    """

    def __init__(self, agent: str, guards: Sequence[Guard], sink: Sink | None) -> None:
        self._agent = agent
        self._guards = guards
        self._sink = sink
        self._early = [guard for guard in guards if guard.every is not None]
        self._every = min((guard.every or 0 for guard in self._early), default=0)
        self._releases = len(self._early) == len(guards)
        self._begin()

    def _begin(self) -> None:
        self._parts: list[object] = []
        self._text = ""
        self._thought = ""
        self._seen = 0
        self._shown = False
        self._changes = False

    @property
    def looks(self) -> bool:
        """Tell whether the parts are needed: somebody looks at them, or a guard does."""
        return self._sink is not None or bool(self._early)

    async def take(self, part: object) -> None:
        """Take the next part. Raises `GuardrailError` when a guard stops the answer."""
        if isinstance(part, Reset):
            self._begin()
            await self._hand_on(part)
            return
        self._parts.append(part)
        if isinstance(part, (TextDelta, ReasoningDelta)):
            if isinstance(part, TextDelta):
                self._text += part.text
            else:
                self._thought += part.text
            if self._early and len(self._text) + len(self._thought) - self._seen >= self._every:
                await self._look()

    async def settle(self, said: Message) -> Message:
        """Ask all guards about the whole answer, hand on the parts and give the answer as the guards leave it."""
        text, thought = said.text, said.reasoning
        changed, rethought = text, thought
        for guard in self._guards:
            seen = Checked(stage="output", agent=self._agent, text=changed, reasoning=rethought)
            found = await verdict(guard, seen)
            if isinstance(found, Replace):
                changed = text_of(guard, found)
                rethought = rethought if found.reasoning is None else found.reasoning
                note(guard, "output")
        if rethought != thought:
            said = said.with_reasoning(rethought)
        if changed != text:
            said = said.with_text(changed)
        if (changed, rethought) != (text, thought):
            await self._retell(changed, rethought)
        await self.release()
        return said

    async def release(self) -> None:
        """Hand on what is held."""
        parts, self._parts = self._parts, []
        self._shown = self._shown or any(isinstance(part, (TextDelta, ReasoningDelta)) for part in parts)
        for part in parts:
            await self._hand_on(part)

    # -- inside --------------------------------------------------------------------------------------------------------

    async def _look(self) -> None:
        self._seen = len(self._text) + len(self._thought)
        for guard in self._early:
            checked = Checked(stage="output", agent=self._agent, text=self._text, reasoning=self._thought, final=False)
            self._changes = isinstance(await verdict(guard, checked), Replace) or self._changes
        if self._releases and not self._changes:
            await self.release()

    async def _retell(self, text: str, thought: str) -> None:
        """Put one text in the place of all pieces; what was shown already is taken back."""
        if self._shown:
            await self._hand_on(Reset(2))
        others = [part for part in self._parts if not isinstance(part, (TextDelta, ReasoningDelta))]
        thoughts = [ReasoningDelta(thought)] if thought else []
        self._parts = [*thoughts, TextDelta(text), *others]

    async def _hand_on(self, part: object) -> None:
        if self._sink is not None:
            await self._sink(part)


async def of_data(agent: str, guards: Sequence[Guard], result: AgentResult) -> AgentResult:
    """Ask the guards about a structured answer and give the result as they leave it.

    What they put in its place is taken as it is; it also stands in the place of the answer in the conversation.
    """
    for guard in guards:
        data = json.loads(result.content)
        checked = Checked(stage="output", agent=agent, text=result.content, data=data, reasoning=result.reasoning)
        said = await verdict(guard, checked)
        if isinstance(said, Replace):
            note(guard, "output")
            text = json.dumps(said.value, ensure_ascii=False)
            messages = _answered(result.messages, said.value)
            if said.reasoning is not None:
                messages = _thought(messages, said.reasoning)
            result = evolve(result, data=said.value, content=text, messages=messages)
    return result


def _thought(messages: tuple[Message, ...], text: str) -> tuple[Message, ...]:
    """Put a text in the place of all that was thought in a run: it stands before the last answer."""
    at = max(index for index, one in enumerate(messages) if one.role == "assistant")
    return tuple(
        one.with_reasoning(text if index == at else "") if one.role == "assistant" else one
        for index, one in enumerate(messages)
    )


def _answered(messages: tuple[Message, ...], value: object) -> tuple[Message, ...]:
    """Put a value in the place of the answer that was taken; the calls of tools beside it stay."""
    at = max(index for index, one in enumerate(messages) if one.role == "assistant")
    results = (part for one in messages[at + 1 :] for part in one.parts if isinstance(part, ToolResult))
    taken = next((result.id for result in results if result.content == TAKEN), None)
    if taken is None:
        new = messages[at].with_text(json.dumps(value, ensure_ascii=False))
    else:
        arguments = value if isinstance(value, dict) else {VALUE: value}
        parts = [
            evolve(one, arguments=arguments) if isinstance(one, ToolCall) and one.id == taken else one
            for one in messages[at].parts
        ]
        new = evolve(messages[at], parts=tuple(parts))
    return (*messages[:at], new, *messages[at + 1 :])
