"""Commands: verbs of the command line, which a plugin describes with `command()` of `llmspell.spec.arguments`.

What a verb gets: the parsed arguments by name, a `CommandConsole` to speak through, and an `Application` if it asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from llmspell.spec.markers import hookspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from llmspell.spec.context import Context
    from llmspell.spec.descriptor import Component


class CommandConsole(Protocol):
    """Speak to the user; secrets are masked on the way."""

    as_json: bool
    verbose: bool
    quiet: bool

    def print(self, text: str = "") -> None:
        """Write a line of the result to standard output."""
        ...

    def data(self, value: object) -> None:
        """Write the result as one JSON document to standard output: what `--json` asks for."""
        ...

    def table(self, rows: Iterable[Sequence[str]], header: Sequence[str]) -> None:
        """Write rows in columns to standard output."""
        ...

    def note(self, text: str) -> None:
        """Tell something that is not the result, on standard error; `--quiet` silences it."""
        ...

    def warn(self, text: str) -> None:
        """Tell something that may need attention, on standard error."""
        ...


class Application(Protocol):
    """What a verb may do with the application: everything runs with the rights that the command line granted."""

    def components(self, kind: str) -> list[Component]:
        """List the components of a kind (singular: `tool`, `provider`, ...)."""
        ...

    async def instance(self, kind: str, name: str) -> object:
        """Give an open component of the plugin that has the verb, as the application has it, its configuration read.

        Raises `ComponentNotFoundError` when the plugin has none of that name.
        """
        ...

    async def describe(self, tool: str) -> dict[str, object]:
        """Give all that is known of a tool as JSON data, its input schema included; raises `ToolNotFoundError`."""
        ...

    def run(self, name: str) -> AbstractAsyncContextManager[Context]:
        """Open a run: within `async with`, the context calls tools (`ctx.call`), waits, logs, reads its configuration.

        Leaving it ends all that was started in it.
        """
        ...

    async def run_spell(
        self, path: Path, params: Mapping[str, object] | None = None, *, on_print: Callable[[str], object]
    ) -> object:
        """Run a spell from a file in a run of its own and give what it returns; raises what it raises."""
        ...


@hookspec
def llmspell_commands() -> list[Component]:
    """Return the command line verbs of this plugin, made with `command()`. Called once, when its verb is asked for."""
    return []
