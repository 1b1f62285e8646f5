"""An agent within an agent waits for a person, and another process, in another language, goes on in there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

AGENTS = {
    ".lua": """
local function steps(...) return { script = { steps = { ... } } } end
local function call(name, arguments) return { tool_calls = { { name = name, arguments = arguments } } } end
local press = Tool.new{ name = "press", parameters = { n = "integer" }, execute = function(given)
  Tools.get("file_writer"):execute({ path = "pressed", content = given.n .. "\\n", mode = "append" })
  return "pressed " .. given.n
end }
local inner = Agent.new{ name = "inner", provider = "scripted", tools = { press }, approve = true,
  extra = steps(call("press", { n = 1 }), { text = "inner: {{last}}" }) }
local outer = Agent.new{ name = "outer", provider = "scripted", OFFERED,
  extra = steps(call("CALLED", { input = "go", reason = "r" }), { text = "outer: {{last}}" }) }
""",
    ".py": """
def call(name, **arguments):
    return {"tool_calls": [{"name": name, "arguments": arguments}]}

async def pressed(given):
    await Tools.get("file_writer").execute({"path": "pressed", "content": f"{given['n']}\\n", "mode": "append"})
    return f"pressed {given['n']}"

press = await Tool.new(name="press", parameters={"n": "integer"}, execute=pressed)
script = {"steps": [call("press", n=1), {"text": "inner: {{last}}"}]}
inner = await Agent.new(name="inner", provider="scripted", tools=[press], approve=True, extra={"script": script})
script = {"steps": [call("CALLED", input="go", reason="r"), {"text": "outer: {{last}}"}]}
outer = await Agent.new(name="outer", provider="scripted", OFFERED, extra={"script": script})
""",
}
BEGIN = {
    ".lua": 'local r = outer:execute("go")\nreturn { state = r.state, pending = r.pending, status = r.status }',
    ".py": 'r = await outer.execute("go")\n{"state": r["state"], "pending": r["pending"], "status": r["status"]}',
}
RESUME = {
    ".lua": 'local r = outer:resume(params.state, { [params.id] = "approve" })\nreturn { content = r.content }',
    ".py": 'r = await outer.resume(params["state"], {params["id"]: "approve"})\n{"content": r["content"]}',
}
OFFERED = {
    "ask_inner": {".lua": "tools = { inner }", ".py": "tools=[inner]"},
    "transfer_to_inner": {".lua": "handoffs = { inner }", ".py": "handoffs=[inner]"},
}


@pytest.fixture
def cast(llmspell, tmp_path: Path) -> Callable[..., Any]:
    """Run a spell in a process of its own and give what it returns."""

    def run(ending: str, called: str, end: str, **params: str) -> Any:
        text = AGENTS[ending].replace("OFFERED", OFFERED[called][ending]).replace("CALLED", called)
        (tmp_path / f"spell{ending}").write_text(f"{text}\n{end}\n")
        words = [word for name, value in params.items() for word in ("--param", f"{name}={value}")]
        done = llmspell("run", f"spell{ending}", "--json", "--allow-write=.", "--allow-read=.", *words)
        assert done.status == 0, done
        return json.loads(done.out)["result"]

    return run


@pytest.mark.parametrize("called", OFFERED)
@pytest.mark.parametrize(("here", "there"), [(".lua", ".py"), (".py", ".lua"), (".lua", ".lua")])
def test_the_inner_run_goes_on_in_another_process(cast, tmp_path, here, there, called) -> None:
    paused = cast(here, called, BEGIN[here])
    (waiting,) = paused["pending"]
    assert (paused["status"], waiting["agent"], waiting["tool"]) == ("paused", "inner", "press")
    assert not (tmp_path / "pressed").exists()
    done = cast(there, called, RESUME[there], state=paused["state"], id=waiting["id"])
    whole = "inner: pressed 1"
    assert done == {"content": f"outer: {whole}" if called == "ask_inner" else whole}
    assert (tmp_path / "pressed").read_text() == "1\n"
