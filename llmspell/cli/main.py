"""Entry of the command line: find the verb, import only what it needs, turn errors into exit statuses."""

from __future__ import annotations

import gc
import sys

TYPE_CHECKING = False  # `typing` costs half of the start-up budget of `--version`
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llmspell.cli.console import Console

ASK = "__complete"
"""The verb by which a shell asks what could be typed next; it is no verb for people."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status (see `llmspell.errors.ExitCode`)."""
    words = list(sys.argv[1:] if argv is None else argv)
    if None in (sys.stdin, sys.stdout, sys.stderr):
        from llmspell.cli.streams import open_missing  # noqa: PLC0415 - paid only when it is needed

        open_missing()
    if words[:1] == [ASK]:
        from llmspell.cli.completion import answer  # noqa: PLC0415 - paid only when it is needed

        return answer(words[1:])
    out = sys.stdout
    try:
        status = _version() if words in (["--version"], ["-V"]) else _spoken(words)
        out.flush()  # or a reader who has gone would be noticed after the last place to say so
    except OSError as error:
        from llmspell.cli.streams import unwritten  # noqa: PLC0415 - paid only when it is needed

        status = unwritten(error)
    if argv is None:
        gc.freeze()  # the process ends: its last collections would look at every module once more, for 12 ms
    return status


def main_js() -> int:
    """Run a JavaScript spell named by a `#!/usr/bin/env llmspell-js` line."""
    return main(["run", *sys.argv[1:], "--engine", "javascript"])


def main_python() -> int:
    """Run a Python spell named by a `#!/usr/bin/env llmspell-python` line."""
    return main(["run", *sys.argv[1:], "--engine", "python"])


def main_lua() -> int:
    """Run a Lua spell named by a `#!/usr/bin/env llmspell-lua` line."""
    return main(["run", *sys.argv[1:], "--engine", "lua"])


def _version() -> int:
    from llmspell import __version__  # noqa: PLC0415 - paid only when it is needed

    sys.stdout.write(f"llmspell {__version__}\n")
    return 0


def _spoken(words: list[str]) -> int:
    """Run the command with a console of its own.

    Standard output is the console's alone: what a plugin prints on its way would be taken for a part of the result.
    """
    from llmspell.cli.console import Console  # noqa: PLC0415 - paid only when it is needed

    # Before anything is parsed: an error of the parser, too, is to be told as it was asked for.
    console = Console(
        as_json="--json" in words,
        verbose="--verbose" in words or "-v" in words,
        quiet="--quiet" in words or "-q" in words,
        color=_wish(words),
    )
    sys.stdout = console.err
    try:
        return _told(words, console)
    finally:
        sys.stdout = console.out


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
    if not words or words[0] in ("-h", "--help"):
        from llmspell.cli.help import as_data, overview  # noqa: PLC0415 - paid only when it is needed

        console.data(as_data()) if console.as_json else console.print(overview())
        return 0
    from contextlib import redirect_stdout  # noqa: PLC0415 - paid only when it is needed

    from llmspell.cli.parser import parser_of  # noqa: PLC0415 - paid only when it is needed
    from llmspell.cli.verbs import find  # noqa: PLC0415 - likewise

    command = find(words)
    with redirect_stdout(console.out):  # argparse prints a help itself
        args = parser_of(command, "llmspell").parse(words[1:])
    console.set(args)
    if command.plugin:
        from llmspell.cli.plugin_verbs import run  # noqa: PLC0415 - paid only when it is needed

        return run(command, args, console)
    return int(_load(str(args.target))(args, console) or 0)


def _load(target: str) -> Callable[..., int | None]:
    """Import the function of a verb.

    What imports leave lives as long as the process. The collector does not look for garbage in it while it grows, nor
    ever after: that is a twentieth of a short command, and every later collection is the shorter for it.
    """
    from importlib import import_module  # noqa: PLC0415 - paid only when it is needed

    module, _, name = target.partition(":")
    gc.disable()
    try:
        verb: Callable[..., int | None] = getattr(import_module(module), name)
    finally:
        gc.enable()
        gc.freeze()
    return verb


def _wish(words: list[str]) -> str:
    """Read `--color` before there is a parser; a wrong one is told by the parser."""
    for number, word in enumerate(words):
        name, equals, given = word.partition("=")
        if name == "--color":
            wish = given if equals else "".join(words[number + 1 : number + 2])
            return wish if wish in ("always", "never") else "auto"
    return "auto"


if __name__ == "__main__":
    raise SystemExit(main())
