"""Find a verb by the word that was typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from llmspell.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from llmspell.spec import Component


def below(command: Component) -> Sequence[Component]:
    """Give the verbs of a verb."""
    return cast("Sequence[Component]", command.extra.get("verbs", ()))


def spellings(command: Component) -> tuple[str, ...]:
    """Give every word that means this verb: `tools` has verbs of its own, so `tool` is as good."""
    names = (command.name, *command.aliases)
    if not below(command):
        return names
    return (*names, *(name.removesuffix("s") if name.endswith("s") else f"{name}s" for name in names))


def pick(word: str, commands: Iterable[Component]) -> Component | None:
    """Give the verb that a word means; a verb's own name beats what another one also answers to."""
    known = tuple(commands)
    own = (command for command in known if word == command.name)
    also = (command for command in known if word in spellings(command))
    return next(own, None) or next(also, None)


def find(words: Sequence[str]) -> Component:
    """Find the verb `words[0]`, ours or a plugin's; raises `UsageError` with the nearest ones."""
    from llmspell.cli.table import COMMANDS  # noqa: PLC0415 - the tables cost what only a real verb should pay

    command = pick(words[0], COMMANDS)
    if command is not None:
        return command
    from llmspell.cli.plugin_verbs import find as find_of_plugin  # noqa: PLC0415 - likewise, and the plugins

    return find_of_plugin(words)


def descend(command: Component, words: Sequence[str]) -> tuple[Component, str]:
    """Follow words to a verb of a verb and give it with its whole name; raises `UsageError` where they lead nowhere."""
    name = command.name
    for word in words:
        inner = pick(word, below(command))
        if inner is None:
            raise unknown(word, below(command), name)
        command, name = inner, f"{name} {inner.name}"
    return command, name


def unknown(word: str, commands: Iterable[Component], above: str) -> UsageError:
    """Give the error for a word that is no verb of `above`, with the nearest ones."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistake pays for it

    names = [command.name for command in commands]
    near = [f"did you mean `llmspell {above} {name}`?" for name in get_close_matches(word, names, n=2)]
    message = f"`llmspell {above}` has no verb {word!r}"
    return UsageError(message, suggestions=near or [f"verbs: {', '.join(names)}" if names else "it takes none"])
