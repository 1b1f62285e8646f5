"""Ask the person at the terminal about tool calls that wait for approval."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from llmspell.cli.chat_shown import arguments_of
from llmspell.cli.escaped import escaped
from llmspell.cli.repl_input import asked
from llmspell.model.approval import Decision

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmspell.cli.console import Console
    from llmspell.model.approval import Pending

QUESTION = "allow it? y yes, n no, a always, e never, o with other arguments: "
WHY = "what should the model be told? (nothing) "
OTHERS = "its arguments, as JSON: "


LATER = "allow it? y yes, n no, a always, e never, o with other arguments, l later: "


class Approver(NamedTuple):
    """Ask about calls, one after the other; where it may be decided `later`, that is an answer, too."""

    console: Console
    later: bool = False

    def decisions(self, pending: Iterable[Pending]) -> dict[str, Decision]:
        """Give what was decided, by the ids of the calls.

        Raises `KeyboardInterrupt` for Ctrl-C, and at the end of the input: who leaves has decided nothing.
        """
        made = {one.id: self.decision(one) for one in pending}
        return {id_: one for id_, one in made.items() if one is not None}

    def decision(self, one: Pending) -> Decision | None:
        """Give what was decided about a call, None for later; raises as `decisions` does."""
        self.console.warn_lines(self._shown(one))
        while True:
            answer = self._answer(LATER if self.later else QUESTION).strip().lower()
            if self.later and answer in ("l", "later"):
                return None
            if answer in ("y", "yes"):
                return Decision(verdict="approve")
            if answer in ("n", "no"):
                return Decision(verdict="reject", reason=self._answer(WHY).strip())
            if answer in ("a", "always"):
                return Decision(verdict="approve", always="agent")
            if answer in ("e", "never"):
                return Decision(verdict="reject", always="agent")
            if answer in ("o", "other") and (given := self._arguments()) is not None:
                return Decision(verdict="approve", arguments=given)

    @staticmethod
    def _shown(one: Pending) -> list[str]:
        """Show a call; one whose bytes are to be approved as exactly those, with their hash."""
        if not one.digest:
            return [f"{escaped(one.tool)}({arguments_of(one.arguments, whole=True)}) waits: {escaped(one.why)}"]
        from llmspell.runtime.labels import exact  # noqa: PLC0415 - which is here when such a call waits

        return [
            f"a call waits: {escaped(one.why)}",
            f"    {exact(one.tool, one.arguments)}",
            f"    sha256 {one.digest}; this and nothing else will run",
        ]

    def _arguments(self) -> dict[str, object] | None:
        """Read other arguments; None for what is no JSON object."""
        try:
            given = json.loads(self._answer(OTHERS))
        except (ValueError, RecursionError) as error:
            self.console.note(f"this is not JSON: {error}")
            return None
        if not isinstance(given, dict):
            self.console.note('this is no JSON object: write {"name": value}')
            return None
        return given

    def _answer(self, prompt: str) -> str:
        line = asked(self.console, prompt, kept=False)
        if line is None:
            raise KeyboardInterrupt
        return line
