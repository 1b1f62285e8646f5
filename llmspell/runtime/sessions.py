"""Sessions: what several runs have in common, as records in the state and values in its scope `session`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from llmspell.errors import SessionError, SessionNotFoundError, StateConflictError, ValidationError
from llmspell.runtime.context import CallContext
from llmspell.runtime.state_view import StateView
from llmspell.services.sessions import (
    PLACE,
    STATUSES,
    Session,
    SteadyClock,
    checked_lifetime,
    checked_name,
    checked_tags,
    fits,
    session_of,
    unusable,
)
from llmspell.services.state_places import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from llmspell.runtime.app import App
    from llmspell.runtime.run import Run
    from llmspell.services.sessions import Status

NEAR = 3


class Sessions:
    """Create, find and change sessions; every record is a value of the state with its rights, hooks and versions."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._clock = SteadyClock(app.services.clock)
        self._joined: dict[str, int] = {}
        self._naming = asyncio.Lock()

    def status(self, session: Session) -> Status:
        """Tell whether a session is active, suspended or expired; one that a run of ours uses does not expire."""
        return session.status(session.used if session.id in self._joined else self._clock.now())

    def about(self, session: Session) -> dict[str, object]:
        """Write a session with its status."""
        return session.to_dict(self.status(session))

    def _records(self, ctx: CallContext) -> StateView:
        return StateView(self._app.states, ctx, PLACE)

    # -- finding -------------------------------------------------------------------------------------------------------

    async def all(self, ctx: CallContext, **wanted: str | None) -> list[Session]:
        """List sessions, the last used first; `status`, `tag` and `name` choose some."""
        if wanted.get("status") not in (None, *STATUSES):
            raise ValidationError(f"no session is ever {wanted['status']!r}", suggestions=[", ".join(STATUSES)])
        found = [session_of(entry) for entry in await self._records(ctx).entries()]
        chosen = [one for one in found if fits(one, self.status(one), wanted)]
        return sorted(chosen, key=lambda one: (-one.used, one.id))

    async def find(self, ctx: CallContext, name: str) -> Session:
        """Give a session by its id or its name; raises `SessionNotFoundError` with the nearest names."""
        entry = await self._records(ctx).entry(name) if name else None
        if entry is not None:
            return session_of(entry)
        known = await self.all(ctx)
        found = next((one for one in known if one.name == name and name), None)
        if found is not None:
            return found
        from difflib import get_close_matches  # noqa: PLC0415 - only for the message

        near = get_close_matches(name, [one.name or one.id for one in known], n=NEAR)
        raise SessionNotFoundError(
            f"there is no session {name!r}",
            suggestions=[f"did you mean {one}?" for one in near] or ["llmspell session create NAME makes one"],
            context={"session": name},
        )

    # -- changing ------------------------------------------------------------------------------------------------------

    async def create(
        self,
        ctx: CallContext,
        *,
        name: str = "",
        tags: Iterable[str] = (),
        values: Mapping[str, object] | None = None,
        lifetime: float | None = None,
    ) -> Session:
        """Make a session; raises `SessionError` when another one has the name."""
        now = self._clock.now()
        given = {"lifetime": checked_lifetime(lifetime), "tags": checked_tags(tags), "name": checked_name(name)}
        made = Session(self._app.services.new_id(), created=now, used=now, **given)  # type: ignore[arg-type]  # by name
        async with self._naming:
            if name and await self.all(ctx, name=name):
                message = f"there is a session {name!r} already"
                raise SessionError(message, suggestions=["choose another name, or open it"])
            if values:
                await self._app.states.view(ctx, "session", made.id).set_many(values)
            version = await self._records(ctx).set(made.id, made.record(), version=0)
        await self._tell(ctx, "session_start", made, "created")
        return made._replace(version=version)

    async def change(self, ctx: CallContext, session_id: str, change: Callable[[Session], Session]) -> Session:
        """Change a record in one step, whoever else does."""
        records = self._records(ctx)
        while True:
            old = await self.find(ctx, session_id)
            new = change(old)
            try:
                version = await records.set(old.id, new.record(), version=old.version)
            except StateConflictError:
                continue
            return new._replace(version=version)

    async def suspend(self, ctx: CallContext, session_id: str) -> Session:
        """Put a session to rest: no run may join it, and it does not expire."""
        made = await self.change(ctx, session_id, lambda one: one._replace(suspended=True))
        await self._tell(ctx, "session_end", made, "suspended")
        return made

    async def resume(self, ctx: CallContext, session_id: str) -> Session:
        """Make a session usable again, one that has expired, too: its idleness begins anew."""
        now = self._clock.now()
        made = await self.change(ctx, session_id, lambda one: one._replace(suspended=False, used=now))
        await self._tell(ctx, "session_start", made, "resumed")
        return made

    async def tag(
        self, ctx: CallContext, session_id: str, add: Iterable[str] = (), remove: Iterable[str] = ()
    ) -> Session:
        """Add and take away tags."""
        more, less = tuple(add), set(remove)
        return await self.change(
            ctx, session_id, lambda one: one._replace(tags=checked_tags({*one.tags, *more} - less))
        )

    async def extend(self, ctx: CallContext, session_id: str, lifetime: float | None) -> Session:
        """Give a session another lifetime, None for no end."""
        checked_lifetime(lifetime)
        return await self.change(ctx, session_id, lambda one: one._replace(lifetime=lifetime))

    async def remove(self, ctx: CallContext, session_id: str) -> None:
        """Forget a session with all its values and their histories; raises `SessionError` while a run uses it."""
        found = await self.find(ctx, session_id)
        if found.id in self._joined:
            message = f"session {found.name or found.id} is used by a run"
            raise SessionError(message, suggestions=["let the run end first"])
        view = StateView(self._app.states, ctx, Place("session", found.id), foreign=True)
        await view.drop()
        await self._records(ctx).delete(found.id, version=found.version)
        await self._tell(ctx, "session_end", found, "removed")

    async def purge(self, ctx: CallContext, idle: float = 0.0) -> list[Session]:
        """Remove the sessions that expired and were idle for so many seconds, and give them."""
        now = self._clock.now()
        over = [one for one in await self.all(ctx, status="expired") if now - one.used >= idle]
        for one in over:
            await self.remove(ctx, one.id)
        return over

    # -- using ---------------------------------------------------------------------------------------------------------

    async def join(self, run: Run, name: str) -> Session:
        """Make a run part of a session until it ends; its state is the session's then.

        Raises `SessionNotFoundError`, and `SessionError` for one that is suspended or has expired, and for a run that
        belongs to another one.
        """
        ctx = run.context()
        found = await self.find(ctx, name)
        if run.session == found.id:
            return found
        if run.session:
            raise SessionError("the run belongs to another session", suggestions=["use Session.open for its values"])
        if (status := self.status(found)) != "active":
            raise unusable(found, status)
        now = self._clock.now()
        made = await self.change(ctx, found.id, lambda one: one._replace(used=now, runs=one.runs + 1))
        self._joined[made.id] = self._joined.get(made.id, 0) + 1
        run.session = made.id
        run.on_end(lambda: self._leave(run))
        return made

    async def _leave(self, run: Run) -> None:
        """Begin the idleness of a session when its run ends; one that was removed meanwhile stays removed.

        In the application's name: the hooks and the rights of a spell that is over have no say in it.
        """
        left, run.session = run.session, ""
        self._joined[left] -= 1
        if not self._joined[left]:
            del self._joined[left]
        now = self._clock.now()
        try:
            await self.change(CallContext(run, self._app.scope), left, lambda one: one._replace(used=now))
        except SessionNotFoundError:
            return

    async def _tell(self, ctx: CallContext, event: str, session: Session, reason: str) -> None:
        data: dict[str, Any] = {"session": session.id, "name": session.name, "reason": reason}
        await self._app.events.emit(event, data, run=ctx.scope.run_id, source=ctx.who)
