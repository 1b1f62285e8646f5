"""`llmspell doctor`: what is here, what is configured, what is missing."""

from __future__ import annotations

import platform
import sys
from typing import TYPE_CHECKING

from llmspell import __version__
from llmspell.cli.opening import open_app
from llmspell.cli.plugins import examine
from llmspell.errors import ExitCode, LlmspellError
from llmspell.runtime.models import SCRIPTED

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from llmspell.cli.console import Console
    from llmspell.runtime.app import App

OK, ATTENTION, BROKEN = "ok", "note", "broken"


def run(args: argparse.Namespace, console: Console) -> int:
    """Examine this installation; the exit status is 5 when something is broken."""
    app = open_app(args, console)
    findings = list(_findings(app))
    broken = any(state == BROKEN for _, state, _ in findings)
    if console.as_json:
        console.data({"healthy": not broken, "findings": [{"what": w, "state": s, "about": a} for w, s, a in findings]})
    else:
        console.table(findings, ("what", "state", "about"))
    return ExitCode.MISSING if broken else ExitCode.OK


def _findings(app: App) -> Iterator[tuple[str, str, str]]:
    yield "llmspell", OK, __version__
    yield "python", OK, f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    yield "configuration", OK, _configuration(app)
    examine(app.loader)
    for report in app.loader.reports():
        if report.state in ("failed", "skipped"):
            yield f"plugin {report.name}", BROKEN, str(report.error)
        elif report.state == "blocked":
            yield f"plugin {report.name}", ATTENTION, f"blocked: {report.error or 'by your selection'}"
    yield from _kind(app, "engine", "spells of that language cannot run: install llmspell[standard]")
    yield from _kind(app, "tool", "no tools: install llmspell[standard]")
    yield from _kind(app, "storage", "no store")
    yield from _models(app)
    yield from _versions()


def _configuration(app: App) -> str:
    origins = sorted(set(app.config.origins().values()))
    return ", ".join(origins) if origins else "defaults; `llmspell config init` writes a file"


def _kind(app: App, kind: str, missing: str) -> Iterator[tuple[str, str, str]]:
    try:
        found = app.catalog.list(kind)
    except LlmspellError as error:
        yield f"{kind}s", BROKEN, error.message
        return
    if not found:
        yield f"{kind}s", ATTENTION, missing
        return
    shown = [c.name for c in found]
    yield f"{kind}s", OK, f"{len(found)}: {', '.join(shown)}"
    for component in found:
        if component.native:
            yield f"driver {component.name}", ATTENTION, f"reaches {', '.join(sorted(component.native))} by itself"


def _models(app: App) -> Iterator[tuple[str, str, str]]:
    for component in app.catalog.list("provider"):
        if component.category == "model" and component.extra.get("key_env"):
            ready = app.models.configured(component)
            about = "configured" if ready else f"set {component.extra['key_env']} or [providers.{component.name}]"
            yield f"provider {component.name}", OK if ready else ATTENTION, about
    try:
        first = app.models.first_configured()
    except LlmspellError as error:
        yield "models", BROKEN, error.message
        return
    if first is None:
        yield "models", ATTENTION, f"none is configured: spells run only with a {SCRIPTED} model beside them"


def _versions() -> Iterator[tuple[str, str, str]]:
    import importlib_metadata  # noqa: PLC0415 - only doctor reads metadata

    for name in ("lupa", "mini-racer", "httpx", "pluggy", "msgspec", "jsonschema-rs"):
        try:
            yield name, OK, importlib_metadata.version(name)
        except importlib_metadata.PackageNotFoundError:
            continue
    yield "isolation", OK, f"child processes with rlimits on {sys.platform}; see `llmspell run --isolation`"
