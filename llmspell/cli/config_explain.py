"""`llmspell config explain [KEY ...]`: what a key means, what it is, and who says so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from llmspell.cli.opening import loader, read_config
from llmspell.errors import ConfigError, LlmspellError
from llmspell.kernel.catalog import Catalog
from llmspell.services.config_keys import friendly, keys_of, sections_of
from llmspell.services.config_lines import lines_of
from llmspell.services.config_sections import FIXED_SECTIONS, is_secret
from llmspell.services.secrets import SecretService

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from llmspell.cli.console import Console
    from llmspell.services.config import Config
    from llmspell.services.config_keys import Key, Section
    from llmspell.services.config_sources import Layer

MASK = "***"


class Known(NamedTuple):
    """One key with its section; `dotted` is its whole name."""

    section: Section
    key: Key

    @property
    def dotted(self) -> str:
        """Give the key as it is written: `events.buffer_size`."""
        return f"{self.section.path}.{self.key.name}"


class Step(NamedTuple):
    """What one layer says of a key, or of one key of the table that it holds."""

    key: str
    data: dict[str, object]


class Explainer:
    """Hold the layers and sections for the explanation of several keys."""

    def __init__(self, config: Config, catalog: Catalog) -> None:
        self.config = config
        self.catalog = catalog
        self.known = [Known(section, key) for section in sections_of(catalog) for key in keys_of(section)]
        self._layers = config.layers()
        self._lines: dict[Path, Mapping[tuple[str, ...], int]] = {}

    def named(self, name: str) -> list[Known]:
        """Give the keys that a key or a section names; raises `ConfigError` with the nearest ones."""
        found = [one for one in self.known if one.dotted == name or one.dotted.startswith(f"{name}.")]
        found = found or [one for one in self.known if name.startswith(f"{one.dotted}.") and one.key.kind == "a table"]
        if not found:
            raise self._unknown(name)
        return found

    def _unknown(self, name: str) -> ConfigError:
        from difflib import get_close_matches  # noqa: PLC0415 - only a mistake pays for it

        names = [one.dotted for one in self.known]
        bare = {one.key.name: one.dotted for one in self.known}
        near = get_close_matches(name, [*names, *{one.section.path for one in self.known}], n=2)
        near = near or [bare[word] for word in get_close_matches(name.rpartition(".")[2], bare, n=2)]
        message = f"no plugin that is here declares the key {name!r}"
        remedies = [f"did you mean {one}?" for one in near] or ["`llmspell config explain` lists every key"]
        return ConfigError(message, faults=[(name, "is unknown")], suggestions=remedies)

    def explain(self, one: Known) -> dict[str, object]:
        """Give all there is to say of a key as JSON data, secrets masked."""
        section, key = one
        chain = list(self._chain(one))
        # A table is laid over another key by key, so that several layers may have won something of it.
        last = {step.key: step for step in chain[1:]} or {"": chain[0]}
        return {
            "key": one.dotted,
            "value": self._value(one, hidden=MASK if len(chain) > 1 else None),
            "type": key.kind,
            "default": key.default,
            "meaning": key.meaning,
            "needed": key.needed,
            "secret": _hidden(one),
            "section": section.path,
            "plugin": section.plugin or None,
            "distribution": section.dist or None,
            "variable": "LLMSPELL_" + "__".join(one.dotted.split(".")).upper(),
            "restart": section.path.split(".")[0] in FIXED_SECTIONS,
            "layers": [{**step.data, "wins": last.get(step.key) is step} for step in chain],
        }

    def _value(self, one: Known, *, hidden: object) -> object:
        """Give the value in force; of a section that has a fault, what was written."""
        if _hidden(one):
            return hidden
        try:
            made = getattr(self.config.section(one.section.path, self.catalog), one.key.name)
        except LlmspellError:
            made = self.config.get(one.dotted, one.key.default)  # its fault is told beside
        return _masked(friendly(one.section.cls, one.key.name, list(made) if isinstance(made, tuple) else made))

    def _chain(self, one: Known) -> Iterator[Step]:
        """Yield what each layer says, in rising order: the last one wins, with tables the last one of each key."""
        yield _step("default", one.key.default, None, None)
        variable = one.key.variable
        text = self.config.environment.get(variable) if variable else None
        if text:
            yield _step("variable", MASK if _hidden(one) else text, variable, None)
        path = tuple(one.dotted.split("."))
        for layer in self._layers:
            below = {k: leaf for k, leaf in layer.leaves.items() if k[: len(path)] == path}
            for key, leaf in below.items():
                name = ".".join(key[len(path) :])
                value = MASK if _hidden(one) or is_secret(key[-1]) else _masked(leaf.value)
                place = leaf.origin, self._line(layer, key)
                yield _step(layer.name, {name: value} if name else value, *place, key=name)

    def _line(self, layer: Layer, key: tuple[str, ...]) -> int | None:
        if layer.path is None:
            return None
        if layer.path not in self._lines:
            try:
                self._lines[layer.path] = lines_of(layer.path.read_text(encoding="utf-8-sig"))
            except (OSError, UnicodeDecodeError):  # it has changed since it was read as a layer: then without lines
                self._lines[layer.path] = {}
        return self._lines[layer.path].get(key)


def _hidden(one: Known) -> bool:
    return one.key.secret or is_secret(one.key.name)


def _masked(value: object) -> object:
    """Mask what tables hold under the names of secrets, those within lists as well."""
    if isinstance(value, list):
        return [_masked(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: MASK if is_secret(str(name)) else _masked(one) for name, one in value.items()}


def _step(layer: str, value: object, origin: str | None, line: int | None, *, key: str = "") -> Step:
    return Step(key, {"layer": layer, "value": value, "origin": origin, "line": line})


def explain(args: argparse.Namespace, console: Console) -> int:
    """Explain keys, sections, or everything; faults elsewhere are told on standard error."""
    config, faults = read_config(args)
    secrets = SecretService()
    config.fill(secrets)
    console.redact = secrets.redact
    catalog = Catalog(loader(args, config))
    explainer = Explainer(config, catalog)
    chosen = [one for name in args.keys for one in explainer.named(name)] if args.keys else explainer.known
    for path, text in [*faults, *config.faults(catalog)]:
        console.warn(f"{path} {text}")
    told = [explainer.explain(one) for one in {one.dotted: one for one in chosen}.values()]
    if console.as_json:
        console.data(told)
        return 0
    for number, about in enumerate(told):
        if number:
            console.print()
        _print(about, console)
    return 0


def _print(about: Mapping[str, Any], console: Console) -> None:
    console.print(f"{about['key']} = {_shown(about['value'], needed=about['needed'])}")
    if about["meaning"]:
        console.print(f"  {about['meaning']}")
    owner = f"plugin {about['plugin']} ({about['distribution']})" if about["plugin"] else "llmspell"
    console.print(
        f"  type: {about['type']}{', secret' if about['secret'] else ''}; section [{about['section']}] of {owner}"
    )
    when = "after a restart" if about["restart"] else "at the next reload"
    console.print(f"  variable: {about['variable']}; a change is taken over {when}")
    layers: Sequence[Mapping[str, Any]] = about["layers"]
    for layer in reversed(layers):
        mark = "->" if layer["wins"] else "  "
        place = f" ({layer['origin']}{':' + str(layer['line']) if layer['line'] else ''})" if layer["origin"] else ""
        value = _shown(layer["value"], needed=about["needed"])
        console.print(f"  {mark} {layer['layer']}{place}: {value}")


def _shown(value: object, *, needed: bool) -> str:
    if value is None:
        return "needed, and not set" if needed else "not set"
    return json.dumps(value, ensure_ascii=False, default=str)
