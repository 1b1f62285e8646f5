"""From Python types to JSON Schema (draft 2020-12).

Only types that msgspec can also build from JSON are accepted: a schema never promises what the conversion cannot keep.
"""

from __future__ import annotations

import collections.abc
import types
import typing
from typing import TYPE_CHECKING, Annotated, Any, Literal, NotRequired, Required, Union, get_args, get_origin

from llmspell.errors import SchemaError
from llmspell.model.doc import Doc

if TYPE_CHECKING:
    from collections.abc import Iterable

Schema = dict[str, Any]

NO_DEFAULT: Any = object()
"""Marks a field that must be given."""

_PLAIN: dict[object, Schema] = {
    Any: {},
    object: {},
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    None: {"type": "null"},
    type(None): {"type": "null"},
    bytes: {"type": "string", "contentEncoding": "base64", "format": "byte"},
}
_BY_NAME: dict[str, Schema] = {
    "datetime.datetime": {"type": "string", "format": "date-time"},
    "datetime.date": {"type": "string", "format": "date"},
    "datetime.time": {"type": "string", "format": "time"},
    "datetime.timedelta": {"type": "string", "format": "duration"},
    "uuid.UUID": {"type": "string", "format": "uuid"},
}
_LISTS = frozenset(
    {list, set, frozenset, collections.abc.Sequence, collections.abc.Collection, collections.abc.Iterable}
)
_SETS = frozenset({set, frozenset, collections.abc.Set})
_MAPS = frozenset({dict, collections.abc.Mapping, collections.abc.MutableMapping})
_LIMITS = (
    ("minimum", "minimum", ("integer", "number")),
    ("maximum", "maximum", ("integer", "number")),
    ("pattern", "pattern", ("string",)),
    ("min_length", "minLength", ("string",)),
    ("max_length", "maxLength", ("string",)),
    ("min_length", "minItems", ("array",)),
    ("max_length", "maxItems", ("array",)),
    ("min_length", "minProperties", ("object",)),
    ("max_length", "maxProperties", ("object",)),
)


class Field(typing.NamedTuple):
    """One argument: name, type, and default: `NO_DEFAULT` when it must be given, None when it is not JSON data."""

    name: str
    hint: object
    default: object = NO_DEFAULT


