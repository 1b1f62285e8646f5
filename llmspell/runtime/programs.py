"""Which grammar a program has: one of the configuration, else one of a plugin, else none; and what all may take."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from llmspell.errors import ConfigError, NameClashError
from llmspell.services.process_grammar import read_grammar
from llmspell.services.process_limits import ProgramLimits

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from llmspell.kernel.catalog import Catalog
    from llmspell.services.config import Config
    from llmspell.services.process_grammar import Grammar
    from llmspell.spec import Component

MAX_FILE = 1 << 20


class Programs:
    """Find grammars; each is read once."""

    def __init__(self, config: Config, catalog: Catalog) -> None:
        self._config = config
        self._catalog = catalog
        self._read: dict[str, Grammar | None] = {}

    def grammar(self, name: str) -> Grammar | None:
        """Give the grammar of a program, None where nobody describes it. Raises `ConfigError` for a faulty one."""
        if name not in self._read:
            data = self._data(name)
            self._read[name] = None if data is None else read_grammar(data, name)
        return self._read[name]

    @property
    def limits(self) -> ProgramLimits:
        """Give what `[processes]` lets each process of a program take."""
        if self._config.get("processes") is None:
            return ProgramLimits()
        section = self._config.section("processes")
        return ProgramLimits(section.max_memory, section.max_cpu_time)

    def _data(self, name: str) -> Mapping[str, Any] | None:
        if name in self._own:
            return _file(self._own[name])
        component = self._described.get(name)
        return None if component is None else cast("Mapping[str, Any]", self._catalog.resolve(component))

    @cached_property
    def _own(self) -> Mapping[str, Path]:
        """Give the files that `[processes] grammars` names, by the program they are called after."""
        if self._config.get("processes") is None:
            return {}
        return {path.stem: path.expanduser() for path in self._config.section("processes").grammars}

    @cached_property
    def _described(self) -> Mapping[str, Component]:
        found: dict[str, Component] = {}
        for component in self._catalog.list("program"):
            command = str(component.extra["command"])
            if command in found:
                owners = f"{found[command].plugin} and {component.plugin}"
                raise NameClashError(
                    f"the program {command} has two grammars, of {owners}",
                    suggestions=[
                        f"Block one of them with -p no:NAME, or bring {command}.toml in [processes] grammars."
                    ],
                )
            found[command] = component
        return found


def _file(path: Path) -> Mapping[str, Any]:
    import tomllib  # noqa: PLC0415 - only who brings grammars pays for it

    try:
        with path.open("rb") as file:
            text = file.read(MAX_FILE).decode()
        return tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"the grammar {path} cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"the grammar {path} is not TOML: {error}") from error
