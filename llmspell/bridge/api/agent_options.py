"""What an agent is told when it is made and when it is run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.bridge.api.agent_hooks import HookedOptions, HookedSettings
from llmspell.bridge.api.agent_media import MediaGiven
from llmspell.bridge.api.agent_memory import shown_memory
from llmspell.bridge.api.agent_output import OutputOptions, output_fields, shown_output
from llmspell.bridge.api.agent_peers import shown_peers
from llmspell.bridge.api.approvals import rule
from llmspell.bridge.definition import NO_LIST, NO_MAP, Options
from llmspell.errors import ValidationError

if TYPE_CHECKING:
    from typing import Annotated, Literal

    from llmspell.bridge.api.agent import AgentHandle
    from llmspell.bridge.api.agent_guards import GuardOptions
    from llmspell.bridge.api.agent_memory import MemorySettings
    from llmspell.bridge.api.agent_peers import PeerOptions
    from llmspell.bridge.api.listener import ListenerHandle
    from llmspell.bridge.api.strategy import Strategy
    from llmspell.bridge.api.tool import ToolHandle, ToolOptions
    from llmspell.bridge.callbacks import Callback
    from llmspell.bridge.definition import Duration
    from llmspell.bridge.hooks import HookSettings
    from llmspell.bridge.session import SpellSession
    from llmspell.runtime.agents import Agent, AgentConfig

FOR_SPELL = "a run has one limit for all of it: `[scripting] max_memory_usage` in llmspell.toml"
NO_RESOURCES = {"max_memory": FOR_SPELL, "max_concurrent_tools": "tool calls of one answer run side by side"}
NO_PARTS = {
    "security": "rights are granted to the spell, see `llmspell run --help`",
    "prompt_template": "write `system_prompt`",
}
"""Keys that people will try -> where what they ask for is."""
MODEL_KEYS = ("provider", "model", "system_prompt", "description", "temperature", "top_p", "max_tokens", "extra")


class LimitOptions(Options):
    """How far one run may go."""

    turns: Annotated[int, "requests to the model"] = 20
    tool_calls: Annotated[int, "tool calls"] = 100
    tokens: Annotated[int | None, "tokens in and out"] = None
    seconds: Annotated[Duration | None, "time, also as text such as `5m`"] = None
    cost: Annotated[float | None, "US dollars, those of agents it runs included; an unknown price is refused"] = None
    repeats: Annotated[int, "equal calls with equal outcomes before the model is told to stop; 0 for any number"] = 10
    depth: Annotated[int, "how deep agents that it runs may run others; 0 for no agent at all"] = 8


class ResourceOptions(Options):
    """Limits under the names of the older form."""

    absent = NO_RESOURCES

    max_execution_time: Annotated[Duration | None, "the same as `limits.seconds`"] = None


class SettingOptions(HookedSettings):
    """Settings that may also stand on top."""

    temperature: Annotated[float | None, "randomness of the model"] = None
    top_p: Annotated[float | None, "share of likely tokens to choose from"] = None
    max_tokens: Annotated[int | None, "longest answer"] = None
    timeout: Annotated[Duration | None, "the same as `limits.seconds`"] = None
    resources: Annotated[ResourceOptions | None, "limits under their older names"] = None
    error_strategy: Annotated[Strategy | None, "what to do when a run fails"] = None


class AgentChanges(HookedOptions, OutputOptions):
    """Parts of an agent that can change while it lives."""

    absent = NO_PARTS

    description: Annotated[str | None, "what it is for"] = None
    provider: Annotated[str | None, "provider of the model; without it the model's name decides"] = None
    model: Annotated[str | None, "model, also as `provider/model`"] = None
    system_prompt: Annotated[str | None, "its instructions; `{{x}}` takes values from the call's `context`"] = None
    temperature: Annotated[float | None, "randomness of the model"] = None
    top_p: Annotated[float | None, "share of likely tokens to choose from"] = None
    max_tokens: Annotated[int | None, "longest answer"] = None
    timeout: Annotated[Duration | None, "the same as `limits.seconds`"] = None
    limits: Annotated[LimitOptions | None, "how far one run may go"] = None
    approve: Annotated[
        bool | list[str] | Callback | None,
        "tool calls a person decides about: true for all, names or patterns, or `function(call)` that gives true (it "
        "may go), false (it is rejected) or `ask`; a failure asks",
    ] = None
    approval_timeout: Annotated[Duration | None, "how long a call may wait for a decision"] = None
    extra: Annotated[dict[str, object] | None, "fields passed to the provider as they are"] = None
    config: Annotated[SettingOptions | None, "settings that may also stand on top"] = None
    tools: Annotated[list[ToolHandle | AgentHandle | str | ToolOptions] | None, "tools it is offered instead"] = None
    error_strategy: Annotated[Strategy | None, "what to do when a run fails, see `ErrorStrategy`"] = None
    memory: Annotated[bool | MemorySettings | None, "what it is told of the conversation; `false`: all"] = None
    handoffs: Annotated[
        bool | list[AgentHandle | str | PeerOptions] | None,
        "agents to which its model may hand over; `true`: all that others can find",
    ] = None
    capabilities: Annotated[list[str] | None, "words by which `Agent.find` and other agents find it"] = None


class AgentOptions(AgentChanges):
    """What an agent is."""

    name: Annotated[str, "name by which `Agent.get` and `Agent.execute` find it"] = ""
    tools: Annotated[
        list[ToolHandle | AgentHandle | str | ToolOptions], "handles, names, tools written in place, or agents"
    ] = NO_LIST
    hooks: Annotated[dict[str, Callback | ListenerHandle | HookSettings], "hooks of this agent by point"] = NO_MAP
    guards: Annotated[GuardOptions | None, "functions that look at its `input`, its `output` and its `tools`"] = None
    remember: Annotated[bool, "whether it remembers its conversation"] = True
    skills: Annotated[str | list[str], "folders of skills: with a `SKILL.md`, or with folders that have one"] = NO_LIST


class ExecuteOptions(OutputOptions, MediaGiven):
    """What one run is given: `input`, or a table of data with keys of your own; both reach the model as text."""

    positional = "input"
    collects = "data"

    input: Annotated[str | dict[str, object] | None, "the message; a table is written as JSON"] = None
    prompt: Annotated[str | None, "the same as `input`"] = None
    text: Annotated[str | None, "the same as `input`"] = None
    query: Annotated[str | None, "the same as `input`; with other data beside it, part of the data"] = None
    data: Annotated[dict[str, object], "all other keys"] = NO_MAP
    context: Annotated[dict[str, object], "values for `{{x}}` in the system prompt"] = NO_MAP
    timeout: Annotated[Duration | None, "how long this run may take"] = None
    error_strategy: Annotated[Strategy | None, "what to do when this run fails, instead of the agent's own"] = None
    on_error: Annotated[Literal["raise", "return"], "`return` gives `{success=false, error}` instead of raising"] = (
        "raise"
    )

    def brings(self) -> bool:
        """Tell whether there are media."""
        return not (self.images is None and self.audio is None and self.files is None)

    def message(self) -> str:
        """Give the text to say, "" for media alone; raises `ValidationError` when there is none or more than one."""
        import json  # noqa: PLC0415 - paid by a script that has an agent

        data = {**({} if self.query is None or not self.data else {"query": self.query}), **self.data}
        given = [one for one in (self.input, self.prompt, self.text, data or self.query) if one is not None]
        if not given and self.brings():
            return ""
        if len(given) != 1:
            message = "an agent is given one of `input`, `prompt`, `text`, `query` and data"
            message += f", not several: {', '.join(self.given())}" if given else ""
            raise ValidationError(message, suggestions=["give it the key `input`"])
        return given[0] if isinstance(given[0], str) else json.dumps(given[0], ensure_ascii=False)


def chosen_strategy(session: SpellSession, changes: AgentChanges) -> Strategy | None:
    """Give the strategy that was asked for; checks it, and those within it."""
    found = changes.error_strategy or (changes.config or SettingOptions()).error_strategy
    if found is not None:
        from llmspell.bridge.api.strategy import check_strategy  # noqa: PLC0415 - few agents have one

        check_strategy(session, found)
    return found


def agent_config(options: AgentOptions, name: str, tools: tuple[str, ...], provider: str | None) -> AgentConfig:
    """Build the runtime's configuration from a script's options; `provider` is the default of the run."""
    from llmspell.runtime.agents import AgentConfig  # noqa: PLC0415 - attrs is not needed by a script without agents

    skills = (options.skills,) if isinstance(options.skills, str) else tuple(options.skills)
    fresh = AgentConfig(name=name, tools=tools, remember=options.remember, skills=skills)
    if options.provider is None and options.model is None and provider:
        fresh = fresh.replace(provider=provider)
    return changed_config(fresh, options)


def changed_config(config: AgentConfig, changes: AgentChanges) -> AgentConfig:
    """Apply what was given; settings below `config` count where none stands on top."""
    from attrs import evolve  # noqa: PLC0415 - the agent has a configuration, so attrs is here already

    given: dict[str, Any] = {key: value for key in MODEL_KEYS if (value := getattr(changes, key)) is not None}
    settings = changes.config or SettingOptions()
    for key in ("temperature", "top_p", "max_tokens"):
        if (value := getattr(settings, key)) is not None:
            given.setdefault(key, value)
    limits = config.limits
    if changes.limits is not None:
        wanted: dict[str, Any] = {key: value for key, value in changes.limits.given().items() if value is not None}
        limits = evolve(limits, **wanted)
    if changes.approve is not None:
        given["approve"] = rule(changes.approve)
    if changes.approval_timeout is not None:
        given["approval_timeout"] = changes.approval_timeout
    if changes.capabilities is not None:
        given["capabilities"] = tuple(changes.capabilities)
    resources = settings.resources.max_execution_time if settings.resources else None
    seconds = next((one for one in (changes.timeout, settings.timeout, resources) if one is not None), None)
    if seconds is not None:
        limits = evolve(limits, seconds=seconds)
    return config.replace(**given, **output_fields(config, changes), limits=limits)


def shown_config(agent: Agent) -> dict[str, object]:
    """Write an agent's configuration as a table."""
    from attrs import asdict  # noqa: PLC0415

    config = agent.config
    return {
        "name": config.name,
        **{key: getattr(config, key) for key in MODEL_KEYS},
        "extra": dict(config.extra),
        "tools": list(agent.tools),
        "remember": config.remember,
        **({} if agent.memory is None else {"memory": shown_memory(agent.memory.options)}),
        "approve": list(config.approve) if isinstance(config.approve, tuple) else config.approve is not None,
        "approval_timeout": config.approval_timeout,
        "capabilities": list(config.capabilities),
        "handoffs": shown_peers(config.handoffs),
        **config.settings,
        **shown_output(config),
        "limits": asdict(config.limits),
    }


def together(given: ExecuteOptions, options: ExecuteOptions | None) -> ExecuteOptions:
    """Put what a run is given and the options beside it into one; the options count where both say something."""
    if options is None:
        return given
    for name, value in options.given().items():
        setattr(given, name, value)
    return given
