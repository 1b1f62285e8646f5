"""`llmspell completion SHELL` prints a shell's script; the script asks back with the words typed so far.

The question is `llmspell __complete -- WORD...`, or `llmspell __complete --line LINE BREAKS` where the shell does not
split words as we need them: LINE is the line up to the cursor, BREAKS the characters at which the shell breaks a word
into parts that it completes one by one. The answer is a line `file`, `folder` or `-`, then `VALUE<tab>MEANING` lines.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from llmspell.cli.completing import Answer, complete
from llmspell.cli.streams import silence

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from llmspell.cli.console import Console

SCRIPTS = {"bash": "llmspell.bash", "zsh": "_llmspell", "fish": "llmspell.fish", "powershell": "llmspell.ps1"}
"""Names of the scripts as their shells want them, in `shells/`."""

PATIENCE = 5
"""Seconds after which an answer is of no use to whoever pressed a key."""


def run(args: argparse.Namespace, console: Console) -> int:
    """Print the script of one shell; its first lines say where to put it."""
    script = script_of(args.shell)
    if console.as_json:
        console.data({"shell": args.shell, "file": SCRIPTS[args.shell], "script": script})
    else:
        console.print(script.rstrip("\n"))
    return 0


def script_of(shell: str) -> str:
    """Give the text of one shell's script."""
    return (Path(__file__).parent / "shells" / SCRIPTS[shell]).read_text(encoding="utf-8")


def answer(question: Sequence[str]) -> int:
    """Answer a shell; it is asked at every press of a key, so whatever is wrong there is nothing to say about it."""
    lines = candidates(question)
    try:
        if lines:
            sys.stdout.buffer.write("\n".join([*lines, ""]).encode("utf-8", "surrogateescape"))
            sys.stdout.flush()
    except (OSError, KeyboardInterrupt):
        silence(sys.stdout)  # or a closed pipe is told about at exit
    return 0


def candidates(question: Sequence[str]) -> list[str]:
    """Give the lines of the answer, none where anything is wrong.

    A plugin that is imported for it prints nowhere, and has `PATIENCE` seconds.
    """
    nowhere = StringIO()
    try:
        with redirect_stdout(nowhere), redirect_stderr(nowhere), _limited():
            return _lines(question)
    except (Exception, SystemExit, KeyboardInterrupt):  # noqa: BLE001 - a message would land in the line being typed
        return []


@contextmanager
def _limited() -> Iterator[None]:
    """End the process after a while, where the system has alarms: a plugin that hangs must not hang the shell."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return
    before = signal.signal(signal.SIGALRM, lambda _number, _frame: os._exit(0))
    signal.alarm(PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _lines(question: Sequence[str]) -> list[str]:
    words, breaks = read(question)
    found = ask(words)
    if not found.offers and not found.paths:
        return []
    skip = _before_break(words[-1], breaks)
    offers = (f"{value[skip:]}\t{' '.join(text.split())}".rstrip() for value, text in found.offers)
    return [found.paths or "-", *offers]


def read(question: Sequence[str]) -> tuple[list[str], str]:
    """Give the words up to the cursor, the last of which is being typed, and the characters that break one."""
    if question[:1] == ["--line"]:
        line, breaks = (*question[1:], "", "")[:2]
        return split(line)[1:] or [""], breaks
    return list(question[1:] if question[:1] == ["--"] else question) or [""], ""


def split(line: str) -> list[str]:
    """Split a line as a shell does, though a quotation may not be closed yet; the last word may be empty."""
    words, word, started, quote = [], "", False, ""
    letters = iter(line)
    for letter in letters:
        if quote:
            quote, word = ("", word) if letter == quote else (quote, word + letter)
        elif letter in "'\"":
            quote, started = letter, True
        elif letter == "\\":
            word, started = word + next(letters, ""), True
        elif letter.isspace():
            words += [word] if word or started else []
            word, started = "", False
        else:
            word += letter
    return [*words, word]


def _before_break(word: str, breaks: str) -> int:
    """Count the letters of a word that the shell takes as done: `--allow=` of `--allow=fs`."""
    return max((word.rfind(letter) + 1 for letter in breaks if letter in "=:"), default=0)


def ask(words: Sequence[str]) -> Answer:
    """Complete with what is installed and configured here."""
    from llmspell.cli.completion_values import Installed  # noqa: PLC0415 - the scripts are printed without it

    here = Installed(words)
    return complete(words, here.commands(), here.values, here.takes)
