"""Places where a secret could come out: each takes a text that holds one and gives all that came out there."""

from __future__ import annotations

import io
import json
import logging
import os
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmspell.bridge.spell import SpellOptions, run_spell
from llmspell.cli import logs
from llmspell.cli.chat_shown import Shown
from llmspell.cli.console import Console
from llmspell.cli.testing import FileReport
from llmspell.cli.testing_junit import write_junit
from llmspell.errors import LlmspellError, ToolExecutionError
from llmspell.model.llm import TextDelta
from llmspell.services.config import Config
from llmspell.services.isolate import isolate
from llmspell.services.permissions import Grants
from llmspell.spec import tool
from llmspell.spec.secrets import SecretRef
from tests.security import leaky

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from llmspell.runtime.app import App
    from llmspell.runtime.context import CallContext

VARIABLE = "LLMSPELL_PROBE_API_KEY"
PLACES: dict[str, Callable[[Scene], Awaitable[str]]] = {}
SILENT = {"repr", "environment"}
"""Kinds of places where nothing is masked, since nothing may be there at all."""


class Scene:
    """One probe: the text, an application that knows the secret in it, and a folder."""

    def __init__(self, text: str, value: str, ctx: CallContext, folder: Path) -> None:
        self.text = text
        self.value = value
        self.ctx = ctx
        self.app: App = ctx.app
        self.folder = folder

    def console(self, **how: Any) -> tuple[Console, io.StringIO]:
        """Make a console as the command line does, and what it writes to."""
        written = io.StringIO()
        console = Console(out=written, err=written, color="never", **how)
        console.redact = self.app.services.secrets.redact
        return console, written

    def error(self) -> LlmspellError:
        """Make an error that holds the text wherever it can."""
        try:
            try:
                raise ValueError(f"beneath: {self.text}")
            except ValueError as cause:
                raise ToolExecutionError(
                    f"it said {self.text}", suggestions=[f"do {self.text}"], context={"answer": [{"is": self.text}]}
                ) from cause
        except ToolExecutionError as error:
            error.add_note(f"noted: {self.text}")
            return error


def place(name: str) -> Callable[[Callable[[Scene], Awaitable[str]]], Callable[[Scene], Awaitable[str]]]:
    """Name a place."""

    def keep(function: Callable[[Scene], Awaitable[str]]) -> Callable[[Scene], Awaitable[str]]:
        PLACES[name] = function
        return function

    return keep


def _logged(
    scene: Scene, log: Callable[[logging.Logger], object], *, logger: str = "llmspell.probe", **section: Any
) -> str:
    """Log as the command line does, and give what was written."""
    console, written = scene.console(verbose=True)
    file = scene.folder / "log.txt"
    flags = {f"observability.logging.{key}": value for key, value in section.items()}
    scene.app.config = Config.load(flags=flags, environment={}, working=scene.folder, user_folder=scene.folder)
    logs.start(scene.app, console)
    handlers = logging.getLogger("llmspell").handlers
    try:
        log(logging.getLogger(logger))
    finally:
        for handler in list(handlers):
            handler.close()
            handlers.remove(handler)
    return written.getvalue() + (file.read_text() if file.exists() else "")


def _fail(scene: Scene, logger: logging.Logger) -> None:
    try:
        raise scene.error()
    except LlmspellError:
        logger.exception("it failed", stack_info=True)


@place("log: message")
async def _(scene: Scene) -> str:
    return _logged(scene, lambda log: log.error(scene.text))


@place("log: argument")
async def _(scene: Scene) -> str:
    return _logged(scene, lambda log: log.error("it was %s", scene.text))


@place("log: traceback")
async def _(scene: Scene) -> str:
    return _logged(scene, lambda log: _fail(scene, log))


@place("log: line as JSON")
async def _(scene: Scene) -> str:
    return _logged(scene, lambda log: log.error("it was %s", {"is": scene.text}), format="json")


@place("log: traceback as JSON")
async def _(scene: Scene) -> str:
    return _logged(scene, lambda log: _fail(scene, log), format="json")


@place("log: file")
async def _(scene: Scene) -> str:
    return _logged(scene, lambda log: _fail(scene, log), output="file", file_path=str(scene.folder / "log.txt"))


