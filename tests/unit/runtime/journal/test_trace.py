"""The tree of a run, read from its log."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from llmspell.errors import JournalCorruptError
from llmspell.model.llm import Completion, LlmRequest, Usage, message
from llmspell.runtime.journal.reading import read
from llmspell.runtime.journal.texts import Texts
from llmspell.runtime.journal.trace import Trace, narrowed, uncertain
from llmspell.runtime.journal.trace_brief import answered as came_of
from llmspell.runtime.journal.trace_brief import asked
from llmspell.runtime.journal.trace_data import trace_data
from llmspell.runtime.journal.trace_totals import totals
from llmspell.runtime.journal.values import Writer
from llmspell.spec.storages import Operation
from tests import run_logs
from tests.run_logs import LogFile, answered, report


@pytest.fixture
def traced(tmp_path):
    return lambda log, **more: Trace(read(log.write(tmp_path)), **more)


def shape(operations) -> list[object]:
    return [(one.operation, one.subject, shape(one.children)) for one in operations]


WHOLE: list[object] = [
    (
        "call",
        "agent.chat",
        [
            (
                "agent_execution",
                "writer",
                [("llm_call", "openai/m", []), ("tool_execution", "calculator", []), ("llm_call", "openai/m", [])],
            )
        ],
    )
]


def test_operations_are_nested_by_their_paths_also_where_a_name_has_a_slash(traced):
    log = answered(report())
    path = "c2:agent.chat/1:writer/4:llm:openai/gpt-4o"
    log.add("done", p=path, o="llm_call", s="openai/gpt-4o", e="once", d="x", sec=0.1, v=None)
    trace = traced(log)
    (chat,) = trace.operations
    (agent,) = chat.children
    assert [one.path for one in agent.children if "/gpt-4o" in one.path] == [path]
    assert shape(traced(answered(report())).operations) == WHOLE
    assert trace.status == "done"


def test_a_call_of_the_script_knows_its_line_and_how_long_it_took(traced):
    (chat,) = traced(answered(report())).operations
    assert (chat.at, chat.status, round(chat.seconds, 3)) == ("report.lua:2", "done", 0.9)
    assert traced(answered(report())).line_of("c2:agent.chat/1:writer/1:llm:m") == "report.lua:2"
    assert traced(answered(report())).line_of("elsewhere/1:x") == ""


def test_calls_of_a_loaded_spell_are_those_of_its_own_guest(traced):
    log = LogFile().said(1, "Spell.load", "main.lua:3").said(1, "Tools.run", "inner.lua:9", guest="c1:Spell.load")
    path = "c1:Spell.load/c1:Tools.run/1:calculator"
    log.add("done", p=path, o="tool_execution", s="calculator", e="pure", d="", i={}, sec=0.1, v="1")
    trace = traced(log.settled(1, guest="c1:Spell.load"))
    (load,) = trace.operations
    (run,) = load.children
    assert [(one.at, one.status) for one in (load, run)] == [("main.lua:3", "unfinished"), ("inner.lua:9", "done")]


def test_what_is_recorded_of_a_model_is_told_whole(traced, tmp_path):
    """A request and an answer as a journal writes them: forms, and messages that are written once."""
    texts, writer = Texts(), Writer()
    request = LlmRequest(model="m", messages=(message("user", "long " * 400), message("user", "{}")), temperature=0.5)
    answer = Completion(message=message("assistant", "done"), usage=Usage(requests=1, input_tokens=7, output_tokens=2))
    log = LogFile()
    for record in (
        {"k": "intent", "i": writer.write(request, "input")},
        {"k": "done", "sec": 1.0, "v": writer.write(answer, "result")},
    ):
        small, new = texts.shrink(record)
        for text in new:
            log.add(**cast("Any", text))
        log.add(**cast("Any", small), p="1:llm:m", o="llm_call", s="m", e="once", d="")
    trace = traced(log)
    (one,) = trace_data(trace)["operations"]
    assert one["input"]["messages"][0] == {"role": "user", "parts": [{"part": "text", "text": "long " * 400}]}
    assert one["input"]["temperature"] == 0.5
    assert one["output"]["message"]["parts"] == [{"part": "text", "text": "done"}]
    assert trace_data(trace)["totals"]["usage"]["input_tokens"] == 7
    assert came_of(trace, trace.operations[0]) == "assistant: done"
    assert asked(trace, trace.operations[0]) == "user: {}"


def test_values_are_told_without_the_forms_that_bring_them_back(traced):
    held = {
        "bytes": b"abc",
        "many": 2**80,
        "none": float("inf"),
        "half": "\udc80",
        "$ref": "mine",
        "deep": {"$ref": "alone"},
        "$m": "mine",
    }
    small, _ = Texts().shrink(Writer().write(held, "input"))
    log = LogFile().add("done", p="1:x", o="effect", s="x", e="pure", d="", i=None, sec=0.0, v=small)
    (one,) = trace_data(traced(log))["operations"]
    assert one["output"] == {
        "bytes": {"base64": "YWJj"},
        "many": 2**80,
        "none": "inf",
        "half": "?",
        "$ref": "mine",
        "deep": {"$ref": "alone"},
        "$m": "mine",
    }


def test_what_was_written_to_a_store_is_told_as_data_where_it_is_json(traced):
    writes = (
        Operation("put", "a", b'{"$ref":"of a spell","n":[1,null]}'),
        Operation("put", "b", b"\xff"),
        Operation("delete", "c"),
    )
    small, _ = Texts().shrink(Writer().write(writes, "input"))
    log = LogFile().add("done", p="1:x", o="state_write", s="a", e="idempotent", d="", i=small, sec=0.0)
    (one,) = trace_data(traced(log))["operations"]
    assert [write.get("value") for write in one["input"]] == [
        {"$ref": "of a spell", "n": [1, None]},
        {"base64": "/w=="},
        None,
    ]


def test_an_effect_without_outcome_is_uncertain_unless_it_may_be_repeated(traced):
    log = run_logs.uncertain(report())
    log.add("intent", p="c9:x", o="effect", s="sleep", e="idempotent", d="", i=1, due=run_logs.BEGAN + 60)
    trace = traced(log)
    assert [(one.subject, trace.line_of(one.path)) for one in uncertain(trace)] == [("mail", "report.lua:2")]
    assert {one.subject: one.status for _, one in trace.walk()}["sleep"] == "unfinished"
    assert trace.status == "interrupted"
    assert {one.status for _, one in traced(log, running=True).walk()} == {"running", "done"}


def test_what_a_resumed_run_took_from_its_log_is_marked(traced):
    log = run_logs.uncertain(report()).add("resumed", by="0.1.0", assume=["mail=not-done"])
    path = "c2:agent.chat/1:writer/3:mail"
    log.add("intent", p=path, o="tool_execution", s="mail", e="once", d="z", i={"to": "a@example.com"})
    log.add("done", p=path, o="tool_execution", s="mail", e="once", d="z", sec=0.1, v="sent")
    trace = traced(log)
    marks = {one.subject: (one.replayed, one.attempts, one.status) for _, one in trace.walk()}
    assert marks["calculator"] == (True, 1, "done")
    assert marks["mail"] == (False, 2, "done")
    assert trace_data(trace)["run"]["resumed"][0]["assume"] == ["mail=not-done"]


def test_failures_cancellations_hooks_and_timers(traced):
    log = report()
    log.add("done", p="c3:a/1:b", o="tool_execution", s="b", e="once", d="", i={}, sec=0.1, cancelled=True)
    log.add("done", p="c3:a/2:c", o="tool_execution", s="c", e="once", d="", i={}, sec=0.1, error={"type": "tool"})
    log.add("intent", p="c3:a/3:t", o="timer", s="", e="pure", d="", i=None)
    log.add("hook", p="c3:a/9:nobody", point="before_tool_execution", name="far", verdict="refuse", changed=[])
    trace = traced(log)
    found = {one.subject: one for _, one in trace.walk()}
    assert [found[name].status for name in "bc"] == ["cancelled", "failed"]
    assert found["c"].error == {"type": "tool"}
    assert found["calculator"].hooks == [
        {"point": "before_tool_execution", "name": "bounds", "verdict": "proceed", "changed": ["precision"]}
    ]
    assert [hook["name"] for hook in found["a"].hooks] == ["far"]
    assert "timer" not in {one.operation for one in found.values()}


def test_sums_count_tokens_and_money_once(traced):
    whole, each = totals(traced(answered(report())))
    assert (whole.count, whole.usage.input_tokens, whole.usage.output_tokens) == (4, 230, 22)
    assert whole.usage.cost == pytest.approx(0.003)
    assert {name: one.count for name, one in each.items()} == {
        "agent_execution": 1,
        "llm_call": 2,
        "tool_execution": 1,
    }
    assert each["llm_call"].seconds == pytest.approx(1.75)


def test_only_some_operations_are_nested_in_those_of_them_they_lay_in(traced):
    trace = traced(answered(report()))
    assert shape(narrowed(trace.operations, {"tool_execution"})) == [("tool_execution", "calculator", [])]
    assert shape(narrowed(trace.operations, {"call", "llm_call"})) == [
        ("call", "agent.chat", [("llm_call", "openai/m", []), ("llm_call", "openai/m", [])])
    ]
    assert shape(trace.operations) == WHOLE


def test_the_form_of_the_data_is_stable(traced):
    data = trace_data(traced(answered(report())), depth=2, messages=True)
    assert list(data) == ["trace", "run", "totals", "operations", "messages"]
    assert data["trace"] == 1
    (chat,) = data["operations"]
    assert list(chat) == [
        "path", "operation", "subject", "effect", "status", "n", "started", "seconds", "attempts", "replayed",
        "assumed", "at", "due", "usage", "hooks", "input", "output", "error", "children",
    ]  # fmt: skip
    assert chat["children"][0]["children"] == []
    assert data["messages"][0]["to"]["t"] == "invoke"
    assert data["messages"][1]["from"][0][:3] == ["call", 1, "Agent.new"]
    json.dumps(data)


def test_secrets_that_are_known_now_are_masked_everywhere(traced):
    log = answered(report(params={"key": "hush"})).add("hook", p="x", point="p", name="hush", verdict="v", changed=[])
    log.add("text", d="h", v="is hush").add("done", p="1:x", o="effect", s="hush", e="pure", d="", sec=0, v={"hush": 1})
    log.add("in", g="", m={"t": "settle", "id": 9, "ok": False, "error": {"message": "hush"}}, key="")
    trace = traced(log, mask=lambda text: text.replace("hush", "***"))
    assert "hush" not in json.dumps(trace_data(trace, messages=True))


def test_a_tree_of_any_depth_is_told(traced):
    log = LogFile()
    path = ""
    for _ in range(400):
        path = f"{path}/1:a".removeprefix("/")
        log.add("begin", p=path, o="agent_execution", s="a", i=None)
    trace = traced(log)
    assert max(level for level, _ in trace.walk()) == 399
    assert json.dumps(trace_data(trace)).count('"path"') == 400


def test_a_log_without_a_header_is_damaged():
    with pytest.raises(JournalCorruptError):
        Trace(iter(()))


def test_a_text_that_is_missing_or_mentions_itself_is_named(traced):
    log = LogFile().add("text", d="t", v=["again", {"$ref": "t"}])
    log.add("done", p="1:x", o="effect", s="x", e="pure", d="", sec=0, v=[{"$ref": "t"}, {"$ref": "gone"}])
    (one,) = trace_data(traced(log))["operations"]
    assert one["output"] == [["again", "<missing text t>"], "<missing text gone>"]
