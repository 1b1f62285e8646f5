from __future__ import annotations

import os
import shlex
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import llmspell.builtin.programs as shipped
from llmspell.errors import ConfigError, PermissionDeniedError
from llmspell.services.permission_commands import CommandPattern
from llmspell.services.process_arguments import judge
from llmspell.services.process_grammar import read_grammar

GREP = read_grammar(
    {
        "values": ["text", "path*"],
        "instead": {"-e": ["path*"]},
        "options": {"-i": True, "-n": True, "-e": "text", "-m": "number", "--max": "number", "--color": "?word"},
    },
    "grep",
)


def test_every_shipped_grammar_can_be_read():
    files = {path.stem for path in Path(str(shipped.__file__)).parent.glob("*.toml")}
    assert files == set(shipped.COMMANDS)
    for command in shipped.COMMANDS:
        assert read_grammar(getattr(shipped, command.capitalize()), command).summary
    with pytest.raises(AttributeError):
        _ = shipped.Bash


@pytest.mark.parametrize(
    ("argv", "becomes"),
    [
        ("-in x f", "-i -n -- x f"),
        ("x f -n", "-n -- x f"),
        ("-m3 x", "-m3 -- x"),
        ("-nm 3 x", "-n -m 3 -- x"),
        ("--max 3 x", "--max=3 -- x"),
        ("--color x", "--color -- x"),
        ("--color=never x", "--color=never -- x"),
        ("-e -x f", "-e -x -- f"),
        ("-- -x -f", "-- -x ./-f"),
        ("-i", "-i"),
    ],
)
def test_arguments_are_put_in_one_order(argv, becomes):
    assert shlex.join(judge(GREP, shlex.split(argv)).argv) == becomes


@pytest.mark.parametrize(
    "argv", ["-o x", "--ma 3 x", "-m", "-m x y", "--max=x y", "--color=a/b x", "-im", "--i x", "-inR x", "--max"]
)
def test_what_the_grammar_does_not_know_is_refused(argv):
    with pytest.raises(PermissionDeniedError, match="grep may not be given"):
        judge(GREP, shlex.split(argv))


def test_a_value_is_a_path_where_another_option_took_the_expression():
    assert judge(GREP, ["x", "f"]).paths == (("f", True),)
    assert judge(GREP, ["-e", "x", "f"]).paths == (("f", True),)
    assert judge(GREP, ["f", "-e", "x"]).paths == (("f", True),)


@given(st.lists(st.sampled_from(["-i", "-n", "-e", "-m", "--max", "--", "3", "x", "-", "-x", "--color", "-in"])))
def test_what_was_judged_is_judged_alike_again(argv):
    try:
        once = judge(GREP, argv)
    except PermissionDeniedError:
        return
    again = judge(GREP, once.argv)
    assert (again.argv, again.paths) == (once.argv, once.paths)
    pairs = zip(("", *once.argv), once.argv, strict=False)
    end = (at for at, (before, one) in enumerate(pairs) if one == "--" and before != "-e")  # `-e --` looks for `--`
    assert not [
        one for one in once.argv[next(end, len(once.argv)) + 1 :] if one in ("-i", "-n", "--color") and one not in argv
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("option = 1", "option"),
        ("values = ['texts']", "values"),
        ("values = ['text*', 'path']", "values"),
        ("[options]\n'-x' = 'nothing'", "options.-x"),
        ("[options]\nx = true", "options.x"),
        ("[instead]\n'-x' = ['text']", "instead.-x"),
        ("[commands.log]\nvalues = 'text'", "commands.log.values"),
        ("[environment]\n'A B' = 'x'", "environment.A B"),
        ("free = 'yes'", "free"),
        ("[asks]\nargv = []", "asks"),
    ],
)
def test_a_faulty_grammar_tells_where(text, place):
    with pytest.raises(ConfigError) as caught:
        read_grammar(tomllib.loads(text), "x")
    assert [path for path, _ in caught.value.faults] == [place]


@pytest.mark.parametrize(
    ("pattern", "line", "covered"),
    [
        ("git", "git", True),
        ("git", "git log -p", True),
        ("git", "gitk", False),
        ("g*", "git log", True),
        ("*", "anything at all", True),
        ("git log", "git log", True),
        ("git log", "git log -p", False),
        ("git log *", "git log", True),
        ("git log *", "git log -p x", True),
        ("git log *", "git logs", False),
        ("make test-*", "make test-unit", True),
        ("make test-*", "make test-unit install", False),
        ("echo 'a b'", "echo 'a b'", True),
        ("echo 'a b'", "echo a b", False),
        ("echo [a]", "echo a", False),
    ],
)
def test_what_a_rule_covers(pattern, line, covered):
    assert CommandPattern(pattern).covers(line) is covered
    assert CommandPattern(CommandPattern(pattern).text).covers(line) is covered


@pytest.mark.parametrize(
    ("pattern", "line", "touched"),
    [
        ("git", "git log", True),
        ("git push", "git --no-pager push origin", True),
        ("git push", "git log", False),
        ("grep -r", "grep -i -n -r x", True),
        ("git push *", "git push", True),
        ("*", "git", True),
        ("git push", "*", True),
    ],
)
def test_what_a_denying_rule_touches(pattern, line, touched):
    assert CommandPattern(pattern).touches(line) is touched


@pytest.mark.parametrize("text", ["git 'log", "  "])
def test_what_is_no_command(text):
    with pytest.raises(ConfigError):
        CommandPattern(text)


@pytest.mark.skipif(sys.platform != "linux", reason="the permissions of files are POSIX's")
def test_a_program_that_everybody_may_replace_is_passed_by(tmp_path):
    from llmspell.errors import ResourceUnavailableError
    from llmspell.services.process import find_program

    (tmp_path / "x").touch()
    os.chmod(tmp_path / "x", 0o777)
    with pytest.raises(ResourceUnavailableError):
        find_program("x", [str(tmp_path)])
