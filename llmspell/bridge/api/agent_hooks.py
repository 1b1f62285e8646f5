"""Options of agents that belong to hook sets: whoever is installed says what they may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.bridge.api.strategy import require
from llmspell.bridge.definition import Options

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Annotated, Any

    from llmspell.bridge.api.strategy import Strategy
    from llmspell.bridge.session import SpellSession

    Settings = Mapping[str, Any]

KEYS = (
    "retry", "rate_limit", "circuit_breaker", "priority", "budget", "cache", "fallback", "selection", "recovery",
    "resources",
)  # fmt: skip
OLDER_KEYS = ("circuit_breaker", "rate_limit")
"""Options that may also stand below `config`."""


class HookedSettings(Options):
    """Options that may also stand below `config`."""

    retry_count: Annotated[int | None, "how often a failed call is repeated; the same as `retry.attempts`"] = None
    circuit_breaker: Annotated[dict[str, object] | None, "as on top"] = None
    rate_limit: Annotated[dict[str, object] | None, "as on top"] = None


class HookedOptions(Options):
    """What the hooks of an agent's calls are told."""

    retry: Annotated[dict[str, object] | None, "how its failed calls are repeated; keys of `[resilience.retry]`"] = None
    rate_limit: Annotated[dict[str, object] | None, "keys of `[resilience.rate_limit]`"] = None
    circuit_breaker: Annotated[dict[str, object] | None, "keys of `[resilience.breaker]`"] = None
    priority: Annotated[str | None, "`critical`, `high`, `normal`, `low` or `background`, where others wait, too"] = (
        None
    )
    budget: Annotated[dict[str, object] | None, "`cost` and `tokens` of its life, `call_cost`, `call_tokens`"] = None
    cache: Annotated[bool | dict[str, object] | None, "whether answers are kept; keys of `[resilience.cache]`"] = None
    fallback: Annotated[list[str] | dict[str, object] | None, "models to ask when its own fails"] = None
    selection: Annotated[dict[str, object] | None, "`candidates` and `strategy`, for the model `auto`"] = None
    recovery: Annotated[
        str | dict[str, object] | None, "what is done about errors of its calls; keys of `[resilience.recovery]`"
    ] = None
    resources: Annotated[dict[str, object] | None, "what it may take; keys of `[resources.agent]`"] = None


async def told(session: SpellSession, changes: HookedOptions, below: HookedSettings | None) -> Settings:
    """Give the options of hook sets that were written, checked by those who understand them.

    `below` is what stands below `config`; it counts where nothing stands on top. Raises `agent_configuration` for an
    option that nothing installed understands, `validation` for a wrong value.
    """
    given = {key: value for key in KEYS if (value := getattr(changes, key)) is not None}
    for key in OLDER_KEYS:
        if (value := getattr(below, key, None)) is not None:
            given.setdefault(key, value)
    if below is not None and below.retry_count is not None:
        given["retry"] = {"attempts": below.retry_count, **given.get("retry", {})}
    return await session.app.hook_sets.checked(given, bare=session.bare) if given else {}


async def guarded(session: SpellSession, own: Settings, strategy: Strategy | None, *, tool: bool = False) -> Settings:
    """Give settings together with those by which a strategy guards calls.

    Raises `api_unavailable` where nothing is installed that does that, `validation` where they disagree.
    """
    if strategy is None:
        return own
    from llmspell.bridge.api.guards import Guards, merged  # noqa: PLC0415 - few agents have a strategy

    found = Guards(session, tool=tool).read(strategy)
    for option in found:
        require(session, option, strategy.type or strategy.way())
    checked: Settings = await session.app.hook_sets.checked(found) if found else {}
    return merged(own, checked)
