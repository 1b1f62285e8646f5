"""The one plugin manager of a process scope: what is registered, whether it is well formed, and what it implements.

pluggy keeps registrations and checks argument names; calling hooks, in which order and with which deadline, is ours
(`hooks.py`).
"""

from __future__ import annotations

import importlib
import inspect
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from llmspell import __version__
from llmspell.errors import HookError, HookNotFoundError, PluginLoadError
from llmspell.kernel.bands import BANDS
from llmspell.kernel.discovery import API
from llmspell.kernel.hooks import MAX_PRIORITY, HookTable
from llmspell.kernel.points import POINTS
from llmspell.kernel.strangers import told
from llmspell.spec.descriptor import Component
from llmspell.spec.markers import OPTIONS_ATTRIBUTE, PROJECT, HookOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from types import ModuleType

    import pluggy

PREFIX = f"{PROJECT}_"
HOOKS = "hooks"
"""The kind under which a distribution declares that it implements hook points."""

_MARK = f"{PROJECT}_impl"
_SPEC_MARK = f"{PROJECT}_spec"
_PACKAGE = "llmspell.spec"
_FOREIGN_OPTIONS = ("wrapper", "hookwrapper", "tryfirst", "trylast", "specname")


class Implementation(NamedTuple):
    """One implementation of a hook point, named without `llmspell_`; `load_index` is its plugin's place."""

    point: str
    function: Callable[..., object]
    options: HookOptions
    plugin: str
    load_index: int


class Registered(NamedTuple):
    """One plugin that is in: its module, distribution, place in load order, and its marked functions by hook name."""

    name: str
    dist: str
    module: ModuleType
    load_index: int
    functions: Mapping[str, Callable[..., object]]


