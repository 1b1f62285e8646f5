"""The plan: every plugin that may be loaded, in load order, before any is imported."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from llmspell.errors import PluginLoadError
from llmspell.kernel.discovery import API, PluginRef, is_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Literal

    from llmspell.errors import LlmspellError
    from llmspell.kernel.selection import PluginSelection

    State = Literal["pending", "loaded", "failed", "blocked", "skipped"]

LOCAL_PREFIX = "llmspell_plugin_"
"""Put before a file's stem to name its module, so that `-p ./json.py` hides no real one; its targets use `__name__`."""


class PluginReport(NamedTuple):
    """Tell what became of one plugin.

    `kinds` are those its distribution declares, None when it needs to declare none; `seconds` is what loading it has
    cost so far; `source` is its module or file.
    """

    name: str
    dist: str
    version: str
    state: State
    error: LlmspellError | None
    seconds: float
    kinds: tuple[str, ...] | None
    source: str
    builtin: bool


class Plugin:
    """One plugin on its way: where it comes from and what became of it."""

    # `digests` are those of which its files must have one, none when any will do; `info` is its `.dist-info` folder

    __slots__ = (
        "asked",
        "builtin",
        "digests",
        "dist",
        "error",
        "file",
        "info",
        "kinds",
        "module",
        "name",
        "seconds",
        "state",
        "version",
    )

    def __init__(
        self,
        name: str,
        module: str,
        kinds: tuple[str, ...] | None = None,
        *,
        dist: str = "",
        version: str = "",
        file: str = "",
        builtin: bool = False,
        info: str = "",
    ) -> None:
        self.name = name
        self.module = module
        self.kinds = kinds
        self.dist = dist
        self.version = version
        self.file = file
        self.builtin = builtin
        self.info = info
        self.digests: frozenset[str] = frozenset()
        self.asked = False
        self.state: State = "pending"
        self.error: LlmspellError | None = None
        self.seconds = 0.0

    @property
    def who(self) -> str:
        """Name the plugin and where it comes from, for people."""
        return f"{self.name} ({f'{self.dist} {self.version}'.strip() or self.file or self.module})"

    def provides(self, kind: str) -> bool:
        """Tell whether components of this kind (plural), or hooks, may come from here."""
        return self.kinds is None or kind in self.kinds

    def end(self, state: State, error: LlmspellError) -> None:
        """Say why the plugin is not there."""
        self.state, self.error = state, error
        error.context.update({"plugin": self.name, "dist": self.dist, "version": self.version})

    def report(self) -> PluginReport:
        """Give a snapshot."""
        source = self.file or self.module
        return PluginReport(
            self.name, self.dist, self.version, self.state, self.error, self.seconds, self.kinds, source, self.builtin
        )


def plan(refs: Iterable[PluginRef], selection: PluginSelection, builtins: Iterable[PluginRef] = ()) -> list[Plugin]:
    """List all plugins in load order: built-in, installed (by name), `-p` modules, `-p` files, folders.

    What may not be loaded, or cannot be, is in the list with its state and error.
    """
    found = [*_installed(builtins, builtin=True), *_installed(refs)]
    asked = [Plugin(_name_of(module), module) for module in selection.modules]
    asked += [_of_file(Path(file)) for file in selection.files]
    for plugin in found:
        _select(plugin, selection)
    for plugin in asked:
        _select(plugin, selection, asked=True)
    for plugin in asked:
        _find(plugin)
    found += asked
    for folder in selection.folders:
        for plugin in _of_folder(Path(folder)):
            _select(plugin, selection)
            found.append(plugin)
    _fail_clashes(found)
    return found


def _installed(refs: Iterable[PluginRef], *, builtin: bool = False) -> list[Plugin]:
    """Make one plugin of all declarations of one name in one distribution, in name order."""
    groups: dict[tuple[str, str], list[PluginRef]] = {}
    for ref in refs:
        groups.setdefault((ref.plugin, ref.dist), []).append(ref)
    return [_of_refs(groups[key], builtin=builtin) for key in sorted(groups)]


