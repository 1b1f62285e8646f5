"""Build argparse parsers from command descriptors."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, NoReturn, cast

from llmspell.cli.arguments import OUTPUT, SETUP
from llmspell.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.spec import Component
    from llmspell.spec.arguments import Argument


class Parser(argparse.ArgumentParser):
    """Raise `UsageError` instead of ending the process, so that a wrong flag is told like every other error."""

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
            self.error(f"unrecognized arguments: {' '.join(left)}")
        if left:
            setattr(args, args.rest, [*getattr(args, args.rest), *left])
        return args


def parser_of(command: Component, prog: str) -> Parser:
    """Build the parser of one verb; parsed arguments carry `target`, the dotted name of what to run."""
    parser = _bare(command, prog)
    shared = (*SETUP, *OUTPUT) if command.plugin else ()  # our own verbs list them, which of them they take
    verbs = cast("Sequence[Component]", command.extra.get("verbs", ()))
    if not verbs:
        _fill(parser, command, shared=shared)
        return parser
    parser.set_defaults(target=None, verbs=[verb.name for verb in verbs])
    children = parser.add_subparsers(title="verbs", metavar="VERB", parser_class=Parser)
    for verb in verbs:
        child = children.add_parser(verb.name, **_texts(verb), aliases=list(verb.aliases))
        _fill(child, verb, shared=shared)
    return parser


def _bare(command: Component, prog: str) -> Parser:
    return Parser(prog=f"{prog} {command.name}", **{k: v for k, v in _texts(command).items() if k != "help"})


def _texts(command: Component) -> dict[str, Any]:
    examples = cast("Sequence[str]", command.extra.get("examples", ()))
    epilog = "examples:\n" + "\n".join(f"  {line}" for line in examples) if examples else None
    return {
        "help": command.summary,
        "description": command.summary,
        "epilog": epilog,
        "formatter_class": argparse.RawDescriptionHelpFormatter,
        "allow_abbrev": False,
    }


def _fill(parser: argparse.ArgumentParser, command: Component, *, shared: Sequence[Argument]) -> None:
    own = cast("Sequence[Argument]", command.extra.get("arguments", ()))
    rest = next((argument.name for argument in own if argument.kind == "rest" and not argument.flags), None)
    parser.set_defaults(target=command.target, rest=rest)
    taken = {word for argument in own for word in (argument.name, *argument.flags)}
    for argument in (*own, *(one for one in shared if not taken & {one.name, *one.flags})):
        add(parser, argument)


def add(parser: argparse.ArgumentParser, argument: Argument) -> None:
    """Add one described argument to a parser."""
    options: dict[str, Any] = {"help": argument.help}
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
