"""Options of agents that hook sets understand, through the real engines, and what their parts have counted."""

from __future__ import annotations

import json

import pytest

LUA = """
local agent = Agent.new{
  name = "poet", remember = false, cache = true, budget = { call_tokens = 5000 }, retry = { max_delay = "1s" },
  priority = "high",
  config = { rate_limit = { requests_per_minute = 600, burst_allowance = 5 } },
  recovery = "continue_degraded",
}
local config = agent:get_config()
local one, two = agent:execute("hello"), agent:execute("hello")
local hits = Hooks.parts().cache.hits
return { one.output, two.output, two.metadata.cached, hits, config.retry.max_delay, config.rate_limit.burst }
"""
JAVASCRIPT = """
const agent = Agent.new({
  name: "poet", remember: false, cache: true, budget: { callTokens: 5000 }, retry: { maxDelay: 1000 }, priority: "high",
  config: { rateLimit: { requestsPerMinute: 600, burstAllowance: 5 } },
  recovery: "continue_degraded",
});
const config = await agent.getConfig();
const one = await agent.execute("hello"), two = await agent.execute("hello");
const hits = (await Hooks.parts()).cache.hits;
return [one.output, two.output, two.metadata.cached, hits, config.retry.max_delay, config.rate_limit.burst];
"""
PYTHON = """
agent = await Agent.new(
    name="poet", remember=False, cache=True, budget={"call_tokens": 5000}, retry={"max_delay": 1}, priority="high",
    config={"rate_limit": {"requests_per_minute": 600, "burst_allowance": 5}},
    recovery="continue_degraded",
)
config = await agent.get_config()
one, two = await agent.execute("hello"), await agent.execute("hello")
hits = (await Hooks.parts())["cache"]["hits"]
[one["output"], two["output"], two["metadata"]["cached"], hits, config["retry"]["max_delay"],
 config["rate_limit"]["burst"]]
"""


@pytest.mark.parametrize(("ending", "source"), [("lua", LUA), ("js", JAVASCRIPT), ("py", PYTHON)])
def test_options_of_hook_sets_mean_the_same_in_every_language(llmspell, tmp_path, ending, source):
    (tmp_path / f"spell.{ending}").write_text(source)
    (tmp_path / "spell.model.json").write_text(json.dumps({"steps": [{"text": "a line"}]}))
    done = llmspell("run", f"spell.{ending}", "--json")
    assert done.status == 0, done
    assert json.loads(done.out)["result"] == ["a line", "a line", True, 1, 1, 5]


def test_an_option_is_refused_when_nobody_understands_it(llmspell, tmp_path):
    (tmp_path / "spell.lua").write_text('return Agent.new{name = "x", budget = {tokens = 1}}')
    done = llmspell("run", "-p", "no:resilience", "spell.lua")
    assert done.status == 3
    assert "llmspell-resilience" in done.err


def test_an_empty_section_switches_a_part_on(llmspell, tmp_path):
    (tmp_path / "llmspell.toml").write_text("[resilience.breaker]\n")
    (tmp_path / "spell.lua").write_text('Agent.new{name = "x"}:chat("hi"); return Hooks.parts().breaker')
    (tmp_path / "spell.model.json").write_text(json.dumps({"steps": [{"text": "a line"}]}))
    done = llmspell("run", "spell.lua", "--json")
    assert json.loads(done.out)["result"]["scripted/scripted"]["state"] == "closed"


def test_a_provider_that_is_not_there_is_replaced_and_the_user_is_told(llmspell, tmp_path):
    (tmp_path / "spell.lua").write_text("""
        local agent = Agent.new{name = "x", provider = "openai", model = "gpt-4o-mini",
                                retry = {attempts = 0}, fallback = {"scripted/scripted"}}
        return agent:chat("hi")
    """)
    (tmp_path / "spell.model.json").write_text(json.dumps({"steps": [{"text": "a line"}]}))
    env = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_API_KEY": "k"}
    done = llmspell("run", "spell.lua", "--json", **env)
    assert json.loads(done.out)["result"] == "a line", done
    assert "openai/gpt-4o-mini: provider_unreachable; asking scripted/scripted" in done.err


def test_a_recovery_is_told_on_standard_error_and_in_the_result(llmspell, tmp_path):
    (tmp_path / "spell.lua").write_text("""
        local agent = Agent.new{name = "x", error_strategy = {value = "instead"}, retry = {attempts = 0}}
        return agent:execute("hi").metadata.recovered_by
    """)
    (tmp_path / "spell.model.json").write_text(
        json.dumps({"steps": [{"error": {"type": "overloaded", "message": "down"}}]})
    )
    done = llmspell("run", "spell.lua", "--json")
    assert json.loads(done.out)["result"] == "fallback", done
    assert "x: overloaded; recovering: fallback" in done.err
