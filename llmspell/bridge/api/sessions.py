"""Session: what several runs have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.bridge.api.state import StateHandle
from llmspell.bridge.definition import NO_LIST, NO_MAP, Handle, Namespace, Options, function

if TYPE_CHECKING:
    from typing import Annotated, Literal

    from llmspell.bridge.definition import Duration
    from llmspell.bridge.session import SpellSession
    from llmspell.runtime.context import CallContext
    from llmspell.services.sessions import Session as Record


class SessionOptions(Options):
    """What a session starts with."""

    positional = "name"

    name: Annotated[str, "a name by which it can be found, too"] = ""
    tags: Annotated[list[str], "words by which it can be found"] = NO_LIST
    values: Annotated[dict[str, object], "its first values"] = NO_MAP
    lifetime: Annotated[Duration | None, "it expires after so much time without a run; never without it"] = None


class SessionFilter(Options):
    """Which sessions are wanted."""

    status: Annotated[Literal["active", "suspended", "expired"] | None, "only those that are it now"] = None
    tag: Annotated[str | None, "only those that have this tag"] = None
    name: Annotated[str | None, "only the one with this name"] = None


class SessionHandle(Handle):
    """A session that a script holds; `info` tells how it is now."""

    kind = "session"
    shows = ("id", "name")

    def __init__(self, session: SpellSession, record: Record) -> None:
        super().__init__(session)
        self.record = record

    def fields(self) -> dict[str, object]:
        """Give what scripts read without a call."""
        return {"id": self.record.id, "name": self.record.name}

    @function()
    async def info(self, ctx: CallContext) -> dict[str, object]:
        """Tell about it: `{id, name, status, suspended, tags, created, used, lifetime, runs}`, times in seconds."""
        sessions = ctx.app.sessions
        return sessions.about(await sessions.find(ctx, self.record.id))

    @function()
    def state(self) -> StateHandle:
        """Give its state: the scope `session` of this session, also in a run that did not join it."""
        return StateHandle(self.session, "session", self.record.id)

    @function()
    async def values(self, ctx: CallContext) -> dict[str, object]:
        """Give all its values by key."""
        view = ctx.app.states.view(ctx, "session", self.record.id)
        return {entry.key: entry.value for entry in await view.entries()}

    @function()
    async def suspend(self, ctx: CallContext) -> dict[str, object]:
        """Put it to rest: no run may join it, and it does not expire. Gives what `info` does."""
        return ctx.app.sessions.about(await ctx.app.sessions.suspend(ctx, self.record.id))

    @function()
    async def resume(self, ctx: CallContext) -> dict[str, object]:
        """Make it usable again, also when it has expired. Gives what `info` does."""
        return ctx.app.sessions.about(await ctx.app.sessions.resume(ctx, self.record.id))

    @function()
    async def tag(self, *tags: str, ctx: CallContext) -> list[str]:
        """Add tags and list them all."""
        return list((await ctx.app.sessions.tag(ctx, self.record.id, add=tags)).tags)

    @function()
    async def untag(self, *tags: str, ctx: CallContext) -> list[str]:
        """Take tags away and list those that are left."""
        return list((await ctx.app.sessions.tag(ctx, self.record.id, remove=tags)).tags)

    @function()
    async def extend(self, ctx: CallContext, lifetime: Duration | None = None) -> None:
        """Let it expire after another time without a run; never, when none is given."""
        await ctx.app.sessions.extend(ctx, self.record.id, lifetime)

    @function()
    async def remove(self, ctx: CallContext) -> None:
        """Forget it with all its values and their histories; an error while a run uses it."""
        await ctx.app.sessions.remove(ctx, self.record.id)


class Session(Namespace):
    """What several runs have in common: values, a name, tags. A run joins one with `run --session` or `Session.join`.

    Then `State` is the session's. It outlives the runs, can be suspended and resumed, and expires when no run used it
    for longer than its lifetime; an expired one loses nothing until it is purged.
    """

    name = "Session"

    @function(aliases=("new",))
    async def create(self, ctx: CallContext, options: SessionOptions | None = None) -> SessionHandle:
        """Make a session: `Session.create{name = "trip", tags = {"travel"}, values = {...}, lifetime = "7d"}`."""
        given = options or SessionOptions()
        made = await ctx.app.sessions.create(
            ctx, name=given.name, tags=given.tags, values=given.values, lifetime=given.lifetime
        )
        return SessionHandle(self.session, made)

    @function(aliases=("get",))
    async def open(self, id_or_name: str, ctx: CallContext) -> SessionHandle:
        """Find a session by its id or name; raises `session_not_found`."""
        return SessionHandle(self.session, await ctx.app.sessions.find(ctx, id_or_name))

    @function(name="list")
    async def list_(self, ctx: CallContext, options: SessionFilter | None = None) -> list[dict[str, object]]:
        """List sessions, the last used first, as `info` tells about each."""
        sessions = ctx.app.sessions
        found = await sessions.all(ctx, **(options.given() if options else {}))  # type: ignore[arg-type]  # converted
        return [sessions.about(one) for one in found]

    @function()
    async def current(self, ctx: CallContext) -> SessionHandle | None:
        """Give the session of this run, nothing when it has none."""
        own = ctx.run.session
        return SessionHandle(self.session, await ctx.app.sessions.find(ctx, own)) if own else None

    @function()
    async def join(self, id_or_name: str, ctx: CallContext) -> SessionHandle:
        """Make this run part of a session until it ends: `State` is the session's from now on.

        Raises `session` when it is suspended or has expired, or when the run belongs to another one.
        """
        return SessionHandle(self.session, await ctx.app.sessions.join(ctx.run, id_or_name, ctx))

    @function()
    async def purge(self, ctx: CallContext, idle: Duration = 0.0) -> list[str]:  # type: ignore[assignment]  # a float
        """Remove the sessions that have expired and were not used for so long, and list their ids."""
        return [one.id for one in await ctx.app.sessions.purge(ctx, idle)]
