"""State: typed values with versions, in scopes that say who shares them and how long they live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

SCOPES: Final[dict[str, str]] = {
    "process": "all runs of this application, until it ends; never written to a store",
    "session": "the runs of one session, until it is removed",
    "run": "one run, until it ends",
    "agent": "one agent of a spell, over all runs of that spell",
    "shared": "every spell and run that uses the store",
}
"""Who sees a value, from the scope's name; docs and messages are made of it."""


class Entry(NamedTuple):
    """A value with its version, which counts the writes of its key from 1 and never falls.

    `updated` is in seconds since the epoch. In a history `deleted` marks a version that removed the key; its value is
    None.
    """

    key: str
    value: Any
    version: int
    updated: float
    deleted: bool = False


class StateFilter(NamedTuple):
    """Choose keys by patterns with `*`, `?` and `[...]`: those that some `include` matches and no `exclude` does."""

    include: Sequence[str] = ("*",)
    exclude: Sequence[str] = ()


class State(Protocol):
    """Keep JSON values under text keys in one scope; `ctx.state` is that of the run or its session.

    A key has 1 to 1024 bytes. A write is durable when it returns, but for the scope `process`. With `version` it
    happens only when the key has that version, 0 for a key that is absent; otherwise it is a `StateConflictError`, and
    nothing is written. Reading needs the right `state.read`, writing `state.write` for `state:<scope>/<key>`.
    """

    async def get(self, key: str, default: Any = None, *, kind: type | None = None) -> Any:
        """Read a value; `kind` makes an instance of that type of it, or is a `ConversionError`."""
        ...

    async def entry(self, key: str) -> Entry | None:
        """Read a value with its version, None when the key is absent."""
        ...

    async def exists(self, key: str) -> bool:
        """Tell whether a key is there."""
        ...

    async def set(self, key: str, value: object, *, version: int | None = None) -> int:
        """Write a value (JSON, or an instance of a typed class) and give its version."""
        ...

    async def set_many(
        self, values: Mapping[str, object], *, versions: Mapping[str, int] | None = None
    ) -> dict[str, int]:
        """Write several values, all or none, and give their versions."""
        ...

    async def update(self, key: str, change: Callable[[Any, int], Awaitable[object]], *, attempts: int = 100) -> Entry:
        """Write what `change(value, version)` makes of a value; it is asked again when another write came between."""
        ...

    async def increment(self, key: str, by: int = 1) -> int:
        """Add to a whole number in one step and return it; an absent key counts as 0."""
        ...

    async def delete(self, key: str, *, version: int | None = None) -> bool:
        """Remove a key and tell whether it was there; its history stays."""
        ...

    async def clear(self, prefix: str = "") -> int:
        """Remove the keys with a prefix, all or none, and give their number."""
        ...

    async def keys(self, prefix: str = "") -> list[str]:
        """List keys in order."""
        ...

    async def entries(self, prefix: str = "") -> list[Entry]:
        """List entries in the order of their keys."""
        ...

    async def history(self, key: str, *, limit: int | None = None) -> list[Entry]:
        """Give the versions that are kept, the newest first."""
        ...

    async def revert(self, key: str, version: int) -> int:
        """Write the value of an older version once more and give the new version."""
        ...
