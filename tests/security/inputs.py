"""Inputs that a tool's schema does not expect, made from the schema: the same ones each time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SEED = 20_260_101
ODD: Sequence[Any] = (
    None, True, -1, 0, 1 << 63, -(1 << 80), 0.5, -0.0, 1e308, float("nan"), float("inf"), "", " ", "\0", "\ud800",
    "é" * 300, "../../etc/passwd", "/dev/zero", "-rf", "$(id)", "${HOME}", "%s%n", "{{x}}", "{{#each", "(a+)+$",
    "[" * 200, "x" * 70_000,
    "9" * 5_000, "1e999", "2026-02-30", "99999-01-01T00:00:00Z", "data:;base64,", b"bytes", [], [[]], {}, {"": None},
    ["x"] * 2_000, {"$ref": "#"}, {"type": "object"},
    datetime(2026, 1, 1, tzinfo=UTC), {1, 2}, (1, "two"), {1: 2}, ValueError, range(3), 1j,
)  # fmt: skip
"""Values of the wrong type, at the end of a range, that somebody's parser has stumbled over, or that
Python alone has."""


def _odd() -> st.SearchStrategy[Any]:
    deep: Any = "end"
    for _ in range(120):
        deep = [deep]
    scalars = st.one_of(st.sampled_from(list(ODD)), st.integers(), st.floats(), st.text(max_size=40), st.just(deep))
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=6,
    )


def _fitting(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Give values near what a part of a schema describes: most are right, so that faults beside them are reached."""
    if "enum" in schema:
        return st.sampled_from(list(schema["enum"]))
    if "const" in schema:
        return st.just(schema["const"])
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return st.one_of(*[_fitting(one) for one in schema[word]])
    kind = schema.get("type")
    kinds = {
        "string": st.text(max_size=60) | st.sampled_from(["a.txt", "notes", "2026-01-01", "abc", "."]),
        "integer": st.integers(-5, 1000),
        "number": st.floats(-1e6, 1e6),
        "boolean": st.booleans(),
        "null": st.none(),
    }
    if kind == "array":
        return st.lists(_fitting(schema.get("items", {})), max_size=4)
    if kind == "object" or "properties" in schema:
        known = {name: _fitting(one) for name, one in schema.get("properties", {}).items()}
        return st.fixed_dictionaries({}, optional=known)
    return kinds.get(str(kind), _odd())


def arguments(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Give arguments with faults: wrong values, missing ones, unknown ones, and now and then no fault at all."""
    properties: Mapping[str, Mapping[str, Any]] = schema.get("properties", {})
    needed = set(schema.get("required", ()))
    right = {name: _fitting(one) for name, one in properties.items()}
    near = st.fixed_dictionaries(
        {name: one for name, one in right.items() if name in needed},
        optional={name: one for name, one in right.items() if name not in needed},
    )
    names = st.sampled_from(sorted(properties)) if properties else st.just("x")
    wrong = st.builds(lambda whole, name, odd: {**whole, name: odd}, near, names, _odd())
    more = st.builds(
        lambda whole, name, odd: {**whole, name: odd}, near, st.text(max_size=20) | st.just("__class__"), _odd()
    )
    less = st.builds(lambda whole, name: {key: one for key, one in whole.items() if key != name}, near, names)
    worst = st.dictionaries(names, _odd(), max_size=5)
    return st.one_of(near, wrong, wrong, more, less, worst)


def examples(schema: Mapping[str, Any], count: int) -> list[Any]:
    """Give `count` arguments, the same ones each time."""
    found: list[Any] = []

    @seed(SEED)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(arguments(schema))
    def collect(one: Any) -> None:
        found.append(one)

    collect()
    return found
