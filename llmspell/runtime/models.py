"""Choose a model: by `provider/model`, by provider, by the model's name, or the first provider that is configured."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from llmspell.errors import AgentConfigError, ComponentNotFoundError
from llmspell.spec.secrets import SecretRef

if TYPE_CHECKING:
    from llmspell.runtime.app import App
    from llmspell.runtime.run import Run
    from llmspell.spec import Component

SCRIPTED = "scripted"
USUAL_KEY = "OPENAI_API_KEY"
"""The key that most people have: named where one name must stand for all."""


class ModelChoice(NamedTuple):
    """A provider, a model of it, and what every request carries along for it."""

    component: Component
    model: str
    extra: Mapping[str, object]
    explicit: bool


class Models:
    """Know which providers there are and which of them the user configured."""

    def __init__(self, app: App) -> None:
        self._app = app

    def choose(self, run: Run, provider: str | None = None, model: str | None = None) -> ModelChoice:
        """Pick a provider and model.

        Raises `ComponentNotFoundError` for an unknown provider, `AgentConfigError` when nothing is configured and
        the spell has no scripted model.
        """
        component, model = self.named(run, provider, model)
        if component is not None:
            return self._of(run, component, model, explicit=True)
        component = self.first_configured(owner=run.id)
        if component is not None:
            return self._of(run, component, model, explicit=bool(model))
        return self._scripted(run)

    def named(self, run: Run, provider: str | None, model: str | None) -> tuple[Component | None, str | None]:
        """Give the provider that is meant by its name, by `provider/model` or by a model's name, and the model alone.

        None in its place when nobody is meant. Raises `ComponentNotFoundError` for an unknown provider.
        """
        if model and "/" in model and provider is None:
            head, _, tail = model.partition("/")
            if any(head in (c.name, *c.aliases) for c in self._app.catalog.list("provider", owner=run.id)):
                provider, model = head, tail
        if provider:
            return self._app.catalog.get("provider", provider, owner=run.id), model
        return (self._by_model(model, run.id) if model else None), model

    def first_configured(self, *, owner: str | None = None, capability: str | None = None) -> Component | None:
        """Give the default provider of the config, else the first one with a key or an address.

        None when there is none. `owner` is the run whose own providers are seen, too; without a default only those
        with the `capability` count, if one is given.
        """
        default = self._app.config.get("providers.default")
        if isinstance(default, str) and default:
            return self._app.catalog.get("provider", default, owner=owner)
        known = self._app.catalog.list("provider", owner=owner)
        found = [c for c in known if capability in (None, *c.capabilities) and self.configured(c)]
        return min(found, key=self._rank, default=None)

    def configured(self, component: Component) -> bool:
        """Tell whether a provider has a key or an address, in the environment or in the config.

        A provider that needs neither is configured by having a section.
        """
        if any(map(os.environ.get, _variables(component))) or self._kept(component):
            return True
        section = self._section(component)
        if section.get("base_url") or section.get("api_key_file"):
            return True
        variable = section.get("api_key_env")
        if isinstance(variable, str):
            return bool(os.environ.get(variable))
        key = section.get("api_key")
        if isinstance(key, SecretRef):
            return self._app.services.secrets.get(key.name) is not None
        return bool(section and not component.extra.get("key_env"))

    def _kept(self, component: Component) -> bool:
        """Tell whether a store of secrets has the key, under the name of its usual variable."""
        variable = component.extra.get("key_env")
        return isinstance(variable, str) and self._app.services.secrets.get(variable) is not None

    def _rank(self, component: Component) -> tuple[int, str]:
        """Order the configured: what the config names, then who has a key, then who has an address, by name."""
        if self._section(component):
            return 0, component.name
        key = component.extra.get("key_env")
        return 1 if isinstance(key, str) and os.environ.get(key) else 2, component.name

    def _section(self, component: Component) -> Mapping[str, object]:
        section = self._app.config.get(f"providers.{component.name}")
        return section if isinstance(section, Mapping) else {}

    def _by_model(self, model: str, owner: str) -> Component | None:
        matches = [
            c
            for c in self._app.catalog.list("provider", owner=owner)
            if any(fnmatch.fnmatchcase(model, p) for p in _patterns(c))
        ]
        return next((c for c in matches if self.configured(c)), matches[0] if matches else None)

    def _of(self, run: Run, component: Component, model: str | None, *, explicit: bool) -> ModelChoice:
        if component.name == SCRIPTED:
            return ModelChoice(
                component, model or SCRIPTED, {"script": run.model_script} if run.model_script else {}, explicit
            )
        chosen = model or self._section(component).get("model") or component.extra.get("default_model")
        if not isinstance(chosen, str) or not chosen:
            message = f"no model is named for provider {component.name!r}"
            raise AgentConfigError(
                message, suggestions=[f"set `model` in [providers.{component.name}]", "pass model= to Agent.new"]
            )
        return ModelChoice(component, chosen, {}, explicit)

    def _scripted(self, run: Run) -> ModelChoice:
        try:
            component = self._app.catalog.get("provider", SCRIPTED)
        except ComponentNotFoundError:
            component = None
        if component is None or run.model_script is None:
            keys = [str(c.extra["key_env"]) for c in self._app.catalog.list("provider") if c.extra.get("key_env")]
            usual = next((key for key in keys if key == USUAL_KEY), keys[0] if keys else "")
            message = "no model provider is configured"
            raise AgentConfigError(
                message,
                suggestions=[
                    f"set {usual}, or the key of another provider, in the environment: `llmspell doctor` names them"
                    if keys
                    else "install a provider, e.g. llmspell[standard]",
                    "set `default` in [providers] of llmspell.toml",
                    "put a scripted model beside the spell: <spell>.model.json",
                ],
            )
        return ModelChoice(component, SCRIPTED, {"script": run.model_script}, explicit=False)


def _variables(component: Component) -> list[str]:
    return [name for key in ("key_env", "url_env") if isinstance(name := component.extra.get(key), str)]


def _patterns(component: Component) -> tuple[str, ...]:
    patterns = component.extra.get("models", ())
    return patterns if isinstance(patterns, tuple) else ()
