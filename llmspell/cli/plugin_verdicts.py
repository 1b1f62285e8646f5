"""What trials of plugins found, remembered: a plugin is tried in a child once, and again when it has changed.

This guards against accidents and not against an enemy: a plugin that is let in runs in this process and can do all that
you can. It is why a broken one stops no command. What is remembered lies in the user's cache folder and may be removed.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from llmspell import __version__
from llmspell.errors import PluginLoadError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from llmspell.kernel.plugins import Plugin

FILE = "plugins.json"
MOST = 500
"""How many plugins are remembered; the oldest are forgotten first."""


class Verdicts:
    """Tell which plugins a process cannot load and go on; asked by the loader before it imports any.

    Without a cache folder, as for a user without a home, nothing is remembered.
    """

    def __init__(self, cache: Path | None) -> None:
        self._file = None if cache is None else cache / FILE

    def __call__(self, plugins: Sequence[Plugin]) -> Mapping[str, PluginLoadError]:
        """Give the faults of plugins by name, found now or remembered."""
        known = self._read()
        keys = {plugin.name: _key(plugin) for plugin in plugins}
        new = [plugin.report() for plugin in plugins if keys[plugin.name] not in known]
        found: dict[str, PluginLoadError] = {}
        if new:
            from llmspell.cli.plugin_trial import BRIEF, faults  # noqa: PLC0415 - only what is new is tried

            found = faults(new, BRIEF, deep=False)
            self._write(known | {keys[one.name]: found[one.name].message if one.name in found else "" for one in new})
        for name, key in keys.items():
            if known.get(key):
                found[name] = PluginLoadError(known[key], context={"plugin": name})
        for name, error in found.items():
            remedies = (f"try it again with `llmspell plugins doctor`, or block it with -p no:{name}",)
            error.suggestions = remedies
        return found

    def _read(self) -> dict[str, str]:
        """Give what is remembered; a file that is not there, or damaged, remembers nothing."""
        if self._file is None:
            return {}
        try:
            data = json.loads(self._file.read_bytes())
        except (OSError, ValueError, RecursionError):
            return {}
        if not isinstance(data, dict):
            return {}
        return {str(key): value for key, value in data.items() if isinstance(value, str)}

    def _write(self, verdicts: Mapping[str, str]) -> None:
        """Keep the newest; a folder that cannot be written costs another trial and nothing else."""
        if self._file is None:
            return
        newest = dict(list(verdicts.items())[-MOST:])
        beside = self._file.with_name(f"{FILE}.{os.getpid()}")
        with suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            beside.write_text(json.dumps(newest), encoding="utf-8")
            beside.replace(self._file)

    def forget(self) -> None:
        """Forget everything: what is loaded next is tried again."""
        if self._file is not None:
            with suppress(OSError):
                self._file.unlink(missing_ok=True)


def _key(plugin: Plugin) -> str:
    """Say which plugin, as it lies there now, in which Python and which llmspell."""
    parts = (plugin.name, plugin.dist, plugin.version, plugin.module, _stamp(plugin), sys.version, __version__)
    return " ".join(parts)


def _stamp(plugin: Plugin) -> str:
    """Give time and size of the file that would be imported, and of RECORD, without importing anything."""
    stamps: list[str] = []
    path = plugin.module.replace(".", os.sep)
    site = os.path.dirname(plugin.info)  # noqa: PTH120 - a dozen plugins a command: paths as texts cost a tenth
    for folder in dict.fromkeys((site, *sys.path)):
        places = (f"{path}.py", os.path.join(path, "__init__.py"))  # noqa: PTH118 - likewise
        stamps = [stamp for place in places if (stamp := _seen(os.path.join(folder, place)))]  # noqa: PTH118 - likewise
        if stamps:
            break
    return "/".join((*stamps, _seen(os.path.join(plugin.info, "RECORD"))))  # noqa: PTH118 - likewise


def _seen(file: str) -> str:
    try:
        found = os.stat(file)  # noqa: PTH116 - likewise
    except OSError:
        return ""
    return f"{found.st_mtime_ns}+{found.st_size}"
