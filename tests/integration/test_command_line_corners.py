"""Corners of the command line: readers who leave, Ctrl-C, odd bytes, odd files, words after flags."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

COMMAND = [sys.executable, "-m", "llmspell"]


def test_a_reader_who_leaves_ends_the_command_quietly(tmp_path):
    (tmp_path / "talk.lua").write_text('for i = 1, 100000 do print("line " .. i) end')
    for words in (["tools", "list"], ["api"], ["run", "talk.lua"], ["run", "talk.lua", "--isolation", "inline"]):
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run(
            [*COMMAND, *words], cwd=tmp_path, stdout=writer, stderr=subprocess.PIPE, timeout=50, check=False
        )
        os.close(writer)
        assert (done.returncode, done.stderr) == (0, b""), words


@pytest.mark.parametrize("isolation", ["process", "inline"])
def test_an_interrupt_ends_with_130_and_nothing_half_written(tmp_path, verdicts, isolation):
    (tmp_path / "wait.lua").write_text('print("ready") Async.sleep(60000) print("never")')
    before = set(tmp_path.iterdir())
    process = subprocess.Popen(
        [*COMMAND, "run", "wait.lua", "--isolation", isolation],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "HOME": str(tmp_path), "LLMSPELL_CACHE_DIR": str(verdicts)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, "", "interrupted\n")
    assert set(tmp_path.iterdir()) == before


def test_words_of_a_tool_may_stand_after_flags(llmspell):
    done = llmspell("tools", "run", "calculator", "-p", "no:openai", "expression=1+1", "--verbose", "precision=4")
    assert done.status == 0, done
    assert json.loads(done.out)["precision"] == 4
    assert llmspell("tools", "run", "calculator", "expression=1", "--nonsense").status == 2


def test_a_result_that_is_true_is_json(llmspell, tmp_path):
    (tmp_path / "yes.py").write_text(
        "from llmspell.spec import hookimpl, tool\n"
        "def yes() -> bool:\n    return True\n"
        "def none() -> None:\n    return None\n"
        "@hookimpl\ndef llmspell_tools():\n"
        "    return [tool(n, __name__ + ':' + n, 'X.', category='test') for n in ('yes', 'none')]\n"
    )
    assert llmspell("tools", "run", "yes", "-p", "./yes.py").out == "true\n"
    assert llmspell("tools", "run", "none", "-p", "./yes.py").out == "null\n"


def test_a_spell_that_is_not_utf8_says_so(tmp_path):
    for words, stdin in ((["run", "-"], b"print('\xff')"), (["run", "/dev/stdin"], b"print('\xff')")):
        done = subprocess.run(
            [*COMMAND, *words], cwd=tmp_path, input=stdin, capture_output=True, timeout=50, check=False
        )
        assert b"not UTF-8" in done.stderr, (words, done)
        assert b"[6009]" not in done.stderr
        assert done.returncode == 1


def test_a_path_that_cannot_be_looked_at_says_so(llmspell):
    done = llmspell("run", "a" * 300 + ".lua")
    assert done.status == 2
    assert "cannot be read" in done.err


def test_a_name_that_is_no_text_is_told(tmp_path):
    done = subprocess.run(
        [*COMMAND, "run", b"caf\xe9.lua", "--json"], cwd=tmp_path, capture_output=True, timeout=50, check=False
    )
    assert done.returncode == 2
    assert "caf" in json.loads(done.stdout)["error"]["message"]


def test_an_output_that_is_not_utf8_gets_escapes(llmspell, tmp_path):
    (tmp_path / "x.lua").write_text('print("naïve ☃")')
    done = llmspell("run", "x.lua", PYTHONIOENCODING="ascii")
    assert (done.status, done.out) == (0, "na\\xefve \\u2603\n")


@pytest.mark.parametrize("words", [("--timeout", "0.2"), ("--timeout", "200ms")])
@pytest.mark.parametrize("isolation", ["process", "inline"])
def test_a_spell_past_its_time_ends_with_6(llmspell, tmp_path, words, isolation):
    (tmp_path / "wait.lua").write_text("Async.sleep(60000)")
    done = llmspell("run", "wait.lua", "--isolation", isolation, *words)
    assert done.status == 6, done
    assert "[4004]" in done.err
    assert "longer than 0.2 s" in done.err


@pytest.mark.parametrize("given", ["-1", "nan", "soon"])
def test_a_time_that_is_none(llmspell, tmp_path, given):
    (tmp_path / "x.lua").write_text("return 1")
    done = llmspell("run", "x.lua", f"--timeout={given}")
    assert done.status == 2
    assert given in done.err


@pytest.mark.parametrize("verb", ["tools", "plugins", "config"])
def test_a_verb_without_its_verb_is_a_usage_error(llmspell, verb):
    done = llmspell(verb, "--json")
    assert done.status == 2
    assert "list" in done.err or "init" in done.err
    assert json.loads(done.out)["error"]["code"] == 6101


@pytest.mark.parametrize(
    "words",
    [
        ("tools", "list"),
        ("tools", "show", "calculator"),
        ("tools", "run", "calculator", "expression=1"),
        ("plugins", "list"),
        ("plugins", "list", "--names"),
        ("plugins", "info", "builtin"),
        ("plugins", "doctor"),
        ("config", "init"),
        ("config", "show"),
        ("config", "show", "--origin"),
        ("config", "validate"),
        ("api",),
        ("doctor",),
        ("run", "x.lua"),
    ],
)
def test_every_verb_prints_one_json_document(llmspell, tmp_path, words):
    (tmp_path / "x.lua").write_text('print("a") return {b = 1}')
    done = llmspell(*words, "--json")
    assert done.status == 0, done
    json.loads(done.out)


BAD_FILES = {
    "directory": None,
    "bytes": b"\xff\xfe\x00",
    "huge": b"# " + b"x" * 30_000_000,
    "text": b"[events\n",
    "missing": b"",
}


@pytest.mark.parametrize("kind", BAD_FILES)
@pytest.mark.parametrize("verb", ["show", "validate"])
def test_a_configuration_file_that_is_none(llmspell, tmp_path, kind, verb):
    path = tmp_path / "odd.toml"
    content = BAD_FILES[kind]
    if content is None:
        path.mkdir()
    elif content:
        path.write_bytes(content)
    done = llmspell("config", verb, "--config", "odd.toml")
    assert done.status == 3, done
    assert "Traceback" not in done.err
    assert "[6009]" not in done.err


def test_config_init_leaves_nothing_half_written(llmspell, tmp_path):
    (tmp_path / "folder").mkdir()
    for words in (("--path", "folder", "--force"), ("--path", "none/x.toml")):
        before = sorted(tmp_path.rglob("*"))
        assert llmspell("config", "init", *words).status == 2
        assert sorted(tmp_path.rglob("*")) == before
    (tmp_path / "llmspell.toml").write_text("[events]\nbuffer_size = 7\n")
    assert llmspell("config", "init", "--force").status == 0
    assert "buffer_size = 7" not in (tmp_path / "llmspell.toml").read_text()


def test_doctor_tells_of_a_default_provider_that_is_not_there(llmspell, tmp_path):
    (tmp_path / "llmspell.toml").write_text('[providers]\ndefault = "opnai"\n')
    done = llmspell("doctor", "--json")
    found = {row["what"]: row for row in json.loads(done.out)["findings"]}
    assert found["models"]["state"] == "broken"
    assert done.status == 5


def test_a_plugin_that_ends_the_process_with_a_sentence(llmspell, tmp_path):
    (tmp_path / "quit.py").write_text(
        "import sys\nfrom llmspell.spec import hookimpl\nfrom llmspell.spec.arguments import command\n"
        "@hookimpl\ndef llmspell_commands():\n    return [command('quit', __name__ + ':quit', 'Leave.')]\n"
        "def quit(args, console):\n    sys.exit('that was it')\n"
    )
    done = llmspell("quit", "-p", "./quit.py")
    assert (done.status, done.err) == (1, "that was it\n")
