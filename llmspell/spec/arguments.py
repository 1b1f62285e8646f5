"""Verbs of the command line as data; light enough for `--help`, which builds its text from nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from llmspell.spec.descriptor import Component

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Argument(NamedTuple):
    """Describe one argument; `flags` empty means positional.

    `kind`: text, int, float, flag, list (repeatable), rest (all that follows); `metavar` and `choices` are for help
    and completion. `completes` says what a shell may offer where there are no choices: `file`, `folder`, `tool`,
    `plugin`, `engine`, `config_key`, `right` or `verb`.
    """

    name: str
    help: str
    flags: tuple[str, ...] = ()
    kind: str = "text"
    default: object = None
    required: bool = False
    metavar: str | None = None
    choices: Sequence[str] = ()
    completes: str = ""


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
    app: bool = False,
    **more: Any,
) -> Component:
    """Describe a command whose target is `run(args, console) -> int`; see `llmspell.spec.commands` for both.

    With `app` the target is `async def run(args, console, app) -> int`: it gets an opened `Application`, and the verb
    takes the flags that grant rights. `verbs` are its sub-commands, each made with `command()`; a verb that has some
    answers to its singular and its plural.
    """
    extra = {
        "arguments": tuple(arguments),
        "verbs": tuple(verbs),
        "group": group,
        "examples": tuple(examples),
        "app": app,
    }
    return Component("command", name, target, summary, category="command", aliases=aliases, extra=extra, **more)