class Registry:
    """Take plugins in whole or not at all, and tell what they implement."""

    def __init__(self) -> None:
        self._manager: pluggy.PluginManager | None = None
        self._plugins: dict[str, Registered] = {}

    @property
    def manager(self) -> pluggy.PluginManager:
        """Give the pluggy manager, made with every hook point when it is first needed."""
        if self._manager is None:
            from pluggy import PluginManager  # noqa: PLC0415 - a run without plugins makes none

            self._manager = PluginManager(PROJECT)
            for points in ("points", "lifecycle"):
                self._manager.add_hookspecs(importlib.import_module(f"{_PACKAGE}.{points}"))
        return self._manager

    def register(
        self,
        module: ModuleType,
        name: str,
        *,
        dist: str = "",
        load_index: int = 0,
        kinds: Collection[str] | None = None,
    ) -> Registered:
        """Take a plugin in. `kinds` are the kinds its distribution declares; None means that it need not declare any.

        Raises `HookNotFoundError` for a hook that this kernel does not have, `PluginLoadError` for every other fault;
        then nothing of the plugin is kept.
        """
        functions = _marked(module)
        for hook, function in functions.items():
            self._check_known(hook, function, name)
            _check_declared(hook, name, kinds)
            _check_function(hook, function)
        known = {hook: function for hook, function in functions.items() if self._spec_of(hook) is not None}
        from pluggy import PluginValidationError  # noqa: PLC0415 - see `manager`

        try:
            self.manager.register(module, name)
        except (PluginValidationError, ValueError) as error:
            self.unregister(name)
            raise PluginLoadError(f"plugin {name!r}: {_first_paragraph(error)}") from error
        plugin = self._plugins[name] = Registered(name, dist, module, load_index, known)
        return plugin

    def unregister(self, name: str) -> None:
        """Take a plugin out with everything it implements; one that is not there is no error."""
        self._plugins.pop(name, None)
        if self.manager.has_plugin(name):
            self.manager.unregister(name=name)

    def __contains__(self, name: object) -> bool:
        return name in self._plugins

    def implementations(self) -> list[Implementation]:
        """List the implementations of hook points in load order, within a plugin in the order they are written."""
        return [
            Implementation(hook.removeprefix(PREFIX), function, _options(function), plugin.name, plugin.load_index)
            for plugin in sorted(self._plugins.values(), key=lambda p: p.load_index)
            for hook, function in plugin.functions.items()
            if not _is_collect(hook)
        ]

    def kinds(self, name: str) -> tuple[str, ...]:
        """Give the kinds (plural) of components that a registered plugin describes."""
        plugin = self._plugins.get(name)
        return tuple(hook.removeprefix(PREFIX) for hook in plugin.functions if _is_collect(hook)) if plugin else ()

    def collect(self, kind: str, name: str) -> list[Component]:
        """Ask one plugin for its components of a kind (plural), and write into each whose it is.

        Raises `PluginLoadError` when the hook raises, or returns anything but a list of components of that kind with
        distinct names.
        """
        plugin = self._plugins[name]
        function = plugin.functions.get(PREFIX + kind)
        if function is None:
            return []
        hook = f"{PREFIX}{kind} of plugin {name!r}"
        try:
            return _checked(function(), kind.removesuffix("s"), hook, plugin)
        except PluginLoadError:
            raise
        except (Exception, SystemExit) as error:  # a list, a component and a text of a stranger's make run their code
            raise PluginLoadError(f"{hook} raised {told(error)}") from error

    def _check_known(self, hook: str, function: Callable[..., object], name: str) -> None:
        optional = bool(_pluggy_options(function).get("optionalhook"))
        if self._spec_of(hook) is None and not optional:
            message = (
                f"plugin {name!r} implements {hook}, which llmspell {__version__} (plugin API {API}) does not have"
            )
            remedies = ["upgrade llmspell, or correct the name", f"mark {hook} with @hookimpl(optionalhook=True)"]
            raise HookNotFoundError(message, suggestions=remedies)

    def _spec_of(self, hook: str) -> object | None:
        """Find a hook's specification; a component kind's is added from its file when a plugin first implements it."""
        caller = getattr(self.manager.hook, hook, None)
        if caller is not None and caller.has_spec():
            return caller.spec  # type: ignore[no-any-return]  # an object of pluggy's, only compared with None
        module = spec_module(hook.removeprefix(PREFIX))
        if module is None:
            return None
        self.manager.add_hookspecs(module)
        return getattr(self.manager.hook, hook).spec  # type: ignore[no-any-return]  # likewise


def spec_module(kind: str) -> ModuleType | None:
    """Import the module of `llmspell.spec` that describes a kind (plural), or give None when there is no such kind."""
    try:
        module = importlib.import_module(f"{_PACKAGE}.{kind}")
    except ModuleNotFoundError as error:
        if error.name == f"{_PACKAGE}.{kind}":
            return None
        raise
    return module if hasattr(getattr(module, PREFIX + kind, None), _SPEC_MARK) else None


def _is_collect(hook: str) -> bool:
    """Tell a collect hook from a hook point: it is the one whose module in `llmspell.spec` is named like it."""
    module = sys.modules.get(f"{_PACKAGE}.{hook.removeprefix(PREFIX)}")
    return module is not None and hasattr(module, hook)


def _marked(module: ModuleType) -> dict[str, Callable[..., object]]:
    """Find a plugin's hook implementations; what only looks like one is an error, since pluggy would ignore it."""
    found: dict[str, Callable[..., object]] = {}
    for attribute, value in vars(module).items():
        if hasattr(value, _MARK) and inspect.isfunction(value):
            found[attribute] = value
        elif attribute.startswith(PREFIX) and callable(value):
            marked = inspect.isfunction(value)
            what = "is not marked with @hookimpl" if marked else f"is a {type(value).__name__}, not a function"
            remedy = f"write '@hookimpl' above 'def {attribute}(...)'"
            raise PluginLoadError(f"{module.__name__}.{attribute} {what}", suggestions=[remedy])
    return found


