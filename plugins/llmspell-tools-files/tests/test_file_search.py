from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import PermissionDeniedError, ResourceUnavailableError, ValidationError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    Call = Callable[..., Awaitable[Any]]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in {
        "a.py": "def find():\n    return 'Needle'\n",
        "docs/guide.md": "one\ntwo needle needle\nthree\nneedles\n",
        "docs/crlf.txt": "x\r\nneedle\r\ny\r\n",
        "node_modules/x.py": "needle",
        ".hidden": "needle",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, newline="")
    (tmp_path / ".gitignore").write_text("node_modules/\n")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\0needle")
    return tmp_path


def places(found: dict[str, Any]) -> list[tuple[str, int, int]]:
    return [(one["path"], one["line"], one["column"]) for one in found["matches"]]


async def test_a_text(call: Call, tree: Path) -> None:
    found = await call("file_search", query="needle")
    assert places(found) == [("docs/crlf.txt", 2, 1), ("docs/guide.md", 2, 5), ("docs/guide.md", 4, 1)]
    assert (found["files_searched"], found["files_matched"], found["total_matches"]) == (3, 2, 3)
    assert found["skipped"] == {"binary": 1, "large": 0, "unreadable": 0}
    assert found["matches"][0]["text"] == "needle"
    assert not found["truncated"]


async def test_case_words_and_literal_signs(call: Call, tree: Path) -> None:
    assert len(places(await call("file_search", query="NEEDLE", case_sensitive=False))) == 4
    assert places(await call("file_search", query="needle", whole_word=True, name="*.md")) == [("docs/guide.md", 2, 5)]
    assert places(await call("file_search", query="find()", whole_word=False)) == [("a.py", 1, 5)]
    assert (await call("file_search", query=".*"))["total_matches"] == 0


async def test_a_regular_expression(call: Call, tree: Path) -> None:
    found = await call("file_search", query=r"^(two|thr)\w*", regex=True)
    assert places(found) == [("docs/guide.md", 2, 1), ("docs/guide.md", 3, 1)]
    assert [one["match"] for one in found["matches"]] == ["two", "three"]
    found = await call("file_search", query="a|needles", regex=True, whole_word=True, name="*.md")
    assert places(found) == [("docs/guide.md", 4, 1)]
    with pytest.raises(ValidationError, match="regular expression"):
        await call("file_search", query="(", regex=True)


async def test_a_regular_expression_that_would_never_end_elsewhere(call: Call, tree: Path) -> None:
    (tree / "long").write_text("a" * 50_000 + "!")
    assert (await call("file_search", query="(a+)+$", regex=True, name="long"))["total_matches"] == 0


async def test_columns_count_characters(call: Call, tree: Path) -> None:
    (tree / "u").write_text("ä😀 needle")
    for regex in (False, True):
        found = await call("file_search", query="needle", regex=regex, name="u")
        assert (found["matches"][0]["column"], found["matches"][0]["match"]) == (4, "needle")


async def test_context_lines(call: Call, tree: Path) -> None:
    one = (await call("file_search", query="needle", name="crlf.txt", context_lines=2))["matches"][0]
    assert (one["before"], one["after"]) == (["x"], ["y"])
    one = (await call("file_search", query="three", context_lines=1))["matches"][0]
    assert (one["before"], one["after"]) == (["two needle needle"], ["needles"])


async def test_names(call: Call, tree: Path) -> None:
    found = await call("file_search", name=["*.md", "*.PY"], case_sensitive=False)
    assert found["files"] == ["a.py", "docs/guide.md"]
    found = await call("file_search", name="*", max_results=2)
    assert (len(found["files"]), found["files_matched"], found["truncated"]) == (2, 4, True)
    assert (await call("file_search", name="*", exclude="docs"))["files"] == ["a.py", "picture.png"]


async def test_hidden_and_ignored(call: Call, tree: Path) -> None:
    hidden = await call("file_search", query="needle", include_hidden=True, count_only=True)
    assert set(hidden["counts"]) == {".hidden", "docs/crlf.txt", "docs/guide.md"}
    ignored = await call("file_search", query="needle", use_ignore_files=False, count_only=True)
    assert "node_modules/x.py" in ignored["counts"]


async def test_limits(call: Call, tree: Path) -> None:
    (tree / "many").write_text("needle\n" * 50)
    found = await call("file_search", query="needle", name="many", max_per_file=5)
    assert (len(found["matches"]), found["total_matches"], found["truncated"]) == (5, 50, True)
    found = await call("file_search", query="needle", name="many", max_per_file=50, max_results=7)
    assert (len(found["matches"]), found["truncated"]) == (7, True)
    found = await call("file_search", query="needle", name="many", count_only=True)
    assert (found["counts"], found["truncated"]) == ({"many": 50}, False)
    found = await call("file_search", query="needle", max_file_size=20)
    assert found["skipped"]["large"] == 3
    assert (await call("file_search", query="needle", max_depth=1))["files_searched"] == 2


async def test_many_files_are_searched_in_batches(call: Call, tmp_path: Path) -> None:
    for number in range(200):
        (tmp_path / f"f{number:03}").write_text(f"x\nneedle {number}\n")
    found = await call("file_search", query="needle", max_results=1000)
    assert [one["path"] for one in found["matches"]] == [f"f{number:03}" for number in range(200)]


async def test_long_lines_are_shown_around_the_match(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x" * 5000 + "needle" + "y" * 5000)
    one = (await call("file_search", query="needle"))["matches"][0]
    assert one["column"] == 5001
    assert "needle" in one["text"]
    assert len(one["text"]) == 502
    assert one["text"][0] == one["text"][-1] == "…"


async def test_texts_in_utf_16(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("é needle", "utf-16")
    assert places(await call("file_search", query="needle")) == [("a", 1, 3)]


async def test_one_file(call: Call, tree: Path) -> None:
    assert places(await call("file_search", path="a.py", query="find")) == [("a.py", 1, 5)]


async def test_what_cannot_be_searched(call: Call, tree: Path) -> None:
    with pytest.raises(ValidationError, match="nothing to search for"):
        await call("file_search")
    with pytest.raises(ResourceUnavailableError):
        await call("file_search", path="missing", query="x")
    with pytest.raises(PermissionDeniedError):
        await call("file_search", path="..", query="x")


async def test_letters_that_grow_when_they_are_made_small(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("\u0130\u0130 NEEDLE \u0130\n", encoding="utf-8")
    told = await call("file_search", query="needle", case_sensitive=False)
    assert [(one["column"], one["match"]) for one in told["matches"]] == [(4, "NEEDLE")]
