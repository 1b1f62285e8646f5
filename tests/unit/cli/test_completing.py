"""What could be typed next, on data of its own: verbs, flags, values, and lines that are half a quotation."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.cli.completing import Answer, complete
from llmspell.cli.completion import read, split
from llmspell.cli.table import COMMANDS
from llmspell.spec.arguments import Argument, command

CAST = command(
    "cast",
    "m:cast",
    "Cast.",
    arguments=(
        Argument("spell", "the spell", completes="file"),
        Argument("words", "tools to use", (), "rest", completes="tool"),
        Argument("mode", "how", ("-m", "--mode"), choices=("fast", "slow")),
        Argument("out", "where to", ("--out",), completes="folder"),
        Argument("plugins", "load", ("-p", "--plugin"), "list", completes="plugin"),
        Argument("loud", "shout", ("--loud",), "flag"),
    ),
)
BOOKS = command(
    "books",
    "m:show",
    "Read books.",
    verbs=(command("open", "m:open", "Open one."), command("burn", "m:burn", "Burn one.")),
)
HELP = command("help", "m:help", "Help.", arguments=(Argument("words", "verb", (), "rest", completes="verb"),))
TABLE = (CAST, BOOKS, HELP)


def own(one) -> Any:
    return one.extra["arguments"]


def values(kind):
    return {"tool": [("hammer", "hits"), ("harp", "sings")], "plugin": [("acme", "1.0")]}.get(kind, [])


def offered(*words):
    return complete(words, TABLE, values, own)


def names(*words):
    return [value for value, _ in offered(*words).offers]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("",), ["cast", "books", "help"]),
        (("c",), ["cast"]),
        (("--v",), ["--version"]),
        (("books", ""), ["open", "burn"]),
        (("book", "o"), ["open"]),
        (("books", "nothing", ""), []),
        (("nothing", ""), []),
        (("cast", "--m"), ["--mode"]),
        (("cast", "--mode", ""), ["fast", "slow"]),
        (("cast", "-m", "s"), ["slow"]),
        (("cast", "--mode=f"), ["--mode=fast"]),
        (("cast", "--loud=f"), []),
        (("cast", "--nothing=f"), []),
        (("cast", "a.lua", "ha"), ["hammer", "harp"]),
        (("cast", "--loud", "a.lua", "--mode", "fast", "x", "har"), ["harp"]),
        (("cast", "a.lua", "--", "--m"), []),
        (("help", ""), ["cast", "books", "help"]),
        (("help", "books", "b"), ["burn"]),
        (("help", "cast", ""), []),
        ((), ["cast", "books", "help"]),
    ],
)
def test_names(words, found):
    assert names(*words) == found


def test_files_and_folders_are_left_to_the_shell():
    assert offered("cast", "x") == Answer((), "file")
    assert offered("cast", "-") == Answer((), "file")  # standard input, and no flag
    assert offered("cast", "--out", "x") == Answer((), "folder")
    assert offered("cast", "--out=x") == Answer((), "folder")
    assert offered("cast", "-p", "") == Answer((("acme", "1.0"),), "file")


def test_a_flag_comes_with_its_meaning():
    assert ("--loud", "shout") in offered("cast", "--").offers
    assert ("--help", "tell what this verb does") in offered("cast", "--").offers


@given(st.lists(st.text(max_size=12), max_size=6))
def test_no_words_break_it(words):
    answer = complete(words, COMMANDS, lambda _: [], own)
    last = words[-1] if words else ""
    assert all(value.startswith(last) for value, _ in answer.offers)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("llmspell to", ["llmspell", "to"]),
        ("llmspell tools ", ["llmspell", "tools", ""]),
        ("  llmspell  'a b'  \"c", ["llmspell", "a b", "c"]),
        ("x 'open", ["x", "open"]),
        ("x a\\ b", ["x", "a b"]),
        ("x '' y", ["x", "", "y"]),
        ("x \\", ["x", ""]),
        ("", [""]),
    ],
)
def test_lines_are_split_as_far_as_they_go(line, words):
    assert split(line) == words


@pytest.mark.parametrize(
    ("question", "words", "breaks"),
    [
        (["--line", "llmspell run --allow=fs", "=:"], ["run", "--allow=fs"], "=:"),
        (["--line", "llmspell"], [""], ""),
        (["--line"], [""], ""),
        (["--", "run", ""], ["run", ""], ""),
        (["--"], [""], ""),
        ([], [""], ""),
    ],
)
def test_questions(question, words, breaks):
    assert read(question) == (words, breaks)
