"""Run a spell: choose its engine, give it a run of its own, drive it to its end. One `spell_execution` operation."""

from __future__ import annotations

import os
import sys
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from llmspell import __version__
from llmspell.bridge.api.config import MASK, SECRET_KEY
from llmspell.bridge.caps import Caps
from llmspell.bridge.script_modules import all_names
from llmspell.bridge.session import SpellSession
from llmspell.bridge.spelling import nearest
from llmspell.bridge.trusted import require_trusted
from llmspell.errors import (
    ComponentNotFoundError,
    LlmspellError,
    NameClashError,
    ResourceUnavailableError,
    ScriptError,
    ScriptRuntimeError,
    UsageError,
)
from llmspell.kernel.catalog_errors import provider
from llmspell.model.call import Call
from llmspell.runtime.host import Limits, open_channel
from llmspell.runtime.ops import perform

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import PurePath

    from llmspell.bridge.durable.opening import Durability
    from llmspell.runtime.app import App
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.host import Channel
    from llmspell.runtime.run import Run
    from llmspell.services.permission_header import Header
    from llmspell.services.permissions import Grants
    from llmspell.spec import Component

STDIN_NAME = "stdin"
SEED = 32  # bytes from which an engine without randomness of its own grows what a spell asks for
OURS = {
    **dict.fromkeys((".lua",), "llmspell-engine-lua"),
    **dict.fromkeys((".js", ".mjs", ".cjs", ".ts", ".mts", ".cts"), "llmspell-engine-javascript"),
    **dict.fromkeys((".py",), "llmspell-engine-python"),
}
"""The distribution to name when no installed engine runs a file with this ending: advice, and nothing else."""

PROVIDER_VALUES = "_PROVIDER"
"""Part of the names AVAILABLE_PROVIDERS and DEFAULT_PROVIDER: a spell that names neither does not pay for looking."""


class SpellOptions(NamedTuple):
    """How a spell is run.

    engine      name of the engine; None chooses by extension, then by the `#!` line
    isolation   `process` or `inline`; None takes `[scripting] isolation`, else `process`
    seconds     wall-clock limit; None takes `[scripting] max_execution_time`, else no limit
    params      JSON values that the spell reads as `params`
    limits      what the script may use; None takes `[scripting]`
    grants      what the spell may do; None takes those of the application
    durable     how the run is kept, so that it survives a crash; None keeps nothing
    session     id or name of the session that the run joins
    beside      folders where its modules are looked for after the spell's own
    prepare     is given the session before the script begins
    body        lives on the session in place of the script, which does not run: a read-eval loop
    """

    engine: str | None = None
    isolation: str | None = None
    seconds: float | None = None
    params: Mapping[str, object] = {}
    limits: Limits | None = None
    grants: Grants | None = None
    durable: Durability | None = None
    session: str | None = None
    beside: tuple[Path, ...] = ()
    prepare: Callable[[SpellSession], object] | None = None
    body: Callable[[SpellSession], Awaitable[object]] | None = None


async def run_spell(
    app: App,
    *,
    path: Path | None = None,
    source: str | None = None,
    options: SpellOptions | None = None,
    on_print: Callable[[str], object] = print,
) -> object:
    """Run a spell from a file or from text and return what it returned.

    Raises what the script raised and did not catch, `ScriptSyntaxError`, `ScriptTimeoutError`, `ScriptMemoryError`,
    `RefusedError`, `ComponentNotFoundError` when no engine fits, `ResourceUnavailableError` when the file cannot be
    read.
    """
    options = options or SpellOptions()
    text = _read(path) if source is None else source
    engine = choose_engine(app, options.engine, path, text)
    if options.body is None:  # a read-eval loop runs what its user types
        require_trusted(app, engine, path)
    isolation, limits = _bounds(app, options)
    name = path.stem if path else STDIN_NAME
    options = options._replace(isolation=isolation, seconds=limits.wall)
    kept = {} if options.durable is None else await _kept(app, engine, path, text, options)
    given: dict[str, Any] = {"grants": options.grants, "source": path, "beside": options.beside, "seconds": limits.wall}
    async with app.run(name, **given, **kept) as run:
        run.on_end(run.journal.aclose)
        await _held_to_header(run, text, path)

        async def core(call: Call, _: CallContext) -> object:
            channel = await open_channel(isolation, engine, limits, app.spares)
            try:
                caps = Caps(calls=min(limits.calls, Caps().calls))
                files = (path.name,) if path else ()
                session = SpellSession(run, channel, language=engine.name, on_print=on_print, caps=caps, files=files)
                if options.prepare is not None:
                    options.prepare(session)
                named = str(path) if path else STDIN_NAME + _dialect(engine, options.engine)
                about = hello(run, engine, channel, named, text)
                if options.body is not None:
                    about["interactive"] = True
                return await session.drive(**about, params=call.input, body=options.body)
            finally:
                await channel.aclose()

        try:
            if (joined := options.session or run.journal.session) is not None:
                await app.sessions.join(run, joined)
            value = await perform(run.context(), Call("spell_execution", name, dict(options.params)), core)
            await _finish(run, value)
            return value
        except LlmspellError as error:
            await run.journal.finish(error=error)
            _place(error, run, engine, path)
            raise


