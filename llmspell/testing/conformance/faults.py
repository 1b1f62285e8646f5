"""Errors: items of the list."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmspell.testing.conformance.item import Item

ITEMS: tuple[Item, ...] = ()
