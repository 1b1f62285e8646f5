from __future__ import annotations

from llmspell.testing import AgentTemplateContract, PluginContract


class TestPlugin(PluginContract):
    plugin = "llmspell_agents.plugin"


class TestTemplates(AgentTemplateContract):
    plugin = "llmspell_agents.plugin"
