"""Files of a spell and the API as modules: the same in every language, in one process and in a child."""

# ruff: noqa: E501 - a script in a table of cases reads better on one line

from __future__ import annotations

import json

import pytest

LANGUAGES = ("lua", "js", "py")

FILES = {
    "lua": {
        "main.lua": """
            local words = require("lib.words")
            local again = require("./lib/words")
            local settings = require("settings.json")
            return {words.up("a"), words == again, require("pack").name, require("lib/near").name, settings.host, settings.ports[2], runs}""",
        "lib/words.lua": 'runs = (runs or 0) + 1\\nlocal top = require("../top")\\nlocal near = require("./near")\\nreturn {up = function(x) return top.mark .. near.name .. x:upper() end}',
        "lib/near.lua": 'return {name = "near"}',
        "pack/init.lua": 'return {name = require("./inner")}',
        "pack/inner.lua": 'return "inner"',
        "top.lua": 'return {mark = "!"}',
    },
    "js": {
        "main.js": """
            const words = require("lib/words"), again = require("./lib/words");
            const settings = require("./settings.json");
            const { default: imported } = await import("./settings.json");
            return [words.up("a"), words === again && imported === settings, require("./pack").name, require("./lib/near").name, settings.host, settings.ports[1], runs];""",
        "lib/words.js": 'globalThis.runs = (globalThis.runs || 0) + 1;\\nconst top = require("../top"), near = require("./near");\\nexports.up = (x) => top.mark + near.name + x.toUpperCase();',
        "lib/near.ts": 'const name: string = "near";\\nmodule.exports = { name };',
        "pack/index.js": 'exports.name = require("./inner.js").inner;',
        "pack/inner.ts": 'exports.inner = "inner" as string;',
        "top.cjs": 'exports.mark = "!";',
    },
    "py": {
        "main.py": """
import lib.words, settings
from .lib import words as again
from . import pack
from .lib.near import name
[lib.words.up("a"), lib.words is again, pack.name, name, settings.host, settings["ports"][1], len(lib.words.runs)]""",
        "lib/__init__.py": "",
        "lib/words.py": "runs = []\\nruns.append(1)\\nfrom ..top import mark\\nfrom .near import name\\ndef up(x): return mark + name + x.upper()",
        "lib/near.py": 'name = "near"',
        "pack/__init__.py": "from .inner import name",
        "pack/inner.py": 'name = "inner"',
        "top.py": 'mark = "!"',
    },
}
SETTINGS = json.dumps({"host": "here", "ports": [1, 2]})


