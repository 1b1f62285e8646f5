"""The commands of the README do what it says."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from llmspell_tools_files.plugin import llmspell_tools

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^llmspell tools run (\w+) (.*)$", README, re.MULTILINE)
RIGHTS = {"--allow-read": "fs.read", "--allow-write": "fs.write"}


def value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def test_there_is_a_command_for_each_tool() -> None:
    tools = {component.name for component in llmspell_tools()}
    assert {tool for tool, _ in COMMANDS} == tools
    assert set(re.findall(r"^\| `(\w+)`", README, re.MULTILINE)) == tools


@pytest.mark.parametrize(("tool", "line"), COMMANDS)
async def test_command(call: Callable[..., Awaitable[Any]], tmp_path: Path, tool: str, line: str) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/guide.md").write_text("one\na needle\nand thread\n")
    words = [word.split("=", 1) for word in shlex.split(line)]
    grants = [f"{RIGHTS[key]}={text}" for key, text in words if key in RIGHTS]
    arguments = {key: value(text) for key, text in words if key not in RIGHTS}
    result = await call(tool, grants=grants, **arguments)
    expected: dict[str, Callable[[], bool]] = {
        "file_archiver": lambda: (tmp_path / "out/docs.tar.gz").stat().st_size == result["archive_size"],
        "file_watcher": lambda: result["ended"] == "duration",
        "file_reader": lambda: result["content"] == "2\ta needle\n3\tand thread\n",
        "file_writer": lambda: (tmp_path / "out/report.md").read_text() == "# Report",
        "directory_lister": lambda: result["tree"] == "docs\n└── guide.md",
        "file_search": lambda: (
            result.get("files") == ["docs/guide.md"] or len(result["matches"]) == 2 or "index" in result
        ),
        "file_metadata": lambda: result["text"]["words"] == 5 and len(result["checksums"]) == 2,
        "file_converter": lambda: (
            result["changed"] == 1 and (result["dry_run"] or (tmp_path / "out/guide.txt").exists())
        ),
        "file_system": lambda: (tmp_path / "out/docs/guide.md").read_text().startswith("one"),
    }
    assert expected[tool]()
