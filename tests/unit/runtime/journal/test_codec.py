"""What a journal keeps of calls, results and errors: there and back, for whatever they hold."""

from __future__ import annotations

import gc
import json
from datetime import UTC, date, datetime
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import (
    ConfigError,
    ConversionError,
    InternalError,
    LlmspellError,
    RateLimitError,
    ScriptRuntimeError,
    error_types,
)
from llmspell.model.agent import AgentInput, AgentResult, ToolRecord
from llmspell.model.approval import Pending
from llmspell.model.call import Call
from llmspell.model.embedding import Embeddings, EmbedRequest, ModelInfo
from llmspell.model.handoff import Handoff
from llmspell.model.llm import (
    Completion,
    LlmRequest,
    Media,
    Message,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
    ToolSpec,
    Unknown,
    Usage,
    message,
)
from llmspell.model.run_state import RunState
from llmspell.model.spent import Spent
from llmspell.runtime.journal import codec, texts
from llmspell.runtime.journal.codec import digest, error_json, error_of, input_json, result_json, result_of
from llmspell.runtime.journal.effects import Labelled
from llmspell.runtime.journal.models import MODELS
from llmspell.runtime.journal.texts import LONG, Shared, Texts, expand
from llmspell.spec.states import Entry
from llmspell.spec.storages import Operation
from llmspell.spec.tools import ToolOutput

TOOL = Call("tool_execution", "probe", {})

# -- what values there are ---------------------------------------------------------------------------------------------

names = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(["$b", "$$", "$ref", "$$ref"])
numbers = st.integers() | st.floats(allow_nan=False)
plain = st.none() | st.booleans() | numbers | st.text(max_size=20) | st.binary(max_size=8)
times = st.dates() | st.datetimes(timezones=st.just(UTC)) | st.datetimes()
values: st.SearchStrategy[Any] = st.recursive(
    plain | times | st.text(max_size=2).map(lambda text: text * LONG),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=12,
)
data = st.dictionaries(names, values, max_size=3)
jsons: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | numbers | names,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=2),
    max_leaves=6,
)
json_maps = st.dictionaries(names, jsons, max_size=2)
counts = st.integers(0, 10**6)
money = st.none() | st.floats(0, 1e6)
usages = st.builds(Usage, requests=counts, input_tokens=counts, output_tokens=counts, cached_tokens=counts, cost=money)
calls = st.builds(ToolCall, id=names, name=names, arguments=json_maps, raw=st.none() | names)
specs = st.builds(ToolSpec, name=names, description=names, schema=json_maps)
parts = st.one_of(
    st.builds(Text, text=st.text(max_size=10) | st.just("x" * 3 * LONG)),
    st.builds(Media, kind=st.just("image"), media_type=names, data=st.binary(max_size=9), name=st.none() | names),
    st.builds(Reasoning, text=names, signature=st.none() | names, origin=st.none() | names),
    calls,
    st.builds(ToolResult, id=names, name=names, content=names, outcome=st.sampled_from(["done", "failed", "refused"])),
    st.builds(Unknown, type=names, data=json_maps, origin=st.none() | names),
)
messages = st.builds(
    Message,
    role=st.sampled_from(["system", "user", "assistant", "tool"]),
    parts=st.lists(parts, max_size=3).map(tuple),
    automatic=st.booleans(),
)
several = st.lists(messages, max_size=3).map(tuple)
records = st.builds(ToolRecord, call=calls, outcome=st.just("done"), result=values, seconds=st.floats(0.5, 9.0))
spent = st.builds(Spent, agent=names, own=usages)
models: dict[str, st.SearchStrategy[Any]] = {
    "agent_input": st.builds(AgentInput, message=messages, history=several, context=data),
    "agent_result": st.builds(
        AgentResult,
        content=names,
        messages=several,
        tool_calls=st.lists(records, max_size=2).map(tuple),
        usage=usages,
        nested=st.lists(spent, max_size=2).map(tuple),
        data=values,
        metadata=data,
        pending=st.lists(st.builds(Pending, id=names, tool=names, arguments=json_maps), max_size=1).map(tuple),
        state=st.none() | json_maps,
    ),
    "completion": st.builds(
        Completion,
        message=messages,
        usage=usages,
        finish_reason=st.sampled_from(["stop", "length"]),
        model=names,
        limits=st.none() | st.just({"tokens": {"limit": 3.5}}),
        recoveries=st.lists(json_maps, max_size=2).map(tuple),
    ),
    "embed_request": st.builds(EmbedRequest, model=names, texts=st.lists(names, max_size=2).map(tuple), extra=data),
    "embeddings": st.builds(
        Embeddings,
        vectors=st.lists(st.lists(st.floats(-1, 1), max_size=2).map(tuple), max_size=2).map(tuple),
        model=names,
        usage=usages,
    ),
    "entry": st.builds(Entry, names, jsons, counts, st.floats(1, 9), st.booleans()),
    "handoff": st.builds(Handoff, source=names, target=names, messages=several, context=data),
    "labelled": st.builds(Labelled, values, st.lists(names, max_size=2).map(tuple)),
    "message": messages,
    "model_info": st.builds(ModelInfo, name=names, capabilities=st.lists(names, max_size=2).map(tuple), data=data),
    "operation": st.builds(Operation, st.sampled_from(["put", "delete"]), names, st.binary(max_size=9)),
    "pending": st.builds(Pending, id=names, tool=names, arguments=json_maps),
    "request": st.builds(
        LlmRequest,
        model=names,
        messages=several,
        system=names,
        tools=st.lists(specs, max_size=2).map(tuple),
        tool_choice=st.just("required") | names,
        temperature=money,
        stop=st.lists(names, max_size=2).map(tuple),
        response_schema=st.none() | json_maps,
        extra=data,
    ),
    "spent": spent,
    "tool_call": calls,
    "tool_output": st.builds(ToolOutput, values, st.lists(data, max_size=2).map(tuple), data),
    "tool_record": records,
    "tool_spec": specs,
    "usage": usages,
}


