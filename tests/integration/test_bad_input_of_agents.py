"""What can go wrong in a run of an agent: each has a typed error or a recovery, and the transcript tells what happened.

A secret is said wherever something can be said; no line of a transcript has it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEY = "sk-0123456789abcdef"
ADD = """
local add = Tool.new{
  name = "add",
  parameters = { a = "integer" },
  execute = function(args) return { sum = args.a, key = params.key } end,
}
"""


class Told(NamedTuple):
    """What a spell gave or raised, and what its transcript has."""

    result: Any
    error: Any
    lines: list[dict[str, Any]]
    shown: str

    @property
    def asked(self) -> list[dict[str, Any]]:
        return [one for one in self.lines if one["operation"] == "llm_call"]

    @property
    def ends(self) -> list[dict[str, Any]]:
        return [one for one in self.lines if one["operation"] == "agent_execution"]

    def results(self, number: int) -> list[tuple[str, str, str]]:
        """Give what the model was told of its tools in a request: name, outcome, words."""
        parts = [part for one in self.asked[number]["asked"]["messages"] for part in one["parts"]]
        return [(p["name"], p["outcome"], p["content"]) for p in parts if p["part"] == "tool_result"]


@pytest.fixture
def cast(llmspell, tmp_path: Path) -> Callable[..., Told]:
    """Run a spell with a scripted model and read its transcript."""

    def run(spell: str, *steps: Any, status: int = 0) -> Told:
        (tmp_path / "a.lua").write_text(spell)
        if steps:
            (tmp_path / "a.model.json").write_text(json.dumps({"steps": list(steps)}))
        words = ("--transcript", "t.jsonl", "--json", "--param", f"key={KEY}")
        done = llmspell("run", "a.lua", *words, OPENAI_API_KEY=KEY)
        assert done.status == status, done
        text = (tmp_path / "t.jsonl").read_text()
        shown = llmspell("transcript", "show", "t.jsonl").out
        assert KEY not in text + shown
        told = json.loads(done.out)
        lines = [json.loads(line) for line in text.splitlines()]
        return Told(told.get("result"), told.get("error"), lines, shown)

    return run


def call(name: str, **arguments: object) -> dict[str, Any]:
    return {"tool_calls": [{"name": name, "arguments": arguments}]}


def test_wrong_arguments_are_told_to_the_model_which_mends_them(cast) -> None:
    spell = ADD + 'return Agent.new{ name = "a", provider = "scripted", tools = { add } }:execute("go").tool_calls'
    told = cast(spell, call("add", a=KEY), call("add", a=1), {"text": "done"})
    assert [one["outcome"] for one in told.result] == ["failed", "done"]
    assert told.result[0]["error"]["type"] == "validation"
    name, outcome, words = told.results(1)[0]
    assert (name, outcome) == ("add", "failed")
    assert "wrong arguments for tool 'add': a:" in words
    assert "<secret OPENAI_API_KEY>" in told.results(2)[1][2]
    assert told.ends == []


def test_arguments_that_are_no_json_are_told_to_the_model(cast) -> None:
    spell = ADD + 'return Agent.new{ name = "a", provider = "scripted", tools = { add } }:execute("go").tool_calls'
    told = cast(spell, {"tool_calls": [{"name": "add", "arguments": '{"a": '}]}, {"text": "done"})
    assert [one["error"]["type"] for one in told.result] == ["validation"]
    assert "are not a JSON object" in told.results(1)[0][2]


def test_an_unknown_tool_is_told_to_the_model(cast) -> None:
    spell = ADD + 'return Agent.new{ name = "a", provider = "scripted", tools = { add } }:execute("go").tool_calls'
    told = cast(spell, call("subtract", a=1), {"text": "done"})
    assert [(one["outcome"], one["error"]["type"]) for one in told.result] == [("failed", "tool_not_found")]
    assert told.results(1) == [("subtract", "failed", "failed: there is no tool 'subtract'; offered: add")]


def test_a_tool_that_hangs_ends_with_the_run(cast) -> None:
    spell = """
    local hang = Tool.new{ name = "hang", parameters = {}, execute = function() Async.sleep(3600) end }
    local tools, limits = { hang, "calculator" }, { seconds = 0.3 }
    local agent = Agent.new{ name = "a", provider = "scripted", tools = tools, limits = limits }
    agent:execute("go " .. params.key)
    """
    calls = [*call("calculator", expression="6 * 7")["tool_calls"], *call("hang")["tool_calls"]]
    told = cast(spell, {"tool_calls": calls}, status=6)
    assert told.error["type"] == "timeout"
    (end,) = told.ends
    assert end["error"]["type"] == "timeout"
    assert [(one["name"], one["outcome"]) for one in end["calls"]] == [("calculator", "done"), ("hang", None)]
    assert "<secret OPENAI_API_KEY>" in end["asked"]["parts"][0]["text"]
    assert "hang({}): no outcome" in told.shown


def test_a_tool_that_hangs_within_its_own_time_is_told_to_the_model(cast) -> None:
    spell = """
    local wait = function() Async.sleep(3600) end
    local hang = Tool.new{ name = "hang", parameters = {}, timeout = "100ms", execute = wait }
    return Agent.new{ name = "a", provider = "scripted", tools = { hang } }:execute("go").tool_calls
    """
    told = cast(spell, call("hang"), {"text": "gave up"})
    assert [(one["outcome"], one["error"]["type"]) for one in told.result] == [("failed", "timeout")]
    assert told.results(1)[0][1] == "failed"


def test_a_model_that_loops_is_told_once_and_then_stopped(cast) -> None:
    spell = (
        ADD
        + """
    Agent.new{ name = "a", provider = "scripted", tools = { add }, limits = { repeats = 2 } }:execute("go")
    """
    )
    told = cast(spell, *[call("add", a=1)] * 6, status=6)
    assert (told.error["type"], told.error["context"]["limit"]) == ("repeated_call", "repeats")
    (end,) = told.ends
    outcomes = [one["outcome"] for one in end["calls"]]
    assert outcomes == ["done", "done", "refused", None]
    assert "was called 2 times with these arguments" in told.results(3)[2][2]


def test_a_model_that_goes_on_and_on_meets_the_limit_of_turns(cast) -> None:
    spell = (
        ADD
        + """
    Agent.new{ name = "a", provider = "scripted", tools = { add }, limits = { turns = 2 } }:execute("go")
    """
    )
    told = cast(spell, *[call("add", a=n) for n in range(6)], status=6)
    assert told.error["type"] == "limit_reached"
    (end,) = told.ends
    assert (end["turns"], [one["outcome"] for one in end["calls"]]) == (2, ["done", "done"])


def test_an_answer_that_never_fits_is_an_error_with_its_last_text(cast) -> None:
    spell = """
    Agent.new{ name = "a", provider = "scripted", output = { n = "integer" }, output_retries = 1 }:execute("go")
    """
    told = cast(spell, {"text": '{"n": "one"}'}, {"text": f'{{"n": "{KEY}"}}'}, status=1)
    assert told.error["type"] == "output_mismatch"
    assert told.error["context"]["text"].startswith('{"n": "')
    assert "does not fit" in told.asked[1]["asked"]["messages"][-1]["parts"][0]["text"]
    (end,) = told.ends
    assert (end["turns"], end["error"]["type"]) == (2, "output_mismatch")


def test_a_context_that_is_too_long_is_an_error_before_anything_is_asked(cast) -> None:
    spell = """
    Agent.new{ name = "a", provider = "scripted", memory = { tokens = 50 } }:execute(string.rep("word ", 500))
    """
    told = cast(spell, {"text": "never said"}, status=7)
    assert (told.error["type"], told.error["context"]["limit"]) == ("context_length_exceeded", 50)
    (end,) = told.ends
    assert (told.asked, end["turns"]) == ([], 0)


def test_a_context_that_the_provider_finds_too_long_is_the_same_error(cast) -> None:
    spell = 'Agent.new{ name = "a", provider = "scripted" }:execute("go")'
    told = cast(spell, {"error": {"type": "context_length_exceeded", "message": f"too long: {KEY}"}}, status=7)
    assert told.error["type"] == "context_length_exceeded"
    assert [one["error"]["type"] for one in (*told.asked, *told.ends)] == ["context_length_exceeded"] * 2


def test_an_approval_that_never_comes_expires(cast) -> None:
    spell = (
        ADD
        + """
    local agent = Agent.new{
      name = "a", provider = "scripted", tools = { add }, approve = true, approval_timeout = "1ms",
    }
    local paused = agent:execute("go")
    Async.sleep(0.01)
    agent:resume(paused.state, { [paused.pending[1].id] = "approve" })
    """
    )
    told = cast(spell, call("add", a=1), status=6)
    assert told.error["type"] == "approval_expired"
    waits, expired = told.ends
    assert (waits["error"], [one["tool"] for one in waits["waiting"]]) == (None, ["add"])
    assert expired["error"]["type"] == "approval_expired"
    assert [one["outcome"] for one in expired["calls"]] == [None]
    assert 'waits    add({"a": 1}): ' in told.shown


@pytest.mark.parametrize("way", ["agent:handoff{ to = agent }", "agent:delegate_to(agent, 'go')"])
def test_a_handoff_to_itself_is_refused_before_anything_is_asked(cast, tmp_path, way) -> None:
    (tmp_path / "t.jsonl").touch()
    told = cast(f'local agent = Agent.new{{ name = "a", provider = "scripted" }}\n{way}', status=1)
    assert (told.error["type"], told.lines) == ("handoff", [])


def test_a_model_that_hands_over_to_its_own_agent_is_told_that_it_cannot(cast) -> None:
    spell = """
    return Agent.new{ name = "a", provider = "scripted", handoffs = true }:execute("go").tool_calls
    """
    told = cast(spell, call("transfer_to_agent", agent="a", reason=KEY), {"text": "then not"})
    assert [(one["outcome"], one["error"]["type"]) for one in told.result] == [("failed", "handoff")]
    assert "cannot hand over to itself" in told.results(1)[0][2]


def test_agents_that_call_each_other_without_end_meet_their_depth(cast) -> None:
    spell = """
    local function asking(name)
      return { script = { steps = { { tool_calls = { { name = name, arguments = { input = "x" } } } } } } }
    end
    local limits = { depth = 3 }
    local b = Agent.new{ name = "b", provider = "scripted", extra = asking("ask_a"), limits = limits }
    local a = Agent.new{ name = "a", provider = "scripted", extra = asking("ask_b"), limits = limits, tools = { b } }
    b:add_tool(a)
    a:execute("go")
    """
    told = cast(spell, status=6)
    assert told.error["type"] == "agent_depth"
    assert told.error["context"]["path"] == ["a", "b", "a", "b", "a"]
    assert [one["agent"] for one in told.ends] == ["a", "b", "a", "b", "a"]
    assert {one["error"]["type"] for one in told.ends} == {"agent_depth"}
