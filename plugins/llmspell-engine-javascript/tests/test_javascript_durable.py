"""Durable JavaScript spells: the same messages give the same answers."""

from __future__ import annotations

from pathlib import Path

from llmspell.testing import DurableContract


class TestJavaScriptIsDurable(DurableContract):
    target = "llmspell_engine_javascript.machine:JavaScriptMachine"
    spells = Path(__file__).parent / "durable"
