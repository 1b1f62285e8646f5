"""Decide which plugins may be imported, before any is looked for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from llmspell.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmspell.kernel.plugin_rules import PluginRule

DISABLE_VARIABLE = "LLMSPELL_DISABLE"
EVERYTHING = "*"


class PluginSelection(NamedTuple):
    """Say which plugins are blocked, which are allowed, and which are named beyond the installed ones.

    `blocked` maps the rule that blocks a plugin, a rule's name, or `*` for all that is not built in, to the place that
    has it; `allowed`, when not None, is the allow-list; `modules` and `files` come from `-p`; `folders` from
    `[plugins] paths`. What `-p` names was asked for and passes `*` and the allow-list, but not a block by its own name.
    """

    blocked: Mapping[PluginRule | str, str] = {}
    allowed: tuple[PluginRule, ...] | None = None
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
        """Combine the values of `-p`, the environment and the `[plugins]` section (`block`, `allow`, `paths`).

        Raises `UsageError` and `ConfigError` for what names no plugin.
        """
        section = config or {}
        blocked = _blocked(_names(section.get("block")), "[plugins] block")
        disabled = (environment or {}).get(DISABLE_VARIABLE, "").split(",")
        blocked |= _blocked((name.strip() for name in disabled if name.strip()), DISABLE_VARIABLE)
        modules: list[str] = []
        files: list[str] = []
        for argument in arguments:
            if argument.startswith("no:"):
                blocked |= _blocked([argument.removeprefix("no:")], f"-p {argument}", UsageError)
            elif argument.endswith(".py") or "/" in argument or os.sep in argument:
                files.append(argument)
            elif all(part.isidentifier() for part in argument.split(".")):
                modules.append(argument)
            else:
                raise UsageError(
                    f"-p {argument!r} is neither a module, a file nor no:<plugin>",
                    suggestions=["write -p package.module, -p ./file.py or -p no:name"],
                )
        return cls(
            blocked, _allowed(section.get("allow")), tuple(modules), tuple(files), tuple(_names(section.get("paths")))
        )

    def without(self, names: Iterable[str], why: str) -> PluginSelection:
        """Block further plugins by name."""
        return self._replace(blocked={**self.blocked, **dict.fromkeys(names, why)})

    def reason(
        self, plugin: str, dist: str, version: str = "", *, builtin: bool = False, asked: bool = False
    ) -> str | None:
        """Tell why a plugin may not be imported, or None when it may.

        A built-in can only be blocked by its own name; `asked` means named by `-p`.
        """
        for rule, place in self.blocked.items() if self.blocked else ():
            if rule == plugin or (not isinstance(rule, str) and rule.fits(plugin, "" if builtin else dist, version)):
                return f"blocked by {place}"
        if builtin or asked:
            return None
        if EVERYTHING in self.blocked:
            return f"blocked by {self.blocked[EVERYTHING]} = *"
        if self.allowed is None or any(rule.fits(plugin, dist, version) for rule in self.allowed):
            return None
        other = [rule.version for rule in self.allowed if rule.names(plugin, dist)]
        if other:
            return f"of a version that [plugins] allow does not name: it has {' and '.join(other)}"
        return "not in the allow-list [plugins] allow"

    def digests(self, plugin: str, dist: str, version: str) -> frozenset[str]:
        """Give the digests of which the files of an allowed plugin must have one; none when any will do."""
        rules = [rule for rule in self.allowed or () if rule.fits(plugin, dist, version)]
        return frozenset() if any(not rule.digest for rule in rules) else frozenset(rule.digest for rule in rules)


def _blocked(
    names: Iterable[str], place: str, fault: type[ConfigError | UsageError] = ConfigError
) -> dict[PluginRule | str, str]:
    """Read what is blocked; raises `fault` for an entry that names no plugin."""
    listed = list(names)
    every: dict[PluginRule | str, str] = {EVERYTHING: place} if EVERYTHING in listed else {}
    rest = [name for name in listed if name != EVERYTHING]
    if rest:
        from llmspell.kernel.plugin_rules import read_rules  # noqa: PLC0415 - `re` is paid by who names plugins

        try:
            every.update((rule, place) for rule in read_rules(rest))
        except ValueError as error:
            raise fault(f"{place}: {error}") from error
    return every


def _allowed(value: object) -> tuple[PluginRule, ...] | None:
    if value is None:
        return None
    from llmspell.kernel.plugin_rules import read_rules  # noqa: PLC0415 - as above

    try:
        return tuple(read_rules(_names(value)))
    except ValueError as error:
        raise ConfigError(f"[plugins] allow: {error}") from error


def _names(value: object) -> list[str]:
    return [str(name) for name in value] if isinstance(value, (list, tuple, set, frozenset)) else []
