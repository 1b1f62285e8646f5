"""Tools: the catalogue of tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.bridge.api.pipeline import PipelineOptions, make_pipeline
from llmspell.bridge.api.tool import ToolHandle, ToolOptions, make_tool
from llmspell.bridge.definition import NO_LIST, NO_MAP, Namespace, Options, function
from llmspell.bridge.spelling import snake
from llmspell.errors import ToolNotFoundError, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Annotated

    from llmspell.bridge.callbacks import Callback
    from llmspell.bridge.definition import Duration
    from llmspell.spec import Component

CONSTRUCTOR_SUFFIX = "Tool"


class DiscoverOptions(Options):
    """What to look for; all that is given must hold."""

    positional = "capabilities"

    capabilities: Annotated[list[str], "capabilities a tool must have"] = NO_LIST
    category: Annotated[str | None, "its category"] = None
    text: Annotated[str | None, "text in its name or description"] = None
    min_version: Annotated[str | None, "the lowest version that will do"] = None


class NamedToolOptions(ToolOptions):
    """What a tool written in the script is, when its name is given apart."""

    name: Annotated[str, "the name, when it is not given apart"] = ""
    execute: Annotated[Callback, "`function(arguments)`; what it returns is the result"]
    timeout: Annotated[Duration, "how long one call may take"] = 60.0  # type: ignore[assignment]


class Tools(Namespace):
    """The catalogue of tools: those of plugins and those this spell registered.

    `Tools.web_search` (or `Tools.webSearch`) is short for `Tools.get("web_search")`; `CalculatorTool.new{...}` builds a
    variant of a tool with options and preset arguments of its own.
    """

    name = "Tools"
    getters = True
    constructors = ("*Tool",)

    @function()
    def get(self, name: str) -> ToolHandle:
        """Fetch a tool by name, alias or `plugin:name`. Raises `tool_not_found` with the nearest names."""
        return self._handle(self.session.app.catalog.get("tool", name, owner=self.session.run.id))

    @function(name="list")
    def list_(self, category: str | None = None) -> list[ToolHandle]:
        """List tools, all or those of one category."""
        return self._handles(self.session.app.catalog.find("tool", category=category, owner=self.session.run.id))

    @function()
    def search(self, query: str) -> list[ToolHandle]:
        """Find tools by words of their name and description, best match first."""
        words = [word for word in snake(query).replace("_", " ").split() if word]
        scored = []
        for component in self.session.app.catalog.list("tool", owner=self.session.run.id):
            text = " ".join(
                (component.name.replace("_", " "), *component.aliases, component.summary, component.category)
            ).lower()
            score = sum((word in text) + (word in component.name) for word in words)
            if score:
                scored.append((-score, component.name, component))
        return self._handles(component for _, _, component in sorted(scored, key=lambda one: one[:2]))

    @function()
    def discover(self, options: DiscoverOptions | None = None) -> list[ToolHandle]:
        """Find tools by capability, category, text and version."""
        wanted = options or DiscoverOptions()
        owner = self.session.run.id
        found = self.session.app.catalog.find(
            "tool", category=wanted.category, text=wanted.text, version=wanted.min_version, owner=owner
        )
        capabilities = set(wanted.capabilities)
        return self._handles(one for one in found if capabilities <= one.capabilities | one.provides)

    @function()
    def get_by_category(self, category: str) -> list[ToolHandle]:
        """List the tools of one category."""
        return self.list_(category)

    @function()
    def create(self, name: str | NamedToolOptions, config: NamedToolOptions | None = None) -> ToolHandle:
        """Make a tool of a function: `Tools.create("name", {execute=...})` or `Tools.create{name=..., execute=...}`."""
        options = config if isinstance(name, str) else name
        if options is None:
            message = f"Tools.create({name!r}) needs a table with the function `execute`"
            raise ValidationError(message)
        if isinstance(name, str):
            options.name = name
        return make_tool(self.session, options)

    @function()
    async def create_pipeline(self, options: PipelineOptions) -> ToolHandle:
        """Make one tool of several that run one after the other.

        It is a workflow: its steps may be all that those of a workflow are. Its result has each step's `output` by
        name, and the last one as `output`. Raises `workflow_definition` with everything that is wrong; what a step
        raises has `pipeline` and `step` in its context.
        """
        return await make_pipeline(self.session, options)

    @function()
    async def register(self, tool: ToolHandle | ToolOptions) -> ToolHandle:
        """Make a tool of this script available by name until the spell ends. Raises `name_clash` for a name in use."""
        handle = tool if isinstance(tool, ToolHandle) else make_tool(self.session, tool)
        await handle.offer()
        return handle

    @function()
    def unregister(self, tool: ToolHandle | str) -> bool:
        """Withdraw a tool this spell registered and tell whether it was there."""
        name = tool if isinstance(tool, str) else tool.component.name
        if isinstance(tool, ToolHandle):
            tool.registered = False
        return self.session.app.catalog.unregister("tool", name, owner=self.session.run.id)

    @function(name="@get", hidden=True)
    def get_named(self, name: str) -> ToolHandle:
        """Fetch a tool that was named as a field: `Tools.webSearch`."""
        return self.get(snake(name))

    @function(name="@construct", hidden=True)
    async def construct(self, name: str, options: dict[str, object] = NO_MAP) -> ToolHandle:
        """Build a variant of a tool: `CalculatorTool.new{precision = 30}`.

        Keys are options of the tool, or arguments that every call is given unless it says otherwise.
        """
        component = self.component(name)
        if not options:
            return self._handle(component)
        from llmspell.spec import Component  # noqa: PLC0415 - only variants need it

        spelled = {snake(key): value for key, value in options.items()}
        presets = await self._presets(component, spelled)
        own = {key: value for key, value in spelled.items() if key not in presets}
        bound = await self.session.app.tools.bind(component, own, run=self.session.run)
        about = {
            slot: getattr(component, slot)
            for slot in ("version", "category", "capabilities", "needs", "effect", "native", "extra")
        }
        variant = Component("tool", self._free_name(component.name), component.target, component.summary, **about)
        variant.plugin, variant.dist = component.plugin, component.dist
        if presets:
            from llmspell.runtime.presets import with_presets  # noqa: PLC0415 - likewise

            bound = with_presets(bound, presets, variant)
        else:
            bound.component = variant
        return ToolHandle(self.session, variant, bound)

    async def _presets(self, component: Component, given: dict[str, object]) -> dict[str, object]:
        """Pick what are arguments of the tool and no options of it."""
        plain = await self.session.app.tools.bind(component, run=self.session.run)
        options = getattr(getattr(type(plain.target), "Options", None), "__annotations__", {})
        arguments = plain.schema.json_schema.get("properties", {})
        return {key: value for key, value in given.items() if key in arguments and key not in options}

    def component(self, name: str) -> Component:
        """Find a tool by its name or a constructor's: `HttpTool` is `http`, `http_tool`, or who has such an alias."""
        short = snake(name.removesuffix(CONSTRUCTOR_SUFFIX)) if name.endswith(CONSTRUCTOR_SUFFIX) else name
        catalog, owner = self.session.app.catalog, self.session.run.id
        try:
            return catalog.get("tool", short, owner=owner)
        except ToolNotFoundError as error:
            try:
                return catalog.get("tool", snake(name), owner=owner)
            except ToolNotFoundError:
                raise error from None

    def _free_name(self, name: str) -> str:
        """Give the next variant of a tool a name of its own, because a model calls each by name."""
        self._variants += 1
        return f"{name}_{self._variants + 1}"

    _variants = 0

    def _handle(self, component: Component) -> ToolHandle:
        return ToolHandle(self.session, component)

    def _handles(self, components: Iterable[Component]) -> list[ToolHandle]:
        return [self._handle(component) for component in components]
