"""The context of one call: what a component sees of the world, with the rights of its caller and no more."""

from __future__ import annotations

import asyncio
import logging
from contextvars import copy_context
from typing import TYPE_CHECKING, TypeVar

from llmspell.errors import ComponentNotFoundError, PermissionDeniedError, ResourceExhaustedError
from llmspell.runtime.journal import effects
from llmspell.runtime.journal.timers import bounded
from llmspell.spec.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping

    from llmspell.kernel.scope import Scope
    from llmspell.runtime.app import App
    from llmspell.runtime.run import Run
    from llmspell.runtime.run_events import RunEvents
    from llmspell.runtime.spending import Spending
    from llmspell.services.permissions import Grants
    from llmspell.spec import Component, FileSystem, Http, Network, Processes
    from llmspell.spec.agents import Agents
    from llmspell.spec.context import Clock, Paths, Random, Regex, Templates
    from llmspell.spec.models import Models
    from llmspell.spec.secrets import SecretRef, Secrets
    from llmspell.spec.states import State
    from llmspell.spec.storages import Storage
    from llmspell.spec.timeouts import Timeout

T = TypeVar("T")
NOTHING: Mapping[str, object] = {}
CONFIGURED = frozenset({"provider", "storage"})
"""Kinds whose hosts the operator's configuration names; the rights of who calls them do not matter."""

MAX_PATH = 4096
"""Characters of the path of an operation: some two hundred that are nested in each other, fewer of long names."""


