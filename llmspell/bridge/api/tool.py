"""Tool: one tool, from the catalogue or written in the script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from llmspell.bridge import shapes
from llmspell.bridge.api.tool_run import guards_of, settings_of, under
from llmspell.bridge.definition import NO_LIST, NO_MAP, Handle, Namespace, Options, Stream, function
from llmspell.bridge.spelling import snake
from llmspell.errors import LlmspellError, ValidationError
from llmspell.runtime.waiting import bounded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from typing import Annotated, Literal

    from llmspell.bridge.api.strategy import Strategy
    from llmspell.bridge.callbacks import Callback
    from llmspell.bridge.definition import Duration
    from llmspell.bridge.session import SpellSession
    from llmspell.model.schema import ArgumentSchema
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.tools import BoundTool, ScriptTool
    from llmspell.spec import Component
    from llmspell.spec.tools import ToolOutput

EMPTY_SCHEMA: Mapping[str, object] = {"type": "object", "properties": {}}


class CallOptions(Options):
    """Options of one call."""

    on_error: Annotated[Literal["raise", "return"], "`return` gives `{success=false, error}` instead of raising"] = (
        "raise"
    )
    timeout: Annotated[Duration | None, "how long the call may take"] = None
    error_strategy: Annotated[Strategy | None, "what to do when this call fails, see `ErrorStrategy`"] = None


class ToolOptions(Options):
    """What a tool written in the script is."""

    function_key = "execute"

    name: Annotated[str, "snake_case name that models call"]
    execute: Annotated[Callback, "`function(arguments)`; what it returns is the result"]
    description: Annotated[str, "one sentence for models"] = ""
    parameters: Annotated[
        dict[str, object] | None,
        "JSON Schema of the arguments, or a map of property name to schema; a `default` is filled in",
    ] = None
    input_schema: Annotated[dict[str, object] | None, "the same as `parameters`"] = None
    output_schema: Annotated[dict[str, object] | None, "JSON Schema of the result"] = None
    category: Annotated[str, "category it is listed under"] = "script"
    capabilities: Annotated[list[str], "capabilities it is found by"] = NO_LIST
    examples: Annotated[list[dict[str, object]], "calls that show its use"] = NO_LIST
    effect: Annotated[Literal["pure", "idempotent", "once"], "what may be repeated"] = "once"
    timeout: Annotated[Duration, "how long one call may take"] = 60.0  # type: ignore[assignment]  # a Duration is a float
    approval: Annotated[bool, "whether a person decides about each call that a model makes"] = False
    risk: Annotated[
        Literal["read", "write", "outward", "execute"],
        "what a call can come to at worst; `outward` when its function sends data out",
    ] = "read"
    labels: Annotated[
        list[Literal["private", "untrusted"]],
        "what is said of its results: they must not leave unseen, are from outside",
    ] = NO_LIST
    version: Annotated[str, "version of the tool"] = "1.0.0"
    error_strategy: Annotated[Strategy | None, "what to do when it fails, whoever calls it"] = None


class ToolHandle(Handle):
    """A tool that a script holds."""

    kind = "tool"
    shows = ("name", "description", "category", "version")

    def __init__(self, session: SpellSession, component: Component, bound: BoundTool | None = None) -> None:
        super().__init__(session)
        self.component = component
        self.bound = bound
        self.registered = bound is None
        self.strategy: Strategy | None = None

    def fields(self) -> dict[str, object]:
        """Give what scripts read without a call."""
        about = self.component
        return {"name": about.name, "description": about.summary, "category": about.category, "version": about.version}

    async def ready(self) -> BoundTool:
        """Give the tool ready to be called."""
        if self.bound is None:
            self.bound = await self.session.app.tools.bind(self.component, run=self.session.run)
        if self.strategy is not None:
            tool = cast("ScriptTool", self.bound.target)  # nobody else has a strategy of its own
            tool.settings = await settings_of(self.session, self.component, self.strategy)
            self.strategy = None
        return self.bound

    async def offer(self) -> str:
        """Give the name under which a model may call this tool; one that only the script holds enters the catalogue."""
        if not self.registered:
            owner = self.session.run.id
            self.session.app.catalog.register(self.component, (await self.ready()).target, owner=owner)
            self.session.namespace(Tool).offered.append(self.component)
            self.registered = True
        return self.component.name

    @function(aliases=("call", "run", "invoke"))
    async def execute(
        self, ctx: CallContext, arguments: dict[str, object] = NO_MAP, options: CallOptions | None = None
    ) -> dict[str, Any]:
        """Run the tool; `{parameters = {...}}` is accepted for `{...}`.

        Returns `{success=true, result, artifacts, metadata}` with the keys of a result that is a map on top. Raises
        `validation`, `permission_denied`, `refused` and what the tool raises.
        """
        options = options or CallOptions()
        try:
            return shapes.tool_output(await self._output(ctx, arguments, options))
        except LlmspellError as error:
            if options.on_error == "return":
                return shapes.failure(self.session.told(error))
            raise

    async def _output(self, ctx: CallContext, arguments: dict[str, object], options: CallOptions) -> ToolOutput:
        bound = await self.ready()
        given = _arguments(arguments, bound.schema)
        name, timeout, strategy = self.component.name, options.timeout, options.error_strategy
        if strategy is None:
            return await bounded(self.session.app.tools.execute(ctx, bound, given), timeout, f"tool {name}", ctx)
        settings = await settings_of(self.session, self.component, strategy)

        async def once(at: CallContext) -> object:
            work = self.session.app.tools.execute(at, bound, given, settings=settings)
            return await bounded(work, timeout, f"tool {name}", at)

        return await under(self.session, ctx, strategy, (name, given), once)

    @function()
    def stream(
        self, ctx: CallContext, arguments: dict[str, object] = NO_MAP, options: CallOptions | None = None
    ) -> Stream:
        """Run the tool and iterate over what it tells while it works; leaving the loop cancels it.

        Parts are the tool's own tables; the last one is `{type = "done", ...}` with all that `execute` returns. A tool
        that tells nothing gives that part alone.
        """
        return Stream(self._parts(arguments, options or CallOptions(), ctx))

    async def _parts(
        self, arguments: dict[str, object], options: CallOptions, ctx: CallContext
    ) -> AsyncIterator[object]:
        from llmspell.runtime.parts import PartStream  # noqa: PLC0415 - paid by a script that streams a tool

        async def start(sink: Callable[[object], Awaitable[None]]) -> ToolOutput:
            return await self._output(ctx.within(None, "stream", sink=sink), arguments, options)

        async with PartStream(start, f"tool {self.component.name!r}") as parts:
            async for part in parts:
                yield part if isinstance(part, dict) else shapes.part(part)
            yield {"type": "done", **shapes.tool_output(await parts.result())}

    @function()
    def get_name(self) -> str:
        """Give its name."""
        return self.component.name

    @function()
    def get_description(self) -> str:
        """Give its sentence for models."""
        return self.component.summary

    @function()
    def get_category(self) -> str:
        """Give its category."""
        return self.component.category

    @function()
    async def get_input_schema(self) -> Mapping[str, object]:
        """Give the JSON Schema of its arguments."""
        return (await self.ready()).schema.json_schema

    @function()
    async def get_output_schema(self) -> object:
        """Give the JSON Schema of its result, nothing when it declares none."""
        return getattr((await self.ready()).target, "output_schema", None)

    @function()
    async def get_examples(self) -> list[dict[str, Any]]:
        """Give calls that show its use: `{name, args, result}`."""
        examples = getattr((await self.ready()).target, "examples", ())
        return [dict(e._asdict()) if hasattr(e, "_asdict") else dict(e) for e in examples]

    @function(aliases=("describe",))
    async def get_metadata(self) -> dict[str, object]:
        """Give everything known of it, schemas and examples included."""
        return {
            **self.component.to_dict(),
            "description": self.component.summary,
            "input_schema": await self.get_input_schema(),
            "output_schema": await self.get_output_schema(),
            "examples": await self.get_examples(),
        }

    @function()
    async def to_function_definition(self) -> dict[str, object]:
        """Give the definition by which a model is offered the tool: `{name, description, parameters}`."""
        return {
            "name": self.component.name,
            "description": self.component.summary,
            "parameters": await self.get_input_schema(),
        }

    @function()
    async def parse_call(self, call: dict[str, object]) -> dict[str, object]:
        """Turn a model's call `{name, arguments}` into checked arguments; `arguments` may be a map or JSON text."""
        import json  # noqa: PLC0415 - only this function reads JSON text

        given = call.get("arguments", {})
        if isinstance(given, str):
            try:
                given = json.loads(given)
            except ValueError as error:
                message = f"the arguments of {self.component.name!r} are not JSON: {error}"
                raise ValidationError(message) from error
        if not isinstance(given, dict) or call.get("name", self.component.name) != self.component.name:
            message = f"this is no call of {self.component.name!r}"
            raise ValidationError(message, context={"call": call})
        bound = await self.ready()
        return {"parameters": _checked(bound, given)}

    @function()
    async def can_chain_with(self, other: ToolHandle) -> bool:
        """Tell whether this tool's result can be another's input.

        It can when an output it declares is an argument of the other, or when the other requires one argument only.
        """
        schema = dict((await other.ready()).schema.json_schema)
        return _link(await self.get_output_schema(), schema) is not None

    @function()
    async def chain_with(
        self, other: ToolHandle, ctx: CallContext, arguments: dict[str, object] = NO_MAP
    ) -> dict[str, Any]:
        """Run this tool, then the other on its result, and return the other's result."""
        first = await self.session.app.tools.execute(
            ctx, await self.ready(), _arguments(arguments, (await self.ready()).schema)
        )
        schema = dict((await other.ready()).schema.json_schema)
        link = _link(await self.get_output_schema(), schema)
        given: object = first.result
        if not isinstance(given, dict) or (link and link not in given):
            if link is None:
                message = f"nothing of {self.component.name!r}'s result is an argument of {other.component.name!r}"
                raise ValidationError(
                    message, suggestions=["call the tools one after the other and pass the arguments yourself"]
                )
            given = {link: given}
        properties = schema.get("properties")
        taken = {k: v for k, v in given.items() if isinstance(properties, dict) and k in properties}
        return shapes.tool_output(await self.session.app.tools.execute(ctx, await other.ready(), taken))


