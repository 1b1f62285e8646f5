"""The scripts do reach what they reach for where nothing keeps them: those in Lua, run by Lua as it comes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.security.hostile import SCRIPTS, scripts

BARE = Path(__file__).with_name("bare.py")
REACHING = {
    "addresses_in_errors": "0x",
    "collectgarbage_modes": "reached",
    "debug_hook": "reached",
    "debug_registry": "reached",
    "dofile_secret": "canary of the file",
    "finalizer_later": "reached",
    "io_lines": "canary of the file",
    "io_open": "canary of the file",
    "load_environment": "reached",
    "os_execute": "reached",
    "os_getenv": "canary of the variable",
    "os_remove": "reached",
    "package_loaded": "canary of the file",
    "package_loadlib": "reached",
    "python_table": "canary of the file",
    "string_dump": "reached",
    "string_metatable_index": "reached",
    "walk_coroutines": "reached",
}


@pytest.mark.parametrize("name", REACHING)
def test_a_script_reaches_it_where_nothing_keeps_it(name, tmp_path):
    folder = tmp_path / "outside"
    folder.mkdir()
    (tmp_path / "spells").mkdir()
    (folder / "secret.txt").write_text("the canary of the file")
    (folder / "secret.lua").write_text("return 'the canary of the file'")
    params = {"file": str(folder / "secret.txt"), "folder": str(folder), "variable": "PROBE", "port": 1, "pid": 1}
    source = (SCRIPTS / "lua" / f"{name}.lua").read_text(encoding="utf-8")
    done = subprocess.run(
        [sys.executable, BARE],
        input=json.dumps({"source": source, "params": params}),
        env={"PROBE": "the canary of the variable", "PATH": "/usr/bin:/bin"},
        cwd=tmp_path / "spells",
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert REACHING[name] in done.stdout


@pytest.mark.parametrize(("language", "least"), [("lua", 104), ("javascript", 79)])
def test_there_are_as_many_scripts_as_are_promised_and_none_twice(language, least):
    sources = [case.data["source"].split("\n", 1)[1] for case in scripts(language)]
    assert len(sources) >= least
    assert len(set(sources)) == len(sources)
