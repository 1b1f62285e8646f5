"""What a run spends, told to the runs around it: an agent that another one runs spends that one's money, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.model.spent import Spent, together

if TYPE_CHECKING:
    from asyncio import Event
    from collections.abc import Iterator

    from llmspell.model.llm import Usage
    from llmspell.model.run_state import RunState
    from llmspell.runtime.agents import Agent
    from llmspell.runtime.reserving import Reserved


class Spending:
    """Count for one run of one agent; `outer` is the run on whose behalf it works, if there is one.

    `inside` is what runs within this one have taken so far, those under way included. Money is held back for the
    requests `under_way`, here or within; who waits for one of them to end waits for `freed`.
    """

    __slots__ = ("_since", "agent", "freed", "inside", "outer", "state", "under_way")

    def __init__(self, agent: Agent, state: RunState, outer: Spending | None) -> None:
        self.agent = agent
        self.state = state
        self.outer = outer
        self.inside: Usage | None = None
        self.under_way: tuple[Reserved, ...] = ()
        self.freed: Event | None = None
        self._since = Spent(agent=state.agent) if state.turns else None  # the rest was entered before it was taken up
        for one in state.nested:
            self._add_inside(one.usage)

    def chain(self) -> Iterator[Spending]:
        """Yield this run and those around it."""
        here: Spending | None = self
        while here is not None:
            yield here
            here = here.outer

    @property
    def total(self) -> Usage:
        """Give what the run has taken, by itself and by runs within it."""
        own = self.state.usage
        return own if self.inside is None else own + self.inside

    def charge(self, usage: Usage) -> None:
        """Count a request of this run."""
        self.state.usage = self.state.usage + usage
        if self._since is not None:
            self._since = self._since + Spent(agent=self.state.agent, own=usage)
        outer = self.outer
        while outer is not None:
            outer._add_inside(usage)  # noqa: SLF001 - same class
            outer = outer.outer

    def _add_inside(self, usage: Usage) -> None:
        self.inside = usage if self.inside is None else self.inside + usage

    def close(self) -> None:
        """Enter what this run took into the books of its agent and of the run around it, however it ended."""
        spent = self._since or Spent(agent=self.state.agent, own=self.state.usage, nested=self.state.nested)
        self.agent.spent = spent if self.agent.spent is None else self.agent.spent + spent
        if self.outer is not None:
            self.outer._enter(spent)  # noqa: SLF001 - same class

    def _enter(self, inner: Spent) -> None:
        self.state.nested = together(self.state.nested, (inner,))
        if self._since is not None:
            self._since = self._since + Spent(agent=self.state.agent, nested=(inner,))