class CallContext:
    """Implement `llmspell.spec.context.Context`; ports are made when they are first asked for.

    `spending` is the run of an agent on whose behalf this happens, None where there is none.
    """

    __slots__ = (
        "_children",
        "_fs",
        "_grants",
        "_http",
        "_net",
        "_process",
        "app",
        "component",
        "path",
        "replayed",
        "run",
        "scope",
        "sink",
        "spending",
    )

    def __init__(
        self,
        run: Run,
        scope: Scope,
        *,
        component: Component | None = None,
        path: str = "",
        sink: Callable[[object], Awaitable[None]] | None = None,
        spending: Spending | None = None,
    ) -> None:
        self.app: App = run.app
        self.run = run
        self.scope = scope
        self.component = component
        self.path = path
        self.sink = sink
        self.spending = spending
        self.replayed = False
        self._children = 0
        self._grants: Grants | None = None
        self._fs: FileSystem | None = None
        self._http: Http | None = None
        self._net: Network | None = None
        self._process: Processes | None = None

    # -- what the component got when it was opened ---------------------------------------------------------------------

    @property
    def config(self) -> object:
        """Give the component's own config section."""
        return NOTHING if self.component is None else self.app.section_of(self.component)

    @property
    def grants(self) -> Grants:
        """Give the caller's grants, narrowed to the rights the component declares."""
        if self._grants is None:
            grants: Grants = self.scope.grants  # type: ignore[assignment]  # scopes of the runtime hold the service's class
            if self.component is not None:
                grants = grants.only(self.component.rights)
            if (around := grants.holding or self.run.holding) is not None:
                grants = grants.held_by(around.inner())
            grants = self._heard(grants)
            if self._lasts:
                return grants
            self._grants = grants
        return self._grants

    def _heard(self, grants: Grants) -> Grants:
        """Give the same grants, each use of which is shown to who sees them."""
        if self.app.witness is None:
            return grants
        from llmspell.services.permission_heard import heard  # noqa: PLC0415 - paid where somebody looks

        return heard(grants, self.app.witness, self.scope.run_id, self.who)

    @property
    def seen(self) -> Collection[str]:
        """Give the labels of what this very call has read so far."""
        holding = None if self._grants is None else self._grants.holding
        return () if holding is None else holding.labels

    @property
    def labels(self) -> Collection[str]:
        """Give the labels of what the run has read so far."""
        return self.run.labels

    def label(self, *labels: str) -> None:
        """Say of what this call gives that it is private, or from outside."""
        if self.run.labelling != "off" and (holding := self.grants.holding) is not None:
            for one in labels:
                holding.label(one, (self.who,))

    @property
    def _lasts(self) -> bool:
        """Tell whether this is the spell's own context while it may ask: what is granted once must not last as long."""
        return self.component is None and self.app.asker is not None

    @property
    def who(self) -> str:
        """Name the component in errors and logs."""
        return "the spell" if self.component is None else f"{self.component.kind} {self.component.name}"

    @property
    def fs(self) -> FileSystem:
        """Give the files that the grants open."""
        if self._fs is None:
            grants, meters = self.grants, self.app.meters
            files = self.app.services.files.port(grants, self.run.working, self.who)
            if self.app.asker is not None:
                from llmspell.services.files_asking import asking  # noqa: PLC0415 - paid at a terminal

                files = asking(files, grants)
            if meters is not None:
                files = meters.files(self, self._tool, files)
            if self._lasts:
                return files
            self._fs = files
        return self._fs

    @property
    def http(self) -> Http:
        """Give HTTP to the hosts that the grants open; a provider reaches the hosts of its config and no others."""
        if self._http is None:
            port = self.app.services.http.port(self._reach, self.who)
            meters = self.app.meters
            self._http = port if meters is None else meters.http(self, self._tool, port)
        return self._http

    @property
    def net(self) -> Network:
        """Give a driver what its own client connects with; a store reaches the host of its config and no other."""
        if self._net is None:
            if self.component is None or "net" not in self.component.native:
                message = f"{self.who} may not open connections of its own: it is no driver"
                raise PermissionDeniedError(
                    message,
                    suggestions=["use `ctx.http`, or say `native=('net',)` in the descriptor"],
                    context={"right": "net.connect", "who": self.who},
                )
            self._net = self.app.services.network.port(self._reach, self.who)
        return self._net

    @property
    def _tool(self) -> str:
        """Name the component when it is a tool."""
        return self.component.name if self.component is not None and self.component.kind == "tool" else ""

    @property
    def _reach(self) -> Grants:
        """Give the grants for hosts: a provider and a store have those of their configuration."""
        component = self.component
        if component is None or component.kind not in CONFIGURED:
            return self.grants
        return self._heard(self.app.own_grants(component))

    @property
    def process(self) -> Processes:
        """Give the programs that the grants open."""
        if self._process is None:
            meters = self.app.meters
            limits = (None, None) if meters is None else meters.isolated_limits(self._tool)
            port = self.app.services.processes.port(self.grants, self.run.working, self.who, limits)
            self._process = port if meters is None else meters.processes(self, self._tool, port)
        return self._process

    @property
    def secrets(self) -> Secrets:
        """Give handles of configured secrets."""
        return self.app.services.secrets

    def key(self, ref: SecretRef) -> str:
        """Give a driver a secret that it works with itself."""
        if self.component is None or "keys" not in self.component.native:
            message = f"{self.who} may not hold the secret {ref.name}: it is no driver that works with keys"
            raise PermissionDeniedError(
                message,
                suggestions=["give the handle to `ctx.http` or `ctx.net`, or say `native=('keys',)` in the descriptor"],
                context={"right": "secret.use", "target": ref.name, "who": self.who},
            )
        return self.app.services.secrets.resolve(ref.bound(self.who), self.who)

    @property
    def storage(self) -> Storage:
        """Give the run's store in the component's own namespace."""
        namespace = self.component.qualified if self.component else "spell"
        return self.app.stores.namespaced(self.run, namespace, self)

    @property
    def state(self) -> State:
        """Give the state of the run's session, or of the run."""
        return self.app.states.view(self)

    def state_of(self, scope: str, owner: str | None = None) -> State:
        """Give the state of another scope."""
        return self.app.states.view(self, scope, owner)

    @property
    def session(self) -> str:
        """Give the session that the run belongs to."""
        return self.run.session

    @property
    def models(self) -> Models:
        """Give the models that the user configured."""
        from llmspell.runtime.model_port import ModelPort  # noqa: PLC0415 - few components ask models

        return ModelPort(self)

    @property
    def agents(self) -> Agents:
        """Give the agents of the run."""
        from llmspell.runtime.peers.port import AgentsPort  # noqa: PLC0415 - few components ask agents

        return AgentsPort(self)

    @property
    def paths(self) -> Paths:
        """Give the folders of this run."""
        return self.run.paths

    @property
    def clock(self) -> Clock:
        """Give the run's clock."""
        return self.app.services.clock

    @property
    def random(self) -> Random:
        """Give the run's randomness."""
        return self.app.services.random

    @property
    def templates(self) -> Templates:
        """Give the template language."""
        return self.app.services.templates

    @property
    def regex(self) -> Regex:
        """Give linear-time regular expressions."""
        return self.app.services.regex

    @property
    def events(self) -> RunEvents:
        """Give a way to tell what happened."""
        from llmspell.runtime.run_events import RunEvents  # noqa: PLC0415 - few components emit events

        return RunEvents(self)

    @property
    def log(self) -> logging.Logger:
        """Give the component's logger."""
        name = "llmspell.spell" if self.component is None else f"llmspell.{self.component.kind}.{self.component.name}"
        return logging.getLogger(name)

    # -- what belongs to the call --------------------------------------------------------------------------------------

    @property
    def streaming(self) -> bool:
        """Tell whether somebody looks at the parts of a streamed answer."""
        return self.sink is not None

    @property
    def cancelled(self) -> bool:
        """Tell whether this call is being cancelled."""
        task = asyncio.current_task()
        return bool(task and task.cancelling())

    def new_id(self) -> str:
        """Give a fresh, time-ordered identifier; in a durable run it follows from the place, and is the same again."""
        return effects.new_id(self, self._child_path) if self.run.journal.active else self.app.services.new_id()

    def progress(self, done: float, total: float | None = None, message: str = "") -> None:
        """Tell how far work has come, as a `progress` event."""
        events = self.app.events
        if events.wants("progress"):
            data = {"path": self.path, "who": self.who, "done": done, "total": total, "message": message}
            events.emit_nowait("progress", data, run=self.scope.run_id, source=self.who)

    async def emit(self, part: object) -> None:
        """Send one part to the caller's sink, if there is one."""
        if self.sink is not None:
            await self.sink(part)

    async def call(self, ref: str, input: Mapping[str, object] | None = None, *, step: str | None = None) -> object:  # noqa: A002
        """Run another tool with at most this component's rights and return its result."""
        kind, _, name = ref.partition(":") if ref.startswith(("tool:", "agent:", "workflow:")) else ("tool", "", ref)
        if kind != "tool":
            message = f"{self.who} asked for {ref!r}: only tools can be called by name"
            raise ComponentNotFoundError(message, suggestions=["write 'tool:<name>' or 'tool:<plugin>:<name>'"])
        scope = self.scope.child("call", step or name, grants=self.grants)
        inner = self.within(None, step or name, scope=scope, sink=self.sink)
        output = await self.app.tools.execute(inner, name, dict(input or {}))
        return output.result

    async def gather(self, *jobs: Callable[[], Awaitable[T]], limit: int | None = None) -> list[T]:
        """Run jobs side by side, at most `limit` at once, and keep their order; the first error cancels the rest."""
        return await self.app.executor.run_all(jobs, limit=limit)

    async def sleep(self, seconds: float) -> None:
        """Wait on the run's clock."""
        await effects.sleep(self, seconds)

    async def once(self, name: str, work: Callable[[], Awaitable[T]], *, effect: str = "pure") -> T:
        """Do something once, however often a durable run is taken up."""
        return await effects.effect(self, name, work, effect=effect)

    def timeout(self, seconds: float | None, name: str = "timeout") -> Timeout:
        """Give what bounds the time of what is within it."""
        return bounded(self, name, seconds)

    def child(self, name: str) -> CallContext:
        """Give a context one step further down the path, for the same component."""
        return self.within(self.component, name, sink=self.sink)

    def within(
        self,
        component: Component | None,
        name: str,
        *,
        scope: Scope | None = None,
        sink: Callable[[object], Awaitable[None]] | None = None,
    ) -> CallContext:
        """Give the context in which another component runs on behalf of this one."""
        return CallContext(
            self.run,
            scope or self.scope,
            component=component,
            path=self._child_path(name),
            sink=sink,
            spending=self.spending,
        )

    async def blocking(self, function: Callable[..., T], *args: object) -> T:
        """Run a blocking function in a worker thread; a cancelled call waits for its end."""
        return await in_thread(copy_context().run, function, *args)

    async def isolate(self, target: str, data: object) -> object:
        """Run a function on JSON data in a child process."""
        meters = self.app.meters
        if meters is None:
            return await self.app.services.isolate(target, data)
        memory, cpu = meters.isolated_limits(self._tool)
        async with meters.isolating(self, self._tool):
            return await self.app.services.isolate(target, data, memory=memory, cpu=cpu)

    def _child_path(self, name: str) -> str:
        if len(self.path) > MAX_PATH:
            raise ResourceExhaustedError(
                f"operations are nested too deep, the last in {self.path[-60:].partition('/')[2]}",
                suggestions=["look for a tool, a hook or an agent that ends up calling itself"],
            )
        if self.path:
            self._children += 1
            return f"{self.path}/{self._children}:{name}"
        return f"{self.run.number()}:{name}"
