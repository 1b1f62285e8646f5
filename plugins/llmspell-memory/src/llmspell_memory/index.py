"""Indices: which of many vectors are near one.

Nearness is the cosine of the angle, from -1 to 1. `ExactIndex` compares with every vector; `ApproximateIndex` walks the
graph of usearch (HNSW, Malkov and Yashunin 2016), sees a small share of them, and may miss a near one.
"""

from __future__ import annotations

from importlib.util import find_spec
from math import isfinite
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

GROWTH = 2
FIRST_ROOM = 64
EXPANSION = 128
"""How many candidates a search keeps in view: the recall bought with time."""


class Index(Protocol):
    """Hold unit vectors under keys."""

    name: str

    def __len__(self) -> int: ...

    def put(self, key: str, vector: Vectors) -> None:
        """Hold a vector, in the place of the one under this key."""
        ...

    def remove(self, key: str) -> None:
        """Give up the vector under a key that is there."""
        ...

    def search(self, vector: Vectors, count: int) -> list[tuple[str, float]]:
        """Give the keys of the nearest vectors with their nearness, the nearest first; of equal ones by key."""
        ...


def unit(vector: Iterable[float]) -> Vectors:
    """Give a vector of length 1; one of zeros stays, and is near nothing, one that is not finite stays, too."""
    made = np.fromiter(vector, dtype=np.float32)
    length = float(np.linalg.norm(made))
    return made / np.float32(length) if length and isfinite(length) else made


def has_usearch() -> bool:
    """Tell whether an approximate index can be made."""
    return find_spec("usearch") is not None


class ExactIndex:
    """Compare with every vector."""

    name = "numpy"

    def __init__(self, size: int) -> None:
        self._rows: Vectors = np.zeros((FIRST_ROOM, size), dtype=np.float32)
        self._keys: list[str] = []
        self._places: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def put(self, key: str, vector: Vectors) -> None:
        """Hold a vector."""
        place = self._places.get(key)
        if place is None:
            place = self._places[key] = len(self._keys)
            self._keys.append(key)
            if place == len(self._rows):
                more = np.zeros((place * (GROWTH - 1), self._rows.shape[1]), dtype=np.float32)
                self._rows = np.concatenate([self._rows, more])
        self._rows[place] = vector

    def remove(self, key: str) -> None:
        """Give up a vector; the last one takes its place."""
        place, last = self._places.pop(key), self._keys.pop()
        if last != key:
            self._keys[place] = last
            self._places[last] = place
            self._rows[place] = self._rows[len(self._keys)]

    def search(self, vector: Vectors, count: int) -> list[tuple[str, float]]:
        """Compare with all."""
        held = len(self._keys)
        if not held or count < 1:
            return []
        scores = self._rows[:held] @ vector
        if count < held:  # all that are as near as the last one wanted, so that keys decide among equal ones
            least = np.partition(scores, held - count)[held - count]
            near = np.flatnonzero(scores >= least)
        else:
            near = np.arange(held)
        return _ordered(((self._keys[place], float(scores[place])) for place in near), count)


class ApproximateIndex:
    """Ask usearch."""

    name = "usearch"

    def __init__(self, size: int) -> None:
        from usearch.index import Index as Graph  # noqa: PLC0415 - an extra, and paid by large memories

        self._graph: Any = Graph(ndim=size, metric="cos", dtype="f32", expansion_search=EXPANSION)
        self._keys: dict[int, str] = {}
        self._labels: dict[str, int] = {}
        self._next = 0

    def __len__(self) -> int:
        return len(self._labels)

    def put_all(self, pairs: Sequence[tuple[str, Vectors]]) -> None:
        """Hold vectors under keys that are not there yet, on all processors."""
        labels = range(self._next, self._next + len(pairs))
        self._graph.add(np.array(labels, dtype=np.uint64), np.stack([vector for _, vector in pairs]))
        self._keys |= dict(zip(labels, (key for key, _ in pairs), strict=True))
        self._labels |= dict(zip((key for key, _ in pairs), labels, strict=True))
        self._next += len(pairs)

    def put(self, key: str, vector: Vectors) -> None:
        """Hold a vector; one in its place is given up first."""
        if key in self._labels:
            self.remove(key)
        label, self._next = self._next, self._next + 1
        self._graph.add(label, vector)
        self._keys[label] = key
        self._labels[key] = label

    def remove(self, key: str) -> None:
        """Give up a vector."""
        label = self._labels.pop(key)
        del self._keys[label]
        self._graph.remove(label)

    def search(self, vector: Vectors, count: int) -> list[tuple[str, float]]:
        """Ask the graph; its distance is one minus the cosine."""
        if not self._labels or count < 1:
            return []
        found = self._graph.search(vector, min(count, len(self._labels)))
        pairs = zip(found.keys, found.distances, strict=True)
        return _ordered(((self._keys[int(label)], 1.0 - float(far)) for label, far in pairs), count)


def make_index(size: int, pairs: Sequence[tuple[str, Vectors]], exact_up_to: int) -> Index:
    """Make the index for so many vectors of a size: exact, and approximate above a number where usearch is there.

    The keys differ. A graph takes its time: a tenth to half a millisecond for each vector.
    """
    if len(pairs) > exact_up_to and has_usearch():
        graph = ApproximateIndex(size)
        graph.put_all(pairs)
        return graph
    made = ExactIndex(size)
    for key, vector in pairs:
        made.put(key, vector)
    return made


def _ordered(found: Iterable[tuple[str, float]], count: int) -> list[tuple[str, float]]:
    return sorted(found, key=lambda one: (-one[1], one[0]))[:count]
