"""The keys of `[resources.*]`; the option `resources` of an agent takes those of `[resources.agent]`."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from attrs import field, frozen, validators

from llmspell.spec import Doc

_one_or_more = validators.optional(validators.ge(1))


def _elsewhere(what: str) -> Any:
    """Refuse a limit that nothing in this process can keep, and say where it is kept."""

    def check(_section: object, _key: object, value: Any) -> None:
        if value is not None:
            raise ValueError(
                f"cannot be bounded here: {what} share llmspell's own process, in which memory and processor time of "
                "one of them cannot be told apart; bound spells with [scripting] max_memory_usage and max_cpu_time, "
                "isolated work of tools with [resources.tool]"
            )

    return check


def _spells(_section: object, _key: object, value: Any) -> None:
    if value is not None:
        raise ValueError("is set elsewhere: a run's time is [scripting] max_execution_time, or --timeout")


_NO_RUNS, _NO_AGENTS = _elsewhere("runs"), _elsewhere("agents")


@frozen(kw_only=True)
class Limits:
    """What one process, run, agent or tool may take; what is None is not bounded."""

    MILLISECONDS: ClassVar = ("max_execution_time", "max_cpu_time")
    SIZES: ClassVar = ("max_disk_usage", "max_output", "max_memory")

    max_concurrent_operations: Annotated[int | None, Doc("Calls of models and tools at once.", minimum=1)] = None
    max_concurrent_tools: Annotated[int | None, Doc("Calls of tools at once.", minimum=1)] = None
    max_operations: Annotated[int | None, Doc("Calls of models and tools in all.", minimum=1)] = None
    max_network_connections: Annotated[int | None, Doc("HTTP requests of tools and models at once.", minimum=1)] = None
    max_processes: Annotated[int | None, Doc("Programs (a pipeline is one) and isolated work at once.", minimum=1)] = (
        None
    )
    max_disk_usage: Annotated[int | None, Doc("Bytes written to files in all.", minimum=0)] = None
    max_output: Annotated[int | None, Doc("Bytes of results of tools in all.", minimum=1)] = None
    max_depth: Annotated[int | None, Doc("Calls within one another.", minimum=1)] = None
    queue_limit: Annotated[int, Doc("Calls that may wait for a place; one more is an error.", minimum=0)] = 1000


@frozen(kw_only=True)
class ProcessSection(Limits):
    """What all runs of a process may take together."""

    max_memory: Annotated[int | None, Doc("Refused: see [scripting].")] = field(default=None, validator=_NO_RUNS)
    max_cpu_time: Annotated[float | None, Doc("Refused: see [scripting].")] = field(default=None, validator=_NO_RUNS)
    max_execution_time: Annotated[float | None, Doc("Refused: see [scripting].")] = field(
        default=None, validator=_spells
    )


@frozen(kw_only=True)
class RunSection(ProcessSection):
    """What one run may take."""


@frozen(kw_only=True)
class AgentSection(Limits):
    """What one agent of a run may take."""

    max_execution_time: Annotated[float | None, Doc("Time of one run of the agent.", minimum=0.001)] = None
    max_memory: Annotated[int | None, Doc("Refused: see [resources.tool].")] = field(default=None, validator=_NO_AGENTS)
    max_cpu_time: Annotated[float | None, Doc("Refused: see [resources.tool].")] = field(
        default=None, validator=_NO_AGENTS
    )


@frozen(kw_only=True)
class ToolSection(Limits):
    """What the calls of one tool in a run may take."""

    max_execution_time: Annotated[float | None, Doc("Time of one call.", minimum=0.001)] = None
    max_memory: Annotated[
        int | None, Doc("Memory of its isolated work, and of each program that it runs.", minimum=1 << 24)
    ] = None
    max_cpu_time: Annotated[float | None, Doc("Processor time of the same.", minimum=1)] = None


@frozen(kw_only=True)
class ActivitySection:
    """How much is kept of what each agent did."""

    keep: Annotated[int, Doc("Calls kept of each agent, the newest.", minimum=1, maximum=10_000)] = 100
    agents: Annotated[int, Doc("Agents kept, those that did something last.", minimum=1, maximum=10_000)] = 100


@frozen(kw_only=True)
class Rule:
    """Block whoever is counted more often than `most` times within a time."""

    MILLISECONDS: ClassVar = ("within", "block")

    count: Literal["calls", "denied", "refused", "failed"] = "calls"
    of: Literal["tool", "agent", "run"] = "run"
    most: int = field(default=100, validator=validators.ge(1))
    within: float = field(default=60.0, validator=validators.gt(0))
    block: float | None = field(default=None, validator=validators.optional(validators.gt(0)))


STANDARD = {
    "rights_denied": Rule(count="denied", of="run", most=20, within=60.0),
    "tool_fails": Rule(count="failed", of="tool", most=50, within=60.0, block=60.0),
    "agent_calls": Rule(count="calls", of="agent", most=1000, within=60.0, block=60.0),
}
"""The rules of a section that names none."""


@frozen(kw_only=True)
class MonitorSection:
    """Counted rules; a name with a rule of its own replaces or adds to the standard ones.

    `count` is what is counted: calls, those denied a right, refused by a hook, or failed; `of` is whose: each tool's,
    agent's or run's; more than `most` of them `within` a time block it, for the time `block` or for good.
    """

    RULES: ClassVar = {"rules": Rule}

    rules: Annotated[
        dict[str, Rule], Doc("Name -> `{count, of, most, within, block}`, times in seconds or such as `10m`.")
    ] = field(factory=lambda: dict(STANDARD))
    subjects: Annotated[int, Doc("Agents, tools and runs that are counted at once.", minimum=1)] = 10_000
