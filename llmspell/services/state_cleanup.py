"""What each owner keeps in a store: when it first and last wrote of what is left, and how many bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.services.cleanup import Kept
from llmspell.services.state import MICROSECONDS
from llmspell.services.state_places import HISTORY, SEPARATOR, STATE, Place
from llmspell.services.state_records import head_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from llmspell.spec.storages import Storage


async def kept(store: Storage, scopes: Collection[str]) -> list[Kept[Place]]:
    """Look through all values of some scopes and their histories.

    `created` is when the oldest version was written that is still there, `used` when the last one was.
    """
    found: dict[Place, Kept[Place]] = {}
    for top in (STATE, HISTORY):
        for scope in scopes:
            async for name, data in store.scan(f"{top}{scope}{SEPARATOR}"):
                place = Place(scope, name[len(top) :].split(SEPARATOR, 2)[1])
                moment = head_of(name, data).updated / MICROSECONDS
                old = found.get(place, Kept(place, moment, moment))
                size = old.size + len(name.encode()) + len(data)
                found[place] = Kept(place, min(old.created, moment), max(old.used, moment), size)
    return list(found.values())
