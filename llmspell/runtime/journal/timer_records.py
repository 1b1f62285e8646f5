"""The time limits of a run in its journal; what they are is in `runtime.journal.timers`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.runtime.journal.port import WITHIN
from llmspell.runtime.journal.timers import TimerRecord

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmspell.runtime.journal.recorded import Recorded
    from llmspell.runtime.journal.timers import DurableTimer


class TimerRecords:
    """Know the time limits of a run and write down what becomes of them; `live` says that nothing is repeated."""

    recorded: Recorded

    def __init__(self, *, live: bool) -> None:
        self.timers: list[DurableTimer] = []
        """Those under way."""
        self._live = live
        self._waiting: list[Callable[[], None]] = []

    def note(self, kind: str, **fields: object) -> None:
        """Append a record."""
        raise NotImplementedError

    @property
    def live(self) -> bool:
        """Tell whether all that was recorded of the spell was given again."""
        return self._live

    def caught_up(self) -> None:
        """Say that all that was recorded of the spell was given again."""
        self._live = True
        waiting, self._waiting = self._waiting, []
        for call in waiting:
            call()

    def atomic(self) -> bool:
        """Tell whether the task at hand is inside an effect, of which nothing within is recorded."""
        return WITHIN.get()

    def timer_started(self, path: str, name: str, due: float) -> TimerRecord | None:
        """Give what is known of a timer, or note its beginning and give None."""
        known = self.recorded.timers.get(path)
        if known is None:
            self.note("intent", p=path, o="timer", s=name, e="pure", due=due)
            return None
        return TimerRecord(known["due"], known.get("fired"), known.get("left"), known["n"])

    def timer_ended(self, path: str, fired: bool, left: float | None = None) -> None:  # noqa: FBT001 - as it is recorded
        """Note how a timer ended."""
        self.note("done", p=path, o="timer", fired=fired, left=left)

    def when_live(self, call: Callable[[], None]) -> None:
        """Call something once all that is recorded was given again: at once when that is so."""
        if self._live:
            call()
        else:
            self._waiting.append(call)