def through_a_log(value: object) -> Any:
    """Write JSON as a log does, and read it."""
    small, new = Texts().shrink(value)
    table = {}
    for one in json.loads(json.dumps(new, allow_nan=False)):
        assert one["k"] == "text"
        assert texts._hash(one["v"]) == one["d"]
        table[one["d"]] = one["v"]
    return expand(json.loads(json.dumps(small, allow_nan=False)), table)


@given(values)
def test_a_value_comes_back(value):
    written = result_json(TOOL, value)
    assert result_of(TOOL, through_a_log(written)) == value
    assert through_a_log(written) == written


@pytest.mark.parametrize("name", sorted(models))
@given(st.data())
def test_a_value_of_our_own_comes_back(name, data):
    value = data.draw(models[name])
    written = result_json(TOOL, {"it": [value]})
    assert result_of(TOOL, through_a_log(written)) == {"it": [value]}


def test_every_name_is_tried():
    assert set(MODELS) - set(models) == {"session", "storage_stats"}, "plain tuples, tried where they are used"


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_name_means_a_class(name):
    from llmspell.runtime.journal import models as written

    module, _, attribute = MODELS[name].partition(":")
    assert written._NAMES[module, attribute] == name
    assert isinstance(written._class(name), type)


def test_half_a_pair_and_no_number_come_back():
    value = {"text": "\ud800x", "least": float("-inf"), "most": float("inf"), "large": 1 << 80}
    assert result_of(TOOL, through_a_log(result_json(TOOL, value))) == value
    (none,) = cast("list[float]", result_of(TOOL, through_a_log(result_json(TOOL, [float("nan")]))))
    assert none != none  # noqa: PLR0124 - as only this number is


def test_what_json_calls_alike_becomes_alike():
    value = {1: (1, 2), "set": {"b", "a"}, "raw": bytearray(b"x"), "when": date(2000, 2, 1)}
    assert result_of(TOOL, result_json(TOOL, value)) == {
        "1": [1, 2], "set": ["a", "b"], "raw": b"x", "when": date(2000, 2, 1),
    }  # fmt: skip


def test_models_of_a_provider_stay_a_tuple():
    call = Call("provider_call", "fake", None)
    made = (ModelInfo(name="m"),)
    assert result_of(call, through_a_log(result_json(call, made))) == made


# -- what has no form --------------------------------------------------------------------------------------------------


class Odd:
    """Something of a tool's own."""


@pytest.mark.parametrize(
    ("value", "place"),
    [
        (Odd(), "result is of the type Odd"),
        ({"rows": [1, Odd()]}, "result.rows[2] is of the type Odd"),
        (ToolOutput(1, ({"data": Odd()},)), "result.artifacts[1].data is of the type Odd"),
        ({"a": {(1, 2): 3}}, "result.a has a key of type tuple"),
        ({"\ud800": 1}, "half a surrogate pair"),
    ],
)
def test_a_result_without_a_form_is_refused_with_its_place(value, place):
    with pytest.raises(ConversionError) as caught:
        result_json(TOOL, value)
    assert caught.value.message.startswith("tool 'probe' gave what a durable run cannot keep")
    assert place in caught.value.message
    assert caught.value.context["subject"] == "probe"
    assert caught.value.suggestions


def test_a_circle_is_refused():
    circle: list[object] = []
    circle.append(circle)
    with pytest.raises(ConversionError, match="contains itself"):
        result_json(TOOL, circle)


def test_of_an_input_without_a_form_the_type_is_told():
    call = Call("tool_execution", "probe", {"f": Odd(), "n": 1, ("a", 1): 2})
    assert input_json(call) == {"f": {"$x": "Odd"}, "n": 1, "'tuple'": 2}
    assert digest(input_json(call)) == digest(input_json(call))


@pytest.mark.parametrize("data", [{"$b": "no base64!"}, {"$m": "os", "v": {}}, {"$z": 1}, {"$m": "usage"}, {"$i": "x"}])
def test_what_nobody_wrote_is_refused(data):
    with pytest.raises(ConversionError):
        result_of(TOOL, data)


