"""A fourth language keeps the contracts, with nothing but what the author of a plugin may import."""

from __future__ import annotations

from llmspell.testing import EngineContract, PluginContract
from tests.fourth.toy_engine.sources import SPELLS


class TestToy(EngineContract):
    plugin = "tests.fourth.toy_engine.plugin"
    spells = SPELLS
    child_examples = 4


class TestPlugin(PluginContract):
    plugin = "tests.fourth.toy_engine.plugin"