class Deriver:
    """Derive one schema. `who` names the tool in errors; `definitions` collects the types that contain themselves."""

    def __init__(self, who: str) -> None:
        self.who = who
        self.definitions: dict[str, Schema] = {}
        self._under_way: list[type] = []
        self._recursive: dict[type, str] = {}

    def schema(self, hint: object, path: str) -> Schema:
        """Derive the schema of a type, `SchemaError` if JSON cannot carry it; `path` names the argument in errors."""
        plain = _PLAIN.get(hint)
        if plain is not None:
            return dict(plain)
        origin = get_origin(hint)
        if origin is Annotated:
            return self._annotated(hint, path)
        if origin is Literal:
            return self._enum(get_args(hint))
        if origin is Union or origin is types.UnionType:
            return self._union(get_args(hint), path)
        if origin in {Required, NotRequired}:
            return self.schema(get_args(hint)[0], path)
        return self._container(hint, origin or hint, get_args(hint), path)

    def arguments(self, fields: Iterable[Field], path: str = "") -> Schema:
        """Derive the schema of an object that has these fields and no others."""
        properties: Schema = {}
        required: list[str] = []
        for field in fields:
            one = self.schema(field.hint, f"{path}.{field.name}" if path else field.name)
            if field.default is NO_DEFAULT:
                required.append(field.name)
            elif field.default is not None:
                one["default"] = field.default
            properties[field.name] = one
        schema: Schema = {"type": "object", "properties": properties}
        if required:
            schema["required"] = required
        schema["additionalProperties"] = False
        return schema

    def _annotated(self, hint: object, path: str) -> Schema:
        first, *notes = get_args(hint)
        schema = self.schema(first, path)
        for note in notes:
            if isinstance(note, Doc):
                _describe(schema, note)
        return schema

    def _container(self, hint: object, kind: object, arguments: tuple[object, ...], path: str) -> Schema:
        if kind in _LISTS or kind in _SETS:
            schema: Schema = {"type": "array", "items": self.schema(arguments[0], f"{path}[]") if arguments else {}}
            return schema | {"uniqueItems": True} if kind in _SETS else schema
        if kind is tuple:
            return self._tuple(arguments, path)
        if kind in _MAPS:
            if arguments and arguments[0] not in {str, Any}:
                raise self._refuse(path, hint, "the keys of a JSON object are text: use `dict[str, ...]`")
            values = self.schema(arguments[1], f"{path}.*") if arguments else {}
            return {"type": "object", "additionalProperties": values} if values else {"type": "object"}
        if isinstance(kind, type):
            return self._class(kind, path)
        raise self._refuse(path, hint, "use a JSON type, a Literal, a list, a dict, an attrs class or a union of those")

    def _class(self, kind: type, path: str) -> Schema:
        known = _BY_NAME.get(f"{kind.__module__}.{kind.__qualname__}")
        if known is not None:
            return dict(known)
        import enum  # noqa: PLC0415 - rare

        if issubclass(kind, enum.Enum):
            return self._enum(tuple(member.value for member in kind))
        if kind in self._under_way and kind not in self._recursive:
            taken = self._recursive.values()
            self._recursive[kind] = kind.__name__ if kind.__name__ not in taken else f"{kind.__name__}{len(taken)}"
        if kind in self._recursive:
            return {"$ref": f"#/$defs/{self._recursive[kind]}"}
        self._under_way.append(kind)
        try:
            schema = self.arguments(fields_of(kind, self.who, path), path)
        finally:
            self._under_way.pop()
        if kind not in self._recursive:
            return schema
        self.definitions[self._recursive[kind]] = schema
        return {"$ref": f"#/$defs/{self._recursive[kind]}"}

    def _tuple(self, arguments: tuple[object, ...], path: str) -> Schema:
        if not arguments:
            return {"type": "array"}
        if len(arguments) == 2 and arguments[1] is Ellipsis:  # noqa: PLR2004 - `tuple[X, ...]`
            return {"type": "array", "items": self.schema(arguments[0], f"{path}[]")}
        items = [self.schema(one, f"{path}[{index}]") for index, one in enumerate(arguments)]
        return {"type": "array", "prefixItems": items, "items": False, "minItems": len(items), "maxItems": len(items)}

    @staticmethod
    def _enum(values: tuple[object, ...]) -> Schema:
        if all(isinstance(value, str) for value in values):
            return {"type": "string", "enum": list(values)}
        return {"enum": list(values)}

    def _union(self, members: tuple[object, ...], path: str) -> Schema:
        options = [self.schema(member, path) for member in members]
        self._refuse_ambiguous(options, members, path)
        nullable = [option for option in options if option != {"type": "null"}]
        if len(nullable) == 1 and len(options) > 1:
            return _or_null(nullable[0])
        if all(set(option) == {"type"} for option in options):
            return {"type": [option["type"] for option in options]}
        return {"anyOf": options}

    def _refuse_ambiguous(self, options: list[Schema], members: tuple[object, ...], path: str) -> None:
        """Refuse what msgspec cannot tell apart, when the tool is described rather than when it is first called."""
        for kind, word in (("object", "object"), ("array", "list"), ("string", "text")):
            same = [m for m, option in zip(members, options, strict=True) if _may_be(option, kind)]
            literal = kind == "string" and all(m is str or get_origin(m) is Literal for m in same)
            if len(same) > 1 and not literal:
                names = " | ".join(getattr(m, "__name__", str(m)) for m in same)
                raise self._refuse(
                    path,
                    names,
                    f"two kinds of {word} in one union cannot be told apart: use one class with a `kind` field",
                )

    def _refuse(self, path: str, hint: object, advice: str) -> SchemaError:
        name = getattr(hint, "__qualname__", None) or str(hint)
        message = f"argument {path!r} of {self.who} has the type {name}, which has no JSON Schema"
        return SchemaError(message, suggestions=[advice], context={"path": path})


