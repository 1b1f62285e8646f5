"""Plans: the hooks of one operation, ordered once and run many times."""

from __future__ import annotations

import heapq
import itertools
from typing import TYPE_CHECKING

from llmspell.errors import HookDependencyError
from llmspell.kernel.bands import LAYER_OF, LAYERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from llmspell.kernel.hooks import Registration


class Layer:
    """The hooks of one layer by shape: before and around outermost first, after and error innermost first."""

    __slots__ = ("after", "around", "before", "error")

    def __init__(self, hooks: Iterable[Registration]) -> None:
        by_shape: dict[str, list[Registration]] = {"before": [], "around": [], "after": [], "error": []}
        for hook in hooks:
            by_shape[hook.point.shape].append(hook)
        self.before = tuple(ordered(by_shape["before"]))
        self.around = tuple(ordered(by_shape["around"]))
        self.after = tuple(reversed(ordered(by_shape["after"])))
        self.error = tuple(reversed(ordered(by_shape["error"])))


class Plan:
    """The layers of one operation; `layers` keeps None for an empty layer, so that the journal's place is fixed."""

    __slots__ = ("inner", "layers", "outer", "plain")

    def __init__(self, layers: tuple[Layer | None, ...]) -> None:
        self.layers = layers
        self.outer = layers[0]
        self.inner = tuple(layer for layer in layers[1:] if layer is not None)
        alone = self.inner[0] if self.outer is None and len(self.inner) == 1 else None
        self.plain = alone if alone is not None and not alone.around and not alone.error else None


def compile_plan(hooks: Sequence[Registration]) -> Plan:
    """Order hooks into layers.

    Raises `HookDependencyError` when `after` relations contradict bands, scopes or each other.
    """
    split: list[list[Registration]] = [[] for _ in LAYERS]
    for hook in hooks:
        split[LAYER_OF[hook.options.band]].append(hook)
    return Plan(tuple(Layer(layer) if layer else None for layer in split))


def ordered(hooks: Sequence[Registration]) -> list[Registration]:
    """Sort by band, scope depth, priority and load order, then honour `after` by the smallest change.

    Kahn's algorithm over a heap.
    """
    ranked = sorted(hooks, key=lambda hook: hook.key())
    if not any(hook.options.after for hook in ranked):
        return ranked
    place = {hook.name: i for i, hook in enumerate(ranked)}
    waiting = {i: {place[name] for name in hook.options.after if name in place} for i, hook in enumerate(ranked)}
    ready = [i for i, needs in waiting.items() if not needs]
    heapq.heapify(ready)
    result: list[Registration] = []
    while ready:
        i = heapq.heappop(ready)
        result.append(ranked[i])
        for j, needs in waiting.items():
            if i in needs:
                needs.discard(i)
                if not needs:
                    heapq.heappush(ready, j)
    if len(result) < len(ranked):
        stuck = ", ".join(repr(hook.name) for hook in ranked if hook not in result)
        message = f"hooks wait for each other in a circle: {stuck}"
        raise HookDependencyError(message)
    for earlier, later in itertools.pairwise(result):
        if later.key()[:2] < earlier.key()[:2]:
            message = f"{later!r} cannot run after {earlier!r}: its band or scope is further out"
            raise HookDependencyError(message)
    return result
