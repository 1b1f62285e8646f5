"""A fourth language keeps the contracts, with nothing but what the author of a plugin may import."""

from __future__ import annotations

from typing import ClassVar

from llmspell.testing import EngineContract, PluginContract
from tests.fourth.toy_engine.plugin import NO_TIMERS
from tests.fourth.toy_engine.sources import SPELLS


class TestToy(EngineContract):
    plugin = "tests.fourth.toy_engine.plugin"
    spells = SPELLS
    child_examples = 4
    lacks: ClassVar = {
        6: "the language has no classes",
        10: "the language has no generators",
        24: NO_TIMERS,
        25: NO_TIMERS,
        26: NO_TIMERS,
        74: "the language has no patterns",
    }


class TestPlugin(PluginContract):
    plugin = "tests.fourth.toy_engine.plugin"