@place("log: other libraries")
async def _(scene: Scene) -> str:
    written = io.StringIO()
    last: Any = logging.lastResort
    handler = logging.StreamHandler(written)
    _logged(scene, lambda _: None)
    for one in last.filters:
        handler.addFilter(one)
    handler.handle(logging.getLogger("other").makeRecord("other", 40, "f", 1, "it was %s", (scene.text,), None))
    return written.getvalue()


@place("console: line")
async def _(scene: Scene) -> str:
    console, written = scene.console()
    console.print(scene.text)
    return written.getvalue()


@place("console: JSON")
async def _(scene: Scene) -> str:
    console, written = scene.console(as_json=True)
    console.data({"answer": [scene.text, {scene.text: 1}]})
    return written.getvalue()


@place("console: table")
async def _(scene: Scene) -> str:
    console, written = scene.console()
    console.table([("a", scene.text)], ("what", "value"))
    return written.getvalue()


@place("console: note and warning")
async def _(scene: Scene) -> str:
    console, written = scene.console()
    console.note(scene.text)
    console.warn(scene.text)
    return written.getvalue()


@place("console: error")
async def _(scene: Scene) -> str:
    console, written = scene.console()
    console.error(scene.error())
    return written.getvalue()


@place("console: error with everything")
async def _(scene: Scene) -> str:
    console, written = scene.console(verbose=True)
    console.error(scene.error())
    return written.getvalue()


@place("console: error as JSON")
async def _(scene: Scene) -> str:
    console, written = scene.console(as_json=True)
    console.error(scene.error())
    return written.getvalue()


@place("console: error that nobody expected")
async def _(scene: Scene) -> str:
    console, written = scene.console(verbose=True, as_json=True)
    console.error(ValueError(f"it was {scene.text}"))
    return written.getvalue()


@place("console: answer in pieces")
async def _(scene: Scene) -> str:
    console, written = scene.console()
    shown = Shown(console, scene.app.services.secrets)
    for at in range(0, len(scene.text), 3):
        await shown.part(TextDelta(text=scene.text[at : at + 3]))
    shown.end()
    return written.getvalue()


@place("report of tests")
async def _(scene: Scene) -> str:
    file = scene.folder / "junit.xml"
    report = FileReport(Path("a.lua"), [], [scene.text], {}, 1.0)
    write_junit(file, [report], scene.app.services.secrets.redact)
    return file.read_text()


async def _heard(scene: Scene, name: str, act: Callable[[], Awaitable[object]]) -> str:
    seen: list[object] = []
    subscription = scene.app.events.subscribe(name, lambda event: seen.append(event.to_dict()))
    try:
        await act()
    finally:
        subscription.cancel()
    return json.dumps(seen, default=str) + repr(seen)


@place("event: text")
async def _(scene: Scene) -> str:
    return await _heard(scene, "probe_happened", lambda: scene.ctx.events.emit("probe_happened", {"is": scene.text}))


@place("event: deep within")
async def _(scene: Scene) -> str:
    data = {"a": [{"b": ({"c": [scene.text]},)}], scene.text: 1}
    return await _heard(scene, "probe_happened", lambda: scene.ctx.events.emit("probe_happened", data))


@place("event: progress")
async def _(scene: Scene) -> str:
    async def act() -> None:
        scene.ctx.progress(1, 2, scene.text)

    return await _heard(scene, "progress", act)


@place("event: history")
async def _(scene: Scene) -> str:
    await scene.ctx.events.emit("probe_kept", {"is": scene.text})
    return repr([event.to_dict() for event in scene.app.events.replay("probe_kept")][-1:])


@place("event: failure of a tool")
async def _(scene: Scene) -> str:
    return await _heard(scene, "tool_execution_*", lambda: _failing(scene, scene.error()))


async def _failing(scene: Scene, error: Exception) -> BaseException:
    """Call a tool that fails with an error, and give what its caller meets."""

    async def fail() -> None:
        raise error

    catalog = scene.app.catalog
    catalog.register(tool("fails", "probe:fails", "Fail.", category="system"), fail, owner=scene.ctx.scope.run_id)
    try:
        await scene.ctx.call("fails", {})
    except LlmspellError as met:
        return met
    finally:
        catalog.unregister("tool", "fails", owner=scene.ctx.scope.run_id)
    raise AssertionError


