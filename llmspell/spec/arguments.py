"""Verbs of the command line as data; light enough for `--help`, which builds its text from nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from llmspell.spec.descriptor import Component

if TYPE_CHECKING:
    from collections.abc import Iterable


class Argument(NamedTuple):
    """Describe one argument; `flags` empty means positional.

    `kind`: text, int, float, flag, list (repeatable), rest (all that follows); `metavar` and `choices` are for help
    and completion.
    """

    name: str
    help: str
    flags: tuple[str, ...] = ()
    kind: str = "text"
    default: object = None
    required: bool = False
    metavar: str | None = None
    choices: tuple[str, ...] = ()


def command(
    name: str,
    target: str,
    summary: str,
    *,
    arguments: Iterable[Argument] = (),
    verbs: Iterable[Component] = (),
    group: str = "run",
    examples: Iterable[str] = (),
    aliases: Iterable[str] = (),
    **more: Any,
) -> Component:
    """Describe a command whose target is `run(args, console) -> int`.

    `verbs` are its sub-commands, each made with `command()`.
    """
    extra = {"arguments": tuple(arguments), "verbs": tuple(verbs), "group": group, "examples": tuple(examples)}
    return Component("command", name, target, summary, category="command", aliases=aliases, extra=extra, **more)
