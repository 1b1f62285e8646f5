"""Import plugins when a kind of theirs is first asked for; a broken one is a report and nobody else's trouble."""

from __future__ import annotations

import importlib
import sys
import time
from typing import TYPE_CHECKING

from llmspell.errors import HookNotFoundError, LlmspellError, PluginLoadError
from llmspell.kernel.plugins import Plugin, PluginReport, plan
from llmspell.kernel.registry import HOOKS, Implementation, Registry, spec_module
from llmspell.kernel.selection import PluginSelection
from llmspell.kernel.strangers import told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import ModuleType

    from llmspell.kernel.discovery import PluginRef
    from llmspell.kernel.plugins import State
    from llmspell.spec.descriptor import Component

    Listener = Callable[[str, Mapping[str, object]], None]
    Trial = Callable[[Sequence[Plugin]], Mapping[str, PluginLoadError]]

_ABSENT = ("failed", "blocked", "skipped")


class Loader:
    """Hold all plugins in load order and load them kind by kind.

    `on_change`, and whoever joins `listeners`, is told `plugin_loaded` and `plugin_failed`. With `strict` the first
    fault raises `PluginLoadError`, with `insist` the first fault of a plugin that was named by `-p`: who names a guard
    must not run without it. Other faults end in the reports. `trial` is asked about installed plugins before they are
    imported, and gives the faults, by name, of those that are not to be.
    """

    def __init__(
        self,
        refs: Iterable[PluginRef] = (),
        *,
        builtins: Iterable[PluginRef] = (),
        selection: PluginSelection | None = None,
        strict: bool = False,
        insist: bool = False,
        on_change: Listener | None = None,
        trial: Trial | None = None,
    ) -> None:
        self.registry = Registry()
        self.strict = strict
        self.insist = insist
        self.listeners: list[Listener] = [] if on_change is None else [on_change]
        self._trial = trial
        self._plugins = plan(refs, selection or PluginSelection(), builtins)
        self._untold = [plugin for plugin in self._plugins if plugin.state in ("failed", "skipped")]

    def load(self, kind: str) -> None:
        """Import and register the plugins that declare a kind (plural; `hooks` for hook points) or need not."""
        for plugin in [one for one in self._untold if one.provides(kind) or not one.kinds]:
            self._untold.remove(plugin)  # what was wrong before anything was imported
            self._tell("plugin_failed", plugin)
        self._admit([plugin for plugin in self._plugins if plugin.state == "pending" and plugin.provides(kind)])
        for index, plugin in enumerate(self._plugins):
            if not plugin.provides(kind):
                continue
            if plugin.state == "pending":
                self._load(plugin, index)
            elif self._raises(plugin) and plugin.state in ("failed", "skipped"):
                raise _as_load_error(plugin)

    def load_all(self) -> None:
        """Load all that may be loaded, as `plugins doctor` does; a kind nobody knows makes its plugin `skipped`."""
        self._admit([plugin for plugin in self._plugins if plugin.state == "pending"])
        for index, plugin in enumerate(self._plugins):
            if plugin.state != "pending":
                continue
            unknown = [kind for kind in plugin.kinds or () if kind != HOOKS and spec_module(kind) is None]
            if unknown:
                message = f"plugin {plugin.who} provides {unknown[0]}, a kind this version of llmspell does not have"
                self._fail(plugin, HookNotFoundError(message, suggestions=["upgrade llmspell"]), "skipped")
            else:
                self._load(plugin, index)

    def kinds(self) -> tuple[str, ...]:
        """Give the kinds (plural) of components that the plugins loaded so far describe."""
        names = [plugin.name for plugin in self._plugins if plugin.state == "loaded"]
        return tuple(sorted({kind for name in names for kind in self.registry.kinds(name)}))

    def collect(self, kind: str) -> list[Component]:
        """Load a kind (plural) and give the components of all plugins that provide it, in load order.

        A plugin that claims the name of a built-in component is left out: nothing stands in for what the kernel brings.
        """
        self.load(kind)
        found: list[Component] = []
        kept: dict[str, Component] = {}
        for plugin in self._plugins:
            if plugin.state != "loaded" or not plugin.provides(kind):
                continue
            components = self._collect(plugin, kind)
            if plugin.builtin:
                kept |= {name: one for one in components for name in (one.name, *one.aliases)}
            elif taken := [name for one in components for name in (one.name, *one.aliases) if name in kept]:
                self.reject(plugin.name, _of_built_in(plugin, kept[taken[0]], taken[0]))
                continue
            found.extend(components)
        return found

    def hooks(self) -> list[Implementation]:
        """Load the plugins that declare hooks and give all implementations of hook points, in load order."""
        self.load(HOOKS)
        return self.registry.implementations()

    def reject(self, name: str, error: LlmspellError) -> None:
        """Roll a loaded plugin back for a fault that shows only among others: hooks that exclude each other."""
        for plugin in self._plugins:
            if plugin.name == name and plugin.state == "loaded":
                self.registry.unregister(name)
                self._fail(plugin, error, "failed")

    def reports(self) -> list[PluginReport]:
        """Tell what became of every plugin, in load order."""
        return [plugin.report() for plugin in self._plugins]

    def unavailable(self, kind: str) -> list[PluginReport]:
        """Give the plugins that may have provided a kind (plural) but are not there."""
        return [plugin.report() for plugin in self._plugins if plugin.state in _ABSENT and plugin.provides(kind)]

    def _admit(self, plugins: Sequence[Plugin]) -> None:
        """Fail those with other files than the allowed ones, or that fail a trial, before any of them is imported."""
        for plugin in plugins:
            if plugin.digests and (error := _of_files(plugin)) is not None:
                self._fail(plugin, error, "failed")
        tried = [plugin for plugin in plugins if plugin.state == "pending" and plugin.dist and not plugin.builtin]
        faults = self._trial(tried) if tried and self._trial is not None else {}
        for plugin in tried:
            if plugin.name in faults:
                self._fail(plugin, faults[plugin.name], "failed")

    def _tell(self, event: str, plugin: Plugin) -> None:
        data = _describe(plugin)
        for listener in self.listeners:
            listener(event, data)

    def _load(self, plugin: Plugin, index: int) -> None:
        started = time.perf_counter()
        try:
            module = _import(plugin)
            self.registry.register(module, plugin.name, dist=plugin.dist, load_index=index, kinds=plugin.kinds)
        except HookNotFoundError as error:
            self._fail(plugin, error, "skipped")
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a stranger's module raises is theirs
            self._fail(plugin, error, "failed")
        else:
            plugin.state = "loaded"
            self._tell("plugin_loaded", plugin)
        finally:
            plugin.seconds += time.perf_counter() - started

    def _collect(self, plugin: Plugin, kind: str) -> list[Component]:
        started = time.perf_counter()
        try:
            return self.registry.collect(kind, plugin.name)
        except PluginLoadError as error:
            self.registry.unregister(plugin.name)
            self._fail(plugin, error, "failed")
            return []
        finally:
            plugin.seconds += time.perf_counter() - started

    def _fail(self, plugin: Plugin, error: BaseException, state: State) -> None:
        plugin.end(state, error if isinstance(error, LlmspellError) else _of_import(plugin, error))
        self._tell("plugin_failed", plugin)
        if self._raises(plugin):
            raise _as_load_error(plugin) from error

    def _raises(self, plugin: Plugin) -> bool:
        return self.strict or (self.insist and plugin.asked)


