# What the system does is asked for in the system's words.

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import PermissionDeniedError, ResourceUnavailableError, ValidationError
from llmspell_tools_files.tree import draw

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    Call = Callable[..., Awaitable[Any]]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in {
        "a.py": "12",
        "b.txt": "1",
        ".hidden": "",
        "docs/guide.md": "123",
        "docs/deep/api.md": "1",
        "build/out.bin": "",
        "keep.log": "",
        "x.log": "",
        ".git/config": "",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    os.symlink("docs", tmp_path / "link")
    return tmp_path


async def paths(call: Call, **arguments: object) -> list[str]:
    listed: list[str] = (await call("directory_lister", format="paths", **arguments))["paths"]
    return listed


async def test_one_level(call: Call, tree: Path) -> None:
    listed = await call("directory_lister")
    assert [(one["name"], one["kind"]) for one in listed["entries"]] == [
        ("a.py", "file"),
        ("b.txt", "file"),
        ("build", "directory"),
        ("docs", "directory"),
        ("keep.log", "file"),
        ("link", "link"),
        ("x.log", "file"),
    ]
    assert listed["totals"] == {"files": 4, "directories": 2, "links": 1, "others": 0, "bytes": 3}
    assert (listed["total"], listed["returned"], listed["truncated"]) == (7, 7, False)


async def test_recursive(call: Call, tree: Path) -> None:
    everything = await paths(call, recursive=True)
    assert "docs/deep/api.md" in everything
    assert "link/guide.md" not in everything
    assert await paths(call, recursive=True, max_depth=2, path="docs") == [
        "docs/deep",
        "docs/deep/api.md",
        "docs/guide.md",
    ]
    assert await paths(call, recursive=True, max_depth=1, path="docs") == ["docs/deep", "docs/guide.md"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.md", ["docs/deep/api.md", "docs/guide.md"]),
        ("docs/*.md", ["docs/guide.md"]),
        ("docs/**/*.md", ["docs/deep/api.md", "docs/guide.md"]),
        ("**/api.md", ["docs/deep/api.md"]),
        ("*.{py,txt}", ["a.py", "b.txt"]),
        (["?.py", "[a-b].t*"], ["a.py", "b.txt"]),
        ("[!a].txt", ["b.txt"]),
        ("./a.py", ["a.py"]),
        ("DOCS", []),
    ],
)
async def test_patterns(call: Call, tree: Path, pattern: str | list[str], found: list[str]) -> None:
    assert await paths(call, recursive=True, pattern=pattern) == found


async def test_exclude_prunes(call: Call, tree: Path) -> None:
    assert await paths(call, recursive=True, exclude=["docs", "*.log", "build", "link"]) == ["a.py", "b.txt"]
    assert "docs" in await paths(call, recursive=True, exclude="docs/*")


async def test_hidden(call: Call, tree: Path) -> None:
    assert {".hidden", ".git"} <= set(await paths(call, include_hidden=True))


async def test_ignore_files(call: Call, tree: Path) -> None:
    (tree / ".gitignore").write_text("# comment\n*.log\n!keep.log\n/build/\n")
    (tree / "docs" / ".ignore").write_text("deep/\n")
    listed = await paths(call, recursive=True, use_ignore_files=True, include_hidden=True)
    assert listed == [
        ".gitignore",
        ".hidden",
        "a.py",
        "b.txt",
        "docs",
        "docs/.ignore",
        "docs/guide.md",
        "keep.log",
        "link",
    ]


async def test_a_nearer_ignore_file_wins(call: Call, tree: Path) -> None:
    (tree / ".gitignore").write_text("*.md\n")
    (tree / "docs" / ".gitignore").write_text("!guide.md\n")
    listed = await paths(call, recursive=True, use_ignore_files=True, path=".")
    assert [one for one in listed if one.endswith(".md")] == ["docs/guide.md"]


async def test_kinds_and_sorting_and_pages(call: Call, tree: Path) -> None:
    os.utime(tree / "a.py", (0, 100))
    os.utime(tree / "b.txt", (0, 50))
    assert await paths(call, kinds=["link"]) == ["link"]
    files = {"kinds": ["file"], "recursive": True}
    by_size = await paths(call, sort_by="size", descending=True, limit=2, **files)
    assert by_size == ["docs/guide.md", "a.py"]
    assert (await paths(call, sort_by="modified", limit=2, **files)) == ["b.txt", "a.py"]
    assert (await paths(call, sort_by="name", limit=2, **files)) == ["a.py", "docs/deep/api.md"]
    assert (await paths(call, descending=True, limit=1, **files)) == ["x.log"]
    pages = [await call("directory_lister", limit=3, offset=start) for start in (0, 3, 6, 9)]
    assert [page["returned"] for page in pages] == [3, 3, 1, 0]
    assert [page["truncated"] for page in pages] == [True, True, False, False]


async def test_metadata(call: Call, tree: Path) -> None:
    os.utime(tree / "a.py", (0, 86400))
    (tree / "a.py").chmod(0o600)
    entry = (await call("directory_lister", pattern="a.py", include_metadata=True))["entries"][0]
    assert (entry["modified"], entry["mode"], entry["depth"], entry["size"]) == (
        "1970-01-02T00:00:00+00:00",
        "0600",
        1,
        2,
    )


async def test_the_tree(call: Call, tree: Path) -> None:
    drawn = await call("directory_lister", recursive=True, format="tree", exclude=["*.log", "build"])
    assert drawn["tree"].splitlines() == [
        ".",
        "├── a.py",
        "├── b.txt",
        "├── docs/",
        "│   ├── deep/",
        "│   │   └── api.md",
        "│   └── guide.md",
        "└── link",
    ]


async def test_paths_are_those_the_caller_can_use(call: Call, tree: Path) -> None:
    assert await paths(call, path=str(tree / "docs")) == [str(tree / "docs/deep"), str(tree / "docs/guide.md")]
    assert await paths(call, path="./docs") == ["./docs/deep", "./docs/guide.md"]


async def test_a_denied_folder_is_left_out(call: Call, tree: Path) -> None:
    listed = await paths(call, recursive=True, grants=["fs.read=.", "!fs.read=docs/deep"], pattern="*.md")
    assert listed == ["docs/guide.md"]


async def test_what_cannot_be_listed(call: Call, tree: Path) -> None:
    with pytest.raises(ResourceUnavailableError, match="no such"):
        await call("directory_lister", path="dosc")
    with pytest.raises(ResourceUnavailableError, match="not a folder"):
        await call("directory_lister", path="a.py")
    with pytest.raises(PermissionDeniedError):
        await call("directory_lister", path="..")


@pytest.mark.parametrize("pattern", ["", "[z-a]", "{a,b}" * 20, "x" * 2000])
async def test_what_is_no_pattern(call: Call, tree: Path, pattern: str) -> None:
    with pytest.raises(ValidationError):
        await call("directory_lister", pattern=pattern)


async def test_an_ignore_file_that_is_no_such_thing_is_reported(call: Call, tree: Path) -> None:
    (tree / "docs" / ".gitignore").write_text("!\n")
    listed = await call("directory_lister", recursive=True, use_ignore_files=True)
    assert "docs/guide.md" in [one["path"] for one in listed["entries"]]


def test_a_tree_deeper_than_functions_may_call_themselves() -> None:
    path = "/".join("d" * 3000)
    drawn = draw("top", [(path, "directory")]).splitlines()
    assert len(drawn) == 3001
    assert drawn[-1].endswith("└── d/")
