"""Hook tables: who listens to which point, scope by scope.

A table has no storage until its first registration and keeps no reference to its children, so an agent's table costs
one small object and goes away with the agent. `plan(operation)` answers from a cache; registering in a table without
children clears only that table's cache.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING

from llmspell.errors import HookDependencyError, HookError, HookPriorityError
from llmspell.kernel.bands import BAND_INDEX, BAND_SCOPES, USER
from llmspell.kernel.plan import Plan, compile_plan
from llmspell.kernel.points import Point, point
from llmspell.spec.markers import OPTIONS_ATTRIBUTE, HookOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_PRIORITY = 1000
CHAIN_TIMEOUT = 30.0
HookFunction = Callable[..., object]


class Registration:
    """One hook in one table, with its statistics: calls, failures, and seconds spent."""

    __slots__ = (
        "adapted", "argnames", "calls", "depth", "failures", "function", "index", "name", "options", "owner", "point",
        "root", "seconds", "when",
    )  # fmt: skip

    def __init__(
        self,
        point: Point,
        function: HookFunction,
        options: HookOptions,
        *,
        name: str,
        owner: str,
        depth: int,
        root: Root,
    ) -> None:
        self.point = point
        self.root = root
        self.function = function
        self.options = options
        self.name = name
        self.owner = owner
        self.depth = depth
        self.index = root.index
        self.argnames = _accepted(point, function)
        self.adapted = _adapted(point.shape, self.argnames, function)
        self.when = options.when
        self.calls = 0
        self.failures = 0
        self.seconds = 0.0

    def key(self) -> tuple[int, int, int, int]:
        """Give the sort key: band, then scope depth, then priority (higher first), then load order."""
        return (BAND_INDEX[self.options.band], self.depth, -self.options.priority, self.index)

    def __repr__(self) -> str:
        return f"<hook {self.name} of {self.owner} at {self.point.name}>"


def _accepted(point: Point, function: HookFunction) -> tuple[str, ...]:
    """Find which of a point's arguments a function takes; raise `HookError` for one it cannot be given."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return point.arguments
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return point.arguments
    names = [p.name for p in parameters if p.kind is not p.VAR_POSITIONAL]
    unknown = [
        p.name
        for p in parameters
        if p.name not in point.arguments and p.default is p.empty and p.kind is not p.VAR_POSITIONAL
    ]
    if unknown:
        message = f"a hook at {point.name} is given ({', '.join(point.arguments)}), not {', '.join(unknown)}"
        raise HookError(message, suggestions=[f"take any of {', '.join(point.arguments)}"])
    if point.shape == "around" and "proceed" not in names:
        message = f"a hook at {point.name} must take `proceed`, or nothing inside it ever runs"
        raise HookError(message)
    return tuple(name for name in names if name in point.arguments)


def _adapted(shape: str, argnames: tuple[str, ...], function: HookFunction) -> HookFunction:
    """Give a function of `(call, about, ctx)` that hands on what the hook takes.

    `about` is proceed, result or error by shape.
    """
    about = {"around": "proceed", "after": "result", "error": "error"}.get(shape, "")
    if argnames == ("call", about, "ctx") and _takes_in_order(function):
        return function
    wanted = frozenset(argnames)
    if not wanted:
        return lambda call, value, ctx: function()  # noqa: ARG005 - one signature for all
    if wanted == {"call"}:
        return lambda call, value, ctx: function(call=call)  # noqa: ARG005
    if wanted == {"call", "ctx"}:
        return lambda call, value, ctx: function(call=call, ctx=ctx)  # noqa: ARG005

    def adapted(call: object, value: object, ctx: object) -> object:
        given = {"call": call, about: value, "ctx": ctx}
        return function(**{name: given[name] for name in argnames})

    return adapted


