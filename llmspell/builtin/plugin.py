"""The kernel brings a memory store, a scripted and a test model, an executor, retry hooks, and grammars of programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.spec import Component, executor, hookimpl, program, provider, storage, tool

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from llmspell.model.call import Call
    from llmspell.spec import Context


@hookimpl
def llmspell_storages() -> list[Component]:
    """Offer the memory store."""
    place, summary = "llmspell.builtin.memory:MemoryStorage", "Keep values until the process ends."
    why = {"native_for": "the backups that an operator asks for; the values never leave memory"}
    return [storage("memory", place, summary, capabilities=("watch",), native=("files",), extra=why)]


@hookimpl
def llmspell_executors() -> list[Component]:
    """Offer the inline executor."""
    return [executor("inline", "llmspell.builtin.inline:InlineExecutor", "Run jobs as tasks of this process.")]


def _model(name: str, target: str, summary: str, *more: str, aliases: tuple[str, ...] = ()) -> Component:
    can = ("text", "tools", "tool_choice", "json_schema", "json_schema_with_tools")
    names = (name, *more)
    return provider(
        name, target, summary, models=names, default_model=name, price=(0, 0), aliases=aliases, capabilities=can
    )


@hookimpl
def llmspell_tools() -> list[Component]:
    """Offer what models ask about other agents."""
    found, summary = "llmspell.builtin.agent_finder:find_agents", "Find other agents by what they are able to do."
    return [tool("agent_finder", found, summary, category="agent", capabilities=("agents",), effect="pure")]


@hookimpl
def llmspell_programs() -> list[Component]:
    """Offer the grammars of common programs."""
    from llmspell.builtin.programs import COMMANDS  # noqa: PLC0415 - only who runs programs pays for it

    return [
        program(one, f"llmspell.builtin.programs:{one.capitalize()}", f"What `{one}` may be given.") for one in COMMANDS
    ]


@hookimpl
def llmspell_providers() -> list[Component]:
    """Offer the two models that need no network."""
    played, tried = "llmspell.builtin.scripted:ScriptedProvider", "llmspell.builtin.test_model:TestProvider"
    return [
        _model("scripted", played, "Play a model's part from a list of steps.", "mock*", aliases=("mock",)),
        _model("test", tried, "Call every offered tool once with made-up arguments, then report."),
    ]


@hookimpl(band="retry", name="retry")
async def llmspell_around_llm_call(call: Call, proceed: Callable[[Call], Awaitable[object]], ctx: Context) -> object:
    """Repeat requests that a provider calls retryable."""
    from llmspell.builtin.retry import retrying  # noqa: PLC0415 - tenacity is imported by the first failure at the earliest

    return await retrying(call, proceed, ctx)


llmspell_around_provider_call = llmspell_around_llm_call  # other requests, for vectors, models, a count, likewise


@hookimpl(band="retry", name="retry", when=lambda call: getattr(call, "effect", "once") != "once")
async def llmspell_around_tool_execution(
    call: Call, proceed: Callable[[Call], Awaitable[object]], ctx: Context
) -> object:
    """Repeat calls of pure and idempotent tools that failed in a retryable way."""
    from llmspell.builtin.retry import retrying  # noqa: PLC0415 - likewise

    return await retrying(call, proceed, ctx)
