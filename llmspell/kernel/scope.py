"""Scopes: process > run > session > agent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.kernel.hooks import HookTable

if TYPE_CHECKING:
    from llmspell.spec.context import Grants


class Scope:
    """Say for whom, with which rights and until when something happens. Immutable but for its lazy hook table."""

    __slots__ = ("_hooks", "deadline", "grants", "kind", "name", "parent", "principal", "run_id", "trace_id")

    def __init__(
        self,
        kind: str,
        name: str,
        grants: Grants,
        *,
        parent: Scope | None = None,
        hooks: HookTable | None = None,
        principal: str = "",
        run_id: str = "",
        trace_id: str = "",
        deadline: float | None = None,
    ) -> None:
        self.kind = kind
        self.name = name
        self.grants = grants
        self.parent = parent
        self.principal: str = principal or (parent.principal if parent else "local")
        self.run_id: str = run_id or (parent.run_id if parent else "")
        self.trace_id: str = trace_id or (parent.trace_id if parent else "")
        self.deadline: float | None = _earlier(deadline, parent.deadline if parent else None)
        self._hooks = hooks

    @property
    def hooks(self) -> HookTable:
        """Give this scope's own hook table, made when it is first asked for."""
        if self._hooks is None:
            self._hooks = HookTable(self.parent.hooks if self.parent else None, kind=self.kind)
        return self._hooks

    def table(self) -> HookTable:
        """Give the nearest table that exists, without making one: enough to read plans from."""
        scope: Scope | None = self
        while scope is not None:
            if scope._hooks is not None:  # noqa: SLF001 - same class
                return scope._hooks  # noqa: SLF001
            scope = scope.parent
        return self.hooks

    def child(
        self, kind: str, name: str, *, grants: Grants | None = None, deadline: float | None = None, run_id: str = ""
    ) -> Scope:
        """Make an inner scope: same principal, these grants or the same, at most this deadline (monotonic)."""
        return Scope(kind, name, grants or self.grants, parent=self, deadline=deadline, run_id=run_id)


def _earlier(a: float | None, b: float | None) -> float | None:
    if a is None or b is None:
        return b if a is None else a
    return min(a, b)
