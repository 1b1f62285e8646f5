"""How a run is driven: what one run has besides what its agent is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from llmspell.model.approval import Decision
    from llmspell.model.output import Output
    from llmspell.model.run_state import Step
    from llmspell.runtime.parts import Sink

    Gate = Callable[[Step], Awaitable[None]]


class Drive:
    """Say how a run is driven: where its parts go, what is awaited after each step, what holds for this run alone.

    `settings` are options of hook sets instead of the agent's; `decisions` are about calls that waited, by their ids;
    `output` is what the answer must be, `seconds` how long it may take besides what the agent's limits say. A run that
    is `alone` takes no part in the conversation of its agent.
    """

    __slots__ = ("alone", "decisions", "gate", "output", "seconds", "settings", "sink")

    def __init__(
        self,
        sink: Sink | None = None,
        settings: Mapping[str, object] | None = None,
        gate: Gate | None = None,
        decisions: Mapping[str, Decision] | None = None,
        output: Output | None = None,
        *,
        alone: bool = False,
        seconds: float | None = None,
    ) -> None:
        self.sink = sink
        self.settings = settings
        self.gate = gate
        self.decisions = decisions
        self.output = output
        self.alone = alone
        self.seconds = seconds
