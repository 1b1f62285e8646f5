"""Conversations in the store, from one process to the next."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

SPELL = """
local agent = Agent.new({ name = "a", memory = { persist = "talk" } })
for n = 1, 5 do agent:chat(params.who .. n) end
return #agent:history()
"""
READ = """
local agent = Agent.new({ name = "a", memory = { persist = "talk" } })
local said = {}
for i, one in ipairs(agent:history()) do said[i] = one.content end
return said
"""
MODEL = {"steps": [{"text": "re: {{input}}"}]}


def test_two_processes_lose_no_turn_of_a_conversation(llmspell, tmp_path):
    (tmp_path / "talk.lua").write_text(SPELL)
    (tmp_path / "talk.model.json").write_text(json.dumps(MODEL))
    with ThreadPoolExecutor() as racing:
        runs = list(
            racing.map(lambda who: llmspell("run", "talk.lua", "--param", f"who={who}", "--isolation", "inline"), "ab")
        )
    assert [one.status for one in runs] == [0, 0], runs
    (tmp_path / "talk.lua").write_text(READ)
    done = llmspell("run", "talk.lua", "--json", "--isolation", "inline")
    said = json.loads(done.out)["result"]
    assert len(said) == 20
    for who in "ab":
        assert [one for one in said if one.startswith(who)] == [f"{who}{n}" for n in range(1, 6)]
    assert all(answer == f"re: {asked}" for asked, answer in zip(said[::2], said[1::2], strict=True))
