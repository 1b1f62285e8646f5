"""Arguments of tools: their JSON Schema, their check and their conversion, derived once per tool.

A value is first checked against the JSON Schema (jsonschema-rs: every fault, patterns in linear time, no remote
references), then built by msgspec. The draft is 2020-12; derived schemas carry no `$schema`: some providers reject it.
"""

from __future__ import annotations

import collections.abc
import weakref
from typing import TYPE_CHECKING, Any

from llmspell.errors import SchemaError, ValidationError
from llmspell.model.schema_faults import Fault, faults_of
from llmspell.model.schema_keys import KeyNormaliser
from llmspell.model.schema_types import NO_DEFAULT, Deriver, Field, fields_of, jsonable, resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["ArgumentSchema", "Fault", "convert_options", "schema_of"]

CONTEXT = "ctx"
_known: weakref.WeakKeyDictionary[Any, ArgumentSchema] = weakref.WeakKeyDictionary()


class ArgumentSchema:
    """Describe, check and convert the arguments of one tool.

    json_schema   the schema as JSON data; shared, so do not change it
    wants_ctx     whether the tool takes the context
    """

    __slots__ = ("_builds", "_keys", "_noun", "_validator", "_who", "json_schema", "wants_ctx")

    def __init__(
        self,
        json_schema: dict[str, Any],
        *,
        builds: object = None,
        wants_ctx: bool = True,
        who: str = "the tool",
        noun: str = "argument",
    ) -> None:
        self.json_schema = json_schema
        self.wants_ctx = wants_ctx
        self._builds = builds
        self._who = who
        self._noun = noun
        self._keys: KeyNormaliser | None = None
        self._validator: Any = None

    @classmethod
    def from_json_schema(
        cls, schema: Mapping[str, Any], *, who: str = "the tool", noun: str = "argument"
    ) -> ArgumentSchema:
        """Take a schema that an author wrote; arguments stay as they are. Raises `SchemaError` when it is wrong."""
        if not isinstance(schema, dict) or schema.get("type", "object") != "object":
            message = f"the schema of {who} must be an object whose type is 'object': arguments are named"
            raise SchemaError(message, suggestions=["write {type = 'object', properties = {...}}"])
        made = cls(schema, who=who, noun=noun)
        made._compile()
        return made

    def validate(self, arguments: Mapping[str, Any]) -> list[Fault]:
        """List everything that is wrong with arguments; an empty list means that `convert` will take them."""
        validator = self._validator or self._compile()
        try:
            if validator.is_valid(arguments):
                return []
            return faults_of(validator.iter_errors(arguments), self.json_schema, self._noun)
        except (ValueError, RecursionError):
            return self._validate_plain(arguments)

    def convert(self, arguments: Mapping[str, Any]) -> Any:
        """Build what the tool takes: its arguments class, or a dict of keyword arguments; `validate` comes first.

        Raises `ValidationError` for what only the class itself can tell (an attrs validator refuses a combination).
        """
        if self._builds is None:
            return arguments
        import msgspec  # noqa: PLC0415 - a spell without tools does not pay for it

        try:
            return msgspec.convert(arguments, self._builds)
        except msgspec.ValidationError:
            pass
        try:  # a whole number may arrive as 5.0, which JSON Schema counts as an integer
            return msgspec.convert(arguments, self._builds, strict=False)
        except msgspec.ValidationError as error:
            raise invalid(self._who, [_conversion_fault(str(error))]) from error

    def normalise_keys(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Rename keys to the declared spelling (`escapeHtml` -> `escape_html`) at every depth.

        An empty table becomes an empty list where the schema wants a list.
        """
        if self._keys is None:
            self._keys = KeyNormaliser.of(self.json_schema)
        changed = self._keys.apply(dict(arguments))
        return changed if isinstance(changed, dict) else {}

    def _compile(self) -> Any:
        import jsonschema_rs  # noqa: PLC0415 - a spell without tools does not pay for it

        try:
            self._validator = jsonschema_rs.validator_for(
                self.json_schema,
                formats={"byte": _is_base64},
                validate_formats=True,
                pattern_options=jsonschema_rs.RegexOptions(),
                offline=True,
            )
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            message = f"the schema of {self._who} is wrong: {getattr(error, 'message', error)}"
            advice = "write JSON Schema 2020-12; patterns have no look-around or back-references, a $ref stays inside"
            raise SchemaError(message, suggestions=[advice]) from error
        return self._validator

    def _validate_plain(self, arguments: Mapping[str, Any]) -> list[Fault]:
        """Check arguments that hold Python values (bytes, dates, tuples) in the form they have as JSON."""
        import msgspec  # noqa: PLC0415 - see convert

        try:
            plain = msgspec.to_builtins(arguments)
            return faults_of(self._validator.iter_errors(plain), self.json_schema, self._noun)
        except (TypeError, ValueError, RecursionError) as error:
            return [Fault("", f"the {self._noun}s are not JSON data: {error}")]


def schema_of(target: object) -> ArgumentSchema:
    """Derive the schema of a tool: a class (or object) with `run(self, args, ctx)`, or a function.

    Cached by the target's identity. Raises `SchemaError` when it is neither, or a type has no JSON Schema.
    """
    function = getattr(target, "__func__", target)
    owner = function if isinstance(function, type) or _is_function(function) else type(target)
    found = _known.get(owner)
    if found is None:
        found = _known[owner] = _of_class(owner) if isinstance(owner, type) else _of_function(owner)
    return found


def convert_options(kind: type, options: Mapping[str, Any], *, who: str) -> Any:
    """Build an attrs class from options, for `CalculatorTool.new{...}`. Raises `ValidationError` with all faults."""
    schema = _known.get(kind)
    if schema is None:
        schema = _known[kind] = _of_fields(kind, f"the options of {who}")
    options = schema.normalise_keys(options)
    faults = schema.validate(options)
    if faults:
        raise invalid(f"the options of {who}", faults)
    return schema.convert(options)


def invalid(who: str, faults: list[Fault]) -> ValidationError:
    """Make the error that carries all faults."""
    listed = "; ".join(f"{fault.path}: {fault.message}" if fault.path else fault.message for fault in faults)
    return ValidationError(
        f"wrong arguments for {who}: {listed}", context={"faults": [fault._asdict() for fault in faults]}
    )


def _of_class(kind: type) -> ArgumentSchema:
    run = getattr(kind, "run", None)
    names = [p.name for p in _parameters(run)] if callable(run) else []
    if len(names) != 3 or names[2] != CONTEXT:  # noqa: PLR2004 - self, args, ctx
        message = f"{kind.__qualname__} is no tool: it needs `async def run(self, args, ctx)`"
        raise SchemaError(
            message,
            suggestions=["make `args` an attrs class whose fields are the arguments, or write a plain typed function"],
        )
    hint = _hints(run, kind.__qualname__, [names[1]]).get(names[1], dict)
    if hint in {Any, object} or getattr(hint, "__origin__", hint) in {dict, collections.abc.Mapping}:
        return ArgumentSchema({"type": "object"}, who=kind.__qualname__)
    return _of_fields(hint, kind.__qualname__)


def _of_fields(hint: Any, who: str) -> ArgumentSchema:
    deriver = Deriver(who)
    schema = deriver.arguments(fields_of(hint, who))
    return ArgumentSchema(_with_definitions(schema, deriver), builds=hint, who=who)


def _of_function(function: Any) -> ArgumentSchema:
    who = function.__qualname__
    parameters = [p for p in _parameters(function) if p.name != "self"]
    wants_ctx = any(p.name == CONTEXT for p in parameters)
    parameters = [p for p in parameters if p.name != CONTEXT]
    for parameter in parameters:
        if parameter.kind in {parameter.POSITIONAL_ONLY, parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}:
            message = f"parameter {parameter.name!r} of {who} cannot be given by name, as the arguments of a tool are"
            raise SchemaError(message, suggestions=["use plain named parameters"])
    hints = _hints(function, who, [p.name for p in parameters])
    fields = [
        Field(p.name, hints.get(p.name, Any), NO_DEFAULT if p.default is p.empty else jsonable(p.default))
        for p in parameters
    ]
    deriver = Deriver(who)
    schema = _with_definitions(deriver.arguments(fields), deriver)
    return ArgumentSchema(schema, builds=_keywords(fields), wants_ctx=wants_ctx, who=who)


def _keywords(fields: list[Field]) -> Any:
    """Make the TypedDict into which msgspec converts keyword arguments."""
    from typing import NotRequired, TypedDict  # noqa: PLC0415 - functional form, wanted here only

    types = {f.name: f.hint if f.default is NO_DEFAULT else NotRequired[f.hint] for f in fields}
    return TypedDict("Keywords", types)  # type: ignore[operator]  # the names are known at run time only


def _with_definitions(schema: dict[str, Any], deriver: Deriver) -> dict[str, Any]:
    return {**schema, "$defs": deriver.definitions} if deriver.definitions else schema


def _hints(function: Any, who: str, names: list[str]) -> dict[str, Any]:
    """Evaluate the annotations of some parameters; that of `ctx` and of the result may be unknown at run time."""
    import inspect  # noqa: PLC0415 - loaded by attrs, but not by a spell without tools

    plain = inspect.unwrap(function)
    annotations = getattr(plain, "__annotations__", {})

    class _Wanted:
        __annotations__ = {name: annotations[name] for name in names if name in annotations}
        __module__ = plain.__module__

    return resolve(_Wanted, who)


def _parameters(function: Callable[..., object]) -> list[Any]:
    import inspect  # noqa: PLC0415 - see _hints

    return list(inspect.signature(function).parameters.values())


def _is_function(target: object) -> bool:
    return callable(target) and hasattr(target, "__code__")


def _is_base64(text: str) -> bool:
    import base64  # noqa: PLC0415 - only tools that take bytes

    try:
        base64.b64decode(text, validate=True)
    except ValueError:
        return False
    return True


def _conversion_fault(text: str) -> Fault:
    """Read the path out of msgspec's message, `Expected int - at $.a[...]`."""
    message, _, where = text.partition(" - at `")
    return Fault(where.rstrip("`").removeprefix("$").removeprefix("."), message)
