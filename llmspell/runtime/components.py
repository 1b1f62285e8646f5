"""Instances of components: made and opened on first use, closed in reverse by the application or their run."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING

from llmspell.errors import ComponentUnavailableError, LlmspellError, ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AsyncExitStack

    from llmspell.runtime.app import App
    from llmspell.runtime.run import Run
    from llmspell.spec import Component


class Components:
    """Keep one open instance of each component that was asked for without options.

    The application closes them. What belongs to a run (a component registered for it, an instance with its options) is
    closed when the run ends and not kept beyond it.
    """

    def __init__(self, app: App, stack: AsyncExitStack) -> None:
        self._app = app
        self._stack = stack
        self._open: dict[int, tuple[Component, object]] = {}
        self._locks: dict[int, asyncio.Lock] = {}
        app.catalog.on_withdraw.append(self._forget)

    def _forget(self, component: Component) -> None:
        self._open.pop(id(component), None)
        self._locks.pop(id(component), None)

    async def instance(
        self, component: Component, options: Mapping[str, object] | None = None, *, run: Run | None = None
    ) -> object:
        """Give an open instance; with options a new one, built from them, for `run` if that is given.

        Raises `ComponentUnavailableError` when the target cannot be imported or opened, `ValidationError` for
        options it does not have.
        """
        known = self._open.get(id(component))
        if known is not None and not options:
            return known[1]
        target = self._app.catalog.resolve(component)
        if not inspect.isclass(target):
            if options:
                message = f"{component.kind} {component.name!r} takes no options"
                raise ValidationError(message)
            return target
        if options:
            return await self._make(component, target, options, run)
        lock = self._locks.setdefault(id(component), asyncio.Lock())
        async with lock:
            known = self._open.get(id(component))
            return await self._first(component, target, run) if known is None else known[1]

    async def _first(self, component: Component, target: type, run: Run | None) -> object:
        owner = self._app.catalog.owner(component)
        instance = await self._make(component, target, None, run if run is not None and run.id == owner else None)
        if self._app.catalog.owner(component) == owner:  # it was not withdrawn meanwhile
            self._open[id(component)] = (component, instance)
        return instance

    async def _make(
        self, component: Component, target: type, options: Mapping[str, object] | None, run: Run | None
    ) -> object:
        instance = self._construct(component, target, options)
        opener = getattr(instance, "open", None)
        if opener is not None:
            await self._opened(component, opener)
        closer = getattr(instance, "aclose", None)
        if closer is not None:
            (self._stack.push_async_callback if run is None else run.on_end)(closer)
        return instance

    @staticmethod
    def _construct(component: Component, target: type, options: Mapping[str, object] | None) -> object:
        kind = getattr(target, "Options", None)
        if kind is None:
            if options:
                message = f"{component.kind} {component.name!r} takes no options, got {', '.join(sorted(options))}"
                raise ValidationError(message)
            return _called(component, target)
        if not options:
            return _called(component, target)
        from llmspell.model.schema import convert_options  # noqa: PLC0415 - only tools with options need it

        return _called(component, target, convert_options(kind, options, who=f"{component.kind} {component.name!r}"))

    async def _opened(self, component: Component, opener: object) -> None:
        ctx = self._app.process_context(component)
        try:
            await opener(ctx)  # type: ignore[operator]
        except LlmspellError:
            raise
        except Exception as error:
            message = (
                f"{component.kind} {component.name!r} of {component.dist or component.plugin} did not open: {error}"
            )
            raise ComponentUnavailableError(message) from error


def _called(component: Component, target: type, *arguments: object) -> object:
    """Construct an instance; what a stranger's constructor raises says whose it is."""
    try:
        return target(*arguments)
    except LlmspellError:
        raise
    except Exception as error:
        who = component.dist or component.plugin
        message = f"{component.kind} {component.name!r} of {who} cannot be made: {type(error).__name__}: {error}"
        raise ComponentUnavailableError(message, context={"kind": component.kind, "name": component.name}) from error
