"""What runs in a durable run, known to whatever happens within it."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

from llmspell.runtime.journal.port import ISSUER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.model.call import Call


class Underway:
    """An effect or a container that runs."""

    __slots__ = ("began", "digest", "entered", "given", "intended", "path", "said")

    def __init__(self, path: str, given: object, said: object, digest: str, *, intended: bool) -> None:
        self.path = path
        self.given = given
        self.said = said
        self.digest = digest
        self.intended = intended
        self.entered = False
        self.began = perf_counter()


class Watched:
    """Have what happens meanwhile know what it belongs to."""

    __slots__ = ("_all", "_key", "_outer", "_token", "_underway")

    def __init__(self, all_of_them: dict[tuple[int, str], Underway], key: tuple[int, str], underway: Underway) -> None:
        self._all = all_of_them
        self._key = key
        self._underway = underway

    def __enter__(self) -> None:
        self._outer = self._all.get(self._key)
        self._all[self._key] = self._underway
        self._token = ISSUER.set(self._underway.path)

    def __exit__(self, *_: object) -> None:
        ISSUER.reset(self._token)
        if self._outer is None:
            del self._all[self._key]
        else:
            self._all[self._key] = self._outer


def still_due(call: Call, intent: Mapping[str, Any]) -> Call:
    """Give a call that waits for a moment that moment as it was recorded."""
    return call.replace(metadata={**call.metadata, "due": intent["due"]}) if "due" in intent else call
