"""Modules of npm beside a spell: taken by npm, allowed by the lock, loaded without a network."""

# ruff: noqa: E501 - a lock in a table of cases reads better on one line

from __future__ import annotations

import json
import os
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from llmspell.bridge.bundles import LOCK, Bundle, Package, file_of, write_lock

HAND_MADE = """
var greet = (name) => "hello " + name;
greet.loud = (name) => greet(name).toUpperCase();
module.exports = greet;
"""
ES_MODULE = """
Object.defineProperty(exports, "__esModule", { value: true });
exports.default = (name) => "default " + name;
exports.other = 7;
"""


@pytest.fixture
def folder(tmp_path):
    """Give a folder with two bundles that no network was needed for."""
    modules = {}
    for name, source in {"greet": HAND_MADE, "@scope/es/part": ES_MODULE}.items():
        data = source.encode()
        (tmp_path / file_of(name)).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file_of(name)).write_bytes(data)
        about = Package(name, "1.2.3", "MIT", "sha512-abc")
        digest = sha256(data).hexdigest()
        modules[name] = Bundle(name, *about, file_of(name), digest, len(data), (about,))
    (tmp_path / LOCK).write_text(write_lock(modules, "by hand"))
    return tmp_path


USES = {
    "uses.js": """
        const greet = require("greet");
        return [greet("a"), greet.loud("b"), require("greet") === greet, require("@scope/es/part").other];""",
    "uses.mjs": """
        import greet, { loud } from "greet"; import es, { other } from "@scope/es/part"; import * as all from "greet";
        export default [greet("a"), loud("b"), all.default === greet && es("x") === "default x", other];""",
    "uses.ts": """
        import greet, { loud } from "greet"; import { other } from "@scope/es/part";
        const first: string = greet("a");
        export default [first, loud("b"), (await import("greet")).loud === loud, other as number];""",
}


@pytest.mark.parametrize("isolation", ["inline", "process"])
@pytest.mark.parametrize("name", USES)
def test_a_module_of_the_lock_can_be_required_and_imported(llmspell, folder, name, isolation):
    (folder / name).write_text(USES[name])
    done = llmspell("run", name, "--isolation", isolation, "--json")
    assert done.status == 0, done
    assert json.loads(done.out)["result"] == ["hello a", "HELLO B", True, 7]


@pytest.mark.parametrize("word", ["greet", "./llmspell_modules/greet", "./llmspell_modules/greet.js"])
def test_a_module_that_was_changed_is_refused_however_it_is_named(llmspell, folder, word):
    (folder / "llmspell_modules" / "greet.js").write_text(HAND_MADE + "// changed\n")
    (folder / "x.js").write_text(f'\nrequire("{word}")')
    done = llmspell("run", "x.js", "--json")
    error = json.loads(done.out)["error"]
    assert (done.status, error["type"], error["code"]) == (4, "security", 4006)
    assert "changed after it was added" in error["message"]
    assert error["where"] == "x.js:2"


def test_a_file_in_the_folder_that_is_in_no_lock_is_refused(llmspell, folder):
    (folder / "llmspell_modules" / "stray.js").write_text("module.exports = 1")
    (folder / "x.js").write_text('require("./llmspell_modules/stray")')
    error = json.loads(llmspell("run", "x.js", "--json").out)["error"]
    assert (error["type"], error["code"]) == ("security", 4006)
    (folder / "x.lua").write_text('Spell.load("llmspell_modules/stray.js")')
    assert json.loads(llmspell("run", "x.lua", "--json").out)["error"]["type"] == "security"


def test_a_module_whose_file_is_gone_says_how_to_get_it(llmspell, folder):
    (folder / "llmspell_modules" / "greet.js").unlink()
    (folder / "x.js").write_text('require("greet")')
    error = json.loads(llmspell("run", "x.js", "--json").out)["error"]
    assert error["type"] == "resource_unavailable"
    assert error["suggestions"] == ["run `llmspell deps add greet` to take it from npm"]


@pytest.mark.parametrize(
    "text",
    [
        "{", "[]", '{"version": 2, "modules": {}}', '{"version": 1}', '{"version": 1, "modules": []}',
        '{"version": 1, "modules": {"../x": {}}}',
        '{"version": 1, "modules": {"x": {"package": "x", "version": "1", "license": "", "integrity": "", "file": "../x.js"}}}',
    ],
)  # fmt: skip
def test_a_lock_that_is_not_valid_is_an_error_of_configuration(llmspell, folder, text):
    (folder / LOCK).write_text(text)
    (folder / "x.js").write_text('require("greet")')
    for words in (("run", "x.js"), ("deps", "verify")):
        done = llmspell(*words, "--json")
        assert (done.status, json.loads(done.out)["error"]["type"]) == (3, "configuration"), words


ABSENT = {
    "fs": "Tools.file_reader",
    "node:fs/promises": "Tools.file_reader",
    "child_process": "process.exec",
    "http": "http_request",
    "axios": "http_request",
    "net": "http_request",
    "zlib": "Tools.file_archiver",
    "vm": "not in Node",
    "left-pad": "llmspell deps add left-pad",
}


