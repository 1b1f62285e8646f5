"""Every verb with `--json` prints one JSON document to standard output: its data, or its error."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path

import pytest

from llmspell.bridge.bundles import LOCK, Bundle, Package, file_of, write_lock
from llmspell.cli.table import COMMANDS
from llmspell.cli.verbs import below
from llmspell.runtime.transcript_entry import Attempt
from tests.run_logs import report

LEAVES: list[tuple[str, ...]] = [(command.name,) for command in COMMANDS if not below(command)]
LEAVES += [(command.name, verb.name) for command in COMMANDS for verb in below(command)]
GIVEN: dict[tuple[str, ...], tuple[str, ...]] = {
    ("run",): ("x.lua",),
    ("test", "spell"): ("tested.lua",),
    ("test", "template"): ("planner",),
    ("template", "show"): ("planner",),
    ("template", "validate"): ("poet.toml",),
    ("template", "install"): ("poet.toml",),
    ("template", "remove"): ("poet",),
    ("ask",): ("who is there?",),
    ("tools", "show"): ("calculator",),
    ("tools", "run"): ("calculator", "expression=1+1"),
    ("models", "pull"): ("qwen3:8b",),
    ("models", "embed"): ("hello", "--model", "nomic-embed-text"),
    ("plugins", "info"): ("builtin",),
    ("completion",): ("bash",),
    ("generate", "plugin"): ("weather",),
    ("deps", "add"): ("no such name",),  # the real thing asks a registry: tests/integration/test_npm_modules.py
    ("deps", "remove"): ("greet",),
    ("transcript", "show"): ("calls.jsonl",),
    ("storage", "backup"): ("store.backup",),
    ("storage", "restore"): ("store.backup",),
    ("storage", "copy"): ("--from", "memory", "--to", "memory"),
    ("storage", "migrate"): ("--to", "memory"),
    ("state", "get"): ("k",),
    ("state", "set"): ("k", "1"),
    ("state", "delete"): ("k",),
    ("state", "history"): ("k",),
    ("state", "revert"): ("k", "--to", "1"),
    ("state", "import"): ("state.json",),
    **{("session", verb): ("trip",) for verb in ("show", "suspend", "resume", "remove")},
    ("session", "tag"): ("trip", "a"),
    **{("runs", verb): ("report",) for verb in ("show", "trace", "fork", "cancel", "resume")},
    ("runs", "prune"): ("--keep", "0"),
}
"""What a verb needs at least to do its work."""

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "use-in-scripts.md"


def documented():
    """Read the table of keys: `| `verb` | object or list | `key`, ... |`."""
    rows = re.findall(r"^\| `([a-z ]+)` \| (an object|a list of objects) \| (.*) \|$", PAGE.read_text(), re.MULTILINE)
    return {tuple(verb.split()): (shape, set(re.findall(r"`(\w+)`", keys))) for verb, shape, keys in rows}


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
def test_every_verb_prints_one_document(llmspell, tmp_path, words):
    (tmp_path / "x.lua").write_text('print("said") return {b = 1}')
    (tmp_path / "poet.toml").write_text('name = "poet"\nsystem_prompt = "Rhyme."')
    (tmp_path / "tested.lua").write_text('Testing.test("a", function() end)')
    about = Package("greet", "1.2.3", "MIT", "sha512-abc")
    (tmp_path / "llmspell_modules").mkdir()
    (tmp_path / file_of("greet")).write_bytes(b"x")
    bundle = Bundle("greet", *about, file_of("greet"), sha256(b"x").hexdigest(), 1, (about,))
    (tmp_path / LOCK).write_text(write_lock({"greet": bundle}, "by hand"))
    where = dict.fromkeys(("run", "path", "provider", "model")) | {"operation": "llm_call"}
    (tmp_path / "calls.jsonl").write_text(json.dumps(Attempt(1, where, None).told(str)))
    (tmp_path / "state.json").write_text('{"format": "llmspell-state", "version": 1, "entries": []}')
    if words == ("template", "remove"):
        assert llmspell("template", "install", "poet.toml", LLMSPELL_DATA_DIR=str(tmp_path / "data")).status == 0
    if words[0] in ("state", "session"):
        first = ("session", "create", "trip") if words[0] == "session" else ("state", "set", "k", "1")
        kept = llmspell(*first, LLMSPELL_DATA_DIR=str(tmp_path / "data"))
        assert kept.status == 0, kept
    if words[0] == "runs":
        report(folder=str(tmp_path)).write(tmp_path / "data" / "runs")
    done = llmspell(*words, *GIVEN.get(words, ()), "--json", LLMSPELL_DATA_DIR=str(tmp_path / "data"))
    told = json.loads(done.out)
    assert done.status == 0 or "error" in told, done
    if done.status == 0 and words in documented():
        shape, keys = documented()[words]
        one = told[0] if shape == "a list of objects" else told
        assert isinstance(told, list) == (shape == "a list of objects")
        assert set(one) == keys


def test_the_keys_of_every_verb_of_ours_are_documented():
    free = {("config", "show"), ("tools", "run")}  # what is configured, what the tool gives
    assert set(LEAVES) - free == set(documented())


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
def test_every_verb_tells_its_error_as_a_document(llmspell, words):
    done = llmspell(*words, *GIVEN.get(words, ()), "--json", "--no-such-flag")
    assert done.status == 2
    error = json.loads(done.out)["error"]
    assert {"code", "type", "message", "suggestions", "context", "where"} <= set(error)
    assert (error["code"], error["type"]) == (6101, "usage")
    assert done.err.startswith("error[6101]: ")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("nope",), 6101),
        (("tools", "show", "nope"), 2001),
        (("plugins", "info", "nope"), 8003),
        (("run", "nope.lua"), 6101),
        (("config", "explain", "nope"), 6001),
        (("config", "validate", "--config", "nope.toml"), 6001),
    ],
)
def test_errors_have_their_codes(llmspell, words, code):
    done = llmspell(*words, "--json")
    assert json.loads(done.out)["error"]["code"] == code
    assert f"error[{code}]" in done.err
