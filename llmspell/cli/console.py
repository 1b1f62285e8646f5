"""What a command says: results on standard output, everything else on standard error."""

from __future__ import annotations

import json
import os
import sys
import traceback
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

from llmspell.errors import ExitCode, InternalError, LlmspellError, SystemFailure

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from llmspell.cli.progress import StatusLine

RED, GREEN, YELLOW, DIM, BOLD, PLAIN = "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[2m", "\x1b[1m", "\x1b[0m"

RAISE = {
    4004: "raise [scripting] max_cpu_time, if the spell needs longer",
    4005: "raise [scripting] max_memory_usage, if the spell needs more",
}
"""What to do next, by code, about limits of a spell that nothing says more of."""


class Console:
    """Write for a person on a terminal, plainly into a pipe, as JSON when asked.

    `beside` joins the document of an error: what a failing command had to show all the same.
    `redact` masks secrets in everything that is written; it is set as soon as there is somebody who knows them.

    Colours follow `--color`, then NO_COLOR and FORCE_COLOR (no-color.org), then whether the stream is a terminal: each
    of the two for itself. With `quiet` there are no notes and no line of progress.
    """

    def __init__(
        self,
        *,
        as_json: bool = False,
        verbose: bool = False,
        quiet: bool = False,
        color: str = "auto",
        out: TextIO | None = None,
        err: TextIO | None = None,
    ) -> None:
        self.as_json = as_json
        self.verbose = verbose
        self.out = out or sys.stdout
        self.err = err or sys.stderr
        self.quiet = quiet
        self.color = _colourful(color, self.err)
        self._color_out = _colourful(color, self.out)
        self.redact: Callable[[str], str] = str
        self.beside: dict[str, object] = {}
        self._gone = False
        self._full = False
        self._line: StatusLine | None = None
        self._held: list[tuple[TextIO, str]] | None = None

    def set(self, args: argparse.Namespace) -> None:
        """Take over how a command wants to be told things, once its flags are parsed."""
        self.quiet = bool(getattr(args, "quiet", False))
        wish = getattr(args, "color", "auto")
        if wish in ("auto", "always", "never"):  # a plugin's verb may have a `--color` of another meaning
            self.color, self._color_out = _colourful(wish, self.err), _colourful(wish, self.out)

    @property
    def line(self) -> StatusLine | None:
        """Give the line of progress; None where there is no terminal to draw it on."""
        if self._line is None and not self.quiet and self.err.isatty() and os.environ.get("TERM") != "dumb":
            from llmspell.cli.progress import StatusLine  # noqa: PLC0415 - only terminals pay for it

            self._line = StatusLine(self.err)
        return self._line

    def hush(self) -> None:
        """Take the line of progress away, before something else is written."""
        if self._line is not None:
            self._line.clear()

    def print(self, text: str = "") -> None:
        """Write a line of the result."""
        self._write(self.redact(text) + "\n")

    def piece(self, text: str) -> None:
        """Write a part of a line of the result at once; secrets are masked by the caller, who sees more of the text."""
        self._write(text)
        self.out.flush()

    def data(self, value: object) -> None:
        """Write the result as one JSON document."""
        unicode = (self.out.encoding or "").lower().startswith("utf")  # else everything is written as JSON's escapes
        text = self.redact(json.dumps(value, ensure_ascii=not unicode, indent=2, default=str)) + "\n"
        self._write(text.encode("utf-8", "backslashreplace").decode())  # a lone surrogate is an escape in any case

    def closed(self) -> bool:
        """Tell whether the reader of our output has gone."""
        try:
            self.out.flush()
            self.err.flush()
        except BrokenPipeError:
            return True
        return self._gone

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold everything else back while somebody is asked: what a spell prints must not change what is read.

        What was printed before it must not either: colours are reset.
        """
        self.hush()
        if self._line is not None:
            self._line.paused = True
        if self.err.isatty() and os.environ.get("TERM") != "dumb":
            self.err.write(f"{PLAIN}\r")
        self._held = []
        try:
            yield
        finally:
            held, self._held = self._held, None
            if self._line is not None:
                self._line.paused = False
            for stream, text in held:
                self._write(text) if stream is self.out else self._tell(text)

    def _write(self, text: str) -> None:
        if self._held is not None:
            self._held.append((self.out, text))
            return
        self.hush()
        if self._full:  # it has been said
            return
        try:
            self.out.write(text)
        except BrokenPipeError:
            self._gone = True
            raise
        except OSError as error:  # a full disk
            from llmspell.cli.streams import refused, silence  # noqa: PLC0415 - hardly anybody pays for it

            self._full = True
            silence(self.out)
            raise refused(error) from error
        except UnicodeEncodeError:  # a byte of a file name that is no text, or an output that is not UTF-8
            encoding = self.out.encoding or "ascii"
            self.out.write(text.encode(encoding, "backslashreplace").decode(encoding))

    def note(self, text: str) -> None:
        """Tell something that is not the result."""
        if not self.quiet:
            self._tell(self.paint(text, DIM))

    def warn(self, text: str) -> None:
        """Tell something that may need attention."""
        self._tell(self.paint(f"warning: {text}", YELLOW))

    def warn_lines(self, lines: Iterable[str]) -> None:
        """Tell several lines that need attention, also while everything else is held back."""
        for line in lines:
            self._say(self.paint(line, YELLOW))

    def ask(self, prompt: str) -> None:
        """Write what an answer is typed behind."""
        self.hush()
        self.err.write(self.paint(prompt, BOLD))
        self.err.flush()

    def paint(self, text: str, style: str) -> str:
        """Colour a text when colours are on."""
        return f"{style}{text}{PLAIN}" if self.color else text

    def strong(self, text: str, style: str) -> str:
        """Colour a text of the result when standard output takes colours."""
        return f"{style}{text}{PLAIN}" if self._color_out else text

    def table(self, rows: Iterable[Sequence[str]], header: Sequence[str]) -> None:
        """Write rows in columns as wide as their contents; on a terminal a line ends at its edge."""
        lines = [header, *rows]
        widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
        edge = room() if self.out.isatty() else None
        for number, line in enumerate(lines):
            text = "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            text = text if edge is None or len(text) <= edge else text[: edge - 1] + "…"
            self.print(self.strong(text, BOLD) if number == 0 else text)

    def _tell(self, text: str) -> None:
        if self._held is not None:
            self._held.append((self.err, text))
            return
        self._say(text)

    def _say(self, text: str) -> None:
        self.hush()
        try:
            self.err.write(self.redact(text) + "\n")
            self.err.flush()
        except BrokenPipeError:
            raise
        except OSError:  # a full disk: there is nowhere left to tell it
            from llmspell.cli.streams import silence  # noqa: PLC0415 - hardly anybody pays for it

            silence(self.err)

    def error(self, error: BaseException) -> int:
        """Tell an error in three lines (what; where; what to do next) and give the exit status."""
        if isinstance(error, KeyboardInterrupt):
            self.note("interrupted")
            return ExitCode.INTERRUPT
        if not isinstance(error, LlmspellError):
            return self._unexpected(error)
        self._document(error.to_dict())
        self.fault(error, RAISE.get(error.code, "run again with --verbose to see more"))
        return error.exit_code

    def fault(self, error: LlmspellError, advice: str = "") -> None:
        """Tell an error that does not end the command; `advice` is what to do next when the error does not say it."""
        head = self.paint(f"error[{error.code}]", RED)
        self._tell(f"{head}: {_one_line(error.message)}")
        self._tell(f"  at: {error.where or _place(error)}{_step(error)}")
        if error.context.get("difference"):
            self._difference(str(error.context["difference"]))
        if error.suggestions or advice:
            self._tell(f"  next: {'; or '.join(error.suggestions) or advice}")
        if self.verbose:
            self._rest(error)

    def _difference(self, text: str) -> None:
        """Tell how something differs from what was recorded, line by line."""
        from llmspell.cli.escaped import visible  # noqa: PLC0415 - paid by what differs

        for line in text.splitlines():
            self._tell(f"  | {visible(line)}")

    def _unexpected(self, error: BaseException) -> int:
        self._document(InternalError(f"{type(error).__name__}: {error}").to_dict())
        head = self.paint("error[6009]", RED)
        self._tell(f"{head}: llmspell failed: {type(error).__name__}: {_one_line(str(error))}")
        self._tell("  at: inside llmspell, which is a fault of it")
        self._tell("  next: run again with --verbose and report what it prints")
        if self.verbose:
            self._tell("".join(traceback.format_exception(error)).rstrip())
        return ExitCode.SPELL

    def _document(self, about: Mapping[str, object]) -> None:
        """Write an error as the one document of a command that was asked for JSON, while there is room for it."""
        if self.as_json and not self._full:
            with suppress(SystemFailure):  # the lines for people follow in any case
                self.data({"error": about, **self.beside})

    def _rest(self, error: LlmspellError) -> None:
        if error.stack:
            self._tell(error.stack.rstrip())
        if error.context:
            self._tell(f"  context: {json.dumps(error.context, default=str, ensure_ascii=False)}")
        self._tell("".join(traceback.format_exception(error)).rstrip())


def room() -> int:
    """Give how many characters a line of the terminal has."""
    from shutil import get_terminal_size  # noqa: PLC0415 - it costs 2 ms, and only tables on a terminal ask

    return get_terminal_size().columns


def _colourful(wish: str, stream: TextIO) -> bool:
    if wish != "auto":
        return wish == "always"
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb")


def _one_line(text: str) -> str:
    return " ".join(text.split("\n")).strip()


def _step(error: LlmspellError) -> str:
    """Name the step in which it happened, as far as it was one of a workflow."""
    step, workflow = error.context.get("step"), error.context.get("workflow")
    return f", step {step!r} of workflow {workflow!r}" if step and workflow else ""


def _place(error: LlmspellError) -> str:
    for key in ("tool", "provider", "plugin", "hook", "path", "name"):
        value = error.context.get(key)
        if value:
            return f"{key} {value}"
    return "the command line"
