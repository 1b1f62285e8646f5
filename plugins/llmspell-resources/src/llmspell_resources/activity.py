"""The activity log: what each agent called last, bounded."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Any

from llmspell_resources.sections import ActivitySection
from llmspell_resources.watching import hooks, outcome_of, seen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmspell.model.call import Call
    from llmspell.spec import Context, Hook
    from llmspell_resources.watching import Proceed


class Activity:
    """Keep the last calls of the agents that did something last; arguments and results are not kept."""

    def __init__(self) -> None:
        self.section = ActivitySection()
        self._agents: OrderedDict[tuple[str, str], deque[dict[str, object]]] = OrderedDict()

    def hooks(self) -> Iterable[Hook]:
        """Stand innermost in the band of audits: what a monitor refuses is not what an agent did."""
        return hooks("activity", 100, self.watch)

    async def watch(self, call: Call, proceed: Proceed, ctx: Context) -> object:
        """Note a call when it has ended."""
        about = seen(call, ctx)
        error: BaseException | None = None
        try:
            return await proceed(call)
        except BaseException as raised:
            error = raised
            raise
        finally:
            if about.agent:
                self._note(about.run, about.agent, _entry(about, error, ctx.clock.monotonic()))

    def _note(self, run: str, agent: str, entry: dict[str, object]) -> None:
        known = self._agents.get((run, agent))
        if known is None:
            known = self._agents[run, agent] = deque(maxlen=self.section.keep)
            while len(self._agents) > self.section.agents:
                self._agents.popitem(last=False)
        self._agents.move_to_end((run, agent))
        known.append(entry)

    def statistics(self) -> Mapping[str, object]:
        """Give what each agent did, by run and agent, the oldest first."""
        found: dict[str, dict[str, object]] = {}
        for (run, agent), entries in self._agents.items():
            found.setdefault(run, {})[agent] = list(entries)
        return found


def _entry(about: Any, error: BaseException | None, now: float) -> dict[str, object]:
    entry: dict[str, object] = {
        "operation": about.operation,
        "subject": about.subject,
        "outcome": outcome_of(error),
        "seconds": now - about.at,
    }
    return entry if error is None else {**entry, "error": getattr(error, "type", type(error).__name__)}
