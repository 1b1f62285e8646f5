"""A run's state as JSON data: nothing is lost, and what is damaged is told apart from what is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import RunStateError
from llmspell.model.agent import AgentInput, ToolRecord
from llmspell.model.approval import Decision, Pending
from llmspell.model.llm import Media, Message, Reasoning, Text, ToolCall, ToolResult, Unknown, Usage, message
from llmspell.model.run_json import FORMAT, from_json, to_json
from llmspell.model.run_state import RunState
from llmspell.model.spent import Spent

GOLDEN = Path(__file__).parent / "golden" / "run_state_1.json"

words = st.text(max_size=8)
data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)
tables = st.dictionaries(words, data, max_size=3)
calls = st.builds(ToolCall, id=words, name=words, arguments=tables, raw=st.none() | words)
outcomes = st.sampled_from(["done", "failed", "refused", "not_run"])
parts = st.one_of(
    st.builds(Text, text=words),
    st.builds(Media, kind=st.sampled_from(["image", "audio", "file"]), media_type=words, data=st.none() | st.binary()),
    st.builds(Reasoning, text=words, signature=st.none() | words, origin=st.none() | words),
    calls,
    st.builds(ToolResult, id=words, name=words, content=words, outcome=outcomes),
    st.builds(Unknown, type=words, data=tables, origin=st.none() | words),
)
messages = st.builds(
    Message,
    role=st.sampled_from(["system", "user", "assistant", "tool"]),
    parts=st.lists(parts, max_size=4).map(tuple),
    automatic=st.booleans(),
)
records = st.builds(
    ToolRecord, call=calls, outcome=outcomes, result=data, error=st.none() | tables, seconds=st.floats(0, 9)
)
decisions = st.builds(
    Decision,
    verdict=st.sampled_from(["approve", "reject"]),
    arguments=st.none() | tables,
    reason=words,
    always=st.sampled_from([None, "run", "agent"]),
)
states = st.builds(
    RunState,
    agent=words,
    input=st.builds(AgentInput, message=messages, history=st.lists(messages, max_size=2).map(tuple), context=tables),
    phase=st.sampled_from(["ask", "done"]),
    messages=st.lists(messages, max_size=3),
    offered=st.lists(words, max_size=2).map(tuple),
    records=st.lists(records, max_size=2),
    nested=st.lists(st.builds(Spent, agent=words), max_size=1).map(tuple),
    decisions=st.dictionaries(words, decisions, max_size=2),
    always=st.dictionaries(words, decisions, max_size=2),
    expires=st.none() | st.floats(0, 9),
    usage=st.builds(Usage, requests=st.integers(0, 9), cost=st.none() | st.floats(0, 9)),
    turns=st.integers(0, 9),
    recoveries=st.lists(tables, max_size=2),
    data=tables,
)


@given(states)
def test_a_state_comes_back_as_it_was(state):
    assert from_json(json.loads(json.dumps(to_json(state)))) == state


@given(states, st.data())
def test_what_is_damaged_is_refused_or_read_as_it_says(state, chosen):
    written: Any = json.loads(json.dumps(to_json(state)))
    places = list(_places(written))
    where, key = chosen.draw(st.sampled_from(places))
    where[key] = chosen.draw(data)
    try:
        found = from_json(written)
    except RunStateError:
        return
    assert from_json(to_json(found)) == found


def _places(value: Any) -> Any:
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield value, key
        if isinstance(inner, (dict, list)):
            yield from _places(inner)


@pytest.mark.parametrize(
    ("damaged", "told"),
    [
        (None, "no `format`"),
        ({"success": True}, "no `format`"),
        ({"format": FORMAT + 1}, f"format {FORMAT + 1}, this version reads {FORMAT}"),
        ({"format": FORMAT}, "lacks 'input'"),
    ],
)
def test_what_is_no_state_is_told_so(damaged, told):
    with pytest.raises(RunStateError, match=told):
        from_json(damaged)


def test_a_state_that_waits_for_calls_that_nobody_made_is_damaged():
    state = RunState(agent="a", input=AgentInput(message=Message(role="user", parts=())))
    with pytest.raises(RunStateError, match="nobody made any"):
        from_json({**to_json(state), "phase": "tools"})


def test_results_that_json_does_not_know_are_written_as_the_model_was_told_them():
    record = ToolRecord(call=ToolCall(id="1", name="t"), outcome="done", result={"at": Path("x")})
    state = RunState(agent="a", input=AgentInput(message=Message(role="user", parts=())), records=[record])
    assert from_json(to_json(state)).records[0].result == {"at": "x"}


def paused() -> RunState:
    calls = tuple(ToolCall(id=f"call-{n}", name="delete", arguments={"path": f"{n}.txt"}) for n in (1, 2))
    return RunState(
        agent="janitor",
        input=AgentInput(message=message("user", "tidy up"), context={"depth": 2}),
        phase="tools",
        messages=[Message(role="assistant", parts=(Reasoning(text="hm", signature="s", origin="o"), *calls))],
        offered=("delete",),
        records=[ToolRecord(call=calls[0], outcome="done", result={"deleted": True}, seconds=0.5)],
        usage=Usage(requests=1, input_tokens=10, output_tokens=5, cost=0.25),
        nested=(Spent(agent="scout", own=Usage(requests=1)),),
        turns=1,
        pending=(Pending(id="call-2", tool="delete", arguments={"path": "2.txt"}, why="the tool asks"),),
        decisions={"call-1": Decision(verdict="approve")},
        always={"read": Decision(verdict="reject", reason="no", always="run")},
        expires=1700000000.0,
    )


def test_the_first_format_is_read_for_ever():
    written = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert from_json(written) == paused()
    assert json.loads(json.dumps(to_json(paused()))) == written
    assert [call.id for call in paused().open_calls()] == ["call-2"]


@pytest.mark.parametrize(
    "changed", [{"id": "call-3"}, {"tool": "read"}, {"arguments": {"path": "/etc/passwd"}}, {"id": "call-1"}]
)
def test_what_waits_must_be_a_call_that_the_model_made(changed):
    written: Any = json.loads(GOLDEN.read_text(encoding="utf-8"))
    written["pending"][0] |= changed
    with pytest.raises(RunStateError, match="nobody made the call"):
        from_json(written)
