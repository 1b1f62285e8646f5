from __future__ import annotations

import json
import subprocess
import sys

import pytest

from llmspell.errors import AgentConfigError, ConfigError, ValidationError
from llmspell.testing import PluginContract, open_context
from llmspell_resilience.plugin import OPTIONS, PARTS
from llmspell_resilience.resilience import HOMES

PROBE = """
import asyncio, json, sys
from llmspell.testing import open_context
async def main():
    async with open_context(config=json.loads(sys.argv[1])) as ctx:
        found = [m for m in sys.modules if m.startswith("llmspell_resilience.")]
        print(json.dumps([found, sorted(r.name for r in ctx.app.hooks.own() if r.owner == "resilience")]))
asyncio.run(main())
"""


class TestPlugin(PluginContract):
    plugin = "llmspell_resilience.plugin"


def probe(config: object) -> tuple[list[str], list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps(config)], capture_output=True, text=True, check=True, timeout=60
    )
    modules, hooks = json.loads(done.stdout)
    return modules, hooks


def test_without_a_section_nothing_is_imported_and_nothing_registered() -> None:
    assert probe({}) == ([], [])


def test_each_part_can_be_on_alone_and_imports_no_other() -> None:
    modules, hooks = probe({"resilience": {"breaker": {"failure_threshold": 2}}})
    assert hooks == ["circuit_breaker", "circuit_breaker_attempt"]
    others = {f"llmspell_resilience.{home.partition(':')[0]}" for part, home in HOMES.items() if part != "breaker"}
    assert others.isdisjoint(modules)


def test_every_part_has_a_home_and_every_option_a_part() -> None:
    assert set(HOMES) == set(PARTS)
    assert set(OPTIONS.values()) <= set(PARTS)


async def test_every_part_can_be_on_at_once() -> None:
    keys = {
        "retry": {"attempts": 1},
        "rate_limit": {"burst": 1},
        "breaker": {"failure_threshold": 1},
        "pool": {"max_concurrent": 1},
        "budget": {"run_cost": 1.0},
        "prices": {"models": {"a/b": {"input": 1.0, "output": 1.0}}},
        "cache": {"ttl": 1},
        "fallback": {"chain": ["a/b"]},
        "selection": {"candidates": ["a/b"]},
        "tools": {"max_concurrent": 1},
        "recovery": {"on_timeout": "fail_fast"},
    }
    async with open_context(config={"resilience": keys}) as ctx:
        assert set(ctx.app.hook_sets.statistics()) >= set(PARTS)


@pytest.mark.parametrize(
    ("section", "fault"),
    [
        ({"retry": {"attempts": -1}}, "resilience.retry.attempts is -1, less than 0"),
        ({"retry": {"atempts": 1}}, "did you mean attempts"),
        ({"rate_limit": {"requests_per_minute": "many"}}, "resilience.rate_limit.requests_per_minute"),
        ({"breaker": {"reset_timeout": "soon"}}, "not a duration"),
        ({"fallback": {"chain": ["gpt-4o"]}}, "provider/model"),
        ({"tools": {"per": {"a": 0}}}, "leaves a no place"),
        ({"rate_limit": {"per": {"openai": {"requests_per_minute": 0.5}}}}, "requests_per_minute"),
        ({"cach": {"ttl": 1}}, "is a section nobody declares"),
    ],
)
async def test_a_wrong_value_of_the_configuration_is_named(section, fault) -> None:
    with pytest.raises(ConfigError, match=fault):
        async with open_context(config={"resilience": section}):
            pass


async def test_a_wrong_option_of_an_agent_is_refused_before_anything_is_asked(world) -> None:
    async with world() as here:
        here.model([])
        with pytest.raises(ValidationError, match="retry"):
            await here.agent(settings={"retry": {"attempts": -1}})
        with pytest.raises(ValidationError, match="not a table"):
            await here.agent(settings={"retry": 3.5})
        with pytest.raises(AgentConfigError, match="understands"):
            await here.agent(settings={"retries": {}})


async def test_the_options_of_one_agent_do_not_reach_another(world) -> None:
    async with world() as here:
        model = here.model([{"error": {"type": "overloaded", "message": "no"}}, {"text": "yes"}])
        await here.agent("stubborn", settings={"retry": {"attempts": 0}})
        plain = await here.agent("plain")
        assert await here.passing(plain.chat("hello")) == "yes"
        assert len(model.requests) == 2
