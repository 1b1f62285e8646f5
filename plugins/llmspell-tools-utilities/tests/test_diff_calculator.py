from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import PermissionDeniedError, ResourceExhaustedError, ValidationError
from llmspell_tools_utilities.json_diff import compare_json
from llmspell_tools_utilities.json_patch import apply_patch, canonical
from llmspell_tools_utilities.text_diff import TextOptions, compare_lines, compare_pieces

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    Call = Callable[..., Awaitable[Any]]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("unified", "--- left\n+++ right\n@@ -1,2 +1,3 @@\n a\n-b\n+B\n+c\n\\ No newline at end of file\n"),
        (
            "context",
            (
                "*** left\n--- right\n***************\n*** 1,2 ****\n  a\n! b\n"
                "--- 1,3 ----\n  a\n! B\n! c\n\\ No newline at end of file\n"
            ),
        ),
        ("ndiff", "  a\n- b\n+ B\n+ c\n\\ No newline at end of file\n"),
        ("side_by_side", "a            a\nb          | B\n           > c"),
    ],
)
async def test_line_forms(call: Call, form: str, expected: str) -> None:
    made = await call("diff_calculator", left="a\nb\n", right="a\nB\nc", format=form, width=23)
    assert made["text"] == expected
    assert made["statistics"] == {"added": 1, "removed": 0, "changed": 1, "unchanged": 1}
    assert made["similarity"] == pytest.approx(0.4)


async def test_html_is_escaped(call: Call) -> None:
    made = await call("diff_calculator", left="<script>\n", right="<b>\n", format="html")
    assert made["text"].strip().startswith("<table")
    assert "<script>" not in made["text"]


async def test_ignoring_compares_by_key_and_shows_the_text(call: Call) -> None:
    given = {"left": "A  b\nx\n", "right": "a b\ny\n"}
    assert (await call("diff_calculator", **given))["statistics"]["changed"] == 2
    made = await call("diff_calculator", **given, ignore_case=True, ignore_whitespace=True)
    assert made["statistics"] == {"added": 0, "removed": 0, "changed": 1, "unchanged": 1}
    assert " A  b\n" in made["text"]


async def test_identical_texts(call: Call) -> None:
    made = await call("diff_calculator", left="x", right="x")
    assert (made["identical"], made["text"], made["similarity"]) == (True, "", 1.0)
    made = await call("diff_calculator", left="x\n", right="x")
    assert made["identical"] is False


async def test_characters(call: Call) -> None:
    made = await call("diff_calculator", left="colour", right="color!", format="chars")
    assert made["text"] == "colo[-u-]r{+!+}"
    assert [one["kind"] for one in made["changes"]] == ["equal", "delete", "equal", "insert"]


async def test_texts_as_json(call: Call) -> None:
    made = await call("diff_calculator", left='{"a": [1, true]}', right='{"a": [1.0, 1]}', format="json")
    assert made["changes"] == [{"kind": "changed", "path": "/a/1", "left": True, "right": 1}]
    assert made["text"] == "~ /a/1: true -> 1"
    with pytest.raises(ValidationError, match="right"):
        await call("diff_calculator", left="{}", right="{", format="json")


