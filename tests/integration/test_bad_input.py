"""Each bad input ends with three lines, a code and a documented status, without a traceback and with nothing
half-written."""

from __future__ import annotations

import json
import re

import pytest

THREE_LINES = re.compile(r"error\[(\d{4})\]: .+\n  at: .+\n  next: .+\n\Z")


def told(done, status, code):
    assert done.status == status, done
    found = THREE_LINES.search(done.err)
    assert found, done.err
    assert int(found.group(1)) == code
    assert "Traceback" not in done.err + done.out
    return found.group(0)


def spell(tmp_path, text, name="bad.lua"):
    path = tmp_path / name
    path.write_text(text)
    return name


def test_a_syntax_error_names_file_and_line(llmspell, tmp_path):
    name = spell(tmp_path, "#!/usr/bin/env llmspell-lua\nlocal x = 1\nlocal = 2\n")
    assert "bad.lua:3" in told(llmspell("run", name), 1, 4001)


def test_a_runtime_error_names_file_and_line(llmspell, tmp_path):
    name = spell(tmp_path, "local t = nil\n\nreturn t.field\n")
    assert "bad.lua:3" in told(llmspell("run", name), 1, 4002)


@pytest.mark.parametrize(("text", "code"), [("const x = 1;", 4001), ("console.log(1)", 4002)])
def test_standard_input_is_lua_until_somebody_says_otherwise(llmspell, text, code):
    assert "name its language with --engine" in told(llmspell("run", "-", stdin=text), 1, code)
    assert "--engine" not in llmspell("run", "-", "--engine", "lua", stdin=text).err


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("bad.lua", "\nAgents.new({})"),
        ("bad.js", "\nawait Agents.list();"),
        ("bad.py", "\nawait Agents.list()"),
        ("bad.ts", "\nawait Agents.list() as string;"),
    ],
)
def test_a_name_nobody_has_names_the_nearest(llmspell, tmp_path, name, text):
    lines = told(llmspell("run", spell(tmp_path, text, name)), 1, 4002)
    assert f"at: {name}:2" in lines
    assert "next: did you mean 'Agent'?" in lines


def test_a_missing_spell_names_the_nearest(llmspell, tmp_path):
    spell(tmp_path, "return 1", "hello.lua")
    assert "hello.lua?" in told(llmspell("run", "helo.lua"), 2, 6101)


def test_a_spell_of_an_unknown_language(llmspell, tmp_path):
    assert "engine" in told(llmspell("run", spell(tmp_path, "x", "spell.cobol")), 5, 8003)


def test_an_unknown_tool_names_the_nearest(llmspell):
    assert "calculator" in told(llmspell("tools", "run", "calculater", "expression=1"), 5, 2001)


def test_an_unknown_tool_in_a_spell(llmspell, tmp_path):
    name = spell(tmp_path, 'return Tools.get("calculater")\n')
    assert "calculator" in told(llmspell("run", name), 5, 2001)


def test_a_wrong_argument_names_all_faults(llmspell):
    text = told(llmspell("tools", "run", "calculator", "expresion=1", "precision=lots"), 2, 2002)
    assert "expresion" in text
    assert "precision" in text


def test_a_denied_permission_names_the_flag(llmspell, tmp_path):
    (tmp_path / "note.txt").write_text("secret")
    assert "--allow-read=note.txt" in told(llmspell("tools", "run", "file_reader", "path=note.txt"), 4, 2006)
    assert llmspell("tools", "run", "file_reader", "path=note.txt", "--allow-read=note.txt").status == 0


def test_a_denied_write_leaves_nothing(llmspell, tmp_path):
    before = set(tmp_path.iterdir())
    told(llmspell("tools", "run", "file_writer", "path=out.txt", "content=x"), 4, 2006)
    assert set(tmp_path.iterdir()) == before


def test_a_dead_provider(llmspell, tmp_path):
    name = spell(tmp_path, 'return Agent.new({name = "a", provider = "openai", model = "m"}):chat("hi")\n')
    env = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_API_KEY": "k"}
    done = llmspell("run", name, "--timeout", "20", **env)
    assert done.status == 7, done
    assert THREE_LINES.search(done.err), done.err
    assert "127.0.0.1:9" in done.err
    assert "Traceback" not in done.err


