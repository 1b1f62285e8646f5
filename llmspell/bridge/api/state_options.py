"""The options of `State`, and the tables in which its answers cross."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.bridge.definition import NO_LIST, Options

if TYPE_CHECKING:
    from typing import Annotated, Literal

    from llmspell.bridge.callbacks import Callback
    from llmspell.runtime.state_schema import Migrated
    from llmspell.spec.states import Entry


class WriteOptions(Options):
    """When a value may be written or removed."""

    positional = "version"

    version: Annotated[int | None, "only when the key has this version; 0 means: only when it is absent"] = None


class UpdateOptions(Options):
    """How an update goes on when others write the key, too."""

    attempts: Annotated[int, "how often the function is asked"] = 100


class HistoryOptions(Options):
    """How much of a history is wanted."""

    positional = "limit"

    limit: Annotated[int | None, "only so many versions, the newest"] = None


class ImportOptions(Options):
    """What becomes of a key that is there already."""

    positional = "on_conflict"

    on_conflict: Annotated[
        Literal["error", "keep", "replace"], "fail and write nothing, keep the value that is there, or replace it"
    ] = "error"


class HandOverOptions(Options):
    """Which keys go along."""

    include: Annotated[list[str], "patterns of keys, with `*`, `?` and `[...]`; all without one"] = NO_LIST
    exclude: Annotated[list[str], "patterns of keys that stay, whatever includes them"] = NO_LIST
    on_conflict: Annotated[Literal["error", "keep", "replace"], "what becomes of a key that is there already"] = (
        "replace"
    )


class MigrateOptions(Options):
    """How values get to another version of their schema."""

    steps: Annotated[
        list[Callback],
        "all steps there ever were, in order: `function(value, key)` gives the new value, nothing to leave it as it is",
    ]
    dry_run: Annotated[bool, "tell what would change, and change nothing"] = False


class RollbackOptions(Options):
    """How far a rollback may go."""

    force: Annotated[bool, "lose what was written since the migration"] = False


def entry_table(entry: Entry) -> dict[str, object]:
    """Write an entry as `{key, value, version, updated, deleted}`; `updated` is in seconds since the epoch."""
    return dict(entry._asdict())


def migrated_table(done: Migrated) -> dict[str, object]:
    """Write what a migration did as `{from, to, changed, unchanged, dry_run}`."""
    about = done._asdict()
    return {"from": about.pop("before"), "to": about.pop("after"), **about}
