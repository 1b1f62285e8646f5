"""The child of a trial: loads plugins one by one, each without the others, and says before each whose turn it is.

It is started as `python -P -m llmspell.cli.plugin_trial_child`, reads JSON and answers in lines of it:
`{"turn": NAME}`, `{"fault": TEXT}` of the one whose turn it is, after which it ends, and `{"done": true}`.
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
    from typing import Self

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
    """Keep standard output for our lines; what plugins print goes where a command has it go."""
    told = os.fdopen(os.dup(1), "w", encoding="utf-8")
    sys.stdout = sys.stderr

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
    before, around, running = fingerprint(), surroundings(), set(threads())
    with _Output() as output:
        fault = _load(one, deep=deep) or output.fault()
    if fault or forked:
        return fault or "forks the process that loads it"
    after, now = fingerprint(), surroundings()
    changed = [name for name, value in before.items() if after.get(name) is not value]
    if changed:
        return f"changes llmspell itself when it is loaded: {', '.join(changed[:3])}"
    spoiled = [name for name, value in around.items() if not _keeps(now[name], value)]
    if spoiled:
        return f"changes the process: {', '.join(spoiled)}"
    left = [thread for thread in threads() if thread not in running and not thread.daemon]
    return f"leaves the thread {left[0].name!r}, which keeps a process from ending" if left and not deep else ""


def _load(one: Mapping[str, Any], *, deep: bool) -> str:
    """Load one plugin and all that it describes; what it raises is told by who loads it in earnest."""
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
    return ""


class _Output:
    """Stand in for the descriptor of standard output, which belongs to results: nobody else may write there."""

    def __enter__(self) -> Self:
        self._read, write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(write, False)
        os.dup2(write, 1)
        os.close(write)
        return self

    def fault(self) -> str:
        """Say what was done to it."""
        try:
            os.fstat(1)
        except OSError:
            return "closes standard output"
        with suppress(BlockingIOError):
            return "writes to standard output, past Python" if os.read(self._read, 1) else ""
        return ""

    def __exit__(self, *_: object) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)
        os.close(self._read)


def surroundings() -> dict[str, object]:
    """Give what else of a process plugins share: lists of which nothing may go, values that may not change."""
    return {
        "sys.path": list(sys.path),
        "sys.meta_path": list(sys.meta_path),
        "sys.stdout": sys.stdout,
        "sys.stderr": sys.stderr,
        "the folder": os.getcwd(),  # noqa: PTH109 - a text to compare
        "the depth of calls": sys.getrecursionlimit(),
        "its limits": _limits(),
    }


def _limits() -> tuple[object, ...]:
    try:
        import resource  # noqa: PLC0415 - POSIX has it
    except ImportError:
        return ()
    return tuple(resource.getrlimit(getattr(resource, name)) for name in dir(resource) if name.startswith("RLIMIT_"))


def _keeps(now: object, before: object) -> bool:
    if isinstance(now, list) and isinstance(before, list):
        return all(one in now for one in before)
    return now == before


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


def _given() -> Mapping[str, Any]:
    """Read what is to be tried; plugins find nothing more to read."""
    data: Mapping[str, Any] = json.loads(sys.stdin.buffer.read())
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.close(nowhere)
    return data


if __name__ == "__main__":
    main(_given())
