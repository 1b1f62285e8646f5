"""Choose a model: by `provider/model`, by provider, by the model's name, or the first provider that is configured."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from llmspell.errors import AgentConfigError, ComponentNotFoundError

if TYPE_CHECKING:
    from llmspell.runtime.app import App
    from llmspell.runtime.run import Run
    from llmspell.spec import Component

SCRIPTED = "scripted"


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
        if model and "/" in model and provider is None:
            head, _, tail = model.partition("/")
            if any(head in (c.name, *c.aliases) for c in self._app.catalog.list("provider", owner=run.id)):
                provider, model = head, tail
        if provider:
            return self._of(run, self._app.catalog.get("provider", provider, owner=run.id), model, explicit=True)
        if model:
            component = self._by_model(model, run.id)
            if component is not None:
                return self._of(run, component, model, explicit=True)
        component = self.first_configured(owner=run.id)
        if component is not None:
            return self._of(run, component, model, explicit=bool(model))
        return self._scripted(run)

    def first_configured(self, *, owner: str | None = None) -> Component | None:
        """Give the default provider of the config, else the first one with a key or an address.

        None when there is none. `owner` is the run whose own providers are seen, too.
        """
        default = self._app.config.get("providers.default")
        if isinstance(default, str) and default:
            return self._app.catalog.get("provider", default, owner=owner)
        for component in self._app.catalog.list("provider", owner=owner):
            if self.configured(component):
                return component
        return None

    def configured(self, component: Component) -> bool:
        """Tell whether a provider has a key or an address, in the environment or in the config."""
        for key in ("key_env", "url_env"):
            name = component.extra.get(key)
            if isinstance(name, str) and os.environ.get(name):
                return True
        section = self._app.config.get(f"providers.{component.name}")
        if not isinstance(section, Mapping):
            return False
        if section.get("base_url") or section.get("api_key_file"):
            return True
        name = section.get("api_key_env")
        return isinstance(name, str) and bool(os.environ.get(name))

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
        section = self._app.config.get(f"providers.{component.name}")
        configured = section.get("model") if isinstance(section, Mapping) else None
        chosen = model or configured or component.extra.get("default_model")
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
            message = "no model provider is configured"
            raise AgentConfigError(
                message,
                suggestions=[
                    f"set {' or '.join(keys)} in the environment"
                    if keys
                    else "install a provider, e.g. llmspell[standard]",
                    "set `default` in [providers] of llmspell.toml",
                    "put a scripted model beside the spell: <spell>.model.json",
                ],
            )
        return ModelChoice(component, SCRIPTED, {"script": run.model_script}, explicit=False)


def _patterns(component: Component) -> tuple[str, ...]:
    patterns = component.extra.get("models", ())
    return patterns if isinstance(patterns, tuple) else ()