def fields_of(kind: type, who: str, path: str = "") -> list[Field]:
    """List the fields of an attrs class, a dataclass or a TypedDict. Raises `SchemaError` for anything else."""
    if hasattr(kind, "__attrs_attrs__"):
        return _attrs_fields(kind, who)
    if hasattr(kind, "__dataclass_fields__"):
        return _dataclass_fields(kind, who)
    if typing.is_typeddict(kind):
        return [Field(name, hint, _given(kind, hint)) for name, hint in resolve(kind, who).items()]
    message = f"argument {path!r} of {who} has the type {kind.__qualname__}, which has no JSON Schema"
    raise SchemaError(
        message, suggestions=["use a JSON type, an attrs class, a dataclass or a TypedDict"], context={"path": path}
    )


def resolve(owner: object, who: str) -> dict[str, Any]:
    """Evaluate the annotations of a class or function. Raises `SchemaError` for a type unknown at run time."""
    try:
        return typing.get_type_hints(owner, include_extras=True)
    except NameError as error:
        message = f"the types of {who} cannot be read: {error}"
        advice = "import the type at run time, at module level, not below `if TYPE_CHECKING`"
        raise SchemaError(message, suggestions=[advice]) from error


def jsonable(value: object) -> object:
    """Give a default as JSON data, or None when it is none."""
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    import msgspec  # noqa: PLC0415 - most defaults are plain

    try:
        return msgspec.to_builtins(value)
    except TypeError:
        return None  # such a default works, it only cannot be shown


def _attrs_fields(kind: type, who: str) -> list[Field]:
    import attrs  # noqa: PLC0415 - whoever made the class has loaded it

    hints = resolve(kind, who)
    fields = []
    for one in attrs.fields(kind):
        if one.converter is not None or one.alias != one.name or not one.init:
            trait = (
                "a converter" if one.converter is not None else "an alias" if one.alias != one.name else "init=False"
            )
            message = f"field {one.name!r} of {kind.__qualname__} ({who}) has {trait}, which is not applied to calls"
            raise SchemaError(
                message, suggestions=["use a plain field; check it with a validator or in `__attrs_post_init__`"]
            )
        if isinstance(one.default, attrs.Factory):  # type: ignore[arg-type]  # a class at run time, a function to mypy
            default = None if one.default.takes_self else jsonable(one.default.factory())
        else:
            default = NO_DEFAULT if one.default is attrs.NOTHING else jsonable(one.default)
        fields.append(Field(one.name, hints.get(one.name, Any), default))
    return fields


def _given(kind: Any, hint: object) -> object:
    """Tell whether a key of a TypedDict must be given: `__required_keys__` is wrong when annotations are text."""
    marked = get_origin(hint)
    return NO_DEFAULT if marked is Required or (marked is not NotRequired and kind.__total__) else None


def _dataclass_fields(kind: type, who: str) -> list[Field]:
    import dataclasses  # noqa: PLC0415 - rare

    hints = resolve(kind, who)
    fields = []
    for one in dataclasses.fields(kind):
        default = NO_DEFAULT
        if one.default is not dataclasses.MISSING:
            default = jsonable(one.default)
        elif one.default_factory is not dataclasses.MISSING:
            default = jsonable(one.default_factory())
        fields.append(Field(one.name, hints[one.name], default))
    return fields


def _describe(schema: Schema, doc: Doc) -> None:
    kinds = {kind for one in (schema, *schema.get("anyOf", ())) for kind in _kinds(one)}
    if doc.text:
        schema["description"] = doc.text
    for attribute, keyword, applies in _LIMITS:
        limit = getattr(doc, attribute)
        if limit is not None and kinds.intersection(applies):
            schema[keyword] = limit
    if doc.examples:
        schema["examples"] = list(doc.examples)


def _kinds(schema: Schema) -> tuple[str, ...]:
    kind = schema.get("type", "object" if "$ref" in schema else ())
    return (kind,) if isinstance(kind, str) else tuple(kind)


def _may_be(schema: Schema, kind: str) -> bool:
    if "enum" in schema and "type" not in schema:
        return kind == "string" and any(isinstance(value, str) for value in schema["enum"])
    return kind in _kinds(schema)


def _or_null(schema: Schema) -> Schema:
    if "enum" in schema:
        return {**{k: v for k, v in schema.items() if k != "type"}, "enum": [*schema["enum"], None]}
    if isinstance(schema.get("type"), str):
        return {**schema, "type": [schema["type"], "null"]}
    if not schema:
        return {}
    return {"anyOf": [schema, {"type": "null"}]}
