"""`llmspell keys set|list|remove|rotate`: values come from a hidden prompt or standard input, and are never shown."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from llmspell.cli import logs
from llmspell.cli.opening import open_app
from llmspell.errors import ComponentNotFoundError, UsageError
from llmspell.spec.secret_stores import SecretValue, check_secret_host, check_secret_name

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from typing import TypeVar

    from llmspell.cli.console import Console
    from llmspell.errors import LlmspellError
    from llmspell.runtime.app import App
    from llmspell.services.secret_stores import SecretStores
    from llmspell.services.secrets import Source
    from llmspell.spec import SecretStore

    T = TypeVar("T")

MAX_VALUE = 64 << 10


class Opened(NamedTuple):
    """The application, all stores, and the one that is meant."""

    app: App
    stores: SecretStores
    name: str
    store: SecretStore


def _with_app(args: argparse.Namespace, console: Console, work: Callable[[App], T]) -> T:
    async def do() -> T:
        async with open_app(args, console) as app:
            logs.start(app, console)
            return work(app)

    return asyncio.run(do())


def _opened(app: App, wanted: str | None) -> Opened:
    """Give the store that is named, else the one to write to."""
    stores = app.services.secrets.stores
    known = {} if stores is None else stores.stores
    if stores is None or not known:
        raise ComponentNotFoundError(
            "no store of secrets is installed",
            suggestions=[
                "pip install llmspell-secrets",
                "use an environment variable, or `api_key_file` in the config",
            ],
        )
    name = wanted or next(iter(known))
    if name not in known:
        raise UsageError(f"there is no store of secrets {name!r}", suggestions=[f"name one of {', '.join(known)}"])
    return Opened(app, stores, name, known[name])


def set_(args: argparse.Namespace, console: Console) -> int:
    """Keep a secret."""
    check_secret_name(args.name)
    hosts = tuple(map(check_secret_host, args.host or ()))
    if args.more:
        raise UsageError(
            "a value is not given on the command line, where others can see it; it was not kept",
            suggestions=[f"run `llmspell keys set {args.name}` and type it", "choose another value, if it is real"],
        )

    def work(app: App) -> str:
        opened = _opened(app, args.store)
        value = _value(args.name)
        app.services.secrets.add(args.name, value)  # so that it is masked from here on
        opened.store.put(args.name, SecretValue(value, hosts))
        opened.stores.forget()
        return opened.name

    store = _with_app(args, console, work)
    if console.as_json:
        console.data({"set": args.name, "store": store, "hosts": list(hosts)})
    else:
        console.note(f"kept {args.name} in the store {store}")
    return 0


def _value(name: str) -> str:
    """Read the value: unseen from a terminal, else the first line of standard input."""
    if sys.stdin.isatty():
        from getpass import getpass  # noqa: PLC0415 - only terminals ask

        text = getpass(f"value of {name}: ")
    else:
        try:
            data = sys.stdin.buffer.read(MAX_VALUE + 1)
            text = data.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise UsageError("the value on standard input is not UTF-8") from error
        if len(data) > MAX_VALUE:
            raise UsageError(f"the value on standard input is longer than {MAX_VALUE} bytes")
    if not text or "\n" in text or "\0" in text:
        raise UsageError(
            "a secret is one line that is not empty",
            suggestions=[f"type it when asked, or run `llmspell keys set {name} < FILE`"],
        )
    return text


def list_(args: argparse.Namespace, console: Console) -> int:
    """Tell where every secret comes from, and for which hosts; no store is opened for it."""

    def work(app: App) -> tuple[list[Source], LlmspellError | None]:
        stores = app.services.secrets.stores
        return app.services.secrets.sources(), next(iter(() if stores is None else stores.faults), None)

    found, fault = _with_app(args, console, work)
    if fault is not None and (console.as_json or not found):
        raise fault
    if console.as_json:
        console.data({"secrets": [{"name": one.name, "from": one.place, "hosts": list(one.hosts)} for one in found]})
    elif not found:
        console.note("there are no secrets; `llmspell keys set NAME` keeps one")
    else:
        console.table([(one.name, one.place, ", ".join(one.hosts) or "-") for one in found], ("name", "from", "hosts"))
    if fault is not None:
        raise fault
    return 0


def remove(args: argparse.Namespace, console: Console) -> int:
    """Forget a secret that a store keeps."""

    def work(app: App) -> str:
        stores = app.services.secrets.stores
        place = None if stores is None else stores.places().get(args.name)
        opened = _opened(app, args.store or (place.store if place else None))
        if not opened.store.remove(args.name):
            raise UsageError(
                f"the store {opened.name} has no secret {args.name!r}",
                suggestions=["`llmspell keys list` shows what there is; variables and files are not ours to remove"],
            )
        opened.stores.forget()
        return opened.name

    store = _with_app(args, console, work)
    if console.as_json:
        console.data({"removed": args.name, "store": store})
    else:
        console.note(f"removed {args.name} from the store {store}")
    return 0


def rotate(args: argparse.Namespace, console: Console) -> int:
    """Lock everything anew."""

    def work(app: App) -> tuple[str, int]:
        opened = _opened(app, args.store)
        if args.new_password_file:
            app.services.passwords.new = _first_line(Path(args.new_password_file))
        return opened.name, opened.store.rotate()

    store, count = _with_app(args, console, work)
    if console.as_json:
        console.data({"rotated": count, "store": store})
    else:
        console.note(f"{count} secrets of the store {store} are encrypted anew")
    return 0


def _first_line(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8", errors="surrogateescape").partition("\n")[0].removesuffix("\r")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    if not text:
        raise UsageError(f"{path} holds no password", suggestions=["write it in the first line"])
    return text
