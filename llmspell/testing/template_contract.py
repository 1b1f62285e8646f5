"""The contract of templates of agents."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, ClassVar, cast

import pytest

from llmspell.bridge.template_options import option_faults
from llmspell.bridge.template_trial import trial
from llmspell.runtime.agent_templates.reading import judged
from llmspell.testing.context import open_context
from llmspell.testing.contract import Contract

if TYPE_CHECKING:
    from llmspell.runtime.agent_templates.template import AgentTemplate
    from llmspell.spec.descriptor import Component


class AgentTemplateContract(Contract):
    """Check every template of a plugin.

    class TestTemplates(AgentTemplateContract):
        plugin = "llmspell_agents.plugin"
    """

    plugin: ClassVar[str]
    """The dotted name of the module that the entry points name."""

    def described(self) -> list[Component]:
        """Give the templates as the plugin describes them."""
        return cast("list[Component]", importlib.import_module(self.plugin).llmspell_agent_templates())

    def read(self, component: Component) -> AgentTemplate:
        """Read a template; fails with the line of each fault."""
        module, _, attribute = component.target.partition(":")
        template, faults = judged(getattr(importlib.import_module(module), attribute), component.name, option_faults)
        if faults:
            pytest.fail("; ".join(f"{component.name}.toml:{one.line}: {one.path} {one.message}" for one in faults))
        return template

    def test_texts_are_templates(self) -> None:
        """A template that is wrong helps nobody; its faults should be found before it ships.

        If this fails, the message names file and line.
        """
        assert [self.read(one).name for one in self.described()] == [one.name for one in self.described()]

    def test_descriptors_say_what_the_texts_say(self) -> None:
        """Lists and searches go by the descriptor, agents by the text.

        If this fails, write the same name, summary, capabilities and aliases in both.
        """
        for component in self.described():
            template = self.read(component)
            told = (component.summary, component.capabilities, component.aliases)
            assert told == (template.description, frozenset(template.capabilities), template.aliases), component.name

    async def test_agents_of_templates_answer(self) -> None:
        """An agent of each template is told its prompt, offered its tools, and answers.

        If this fails, the message says which step did.
        """
        async with open_context() as ctx:
            for component in self.described():
                checks = await trial(ctx.run, component.name)
                assert [f"{component.name}: {one.name}: {one.error}" for one in checks if one.error] == []
