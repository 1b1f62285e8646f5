"""Compare texts and JSON values, and apply JSON patches."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

from attrs import field, frozen

from llmspell.errors import ResourceExhaustedError, ValidationError
from llmspell.spec.tools import Doc, Example
from llmspell_tools_utilities.json_diff import compare_json
from llmspell_tools_utilities.json_patch import apply_patch, canonical
from llmspell_tools_utilities.json_size import size_of, too_deep
from llmspell_tools_utilities.text_diff import TextOptions, compare_lines, compare_pieces

if TYPE_CHECKING:
    from llmspell.spec.context import Context

MAX_TEXT = 5_000_000
_INLINE = 20_000  # characters that are compared without a worker thread
_Format = Literal["auto", "unified", "context", "ndiff", "side_by_side", "html", "words", "chars", "json"]


@frozen(kw_only=True)
class DiffArgs:
    """What to compare and how to show it."""

    operation: Annotated[
        Literal["compare", "apply", "verify"],
        Doc("compare left with right; apply `patch` to left; verify that left with `patch` gives right."),
    ] = "compare"
    left: Annotated[Any, Doc("The old text or JSON value.")] = None
    right: Annotated[Any, Doc("The new text or JSON value.")] = None
    left_path: Annotated[str | None, Doc("File with the old text; needs the right fs.read.")] = None
    right_path: Annotated[str | None, Doc("File with the new text; needs the right fs.read.")] = None
    format: Annotated[
        _Format, Doc("auto: unified for two texts, json for anything else; json reads texts as JSON.")
    ] = "auto"
    context_lines: Annotated[int, Doc("Unchanged lines around a change.", minimum=0, maximum=1000)] = 3
    ignore_case: Annotated[bool, Doc("Letters that differ in case are the same.")] = False
    ignore_whitespace: Annotated[bool, Doc("Lines that differ in white space are the same.")] = False
    left_name: Annotated[str | None, Doc("Name of the old text in the output.")] = None
    right_name: Annotated[str | None, Doc("Name of the new text in the output.")] = None
    width: Annotated[int, Doc("Width of the side_by_side output.", minimum=20, maximum=1000)] = 130
    patch: Annotated[list[dict[str, Any]], Doc("JSON patch (RFC 6902), for apply and verify.")] = field(factory=list)


class DiffCalculator:
    """Compare.

    Result: `text` (the diff as text), `identical`, `similarity` (0 to 1), `format`, `statistics` (`added`, `removed`,
    `changed`, `unchanged`); words and chars add `changes`; json adds `changes` (kind, path, left, right) and `patch`
    (RFC 6902). `apply` gives `value`, `verify` gives `matches` and `value`.
    """

    examples = (
        Example(
            "unified",
            {"left": "a\nb\nc\n", "right": "a\nB\nc\n", "left_name": "old", "right_name": "new"},
            {"text": "--- old\n+++ new\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n", "identical": False},
        ),
        Example(
            "words",
            {"left": "the quick fox", "right": "the slow fox", "format": "words"},
            {"text": "the [-quick-]{+slow+} fox"},
        ),
        Example(
            "structure",
            {"left": {"a": 1, "list": [1, 2, 3]}, "right": {"a": 2, "list": [1, 3]}},
            {"patch": [{"op": "replace", "path": "/a", "value": 2}, {"op": "remove", "path": "/list/1"}]},
        ),
        Example(
            "apply a patch",
            {"operation": "apply", "left": {"a": 1}, "patch": [{"op": "add", "path": "/b", "value": [1]}]},
            {"value": {"a": 1, "b": [1]}},
        ),
        Example(
            "two files",
            {"left_path": "a.txt", "right_path": "b.txt"},
            {"identical": False, "statistics": {"added": 1, "removed": 0, "changed": 0, "unchanged": 1}},
            files={"a.txt": "x\n", "b.txt": "x\ny\n"},
            grants=("fs.read=.",),
        ),
    )

    async def run(self, args: DiffArgs, ctx: Context) -> dict[str, Any]:
        """Return the differences. Raises `ValidationError` for a patch that does not fit or text that is not JSON."""
        if args.operation != "compare":
            return await _patched(args, ctx)
        left = await _side("left", args.left, args.left_path, ctx)
        right = await _side("right", args.right, args.right_path, ctx)
        texts = isinstance(left, str) and isinstance(right, str)
        form = ("unified" if texts else "json") if args.format == "auto" else args.format
        if form == "json":
            return compare_json(_json(left, "left"), _json(right, "right"))
        if not texts:
            why = f"{form} compares two texts; use json for other values"
            raise ValidationError(f"format: {why}", context={"faults": [{"path": "format", "message": why}]})
        options = TextOptions(
            form,
            args.context_lines,
            args.ignore_case,
            args.ignore_whitespace,
            args.left_name or args.left_path or "left",
            args.right_name or args.right_path or "right",
            args.width,
        )
        compare = compare_pieces if form in {"words", "chars"} else compare_lines
        if len(left) + len(right) <= _INLINE:
            return compare(left, right, options)
        return await ctx.blocking(compare, left, right, options)


async def _patched(args: DiffArgs, ctx: Context) -> dict[str, Any]:
    left = _json(await _side("left", args.left, args.left_path, ctx), "left", texts=args.left_path is not None)
    value = apply_patch(left, args.patch)
    text = json.dumps(value, ensure_ascii=False, indent=2)
    if args.operation == "apply":
        return {"value": value, "text": text}
    right = _json(await _side("right", args.right, args.right_path, ctx), "right", texts=args.right_path is not None)
    matches = canonical(value) == canonical(right)
    return {
        "matches": matches,
        "value": value,
        "text": "the patch gives right" if matches else "the patch gives something else",
    }


async def _side(name: str, value: Any, path: str | None, ctx: Context) -> Any:
    """Read one side. Raises `ValidationError` when given twice or not text, `ResourceExhaustedError` when too long."""
    if path is not None:
        if value is not None:
            why = f"give either {name} or {name}_path"
            raise ValidationError(why, context={"faults": [{"path": name, "message": why}]})
        data = await ctx.fs.read(path, limit=MAX_TEXT)
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            raise ValidationError(
                f"{path} is not UTF-8 text", suggestions=["compare binary files by hash_calculator"]
            ) from error
    if isinstance(value, str) and len(value) > MAX_TEXT:
        message = f"{name} has {len(value)} characters; the limit is {MAX_TEXT}"
        raise ResourceExhaustedError(message, suggestions=["compare smaller texts"])
    return value


def _json(value: Any, name: str, *, texts: bool = True) -> Any:
    """Read a text as JSON; other values are JSON already. Raises `ValidationError` for what is not."""
    text = isinstance(value, str) and texts
    try:
        read = json.loads(value) if text else value
        size_of(read)
    except RecursionError as error:
        raise too_deep() from error
    except ValueError as error:
        why = f"the {'text' if text else 'value'} is not JSON ({error})"
        raise ValidationError(f"{name}: {why}", context={"faults": [{"path": name, "message": why}]}) from error
    return read
