"""Hook sets: hooks that a configuration switches on, part by part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from llmspell.spec.descriptor import Component
from llmspell.spec.markers import HookOptions, hookspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from contextlib import AbstractAsyncContextManager

    from llmspell.model.price import Tariff
    from llmspell.spec.context import Context
    from llmspell.spec.files import FileSystem
    from llmspell.spec.http import Http
    from llmspell.spec.process import Processes


class Hook(NamedTuple):
    """One hook of a set: its point without `llmspell_`, an `async` function of that point's arguments, its place."""

    point: str
    function: Callable[..., object]
    options: HookOptions


class HookSet(Protocol):
    """Keep what the hooks of one application share; the class is made without arguments, once an application.

    A part is on when its section `<path>.<part>` is set, or when an agent has an option of that part. While none is,
    the set is not even imported.
    """

    def hooks(self, part: str, section: Any) -> Iterable[Hook]:
        """Give the hooks of one part; asked once, when the part is first on.

        `section` is an instance of the section's class; None when only agents have asked for the part, which then does
        nothing for the others.
        """
        ...

    def check(self, option: str, value: object, bare: str) -> object:
        """Check what an agent gives for an option, and give it as JSON data for `call.metadata["settings"]`.

        `bare` is the unit of a duration that is a plain number: `s` or `ms`; what is given back is in seconds and may
        be checked again. Raises `ValidationError` with every fault.
        """
        ...

    def statistics(self) -> Mapping[str, object]:
        """Count what the parts that are on have done, as JSON data by part."""
        ...


class Witness(Protocol):
    """See what is used as well: a hook set that says `witness=True` in its descriptor. An application has one at most.

    `events` are patterns of the events that it sees.
    """

    events: Iterable[str]

    def saw(self, kind: str, about: Mapping[str, object], run: str = "") -> None:
        """See a right that is about to be used, one that is missing, a secret that is about to be sent, or an event.

        `kind` is `right_used` or `right_denied` (`about` has `right`, `target` and `who`), `secret_used` (`name` and
        `host`), else the name of the event, whose data `about` is. What this raises ends the use; of an event it only
        counts as a failure. Files are used in worker threads, so any thread may call.
        """
        ...


class KnowsPrices(Protocol):
    """Know what models cost: a hook set that names the part which puts the cost into answers in `prices`."""

    def tariff(self, provider: str, model: str) -> Tariff | None:
        """Give what a model costs, None when nobody knows."""
        ...


class Meters(Protocol):
    """Bound what components do through their ports: a hook set that names its parts which do so in `ports`.

    `tool` is the name of the component when it is a tool, else empty. Each is asked once for each call that uses the
    port, and gives the port itself where nothing is bounded.
    """

    def http(self, ctx: Context, tool: str, port: Http) -> Http:
        """Give HTTP with bounds."""
        ...

    def files(self, ctx: Context, tool: str, port: FileSystem) -> FileSystem:
        """Give files with bounds."""
        ...

    def processes(self, ctx: Context, tool: str, port: Processes) -> Processes:
        """Give programs with bounds."""
        ...

    def isolating(self, ctx: Context, tool: str) -> AbstractAsyncContextManager[None]:
        """Give a block in which isolated work runs; entering it may wait, or raise."""
        ...

    def isolated_limits(self, tool: str) -> tuple[int | None, float | None]:
        """Give bytes of memory and seconds of processor time of isolated work and programs, None for llmspell's own."""
        ...


def hook_set(
    name: str,
    target: str,
    summary: str,
    *,
    path: str,
    options: Mapping[str, str] | None = None,
    prices: str | None = None,
    section: str | None = None,
    witness: bool = False,
    ports: Iterable[str] = (),
    native_for: str | None = None,
    **more: Any,
) -> Component:
    """Describe a hook set.

    `path` is the section whose sections are the parts (`resilience` for `[resilience.budget]`); where that section is
    declared itself, it is the part `""`. `options` names the options of agents it understands, and the part of each.
    `prices` names the part that puts the cost into answers of a set that is a `KnowsPrices`; a limit of money switches
    it on. `section` is the one that `ctx.config` gives. `witness` says that it is a `Witness`. `ports` names the parts
    of a set that is a `Meters`. Whoever declares a set declares the sections, too. A driver (`native={...}`) says in
    `native_for` what for.
    """
    extra: dict[str, object] = {"path": path, "options": dict(options or {}), "prices": prices, "witness": witness}
    extra["ports"] = tuple(ports)
    extra |= {name: value for name, value in (("section", section), ("native_for", native_for)) if value is not None}
    return Component("hook_set", name, target, summary, category="hooks", extra=extra, **more)


@hookspec
def llmspell_hook_sets() -> list[Component]:
    """Return the hook sets of this plugin, made with `hook_set()`.

    Called once, when a configuration has sections of plugins or an agent has options of hooks.
    """
    return []
