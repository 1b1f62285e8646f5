"""The scripts do reach what they reach for where nothing keeps them: run by their interpreter as it comes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.security.hostile import SCRIPTS, scripts

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).parent
FILE = "the canary of the file"
VARIABLE = "the canary of the variable"
IN_LUA = {
    "addresses_in_errors": "0x",
    "collectgarbage_modes": "reached",
    "debug_hook": "reached",
    "debug_registry": "reached",
    "dofile_secret": FILE,
    "finalizer_later": "reached",
    "io_lines": FILE,
    "io_open": FILE,
    "load_environment": "reached",
    "os_execute": "reached",
    "os_getenv": VARIABLE,
    "os_remove": "reached",
    "package_loaded": FILE,
    "package_loadlib": "reached",
    "python_table": FILE,
    "string_dump": "reached",
    "string_metatable_index": "reached",
    "walk_coroutines": "reached",
}
IN_V8 = {
    "async_wait": "reached __timer_manager",
    "console_members": "reached",
    "door_by_call_sites": "reached a function",
    "globals_of_memory": "reached SharedArrayBuffer",
    "native_syntax": "reached %DebugPrint",
    "shared_memory_by_growth": "reached",
}
IN_NODE = {
    "console_members": "reached _stdout",
    "globals_of_browsers": "reached fetch",
    "module_members": "reached",
    "process_binding": "reached binding",
    "process_env": VARIABLE,
    "require_absolute": FILE,
    "require_builtins": "reached fs",
    "require_computed": FILE,
    "require_link": FILE,
    "require_members": "reached",
    "require_upwards": FILE,
}


def said(argv: Sequence[str], script: str, folder: Path) -> str:
    """Run a script by a bare interpreter beside a file, a link and a variable; give what it says."""
    outside, spells = folder / "outside", folder / "spells"
    for made in (outside, spells):
        made.mkdir()
    (outside / "secret.txt").write_text(FILE)
    (outside / "secret.lua").write_text(f"return '{FILE}'")
    (outside / "secret.js").write_text(f"module.exports = '{FILE}'")
    (spells / "link.js").symlink_to(outside / "secret.js")
    params = {"file": str(outside / "secret.txt"), "folder": str(outside), "variable": "PROBE", "port": 1, "pid": 1}
    done = subprocess.run(
        argv,
        input=json.dumps({"source": (SCRIPTS / script).read_text(encoding="utf-8"), "params": params}),
        env={"PROBE": VARIABLE, "PATH": os.environ["PATH"]},
        cwd=spells,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize("name", IN_LUA)
def test_a_script_reaches_it_in_lua_where_nothing_keeps_it(name, tmp_path):
    assert IN_LUA[name] in said([sys.executable, str(HERE / "bare_lua.py")], f"lua/{name}.lua", tmp_path)


@pytest.mark.parametrize("name", IN_V8)
def test_a_script_reaches_it_in_v8_where_nothing_keeps_it(name, tmp_path):
    assert IN_V8[name] in said([sys.executable, str(HERE / "bare_v8.py")], f"javascript/{name}.js", tmp_path)


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")
@pytest.mark.parametrize("name", IN_NODE)
def test_a_script_reaches_it_in_node_where_nothing_keeps_it(name, tmp_path):
    assert IN_NODE[name] in said(["node", str(HERE / "bare_node.cjs")], f"javascript/{name}.js", tmp_path)


@pytest.mark.parametrize(("language", "least"), [("lua", 104), ("javascript", 79)])
def test_there_are_as_many_scripts_as_are_promised_and_none_twice(language, least):
    sources = [case.data["source"].split("\n", 1)[1] for case in scripts(language)]
    assert len(sources) >= least
    assert len(set(sources)) == len(sources)
