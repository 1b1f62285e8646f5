"""`llmspell storage stats|verify|backup|restore|compact|copy|migrate`: the whole store, of whatever back end."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from llmspell.cli import logs
from llmspell.cli.opening import open_app
from llmspell.errors import UsageError
from llmspell.runtime.store_places import require_kept
from llmspell.spec.encryptions import KEYS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Awaitable, Callable

    from llmspell.cli.console import Console
    from llmspell.runtime.app import App
    from llmspell.spec.encryptions import Encryption
    from llmspell.spec.storages import Storage, StorageStats


class Opened(NamedTuple):
    """The configured store and its application."""

    app: App
    store: Storage
    name: str


def _with_store(
    args: argparse.Namespace, console: Console, work: Callable[[Opened], Awaitable[dict[str, Any]]]
) -> dict[str, Any]:
    async def run() -> dict[str, Any]:
        async with open_app(args, console) as app:
            logs.start(app, console)
            return await work(Opened(app, await app.stores.raw(), app.stores.chosen().name))

    found = asyncio.run(run())
    if console.as_json:
        console.data(found)
    return found


async def _require_finished(store: Storage) -> None:
    from llmspell.runtime.stores import require_finished  # noqa: PLC0415 - paid by who opens a store

    await require_finished(store)


def _told(stats: StorageStats) -> dict[str, Any]:
    return {"keys": stats.keys, "bytes": stats.bytes}


def _sum(found: dict[str, Any]) -> str:
    return f"{found['keys']} keys, {found['bytes']} bytes"


def stats(args: argparse.Namespace, console: Console) -> int:
    """Tell what the store holds, takes and can do; where values may be encoded, one of the keys says so."""
    from llmspell.runtime.store_wrappers import is_coded  # noqa: PLC0415 - paid by who asks

    async def work(opened: Opened) -> dict[str, Any]:
        store = opened.store
        found = {**(await store.stats())._asdict(), "encoded": await is_coded(store)}
        about = {"capabilities": sorted(store.capabilities), "limits": store.limits._asdict()}
        return {"backend": opened.name, **found, **about}

    found = _with_store(args, console, work)
    if not console.as_json:
        limits = ", ".join(f"{name} {size}" for name, size in found["limits"].items())
        shown = {
            **found,
            "encoded": "yes" if found["encoded"] else "no",
            "capabilities": ", ".join(found["capabilities"]) or "-",
            "limits": limits,
        }
        console.table(
            [(name, "-" if value is None else str(value)) for name, value in shown.items()], ("what", "value")
        )
    return 0


def verify(args: argparse.Namespace, console: Console) -> int:
    """Read the whole store, or a backup, and compare all checksums; of an encrypted store, every value.

    With `accept` an encrypted store that was put back to an earlier time counts as the latest first.
    """
    file = Path(args.file[0]) if args.file else None
    if len(args.file or ()) > 1:
        raise UsageError("one backup is verified at a time", suggestions=["llmspell storage verify FILE"])
    if file is not None and args.accept:
        raise UsageError("a store is accepted, and no backup", suggestions=["llmspell storage verify --accept"])

    async def work(opened: Opened) -> dict[str, Any]:
        store = opened.store
        if file is None:
            await _require_finished(store)
            encryption = await _encryption(opened, needed=args.accept)
            if encryption is not None:
                if args.accept:
                    await _accept(opened, encryption)
                store = await opened.app.stores.backend()
        return {"verified": str(file or opened.name), **_told(await store.verify(file))}

    found = _with_store(args, console, work)
    if not console.as_json:
        console.print(f"{found['verified']} is whole: {_sum(found)}")
    return 0


async def _encryption(opened: Opened, *, needed: bool = False) -> Encryption | None:
    """Give the encryption of a store that is encrypted; raises `UsageError` where it is needed and there is none."""
    found = await opened.app.stores.encryption()
    if needed and found is None:
        raise UsageError(
            "there is no encrypted store to accept",
            suggestions=["set `[storage.encryption]` as it was when the store was encrypted"],
        )
    return found if needed or await opened.store.get(KEYS) is not None else None


async def _accept(opened: Opened, encryption: Encryption, *, ahead: int = 0) -> None:
    from llmspell.runtime.store_sealed import accepted  # noqa: PLC0415 - paid by who has an encrypted store

    await accepted(opened.store, encryption, opened.app.stores.label(), ahead=ahead)


async def _changes(opened: Opened) -> int:
    """Tell how often an encrypted store was changed before it is restored: restored, it has to be later than that."""
    from llmspell.runtime.store_sealed import changes_of  # noqa: PLC0415 - likewise

    encryption = await _encryption(opened)
    return 0 if encryption is None else await changes_of(opened.store, encryption)


def backup(args: argparse.Namespace, console: Console) -> int:
    """Write the whole store to a file and verify it, while others read and write."""
    target = Path(args.file)
    _free(target, force=args.force)

    async def work(opened: Opened) -> dict[str, Any]:
        require_kept(opened.app)
        await _require_finished(opened.store)
        await opened.store.backup(target)
        return {"backup": str(target), **_told(await opened.store.verify(target))}

    found = _with_store(args, console, work)
    if not console.as_json:
        console.print(f"{target}: {_sum(found)}")
    return 0


def restore(args: argparse.Namespace, console: Console) -> int:
    """Replace the whole store by a backup; what it held is written to a backup first."""
    source = Path(args.file)
    before = source.with_name(source.name + ".replaced")
    if not args.dry_run:
        _free(before, force=False)

    async def work(opened: Opened) -> dict[str, Any]:
        found = _told(await opened.store.verify(source))
        if args.dry_run:
            return {"restored": False, "from": str(source), **found}
        require_kept(opened.app)
        await opened.store.backup(before)
        ahead = await _changes(opened)
        await opened.store.restore(source)
        encryption = await _encryption(opened)
        if encryption is not None:
            await _accept(opened, encryption, ahead=ahead)
        latest = encryption is not None
        return {"restored": True, "from": str(source), "replaced": str(before), "latest": latest, **found}

    found = _with_store(args, console, work)
    if not console.as_json:
        done = "would be restored" if args.dry_run else "restored"
        console.print(f"{done} from {source}: {_sum(found)}")
        if not args.dry_run:
            console.note(f"what the store held before is in {before}")
            if found["latest"]:
                console.note("the store is encrypted: what was restored counts as its latest state from now on")
    return 0


def _free(target: Path, *, force: bool) -> None:
    if target.exists() and not force:
        raise UsageError(f"{target} is there already", suggestions=["name another file, or remove it"])


def compact(args: argparse.Namespace, console: Console) -> int:
    """Remove values whose time has come, and give back what deleted values occupy."""

    async def work(opened: Opened) -> dict[str, Any]:
        before = await opened.store.stats()
        ended = await opened.app.stores.compact()
        return {"before": before.disk, "after": (await opened.store.stats()).disk, "ended": ended}

    found = _with_store(args, console, work)
    if not console.as_json:
        sizes = "" if found["before"] is None else f"; {found['before']} bytes before, {found['after']} after"
        console.print(f"{found['ended']} keys removed whose time had come{sizes}")
    return 0


def copy(args: argparse.Namespace, console: Console) -> int:
    """Copy everything of one store into another and compare what both hold."""
    found = asyncio.run(_copy(args, console, source=args.from_, target=args.to))
    if console.as_json:
        console.data(found)
    else:
        console.print(f"{'would copy' if args.dry_run else 'copied'} {_sum(found)}")
    return 0


def migrate(args: argparse.Namespace, console: Console) -> int:
    """Copy the configured store into one of another back end, compare both, and tell what to configure."""
    found = asyncio.run(_copy(args, console, source=None, target=args.to))
    backend, _, path = args.to.partition(":")
    if console.as_json:
        console.data({**found, "backend": backend, "path": path or None})
        return 0
    console.print(f"{'would copy' if args.dry_run else 'copied'} {_sum(found)}")
    if not args.dry_run:
        where = f' and `path = "{path}"`' if path else ""
        console.note(f'set `backend = "{backend}"`{where} in `[storage]` to use it; the old store is as it was')
    return 0


async def _copy(args: argparse.Namespace, console: Console, *, source: str | None, target: str) -> dict[str, Any]:
    from llmspell.runtime.store_copies import StoreCopy  # noqa: PLC0415 - paid by who copies
    from llmspell.runtime.store_places import check_copy, is_there  # noqa: PLC0415 - likewise
    from llmspell.runtime.stores import opened_store  # noqa: PLC0415 - likewise

    async with open_app(args, console) as app, AsyncExitStack() as stack:
        logs.start(app, console)
        check_copy(app, source, target)
        one = await stack.enter_async_context(opened_store(app, source))
        told: dict[str, Any] = {"copied": not args.dry_run, "from": source or app.stores.chosen().name, "to": target}
        expected = await one.verify()
        if not expected.keys:
            raise UsageError(f"the store {told['from']} holds nothing", suggestions=["name another one"])
        if args.dry_run and not is_there(app, target):
            return {**told, **_told(expected)}
        other = await stack.enter_async_context(opened_store(app, target))
        await _require_room(other, target, args)
        if args.dry_run:
            return {**told, **_told(expected)}

        def show(done: int) -> None:
            if console.line is not None:
                console.line.show(f"copying: {done} of {expected.keys} keys")

        copy = StoreCopy(one, other, show)
        held = await copy.run()
        console.hush()
        return {**told, **_told(copy.copied), "target": _told(held)}


async def _require_room(store: Storage, name: str, args: argparse.Namespace) -> None:
    """Refuse to copy into a store that holds something, unless that is wanted or comes from an interrupted copy."""
    from llmspell.runtime.store_wrappers import is_coded  # noqa: PLC0415 - paid by who copies
    from llmspell.runtime.stores import UNFINISHED  # noqa: PLC0415 - likewise

    there = (await store.stats()).keys - await is_coded(store)
    if there and not getattr(args, "merge", False) and await store.get(UNFINISHED) is None:
        more = ", or say --merge" if hasattr(args, "merge") else ""
        raise UsageError(f"the store {name} holds {there} keys", suggestions=[f"copy into an empty store{more}"])
