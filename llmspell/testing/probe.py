"""Import a plugin in a fresh process and tell, as JSON, what that brought in and what it did.

Run as `python -m llmspell.testing.probe module`. Prints `{"modules": [...], "acts": [...]}`: the modules that importing
the plugin and calling its collect hooks loaded, and their acts on files, sockets and processes.
"""

from __future__ import annotations

import importlib
import json
import sys
from importlib.util import find_spec

import llmspell.spec.descriptor
import llmspell.spec.markers  # noqa: F401 - both belong to what every plugin loads

_ACTS = (
    "ctypes.dlopen",
    "os.exec",
    "os.fork",
    "os.mkdir",
    "os.posix_spawn",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.system",
    "shutil.",
    "socket.",
    "sqlite3.",
    "subprocess.Popen",
    "urllib.Request",
)
_CODE = (".py", ".pyc", ".so", ".pyd")
_MARK = "llmspell_impl"


def main(module: str) -> None:
    """Probe one plugin."""
    acts: list[str] = []
    before = set(sys.modules)
    watching = True

    def audit(event: str, arguments: tuple[object, ...]) -> None:
        if not watching:
            return
        if event == "open":
            path = str(arguments[0])
            if not path.endswith(_CODE) and "__pycache__" not in path:
                acts.append(f"open {path}")
        elif event.startswith(_ACTS):
            acts.append(event)

    sys.addaudithook(audit)
    plugin = importlib.import_module(module)
    for name, function in list(vars(plugin).items()):
        if hasattr(function, _MARK) and _collects(name):
            function()
    watching = False
    print(json.dumps({"modules": sorted(set(sys.modules) - before), "acts": acts}))  # noqa: T201 - the result


def _collects(hook: str) -> bool:
    """Tell collect hooks from hook points; asking the kernel would import what the probe must not have imported."""
    name = f"llmspell.spec.{hook.removeprefix('llmspell_')}"
    return find_spec(name) is not None and hasattr(importlib.import_module(name), hook)


if __name__ == "__main__":
    main(sys.argv[1])
