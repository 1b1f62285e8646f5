"""Config: settings as a script may see them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from llmspell.bridge.api.config_options import (  # noqa: TC001 - read from the annotations of the functions
    ObservabilityOptions,
    ProviderOptions,
    ResourceLimits,
    SecurityOptions,
)
from llmspell.bridge.api.log import Log
from llmspell.bridge.definition import Namespace, function
from llmspell.errors import PermissionDeniedError, ScriptTimeoutError

if TYPE_CHECKING:
    from llmspell.bridge.session import SpellSession
    from llmspell.services.permissions import Grants

SECRET_KEY = re.compile(r"(?:^|_)(?:key|token|secret|password|passphrase|credentials?|authorization)$")
"""Names of keys whose values are secrets; `api_key_env` and `api_key_file` only name where one is."""
MASK = "***"
GUARDED = ("security", "permissions", "grants", "limits", "plugins", "isolation")
"""Sections that decide what a spell may do: a spell may not touch them."""


class Config(Namespace):
    """Settings of this application, with secrets masked, and values of this run.

    `set` changes what this run reads, nothing else: `providers.default` chooses the provider of agents made without
    one, other values are the spell's own. `configure_*` takes effect for the rest of the run, and gives a spell less
    than it had, never more.
    """

    name = "Config"

    def __init__(self, session: SpellSession) -> None:
        super().__init__(session)
        self.defaults: dict[str, dict[str, object]] = {}
        """What agents are made with, by provider."""

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
        return {**(shown if isinstance(shown, Mapping) else {}), **self.defaults.get(name, {})}

    @function()
    def configure_provider(self, provider: str, config: ProviderOptions) -> None:
        """Say with what the agents of a provider are made from now on; raises `component_not_found`.

        Keys and addresses are the application's: they are refused.
        """
        name = self.session.app.catalog.get("provider", provider).name
        given = config.given()
        if "model" in given:
            given["default_model"] = given.pop("model")
        self.defaults[name] = {**self.defaults.get(name, {}), **given}

    # -- what the spell may do, and for how long -----------------------------------------------------------------------

    @function()
    def get_security_config(self) -> dict[str, object]:
        """Tell what this spell may do: its rights, as they were granted."""
        return {"grants": cast("Grants", self.session.run.scope.grants).describe()}

    @function()
    def configure_security(self, config: SecurityOptions) -> None:
        """Give up rights for the rest of the run. Raises `permission_denied` for one that was never granted."""
        run = self.session.run
        held = cast("Grants", run.scope.grants)
        held.require_within(config.grants, cwd=run.working, who="the spell")
        run.scope.grants = held.narrow([*config.grants, *(f"!{one}" for one in config.deny)], cwd=run.working)

    @function()
    def get_resource_config(self) -> dict[str, object]:
        """Tell what this spell may use: seconds, bytes, and calls at a time; nothing where there is no limit."""
        limits = self.session.limits
        return {
            "max_execution_time": limits.wall,
            "max_cpu_time": limits.cpu,
            "max_memory": limits.memory,
            "max_output": limits.output,
            "max_concurrent_operations": self.session.calls.cap,
        }

    @function()
    def configure_resources(self, config: ResourceLimits) -> None:
        """Lower limits of this run. Raises `permission_denied` for one that is more than the spell has."""
        wall, calls = config.max_execution_time, config.max_concurrent_operations
        _at_most("max_execution_time", wall, self.session.limits.wall)
        _at_most("max_concurrent_operations", calls, self.session.calls.cap)
        if wall is not None:
            self.session.limits = self.session.limits._replace(wall=wall)
            left = self.session.began + wall - self.session.app.services.clock.monotonic()
            self.session.spawn(self._stop_in(max(left, 0.0), wall), "time limit of the spell")
        if calls is not None:
            self.session.calls.cap = max(1, calls)

    async def _stop_in(self, left: float, seconds: float) -> None:
        await self.session.app.services.clock.sleep(left)  # of this process: a run that is taken up has time again
        message = f"the spell ran longer than {seconds:g} s"
        self.session.stop(ScriptTimeoutError(message, suggestions=["the spell itself chose this limit"]))

    @function()
    def get_observability_config(self) -> dict[str, object]:
        """Tell what is noted of this spell: `{level}`."""
        return {"level": self.session.namespace(Log).least}

    @function()
    def configure_observability(self, config: ObservabilityOptions) -> None:
        """Choose what is noted of this spell."""
        if config.level is not None:
            self.session.namespace(Log).least = config.level


def _at_most(name: str, wanted: float | None, held: float | None) -> None:
    if wanted is not None and held is not None and wanted > held:
        message = f"a spell may lower its limits, not raise them: {name} is {held:g}, not {wanted:g}"
        raise PermissionDeniedError(message, suggestions=["set it in llmspell.toml or on the command line"])


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
