"""`llmspell plugins list|info|doctor`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from llmspell.cli.opening import load_config, loader, selection
from llmspell.cli.plugin_trial import trial
from llmspell.cli.plugin_trial_child import examine
from llmspell.errors import ComponentNotFoundError, ExitCode
from llmspell.kernel.discovery import GROUP, scan
from llmspell.kernel.loader import Loader
from llmspell.runtime.builtins import builtins

if TYPE_CHECKING:
    import argparse

    from llmspell.cli.console import Console
    from llmspell.kernel.plugins import PluginReport


def _loader(args: argparse.Namespace) -> Loader:
    return loader(args, load_config(args), strict=bool(args.strict_plugins))


def list_plugins(args: argparse.Namespace, console: Console) -> int:
    """List plugins from their metadata alone; the exit status is 5 when one that was named is not there."""
    chosen = selection(args, load_config(args))
    reports = _loader(args).reports()
    for report in reports:
        if report.error and report.state == "failed":
            console.warn(report.error.message)
    if console.as_json:
        console.data([_as_data(report) for report in reports])
    elif getattr(args, "names", False):
        for report in reports:
            console.print(report.name)
    else:
        rows = [
            (r.name, r.dist or r.source, r.version or "-", ", ".join(r.kinds or ("any",)), _state(r)) for r in reports
        ]
        console.table(rows, ("plugin", "distribution", "version", "provides", "state"))
    for ref in scan():
        if ref.group != GROUP:
            spoken, ours = ref.group.rpartition(".")[2], GROUP.rpartition(".")[2]
            console.warn(
                f"{ref.plugin} {ref.version} of {ref.dist} speaks plugin API {spoken}, this llmspell speaks {ours}"
            )
    named = {*map(str, map(Path, chosen.files)), *chosen.modules}
    return ExitCode.MISSING if any(r.state == "failed" and r.source in named for r in reports) else ExitCode.OK


def _state(report: PluginReport) -> str:
    return "ready" if report.state == "pending" else report.state


def _as_data(report: PluginReport) -> dict[str, object]:
    return {
        "name": report.name,
        "distribution": report.dist,
        "version": report.version,
        "state": _state(report),
        "kinds": list(report.kinds) if report.kinds is not None else None,
        "source": report.source,
        "seconds": round(report.seconds, 6),
        "error": report.error.to_dict() if report.error else None,
    }


def show_plugin(args: argparse.Namespace, console: Console) -> int:
    """Load one plugin and show its distribution and components."""
    plugins = _loader(args)
    known = {report.name: report for report in plugins.reports()}
    if args.name not in known:
        message = f"there is no plugin {args.name!r}"
        raise ComponentNotFoundError(
            message, suggestions=[f"installed: {', '.join(known)}"], context={"plugin": args.name}
        )
    components = [c for c in examine(plugins) if c.plugin == args.name]
    report = next(report for report in plugins.reports() if report.name == args.name)
    hooks = [hook.point for hook in plugins.registry.implementations() if hook.plugin == args.name]
    about = {**_as_data(report), **_metadata(report), "components": [c.to_dict() for c in components], "hooks": hooks}
    if console.as_json:
        console.data(about)
    else:
        source = f"{report.dist or report.source} {report.version}".strip()
        console.print(f"{report.name} ({source}): {_state(report)}")
        if about.get("summary"):
            console.print(f"  {about['summary']}")
        if components:
            console.table([(c.kind, c.name, c.summary) for c in components], ("kind", "name", "what it is"))
        if hooks:
            console.print(f"hooks: {', '.join(hooks)}")
        if report.error:
            console.print(f"fault: {report.error.message}")
            for suggestion in report.error.suggestions:
                console.note(suggestion)
    return ExitCode.MISSING if report.state in ("failed", "skipped") else ExitCode.OK


def _metadata(report: PluginReport) -> dict[str, object]:
    import importlib_metadata  # noqa: PLC0415 - only these verbs read metadata

    if not report.dist:
        return {}  # a file or folder of the user's own
    try:
        found = importlib_metadata.metadata(report.dist)
    except importlib_metadata.PackageNotFoundError:
        return {}
    return {
        "summary": found.get("Summary"),
        "license": found.get("License-Expression") or found.get("License"),
        "requires": found.get_all("Requires-Dist") or [],
    }


def doctor(args: argparse.Namespace, console: Console) -> int:
    """Load every plugin and every descriptor, and tell which are broken."""
    tried = trial(args, load_config(args))
    plugins = Loader(scan(), builtins=builtins(), selection=tried.selection, strict=bool(args.strict_plugins))
    examine(plugins)
    reports = tried.reports(plugins)
    broken = [report for report in reports if report.state in ("failed", "skipped")]
    if console.as_json:
        console.data({"healthy": not broken, "plugins": [_as_data(report) for report in reports]})
    else:
        rows = [(r.name, _state(r), f"{r.seconds * 1000:.1f} ms", r.error.message if r.error else "-") for r in reports]
        console.table(rows, ("plugin", "state", "loading", "fault"))
        for report in broken:
            for suggestion in report.error.suggestions if report.error else ():
                console.note(f"{report.name}: {suggestion}")
    return ExitCode.MISSING if broken else ExitCode.OK
