from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.testing.tool_contract import assert_like
from llmspell_tools_utilities import plugin

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def test_plugin_describes_eight_tools_without_importing_them() -> None:
    code = (
        "import sys\nfrom llmspell_tools_utilities import plugin\nprint(len(plugin.llmspell_tools()))\n"
        "heavy = ('attrs', 'mpmath', 'simpleeval', 'pendulum', 'msgspec', 'llmspell_tools_utilities.calculator')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["8", "[]"]


def test_every_tool_has_its_section_in_the_readme() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    for component in plugin.llmspell_tools():
        assert f"`{component.name}`" in readme


def _samples() -> list[dict[str, Any]]:
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    return [json.loads(block) for block in re.findall(r"```json\n(.*?)```", readme, re.DOTALL)]


@pytest.mark.parametrize("sample", _samples(), ids=lambda sample: sample["tool"])
async def test_readme_samples(call: Callable[..., Awaitable[Any]], sample: dict[str, Any]) -> None:
    assert_like(await call(sample["tool"], **sample["args"]), sample["result"], sample["tool"])
