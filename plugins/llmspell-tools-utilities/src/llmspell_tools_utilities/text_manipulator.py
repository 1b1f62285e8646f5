"""The text manipulator: a text goes through operations in order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

from attrs import field, fields, frozen

from llmspell.errors import ValidationError
from llmspell.model.near import near_words
from llmspell.model.schema import convert_options
from llmspell.spec.tools import Doc, Example
from llmspell_tools_utilities.text_case import CASE
from llmspell_tools_utilities.text_lines import LINES
from llmspell_tools_utilities.text_operation import Operation, check_length
from llmspell_tools_utilities.text_patterns import PATTERNS
from llmspell_tools_utilities.text_shape import SHAPE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.spec.context import Context

OPERATIONS: Mapping[str, type[Operation]] = {**CASE, **SHAPE, **LINES, **PATTERNS}
ALIASES: Mapping[str, str] = {
    "to_lower_case": "lower",
    "lowercase": "lower",
    "to_lower": "lower",
    "to_upper_case": "upper",
    "uppercase": "upper",
    "to_upper": "upper",
    "title_case": "title",
    "camel_case": "camel",
    "pascal_case": "pascal",
    "snake_case": "snake",
    "kebab_case": "kebab",
    "strip": "trim",
    "lstrip": "trim_start",
    "trim_left": "trim_start",
    "rstrip": "trim_end",
    "trim_right": "trim_end",
    "pad_start": "pad_left",
    "pad_end": "pad_right",
    "substring": "slice",
    "replace_all": "replace",
    "match": "extract",
    "remove_accents": "strip_accents",
    "slug": "slugify",
    "sort_lines": "sort",
    "unique_lines": "unique",
    "dedupe": "unique",
    "normalise": "normalize",
}
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@frozen(kw_only=True)
class TextArgs:
    """What to do with which text."""

    text: Annotated[str, Doc("The text to work on.", max_length=10_000_000)]
    operations: Annotated[
        list[str | dict[str, Any]],
        Doc(
            'Operations in order, each a name or {name: options}; e.g. ["trim", {"replace": {"pattern": "a+", '
            '"replacement": "b", "flags": "gi"}}]. Names: ' + ", ".join(sorted(OPERATIONS)),
            min_length=1,
            max_length=200,
        ),
    ] = field()


class TextManipulator:
    """Run a text through operations.

    Result: `value` (what the last operation gave), `text` (the same as text; the items of a list one a line), `type`
    (text, list, number, boolean, null). A text operation on a list works on each item.
    """

    examples = (
        Example(
            "a chain",
            {
                "text": "  Hello, World!  ",
                "operations": [
                    "trim",
                    "toLowerCase",
                    {"replace": {"pattern": "world", "replacement": "Universe"}},
                    {"extract": {"pattern": "\\w+", "flags": "g"}},
                ],
            },
            {"value": ["hello", "Universe"], "type": "list"},
        ),
        Example(
            "a slug",
            {"text": "Crème brûlée, à la carte!", "operations": ["slugify"]},
            {"value": "creme-brulee-a-la-carte"},
        ),
        Example(
            "groups",
            {
                "text": "2025-01-20",
                "operations": [{"replace": {"pattern": r"(\d+)-(\d+)-(\d+)", "replacement": "$3.$2.$1"}}],
            },
            {"text": "20.01.2025"},
        ),
        Example(
            "lines",
            {
                "text": "b\na\nb",
                "operations": ["lines", "unique", "sort", {"number": {"separator": ". "}}, {"join": "\n"}],
            },
            {"value": "1. a\n2. b"},
        ),
        Example("count", {"text": "one two three", "operations": [{"count": "words"}]}, {"value": 3, "type": "number"}),
    )

    async def run(self, args: TextArgs, ctx: Context) -> dict[str, object]:
        """Return value, text and type. Raises `ValidationError` for an unknown operation or wrong options."""
        steps = [_operation(entry, index) for index, entry in enumerate(args.operations)]
        value: Any = args.text
        for index, step in enumerate(steps):
            value = step.on(value, ctx.regex)
            check_length(value, index)
            ctx.progress(index + 1, len(steps))
        return {"value": value, "text": _as_text(value), "type": _type(value)}


def _operation(entry: str | dict[str, Any], index: int) -> Operation:
    """Build one operation from `name`, `{name: options}`, `{name: first_option}` or `{op: name, ...options}`."""
    where = f"operations[{index}]"
    options: Any
    if isinstance(entry, str):
        name, options = entry, {}
    elif isinstance(entry.get("op"), str):
        name, options = entry["op"], {key: value for key, value in entry.items() if key != "op"}
    elif len(entry) == 1:
        name, options = next(iter(entry.items()))
    else:
        raise _wrong(where, "must be a name or {name: options} with one name", "write each operation as its own entry")
    wanted = _HUMP.sub("_", name).replace("-", "_").lower()
    kind = OPERATIONS.get(ALIASES.get(wanted, wanted))
    if kind is None:
        close = near_words(wanted, [*OPERATIONS, *ALIASES], n=3)
        raise _wrong(
            where, f"there is no operation {name!r}", f"use {', '.join(close) or ', '.join(sorted(OPERATIONS))}"
        )
    options = options if isinstance(options, dict) else _alone(kind, name, options, where)
    built: Operation = convert_options(kind, options, who=f"operation {name!r} in {where}")
    return built


def _alone(kind: type[Operation], name: str, option: object, where: str) -> dict[str, object]:
    """Give the options that one value alone stands for: `{truncate: 20}` is its first; true and null are none."""
    if option is True or option is None:
        return {}
    names = [one.name for one in fields(kind)]
    if not names:
        raise _wrong(where, f"{name!r} takes no options", f"write {name!r} alone")
    return {names[0]: option}


def _wrong(path: str, why: str, advice: str) -> ValidationError:
    return ValidationError(f"{path}: {why}", suggestions=[advice], context={"faults": [{"path": path, "message": why}]})


def _as_text(value: object) -> str:
    if isinstance(value, list):
        return "\n".join(_as_text(one) for one in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _type(value: object) -> str:
    kinds = {str: "text", list: "list", bool: "boolean", type(None): "null"}
    return kinds.get(type(value), "number")
