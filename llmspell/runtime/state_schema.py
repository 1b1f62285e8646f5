"""Bring the values of a scope to another version of their schema, and back.

First the new values are made, in memory; a dry run ends there. Then one transaction writes copies of all values, the
new ones and the version, if nobody has written a value or the version since. Whatever ends the process, the state is
either as it was or migrated, and in both cases every value is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from llmspell.errors import StateConflictError, StateMigrationError
from llmspell.services.state import conflict
from llmspell.services.state_records import Head, encode
from llmspell.services.state_schema import (
    Schema,
    copies,
    migrated,
    read_schema,
    removal,
    schema_record,
)
from llmspell.spec.storages import Operation

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from llmspell.runtime.state_view import StateView
    from llmspell.spec.states import Entry

TRIES = 5
"""How often a migration begins anew because somebody wrote a value meanwhile."""

MICROSECONDS = 1_000_000


class Migrated(NamedTuple):
    """What a migration did, or would do: versions of the schema, the keys that change, how many stay as they are."""

    before: int
    after: int
    changed: list[str]
    unchanged: int
    dry_run: bool


async def migrate(
    view: StateView, steps: Sequence[Callable[[Any, str], Awaitable[object]]], *, dry_run: bool = False
) -> Migrated:
    """Run the steps that a scope has not had; `steps[n]` brings a value from version n to n + 1.

    Raises `StateMigrationError` when a step fails, when the scope has a later version than there are steps, and when
    others keep writing.
    """
    for _ in range(TRIES):
        schema, unchanged = await _schema(view)
        if schema.version > len(steps):
            message = f"the state {view.place} has version {schema.version} of its schema, there are {len(steps)} steps"
            raise StateMigrationError(message, suggestions=["use the spell that migrated it, or State.rollback"])
        entries = await view.whole()
        changed = await migrated(entries, steps[schema.version :])
        done = Migrated(schema.version, len(steps), sorted(changed), len(entries) - len(changed), dry_run)
        if dry_run or schema.version == len(steps):
            return done
        try:
            await _apply(view, Migration(schema, unchanged, len(steps)), entries, changed)
        except StateConflictError as error:
            last = error
        else:
            return done
    message = f"the state {view.place} was written {TRIES} times while it was to be migrated"
    raise StateMigrationError(message, suggestions=["migrate when nobody else writes it"]) from last


class Migration(NamedTuple):
    """The schema before, what holds while nobody else has changed it, and the version after."""

    schema: Schema
    unchanged: Operation
    after: int


async def _apply(view: StateView, wanted: Migration, entries: Sequence[Entry], changed: dict[str, bytes]) -> None:
    place = view.place
    start = place.backup(wanted.after)
    saved = [
        Operation(
            "put",
            start + one.key,
            Head(one.version, round(one.updated * MICROSECONDS), encode(one.key, one.value)).record(),
        )
        for one in entries
    ]
    versions = {one.key: one.version for one in entries}
    new = {one.key: (0, one.version) for one in await view.whole() if one.key not in versions}
    if new:  # written meanwhile: it needs the steps as much as the others
        raise conflict(place, new)
    written = {key: version + (key in changed) for key, version in versions.items()}
    schema = schema_record(place, Schema(wanted.after, wanted.schema.version, written))
    extra = [wanted.unchanged, *removal(await view.all_below(place.backup())), *saved, schema]
    await view.replace(changed, versions, "migrate", extra)


async def rollback(view: StateView, *, force: bool = False) -> Migrated:
    """Undo the last migration: each value is again what it was before, as a new version of it.

    Raises `StateMigrationError` when there is nothing to go back to, and when values were written since, unless `force`
    says to lose those; keys that are new since then stay.
    """
    place = view.place
    schema, unchanged = await _schema(view)
    if schema.before is None:
        raise StateMigrationError(f"the state {place} has no migration to go back from")
    old = copies(place, schema.version, await view.all_below(place.backup(schema.version)))
    now = {one.key: one for one in await view.whole()}
    touched = sorted(
        key for key in {*old, *now} if key not in old or key not in now or now[key].version != schema.written.get(key)
    )
    if touched and not force:
        raise StateMigrationError(
            f"{len(touched)} keys of the state {place} were written since the migration, {touched[0]!r} among them",
            suggestions=["export them first, then roll back with force"],
            context={"keys": touched},
        )
    values = {key: head.raw for key, head in old.items() if key not in now or encode(key, now[key].value) != head.raw}
    extra = [unchanged, schema_record(place, Schema(schema.before)), *removal(await view.all_below(place.backup()))]
    versions = {key: now[key].version if key in now else 0 for key in values}
    await view.replace(values, versions, "rollback", extra)
    return Migrated(schema.version, schema.before, sorted(values), len(now) - len(values), dry_run=False)


async def schema_version(view: StateView) -> int:
    """Give the version of a scope's schema: the number of migration steps it has had."""
    return (await _schema(view))[0].version


async def _schema(view: StateView) -> tuple[Schema, Operation]:
    return read_schema(view.place, await view.below(view.place.schema))
