"""Sessions: what several runs have in common, as records in the state and values in its scope `session`."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from llmspell.errors import LlmspellError, SessionError, SessionNotFoundError, StateConflictError, ValidationError
from llmspell.model.near import near_words
from llmspell.runtime.journal.effects import moment
from llmspell.runtime.state_view import StateView
from llmspell.services.cleanup import Kept
from llmspell.services.sessions import (
    PLACE,
    STATUSES,
    Session,
    SteadyClock,
    checked_lifetime,
    checked_name,
    checked_tags,
    claim_of,
    fits,
    session_of,
    taken,
    unusable,
)
from llmspell.services.state_places import Place
from llmspell.services.state_records import encode
from llmspell.spec.storages import Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from llmspell.runtime.app import App
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.run import Run
    from llmspell.services.cleanup import Cleanup
    from llmspell.services.sessions import Status

NEAR = 3

BEAT = 1 / 3
"""How often a session that is used says so to other processes, in its lifetimes."""

log = logging.getLogger("llmspell.state")


class Sessions:
    """Create, find and change sessions; every record is a value of the state with its rights, hooks and versions."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._clock = SteadyClock(app.services.clock)
        self._joined: dict[str, int] = {}
        self._staying: dict[str, asyncio.Task[None]] = {}
        self._naming = asyncio.Lock()

    def status(self, session: Session, now: float | None = None) -> Status:
        """Tell whether a session is active, suspended or expired; one that a run of ours uses does not expire."""
        at = self._clock.now() if now is None else now
        return session.status(session.used if session.id in self._joined else at)

    async def _now(self, ctx: CallContext) -> float:
        """Give the time by which something is decided; in a durable run it is the same again."""
        return await moment(ctx, self._clock.now)

    def about(self, session: Session) -> dict[str, object]:
        """Write a session with its status."""
        return session.to_dict(self.status(session))

    def _records(self, ctx: CallContext) -> StateView:
        return StateView(self._app.states, ctx, PLACE)

    def _values(self, ctx: CallContext, session_id: str) -> StateView:
        return StateView(self._app.states, ctx, Place("session", session_id), foreign=True)

    # -- finding -------------------------------------------------------------------------------------------------------

    async def all(self, ctx: CallContext, **wanted: str | None) -> list[Session]:
        """List sessions, the last used first; `status`, `tag` and `name` choose some."""
        if wanted.get("status") not in (None, *STATUSES):
            raise ValidationError(f"no session is ever {wanted['status']!r}", suggestions=[", ".join(STATUSES)])
        found = [session_of(entry) for entry in await self._records(ctx).entries()]
        now = 0.0 if wanted.get("status") is None else await self._now(ctx)
        chosen = [one for one in found if fits(one, self.status(one, now), wanted)]
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
        near = near_words(name, [one.name or one.id for one in known], n=NEAR)
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
        now = await self._now(ctx)
        given = {"lifetime": checked_lifetime(lifetime), "tags": checked_tags(tags), "name": checked_name(name)}
        made = Session(ctx.new_id(), created=now, used=now, **given)  # type: ignore[arg-type]  # by name
        async with self._naming:
            if name and await self.all(ctx, name=name):
                raise taken(name)
            if values:
                await self._values(ctx, made.id).set_many(values)
            records, raw = self._records(ctx), encode(made.id, made.record())
            try:
                versions = await records.replace({made.id: raw}, {made.id: 0}, "set", await self._claim(ctx, made))
            except (SessionError, StateConflictError) as error:  # another process was faster
                await self._app.states.durable.drop(Place("session", made.id))
                raise taken(name) from error
        await self._tell(ctx, "session_start", made, "created")
        return made._replace(version=versions[made.id])

    async def _claim(self, ctx: CallContext, session: Session) -> list[Operation]:
        """Give what makes a name that of a session, as part of its first write: another process may want it, too.

        A name whose session is gone is free; raises `SessionError` for one that is not.
        """
        if not session.name:
            return []
        key, records = claim_of(session.name), self._records(ctx)
        owner = await records.below(key)
        if owner is not None and await records.exists(owner.decode()):
            raise taken(session.name)
        free = Operation("absent", key) if owner is None else Operation("check", key, owner)
        return [free, Operation("put", key, session.id.encode())]

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
        now = await self._now(ctx)
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
        while True:
            try:
                return await self._remove(ctx, found)
            except StateConflictError:
                found = await self.find(ctx, found.id)

    async def _remove(self, ctx: CallContext, found: Session) -> None:
        """Remove a session as it was found; raises `StateConflictError` when it was changed since.

        It is suspended first, lest a run of another process joins it while its values go. A run that is in it there
        writes on: what it writes goes when it leaves.
        """
        records = self._records(ctx)
        version = await records.set(found.id, found._replace(suspended=True).record(), version=found.version)
        await self._values(ctx, found.id).drop()
        name = [Operation("delete", claim_of(found.name))] if found.name else []
        await records.replace({found.id: None}, {found.id: version}, "delete", name)
        await self._tell(ctx, "session_end", found, "removed")

    async def purge(self, ctx: CallContext, idle: float = 0.0) -> list[Session]:
        """Remove the sessions that expired and were idle for so many seconds, and give them."""
        now = await self._now(ctx)
        return await self._gone(ctx, [one for one in await self.all(ctx, status="expired") if now - one.used >= idle])

    async def sweep(self, ctx: CallContext, policy: Cleanup, *, dry: bool = False) -> list[Session]:
        """Remove the sessions that a policy has had enough of, and give them; `dry` removes none.

        A suspended session was put to rest and stays.
        """
        known = [one for status in ("active", "expired") for one in await self.all(ctx, status=status)]
        kept = (Kept(one, one.created, one.used) for one in known)
        over = [one.what for one in policy.over(kept, await self._now(ctx))]
        return over if dry else await self._gone(ctx, over)

    async def _gone(self, ctx: CallContext, over: Iterable[Session]) -> list[Session]:
        """Remove sessions, but for those that somebody uses meanwhile, and give them."""
        removed = []
        for one in over:
            if one.id in self._joined:
                continue
            try:
                await self._records(ctx).set(one.id, one._replace(suspended=True).record(), version=one.version)
                await self.remove(ctx, one.id)
            except (StateConflictError, SessionNotFoundError):  # another process uses it again, or was faster
                continue
            removed.append(one)
        return removed

    # -- using ---------------------------------------------------------------------------------------------------------

    async def join(self, run: Run, name: str, ctx: CallContext | None = None) -> Session:
        """Make a run part of a session until it ends, on behalf of a call; its state is the session's then.

        Raises `SessionNotFoundError`, and `SessionError` for one that is suspended or has expired, and for a run that
        belongs to another one.
        """
        ctx = ctx or run.context()
        found = await self.find(ctx, name)
        if run.session == found.id:
            return found
        if run.session:
            raise SessionError("the run belongs to another session", suggestions=["use Session.open for its values"])
        now = await self._now(ctx)
        made = await self.change(ctx, found.id, lambda one: self._used(one, now))
        self._joined[made.id] = self._joined.get(made.id, 0) + 1
        run.session = made.id
        run.on_end(lambda: self._leave(run))
        store = await self._app.states.durable.store()
        if made.lifetime is not None and "shared" in store.capabilities and made.id not in self._staying:
            work = self._stay(made.id, made.lifetime * BEAT)
            self._staying[made.id] = asyncio.create_task(work, name=f"session {made.id} is used")
        return made

    def _used(self, session: Session, now: float) -> Session:
        if (status := self.status(session, now)) != "active":
            raise unusable(session, status)
        return session._replace(used=now, runs=session.runs + 1)

    async def _stay(self, session_id: str, pause: float) -> None:
        """Say now and then that a session is used: to another process that has the store, too, it would expire."""
        ctx = self._app.process_context()
        while True:
            await self._app.services.clock.sleep(pause)
            now = self._clock.now()
            try:
                await self.change(ctx, session_id, lambda one: one._replace(used=now))  # noqa: B023 - called at once
            except SessionNotFoundError:
                return
            except LlmspellError as error:  # a server that is away for a while
                log.warning("session %s could not be kept from expiring: %s", session_id, error)

    async def _leave(self, run: Run) -> None:
        """Begin the idleness of a session when its run ends; one that was removed meanwhile stays removed.

        In the application's name: the hooks and the rights of a spell that is over have no say in it.
        """
        left, run.session = run.session, ""
        self._joined[left] -= 1
        if not self._joined[left]:
            del self._joined[left]
            if (staying := self._staying.pop(left, None)) is not None:
                staying.cancel()
                await asyncio.wait({staying})
        now = self._clock.now()
        try:
            await self.change(self._app.process_context(), left, lambda one: one._replace(used=now))
        except SessionNotFoundError:  # another process removed it, so what the run has written since is nobody's
            await self._app.states.durable.drop(Place("session", left))

    async def _tell(self, ctx: CallContext, event: str, session: Session, reason: str) -> None:
        data: dict[str, Any] = {"session": session.id, "name": session.name, "reason": reason}
        await self._app.events.emit(event, data, run=ctx.scope.run_id, source=ctx.who)
