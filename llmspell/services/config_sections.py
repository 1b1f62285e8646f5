"""Which sections a configuration may have, whose a key is, and which keys hold secrets."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmspell.errors import PluginLoadError
from llmspell.model.near import near_words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    from llmspell.errors import LlmspellError
    from llmspell.services.config_sources import Key
    from llmspell.spec.descriptor import Component

    class Catalog(Protocol):
        """What is needed of the catalogue of components."""

        def list(self, kind: str) -> list[Component]:
            """Give the components of a kind."""
            ...

        def resolve(self, component: Component) -> object:
            """Import a component's target."""
            ...

        def reject(self, component: Component, error: LlmspellError) -> None:
            """Leave out the plugin of a component."""
            ...


KERNEL_SECTIONS = frozenset(
    {
        "development", "events", "hooks", "observability.logging", "observability.transcript", "permissions", "plugins",
        "journal", "processes", "providers", "scripting", "secrets", "security", "state", "storage", "system",
    }
)  # fmt: skip
"""The sections of `config_schema`, which is imported only when one of them is there or asked for."""

SHARED_SECTIONS = frozenset({"providers", "scripting", "secrets", "storage"})
"""Sections of the kernel that have no tables of their own: those below them belong to components."""

FIXED_SECTIONS = ("hooks", "permissions", "plugins", "processes", "scripting", "secrets", "security")
"""Sections whose changes need a restart: what runs was started under the old ones."""

_SECRET = re.compile(
    r"(?:^|[_-])(?:api[_-]?key|[\w-]+[_-]key|token|password|passphrase|secret|authorization|cookie)\Z", re.IGNORECASE
)


def is_secret(name: str) -> bool:
    """Tell whether a key of this name holds a secret, whoever declares it."""
    return _SECRET.search(name) is not None


def declared_in(catalog: Catalog | None) -> dict[str, Any]:
    """Give a function for each declared section that returns its class."""

    def own(path: str) -> Any:
        def resolve() -> object:
            from llmspell.services.config_schema import SECTIONS  # noqa: PLC0415 - attrs, only for what is set

            return SECTIONS[path]

        return resolve

    found: dict[str, Any] = {path: own(path) for path in KERNEL_SECTIONS}
    if catalog is not None:
        for component in catalog.list("config_section"):
            path = str(component.extra["path"])
            if path in KERNEL_SECTIONS:
                message = f"plugin {component.plugin} ({component.dist}) declares [{path}], which is llmspell's own"
                remedy = f"block it with -p no:{component.plugin}"
                catalog.reject(component, PluginLoadError(message, suggestions=[remedy]))
            else:
                found[path] = partial(catalog.resolve, component)
    return found


def owner(key: Key, known: Any) -> str | None:
    """Give the longest declared section that a key lies in; None when nobody declares it.

    `[providers.openai]` lies within a section of the kernel and yet is no key of it.
    """
    for depth in range(len(key) - 1, 0, -1):
        path = ".".join(key[:depth])
        if path in known:
            return None if path in SHARED_SECTIONS and len(key) > depth + 1 else path
    return ".".join(key) if ".".join(key) in known else None


def unknown_section(path: str, known: Mapping[str, object]) -> str:
    """Say that nobody declares a section: who would, or which ones are near."""
    import tomllib  # noqa: PLC0415 - likewise

    with Path(__file__).with_name("known_sections.toml").open("rb") as file:
        others = tomllib.load(file)
    top = path.partition(".")[0]
    here = any(one.startswith(f"{top}.") and one not in KERNEL_SECTIONS for one in known)
    whose = others.get(path) or (None if here else others.get(top))
    if whose is not None:
        return f"belongs to {whose}, which is not installed or not loaded"
    near = near_words(path, {**known, **others}, n=2)
    return "is a section nobody declares" + (f"; did you mean [{'] or ['.join(near)}]?" if near else "")
