from __future__ import annotations

import datetime as dt
import enum
import gc
import subprocess
import sys
import weakref
from collections.abc import Mapping  # noqa: TC003 - read at run time by the schema
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NotRequired, Optional, TypedDict

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmspell.errors import SchemaError, ValidationError
from llmspell.model.doc import Doc
from llmspell.model.schema import ArgumentSchema, Fault, convert_options, schema_of


@attrs.frozen(kw_only=True)
class Step:
    pattern: str
    max_count: Annotated[int, Doc("How often.", minimum=1)] = 1
    steps: list[Step] = attrs.field(factory=list)


@attrs.frozen(kw_only=True)
class Args:
    text: Annotated[str, Doc("What to work on.", min_length=1, max_length=5, examples=("abc",))]
    mode: Literal["fast", "slow"] = "fast"
    level: Annotated[int | None, Doc("How deep.", minimum=0)] = None
    steps: list[str | Step] = attrs.field(factory=list)
    weights: dict[str, float] = attrs.field(factory=dict)
    pair: tuple[int, str] | None = None
    data: bytes = b""
    at: dt.datetime | None = None
    anything: Any = None


class Worker:
    async def run(self, args: Args, ctx: Nowhere) -> Nothing:  # type: ignore[name-defined]  # noqa: F821 - known to a checker only
        return args


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Box:
    width: int
    tags: list[str] = field(default_factory=list)


class Place(TypedDict):
    name: str
    zip: NotRequired[int]


def paths(schema: ArgumentSchema, arguments: dict[str, Any]) -> list[str]:
    return [fault.path for fault in schema.validate(arguments)]


