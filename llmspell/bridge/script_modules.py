"""Namespaces that plugins bring: what engines are told of them, and their functions ready to be called."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, cast

from llmspell.bridge import shapes
from llmspell.bridge.api import NAMESPACES, names_string
from llmspell.errors import LlmspellError, NameClashError, PluginError
from llmspell.spec.script_modules import Stream, functions_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from llmspell.bridge.binder import Binder
    from llmspell.bridge.session import SpellSession
    from llmspell.kernel.catalog import Catalog
    from llmspell.runtime.context import CallContext
    from llmspell.spec import Component


def script_modules(catalog: Catalog) -> dict[str, Component]:
    """Give the namespaces that plugins bring, by name.

    A plugin that brings one of llmspell's own is left out, and so are all that bring the same one: each is reported,
    and spells go on without it.
    """
    claims: dict[str, list[Component]] = {}
    for one in catalog.list("script_module"):
        claims.setdefault(str(one.extra["namespace"]), []).append(one)
    found: dict[str, Component] = {}
    for name, components in claims.items():
        if name in NAMESPACES or len(components) > 1:
            for one in components:
                catalog.reject(one, _clash(name, one, components))
        else:
            found[name] = components[0]
    return {name: one for name, one in found.items() if one in catalog.list("script_module")}


def _clash(name: str, mine: Component, components: Iterable[Component]) -> NameClashError:
    others = [f"plugin {one.plugin}" for one in components if one is not mine]
    owner = "llmspell" if name in NAMESPACES else " and ".join(others)
    message = f"the namespace {name!r} of plugin {mine.plugin} is also brought by {owner}"
    return NameClashError(message, suggestions=[f"block one of them: -p no:{mine.plugin}"])


def all_names(catalog: Catalog) -> str:
    """Give every name of the API, those of plugins among them, in the line format of spec/wire.py."""
    brought = script_modules(catalog)
    if not brought:
        return names_string()
    absent = tuple(f"X {name} " for name in brought)
    lines = [line for line in names_string().splitlines() if not line.startswith(absent)]
    lines += [f"N {name} {' '.join(_functions(one))}" for name, one in brought.items()]
    return "\n".join(lines) + "\n"


def _functions(component: Component) -> tuple[str, ...]:
    return cast("tuple[str, ...]", component.extra["functions"])


class ModuleOperation:
    """One function of a namespace that a plugin brings; like `dispatch.Operation`, for calls."""

    __slots__ = ("_component", "_method", "binder", "plain")

    def __init__(self, component: Component, method: str, binder: Binder) -> None:
        self._component = component
        self._method = method
        self.binder = binder
        self.plain = False

    async def call(self, session: SpellSession, arguments: list[object], ctx: CallContext | None) -> object:
        """Call the function with the rights of the script, narrowed to those that the component declares.

        What it raises besides coded errors is a `PluginError` that names it.
        """
        bound = self.binder.bind(arguments, session.bare)
        component = self._component
        instance = await session.app.components.instance(component, run=session.run)
        inner = None if ctx is None else ctx.within(component, component.name)
        try:
            result = self.binder.call(getattr(instance, self._method), bound, inner)
            result = await result if inspect.isawaitable(result) else result
            return Stream(_parts(result.source)) if isinstance(result, Stream) else result
        except LlmspellError:
            raise
        except Exception as error:
            who = f"{self.binder.label} of plugin {component.plugin}"
            raise PluginError(f"{who} failed: {type(error).__name__}: {error}") from error


async def _parts(source: AsyncIterator[object]) -> AsyncIterator[object]:
    """Write what agents and models say in a stream of a plugin as all streams have it; other values pass."""
    try:
        async for one in source:
            yield shapes.part(one) if type(one).__module__.startswith("llmspell.model.") else one
    finally:
        closer = getattr(source, "aclose", None)
        if closer is not None:
            await closer()


def module_operation(catalog: Catalog, component: Component, name: str) -> ModuleOperation | None:
    """Make a function of a namespace ready, None when it has no such one.

    Raises `ComponentUnavailableError`, and `PluginError` for a class that has other functions than were announced.
    """
    from llmspell.bridge.binder import Binder  # noqa: PLC0415 - as in `dispatch`

    owner = cast("type", catalog.resolve(component))
    functions = functions_of(owner)
    known = {one: about for about in functions.values() for one in (about.name, *about.aliases)}
    if set(known) != set(_functions(component)):
        raise PluginError(
            f"the namespace {component.extra['namespace']} of plugin {component.plugin} has the functions "
            f"{_listed(known)}, and announces {_listed(_functions(component))}"
        )
    about = known.get(name)
    if about is None:
        return None
    label = f"{component.extra['namespace']}.{about.name}"
    return ModuleOperation(component, about.method, Binder(label, owner, getattr(owner, about.method)))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
