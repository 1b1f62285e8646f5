"""Scans: pages of a range in key order, all of the moment of the first, however long the reader takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.spec.storage_scan import MOST_BYTES, MOST_PAIRS, upper
from llmspell.spec.threads import in_thread_if_large
from llmspell_storage_redis.sealed import damaged, opened

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    Ask = Callable[[list[bytes | int]], Awaitable[Any]]

LEASE = 600_000
"""Milliseconds between two pages after which a scan is given up, so that one whose reader died costs nothing."""

_GONE = b"0"


class Scan:
    """Read the pages of a range; `ask` runs the script PAGE on the rest of its arguments."""

    def __init__(self, ask: Ask, name: str, lower: bytes, until: bytes | None) -> None:
        self.name = name
        self.under_way = False
        self._ask = ask
        self._lower = b"[" + lower
        self._upper = b"+" if until is None else b"(" + until

    async def page(self) -> list[tuple[bytes, bytes]]:
        """Read the next pairs; the last page leaves `under_way` false. May be empty before that."""
        first = 0 if self.under_way else 1
        live, more_live, old, more_old = await self._ask(
            [self.name.encode(), first, self._lower, self._upper, MOST_PAIRS, MOST_BYTES, LEASE]
        )
        self.under_way = bool(more_live or more_old)
        now, before = list(_pairs(live)), list(_pairs(old))
        ends = [pairs[-1][0] for pairs, more in ((now, more_live), (before, more_old)) if more]
        found: dict[bytes, bytes] = {}
        for key, kept in now:
            if kept is None:
                raise damaged(key)
            found[key] = kept
        for key, kept in before:
            if kept == _GONE:
                found.pop(key, None)
            elif kept is not None:
                found[key] = kept[1:]
        if ends:
            # Beyond the nearer of the two ends one side is not known yet.
            self._lower = b"(" + min(ends)
        shown = [(key, found[key]) for key in sorted(found) if not ends or key <= min(ends)]
        return await in_thread_if_large(sum(len(kept) for _, kept in shown), _opened_all, shown)


def _opened_all(pairs: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [(key, opened(key, kept) or b"") for key, kept in pairs]


def _pairs(flat: list[Any]) -> Iterator[tuple[bytes, bytes | None]]:
    return zip(flat[::2], flat[1::2], strict=True)


def bounds(prefix: bytes, start: bytes, end: bytes | None) -> tuple[bytes, bytes | None]:
    """Give the range of keys with a prefix, from `start` on, before `end`."""
    return max(prefix, start), upper(prefix, end)
