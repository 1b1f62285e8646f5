"""A whole answer as parts: what folds to it again."""

from __future__ import annotations

import pytest

from llmspell.model.fold import Fold
from llmspell.model.llm import Completion, Media, Message, Reasoning, Text, ToolCall, Unknown, Usage
from llmspell.model.unfold import unfold

PARTS = [
    (),
    (Text(text="hello"),),
    (Reasoning(text="hm", signature="s", origin="o"), Text(text="so")),
    (
        Text(text="look"),
        ToolCall(id="1", name="a", arguments={"x": [1, "ä"]}),
        ToolCall(id="2", name="b", arguments={}),
    ),
    (ToolCall(id="1", name="a", raw="{not json"),),
    (Media(kind="image", media_type="image/png", data=b"1"), Unknown(type="odd", data={"a": 1}, origin="o")),
]


@pytest.mark.parametrize("parts", PARTS, ids=range(len(PARTS)))
def test_an_answer_folds_from_what_it_unfolds_to(parts) -> None:
    answer = Completion(
        message=Message(role="assistant", parts=parts),
        finish_reason="length",
        usage=Usage(input_tokens=3, output_tokens=4),
        model="m",
        id="7",
        limits={"requests": {"remaining": 1.0}},
    )
    fold = Fold()
    for part in unfold(answer):
        fold.add(part)
    assert fold.completion() == answer