@place("error: message")
async def _(scene: Scene) -> str:
    return str(await _failing(scene, scene.error()))


@place("error: as data")
async def _(scene: Scene) -> str:
    met: Any = await _failing(scene, scene.error())
    return json.dumps(met.to_dict()) + repr(met.to_dict()) + repr(met)


@place("error: traceback")
async def _(scene: Scene) -> str:
    return "".join(traceback.format_exception(await _failing(scene, scene.error())))


@place("error: of another kind")
async def _(scene: Scene) -> str:
    return "".join(traceback.format_exception(await _failing(scene, KeyError(f"no {scene.text}"))))


@place("error: of a group")
async def _(scene: Scene) -> str:
    group = ExceptionGroup("both", [ValueError(scene.text), scene.error()])
    return "".join(traceback.format_exception(await _failing(scene, group)))


@place("error: in a script")
async def _(scene: Scene) -> str:
    leaky.ERRORS.append(scene.error())
    source = (
        'local ok, e = pcall(function() return Tools.get("leaky"):execute({}) end)\n'
        "return { tostring(e), e.message, JSON.stringify(e.suggestions), JSON.stringify(e.context) }"
    )
    outcome = await run_spell(scene.app, source=source, options=SpellOptions(engine="lua", isolation="inline"))
    return repr(outcome)


@place("error: suggestion")
async def _(scene: Scene) -> str:
    met: Any = await _failing(scene, scene.error())
    return repr(met.suggestions)


@place("error: context")
async def _(scene: Scene) -> str:
    met: Any = await _failing(scene, scene.error())
    return repr(met.context)


@place("error: note")
async def _(scene: Scene) -> str:
    met: Any = await _failing(scene, scene.error())
    return repr(met.__notes__)


@place("repr: of secrets")
async def _(scene: Scene) -> str:
    secrets = scene.app.services.secrets
    ref = SecretRef(VARIABLE, host="h", template="Bearer {}")
    secrets.resolve(ref, "h")
    return f"{secrets!r} {ref!r} {secrets.get(VARIABLE)!r} {secrets.sources()!r} {vars(scene.app)!r}"


@place("repr: of the configuration")
async def _(scene: Scene) -> str:
    flags = {"providers.openai.api_key": scene.text, "providers.openai.headers.Authorization": scene.text}
    config = Config.load(flags=flags, environment={}, working=scene.folder, user_folder=scene.folder, check=False)
    section = config.section("providers.openai", scene.app.catalog)
    return f"{config!r} {config.to_dict()!r} {section!r} {config.get('providers.openai')!r}"


@place("repr: of a provider")
async def _(scene: Scene) -> str:
    flags = {"providers.openai.api_key": "${" + VARIABLE + "}", "providers.openai.headers.Authorization": scene.text}
    scene.app.config = Config.load(
        flags=flags, environment=os.environ, working=scene.folder, user_folder=scene.folder, check=False
    )
    provider: Any = await scene.app.components.instance(scene.app.catalog.get("provider", "openai"))
    return f"{provider!r} {vars(provider)!r} {scene.app.catalog.get('provider', 'openai')!r}"


@place("repr: of a client")
async def _(scene: Scene) -> str:
    services = scene.app.services
    port = services.http.port(Grants.everything(), "probe")
    return f"{services.http!r} {vars(services)!r} {port!r} {services.network!r} {services.processes!r}"


@place("environment: of a program")
async def _(scene: Scene) -> str:
    port = scene.app.services.processes.port(Grants.parse(["process.exec=env"]), scene.folder, "probe")
    return (await port.run(["env"])).stdout.decode()


@place("environment: of isolated work")
async def _(scene: Scene) -> str:
    return repr(await isolate("os:getenv", VARIABLE))


@place("environment: of an engine")
async def _(scene: Scene) -> str:
    source = "import os\nresult = str(dict(os.environ))"
    outcome = await run_spell(scene.app, source=source, options=SpellOptions(engine="python", isolation="process"))
    return repr(outcome)


def masked(text: str) -> bool:
    """Tell whether something was masked."""
    return "<secret " in text or "&lt;secret " in text
