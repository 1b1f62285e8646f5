"""Guards of what an agent says: nothing of a text is shown before they have spoken of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from attrs import evolve

from llmspell.model.guard import Checked, Replace
from llmspell.model.llm import Reset, TextDelta, ToolCall, ToolResult
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
        if isinstance(part, TextDelta):
            self._text += part.text
            if self._early and len(self._text) - self._seen >= self._every:
                await self._look()

    async def settle(self, text: str) -> str:
        """Ask all guards about the whole text, hand on the parts and give the text as the guards leave it."""
        changed = text
        for guard in self._guards:
            said = await verdict(guard, Checked(stage="output", agent=self._agent, text=changed))
            if isinstance(said, Replace):
                changed = text_of(guard, said)
                note(guard, "output")
        if changed != text:
            await self._retell(changed)
        await self.release()
        return changed

    async def release(self) -> None:
        """Hand on what is held."""
        parts, self._parts = self._parts, []
        self._shown = self._shown or any(isinstance(part, TextDelta) for part in parts)
        for part in parts:
            await self._hand_on(part)

    # -- inside --------------------------------------------------------------------------------------------------------

    async def _look(self) -> None:
        self._seen = len(self._text)
        for guard in self._early:
            checked = Checked(stage="output", agent=self._agent, text=self._text, final=False)
            self._changes = isinstance(await verdict(guard, checked), Replace) or self._changes
        if self._releases and not self._changes:
            await self.release()

    async def _retell(self, text: str) -> None:
        """Put one text in the place of all pieces; what was shown already is taken back."""
        if self._shown:
            await self._hand_on(Reset(2))
        others = [part for part in self._parts if not isinstance(part, TextDelta)]
        self._parts = [TextDelta(text), *others]

    async def _hand_on(self, part: object) -> None:
        if self._sink is not None:
            await self._sink(part)


async def of_data(agent: str, guards: Sequence[Guard], result: AgentResult) -> AgentResult:
    """Ask the guards about a structured answer and give the result as they leave it.

    What they put in its place is taken as it is; it also stands in the place of the answer in the conversation.
    """
    for guard in guards:
        checked = Checked(stage="output", agent=agent, text=result.content, data=json.loads(result.content))
        said = await verdict(guard, checked)
        if isinstance(said, Replace):
            note(guard, "output")
            text = json.dumps(said.value, ensure_ascii=False)
            result = evolve(result, data=said.value, content=text, messages=_answered(result.messages, said.value))
    return result


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
