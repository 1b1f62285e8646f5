from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.model.llm import LlmRequest, Message, ToolSpec, message
from llmspell.model.tokens import WHOLE, estimate, estimate_request

COUNTED = [  # with the vocabulary o200k_base of bpe-openai 0.1.4
    ("The quick brown fox jumps over the lazy dog, and then it sleeps until the morning comes.", 19),
    ("def fold(parts: list[Part]) -> Completion:\n    return Completion(parts=tuple(parts))\n", 19),
    ('{"name": "Ada", "born": 1815, "languages": ["English", "French"], "alive": false}', 27),
    ("Der Vorsitzende bedankte sich bei allen Anwesenden für die rege Teilnahme.", 17),
    ("今天天气很好,我们去公园散步吧。", 13),
]


@pytest.mark.parametrize(("text", "tokens"), COUNTED)
def test_an_estimate_is_near_what_was_counted(text, tokens) -> None:
    assert estimate(text) == pytest.approx(tokens, rel=0.35)


@given(st.text(max_size=300))
def test_every_text_has_an_estimate(text) -> None:
    assert 0 <= estimate(text) <= 4 * len(text) + 1
    assert (estimate(text) == 0) == (text == "")


def test_a_long_text_is_judged_by_samples() -> None:
    short = "The same sentence comes again and again. " * 500
    assert len(short) < WHOLE < len(short * 10)
    assert estimate(short * 10) == pytest.approx(10 * estimate(short), rel=0.02)


def test_everything_in_a_request_counts() -> None:
    plain = LlmRequest(model="m", messages=(message("user", "hello there"),))
    tool = ToolSpec(name="add", description="Add two numbers.", schema={"type": "object"})
    sizes = [
        estimate_request(plain),
        estimate_request(plain.replace(system="Be brief.")),
        estimate_request(plain.replace(tools=(tool,))),
        estimate_request(plain.replace(messages=(*plain.messages, Message(role="assistant", parts=())))),
    ]
    assert min(sizes) == sizes[0] < min(sizes[1:])
