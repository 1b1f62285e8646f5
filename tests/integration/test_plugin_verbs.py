"""A plugin adds verbs to the command line: from an installed distribution and from a file."""

from __future__ import annotations

import json

import pytest

PLUGIN = """
from llmspell.errors import ValidationError
from llmspell.spec import Component, hookimpl, tool
from llmspell.spec.arguments import Argument, command

def twice(n: int) -> int:
    return 2 * n

@hookimpl
def llmspell_tools():
    return [tool("twice", __name__ + ":twice", "Double.", category="test")]

@hookimpl
def llmspell_commands():
    words = Argument("words", "what to say", (), "rest")
    times = Argument("times", "how often", ("--times",), "int", default=1)
    lost = command("lost", "nothing_like_it.here:run", "Have no module.")
    fail = command("fail", __name__ + ":fail", "Fail.")
    wrong = command("wrong", __name__ + ":wrong", "Fail in the way of llmspell.")
    say = command("say", __name__ + ":say", "Say something.", arguments=[words, times], aliases=["tell"])
    return [command("parrot", __name__ + ":say", "Speak.", verbs=[say, lost, fail, wrong])]

def say(args, console):
    said = " ".join(args.words * args.times)
    console.data({"said": said}) if console.as_json else console.print(said)
    return 3 if not args.words else 0

def fail(args, console):
    raise KeyError("the perch")

def wrong(args, console):
    raise ValidationError("no such word")
"""


@pytest.fixture
def installed(tmp_path):
    """Install the plugin as a distribution with one entry point per kind; gives the environment that finds it."""
    site = tmp_path / "site"
    info = site / "acme_parrot-1.2.dist-info"
    info.mkdir(parents=True)
    (site / "acme_parrot.py").write_text(PLUGIN)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-parrot\nVersion: 1.2\nSummary: A parrot.\n")
    (info / "entry_points.txt").write_text("[llmspell.v1]\ncommands.parrot = acme_parrot\ntools.parrot = acme_parrot\n")
    return {"PYTHONPATH": str(site)}


def test_an_installed_plugin_adds_its_verb(llmspell, installed):
    assert "parrot" in llmspell("--help", **installed).out
    done = llmspell("parrot", "say", "hello", "--times", "2", "there", **installed)
    assert (done.status, done.out, done.err) == (0, "hello there hello there\n", "")
    assert llmspell("parrot", "tell", **installed).status == 3
    assert json.loads(llmspell("parrot", "say", "x", "--json", **installed).out) == {"said": "x"}
    assert "Say something." in llmspell("parrot", "--help", **installed).out
    assert llmspell("tools", "run", "twice", "n=2", **installed).out == "4\n"


def test_a_file_named_on_the_command_line_adds_its_verb(llmspell, tmp_path):
    (tmp_path / "bird.py").write_text(PLUGIN)
    done = llmspell("parrot", "say", "hi", "-p", "./bird.py")
    assert (done.status, done.out) == (0, "hi\n"), done


def test_a_blocked_plugin_adds_nothing(llmspell, installed, tmp_path):
    assert "parrot" not in llmspell("--help", LLMSPELL_DISABLE="parrot", **installed).out
    for words, env in (
        (("parrot", "say", "x", "-p", "no:parrot"), {}),
        (("parrot", "say", "x"), {"LLMSPELL_DISABLE": "acme-parrot"}),
    ):
        done = llmspell(*words, **env, **installed)
        assert done.status == 2
        assert "blocked" in done.err
    (tmp_path / "llmspell.toml").write_text('[plugins]\nblock = ["parrot"]\n')
    assert llmspell("parrot", "say", "x", **installed).status == 2


@pytest.mark.parametrize(
    ("verb", "status", "told"),
    [
        ("fail", 5, "plugin parrot (acme-parrot) failed: KeyError: 'the perch'"),
        ("lost", 5, "nothing_like_it"),
        ("wrong", 2, "no such word"),
    ],
)
def test_a_verb_that_fails_is_told_in_the_name_of_its_plugin(llmspell, installed, verb, status, told):
    done = llmspell("parrot", verb, **installed)
    assert done.status == status
    assert told in done.err
    assert "fault of" not in done.err
    assert "Traceback" not in done.err
    assert "error" in json.loads(llmspell("parrot", verb, "--json", **installed).out)


def test_a_verb_of_a_broken_plugin_names_the_plugin(llmspell, installed, tmp_path):
    (tmp_path / "site" / "acme_parrot.py").write_text("raise RuntimeError('no feathers')")
    done = llmspell("parrot", "say", "x", **installed)
    assert done.status == 2
    assert "no feathers" in done.err