def _arguments(given: dict[str, object], schema: ArgumentSchema) -> dict[str, object]:
    """Accept both spellings of argument names, and the documented envelope `{parameters = {...}}`."""
    inner = given.get("parameters")
    properties = schema.json_schema.get("properties", {})
    if (
        isinstance(inner, dict)
        and "parameters" not in properties
        and set(given) <= {"parameters", "context", "metadata"}
    ):
        given = inner
    return schema.normalise_keys(given)


def _checked(bound: BoundTool, given: dict[str, object]) -> dict[str, object]:
    from llmspell.model.schema import invalid  # noqa: PLC0415 - comes with the first tool

    given = bound.schema.normalise_keys(given)
    faults = bound.schema.validate(given)
    if faults:
        raise invalid(f"tool {bound.component.name!r}", faults)
    return given


def _link(output: object, target: Mapping[str, Any]) -> str | None:
    """Find the argument that takes another tool's result: one of the same name, else the only one that is required."""
    properties = target.get("properties") or {}
    declared = output.get("properties", {}) if isinstance(output, dict) else {}
    for name in properties:
        if name in declared:
            return str(name)
    required = target.get("required") or list(properties)
    return str(required[0]) if len(required) == 1 else None


class Tool(Namespace):
    """Tools written in the script."""

    name = "Tool"

    def __init__(self, session: SpellSession) -> None:
        super().__init__(session)
        self.offered: list[Component] = []
        """What of this script is in the catalogue."""

    def detach(self) -> None:
        """Withdraw the tools of the script: a spell that loaded it may go on without it."""
        catalog, owner = self.session.app.catalog, self.session.run.id
        for component in self.offered:
            if component in catalog.list("tool", owner=owner):
                catalog.unregister("tool", component.name, owner=owner)

    @function(aliases=("create",))
    def new(self, config: ToolOptions) -> ToolHandle:
        """Make a tool of a function; pass it to agents, or `Tools.register` it for use by name."""
        return make_tool(self.session, config)


