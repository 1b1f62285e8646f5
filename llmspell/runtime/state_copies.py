"""Take state out of a scope, into it, and from one to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from llmspell.errors import StateConflictError
from llmspell.services.state_copies import chosen, document, values_of
from llmspell.services.state_records import encode
from llmspell.spec.states import StateFilter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.runtime.state_view import StateView

OnConflict = Literal["error", "keep", "replace"]


async def export_state(view: StateView, prefix: str = "") -> dict[str, Any]:
    """Give the entries with a prefix as a document of JSON data, as they were at one moment."""
    return document(view.place.scope, await view.entries(prefix))


async def import_state(view: StateView, given: Mapping[str, Any], on_conflict: OnConflict = "error") -> int:
    """Write what a document holds, all or nothing, and give the number of values written.

    For a key that is there: `error` raises `StateConflictError`, `keep` leaves its value, `replace` writes the new one.
    """
    return len(await _put(view, values_of(given), on_conflict, "import"))


async def hand_over(
    source: StateView, target: StateView, wanted: StateFilter | None = None, on_conflict: OnConflict = "replace"
) -> list[str]:
    """Copy the keys that a filter chooses from one scope to another, all or none, and give them in order."""
    rule = wanted or StateFilter()
    values = {one.key: encode(one.key, one.value) for one in await source.entries() if chosen(one.key, rule)}
    return sorted(await _put(target, values, on_conflict, "handoff"))


async def _put(view: StateView, values: Mapping[str, bytes], on_conflict: OnConflict, verb: str) -> dict[str, int]:
    while True:
        if on_conflict == "keep":
            there = {key for key in values if await view.exists(key)}
            values = {key: raw for key, raw in values.items() if key not in there}
        versions = {} if on_conflict == "replace" else dict.fromkeys(values, 0)
        try:
            return await view.replace(values, versions, verb)
        except StateConflictError:
            if on_conflict != "keep":  # else somebody made a key since: that is kept, too
                raise
