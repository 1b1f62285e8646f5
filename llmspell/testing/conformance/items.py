"""All items of the list, by group and in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.testing.conformance import asynchronous, callbacks, conversion, faults, limits, modules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.testing.conformance.item import Item

GROUPS: Mapping[str, tuple[Item, ...]] = {
    "Async": asynchronous.ITEMS,
    "Errors": faults.ITEMS,
    "Callbacks": callbacks.ITEMS,
    "Conversion": conversion.ITEMS,
    "Limits and sandbox": limits.ITEMS,
    "Modules and run": modules.ITEMS,
}
ITEMS: tuple[Item, ...] = tuple(item for group in GROUPS.values() for item in group)
