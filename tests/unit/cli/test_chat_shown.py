"""What a terminal shows of an answer while it comes."""

from __future__ import annotations

import asyncio
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmspell.cli.chat_shown import Shown, arguments_of
from llmspell.cli.console import Console
from llmspell.model.agent import AgentPart, ToolRecord
from llmspell.model.llm import Completion, Done, Message, ReasoningDelta, Reset, TextDelta, ToolCall
from llmspell.services.secrets import SecretService

SECRET = "sk-abcabd-abc"
PIECES = st.lists(
    st.sampled_from([SECRET, "sk-", "abc", "abd", "-", " ", "\n", "é", SECRET[:7], SECRET[3:]]), max_size=8
)


def shown(parts: list[object], *, text: bool = True, verbose: bool = False) -> tuple[str, str]:
    """Give what goes to standard output and to standard error."""
    out, err = io.StringIO(), io.StringIO()
    console = Console(out=out, err=err, verbose=verbose)
    secrets = SecretService(environment={})
    secrets.add("KEY", SECRET)
    console.redact = secrets.redact
    view = Shown(console, secrets, text=text)

    async def show() -> None:
        for part in parts:
            await view.part(part)

    asyncio.run(show())
    view.end()
    return out.getvalue(), err.getvalue()


@settings(deadline=None)
@given(PIECES.map("".join), st.lists(st.integers(1, 9), min_size=1, max_size=40))
def test_a_secret_is_masked_however_its_text_is_cut(text: str, sizes: list[int]) -> None:
    parts: list[object] = []
    rest, at = text, 0
    while rest:
        size = sizes[at % len(sizes)]
        parts.append(TextDelta(rest[:size]))
        rest, at = rest[size:], at + 1
    out, _ = shown(parts)
    assert SECRET not in out
    secrets = SecretService(environment={})
    secrets.add("KEY", SECRET)
    whole = secrets.redact(text)
    assert out == (whole if not whole or whole.endswith("\n") else whole + "\n")


def test_text_is_shown_at_once_unless_a_secret_may_begin() -> None:
    out = io.StringIO()
    console = Console(out=out, err=io.StringIO())
    secrets = SecretService(environment={})
    secrets.add("KEY", SECRET)
    view = Shown(console, secrets)
    asyncio.run(view.part(TextDelta("hello sk")))
    assert out.getvalue() == "hello "
    asyncio.run(view.part(TextDelta("y")))
    assert out.getvalue() == "hello sky"


def test_tools_and_new_attempts_stand_on_lines_of_their_own() -> None:
    call = ToolCall(id="1", name="add", arguments={"a": 1, "b": "two"})
    answer = Completion(message=Message(role="assistant", parts=(call,)))
    out, err = shown(
        [
            TextDelta("Let me"),
            Done(answer),
            ToolRecord(call=call, outcome="done", result={"sum": 3}),
            ToolRecord(call=call, outcome="failed", error={"message": "no"}),
            ToolRecord(call=call, outcome="not_run"),
            Reset(2),
            TextDelta("3"),
        ]
    )
    assert out == "Let me\n3\n"
    assert err.splitlines() == [
        'add(a=1, b="two")',
        'add: {"sum": 3}',
        "add: failed (no)",
        "add: not run",
        "what came so far is void: the model is asked again",
    ]


def test_reasoning_is_for_those_who_ask_for_it() -> None:
    parts: list[object] = [ReasoningDelta("hm"), TextDelta("yes")]
    assert shown(parts) == ("yes\n", "")
    assert shown(parts, verbose=True) == ("yes\n", "thinks: hm\n")
    assert shown(parts, text=False) == ("", "")


@pytest.mark.parametrize("whole", [True, False])
def test_long_arguments_are_cut_unless_all_is_wanted(whole: bool) -> None:
    told = arguments_of({"text": "x" * 500}, whole=whole)
    assert len(told) == (507 if whole else 100)
    assert told.endswith('"' if whole else "…")


def test_the_tools_of_agents_within_the_run_are_shown_with_their_names_and_their_words_are_not() -> None:
    call = ToolCall(id="1", name="add", arguments={"a": 1})
    answer = Done(Completion(message=Message(role="assistant", parts=(call,))))
    record = ToolRecord(call=call, outcome="done", result="2")
    inside = [AgentPart("inner", AgentPart("deep", one)) for one in (TextDelta("words"), answer, record)]
    out, err = shown([*inside, TextDelta("done")])
    assert out == "done\n"
    assert "inner > deep > add(a=1)" in err
    assert "inner > deep > add: 2" in err
