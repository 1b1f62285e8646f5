"""The child of a trial: loads plugins one by one, each without the others, and says before each whose turn it is.

It is started as `python -P -m llmspell.cli.plugin_trial_child JSON` and answers in lines of JSON: `{"turn": NAME}`,
`{"fault": TEXT}` of the one whose turn it is, after which it ends, and `{"done": true}`.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from threading import enumerate as threads
from typing import TYPE_CHECKING, Any

from llmspell.errors import LlmspellError
from llmspell.kernel.catalog import Catalog
from llmspell.kernel.discovery import PluginRef
from llmspell.kernel.loader import Loader
from llmspell.kernel.selection import PluginSelection
from llmspell.runtime.builtins import builtins

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llmspell.spec import Component

MEMORY = 2 << 30
"""What loading one plugin may allocate, in bytes."""

_OURS = "llmspell"


def examine(loader: Loader) -> list[Component]:
    """Load every plugin and ask it for everything it provides, so that the reports tell all faults there are."""
    loader.load_all()
    return [component for kind in loader.kinds() for component in loader.collect(kind)]


def main(given: Mapping[str, Any]) -> None:
    """Try the plugins `given`; with `deep` their components are imported, too."""
    say = _say()
    forked: list[bool] = []
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=lambda: os._exit(0), after_in_parent=lambda: forked.append(True))
    if not given["deep"]:
        _bound_memory()
    for one in given["plugins"]:
        say({"turn": one["name"]})
        fault = _try(one, forked, deep=given["deep"])
        if fault:
            say({"fault": fault})
            os._exit(1)
    say({"done": True})
    if given["deep"]:
        os._exit(0)  # what a component's library leaves running is not the plugin's affair


def _say() -> Callable[[Mapping[str, object]], None]:
    """Keep standard output for our lines: what plugins print is none."""
    told = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)

    def say(line: Mapping[str, object]) -> None:
        told.write(json.dumps(line) + "\n")
        told.flush()

    return say


def _bound_memory() -> None:
    try:
        import resource  # noqa: PLC0415 - POSIX has it
    except ImportError:
        return
    most = resource.getrlimit(resource.RLIMIT_DATA)[1]
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY if most == resource.RLIM_INFINITY else min(MEMORY, most), most))


def _try(one: Mapping[str, Any], forked: list[bool], *, deep: bool) -> str:
    """Load one plugin; give why a process that does so would not go on as it was, empty when it would."""
    before, running = fingerprint(), set(threads())
    loader = _loader(one, deep=deep)
    components = examine(loader)
    if deep:
        catalog = Catalog(loader)
        for component in components:
            with suppress(LlmspellError):  # it is told when the plugin is loaded in earnest
                catalog.resolve(component)
    error = next((report.error for report in loader.reports() if report.name == one["name"]), None)
    if error is not None and isinstance(error.__cause__, MemoryError):
        return f"needs more than {MEMORY >> 30} GiB of memory to be loaded"
    if forked:
        return "forks the process that loads it"
    after = fingerprint()
    changed = [name for name, value in before.items() if after.get(name) is not value]
    if changed:
        return f"changes llmspell itself when it is loaded: {', '.join(changed[:3])}"
    left = [thread for thread in threads() if thread not in running and not thread.daemon]
    return f"leaves the thread {left[0].name!r}, which keeps a process from ending" if left and not deep else ""


def _loader(one: Mapping[str, Any], *, deep: bool) -> Loader:
    own = builtins() if deep else ()
    if one["file"]:
        return Loader((), builtins=own, selection=PluginSelection(files=(one["module"],)))
    if not one["dist"]:
        return Loader((), builtins=own, selection=PluginSelection(modules=(one["module"],)))
    refs = [PluginRef(kind, one["name"], one["module"], one["dist"], one["version"]) for kind in one["kinds"]]
    return Loader(refs, builtins=own)


def fingerprint() -> dict[str, object]:
    """Give every module, function, class and method of llmspell and of the language by its dotted name."""
    found: dict[str, object] = {}
    for name, module in list(sys.modules.items()):
        if name != "builtins" and name.partition(".")[0] != _OURS:
            continue
        found[name] = module
        for key, value in list(vars(module).items()):
            if callable(value):
                found[f"{name}.{key}"] = value
            if isinstance(value, type) and value.__module__ == name:
                inner = vars(value).items()
                found |= {f"{name}.{key}.{one}": what for one, what in inner if callable(what) or _wraps(what)}
    return found


def _wraps(value: object) -> bool:
    return isinstance(value, (property, classmethod, staticmethod))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
