"""The question a shell asks, and the scripts in the shells themselves, where those are installed."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmspell.cli.completion import SCRIPTS, candidates, read, script_of

LINES = [
    ("llmspell to", "tools"),
    ("llmspell tool r", "run"),
    ("llmspell tools run calc", "calculator"),
    ("llmspell run --iso", "--isolation"),
    ("llmspell run --engine l", "lua"),
    ("llmspell run --isolation inl", "inline"),
    ("llmspell config explain events.bu", "events.buffer_size"),
    ("llmspell plugins info ut", "utilities"),
    ("llmspell run --config ode", "odes.toml"),
    ("llmspell help plugins doc", "doctor"),
    ("llmspell completion z", "zsh"),
]


def shell(name):
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@pytest.fixture
def here(tmp_path):
    """Give a folder with some files, and the environment in which `llmspell` is the one under test."""
    (tmp_path / "odes.toml").write_text("")
    (tmp_path / "ballad.lua").write_text("")
    (tmp_path / "songs").mkdir()
    commands = tmp_path / "bin"
    commands.mkdir()
    script = commands / "llmspell"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m llmspell "$@"\n')
    script.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LLMSPELL_")}
    path = f"{commands}:{os.environ['PATH']}"
    return tmp_path, {**kept, "HOME": str(tmp_path), "PATH": path, "PYTHONPATH": str(Path(__file__).parents[3])}


def run(here, *command, stdin=""):
    folder, environment = here
    done = subprocess.run(
        command, cwd=folder, env=environment, input=stdin, capture_output=True, text=True, timeout=50, check=False
    )
    assert done.returncode == 0, done
    return done.stdout


def asked(llmspell, *words):
    done = llmspell("__complete", "--", *words)
    assert (done.status, done.err) == (0, "")
    return done.out.splitlines()


def test_the_answer_is_a_kind_and_then_values_with_their_meaning(llmspell):
    assert asked(llmspell, "to") == ["-", "tools\tList, show and run tools."]
    assert asked(llmspell, "run", "") == ["file"]
    assert asked(llmspell, "run", "--allow", "fs.r") == ["-", "fs.read=\tread files"]
    assert "openai\tllmspell-provider-openai 0.1.0" in asked(llmspell, "plugins", "info", "")


@pytest.mark.parametrize("words", [("nope", ""), ("tools", "list", "x"), ("run", "--nope="), ("\udcff", "\udcff")])
def test_where_nothing_fits_there_is_no_answer(llmspell, words):
    assert asked(llmspell, *words) == []


def test_what_is_broken_is_never_told(llmspell, tmp_path):
    (tmp_path / "llmspell.toml").write_text("[plugins\n")
    (tmp_path / "bad.py").write_text("raise SystemExit('no')")
    assert "calculator\tEvaluate a mathematical expression." in asked(llmspell, "tools", "run", "-p", "./bad.py", "")
    assert asked(llmspell, "run", "--config", "nowhere.toml", "--engine", "l")[1].startswith("lua")
    assert asked(llmspell, "tools", "run", "-p", "!?", "") == []
    odd = llmspell("__complete", "--line", "llmspell 'tools", "=:", "and", "more")
    assert (odd.status, odd.out, odd.err) == (0, "-\ntools\tList, show and run tools.\n", "")


def test_verbs_of_plugins_are_completed_with_what_all_verbs_take(llmspell, tmp_path):
    bird = (
        "from llmspell.spec import hookimpl\nfrom llmspell.spec.arguments import Argument, command\n"
        "def say(args, console):\n    return 0\n"
        "@hookimpl\ndef llmspell_commands():\n"
        "    how = Argument('how', 'how', ('--how',), choices=('low', 'loud'))\n"
        "    return [command('parrots', __name__ + ':say', 'Speak.', verbs=[command('say', __name__ + ':say', 'S.',"
        " arguments=[how], app=True)])]\n"
    )
    load = ("-p", "./bird.py")
    (tmp_path / "bird.py").write_text(bird)
    assert asked(llmspell, "parrot", "say", *load, "--how", "lo") == ["-", "low", "loud"]
    flags = {line.split("\t")[0] for line in asked(llmspell, "parrots", "say", *load, "--")}
    assert {"--how", "--json", "--config", "--allow-read", "--help"} <= flags
    site = tmp_path / "site"
    (site / "acme_bird-1.dist-info").mkdir(parents=True)
    (site / "acme_bird.py").write_text(bird)
    (site / "acme_bird-1.dist-info" / "entry_points.txt").write_text("[llmspell.v1]\ncommands.bird = acme_bird\n")
    for words, told in (
        (("par",), "parrots\tSpeak."),
        (("parrot", ""), "say\tS."),
        (("help", "par"), "parrots\tSpeak."),
    ):
        done = llmspell("__complete", "--", *words, PYTHONPATH=str(site))
        assert done.out.splitlines() == ["-", told]


@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_each_script_is_printed(llmspell, name):
    assert llmspell("completion", name).out == script_of(name)
    told = json.loads(llmspell("completion", name, "--json").out)
    assert told == {"shell": name, "file": SCRIPTS[name], "script": script_of(name)}


def test_another_shell_is_a_usage_error(llmspell):
    done = llmspell("completion", "fsh")
    assert done.status == 2
    assert "did you mean fish?" in done.err


BASH = r"""
source <(llmspell completion bash)
COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
while IFS= read -r line; do
    COMP_LINE=$line COMP_POINT=${#line}
    _llmspell_completion llmspell "${line##*[ =]}" ""
    printf '%s\n' "${COMPREPLY[*]}"
done
"""


def test_bash(here):
    lines = [*LINES, ("llmspell run --allow=fs.wr", "fs.write="), ("llmspell run --config=od", "odes.toml")]
    lines += [("llmspell run ba", "ballad.lua"), ("llmspell nothing ", "")]
    out = run(here, shell("bash"), "--norc", "-c", BASH, stdin="".join(f"{line}\n" for line, _ in lines))
    assert out.splitlines() == [word for _, word in lines]
    assert "-F _llmspell_completion llmspell" in run(
        here, "bash", "--norc", "-c", 'eval "$(llmspell completion bash)"; complete -p llmspell'
    )


def test_fish(here):
    lines = [
        *LINES,
        ("llmspell run --allow=fs.wr", "--allow=fs.write="),
        ("llmspell run --config=od", "--config=odes.toml"),
    ]
    lines += [("llmspell run ba", "ballad.lua")]
    asks = "; ".join(f"complete -C'{line}'" for line, _ in [*lines, ("llmspell nothing ", "")])
    out = run(here, shell("fish"), "--no-config", "-c", f"llmspell completion fish | source; {asks}")
    assert [line.split("\t")[0] for line in out.splitlines()] == [word for _, word in lines]


def test_zsh(here):
    lines = [
        *LINES,
        ("llmspell run --allow=fs.wr", "--allow=fs.write="),
        ("llmspell run --config=od", "--config=odes.toml"),
    ]
    lines += [("llmspell run ba", "ballad.lua")]
    folder, environment = here
    terminal = Zsh(shell("zsh"), folder, environment)
    try:
        for line, word in lines:
            shown = terminal.press(f"{line}\t")
            assert shown.split()[-1] == word, (line, shown)
    finally:
        terminal.close()


class Zsh:
    """A zsh on a terminal of its own, with our script loaded."""

    def __init__(self, program, folder, environment):
        pid, self.fd = pty.fork()
        if pid == 0:
            os.chdir(folder)
            os.execve(program, [program, "-f", "-i"], {**environment, "TERM": "dumb", "COLUMNS": "200", "PS1": "% "})
        self.pid = pid
        setup = "bindkey -e; unsetopt beep zle_bracketed_paste; autoload -U compinit; compinit -u -D; "
        # A key that prints what stands in the line: by it we know that zsh has done with the keys before.
        setup += r"show() { print -r -- '<'$BUFFER'>'; BUFFER=; }; zle -N show; bindkey '^X' show; "
        os.write(self.fd, f"{setup}source <(llmspell completion zsh)\n".encode())

    def press(self, keys):
        os.write(self.fd, f"{keys}\x18".encode())
        read = b""
        while not (found := re.search(rb"<(llmspell[^>\r\n]*)>", read)):
            ready, _, _ = select.select([self.fd], [], [], 30)
            assert ready, read
            read += os.read(self.fd, 65536)
        return found[1].decode()

    def close(self):
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def test_a_plugin_that_prints_hangs_or_breaks_leaves_the_line_alone(llmspell, tmp_path):
    (tmp_path / "noise.py").write_text("import sys\nprint('NOISE')\nsys.stderr.write('NOISE')")
    (tmp_path / "hangs.py").write_text("import time\ntime.sleep(1000)")
    (tmp_path / "boom.py").write_text("raise KeyboardInterrupt")
    for name, found in (("noise", ["-", "calculator"]), ("hangs", []), ("boom", [])):
        told = asked(llmspell, "tools", "show", "-p", f"./{name}.py", "calc")
        assert [line.partition("\t")[0] for line in told] == found, name


WORDS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        [
            *("run", "tools", "show", "help", "config", "explain", "generate", "nope", "", "-", "--"),
            *("-p", "-p=", "--plugin=", "--config", "--allow", "--allow=", "--json", "--engine"),
            *("no:lua", "\0", "\udcff", "./none.py", "events."),
        ]
    ),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(WORDS, max_size=5), st.sampled_from([["--"], ["--line"], []]))
def test_no_question_gets_anything_but_candidates(words, how):
    question = [*how, " ".join(words), "=:"] if how == ["--line"] else [*how, *words]
    first, *lines = candidates(question) or ["-"]
    assert first in ("-", "file", "folder")
    current, breaks = read(question)[0][-1], read(question)[1]
    start = max((current.rfind(letter) + 1 for letter in breaks), default=0)
    assert all(line.startswith(current[start:]) and "\n" not in line for line in lines)