def test_info_tells_the_components_of_a_file(llmspell, tmp_path):
    (tmp_path / "bird.py").write_text(PLUGIN)
    about = json.loads(llmspell("plugins", "info", "bird", "-p", "./bird.py", "--json").out)
    assert {component["name"] for component in about["components"]} == {"parrot", "twice"}


@pytest.mark.parametrize("text", ["raise RuntimeError('no feathers')", None])
def test_info_and_doctors_tell_what_is_broken(llmspell, installed, tmp_path, text):
    broken = text or PLUGIN + "\n@hookimpl\ndef llmspell_executors():\n    return []\n"
    if text is None:
        broken = PLUGIN.replace("return [command(", "raise RuntimeError('no feathers')\n    return [command(")
    (tmp_path / "site" / "acme_parrot.py").write_text(broken)
    done = llmspell("plugins", "info", "parrot", **installed)
    assert done.status == 5
    assert "no feathers" in done.out
    as_data = llmspell("plugins", "info", "parrot", "--json", **installed)
    assert as_data.status == 5
    assert "no feathers" in json.loads(as_data.out)["error"]["message"]
    assert llmspell("plugins", "doctor", **installed).status == 5
    doctor = llmspell("doctor", "--json", **installed)
    assert doctor.status == 5
    assert json.loads(doctor.out)["healthy"] is False


WITH_APP = """
from pathlib import Path
from llmspell.spec import hookimpl, tool
from llmspell.spec.arguments import Argument, command

async def peek(path: str, ctx) -> str:
    return (await ctx.fs.read(path)).decode().strip()

@hookimpl
def llmspell_tools():
    return [tool("peek", __name__ + ":peek", "Look into a file.", category="test", needs={"fs.read"})]

@hookimpl
def llmspell_commands():
    path = Argument("path", "the file", completes="file")
    look = command("look", __name__ + ":look", "Look.", arguments=[path], app=True)
    cast = command("cast", __name__ + ":cast", "Run a spell.", arguments=[path], app=True)
    fail = command("fail", __name__ + ":fail", "Fail.", app=True)
    return [command("eyes", __name__ + ":look", "See.", verbs=[look, cast, fail])]

async def look(args, console, app):
    about = await app.describe("peek")
    async with app.run("eyes") as ctx:
        seen = await ctx.call("peek", {"path": args.path})
    console.data({"seen": seen, "schema": about["input_schema"]["required"], "tools": len(app.components("tool"))})

async def cast(args, console, app):
    console.print(str(await app.run_spell(Path(args.path), {"n": 20}, on_print=console.note)))
    return 3

async def fail(args, console, app):
    raise KeyError("the lens")
"""


@pytest.fixture
def eyes(llmspell, tmp_path):
    """Run verbs of a plugin that asks for the application."""
    (tmp_path / "eyes.py").write_text(WITH_APP)
    (tmp_path / "note.txt").write_text("hello\n")
    (tmp_path / "add.lua").write_text('print("adding") return params.n + 1')
    return lambda *words: llmspell("eyes", *words, "-p", "./eyes.py")


def test_a_verb_runs_a_tool_through_the_application(eyes):
    done = eyes("look", "note.txt", "--allow-read=.")
    assert (done.status, done.err) == (0, "")
    told = json.loads(done.out)
    assert (told["seen"], told["schema"]) == ("hello", ["path"])
    assert told["tools"] > 5


def test_a_verb_has_the_rights_of_the_command_line_and_no_more(eyes):
    done = eyes("look", "note.txt")
    assert done.status == 4
    assert "--allow-read" in done.err


def test_a_verb_runs_a_spell_through_the_application(eyes):
    done = eyes("cast", "add.lua")
    assert (done.status, done.out, done.err) == (3, "21\n", "adding\n")


def test_a_verb_with_an_application_that_fails_is_told_in_the_name_of_its_plugin(eyes):
    done = eyes("fail")
    assert done.status == 5
    assert "verb 'eyes' of plugin eyes" in done.err
    assert "the lens" in done.err


def test_a_verb_with_verbs_answers_to_singular_and_plural(llmspell, eyes, installed):
    assert llmspell("eye", "look", "note.txt", "--allow-read=.", "-p", "./eyes.py").status == 0
    assert llmspell("parrots", "say", "hi", **installed).out == "hi\n"
    assert "--allow-read" in eyes("look", "--help").out
    assert "--allow-read" not in llmspell("parrot", "say", "--help", **installed).out


@pytest.mark.parametrize(
    ("named", "told"), [("./missing.py", "missing.py is not there"), ("no_such.module", "no_such.module is not there")]
)
def test_a_plugin_that_was_named_and_is_nowhere_is_not_ready(llmspell, named, told):
    done = llmspell("plugins", "list", "-p", named, "--json")
    assert done.status == 5
    assert told in done.err
    last = json.loads(done.out)[-1]
    assert last["state"] == "failed"
    assert told in last["error"]["message"]
