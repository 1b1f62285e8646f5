"""Which files `llmspell test spell` runs: those that are named, and in folders those that look like tests."""

from __future__ import annotations

from glob import glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING

from llmspell.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DEFAULT = "tests"
MARKS = ("test_", "_test", ".test", "-test", ".spec")
"""What the name of a file says, before its ending, when it holds tests."""


def find_files(words: Sequence[str], endings: Iterable[str]) -> list[Path]:
    """Give the files that words mean, each once: files, folders (with all below them) and patterns.

    Raises `UsageError` for a word that means none; `endings` are those that an engine runs.
    """
    known = frozenset(endings)
    found: dict[Path, None] = {}
    for word in words or (DEFAULT,):
        for path in _meant(word, known):
            found[path] = None
    return list(found)


def _meant(word: str, endings: frozenset[str]) -> list[Path]:
    path = Path(word)
    if path.is_file():
        return [path]
    if path.is_dir():
        found = [one for one in sorted(path.rglob("*")) if one.suffix in endings and _is_test(one) and one.is_file()]
        if found:
            return found
        message = f"there is no file of tests below {word!r}"
        raise UsageError(message, suggestions=[f"tests are files such as test_greeting{min(endings, default='.lua')}"])
    if has_magic(word):
        matched = [Path(one) for one in sorted(glob(word, recursive=True))]  # noqa: PTH207 - a pattern may be absolute
        if matched:
            return [one for one in matched if one.is_file() and one.suffix in endings]
    what = "no file fits" if has_magic(word) else "there is no file"
    message = f"{what} {word!r}"
    raise UsageError(message, suggestions=["check the path; relative ones start at the current folder"])


def _is_test(path: Path) -> bool:
    name = path.name.removesuffix(path.suffix)
    return name == "test" or name.startswith(MARKS[0]) or name.endswith(MARKS[1:])
