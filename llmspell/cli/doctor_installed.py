"""What `llmspell doctor` finds of software: versions, configuration, plugins, components, models, optional parts."""

from __future__ import annotations

import importlib
import platform
import re
from typing import TYPE_CHECKING, NamedTuple

from llmspell import __version__
from llmspell.cli.plugin_trial_child import examine
from llmspell.errors import LlmspellError
from llmspell.runtime.kept import TRUSTED_ONLY
from llmspell.runtime.models import SCRIPTED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llmspell.cli.plugin_trial import Trial
    from llmspell.runtime.app import App
    from llmspell.services.config import Config
    from llmspell.services.config_sources import Faults
    from llmspell.spec import Component

OK, NOTE, BROKEN = "ok", "note", "broken"

LIBRARIES = (
    "attrs", "cattrs", "google-re2", "httpx", "importlib-metadata", "jsonschema-rs", "lupa", "mini-racer", "msgspec",
    "pluggy", "tenacity",
)  # fmt: skip

GIVES = {
    "standard": "three engines, providers of models, resilience, a durable store, tools for files and texts",
    "blake3": "one more digest for files",
    "scaffold": "`llmspell generate`: new plugins from templates",
    "watch": "word from the system when files change, instead of looking for it",
    "testing": "the test kit for plugins of your own",
}
"""What an extra of the distribution is for, in a user's words; one that is missing here is told by what it installs."""

MISSING = {
    "engine": "spells of that language cannot run",
    "tool": "spells and models have no tools",
    "storage": "nothing can be stored",
    "provider": "no model can be asked",
    "executor": "nothing can run side by side",
}

DRIVERS = ("hook_set", "encryption")
"""Kinds that nobody must have, and whose drivers are told."""


class Finding(NamedTuple):
    """One thing that was looked at: `state` is ok, note (may need attention) or broken; `remedy` may be empty."""

    group: str
    what: str
    state: str
    about: str
    remedy: str = ""


PLAYED = frozenset({SCRIPTED, "test"})
"""The models that are played: there is nothing to configure about them."""


def versions(app: App) -> Iterator[Finding]:
    """Tell every version that a report of a fault should name."""
    group = "versions"
    yield Finding(group, "llmspell", OK, __version__)
    about = f"{platform.python_version()} ({platform.python_implementation()})"
    yield Finding(group, "python", OK, f"{about} on {platform.system()} {platform.release()} {platform.machine()}")
    for report in app.loader.reports():
        if report.dist and not report.builtin:
            yield Finding(group, report.dist, OK, f"{report.version}, plugin {report.name}")
    for component in _listed(app, "engine"):
        yield _language(component)
    for name in LIBRARIES:
        version = _version(name)
        if version is not None:
            yield Finding(group, name, OK, version)
    try:
        yield Finding(group, "SQLite", OK, str(importlib.import_module("sqlite3").sqlite_version))
    except ImportError as error:
        yield Finding(group, "SQLite", NOTE, f"this Python has none: {error}", "use a Python that was built with it")


def _language(engine: Component) -> Finding:
    """Tell what runs the scripts of an engine, and whether they count as trusted whatever they do."""
    what, about = f"language of {engine.name}", str(engine.extra.get("language", "unknown"))
    if TRUSTED_ONLY in engine.capabilities:
        about += "; its spells count as code that you trust"
    try:
        if target := str(engine.extra.get("interpreter") or ""):
            module, _, name = target.partition(":")
            about += f", run by {getattr(importlib.import_module(module), name)()}"
    except Exception as error:  # noqa: BLE001 - code of others: whatever it raises is what there is to tell
        return Finding("versions", what, NOTE, f"{about}; what runs it does not tell: {type(error).__name__}: {error}")
    return Finding("versions", what, OK, about)


def configuration(app: App, config: Config, faults: Faults) -> Iterator[Finding]:
    """Tell the files that were read, and every fault in them and in their sections."""
    group = "configuration"
    layers = [layer for layer in config.layers() if layer.path is not None or layer.leaves]
    for layer in layers:
        where = str(layer.path) if layer.path else ", ".join(sorted({leaf.origin for leaf in layer.leaves.values()}))
        yield Finding(group, layer.name, OK, f"{where}: {len(layer.leaves)} values")
    if not layers:
        yield Finding(group, "configuration", OK, "defaults; `llmspell config init` writes a file")
    found = list(faults)
    try:
        found += config.faults(app.catalog)
    except LlmspellError as error:  # a class of a section cannot be imported
        yield _fault(group, "sections", error)
    for path, text in dict.fromkeys(found):
        yield Finding(group, path, BROKEN, text, "change it, then run `llmspell config validate`")


def plugins(app: App, tried: Trial) -> Iterator[Finding]:
    """Load every plugin; tell those that are not there, why, and what to do."""
    examine(app.loader)
    loaded = [report.name for report in tried.reports(app.loader) if report.state == "loaded"]
    yield Finding("plugins", "loaded", OK, f"{len(loaded)}: {', '.join(loaded)}")
    for report in tried.reports(app.loader):
        if report.state in ("failed", "skipped"):
            remedy = "; or ".join(report.error.suggestions) if report.error else ""
            about = report.error.message if report.error else report.state
            yield Finding("plugins", f"plugin {report.name}", BROKEN, about, remedy or "see `llmspell plugins doctor`")
        elif report.state == "blocked":
            about = report.error.message if report.error else "blocked by your selection"
            yield Finding("plugins", f"plugin {report.name}", NOTE, about)


