"""Standard streams that are closed, full, of another encoding, or that a plugin prints to."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

VERBS = ("--version", "--help", "tools list", "run x.lua", "run x.lua --json", "nope --json", "completion bash")


@pytest.fixture
def sh(tmp_path):
    """Run `llmspell` in a shell, which can close what a test cannot."""
    (tmp_path / "x.lua").write_text("print('grüße') return {x = 'ü'}", encoding="utf-8")

    def run(line, **env):
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LLMSPELL_", "LC_", "LANG"))}
        return subprocess.run(
            ["sh", "-c", f"'{sys.executable}' -m llmspell {line}"],
            cwd=tmp_path,
            env={**kept, "HOME": str(tmp_path), **env},
            capture_output=True,
            timeout=50,
            check=False,
        )

    return run


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("verb", VERBS)
def test_a_closed_stream_is_no_fault(sh, verb, closed):
    done = sh(f"{verb} {closed}")
    assert done.returncode == (2 if "nope" in verb else 0), done
    assert b"Traceback" not in done.stderr
    assert b"internal" not in done.stderr


def test_the_number_of_a_closed_stream_is_taken(sh, tmp_path):
    """Else the store would be opened as standard output, and be written to by whatever prints there."""
    (tmp_path / "keep.lua").write_text("Storage.set('k', 'v') print('into the store?')")
    assert sh("run keep.lua --allow-all >&- 2>&-").returncode == 0
    stores = [path for path in tmp_path.rglob("*.sqlite3*") if path.is_file()]
    assert stores
    assert all(b"into the store?" not in path.read_bytes() for path in stores)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no full disk here")
@pytest.mark.parametrize("verb", [verb for verb in VERBS if "nope" not in verb])
def test_a_full_disk_is_told(sh, verb):
    done = sh(f"{verb} >/dev/full")
    assert done.returncode == 1
    first, *_ = done.stderr.decode().splitlines()
    assert first == "error[6009]: standard output cannot be written: No space left on device"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no full disk here")
def test_a_full_disk_is_told_once_however_much_is_printed(sh, tmp_path):
    (tmp_path / "many.lua").write_text("for number = 1, 100000 do print(number) end")
    done = sh("run many.lua >/dev/full")
    assert done.returncode == 1
    assert done.stderr.decode().count("error[") == 1
    assert b"standard output cannot be written" in done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no full disk here")
def test_an_error_keeps_its_status_when_it_cannot_be_told(sh):
    assert sh("nope 2>/dev/full").returncode == 2
    assert b"error[6101]" in sh("nope --json >/dev/full").stderr


def test_json_is_json_in_any_encoding(sh):
    done = sh("run x.lua --json", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert json.loads(done.stdout) == {"result": {"x": "ü"}, "output": ["grüße"]}


NOISE = """
import sys
from llmspell.spec import command, hookimpl
print("NOISE")
sys.stderr.write("MURMUR")

@hookimpl
def llmspell_commands():
    print("NOISE")
    return [command("shout", "noise:shout", "Shout.")]

def shout(args, console):
    print("shouted")
"""


def test_what_a_plugin_prints_while_it_is_loaded_is_no_result(llmspell, tmp_path):
    (tmp_path / "noise.py").write_text(NOISE)
    for words in (("tools", "list"), ("plugins", "doctor"), ("doctor",)):
        done = llmspell(*words, "--json", "-p", "./noise.py")
        assert json.loads(done.out), words
        assert "NOISE" in done.err
    done = llmspell("shout", "-p", "noise", PYTHONPATH=str(tmp_path))
    assert (done.status, done.out) == (0, "shouted\n")


def test_flags_before_the_verb(llmspell):
    done = llmspell("--json", "tools", "list")
    assert done.status == 2
    assert "write it behind: llmspell VERB --json" in done.err


def test_a_fault_of_ours_is_a_whole_document(llmspell, tmp_path):
    text = "import llmspell.cli.api as api\ndef boom(*_): raise RuntimeError('bug')\napi.run = boom"
    (tmp_path / "bug.py").write_text(text)
    probe = "import bug; from llmspell.cli.main import main; raise SystemExit(main(['api', '--json']))"
    done = subprocess.run(
        [sys.executable, "-c", probe], cwd=tmp_path, capture_output=True, text=True, timeout=50, check=False
    )
    error = json.loads(done.stdout)["error"]
    assert {"code", "type", "message", "suggestions", "context", "where"} <= set(error)
    assert (done.returncode, error["type"], error["message"]) == (1, "internal", "RuntimeError: bug")
