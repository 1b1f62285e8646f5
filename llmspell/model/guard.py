"""Guards of agents: who looks at what goes in, what comes out and what tools are given, and what they may say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from attrs import field, frozen

from llmspell.errors import AgentConfigError
from llmspell.model.llm import Media

Stage = Literal["input", "output", "tool"]


class Trip(NamedTuple):
    """Stop the run; it ends in a `GuardrailError` with this reason."""

    reason: str = ""


class Replace(NamedTuple):
    """Go on with this instead: a text, the data of a structured answer, arguments or the result of a tool.

    Of an answer, `reasoning` stands in the place of what the model thought; None leaves that as it is.
    """

    value: object
    reasoning: str | None = None


@frozen(kw_only=True)
class Checked:
    """What a guard is shown.

    stage       `input`, `output` or `tool`
    text        what was said to the agent or by it
    media       images, audio and files that came with an input
    data        the structured answer, as JSON data
    reasoning   what the model thought before and beside its answer, as far as it is told
    final       whether the text is whole; False while it is still being written
    tool        name of the tool, with its `arguments`, and its `result` once it `ran`
    """

    stage: Stage
    agent: str
    text: str = ""
    media: tuple[Media, ...] = ()
    data: object = None
    reasoning: str = ""
    final: bool = True
    tool: str | None = None
    arguments: Mapping[str, object] = field(factory=dict)
    result: object = None
    ran: bool = False


@frozen(kw_only=True)
class Guard:
    """A function of a `Checked`, and when it is asked.

    It gives None or True to let pass, False or `Trip` to stop the run, `Replace` to change what it saw, and of a tool
    `Refuse` to have the model told why it was not run. Anything else, and an error, stops the run, too.

    first   of an input: before the model is asked, not beside it
    every   of an output: also while it is written, each time it has grown by so many characters
    when    of a tool: before its `call`, after it with the `result`, or `both`
    timeout in seconds; who takes longer has failed
    """

    check: Callable[[Checked], object]
    name: str = ""
    first: bool = False
    every: int | None = None
    when: Literal["call", "result", "both"] = "call"
    timeout: float = 300.0

    def __attrs_post_init__(self) -> None:
        if self.every is not None and self.every < 1:
            message = f"guard {self.name or self.check!r} is asked every {self.every} characters"
            raise AgentConfigError(message, suggestions=["give `every` a number from 1 on"])


def _guards(given: object) -> tuple[Guard, ...]:
    return tuple(map(_guard, given if isinstance(given, list | tuple) else (given,)))


def _guard(given: object) -> Guard:
    if isinstance(given, Guard):
        return given
    if not callable(given):
        message = f"a guard is a function, not {given!r}"
        raise AgentConfigError(message)
    return Guard(check=given)


@frozen(kw_only=True)
class Guards:
    """The guards of one agent, in the order in which they are asked; a bare function stands for a guard of its own."""

    input: tuple[Guard, ...] = field(default=(), converter=_guards)
    output: tuple[Guard, ...] = field(default=(), converter=_guards)
    tools: tuple[Guard, ...] = field(default=(), converter=_guards)
