"""Entry of the command line: find the verb, import only what it needs, turn errors into exit statuses."""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # `typing` costs half of the start-up budget of `--version`
if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.cli.console import Console
    from llmspell.spec import Component


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status (see `llmspell.errors.ExitCode`)."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words in (["--version"], ["-V"]):
        from llmspell import __version__  # noqa: PLC0415 - paid only when it is needed

        sys.stdout.write(f"llmspell {__version__}\n")
        return 0
    from llmspell.cli.console import Console  # noqa: PLC0415 - paid only when it is needed

    console = Console(as_json="--json" in words, verbose="--verbose" in words or "-v" in words)
    try:
        status = _told(words, console)
        sys.stdout.flush()  # or a reader who has gone would be noticed after the last place to say so
    except BrokenPipeError:
        return _broken_pipe()
    return status


def main_python() -> int:
    """Run a Python spell named by a `#!/usr/bin/env llmspell-python` line."""
    return main(["run", *sys.argv[1:], "--engine", "python"])


def main_lua() -> int:
    """Run a Lua spell named by a `#!/usr/bin/env llmspell-lua` line."""
    return main(["run", *sys.argv[1:], "--engine", "lua"])


def _told(words: list[str], console: Console) -> int:
    """Run the command and tell its error, if it ends in one."""
    try:
        return _dispatch(words, console)
    except BrokenPipeError as error:
        if console.closed():
            raise
        return console.error(error)
    except SystemExit as error:  # argparse ends `--help` this way
        if isinstance(error.code, str):
            console.note(error.code)
            return 1
        return error.code or 0
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last place where an error can be told to the user
        return console.error(error)


def _dispatch(words: list[str], console: Console) -> int:
    if not words or words[0] in ("-h", "--help", "help"):
        from llmspell.cli.help import overview  # noqa: PLC0415 - paid only when it is needed

        console.print(overview())
        return 0
    from llmspell.cli.parser import parser_of  # noqa: PLC0415 - paid only when it is needed

    command = _find(words)
    args = parser_of(command, "llmspell").parse(words[1:])
    console.color = _color(getattr(args, "color", "auto"), console)
    if command.plugin:
        from llmspell.cli.plugin_verbs import run  # noqa: PLC0415 - paid only when it is needed

        return run(command, args, console)
    from importlib import import_module  # noqa: PLC0415 - paid only when it is needed

    module, _, name = str(args.target).partition(":")
    status = getattr(import_module(module), name)(args, console)
    return int(status or 0)


def _color(wish: str, console: Console) -> bool:
    return console.color if wish == "auto" else wish == "always"


def _find(words: list[str]) -> Component:
    word = words[0]
    from llmspell.cli.table import COMMANDS  # noqa: PLC0415 - paid only when it is needed

    for command in COMMANDS:
        if word == command.name or word in command.aliases:
            return command
    from llmspell.cli.plugin_verbs import find  # noqa: PLC0415 - paid only when it is needed

    return find(words)


def _broken_pipe() -> int:
    """End quietly when the reader of our output has gone, as `head` does."""
    import os  # noqa: PLC0415 - paid only when it is needed

    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            os.dup2(nowhere, stream.fileno())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
