"""What of a conversation a model is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.model.llm import Message, Text, ToolCall, ToolResult, message
from llmspell.runtime.memory.windows import Bounds, Conversation


def asked(*ids: str) -> Message:
    return Message(role="assistant", parts=tuple(ToolCall(id=one, name="t") for one in ids))


def told(*ids: str) -> Message:
    return Message(role="tool", parts=tuple(ToolResult(id=one, name="t", content="r") for one in ids))


TALK = (message("user", "a"), asked("1", "2"), told("1", "2"), message("assistant", "b"), message("user", "c"))


@st.composite
def conversations(draw: st.DrawFn) -> Conversation:
    """A conversation as a loop makes it: turns of tool calls with their results, with words of the system between."""
    messages: list[Message] = []
    starts: list[int] = []
    for turn in range(draw(st.integers(1, 6))):
        if draw(st.booleans()) and turn:
            messages.append(message("system", f"note {turn}"))
        starts.append(len(messages))
        messages.append(message("user", f"turn {turn}"))
        for step in range(draw(st.integers(0, 4))):
            ids = [f"{turn}.{step}.{n}" for n in range(draw(st.integers(1, 3)))]
            apart = draw(st.booleans())
            messages += [asked(*ids), *([told(one) for one in ids] if apart else [told(*ids)])]
        if turn and draw(st.booleans()):
            messages.append(Message(role="assistant", parts=(Text(text="done"),)))
    costs = [draw(st.integers(1, 50)) for _ in messages]
    return Conversation(messages, costs, starts[-1])


BOUNDS = st.builds(
    Bounds,
    st.none() | st.integers(1, 8),
    st.none() | st.integers(1, 20),
    st.none() | st.integers(1, 400),
)


def whole_exchanges(messages: list[Message]) -> bool:
    """Whether each call is told with its results and each result with its call."""
    calls = {call.id for one in messages for call in one.tool_calls}
    results = {part.id for one in messages for part in one.parts if isinstance(part, ToolResult)}
    return calls == results


@given(conversations(), BOUNDS)
def test_a_cut_never_parts_a_call_from_its_result(talk, bounds) -> None:
    cut = talk.cut(bounds)
    if cut is not None:
        assert whole_exchanges([talk.messages[index] for index in talk.kept(cut)])


@given(conversations(), st.integers(0, 20))
def test_what_is_summarised_never_parts_a_call_from_its_result(talk, keep) -> None:
    cut = talk.older(keep)
    assert whole_exchanges(list(talk.messages[cut:]))
    assert len(talk.messages) - cut >= min(keep, len(talk.messages))


@given(conversations(), BOUNDS)
def test_what_is_pinned_stays_and_the_order_too(talk, bounds) -> None:
    cut = talk.cut(bounds)
    if cut is not None:
        kept = talk.kept(cut)
        assert kept == sorted(set(kept))
        assert talk.current in kept
        assert {index for index, one in enumerate(talk.messages) if one.role == "system"} <= set(kept)


@given(conversations(), BOUNDS)
def test_bounds_are_kept(talk, bounds) -> None:
    cut = talk.cut(bounds)
    if cut is None:
        assert bounds.tokens is not None
        return
    kept = talk.kept(cut)
    users = [index for index in kept if talk.messages[index].role == "user"]
    assert bounds.tokens is None or sum(talk.costs[index] for index in kept) <= bounds.tokens
    assert bounds.turns is None or len(users) <= max(bounds.turns, 1)
    newest = [talk.messages[index].role for index in range(max(cut, talk.current), len(talk.messages))]
    assert bounds.messages is None or len(kept) <= bounds.messages or newest.count("assistant") <= 1


@given(conversations())
def test_without_bounds_all_is_told(talk) -> None:
    assert talk.cut(Bounds()) == 0
    assert talk.share(Bounds()) == 0


@pytest.mark.parametrize(
    ("bounds", "kept"),
    [
        (Bounds(), [0, 1, 2, 3, 4]),
        (Bounds(turns=1), [4]),
        (Bounds(turns=2), [0, 1, 2, 3, 4]),
        (Bounds(messages=4), [4]),
        (Bounds(tokens=50), [0, 1, 2, 3, 4]),
        (Bounds(tokens=49), [4]),
        (Bounds(tokens=9), None),
    ],
)
def test_whole_turns_are_left_out(bounds, kept) -> None:
    talk = Conversation(TALK, [10] * 5, 4)
    cut = talk.cut(bounds)
    assert (None if cut is None else talk.kept(cut)) == kept


def test_the_turn_that_goes_on_loses_its_older_exchanges() -> None:
    talk = Conversation((*TALK[:3], asked("3"), told("3")), [10] * 5, 0)
    assert talk.kept(talk.cut(Bounds(tokens=30)) or 0) == [0, 3, 4]
    assert talk.cut(Bounds(tokens=29)) is None
    assert talk.kept(talk.cut(Bounds(messages=1)) or 0) == [0, 3, 4]


def test_a_summary_is_told_and_is_no_turn() -> None:
    talk = Conversation((message("user", "summary"), *TALK), [10] * 6, 5, summary=0)
    assert talk.turns() == [1, 5]
    assert talk.kept(talk.cut(Bounds(turns=1)) or 0) == [0, 5]
    assert talk.share(Bounds(turns=4, tokens=100)) == 0.6