def _pluggy_options(function: Callable[..., object]) -> Mapping[str, Any]:
    return getattr(function, _MARK)  # type: ignore[no-any-return]  # set by pluggy's marker


def _options(function: Callable[..., object]) -> HookOptions:
    return getattr(function, OPTIONS_ATTRIBUTE, None) or HookOptions()


def _check_declared(hook: str, name: str, kinds: Collection[str] | None) -> None:
    """Refuse what its distribution did not declare: whether it took effect would depend on what else was asked for."""
    kind = hook.removeprefix(PREFIX) if _is_collect(hook) else HOOKS
    if kinds is not None and kind not in kinds:
        message = f"plugin {name!r} implements {hook} but its distribution declares no entry point '{kind}.{name}'"
        raise PluginLoadError(message, suggestions=[f"add '{kind}.{name}' beside the plugin's other entry points"])


def _check_function(hook: str, function: Callable[..., object]) -> None:
    where = f"{hook} in {function.__module__}"
    foreign = next((option for option in _FOREIGN_OPTIONS if _pluggy_options(function).get(option)), None)
    if foreign:
        around = "write an 'async def llmspell_around_...(call, proceed)' hook"
        remedy = around if "wrapper" in foreign else "use priority= and band="
        message = f"{where} is marked with {foreign}=, which llmspell does not use"
        raise PluginLoadError(message, suggestions=[remedy])
    options = _options(function)
    priority = options.priority
    if type(priority) is not int or not 0 <= priority <= MAX_PRIORITY:
        raise PluginLoadError(f"{where}: priority {priority!r} is not a whole number within 0-{MAX_PRIORITY}")
    if options.band not in BANDS:
        message = f"{where}: there is no band {options.band!r}"
        raise PluginLoadError(message, suggestions=[f"use one of {', '.join(BANDS)}"])
    if options.timeout is not None and not options.timeout > 0:
        raise PluginLoadError(f"{where}: timeout {options.timeout!r} is not a positive number of seconds")
    if hook.startswith(f"{PREFIX}around_") and not inspect.iscoroutinefunction(function):
        raise PluginLoadError(f"{where} must be 'async def': it awaits proceed(call)")
    _check_table(hook, function, options)


def _check_table(hook: str, function: Callable[..., object], options: HookOptions) -> None:
    """Try the hook in an empty table, so that what a table refuses fails the plugin and not the application later on.

    Whether `after` and `conflicts` can be met depends on the other hooks, which are not known here.
    """
    at = POINTS.get(hook.removeprefix(PREFIX))
    if at is None or at.shape == "lifecycle":
        return
    try:
        HookTable().register(at.name, function, options._replace(after=(), conflicts=()))
    except HookError as error:
        message = f"{hook} in {function.__module__}: {error.message}"
        raise PluginLoadError(message, suggestions=error.suggestions) from error


def _checked(found: object, kind: str, hook: str, plugin: Registered) -> list[Component]:
    if not isinstance(found, (list, tuple)):
        raise PluginLoadError(f"{hook} must return a list of components, not {type(found).__name__}")
    taken: set[str] = set()
    components = list(found)
    for component in components:
        _check_component(component, kind, hook, taken)
        component.plugin, component.dist = plugin.name, plugin.dist
    return components


def _check_component(component: object, kind: str, hook: str, taken: set[str]) -> None:
    if not isinstance(component, Component):
        message = f"{hook} returned {component!r}, which is not a component"
        raise PluginLoadError(message, suggestions=[f"make it with {kind}()"])
    if component.kind != kind:
        message = (
            f"{hook} returned the {component.kind} {component.name!r}; it may only return components of kind {kind}"
        )
        raise PluginLoadError(message)
    component.check()
    for word in (component.name, *component.aliases):
        if word in taken:
            raise PluginLoadError(f"{hook} returned the name {word!r} twice")
        taken.add(word)


def _first_paragraph(error: Exception) -> str:
    return " ".join(line.strip() for line in str(error).strip().splitlines() if line.strip())
