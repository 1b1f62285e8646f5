"""`llmspell storage keys|encrypt|rotate`: how the store is encrypted, and under which keys."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from llmspell.cli import logs
from llmspell.cli.opening import open_app
from llmspell.errors import UsageError
from llmspell.runtime.store_places import require_kept

if TYPE_CHECKING:
    import argparse
    from collections.abc import Awaitable, Callable, Mapping

    from llmspell.cli.console import Console
    from llmspell.runtime.app import App
    from llmspell.spec.encryptions import Encryption
    from llmspell.spec.storages import Storage

    Work = Callable[[App, Encryption, Storage], Awaitable[dict[str, Any]]]


def _with_keys(args: argparse.Namespace, console: Console, work: Work) -> dict[str, Any]:
    async def run() -> dict[str, Any]:
        from llmspell.runtime.stores import require_finished  # noqa: PLC0415 - paid by who opens a store

        async with open_app(args, console) as app:
            logs.start(app, console)
            require_kept(app)
            encryption = await app.stores.encryption()
            if encryption is None:
                raise UsageError(
                    "the configuration does not say how the store is encrypted",
                    suggestions=["install llmspell-encryption and set `[storage.encryption]`"],
                )
            store = await app.stores.raw()
            await require_finished(store)
            return await work(app, encryption, store)

    found = asyncio.run(run())
    console.hush()
    if console.as_json:
        console.data(found)
    return found


def _progress(console: Console, doing: str) -> Callable[[int], None]:
    def show(done: int) -> None:
        if console.line is not None:
            console.line.show(f"{doing}: {done} values")

    return show


def keys(args: argparse.Namespace, console: Console) -> int:
    """Tell how the store is encrypted, under which keys, and what is left to do."""

    async def work(_: App, encryption: Encryption, store: Storage) -> dict[str, Any]:
        return dict(await encryption.status(store))

    found = _with_keys(args, console, work)
    if not console.as_json:
        console.table([(name, _shown(name, value)) for name, value in found.items()], ("what", "value"))
    return 0


def _shown(name: str, value: object) -> str:
    if name != "keys" or not isinstance(value, list):
        return str(value)
    return ", ".join(_key(one) for one in value)


def _key(about: Mapping[str, Any]) -> str:
    made = datetime.fromtimestamp(about["made"], UTC).date().isoformat()
    return f"{about['id']} of {made}" + (" (active)" if about["active"] else "")


def encrypt(args: argparse.Namespace, console: Console) -> int:
    """Encrypt what the store holds, also what was left when that was interrupted."""

    async def work(app: App, encryption: Encryption, store: Storage) -> dict[str, Any]:
        from llmspell.runtime.store_sealed import encrypted  # noqa: PLC0415 - paid by who encrypts

        told = _progress(console, "encrypting")
        return (await encrypted(store, encryption, told, app.stores.label()))._asdict()

    found = _with_keys(args, console, work)
    if not console.as_json:
        console.print(f"{found['values']} values encrypted, under key {found['key']}")
        console.note(
            "backups from before hold them as they were; `llmspell storage compact` clears what the file keeps"
        )
    return 0


def rotate(args: argparse.Namespace, console: Console) -> int:
    """Begin a new key under the configured one; with --reencrypt write every value anew and forget old keys."""

    async def work(_: App, encryption: Encryption, store: Storage) -> dict[str, Any]:
        show = _progress(console, "encrypting anew")
        return (await encryption.rotate(store, show, reencrypt=args.reencrypt))._asdict()

    found = _with_keys(args, console, work)
    if not console.as_json:
        rest = f"; {found['values']} values are under it now" if args.reencrypt else "; old values keep theirs"
        console.print(f"new values are written under key {found['key']}{rest}")
    return 0
