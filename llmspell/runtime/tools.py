"""Tool calls: find the tool, check its arguments, run it, shape its output."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING

from llmspell.errors import HookError, LlmspellError, ToolExecutionError, ValidationError
from llmspell.model.call import Call
from llmspell.runtime.labels import check, mark, tell, tell_again
from llmspell.runtime.ops import perform
from llmspell.spec.descriptor import Component
from llmspell.spec.tools import ToolOutput

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from llmspell.model.llm import ToolSpec
    from llmspell.model.schema import ArgumentSchema
    from llmspell.runtime.app import App
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.labels import Approved
    from llmspell.runtime.run import Run


class BoundTool:
    """A tool ready to be called: its description, its object and its argument schema."""

    __slots__ = ("_spec", "component", "composed", "labels", "outward", "schema", "target")

    def __init__(self, component: Component, target: object, schema: ArgumentSchema) -> None:
        self.component = component
        self.target = target
        self.schema = schema
        self.labels = component.labels
        self.outward = component.risk in ("outward", "execute")
        """Whether a call can carry data out."""
        self.composed = getattr(target, "composed", False)
        """Whether its work is made of operations: of a script, an agent, a workflow."""
        self._spec: ToolSpec | None = None

    @property
    def spec(self) -> ToolSpec:
        """Describe the tool for a model."""
        if self._spec is None:
            from llmspell.model.llm import ToolSpec  # noqa: PLC0415 - attrs is not needed by a run without models

            about = self.component
            self._spec = ToolSpec(name=about.name, description=about.summary, schema=self.schema.json_schema)
        return self._spec

    async def run(self, arguments: Mapping[str, object], ctx: CallContext) -> ToolOutput:
        """Check and convert the arguments, run the tool and shape what it returns into a `ToolOutput`."""
        faults = self.schema.validate(arguments)
        if faults:
            listed = "; ".join(f"{fault.path}: {fault.message}" if fault.path else fault.message for fault in faults)
            message = f"wrong arguments for tool {self.component.name!r}: {listed}"
            raise ValidationError(
                message,
                suggestions=[f"see `llmspell tools show {self.component.name}`"],
                context={
                    "tool": self.component.name,
                    "faults": [{"path": f.path, "message": f.message} for f in faults],
                },
            )
        converted = self.schema.convert(arguments)
        try:
            result = await self._call(converted, ctx)
        except LlmspellError as error:
            error.context.setdefault("tool", self.component.name)
            ctx.app.services.mask_error(error)
            raise
        except Exception as error:
            ctx.app.services.mask_error(error)
            message = f"tool {self.component.name!r} failed: {type(error).__name__}: {error}"
            raise ToolExecutionError(message, context={"tool": self.component.name}) from error
        return result if isinstance(result, ToolOutput) else ToolOutput(result)

    async def _call(self, converted: object, ctx: CallContext) -> object:
        run = getattr(self.target, "run", None)
        if run is not None:
            return await run(converted, ctx)
        keywords = dict(converted) if isinstance(converted, Mapping) else {}
        if self.schema.wants_ctx:
            keywords["ctx"] = ctx
        result = self.target(**keywords)  # type: ignore[operator]  # a tool without `run` is a function
        return await result if inspect.isawaitable(result) else result


class ScriptTool:
    """A tool written in a script: a handler behind a JSON Schema; `settings` are options of hook sets for its calls.

    One that is not `composed` of operations is done as a whole, or not at all, when a durable run is taken up.
    """

    __slots__ = ("_bound", "composed", "examples", "handler", "json_schema", "output_schema", "settings")

    def __init__(
        self,
        handler: Callable[[Mapping[str, object], CallContext], Awaitable[object]],
        json_schema: Mapping[str, object],
        *,
        output_schema: Mapping[str, object] | None = None,
        examples: Sequence[Mapping[str, object]] = (),
        composed: bool = True,
    ) -> None:
        self.composed = composed
        self.handler = handler
        self.json_schema = json_schema
        self.output_schema = output_schema
        self.examples = tuple(examples)
        self.settings: Mapping[str, object] = {}
        self._bound: BoundTool | None = None

    def bound(self, component: Component) -> BoundTool:
        """Give the tool ready to be called; kept here, so that it goes away with the script's run."""
        if self._bound is None:
            from llmspell.model.schema import ArgumentSchema  # noqa: PLC0415 - as in `Tools`

            self._bound = BoundTool(component, self, ArgumentSchema.from_json_schema(self.json_schema))
        return self._bound

    async def run(self, args: Mapping[str, object], ctx: CallContext) -> object:
        """Hand the arguments to the script."""
        return await self.handler(args, ctx)


