"""State for runs: the ledgers of an application, and views of a scope with the rights and hooks of a call."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

from llmspell.errors import SessionError, ValidationError
from llmspell.runtime.state_view import StateView
from llmspell.services.state import Ledger
from llmspell.services.state_backups import Schedule
from llmspell.services.state_places import SEPARATOR, Place
from llmspell.spec.states import SCOPES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmspell.kernel.scope import Scope
    from llmspell.runtime.app import App
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.run import Run
    from llmspell.spec.storages import Storage

UPDATED = "state_updated"


class States:
    """Give views of state; one ledger writes to the store of the application, one to memory for the scope `process`."""

    def __init__(self, app: App) -> None:
        self._app = app
        self.updated = app.events.topic(UPDATED)
        self._ending: set[str] = set()

    @cached_property
    def durable(self) -> Ledger:
        """Give the ledger on the store."""
        section = self._app.config.section("state")
        now = self._app.services.clock.now
        return Ledger(self._app.stores.backend, now, history=section.history, memory=section.memory)

    def start_backups(self, store: Storage) -> None:
        """See to backups of the store until the application ends, when there is to be any."""
        schedule = self.schedule()
        if schedule.interval:
            from llmspell.runtime.state_backups import Backups  # noqa: PLC0415 - only who wants them

            backups = Backups(store, schedule, self._app.services.clock)
            self._app.on_close(backups.aclose)
            backups.start()

    def schedule(self) -> Schedule:
        """Give the schedule of backups; its interval is 0 when none are to be made by themselves."""
        from llmspell.runtime.store_places import place_of  # noqa: PLC0415 - only who wants them

        section = self._app.config.section("state")
        place = place_of(self._app)
        folder = section.backup_path or (place.folder or self._app.services.paths.data) / "backups"
        return Schedule(
            section.backup_interval or 0.0, section.backup_keep, folder.expanduser().absolute(), place.label
        )

    @cached_property
    def volatile(self) -> Ledger:
        """Give the ledger of this process, on a memory store of its own."""
        section = self._app.config.section("state")
        store: list[Storage] = []

        async def open_store() -> Storage:
            if not store:
                component = self._app.catalog.get("storage", "memory")
                store.append(cast("type[Storage]", self._app.catalog.resolve(component))())
            return store[0]

        now = self._app.services.clock.now
        return Ledger(open_store, now, history=section.history, memory=section.memory)

    def ledger(self, place: Place) -> Ledger:
        """Give the ledger that has a place."""
        return self.volatile if place.scope == "process" else self.durable

    def ends_with_process(self, place: Place) -> bool:
        """Tell whether what a run, or the process, knows there is gone when the process has ended."""
        if place.scope == "run":
            return "durable" not in self._app.stores.chosen().capabilities
        return place.scope == "process"

    def view(self, ctx: CallContext, scope: str | None = None, owner: str | None = None) -> StateView:
        """Give a scope as a call sees it: without one that of its session, or of its run when it has none.

        `owner` names an agent of the spell, or another session than the run's own. Raises `ValidationError` for an
        unknown scope and an owner where there is none, `SessionError` without a session.
        """
        name = scope or ("session" if ctx.run.session else "run" if ctx.run.id else "process")
        if name not in SCOPES:
            known = [f"{one}: {what}" for one, what in SCOPES.items()]
            raise ValidationError(f"the state has no scope {name!r}", suggestions=known)
        if owner is not None and name not in ("agent", "session"):
            raise ValidationError(f"the scope {name!r} has no owners to choose from", suggestions=["leave `owner` out"])
        if owner == "" or SEPARATOR in (owner or ""):
            raise ValidationError("the owner of a scope is a name of at least one character, without U+001F")
        place = self._place(ctx, name, owner)
        if name == "run":
            self._clear_with(ctx.run)
        return StateView(self, ctx, place, foreign=name == "session" and owner not in (None, ctx.run.session))

    def at(self, ctx: CallContext, place: Place) -> StateView:
        """Give any place, for the operator: rights name its owner."""
        return StateView(self, ctx, place, foreign=bool(place.owner))

    def _place(self, ctx: CallContext, scope: str, owner: str | None) -> Place:
        if scope == "run":
            if not ctx.run.id:
                raise ValidationError("there is no run here", suggestions=["use the scope process or shared"])
            return Place(scope, ctx.run.id)
        if scope == "agent":
            return Place(scope, f"{ctx.run.namespace}/{owner or _agent(ctx)}")
        if scope == "session":
            if not (owner or ctx.run.session):
                message = "this run belongs to no session, so it has no state of one"
                raise SessionError(
                    message, suggestions=["run it with --session ID", "use the scope run, agent or shared"]
                )
            return Place(scope, owner or ctx.run.session)
        return Place(scope)

    def _clear_with(self, run: Run) -> None:
        """See to it that the state of a run ends with it; one that was cut off leaves it for whoever resumes it."""
        if run.id not in self._ending:
            self._ending.add(run.id)
            run.on_end(lambda: self._clear(run))

    async def _clear(self, run: Run) -> None:
        self._ending.discard(run.id)
        if run.journal.unfinished:
            return
        place = Place("run", run.id)
        if self.durable.touched(place):
            await self.durable.drop(place)

    # -- telling -------------------------------------------------------------------------------------------------------

    async def tell(
        self, ctx: CallContext, place: Place, versions: Mapping[str, int], removed: Sequence[str] = ()
    ) -> None:
        """Emit `state_updated` for each value that was written, without it: not everybody may read it."""
        if not self.updated.wanted:
            return
        events = self._app.events
        for key, version in versions.items():
            about = {"scope": place.scope, "owner": place.owner, "key": key}
            data = {**about, "version": version, "deleted": key in removed}
            await events.emit(UPDATED, data, run=ctx.scope.run_id, source=ctx.who)


def _agent(ctx: CallContext) -> str:
    """Name the agent on whose behalf a call is made."""
    scope: Scope | None = ctx.scope
    while scope is not None:
        if scope.kind == "agent":
            return scope.name
        scope = scope.parent
    message = "no agent is at work here: say whose state it is"
    raise ValidationError(message, suggestions=['name it: State.scope("agent", "NAME")'])
