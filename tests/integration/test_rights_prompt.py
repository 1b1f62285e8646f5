"""A right that is missing is asked for at a terminal, and nowhere else."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import pytest

from tests.integration.terminal import Prompt

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("llmspell_engine_lua", reason="the spells are in Lua")
pytest.importorskip("llmspell_tools_files", reason="the tools are those for files")

END = "n no: "
READ = """
local function read(path)
    local ok, result = pcall(function() return Tools.get("file_reader"):execute({path = path}) end)
    print(path .. ": " .. (ok and "read" or "denied"))
end
"""
TWICE = READ + 'read("a.txt") read("a.txt")'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("hello")
    return tmp_path


def at_terminal(folder: Path, source: str, *words: str) -> Prompt:
    (folder / "spell.lua").write_text(source)
    return Prompt(folder, "run", "spell.lua", *words)


@pytest.mark.parametrize(
    ("answer", "outcomes", "questions"),
    [("o\n", ["read", "read"], 2), ("r\n", ["read", "read"], 1), ("n\n", ["denied", "denied"], 1)],
)
def test_once_is_for_the_call_and_the_rest_for_the_run(
    folder: Path, answer: str, outcomes: list[str], questions: int
) -> None:
    prompt = at_terminal(folder, TWICE)
    for _ in range(questions):
        told = prompt.until(END)
        assert "tool file_reader may not read files (fs.read):" in told
        assert f'"{folder}/a.txt"' in told
        prompt.type(answer)
    for outcome in outcomes[questions - 1 :]:
        assert END not in prompt.until(f"a.txt: {outcome}")
    assert prompt.end() == 0


def test_always_is_written_to_the_project(folder: Path) -> None:
    (folder / "llmspell.toml").write_text("# mine\n")
    prompt = at_terminal(folder, TWICE)
    prompt.until(END)
    prompt.type("what?\n")
    prompt.until(END)
    prompt.type("a\n")
    prompt.until("wrote it to")
    prompt.until("a.txt: read")
    assert prompt.end() == 0
    assert tomllib.loads((folder / "llmspell.toml").read_text()) == {"permissions": {"allow": ["fs.read=./a.txt"]}}
    again = at_terminal(folder, TWICE)
    assert END not in again.until("a.txt: read")
    assert again.end() == 0


def test_the_end_of_the_input_grants_nothing(folder: Path) -> None:
    prompt = at_terminal(folder, TWICE)
    prompt.until(END)
    prompt.type("\x04")
    prompt.until("a.txt: denied")
    assert prompt.end() == 0


def test_interrupting_a_question_ends_the_run(folder: Path) -> None:
    prompt = at_terminal(folder, TWICE)
    prompt.until(END)
    prompt.type("\x03")
    prompt.until("interrupted")
    assert prompt.end() == 130


def test_the_loop_goes_on_while_a_question_waits_and_takes_it_back(folder: Path) -> None:
    source = """
        local ok = pcall(function() return Tools.get("file_reader"):execute({path = "a.txt"}, {timeout = 1}) end)
        print(ok and "read" or "gave up")"""
    prompt = at_terminal(folder, source)
    prompt.until(END)
    prompt.until("gave up")
    assert prompt.end() == 0


def test_requests_side_by_side_are_asked_one_after_the_other(folder: Path) -> None:
    source = READ + 'Async.all({function() read("a.txt") end, function() read("b.txt") end})'
    prompt = at_terminal(folder, source)
    assert prompt.until(END).count("may not read") == 1
    prompt.type("r\n")
    assert prompt.until(END).count("may not read") == 1
    prompt.type("n\n")
    prompt.until("b.txt: denied")
    assert prompt.end() == 0


def test_a_name_cannot_forge_a_question(folder: Path) -> None:
    name = "x\\ngrant it? y\\27[2K"
    source = f'pcall(function() Tools.get("process_runner") end)\n{READ}read("{name}")'
    prompt = at_terminal(folder, source)
    prompt.until("denied")  # such a name is refused before anybody is asked
    assert prompt.end() == 0


def test_what_a_spell_prints_while_somebody_is_asked_comes_later(folder: Path) -> None:
    source = READ + 'Async.all({function() read("a.txt") end, function() Async.sleep(1) print("\\27[1Aforged") end})'
    prompt = at_terminal(folder, source)
    prompt.until(END)
    prompt.type("what?\n")
    assert "forged" not in prompt.until(END)
    prompt.type("r\n")
    prompt.until("forged")
    assert prompt.end() == 0


def test_what_was_typed_before_a_question_is_no_answer(folder: Path) -> None:
    prompt = at_terminal(folder, 'print("ready") Async.sleep(300)' + TWICE)
    prompt.until("ready")
    prompt.type("a\n")
    prompt.until(END)
    prompt.type("n\n")
    prompt.until("a.txt: denied")
    assert prompt.end() == 0


@pytest.mark.parametrize("words", [("--no-prompt",), ("--deny-read=a.txt",)])
def test_nobody_is_asked_who_does_not_want_to_be(folder: Path, words: tuple[str, ...]) -> None:
    prompt = at_terminal(folder, TWICE, *words)
    assert END not in prompt.until("a.txt: denied")
    assert prompt.end() == 0


def test_nor_where_the_configuration_says_so(folder: Path) -> None:
    (folder / "llmspell.toml").write_text("[permissions]\nprompt = false\n")
    prompt = at_terminal(folder, TWICE)
    assert END not in prompt.until("a.txt: denied")
    assert prompt.end() == 0


def test_nor_where_standard_input_is_no_terminal(folder: Path) -> None:
    (folder / "spell.lua").write_text(TWICE)
    ended = subprocess.run(
        [sys.executable, "-m", "llmspell", "run", "spell.lua"],
        cwd=folder,
        input="o\no\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout == "a.txt: denied\na.txt: denied\n"
    assert END not in ended.stderr


@pytest.mark.parametrize(("answer", "outcome"), [("r\n", "read"), ("n\n", "denied")])
def test_a_header_is_asked_for_in_one_question(folder: Path, answer: str, outcome: str) -> None:
    prompt = at_terminal(folder, f"-- @allow-read: a.txt\n-- @allow-run: git\n{TWICE} read('b.txt')")
    told = prompt.until(END)
    assert f'read files (fs.read): "{folder}/a.txt"' in told
    assert 'run programs (process.exec): "git"' in told
    prompt.type("o\n")  # once is no answer here: the rights of a header are for the run
    prompt.until(END)
    prompt.type(answer)
    prompt.until(f"a.txt: {outcome}")
    assert END not in prompt.until("b.txt: denied")
    assert prompt.end() == 0


def test_a_prompt_for_code_and_one_for_rights_share_the_keyboard(folder: Path) -> None:
    prompt = Prompt(folder, "repl")
    prompt.until("lua> ")
    prompt.type('return Tools.get("file_reader"):execute({path = "a.txt"}).success\n')
    prompt.until(END)
    prompt.type("r\n")
    prompt.until("true")
    prompt.until("lua> ")
    prompt.type('return Tools.get("file_reader"):execute({path = "b.txt"}).success\n')
    prompt.until(END)
    prompt.type("\x03\n")  # Enter wakes a readline that was about to wait
    prompt.until("interrupted")
    prompt.until("lua> ")
    prompt.type("return 6 * 7\n")
    prompt.until("42")
    prompt.until("lua> ")
    prompt.type("\x04")
    assert prompt.end() == 0


@pytest.mark.parametrize("config", ["", '[permissions]\ndeny = ["fs.read=private.txt"]\n'])
def test_what_is_denied_stays_denied_with_every_right(llmspell, tmp_path, config):
    (tmp_path / "private.txt").write_text("x")
    (tmp_path / "llmspell.toml").write_text(config)
    deny = [] if config else ["--deny-read=private.txt"]
    done = llmspell("tools", "run", "file_reader", "path=private.txt", "--allow-all", *deny)
    assert done.status == 4, done
    assert "denies it, and deny beats allow" in done.err


def test_a_file_named_beside_every_right_is_named(llmspell, tmp_path):
    words = ("tools", "run", "file_writer", "path=llmspell.toml", "content=x", "--allow-all")
    assert "must be granted by name" in llmspell(*words).err
    assert llmspell(*words, "--allow-write=llmspell.toml").status == 0
