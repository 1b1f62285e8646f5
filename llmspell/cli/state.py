"""`llmspell state list|scopes|get|set|delete|history|revert|export|import|rollback|clear|prune|backup`."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from llmspell.cli import logs
from llmspell.cli.cleanup import tell, wanted
from llmspell.cli.opening import open_app
from llmspell.cli.values import from_file
from llmspell.errors import ResourceUnavailableError, UsageError
from llmspell.runtime.store_places import require_kept
from llmspell.services.state_places import Place

if TYPE_CHECKING:
    import argparse
    from collections.abc import Awaitable, Callable

    from llmspell.cli.console import Console
    from llmspell.runtime.app import App
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.state_view import StateView

T = TypeVar("T")

OWNED = ("run", "agent")
"""Scopes of which there is one for each owner, whom nobody may need any more; sessions have `session purge`."""

WIDTH = 60
"""Characters of a value in a table."""


def with_app(args: argparse.Namespace, console: Console, work: Callable[[App, CallContext], Awaitable[T]]) -> T:
    """Do something in a run of an application."""

    async def do() -> T:
        async with open_app(args, console) as app, app.run("state") as run:
            logs.start(app, console)
            require_kept(app)
            return await work(app, run.context())

    return asyncio.run(do())


def _with_scope(args: argparse.Namespace, console: Console, work: Callable[[StateView], Awaitable[T]]) -> T:
    async def do(app: App, ctx: CallContext) -> T:
        scope, owner = getattr(args, "scope", None) or "shared", getattr(args, "owner", None) or ""
        if (scope == "shared") != (owner == ""):
            message = f"the scope {scope} has no owner" if owner else f"the scope {scope} needs --owner"
            raise UsageError(message, suggestions=["`llmspell state scopes` lists those that hold something"])
        if scope == "session":
            owner = (await app.sessions.find(ctx, owner)).id
        return await work(app.states.at(ctx, Place(scope, owner)))

    return with_app(args, console, do)


def moment(seconds: float) -> str:
    """Write a time for people, in their own zone."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= WIDTH else text[: WIDTH - 3] + "..."


def list_keys(args: argparse.Namespace, console: Console) -> int:
    """List entries."""
    found = _with_scope(args, console, lambda view: view.entries(getattr(args, "prefix", None) or ""))
    if console.as_json:
        console.data([one._asdict() for one in found])
    elif found:
        rows = [(one.key, str(one.version), moment(one.updated), _shown(one.value)) for one in found]
        console.table(rows, ("key", "version", "written", "value"))
    else:
        console.note("the scope is empty; `llmspell state scopes` lists those that hold something")
    return 0


def scopes(args: argparse.Namespace, console: Console) -> int:
    """List what is in the store, by scope and owner."""

    async def ask(app: App, _: CallContext) -> list[tuple[str, str, int]]:
        found = await app.states.durable.places()
        return [(place.scope, place.owner, count) for place, count in found.items() if place.scope != "sessions"]

    found = with_app(args, console, ask)
    if console.as_json:
        console.data([{"scope": scope, "owner": owner, "keys": count} for scope, owner, count in found])
    elif found:
        console.table([(scope, owner or "-", str(count)) for scope, owner, count in found], ("scope", "owner", "keys"))
    else:
        console.note("the store holds no state")
    return 0


def get(args: argparse.Namespace, console: Console) -> int:
    """Print one value."""
    entry = _with_scope(args, console, lambda view: view.entry(args.key))
    if entry is None:
        raise ResourceUnavailableError(
            f"there is no key {args.key!r}", suggestions=["`llmspell state list` lists the keys of a scope"]
        )
    console.data(entry._asdict() if console.as_json else entry.value)
    return 0


def set_value(args: argparse.Namespace, console: Console) -> int:
    """Write one value."""
    try:
        value: object = json.loads(args.value)
    except ValueError:
        value = args.value
    version = _with_scope(args, console, lambda view: view.set(args.key, value, version=args.version))
    _done(console, {"key": args.key, "version": version}, f"{args.key} is at version {version}")
    return 0