async def test_files(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x\n" * 30_000, encoding="utf-8")
    (tmp_path / "b").write_text("x\n" * 30_000 + "y\n", encoding="utf-8")
    (tmp_path / "c").write_bytes(b"\xff\xfe")
    made = await call("diff_calculator", grants=["fs.read=."], left_path="a", right_path="b")
    assert made["text"].startswith("--- a\n+++ b\n")
    assert made["statistics"]["added"] == 1
    with pytest.raises(PermissionDeniedError):
        await call("diff_calculator", left_path="a", right_path="b")
    with pytest.raises(ValidationError, match="UTF-8"):
        await call("diff_calculator", grants=["fs.read=."], left_path="c", right="x")
    with pytest.raises(ValidationError, match="either"):
        await call("diff_calculator", grants=["fs.read=."], left_path="a", left="x", right="x")
    with pytest.raises(ResourceExhaustedError):
        await call("diff_calculator", grants=["fs.read=."], left_path="a", right_path="b", format="ndiff")


async def test_other_values_have_no_lines(call: Call) -> None:
    with pytest.raises(ValidationError, match="unified compares two texts"):
        await call("diff_calculator", left={"a": 1}, right="x", format="unified")


async def test_patch_is_applied_and_verified(call: Call) -> None:
    left = {"a": [1, 2], "b~/": {"c": 1}}
    patch = [
        {"op": "test", "path": "/a/0", "value": 1.0},
        {"op": "add", "path": "/a/-", "value": 3},
        {"op": "add", "path": "/a/1", "value": 9},
        {"op": "remove", "path": "/a/0"},
        {"op": "replace", "path": "/b~0~1/c", "value": None},
        {"op": "copy", "from": "/a", "path": "/d"},
        {"op": "move", "from": "/b~0~1", "path": "/e"},
    ]
    right = {"a": [9, 2, 3], "d": [9, 2, 3], "e": {"c": None}}
    before = copy.deepcopy(left)
    assert (await call("diff_calculator", operation="apply", left=left, patch=patch))["value"] == right
    assert left == before
    assert (await call("diff_calculator", operation="verify", left=left, right=right, patch=patch))["matches"] is True
    assert (await call("diff_calculator", operation="verify", left=left, right={}, patch=patch))["matches"] is False


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        ({"op": "frob", "path": "/a"}, "none of"),
        ({"op": "add", "path": "/b"}, "value"),
        ({"op": "add", "path": "b", "value": 1}, "begins with /"),
        ({"op": "add", "path": "/a/5", "value": 1}, "items"),
        ({"op": "add", "path": "/a/01", "value": 1}, "no index"),
        ({"op": "remove", "path": "/zzz"}, "no key"),
        ({"op": "replace", "path": "/zzz", "value": 1}, "no key"),
        ({"op": "remove", "path": "/a/-"}, "no index"),
        ({"op": "test", "path": "/a/0", "value": True}, "failed"),
        ({"op": "move", "from": "/a", "path": "/a/0"}, "into itself"),
        ({"op": "add", "path": "/a/0/x", "value": 1}, "nothing below"),
    ],
)
def test_patches_that_do_not_fit_name_the_operation(operation: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words) as caught:
        apply_patch({"a": [1]}, [{"op": "test", "path": "/a", "value": [1]}, operation])
    assert caught.value.context["faults"][0]["path"] == "patch[1]"  # type: ignore[index]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.5, "a", "/", "~1", ""]),
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(["a", "b", "/", "~", ""]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(_JSON, _JSON)
def test_the_patch_of_two_values_turns_one_into_the_other(left: Any, right: Any) -> None:
    made = compare_json(left, right)
    assert canonical(apply_patch(left, made["patch"])) == canonical(right)
    assert made["identical"] == (canonical(left) == canonical(right)) == (not made["patch"])
    assert len(made["patch"]) == len(made["changes"])
    assert 0 <= made["similarity"] <= 1


@given(st.text("ab \n", max_size=40), st.text("ab \n", max_size=40), st.sampled_from(["words", "chars"]))
def test_pieces_join_to_both_texts(left: str, right: str, form: str) -> None:
    changes = compare_pieces(left, right, TextOptions(form))["changes"]
    assert "".join(one["left"] for one in changes) == left
    assert "".join(one["right"] for one in changes) == right


@given(st.text("ab\r\n", max_size=40), st.text("ab\r\n", max_size=40))
def test_line_counts_add_up(left: str, right: str) -> None:
    made = compare_lines(left, right, TextOptions())
    counts = made["statistics"]
    lines = [text.count("\n") + (not text.endswith("\n") and text != "") for text in (left, right)]
    assert counts["unchanged"] + counts["changed"] + counts["removed"] == lines[0]
    assert counts["unchanged"] + counts["changed"] + counts["added"] == lines[1]
    assert made["identical"] == (left == right)


async def test_a_patch_cannot_double_a_document_for_ever(call: Call) -> None:
    patch = [{"op": "copy", "from": "", "path": f"/{number}"} for number in range(60)]
    with pytest.raises(ResourceExhaustedError, match="larger than"):
        await call("diff_calculator", operation="apply", left={"a": "x" * 1000}, patch=patch)


@pytest.mark.parametrize("texts", [True, False])
async def test_json_that_is_too_deep(call: Call, texts: bool) -> None:
    deep: Any = 1
    for _ in range(200):
        deep = [deep]
    left = "[" * 100_000 if texts else deep
    with pytest.raises(ResourceExhaustedError, match="100 lists and objects deep"):
        await call("diff_calculator", left=left, right="1" if texts else 1, format="json")


async def test_texts_that_repeat_themselves_are_given_up(call: Call) -> None:
    with pytest.raises(ResourceExhaustedError, match="too long"):
        await call("diff_calculator", left="ab cd " * 5000, right="cd ef ab " * 3000, format="words")


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        (b"x", "bytes"),
        ({"a": [datetime(2026, 1, 1, tzinfo=UTC)]}, "datetime"),
        ([{1, 2}], "set"),
        ({1: 2}, "a key that is int"),
        ([float("nan")], "nan"),
        (object(), "object"),
    ],
)
@pytest.mark.parametrize("side", ["left", "right"])
async def test_values_that_json_does_not_have_are_named(call: Call, value: Any, holds: str, side: str) -> None:
    arguments = {"left": [1], "right": [1], side: value}
    with pytest.raises(ValidationError, match=f"{side}: the value is not JSON \\(it holds {holds}\\)") as caught:
        await call("diff_calculator", **arguments)
    assert caught.value.context["faults"] == [{"path": side, "message": f"the value is not JSON (it holds {holds})"}]


async def test_a_patch_holds_values_of_json(call: Call) -> None:
    patch = [{"op": "add", "path": "/a", "value": b"x"}]
    with pytest.raises(ValidationError, match=r"patch\[0\]: it holds bytes"):
        await call("diff_calculator", operation="apply", left={}, patch=patch)