# -- errors ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(error_types(), key=str), ids=str)
def test_an_error_comes_back_as_what_it_was(kind):
    error = LlmspellError.__new__(kind)
    about = {"raw": b"\x00", "at": datetime(2000, 1, 1, tzinfo=UTC), "$x": [1, {"y": None}]}
    if kind is ConfigError:
        about |= {"faults": [{"path": "a", "message": "b"}]}
    LlmspellError.__init__(
        error, "it failed", suggestions=("look",), context=about, where="a.lua:3", trace_id="t", retry_after=1.5,
        retryable=not kind.retryable,
    )  # fmt: skip
    error.stack = "a\nb"
    again = error_of(through_a_log(error_json(error)))
    assert type(again) is (InternalError if kind is LlmspellError else kind)
    assert again.to_dict() == error.to_dict()
    assert (again.stack, again.retryable, str(again)) == ("a\nb", error.retryable, "it failed")


def test_a_type_of_the_script_itself_is_kept():
    error = error_of(error_json(ScriptRuntimeError("no")) | {"type": "mine"})
    assert isinstance(error, ScriptRuntimeError)
    assert error_of(through_a_log(error_json(error))).type == "mine"


def test_what_is_no_error_of_ours_is_told_by_type_and_message():
    error = error_of(error_json(KeyError("x")))
    assert isinstance(error, InternalError)
    assert error.message == "KeyError: 'x'"


def test_the_run_of_an_agent_comes_back_with_its_error():
    error = RateLimitError("slow down")
    error.run_state = RunState(agent="a", input=AgentInput(message=message("user", "hi")))
    error.run_state.messages.append(message("assistant", "hm"))
    assert error_of(through_a_log(error_json(error))).run_state == error.run_state
    error.run_state = '{"as": "text"}'
    assert error_of(through_a_log(error_json(error))).run_state == error.run_state


# -- texts and digests -------------------------------------------------------------------------------------------------


def request(*messages: Message, **more: Any) -> Call:
    return Call("llm_call", "m", LlmRequest(model="m", messages=messages, **more))


def test_a_conversation_is_written_message_by_message():
    said = [message("user", f"{n} " * LONG) for n in range(5)]
    tools = (ToolSpec(name="t", description="d", schema={"type": "object"}),)
    log = Texts()
    fresh = [len(log.shrink(input_json(request(*said[:n], tools=tools)))[1]) for n in range(1, 6)]
    assert fresh == [3, 2, 2, 2, 2], "the message and its long text; the tool once"


def test_a_message_is_serialised_once_for_each_object():
    said = message("user", "hello")
    one, two = (input_json(request(said))["v"]["messages"][0]["v"] for _ in range(2))  # type: ignore[index]
    assert isinstance(one, Shared)
    assert one is two
    assert input_json(request(said), str.upper)["v"]["messages"][0]["v"] is not one, "another mask"  # type: ignore[index]


def test_what_is_kept_of_messages_goes_with_them():
    before = len(texts._kept)
    input_json(request(*(message("user", str(n)) for n in range(50))))
    gc.collect()
    assert len(texts._kept) <= before


def test_known_texts_are_not_written_again():
    _, new = Texts().shrink(["x" * 2 * LONG])
    small, none = Texts(one["d"] for one in new).shrink(["x" * 2 * LONG])  # type: ignore[misc]
    assert none == []
    assert small == [{"$ref": new[0]["d"]}]


@given(jsons)
def test_a_map_that_looks_like_a_reference_is_none(value):
    small, _ = Texts().shrink({"a": {"$ref": value}, "b": {"$$ref": value}})
    assert expand(small, {}) == {"a": {"$ref": value}, "b": {"$$ref": value}}


def test_a_lost_text_is_told():
    with pytest.raises(ConversionError, match="does not have"):
        expand({"$ref": "0" * 32}, {})


def test_a_digest_is_that_of_the_canonical_json():
    assert digest({"b": 1, "a": [0.1, 1e300, "é"]}) == digest({"a": [0.1, 1e300, "é"], "b": 1})
    assert len(digest({})) == 32
    assert digest(1) != digest(1.0)
    assert digest(0.1) != digest(0.1 + 2**-56)
    assert codec.digest("x" * 2 * LONG) != codec.digest("x" * 2 * LONG + "y")


# -- secrets -----------------------------------------------------------------------------------------------------------


def test_every_text_is_masked():
    def mask(text: str) -> str:
        return text.replace("hunter2", "***")

    secret = "my hunter2"
    call = request(message("user", secret), system=secret, extra={secret: [secret, b"raw hunter2"]})
    error = RateLimitError(secret, suggestions=[secret], context={secret: {"a": secret}}, where=secret)
    written = json.dumps([
        Texts().shrink(input_json(call, mask)),
        Texts().shrink(result_json(TOOL, ToolOutput({"x": secret * 500}, ({"data": secret},)), mask)),
        error_json(error, mask), error_json(ValueError(secret), mask),
    ])  # fmt: skip
    assert "hunter2" not in written
    assert "***" in written
    assert "cmF3IGh1bnRlcjI" not in written, "base64 of bytes that are text"
