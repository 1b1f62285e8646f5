"""Build argparse parsers from command descriptors."""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn, cast

from llmspell.cli.arguments import OUTPUT, PERMISSIONS, SETUP
from llmspell.cli.surroundings import STATUSES, VARIABLES
from llmspell.cli.verbs import below, pick, spellings, unknown
from llmspell.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from llmspell.spec import Component
    from llmspell.spec.arguments import Argument

NARROWEST = 30
WIDTH = 80
"""Assumed while a parser is built: argparse would ask the terminal at every argument."""


class Parser(argparse.ArgumentParser):
    """Raise `UsageError` instead of ending the process, so that a wrong flag is told like every other error."""

    command: Component | None = None

    def format_help(self) -> str:
        """Write the help as wide as the terminal; what stands below the arguments is only made here."""
        from shutil import get_terminal_size  # noqa: PLC0415 - only a reader of the help pays for it
        from textwrap import wrap  # noqa: PLC0415 - likewise

        width = get_terminal_size().columns - 2
        self.formatter_class = partial(argparse.RawDescriptionHelpFormatter, width=width)
        if self.command is not None:
            self.description = "\n".join(wrap(self.command.summary, max(width, NARROWEST)))
            self.epilog = "\n".join(_epilog(self.command, max(width, NARROWEST)))
        return super().format_help()

    def error(self, message: str) -> NoReturn:
        """Raise with the help that would have shown the right way."""
        raise UsageError(message, suggestions=[f"see `{self.prog} --help`"])

    def parse(self, words: Sequence[str]) -> argparse.Namespace:
        """Parse one command; raises `UsageError`.

        argparse gives an argument of kind `rest` the words before the first flag only; those after it are added here.
        """
        args, left = self.parse_known_args(words)
        if args.target is None:
            self.error(f"`{self.prog}` needs a verb: {', '.join(args.verbs)}")
        if left and (args.rest is None or any(word.startswith("-") for word in left)):
            raise self._unrecognized(left, args.flags)
        if left:
            setattr(args, args.rest, [*getattr(args, args.rest), *left])
        return args

    def _unrecognized(self, left: Sequence[str], flags: Sequence[str]) -> UsageError:
        odd = next((word.partition("=")[0] for word in left if word.startswith("-")), "")
        near = [f"did you mean {flag}?" for flag in _near(odd, flags)]
        return UsageError(f"unrecognized arguments: {' '.join(left)}", suggestions=[*near, f"see `{self.prog} --help`"])

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Say the nearest choice, where argparse lists them all."""
        if isinstance(action, argparse._SubParsersAction) and self.command is not None:  # noqa: SLF001 - it has no other name
            if pick(str(value), below(self.command)) is None:
                raise unknown(str(value), below(self.command), self.prog.removeprefix("llmspell "))
        elif action.choices is not None and value not in action.choices:
            choices = [str(choice) for choice in action.choices]
            name = "/".join(action.option_strings) or action.metavar or action.dest
            near = [f"did you mean {choice}?" for choice in _near(str(value), choices)]
            message = f"{name} cannot be {value!r}: choose from {', '.join(choices)}"
            raise UsageError(message, suggestions=[*near, f"see `{self.prog} --help`"])


def parser_of(command: Component, prog: str, *, name: str | None = None, plugin: str | None = None) -> Parser:
    """Build the parser of one verb; parsed arguments carry `target`, the dotted name of what to run.

    `name` is how the verb is called when it is one below another, `plugin` whose it is then.
    """
    parser = Parser(prog=f"{prog} {name or command.name}", **{k: v for k, v in _texts(command).items() if k != "help"})
    foreign = bool(command.plugin if plugin is None else plugin)  # our own verbs list what they share
    parser.command = command
    verbs = below(command)
    if not verbs:
        _fill(parser, command, foreign=foreign)
        return parser
    parser.set_defaults(target=None, verbs=[verb.name for verb in verbs])
    children = parser.add_subparsers(title="verbs", metavar="VERB", parser_class=Parser)
    for verb in verbs:
        aliases = [word for word in spellings(verb) if word != verb.name]
        child = children.add_parser(verb.name, **_texts(verb), aliases=aliases)
        child.command = verb
        _fill(child, verb, foreign=foreign)
    return parser


def _texts(command: Component) -> dict[str, Any]:
    return {
        "help": command.summary.replace("%", "%%"),
        "description": command.summary,
        "formatter_class": partial(argparse.RawDescriptionHelpFormatter, width=WIDTH),
        "allow_abbrev": False,
    }


def _near(word: str, known: Sequence[str]) -> list[str]:
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistake pays for it

    return get_close_matches(word, known, n=1)


def _epilog(command: Component, room: int) -> Iterator[str]:
    """Give what stands below the arguments, in lines of `room` characters: examples, variables, statuses."""
    examples = cast("Sequence[str]", command.extra.get("examples", ()))
    if examples:
        yield from ("examples:", *(f"  {line}" for line in examples), "")
    if below(command):
        yield f"`llmspell help {command.name} VERB` tells more of each."
        return
    yield from ("environment:", *_columns(VARIABLES, room), "")
    yield from ("exit status:", *_columns(((str(status), text) for status, text in STATUSES), room))


def _columns(rows: Iterable[tuple[str, str]], room: int) -> Iterator[str]:
    from textwrap import wrap  # noqa: PLC0415 - only a reader of the help pays for it

    known = tuple(rows)
    first = max(len(name) for name, _ in known) + 4
    for name, text in known:
        if first > room // 2:
            yield f"  {name}"
            yield from wrap(text, room, initial_indent="      ", subsequent_indent="      ")
        else:
            yield from wrap(text, room, initial_indent=f"  {name}".ljust(first), subsequent_indent=" " * first)


def _fill(parser: Parser, command: Component, *, foreign: bool) -> None:
    arguments = takes(command, foreign=foreign)
    rest = next((argument.name for argument in arguments if argument.kind == "rest" and not argument.flags), None)
    flags = [flag for argument in arguments for flag in argument.flags]
    parser.set_defaults(target=command.target, rest=rest, flags=flags, app=bool(command.extra.get("app")))
    for argument in arguments:
        add(parser, argument)


def takes(command: Component, *, foreign: bool) -> tuple[Argument, ...]:
    """List the arguments of a verb; a plugin's also takes what all verbs share and it does not name itself."""
    own = cast("tuple[Argument, ...]", command.extra.get("arguments", ()))
    if not foreign:
        return own
    shared = (*(PERMISSIONS if command.extra.get("app") else ()), *SETUP, *OUTPUT)
    taken = {word for argument in own for word in (argument.name, *argument.flags)}
    return (*own, *(one for one in shared if not taken & {one.name, *one.flags}))


def add(parser: argparse.ArgumentParser, argument: Argument) -> None:
    """Add one described argument to a parser."""
    options: dict[str, Any] = {"help": meaning(argument).replace("%", "%%")}
    if argument.kind == "flag":
        options["action"] = "store_true"
    else:
        options["default"] = argument.default
        if argument.metavar:
            options["metavar"] = argument.metavar
        if argument.choices:
            options["choices"] = argument.choices
        if argument.kind in ("int", "float"):
            options["type"] = int if argument.kind == "int" else float
        if argument.kind == "list":
            options["action"] = "append"
        if argument.kind == "rest":
            options["nargs"] = "*"
    if argument.flags:
        parser.add_argument(*argument.flags, dest=argument.name, required=argument.required, **options)
    else:
        parser.add_argument(argument.name, **options)


def meaning(argument: Argument) -> str:
    """Say what an argument means, its default, and whether it may come more than once."""
    more = [f"default: {argument.default}"] if argument.default is not None and argument.kind != "flag" else []
    more += ["may be repeated"] if argument.kind == "list" else []
    return f"{argument.help} ({'; '.join(more)})" if more else argument.help