async def _finish(run: Run, value: object) -> None:
    """Write down that a run came to its end; raises why it cannot, though a script or a spell that it loads went on."""
    if run.journal.failure is not None:
        raise run.journal.failure
    await run.journal.finish(value=value)


def _place(error: LlmspellError, run: Run, engine: Component, path: Path | None) -> None:
    """Give an error of a spell with its run, its file and what may help."""
    error.trace_id = error.trace_id or run.id
    if isinstance(error, ScriptError):  # a limit has no line, but it has a file
        error.where = error.where or (str(path) if path else STDIN_NAME)
    if isinstance(error, ScriptRuntimeError) and not error.suggestions:
        from llmspell.bridge.hints import hints  # noqa: PLC0415 - only a mistake pays for it

        error.suggestions = tuple(hints(error.message, engine.name, all_names(run.app.catalog)))


async def _kept(app: App, engine: Component, path: Path | None, source: str, options: SpellOptions) -> dict[str, Any]:
    """Give the id and the journal of a durable run."""
    from llmspell.bridge.durable.opening import Begun, open_journal  # noqa: PLC0415 - paid by durable runs

    begun = Begun(
        engine=engine,
        isolation=str(options.isolation),
        name=path.stem if path else STDIN_NAME,
        file=str(path) if path else None,
        source=source,
        params=options.params,
        seconds=options.seconds,
        session=options.session,
    )
    run_id, journal, folder = await open_journal(app, begun, cast("Durability", options.durable))
    return {"run_id": run_id, "journal": journal, "working": folder}


def hello(run: Run, engine: Component, channel: Channel, name: str, source: str) -> dict[str, Any]:
    """Give what the first message tells a script, besides its parameters."""
    return {
        "api": all_names(run.app.catalog),
        "env": environment(run, engine, channel.isolation, channel.limits, source),
        "seed": run.journal.seed or b64encode(os.urandom(SEED)).decode(),
        "limits": channel.limits.for_guest(channel.isolation),
        "name": name,
        "source": source,
    }


def read_header(source: str, name: str) -> Header | None:
    """Read what a spell asks for in its first comments; None for one that asks for nothing."""
    if "@allow" not in source and "@deny" not in source:
        return None
    from llmspell.services.permission_header import header_of  # noqa: PLC0415 - paid by spells with a header

    return header_of(source, name, Path.cwd())


async def _held_to_header(run: Run, source: str, path: Path | None) -> None:
    """Have a run hold no more than its spell asks for; a spell that asks for nothing holds what is granted."""
    header = read_header(source, str(path) if path else STDIN_NAME)
    if header is not None:
        from llmspell.bridge.asked import hold_to  # noqa: PLC0415 - paid by spells with a header

        await hold_to(run, header)


def choose_engine(app: App, name: str | None, path: PurePath | None, source: str) -> Component:
    """Choose by name, by the file's extension, or by the program its `#!` line names.

    Raises `ComponentNotFoundError` saying which endings have an engine, `NameClashError` when several have this one.
    """
    engines = app.catalog.list("engine")
    allowed = app.config.get("scripting.engines")
    if name is not None:
        found: Component | None = app.catalog.get("engine", name)
    else:
        wanted = [one for one in engines if not isinstance(allowed, (list, tuple)) or one.name in allowed]
        found = _the_one(wanted, path, source) or _the_one(engines, path, source)
    if found is not None and isinstance(allowed, (list, tuple)) and allowed and found.name not in allowed:
        message = f"engine {found.name!r} is not among [scripting] engines: {', '.join(map(str, allowed))}"
        raise UsageError(message)
    if found is not None:
        return found
    known = sorted({str(ending) for one in engines for ending in _strings(one, "extensions")})
    what = f"a file like {path.name!r}" if path else "this spell"
    message = f"no installed engine runs {what}"
    near = nearest(path.suffix, known) if path else None
    absent = OURS.get(path.suffix) if path else None
    raise ComponentNotFoundError(
        message,
        suggestions=[
            *([f"did you mean {path.with_suffix(near).name}?"] if near and path else []),
            *([f"install {absent}"] if absent else []),
            f"engines are installed for {', '.join(known)}" if known else "install llmspell[standard]",
            "name one with --engine",
        ],
    )


