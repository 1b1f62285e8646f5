"""`llmspell repl`: type spells line by line; every input sees what those before it left."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from llmspell import __version__
from llmspell.cli.repl_input import Piped, Terminal
from llmspell.cli.repl_session import Live
from llmspell.cli.repl_words import Words
from llmspell.errors import ExitCode, LlmspellError, ScriptSyntaxError, UsageError

if TYPE_CHECKING:
    import argparse

    from llmspell.cli.console import Console

COMMANDS = {
    "/help": "tell this",
    "/load": "/load FILE runs a file here",
    "/reset": "forget everything and begin anew",
    "/quit": "leave, like Ctrl-D",
}
NOTES = {
    "lua": "locals of one input are gone in the next, as in Lua's own loop: leave `local` out",
    "javascript": "`await` works; `const` and `let` of one input can be declared again in a later one",
    "python": "`await` works; an indented block ends with an empty line",
}


def run(args: argparse.Namespace, console: Console) -> int:
    """Read inputs, run them, print what they come to; 1 when one of a stream failed."""
    printed: list[str] = []
    on_print = printed.append if console.as_json else console.print
    with Live(args, console, engine=args.engine, on_print=on_print) as live:
        loop = Loop(live, console, printed)
        if not sys.stdin.isatty():
            loop.run(Piped())
            return ExitCode.SPELL if loop.failed else ExitCode.OK
        console.note(f"llmspell {__version__}, {live.engine}; /help tells more, Ctrl-D leaves")
        history = live.data / "repl" / f"{live.engine}.history"
        loop.run(Terminal(console, history, Words(live.engine, tuple(COMMANDS), live.names, live.tools)))
    return ExitCode.OK


class Loop:
    """Read, run, print. `failed` says that an input did."""

    def __init__(self, live: Live, console: Console, printed: list[str]) -> None:
        self._live = live
        self._console = console
        self._printed = printed
        self._rows: list[dict[str, object]] = []
        self._number = 1
        self.failed = False

    def run(self, reader: Terminal | Piped) -> None:
        """Go on until the input ends or asks for it."""
        interactive = isinstance(reader, Terminal)
        prompts = (f"{self._live.engine}> ", "... ".rjust(len(self._live.engine) + 2))
        lines: list[str] = []
        with reader:
            while True:
                try:
                    line = reader.line(prompts[bool(lines)])
                    if line is None:
                        break
                    if not lines and line.split(" ")[0] in COMMANDS:
                        if not self._command(line):
                            break
                    elif lines or line.strip():
                        lines = self._take([*lines, line])
                except KeyboardInterrupt:
                    if not interactive:
                        raise
                    lines = []
                    self._console.note("\ninterrupted" if self._console.out.isatty() else "interrupted")
            if lines and self._take([*lines, ""]):
                self._fault(ScriptSyntaxError("the input ends in the middle of a statement", where="standard input"))
        if self._console.as_json:
            self._console.data({"inputs": self._rows})

    def _take(self, lines: list[str]) -> list[str]:
        """Run lines; give them back when they are the beginning of more."""
        source = "\n".join(lines)
        self._printed.clear()
        try:
            found = self._live.evaluate(source, f"input{self._number}")
        except LlmspellError as error:
            self._number += 1
            self._row(source, error=error)
            self._fault(error)
            return []
        if found.get("more"):
            return lines
        self._number += 1
        self._row(source, shown=found.get("shown"))
        return []

    def _row(self, source: str, *, shown: object = None, error: LlmspellError | None = None) -> None:
        """Tell what an input came to."""
        if self._console.as_json:
            about = {"shown": shown} if error is None else {"error": error.to_dict()}
            self._rows.append({"input": source, **about, "output": list(self._printed)})
        elif isinstance(shown, str):
            self._console.print(shown)
        self._console.out.flush()

    def _fault(self, error: LlmspellError) -> None:
        self.failed = True
        self._console.fault(error)

    def _command(self, line: str) -> bool:
        """Do what a command says and tell whether to go on."""
        name, _, rest = line.partition(" ")
        if name == "/quit":
            return False
        if name == "/help":
            for command, text in COMMANDS.items():
                self._console.note(f"{command.ljust(8)}{text}")
            self._console.note(
                f"`_` is the last value, Tab completes, Ctrl-C ends an input; {NOTES[self._live.engine]}"
            )
        elif name == "/reset":
            self._live.reset()
        else:
            self._load(rest.strip())
        return True

    def _load(self, name: str) -> None:
        try:
            if not name:
                raise UsageError("/load takes a file", suggestions=["write /load FILE"])
            source = Path(name).read_text(encoding="utf-8")
            found = self._live.evaluate(source + "\n", name)
            if found.get("more"):
                raise ScriptSyntaxError("the file ends in the middle of a statement", where=name)
            self._row(f"/load {name}", shown=found.get("shown"))
        except (OSError, UnicodeDecodeError) as error:
            self._fault(UsageError(f"{name} cannot be read: {error}", context={"path": name}))
        except LlmspellError as error:
            self._fault(error)
