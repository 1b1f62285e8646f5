"""The application: the one place where configuration, plugins, services and operations are put together."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, cast

from llmspell.errors import ConfigError, HookError
from llmspell.kernel.catalog import Catalog
from llmspell.kernel.discovery import scan
from llmspell.kernel.hooks import HookTable
from llmspell.kernel.loader import Loader
from llmspell.kernel.points import POINTS
from llmspell.kernel.scope import Scope
from llmspell.kernel.selection import PluginSelection
from llmspell.model.call import OPERATIONS
from llmspell.runtime.builtins import builtins
from llmspell.runtime.components import Components
from llmspell.runtime.context import CallContext
from llmspell.runtime.host.spares import Spares
from llmspell.runtime.ops import OperationTopics
from llmspell.runtime.run import Run
from llmspell.runtime.services import Services
from llmspell.services.config import Config
from llmspell.services.events import EventBus
from llmspell.services.permissions import Grants

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType
    from typing import Self

    from llmspell.kernel.loader import Trial
    from llmspell.kernel.registry import Implementation
    from llmspell.runtime.agent_making import Agents
    from llmspell.runtime.agent_templates.library import AgentTemplates
    from llmspell.runtime.hook_sets import HookSets
    from llmspell.runtime.journal import Journal
    from llmspell.runtime.models import Models
    from llmspell.runtime.sessions import Sessions
    from llmspell.runtime.states import States
    from llmspell.runtime.stores import Stores
    from llmspell.runtime.tools import Tools
    from llmspell.services.permission_holding import Asker
    from llmspell.services.subscription import Subscription
    from llmspell.spec import Component, Executor
    from llmspell.spec.context import Clock, Random
    from llmspell.spec.hook_sets import Meters

MODEL_SCRIPT_SUFFIX = ".model.json"
"""A spell `x.lua` may bring a scripted model for runs without a provider: `x.model.json` beside it."""


class App:
    """Compose an application; `async with App.open() as app` opens it and closes everything it opened, in reverse.

    config       a `Config`; the default reads files and environment (DESIGN section 13)
    grants       what runs may do unless they are given less
    selection    which plugins may be loaded; the default reads the config and LLMSPELL_DISABLE
    strict       raise at the first broken plugin instead of reporting it
    trial        is asked about installed plugins before they are imported (`kernel.loader.Loader`)
    """

    def __init__(
        self,
        *,
        config: Config | None = None,
        grants: Grants | None = None,
        selection: PluginSelection | None = None,
        clock: Clock | None = None,
        random: Random | None = None,
        strict: bool = False,
        trial: Trial | None = None,
    ) -> None:
        self.config = config or Config.load()
        self.grants = grants or Grants.default()
        self.asker: Asker | None = None
        """Who asks the user for rights that are missing; None where there is nobody to ask."""
        self.witness: Callable[[str, Mapping[str, object], str], None] | None = None
        """Who sees each right and secret that is used; None where nobody does."""
        self._stack = AsyncExitStack()
        self.hooks = HookTable()
        self.events = self._bus()
        self.quiet = self.hooks.root.quiet
        self.events.on_route.append(self.quiet.clear)
        self.topics = {operation: OperationTopics(self.events, operation) for operation in OPERATIONS}
        self.loader = Loader(
            scan(),
            builtins=builtins(),
            selection=selection or PluginSelection.read(environment=os.environ, config=self._plugin_section()),
            strict=strict,
            insist=True,
            on_change=self._plugins_changed,
            trial=trial,
        )
        self.catalog = Catalog(self.loader, on_change=self._plugins_changed)
        self.spares = Spares()
        self.services = Services(self.config, self._stack, self.catalog, clock=clock, random=random)
        self.events.mask = self.services.mask_data
        self.components = Components(self, self._stack)
        self.scope = Scope("process", "llmspell", self.grants, hooks=self.hooks)
        self.meters: Meters | None = None
        self._own_grants: dict[int, Grants] = {}
        self.catalog.on_withdraw.append(lambda component: self._own_grants.pop(id(component), None))
        self._sections: dict[str, object] = {}
        self._observers: list[tuple[str, Subscription]] = []

    @classmethod
    def open(
        cls,
        *,
        config: Config | None = None,
        grants: Grants | None = None,
        selection: PluginSelection | None = None,
        clock: Clock | None = None,
        random: Random | None = None,
        strict: bool = False,
        trial: Trial | None = None,
    ) -> App:
        """Make an application to be entered with `async with`; see the class for the arguments."""
        return cls(
            config=config,
            grants=grants,
            selection=selection,
            clock=clock,
            random=random,
            strict=strict,
            trial=trial,
        )

    async def __aenter__(self) -> Self:
        await self._stack.__aenter__()
        await self._stack.enter_async_context(self.events)
        self._stack.push_async_callback(self.spares.aclose)
        try:
            if self.config.foreign:
                self.config.validate(self.catalog)
            self._load_hooks()
            if self.config.foreign:
                await self.hook_sets.configured()
            if self.config.get("observability.transcript") is not None:
                self._transcribe()
            await self.events.emit("system_startup", {}, source="llmspell")
        except BaseException:
            await self._stack.aclose()  # who cannot enter is never asked to leave
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self.events.emit("system_shutdown", {}, source="llmspell")
        finally:
            await self._stack.__aexit__(kind, error, trace)

    def _bus(self) -> EventBus:
        """Make the event bus; its section is only converted when somebody set it."""
        if self.config.get("events") is None:
            return EventBus()
        section = self.config.section("events")
        return EventBus(history=section.buffer_size, keep=section.keep, patience=section.patience)

    def _load_hooks(self) -> None:
        """Put the hooks of plugins into the process table and their observers on the bus.

        Before the first operation.
        """
        if self.config.get("hooks") is not None:
            self.hooks.root.timeout = self.config.section("hooks").execution_timeout
        rejected: set[str] = set()
        for hook in self.loader.hooks():
            if hook.plugin in rejected:
                continue
            try:
                self._take(hook)
            except HookError as error:
                rejected.add(hook.plugin)
                self._withdraw(hook.plugin)
                self.loader.reject(hook.plugin, error)

    def _take(self, hook: Implementation) -> None:
        if POINTS[hook.point].shape == "lifecycle":
            self._observers.append((hook.plugin, self.events.subscribe(hook.point, hook.function)))
        else:
            self.hooks.register(hook.point, hook.function, hook.options, owner=hook.plugin)

    def _transcribe(self) -> None:
        """Write down what models are asked and answer; last of all hooks, so that it sees calls as they go out."""
        section = self.config.section("observability.transcript")
        if section.file_path is not None:
            from llmspell.runtime.transcript import Transcript  # noqa: PLC0415 - paid by who wants one

            self._stack.callback(Transcript(self, section).close)

    def _withdraw(self, plugin: str) -> None:
        """Take back what a plugin registered before one of its hooks turned out not to fit the others."""
        for registration in self.hooks.own():
            if registration.owner == plugin:
                self.hooks.remove(registration)
        for owner, subscription in self._observers:
            if owner == plugin:
                subscription.cancel()

    def _plugin_section(self) -> Mapping[str, object]:
        section = self.config.get("plugins")
        return section if isinstance(section, Mapping) else {}

    def _plugins_changed(self, name: str, data: Mapping[str, object]) -> None:
        if self.events.wants(name):
            self.events.emit_nowait(name, data, source="plugins")

    # -- operations
    # -------------------------------------------------------------------------------------------------------------

    @cached_property
    def agents(self) -> Agents:
        """Give the maker of agents."""
        from llmspell.runtime.agent_making import Agents  # noqa: PLC0415 - attrs is not needed by a run without agents

        return Agents()

    @cached_property
    def agent_templates(self) -> AgentTemplates:
        """Give the finder of templates."""
        from llmspell.runtime.agent_templates.library import AgentTemplates  # noqa: PLC0415 - paid by its first user

        return AgentTemplates(self)

    @cached_property
    def hook_sets(self) -> HookSets:
        """Give the hooks that are switched on part by part."""
        from llmspell.runtime.hook_sets import HookSets  # noqa: PLC0415 - paid by its first user

        return HookSets(self)

    @cached_property
    def models(self) -> Models:
        """Give the chooser of models."""
        from llmspell.runtime.models import Models  # noqa: PLC0415 - paid by its first user

        return Models(self)

    @cached_property
    def tools(self) -> Tools:
        """Give the caller of tools."""
        from llmspell.runtime.tools import Tools  # noqa: PLC0415 - paid by its first user

        return Tools(self)

    @cached_property
    def stores(self) -> Stores:
        """Give the keeper of stores."""
        from llmspell.runtime.stores import Stores  # noqa: PLC0415 - paid by its first user

        return Stores(self)

    @cached_property
    def states(self) -> States:
        """Give the keeper of state."""
        from llmspell.runtime.states import States  # noqa: PLC0415 - paid by its first user

        return States(self)

    @cached_property
    def sessions(self) -> Sessions:
        """Give the keeper of sessions."""
        from llmspell.runtime.sessions import Sessions  # noqa: PLC0415 - paid by its first user

        return Sessions(self)

    @cached_property
    def executor(self) -> Executor:
        """Give the executor of side-by-side work."""
        component = self.catalog.get("executor", "inline")
        return cast("Executor", self.catalog.resolve(component)())  # type: ignore[operator]  # executors are classes without arguments

    def run(
        self,
        name: str = "program",
        *,
        grants: Grants | None = None,
        working: Path | None = None,
        source: Path | None = None,
        beside: tuple[Path, ...] = (),
        seconds: float | None = None,
        run_id: str | None = None,
        journal: Journal | None = None,
    ) -> Run:
        """Make a run to be entered with `async with`.

        `working` is where relative paths start (the current folder), `source` the spell's file, `beside`
        where its modules are looked for after its folder, `seconds` its wall-clock limit. A run that is taken up has
        its old `run_id`, and a `journal` that knows what it did.
        """
        run_id = run_id or self.services.new_id()
        deadline = None if seconds is None else time.monotonic() + seconds
        scope = self.scope.child("run", name, grants=grants or self.grants, deadline=deadline, run_id=run_id)
        return Run(
            self,
            scope,
            name=name,
            working=working or Path.cwd(),
            roots=tuple(dict.fromkeys((source.absolute().parent, *beside))) if source else (),
            model_script=_model_script(source) if source else None,
            journal=journal,
            seconds=seconds,
        )

    def on_close(self, callback: Callable[[], Awaitable[object]]) -> None:
        """Await something when the application closes, before what was opened earlier is closed."""
        self._stack.push_async_callback(callback)

    def process_context(self, component: Component | None = None) -> CallContext:
        """Give the application's own context, in no spell's name: a component is opened with it, for one."""
        run = Run(self, self.scope, name="llmspell", working=Path.cwd(), roots=())
        return CallContext(run, self.scope, component=component)

    # -- configuration of components
    # ----------------------------------------------------------------------------------------------

    def section_of(self, component: Component) -> object:
        """Give a component's config section.

        `providers.openai` for the provider openai, `tools.<name>` for a tool, `storage.sqlite` for a store, ...
        """
        kind = component.kind if component.kind == "storage" else f"{component.kind}s"
        path = str(component.extra.get("section") or f"{kind}.{component.name}")
        if path not in self._sections:
            self._sections[path] = self.config.section(path, self.catalog)
        return self._sections[path]

    def own_grants(self, component: Component) -> Grants:
        """Give the grants of what a provider or a store does by itself: the hosts of its configuration, no others."""
        grants = self._own_grants.get(id(component))
        if grants is None:
            target = self.catalog.resolve(component)
            hosts = getattr(target, "hosts", None)
            allowed = hosts(self.section_of(component)) if hosts is not None else ()
            grants = Grants.parse([f"net.connect={host}" for host in allowed])
            self._own_grants[id(component)] = grants
        return grants


def _model_script(source: Path) -> Mapping[str, object] | None:
    """Read the scripted model beside a spell, if there is one."""
    path = source.with_suffix(MODEL_SCRIPT_SUFFIX)
    if not path.is_file():
        return None
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"the scripted model {path.name} cannot be read: {error.strerror}"
        raise ConfigError(message) from error
    except (ValueError, RecursionError) as error:
        message = f"the scripted model {path.name} is not JSON: {error}"
        raise ConfigError(message) from error
    if not isinstance(data, dict) or not isinstance(data.get("steps"), list):
        message = f"the scripted model {path.name} must be an object with a list of `steps`"
        raise ConfigError(message)
    return data
