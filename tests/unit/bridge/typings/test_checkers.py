"""What is generated is read by the programs that editors ask: TypeScript, mypy, Lua, the Lua language server."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from llmspell.bridge.typings import luals, typescript
from tests.unit.bridge.typings import samples
from tests.unit.bridge.typings.checkers import mypy, needs_tsc, stubs_of, tsc, write

if TYPE_CHECKING:
    from pathlib import Path

    from llmspell.bridge.typings.surface import Surface

LANGUAGE_SERVER = shutil.which("lua-language-server")
LUARC = {
    "runtime.version": "Lua 5.4",
    "runtime.builtin": {"io": "disable", "debug": "disable", "package": "disable"},
}


@needs_tsc
def test_typescript_takes_good_spells_and_refuses_bad_ones(api: Surface, tmp_path: Path) -> None:
    good = {"good.ts": samples.TYPESCRIPT, "good.js": samples.JAVASCRIPT}
    write(tmp_path / "good", {"llmspell.d.ts": typescript.render(api), **good})
    assert tsc(tmp_path / "good") == ""
    for name, lines in (("bad.ts", samples.BAD_TYPESCRIPT), ("bad.js", samples.BAD_JAVASCRIPT)):
        folder = tmp_path / name
        write(folder, {"llmspell.d.ts": typescript.render(api), name: "\n".join((*lines, "export {};"))})
        told = tsc(folder)
        for line, text in enumerate(lines, 1):
            assert f"{name}({line}," in told, text


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


def test_mypy_takes_good_spells_and_refuses_bad_ones(api: Surface, tmp_path: Path) -> None:
    write(tmp_path, stubs_of(api))
    write(tmp_path, {"good.py": samples.PYTHON, "modules.py": samples.PYTHON_MODULES})
    assert mypy(tmp_path, "good.py", "modules.py") == "Success: no issues found in 2 source files\n"
    write(tmp_path, {"bad.py": samples.PYTHON_HEAD + "".join(f"    {line}\n" for line in samples.BAD_PYTHON)})
    told = mypy(tmp_path, "bad.py")
    for line, text in enumerate(samples.BAD_PYTHON, samples.PYTHON_HEAD.count("\n") + 1):
        assert f"bad.py:{line}: error" in told, text


def test_the_annotations_are_lua(api: Surface) -> None:
    lua = pytest.importorskip("lupa.lua54", reason="the Lua engine is not installed").LuaRuntime()
    lua.execute(luals.render(api))
    assert lua.eval("type(Agent.new)") == "function"
    assert lua.eval("load(...)", samples.LUA) is not None


def test_the_modules_of_the_annotations_are_found_by_what_spells_require(api: Surface, tmp_path: Path) -> None:
    write(tmp_path, {"llmspell.lua": luals.render(api), **luals.modules(api)})
    lua = pytest.importorskip("lupa.lua54", reason="the Lua engine is not installed").LuaRuntime()
    lua.globals().package.path = f"{tmp_path}/?.lua"
    require = lua.globals().require  # the annotations declare another one, which does nothing
    whole = require("llmspell")[0]
    for space in api.namespaces:
        for name in space.modules:
            assert lua.eval("rawequal(...)", whole[name], lua.globals()[space.name])
            assert lua.eval("rawequal(...)", require(f"llmspell.{name}")[0], whole[space.name])


@pytest.mark.skipif(LANGUAGE_SERVER is None, reason="lua-language-server is not installed")
def test_the_lua_language_server_has_no_complaint(api: Surface, tmp_path: Path) -> None:
    write(tmp_path, {"llmspell.lua": luals.render(api), **luals.modules(api)})
    (tmp_path / "spell.lua").write_text(samples.LUA, encoding="utf-8")
    (tmp_path / ".luarc.json").write_text(json.dumps(LUARC), encoding="utf-8")
    command = [str(LANGUAGE_SERVER), "--check", str(tmp_path), "--logpath", str(tmp_path / "log")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