def components(app: App) -> Iterator[Finding]:
    """Import every component, and tell those that reach the world by themselves."""
    group = "components"
    for kind, missing in MISSING.items():
        try:
            found = app.catalog.list(kind)
        except LlmspellError as error:
            yield _fault(group, f"{kind}s", error)
            continue
        if not found:
            yield Finding(group, f"{kind}s", NOTE, f"none: {missing}", "pip install 'llmspell[standard]'")
            continue
        yield Finding(group, f"{kind}s", OK, f"{len(found)}: {', '.join(c.name for c in found)}")
        for component in found:
            yield from _component(app, component)
        yield from _clashes(app, kind, [component.name for component in found])
    for kind in DRIVERS:
        yield from (finding for one in _listed(app, kind) if one.native for finding in _component(app, one))


def _clashes(app: App, kind: str, names: list[str]) -> Iterator[Finding]:
    """Tell of names that several plugins claim: they work only with the name of the plugin before them."""
    for name in dict.fromkeys(one for one in names if names.count(one) > 1):
        try:
            app.catalog.get(kind, name)
        except LlmspellError as error:
            yield Finding("components", f"{kind} {name}", NOTE, error.message, "; or ".join(error.suggestions))


def _component(app: App, component: Component) -> Iterator[Finding]:
    try:
        app.catalog.resolve(component)
    except LlmspellError as error:
        yield _fault("components", f"{component.kind} {component.name}", error)
    if component.native:
        reach = f"reaches {', '.join(sorted(component.native))} by itself"
        reason = component.extra.get("native_for")
        yield Finding("components", f"driver {component.name}", NOTE, f"{reach}, for {reason}" if reason else reach)


def models(app: App) -> Iterator[Finding]:
    """Tell what each provider of models needs; nothing is printed but the names of variables and keys."""
    group = "models"
    absent: list[str] = []
    for component in _listed(app, "provider"):
        if component.category != "model" or component.name in PLAYED:
            continue
        try:
            configured = app.models.configured(component)
        except LlmspellError:  # told among the keys
            yield Finding(group, "models", NOTE, "are not looked for while stores of secrets cannot be read")
            return
        if configured:
            yield Finding(group, f"provider {component.name}", OK, "configured")
        else:
            variable = component.extra.get("key_env") or component.extra.get("url_env")
            absent.append(f"{component.name} ({variable or f'[providers.{component.name}]'})")
    if absent:
        yield Finding(group, "not configured", NOTE, ", ".join(absent), "set the variable, or write [providers.NAME]")
    try:
        first = app.models.first_configured()
    except LlmspellError as error:
        yield _fault(group, "models", error)
        return
    if first is None:
        about = f"none is configured: spells run only with a {SCRIPTED} model beside them"
        yield Finding(group, "models", NOTE, about)
    else:
        yield Finding(group, "models", OK, f"{first.name} answers when nobody says who")


def optional() -> Iterator[Finding]:
    """Tell which optional parts are there, what those would give that are not, and the command that installs them."""
    import importlib_metadata  # noqa: PLC0415 - only doctor reads metadata

    try:
        wanted = importlib_metadata.metadata("llmspell")
    except importlib_metadata.PackageNotFoundError:
        yield Finding("optional parts", "extras", NOTE, "llmspell is not installed: it runs from a folder")
        return
    requires = wanted.get_all("Requires-Dist") or []
    for extra in wanted.get_all("Provides-Extra") or []:
        names = [_name(line) for line in requires if re.search(rf"extra\s*==\s*['\"]{re.escape(extra)}['\"]", line)]
        names = [name for name in names if name != "llmspell"]  # `all` is nothing but other extras
        lacking = [name for name in names if _version(name) is None]
        if lacking:
            gives = GIVES.get(extra, ", ".join(names))
            about = f"would give {gives}; lacks {', '.join(lacking)}"
            yield Finding("optional parts", extra, NOTE, about, f"pip install 'llmspell[{extra}]'")
        elif names:
            yield Finding("optional parts", extra, OK, f"gives {GIVES.get(extra, ', '.join(names))}")


def _listed(app: App, kind: str) -> Sequence[Component]:
    """List a kind, or nothing where it cannot be listed: `components` tells why."""
    try:
        return app.catalog.list(kind)
    except LlmspellError:
        return ()


def _fault(group: str, what: str, error: LlmspellError) -> Finding:
    return Finding(group, what, BROKEN, error.message, "; or ".join(error.suggestions))


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    return found[0] if found else requirement


def _version(name: str) -> str | None:
    import importlib_metadata  # noqa: PLC0415 - only doctor reads metadata

    try:
        return importlib_metadata.version(name)
    except importlib_metadata.PackageNotFoundError:
        return None
