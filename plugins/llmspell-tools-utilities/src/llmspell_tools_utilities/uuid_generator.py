"""Identifiers: UUIDs of every version, ULIDs, nano ids, short ids, and formats of one's own."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Annotated, Any, Literal

from attrs import frozen

from llmspell.errors import ValidationError
from llmspell.spec.tools import Doc, Example
from llmspell_tools_utilities.identifiers import BASE58, Maker, inspect_identifier, to_base

if TYPE_CHECKING:
    from llmspell.spec.context import Context

_NAMESPACES = {
    "dns": uuid.NAMESPACE_DNS,
    "url": uuid.NAMESPACE_URL,
    "oid": uuid.NAMESPACE_OID,
    "x500": uuid.NAMESPACE_X500,
}


@frozen(kw_only=True)
class UuidArgs:
    """Which identifiers to make, or which one to look into."""

    operation: Annotated[Literal["generate", "validate"], Doc("Make identifiers, or look into `value`.")] = "generate"
    type: Annotated[
        Literal["v1", "v3", "v4", "v5", "v6", "v7", "nil", "max", "ulid", "nanoid", "short", "custom"],
        Doc("UUID version (v4 random, v7 and ulid sort by time, v3 and v5 from a name), or another kind."),
    ] = "v4"
    count: Annotated[int, Doc("How many.", minimum=1, maximum=1000)] = 1
    format: Annotated[
        Literal["standard", "simple", "urn", "braces", "base58", "integer"],
        Doc("How a UUID is written; `simple` has no hyphens."),
    ] = "standard"
    uppercase: Annotated[bool, Doc("Capital letters.")] = False
    namespace: Annotated[str, Doc("For v3 and v5: dns, url, oid, x500, or a UUID.")] = "dns"
    name: Annotated[str | None, Doc("For v3 and v5: the name.")] = None
    size: Annotated[int, Doc("Length of a nanoid or short id.", minimum=4, maximum=128)] = 21
    alphabet: Annotated[str | None, Doc("Characters of a nanoid.", min_length=2, max_length=256)] = None
    pattern: Annotated[
        str | None,
        Doc(
            "For custom: text with {uuid}, {uuid7}, {ulid}, {hex:8}, {digits:6}, {letters:4}, {alnum:10}, {counter:3}, "
            "{timestamp}, {date}."
        ),
    ] = None
    prefix: Annotated[str, Doc("Put before each.", max_length=100)] = ""
    value: Annotated[str | None, Doc("For validate: the identifier to look into.")] = None


class UuidGenerator:
    """Make identifiers. They are no secrets: their randomness is that of the run, which tests and replays control.

    Result: `id` (the first), `ids`, `count`, `type`, `text` (one a line); for `validate`: `valid`, `type`, `version`,
    `timestamp`.
    """

    examples = (
        Example("random", {"type": "v4"}, {"count": 1, "type": "v4"}),
        Example(
            "from a name",
            {"type": "v5", "namespace": "dns", "name": "example.org"},
            {"id": "aad03681-8b63-5304-89e0-8ca8f49461b5"},
        ),
        Example(
            "a format of one's own",
            {"type": "custom", "pattern": "INV-{counter:4}", "count": 2},
            {"ids": ["INV-0001", "INV-0002"]},
        ),
        Example(
            "look into one",
            {"operation": "validate", "value": "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"},
            {"valid": True, "type": "uuid", "version": 7, "timestamp": 1645557742.0},
        ),
    )

    async def run(self, args: UuidArgs, ctx: Context) -> dict[str, Any]:
        """Return identifiers, or what is known of one. Raises `ValidationError` for what is missing or wrong."""
        if args.operation == "validate":
            return inspect_identifier(_need(args.value, "value", "validate"))
        ids = [args.prefix + one for one in _generate(args, ctx)]
        return {"id": ids[0], "ids": ids, "count": len(ids), "type": args.type, "text": "\n".join(ids)}


def _generate(args: UuidArgs, ctx: Context) -> list[str]:
    maker = Maker(ctx.random, ctx.clock.now(), ctx.new_id)
    if args.type in {"v3", "v5"}:
        return [_written(_named(args), args)] * args.count
    if args.type == "nanoid":
        made = [maker.nanoid(args.size, args.alphabet) for _ in range(args.count)]
    elif args.type == "short":
        made = [maker.characters(BASE58, args.size) for _ in range(args.count)]
    elif args.type == "ulid":
        made = [maker.ulid() for _ in range(args.count)]
    elif args.type == "custom":
        pattern = _need(args.pattern, "pattern", "custom")
        made = [maker.custom(pattern, index) for index in range(1, args.count + 1)]
    else:
        return [_written(maker.uuid(args.type), args) for _ in range(args.count)]
    return [one.upper() for one in made] if args.uppercase else made


def _named(args: UuidArgs) -> uuid.UUID:
    name = _need(args.name, "name", args.type)
    try:
        namespace = _NAMESPACES.get(args.namespace.lower()) or uuid.UUID(args.namespace)
    except ValueError as error:
        message = f"namespace: {args.namespace!r} is neither dns, url, oid, x500 nor a UUID"
        raise ValidationError(message, context={"faults": [{"path": "namespace", "message": message}]}) from error
    return uuid.uuid3(namespace, name) if args.type == "v3" else uuid.uuid5(namespace, name)


def _written(one: uuid.UUID, args: UuidArgs) -> str:
    text = {
        "standard": str(one),
        "simple": one.hex,
        "urn": one.urn,
        "braces": f"{{{one}}}",
        "base58": to_base(one.int, BASE58, 22),
        "integer": str(one.int),
    }[args.format]
    return text.upper() if args.uppercase and args.format in {"standard", "simple", "braces"} else text


def _need(value: str | None, path: str, what: str) -> str:
    if value is None:
        message = f"{path}: {what} needs `{path}`"
        raise ValidationError(message, context={"faults": [{"path": path, "message": message}]})
    return value