def _the_one(engines: list[Component], path: PurePath | None, source: str) -> Component | None:
    """Give the engine that a file's ending or its first line means; raises `NameClashError` when they are several."""
    found = [one for one in engines if path is not None and path.suffix in _strings(one, "extensions")]
    found = found or _by_shebang(engines, source)
    if len(found) > 1:
        owners = " and ".join(provider(one) for one in found)
        message = f"several engines run {path.name if path else 'this spell'}: they are of {owners}"
        raise NameClashError(
            message,
            suggestions=["name one with --engine", *(f"block one with -p no:{one.plugin}" for one in found)],
        )
    return found[0] if found else None


def _by_shebang(engines: list[Component], source: str) -> list[Component]:
    first = source.partition("\n")[0]
    if not first.startswith("#!"):
        return []
    programs = {Path(word).name for word in first[2:].split()}
    return [one for one in engines if programs & set(_strings(one, "shebangs"))]


def _strings(engine: Component, key: str) -> tuple[str, ...]:
    values = engine.extra.get(key, ())
    return tuple(values) if isinstance(values, (list, tuple)) else ()


def _dialect(engine: Component, name: str | None) -> str:
    """Give the ending of the files that the engine runs under this name, empty when it is not of one kind."""
    dialects = engine.extra.get("dialects")
    return str(dialects.get(name, "")) if isinstance(dialects, dict) else ""


def _read(path: Path | None) -> str:
    if path is None:
        message = "there is neither a file nor text to run"
        raise UsageError(message)
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        message = f"{path} is not UTF-8 text (byte {error.start})"
        raise ResourceUnavailableError(message) from error
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}"
        raise ResourceUnavailableError(message) from error


def _bounds(app: App, options: SpellOptions) -> tuple[str, Limits]:
    """Combine what the caller says with `[scripting]`, which is only converted when somebody set it."""
    isolation, limits = options.isolation, options.limits or Limits()
    if app.config.get("scripting") is not None:
        section = app.config.section("scripting", app.catalog)
        isolation = isolation or section.isolation
        if options.limits is None:
            limits = Limits(
                cpu=section.max_cpu_time,
                memory=section.max_memory_usage,
                output=section.max_output_size,
                wall=section.max_execution_time,
            )
    return isolation or "process", limits if options.seconds is None else limits._replace(wall=options.seconds)


def variables(grants: Grants) -> dict[str, str]:
    """Give the environment variables that `grants` let a spell read; those whose names say secret are masked."""
    if not grants.may("env.read"):
        return {}
    allowed = {name: value for name, value in os.environ.items() if grants.allows("env.read", name)}
    return {name: MASK if SECRET_KEY.search(name.lower()) else value for name, value in sorted(allowed.items())}


def environment(run: Run, engine: Component, isolation: str, limits: Limits, source: str) -> dict[str, object]:
    """Give the global values that tell a spell where it runs."""
    paths = run.app.services.paths
    values: dict[str, object] = {
        "ENGINE": engine.name,
        "VERSION": __version__,
        "PLATFORM": sys.platform,
        "CONFIG_PATH": str(paths.config),
        "DATA_PATH": str(paths.data),
        "CACHE_PATH": str(paths.cache),
        "SECURITY_LEVEL": "high" if isolation == "process" else "low",
        "SANDBOX_ENABLED": True,
        "ENVIRONMENT": variables(cast("Grants", run.scope.grants)),
        "MAX_MEMORY": limits.memory,
        "MAX_EXECUTION_TIME": limits.wall,
        "MAX_CONCURRENT_OPERATIONS": min(limits.calls, Caps().calls),
    }
    if PROVIDER_VALUES in source:
        first = run.app.models.first_configured()
        values["AVAILABLE_PROVIDERS"] = [
            one.name for one in run.app.catalog.list("provider") if run.app.models.configured(one)
        ]
        values["DEFAULT_PROVIDER"] = None if first is None else first.name
    return values
