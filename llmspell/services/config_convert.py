"""Turn the raw values of one section into an instance of its class, naming every fault with its path."""

from __future__ import annotations

import math
import tomllib
from functools import cache
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

import attrs
from cattrs import Converter, transform_error
from cattrs.errors import ForbiddenExtraKeysError, IterableValidationError, IterableValidationNote

from llmspell.errors import ValidationError
from llmspell.model.doc import Doc
from llmspell.model.near import near_words
from llmspell.model.units import parse_duration, parse_size
from llmspell.services.config_sections import is_secret
from llmspell.services.config_sources import Text
from llmspell.services.config_types import type_name
from llmspell.spec.secrets import SecretRef

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.services.config_sources import Faults, Leaf

_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off"})


def convert(cls: type, values: Mapping[str, object], leaves: Mapping[str, Leaf], path: str, faults: Faults) -> Any:
    """Make an instance of an attrs class; faults are added to the list, and then the result is None.

    `values` are the expanded values of the section's own keys, `leaves` tell the unit of their durations.
    """
    before = len(faults)
    fields = {one.name: one for one in attrs.fields(attrs.resolve_types(cls, include_extras=True))}
    made: dict[str, object] = {}
    for key, value in values.items():
        where = f"{path}.{key}"
        if key not in fields:
            faults.append((where, unknown_key(key, fields)))
        else:
            milliseconds = leaves[key].milliseconds if key in leaves else False
            made[key] = _field(cls, fields[key], value, where, faults, milliseconds=milliseconds)
    for name, one in fields.items():
        if one.default is attrs.NOTHING and name not in values:
            faults.append((f"{path}.{name}", "is needed"))
    if len(faults) > before:
        return None
    try:
        return cls(**made)
    except (ValueError, TypeError, ValidationError) as error:
        faults.append((path, str(error)))
        return None


def unknown_key(key: str, known: Mapping[str, object] | list[str]) -> str:
    """Say that a key is unknown, with the nearest names."""
    near = near_words(key, known, n=2)
    return "is no key of this section" + (f"; did you mean {' or '.join(near)}?" if near else "")


def _field(
    cls: type, one: attrs.Attribute[Any], value: object, where: str, faults: Faults, *, milliseconds: bool
) -> object:
    rules: Mapping[str, type] = getattr(cls, "RULES", {})
    if one.name in rules and isinstance(value, dict):
        return _rules(rules[one.name], value, where, faults)
    try:
        if value is not None and one.name in getattr(cls, "MILLISECONDS", ()):
            value = parse_duration(value, bare="ms" if milliseconds else "s")  # type: ignore[arg-type]  # it checks
        elif value is not None and one.name in getattr(cls, "SIZES", ()):
            value = parse_size(value)  # type: ignore[arg-type]  # it checks
        made = converter().structure(value, one.type or object)
    except (ValidationError, TypeError) as error:
        faults.append((where, error.message if isinstance(error, ValidationError) else _wrong(one, cls, value)))
        return None
    except Exception as error:  # noqa: BLE001 - whatever a type's constructor raises is a fault of the value
        for line in transform_error(error, where, _sentence):
            text, _, place = line.rpartition(" @ ")
            faults.append((place, text))
        return None
    for sentence in _limits(one.type, made):
        faults.append((where, sentence))
    if one.validator is not None:
        try:
            one.validator(None, one, made)
        except (ValueError, TypeError) as error:
            faults.append((where, str(error)))
    return made


def _rules(kind: type, table: Mapping[str, object], where: str, faults: Faults) -> object:
    """Make an instance of each table within a table, by its name; plain numbers are seconds."""
    made = {}
    for name, rule in table.items():
        place = f"{where}[{name!r}]"
        if isinstance(rule, dict):
            made[name] = convert(kind, rule, {}, place, faults)
        else:
            faults.append((place, f"is {rule!r}, not a table"))
    return made


def _limits(kind: object, value: object) -> list[str]:
    told = []
    for doc in get_args(kind)[1:] if get_origin(kind) is Annotated else ():
        if isinstance(doc, Doc) and isinstance(value, (int, float)) and not isinstance(value, bool):
            if doc.minimum is not None and value < doc.minimum:
                told.append(f"is {value}, less than {doc.minimum:g}")
            if doc.maximum is not None and value > doc.maximum:
                told.append(f"is {value}, more than {doc.maximum:g}")
    return told


