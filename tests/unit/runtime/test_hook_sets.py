from __future__ import annotations

import pytest

from llmspell.errors import AgentConfigError, PluginError, ValidationError
from llmspell.kernel.registry import Registry
from llmspell.runtime.agents import AgentConfig
from llmspell.spec import hook_set
from llmspell.testing import open_context, script_model
from tests.unit.runtime import hook_set_plugin

PLUGIN = "tests.unit.runtime.hook_set_plugin"


def opened(**config):
    return open_context(plugins=[PLUGIN], config=config)


def ours(ctx):
    return [hook.name for hook in ctx.app.hooks.own() if hook.name.startswith("politeness")]


async def ask(ctx, **settings):
    script_model(ctx.run, [{"text": "yes"}])
    config = AgentConfig(name="a", provider="fake", model="m", settings=settings)
    agent = await ctx.app.agents.create(ctx.run, config)
    assert await agent.chat("hello") == "yes"


def test_llmspell_hook_sets_are_collected_from_their_plugin() -> None:
    registry = Registry()
    registry.register(hook_set_plugin, "politeness")
    (found,) = registry.collect("hook_sets", "politeness")
    assert (found.kind, found.name, found.extra["path"]) == ("hook_set", "politeness", "politeness")


def test_a_hook_set_is_described_like_every_component() -> None:
    with pytest.raises(PluginError):
        hook_set("Not Snake", "a:b", "No.", path="x")


async def test_no_section_no_hooks() -> None:
    async with opened() as ctx:
        assert ours(ctx) == []
        await ask(ctx)
        assert ctx.app.hook_sets.statistics() == {}


async def test_a_section_switches_its_part_on_and_no_other() -> None:
    async with opened(**{"politeness.thanks.word": "cheers"}) as ctx:
        assert ours(ctx) == ["politeness_thanks", "politeness_thanks"]
        await ask(ctx)
        assert ctx.app.hook_sets.statistics() == {"politeness": {"seen": 1}}


async def test_an_option_of_an_agent_switches_a_part_on_without_a_section() -> None:
    async with opened() as ctx:
        await ask(ctx, greeting=" hi ")
        assert len(ours(ctx)) == 2
        (instance,) = ctx.app.hook_sets._open.values()
        assert instance.asked == [("greeting", None)]
        assert instance.seen == [("greeting", {"greeting": "hi"})]
        await ctx.app.hook_sets.checked({"greeting": "again"})
        assert len(instance.asked) == 1


async def test_a_wrong_option_is_the_sets_own_error() -> None:
    async with opened() as ctx:
        with pytest.raises(ValidationError, match="must be a text"):
            await ask(ctx, greeting=3)


async def test_an_option_that_nobody_understands_is_refused() -> None:
    async with opened() as ctx:
        with pytest.raises(AgentConfigError, match="understands the agent's option 'farewell'"):
            await ask(ctx, farewell="bye")


async def test_a_hook_sends_a_call_to_another_provider_with_that_ones_own_context() -> None:
    async with opened() as ctx:
        seen = []

        class Other:
            async def stream(self, request, at):
                seen.append((request.model, at.component.name))
                for part in made:
                    yield part

        from llmspell.model.llm import Finish, TextDelta
        from llmspell.spec import HookOptions, provider

        made = [TextDelta("from the other"), Finish("stop")]
        described = provider("other", "llmspell.builtin.scripted:ScriptedModel", "Another.")
        ctx.app.catalog.register(described, Other(), owner=ctx.run.id)

        async def elsewhere(call, proceed):
            request = call.input.replace(model="big")
            return await proceed(call.replace(input=request, metadata={**call.metadata, "provider": "other"}))

        ctx.app.hooks.register("around_llm_call", elsewhere, HookOptions(band="cache"))
        model = script_model(ctx.run, [])
        agent = await ctx.app.agents.create(ctx.run, AgentConfig(name="a", provider="fake", model="m"))
        assert await agent.chat("hello") == "from the other"
        assert seen == [("big", "other")]
        assert model.requests == []
