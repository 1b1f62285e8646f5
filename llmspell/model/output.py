"""Structured output: what the answer of a run must be, and an answer looked at."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from attrs import frozen

from llmspell.errors import ValidationError
from llmspell.model.output_mend import filled, without_nulls
from llmspell.model.schema import ArgumentSchema
from llmspell.model.schema_faults import Fault
from llmspell.model.schema_short import read_schema, short
from llmspell.model.schema_types import Deriver
from llmspell.model.schema_walk import mapped

if TYPE_CHECKING:
    from llmspell.model.schema_walk import Schema

OutputMode = Literal["auto", "native", "tool", "prompted"]
MODES: tuple[OutputMode, ...] = ("auto", "native", "tool", "prompted")
VALUE = "value"
"""The field that holds an answer which is no object: what goes over the wire always is one."""

_WHO = "the output"
_LIFTED = ("$schema", "$id", "$defs", "definitions", "title", "description")
_UNTOLD = ("$schema", "$id", "$comment")
"""Keys that some services refuse."""


class Judged(NamedTuple):
    """An answer looked at: JSON data and what is built of it, or what is wrong with it."""

    data: object
    built: object
    faults: tuple[Fault, ...] = ()

    @property
    def text(self) -> str:
        """Give the data as JSON text."""
        return json.dumps(self.data, ensure_ascii=False)


@frozen(kw_only=True)
class Output:
    """Say what the answer of a run must be.

    `mode` is how a model is asked for it, `auto` by what its provider can; `retries` is how often it is told what did
    not fit and asked again.
    """

    shape: Shape
    mode: OutputMode = "auto"
    retries: int = 2


@frozen
class Partial:
    """What is valid of a structured answer so far, as JSON data; replaces what came before."""

    data: object


class Shape:
    """Describe, check and build one kind of answer.

    schema    the JSON Schema of the data
    wire      what models are told: `schema` itself, or an object with such a `value` where `schema` is of no object
    wrapped   whether it is the latter
    """

    __slots__ = ("_builder", "_checker", "schema", "wire", "wrapped")

    def __init__(self, schema: Mapping[str, Any], *, builds: object = None) -> None:
        self.schema = schema
        self.wrapped = not _of_object(schema)
        whole = _wrapped(schema) if self.wrapped else {**schema, "type": "object"}
        self._checker = ArgumentSchema.from_json_schema(whole, who=_WHO, noun="field")
        self._builder = None if builds is None else ArgumentSchema(dict(schema), builds=builds, who=_WHO, noun="field")
        self.wire: dict[str, Any] = {key: one for key, one in whole.items() if key not in _UNTOLD}

    @classmethod
    def of(cls, kind: object) -> Shape:
        """Read what somebody wants: a JSON Schema, its short form, or a Python type. Raises `SchemaError`."""
        if isinstance(kind, Shape):
            return kind
        if isinstance(kind, Mapping):
            return cls(read_schema(kind, _WHO))
        if isinstance(kind, str | list | tuple):
            return cls(short(kind, "", _WHO)[0])
        deriver = Deriver(_WHO)
        schema = deriver.schema(kind, VALUE)
        if deriver.definitions:
            schema = {**schema, "$defs": deriver.definitions}
        name = getattr(kind, "__name__", None)
        return cls({"title": name, **schema} if isinstance(kind, type) else schema, builds=kind)

    @property
    def name(self) -> str:
        """Give the title of the schema, else `answer`."""
        return str(self.schema.get("title") or "answer")

    def judge(self, answer: object) -> Judged:
        """Look at an answer that came over the wire; one that is not wrapped, as it should be, counts as if it were."""
        try:
            judged = self._judge(answer)
        except RecursionError:
            return Judged(None, None, (Fault("", "is nested too deeply"),))
        if judged.faults and self.wrapped and not (isinstance(answer, dict) and VALUE in answer):
            bare = self._judge({VALUE: answer})
            return judged if bare.faults else bare
        return judged

    def _judge(self, answer: object) -> Judged:
        root = self._checker.json_schema
        value = without_nulls(answer, root, root)
        if not is_whole(value):
            return Judged(None, None, (Fault("", "holds one half of a character: a surrogate without the other"),))
        if faults := self._checker.validate(value):  # type: ignore[arg-type]  # what is no object is a fault
            return Judged(None, None, tuple(faults))
        value = filled(value, root, root)
        data = value[VALUE] if self.wrapped else value  # type: ignore[index]  # it fits: an object with this field
        if self._builder is None:
            return Judged(data, data)
        try:
            return Judged(data, self._builder.convert(data))  # type: ignore[arg-type]  # whatever the type is
        except ValidationError as error:
            return Judged(None, None, tuple(self._told(error)))

    def _told(self, error: ValidationError) -> list[Fault]:
        """Give the faults that only the class itself could tell, under the paths that the model knows."""
        inside = f"{VALUE}." if self.wrapped else ""
        told = [Fault(**one) for one in error.context["faults"]]  # type: ignore[attr-defined]  # `invalid` wrote them
        return [fault._replace(path=(inside + fault.path).rstrip(".").replace(".[", "[")) for fault in told]


def output_of(kind: object, mode: str = "auto", retries: object = 2) -> Output:
    """Read what the answer of a run must be; `kind` as in `Shape.of`.

    Raises `SchemaError` and `ValidationError`.
    """
    if mode not in MODES:
        message = f"there is no output mode {mode!r}"
        raise ValidationError(message, suggestions=[f"choose one of {', '.join(MODES)}"])
    if isinstance(retries, bool) or not isinstance(retries, int) or retries < 0:
        message = f"output_retries is how often a model is asked again, not {retries!r}"
        raise ValidationError(message, suggestions=["give a whole number from 0 on"])
    return Output(shape=Shape.of(kind), mode=mode, retries=retries)


def is_whole(value: object) -> bool:
    """Tell whether JSON data can be written: an escape of JSON can name half a character, which no text may hold."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _of_object(schema: Schema) -> bool:
    """Tell whether every service takes a schema as the root: an object, and no choice between some."""
    plain = not {"anyOf", "oneOf", "allOf", "$ref", "enum", "const", "not", "if"}.intersection(schema)
    return plain and (schema.get("type") == "object" or ("type" not in schema and "properties" in schema))


def _wrapped(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Give the schema of an object with one field; what references lead to stays where they look for it."""
    outer = {key: schema[key] for key in _LIFTED if key in schema}
    inner = {key: one for key, one in schema.items() if key not in _LIFTED}
    moved = {"type": "object", "properties": {VALUE: inner}, "required": [VALUE], "additionalProperties": False}
    found: dict[str, Any] = mapped({**outer, **moved}, _moved)
    return found


def _moved(part: dict[str, Any]) -> dict[str, Any]:
    reference = part.get("$ref")
    if not isinstance(reference, str) or not reference.startswith("#"):
        return part
    if reference.startswith(("#/$defs/", "#/definitions/")):
        return part
    return {**part, "$ref": f"#/properties/{VALUE}{reference[1:].rstrip('/')}"}
