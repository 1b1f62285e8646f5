"""What all stores are asked to keep: 1 KB values of fresh bytes under 1000 keys."""

from __future__ import annotations

TASKS = 100
WRITES = 20
"""Writes of each task, and batches."""

KEYS = [f"key/{number:04}" for number in range(1000)]
# The page size is the store's own: rows of 1 KB without overflow pages.
PRAGMAS = ("PRAGMA page_size = 8192", "PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL")
CREATE = "CREATE TABLE IF NOT EXISTS kept (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID"
READ = "SELECT value FROM kept WHERE key = ?"
PUT = "INSERT INTO kept VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"

_round = 0


def value(number: int) -> bytes:
    """Give 1 KB that differs from what was there: a page whose bytes stay the same is never written."""
    global _round  # noqa: PLW0603 - every value ever asked for is another one
    _round += 1
    return (number + (_round << 32)).to_bytes(16) * 64


def batch(number: int) -> list[tuple[str, bytes]]:
    """Give one batch of 100 keys with new values."""
    first = number * TASKS % len(KEYS)
    return [(key, value(first)) for key in KEYS[first : first + TASKS]]
