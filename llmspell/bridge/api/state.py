"""State: values with versions, in scopes that say who shares them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.bridge.api.state_options import (
    HandOverOptions,
    HistoryOptions,
    ImportOptions,
    MigrateOptions,
    RollbackOptions,
    UpdateOptions,
    WriteOptions,
    entry_table,
    migrated_table,
)
from llmspell.bridge.definition import Handle, Namespace, ScriptObject, function
from llmspell.errors import ScriptError, ValidationError
from llmspell.runtime.journal.port import apart

if TYPE_CHECKING:
    from typing import Any

    from llmspell.bridge.callbacks import Callback
    from llmspell.bridge.session import SpellSession
    from llmspell.model.event import Event
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.state_view import StateView
    from llmspell.services.subscription import Subscription


class StateFunctions(ScriptObject):
    """What can be done in one scope of the state; the namespace has its own scope, a handle the one it was made for."""

    def view(self, ctx: CallContext) -> StateView:
        """Give the scope with the rights of a call."""
        raise NotImplementedError

    def watch(self, subscription: StateSubscriptionHandle) -> None:
        """Remember a subscription that ends with the spell."""
        self.session.namespace(State).subscriptions.append(subscription)

    @function()
    async def get(self, key: str, ctx: CallContext, default: object = None) -> object:
        """Read a value; `default` when the key is absent."""
        return await self.view(ctx).get(key, default)

    @function(name="set", aliases=("put",))
    async def set_(self, key: str, value: object, ctx: CallContext, options: WriteOptions | None = None) -> int:
        """Write a value and give its version; with `{version = n}` only when the key has that version.

        Otherwise it raises `state_conflict`, and nothing is written.
        """
        version = None if options is None else options.version
        return await self.view(ctx).set(key, value, version=version)

    @function(aliases=("set_batch",))
    async def set_many(self, values: dict[str, object], ctx: CallContext) -> dict[str, int]:
        """Write several values, all or none, and give their versions."""
        return await self.view(ctx).set_many(values)

    @function()
    async def update(
        self, key: str, change: Callback, ctx: CallContext, options: UpdateOptions | None = None
    ) -> dict[str, object]:
        """Write what `change(value, version)` gives and return the entry.

        The function is asked again when somebody else wrote the key meanwhile, so it should do nothing else. Giving
        nothing is an error: it is a `return` forgotten more often than a value.
        """

        async def asked(value: Any, version: int) -> object:
            made = await change(value, version, ctx=ctx)
            if made is None:
                raise ValidationError(
                    f"the function that updates {key!r} returned nothing",
                    suggestions=["return the new value", "State.delete removes a key"],
                )
            return made

        attempts = 100 if options is None else options.attempts
        return entry_table(await self.view(ctx).update(key, asked, attempts=attempts))

    @function()
    async def increment(self, key: str, ctx: CallContext, by: int = 1) -> int:
        """Add to a whole number in one step and return it; an absent key counts as 0."""
        return await self.view(ctx).increment(key, by)

    @function(aliases=("remove",))
    async def delete(self, key: str, ctx: CallContext, options: WriteOptions | None = None) -> bool:
        """Remove a key and tell whether it was there; its history stays."""
        return await self.view(ctx).delete(key, version=None if options is None else options.version)

    @function()
    async def clear(self, ctx: CallContext, prefix: str = "") -> int:
        """Remove the keys with a prefix, all or none, and give their number."""
        return await self.view(ctx).clear(prefix)

    @function(aliases=("has",))
    async def exists(self, key: str, ctx: CallContext) -> bool:
        """Tell whether a key is there."""
        return await self.view(ctx).exists(key)

    @function()
    async def entry(self, key: str, ctx: CallContext) -> dict[str, object] | None:
        """Read a value with its version: `{key, value, version, updated, deleted}`, nothing when it is absent."""
        found = await self.view(ctx).entry(key)
        return None if found is None else entry_table(found)

    @function(name="list", aliases=("keys",))
    async def list_(self, ctx: CallContext, prefix: str = "") -> list[str]:
        """List the keys, in order."""
        return await self.view(ctx).keys(prefix)

    @function()
    async def entries(self, ctx: CallContext, prefix: str = "") -> list[dict[str, object]]:
        """List the entries, in the order of their keys."""
        return [entry_table(one) for one in await self.view(ctx).entries(prefix)]

    @function()
    async def history(
        self, key: str, ctx: CallContext, options: HistoryOptions | None = None
    ) -> list[dict[str, object]]:
        """List the versions of a key that are kept, the newest first; `[state] history` says how many."""
        limit = None if options is None else options.limit
        return [entry_table(one) for one in await self.view(ctx).history(key, limit=limit)]

    @function()
    async def revert(self, key: str, version: int, ctx: CallContext) -> int:
        """Write the value of an older version once more and give the new version."""
        return await self.view(ctx).revert(key, version)

    @function(aliases=("watch",))
    def subscribe(self, pattern: str, handler: Callback, ctx: CallContext) -> StateSubscriptionHandle:
        """Call a function for each change of a key that matches: `handler({key, version, deleted, scope, owner, run})`.

        It hears the changes of all runs of this application, not those of other processes. The value is not told: read
        it with `get`.
        """
        made = StateSubscriptionHandle(self.session, self.view(ctx), pattern, handler)
        self.watch(made)
        return made

    @function()
    async def export(self, ctx: CallContext, prefix: str = "") -> dict[str, object]:
        """Give the entries with a prefix as one map, which `import` reads and JSON can say."""
        from llmspell.runtime.state_copies import export_state  # noqa: PLC0415 - paid by who copies

        return await export_state(self.view(ctx), prefix)

    @function(name="import")
    async def import_(self, document: dict[str, object], ctx: CallContext, options: ImportOptions | None = None) -> int:
        """Write what `export` gave, all or nothing, and give the number of values written."""
        from llmspell.runtime.state_copies import import_state  # noqa: PLC0415 - likewise

        rule = ImportOptions().on_conflict if options is None else options.on_conflict
        return await import_state(self.view(ctx), document, rule)

    @function()
    async def hand_over(self, to: StateHandle, ctx: CallContext, options: HandOverOptions | None = None) -> list[str]:
        """Copy the keys that `{include, exclude}` choose to another scope, all or none, and list them."""
        from llmspell.runtime.state_copies import hand_over  # noqa: PLC0415 - likewise
        from llmspell.spec.states import StateFilter  # noqa: PLC0415

        given = options or HandOverOptions()
        wanted = StateFilter(tuple(given.include) or ("*",), tuple(given.exclude))
        return await hand_over(self.view(ctx), to.view(ctx), wanted, given.on_conflict)

    @function()
    async def migrate(self, options: MigrateOptions, ctx: CallContext) -> dict[str, object]:
        """Bring all values through the steps that they have not had: `{from, to, changed, unchanged, dry_run}`.

        Copies are made first, and all values change at once or, when a step fails for one, none does
        (`state_migration` names every key).
        """
        from llmspell.runtime.state_schema import migrate  # noqa: PLC0415 - paid by who migrates

        steps = [_step(one, ctx) for one in options.steps]
        return migrated_table(await migrate(self.view(ctx), steps, dry_run=options.dry_run))

    @function()
    async def rollback(self, ctx: CallContext, options: RollbackOptions | None = None) -> dict[str, object]:
        """Undo the last migration; without `force` it raises `state_migration` when values were written since."""
        from llmspell.runtime.state_schema import rollback  # noqa: PLC0415 - likewise

        force = options is not None and options.force
        return migrated_table(await rollback(self.view(ctx), force=force))

    @function()
    async def schema_version(self, ctx: CallContext) -> int:
        """Give the number of migration steps that the scope has had."""
        from llmspell.runtime.state_schema import schema_version  # noqa: PLC0415 - likewise

        return await schema_version(self.view(ctx))


def _step(function: Callback, ctx: CallContext) -> Any:
    async def step(value: Any, key: str) -> object:
        return await function(value, key, ctx=ctx)

    return step


class StateHandle(StateFunctions, Handle):
    """One scope of the state."""

    kind = "state"
    shows = ("scope",)

    def __init__(self, session: SpellSession, scope: str, owner: str | None) -> None:
        super().__init__(session)
        self.scope = scope
        self.owner = owner

    def fields(self) -> dict[str, object]:
        """Give what scripts read without a call."""
        return {"scope": self.scope}

    def view(self, ctx: CallContext) -> StateView:
        """Give the scope with the rights of a call."""
        return ctx.app.states.view(ctx, self.scope, self.owner)


class StateSubscriptionHandle(Handle):
    """A function that is called when values change."""

    kind = "state_subscription"
    shows = ("pattern",)

    def __init__(self, session: SpellSession, view: StateView, pattern: str, handler: Callback) -> None:
        super().__init__(session)
        self.pattern = pattern
        self._handler: Callback | None = handler
        self.subscription: Subscription = view.subscribe(pattern, self._deliver)

    async def _deliver(self, event: Event) -> None:
        if self._handler is None or self.session.ended:
            return
        try:
            with apart():
                await self._handler({**event.data, "run": event.run, "timestamp": event.time})
        except ScriptError:
            if not self.session.ended:  # what the end of the spell cut off is no failure of the handler
                raise

    def fields(self) -> dict[str, object]:
        """Give what scripts read without a call."""
        return {"pattern": self.pattern}

    @function(aliases=("unsubscribe", "cancel"))
    def remove(self) -> bool:
        """End the subscription and tell whether it was active."""
        active = self.subscription.active
        self.subscription.cancel()
        self._handler = None
        return active


class State(StateFunctions, Namespace):
    """Values with versions, in scopes: `run` (until it ends), `session`, `agent`, `shared`, `process`.

    The functions of the namespace work in the session's scope when the run has a session (`run --session`), else in
    that of the run; `State.scope` gives the others. Values are what JSON can say. Each write is a `state_write`
    operation with the right `state.write` for `state:<scope>/<key>`, durable when it returns; reading needs
    `state.read`.
    """

    name = "State"

    def __init__(self, session: SpellSession) -> None:
        super().__init__(session)
        self.subscriptions: list[StateSubscriptionHandle] = []

    def view(self, ctx: CallContext) -> StateView:
        """Give the run's own scope with the rights of a call."""
        return ctx.app.states.view(ctx)

    @function()
    def scope(self, name: str, ctx: CallContext, owner: str | None = None) -> StateHandle:
        """Give one scope: `State.scope("shared")`, `State.scope("agent", "researcher")`.

        `owner` is the name of an agent of this spell, or the id of a session that is not the run's own.
        """
        ctx.app.states.view(ctx, name, owner)  # a wrong name fails here, and not at the first use
        return StateHandle(self.session, name, owner)

    @function()
    def stats(self, ctx: CallContext) -> dict[str, object]:
        """Count what memory holds of the store's values: `{heads, packed, bytes, compressions, evictions}`."""
        return dict(ctx.app.states.durable.memory._asdict())

    async def finishing(self) -> None:
        """Let handlers see what changed before the spell's last line."""
        if any(one.subscription.active for one in self.subscriptions):
            await self.session.app.events.drain()

    def detach(self) -> None:
        """End every subscription of the spell, with what waits in its queue."""
        for one in self.subscriptions:
            one.subscription.cancel()
            one.subscription.discard()
