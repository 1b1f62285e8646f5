"""Read the samples of a Markdown page: fenced blocks, indented commands, and the notes that say how to run them.

A note stands on the line before a fence, where no reader sees it: `<!-- test: file=words.lua append -->`. Its words are

    file=NAME      the block is that file of the page's folder; commands after it can use it
    append         it is added to the end of the file; `above=TEXT` puts it before the first line that begins with TEXT
    args="..."     flags for a Lua block that runs by itself
    pytest         the block is a test module, run by pytest
    install        the block is a `pyproject.toml`; from here on its distribution is installed
    server         a server of models answers; OPENAI_BASE_URL names it, and so does the variable of every other
                   provider that the block mentions
    model="..."    the scripted model to put beside a Lua file, as JSON
    also=".js .py" the commands of the block are run for files with these endings, too, and print the same
    skip="why"     the block is not run
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

WORDS = {"file", "append", "above", "also", "args", "pytest", "install", "model", "server", "skip"}
_NOTE = re.compile(r"\s*<!-- test: (.*?) -->\s*$")
_FENCE = re.compile(r"( *)(`{3,})(\w*)\s*$")
_COMMAND = re.compile(r"(?: {4}|\$ )(llmspell .*)$")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


class Sample(NamedTuple):
    """One block: where it begins, its language (`command` for indented commands), its text and its notes."""

    line: int
    language: str
    text: str
    notes: Mapping[str, str]


class Command(NamedTuple):
    """A command line and what the page says it prints; None when the page says nothing."""

    line: str
    output: str | None


def samples(page: Path) -> Iterator[Sample]:
    """Yield the samples of a page in order."""
    lines = page.read_text(encoding="utf-8").splitlines()
    notes: dict[str, str] = {}
    at = 0
    while at < len(lines):
        line = lines[at]
        if found := _NOTE.match(line):
            notes = _notes(found[1], page, at + 1)
        elif fence := _FENCE.match(line):
            end = next(i for i in range(at + 1, len(lines)) if lines[i].strip() == fence[2])
            text = "\n".join(one.removeprefix(fence[1]) for one in lines[at + 1 : end])
            yield Sample(at + 1, fence[3], text + "\n", notes)
            notes, at = {}, end
        elif command := _COMMAND.match(line):
            yield Sample(at + 1, "command", command[1], notes)
        elif line.strip():
            notes = {}
        at += 1


def _notes(text: str, page: Path, line: int) -> dict[str, str]:
    found = dict(word.partition("=")[::2] for word in shlex.split(text))
    unknown = set(found) - WORDS
    if unknown:
        message = f"{page}:{line}: a test note has no word {', '.join(unknown)}"
        raise ValueError(message)
    return found


def commands(sample: Sample) -> Iterator[Command]:
    """Yield the `llmspell` commands of a block; in a console block, lines up to the next `$` are a command's output."""
    if sample.language == "console":
        for ending in (".lua", *sample.notes.get("also", "").split()):
            for part in re.split(r"^\$ ", sample.text.replace(".lua", ending), flags=re.MULTILINE)[1:]:
                line, _, output = part.replace("\\\n", "").partition("\n")
                if line.startswith("llmspell "):
                    yield Command(line, output)
        return
    for line in sample.text.replace("\\\n", "").splitlines():
        if line.startswith("llmspell "):
            yield from (Command(one, None) for one in alternatives(line))


def alternatives(line: str) -> Iterator[str]:
    """Yield `llmspell tools list | show X` as two commands."""
    first, *others = line.split(" | ")
    yield first
    head = " ".join(first.split()[:2])
    yield from (f"{head} {other}" for other in others)


def matches(shown: str, printed: str) -> bool:
    """Compare what a page shows with what was printed; `...` stands for anything."""
    pattern = ".*?".join(map(re.escape, shown.strip().split("...")))
    return re.fullmatch(pattern, printed.strip(), re.DOTALL) is not None


def links(page: Path) -> Iterator[str]:
    """Yield the relative links of a page, without their anchors; code is no place for links."""
    text = re.sub(r"^( *)(`{3,}).*?^\1\2\s*$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    for target in _LINK.findall(re.sub(r"`[^`\n]*`", "", text)):
        if "://" not in target and not target.startswith(("#", "mailto:")):
            yield target.partition("#")[0]
