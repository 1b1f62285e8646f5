"""Shapes of answers, drawn: what fits is taken as it is, with null for what is missing, and what does not is told."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from llmspell.model.output import VALUE, Shape
from llmspell.runtime.output.texts import found_in

SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "string": st.text(max_size=5),
    "integer": st.integers(-9, 9),
    "number": st.floats(-9, 9),
    "boolean": st.booleans(),
}
names = st.text("abcdefg", min_size=1, max_size=3)


@st.composite
def kinds(draw: st.DrawFn, depth: int = 2) -> tuple[Any, Any]:
    """Draw a kind in the short form, and a value that fits it."""
    which = draw(st.sampled_from(["scalar", "list", "object"] if depth else ["scalar"]))
    if which == "scalar":
        word = draw(st.sampled_from(sorted(SCALARS)))
        return word, draw(SCALARS[word])
    if which == "list":
        kind, _ = inner = draw(kinds(depth - 1))
        return [kind], draw(st.sampled_from([[], [inner[1]], [inner[1], inner[1]]]))
    fields = draw(st.dictionaries(names, kinds(depth - 1), min_size=1, max_size=3))
    kind, value = {}, {}
    for name, (one, fits) in fields.items():
        optional = isinstance(one, str) and draw(st.booleans())
        kind[name] = f"{one}?" if optional else one
        if not optional or draw(st.booleans()):
            value[name] = fits
    return kind, value


def wired(shape: Shape, value: Any) -> Any:
    return {VALUE: value} if shape.wrapped else value


@given(kinds())
def test_what_fits_is_taken_as_it_is(drawn: tuple[Any, Any]) -> None:
    kind, value = drawn
    shape = Shape.of(kind)
    judged = shape.judge(wired(shape, value))
    assert (judged.data, judged.built, judged.faults) == (value, value, ())
    assert json.loads(judged.text) == value
    assert shape.judge(value).data == value  # also where the wrapper was forgotten
    assert next(found_in(f"```json\n{json.dumps(wired(shape, value))}\n```")) == wired(shape, value)


@given(kinds(), st.data())
def test_what_does_not_fit_is_told_by_its_place(drawn: tuple[Any, Any], data: st.DataObject) -> None:
    kind, value = drawn
    shape = Shape.of(kind)
    places = list(_places(kind, value, ""))
    path, wrong = data.draw(st.sampled_from(places))
    faults = shape.judge(wired(shape, wrong)).faults
    expected = f"{VALUE}.{path}".rstrip(".").replace(".[", "[") if shape.wrapped else path
    assert [fault.path for fault in faults] == [expected]


def _places(kind: Any, value: Any, path: str) -> Any:
    """Yield every place of a value, with the value made wrong there: by something of no type that it may have."""
    yield path, None if kind in ("string", "integer", "number", "boolean") else 7 if not isinstance(kind, str) else {}
    if isinstance(value, list):
        for index, one in enumerate(value):
            for at, wrong in _places(kind[0], one, f"{path}[{index}]"):
                yield at, [*value[:index], wrong, *value[index + 1 :]]
    if isinstance(value, dict):
        for name, one in value.items():
            for at, wrong in _places(kind[name], one, f"{path}.{name}" if path else name):
                yield at, {**value, name: wrong}
        yield (f"{path}.zzz" if path else "zzz"), {**value, "zzz": 1}


@given(kinds())
def test_null_stands_for_what_is_missing_where_it_is_no_value(drawn: tuple[Any, Any]) -> None:
    kind, value = drawn
    schema = _without_null(Shape.of(kind).schema)
    shape = Shape(schema)
    assert shape.judge(wired(shape, _nulled(schema, value))).data == value


def _without_null(schema: Any) -> Any:
    """Write optional fields as a schema does that knows no null."""
    if isinstance(schema, dict):
        made = {key: _without_null(one) for key, one in schema.items()}
        if isinstance(made.get("type"), list):
            made["type"] = made["type"][0]
        return made
    return schema


def _nulled(schema: Any, value: Any) -> Any:
    if isinstance(value, list):
        return [_nulled(schema["items"], one) for one in value]
    if isinstance(value, dict):
        fields = schema["properties"]
        return {name: _nulled(fields[name], value[name]) if name in value else None for name in fields}
    return value
