"""What agents and their namespace have of templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from llmspell.bridge.definition import NO_MAP, ScriptObject, function

if TYPE_CHECKING:
    from llmspell.bridge.api.agent import AgentHandle
    from llmspell.bridge.api.template import TemplateHandle
    from llmspell.bridge.api.workflow import WorkflowHandle
    from llmspell.runtime.agent_templates.building import Built
    from llmspell.runtime.context import CallContext


class OfTemplate(ScriptObject):
    """What an agent says of the template it was made of."""

    built: Built | None = None
    """What the template made it of; None for an agent without one."""

    @function()
    def missing_tools(self) -> list[dict[str, object]]:
        """List the tools that its template wants and nobody has: `{tool | capability, why, near}`."""
        return [] if self.built is None else [one.table() for one in self.built.missing]

    @function()
    def capabilities(self) -> list[str]:
        """List what its template says it can do; nothing for an agent without template."""
        return [] if self.built is None else list(self.built.template.capabilities)

    @function()
    def list_workflows(self) -> list[str]:
        """List the workflows that its template has; nothing for an agent without template."""
        return [] if self.built is None else list(self.built.template.workflows)

    @function()
    async def workflow(self, name: str) -> WorkflowHandle:
        """Make a workflow that its template has; `self` is this agent there.

        Raises `workflow_not_found`, and `workflow_definition` with all that it wants and that is not there.
        """
        from llmspell.bridge.api.workflow import WorkflowHandle  # noqa: PLC0415 - few agents have workflows
        from llmspell.bridge.api.workflow_reading import Reader  # noqa: PLC0415 - likewise
        from llmspell.errors import WorkflowNotFoundError  # noqa: PLC0415 - likewise

        known = {} if self.built is None else self.built.template.workflows
        if name not in known:
            listed = ", ".join(known) or "none"
            raise WorkflowNotFoundError(f"the agent has no workflow {name!r}", suggestions=[f"it has: {listed}"])
        table = {key: one for key, one in known[name].items() if key != "type"}
        kind = str(known[name].get("type") or "sequential")
        reader = Reader(self.session, cast("AgentHandle", self))
        return WorkflowHandle(self.session, await reader.workflow(kind, {"name": name, **table}))


class Templated(ScriptObject):
    """Functions of `Agent` that lead to `Template`."""

    constructors: ClassVar[tuple[str, ...]] = ("*Agent",)

    @function(aliases=("get_template",))
    async def template(self, name: str, config: dict[str, object] | None = None) -> TemplateHandle:
        """Fetch a template of agents by name; with a table, define it under this name, see `Template.define`."""
        from llmspell.bridge.api.template import Templates  # noqa: PLC0415 - few spells have templates

        templates = self.session.namespace(Templates)
        return await templates.define(name, config) if config else templates.get(name)

    @function()
    async def extend(
        self, base: str | TemplateHandle, name: str | dict[str, object], config: dict[str, object] = NO_MAP
    ) -> TemplateHandle:
        """Derive a template from another; see `Template.extend`."""
        from llmspell.bridge.api.template import Templates  # noqa: PLC0415 - few spells have templates

        return await self.session.namespace(Templates).extend(base, name, config)

    @function(aliases=("from_config",))
    async def create_from_config(self, config: str | dict[str, object], ctx: CallContext) -> AgentHandle:
        """Make an agent of `{base_template = "research_agent", customizations = {...}}`, or of a TOML file."""
        from llmspell.bridge.api.template import Templates  # noqa: PLC0415 - few spells have templates

        return await self.session.namespace(Templates).from_config(config, ctx)

    @function(name="@construct", hidden=True)
    async def construct(self, name: str, options: dict[str, object] = NO_MAP, *, ctx: CallContext) -> AgentHandle:
        """Make an agent of a template that is named as a constructor: `ResearchAgent.new{...}`."""
        from llmspell.bridge.api.template import Templates  # noqa: PLC0415 - few spells have templates

        return await self.session.namespace(Templates).constructed(name).create(options, ctx=ctx)
