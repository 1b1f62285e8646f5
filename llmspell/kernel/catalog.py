"""Find components by name and turn their targets into objects; nothing is imported before it is asked for."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, NamedTuple

from llmspell.errors import NameClashError
from llmspell.kernel.catalog_errors import absent_plugin, clash, not_found, provider, unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Literal

    from llmspell.errors import LlmspellError
    from llmspell.kernel.loader import Loader
    from llmspell.spec.descriptor import Component

    Components = list[Component]  # `list` is a method of the catalogue
    Listener = Callable[[str, Mapping[str, object]], None]
    ComponentState = Literal["known", "resolved", "failed"]

SCRIPT = "script"
"""The plugin name of components registered at run time by code that belongs to no plugin."""

_UNKNOWN = object()


class ComponentHealth(NamedTuple):
    """Tell how one component is: `known` (not imported), `resolved`, or `failed`; `uses` counts look-ups."""

    kind: str
    name: str
    state: ComponentState
    uses: int
    error: LlmspellError | None


class _Record:
    """What the catalogue knows of one component beyond its description; `owner` is None for what plugins provide."""

    __slots__ = ("component", "error", "owner", "target", "uses")

    def __init__(self, component: Component, owner: str | None = None, target: object = _UNKNOWN) -> None:
        self.component = component
        self.owner = owner
        self.target = target
        self.error: LlmspellError | None = None
        self.uses = 0


class _Shelf:
    """All components of one kind, by every name they answer to."""

    __slots__ = ("names", "records")

    def __init__(self) -> None:
        self.records: dict[int, _Record] = {}
        self.names: dict[str, list[_Record]] = {}

    def add(self, record: _Record) -> None:
        self.records[id(record.component)] = record
        for name in _spellings(record.component):
            self.names.setdefault(name, []).append(record)

    def remove(self, record: _Record) -> None:
        del self.records[id(record.component)]
        for name in _spellings(record.component):
            left = [other for other in self.names[name] if other is not record]
            if left:
                self.names[name] = left
            else:
                del self.names[name]


class Catalog:
    """Know every component of every kind that was asked for.

    Kinds are singular here (`tool`); a reference is a name, an alias, or `plugin:name`. Components registered at run
    time carry an owner (a run's id); look-ups with `owner` see the plugins' components and that owner's, look-ups
    without see everybody's.
    """

    def __init__(self, loader: Loader, *, on_change: Listener | None = None) -> None:
        self._loader = loader
        self._shelves: dict[str, _Shelf] = {}
        self._loaded: set[str] = set()
        self._on_change = on_change
        self.on_withdraw: list[Callable[[Component], object]] = []
        loader.listeners.append(self._plugin_changed)

    def get(self, kind: str, ref: str, *, owner: str | None = None) -> Component:
        """Look a component up.

        Raises `ComponentNotFoundError` (`ToolNotFoundError` for tools) with the nearest names, `NameClashError` when
        two plugins claim the name, `ComponentUnavailableError` when the plugin that was named is not there.
        """
        found = [record for record in self._shelf(kind).names.get(ref, ()) if _visible(record, owner)]
        if len(found) == 1:
            return found[0].component
        if found:
            raise clash(kind, ref, [record.component for record in found])
        raise self._missing(kind, ref, owner)

    def list(self, kind: str, *, owner: str | None = None) -> Components:
        """Give the components of a kind in load order, those of run time last."""
        return [record.component for record in self._shelf(kind).records.values() if _visible(record, owner)]

    def find(
        self,
        kind: str,
        *,
        capability: str | None = None,
        category: str | None = None,
        text: str | None = None,
        version: str | None = None,
        owner: str | None = None,
    ) -> Components:
        """Give the components that fit all that is given.

        `capability` is one that the component has or provides; `text` occurs in its name, an alias or its summary in
        any case; `version` is the lowest that will do.
        """
        wanted = text.casefold() if text else ""
        least = _version(version) if version else ()
        return [
            component
            for component in self.list(kind, owner=owner)
            if (capability is None or capability in component.capabilities | component.provides)
            and (category is None or component.category == category)
            and (not wanted or any(wanted in word.casefold() for word in _words(component)))
            and (not least or _version(component.version) >= least)
        ]

    def resolve(self, component: Component) -> object:
        """Import a component's target, once.

        Raises `ComponentUnavailableError` with the cause and the owner when that fails.
        """
        record = self._shelf(component.kind).records.get(id(component)) or _Record(component)
        if record.error is not None:
            raise record.error
        if record.target is _UNKNOWN:
            try:
                record.target = _import(component.target)
            except (Exception, SystemExit) as error:
                record.error = unavailable(component, error)
                raise record.error from error
        record.uses += 1
        return record.target

    def reject(self, component: Component, error: LlmspellError) -> None:
        """Leave out the plugin of a component that claims what is not its own; it is reported as failed."""
        self._loader.reject(component.plugin, error)

    def sources(self) -> Sequence[str]:
        """Give the module or file of every plugin, loaded or not."""
        return [one.source for one in self._loader.reports() if one.source]

    def owner(self, component: Component) -> str | None:
        """Give who registered a component at run time; None for one that a plugin provides, or nobody has."""
        record = self._shelf(component.kind).records.get(id(component))
        return None if record is None else record.owner

    def register(self, component: Component, target: object, *, owner: str) -> None:
        """Add a component at run time, until `release(owner)` or `unregister`.

        Raises `NameClashError` for a name that this owner already uses.
        """
        component.plugin = component.plugin or SCRIPT
        shelf = self._shelf(component.kind)
        for name in (component.name, *component.aliases):
            taken = [record for record in shelf.names.get(name, ()) if record.owner == owner]
            if taken:
                message = f"{component.kind} {name!r} is already registered by {provider(taken[0].component)}"
                raise NameClashError(message, suggestions=["choose another name", f"unregister {name!r} first"])
        shelf.add(_Record(component, owner, target))
        self._tell("component_registered", component, owner)

    def unregister(self, kind: str, name: str, *, owner: str) -> bool:
        """Withdraw a component that was registered at run time and tell whether it was there."""
        shelf = self._shelf(kind)
        found = [record for record in shelf.names.get(name, ()) if record.owner == owner]
        for record in found:
            self._withdraw(shelf, record)
            self._tell("component_unregistered", record.component, owner)
        return bool(found)

    def release(self, owner: str) -> None:
        """Withdraw all that an owner registered, as at the end of its run."""
        for shelf in self._shelves.values():
            for record in [record for record in shelf.records.values() if record.owner == owner]:
                self._withdraw(shelf, record)
                self._tell("component_unregistered", record.component, owner)

    def health(self, kind: str | None = None) -> Sequence[ComponentHealth]:
        """Tell how the components of the kinds asked for so far are; loads nothing unless a kind is named."""
        shelves = self._shelves.values() if kind is None else [self._shelf(kind)]
        return [_health(record) for shelf in shelves for record in shelf.records.values()]

    def _shelf(self, kind: str) -> _Shelf:
        shelf = self._shelves.setdefault(kind, _Shelf())
        if kind not in self._loaded:
            components = self._loader.collect(f"{kind}s")
            self._loaded.add(kind)
            for component in components:
                shelf.add(_Record(component))
        return shelf

    def _missing(self, kind: str, ref: str, owner: str | None) -> LlmspellError:
        absent = self._loader.unavailable(f"{kind}s")
        plugin, colon, _ = ref.rpartition(":")
        for report in absent if colon else ():
            if report.name == plugin:
                return absent_plugin(kind, ref, report)
        names = self._shelf(kind).names
        visible = [name for name, records in names.items() if any(_visible(record, owner) for record in records)]
        return not_found(kind, ref, visible, absent)

    def _plugin_changed(self, event: str, data: Mapping[str, object]) -> None:
        """Withdraw what a plugin provided when a later step of its loading failed."""
        if event == "plugin_failed":
            for shelf in self._shelves.values():
                for record in [
                    r for r in shelf.records.values() if r.owner is None and r.component.plugin == data["plugin"]
                ]:
                    self._withdraw(shelf, record)

    def _withdraw(self, shelf: _Shelf, record: _Record) -> None:
        shelf.remove(record)
        for told in self.on_withdraw:
            told(record.component)

    def _tell(self, event: str, component: Component, owner: str) -> None:
        if self._on_change is not None:
            data = {"kind": component.kind, "name": component.name, "plugin": component.plugin, "owner": owner}
            self._on_change(event, data)


def _visible(record: _Record, owner: str | None) -> bool:
    return owner is None or record.owner is None or record.owner == owner


def _spellings(component: Component) -> Iterable[str]:
    names = (component.name, *component.aliases)
    return (*names, *(f"{component.plugin}:{name}" for name in names))


def _words(component: Component) -> Iterable[str]:
    return (component.name, component.summary, *component.aliases)


def _version(text: str) -> tuple[int, ...]:
    """Read the leading numbers of a version: `1.2.0rc1` is (1, 2, 0)."""
    numbers = []
    for part in text.split("."):
        digits = part[: next((i for i, c in enumerate(part) if not c.isdigit()), len(part))]
        if not digits:
            break
        numbers.append(int(digits))
    return tuple(numbers)


def _import(target: str) -> object:
    module, _, attribute = target.partition(":")
    return getattr(importlib.import_module(module), attribute)


def _health(record: _Record) -> ComponentHealth:
    state: ComponentState = (
        "failed" if record.error is not None else "known" if record.target is _UNKNOWN else "resolved"
    )
    return ComponentHealth(record.component.kind, record.component.qualified, state, record.uses, record.error)
