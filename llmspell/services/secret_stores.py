"""The stores of secrets of one application: opened when one is wanted, each asked for its list once."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

from llmspell.errors import LlmspellError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from llmspell.spec.secret_stores import SecretStore, SecretValue


class Place(NamedTuple):
    """Where a secret lies: in which store, and for which hosts; none: any."""

    store: str
    hosts: tuple[str, ...] = ()


class SecretStores:
    """Find secrets in stores; `opened` gives the stores by name, the one to look into first at the head."""

    __slots__ = ("_faults", "_opened", "_places", "_stores")

    def __init__(self, opened: Callable[[], Mapping[str, SecretStore]]) -> None:
        self._opened = opened
        self._stores: Mapping[str, SecretStore] | None = None
        self._places: dict[str, Place] | None = None
        self._faults: list[LlmspellError] = []

    @property
    def stores(self) -> Mapping[str, SecretStore]:
        """Give the stores by name."""
        if self._stores is None:
            self._stores = self._opened()
        return self._stores

    def places(self) -> Mapping[str, Place]:
        """Tell where each secret lies; a store that cannot be read is a warning and holds nothing."""
        if self._places is None:
            found: dict[str, Place] = {}
            for store, one in self.stores.items():
                try:
                    entries = one.entries()
                except LlmspellError as error:
                    self._faults.append(error)
                    logging.getLogger("llmspell.secrets").warning("secrets of %s cannot be read: %s", store, error)
                    continue
                for entry in entries:
                    found.setdefault(entry.name, Place(store, entry.hosts))
            self._places = found
        return self._places

    @property
    def faults(self) -> Sequence[LlmspellError]:
        """Give what stores said that cannot be read."""
        self.places()
        return tuple(self._faults)

    def get(self, name: str) -> SecretValue | None:
        """Give a value; raises what a store raises that cannot be read, when it may hold the secret."""
        place = self.places().get(name)
        if place is not None:
            return self.stores[place.store].get(name)
        if self._faults:
            raise self._faults[0]
        return None

    def forget(self) -> None:
        """Look anew: something was changed."""
        self._places = None
        self._faults.clear()
