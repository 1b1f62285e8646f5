"""The version of a place's schema, and what is needed to go back to the one before."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from llmspell.errors import StateMigrationError, StorageError
from llmspell.services.state_records import encode, head_of
from llmspell.spec.storages import Operation

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from llmspell.services.state_places import Place
    from llmspell.services.state_records import Head
    from llmspell.spec.states import Entry

FORMAT: Final = 1


class Schema(NamedTuple):
    """What a place says of its schema: its version, the one before, and the versions that the migration wrote."""

    version: int = 0
    before: int | None = None
    written: dict[str, int] = {}  # noqa: RUF012 - a named tuple's default is nobody's to change


def read_schema(place: Place, data: bytes | None) -> tuple[Schema, Operation]:
    """Read the schema of a place, version 0 when no migration was ever made, and what holds while nobody changes it."""
    if data is None:
        return Schema(), Operation("absent", place.schema)
    try:
        given = json.loads(data)
        if given["format"] != FORMAT:
            raise StorageError(f"the schema of the state {place} was written by a newer release")
        schema = Schema(int(given["version"]), given["before"], dict(given["written"]))
    except (ValueError, KeyError, TypeError) as error:
        raise StorageError(f"the schema of the state {place} is damaged", suggestions=["restore a backup"]) from error
    return schema, Operation("check", place.schema, data)


def schema_record(place: Place, schema: Schema) -> Operation:
    """Write the schema of a place."""
    data = {"format": FORMAT, **schema._asdict()}
    return Operation("put", place.schema, json.dumps(data, ensure_ascii=False).encode())


def copies(place: Place, version: int, records: Iterable[tuple[str, bytes]]) -> dict[str, Head]:
    """Read the copies that were made before the migration to a version: the records below `place.backup(version)`."""
    start = place.backup(version)
    return {name[len(start) :]: head_of(name, data) for name, data in records}


def removal(records: Iterable[tuple[str, bytes]]) -> list[Operation]:
    """Give what removes all copies."""
    return [Operation("delete", name) for name, _ in records]


async def migrated(
    entries: Sequence[Entry], steps: Sequence[Callable[[Any, str], Awaitable[object]]]
) -> dict[str, bytes]:
    """Give the new values, as JSON, of the entries that steps change; a step that gives None leaves a value as it is.

    Raises `StateMigrationError` with every key whose value a step could not take.
    """
    changed: dict[str, bytes] = {}
    faults: list[Mapping[str, str]] = []
    for entry in entries:
        before = encode(entry.key, entry.value)
        value = entry.value
        try:
            for step in steps:
                made = await step(value, entry.key)
                value = value if made is None else made
            raw = encode(entry.key, value)
        except Exception as error:  # noqa: BLE001 - whatever a step raises, the others are still tried and all are told
            faults.append({"key": entry.key, "message": str(error)})
            continue
        if raw != before:
            changed[entry.key] = raw
    if faults:
        first = faults[0]
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise StateMigrationError(
            f"{first['key']!r} could not be migrated: {first['message']}{more}; nothing was changed",
            suggestions=["mend the step, and try it with dry_run first"],
            context={"faults": faults},
        )
    return changed