def test_schema_of_class_describes_every_field() -> None:
    properties = schema_of(Worker).json_schema["properties"]
    assert schema_of(Worker).json_schema["required"] == ["text"]
    assert schema_of(Worker).json_schema["additionalProperties"] is False
    assert properties["text"] == {
        "type": "string",
        "description": "What to work on.",
        "minLength": 1,
        "maxLength": 5,
        "examples": ["abc"],
    }
    assert properties["mode"] == {"type": "string", "enum": ["fast", "slow"], "default": "fast"}
    assert properties["level"] == {"type": ["integer", "null"], "description": "How deep.", "minimum": 0}
    assert properties["steps"]["items"] == {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/Step"}]}
    assert properties["weights"] == {"type": "object", "additionalProperties": {"type": "number"}, "default": {}}
    assert properties["pair"]["prefixItems"] == [{"type": "integer"}, {"type": "string"}]
    assert properties["data"]["contentEncoding"] == "base64"
    assert properties["at"]["format"] == "date-time"
    assert properties["anything"] == {}


def test_schema_of_is_cached_by_identity_and_does_not_keep_the_target_alive() -> None:
    def temporary(a: int) -> int:
        return a

    assert schema_of(Worker) is schema_of(Worker()) is schema_of(Worker)
    assert schema_of(temporary) is schema_of(temporary)
    gone = weakref.ref(temporary)
    del temporary
    gc.collect()
    assert gone() is None


def test_schema_of_function_converts_to_keyword_arguments() -> None:
    async def add(step: Step, amount: float = 2, *, colour: Colour = Colour.RED, loose=None, ctx=None):
        return step, amount, colour, loose, ctx

    schema = schema_of(add)
    assert schema.wants_ctx
    assert schema.json_schema["required"] == ["step"]
    assert schema.json_schema["properties"]["colour"] == {"type": "string", "enum": ["red", "blue"], "default": "red"}
    assert schema.convert({"step": {"pattern": "x"}, "colour": "blue"}) == {
        "step": Step(pattern="x"),
        "colour": Colour.BLUE,
    }
    assert not schema_of(lambda a: a).wants_ctx


def test_schema_of_dataclass_and_typed_dict_arguments() -> None:
    def ship(box: Box, place: Place) -> None: ...

    schema = schema_of(ship)
    assert schema.validate({"box": {"width": 1}, "place": {"name": "x"}}) == []
    assert schema.convert({"box": {"width": 1, "tags": ["a"]}, "place": {"name": "x"}}) == {
        "box": Box(1, ["a"]),
        "place": {"name": "x"},
    }
    assert paths(schema, {"box": {}, "place": {"zip": "1"}}) == ["box.width", "place.zip", "place.name"]


def test_class_with_open_arguments_takes_any_object() -> None:
    class Loose:
        async def run(self, args: Mapping[str, Any], ctx: object) -> None: ...

    assert schema_of(Loose).validate({"whatever": 1}) == []
    assert schema_of(Loose).convert({"whatever": 1}) == {"whatever": 1}


def test_validate_reports_every_fault_with_its_path_and_the_nearest_name() -> None:
    arguments = {
        "mode": "fest",
        "level": -1,
        "steps": ["a", {"patern": "x", "max_count": 0}, 5],
        "weights": {"a": "heavy"},
        "data": "!!",
        "at": "yesterday",
        "txt": "x",
    }
    faults = dict(schema_of(Worker).validate(arguments))
    assert faults == {
        "text": "is missing and must be given",
        "mode": 'must be one of "fast", "slow", not "fest"; did you mean \'fast\'?',
        "level": "must be at least 0, not -1",
        "steps[1].max_count": "must be at least 1, not 0",
        "steps[1].pattern": "is missing and must be given",
        "steps[1].patern": "there is no argument 'patern'; did you mean 'pattern'?",
        "steps[2]": "must be a text or an object, not 5",
        "weights.a": 'must be a number, not "heavy"',
        "data": 'must be bytes in base64, not "!!"',
        "at": 'must be a date and time such as 2025-01-20T15:30:00Z, not "yesterday"',
        "txt": "there is no argument 'txt'; did you mean 'text'?",
    }


def test_unknown_argument_without_a_near_name_lists_what_is_known() -> None:
    def add(a: int, b: int = 0) -> int:
        return a + b

    assert schema_of(add).validate({"a": 1, "zzz": 1}) == [Fault("zzz", "there is no argument 'zzz'; known are a, b")]


def test_python_values_are_checked_in_their_json_form() -> None:
    now = dt.datetime(2025, 1, 20, tzinfo=dt.UTC)
    schema = schema_of(Worker)
    arguments = {"text": "a", "data": b"\xff", "at": now, "pair": (1, "x")}
    assert schema.validate(arguments) == []
    assert schema.convert(arguments) == Args(text="a", data=b"\xff", at=now, pair=(1, "x"))
    assert schema.validate({"text": object()})[0].message.startswith("the arguments are not JSON data")


def test_whole_float_is_taken_for_an_integer() -> None:
    assert schema_of(Worker).convert({"text": "a", "level": 5.0}).level == 5


def test_convert_reports_what_an_attrs_validator_refuses() -> None:
    @attrs.frozen(kw_only=True)
    class Even:
        value: int = attrs.field(validator=attrs.validators.in_((2, 4)))

    schema = ArgumentSchema({"type": "object"}, builds=Even, who="even")
    with pytest.raises(ValidationError, match="wrong arguments for even") as caught:
        schema.convert({"value": 3})
    assert caught.value.context["faults"]


def test_normalise_keys_maps_both_spellings_at_every_depth() -> None:
    schema = schema_of(Worker)
    given_ = {
        "text": "a",
        "steps": [{"pattern": "x", "maxCount": 2, "steps": [{"pattern": "y", "maxCount": 3}]}],
        "weights": {"aB": 1},
    }
    assert schema.normalise_keys(given_) == {
        "text": "a",
        "steps": [{"pattern": "x", "max_count": 2, "steps": [{"pattern": "y", "max_count": 3}]}],
        "weights": {"aB": 1},
    }
    assert given_["steps"][0]["maxCount"] == 2  # type: ignore[index]


def test_normalise_keys_leaves_a_key_given_twice_for_validation() -> None:
    def one(max_count: int) -> int:
        return max_count

    schema = schema_of(one)
    assert schema.normalise_keys({"max_count": 1, "maxCount": 2}) == {"max_count": 1, "maxCount": 2}
    assert paths(schema, {"max_count": 1, "maxCount": 2}) == ["maxCount"]


def test_normalise_keys_accepts_snake_case_for_a_declared_camel_case_name() -> None:
    schema = ArgumentSchema.from_json_schema({"type": "object", "properties": {"maxCount": {"type": "integer"}}})
    assert schema.normalise_keys({"max_count": 1}) == {"maxCount": 1}


def test_normalise_keys_gives_the_empty_lua_table_its_type() -> None:
    schema = schema_of(Worker)
    assert schema.normalise_keys({"steps": {}, "weights": {}, "anything": {}}) == {
        "steps": [],
        "weights": {},
        "anything": {},
    }


def test_from_json_schema_keeps_arguments_and_the_authors_openness() -> None:
    schema = ArgumentSchema.from_json_schema(
        {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
    )
    arguments = {"a": 1, "more": True}
    assert schema.validate(arguments) == []
    assert schema.convert(arguments) is arguments
    assert schema.validate({"a": "x"}) == [Fault("a", 'must be a whole number, not "x"')]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "objet"},
        {"type": "string"},
        {"$ref": "http://127.0.0.1:1/remote.json"},
        {"$ref": "file:///etc/hostname"},
        {"properties": {"a": {"$ref": "#/nowhere"}}},
        {"properties": {"a": {"pattern": "(?=x)y"}}},
        {"properties": {"a": {"maxLength": -1}}},
        [],
    ],
)
def test_from_json_schema_refuses_a_wrong_schema(schema: Any) -> None:
    with pytest.raises(SchemaError) as caught:
        ArgumentSchema.from_json_schema(schema)
    assert caught.value.code == 2010
    assert caught.value.suggestions


