"""Where inputs come from: a terminal, with line editing and a history where the system has them, or a stream."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout, suppress
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

    from llmspell.cli.console import Console

try:
    import readline
except ImportError:  # not on every system
    readline = None  # type: ignore[assignment]

HISTORY = 1000
"""Lines that are remembered."""
DELIMITERS = " \t\n\"'`@$><=;|&{}[](),+*%!?~^"
"""What ends a word for the Tab key: a dot, a colon and a slash do not."""


class Words(Protocol):
    """What the Tab key offers."""

    def offers(self, text: str) -> list[str]:
        """Give the words that `text`, the word before the cursor, may become."""
        ...


def asked(console: Console, prompt: str, *, kept: bool = True) -> str | None:
    """Ask for a line, which the history keeps or not; None at the end of the input; raises `KeyboardInterrupt`."""
    before = 0
    if readline is not None:
        before = readline.get_current_history_length()
    try:
        with redirect_stdout(console.out):  # lines are edited only where both ends are the terminal's
            return input(prompt)
    except EOFError:
        console.print()
        return None
    finally:
        if not kept:
            _forget(before)


def _forget(before: int) -> None:
    """Take what was typed since then out of the history."""
    if readline is not None:
        for _ in range(before, readline.get_current_history_length()):
            readline.remove_history_item(before)


class Terminal:
    """Ask for a line. Enter it to have what was typed remembered."""

    def __init__(self, console: Console, history: Path, words: Words) -> None:
        self._console = console
        self._history = history
        self._words = words
        self._offers: list[str] = []

    def __enter__(self) -> Self:
        if readline is not None:
            with suppress(OSError):  # there is none yet, or it is not ours to read
                readline.read_history_file(self._history)
            readline.set_history_length(HISTORY)
            readline.set_completer_delims(DELIMITERS)
            readline.set_completer(self._complete)
            editline = "libedit" in (readline.__doc__ or "")
            readline.parse_and_bind("bind ^I rl_complete" if editline else "tab: complete")
        return self

    def __exit__(self, *error: object) -> None:
        if readline is not None:
            readline.set_completer(None)
            try:
                self._history.parent.mkdir(parents=True, exist_ok=True)
                readline.write_history_file(self._history)
            except OSError as failure:
                self._console.warn(f"the history cannot be kept in {self._history}: {failure.strerror}")

    def line(self, prompt: str) -> str | None:
        """Give the next line, None at the end of the input; raises `KeyboardInterrupt`."""
        return asked(self._console, prompt)

    def _complete(self, text: str, state: int) -> str | None:
        if state == 0:
            self._offers = self._words.offers(text)
        return self._offers[state] if state < len(self._offers) else None


class Piped:
    """Read lines of a stream, without prompts."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def line(self, prompt: str) -> str | None:  # noqa: ARG002 - a terminal asks
        """Give the next line, None at the end."""
        stream: Any = sys.stdin
        text: str = stream.readline()
        return text.rstrip("\n") if text else None
