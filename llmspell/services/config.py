"""The configuration: layers laid over each other, sections checked by their owners' classes, values with their origin.

Without a file, a variable or a flag nothing is read and nothing imported. What is there is checked at once: the
kernel's sections by `Config.load`, those of components by `Config.validate` as soon as there is a catalogue.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from llmspell.errors import ConfigError
from llmspell.services.config_sections import (
    FIXED_SECTIONS,
    KERNEL_SECTIONS,
    SHARED_SECTIONS,
    declared_in,
    is_secret,
    owner,
    unknown_section,
)
from llmspell.services.config_sources import (
    Leaf,
    Sources,
    Text,
    expand,
    files_of,
    gather,
    is_cut_off,
    layers,
    names_stored,
    reference,
    stored,
)
from llmspell.services.paths import AppPaths
from llmspell.spec.secrets import SecretRef

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from llmspell.services.config_sections import Catalog
    from llmspell.services.config_sources import Faults, Key, Layer, Leaves
    from llmspell.services.secrets import SecretService

_FILES = frozenset({"anchor", "authorities", "certificate", "path", "paths"})
"""Keys that name files, beside those that end in `_path`, `_paths` or `_file`."""

_PASSWORD = re.compile(r"://[^/@\s:]*:([^/@\s]+)@")


class Reload(NamedTuple):
    """Tell what a reload did: the keys that changed, and those that will after a restart."""

    changed: tuple[str, ...]
    restart: tuple[str, ...]


class Config:
    """Give configured values. Made by `Config.load`; only `reload` changes it, all at once."""

    __slots__ = ("_leaves", "_made", "_sources")

    def __init__(self, sources: Sources, leaves: Leaves) -> None:
        self._sources = sources
        self._leaves = leaves
        self._made: dict[str, Any] = {}

    # -- reading -------------------------------------------------------------------------------------------------------

    @classmethod
    def load(
        cls,
        path: Path | None = None,
        *,
        flags: Mapping[str, object] | None = None,
        environment: Mapping[str, str] | None = None,
        working: Path | None = None,
        user_folder: Path | None = None,
        check: bool = True,
    ) -> Self:
        """Read all layers; `path` is the file named on the command line, `flags` map dotted keys to values.

        Raises `ConfigError` with every fault of the layers and the kernel's sections; `check=False` leaves the sections
        to `validate`.
        """
        made, faults = cls.read(path, flags=flags, environment=environment, working=working, user_folder=user_folder)
        if check:
            faults += made._check(None)  # noqa: SLF001 - one of its own kind
        made._raise(faults)  # noqa: SLF001 - one of its own kind
        return made

    @classmethod
    def read(
        cls,
        path: Path | None = None,
        *,
        flags: Mapping[str, object] | None = None,
        environment: Mapping[str, str] | None = None,
        working: Path | None = None,
        user_folder: Path | None = None,
    ) -> tuple[Self, Faults]:
        """Read all layers as far as they can be read, and give what is wrong with them beside; see `load`."""
        environment = os.environ if environment is None else environment
        folder = user_folder or AppPaths(environment).config_if_any
        sources = Sources(path, working or _current_folder(), folder, environment, dict(flags or {}))
        leaves, faults = _gather(sources)
        return cls(sources, leaves), faults

    def validate(self, catalog: Catalog) -> None:
        """Check every section that is there; raises `ConfigError` with every fault."""
        self._raise(self._check(catalog))

    def faults(self, catalog: Catalog) -> Faults:
        """Give what `validate` would raise: (path, sentence) pairs."""
        return self._check(catalog)

    def sound(self) -> Self:
        """Give the same without the kernel's sections that are wrong, for whoever must go on in spite of them."""
        wrong = {path.split(".")[0] for path, _ in self._check(None)}
        return type(self)(self._sources, {key: leaf for key, leaf in self._leaves.items() if key[0] not in wrong})

    def layers(self) -> list[Layer]:
        """Read every layer again, in rising order: what sets a key and does not win is there, too."""
        return list(layers(self._sources, []))

    def reload(self, catalog: Catalog | None = None) -> Reload:
        """Read all layers again and take them over; raises `ConfigError` and changes nothing when they are wrong."""
        leaves, faults = _gather(self._sources)
        fresh = type(self)(self._sources, leaves)
        faults += fresh._check(catalog)  # noqa: SLF001 - one of its own kind
        fresh._raise(faults)  # noqa: SLF001 - as above
        differing = {key for key in leaves.keys() | self._leaves.keys() if leaves.get(key) != self._leaves.get(key)}
        fixed = {key for key in differing if key[0] in FIXED_SECTIONS}
        kept = {key: leaf for key, leaf in self._leaves.items() if key[0] in FIXED_SECTIONS}
        merged = {**{key: leaf for key, leaf in leaves.items() if key[0] not in FIXED_SECTIONS}, **kept}
        made = {path: one for path, one in fresh._made.items() if path.split(".")[0] not in FIXED_SECTIONS}  # noqa: SLF001 - as above
        made.update({path: one for path, one in self._made.items() if path.split(".")[0] in FIXED_SECTIONS})
        self._leaves, self._made = merged, made
        return Reload(tuple(sorted(map(".".join, differing - fixed))), tuple(sorted(map(".".join, fixed))))

    @property
    def environment(self) -> Mapping[str, str]:
        """Give the environment that the configuration was read from."""
        return self._sources.environment

    def files(self) -> list[Path]:
        """Give the files that are read, whether or not they are there."""
        return [path for _, path, _ in files_of(self._sources)]

    def named_files(self) -> list[tuple[str, Path]]:
        """Give the files and folders that the configuration names, each after its key."""
        found: list[tuple[str, Path]] = []
        for key, leaf in self._leaves.items():
            if key[-1] in _FILES or key[-1].endswith(("_path", "_paths", "_file")):
                value = self._expanded(leaf)
                texts = [one for one in (value if isinstance(value, list) else [value]) if one and isinstance(one, str)]
                found += [(".".join(key), self._sources.working / Path(one).expanduser()) for one in texts]
        return found

    # -- asking --------------------------------------------------------------------------------------------------------

    @property
    def foreign(self) -> bool:
        """Tell whether there are sections that only a catalogue can check."""
        return any(owner(key, KERNEL_SECTIONS) is None for key in self._leaves)

    def get(self, path: str, default: object = None) -> object:
        """Give what was set at a dotted path (a dict for a table), or the default; a secret comes as a handle."""
        key = tuple(path.split("."))
        leaf = self._leaves.get(key)
        if leaf is not None:
            return self._value(key, leaf)
        below = {k[len(key) :]: self._value(k, leaf) for k, leaf in self._leaves.items() if k[: len(key)] == key}
        return _nested(below) if below else default

    def section(self, path: str, catalog: Catalog | None = None) -> Any:
        """Give a section as an instance of its owner's class, or an empty mapping where nobody declares one.

        Raises `ConfigError` when its values are wrong, or when it is set and nobody declares it.
        """
        made = self._made.get(path)
        if made is None:
            faults: Faults = []
            declared = declared_in(catalog)
            cls = declared[path]() if path in declared else None
            if cls is not None:
                made = self._convert(path, cls, faults, declared)
            elif self.get(path) is not None:
                faults.append((path, unknown_section(path, declared)))
            self._raise(faults)
            made = self._made[path] = {} if made is None else made
        return made

    def origin(self, path: str) -> str | None:
        """Tell which file, variable or flag set a value; None when it is a default."""
        key = tuple(path.split("."))
        found = {leaf.origin: None for k, leaf in self._leaves.items() if k[: len(key)] == key}
        return ", ".join(found) or None

    def origins(self) -> dict[str, str]:
        """Give the origin of every value that is set."""
        return {".".join(key): leaf.origin for key, leaf in sorted(self._leaves.items())}

    def permission_rules(self) -> list[str]:
        """Give `[permissions]` as the rules of `Grants.parse`; a deny starts with `!`."""
        if not any(key[0] == "permissions" for key in self._leaves):
            return []
        section = self.section("permissions")
        return [*section.allow, *(f"!{rule}" for rule in section.deny)]

    def to_dict(self) -> dict[str, object]:
        """Give everything that was set as JSON data, secrets masked."""
        return _nested({key: _shown(self._value(key, leaf)) for key, leaf in sorted(self._leaves.items())})

    def fill(self, secrets: SecretService) -> None:
        """Tell the secrets what the configuration knows of them.

        A key that is a secret gives one of the name of its path (`providers.openai.api_key`), of its variable when it
        is written `${VAR}`, or of the one in a store when it is written `${secret:NAME}`; `api_key_env` names a
        variable, and `api_key_file` a file whose content is the secret of the path without `_file`. The password
        within an address is one, too.
        """
        for key, leaf in self._leaves.items():
            stem, name = key[-1], ".".join(key)
            text = self._expanded(leaf)
            for one in text if isinstance(text, list) else [text]:
                inside = _PASSWORD.search(one) if isinstance(one, str) else None
                if inside is not None:
                    secrets.add(f"{name}.password", inside[1])
            if not isinstance(text, str):
                continue
            kept = stored(leaf.value)
            if kept is not None:
                secrets.declare_stored(kept)
            elif is_secret(stem):
                variable = reference(leaf.value)
                secrets.declare(variable) if variable else secrets.add(name, text)
            elif stem.endswith("_env") and is_secret(stem.removesuffix("_env")):
                secrets.declare(text)
            elif stem.endswith("_file") and is_secret(stem.removesuffix("_file")):
                secrets.add_file(name.removesuffix("_file"), Path(text).expanduser())

    # -- inside --------------------------------------------------------------------------------------------------------

    def _check(self, catalog: Catalog | None) -> Faults:
        """Convert every section that is there and give all faults; without a catalogue only the kernel's own."""
        faults: Faults = []
        if not self._leaves:
            return faults
        declared = declared_in(catalog)
        told: set[str] = set()
        for key, leaf in self._leaves.items():
            path = owner(key, declared)
            if path is not None:
                if path not in told and path not in self._made:
                    self._keep(path, self._convert(path, declared[path](), faults, declared))
            elif catalog is not None:
                path = ".".join(key[: 2 if len(key) > 2 else 1])  # noqa: PLR2004 - `[kind.name]` and `[name]`
                if path not in told:
                    faults.append((path, unknown_section(path, declared)))
            elif len(key) == 1 and leaf.value != {}:  # an empty table may be a section of a plugin
                faults.append((key[0], "belongs to no section"))
            told.add(path or "")
        return faults

    def _keep(self, path: str, made: object) -> None:
        if made is not None:
            self._made[path] = made

    def _convert(self, path: str, cls: type, faults: Faults, declared: Mapping[str, object]) -> Any:
        from llmspell.services.config_convert import convert  # noqa: PLC0415 - attrs and cattrs, only for what is set

        depth = len(path.split("."))
        own = {k: leaf for k, leaf in self._leaves.items() if owner(k, declared) == path}
        leaves = {key[depth]: leaf for key, leaf in own.items() if len(key) > depth}
        if any(len(key) == depth and leaf.value != {} for key, leaf in own.items()):
            faults.append((path, f"is a section: write [{path}] and its keys below"))
        secret = getattr(cls, "SECRETS", ())
        for key, leaf in own.items():
            if len(key) > depth and names_stored(leaf.value) and (key[depth] not in secret or not stored(leaf.value)):
                faults.append(
                    (".".join(key), "holds `${secret:...}`, which can only be the whole value of a secret key")
                )
        values = {
            key[depth:]: self._expanded(leaf, key, faults) if key[depth] not in secret else self._handle(key, leaf)
            for key, leaf in own.items()
            if len(key) > depth
        }
        for field, variable in getattr(cls, "ENVIRONMENT", {}).items():
            text = self._sources.environment.get(variable)
            if text and field not in leaves:
                values[field,] = text
        return convert(cls, _nested(values), leaves, path, faults)

    def _expanded(self, leaf: Leaf, key: Key = (), faults: Faults | None = None) -> object:
        def missing(name: str) -> None:
            if faults is not None:
                text = f"needs the environment variable {name}, which is not set; `${{{name}:-x}}` would give a default"
                faults.append((".".join(key), text))

        if faults is not None and type(leaf.value) is not Text and is_cut_off(leaf.value):
            faults.append(
                (".".join(key), "holds a `${` that begins no variable; write `$${` where it is meant as such")
            )
        # What the environment itself holds is taken as it is: nobody wrote `${...}` there to be expanded.
        return leaf.value if type(leaf.value) is Text else expand(leaf.value, self._sources.environment, missing)

    def _handle(self, key: Key, leaf: Leaf) -> object:
        if not isinstance(leaf.value, str):
            return leaf.value
        return SecretRef(stored(leaf.value) or reference(leaf.value) or ".".join(key))

    def _value(self, key: Key, leaf: Leaf) -> object:
        """Give a value as its section has it, else as it was written; what is called like a secret as a handle."""
        if is_secret(key[-1]) and isinstance(leaf.value, str):
            return self._handle(key, leaf)
        for depth in range(len(key) - 1, 0, -1):
            made = self._made.get(".".join(key[:depth]))
            if made is not None and hasattr(made, key[depth]):
                value: Any = getattr(made, key[depth])
                for part in key[depth + 1 :]:
                    value = value[part] if isinstance(value, dict) else getattr(value, part)
                return list(value) if isinstance(value, tuple) else str(value) if isinstance(value, Path) else value
        return self._handle(key, leaf) if is_secret(key[-1]) else _plain(self._expanded(leaf))

    def _raise(self, faults: Faults) -> None:
        """Raise `ConfigError` if there are faults; secrets are masked in their sentences."""
        if not faults:
            return
        from llmspell.services.secrets import SecretService  # noqa: PLC0415 - only a mistake pays for it

        secrets = SecretService(self._sources.environment)
        self.fill(secrets)
        told = [(path, secrets.redact(text)) for path, text in faults]
        count = "" if len(told) == 1 else f"{len(told)} faults: "
        message = f"the configuration is wrong: {count}" + "; ".join(f"{path} {text}" for path, text in told)
        raise ConfigError(message, faults=told, suggestions=("Change these, then run `llmspell config validate`.",))

    def __repr__(self) -> str:
        return f"<config of {len(self._leaves)} values>"


def _current_folder() -> Path:
    try:
        return Path.cwd()
    except OSError as error:
        message = f"the current folder cannot be used: {error.strerror}"
        raise ConfigError(message, suggestions=["change to a folder that is there"]) from error


def _gather(sources: Sources) -> tuple[Leaves, Faults]:
    """Read all layers without the empty tables of components: `[providers.openai]` with nothing in it says nothing."""
    leaves, faults = gather(sources)
    empty = [key for key, leaf in leaves.items() if len(key) > 1 and key[0] in SHARED_SECTIONS and leaf.value == {}]
    for key in empty:
        del leaves[key]
    return leaves, faults


def _nested(values: Mapping[Key, object]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for key, value in values.items():
        here = tree
        for part in key[:-1]:
            here = here.setdefault(part, {})
        here[key[-1]] = value
    return tree


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Text) else value


def _shown(value: object) -> object:
    return repr(value) if isinstance(value, SecretRef) else value