def make_tool(session: SpellSession, config: ToolOptions) -> ToolHandle:
    """Build a tool around a function of the script; raises `schema` for parameters that are no JSON Schema."""
    from llmspell.model.schema import ArgumentSchema  # noqa: PLC0415 - comes with the first tool
    from llmspell.runtime.tools import BoundTool, ScriptTool  # noqa: PLC0415
    from llmspell.spec import Component  # noqa: PLC0415

    schema = _schema(config)
    defaults = _defaults(schema)
    execute, timeout = config.execute, config.timeout

    strategy = config.error_strategy

    async def handler(arguments: Mapping[str, object], ctx: CallContext) -> object:
        given = {**defaults, **arguments}

        async def once(at: CallContext) -> object:
            return _result(await execute(given, timeout=timeout, ctx=at))

        return await (once(ctx) if strategy is None else under(session, ctx, strategy, (config.name, given), once))

    tool = ScriptTool(handler, schema, output_schema=config.output_schema, examples=config.examples)
    component = Component(
        "tool", config.name, "llmspell.runtime.tools:ScriptTool", config.description,
        category=snake(config.category), capabilities=config.capabilities, effect=config.effect, version=config.version,
        extra={"approval": config.approval, "risk": config.risk, **dict.fromkeys(config.labels, True)},
    )  # fmt: skip
    component.plugin = "script"
    if strategy is not None:
        guards_of(session, component, strategy)
    who = f"tool {config.name!r}"
    made = ToolHandle(session, component, BoundTool(component, tool, ArgumentSchema.from_json_schema(schema, who=who)))
    made.strategy = strategy
    return made


