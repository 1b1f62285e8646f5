"""`llmspell run`: one spell, from a file or standard input."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from llmspell.bridge.spell import SpellOptions, run_spell
from llmspell.cli import logs
from llmspell.cli.opening import let_ask, open_app
from llmspell.cli.values import from_file, pairs, standard_input
from llmspell.errors import (
    ResourceUnavailableError,
    RunPausedError,
    ScriptRuntimeError,
    ScriptSyntaxError,
    SystemFailure,
    UsageError,
)
from llmspell.model.units import parse_duration

if TYPE_CHECKING:
    import argparse
    from collections.abc import Awaitable, Callable

    from llmspell.cli.console import Console
    from llmspell.model.event import Event
    from llmspell.runtime.app import App

STDIN = "-"


def run(args: argparse.Namespace, console: Console) -> int:
    """Run the spell; its prints go to standard output, its result only with `--json`."""
    if args.explain:
        from llmspell.cli.validate_security import run as explain  # noqa: PLC0415 - paid by who asks for it

        return explain(args, console)
    source, path = _source(args.spell, args.params_file)
    options = _options(args, source, path)
    if args.watch:
        return _watched(args, console, path, options)

    def cast_it(app: App, on_print: Callable[[str], object]) -> Awaitable[object]:
        kept = _kept(app, args, console, options)
        return run_spell(app, source=source, path=path, options=kept, on_print=on_print)

    do = partial(carry_out, args, console, path.stem if path else STDIN)
    try:
        return do(cast_it)
    except RunPausedError as error:
        from llmspell.cli.runs_paused import paused  # noqa: PLC0415 - paid by runs that wait for a person

        return paused(error, args, console, do)
    except BaseException as error:
        if options.engine != args.engine:
            _doubt(error)
        raise


def carry_out(
    args: argparse.Namespace,
    console: Console,
    name: str,
    begin: Callable[[App, Callable[[str], object]], Awaitable[object]],
) -> int:
    """Run the spell that `begin` begins, given an application and who prints; tell its result with `--json`."""
    printed: list[str] = []
    lost: list[SystemFailure] = []

    async def do() -> object:
        on_print = printed.append if console.as_json else _until_lost(console, lost)
        async with open_app(args, console) as app:
            logs.start(app, console)
            _listen(app, console)
            let_ask(app, args, console)
            spell = begin(app, on_print)
            if console.line is None:
                return await spell
            from llmspell.cli.progress import shown  # noqa: PLC0415 - only terminals pay for it

            async with shown(app, console, name):
                return await spell

    try:
        result = asyncio.run(do())
    except asyncio.CancelledError as error:
        if console.closed():
            raise BrokenPipeError from None
        raise (lost[0] if lost else error) from None
    except BaseException:
        console.beside = {"output": printed}
        raise
    if console.as_json:
        console.data({"result": result, "output": printed})
    return 0


def _options(args: argparse.Namespace, source: str | None, path: Path | None) -> SpellOptions:
    params = {**(from_file(args.params_file) if args.params_file else {}), **pairs(args.param or (), what="parameter")}
    guessed = not (args.engine or path or (source or "").startswith("#!"))
    return SpellOptions(
        engine="lua" if guessed else args.engine,
        isolation=args.isolation,
        seconds=None if args.timeout is None else parse_duration(args.timeout),
        params=params,
        session=getattr(args, "session", None),
    )


def _kept(app: App, args: argparse.Namespace, console: Console, options: SpellOptions) -> SpellOptions:
    """Say how the run is kept, where flags or the configuration want that."""
    if not (args.durable or args.record or args.replay or args.sync or app.config.get("journal")):
        return options
    from llmspell.cli.durable import durably  # noqa: PLC0415 - paid by durable runs

    return durably(app, args, console, options)


def _watched(args: argparse.Namespace, console: Console, path: Path | None, options: SpellOptions) -> int:
    """Run the spell again and again until Ctrl-C."""
    if args.durable or args.record or args.replay:
        raise UsageError("--watch begins a new run for each change: nothing of them is kept or replayed")
    if path is None or console.as_json:
        message = (
            "--watch needs a file to watch" if path is None else "--watch gives no end to write a JSON document at"
        )
        raise UsageError(message, suggestions=["name the spell's file" if path is None else "leave --json out"])
    spell = path

    async def again() -> None:
        from llmspell.cli.run_watch import watch  # noqa: PLC0415 - one run does not watch

        lost: list[SystemFailure] = []
        try:
            async with open_app(args, console) as app:
                logs.start(app, console)
                _listen(app, console)
                let_ask(app, args, console)
                await watch(app, console, spell, options, _until_lost(console, lost))
        except asyncio.CancelledError:
            if lost:
                raise lost[0] from None
            raise

    try:
        asyncio.run(again())
    except asyncio.CancelledError:
        if console.closed():
            raise BrokenPipeError from None
        raise
    return 0


def _doubt(error: BaseException) -> None:
    """Say, where a script has failed, that it was taken for Lua because nobody named its language."""
    if isinstance(error, ScriptSyntaxError | ScriptRuntimeError):
        error.suggestions = (*error.suggestions, "if this is no Lua, name its language with --engine")


def _until_lost(console: Console, lost: list[SystemFailure]) -> Callable[[str], None]:
    """Print what a spell prints; when that goes no further, end the spell like Ctrl-C, which cleans up.

    A disk that is full joins `lost`; of a reader who has gone the console knows.
    """
    whole = cast("asyncio.Task[object]", asyncio.current_task())

    def say(text: str) -> None:
        try:
            console.print(text)
        except BrokenPipeError:
            whole.cancel()
        except SystemFailure as error:
            lost.append(error)
            whole.cancel()

    return say


def _source(name: str, params: str | None) -> tuple[str | None, Path | None]:
    if name == STDIN and params == STDIN:
        message = "the spell and its parameters cannot both come from standard input"
        raise UsageError(message)
    if name == STDIN:
        return _text(name), None
    path = Path(name)
    try:
        streamed = path.is_fifo() or path.is_char_device()  # `llmspell run <(...)`, `llmspell run /dev/stdin`
        if streamed or path.is_file():
            return (_text(name), None) if streamed else (None, path)
        reason = "is a folder" if path.is_dir() else "is not there"
        suggestion = _nearest(path)
    except OSError as error:
        reason, suggestion = f"cannot be read: {error.strerror}", "check the path and who may read it"
    message = f"the spell {name!r} {reason}"
    raise UsageError(message, suggestions=[suggestion], context={"path": name})


def _text(name: str) -> str:
    try:
        return standard_input() if name == STDIN else Path(name).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        where = "standard input" if name == STDIN else name
        message = f"the spell in {where} is not UTF-8 text (byte {error.start})"
        raise ResourceUnavailableError(message) from error


def _nearest(path: Path) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistake pays for it

    folder = path.parent if path.parent.is_dir() else Path()
    near = get_close_matches(path.name, [p.name for p in folder.iterdir() if p.is_file()], n=1)
    return f"did you mean {folder / near[0]}?" if near else "check the path; relative ones start at the current folder"


def _listen(app: App, console: Console) -> None:
    def scripted(_: Event) -> None:
        console.note(
            "model: scripted, from the steps beside the spell; "
            "set OPENAI_API_KEY, or another provider's key, to use a real one"
        )
        told.cancel()

    told = app.events.subscribe("scripted_model_used", scripted)
    app.events.subscribe("retry_scheduled", lambda event: console.note(_retry(event)))
    app.events.subscribe("fallback_used", lambda event: console.note(_fallback(event)))
    app.events.subscribe("recovery_used", lambda event: _tell_recovery(console, event))
    if console.verbose:
        app.events.subscribe("*_completed", lambda event: console.note(_done(event)))


def _retry(event: Event) -> str:
    return (
        f"{event.data['subject']}: trying again in {event.data['delay']:.1f} s (attempt {event.data['attempt']} failed)"
    )


def _fallback(event: Event) -> str:
    return f"{event.data['from']}: {_type(event)}; asking {event.data['to']}"


def _tell_recovery(console: Console, event: Event) -> None:
    """Tell of what was recovered without the spell; what it asks for itself it knows."""
    if subject := event.data.get("subject"):
        console.note(f"{subject}: {_type(event)}; recovering: {event.data['action']}")


def _type(event: Event) -> object:
    error = event.data["error"]
    return error.get("type") if isinstance(error, Mapping) else error


def _done(event: Event) -> str:
    return (
        f"{event.name.removesuffix('_completed')} {event.data.get('subject')}: {event.data.get('seconds', 0.0):.3f} s"
    )