class Tools:
    """Run tools of the catalogue as operations."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._bound: dict[int, BoundTool] = {}
        app.catalog.on_withdraw.append(lambda component: self._bound.pop(id(component), None))

    async def bind(
        self,
        ref: str | Component | BoundTool,
        options: Mapping[str, object] | None = None,
        *,
        run: Run | None = None,
        owner: str | None = None,
    ) -> BoundTool:
        """Find a tool by name, alias or `plugin:name` and make it ready.

        `owner` is the id of the run whose own tools are seen, too; `run` is the one it is made for, and ends with.

        Raises `ToolNotFoundError`, `NameClashError`, `ComponentUnavailableError`, and `ValidationError` for options
        it does not have.
        """
        if isinstance(ref, BoundTool):
            return ref
        owner = owner or (None if run is None else run.id)
        component = ref if isinstance(ref, Component) else self._app.catalog.get("tool", ref, owner=owner)
        if options:
            return self._make(component, await self._app.components.instance(component, options, run=run))
        bound = self._bound.get(id(component))
        if bound is None or bound.component is not component:
            target = await self._app.components.instance(component, run=run)
            if isinstance(target, ScriptTool):
                return target.bound(component)
            bound = self._bound[id(component)] = self._make(component, target)
        return bound

    @staticmethod
    def _make(component: Component, target: object) -> BoundTool:
        from llmspell.model import schema  # noqa: PLC0415 - msgspec and jsonschema-rs come with the first tool, not before

        return BoundTool(component, target, schema.schema_of(target))

    async def execute(
        self,
        ctx: CallContext,
        ref: str | Component | BoundTool,
        arguments: Mapping[str, object],
        *,
        id: str = "",  # noqa: A002
        settings: Mapping[str, object] | None = None,
        approved: Approved | None = None,
    ) -> ToolOutput:
        """Run one tool call through the pipeline and return its `ToolOutput`.

        `settings` are the options of the agent that calls which belong to hook sets; `approved` is what a person
        approved of it (`runtime.labels`).

        The tool's context holds the caller's grants narrowed to the rights the tool declares; the guards behind it
        check every use, on the thing used.

        Raises `ValidationError` with all faults, `PermissionDeniedError`, `RefusedError`, `ToolExecutionError` or
        what the tool raises.
        """
        component = self._component(ref, ctx.run)
        inner = ctx.within(component, component.name, sink=ctx.sink)  # its place, before others are waited for
        bound = await self.bind(ref if isinstance(ref, BoundTool) else component, run=ctx.run)

        async def core(call: Call, inner: CallContext) -> ToolOutput:
            given = call.input if isinstance(call.input, Mapping) else _unnamed(component, call.input)
            inner.sink = call.sink
            if ctx.run.labelling == "off":
                return await bound.run(given, inner)
            if bound.outward:
                check(ctx, component, given, approved)
            try:
                output = await bound.run(given, inner)
            except LlmspellError:
                tell(bound.labels, inner)  # what went wrong may be said in words from outside
                raise
            return mark(bound.labels, inner, output, script=isinstance(bound.target, ScriptTool))

        if isinstance(bound.target, ScriptTool) and bound.target.settings:
            settings = _together(bound.target.settings, settings or {})
        call = Call(
            "tool_execution",
            component.name,
            dict(arguments),
            id=id,
            effect=component.effect,
            composed=bound.composed,
            sink=ctx.sink,
            metadata={"settings": settings} if settings else None,
        )
        try:
            result = await perform(inner, call, core)
        except LlmspellError:
            if inner.replayed:
                tell_again(bound.labels, inner)
            raise
        output = result if isinstance(result, ToolOutput) else ToolOutput(result)
        if inner.replayed:
            tell_again(output.metadata.get("labels"), inner)
        return output

    def _component(self, ref: str | Component | BoundTool, run: Run) -> Component:
        if isinstance(ref, BoundTool):
            return ref.component
        return ref if isinstance(ref, Component) else self._app.catalog.get("tool", ref, owner=run.id)

    async def describe(self, ref: str | Component, *, owner: str | None = None) -> dict[str, object]:
        """Give all that is known of a tool as JSON data: description, input schema, output schema, examples."""
        bound = await self.bind(ref, owner=owner)
        examples = [e._asdict() if hasattr(e, "_asdict") else dict(e) for e in getattr(bound.target, "examples", ())]
        return {
            **bound.component.to_dict(),
            "input_schema": bound.schema.json_schema,
            "output_schema": getattr(bound.target, "output_schema", None),
            "examples": examples,
        }

    def register(self, run: Run, name: str, summary: str, tool: ScriptTool, **about: object) -> Component:
        """Add a tool of a script to the catalogue until its run ends."""
        component = Component("tool", name, "llmspell.runtime.tools:ScriptTool", summary, **about)  # type: ignore[arg-type]
        self._app.catalog.register(component, tool, owner=run.id)
        return component


def _unnamed(component: Component, given: object) -> Mapping[str, object]:
    message = f"a hook gave tool {component.name!r} {type(given).__name__}, wanted named arguments"
    raise HookError(message, context={"tool": component.name})


def _together(own: Mapping[str, object], given: Mapping[str, object]) -> dict[str, object]:
    """Put what a tool says to hook sets below what its caller says, key by key."""
    tables = {
        option: {**below, **above}
        for option, above in given.items()
        if isinstance(above, Mapping) and isinstance(below := own.get(option), Mapping)
    }
    return {**own, **given, **tables}
