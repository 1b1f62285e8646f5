"""Headers, labels and approved bytes mean the same in the three languages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.runtime.labels import digest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

for name in ("llmspell_engine_lua", "llmspell_engine_javascript", "llmspell_engine_python", "llmspell_tools_files"):
    pytest.importorskip(name, reason="the spells are in three languages, and read files")

STEPS = [
    {"tool_calls": [{"name": "vault", "arguments": {}}, {"name": "page", "arguments": {}}]},
    {"tool_calls": [{"name": "send", "arguments": {"text": "hé"}}]},
    {"text": "done"},
]
SPELLS = {
    "x.lua": """-- @allow-read: data
local sent = {}
local vault = Tool.new({ name = "vault", labels = { "private" }, execute = function() return "s" end })
local page = Tool.new({ name = "page", labels = { "untrusted" }, execute = function() return "p" end })
local send = Tool.new({ name = "send", risk = "outward", parameters = { text = "string" },
    execute = function(given) sent[#sent + 1] = given.text return "sent" end })
local agent = Agent.new({ name = "a", tools = { vault, page, send } })
local waits = agent:execute("go")
local before = #sent
local done = agent:resume(waits.state, { [waits.pending[1].id] = "approve" })
local function may(path)
    return pcall(function() return Tools.get("file_reader"):execute({ path = path }) end)
end
return {
    status = waits.status, digest = waits.pending[1].digest, before = before, sent = sent[1], done = done.content,
    run = waits.metadata.labels, result = vault:execute({}).metadata.labels, data = may("data/a"), other = may("b"),
}
""",
    "x.js": """// @allow-read: data
const sent = [];
const vault = new Tool({ name: "vault", labels: ["private"], execute: () => "s" });
const page = new Tool({ name: "page", labels: ["untrusted"], execute: () => "p" });
const send = new Tool({ name: "send", risk: "outward", parameters: { text: "string" },
  execute: ({ text }) => { sent.push(text); return "sent"; } });
const agent = new Agent({ name: "a", tools: [vault, page, send] });
const waits = await agent.execute("go");
const before = sent.length;
const done = await agent.resume(waits.state, { [waits.pending[0].id]: "approve" });
const may = async (path) => {
  try { await Tools.get("file_reader").execute({ path }); return true; } catch { return false; }
};
return {
  status: waits.status, digest: waits.pending[0].digest, before, sent: sent[0], done: done.content,
  run: waits.metadata.labels, result: (await vault.execute({})).metadata.labels,
  data: await may("data/a"), other: await may("b"),
};
""",
    "x.py": """# @allow-read: data
sent = []


def sending(given):
    sent.append(given["text"])
    return "sent"


vault = await Tool.new(name="vault", labels=["private"], execute=lambda given: "s")
page = await Tool.new(name="page", labels=["untrusted"], execute=lambda given: "p")
send = await Tool.new(name="send", risk="outward", parameters={"text": "string"}, execute=sending)
agent = await Agent.new(name="a", tools=[vault, page, send])
waits = await agent.execute("go")
before = len(sent)
done = await agent.resume(waits["state"], {waits["pending"][0]["id"]: "approve"})


async def may(path):
    try:
        await (await Tools.get("file_reader")).execute({"path": path})
    except PermissionError:
        return False
    return True


{
    "status": waits["status"], "digest": waits["pending"][0]["digest"], "before": before, "sent": sent[0],
    "done": done["content"], "run": waits["metadata"]["labels"],
    "result": (await vault.execute({}))["metadata"]["labels"], "data": await may("data/a"), "other": await may("b"),
}
""",
}


@pytest.mark.parametrize("spell", SPELLS)
def test_headers_labels_and_approvals(cast_files: Callable[..., Any], tmp_path: Path, spell: str) -> None:
    for path in ("data/a", "b"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("x")
    files = {spell: SPELLS[spell], "x.model.json": json.dumps({"steps": STEPS})}
    assert cast_files(files, "--allow-all") == {
        "status": "paused",
        "digest": digest("send", {"text": "hé"}),
        "before": 0,
        "sent": "hé",
        "done": "done",
        "run": ["private", "untrusted"],
        "result": ["private", "untrusted"],
        "data": True,
        "other": False,
    }


@pytest.mark.parametrize("spell", SPELLS)
def test_a_misspelt_header_ends_the_start(cast_files: Callable[..., Any], spell: str) -> None:
    error = cast_files({spell: SPELLS[spell].replace("allow-read", "allow-raed")}, status=3)
    assert error["code"] == 6001
    assert f"the header of {spell} asks for what cannot be granted: line 1" in error["message"]
