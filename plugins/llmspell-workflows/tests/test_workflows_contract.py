from __future__ import annotations

from llmspell.testing import PluginContract


class TestPlugin(PluginContract):
    plugin = "llmspell_workflows.plugin"