def _takes_in_order(function: HookFunction) -> bool:
    """Tell whether a function takes all its arguments without their names."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return False
    return all(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters)


class Root:
    """What all tables of one process share.

    index     a load counter
    epoch     grows when a table with children changes
    heard     operations for which some table has, or once had, a hook
    quiet     operations found to have no listener of any kind, by whoever looks; emptied by every registration
    timeout   seconds that all `before`, `after` or error hooks of one layer may wait together
    """

    __slots__ = ("epoch", "heard", "index", "quiet", "timeout")

    def __init__(self) -> None:
        self.epoch = 0
        self.heard: set[str] = set()
        self.index = 0
        self.quiet: set[str] = set()
        self.timeout = CHAIN_TIMEOUT


class HookTable:
    """Hold the hooks of one scope and compile them, with those of the scopes around it, into plans."""

    __slots__ = ("_cache", "_has_children", "_own", "_seen", "depth", "kind", "parent", "root")

    def __init__(self, parent: HookTable | None = None, *, kind: str = "process") -> None:
        self.parent = parent
        self.kind = kind
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.root: Root = Root() if parent is None else parent.root
        self._own: list[Registration] | None = None
        self._cache: dict[str, Plan | None] | None = None
        self._seen = -1
        self._has_children = False
        if parent is not None:
            parent._has_children = True  # noqa: SLF001 - same class

    def register(
        self,
        name: str,
        function: HookFunction,
        options: HookOptions | None = None,
        *,
        label: str | None = None,
        owner: str = "python",
    ) -> Registration:
        """Add a hook at point `name`.

        Raises `HookNotFoundError`, `HookPriorityError`, `HookDependencyError`, or `HookError` when the function does
        not fit the point or the scope may not name the band.
        """
        at = point(name)
        options = options or getattr(function, OPTIONS_ATTRIBUTE, None) or HookOptions()
        self._check(at, options)
        self.root.index += 1
        label = label or options.name or f"{owner}:{getattr(function, '__qualname__', type(function).__qualname__)}"
        registration = Registration(at, function, options, name=label, owner=owner, depth=self.depth, root=self.root)
        self._check_relations(registration)
        if self._own is None:
            self._own = []
        self._own.append(registration)
        try:
            compile_plan([r for r in self.chain() if r.point.operation == at.operation])
        except HookDependencyError:
            self._own.remove(registration)
            raise
        self.root.heard.add(at.operation)
        self.root.quiet.clear()
        self._changed()
        return registration

    def remove(self, registration: Registration) -> bool:
        """Take a hook away and tell whether it was there."""
        if self._own is None or registration not in self._own:
            return False
        self._own.remove(registration)
        self._own = self._own or None
        self._changed()
        return True

    def plan(self, operation: str) -> Plan | None:
        """Give the compiled plan of an operation, or None when nobody listens."""
        if self._own is None:
            return None if self.parent is None else self.parent.plan(operation)
        cache = self._cache
        if cache is None or self._seen != self.root.epoch:
            cache = self._cache = {}
            self._seen = self.root.epoch
        try:
            return cache[operation]
        except KeyError:
            hooks = [r for r in self.chain() if r.point.operation == operation]
            plan = cache[operation] = compile_plan(hooks) if hooks else None
            return plan

    def chain(self) -> Iterator[Registration]:
        """Yield the hooks of all scopes, outermost scope first, each in load order."""
        if self.parent is not None:
            yield from self.parent.chain()
        if self._own is not None:
            yield from self._own

    def own(self) -> tuple[Registration, ...]:
        """Give the hooks of this scope alone."""
        return tuple(self._own or ())

    def statistics(self) -> list[dict[str, object]]:
        """Count calls, failures and seconds of each hook that this scope sees."""
        return [
            {
                "name": r.name, "point": r.point.name, "owner": r.owner, "band": r.options.band, "priority":
                r.options.priority, "calls": r.calls, "failures": r.failures, "seconds": r.seconds,
            }
            for r in self.chain()
        ]  # fmt: skip

    def _changed(self) -> None:
        self._cache = None
        if self._has_children:
            self.root.epoch += 1

    def _check(self, at: Point, options: HookOptions) -> None:
        if not 0 <= options.priority <= MAX_PRIORITY:
            message = f"priority {options.priority} of a hook at {at.name} is not within 0-{MAX_PRIORITY}"
            raise HookPriorityError(message)
        if options.band not in BAND_INDEX:
            message = f"there is no hook band {options.band!r}"
            raise HookError(message, suggestions=[f"use one of {', '.join(BAND_INDEX)}"])
        if options.band != USER and self.kind not in BAND_SCOPES:
            message = f"a hook of a {self.kind} is always in band 'user', not {options.band!r}"
            raise HookError(message, suggestions=["register it for the run or ship it as a plugin"])
        if at.shape == "lifecycle":
            message = f"{at.name} is an event: subscribe to it"
            raise HookError(message, suggestions=[f"use events.subscribe({at.name!r}, handler)"])
        if at.shape == "around" and options.timeout is not None:
            message = f"a hook at {at.name} contains the operation itself, so `timeout` cannot bound it"
            raise HookError(message, suggestions=["bound the operation with its own deadline"])

    def _check_relations(self, new: Registration) -> None:
        present = {r.name: r for r in self.chain() if r.point == new.point}
        for name in new.options.after:
            if name not in present:
                message = f"{new!r} wants to run after {name!r}, which is not registered there"
                raise HookDependencyError(
                    message, suggestions=[f"register {name!r} first", f"known: {', '.join(present) or 'none'}"]
                )
        for other in present.values():
            if other.name in new.options.conflicts or new.name in other.options.conflicts:
                message = f"{new!r} and {other!r} exclude each other"
                raise HookDependencyError(message, suggestions=["remove one of them"])
