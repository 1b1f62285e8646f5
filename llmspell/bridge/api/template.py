"""Template: templates of agents, of plugins, of the user and of the spell itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.bridge.api import template_making as making
from llmspell.bridge.definition import NO_LIST, NO_MAP, Handle, Namespace, Options, function
from llmspell.bridge.spelling import snake
from llmspell.bridge.template_options import opened, option_faults
from llmspell.errors import AgentConfigError, ComponentNotFoundError, ValidationError
from llmspell.runtime.agent_templates.library import decoded
from llmspell.runtime.agent_templates.reading import MAX_SIZE, from_table, from_toml, judged
from llmspell.runtime.agent_templates.template import derived

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Annotated

    from llmspell.bridge.api.agent import AgentHandle
    from llmspell.bridge.session import SpellSession
    from llmspell.runtime.agent_templates.template import AgentTemplate
    from llmspell.runtime.context import CallContext

SUFFIX = "_agent"


class FindOptions(Options):
    """What to look for; all that is given must hold."""

    positional = "capabilities"

    capabilities: Annotated[list[str] | str, "what agents of the template can do"] = NO_LIST
    text: Annotated[str, "text in its name, an alias or its description"] = ""


class TemplateHandle(Handle):
    """A template: its fields can be read, and `create` and `extend` may be called with a dot in every language.

    It reads as a table with all that it has of those it extends: `name, description, capabilities, system_prompt,
    tools, tool_capabilities, base_config, settings, workflows, lineage, missing_tools`, and every setting by its own
    name. `config` is a table that can be changed and given to `Template.define`.
    """

    kind = "template"
    shows = ("name", "description", "system_prompt")
    open = True

    def __init__(self, registry: Templates, template: AgentTemplate) -> None:
        super().__init__(registry.session)
        self.template = template
        self._registry = registry

    def fields(self) -> Mapping[str, object]:
        """Give what scripts read without a call."""
        table = self.template.table()
        return {
            **self.template.settings,
            **table,
            "name": self.template.name,
            "description": self.template.description,
            "system_prompt": self.template.system_prompt,
            "system_prompt_template": self.template.system_prompt,
            "lineage": list(self.template.lineage),
            "source": self.template.source,
            "missing_tools": [one.table() for one in making.build(self.session, self.template, strict=False).missing],
            "config": table,
        }

    @function(dotted=True, aliases=("new",))
    async def create(self, config: dict[str, object] = NO_MAP, *, ctx: CallContext) -> AgentHandle:
        """Make an agent of it; `config` changes fields and settings of the template, and may have options of agents.

        Tools that nobody has are told by `agent:missing_tools()` and in a warning; with `strict = true` they are an
        error. Raises `agent_configuration`, `validation` and `tool_not_found`.
        """
        return await making.make(self.session, self.template, config, ctx)

    @function(dotted=True)
    async def extend(self, name: str | dict[str, object], config: dict[str, object] = NO_MAP) -> TemplateHandle:
        """Derive a template: `extend("name", {...})` or `extend{name = "name", ...}`; it can be found by that name.

        Texts and lists replace those of this one, tables are merged, capabilities and prompt additions are added;
        `additional_tools` adds tools and `remove_tools` takes some away.
        """
        return await self._registry.extend(self, name, config)

    @function(dotted=True)
    def has_capability(self, capability: str) -> bool:
        """Tell whether agents of it can do something."""
        return snake(capability) in self.template.capabilities

    @function(dotted=True)
    def inherits_from(self, name: str) -> bool:
        """Tell whether it is derived from another, also over several."""
        return name in self.template.lineage

    @function(dotted=True)
    def prompt(self, config: dict[str, object] = NO_MAP) -> str:
        """Write the prompt that an agent of it would have."""
        return making.prompt(self.session, self.template, config)


class Templates(Namespace):
    """Templates of agents: prompts, settings, tools and workflows from which agents are made.

    Those that a spell defines come first, then those that `llmspell template install` keeps, then those of plugins.
    """

    name = "Template"

    def __init__(self, session: SpellSession) -> None:
        super().__init__(session)
        self.defined: dict[str, AgentTemplate] = {}

    @function()
    def get(self, name: str) -> TemplateHandle:
        """Fetch a template by name, alias or `plugin:name`. Raises `component_not_found` with the nearest names."""
        return TemplateHandle(self, self.session.app.agent_templates.whole(self._spelled(name), self.defined))

    @function(name="list")
    def list_(self) -> list[TemplateHandle]:
        """List the templates by name; one that is wrong is left out and warned of."""
        entries = self.session.app.agent_templates.entries(self.defined)
        for one in entries:
            if one.error is not None:
                making.log.warning("template %s of %s cannot be used: %s", one.name, one.source, one.error.message)
        return [TemplateHandle(self, one.template) for one in entries if one.template is not None]

    @function(aliases=("discover",))
    def find(self, options: FindOptions | None = None) -> list[TemplateHandle]:
        """Find templates by what their agents can do, and by text."""
        wanted = options or FindOptions()
        given = wanted.capabilities
        capabilities = [snake(one) for one in ([given] if isinstance(given, str) else given)]
        found = self.session.app.agent_templates.find(capabilities, wanted.text, self.defined)
        return [TemplateHandle(self, one) for one in found]

    @function(aliases=("register",))
    async def define(self, name: str | dict[str, object], config: dict[str, object] = NO_MAP) -> TemplateHandle:
        """Define a template for this spell: `define("name", {...})` or `define{name = "name", ...}`.

        It counts instead of one of that name that is installed; `extends` names another that it is derived from. Keys
        that are no fields are settings, for the prompt. Raises `agent_configuration` with every fault.
        """
        named, table = _named(name, config, "Template.define")
        if not table:
            message = f"template {named!r} has nothing in it"
            raise ValidationError(message, suggestions=['write Template.define("poet", {system_prompt = "..."})'])
        template = await making.read(self.session, table, named)
        whole = self.session.app.agent_templates.whole(template, self._without(template.name))
        making.build(self.session, whole, strict=False)
        self.defined[template.name] = template
        return TemplateHandle(self, whole)

    @function()
    async def extend(
        self, base: str | TemplateHandle, name: str | dict[str, object], config: dict[str, object] = NO_MAP
    ) -> TemplateHandle:
        """Derive a template from another; see `template.extend`."""
        handle = self.get(base) if isinstance(base, str) else base
        named, table = _named(name, config, "Template.extend", optional=True)
        if not named:
            named = self._free_name(handle.template.name)
        own = await making.read(self.session, {**table, "extends": handle.template.name}, named)
        whole = derived(handle.template, own)
        making.build(self.session, whole, strict=False)
        self.defined[named] = whole  # whole, so that it does not depend on what its base is called later
        return TemplateHandle(self, whole)

    @function()
    async def create(
        self, name: str | TemplateHandle, config: dict[str, object] = NO_MAP, *, ctx: CallContext
    ) -> AgentHandle:
        """Make an agent of a template; see `template.create`."""
        handle = self.get(name) if isinstance(name, str) else name
        return await making.make(self.session, handle.template, config, ctx)

    @function()
    async def load(self, path: str, ctx: CallContext) -> TemplateHandle:
        """Define the template of a TOML file, which needs `fs.read`.

        Raises `agent_configuration` with the line of each fault.
        """
        data = await ctx.once("template", lambda: ctx.fs.read(path, limit=MAX_SIZE))
        template = from_toml(decoded(data, path), path, option_faults)
        whole = self.session.app.agent_templates.whole(template, self._without(template.name))
        self.defined[template.name] = template
        return TemplateHandle(self, whole)

    @function()
    def validate(self, template: str | dict[str, object]) -> dict[str, object]:
        """Check the text of a TOML file, or a table: `{valid, faults}`, each fault with `path, message` and `line`."""
        if isinstance(template, str):
            faults: Sequence[object] = [one.table() for one in judged(template, "the text", option_faults)[1]]
        else:
            try:
                from_table(opened(template)[0], source="script", what="the table", more=option_faults)
                faults = []
            except AgentConfigError as error:
                faults = error.context["faults"]  # type: ignore[assignment]  # a list of tables
        return {"valid": not faults, "faults": list(faults)}

    async def from_config(self, config: dict[str, object] | str, ctx: CallContext) -> AgentHandle:
        """Make an agent of a table (or of the path of a TOML file) that names the template it is made of."""
        if isinstance(config, str):
            return await (await self.load(config, ctx)).create(ctx=ctx)
        table = {snake(key): value for key, value in config.items()}
        bases = [table.pop(key) for key in ("base_template", "extends", "template") if key in table]
        if len(bases) != 1 or not isinstance(bases[0], str):
            message = "Agent.create_from_config needs the name of one template: `base_template`"
            raise ValidationError(message, suggestions=['write base_template = "research_agent"'])
        return await self.create(bases[0], table, ctx=ctx)

    def constructed(self, name: str) -> TemplateHandle:
        """Find the template of a constructor: `ResearchAgent` is `research_agent` or `research`."""
        full = snake(name)
        try:
            return self.get(full)
        except ComponentNotFoundError as error:
            try:
                return self.get(full.removesuffix(SUFFIX))
            except ComponentNotFoundError:
                raise error from None

    def _without(self, name: str) -> dict[str, AgentTemplate]:
        return {key: one for key, one in self.defined.items() if key != name}

    def _spelled(self, name: str) -> str:
        return name if name in self.defined or ":" in name else snake(name)

    def _free_name(self, base: str) -> str:
        number = 2
        while f"{base}_{number}" in self.defined:
            number += 1
        return f"{base}_{number}"


def _named(
    name: str | Mapping[str, object], config: Mapping[str, object], who: str, *, optional: bool = False
) -> tuple[str, dict[str, object]]:
    """Take a name and a table, or a table with a name in it."""
    if isinstance(name, str):
        return snake(name), {"agent_name" if key == "name" else key: value for key, value in config.items()}
    table = dict(name)
    own = table.pop("name", None)
    if own is None and optional:
        return "", table
    if not isinstance(own, str):
        message = f"{who} needs a name"
        raise ValidationError(message, suggestions=['write name = "poet" into the table, or give it first'])
    return snake(own), table
