"""The configuration: layers laid over each other, sections checked by their owners' classes, values with their origin.

Without a file, a variable or a flag nothing is read and nothing imported. What is there is checked at once: the
kernel's sections by
`Config.load`, those of components by `Config.validate` as soon as there is a catalogue.
"""

from __future__ import annotations

import os
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from llmspell.errors import ConfigError
from llmspell.services.config_sources import Leaf, Sources, Text, expand, gather, reference
from llmspell.services.paths import AppPaths
from llmspell.spec.secrets import SecretRef

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol, Self

    from llmspell.services.config_sources import Faults, Key, Leaves
    from llmspell.services.secrets import SecretService
    from llmspell.spec.descriptor import Component

    class Catalog(Protocol):
        """What is needed of the catalogue of components."""

        def list(self, kind: str) -> list[Component]:
            """Give the components of a kind."""
            ...

        def resolve(self, component: Component) -> object:
            """Import a component's target."""
            ...


KERNEL_SECTIONS = frozenset(
    {
        "development", "events", "hooks", "observability.logging", "permissions", "plugins", "providers", "scripting",
        "security", "storage", "system",
    }
)  # fmt: skip
"""The sections of `config_schema`, which is imported only when one of them is there or asked for."""

SHARED_SECTIONS = frozenset({"providers", "scripting", "storage"})
"""Sections of the kernel that have no tables of their own: those below them belong to components."""

FIXED_SECTIONS = ("hooks", "permissions", "plugins", "scripting", "security")
"""Sections whose changes need a restart: what runs was started under the old ones."""

_SECRET = re.compile(r"(?:^|_)(?:api_key|\w+_key|token|password|passphrase|secret)\Z")


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
        environment = os.environ if environment is None else environment
        sources = Sources(
            path, working or Path.cwd(), user_folder or AppPaths(environment).config, environment, dict(flags or {})
        )
        leaves, faults = _gather(sources)
        made = cls(sources, leaves)
        if check:
            faults += made._check(None)
        _raise(faults)
        return made

    def validate(self, catalog: Catalog) -> None:
        """Check every section that is there; raises `ConfigError` with every fault."""
        _raise(self._check(catalog))

    def reload(self, catalog: Catalog | None = None) -> Reload:
        """Read all layers again and take them over; raises `ConfigError` and changes nothing when they are wrong."""
        leaves, faults = _gather(self._sources)
        fresh = type(self)(self._sources, leaves)
        faults += fresh._check(catalog)  # noqa: SLF001 - one of its own kind
        _raise(faults)
        differing = {key for key in leaves.keys() | self._leaves.keys() if leaves.get(key) != self._leaves.get(key)}
        fixed = {key for key in differing if key[0] in FIXED_SECTIONS}
        kept = {key: leaf for key, leaf in self._leaves.items() if key[0] in FIXED_SECTIONS}
        merged = {**{key: leaf for key, leaf in leaves.items() if key[0] not in FIXED_SECTIONS}, **kept}
        made = {path: one for path, one in fresh._made.items() if path.split(".")[0] not in FIXED_SECTIONS}  # noqa: SLF001 - as above
        made.update({path: one for path, one in self._made.items() if path.split(".")[0] in FIXED_SECTIONS})
        self._leaves, self._made = merged, made
        return Reload(tuple(sorted(map(".".join, differing - fixed))), tuple(sorted(map(".".join, fixed))))

    # -- asking --------------------------------------------------------------------------------------------------------

    @property
    def foreign(self) -> bool:
        """Tell whether there are sections that only a catalogue can check."""
        return any(_owner(key, KERNEL_SECTIONS) is None for key in self._leaves)

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
            declared = _declared(catalog)
            cls = declared[path]() if path in declared else None
            if cls is not None:
                made = self._convert(path, cls, faults, declared)
            elif self.get(path) is not None:
                faults.append((path, _unknown_section(path, declared)))
            _raise(faults)
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

        A key that is a secret gives one of the name of its path (`providers.openai.api_key`), or of its variable when
        it is written
        `${VAR}`; `api_key_env` names a variable, and `api_key_file` a file whose content is the secret of the path
        without `_file`.
        """
        for key, leaf in self._leaves.items():
            stem, name = key[-1], ".".join(key)
            text = self._expanded(leaf)
            if not isinstance(text, str):
                continue
            if _SECRET.search(stem):
                variable = reference(leaf.value)
                secrets.declare(variable) if variable else secrets.add(name, text)
            elif stem.endswith("_env") and _SECRET.search(stem.removesuffix("_env")):
                secrets.declare(text)
            elif stem.endswith("_file") and _SECRET.search(stem.removesuffix("_file")):
                secrets.add_file(name.removesuffix("_file"), Path(text).expanduser())

    # -- inside --------------------------------------------------------------------------------------------------------

    def _check(self, catalog: Catalog | None) -> Faults:
        """Convert every section that is there and give all faults; without a catalogue only the kernel's own."""
        faults: Faults = []
        if not self._leaves:
            return faults
        declared = _declared(catalog)
        told: set[str] = set()
        for key in self._leaves:
            path = _owner(key, declared)
            if path is not None:
                if path not in told and path not in self._made:
                    self._keep(path, self._convert(path, declared[path](), faults, declared))
            elif catalog is not None:
                path = ".".join(key[: 2 if len(key) > 2 else 1])  # noqa: PLR2004 - `[kind.name]` and `[name]`
                if path not in told:
                    faults.append((path, _unknown_section(path, declared)))
            elif len(key) == 1:
                faults.append((key[0], "belongs to no section"))
            told.add(path or "")
        return faults

    def _keep(self, path: str, made: object) -> None:
        if made is not None:
            self._made[path] = made

    def _convert(self, path: str, cls: type, faults: Faults, declared: Mapping[str, object]) -> Any:
        from llmspell.services.config_convert import convert  # noqa: PLC0415 - attrs and cattrs, only for what is set

        depth = len(path.split("."))
        own = {k: leaf for k, leaf in self._leaves.items() if _owner(k, declared) == path}
        leaves = {key[depth]: leaf for key, leaf in own.items() if len(key) > depth}
        secret = getattr(cls, "SECRETS", ())
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

        # What the environment itself holds is taken as it is: nobody wrote `${...}` there to be expanded.
        return leaf.value if type(leaf.value) is Text else expand(leaf.value, self._sources.environment, missing)

    def _handle(self, key: Key, leaf: Leaf) -> object:
        if not isinstance(leaf.value, str):
            return leaf.value
        return SecretRef(reference(leaf.value) or ".".join(key))

    def _value(self, key: Key, leaf: Leaf) -> object:
        """Give a value as its section's class has it, else as it was written."""
        for depth in range(len(key) - 1, 0, -1):
            made = self._made.get(".".join(key[:depth]))
            if made is not None and hasattr(made, key[depth]):
                value: Any = getattr(made, key[depth])
                for part in key[depth + 1 :]:
                    value = value[part] if isinstance(value, dict) else getattr(value, part)
                return list(value) if isinstance(value, tuple) else str(value) if isinstance(value, Path) else value
        return self._handle(key, leaf) if _SECRET.search(key[-1]) else _plain(self._expanded(leaf))

    def __repr__(self) -> str:
        return f"<config of {len(self._leaves)} values>"