def delete(args: argparse.Namespace, console: Console) -> int:
    """Remove one key."""
    there = _with_scope(args, console, lambda view: view.delete(args.key, version=args.version))
    _done(console, {"key": args.key, "deleted": there}, f"{args.key} is gone" if there else f"{args.key} was not there")
    return 0


def history(args: argparse.Namespace, console: Console) -> int:
    """List the versions of a key."""
    found = _with_scope(args, console, lambda view: view.history(args.key))
    if console.as_json:
        console.data([one._asdict() for one in found])
        return 0
    rows = [(str(one.version), moment(one.updated), "(removed)" if one.deleted else _shown(one.value)) for one in found]
    if rows:
        console.table(rows, ("version", "written", "value"))
    else:
        console.note(f"nothing is kept of {args.key!r}")
    return 0


def revert(args: argparse.Namespace, console: Console) -> int:
    """Bring an older version back."""
    version = _with_scope(args, console, lambda view: view.revert(args.key, args.to))
    _done(console, {"key": args.key, "version": version}, f"{args.key} is at version {version}")
    return 0


def export(args: argparse.Namespace, console: Console) -> int:
    """Write a scope as one document."""
    from llmspell.runtime.state_copies import export_state  # noqa: PLC0415 - paid by who copies

    document = _with_scope(args, console, export_state)
    if not getattr(args, "output", None):
        console.data(document)
        return 0
    target = Path(args.output)
    try:
        target.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise ResourceUnavailableError(f"{target} cannot be written: {error.strerror}") from error
    count = len(document["entries"])
    _done(console, {"file": str(target), "entries": count}, f"{count} values are in {target}")
    return 0


def import_file(args: argparse.Namespace, console: Console) -> int:
    """Write what a document holds."""
    from llmspell.runtime.state_copies import import_state  # noqa: PLC0415 - likewise

    document = from_file(args.file)
    count = _with_scope(args, console, lambda view: import_state(view, document, args.on_conflict))
    _done(console, {"written": count}, f"{count} values were written")
    return 0


def rollback(args: argparse.Namespace, console: Console) -> int:
    """Undo a migration."""
    from llmspell.runtime.state_schema import rollback as undo  # noqa: PLC0415 - paid by who migrates

    done = _with_scope(args, console, lambda view: undo(view, force=args.force))
    told = f"{len(done.changed)} values are as they were at version {done.after} of the schema"
    _done(console, {"from": done.before, "to": done.after, "changed": done.changed}, told)
    return 0


def clear(args: argparse.Namespace, console: Console) -> int:
    """Forget a scope."""
    count = _with_scope(args, console, lambda view: view.drop())
    _done(console, {"removed": count}, f"{count} records were removed")
    return 0


def prune(args: argparse.Namespace, console: Console) -> int:
    """Forget what runs and agents left behind of which a policy has enough."""
    from llmspell.services.state_cleanup import kept  # noqa: PLC0415 - paid by who cleans up

    policy = wanted(args)

    async def work(app: App, ctx: CallContext) -> list[str]:
        found = await kept(await app.states.durable.store(), (args.scope,) if args.scope else OWNED)
        over = [one.what for one in policy.over(found, app.services.clock.now())]
        for place in () if args.dry_run else over:
            await app.states.at(ctx, place).drop()
        return [str(place) for place in over]

    return tell(args, console, with_app(args, console, work), "runs and agents")


def backup(args: argparse.Namespace, console: Console) -> int:
    """Back up the store, with the folder and the number of the schedule."""
    from llmspell.runtime.state_backups import Backups  # noqa: PLC0415 - paid by who makes one

    async def make(app: App, _: CallContext) -> Path:
        return await Backups(await app.stores.backend(), app.states.schedule(), app.services.clock).make()

    made = with_app(args, console, make)
    _done(console, {"file": str(made)}, f"the store is in {made}")
    return 0


def _done(console: Console, data: dict[str, object], text: str) -> None:
    if console.as_json:
        console.data(data)
    else:
        console.note(text)