@pytest.mark.parametrize("how", ["require('{}')", "await import('{}')"])
def test_what_there_is_not_names_what_there_is(llmspell, tmp_path, how):
    tries = [
        f"try {{ {how.format(name)} }} catch (e) {{ found.push([e.type, e.where, e.suggestions[0]]) }}"
        for name in ABSENT
    ]
    (tmp_path / "x.js").write_text("\n".join(["const found = [];", *tries, "return found"]))
    found = json.loads(llmspell("run", "x.js", "--json").out)["result"]
    for line, (told, advice) in enumerate(zip(found, ABSENT.values(), strict=True), 2):
        assert told[:2] == ["resource_unavailable", f"x.js:{line}"]
        assert advice in told[2]


@pytest.mark.parametrize("name", ["fs", "left-pad"])
def test_a_static_import_names_its_line(llmspell, tmp_path, name):
    (tmp_path / "x.js").write_text(f"const a = 1;\n\nimport it from '{name}';")
    error = json.loads(llmspell("run", "x.js", "--json").out)["error"]
    assert (error["type"], error["where"]) == ("resource_unavailable", "x.js:3")
    assert ABSENT[name] in error["suggestions"][0]


def test_list_verify_and_remove(llmspell, folder):
    listed = json.loads(llmspell("deps", "list", "--json").out)
    assert [(one["name"], one["version"], one["license"]) for one in listed] == [
        ("@scope/es/part", "1.2.3", "MIT"),
        ("greet", "1.2.3", "MIT"),
    ]
    assert json.loads(llmspell("deps", "verify", "--json").out)["valid"] is True
    (folder / "llmspell_modules" / "greet.js").write_text("changed")
    (folder / "llmspell_modules" / "stray.js").write_text("")
    done = llmspell("deps", "verify", "--json")
    assert done.status == 1
    assert [one["state"] for one in json.loads(done.out)["files"]] == ["ok", "changed", "stranger"]
    assert llmspell("deps", "remove", "gone").status == 2
    assert llmspell("deps", "remove", "greet").status == 0
    assert not (folder / "llmspell_modules" / "greet.js").exists()
    assert [one["name"] for one in json.loads(llmspell("deps", "list", "--json").out)] == ["@scope/es/part"]


@pytest.mark.parametrize(
    "name", ["../x", "/x", "-g", "a b", "git+x", "x@", "x@../y", "x@file:y", "", "@scope", "a/../b"]
)
def test_what_is_no_name_of_a_package_never_reaches_npm(llmspell, tmp_path, name):
    done = llmspell("deps", "add", "--", name, PATH="")
    assert (done.status, "error[6101]" in done.err) == (2, True), done


def test_without_node_the_developer_is_told_what_to_install(llmspell, tmp_path):
    done = llmspell("deps", "add", "lodash", PATH=str(tmp_path))
    assert done.status != 0
    assert "there is no program 'node' on this machine" in done.err
    assert "install Node.js with npm" in done.err


def npm(*words: str, **more: str) -> bool:
    """Tell whether the npm of this machine does something."""
    program = shutil.which("npm")
    return program is not None and subprocess.run([program, *words], check=False, capture_output=True).returncode == 0


@pytest.fixture(scope="session")
def registry():
    """Skip where there is no npm, or no registry that it could ask."""
    if shutil.which("node") is None or not npm("view", "lodash", "version"):
        pytest.skip("needs node, npm and a registry that answers")


def test_packages_of_npm_work_in_a_spell(llmspell, tmp_path, registry):
    home = {"HOME": os.environ["HOME"]}
    done = llmspell("deps", "add", "lodash", "dayjs@1.11", "moment", "dayjs/plugin/utc@1.11", "--json", **home)
    assert done.status == 0, done
    added = {one["name"]: one for one in json.loads(done.out)}
    assert added["dayjs"]["version"].startswith("1.11.")
    assert {one["license"] for one in added.values()} == {"MIT"}
    text = (tmp_path / LOCK).read_text()
    assert "://" not in text
    for one in added.values():
        assert one["integrity"].startswith("sha512-")
        assert sha256((tmp_path / one["file"]).read_bytes()).hexdigest() == one["sha256"]
    (tmp_path / "x.ts").write_text("""
        import _, { chunk } from "lodash"; import dayjs from "dayjs"; import moment from "moment";
        import utc from "dayjs/plugin/utc";
        dayjs.extend(utc);
        const parts: number[][] = chunk([1, 2, 3], 2);
        let calls = 0;
        const once = _.debounce(() => { calls += 1 }, 1); once(); once();
        await Async.sleep(20);
        export default [parts, calls, require("lodash") === _,
                        dayjs.utc("2024-01-31").add(1, "day").format("YYYY-MM-DD"),
                        moment("2024-01-31").add(1, "day").format("YYYY-MM-DD")];""")
    for isolation in ("inline", "process"):
        done = llmspell("run", "x.ts", "--isolation", isolation, "--json")
        assert done.status == 0, done
        assert json.loads(done.out)["result"] == [[[1, 2], [3]], 1, True, "2024-02-01", "2024-02-01"]


@pytest.mark.parametrize(("name", "needs"), [("axios", "http"), ("node-fetch", "http"), ("graceful-fs", "fs")])
def test_a_package_that_needs_node_is_refused_when_it_is_added(llmspell, tmp_path, registry, name, needs):
    done = llmspell("deps", "add", name, "--json", HOME=os.environ["HOME"])
    error = json.loads(done.out)["error"]
    assert (done.status, error["type"], error["code"]) == (4, "security", 4006)
    assert needs in error["context"]["needs"]
    assert "tool" in error["suggestions"][0].lower()
    assert not Path(tmp_path / LOCK).exists()
    assert not Path(tmp_path / "llmspell_modules").exists()
