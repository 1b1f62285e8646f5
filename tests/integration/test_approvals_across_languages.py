"""A run that waits in one language goes on in another: its state is a text, and its tools are found by name."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.integration.stage import LANGUAGES, Stage

STEPS: list[dict[str, Any]] = [
    {
        "tool_calls": [
            {"name": "note", "arguments": {"n": 1, "list": [], "map": {}, "nothing": None, "big": 9007199254740993}},
            {"name": "note", "arguments": {"n": 2, "text": 'ü "$h" \\'}},
            {"name": "calculator", "arguments": {"expression": "6 * 7"}},
        ]
    },
    {"text": "done"},
]
BEGIN = {
    "lua": """
        local note = Tool.new({ name = "note", parameters = { type = "object" }, execute = function(g) return g.n end })
        local agent = Agent.new({ name = "a", tools = { note, "calculator" }, approve = { "note" } })
        local r = agent:execute("go")
        return { state = r.state, ids = { r.pending[1].id, r.pending[2].id }, status = r.status }
    """,
    "javascript": """
        const note = new Tool({ name: "note", parameters: { type: "object" }, execute: (g) => g.n });
        const agent = new Agent({ name: "a", tools: [note, "calculator"], approve: ["note"] });
        const r = await agent.execute("go");
        return { state: r.state, ids: r.pending.map((one) => one.id), status: r.status };
    """,
    "python": """
note = await Tool.new(name="note", parameters={"type": "object"}, execute=lambda g: g["n"])
agent = await Agent.new(name="a", tools=[note, "calculator"], approve=["note"])
r = await agent.execute("go")
{"state": r["state"], "ids": [one["id"] for one in r["pending"]], "status": r["status"]}
""",
}
RESUME = {
    "lua": """
        local note = Tool.new({ name = "note", parameters = { type = "object" }, execute = function(g) return g.n end })
        local agent = Agent.new({ name = "a", tools = { note, "calculator" } })
        local r = agent:resume(params.state, { [params.ids[1]] = "approve", [params.ids[2]] = { reason = "no" } })
        local outcomes = {}
        for i, one in ipairs(r.tool_calls) do outcomes[i] = one.outcome end
        return { content = r.content, outcomes = outcomes, first = r.tool_calls[1].result }
    """,
    "javascript": """
        const note = new Tool({ name: "note", parameters: { type: "object" }, execute: (g) => g.n });
        const agent = new Agent({ name: "a", tools: [note, "calculator"] });
        const r = await agent.resume(params.state, { [params.ids[0]]: "approve", [params.ids[1]]: { reason: "no" } });
        return { content: r.content, outcomes: r.tool_calls.map((one) => one.outcome), first: r.tool_calls[0].result };
    """,
    "python": """
note = await Tool.new(name="note", parameters={"type": "object"}, execute=lambda g: g["n"])
agent = await Agent.new(name="a", tools=[note, "calculator"])
r = await agent.resume(params["state"], {params["ids"][0]: "approve", params["ids"][1]: {"reason": "no"}})
calls = r["tool_calls"]
{"content": r["content"], "outcomes": [one["outcome"] for one in calls], "first": calls[0]["result"]}
""",
}


@pytest.mark.parametrize("other", LANGUAGES)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_run_that_waits_in_one_language_goes_on_in_another(tmp_path, language, other):
    async with AsyncExitStack() as stack:
        here = await Stage(stack, tmp_path).open(STEPS)
        paused = await here.play(language, BEGIN[language])
    assert isinstance(paused, dict)
    assert paused["status"] == "paused"
    first, second, third = json.loads(paused["state"])["messages"][-1]["parts"]
    assert [part["arguments"] for part in (first, second, third)] == [
        one["arguments"] for one in STEPS[0]["tool_calls"]
    ]
    async with AsyncExitStack() as stack:
        there = await Stage(stack, tmp_path).open(STEPS)
        done = await there.play(other, RESUME[other], state=paused["state"], ids=paused["ids"])
    assert done == {"content": "done", "outcomes": ["done", "refused", "done"], "first": 1}
