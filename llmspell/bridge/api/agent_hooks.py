"""Options of agents that belong to hook sets: whoever is installed says what they may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.bridge.definition import Options

if TYPE_CHECKING:
    from typing import Annotated

    from llmspell.bridge.session import SpellSession
    from llmspell.runtime.agents import AgentConfig

KEYS = ("retry", "rate_limit", "circuit_breaker", "priority", "budget", "cache", "fallback", "selection", "recovery")
OLDER_KEYS = ("circuit_breaker", "rate_limit")
"""Options that may also stand below `config`."""


class HookedSettings(Options):
    """Options that may also stand below `config`."""

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


async def with_hooks(
    session: SpellSession, config: AgentConfig, changes: HookedOptions, below: HookedSettings | None
) -> AgentConfig:
    """Give the configuration with the options of hook sets, checked by those who understand them.

    `below` is what stands below `config`; it counts where nothing stands on top.
    """
    settings = {key: value for key in KEYS if (value := getattr(changes, key)) is not None}
    for key in OLDER_KEYS:
        if (value := getattr(below, key, None)) is not None:
            settings.setdefault(key, value)
    if not settings:
        return config
    checked = await session.app.hook_sets.checked(settings, bare=session.bare)
    return config.replace(settings={**config.settings, **checked})
