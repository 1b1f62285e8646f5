"""Hook sets: switched on part by part, by the configuration or by the options of an agent."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from llmspell.errors import AgentConfigError, HookError
from llmspell.model.price import Tariff

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.runtime.app import App
    from llmspell.spec import Component
    from llmspell.spec.hook_sets import HookSet, KnowsPrices, Meters, Witness


class HookSets:
    """Open the sets that are wanted and put their hooks into the process table; what is off costs nothing."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._on: dict[str, set[str]] = {}
        self._open: dict[str, HookSet] = {}

    async def configured(self) -> None:
        """Switch on every part whose section is set; before the first operation."""
        catalog = self._app.catalog
        for component in catalog.list("hook_set"):
            path = str(component.extra["path"])
            for section in catalog.list("config_section"):
                own = str(section.extra["path"])
                if (own == path or own.startswith(f"{path}.")) and self._app.config.get(own) is not None:
                    made = self._app.config.section(own, catalog)
                    await self._switch(component, own.removeprefix(path).removeprefix("."), made)

    async def checked(self, settings: Mapping[str, object], *, bare: str = "s") -> dict[str, object]:
        """Check the options of an agent that belong to sets, and switch on the parts they need.

        `bare` is the unit of a duration that is a plain number.

        Raises `ValidationError` for a wrong value, `AgentConfigError` for an option that no installed set understands.
        """
        found: dict[str, object] = {}
        for option, value in settings.items():
            component = self._of(option)
            parts = cast("Mapping[str, str]", component.extra["options"])
            found[option] = (await self._instance(component)).check(option, value, bare)
            await self._switch(component, parts[option], None)
        return found

    def understands(self, option: str) -> bool:
        """Tell whether an installed set has this option of agents."""
        return any(
            option in cast("Mapping[str, str]", one.extra["options"]) for one in self._app.catalog.list("hook_set")
        )

    async def tariff(self, provider: Component, model: str) -> Tariff | None:
        """Give what a model costs, None when nobody knows; from now on answers tell their cost.

        Sets that know prices are asked before the provider's own description.
        """
        for component in self._app.catalog.list("hook_set"):
            part = component.extra.get("prices")
            if isinstance(part, str):
                instance = cast("KnowsPrices", await self._instance(component))
                await self._switch(component, part, None)
                if (found := instance.tariff(provider.name, model)) is not None:
                    return found
        own = provider.extra.get("price")
        return Tariff(*own) if isinstance(own, tuple) else None

    def statistics(self) -> dict[str, object]:
        """Give the counts of every part that is on."""
        found: dict[str, object] = {}
        for one in self._open.values():
            found.update(one.statistics())
        return found

    def _of(self, option: str) -> Component:
        for component in self._app.catalog.list("hook_set"):
            if option in cast("Mapping[str, str]", component.extra["options"]):
                return component
        owner = "llmspell-resources" if option == "resources" else "llmspell-resilience"
        message = f"nothing that is installed understands the agent's option {option!r}"
        raise AgentConfigError(message, suggestions=[f"install {owner}, or leave the option out"])

    async def _instance(self, component: Component) -> HookSet:
        known = self._open.get(component.qualified)
        if known is None:
            known = cast("HookSet", await self._app.components.instance(component))
            known = self._open.setdefault(component.qualified, known)
        return known

    async def _switch(self, component: Component, part: str, section: object) -> None:
        """Register the hooks of a part that is not on yet."""
        instance = await self._instance(component)
        on = self._on.setdefault(component.qualified, set())
        if part in on:
            return
        on.add(part)
        if part in cast("tuple[str, ...]", component.extra["ports"]):
            self._app.meters = cast("Meters", instance)
        hooks = list(instance.hooks(part, section))
        for hook in hooks:
            label = hook.options.name or part
            self._app.hooks.register(hook.point, hook.function, hook.options, label=label, owner=component.plugin)
        if hooks and component.extra.get("witness"):
            self._attend(component, cast("Witness", instance))

    def _attend(self, component: Component, witness: Witness) -> None:
        """Show a witness all that it is to see, and what it is too late for: plugins that were loaded before."""
        if self._app.witness is not None:
            message = f"{component.qualified} would see what is used, and another hook set of the application does"
            raise HookError(message, suggestions=[f"block one of them: -p no:{component.plugin}"])
        saw = witness.saw
        self._app.witness = self._app.services.secrets.witness = saw
        for report in self._app.loader.reports():
            if report.state == "loaded" and not report.builtin:
                saw("plugin_loaded", {"plugin": report.name, "dist": report.dist, "version": report.version})
        for pattern in witness.events:
            self._app.events.subscribe(pattern, lambda event: saw(event.name, event.data, event.run))
