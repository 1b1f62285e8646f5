"""What is installed and configured here, as far as the completion of a word needs to know."""

from __future__ import annotations

import os
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, cast

from llmspell.cli.table import COMMANDS
from llmspell.cli.verbs import pick
from llmspell.kernel.discovery import scan
from llmspell.kernel.selection import PluginSelection

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from llmspell.kernel.catalog import Catalog
    from llmspell.services.config import Config
    from llmspell.spec import Component
    from llmspell.spec.arguments import Argument

_KIND = "commands"


class Installed:
    """Look things up for one question; what is not asked for is not loaded."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words

    def commands(self) -> Sequence[Component]:
        """Give our verbs, and those of plugins unless the word before the cursor is one of ours."""
        typed = next((word for word in self._words[:-1] if not word.startswith("-")), None)
        if typed is not None and pick(typed, COMMANDS) is not None and typed != "help":
            return COMMANDS
        local = any(not value.startswith("no:") for value in self._values_of("-p", "--plugin"))
        if not local and not any(ref.kind == _KIND for ref in scan()):
            return COMMANDS
        return (*COMMANDS, *self._catalog.list("command"))

    def takes(self, command: Component) -> Sequence[Argument]:
        """List the arguments of a verb, those that all verbs of plugins share included."""
        own = cast("tuple[Argument, ...]", command.extra.get("arguments", ()))
        typed = next(word for word in self._words if not word.startswith("-"))
        if pick(typed, COMMANDS) is not None:
            return own
        from llmspell.cli.parser import takes  # noqa: PLC0415 - argparse

        return takes(command, foreign=True)

    def values(self, kind: str) -> Iterable[tuple[str, str]]:
        """Give the values of a kind, as `Argument.completes` names it, with what they mean."""
        if kind in ("tool", "engine"):
            return [(component.name, component.summary) for component in self._catalog.list(kind)]
        if kind == "template":
            return [(component.name, component.summary) for component in self._catalog.list("agent_template")]
        if kind == "plugin":
            return self._plugins()
        if kind == "right":
            from llmspell.services.permission_rights import RIGHTS  # noqa: PLC0415 - only this question needs it

            return [(f"{right}=", text) for right, text in RIGHTS.items()]
        return self._config_keys() if kind == "config_key" else ()

    def _plugins(self) -> list[tuple[str, str]]:
        from llmspell.runtime.builtins import builtins  # noqa: PLC0415 - only this question needs it

        found = {ref.plugin: f"{ref.dist} {ref.version}" for ref in (*builtins(), *scan()) if not ref.fault}
        return sorted(found.items())

    def _config_keys(self) -> Iterator[tuple[str, str]]:
        from llmspell.services.config_keys import keys_of, sections_of  # noqa: PLC0415 - attrs

        for section in sections_of(self._catalog):
            yield section.path, section.title
            yield from ((f"{section.path}.{key.name}", key.meaning) for key in keys_of(section))

    @cached_property
    def _catalog(self) -> Catalog:
        from llmspell.cli.opening import verdicts  # noqa: PLC0415 - likewise
        from llmspell.kernel.catalog import Catalog  # noqa: PLC0415 - the machinery of plugins is what costs
        from llmspell.kernel.loader import Loader  # noqa: PLC0415 - likewise
        from llmspell.runtime.builtins import builtins  # noqa: PLC0415 - likewise

        return Catalog(Loader(scan(), builtins=builtins(), selection=self._selection(), trial=verdicts()))

    def _selection(self) -> PluginSelection:
        section = self._config().get("plugins")
        found: Mapping[str, object] = section if isinstance(section, dict) else {}
        return PluginSelection.read(self._values_of("-p", "--plugin"), os.environ, found)

    def _config(self) -> Config:
        from pathlib import Path  # noqa: PLC0415 - with the next one

        from llmspell.services.config import Config  # noqa: PLC0415 - only plugins are chosen by it

        named = self._values_of("--config")
        return Config.read(Path(named[-1]) if named else None)[0]

    def _values_of(self, *flags: str) -> list[str]:
        """Read the values of flags that are typed already: `-p X`, `--plugin X`, `--plugin=X`."""
        done = self._words[:-1]
        spaced = [value for flag, value in pairwise(done) if flag in flags]
        return spaced + [
            value for word in done for flag, equals, value in [word.partition("=")] if equals and flag in flags
        ]
