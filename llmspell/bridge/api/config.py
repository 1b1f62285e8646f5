"""Config: settings as a script may see them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from llmspell.bridge.definition import Namespace, function
from llmspell.errors import PermissionDeniedError

if TYPE_CHECKING:
    from llmspell.services.permissions import Grants

SECRET_KEY = re.compile(r"(?:^|_)(?:key|token|secret|password|passphrase|credentials?|authorization)$")
"""Names of keys whose values are secrets; `api_key_env` and `api_key_file` only name where one is."""
MASK = "***"
GUARDED = ("security", "permissions", "grants", "limits", "plugins", "isolation")
"""Sections that decide what a spell may do: a spell may not touch them."""


class Config(Namespace):
    """Settings of this application, with secrets masked, and values of this run.

    `set` changes what this run reads, nothing else: `providers.default` chooses the provider of agents made without
    one, other values are the spell's own.
    """

    name = "Config"

    @function()
    def get(self, key: str, default: object = None) -> object:
        """Read a value by its dotted key (`providers.default`); `default` when there is none."""
        if key in self.session.overlay:
            return self.session.overlay[key]
        value = self.session.app.config.get(key)
        return default if value is None else masked(key.rpartition(".")[2], value)

    @function(name="set")
    def set_(self, key: str, value: object) -> None:
        """Set a value for this run. Raises `permission_denied` for a section that decides what the spell may do."""
        if key.partition(".")[0] in GUARDED:
            message = f"a spell may not set {key!r}: it decides what the spell may do"
            raise PermissionDeniedError(message, suggestions=["set it in llmspell.toml"])
        self.session.overlay[key] = value

    @function(name="list", aliases=("keys",))
    def list_(self, prefix: str = "") -> list[str]:
        """List the dotted keys that have a value, all or those below a prefix."""
        data = self.session.app.config.get(prefix) if prefix else self.session.app.config.to_dict()
        found = {*_keys(data, prefix), *(key for key in self.session.overlay if key.startswith(prefix))}
        return sorted(found)

    @function()
    def get_provider_config(self, provider: str) -> dict[str, object]:
        """Give a provider's section, secrets masked; raises `component_not_found` for a provider nobody installed."""
        name = self.session.app.catalog.get("provider", provider).name
        section = self.session.app.config.get(f"providers.{name}")
        shown = masked(name, section) if isinstance(section, Mapping) else {}
        return dict(shown) if isinstance(shown, Mapping) else {}

    @function()
    def get_security_config(self) -> dict[str, object]:
        """Tell what this spell may do: its rights, as they were granted."""
        return {"grants": cast("Grants", self.session.run.scope.grants).describe()}


def masked(name: str, value: object) -> object:
    """Replace secrets by `***`, at every depth."""
    if isinstance(value, Mapping):
        return {key: masked(str(key), one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [masked(name, one) for one in value]
    if value is not None and SECRET_KEY.search(name) and not isinstance(value, (bool, int, float)):
        return MASK
    return value


def _keys(value: object, path: str) -> list[str]:
    if isinstance(value, Mapping):
        return [key for name, one in value.items() for key in _keys(one, f"{path}.{name}" if path else str(name))]
    return [] if value is None else [path]