def test_a_tool_that_raises(llmspell, tmp_path):
    plugin = tmp_path / "boom.py"
    plugin.write_text(
        "from llmspell.spec import hookimpl, tool\n"
        "def boom() -> str:\n    raise RuntimeError('the boiler')\n"
        "@hookimpl\ndef llmspell_tools():\n    return [tool('boom', __name__ + ':boom', 'Fail.', category='test')]\n"
    )
    assert "the boiler" in told(llmspell("tools", "run", "boom", "-p", "./boom.py"), 1, 2003)


def test_a_plugin_that_explodes_at_import_stops_nobody(llmspell, tmp_path):
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "bad.py").write_text("raise RuntimeError('at import')")
    (tmp_path / "llmspell.toml").write_text('[plugins]\npaths = ["plugins"]\n')
    done = llmspell("tools", "run", "calculator", "expression=1+1")
    assert done.status == 0
    assert "warning: " in done.err
    assert "at import" in done.err
    doctor = llmspell("plugins", "doctor")
    assert doctor.status == 5
    assert "at import" in doctor.out
    assert "at import" in told(llmspell("tools", "list", "--strict-plugins"), 5, 8002)


def test_a_plugin_named_on_the_command_line_must_load(llmspell, tmp_path):
    (tmp_path / "guard.py").write_text("raise RuntimeError('at import')")
    done = llmspell("tools", "run", "calculator", "expression=1+1", "-p", "./guard.py")
    assert "at import" in told(done, 5, 8002)
    assert done.out == ""
    assert llmspell("plugins", "doctor", "-p", "./guard.py").status == 5


def test_a_secret_is_masked_wherever_it_is_printed(llmspell, tmp_path):
    name = spell(tmp_path, 'print("a " .. params.k) error("b " .. params.k)')
    key = "sk-0123456789abcdef"
    done = llmspell("run", name, "--param", f"k={key}", OPENAI_API_KEY=key)
    assert done.status == 1
    assert key not in done.out + done.err
    assert "a " in done.out


def test_a_wrong_configuration_tells_every_fault(llmspell, tmp_path):
    (tmp_path / "llmspell.toml").write_text("[events]\nbuffer_siz = 3\n[storage]\nbackend = 7\n[nonsense]\nx = 1\n")
    text = told(llmspell("config", "validate"), 3, 6001)
    assert "buffer_siz" in text
    assert "storage.backend" in text
    assert "nonsense" in text


@pytest.mark.parametrize(
    "words", [("tols",), ("run",), ("run", "x.lua", "--wrong"), ("tools", "wrong"), ("run", "x", "--param", "novalue")]
)
def test_a_wrong_command_line(llmspell, words):
    assert told(llmspell(*words), 2, 6101)


def test_verbose_adds_the_rest(llmspell, tmp_path):
    done = llmspell("tools", "run", "calculater", "expression=1", "--verbose")
    assert "Traceback" in done.err


def test_json_errors_are_documents(llmspell):
    import json

    done = llmspell("tools", "run", "calculater", "expression=1", "--json")
    assert json.loads(done.out)["error"]["code"] == 2001


def test_a_failing_event_handler_is_one_line_without_verbose(llmspell, tmp_path):
    text = 'Events.subscribe("x", function() error("broken handler") end)\nEvents.emit("x", {})\nprint("goes on")\n'
    name = spell(tmp_path, text)
    done = llmspell("run", name)
    assert (done.status, done.out) == (0, "goes on\n")
    assert re.fullmatch(r"WARNING .*broken handler\n", done.err), done.err
    assert "Traceback" in llmspell("run", name, "--verbose").err


def test_a_failing_event_handler_has_its_traceback_in_a_json_log(llmspell, tmp_path):
    (tmp_path / "llmspell.toml").write_text('[observability.logging]\nformat = "json"\n')
    name = spell(tmp_path, 'Events.subscribe("x", function() error("broken handler") end)\nEvents.emit("x", {})\n')
    line = json.loads(llmspell("run", name).err)
    assert line["message"].endswith("broken handler")
    assert line["exception"].startswith("Traceback")


def test_json_errors_keep_what_was_printed(llmspell, tmp_path):
    import json

    done = llmspell("run", spell(tmp_path, 'print("first") error("boom")'), "--json")
    told = json.loads(done.out)
    assert (told["output"], told["error"]["message"]) == (["first"], "boom")