@pytest.mark.parametrize("language", LANGUAGES)
def test_files_folders_and_json_below_the_folder_of_the_spell(cast_files, language):
    files = {name: text.replace("\\n", "\n") for name, text in FILES[language].items()}
    assert cast_files({**files, "settings.json": SETTINGS}) == ["!nearA", True, "inner", "near", "here", 2, 1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_loaded_spell_finds_what_lies_beside_it(cast_files, language):
    parts = {
        "lua": 'return {name = require("./near").name}',
        "js": 'exports.name = require("./near").name;',
        "py": "from .near import name",
    }
    near = {"lua": "lib/near.lua", "js": "lib/near.ts", "py": "lib/near.py"}[language]
    shown = parts[language] if language != "py" else "from .near import name as found\nname = found"
    main = f'return Spell.load("lib/part.{language}").name'
    files = {"main.lua": main, f"lib/part.{language}": shown, near: FILES[language][near].replace("\\n", "\n")}
    assert cast_files(files) == "near"


API = {
    "lua": 'return {require("llmspell").Agent == Agent, require("llmspell.agent") == Agent, require("llmspell.error_handler") == ErrorHandler, require("rs-llmspell").Tools == Tools, require("llmspell/spell") == Spell}',
    "js": 'import { Agent as A } from "llmspell"; import * as R from "rs-llmspell"; import all from "@rs/llmspell"; import S from "llmspell/spell";\nexport default [A === Agent, require("llmspell.agent") === Agent, require("llmspell/error_handler") === ErrorHandler, R.Tools === Tools && all.Tools === Tools, S === Spell]',
    "py": "import llmspell, llmspell.agent, rs_llmspell\nfrom llmspell import Agent as A, error_handler\nfrom llmspell.agent import Agent as B\nfrom llmspell.spell import Spell as S\n[A is Agent, B is Agent, error_handler.ErrorHandler is ErrorHandler, rs_llmspell.Tools is Tools, S is Spell]",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_api_under_each_of_its_names(cast_files, language):
    assert cast_files({f"main.{language}": API[language]}) == [True] * 5


LOADS = {
    "lua": 'local found = {} for _, name in ipairs(params.names) do local ok, e = pcall(require, name) found[#found + 1] = ok and "loaded" or {e.type, e.where} end return found',
    "js": 'const found = []; for (const name of params.names) await import(name).then(() => found.push("loaded"), (e) => found.push([e.type, e.where])); return found;',
}


@pytest.mark.parametrize("language", ["lua", "js"])
def test_no_module_outside_of_the_folder(cast_files, tmp_path, language):
    (tmp_path / f"outside.{language}").write_text("")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / f"link.{language}").symlink_to(tmp_path / f"outside.{language}")
    (tmp_path / "in" / "door").symlink_to(tmp_path, target_is_directory=True)
    names = ["../outside", "./../outside", "./a/../../outside", str(tmp_path / "outside"), "./link", "./door/outside"]
    files = {f"in/main.{language}": LOADS[language], "p.json": json.dumps({"names": names})}
    found = cast_files(files, "--params", "p.json")
    assert [one[0] for one in found] == ["security"] * 6
    assert {one[1] for one in found} <= {f"in/main.{language}:1"}


def test_no_python_module_outside_of_the_folder(cast_files, tmp_path):
    (tmp_path / "outside_of_it.py").write_text("x = 1")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link.py").symlink_to(tmp_path / "outside_of_it.py")
    source = """
found = []
try: from ..outside_of_it import x; found.append(x)
except ImportError: found.append("refused")
found"""
    assert cast_files({"in/main.py": source}) == ["refused"]
    assert cast_files({"in/main.py": "import link"}, status=4)["type"] == "security"


FAULTS = {
    "lua": ("main.lua", 'require("bad")', {"bad.lua": "\nlocal x = nil\nx.y = 1"}, "bad.lua:3", "runtime"),
    "js": ("main.js", 'require("./bad")', {"bad.js": "\nconst x = null;\nx.y = 1;"}, "bad.js:3", "runtime"),
    "py": ("main.py", "import bad", {"bad.py": "\nx = None\nx.y = 1"}, "bad.py:3", "runtime"),
    "lua syntax": ("main.lua", 'require("bad")', {"bad.lua": "\nlocal = 1"}, "bad.lua:2", "syntax"),
    "js syntax": ("main.js", 'require("./bad")', {"bad.js": "\nconst = 1"}, "bad.js:2", "syntax"),
    "py syntax": ("main.py", "import bad", {"bad.py": "\nx ="}, "bad.py:2", "syntax"),
    "lua json": ("main.lua", 'require("bad.json")', {"bad.json": '{\n"a": }'}, "bad.json:2", "syntax"),
    "js json": ("main.js", 'require("./bad.json")', {"bad.json": '{\n"a": }'}, "bad.json:2", "syntax"),
    "py json": ("main.py", "import bad", {"bad.json": '{\n"a": }'}, "bad.json:2", "syntax"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_an_error_in_a_module_names_its_file_and_line(cast_files, case):
    name, source, more, where, kind = FAULTS[case]
    error = cast_files({name: source, **more}, status=1)
    assert (error["where"], error["type"]) == (where, kind)


def test_files_that_load_each_other(cast_files):
    lua = cast_files({"main.lua": 'require("a")', "a.lua": 'require("./b")', "b.lua": 'require("a")'}, status=1)
    assert "module 'a' requires itself" in lua["message"]
    js = {
        "main.js": 'return require("./a").seen',
        "a.js": 'exports.early = 1; exports.seen = require("./b").seen;',
        "b.js": 'exports.seen = require("./a").early;',
    }
    assert cast_files(js) == 1
    py = {
        "main.py": "import a\na.seen",
        "a.py": "early = 1\nimport b\nseen = b.seen",
        "b.py": "import a\nseen = a.early",
    }
    assert cast_files(py) == 1