def test_pattern_is_matched_in_linear_time() -> None:
    schema = ArgumentSchema.from_json_schema({"properties": {"a": {"type": "string", "pattern": "^(a+)+$"}}})
    assert paths(schema, {"a": "a" * 50_000 + "!"}) == ["a"]


@pytest.mark.parametrize(
    "hint",
    [str | dt.datetime, dict[int, str], complex, list[str] | tuple[int, ...], type, Step | dict[str, int]],
    ids=str,
)
def test_types_that_json_cannot_carry_are_refused(hint: Any) -> None:
    def odd(value) -> None: ...

    odd.__annotations__["value"] = hint
    with pytest.raises(SchemaError, match="value"):
        schema_of(odd)


def test_targets_that_are_no_tool_are_refused() -> None:
    class NoRun: ...

    @attrs.frozen
    class Doubling:
        value: int = attrs.field(converter=int)

    class Converting:
        async def run(self, args, ctx) -> None: ...

    Converting.run.__annotations__["args"] = Doubling

    def hidden(value: Unknown) -> None: ...  # type: ignore[name-defined]  # noqa: F821

    def many(*values: int) -> None: ...

    for target, words in ((NoRun, "is no tool"), (Converting, "converter"), (hidden, "Unknown"), (many, "by name")):
        with pytest.raises(SchemaError, match=words):
            schema_of(target)


def test_convert_options_checks_and_builds() -> None:
    assert convert_options(Step, {"pattern": "x", "maxCount": 2}, who="tool 'x'") == Step(pattern="x", max_count=2)
    with pytest.raises(ValidationError, match="there is no argument 'nope'"):
        convert_options(Step, {"pattern": "x", "nope": 2}, who="tool 'x'")


def test_importing_the_module_loads_no_converter() -> None:
    heavy = "('attrs', 'msgspec', 'jsonschema_rs', 'inspect')"
    code = f"import sys, llmspell.model.schema; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# -- generated types: their own values are accepted and come back unchanged, others are refused

_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    int: st.integers(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    str: _TEXT,
    bool: st.booleans(),
    Literal["a", "b"]: st.sampled_from(["a", "b"]),
}
_WRONG: dict[Any, Any] = {int: "x", float: "x", str: 1, bool: "x", Literal["a", "b"]: "c"}


@st.composite
def _typed(draw: st.DrawFn, depth: int = 2) -> tuple[Any, st.SearchStrategy[Any], Any]:
    """A type, a strategy of its values as JSON data, and a value that does not belong to it."""
    shape = draw(st.sampled_from(["scalar", "optional", "list", "dict", "class"] if depth else ["scalar"]))
    if shape == "scalar":
        kind = draw(st.sampled_from(list(_SCALARS)))
        return kind, _SCALARS[kind], _WRONG[kind]
    kind, values, wrong = draw(_typed(depth - 1))
    if shape == "optional":
        return Optional[kind], st.none() | values, wrong  # noqa: UP045 - a strategy's type is a variable
    if shape == "list":
        return list.__class_getitem__(kind), st.lists(values, max_size=3), [wrong]
    if shape == "dict":
        return (
            dict.__class_getitem__((str, kind)),
            st.dictionaries(_TEXT, values, max_size=3),
            {"k": wrong},
        )
    return _make(kind), st.fixed_dictionaries({"first": values}), {"first": wrong}


def _make(kind: Any) -> Any:
    return attrs.make_class("Made", {"first": attrs.field(type=kind)}, frozen=True, kw_only=True)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_generated_types_accept_their_values_and_refuse_others(data: st.DataObject) -> None:
    kind, values, wrong = data.draw(_typed())
    schema = convert_schema(_make(kind))
    value = {"first": data.draw(values)}
    assert schema.validate(value) == []
    converted = schema.convert(value)
    assert attrs.asdict(converted) == value
    faults = schema.validate({"first": wrong})
    assert faults
    assert faults[0].path.startswith("first")
    assert paths(schema, {**value, "second": 1}) == ["second"]
    assert paths(schema, {}) == ["first"]


def convert_schema(kind: Any) -> ArgumentSchema:
    async def run(self: object, args: Any, ctx: object) -> None: ...

    run.__annotations__["args"] = kind
    return schema_of(type("Generated", (), {"run": run}))