def _gather(sources: Sources) -> tuple[Leaves, Faults]:
    """Read all layers without the empty tables of components: `[providers.openai]` with nothing in it says nothing."""
    leaves, faults = gather(sources)
    empty = [key for key, leaf in leaves.items() if len(key) > 1 and key[0] in SHARED_SECTIONS and leaf.value == {}]
    for key in empty:
        del leaves[key]
    return leaves, faults


def _declared(catalog: Catalog | None) -> dict[str, Any]:
    """Give a function for each declared section that returns its class."""

    def own(path: str) -> Any:
        def resolve() -> object:
            from llmspell.services.config_schema import SECTIONS  # noqa: PLC0415 - attrs, only for what is set

            return SECTIONS[path]

        return resolve

    found: dict[str, Any] = {path: own(path) for path in KERNEL_SECTIONS}
    if catalog is not None:
        for component in catalog.list("config_section"):
            found[str(component.extra["path"])] = partial(catalog.resolve, component)
    return found


def _owner(key: Key, declared: Any) -> str | None:
    """Give the longest declared section that a key lies in; None when nobody declares it.

    `[providers.openai]` lies within a section of the kernel and yet is no key of it.
    """
    for depth in range(len(key) - 1, 0, -1):
        path = ".".join(key[:depth])
        if path in declared:
            return None if path in SHARED_SECTIONS and len(key) > depth + 1 else path
    return ".".join(key) if ".".join(key) in declared else None


def _unknown_section(path: str, declared: Mapping[str, object]) -> str:
    import difflib  # noqa: PLC0415 - only for the message
    import tomllib  # noqa: PLC0415 - likewise

    with Path(__file__).with_name("known_sections.toml").open("rb") as file:
        known = tomllib.load(file)
    owner = next((known[p] for p in (path, path.partition(".")[0]) if p in known), None)
    if owner is not None:
        return f"belongs to {owner}, which is not installed or not loaded"
    near = difflib.get_close_matches(path, [*declared, *known], n=2)
    return "is a section nobody declares" + (f"; did you mean [{'] or ['.join(near)}]?" if near else "")


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


def _raise(faults: Faults) -> None:
    if not faults:
        return
    count = "" if len(faults) == 1 else f"{len(faults)} faults: "
    message = f"the configuration is wrong: {count}" + "; ".join(f"{path} {text}" for path, text in faults)
    raise ConfigError(message, faults=faults, suggestions=("Change these, then run `llmspell config validate`.",))