def _describe(plugin: Plugin) -> Mapping[str, object]:
    return {
        "plugin": plugin.name,
        "dist": plugin.dist,
        "version": plugin.version,
        "state": plugin.state,
        "kinds": None if plugin.kinds is None else list(plugin.kinds),
        "error": None if plugin.error is None else plugin.error.to_dict(),
    }


def _of_files(plugin: Plugin) -> PluginLoadError | None:
    """Say why the files of a plugin are not those that the allow-list names, None when they are."""
    from pathlib import Path  # noqa: PLC0415 - only who pins digests pays for it

    from llmspell.kernel.installed import digest_of, digest_of_file, require_recorded  # noqa: PLC0415 - likewise

    try:
        if plugin.file:
            found = digest_of_file(Path(plugin.file))
        elif plugin.info:
            require_recorded(Path(plugin.info), plugin.module)
            found = digest_of(Path(plugin.info))
        else:
            found = "unknown: it lies in an archive"
    except PluginLoadError as error:
        return error
    if found in plugin.digests:
        return None
    message = f"plugin {plugin.who} has other files than [plugins] allow names: their digest is {found}"
    remedies = [
        "see what changed with `llmspell plugins audit`",
        "put the new digest into [plugins] allow if you trust it",
    ]
    return PluginLoadError(message, suggestions=remedies)


def _of_built_in(plugin: Plugin, kept: Component, name: str) -> PluginLoadError:
    message = f"plugin {plugin.who} claims the {kept.kind} name {name!r}, which is built in"
    remedies = [f"rename it, or its alias; block it with -p no:{plugin.name} until then"]
    return PluginLoadError(message, suggestions=remedies, context={"kind": kept.kind, "name": name})


def _of_import(plugin: Plugin, error: BaseException) -> PluginLoadError:
    wrapped = PluginLoadError(
        f"plugin {plugin.who} failed at import: {told(error)}",
        suggestions=[f"repair or reinstall it, or block it with -p no:{plugin.name}"],
    )
    wrapped.__cause__ = error
    return wrapped


def _as_load_error(plugin: Plugin) -> PluginLoadError:
    """Give a plugin's error as the one that strict loading raises; only an unknown hook has another class."""
    error = plugin.error
    if error is None or isinstance(error, PluginLoadError):
        return error or PluginLoadError(f"plugin {plugin.who} could not be loaded")
    return PluginLoadError(error.message, suggestions=error.suggestions, context=error.context)


def _import(plugin: Plugin) -> ModuleType:
    if not plugin.file:
        return importlib.import_module(plugin.module)
    from importlib.util import module_from_spec, spec_from_file_location  # noqa: PLC0415 - only plugins that are single files need it

    spec = spec_from_file_location(plugin.module, plugin.file)
    if spec is None or spec.loader is None:
        raise PluginLoadError(f"{plugin.file} is not a Python file")
    module = module_from_spec(spec)
    sys.modules[plugin.module] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[plugin.module]
        raise
    return module
