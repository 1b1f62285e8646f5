"""What a command says: results on standard output, everything else on standard error."""

from __future__ import annotations

import json
import os
import shutil
import sys
import traceback
from typing import TYPE_CHECKING, TextIO

from llmspell.errors import ExitCode, LlmspellError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

RED, YELLOW, DIM, BOLD, PLAIN = "\x1b[31m", "\x1b[33m", "\x1b[2m", "\x1b[1m", "\x1b[0m"


class Console:
    """Write for a person on a terminal, plainly into a pipe, as JSON when asked.

    `beside` joins the document of an error: what a failing command had to show all the same.
    `redact` masks secrets in everything that is written; it is set as soon as there is somebody who knows them.

    Colours follow `--color`, then NO_COLOR and FORCE_COLOR (no-color.org), then whether standard error is a terminal.
    """

    def __init__(
        self,
        *,
        as_json: bool = False,
        verbose: bool = False,
        color: str = "auto",
        out: TextIO | None = None,
        err: TextIO | None = None,
    ) -> None:
        self.as_json = as_json
        self.verbose = verbose
        self.out = out or sys.stdout
        self.err = err or sys.stderr
        self.color = _colourful(color, self.err)
        self.redact: Callable[[str], str] = str
        self.beside: dict[str, object] = {}
        self._broken = False

    def print(self, text: str = "") -> None:
        """Write a line of the result."""
        self._write(self.redact(text) + "\n")

    def data(self, value: object) -> None:
        """Write the result as one JSON document."""
        text = self.redact(json.dumps(value, ensure_ascii=False, indent=2, default=str)) + "\n"
        self._write(text.encode("utf-8", "backslashreplace").decode())  # JSON writes a lone surrogate as an escape, too

    def closed(self) -> bool:
        """Tell whether the reader of our output has gone."""
        try:
            self.out.flush()
            self.err.flush()
        except BrokenPipeError:
            return True
        return self._broken

    def _write(self, text: str) -> None:
        try:
            self.out.write(text)
        except BrokenPipeError:
            self._broken = True
            raise
        except UnicodeEncodeError:  # a byte of a file name that is no text, or an output that is not UTF-8
            encoding = self.out.encoding or "ascii"
            self.out.write(text.encode(encoding, "backslashreplace").decode(encoding))

    def note(self, text: str) -> None:
        """Tell something that is not the result."""
        self._tell(self.paint(text, DIM))

    def warn(self, text: str) -> None:
        """Tell something that may need attention."""
        self._tell(self.paint(f"warning: {text}", YELLOW))

    def paint(self, text: str, style: str) -> str:
        """Colour a text when colours are on."""
        return f"{style}{text}{PLAIN}" if self.color else text

    def table(self, rows: Iterable[Sequence[str]], header: Sequence[str]) -> None:
        """Write rows in columns as wide as their contents; on a terminal a line ends at its edge."""
        lines = [header, *rows]
        widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
        room = shutil.get_terminal_size().columns if self.out.isatty() else None
        for number, line in enumerate(lines):
            text = "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            text = text if room is None or len(text) <= room else text[: room - 1] + "…"
            bold = number == 0 and self.color and self.out.isatty()
            self.print(f"{BOLD}{text}{PLAIN}" if bold else text)

    def _tell(self, text: str) -> None:
        self.err.write(self.redact(text) + "\n")
        self.err.flush()

    def error(self, error: BaseException) -> int:
        """Tell an error in three lines (what; where; what to do next) and give the exit status."""
        if isinstance(error, KeyboardInterrupt):
            self.note("interrupted")
            return ExitCode.INTERRUPT
        if not isinstance(error, LlmspellError):
            return self._unexpected(error)
        if self.as_json:
            self.data({"error": error.to_dict(), **self.beside})
        head = self.paint(f"error[{error.code}]", RED)
        self._tell(f"{head}: {_one_line(error.message)}")
        self._tell(f"  at: {error.where or _place(error)}")
        self._tell(f"  next: {'; or '.join(error.suggestions) or 'run again with --verbose to see more'}")
        if self.verbose:
            self._rest(error)
        return error.exit_code

    def _unexpected(self, error: BaseException) -> int:
        if self.as_json:
            self.data(
                {
                    "error": {"type": "internal", "code": 6009, "message": f"{type(error).__name__}: {error}"},
                    **self.beside,
                }
            )
        head = self.paint("error[6009]", RED)
        self._tell(f"{head}: llmspell failed: {type(error).__name__}: {_one_line(str(error))}")
        self._tell("  at: inside llmspell, which is a fault of it")
        self._tell("  next: run again with --verbose and report what it prints")
        if self.verbose:
            self._tell("".join(traceback.format_exception(error)).rstrip())
        return ExitCode.SPELL

    def _rest(self, error: LlmspellError) -> None:
        if error.stack:
            self._tell(error.stack.rstrip())
        if error.context:
            self._tell(f"  context: {json.dumps(error.context, default=str, ensure_ascii=False)}")
        self._tell("".join(traceback.format_exception(error)).rstrip())


def _colourful(wish: str, stream: TextIO) -> bool:
    if wish != "auto":
        return wish == "always"
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb")


def _one_line(text: str) -> str:
    return " ".join(text.split("\n")).strip()


def _place(error: LlmspellError) -> str:
    for key in ("tool", "provider", "plugin", "hook", "path", "name"):
        value = error.context.get(key)
        if value:
            return f"{key} {value}"
    return "the command line"