def _of_refs(refs: Sequence[PluginRef], *, builtin: bool) -> Plugin:
    ours = [ref for ref in refs if ref.speaks == API] or refs
    first = ours[0]
    kinds = tuple(dict.fromkeys(ref.kind for ref in ours if ref.kind))
    dist, version = first.dist, first.version
    plugin = Plugin(first.plugin, first.module, kinds, dist=dist, version=version, builtin=builtin, info=first.info)
    modules = sorted({ref.module for ref in ours})
    fault = next((ref.fault for ref in ours if ref.fault), "")
    if first.speaks != API:
        message = f"{first.dist} {first.version} speaks {first.speaks}, this kernel speaks {API}"
        remedy = f"install a version of {first.dist} made for this version of llmspell"
        plugin.end("skipped", PluginLoadError(message, suggestions=[remedy]))
    elif fault:
        plugin.end("failed", PluginLoadError(f"{first.dist} {first.version}: {fault}"))
    elif len(modules) > 1:
        message = f"{plugin.who}: its entry points name {' and '.join(modules)}; those of one plugin name one module"
        plugin.end("failed", PluginLoadError(message, suggestions=["point them at the same plugin.py"]))
    return plugin


def _name_of(module: str) -> str:
    """Name a plugin after its module: `acme.plugin` and `acme` are both `acme`."""
    parts = module.split(".")
    return parts[-2] if parts[-1] == "plugin" and len(parts) > 1 else parts[-1]


def _of_file(file: Path) -> Plugin:
    plugin = Plugin(file.stem, LOCAL_PREFIX + file.stem, file=str(file))
    if not is_name(file.stem):
        message = f"{file}: {file.stem!r} cannot name a plugin"
        plugin.end("failed", PluginLoadError(message, suggestions=["name the file in snake_case"]))
    return plugin


def _find(plugin: Plugin) -> None:
    """Fail a plugin that was named and is nowhere, before anybody tries to import it."""
    if plugin.state != "pending":
        return
    if plugin.file:
        there = Path(plugin.file).is_file()
    else:
        from importlib.util import find_spec  # noqa: PLC0415 - only a module that was named is looked for

        try:
            there = find_spec(plugin.module.partition(".")[0]) is not None
        except ValueError:  # `__main__`, which is there and was not found by anybody
            there = True
    if not there:
        what = f"the file {plugin.file}" if plugin.file else f"the module {plugin.module}"
        message = f"plugin {plugin.name}: {what} is not there"
        plugin.end("failed", PluginLoadError(message, suggestions=["check what `-p` names"]))


def _of_folder(folder: Path) -> list[Plugin]:
    """Make a plugin of each `.py` file of a folder, in name order, but for those that start with an underscore."""
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix == ".py" and not path.name.startswith("_"))
    except OSError as error:
        plugin = Plugin(folder.name, "", file=str(folder))
        message = f"[plugins] paths names {folder}, which cannot be read: {error.strerror}"
        plugin.end("failed", PluginLoadError(message, suggestions=["create the folder or take it out of the list"]))
        return [plugin]
    return [_of_file(file) for file in files]


def _select(plugin: Plugin, selection: PluginSelection, *, asked: bool = False) -> None:
    plugin.asked = asked
    dist, version = plugin.dist, plugin.version
    reason = selection.reason(plugin.name, dist, version, builtin=plugin.builtin, asked=asked)
    if reason is not None and plugin.state != "skipped":
        plugin.end("blocked", PluginLoadError(f"plugin {plugin.who} is {reason}"))
    elif not (plugin.builtin or asked):
        plugin.digests = selection.digests(plugin.name, dist, version)


def _fail_clashes(plugins: Sequence[Plugin]) -> None:
    """Fail plugins that share a name, since `plugin:name` must be unique; a built-in keeps its own."""
    owners: dict[str, list[Plugin]] = {}
    for plugin in plugins:
        if plugin.state == "pending":
            owners.setdefault(plugin.name, []).append(plugin)
    for name, sharing in owners.items():
        if len(sharing) == 1:
            continue
        message = f"the plugin name {name!r} is claimed by {' and '.join(plugin.who for plugin in sharing)}"
        remedies = [f"block one with -p no:{plugin.dist}" for plugin in sharing if plugin.dist and not plugin.builtin]
        for plugin in sharing:
            if not plugin.builtin:
                remedy = [*remedies, "uninstall or rename one of them"]
                plugin.end("failed", PluginLoadError(message, suggestions=remedy))
