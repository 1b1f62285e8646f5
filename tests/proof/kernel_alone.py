"""What the kernel does when nothing else is installed; run as `test_kernel_alone.py` in an environment of its wheel."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import distributions, version
from pathlib import Path

import pytest

from llmspell.builtin.memory import MemoryStorage
from llmspell.testing import PluginContract, StorageContract, open_context

HELLO = """
from llmspell import SyncApp

with SyncApp() as app:
    agent = app.agent(name="echo", provider="scripted", extra={"script": {"steps": [{"text": "Hello, {{input}}!"}]}})
    print(agent.chat("world"))
"""


def command(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the installed `llmspell` program."""
    program = Path(sys.executable).parent / "llmspell"
    return subprocess.run([program, *words], cwd=cwd, capture_output=True, text=True, check=False)


class TestBuiltins(PluginContract):
    plugin = "llmspell.builtin.plugin"


class TestMemory(StorageContract):
    async def open_storage(self, folder):
        return MemoryStorage()


def test_nothing_else_is_installed():
    assert [one.name for one in distributions() if one.name.startswith("llmspell-")] == []


def test_it_tells_its_version(tmp_path):
    assert command("--version", cwd=tmp_path).stdout.split()[-1] == version("llmspell")


@pytest.mark.parametrize(
    "words", [("doctor",), ("plugins", "list"), ("plugins", "doctor"), ("tools", "list"), ("api",)]
)
def test_it_describes_itself(tmp_path, words):
    done = command(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout + done.stderr


def test_hello_world(tmp_path):
    done = subprocess.run([sys.executable, "-c", HELLO], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == "Hello, world!\n", done.stderr


def test_a_spell_without_its_engine_says_what_to_install(tmp_path):
    (tmp_path / "hello.lua").write_text("print('hello')\n")
    done = command("run", "hello.lua", cwd=tmp_path)
    assert done.returncode == 5
    assert "install llmspell[standard]" in done.stderr


async def test_values_are_kept_in_memory():
    async with open_context() as ctx:
        await ctx.storage.put("k", b"v")
        assert await ctx.storage.get("k") == b"v"
