"""A run: one spell, one command or one program's use of an application, with its scope, folder and store."""

from __future__ import annotations

from contextlib import AsyncExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from llmspell.runtime.context import CallContext
from llmspell.runtime.journal.port import Journal, NoJournal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from typing import Self

    from llmspell.kernel.hooks import HookTable
    from llmspell.kernel.scope import Scope
    from llmspell.runtime.app import App
    from llmspell.runtime.peers.directory import Directory
    from llmspell.services.paths import AppPaths
    from llmspell.services.permission_holding import Holding
    from llmspell.spec.storages import Storage


NO_LABELS: Mapping[str, tuple[str, ...]] = {}


class RunPaths:
    """Folders as a component of this run sees them."""

    __slots__ = ("_paths", "cache", "data", "store", "working")

    def __init__(self, paths: AppPaths, working: Path, store: Path | None) -> None:
        self._paths = paths
        self.data = paths.data
        self.cache = paths.cache
        self.working = working
        self.store = store

    @property
    def config(self) -> Path:
        """Give the user's configuration folder; raises `ConfigError` for a user without a home."""
        return self._paths.config


class Run:
    """Own what lives as long as one run: hooks, script tools, agents, subscriptions. Leaving it removes them all."""

    def __init__(
        self,
        app: App,
        scope: Scope,
        *,
        name: str,
        working: Path,
        roots: tuple[Path, ...],
        journal: Journal | None = None,
        model_script: Mapping[str, object] | None = None,
        seconds: float | None = None,
    ) -> None:
        self.app = app
        self.scope = scope
        self.name = name
        self.working = working
        self.roots = roots
        self.journal: Journal = journal or NoJournal()
        self.model_script = model_script
        self.seconds = seconds
        self.namespace = name
        self.session = ""
        """The session that the run belongs to, empty for none."""
        self._numbers = 0
        self._stack = AsyncExitStack()
        self._paths: RunPaths | None = None
        self._directory: Directory | None = None
        self._holding: Holding | None = None

    @cached_property
    def labelling(self) -> str:
        """Give `[permissions] labels`: what an outward call of a model needs when the data forbid to trust it."""
        return str(self.app.config.get("permissions.labels", "approve"))

    @property
    def holding(self) -> Holding | None:
        """Give what the run holds beyond the user's rules, None where nobody can be asked and labels are off."""
        if self._holding is None and (self.app.asker is not None or self.labelling != "off"):
            from llmspell.runtime.holding import holding_of  # noqa: PLC0415 - paid by the first component with rights

            self._holding = holding_of(self)
        return self._holding

    @property
    def labels(self) -> Mapping[str, tuple[str, ...]]:
        """Give the labels of what the run has seen, each with where from."""
        return NO_LABELS if self._holding is None or self.labelling == "off" else self._holding.labels

    @property
    def id(self) -> str:
        """Give the run's identifier."""
        return self.scope.run_id

    @property
    def hooks(self) -> HookTable:
        """Give the run's own hook table."""
        return self.scope.hooks

    @property
    def paths(self) -> RunPaths:
        """Give the run's folders."""
        if self._paths is None:
            self._paths = RunPaths(self.app.services.paths, self.working, self._store())
        return self._paths

    def _store(self) -> Path | None:
        """Give `[storage] path`, from the current folder."""
        path = self.app.config.get("storage.path")
        return Path(path).expanduser().absolute() if isinstance(path, str) and path else None

    def context(self, *, sink: Callable[[object], Awaitable[None]] | None = None) -> CallContext:
        """Give a context for the run itself: the one from which a spell's calls start."""
        return CallContext(self, self.scope, sink=sink)

    def number(self) -> int:
        """Count what begins at the top of the run: contexts of the run itself have one place."""
        self._numbers += 1
        return self._numbers

    def storage(self, namespace: str, ctx: CallContext | None = None) -> Storage:
        """Give the run's store in one namespace, on behalf of a call or of the run itself."""
        return self.app.stores.namespaced(self, namespace, ctx)

    def on_end(self, callback: Callable[[], Awaitable[object]]) -> None:
        """Await something when the run ends, last in first out, whatever happened."""
        self._stack.push_async_callback(callback)

    @property
    def directory(self) -> Directory:
        """Give the agents of the run that others can find."""
        if self._directory is None:
            from llmspell.runtime.peers.directory import Directory  # noqa: PLC0415 - paid by runs with agents

            self._directory = Directory()
        return self._directory

    async def __aenter__(self) -> Self:
        await self._stack.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> bool | None:
        try:
            return await self._stack.__aexit__(*exc)  # type: ignore[arg-type]
        finally:
            self.app.events.cancel_run(self.id)
            self.app.catalog.release(self.id)