def _wrong(one: attrs.Attribute[Any], cls: type, value: object) -> str:
    if is_secret(one.name) or one.name in getattr(cls, "SECRETS", ()):
        return f"is not {type_name(one.type)}"
    return f"is {value!r}, not {type_name(one.type)}"


def _sentence(error: BaseException, kind: type | None) -> str:
    if isinstance(error, ForbiddenExtraKeysError):
        known = [one.name for one in attrs.fields(error.cl)]
        return "; ".join(f"{key} {unknown_key(key, known)}" for key in sorted(error.extra_fields))
    if isinstance(error, KeyError):
        return "is needed"
    if kind is None or isinstance(error, ValidationError):
        return str(error)
    return f"is not {type_name(kind)}"


@cache
def converter() -> Converter:
    """Give the one converter: strict types, but a text from outside becomes what is needed."""
    made = Converter(forbid_extra_keys=True)
    for kind, hook in ((bool, _bool), (int, _int), (float, _float), (str, _str), (Path, _path), (SecretRef, _secret)):
        made.register_structure_hook(kind, hook)
    made.register_structure_hook_factory(_is_sequence, _sequence)
    made.register_structure_hook_factory(_is_literal, _literal)
    made.register_structure_hook_factory(_is_optional_union, _union)
    return made


def _bool(value: object, _kind: object) -> bool:
    if isinstance(value, Text) and value.lower() in _TRUE | _FALSE:
        return value.lower() in _TRUE
    if not isinstance(value, bool):
        raise TypeError
    return value


def _int(value: object, _kind: object) -> int:
    if isinstance(value, Text):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError
    return value


def _float(value: object, _kind: object) -> float:
    number = float(value) if isinstance(value, Text) else value
    if isinstance(number, bool) or not isinstance(number, (int, float)) or not math.isfinite(number):
        raise TypeError
    return float(number)


def _str(value: object, _kind: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return str(value)


def _path(value: object, _kind: object) -> Path:
    return Path(_str(value, str)).expanduser()


def _secret(value: object, _kind: object) -> SecretRef:
    if not isinstance(value, SecretRef):
        raise TypeError
    return value


def _sequence(kind: Any) -> Any:
    item = get_args(kind)[0]
    make = get_origin(kind)

    def structure(value: object, _kind: object) -> object:
        if isinstance(value, Text):
            value = _list_of_text(value)
        if not isinstance(value, list):
            raise TypeError
        made, errors = [], []
        for index, one in enumerate(value):
            try:
                made.append(converter().structure(one, item))
            except Exception as error:  # noqa: BLE001 - whatever a type's constructor raises is a fault of the value
                error.add_note(IterableValidationNote("within a list", index, item))
                errors.append(error)
        if errors:
            raise IterableValidationError("within a list", errors, kind)
        return make(made)

    return structure


def _list_of_text(text: Text) -> list[object]:
    """Read `["a", "b"]` as TOML and `a, b` as words."""
    if text.lstrip().startswith("["):
        found = tomllib.loads(f"x = {text}")["x"]
        return found if isinstance(found, list) else [found]
    return [Text(word.strip()) for word in text.split(",") if word.strip()]


def _is_sequence(kind: Any) -> bool:
    return get_origin(kind) is tuple or get_origin(kind) is list


def _is_literal(kind: Any) -> bool:
    return get_origin(kind) is Literal


def _literal(kind: Any) -> Any:
    def structure(value: object, _kind: object) -> object:
        if value not in get_args(kind):
            raise TypeError
        return str(value) if isinstance(value, str) else value

    return structure


def _is_optional_union(kind: Any) -> bool:
    return get_origin(kind) in {Union, UnionType} and not any(attrs.has(one) for one in get_args(kind))


def _union(kind: Any) -> Any:
    """Take the first member that fits, so that `int | str` of a text from outside is a number when it can be."""
    members = [one for one in get_args(kind) if one is not type(None)]
    optional = len(members) < len(get_args(kind))

    def structure(value: object, _kind: object) -> object:
        if value is None and optional:
            return None
        for one in members[:-1]:
            try:
                return converter().structure(value, one)
            except (TypeError, ValueError):
                continue
        return converter().structure(value, members[-1])

    return structure
