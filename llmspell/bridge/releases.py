"""Objects that a script gives back: they are forgotten in the order in which the script did it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.bridge.session import SpellSession

    Entry = tuple[str, int, int] | tuple[str, int]


def take_back(session: SpellSession, entries: Sequence[Entry]) -> None:
    """Forget objects, `(kind, number, how often it was received)` each."""
    if session.calls.unbegun:  # their arguments may mention what the script has dropped since: this waits its turn, too
        session.spawn(_later(session, entries), "release")
    else:
        _forget(session, entries)


async def _later(session: SpellSession, entries: Sequence[Entry]) -> None:
    _forget(session, entries)


def _forget(session: SpellSession, entries: Sequence[Entry]) -> None:
    for entry in entries:
        session.handles.give_back(*entry)