def _schema(config: ToolOptions) -> dict[str, object]:
    """Read the argument schema: a JSON Schema, or the short form that maps an argument's name to its schema or type.

    An argument of the short form may be left out, unless its schema says `required = true`.
    """
    from llmspell.model.schema_short import short  # noqa: PLC0415 - paid by a script that makes a tool

    given = config.parameters if config.parameters is not None else config.input_schema
    if not given:
        return dict(EMPTY_SCHEMA)
    if given.get("type") == "object" or "properties" in given or "$ref" in given:
        return {"type": "object", **given}
    wrong = [name for name, value in given.items() if not isinstance(value, (dict, str))]
    if wrong:
        message = f"the parameters of tool {config.name!r} are no JSON Schema: {', '.join(wrong)}"
        raise ValidationError(message, suggestions=["give `parameters` the keys `type` (object) and `properties`"])
    who = f"tool {config.name!r}"
    properties = {
        name: short(value, name, who)[0] if isinstance(value, str) else dict(cast("dict[str, object]", value))
        for name, value in given.items()
    }
    required = [name for name, value in properties.items() if value.pop("required", False) is True]
    return {"type": "object", "properties": properties, "required": required}


def _defaults(schema: Mapping[str, Any]) -> dict[str, object]:
    """Give what arguments are when a call leaves them out: a typed function has its own, this one has its schema's."""
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return {}  # such a schema is refused by name when it is compiled
    return {name: one["default"] for name, one in properties.items() if isinstance(one, dict) and "default" in one}


def _result(value: object) -> object:
    """Take what the script returned: a value, or `{result, artifacts, metadata}`."""
    from llmspell.spec.tools import ToolOutput  # noqa: PLC0415

    if isinstance(value, dict) and "result" in value and set(value) <= {"success", "result", "artifacts", "metadata"}:
        return ToolOutput(value["result"], tuple(value.get("artifacts") or ()), value.get("metadata") or {})
    return value
