"""What every plugin promises."""

from __future__ import annotations

from llmspell.testing import PluginContract


class TestPlugin(PluginContract):
    """The contract, on our plugin module."""

    plugin = "llmspell_tools_example.plugin"
