"""What is generated is read by the programs that editors ask: TypeScript, mypy, Lua, the Lua language server."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from llmspell.bridge.typings import luals, stubs, typescript
from tests.unit.bridge.typings import samples

if TYPE_CHECKING:
    from pathlib import Path

    from llmspell.bridge.typings.surface import Surface

TSC, LANGUAGE_SERVER = shutil.which("tsc"), shutil.which("lua-language-server")
LUARC = {
    "runtime.version": "Lua 5.4",
    "runtime.builtin": {"io": "disable", "debug": "disable", "package": "disable"},
}


def tsc(folder: Path, *files: str) -> str:
    """Give the complaints of the TypeScript compiler."""
    flags = (
        "--noEmit --strict --allowJs --checkJs --target es2022 --module es2022 --moduleResolution bundler --lib es2022"
    )
    command = [str(TSC), *flags.split(), "--moduleDetection", "force", "llmspell.d.ts", *files]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


@pytest.mark.skipif(TSC is None, reason="the TypeScript compiler (tsc) is not installed")
def test_typescript_takes_good_spells_and_refuses_bad_ones(api: Surface, tmp_path: Path) -> None:
    (tmp_path / "llmspell.d.ts").write_text(typescript.render(api), encoding="utf-8")
    (tmp_path / "good.ts").write_text(samples.TYPESCRIPT, encoding="utf-8")
    (tmp_path / "good.js").write_text(samples.JAVASCRIPT, encoding="utf-8")
    assert tsc(tmp_path, "good.ts", "good.js") == ""
    (tmp_path / "bad.ts").write_text("\n".join((*samples.BAD_TYPESCRIPT, "export {};")), encoding="utf-8")
    told = tsc(tmp_path, "bad.ts")
    for line in range(1, len(samples.BAD_TYPESCRIPT) + 1):
        assert f"bad.ts({line}," in told, samples.BAD_TYPESCRIPT[line - 1]


def test_the_declarations_are_typescript_that_engines_parse(api: Surface) -> None:
    compiler = pytest.importorskip(
        "llmspell_engine_javascript.compiler", reason="the JavaScript engine is not installed"
    )
    made = compiler.Compiler()
    try:
        found = made.prepare(typescript.render(api), "llmspell.ts", parse=True)
        assert found.fault is None
        assert made.prepare("declare class {", "llmspell.ts", parse=True).fault is not None
    finally:
        made.close()


def mypy(folder: Path, source: str) -> str:
    """Give the complaints of mypy about a spell."""
    (folder / "spell.py").write_text(source, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--python-version=3.11", "spell.py"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def test_mypy_takes_good_spells_and_refuses_bad_ones(api: Surface, tmp_path: Path) -> None:
    (tmp_path / "llmspell").mkdir()
    (tmp_path / "llmspell" / "__init__.pyi").write_text(stubs.render(api), encoding="utf-8")
    assert mypy(tmp_path, samples.PYTHON) == "Success: no issues found in 1 source file\n"
    head = "from llmspell import Agent, Events, Hooks, Tool\nasync def main() -> None:\n"
    told = mypy(tmp_path, head + "".join(f"    {line}\n" for line in samples.BAD_PYTHON))
    for line, text in enumerate(samples.BAD_PYTHON, 3):
        assert f"spell.py:{line}: error" in told, text


def test_the_annotations_are_lua(api: Surface) -> None:
    lua = pytest.importorskip("lupa.lua54", reason="the Lua engine is not installed").LuaRuntime()
    lua.execute(luals.render(api))
    assert lua.eval("type(Agent.new)") == "function"
    assert lua.eval("load(...)", samples.LUA) is not None


@pytest.mark.skipif(LANGUAGE_SERVER is None, reason="lua-language-server is not installed")
def test_the_lua_language_server_has_no_complaint(api: Surface, tmp_path: Path) -> None:
    (tmp_path / "llmspell.lua").write_text(luals.render(api), encoding="utf-8")
    (tmp_path / "spell.lua").write_text(samples.LUA, encoding="utf-8")
    (tmp_path / ".luarc.json").write_text(json.dumps(LUARC), encoding="utf-8")
    command = [str(LANGUAGE_SERVER), "--check", str(tmp_path), "--logpath", str(tmp_path / "log")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
