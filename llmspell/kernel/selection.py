"""Decide which plugins may be imported, before any is looked for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from llmspell.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DISABLE_VARIABLE = "LLMSPELL_DISABLE"
EVERYTHING = "*"


class PluginSelection(NamedTuple):
    """Say which plugins are blocked, which are allowed, and which are named beyond the installed ones.

    `blocked` maps a plugin or distribution name, or `*` for all that is not built in, to the place that blocks it;
    `only`, when not None, is the allow-list of plugin or distribution names; `modules` and `files` come from `-p`;
    `folders` from `[plugins] paths`. What `-p` names was asked for and passes `*` and `only`, but not a block by its
    own name.
    """

    blocked: Mapping[str, str] = {}
    only: frozenset[str] | None = None
    modules: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()

    @classmethod
    def read(
        cls,
        arguments: Iterable[str] = (),
        environment: Mapping[str, str] | None = None,
        config: Mapping[str, object] | None = None,
    ) -> PluginSelection:
        """Combine the values of `-p`, the environment and the `[plugins]` section (`block`, `only`, `paths`)."""
        section = config or {}
        only = section.get("only")
        blocked = dict.fromkeys(_names(section.get("block")), "[plugins] block")
        disabled = (environment or {}).get(DISABLE_VARIABLE, "")
        blocked |= dict.fromkeys((name.strip() for name in disabled.split(",") if name.strip()), DISABLE_VARIABLE)
        modules: list[str] = []
        files: list[str] = []
        for argument in arguments:
            if argument.startswith("no:"):
                blocked[argument.removeprefix("no:")] = f"-p {argument}"
            elif argument.endswith(".py") or "/" in argument or os.sep in argument:
                files.append(argument)
            elif all(part.isidentifier() for part in argument.split(".")):
                modules.append(argument)
            else:
                raise UsageError(
                    f"-p {argument!r} is neither a module, a file nor no:<plugin>",
                    suggestions=["write -p package.module, -p ./file.py or -p no:name"],
                )
        folders = tuple(_names(section.get("paths")))
        return cls(blocked, None if not only else frozenset(_names(only)), tuple(modules), tuple(files), folders)

    def reason(self, plugin: str, dist: str, *, builtin: bool = False, asked: bool = False) -> str | None:
        """Tell why a plugin may not be imported, or None when it may.

        A built-in can only be blocked by its own name; `asked` means named by `-p`.
        """
        for name in (plugin, dist) if not builtin else (plugin,):
            if name in self.blocked:
                return f"blocked by {self.blocked[name]}"
        if builtin or asked:
            return None
        if EVERYTHING in self.blocked:
            return f"blocked by {self.blocked[EVERYTHING]} = *"
        if self.only is not None and not self.only & {plugin, dist}:
            return "not in the allow-list [plugins] only"
        return None


def _names(value: object) -> list[str]:
    return [str(name) for name in value] if isinstance(value, (list, tuple, set, frozenset)) else []
